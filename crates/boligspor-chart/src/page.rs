//! One report, one HTML file.
//!
//! A report leaves a closed research environment by mail and is opened years
//! later on a machine without internet. So everything is in the one file:
//! style, font and charts; there is no script, and a content security policy
//! in the document itself forbids the browser to load anything. The markup is
//! plain: headings in order, tables with captions and scopes, charts with
//! titles, so that it can be read aloud, printed on A4 and searched.
//!
//! Text comes in as text and is escaped; only charts are markup, and they are
//! checked to be pictures and nothing else.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::svg::escaped;
use crate::{ChartError, Lang};

/// A report.
///
/// ```
/// use boligspor_chart::{Lang, Page, Section};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let html = Page::new("Retention in Odense-like data", Lang::En)
///     .section(Section::new("Results").paragraph("80% kept a home <three years>."))
///     .html()?;
/// assert!(html.starts_with("<!DOCTYPE html>"));
/// assert!(html.contains("&lt;three years&gt;"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The report's title.
    pub title: String,
    /// A sentence or two under the title; may be empty.
    pub lead: String,
    /// Language of the document and of the few words the page supplies.
    pub lang: Lang,
    /// The sections in order; each is listed in the table of contents.
    pub sections: Vec<Section>,
    /// What stands at the top of every page, printed ones included: that the
    /// report must not leave, say. Empty for nothing.
    pub mark: String,
    /// Lines at the foot: versions, hashes, how to reproduce.
    pub footer: Vec<String>,
    /// Whether the font is in the file (about 50 kB), so that charts look the
    /// same on every machine.
    pub embed_font: bool,
}

/// A section of a [`Page`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What it consists of.
    pub blocks: Vec<Block>,
}

/// A piece of a [`Section`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// A heading within the section.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Points without order.
    List(Vec<String>),
    /// The definition that the numbers around it rest on.
    Definition(String),
    /// Something to know.
    Note(String),
    /// Something to beware of.
    Warning(String),
    /// The few numbers a reader takes away.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// A chart, with the numbers behind it if given.
    Chart {
        /// The chart, as this crate draws it.
        svg: String,
        /// The numbers it shows, folded away beneath it.
        data: Option<Table>,
    },
}

/// A number to take away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// The number with its unit, as text: `80 %`.
    pub value: String,
    /// What it is.
    pub label: String,
    /// Its interval and base: `95 %: 76–83, n = 498`; may be empty.
    pub detail: String,
}

/// A table. Its first column names the rows.
///
/// ```
/// use boligspor_chart::{Column, Table};
///
/// let table = Table {
///     caption: "Retention by horizon".into(),
///     columns: vec![Column::text("Horizon"), Column::number("Share")],
///     rows: vec![vec!["12 months".into(), "89%".into()]],
///     ..Table::default()
/// };
/// assert_eq!(table.columns.len(), table.rows[0].len());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, one text for each column.
    pub rows: Vec<Vec<String>>,
    /// Indices of rows that stand out, such as a total.
    pub strong: Vec<usize>,
    /// Definitions and warnings, printed beneath.
    pub notes: Vec<String>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// Whether it holds numbers, which are set to the right.
    pub number: bool,
}

impl Column {
    /// A column of text.
    pub fn text(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            number: false,
        }
    }

    /// A column of numbers.
    pub fn number(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            number: true,
        }
    }
}

impl Section {
    /// An empty section.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// With one more block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With a heading.
    #[must_use]
    pub fn heading(self, text: impl Into<String>) -> Self {
        self.block(Block::Heading(text.into()))
    }

    /// With a paragraph.
    #[must_use]
    pub fn paragraph(self, text: impl Into<String>) -> Self {
        self.block(Block::Paragraph(text.into()))
    }

    /// With a definition.
    #[must_use]
    pub fn definition(self, text: impl Into<String>) -> Self {
        self.block(Block::Definition(text.into()))
    }

