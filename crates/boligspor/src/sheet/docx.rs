//! A sheet as a document in Office Open XML, as little of it as opens anywhere.
//!
//! A `.docx` is a ZIP archive of a few XML parts (ECMA-376, part 1, §11 and part 2).
//! The parts are small, so they are stored uncompressed, with the archive's earliest
//! date on each: the same sheet gives the same bytes.

use std::fmt::Write as _;

use super::html::escaped;
use super::{Block, Sheet};
use crate::lang::Lang;

const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
</Types>";

const PACKAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
</Relationships>";

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>\
</Relationships>";

const NAMESPACE: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Identifier, name, size in half-points, colour, bold, space before and after
/// in twentieths of a point.
const STYLES: [(&str, &str, u32, &str, bool, u32, u32); 4] = [
    ("Title", "Title", 38, "1F2428", true, 0, 60),
    ("Heading1", "heading 1", 24, "1F2428", true, 200, 60),
    ("Note", "Note", 17, "5B636A", false, 0, 60),
    ("Cell", "Cell", 19, "1F2428", false, 10, 10),
];

fn styles(lang: Lang) -> String {
    let tag = match lang {
        Lang::Da => "da-DK",
        Lang::En => "en-GB",
    };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <w:styles xmlns:w=\"{NAMESPACE}\"><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Calibri\" w:hAnsi=\"Calibri\" w:cs=\"Calibri\"/><w:sz w:val=\"21\"/>\
         <w:lang w:val=\"{tag}\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>\
         <w:spacing w:after=\"60\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>"
    );
    for (id, name, size, colour, bold, before, after) in STYLES {
        let bold = if bold { "<w:b/>" } else { "" };
        let outline = if id == "Heading1" {
            "<w:keepNext/>"
        } else {
            ""
        };
        let _ = write!(
            out,
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:pPr>{outline}<w:spacing w:before=\"{before}\" \
             w:after=\"{after}\"/></w:pPr><w:rPr>{bold}<w:color w:val=\"{colour}\"/>\
             <w:sz w:val=\"{size}\"/></w:rPr></w:style>"
        );
    }
    out.push_str("</w:styles>");
    out
}

fn paragraph(out: &mut String, style: &str, text: &str, right: bool, bold: bool) {
    let style = if style.is_empty() {
        String::new()
    } else {
        format!("<w:pStyle w:val=\"{style}\"/>")
    };
    let right = if right { "<w:jc w:val=\"right\"/>" } else { "" };
    let bold = if bold { "<w:rPr><w:b/></w:rPr>" } else { "" };
    let _ = write!(
        out,
        "<w:p><w:pPr>{style}{right}</w:pPr><w:r>{bold}<w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
        escaped(text)
    );
}

/// Width between the margins, in twentieths of a point.
const WIDTH: usize = 10_080;

fn table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    let columns = head.len().max(1);
    // The words take twice a number's width.
    let unit = WIDTH / (columns + 1);
    let width = |column: usize| if column == 0 { 2 * unit } else { unit };
    out.push_str(
        "<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblBorders>\
         <w:insideH w:val=\"single\" w:sz=\"4\" w:color=\"E6E9EB\"/>\
         <w:bottom w:val=\"single\" w:sz=\"4\" w:color=\"E6E9EB\"/></w:tblBorders></w:tblPr><w:tblGrid>",
    );
    for column in 0..columns {
        let _ = write!(out, "<w:gridCol w:w=\"{}\"/>", width(column));
    }
    out.push_str("</w:tblGrid>");
    for (i, row) in std::iter::once(head)
        .chain(rows.iter().map(Vec::as_slice))
        .enumerate()
    {
        let header = if i == 0 {
            "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
        } else {
            "<w:trPr><w:cantSplit/></w:trPr>"
        };
        let _ = write!(out, "<w:tr>{header}");
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(
                out,
                "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/></w:tcPr>",
                width(column)
            );
            paragraph(out, "Cell", cell, column > 0, i == 0 || column == 1);
            out.push_str("</w:tc>");
        }
        out.push_str("</w:tr>");
    }
    out.push_str("</w:tbl>");
}

fn body(sheet: &Sheet) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <w:document xmlns:w=\"{NAMESPACE}\"><w:body>"
    );
    paragraph(&mut out, "Title", &sheet.title, false, false);
    paragraph(&mut out, "Note", &sheet.lead, false, false);
    for block in &sheet.blocks {
        match block {
            Block::Heading(text) => paragraph(&mut out, "Heading1", text, false, false),
            Block::Text(text) => paragraph(&mut out, "", text, false, false),
            Block::Note(text) => paragraph(&mut out, "Note", text, false, false),
            Block::Table { head, rows } => {
                table(&mut out, head, rows);
                // Two tables in a row would otherwise become one.
                paragraph(&mut out, "Note", "", false, false);
            }
        }
    }
    // A4 with margins of 16 to 18 mm.
    out.push_str(
        "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"907\" w:right=\"907\" \
         w:bottom=\"907\" w:left=\"907\" w:header=\"454\" w:footer=\"454\" w:gutter=\"0\"/>\
         </w:sectPr></w:body></w:document>",
    );
    out
}

pub(super) fn document(sheet: &Sheet) -> Vec<u8> {
    archive(&[
        ("[Content_Types].xml", TYPES.into()),
        ("_rels/.rels", PACKAGE.into()),
        ("word/_rels/document.xml.rels", DOCUMENT.into()),
        ("word/document.xml", body(sheet)),
        ("word/styles.xml", styles(sheet.lang)),
    ])
}

/// 1 January 1980, the first day that a ZIP archive can tell.
const EARLIEST: u16 = 0x21;

/// A ZIP archive of stored files (PKWARE's APPNOTE 6.3.10, §4.3).
fn archive(files: &[(&str, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let crc = crc32fast::hash(text.as_bytes());
        let size = text.len() as u32;
        let offset = out.len() as u32;
        let mut common = Vec::new();
        // Version 2.0, names in UTF-8, stored, no time, the earliest date.
        for word in [20, 0x0800, 0, 0, EARLIEST] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        for word in [crc, size, size] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&0_u16.to_le_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(text.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&20_u16.to_le_bytes());
        directory.extend_from_slice(&common);
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, count) = (out.len() as u32, files.len() as u16);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    for word in [count, count] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for word in [directory.len() as u32, start] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&0_u16.to_le_bytes());
    out
}
