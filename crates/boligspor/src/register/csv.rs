//! CSV files: looked through once for what a lenient reader would let pass
//! (cut-off rows, wrong encoding, repeated columns), then read as text, to be
//! typed by the contract and never by guessing.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::{CsvReadOptions, DataFrame, SerReader};

use crate::error::{Error, Result};

/// Reads a CSV file with all columns as text, and tells whether its numbers have
/// a decimal comma (a file with semicolons). `table` names it in errors.
pub(super) fn read(table: &str, path: &Path) -> Result<(DataFrame, bool)> {
    let bytes = std::fs::read(path).map_err(|e| Error::file("read", path, e))?;
    let fail = |problem: String, hint: &str| {
        Error::table(table, None, format!("{} {problem}", path.display()), hint)
    };
    let body = match bytes.as_slice() {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            return Err(fail("is UTF-16".into(), "save it as UTF-8"));
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => rest,
        all => all,
    };
    let text = std::str::from_utf8(body).map_err(|e| {
        let line = body[..e.valid_up_to()].split(|b| *b == b'\n').count();
        fail(
            format!("is not UTF-8 (first on line {line})"),
            "save it as UTF-8; Danish systems often write Latin-1 (Windows-1252)",
        )
    })?;
    if text.trim().is_empty() {
        return Err(fail(
            "is empty".into(),
            "deliver it again, with a header line",
        ));
    }
    if text.contains('\0') {
        return Err(fail(
            "holds NUL bytes".into(),
            "it is cut off or no CSV file; deliver it again",
        ));
    }
    let separator = separator_of(text);
    let shape = scan(text, separator);
    if let Some((a, b)) = shape.repeated {
        return Err(fail(
            format!("has the same name on columns {} and {}", a + 1, b + 1),
            "name each column once",
        ));
    }
    if shape.open_quote {
        return Err(fail(
            "ends inside a quoted field".into(),
            "the file is cut off, or a quote is missing; deliver it again",
        ));
    }
    if shape.uneven > 0 {
        return Err(fail(
            format!(
                "has {} rows with another number of fields than the header's {} (first on line {})",
                shape.uneven,
                shape.header.len(),
                shape.first_uneven
            ),
            "the file is cut off, or a field with a separator in it lacks its quotes; deliver it again",
        ));
    }
    let frame = CsvReadOptions::default()
        .with_infer_schema_length(Some(0))
        .with_has_header(true)
        .map_parse_options(|o| o.with_separator(separator).with_missing_is_null(true))
        .into_reader_with_file_handle(Cursor::new(body))
        .finish()
        // The reader's own message may quote the data.
        .map_err(|_| {
            fail(
                "cannot be read as CSV".into(),
                "check its quotes and line ends",
            )
        })?;
    Ok((frame, separator == b';'))
}

/// The separator that the header line has most of: comma, semicolon or tab.
fn separator_of(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |b: u8| header.bytes().filter(|x| *x == b).count();
    // On a tie (a single column) the comma.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|b| count(*b))
        .unwrap_or(b',')
}

#[derive(Default)]
struct Shape {
    header: Vec<String>,
    /// Two columns of the same name.
    repeated: Option<(usize, usize)>,
    /// Rows with another number of fields than the header.
    uneven: usize,
    /// The line of the first of them.
    first_uneven: usize,
    /// The file ends inside quotes.
    open_quote: bool,
}

/// Counts the fields of every row in one pass.
fn scan(text: &str, separator: u8) -> Shape {
    let mut shape = Shape::default();
    let bytes = text.as_bytes();
    let (mut quoted, mut fields, mut line, mut row_line, mut row_start) = (false, 1, 1, 1, 0);
    let mut end_row = |from: usize, to: usize, fields: usize, line: usize| {
        let row = text[from..to].trim_end_matches('\r');
        if shape.header.is_empty() {
            shape.header = row
                .split(separator as char)
                .map(|name| name.trim_matches('"').to_owned())
                .collect();
        } else if !row.is_empty() && fields != shape.header.len() {
            if shape.uneven == 0 {
                shape.first_uneven = line;
            }
            shape.uneven += 1;
        }
    };
    for (i, &b) in bytes.iter().enumerate() {
        match b {
            b'"' => quoted = !quoted,
            b'\n' => {
                line += 1;
                if !quoted {
                    end_row(row_start, i, fields, row_line);
                    (fields, row_start, row_line) = (1, i + 1, line);
                }
            }
            _ if b == separator && !quoted => fields += 1,
            _ => {}
        }
    }
    end_row(row_start, bytes.len(), fields, row_line);
    shape.open_quote = quoted;
    shape.repeated = shape.header.iter().enumerate().find_map(|(b, name)| {
        let a = shape.header[..b].iter().position(|n| n == name)?;
        Some((a, b))
    });
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn error(bytes: &[u8]) -> String {
        let file = file(bytes);
        read("persons", file.path())
            .expect_err("an error")
            .to_string()
            .replace(&file.path().display().to_string(), "FILE")
    }

    #[test]
    fn commas_semicolons_tabs_and_marks_are_read() {
        for (text, comma) in [
            (&b"person,sex\r\n1,\"a,b\"\r\n2,\r\n"[..], false),
            (b"\xEF\xBB\xBFperson;sex\n1;\"a,b\"\n2;\n", true),
            (b"person\tsex\n1\ta,b\n2\t", false),
        ] {
            let file = file(text);
            let (frame, decimal_comma) = read("persons", file.path()).unwrap();
            assert_eq!(decimal_comma, comma);
            assert_eq!(frame.get_column_names(), ["person", "sex"]);
            assert_eq!(frame.height(), 2);
            let sex = frame.column("sex").unwrap().str().unwrap();
            assert_eq!(sex.get(0), Some("a,b"));
            assert_eq!(sex.get(1), None);
        }
    }

    #[test]
    fn unreadable_files_say_what_is_wrong_without_their_values() {
        assert_eq!(
            error(b" \n"),
            "table `persons`: FILE is empty; deliver it again, with a header line"
        );
        assert!(error(b"person,sex\n1,2\n77777").contains(
            "1 rows with another number of fields than the header's 2 (first on line 3)"
        ));
        assert!(error(b"person,sex\n1,\"77777").contains("ends inside a quoted field"));
        assert!(error(b"person,sex,person\n1,2,3\n").contains("the same name on columns 1 and 3"));
        assert!(!error(b"77777,77777\n1,2\n").contains("77777"));
        assert!(error(b"person,sex\n1,\xe6\n").contains("is not UTF-8 (first on line 2)"));
        assert!(error(b"\xFF\xFEp\0").contains("UTF-16"));
        assert!(error(b"person,sex\n1,\0\n").contains("NUL"));
    }

    #[test]
    fn a_missing_file_is_told_by_its_path() {
        let error = read("persons", Path::new("/nowhere/persons.csv"))
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .starts_with("cannot read /nowhere/persons.csv")
        );
    }
}