    /// With a note.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> Self {
        self.block(Block::Note(text.into()))
    }

    /// With a warning.
    #[must_use]
    pub fn warning(self, text: impl Into<String>) -> Self {
        self.block(Block::Warning(text.into()))
    }

    /// With a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.block(Block::Table(table))
    }

    /// With a chart, drawn by this crate, without its numbers.
    #[must_use]
    pub fn chart(self, svg: impl Into<String>) -> Self {
        self.block(Block::Chart {
            svg: svg.into(),
            data: None,
        })
    }
}

/// Tables with more rows than this are folded away.
const LONG_TABLE: usize = 20;
/// Tables of at most this many rows are kept together on paper.
const SHORT_TABLE: usize = 12;

const STYLE: &str = include_str!("page.css");
const REGULAR: &[u8] = include_bytes!("../fonts/BoligsporSans-Regular.woff2");
const SEMIBOLD: &[u8] = include_bytes!("../fonts/BoligsporSans-SemiBold.woff2");

impl Page {
    /// A report without sections.
    pub fn new(title: impl Into<String>, lang: Lang) -> Self {
        Self {
            title: title.into(),
            lead: String::new(),
            lang,
            sections: Vec::new(),
            mark: String::new(),
            footer: Vec::new(),
            embed_font: true,
        }
    }

    /// With one more section.
    #[must_use]
    pub fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// The report as one HTML document, the same bytes for the same report.
    ///
    /// # Errors
    ///
    /// [`ChartError::Length`] if a row of a table has not one text for each
    /// column; [`ChartError::Svg`] if a chart is not an SVG picture free of
    /// scripts, links and style sheets.
    pub fn html(&self) -> Result<String, ChartError> {
        let mut out = Writer {
            html: String::with_capacity(64 * 1024),
            lang: self.lang,
        };
        out.head(self);
        let title = escaped(&self.title);
        let skip = self.lang.pick("Spring til indholdet", "Skip to content");
        out.put(&format!("<a class=\"skip\" href=\"#content\">{skip}</a>\n"));
        if !self.mark.is_empty() {
            let mark = escaped(&self.mark);
            out.put(&format!("<p class=\"mark\">{mark}</p>\n"));
        }
        out.put(&format!(
            "<div class=\"sheet\">\n<header>\n<h1>{title}</h1>\n"
        ));
        if !self.lead.is_empty() {
            out.put(&format!("<p class=\"lead\">{}</p>\n", escaped(&self.lead)));
        }
        out.put("</header>\n");
        out.contents(&self.sections);
        out.put("<main id=\"content\">\n");
        for (number, section) in (1..).zip(&self.sections) {
            out.section(number, section)?;
        }
        out.put("</main>\n");
        if !self.footer.is_empty() {
            out.put("<footer>\n");
            for line in &self.footer {
                out.put(&format!("<p>{}</p>\n", escaped(line)));
            }
            out.put("</footer>\n");
        }
        out.put("</div>\n</body>\n</html>\n");
        Ok(out.html)
    }
}

struct Writer {
    html: String,
    lang: Lang,
}

impl Writer {
    fn put(&mut self, markup: &str) {
        self.html.push_str(markup);
    }

