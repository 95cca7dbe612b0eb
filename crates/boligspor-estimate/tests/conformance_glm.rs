//! Poisson regression against R's `glm`.
//!
//! Reads `effects/` of the reference folder and passes with a message where it
//! is absent. Run with `--nocapture` for the largest relative differences.

mod reference;

use boligspor_estimate::glm::{Family, GlmData, GlmOptions, glm};
use reference::{Agreement, effects, table};

#[test]
fn the_length_of_stay_model_agrees_with_r() {
    let (Some(values), Some(rows)) = (effects(), table("effects/medpar.csv")) else {
        return;
    };
    let column = |name: &str| {
        rows.iter()
            .map(|r| r.number(name).unwrap())
            .collect::<Vec<f64>>()
    };
    let kind = |level: f64| {
        let is = |t: &f64| f64::from(u8::from(*t == level));
        column("type").iter().map(is).collect::<Vec<f64>>()
    };
    let covariates = [
        column("hmo"),
        column("died"),
        column("age80"),
        kind(2.0),
        kind(3.0),
    ];
    let covariates: Vec<&[f64]> = covariates.iter().map(Vec::as_slice).collect();
    let outcome = column("los");
    let data = GlmData {
        outcome: &outcome,
        covariates: &covariates,
        ..GlmData::default()
    };
    let fit = glm(
        &data,
        &GlmOptions {
            family: Family::Poisson,
            ..GlmOptions::default()
        },
    )
    .unwrap();
    let mut agreement = Agreement::new("Poisson regression: coefficients and dispersion (R glm)");
    let names = [
        "(Intercept)",
        "hmo",
        "died",
        "age80",
        "factor(type)2",
        "factor(type)3",
    ];
    for (name, term) in names.iter().zip(&fit.terms) {
        let id = format!("medpar|glm_poisson|coef|{name}");
        agreement.check(&id, term.coef, values.get(&id).unwrap(), 1e-9);
    }
    // R's summary divides by the working weights the last iteration began with,
    // not those of the fit (6.2405192 against 6.2405005): 3e-6 between the two.
    let id = "medpar|glm_poisson|pearson_dispersion";
    agreement.check(id, fit.dispersion, values.get(id).unwrap(), 1e-5);
    agreement.finish(7);
}
