//! From sums of episodes to shares returned, their curve, and how often.

use polars::prelude::DataFrame;

use boligspor_estimate::{
    ConfType, Interval, Occupancy, Share, TransitionCounts, normal_quantile_two_sided,
};

use super::spec::ReturnsSpec;
use super::summary::{ABROAD, AWAY, DEAD, FIRST_BAND, ORDERS, ReturnCounts, ReturnsSummary};
use crate::cohort::Cohort;
use crate::error::Result;
use crate::lang::Lang;
use crate::tidy::{Tidy, finite};

/// Returns after an exit, or home after a loss.
#[derive(Clone, Debug)]
pub struct Returns {
    spec: ReturnsSpec,
    cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    curve: DataFrame,
    recurrent: DataFrame,
    gaps: DataFrame,
    warnings: [Vec<String>; 2],
}

impl Returns {
    /// What was asked for.
    pub fn spec(&self) -> &ReturnsSpec {
        &self.spec
    }

    /// What counts as exit and return, and the cohort, in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        let text = format!("{} {cohort}", self.spec.describe(lang));
        text.trim_end().to_owned()
    }

    /// What came first after the first exit, by the end of the last band.
    ///
    /// One row a stratum and outcome: `return` in each band and in all of them
    /// (`from_day`, `to_day`), `dead`, `abroad`, and `away` (none of these).
    /// `n` members have an exit; `n_event` were seen to come to the outcome in
    /// the band. `share`, `std_error`, `low`, `high` are its cumulative
    /// incidence; null where nobody is followed to the end of the band. The
    /// bands, `dead`, `abroad` and `away` add up to 1.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// The share who have returned for the first time, day by day: strata,
    /// `day`, `n_risk`, `estimate`, `std_error`, `low`, `high`.
    pub fn curve(&self) -> &DataFrame {
        &self.curve
    }

    /// The mean number of returns up to each month since the first exit: strata,
    /// `month`, `followed`, `mean`, `std_error`, `low`, `high`. Those who die
    /// or leave the country return no more, and stay in the mean.
    pub fn recurrent(&self) -> &DataFrame {
        &self.recurrent
    }

    /// Returns after the first, second, and third or later exit, each on a clock
    /// that starts at it: strata, `order`, `n`, `to_day`, `share`, `std_error`,
    /// `low`, `high`, and `median_days`, by which half have returned.
    pub fn gaps(&self) -> &DataFrame {
        &self.gaps
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Observes a cohort and estimates its returns.
///
/// # Errors
/// As [`ReturnsSummary::observe`].
///
/// ```no_run
/// # use boligspor::{cohort::Cohort, returns::{self, ReturnTo, ReturnsSpec}};
/// # fn f(cohort: &Cohort) -> boligspor::Result<()> {
/// let home = ReturnsSpec { to: ReturnTo::Home, ..ReturnsSpec::default() };
/// println!("{}", returns::estimate(cohort, &home)?.table());
/// # Ok(()) }
/// ```
pub fn estimate(cohort: &Cohort, spec: &ReturnsSpec) -> Result<Returns> {
    let mut returns = ReturnsSummary::observe(cohort, spec)?.estimate()?;
    returns.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    returns.people = Some(cohort.clone());
    Ok(returns)
}

/// A share with its uncertainty; nothing where nobody is followed so long.
fn read(occupancy: &Occupancy, of: &[usize], z: f64) -> (f64, f64, Interval) {
    if occupancy.at_risk == 0 {
        return (f64::NAN, f64::NAN, Interval::UNDEFINED);
    }
    let (share, std_error) = occupancy.share(&Share::of(of));
    let interval = ConfType::LogLog.around(share, std_error, z);
    (share, std_error, interval)
}

/// Columns of a share under way.
#[derive(Default)]
struct Shares {
    share: Vec<Option<f64>>,
    std_error: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
}

impl Shares {
    fn push(&mut self, (share, std_error, interval): (f64, f64, Interval)) {
        self.share.push(finite(share));
        self.std_error.push(finite(std_error));
        self.low.push(finite(interval.low));
        self.high.push(finite(interval.high));
    }

    fn into_tidy(self, tidy: Tidy, name: &str) -> Tidy {
        tidy.with(name, self.share)
            .with("std_error", self.std_error)
            .with("low", self.low)
            .with("high", self.high)
    }
}

impl ReturnsSummary {
    fn bands(&self) -> Vec<usize> {
        (FIRST_BAND..FIRST_BAND + self.spec.bands.len()).collect()
    }

    /// The estimates of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a stratum has the name of a result column.
    pub fn estimate(&self) -> Result<Returns> {
        let z = normal_quantile_two_sided(self.spec.level)?;
        Ok(Returns {
            spec: self.spec.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table(z)?,
            curve: self.curve(z)?,
            recurrent: self.recurrent(z)?,
            gaps: self.gaps(z)?,
            warnings: [Lang::Da, Lang::En].map(|lang| self.warnings(lang)),
        })
    }

    /// Occupancy of the states at days since the exit; none of nobody.
    fn occupancy(&self, counts: &TransitionCounts, days: &[i32]) -> Result<Vec<Occupancy>> {
        if counts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(counts.occupancy(days, self.spec.level, ConfType::LogLog)?)
    }

    fn table(&self, z: f64) -> Result<DataFrame> {
        let rows = self.sums.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut outcome, mut n, mut n_event) = (Vec::new(), Vec::new(), Vec::new());
        let (mut from, mut to) = (Vec::new(), Vec::new());
        let mut shares = Shares::default();
        let (bands, last) = (self.bands(), self.spec.last());
        // Outcome, states, first and last day.
        let mut lines: Vec<(&str, Vec<usize>, u32, u32)> = Vec::new();
        let mut first = 0;
        for (&state, &end) in bands.iter().zip(&self.spec.bands) {
            lines.push(("return", vec![state], first, end));
            first = end + 1;
        }
        if bands.len() > 1 {
            lines.push(("return", bands, 0, last));
        }
        lines.push(("dead", vec![DEAD], 0, last));
        lines.push(("abroad", vec![ABROAD], 0, last));
        lines.push(("away", vec![AWAY], last, last));
        for (stratum, counts) in &rows {
            let episodes = &counts.episodes[0];
            for (code, states, first, end) in &lines {
                let at = self.occupancy(episodes, &[*end as i32])?;
                levels.push(stratum);
                outcome.push(*code);
                from.push(*first as i32);
                to.push(*end as i32);
                n.push(counts.exits as i64);
                n_event.push((*code != "away").then(|| arrived(episodes, states, *end)));
                shares.push(at.first().map_or_else(
                    || (f64::NAN, f64::NAN, Interval::UNDEFINED),
                    |at| read(at, states, z),
                ));
            }
        }
        let table = Tidy::new(&self.sums.strata, &levels)
            .with("outcome", outcome)
            .with("from_day", from)
            .with("to_day", to)
            .with("n", n)
            .with("n_event", n_event);
        shares.into_tidy(table, "share").build()
    }

    fn curve(&self, z: f64) -> Result<DataFrame> {
        let rows = self.sums.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut day, mut at_risk) = (Vec::new(), Vec::new());
        let mut shares = Shares::default();
        let (bands, last) = (self.bands(), self.spec.last() as i32);
        for (stratum, counts) in &rows {
            let counts = &counts.episodes[0];
            // Every thirtieth day for the number at risk, and every change.
            let mut days: Vec<i32> = (0..=last).step_by(30).collect();
            days.extend(counts.moves().map(|(t, ..)| t).filter(|&t| t <= last));
            days.push(last);
            days.sort_unstable();
            days.dedup();
            for occupancy in self.occupancy(counts, &days)? {
                levels.push(stratum);
                day.push(occupancy.time);
                at_risk.push(occupancy.observed[AWAY] as i64);
                shares.push(read(&occupancy, &bands, z));
            }
        }
        let table = Tidy::new(&self.sums.strata, &levels)
            .with("day", day)
            .with("n_risk", at_risk);
        shares.into_tidy(table, "estimate").build()
    }

    fn recurrent(&self, z: f64) -> Result<DataFrame> {
        let rows = self.sums.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut month, mut followed) = (Vec::new(), Vec::new());
        let mut shares = Shares::default();
        for (stratum, counts) in &rows {
            for (m, mean) in counts.months.means(0).into_iter().enumerate() {
                levels.push(stratum);
                month.push(m as i32 + 1);
                followed.push(mean.followed as i64);
                // On the log scale: a mean number has no upper end.
                let spread = (z * mean.std_error / mean.estimate).exp();
                let interval = if mean.estimate > 0.0 {
                    Interval {
                        low: mean.estimate / spread,
                        high: mean.estimate * spread,
                    }
                } else {
                    Interval::UNDEFINED
                };
                shares.push((mean.estimate, mean.std_error, interval));
            }
        }
        let table = Tidy::new(&self.sums.strata, &levels)
            .with("month", month)
            .with("followed", followed);
        shares.into_tidy(table, "mean").build()
    }

    fn gaps(&self, z: f64) -> Result<DataFrame> {
        let rows = self.sums.rows();
        let bands = self.bands();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut order, mut n, mut to) = (Vec::new(), Vec::new(), Vec::new());
        let (mut shares, mut median) = (Shares::default(), Vec::new());
        for (stratum, counts) in &rows {
            for (i, episodes) in counts.episodes.iter().enumerate() {
                let ends: Vec<i32> = self.spec.bands.iter().map(|&b| b as i32).collect();
                let half = self.median(episodes)?;
                for occupancy in self.occupancy(episodes, &ends)? {
                    levels.push(stratum);
                    order.push(ORDER[i]);
                    n.push(episodes.n() as i64);
                    to.push(occupancy.time);
                    shares.push(read(&occupancy, &bands, z));
                    median.push(half);
                }
            }
        }
        let table = Tidy::new(&self.sums.strata, &levels)
            .with("order", order)
            .with("n", n)
            .with("to_day", to);
        shares
            .into_tidy(table, "share")
            .with("median_days", median)
            .build()
    }

    /// The first day by which half have returned, if that comes in the bands.
    fn median(&self, counts: &TransitionCounts) -> Result<Option<i32>> {
        let last = self.spec.last() as i32;
        let mut days: Vec<i32> = counts.moves().map(|(t, ..)| t).collect();
        days.retain(|&t| t <= last);
        days.dedup();
        let bands = Share::of(self.bands());
        let half = self
            .occupancy(counts, &days)?
            .into_iter()
            .find(|o| o.share(&bands).0 >= 0.5);
        Ok(half.map(|o| o.time))
    }

    fn warnings(&self, lang: Lang) -> Vec<String> {
        let whole: &ReturnCounts = &self.sums.whole;
        let mut out = Vec::new();
        if whole.exits == 0 {
            out.push(
                lang.pick(
                    "ingen har en afslutning, som definitionen regner med: der er intet at vende \
                     tilbage fra",
                    "nobody has an exit as the definition has it: there is nothing to return from",
                )
                .to_owned(),
            );
            return out;
        }
        for &end in &self.spec.bands {
            let at = self.occupancy(&whole.episodes[0], &[end as i32]);
            let seen = at.ok().and_then(|o| o.first().map(|o| o.at_risk));
            if seen.unwrap_or(0) == 0 {
                out.push(match lang {
                    Lang::Da => format!(
                        "ingen følges i {end} dage efter afslutningen: vinduet er for kort til et \
                         tal, ikke et nul"
                    ),
                    Lang::En => format!(
                        "nobody is followed for {end} days after the exit: the window is too short \
                         for a number, which is not a zero"
                    ),
                });
            }
        }
        if whole.episodes[1..].iter().any(|e| !e.is_empty()) {
            out.push(
                lang.pick(
                    "senere afslutninger ses kun hos dem, der er vendt tilbage i tide til at ses \
                     igen: sammenlign dem ikke med de første",
                    "later exits are seen only in those who returned early enough to be seen \
                     again: do not compare them with the first",
                )
                .to_owned(),
            );
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

/// The order of an exit, as written in tables.
const ORDER: [&str; ORDERS] = ["first", "second", "later"];

/// People seen to come to some states by a day.
fn arrived(counts: &TransitionCounts, states: &[usize], by: u32) -> i64 {
    counts
        .moves()
        .filter(|(t, _, to, _)| *t <= by as i32 && states.contains(to))
        .map(|(.., n)| n as i64)
        .sum()
}
