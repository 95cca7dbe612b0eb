//! The released report as a document that an office can edit.

use crate::chart::{self, Block as On, Page};
use crate::docx::{Block, Document, Picture, Table, document};
use crate::error::{Error, Result};
use crate::lang::Lang;

/// Dots per unit of a chart in a document: sharp in print, and still small.
const SCALE: f32 = 2.0;

/// The page as `.docx`: what it says, its tables, and its charts as pictures.
pub(super) fn docx(page: &Page, lang: Lang) -> Result<Vec<u8>> {
    let mut blocks = Vec::new();
    for section in &page.sections {
        blocks.push(Block::Heading(section.title.clone()));
        for block in &section.blocks {
            put(&mut blocks, block)?;
        }
    }
    blocks.extend(page.footer.iter().cloned().map(Block::Note));
    Ok(document(&Document {
        lang,
        title: &page.title,
        lead: &page.lead,
        blocks: &blocks,
    }))
}

fn put(out: &mut Vec<Block>, block: &On) -> Result<()> {
    match block {
        On::Heading(text) => out.push(Block::Caption(text.clone())),
        On::Paragraph(text) => out.push(Block::Text(text.clone())),
        On::List(points) => out.extend(points.iter().map(|p| Block::Text(format!("• {p}")))),
        On::Definition(text) | On::Note(text) | On::Warning(text) => {
            out.push(Block::Note(text.clone()));
        }
        On::Figures(figures) => out.extend(figures.iter().map(|figure| {
            let detail = if figure.detail.is_empty() {
                String::new()
            } else {
                format!(" ({})", figure.detail)
            };
            Block::Text(format!("{} {}{detail}", figure.value, figure.label))
        })),
        On::Table(table) => {
            out.push(Block::Caption(table.caption.clone()));
            out.push(Block::Table(Table {
                head: table.columns.iter().map(|c| c.title.clone()).collect(),
                rows: table.rows.clone(),
                words: table.columns.iter().take_while(|c| !c.number).count(),
                strong: None,
            }));
            out.extend(table.notes.iter().cloned().map(Block::Note));
        }
        On::Chart { svg, .. } => {
            let png = chart::png(svg, SCALE).map_err(|e| Error::Chart(e.to_string()))?;
            let says = title(svg).unwrap_or_default();
            out.push(Block::Picture(Picture { png, says }));
        }
        // The chart crate may learn more; what a document has no form for stays out.
        _ => {}
    }
    Ok(())
}

/// A chart's own title, as plain text.
fn title(svg: &str) -> Option<String> {
    let (_, rest) = svg.split_once("<title")?;
    let (_, rest) = rest.split_once('>')?;
    let (text, _) = rest.split_once("</title>")?;
    let plain = text.replace("&lt;", "<").replace("&gt;", ">");
    Some(plain.replace("&quot;", "\"").replace("&amp;", "&"))
}
