//! `boligspor schema`.

use boligspor::study::{json_schema, json_schema_text};

use crate::exit::Failure;
use crate::out::Out;

pub(crate) fn schema(out: &Out) -> Result<u8, Failure> {
    out.result(json_schema_text().trim_end(), &json_schema())?;
    Ok(0)
}
