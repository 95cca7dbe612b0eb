//! Writing an outcome: all files, or none.

use std::path::{Path, PathBuf};

use super::manifest::Written;
use super::progress::{Stage, Watch};
use super::run::Outcome;
use super::spec::ChartFormat;
use super::{charts, report};
use crate::error::{Error, Result};
use crate::staging::Staging;

/// The file that marks a folder as a study's results.
const MANIFEST: &str = "manifest.json";

/// Dots per unit of the SVG in a PNG: sharp on a screen and in print.
const PNG_SCALE: f32 = 2.0;

impl Outcome {
    /// Writes tables, charts, report and manifest into `folder`, in the place
    /// of an earlier run's results if there are any; returns where they are.
    ///
    /// Until every file is written the old results stay as they are.
    ///
    /// # Errors
    /// [`Error::Option`] where `folder` holds other files or is in use,
    /// [`Error::File`] where the system refuses, [`Error::Chart`] where a
    /// chart cannot be drawn, [`Error::Interrupted`] where `watch` asks to stop.
    pub fn write(&self, folder: &Path, watch: &mut Watch<'_>) -> Result<PathBuf> {
        watch.begin(Stage::Write)?;
        let staging = Staging::new(folder, MANIFEST)?;
        let outputs = &self.plan.study().outputs;
        let mut written = Vec::new();
        let mut put = |path: String, bytes: &[u8]| -> Result<()> {
            watch.interrupt().check()?;
            staging.write(&path, bytes)?;
            written.push(Written::new(&path, bytes));
            Ok(())
        };
        for (name, table) in self.tables()? {
            for format in &outputs.tables {
                let path = format!("tables/{name}.{}", format.extension());
                put(path, &format.bytes(&table)?)?;
            }
        }
        let charts = charts::all(self)?;
        for chart in &charts {
            for format in &outputs.charts {
                match format {
                    ChartFormat::Svg => {
                        put(format!("charts/{}.svg", chart.name), chart.svg.as_bytes())?;
                    }
                    ChartFormat::Png => {
                        let png = crate::chart::png(&chart.svg, PNG_SCALE)
                            .map_err(|e| Error::Chart(e.to_string()))?;
                        put(format!("charts/{}.png", chart.name), &png)?;
                    }
                }
            }
        }
        if outputs.report {
            put(
                "report.html".into(),
                report::html(self, &charts)?.as_bytes(),
            )?;
        }
        let manifest = format!("{:#}\n", self.manifest(&written)?);
        staging.write(MANIFEST, manifest.as_bytes())?;
        watch.interrupt().check()?;
        let folder = staging.commit()?;
        watch.finish();
        Ok(folder)
    }
}
