//! The two folders of a release: what leaves, and the proof that stays.

use serde_json::{Value, json};

use super::{charts, report};
use crate::disclosure::{self, RELEASED, REVIEW, Request, ro_crate};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::Released;
use crate::study::manifest::Written;
use crate::study::run::Outcome;
use crate::study::spec::TableFormat;
use crate::study::write::Files;

impl Outcome {
    /// Writes `released/` and `review/`.
    pub(in crate::study) fn write_released(
        &self,
        released: &Released<Self>,
        files: &mut Files<'_, '_>,
    ) -> Result<()> {
        let study = self.plan.study();
        let from = files.written.len();
        for table in released.tables() {
            for format in &study.outputs.tables {
                let path = format!("{RELEASED}/tables/{}.{}", table.name(), format.extension());
                let bytes = match format {
                    TableFormat::Csv => table.csv().into_bytes(),
                    TableFormat::Parquet => format.bytes(&table.frame()?)?,
                };
                files.put(&path, &bytes)?;
            }
        }
        let drawn = charts::all(released.tables(), study.study.lang)?;
        for chart in &drawn {
            let folder = format!("{RELEASED}/charts");
            files.chart(&folder, &chart.name, &chart.svg, &study.outputs.charts)?;
        }
        if study.outputs.report {
            let report = report::html(study, released, &drawn)?;
            files.put(&format!("{RELEASED}/report.html"), report.as_bytes())?;
        }
        let (policy, cleared) = (released.policy(), released.cleared());
        let request = self.request(released);
        for lang in [disclosure::Lang::Da, disclosure::Lang::En] {
            let path = format!("{RELEASED}/request.{}.html", lang.pick("da", "en"));
            files.put(&path, request.html(cleared, policy, lang).as_bytes())?;
        }
        files.put(
            &format!("{RELEASED}/policy.toml"),
            policy.to_toml()?.as_bytes(),
        )?;
        let certificate = pretty(&statement(released));
        files.put(
            &format!("{RELEASED}/certificate.json"),
            certificate.as_bytes(),
        )?;

        // Of what leaves only: these two leave with it.
        let outputs: Vec<Written> = files.written[from..].to_vec();
        let manifest = pretty(&self.released_manifest(released, &outputs)?);
        files.put(&format!("{RELEASED}/manifest.json"), manifest.as_bytes())?;
        let parts: Vec<ro_crate::Part> = files.written[from..]
            .iter()
            .map(|file| ro_crate::Part {
                name: below(&file.path).to_owned(),
                media: media(&file.path).to_owned(),
                bytes: file.bytes,
                blake3: file.blake3.clone(),
            })
            .collect();
        let metadata = pretty(&ro_crate::metadata(&request, policy, &parts));
        files.put(
            &format!("{RELEASED}/ro-crate-metadata.json"),
            metadata.as_bytes(),
        )?;

        files.put(&format!("{REVIEW}/numbers.csv"), cleared.csv().as_bytes())?;
        let rows = serde_json::to_string(cleared.rows()).map_err(|e| failed(&e))?;
        files.put(&format!("{REVIEW}/rows.json"), rows.as_bytes())?;
        let proof = serde_json::to_string(cleared.certificate()).map_err(|e| failed(&e))?;
        files.put(&format!("{REVIEW}/certificate.json"), proof.as_bytes())?;
        Ok(())
    }

    /// What the request sheet says, filled in from the study where it is silent.
    fn request(&self, released: &Released<Self>) -> Request {
        let study = self.plan.study();
        let (spec, lang) = (&study.release, study.study.lang);
        let or = |said: &str, else_: String| {
            if said.is_empty() {
                else_
            } else {
                said.to_owned()
            }
        };
        let titles: Vec<&str> = released.tables().iter().map(|t| t.title(lang)).collect();
        Request {
            name: or(&spec.name, study.study.title.clone()),
            what: or(&spec.what, titles.join("; ")),
            why: spec.why.clone(),
            population: or(&spec.population, self.cohort.describe(lang)),
        }
    }

    /// What a reader outside needs to know of how it was made. No hash of the
    /// input, no count of the data checks, no warning: they tell of people.
    fn released_manifest(&self, released: &Released<Self>, outputs: &[Written]) -> Result<Value> {
        let study = self.plan.study();
        let definitions: Vec<Value> = self
            .retention
            .iter()
            .map(|r| {
                let spec = serde_json::to_value(r.definition()).map_err(|e| failed(&e))?;
                Ok(json!({ "definition": spec, "says": r.describe(Lang::En) }))
            })
            .collect::<Result<_>>()?;
        let outputs: Vec<Value> = outputs
            .iter()
            .map(|o| json!({ "path": below(&o.path), "bytes": o.bytes, "blake3": o.blake3 }))
            .collect();
        Ok(json!({
            "boligspor": env!("CARGO_PKG_VERSION"),
            "release": {
                "policy": released.policy().name,
                "version": released.policy().version,
                "says": "every number in this folder is released",
            },
            "study": {
                "title": study.study.title,
                "lang": study.study.lang,
                "blake3": self.plan.study_hash(),
            },
            "observed": {
                "from": study.inputs.observed_from,
                "until": study.inputs.observed_until,
            },
            "cohort": serde_json::to_value(&study.cohort).map_err(|e| failed(&e))?,
            "retention": definitions,
            "outputs": outputs,
        }))
    }
}

/// What the proof proves, in numbers that tell nothing of anybody.
fn statement(released: &Released<Outcome>) -> Value {
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

fn below(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

fn media(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("csv") => "text/csv",
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("parquet") => "application/vnd.apache.parquet",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("toml") => "application/toml",
        _ => "application/octet-stream",
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn failed(error: &serde_json::Error) -> Error {
    Error::option(
        "release",
        format!("cannot be written as JSON ({error})"),
        "please report this",
    )
}
