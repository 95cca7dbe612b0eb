//! Released results as files: the way out for a single result and for a study.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{charts, document, report, workbook};
use crate::disclosure::{self, RELEASED, REVIEW, Request, ro_crate};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Format, Released, ReleasedTable};
use crate::staging::Staging;
use crate::study::manifest::Written;
use crate::study::progress::Watch;
use crate::study::spec::{ChartFormat, TableFormat};
use crate::study::write::{Files, MANIFEST};

/// How released results are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The kinds of file.
    pub formats: Vec<Format>,
    /// The language of report, charts and workbook. Request sheets are in both.
    pub lang: Lang,
    /// What the request sheet says; its `name` is the report's title.
    pub request: Request,
}

impl Default for Export {
    fn default() -> Self {
        Self {
            formats: Format::USUAL.to_vec(),
            lang: Lang::default(),
            request: Request::default(),
        }
    }
}

impl<T> Released<T> {
    /// Writes the release into `folder`, in the place of an earlier one if there
    /// is any: `released` may leave, `review` has the proof and stays. Until all
    /// is written, what was there stays as it is.
    ///
    /// # Errors
    /// [`Error::Option`] where `folder` holds other files or is in use;
    /// [`Error::File`] where the system refuses.
    ///
    /// ```no_run
    /// # use boligspor::{cohort::Cohort, costs::{self, CostSpec}, disclosure::Policy};
    /// # use boligspor::{release::{Format, Release}, study::Export};
    /// # fn f(cohort: &Cohort) -> boligspor::Result<()> {
    /// let released = costs::trajectory(cohort, &CostSpec::default())?
    ///     .release(&Policy::named("statistics-denmark")?)?;
    /// let formats = vec![Format::Xlsx, Format::Docx];
    /// released.write("2026-1", &Export { formats, ..Export::default() })?;
    /// # Ok(()) }
    /// ```
    pub fn write(&self, folder: impl AsRef<Path>, export: &Export) -> Result<PathBuf> {
        let watch = Watch::default();
        let staging = Staging::new(folder.as_ref(), MANIFEST)?;
        let mut files = Files::new(&staging, &watch);
        let mut request = export.request.clone();
        if request.name.is_empty() {
            request.name = self.heading(export.lang);
        }
        if request.what.is_empty() {
            request.what = titles(self.tables(), export.lang);
        }
        let heading = report::Heading {
            title: &request.name,
            lead: "",
            lang: export.lang,
        };
        self.put(&mut files, &export.formats, &heading, &request, Ok)?;
        let outputs: Vec<Value> = files.written.iter().map(listed).collect();
        let manifest = json!({
            "boligspor": env!("CARGO_PKG_VERSION"),
            "release": "of all folders only `released` may leave",
            "outputs": outputs,
        });
        staging.write(MANIFEST, pretty(&manifest).as_bytes())?;
        staging.commit()
    }

    /// The report as one web page.
    ///
    /// # Errors
    /// [`Error::Chart`] where a chart cannot be drawn.
    pub fn html(&self, lang: Lang) -> Result<String> {
        let charts = charts::all(self.tables(), lang)?;
        let title = self.heading(lang);
        let heading = report::Heading {
            title: &title,
            lead: "",
            lang,
        };
        let page = report::page(&heading, self, &charts);
        page.html().map_err(|e| Error::Chart(e.to_string()))
    }

    /// The report as a document that an office can edit (`.docx`).
    ///
    /// # Errors
    /// As [`Released::html`].
    pub fn docx(&self, lang: Lang) -> Result<Vec<u8>> {
        let charts = charts::all(self.tables(), lang)?;
        let title = self.heading(lang);
        let heading = report::Heading {
            title: &title,
            lead: "",
            lang,
        };
        document::docx(&report::page(&heading, self, &charts), lang)
    }

    /// The tables as one Excel workbook (`.xlsx`), a sheet a table and one of
    /// definitions and rules.
    ///
    /// # Errors
    /// [`Error::Option`] for a failure inside the writer.
    pub fn xlsx(&self, lang: Lang) -> Result<Vec<u8>> {
        workbook::xlsx(self, &self.heading(lang), lang)
    }

    /// The charts as SVG, each under its table's name.
    ///
    /// # Errors
    /// As [`Released::html`].
    pub fn charts(&self, lang: Lang) -> Result<Vec<(String, String)>> {
        let drawn = charts::all(self.tables(), lang)?;
        Ok(drawn.into_iter().map(|c| (c.name, c.svg)).collect())
    }

    fn heading(&self, lang: Lang) -> String {
        let first = self.tables().first().map(|table| table.section(lang));
        first.unwrap_or_default().to_owned()
    }

