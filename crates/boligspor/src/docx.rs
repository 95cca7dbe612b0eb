//! Documents in Office Open XML (`.docx`), as little of it as opens anywhere.
//!
//! A `.docx` is a ZIP archive of a few XML parts (ECMA-376, part 1, §11 and part 2).
//! The parts are small, so they are stored uncompressed, with the archive's earliest
//! date on each, and nothing says who wrote them or when: the same document gives
//! the same bytes.

use std::fmt::Write as _;

use crate::lang::Lang;

/// A document: a title, what it is, and its parts.
pub(crate) struct Document<'a> {
    pub(crate) lang: Lang,
    pub(crate) title: &'a str,
    pub(crate) lead: &'a str,
    pub(crate) blocks: &'a [Block],
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Heading(String),
    /// What the table or picture beneath it shows.
    Caption(String),
    Text(String),
    Note(String),
    Table(Table),
    Picture(Picture),
}

/// A picture in PNG, as wide as the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) png: Vec<u8>,
    /// What it shows, for those who cannot see it.
    pub(crate) says: String,
}

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// How many of the first columns are words; the others are numbers, set to
    /// the right.
    pub(crate) words: usize,
    /// The column that stands out.
    pub(crate) strong: Option<usize>,
}

/// Writes text so that it stays text.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"png\" ContentType=\"image/png\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
</Types>";

const PACKAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
</Relationships>";

/// Of the document to its styles and pictures; the pictures come after `rId1`.
fn relationships(pictures: usize) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>",
    );
    for number in 1..=pictures {
        let _ = write!(
            out,
            "<Relationship Id=\"rId{}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"media/image{number}.png\"/>",
            number + 1
        );
    }
    out.push_str("</Relationships>");
    out
}

const NAMESPACE: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Identifier, name, size in half-points, colour, bold, space before and after
/// in twentieths of a point.
const STYLES: [(&str, &str, u32, &str, bool, u32, u32); 5] = [
    ("Title", "Title", 38, "1F2428", true, 0, 60),
    ("Heading1", "heading 1", 24, "1F2428", true, 200, 60),
    ("Caption", "caption", 21, "1F2428", true, 140, 40),
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
        let outline = if matches!(id, "Heading1" | "Caption") {
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

fn table(out: &mut String, table: &Table) {
    let columns = table.head.len().max(1);
    let words = table.words;
    // Words take twice a number's width.
    let unit = WIDTH / (columns + words);
    let width = |column: usize| if column < words { 2 * unit } else { unit };
    out.push_str(
        "<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblBorders>\
         <w:insideH w:val=\"single\" w:sz=\"4\" w:color=\"E6E9EB\"/>\
         <w:bottom w:val=\"single\" w:sz=\"4\" w:color=\"E6E9EB\"/></w:tblBorders></w:tblPr><w:tblGrid>",
    );
    for column in 0..columns {
        let _ = write!(out, "<w:gridCol w:w=\"{}\"/>", width(column));
    }
    out.push_str("</w:tblGrid>");
    let rows = std::iter::once(&table.head).chain(&table.rows);
    for (i, row) in rows.enumerate() {
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
            let bold = i == 0 || table.strong == Some(column);
            paragraph(out, "Cell", cell, column >= words, bold);
            out.push_str("</w:tc>");
        }
        out.push_str("</w:tr>");
    }
    out.push_str("</w:tbl>");
}

/// Of a page's height, what a picture takes at most.
const TALLEST: usize = 13_000;

/// A picture as wide as the page, or as tall as it may be (ECMA-376, part 1,
/// §20.4.2.8): sizes are in 635ths of a twentieth of a point.
fn picture(out: &mut String, picture: &Picture, number: usize) {
    // A PNG's first chunk begins with its width and height.
    let side = |at: usize| {
        let bytes = picture.png.get(at..at + 4).and_then(|b| b.try_into().ok());
        bytes.map_or(1, |b| u32::from_be_bytes(b).max(1)) as usize
    };
    let (width, height) = (side(16), side(20));
    let wide = WIDTH.min(TALLEST * width / height);
    let (across, down) = (635 * wide, 635 * wide * height / width);
    let says = escaped(&picture.says);
    let _ = write!(
        out,
        "<w:p><w:r><w:drawing><wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{across}\" cy=\"{down}\"/>\
         <wp:docPr id=\"{number}\" name=\"{number}\" descr=\"{says}\"/>\
         <a:graphic xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
         <pic:pic xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
         <pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"{number}\"/><pic:cNvPicPr/></pic:nvPicPr>\
         <pic:blipFill><a:blip xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
         r:embed=\"rId{}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
         <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{across}\" cy=\"{down}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>\
         </a:graphic></wp:inline></w:drawing></w:r></w:p>",
        number + 1
    );
}

fn body(document: &Document<'_>) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <w:document xmlns:w=\"{NAMESPACE}\"><w:body>"
    );
    paragraph(&mut out, "Title", document.title, false, false);
    if !document.lead.is_empty() {
        paragraph(&mut out, "Note", document.lead, false, false);
    }
    let mut pictures = 0;
    for block in document.blocks {
        match block {
            Block::Heading(text) => paragraph(&mut out, "Heading1", text, false, false),
            Block::Caption(text) => paragraph(&mut out, "Caption", text, false, false),
            Block::Text(text) => paragraph(&mut out, "", text, false, false),
            Block::Note(text) => paragraph(&mut out, "Note", text, false, false),
            Block::Table(of) => {
                table(&mut out, of);
                // Two tables in a row would otherwise become one.
                paragraph(&mut out, "Note", "", false, false);
            }
            Block::Picture(of) => {
                pictures += 1;
                picture(&mut out, of, pictures);
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

/// The document's bytes.
pub(crate) fn document(document: &Document<'_>) -> Vec<u8> {
    let pictures = document.blocks.iter().filter_map(|block| match block {
        Block::Picture(picture) => Some(picture.png.as_slice()),
        _ => None,
    });
    let pictures: Vec<(String, &[u8])> = (1..)
        .zip(pictures)
        .map(|(number, png)| (format!("word/media/image{number}.png"), png))
        .collect();
    let (links, body, styles) = (
        relationships(pictures.len()),
        body(document),
        styles(document.lang),
    );
    let mut files: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", PACKAGE.as_bytes()),
        ("word/_rels/document.xml.rels", links.as_bytes()),
        ("word/document.xml", body.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
    ];
    files.extend(pictures.iter().map(|(name, png)| (name.as_str(), *png)));
    archive(&files)
}

/// 1 January 1980, the first day that a ZIP archive can tell.
const EARLIEST: u16 = 0x21;

/// A ZIP archive of stored files (PKWARE's APPNOTE 6.3.10, §4.3).
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let crc = crc32fast::hash(bytes);
        let size = bytes.len() as u32;
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
        out.extend_from_slice(bytes);
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
