//! Register deliveries in SAS, Stata and CSV files, as plain columns, batch by
//! batch.
//!
//! A national register is larger than memory and comes in the format of
//! whoever delivered it. [`Table::open`] reads only a file's head;
//! [`Table::scan`] then passes over its rows once, in batches of the columns
//! asked for, so that what is held at a time does not grow with the file.
//!
//! SAS is read by the crate `sas7bdat` (RLE and RDC compression, 32 and 64 bit,
//! both byte orders), Stata by `dta` (releases 102 to 119), CSV by `csv`. What
//! this crate adds is one face for all three, in which a missing value is
//! missing, a date is a day and broken files are told apart: cut off, of
//! another format, in another encoding, with rows of another length.
//!
//! It knows no polars, so that it compiles and is tested in seconds.
//!
//! ```
//! use boligspor_files::{Options, Table};
//! use std::io::Write;
//!
//! let mut file = tempfile::Builder::new().suffix(".csv").tempfile()?;
//! writeln!(file, "PNR;DODDATO\n1;03-02-2020")?;
//! let table = Table::open(file.path(), &Options::default())?;
//! assert_eq!(table.columns()[1].name, "DODDATO");
//! let mut rows = 0;
//! table.scan(&[0, 1], &mut |batch| {
//!     rows += batch.rows;
//!     assert_eq!(batch.columns[1].text(0).as_deref(), Some("03-02-2020"));
//!     Ok::<_, boligspor_files::FileError>(())
//! })?;
//! assert_eq!(rows, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delimited;
mod error;
mod sas;
mod sas_writer;
mod stata;
mod table;
mod values;

pub use delimited::Encoding;
pub use error::{FileError, Result};
pub use sas_writer::{SasCompression, SasKind, SasWriter};
pub use table::{Batch, Column, Format, Options, Table};
pub use values::{NO_DAY, NO_WHOLE, Texts, Values};
