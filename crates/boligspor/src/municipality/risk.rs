//! What the case mix leads to expect, from strata or from a risk model.
//!
//! Strata ask nothing of the data but people in each; a model can take more
//! characteristics than there are people to fill the strata with. The model is
//! fitted with an effect of each municipality, so that its coefficients compare
//! people within municipalities, and predicts at the average effect: a
//! municipality that does badly with everybody does not make its own people look
//! like bad risks.

use std::collections::{BTreeMap, BTreeSet};

use boligspor_estimate::Interval;
use boligspor_estimate::unit_logistic::{
    BootstrapOptions, UnitData, UnitOptions, observed_over_expected, unit_logistic,
};
use polars::prelude::DataFrame;

use super::findings::{Rows, row};
use crate::LEVEL;
use crate::error::Result;
use crate::lang::Lang;
use crate::level::decimal;

/// People of one municipality and one stratum of the case mix.
#[derive(Clone, Debug)]
pub(super) struct CellCounts {
    pub(super) municipality: String,
    pub(super) mix: Vec<String>,
    /// Whose status at the horizon is known.
    pub(super) known: u64,
    /// Of these, not retained.
    pub(super) lost: u64,
}

/// A fitted risk model: its terms, and how well it tells people apart.
#[derive(Clone, Debug)]
pub(super) struct Risk {
    /// Chance of being lost by cell, in the order of the cells.
    pub(super) chance: Vec<f64>,
    pub(super) terms: DataFrame,
    pub(super) calibration: DataFrame,
    /// Chance that of two people, one lost and one not, the lost had the higher risk.
    pub(super) concordance: f64,
    pub(super) penalised: bool,
    /// Interval of observed over expected by municipality, the model's own
    /// uncertainty counted; none without replicates or where all or nobody was lost.
    pub(super) ratios: BTreeMap<String, Interval>,
}

impl Risk {
    /// What a reader must know of the model, in Danish and English.
    pub(super) fn sentences(&self) -> Vec<[String; 2]> {
        let c = |lang| decimal(self.concordance, 2, lang);
        let (da, en) = (c(Lang::Da), c(Lang::En));
        let mut out = vec![[
            format!(
                "risikomodellen skelner mellem personer med C = {da} (0,5 er slet ikke, 1 er \
                 fuldt ud); se kalibreringen, hvor godt den rammer niveauet"
            ),
            format!(
                "the risk model tells people apart with C = {en} (0.5 is not at all, 1 is \
                 fully); see the calibration for how well it meets the level"
            ),
        ]];
        if self.penalised {
            out.push([
                "nogle kommuner eller niveauer har ingen eller kun hændelser, så modellen er \
                 tilpasset med Firths korrektion"
                    .into(),
                "some municipalities or levels have no events or only events, so that the model \
                 was fitted with Firth's correction"
                    .into(),
            ]);
        }
        out
    }
}

/// Chances from everyone's shares in each stratum.
pub(super) fn from_strata(cells: &[CellCounts]) -> Vec<f64> {
    let mut sums: BTreeMap<&[String], (u64, u64)> = BTreeMap::new();
    for cell in cells {
        let sum = sums.entry(&cell.mix).or_default();
        sum.0 += cell.known;
        sum.1 += cell.lost;
    }
    cells
        .iter()
        .map(|cell| {
            let (known, lost) = sums[cell.mix.as_slice()];
            if known == 0 {
                0.0
            } else {
                lost as f64 / known as f64
            }
        })
        .collect()
}

/// Fits the model on the cells, and again in each of `replicates` drawn with
/// `seed`. People of one cell share every covariate, so the grouped binomial
/// likelihood is that of the people themselves.
///
/// # Errors
/// What the regression refuses; Firth's penalty takes over where a
/// municipality or level has only events, or none.
pub(super) fn from_model(
    cells: &[CellCounts],
    names: &[String],
    replicates: u32,
    seed: u64,
) -> Result<Risk> {
    let codes: BTreeSet<&str> = cells.iter().map(|c| c.municipality.as_str()).collect();
    let number: BTreeMap<&str, u32> = codes.into_iter().zip(0..).collect();
    let (labels, columns) = dummies(cells, names);
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let column = |of: fn(&CellCounts) -> u64| cells.iter().map(|c| of(c) as f64).collect();
    let (events, trials): (Vec<f64>, Vec<f64>) = (column(|c| c.lost), column(|c| c.known));
    let unit: Vec<u32> = cells
        .iter()
        .map(|c| number[c.municipality.as_str()])
        .collect();
    let data = UnitData {
        events: &events,
        trials: &trials,
        covariates: &slices,
        unit: &unit,
    };
    let options = UnitOptions {
        level: LEVEL,
        ..UnitOptions::default()
    };
    let fit = unit_logistic(&data, &options)?;
    let chance = fit.predict(&slices, cells.len())?;
    let mut ratios = BTreeMap::new();
    if replicates > 0 {
        let bootstrap = BootstrapOptions {
            replicates: replicates as usize,
            seed,
            level: LEVEL,
        };
        let found = observed_over_expected(&data, &options, &bootstrap)?;
        let by_number: BTreeMap<u32, Interval> = found
            .iter()
            .filter_map(|u| Some((u.unit, u.interval?)))
            .collect();
        for (code, number) in &number {
            if let Some(interval) = by_number.get(number) {
                ratios.insert((*code).to_owned(), *interval);
            }
        }
    }
    let mut terms = Rows::new(&["term", "coef", "std_error", "odds_ratio", "low", "high"]);
    for (label, term) in labels.iter().zip(&fit.terms) {
        terms.push(row![
            label.as_str(),
            term.coef,
            term.std_error,
            term.coef.exp(),
            term.low.exp(),
            term.high.exp(),
        ]);
    }
    Ok(Risk {
        terms: terms.build()?,
        calibration: calibration(cells, &chance)?,
        concordance: concordance(cells, &chance),
        penalised: fit.penalised,
        ratios,
        chance,
    })
}

