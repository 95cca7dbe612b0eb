//! From sums of days to expected days, their curve and their differences.

use polars::prelude::DataFrame;

use boligspor_estimate::{
    Difference, PeriodMean, PeriodTotals, holm, independent_difference, normal_quantile_two_sided,
};

use super::spec::DaysSpec;
use super::summary::{DaysSummary, HOUSED};
use crate::cohort::Cohort;
use crate::error::Result;
use crate::lang::Lang;
use crate::retention::Place;
use crate::tidy::{Tidy, finite};

/// Expected days in every state within a horizon.
#[derive(Clone, Debug)]
pub struct DaysHoused {
    spec: DaysSpec,
    cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    curve: DataFrame,
    differences: DataFrame,
    warnings: [Vec<String>; 2],
}

impl DaysHoused {
    /// What was asked for.
    pub fn spec(&self) -> &DaysSpec {
        &self.spec
    }

    /// Measure and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        let text = format!("{} {cohort}", self.spec.describe(lang));
        text.trim_end().to_owned()
    }

    /// One row a stratum and state, the whole cohort (`all`) first.
    ///
    /// | column | is |
    /// |---|---|
    /// | `state` | `housed`, then each state that has a day; dwellings are told apart |
    /// | `n` | members |
    /// | `followed` | members followed to the end of the horizon |
    /// | `days`, `std_error`, `low`, `high` | expected days with standard error and interval |
    /// | `share` | of all days within the horizon |
    ///
    /// The states without `housed` add up to the days within the horizon. Null
    /// where nobody is followed so long.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Expected days up to each month: strata, `month`, `state`, `followed`,
    /// `days`, `std_error`, `low`, `high`.
    pub fn curve(&self) -> &DataFrame {
        &self.curve
    }

    /// Differences in days between every two strata: `state`, `from_stratum`,
    /// `to_stratum`, `difference` (the second less the first), `std_error`,
    /// `low`, `high`, `p_value`, and `p_holm`, adjusted by Holm for all pairs of
    /// the state. Empty without strata.
    pub fn differences(&self) -> &DataFrame {
        &self.differences
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Observes a cohort and estimates its days.
///
/// # Errors
/// As [`DaysSummary::observe`].
///
/// ```no_run
/// # use boligspor::{cohort::Cohort, days::{self, DaysSpec}};
/// # fn f(cohort: &Cohort) -> boligspor::Result<()> {
/// let days = days::estimate(cohort, &DaysSpec { within: 24, ..DaysSpec::default() })?;
/// println!("{}", days.table());
/// # Ok(()) }
/// ```
pub fn estimate(cohort: &Cohort, spec: &DaysSpec) -> Result<DaysHoused> {
    let mut days = DaysSummary::observe(cohort, spec)?.estimate()?;
    days.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    days.people = Some(cohort.clone());
    Ok(days)
}

/// The states of the table: their code, and their kind in the sums.
fn states(whole: &PeriodTotals) -> Vec<(&'static str, usize)> {
    let happens = |kind: usize| whole.means(kind).iter().any(|m| m.estimate > 0.0);
    let places = Place::ALL
        .into_iter()
        .map(|place| (place.code(), 1 + place.index()))
        .filter(|(_, kind)| happens(*kind));
    std::iter::once(("housed", HOUSED)).chain(places).collect()
}

fn last(means: &[PeriodMean]) -> PeriodMean {
    means[means.len() - 1]
}

impl DaysSummary {
    /// The estimates of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a stratum has the name of a result column.
    pub fn estimate(&self) -> Result<DaysHoused> {
        Ok(DaysHoused {
            spec: self.spec.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table()?,
            curve: self.curve()?,
            differences: self.differences()?,
            warnings: [Lang::Da, Lang::En].map(|lang| self.warnings(lang)),
        })
    }

    fn table(&self) -> Result<DataFrame> {
        let z = normal_quantile_two_sided(self.spec.level)?;
        let states = states(&self.sums.whole);
        let rows = self.sums.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut state, mut n, mut followed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut columns, mut share) = (Columns::default(), Vec::new());
        for (stratum, totals) in &rows {
            // Every day is in exactly one place: together they are all days.
            let all: f64 = (1..super::summary::KINDS)
                .map(|kind| last(&totals.means(kind)).estimate)
                .sum();
            for &(code, kind) in &states {
                let mean = last(&totals.means(kind));
                levels.push(stratum);
                state.push(code);
                n.push(totals.n() as i64);
                followed.push(mean.followed as i64);
                columns.push(mean, z);
                share.push(finite(mean.estimate / all));
            }
        }
        columns
            .into_tidy(
                Tidy::new(&self.sums.strata, &levels)
                    .with("state", state)
                    .with("n", n)
                    .with("followed", followed),
            )
            .with("share", share)
            .build()
    }

    fn curve(&self) -> Result<DataFrame> {
        let z = normal_quantile_two_sided(self.spec.level)?;
        let states = states(&self.sums.whole);
        let rows = self.sums.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut month, mut state, mut followed) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns = Columns::default();
        for (stratum, totals) in &rows {
            for &(code, kind) in &states {
                for (m, mean) in totals.means(kind).into_iter().enumerate() {
                    levels.push(stratum);
                    month.push(m as i32 + 1);
                    state.push(code);
                    followed.push(mean.followed as i64);
                    columns.push(mean, z);
                }
            }
        }
        columns
            .into_tidy(
                Tidy::new(&self.sums.strata, &levels)
                    .with("month", month)
                    .with("state", state)
                    .with("followed", followed),
            )
            .build()
    }

    fn differences(&self) -> Result<DataFrame> {
        let (mut state, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
        let mut found: Vec<Difference> = Vec::new();
        let mut adjusted: Vec<f64> = Vec::new();
        let parts = &self.sums.parts;
        for (code, kind) in states(&self.sums.whole) {
            let first = found.len();
            for (i, (a, one)) in parts.iter().enumerate() {
                for (b, other) in &parts[i + 1..] {
                    let at = |t: &PeriodTotals| {
                        let mean = last(&t.means(kind));
                        (mean.estimate, mean.std_error)
                    };
                    state.push(code);
                    from.push(a.join(" · "));
                    to.push(b.join(" · "));
                    found.push(independent_difference(at(one), at(other), self.spec.level)?);
                }
            }
            let p: Vec<f64> = found[first..].iter().map(|d| d.p_value).collect();
            adjusted.extend(holm(&p));
        }
        let column = |of: &dyn Fn(&Difference) -> f64| -> Vec<Option<f64>> {
            found.iter().map(|d| finite(of(d))).collect()
        };
        let p_holm: Vec<Option<f64>> = adjusted.iter().map(|p| finite(*p)).collect();
        Tidy::new(&[], &[])
            .with("state", state)
            .with("from_stratum", from)
            .with("to_stratum", to)
            .with("difference", column(&|d| d.estimate))
            .with("std_error", column(&|d| d.std_error))
            .with("low", column(&|d| d.interval.low))
            .with("high", column(&|d| d.interval.high))
            .with("p_value", column(&|d| d.p_value))
            .with("p_holm", p_holm)
            .build()
    }

    fn warnings(&self, lang: Lang) -> Vec<String> {
        let mut out = Vec::new();
        let whole = &self.sums.whole;
        let (n, within) = (whole.n(), self.spec.within);
        let followed = whole.followed().last().copied().unwrap_or(0);
        if n == 0 {
            let text = lang.pick(
                "ingen er med: se efter i kohorten",
                "nobody is counted: check the cohort",
            );
            return vec![text.into()];
        }
        if followed == 0 {
            out.push(match lang {
                Lang::Da => format!(
                    "ingen følges i {within} måneder: de forventede dage kan ikke opgøres så langt"
                ),
                Lang::En => format!(
                    "nobody is followed for {within} months: expected days cannot be told that far"
                ),
            });
        } else if followed * 2 < n {
            out.push(match lang {
                Lang::Da => format!(
                    "under halvdelen ({followed} af {n}) følges i {within} måneder: dagene hviler \
                     på, at de, der følges længe nok, ligner de andre"
                ),
                Lang::En => format!(
                    "under half ({followed} of {n}) are followed for {within} months: the days rest \
                     on those followed long enough being like the others"
                ),
            });
        }
        if self.repeated {
            out.push(crate::level::repeated(lang));
        }
        if !self.sums.parts.is_empty() {
            out.push(crate::level::case_mix(lang));
        }
        out
    }
}

/// The columns of an estimate under way.
#[derive(Default)]
struct Columns {
    days: Vec<Option<f64>>,
    std_error: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
}

impl Columns {
    fn push(&mut self, mean: PeriodMean, z: f64) {
        self.days.push(finite(mean.estimate));
        self.std_error.push(finite(mean.std_error));
        let low = mean.estimate - z * mean.std_error;
        self.low.push(finite(low).map(|l| l.max(0.0)));
        self.high.push(finite(mean.estimate + z * mean.std_error));
    }

    fn into_tidy(self, tidy: Tidy) -> Tidy {
        tidy.with("days", self.days)
            .with("std_error", self.std_error)
            .with("low", self.low)
            .with("high", self.high)
    }
}
