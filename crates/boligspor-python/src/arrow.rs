//! Tables across the border: the Arrow C stream interface, both ways.
//!
//! A stream moves out of its capsule once, as the interface asks; what comes
//! out of it shares memory with whoever made it.
//! (<https://arrow.apache.org/docs/format/CStreamInterface/PyCapsuleInterface.html>)

use std::ffi::CStr;

use boligspor::Error;
use polars::prelude::{Column, CompatLevel, DataFrame, PolarsError, Series};
use polars_arrow::array::{Array, StructArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_arrow::ffi::{ArrowArrayStream, ArrowArrayStreamReader, export_iterator};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const STREAM: &CStr = c"arrow_array_stream";

/// Reads the table that an object with `__arrow_c_stream__` offers.
///
/// # Errors
/// `TypeError` where the object offers no such stream, `TableError` where
/// the stream breaks off, is no table, or holds a type we do not read.
pub(crate) fn import(table: &str, object: &Bound<'_, PyAny>) -> PyResult<DataFrame> {
    let offered = object.call_method0("__arrow_c_stream__")?;
    let capsule = offered
        .cast::<PyCapsule>()
        .map_err(|_| PyTypeError::new_err("__arrow_c_stream__ gave no capsule"))?;
    let pointer = capsule
        .pointer_checked(Some(STREAM))?
        .cast::<ArrowArrayStream>();
    // SAFETY: a capsule of this name holds an `ArrowArrayStream`, and the
    // consumer takes it by leaving a released one behind; the thread is
    // attached, so that nobody else moves it meanwhile.
    let stream = unsafe { pointer.replace(ArrowArrayStream::empty()) };
    // SAFETY: the stream is a whole one, moved out of its capsule.
    unsafe { read(table, Box::new(stream)) }.map_err(|e| crate::error::to_py(object.py(), e))
}

/// Reads a stream to its end.
///
/// # Safety
/// The stream must fulfil the C stream interface.
unsafe fn read(table: &str, stream: Box<ArrowArrayStream>) -> boligspor::Result<DataFrame> {
    let broken = |e: &PolarsError| {
        let what = match e {
            PolarsError::InvalidOperation(m) => m.to_string(),
            _ => "its Arrow stream breaks off".into(),
        };
        Error::table(table, None, what, "pass the table anew")
    };
    // SAFETY: as of this function.
    let mut reader = unsafe { ArrowArrayStreamReader::try_new(stream) }.map_err(|e| broken(&e))?;
    let ArrowDataType::Struct(fields) = reader.field().dtype().clone() else {
        return Err(Error::table(
            table,
            None,
            "is a column and not a table",
            "pass a data frame",
        ));
    };
    if let Some(field) = fields.iter().find(|f| !readable(f.dtype())) {
        return Err(Error::table(
            table,
            Some(&field.name),
            format!("has the type {:?}", field.dtype()),
            "cast it to text, a whole number, a number or a date, or leave it out",
        ));
    }
    let mut chunks: Vec<Vec<Box<dyn Array>>> = vec![Vec::new(); fields.len()];
    let mut height = 0;
    // SAFETY: as of this function.
    while let Some(array) = unsafe { reader.next() } {
        let array = array.map_err(|e| broken(&e))?;
        let rows = array
            .as_any()
            .downcast_ref::<StructArray>()
            .ok_or_else(|| {
                Error::table(
                    table,
                    None,
                    "has a batch that is no table",
                    "pass a data frame",
                )
            })?;
        height += rows.len();
        for (column, values) in chunks.iter_mut().zip(rows.values()) {
            column.push(values.clone());
        }
    }
    let columns = fields
        .iter()
        .zip(chunks)
        .map(|(field, chunks)| {
            let chunks = if chunks.is_empty() {
                vec![polars_arrow::array::new_empty_array(field.dtype().clone())]
            } else {
                chunks
            };
            Ok(Column::from(Series::try_from((field, chunks))?))
        })
        .collect::<Result<Vec<_>, PolarsError>>()
        .map_err(|e| broken(&e))?;
    let frame = DataFrame::new(height, columns)
        .map_err(|_| Error::table(table, None, "names a column twice", "name each column once"))?;
    Ok(frame)
}

/// Whether the polars of this library reads the type: it is built without the
/// rare ones, and without the nested ones.
fn readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    matches!(
        dtype,
        A::Null
            | A::Boolean
            | A::Int32
            | A::Int64
            | A::UInt32
            | A::UInt64
            | A::Float32
            | A::Float64
            | A::Utf8
            | A::LargeUtf8
            | A::Utf8View
            | A::Date32
            | A::Date64
            | A::Timestamp(_, None)
    )
}

/// Offers a table as a stream.
pub(crate) fn export<'py>(py: Python<'py>, frame: &DataFrame) -> PyResult<Bound<'py, PyCapsule>> {
    // The oldest layout has large strings, which every consumer reads.
    let compat = CompatLevel::oldest();
    let fields: Vec<Field> = frame
        .columns()
        .iter()
        .map(|c| c.field().to_arrow(compat))
        .collect();
    let dtype = ArrowDataType::Struct(fields);
    let columns: Vec<Box<dyn Array>> = frame
        .columns()
        .iter()
        .map(|c| c.as_materialized_series().rechunk().to_arrow(0, compat))
        .collect();
    let rows: Box<dyn Array> =
        StructArray::new(dtype.clone(), frame.height(), columns, None).boxed();
    let field = Field::new("".into(), dtype, false);
    let stream = export_iterator(Box::new(std::iter::once(Ok(rows))), field);
    PyCapsule::new_with_value(py, stream, STREAM)
}
