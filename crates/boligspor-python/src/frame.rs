//! A result's table on its way to Python.

use polars::prelude::DataFrame;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// A table that any Arrow consumer reads, such as `polars.DataFrame(frame)`.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Frame(DataFrame);

impl Frame {
    pub(crate) fn new(frame: &DataFrame) -> Self {
        Self(frame.clone())
    }
}

#[pymethods]
impl Frame {
    /// The table as an Arrow C stream. A requested schema is not followed,
    /// which the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        crate::arrow::export(py, &self.0)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Frame of {} rows × {} columns>",
            self.0.height(),
            self.0.width()
        )
    }
}
