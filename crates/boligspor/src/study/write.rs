//! Writing an outcome: all files, or none.

use std::path::{Path, PathBuf};

use super::manifest::Written;
use super::progress::{Stage, Watch};
use super::run::Outcome;
use super::spec::ChartFormat;
use super::{charts, report};
use crate::disclosure::ClearError;
use crate::error::{Error, Result};
use crate::release::Release;
use crate::staging::Staging;

/// The file that marks a folder as a study's results.
pub(super) const MANIFEST: &str = "manifest.json";

/// Dots per unit of the SVG in a PNG: sharp on a screen and in print.
const PNG_SCALE: f32 = 2.0;

/// Where the uncleared results lie, and nothing that may leave.
pub(super) const INTERNAL: &str = "internal";

/// Files on their way into the output folder.
pub(super) struct Files<'a, 'w> {
    staging: &'a Staging,
    watch: &'a Watch<'w>,
    /// What was written so far, by its path in the whole folder.
    pub(super) written: Vec<Written>,
}

impl<'a, 'w> Files<'a, 'w> {
    pub(super) fn new(staging: &'a Staging, watch: &'a Watch<'w>) -> Self {
        Self {
            staging,
            watch,
            written: Vec::new(),
        }
    }

    /// Writes a file, its path relative to the whole folder.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.watch.interrupt().check()?;
        self.staging.write(path, bytes)?;
        self.written.push(Written::new(path, bytes));
        Ok(())
    }

    /// Writes a chart in every format asked for.
    pub(super) fn chart(
        &mut self,
        folder: &str,
        name: &str,
        svg: &str,
        formats: &[ChartFormat],
    ) -> Result<()> {
        for format in formats {
            match format {
                ChartFormat::Svg => {
                    self.put(&format!("{folder}/{name}.svg"), svg.as_bytes())?;
                }
                ChartFormat::Png => {
                    let png = crate::chart::png(svg, PNG_SCALE)
                        .map_err(|e| Error::Chart(e.to_string()))?;
                    self.put(&format!("{folder}/{name}.png"), &png)?;
                }
            }
        }
        Ok(())
    }
}

impl Outcome {
    /// Writes the results into `folder`, in the place of an earlier run's if
    /// there are any; returns where they are.
    ///
    /// | in the folder | is |
    /// |---|---|
    /// | `released/` | what may leave: tables, charts, report, request sheets, manifest; made of released numbers alone |
    /// | `review/` | the proof, for whoever checks the release inside the secure environment |
    /// | `internal/` | the uncleared results, only where `internal` or the study asks for them |
    /// | `manifest.json` | what was run and written; internal |
    ///
    /// Until every file is written the old results stay as they are. Where a ledger
    /// is kept, the release is entered when the folder is in place.
    ///
    /// # Errors
    /// [`Error::Disclosure`] where disclosure control refuses, naming what to
    /// coarsen: then the internal results are written if they are asked for, and
    /// else nothing is; [`Error::Option`] where `folder` holds other files or is in use,
    /// or where nothing at all is to be written; [`Error::File`] where the
    /// system refuses, [`Error::Chart`] where a chart cannot be drawn,
    /// [`Error::Interrupted`] where `watch` asks to stop.
    pub fn write(&self, folder: &Path, internal: bool, watch: &mut Watch<'_>) -> Result<PathBuf> {
        let internal = internal || self.plan.study().release.internal;
        let history = self.plan.history()?;
        let mut refused = None;
        let released = match self.plan.policy() {
            Some(policy) => {
                watch.begin(Stage::Release)?;
                let released = match &history {
                    Some(history) => self.release_after(policy, history),
                    None => self.release(policy),
                };
                match released {
                    // The uncleared results have nothing to do with the refusal.
                    Err(Error::Disclosure(ClearError::Refused { reason, tables })) if internal => {
                        let reason = format!("{reason}; the internal results are written");
                        refused = Some(ClearError::Refused { reason, tables });
                        None
                    }
                    released => Some(released?),
                }
            }
            None if internal => None,
            None => {
                return Err(Error::option(
                    "release.policy",
                    "is `none`, and the internal results are not asked for either",
                    "choose a policy, or ask for the internal results by name",
                ));
            }
        };
        watch.begin(Stage::Write)?;
        let staging = Staging::new(folder, MANIFEST)?;
        let mut files = Files::new(&staging, watch);
        if let Some(released) = &released {
            self.write_released(released, history.as_ref(), &mut files)?;
        }
        if internal {
            self.write_internal(&mut files)?;
        }
        let manifest = format!("{:#}\n", self.manifest(&files.written)?);
        staging.write(MANIFEST, manifest.as_bytes())?;
        watch.interrupt().check()?;
        if let Some(history) = &history {
            history.check()?;
        }
        let folder = staging.commit()?;
        if let Some((history, released)) = history.zip(released) {
            history.enter(&released)?;
        }
        watch.finish();
        match refused {
            Some(refused) => Err(refused.into()),
            None => Ok(folder),
        }
    }

    /// The uncleared results.
    fn write_internal(&self, files: &mut Files<'_, '_>) -> Result<()> {
        let outputs = &self.plan.study().outputs;
        for (name, table) in self.tables()? {
            for format in &outputs.tables {
                let path = format!("{INTERNAL}/tables/{name}.{}", format.extension());
                files.put(&path, &format.bytes(&table)?)?;
            }
        }
        let charts = charts::all(self)?;
        for chart in &charts {
            files.chart(
                &format!("{INTERNAL}/charts"),
                &chart.name,
                &chart.svg,
                &outputs.charts,
            )?;
        }
        for (code, sheet) in &self.sheets {
            let path = format!("{INTERNAL}/sheets/{code}");
            files.put(&format!("{path}.html"), sheet.html().as_bytes())?;
            files.put(&format!("{path}.docx"), &sheet.docx())?;
        }
        if outputs.report {
            let report = report::html(self, &charts)?;
            files.put(&format!("{INTERNAL}/report.html"), report.as_bytes())?;
        }
        Ok(())
    }
}
