//! The kinds of file that released results leave in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of file that released results are written in.
///
/// ```
/// use boligspor::release::Format;
/// assert_eq!(Format::from_name("xlsx"), Some(Format::Xlsx));
/// assert_eq!(Format::Xlsx.extension(), "xlsx");
/// ```
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet, a file a table.
    Parquet,
    /// Comma-separated text, a file a table.
    Csv,
    /// JSON, a file a table.
    Json,
    /// One Excel workbook: a sheet a table, and one of definitions and rules.
    Xlsx,
    /// One report as a web page.
    Html,
    /// The report as a document that an office can edit.
    Docx,
    /// Vector graphics, a file a chart.
    Svg,
    /// Pictures of pixels, a file a chart.
    Png,
}

impl Format {
    /// Every format, tables first.
    pub const ALL: [Self; 8] = [
        Self::Parquet,
        Self::Csv,
        Self::Json,
        Self::Xlsx,
        Self::Html,
        Self::Docx,
        Self::Svg,
        Self::Png,
    ];

    /// Those that are written where nothing else is asked for.
    pub const USUAL: [Self; 6] = [
        Self::Parquet,
        Self::Csv,
        Self::Xlsx,
        Self::Html,
        Self::Docx,
        Self::Svg,
    ];

    /// How its files' names end, which is its name in a study file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Docx => "docx",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.extension() == name)
    }

    /// What its files are to those who serve them.
    pub fn media(self) -> &'static str {
        match self {
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Html => "text/html",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}