/// A column for each level of each characteristic but the first seen among people.
fn dummies(cells: &[CellCounts], names: &[String]) -> (Vec<String>, Vec<Vec<f64>>) {
    let (mut labels, mut columns) = (Vec::new(), Vec::new());
    for (i, name) in names.iter().enumerate() {
        let people = cells.iter().filter(|c| c.known > 0);
        let levels: BTreeSet<&str> = people.map(|c| c.mix[i].as_str()).collect();
        for level in levels.iter().skip(1) {
            let flag = |c: &CellCounts| f64::from(u8::from(c.mix[i] == *level));
            columns.push(cells.iter().map(flag).collect());
            labels.push(format!("{name}={level}"));
        }
    }
    (labels, columns)
}

/// Cells in the order of their risk, with people and the lost.
fn by_risk(cells: &[CellCounts], chance: &[f64]) -> Vec<(f64, f64, f64)> {
    let mut out: Vec<(f64, f64, f64)> = cells
        .iter()
        .zip(chance)
        .filter(|(c, _)| c.known > 0)
        .map(|(c, p)| (*p, c.known as f64, c.lost as f64))
        .collect();
    out.sort_by(|a, b| a.0.total_cmp(&b.0));
    out
}

/// Expected against observed in tenths of people by risk.
fn calibration(cells: &[CellCounts], chance: &[f64]) -> Result<DataFrame> {
    let sorted = by_risk(cells, chance);
    let total: f64 = sorted.iter().map(|c| c.1).sum();
    let mut tenths = vec![(0.0, 0.0, 0.0); 10];
    let mut seen = 0.0;
    for (p, known, lost) in sorted {
        // A cell stays whole: its people cannot be told apart.
        let tenth = ((seen + known / 2.0) / total * 10.0) as usize;
        let sums = &mut tenths[tenth.min(9)];
        sums.0 += known;
        sums.1 += known * p;
        sums.2 += lost;
        seen += known;
    }
    let mut rows = Rows::new(&["tenth", "people", "expected", "observed", "ratio"]);
    for (i, (people, expected, observed)) in tenths.iter().enumerate() {
        if *people > 0.0 {
            rows.push(row![
                i + 1,
                *people as i64,
                *expected,
                *observed as i64,
                observed / expected
            ]);
        }
    }
    rows.build()
}

/// Ties count half.
fn concordance(cells: &[CellCounts], chance: &[f64]) -> f64 {
    let sorted = by_risk(cells, chance);
    let (mut kept_below, mut pairs, mut right) = (0.0, 0.0, 0.0);
    let all_kept: f64 = sorted.iter().map(|c| c.1 - c.2).sum();
    let mut i = 0;
    while i < sorted.len() {
        let tied = sorted[i..].partition_point(|c| c.0 == sorted[i].0) + i;
        let (known, lost) = sorted[i..tied]
            .iter()
            .fold((0.0, 0.0), |(n, l), c| (n + c.1, l + c.2));
        right += lost * (kept_below + (known - lost) / 2.0);
        pairs += lost * all_kept;
        kept_below += known - lost;
        i = tied;
    }
    right / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(municipality: &str, mix: &str, known: u64, lost: u64) -> CellCounts {
        CellCounts {
            municipality: municipality.into(),
            mix: vec![mix.into()],
            known,
            lost,
        }
    }

    #[test]
    fn a_bad_municipality_does_not_make_its_people_look_like_bad_risks() {
        // Odds of loss are 3 times higher for the young in both, and 4 times
        // higher in the second, where nearly all young people are.
        let odds = |p: f64| p / (1.0 - p);
        let cells = [
            cell("1", "old", 4000, 400),
            cell("1", "young", 40, 10),
            cell("2", "old", 400, 123),
            cell("2", "young", 4000, 2286),
        ];
        let risk = from_model(&cells, &["age".into()], 0, 0).unwrap();
        let ratio = odds(risk.chance[3]) / odds(risk.chance[2]);
        assert!((ratio - 3.0).abs() < 0.1, "{ratio}");
        assert_eq!(risk.chance[0], risk.chance[2]);
        let strata = from_strata(&cells);
        assert!(odds(strata[3]) / odds(strata[2]) > 4.0);
        assert!(!risk.penalised);
    }

    #[test]
    fn a_municipality_that_lost_nobody_calls_firth_in() {
        let cells = [
            cell("1", "old", 30, 0),
            cell("1", "young", 10, 0),
            cell("2", "old", 40, 8),
            cell("2", "young", 40, 16),
        ];
        let risk = from_model(&cells, &["age".into()], 0, 0).unwrap();
        assert!(risk.penalised);
        assert!(risk.chance.iter().all(|p| *p > 0.0 && *p < 1.0));
    }

    #[test]
    fn concordance_by_hand() {
        // Four pairs of one lost and one kept: two right, one tied twice by halves.
        let cells = [
            cell("1", "a", 2, 0),
            cell("1", "b", 2, 1),
            cell("2", "c", 1, 1),
        ];
        // Lost: one at b, one at c. Kept: two at a, one at b. Pairs 6: b over a 2,
        // b tied with b 1/2, c over all 3.
        let found = concordance(&cells, &[0.1, 0.5, 0.9]);
        assert!((found - 5.5 / 6.0).abs() < 1e-12);
    }
}
