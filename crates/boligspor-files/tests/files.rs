//! Every format read whole, and every kind of broken file told apart.

use std::fs;
use std::path::{Path, PathBuf};

use boligspor_files::{
    Encoding, FileError, Options, SasCompression, SasKind, SasWriter, Table, Values,
};
use dta::stata::dta::byte_order::ByteOrder;
use dta::stata::dta::dta_writer::DtaWriter;
use dta::stata::dta::header::Header;
use dta::stata::dta::long_string_table::LongStringTable;
use dta::stata::dta::release::Release;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::value::Value;
use dta::stata::dta::variable::Variable;
use dta::stata::dta::variable_type::VariableType;
use dta::stata::missing_value::MissingValue;
use dta::stata::stata_double::StataDouble;
use dta::stata::stata_long::StataLong;
use tempfile::TempDir;

const ROWS: usize = 70_000;

fn whole(path: &Path, options: Options) -> Result<Vec<Values>, FileError> {
    let table = Table::open(path, &options)?;
    let all: Vec<usize> = (0..table.columns().len()).collect();
    let mut parts: Vec<Vec<Values>> = vec![Vec::new(); all.len()];
    table.scan(&all, &mut |batch| {
        for (part, column) in parts.iter_mut().zip(&batch.columns) {
            assert_eq!(column.len(), batch.rows);
            part.push(column.clone());
        }
        Ok::<_, FileError>(())
    })?;
    Ok(parts.into_iter().map(join).collect())
}

/// The batches of one column below one another, whole numbers as numbers.
fn join(parts: Vec<Values>) -> Values {
    let mut parts = parts.into_iter();
    let mut first = parts.next().expect("a batch");
    for part in parts {
        match (&mut first, part) {
            (Values::Text(a), Values::Text(b)) => {
                (0..b.len()).for_each(|i| a.push(b.get(i).unwrap_or_default()));
            }
            (Values::Number(a), Values::Number(b)) => a.extend(b),
            (Values::Whole(a), Values::Whole(b)) => a.extend(b),
            (Values::Day(a), Values::Day(b)) => a.extend(b),
            _ => panic!("a column changes its type between batches"),
        }
    }
    first
}

fn error(path: &Path) -> String {
    whole(path, Options::default())
        .map(|columns| columns.len())
        .expect_err("an error")
        .to_string()
        .replace(&path.display().to_string(), "FILE")
}

fn folder() -> (TempDir, impl Fn(&str) -> PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    (folder, move |name: &str| root.join(name))
}

fn sas(path: &Path, compression: SasCompression) {
    let columns = [
        ("PNR", SasKind::Text(12)),
        ("KOEN", SasKind::Number),
        ("FOED_DAG", SasKind::Date),
        ("NAVN", SasKind::Text(9)),
    ];
    let mut file = SasWriter::new(&columns, compression);
    for row in 0..ROWS {
        file.text(&format!("{row:010}"));
        file.number((!row.is_multiple_of(7)).then_some((row % 3) as f64 + 0.5));
        file.day((!row.is_multiple_of(5)).then_some(row as i32 - 20_000));
        file.text(if row.is_multiple_of(2) { "Ærø" } else { "" });
    }
    file.write(&mut fs::File::create(path).unwrap()).unwrap();
}

fn expect(read: &[Values], row: usize) {
    assert_eq!(read[0].text(row).unwrap(), format!("{row:010}"));
    let Values::Number(numbers) = &read[1] else {
        panic!("numbers")
    };
    if row.is_multiple_of(7) {
        assert!(read[1].missing(row));
    } else {
        assert_eq!(numbers[row], (row % 3) as f64 + 0.5);
    }
    let Values::Day(days) = &read[2] else {
        panic!("days")
    };
    if row.is_multiple_of(5) {
        assert!(read[2].missing(row));
    } else {
        assert_eq!(days[row], row as i32 - 20_000);
    }
    assert_eq!(
        read[3].text(row).as_deref(),
        (row.is_multiple_of(2)).then_some("Ærø")
    );
}

#[test]
fn sas_files_are_read_compressed_or_not() {
    let (_keep, path) = folder();
    for compression in [
        SasCompression::None,
        SasCompression::Char,
        SasCompression::Binary,
    ] {
        let file = path("bef.sas7bdat");
        sas(&file, compression);
        let read = whole(&file, Options::default()).unwrap();
        assert_eq!(read[0].len(), ROWS);
        (0..ROWS).for_each(|row| expect(&read, row));
    }
}