    fn head(&mut self, page: &Page) {
        let (tag, title) = (page.lang.tag(), escaped(&page.title));
        self.put(&format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>{title}</title>\n<style>\n"
        ));
        if page.embed_font {
            for (weight, font) in [(400, REGULAR), (600, SEMIBOLD)] {
                let data = STANDARD.encode(font);
                self.put(&format!(
                    "@font-face {{ font-family: \"Boligspor Sans\"; font-weight: {weight}; \
                     src: url(data:font/woff2;base64,{data}) format(\"woff2\"); }}\n"
                ));
            }
        }
        self.put(STYLE);
        self.put("</style>\n</head>\n<body>\n");
    }

    fn contents(&mut self, sections: &[Section]) {
        if sections.len() < 2 {
            return;
        }
        let title = self.lang.pick("Indhold", "Contents");
        self.put(&format!(
            "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">{title}</h2>\n<ol>\n"
        ));
        for (number, section) in (1..).zip(sections) {
            let title = escaped(&section.title);
            self.put(&format!(
                "<li><a href=\"#{}\">{title}</a>",
                anchor(number, None)
            ));
            let headings = section.blocks.iter().filter_map(|block| match block {
                Block::Heading(text) => Some(text),
                _ => None,
            });
            let entries = (1..)
                .zip(headings)
                .fold(String::new(), |mut entries, (part, text)| {
                    let (anchor, text) = (anchor(number, Some(part)), escaped(text));
                    let _ = write!(entries, "<li><a href=\"#{anchor}\">{text}</a></li>");
                    entries
                });
            if !entries.is_empty() {
                self.put(&format!("<ol>{entries}</ol>"));
            }
            self.put("</li>\n");
        }
        self.put("</ol>\n</nav>\n");
    }

    fn section(&mut self, number: usize, section: &Section) -> Result<(), ChartError> {
        let (anchor_, title) = (anchor(number, None), escaped(&section.title));
        self.put(&format!(
            "<section aria-labelledby=\"{anchor_}\">\n<h2 id=\"{anchor_}\">{title}</h2>\n"
        ));
        let mut part = 0;
        for block in &section.blocks {
            match block {
                Block::Heading(text) => {
                    part += 1;
                    let (anchor, text) = (anchor(number, Some(part)), escaped(text));
                    self.put(&format!("<h3 id=\"{anchor}\">{text}</h3>\n"));
                }
                Block::Paragraph(text) => self.put(&format!("<p>{}</p>\n", escaped(text))),
                Block::List(points) => {
                    self.put("<ul>\n");
                    for point in points {
                        self.put(&format!("<li>{}</li>\n", escaped(point)));
                    }
                    self.put("</ul>\n");
                }
                Block::Definition(text) => self.boxed("definition", "Definition", text),
                Block::Note(text) => self.boxed("note", self.lang.pick("Bemærk", "Note"), text),
                Block::Warning(text) => {
                    self.boxed("warning", self.lang.pick("Advarsel", "Warning"), text);
                }
                Block::Figures(figures) => self.figures(figures),
                Block::Table(table) if table.rows.len() > LONG_TABLE => {
                    self.folded(&table.caption, table)?;
                }
                Block::Table(table) => self.table(table, true)?,
                Block::Chart { svg, data } => self.chart(svg, data.as_ref())?,
            }
        }
        self.put("</section>\n");
        Ok(())
    }

    fn boxed(&mut self, class: &str, name: &str, text: &str) {
        self.put(&format!(
            "<div class=\"box {class}\" role=\"note\"><strong>{name}</strong><p>{}</p></div>\n",
            escaped(text)
        ));
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.put("<dl class=\"figures\">\n");
        for Figure {
            value,
            label,
            detail,
        } in figures
        {
            self.put(&format!(
                "<div><dt>{}</dt><dd class=\"value\">{}</dd>",
                escaped(label),
                escaped(value)
            ));
            if !detail.is_empty() {
                self.put(&format!("<dd class=\"detail\">{}</dd>", escaped(detail)));
            }
            self.put("</div>\n");
        }
        self.put("</dl>\n");
    }

    fn chart(&mut self, svg: &str, data: Option<&Table>) -> Result<(), ChartError> {
        check_picture(svg)?;
        // A phone scrolls a chart sideways rather than shrink its text; what
        // scrolls must be reachable by keyboard.
        let name = self.lang.pick("Figur", "Chart");
        self.put(&format!(
            "<figure><div class=\"wide\" role=\"group\" aria-label=\"{name}\" tabindex=\"0\">\n"
        ));
        self.put(svg);
        self.put("</div></figure>\n");
        if let Some(table) = data {
            self.folded(
                self.lang
                    .pick("Tal bag figuren", "Numbers behind the chart"),
                table,
            )?;
        }
        Ok(())
    }

    fn folded(&mut self, title: &str, table: &Table) -> Result<(), ChartError> {
        let rows = match (self.lang, table.rows.len()) {
            (Lang::Da, 1) => "1 række".to_owned(),
            (Lang::En, 1) => "1 row".to_owned(),
            (lang, n) => format!("{} {}", lang.count(n as u64), lang.pick("rækker", "rows")),
        };
        self.put(&format!(
            "<details><summary>{} <span>({rows})</span></summary><div class=\"inside\">\n",
            escaped(title)
        ));
        // The summary already says what the caption would.
        self.table(table, title != table.caption)?;
        self.put("</div></details>\n");
        Ok(())
    }

    fn table(&mut self, table: &Table, captioned: bool) -> Result<(), ChartError> {
        let expected = table.columns.len();
        if let Some(row) = table.rows.iter().find(|row| row.len() != expected) {
            return Err(ChartError::Length {
                chart: "table",
                what: "a row",
                expected,
                found: row.len(),
            });
        }
        let caption = escaped(&table.caption);
        let class = if table.rows.len() <= SHORT_TABLE {
            "wide short"
        } else {
            "wide"
        };
        self.put(&format!(
            "<div class=\"{class}\" role=\"group\" aria-label=\"{caption}\" tabindex=\"0\"><table>\n"
        ));
        if captioned && !caption.is_empty() {
            self.put(&format!("<caption>{caption}</caption>\n"));
        }
        self.put("<thead><tr>");
        let class = |column: &Column| {
            if column.number {
                " class=\"number\""
            } else {
                ""
            }
        };
        for column in &table.columns {
            let title = escaped(&column.title);
            self.put(&format!("<th scope=\"col\"{}>{title}</th>", class(column)));
        }
        self.put("</tr></thead>\n<tbody>\n");
        for (i, row) in table.rows.iter().enumerate() {
            let strong = if table.strong.contains(&i) {
                " class=\"strong\""
            } else {
                ""
            };
            self.put(&format!("<tr{strong}>"));
            for (j, (column, cell)) in table.columns.iter().zip(row).enumerate() {
                let (class, cell) = (class(column), escaped(cell));
                let cell = if j == 0 {
                    format!("<th scope=\"row\"{class}>{cell}</th>")
                } else {
                    format!("<td{class}>{cell}</td>")
                };
                self.put(&cell);
            }
            self.put("</tr>\n");
        }
        self.put("</tbody>\n</table></div>\n");
        for note in &table.notes {
            self.put(&format!("<p class=\"under\">{}</p>\n", escaped(note)));
        }
        Ok(())
    }
}

