//! Static charts and pages of results: SVG, PNG and one self-contained HTML
//! file.
//!
//! A result must open where there is no internet and no script may run, and
//! must look the same in ten years. So the charts are plain SVG, drawn from
//! Rust with a plotting crate: no script, no link, no style sheet; and the PNG
//! is drawn with a font that is in the program.
//!
//! One chart is one plain struct with public fields, a [`Caption`] and a
//! method `svg(&Style)`. The crate knows nothing of tables, dates or housing:
//! shares, counts, months and labels come in, and a picture goes out. A value
//! that is not finite is a gap. Whatever the data, a chart never panics.
//!
//! | chart | shows |
//! |---|---|
//! | [`CurveChart`] | shares retained by months since time zero |
//! | [`OccupancyChart`] | the share in each state by month, stacked |
//! | [`CostBars`] | mean cost by period around placement, stacked |
//! | [`FunnelChart`] | observed over expected by size, with limits |
//! | [`DotChart`] | points with intervals in rows |
//! | [`TileMap`] | a value of every place, on a map of tiles |
//! | [`TrendChart`] | values over years |
//! | [`FlowChart`] | who was left out at which step |
//!
//! [`Page`] binds charts, tables and definitions to one HTML file.

mod axis;
mod canvas;
mod cost_bars;
mod curve;
mod dots;
mod error;
mod flow;
mod frame;
mod funnel;
mod labels;
mod number;
mod occupancy;
mod page;
mod plane;
mod png;
mod style;
mod svg;
mod text;
mod tiles;
mod trend;

pub use cost_bars::{CostBars, CostCategory, CostPeriod};
pub use curve::{Curve, CurveChart, CurvePoint};
pub use dots::{DotChart, DotReference, DotRow, Measure};
pub use error::ChartError;
pub use flow::{FlowChart, FlowStep};
pub use funnel::{FunnelChart, FunnelLimit, FunnelPoint, Signal};
pub use number::Lang;
pub use occupancy::{Band, OccupancyChart};
pub use page::{Block, Column, Figure, Page, Section, Table};
pub use plane::PlaneChart;
pub use png::png;
pub use style::{Caption, Colour, Style};
pub use tiles::{Tile, TileMap};
pub use trend::{TrendChart, TrendLine, TrendPoint};
