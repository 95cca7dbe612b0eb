//! Draws every chart with made-up numbers into a folder, and binds them to a
//! page, to look at.
//!
//! ```text
//! cargo run -p boligspor-chart --example gallery -- FOLDER
//! ```

use std::path::{Path, PathBuf};

use boligspor_chart::{Lang, Style, png};

#[path = "../tests/samples/mod.rs"]
mod samples;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "gallery".into()));
    std::fs::create_dir_all(&folder)?;
    let style = Style::new(Lang::Da);
    save(&folder, "curve", &samples::curve().svg(&style)?)?;
    save(&folder, "curve-strata", &samples::strata().svg(&style)?)?;
    save(&folder, "occupancy", &samples::occupancy().svg(&style)?)?;
    save(&folder, "cost-bars", &samples::cost_bars().svg(&style)?)?;
    save(&folder, "funnel", &samples::funnel().svg(&style)?)?;
    save(&folder, "definitions", &samples::definitions().svg(&style)?)?;
    save(&folder, "caterpillar", &samples::caterpillar().svg(&style)?)?;
    save(&folder, "trend", &samples::trend().svg(&style)?)?;
    save(&folder, "flow", &samples::flow().svg(&style)?)?;
    std::fs::write(folder.join("page.html"), samples::page().html()?)?;
    Ok(())
}

fn save(folder: &Path, name: &str, svg: &str) -> Outcome {
    std::fs::write(folder.join(name).with_extension("svg"), svg)?;
    std::fs::write(folder.join(name).with_extension("png"), png(svg, 2.0)?)?;
    Ok(())
}