#[test]
fn packed_rows_that_are_damaged_are_refused() {
    let (_keep, path) = folder();
    let file = path("bef.sas7bdat");
    for compression in [SasCompression::Char, SasCompression::Binary] {
        sas(&file, compression);
        let mut bytes = fs::read(&file).unwrap();
        // The last bytes of a page hold rows: commands become others.
        let end = bytes.len();
        bytes[end - 400..].fill(0x2F);
        fs::write(&file, &bytes).unwrap();
        let error = error(&file);
        assert!(
            error.starts_with("FILE holds compressed rows that cannot be expanded"),
            "{error}"
        );
    }
}

#[test]
fn columns_come_in_the_order_asked_for() {
    let (_keep, path) = folder();
    let file = path("bef.sas7bdat");
    sas(&file, SasCompression::None);
    let table = Table::open(&file, &Options::default()).unwrap();
    let mut seen = 0;
    table
        .scan(&[3, 0], &mut |batch| {
            assert_eq!(batch.columns[0].text(0).as_deref(), Some("Ærø"));
            assert_eq!(batch.columns[1].text(0).unwrap(), format!("{seen:010}"));
            seen += batch.rows;
            Ok::<_, FileError>(())
        })
        .unwrap();
    assert_eq!(seen, ROWS);
}

#[test]
fn a_broken_sas_file_says_so() {
    let (_keep, path) = folder();
    let file = path("bef.sas7bdat");
    sas(&file, SasCompression::None);
    let bytes = fs::read(&file).unwrap();
    for (cut, expected) in [
        (bytes.len() - 1, "FILE is cut off"),
        (bytes.len() - 65_536, "FILE is cut off"),
        (70_000, "FILE is"),
        (100, "FILE is no SAS7bdat file"),
    ] {
        fs::write(&file, &bytes[..cut]).unwrap();
        assert!(error(&file).starts_with(expected), "{}", error(&file));
    }
    fs::write(&file, b"PNR;KOEN\n1;2\n").unwrap();
    assert!(error(&file).contains("deliver it again"));
    fs::write(&file, b"").unwrap();
    assert_eq!(error(&file), "FILE is empty; deliver it again");
}

fn stata(path: &Path, release: Release) {
    let schema = Schema::builder()
        .add_variable(Variable::builder(VariableType::FixedString(12), "pnr").format("%12s"))
        .add_variable(Variable::builder(VariableType::Double, "koen").format("%9.0g"))
        .add_variable(Variable::builder(VariableType::Long, "foed_dag").format("%td"))
        .add_variable(Variable::builder(VariableType::FixedString(9), "navn").format("%9s"))
        .build()
        .unwrap();
    let mut records = DtaWriter::new()
        .from_path(path)
        .unwrap()
        .write_header(Header::builder(release, ByteOrder::LittleEndian).build())
        .unwrap()
        .write_schema(schema)
        .unwrap()
        .into_record_writer()
        .unwrap();
    for row in 0..ROWS {
        let pnr = format!("{row:010}");
        let koen = if row.is_multiple_of(7) {
            StataDouble::Missing(MissingValue::A)
        } else {
            StataDouble::Present((row % 3) as f64 + 0.5)
        };
        let born = if row.is_multiple_of(5) {
            StataLong::Missing(MissingValue::System)
        } else {
            StataLong::Present(row as i32 - 20_000 + 3_653)
        };
        let values = [
            Value::string(&pnr),
            Value::Double(koen),
            Value::Long(born),
            Value::string(if row.is_multiple_of(2) { "Ærø" } else { "" }),
        ];
        records.write_record(&values).unwrap();
    }
    let labels = records.into_long_string_writer().unwrap();
    labels.into_value_label_writer().unwrap().finish().unwrap();
}

#[test]
fn stata_files_are_read_and_broken_ones_say_so() {
    let (_keep, path) = folder();
    let file = path("bef.dta");
    for release in [Release::V117, Release::V118, Release::V119] {
        stata(&file, release);
        let read = whole(&file, Options::default()).unwrap();
        assert_eq!(read[0].len(), ROWS);
        (0..ROWS).for_each(|row| expect(&read, row));
    }
    let bytes = fs::read(&file).unwrap();
    for cut in [bytes.len() - 12, bytes.len() / 2, 40] {
        fs::write(&file, &bytes[..cut]).unwrap();
        assert!(error(&file).contains("cut off"), "{}", error(&file));
    }
    fs::write(&file, b"pnr,koen\n1,2\n").unwrap();
    assert!(error(&file).contains("no Stata file"));
}

