//! The difference of changes, from each base year.

use boligspor_estimate::did::{
    Aggregation, AttGtOptions, Base, Control, DidData, EffectEstimate, GroupTime, Method, PreTrend,
    Window, att_gt,
};

use crate::LEVEL;
use crate::error::Result;

use super::adjust::Adjusted;
use super::design::{Adjust, Design};
use super::people::People;

/// Effects by relative year from one base year.
#[derive(Debug)]
pub(super) struct FromBase {
    pub(super) base: i32,
    pub(super) years: Vec<(i32, GroupTime)>,
    /// Mean over the years from 0 on.
    pub(super) overall: EffectEstimate,
    /// Wald's test of the years before the base; statistic, degrees of freedom
    /// and P value.
    pub(super) pre_trend: Option<(f64, usize, f64)>,
    /// The same test of all years before time zero, those of the rise included:
    /// whether both groups came by the same peak.
    pub(super) same_peak: Option<(f64, usize, f64)>,
    /// Cells that could not be computed.
    pub(super) left_out: usize,
}

/// Estimates from the design's base year and from −1, −2 and −3 beside it.
///
/// Time is counted from each person's own time zero, and weights are made
/// within calendar years, so a year is compared with the same calendar time and
/// the same distance from an index event. The placed are then one group,
/// treated in one period.
pub(super) fn estimate(
    people: &People,
    adjusted: &Adjusted,
    design: &Design,
) -> Result<Vec<FromBase>> {
    let mut bases = vec![design.base];
    let beside = [-3, -2, -1].into_iter();
    bases.extend(beside.filter(|b| *b != design.base && *b >= design.first));
    let rows = Rows::new(people, adjusted, design);
    bases.iter().map(|base| rows.from(*base)).collect()
}

/// The panel in rows: a person's year each.
struct Rows<'a> {
    design: &'a Design,
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    weight: Vec<f64>,
    cluster: Vec<i64>,
    covariates: Vec<Vec<f64>>,
}

impl<'a> Rows<'a> {
    fn new(people: &People, adjusted: &Adjusted, design: &'a Design) -> Self {
        let doubly_robust = design.adjust == Adjust::Dr;
        let mut columns: Vec<Vec<f64>> = Vec::new();
        if doubly_robust {
            columns.extend_from_slice(&adjusted.columns[..adjusted.asked]);
            // Not every calendar year is seen in every relative year, so the
            // models take it as a trend rather than one by one.
            let first = people.year.iter().min().copied().unwrap_or(0);
            columns.push(people.year.iter().map(|y| f64::from(y - first)).collect());
        }
        let mut rows = Self {
            design,
            unit: Vec::new(),
            period: Vec::new(),
            first_treated: Vec::new(),
            outcome: Vec::new(),
            weight: Vec::new(),
            cluster: Vec::new(),
            covariates: vec![Vec::new(); columns.len()],
        };
        for i in (0..people.len()).filter(|&i| adjusted.weight[i] > 0.0) {
            for (column, cost) in people.cost[i].iter().enumerate() {
                let Some(cost) = cost else { continue };
                rows.unit.push(i as i64);
                rows.period
                    .push(period(design, design.first + column as i32));
                let treated = people.treated[i];
                rows.first_treated
                    .push(if treated { period(design, 0) } else { 0 });
                rows.outcome.push(*cost);
                rows.weight.push(adjusted.weight[i]);
                rows.cluster.push(i64::from(people.subjects[i].person));
                for (values, column) in rows.covariates.iter_mut().zip(&columns) {
                    values.push(column[i]);
                }
            }
        }
        rows
    }

    fn from(&self, base: i32) -> Result<FromBase> {
        let covariates: Vec<&[f64]> = self.covariates.iter().map(Vec::as_slice).collect();
        let data = DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            covariates: &covariates,
            weights: Some(&self.weight),
            cluster: Some(&self.cluster),
        };
        let options = AttGtOptions {
            control: Control::Never,
            anticipation: (-1 - base) as u32,
            base: Base::Universal,
            method: Method::Dr,
            level: LEVEL,
            seed: self.design.seed,
            ..AttGtOptions::default()
        };
        let fit = att_gt(&data, &options)?;
        let zero = period(self.design, 0);
        let years = fit.cells();
        let overall = fit.aggregate(Aggregation::Simple, Window::default())?;
        let test = |periods| {
            let test = fit.pre_trend(periods)?;
            (test.df > 0).then_some((test.statistic, test.df, test.p_value))
        };
        Ok(FromBase {
            base,
            left_out: years
                .iter()
                .filter(|c| !c.effect.estimate.is_finite())
                .count(),
            years: years
                .into_iter()
                .map(|c| ((c.period - zero) as i32, c))
                .collect(),
            overall: overall.overall,
            pre_trend: test(PreTrend::BeforeAnticipation),
            same_peak: test(PreTrend::BeforeTreatment),
        })
    }
}

/// Relative years as periods greater than zero, which is the code of those
/// never treated.
fn period(design: &Design, year: i32) -> i64 {
    i64::from(year - design.first + 1)
}
