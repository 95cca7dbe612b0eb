//! A study's release on disk: what of the study goes with it.

use serde_json::{Value, json};

use super::{export, report};
use crate::disclosure::Request;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Format, History, Released};
use crate::study::run::Outcome;
use crate::study::spec::{ChartFormat, Study, TableFormat};
use crate::study::write::Files;

impl Outcome {
    /// Writes `released/` and `review/`.
    pub(in crate::study) fn write_released(
        &self,
        released: &Released<Self>,
        history: Option<&History>,
        files: &mut Files<'_, '_>,
    ) -> Result<()> {
        let study = self.plan.study();
        let heading = report::Heading {
            title: &study.study.title,
            lead: study.study.note.as_deref().unwrap_or_default(),
            lang: study.study.lang,
        };
        let request = self.request(released, history);
        released.put(files, &formats(study), &heading, &request, |manifest| {
            self.released_manifest(manifest)
        })
    }

    /// What the request sheet says, filled in from the study where it is silent.
    fn request(&self, released: &Released<Self>, history: Option<&History>) -> Request {
        let study = self.plan.study();
        let (spec, lang) = (&study.release, study.study.lang);
        let or = |said: &str, else_: String| {
            if said.is_empty() {
                else_
            } else {
                said.to_owned()
            }
        };
        Request {
            name: or(&spec.name, study.study.title.clone()),
            what: or(&spec.what, export::titles(released.tables(), lang)),
            why: spec.why.clone(),
            population: or(&spec.population, self.cohort.describe(lang)),
            tied: history
                .map(|h| h.tied().map(str::to_owned).collect())
                .unwrap_or_default(),
            untied: history.map(|h| h.untied().to_vec()).unwrap_or_default(),
        }
    }

    /// What a reader outside needs to know of how it was made. No hash of the
    /// input, no count of the data checks, no warning: they tell of people.
    fn released_manifest(&self, mut manifest: Value) -> Result<Value> {
        let study = self.plan.study();
        let definitions: Vec<Value> = self
            .retention
            .iter()
            .map(|r| {
                let spec = serde_json::to_value(r.definition()).map_err(|e| export::failed(&e))?;
                Ok(json!({ "definition": spec, "says": r.describe(Lang::En) }))
            })
            .collect::<Result<_>>()?;
        manifest["study"] = json!({
            "title": study.study.title,
            "lang": study.study.lang,
            "blake3": self.plan.study_hash(),
        });
        manifest["observed"] = json!({
            "from": study.inputs.observed_from,
            "until": study.inputs.observed_until,
        });
        manifest["cohort"] = serde_json::to_value(&study.cohort).map_err(|e| export::failed(&e))?;
        manifest["retention"] = Value::Array(definitions);
        Ok(manifest)
    }
}

/// The formats that the study asks for, or follow from its outputs.
fn formats(study: &Study) -> Vec<Format> {
    if let Some(formats) = &study.release.formats {
        return formats.clone();
    }
    let outputs = &study.outputs;
    let mut formats: Vec<Format> = outputs
        .tables
        .iter()
        .map(|format| match format {
            TableFormat::Parquet => Format::Parquet,
            TableFormat::Csv => Format::Csv,
        })
        .collect();
    formats.push(Format::Xlsx);
    if outputs.report {
        formats.extend([Format::Html, Format::Docx]);
    }
    formats.extend(outputs.charts.iter().map(|format| match format {
        ChartFormat::Svg => Format::Svg,
        ChartFormat::Png => Format::Png,
    }));
    formats
}