    /// Puts `released/` and `review/`. What a manifest says beyond that is added
    /// by `manifest`.
    pub(super) fn put(
        &self,
        files: &mut Files<'_, '_>,
        formats: &[Format],
        heading: &report::Heading<'_>,
        request: &Request,
        manifest: impl FnOnce(Value) -> Result<Value>,
    ) -> Result<()> {
        let lang = heading.lang;
        let has = |format| formats.contains(&format);
        let from = files.written.len();
        for table in self.tables() {
            for &format in formats {
                if let Some(bytes) = bytes(table, format)? {
                    let (name, end) = (table.name(), format.extension());
                    files.put(&format!("{RELEASED}/tables/{name}.{end}"), &bytes)?;
                }
            }
        }
        let drawn = charts::all(self.tables(), lang)?;
        for chart in &drawn {
            let mut kinds = Vec::new();
            kinds.extend(has(Format::Svg).then_some(ChartFormat::Svg));
            kinds.extend(has(Format::Png).then_some(ChartFormat::Png));
            let folder = format!("{RELEASED}/charts");
            files.chart(&folder, &chart.name, &chart.svg, &kinds)?;
        }
        let page = report::page(heading, self, &drawn);
        if has(Format::Html) {
            let html = page.html().map_err(|e| Error::Chart(e.to_string()))?;
            files.put(&format!("{RELEASED}/report.html"), html.as_bytes())?;
        }
        if has(Format::Docx) {
            let docx = document::docx(&page, lang)?;
            files.put(&format!("{RELEASED}/report.docx"), &docx)?;
        }
        if has(Format::Xlsx) {
            let xlsx = workbook::xlsx(self, heading.title, lang)?;
            files.put(&format!("{RELEASED}/tables.xlsx"), &xlsx)?;
        }
        let (policy, cleared) = (self.policy(), self.cleared());
        for lang in [disclosure::Lang::Da, disclosure::Lang::En] {
            let path = format!("{RELEASED}/request.{}.html", lang.pick("da", "en"));
            files.put(&path, request.html(cleared, policy, lang).as_bytes())?;
        }
        files.put(
            &format!("{RELEASED}/policy.toml"),
            policy.to_toml()?.as_bytes(),
        )?;
        let certificate = pretty(&statement(self));
        files.put(
            &format!("{RELEASED}/certificate.json"),
            certificate.as_bytes(),
        )?;

        // Of what leaves only: these two leave with it.
        let outputs: Vec<Value> = files.written[from..].iter().map(listed_below).collect();
        let says = manifest(json!({
            "boligspor": env!("CARGO_PKG_VERSION"),
            "release": {
                "policy": policy.name,
                "version": policy.version,
                "says": "every number in this folder is released",
            },
            "outputs": outputs,
        }))?;
        let path = format!("{RELEASED}/manifest.json");
        files.put(&path, pretty(&says).as_bytes())?;
        let parts: Vec<ro_crate::Part> = files.written[from..].iter().map(part).collect();
        let metadata = pretty(&ro_crate::metadata(request, policy, &parts));
        files.put(
            &format!("{RELEASED}/ro-crate-metadata.json"),
            metadata.as_bytes(),
        )?;

        files.put(&format!("{REVIEW}/numbers.csv"), cleared.csv().as_bytes())?;
        let rows = serde_json::to_string(cleared.rows()).map_err(|e| failed(&e))?;
        files.put(&format!("{REVIEW}/rows.json"), rows.as_bytes())?;
        let proof = serde_json::to_string(cleared.certificate()).map_err(|e| failed(&e))?;
        files.put(&format!("{REVIEW}/certificate.json"), proof.as_bytes())
    }
}

/// A table by itself, where the format has tables by themselves.
fn bytes(table: &ReleasedTable, format: Format) -> Result<Option<Vec<u8>>> {
    Ok(match format {
        Format::Csv => Some(table.csv().into_bytes()),
        Format::Json => Some(pretty(&table.json()).into_bytes()),
        Format::Parquet => Some(TableFormat::Parquet.bytes(&table.frame()?)?),
        Format::Xlsx | Format::Html | Format::Docx | Format::Svg | Format::Png => None,
    })
}

/// What the tables show, as one line.
pub(super) fn titles(tables: &[ReleasedTable], lang: Lang) -> String {
    let titles: Vec<&str> = tables.iter().map(|t| t.title(lang)).collect();
    titles.join("; ")
}

/// What the proof proves, in numbers that tell nothing of anybody.
fn statement<T>(released: &Released<T>) -> Value {
    let (policy, cleared) = (released.policy(), released.cleared());
    let withheld = cleared.withheld_by_table();
    let tables: serde_json::Map<String, Value> = released
        .tables()
        .iter()
        .map(|t| {
            (
                t.name().to_owned(),
                json!({ "withheld": withheld.get(t.name()).unwrap_or(&0) }),
            )
        })
        .collect();
    json!({
        "policy": { "name": policy.name, "version": policy.version },
        "minimum_persons": policy.minimum_persons,
        "width": policy.width,
        "numbers": cleared.numbers().len(),
        "withheld": cleared.withheld(),
        "tables": tables,
        "checked": "the proof holds for the numbers of this folder; it stays with whoever checked \
                    the release, since its cells are groups of people",
    })
}

fn listed(file: &Written) -> Value {
    json!({ "path": file.path, "bytes": file.bytes, "blake3": file.blake3 })
}

fn listed_below(file: &Written) -> Value {
    json!({ "path": below(&file.path), "bytes": file.bytes, "blake3": file.blake3 })
}

fn part(file: &Written) -> ro_crate::Part {
    ro_crate::Part {
        name: below(&file.path).to_owned(),
        media: media(&file.path).to_owned(),
        bytes: file.bytes,
        blake3: file.blake3.clone(),
    }
}

fn below(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

fn media(path: &str) -> &'static str {
    let end = path.rsplit('.').next().unwrap_or_default();
    match (end, Format::from_name(end)) {
        ("toml", _) => "application/toml",
        (_, Some(format)) => format.media(),
        _ => "application/octet-stream",
    }
}

pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

pub(super) fn failed(error: &serde_json::Error) -> Error {
    Error::option(
        "release",
        format!("cannot be written as JSON ({error})"),
        "please report this",
    )
}
