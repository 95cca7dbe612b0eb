//! A sheet as HTML: one file, no script, two pages of A4 when printed.

use std::fmt::Write as _;

use super::{Block, Sheet};
use crate::docx::escaped;
use crate::lang::Lang;

const STYLE: &str = "\
@page{size:A4;margin:14mm 16mm}\
body{font:10.5pt/1.42 Inter,'Helvetica Neue',Helvetica,Arial,sans-serif;color:#1f2428;\
max-width:178mm;margin:10mm auto;padding:0 6mm}\
@media print{body{margin:0;padding:0}}\
h1{font-size:19pt;margin:0 0 2mm;line-height:1.2}\
.lead{color:#5b636a;margin:0 0 4mm}\
h2{font-size:12pt;margin:5mm 0 1.5mm;border-top:.5pt solid #9aa1a7;padding-top:2mm}\
h2,table{break-inside:avoid}h2{break-after:avoid}\
p{margin:0 0 1.5mm}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:1mm 0 1.5mm}\
th,td{padding:.7mm 2mm;text-align:right;border-bottom:.4pt solid #e6e9eb;font-size:9.5pt}\
th{color:#5b636a;font-weight:600;border-bottom:.8pt solid #9aa1a7}\
th:first-child,td:first-child{text-align:left;padding-left:0}\
td:nth-child(2){font-weight:600}\
.note{color:#5b636a;font-size:8.5pt}";

pub(super) fn page(sheet: &Sheet) -> String {
    let tag = match sheet.lang {
        Lang::Da => "da",
        Lang::En => "en",
    };
    let title = escaped(&sheet.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n",
        escaped(&sheet.lead)
    );
    for block in &sheet.blocks {
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "<h2>{}</h2>", escaped(text));
            }
            Block::Text(text) => {
                let _ = writeln!(out, "<p>{}</p>", escaped(text));
            }
            Block::Note(text) => {
                let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(text));
            }
            Block::Table { head, rows } => {
                out.push_str("<table>\n<thead><tr>");
                for cell in head {
                    let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(cell));
                }
                out.push_str("</tr></thead>\n<tbody>\n");
                for row in rows {
                    out.push_str("<tr>");
                    for cell in row {
                        let _ = write!(out, "<td>{}</td>", escaped(cell));
                    }
                    out.push_str("</tr>\n");
                }
                out.push_str("</tbody>\n</table>\n");
            }
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}