/// Long texts (strL): one of 5,000 letters, one repeated, one empty.
fn long_texts(path: &Path, keep: usize) {
    let schema = Schema::builder()
        .add_variable(Variable::builder(VariableType::FixedString(2), "pnr").format("%2s"))
        .add_variable(Variable::builder(VariableType::LongString, "note").format("%9s"))
        .build()
        .unwrap();
    let mut records = DtaWriter::new()
        .from_path(path)
        .unwrap()
        .write_header(Header::builder(Release::V118, ByteOrder::LittleEndian).build())
        .unwrap()
        .write_schema(schema)
        .unwrap()
        .into_record_writer()
        .unwrap();
    let mut table = LongStringTable::for_writing();
    let long = "Ærø".repeat(1_000);
    for (row, text) in [long.as_str(), "kort", "", "kort"].into_iter().enumerate() {
        let at = table.get_or_insert(2, row as u64 + 1, text);
        let pnr = row.to_string();
        let values = [Value::string(&pnr), Value::LongStringRef(at)];
        records.write_record(&values).unwrap();
    }
    let mut texts = records.into_long_string_writer().unwrap();
    for text in table.iter().take(keep) {
        texts.write_long_string(&text).unwrap();
    }
    texts.into_value_label_writer().unwrap().finish().unwrap();
}

#[test]
fn long_texts_of_stata_are_read_from_behind_the_rows() {
    let (_keep, path) = folder();
    let file = path("notes.dta");
    long_texts(&file, usize::MAX);
    let read = whole(&file, Options::default()).unwrap();
    assert_eq!(read[0].text(3).as_deref(), Some("3"));
    assert_eq!(read[1].text(0).unwrap(), "Ærø".repeat(1_000));
    assert_eq!(read[1].text(1).as_deref(), Some("kort"));
    assert!(read[1].missing(2));
    assert_eq!(read[1].text(3).as_deref(), Some("kort"));
    long_texts(&file, 1);
    let error = error(&file);
    assert!(
        error.contains("a long text (strL) in `note` that is not there"),
        "{error}"
    );
}

#[test]
fn csv_is_read_in_both_encodings_and_with_any_separator() {
    let (_keep, path) = folder();
    let latin = Options {
        encoding: Encoding::Latin1,
    };
    let utf8 = Options::default();
    for (bytes, options, comma) in [
        (
            &b"\xEF\xBB\xBFpnr;navn\r\n1;\"\xC3\x86r\xC3\xB8; by\"\r\n2;\r\n"[..],
            utf8,
            true,
        ),
        (b"pnr;navn\n1;\"\xC6r\xF8; by\"\n2;", latin, true),
        (b"pnr\tnavn\n1\t\xC3\x86r\xC3\xB8; by\n\n2\t\n", utf8, false),
    ] {
        let file = path("a.csv");
        fs::write(&file, bytes).unwrap();
        let read = whole(&file, options).unwrap();
        assert_eq!(read[1].text(0).as_deref(), Some("Ærø; by"));
        assert!(read[1].missing(1));
        assert_eq!(read[0].whole(1), Some(2));
        let table = Table::open(&file, &options).unwrap();
        assert_eq!(table.decimal_comma(), comma);
        assert_eq!(table.columns()[0].name, "pnr");
    }
}

#[test]
fn utf8_that_is_said_to_be_latin1_is_refused() {
    let (_keep, path) = folder();
    let file = path("a.csv");
    let latin = Options {
        encoding: Encoding::Latin1,
    };
    for bytes in [
        "pnr;bemærkning\n1;\n".as_bytes(),
        "pnr;navn\n1;Sørensen\n".as_bytes(),
        b"\xEF\xBB\xBFpnr;navn\n1;2\n",
    ] {
        fs::write(&file, bytes).unwrap();
        let error = whole(&file, latin).unwrap_err().to_string();
        assert!(
            error.contains("is UTF-8, not Latin-1") && error.contains("latin1"),
            "{error}"
        );
        assert!(whole(&file, Options::default()).is_ok());
    }
}

#[test]
fn a_broken_csv_file_says_what_is_wrong_without_its_values() {
    let (_keep, path) = folder();
    let file = path("a.csv");
    for (bytes, expected) in [
        (&b""[..], "FILE is empty"),
        (b" \n", "FILE begins with an empty line"),
        (
            b"pnr,sex\n1,2\n77777",
            "has 1 fields on line 3 and 2 in its header",
        ),
        (b"pnr,sex\n1,\"77777", "ends inside a quoted field"),
        (b"pnr,sex\n1,\"77777\n2,3", "ends inside a quoted field"),
        (b"pnr,sex,PNR\n1,2,3\n", "the same name on columns 1 and 3"),
        (b"pnr,sex\n1,\xe6\n", "is not UTF-8 (first on line 2)"),
        (b"\xFF\xFEp\0", "is UTF-16"),
        (b"pnr,sex\n1,\0\n", "holds NUL bytes"),
    ] {
        fs::write(&file, bytes).unwrap();
        let error = error(&file);
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("77777"), "{error}");
    }
    assert!(error(&path("nowhere.csv")).starts_with("cannot read FILE"));
    assert!(error(&path("a.docx")).contains("of no known format"));
}
