//! Writes a small SAS7bdat file, plain and compressed, for other programs to read.
//!
//! `cargo run -p boligspor-files --example write_sas -- FOLDER`

use boligspor_files::{SasCompression, SasKind, SasWriter};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    for (name, compression) in [
        ("plain", SasCompression::None),
        ("char", SasCompression::Char),
        ("binary", SasCompression::Binary),
    ] {
        let wide: Vec<String> = (0..600)
            .map(|i| format!("y_{:02}{:02}", i / 52, i % 52 + 1))
            .collect();
        let mut columns = vec![
            ("PNR", SasKind::Text(12)),
            ("KOEN", SasKind::Number),
            ("FOED_DAG", SasKind::Date),
            ("NAVN", SasKind::Text(9)),
        ];
        columns.extend(wide.iter().map(|n| (n.as_str(), SasKind::Number)));
        let mut file = SasWriter::new(&columns, compression);
        for row in 0..2_000 {
            file.text(&format!("{row:010}"));
            file.number((row % 7 != 0).then_some(f64::from(row % 3) + 0.5));
            file.day((row % 5 != 0).then_some(row - 20_000));
            file.text(if row % 2 == 0 { "Ærø" } else { "" });
            (0..600).for_each(|i| file.number((i % 4 != 0).then_some(f64::from(row + i))));
        }
        let path = format!("{folder}/{name}.sas7bdat");
        file.write(&mut std::fs::File::create(path)?)?;
    }
    Ok(())
}
