//! A drawn chart as a test sees it: where each text really stands, by the
//! font that draws the PNG.

use std::sync::Arc;

use resvg::usvg::fontdb::Database;
use resvg::usvg::{Group, Node, Options, TextChunk, Tree};

/// A text with its left, top, right and bottom in pixels.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) area: [f32; 4],
}

/// A parsed chart.
pub(crate) struct Picture {
    pub(crate) texts: Vec<Written>,
    width: f32,
    height: f32,
}

impl Picture {
    /// Parses a chart and checks what holds for every chart: sound XML, a
    /// title, no number that is none, nothing that runs or loads anything, loads anything, and
    /// no text outside the page.
    pub(crate) fn of(svg: &str) -> Self {
        let document = roxmltree::Document::parse(svg).expect("a chart is sound XML");
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            assert!(
                !["script", "style", "image", "use", "a"].contains(&name),
                "<{name}>"
            );
            for attribute in node.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                assert!(
                    !value.contains("NaN") && !value.contains("inf"),
                    "{name}={value}"
                );
                assert!(!name.starts_with("on") && name != "href", "{name}");
            }
        }
        let tree = tree(svg);
        let mut texts = Vec::new();
        collect(tree.root(), &mut texts);
        let picture = Self {
            texts,
            width: tree.size().width(),
            height: tree.size().height(),
        };
        for Written { text, area } in &picture.texts {
            assert!(
                area[0] >= 0.0
                    && area[1] >= 0.0
                    && area[2] <= picture.width
                    && area[3] <= picture.height,
                "{text:?} at {area:?} leaves the page of {} by {}",
                picture.width,
                picture.height
            );
        }
        picture
    }

    /// Whether some text contains `part`.
    pub(crate) fn says(&self, part: &str) -> bool {
        self.texts.iter().any(|written| written.text.contains(part))
    }

    /// Fails if two texts lie on each other.
    pub(crate) fn assert_nothing_overlaps(&self) {
        for (i, one) in self.texts.iter().enumerate() {
            for other in &self.texts[i + 1..] {
                let (a, b) = (one.area, other.area);
                // A line's box has air above and below its letters.
                let apart = a[2] <= b[0]
                    || b[2] <= a[0]
                    || a[3] - AIR <= b[1] + AIR
                    || b[3] - AIR <= a[1] + AIR;
                assert!(apart, "{one:?} overlaps {other:?}");
            }
        }
    }

    /// Every text with its left end and base, one a line, to keep as a
    /// snapshot that a reviewer can read.
    pub(crate) fn outline(&self) -> String {
        let lines = self
            .texts
            .iter()
            .map(|Written { text, area }| format!("{:4.0} {:4.0}  {text}\n", area[0], area[3]));
        lines.collect()
    }
}

/// Part of a text's box, at its top and at its foot, that letters do not fill.
const AIR: f32 = 1.5;

fn tree(svg: &str) -> Tree {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../../fonts/BoligsporSans-Regular.otf").to_vec());
    fonts.load_font_data(include_bytes!("../../fonts/BoligsporSans-SemiBold.otf").to_vec());
    let options = Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    Tree::from_str(svg, &options).expect("a chart is sound SVG")
}

fn collect(group: &Group, texts: &mut Vec<Written>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, texts),
            Node::Text(text) => {
                let area = text.abs_bounding_box();
                texts.push(Written {
                    text: text.chunks().iter().map(TextChunk::text).collect(),
                    area: [area.left(), area.top(), area.right(), area.bottom()],
                });
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}