/// Where a section, or a heading within it, can be linked to. Numbers rather
/// than words, so that two headings of the same words have two places.
fn anchor(section: usize, part: Option<usize>) -> String {
    match part {
        Some(part) => format!("s{section}-{part}"),
        None => format!("s{section}"),
    }
}

/// What a picture may consist of; everything the charts use and nothing that
/// runs, links or loads.
const SHAPES: [&str; 10] = [
    "svg", "title", "desc", "g", "rect", "circle", "line", "polyline", "polygon", "text",
];

/// Fails unless `svg` is a picture and nothing else.
fn check_picture(svg: &str) -> Result<(), ChartError> {
    let document =
        roxmltree::Document::parse(svg).map_err(|error| ChartError::Svg(error.to_string()))?;
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        if !SHAPES.contains(&name) || (node == document.root_element()) != (name == "svg") {
            return Err(ChartError::Svg(format!("<{name}> has no place in a chart")));
        }
        let active = |attribute: &roxmltree::Attribute<'_, '_>| {
            attribute.name().starts_with("on")
                || ["href", "style"].contains(&attribute.name())
                || attribute.value().contains("url(")
        };
        if let Some(attribute) = node.attributes().find(active) {
            return Err(ChartError::Svg(format!(
                "the attribute {} has no place in a chart",
                attribute.name()
            )));
        }
    }
    Ok(())
}
