//! What every report owes its reader: one file, no script, nothing loaded, and
//! markup that can be read aloud.

mod samples;

use boligspor_chart::{Block, ChartError, Column, Lang, Page, Section, Table};
use roxmltree::{Document, Node, ParsingOptions};

fn sample() -> String {
    samples::page().html().expect("the sample is sound")
}

/// The page is written so that it is XML as well, which makes it easy to check.
fn with_document(html: &str, look: impl FnOnce(&Document<'_>)) {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    look(&Document::parse_with_options(html, options).expect("the page is sound"));
}

fn named<'a>(document: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(move |node| node.is_element() && node.tag_name().name() == name)
}

#[test]
fn the_page_is_one_file_that_runs_and_loads_nothing() {
    let html = sample();
    with_document(&html, |document| {
        for name in ["script", "link", "img", "iframe", "object", "embed", "form"] {
            assert_eq!(named(document, name).count(), 0, "<{name}>");
        }
        for attribute in document.descendants().flat_map(|node| node.attributes()) {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && name != "src", "{name}");
            assert!(name != "href" || value.starts_with('#'), "{name}={value}");
        }
    });
    let urls = html.matches("url(").count();
    assert_eq!(urls, html.matches("url(data:font/woff2;base64,").count());
    assert!(!html.contains("@import"));
    let elsewhere = html
        .replace("http://www.w3.org/2000/svg", "")
        .replace("http-equiv", "");
    assert!(!elsewhere.contains("http"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn headings_are_in_order_and_every_link_has_its_place() {
    with_document(&sample(), |document| {
        let mut level = 0;
        for node in document.descendants().filter(Node::is_element) {
            if let Some(next) = node.tag_name().name().strip_prefix('h')
                && let Ok(next) = next.parse::<u32>()
            {
                assert!(next <= level + 1, "h{next} after h{level}");
                level = next;
            }
        }
        assert_eq!(named(document, "h1").count(), 1);
        let ids = document
            .descendants()
            .filter_map(|node| node.attribute("id"));
        let mut ids = ids.collect::<Vec<_>>();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id occurs twice");
        for link in named(document, "a") {
            let target = link
                .attribute("href")
                .and_then(|href| href.strip_prefix('#'));
            assert!(ids.contains(&target.expect("a link within the page")));
        }
    });
}

#[test]
fn tables_name_their_rows_and_columns_and_set_numbers_right() {
    with_document(&sample(), |document| {
        for cell in named(document, "th") {
            assert!(["row", "col"].contains(&cell.attribute("scope").expect("a scope")));
        }
        for row in named(document, "tbody").flat_map(|body| body.children()) {
            if let Some(first) = row.first_element_child() {
                assert_eq!(first.tag_name().name(), "th");
            }
        }
        for table in named(document, "table") {
            let captioned = table
                .first_element_child()
                .is_some_and(|child| child.tag_name().name() == "caption");
            let folded = table
                .ancestors()
                .any(|node| node.tag_name().name() == "details");
            assert!(captioned || folded);
        }
        let numbers =
            named(document, "td").filter(|cell| cell.attribute("class") == Some("number"));
        assert!(numbers.count() > 10);
        assert!(named(document, "svg").all(|svg| svg.attribute("role") == Some("img")));
    });
}

#[test]
fn text_is_escaped_everywhere() {
    let evil = "<script>alert(\"x\")</script> & 'y'";
    let table = Table {
        caption: evil.into(),
        columns: vec![Column::text(evil)],
        rows: vec![vec![evil.into()]],
        notes: vec![evil.into()],
        ..Table::default()
    };
    let mut section = Section::new(evil)
        .heading(evil)
        .paragraph(evil)
        .definition(evil);
    section = section.note(evil).warning(evil).table(table);
    section = section.block(Block::List(vec![evil.into()]));
    let mut page = Page::new(evil, Lang::Da)
        .section(section.clone())
        .section(section);
    page.lead = evil.into();
    page.footer = vec![evil.into()];
    let html = page.html().expect("text is only text");
    assert!(!html.contains("<script"));
    with_document(&html, |document| {
        let spoken = document
            .descendants()
            .filter(|node| node.text() == Some(evil));
        assert!(spoken.count() > 12);
    });
}

#[test]
fn long_tables_are_folded_and_short_ones_are_not() {
    let table = |n: usize| Table {
        caption: "Kommuner".into(),
        columns: vec![Column::text("Kommune")],
        rows: vec![vec!["x".into()]; n],
        ..Table::default()
    };
    let html = |n| {
        let page = Page::new("T", Lang::Da).section(Section::new("S").table(table(n)));
        page.html().expect("the table is sound")
    };
    assert!(!html(20).contains("<details>"));
    assert!(html(98).contains("<summary>Kommuner <span>(98 rækker)</span></summary>"));
}

#[test]
fn a_row_that_does_not_fit_its_table_is_refused() {
    let table = Table {
        columns: vec![Column::text("a"), Column::number("b")],
        rows: vec![vec!["1".into()]],
        ..Table::default()
    };
    let refused = Page::new("T", Lang::Da)
        .section(Section::new("S").table(table))
        .html();
    assert!(matches!(
        refused,
        Err(ChartError::Length {
            expected: 2,
            found: 1,
            ..
        })
    ));
}

#[test]
fn a_chart_that_is_more_than_a_picture_is_refused() {
    let svg = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
    for inner in [
        "<script/>",
        "<foreignObject/>",
        "<a href=\"x\"/>",
        "<style/>",
        "<image/>",
        "<svg/>",
        "<rect onclick=\"x\"/>",
        "<rect style=\"fill:red\"/>",
        "<rect fill=\"url(#a)\"/>",
        "</svg><p>",
    ] {
        let page = Page::new("T", Lang::Da).section(Section::new("S").chart(svg(inner)));
        assert!(matches!(page.html(), Err(ChartError::Svg(_))), "{inner}");
    }
    let page = Page::new("T", Lang::Da).section(Section::new("S").chart(svg("<rect/>")));
    assert!(page.html().is_ok());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(sample(), sample());
}
