//! From sums to shares with intervals.

use polars::prelude::DataFrame;

use boligspor_estimate::{ConfType, Interval, Occupancy, Share, normal_quantile_two_sided, wilson};

use super::definition::{Definition, HorizonUnit, Measure};
use super::place::Place;
use super::summary::{
    COMPETING, EXCLUDED, HorizonCounts, RETAINED, RetentionSummary, StratumCounts, months, tick,
};
use crate::LEVEL;
use crate::cohort::{ALL, Cohort};
use crate::error::Result;
use crate::lang::Lang;
use crate::tidy::Tidy;

/// Retention by one definition, with its uncertainty and what became of the others.
#[derive(Clone, Debug)]
pub struct Retention {
    definition: Definition,
    cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    outcomes: DataFrame,
    curve: DataFrame,
    occupancy: DataFrame,
    warnings: [Vec<String>; 2],
}

impl Retention {
    /// The definition the numbers belong to.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Definition and cohort in words, to stand under every table and chart.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        format!("{} {cohort}", self.definition.describe(lang))
    }

    /// One row a stratum and horizon, the whole cohort (`all`) first.
    ///
    /// | column | is |
    /// |---|---|
    /// | `horizon`, `unit` | the horizon; null and `last` for the last observed day |
    /// | `n` | members counted |
    /// | `excluded`, `censored` | members who left the count, or were followed less long |
    /// | `at_risk` | members whose status is known at the horizon |
    /// | `retained` | of these, the retained (null for days housed) |
    /// | `share`, `low`, `high` | the estimate and its 95 % interval |
    /// | `method` | how it was made |
    /// | `days_housed`, `days_observed` | sums up to the horizon |
    ///
    /// `share` is not `retained / at_risk` where people are censored: it is
    /// then the Aalen–Johansen estimate (Kaplan–Meier for an unbroken stay
    /// without competing ends), with a log-minus-log interval on Greenwood-type
    /// standard errors. Where nobody is censored the interval is Wilson's.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Where everyone was at each horizon: strata, `horizon`, `unit`, `outcome`,
    /// `n` and `share` of those under observation.
    pub fn outcomes(&self) -> &DataFrame {
        &self.outcomes
    }

    /// The share retained month by month, with its interval and number at risk.
    pub fn curve(&self) -> &DataFrame {
        &self.curve
    }

    /// Where people live month by month since time zero: strata, `month`,
    /// `state`, `n`, `share` of the `observed`.
    pub fn occupancy(&self) -> &DataFrame {
        &self.occupancy
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Observes a cohort and estimates its retention.
///
/// # Errors
/// As [`RetentionSummary::observe`].
pub fn estimate(cohort: &Cohort, definition: &Definition) -> Result<Retention> {
    let mut retention = RetentionSummary::observe(cohort, definition)?.estimate()?;
    retention.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    retention.people = Some(cohort.clone());
    Ok(retention)
}

/// A share with its interval, or none where nothing is known.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    share: Option<f64>,
    interval: Option<Interval>,
    method: &'static str,
}

/// A row of the table before it is one.
struct Row<'a> {
    levels: &'a [String],
    horizon: Option<i32>,
    unit: &'static str,
    n: u64,
    sums: &'a HorizonCounts,
    estimate: Estimate,
}

impl RetentionSummary {
    /// The strata, the whole first.
    fn rows(&self) -> Vec<(Vec<String>, &StratumCounts)> {
        let all = vec![ALL.to_owned(); self.strata.len()];
        std::iter::once((all, &self.whole))
            .chain(
                self.parts
                    .iter()
                    .map(|(levels, counts)| (levels.clone(), counts)),
            )
            .collect()
    }

    /// The horizons read off: number and unit, the last observation at the end.
    fn horizons(&self) -> Vec<(Option<i32>, &'static str)> {
        let unit = self.definition.unit.code();
        let mut out: Vec<_> = self
            .definition
            .horizons
            .iter()
            .map(|&h| (Some(h as i32), unit))
            .collect();
        if self.definition.at_last_observation {
            out.push((None, "last"));
        }
        out
    }

    /// The estimates of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a stratum has the name of a result column.
    pub fn estimate(&self) -> Result<Retention> {
        Ok(Retention {
            definition: self.definition.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table()?,
            outcomes: self.outcomes()?,
            curve: self.curve()?,
            occupancy: self.occupancy()?,
            warnings: [Lang::Da, Lang::En].map(|lang| self.warnings(lang)),
        })
    }

    fn table(&self) -> Result<DataFrame> {
        let strata = self.rows();
        let horizons = self.horizons();
        let mut rows: Vec<Row> = Vec::new();
        for (levels, counts) in &strata {
            let occupancy = self.occupancies(counts, &self.definition.horizons)?;
            for (h, &(horizon, unit)) in horizons.iter().enumerate() {
                let at = if horizon.is_some() {
                    h
                } else {
                    self.definition.horizons.len()
                };
                let sums = &counts.horizons[at];
                let estimate = match self.definition.measure {
                    Measure::DaysHoused => days_housed(sums, counts.n),
                    _ => self.share(sums, horizon.and_then(|_| occupancy.get(h)))?,
                };
                rows.push(Row {
                    levels,
                    horizon,
                    unit,
                    n: counts.n,
                    sums,
                    estimate,
                });
            }
        }
        let levels: Vec<&[String]> = rows.iter().map(|r| r.levels).collect();
        let days = self.definition.measure == Measure::DaysHoused;
        let column = |f: &dyn Fn(&HorizonCounts) -> u64| -> Vec<i64> {
            rows.iter().map(|r| f(r.sums) as i64).collect()
        };
        Tidy::new(&self.strata, &levels)
            .with(
                "horizon",
                rows.iter().map(|r| r.horizon).collect::<Vec<_>>(),
            )
            .with("unit", rows.iter().map(|r| r.unit).collect::<Vec<_>>())
            .with("n", rows.iter().map(|r| r.n as i64).collect::<Vec<_>>())
            .with("excluded", column(&|s| s.excluded))
            .with("censored", column(&|s| s.censored))
            .with("at_risk", column(&|s| s.known))
            .with(
                "retained",
                rows.iter()
                    .map(|r| (!days).then_some(r.sums.retained as i64))
                    .collect::<Vec<Option<i64>>>(),
            )
            .with(
                "share",
                rows.iter().map(|r| r.estimate.share).collect::<Vec<_>>(),
            )
            .with(
                "low",
                rows.iter()
                    .map(|r| r.estimate.interval.map(|i| i.low))
                    .collect::<Vec<_>>(),
            )
            .with(
                "high",
                rows.iter()
                    .map(|r| r.estimate.interval.map(|i| i.high))
                    .collect::<Vec<_>>(),
            )
            .with(
                "method",
                rows.iter().map(|r| r.estimate.method).collect::<Vec<_>>(),
            )
            .with("days_housed", column(&|s| s.days_housed))
            .with("days_observed", column(&|s| s.days_observed))
            .build()
    }

    /// Occupancy at the definition's horizons; empty where nobody was observed.
    fn occupancies(&self, counts: &StratumCounts, horizons: &[u32]) -> Result<Vec<Occupancy>> {
        if counts.transitions.is_empty() {
            return Ok(Vec::new());
        }
        let ticks: Vec<i32> = horizons
            .iter()
            .map(|&h| tick(&self.definition, h))
            .collect();
        Ok(counts
            .transitions
            .occupancy(&ticks, LEVEL, ConfType::LogLog)?)
    }

    /// The share at a horizon: a plain proportion where everyone's status is
    /// known, else from the occupancy estimate.
    fn share(&self, sums: &HorizonCounts, occupancy: Option<&Occupancy>) -> Result<Estimate> {
        if sums.known == 0 {
            return Ok(Estimate {
                method: "none",
                ..Estimate::default()
            });
        }
        let plain = || -> Result<Estimate> {
            Ok(Estimate {
                share: Some(sums.retained as f64 / sums.known as f64),
                interval: Some(wilson(sums.retained, sums.known, LEVEL)?),
                method: "wilson",
            })
        };
        let Some(occupancy) = occupancy.filter(|_| sums.censored > 0) else {
            return plain();
        };
        if occupancy.at_risk == 0 {
            return Ok(Estimate {
                method: "none",
                ..Estimate::default()
            });
        }
        let (share, std_error) = among_counted(occupancy);
        let competing =
            occupancy.probability.len() > 2 && occupancy.probability[2..].iter().any(|&p| p > 0.0);
        let method = if self.definition.measure == Measure::Throughout && !competing {
            "kaplan_meier"
        } else {
            "aalen_johansen"
        };
        let interval = if std_error > 0.0 {
            ConfType::LogLog.around(share, std_error, normal_quantile_two_sided(LEVEL)?)
        } else {
            // Everybody or nobody: the standard error is zero, and no measure
            // of what is known. Wilson's interval on those still followed is.
            wilson(
                (share * sums.known as f64).round() as u64,
                sums.known,
                LEVEL,
            )?
        };
        Ok(Estimate {
            share: Some(share),
            interval: Some(interval),
            method,
        })
    }

    fn outcomes(&self) -> Result<DataFrame> {
        let strata = self.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut horizon, mut unit, mut outcome) = (Vec::new(), Vec::new(), Vec::new());
        let (mut n, mut share) = (Vec::new(), Vec::new());
        for (l, counts) in &strata {
            for (h, &(number, code)) in self.horizons().iter().enumerate() {
                let at = if number.is_some() {
                    h
                } else {
                    self.definition.horizons.len()
                };
                let places = &counts.horizons[at].places;
                let observed: u64 = places.iter().sum();
                let mut push = |what: &'static str, count: u64, part: Option<f64>| {
                    levels.push(l);
                    horizon.push(number);
                    unit.push(code);
                    outcome.push(what);
                    n.push(count as i64);
                    share.push(part);
                };
                for place in Place::ALL {
                    let count = places[place.index()];
                    push(place.code(), count, ratio(count, observed));
                }
                push("not_observed", counts.n - observed, None);
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("horizon", horizon)
            .with("unit", unit)
            .with("outcome", outcome)
            .with("n", n)
            .with("share", share)
            .build()
    }

    fn curve(&self) -> Result<DataFrame> {
        let strata = self.rows();
        // In days, a curve of some forty points; else every month.
        let last = self.definition.horizons.last().copied().unwrap_or(36);
        let (grid, per_month): (Vec<u32>, f64) = match self.definition.unit {
            HorizonUnit::Months => ((0..=last).collect(), 1.0),
            HorizonUnit::Years => ((0..=last).collect(), 12.0),
            HorizonUnit::Days => {
                let step = (last / 40).max(1) as usize;
                let mut grid: Vec<u32> = (0..=last).step_by(step).collect();
                if grid.last() != Some(&last) {
                    grid.push(last);
                }
                (grid, 1.0 / 30.4375)
            }
        };
        let z = normal_quantile_two_sided(LEVEL)?;
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut month, mut at_risk) = (Vec::new(), Vec::new());
        let (mut share, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for (l, counts) in &strata {
            for (occupancy, &h) in self.occupancies(counts, &grid)?.iter().zip(&grid) {
                levels.push(l);
                month.push(f64::from(h) * per_month);
                // The dead and the excluded are known, but no longer at risk.
                let still: u64 = occupancy.observed[..COMPETING].iter().sum();
                at_risk.push(still as i64);
                let (p, se) = among_counted(occupancy);
                let known = occupancy.at_risk > 0;
                let interval = ConfType::LogLog.around(p, se, z);
                share.push(known.then_some(p));
                low.push((known && se > 0.0).then_some(interval.low));
                high.push((known && se > 0.0).then_some(interval.high));
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("month", month)
            .with("share", share)
            .with("low", low)
            .with("high", high)
            .with("at_risk", at_risk)
            .build()
    }

    fn occupancy(&self) -> Result<DataFrame> {
        let strata = self.rows();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut month, mut state, mut n) = (Vec::new(), Vec::new(), Vec::new());
        let (mut share, mut seen) = (Vec::new(), Vec::new());
        for (l, counts) in &strata {
            for m in 0..=months(&self.definition) {
                let places = &counts.months[m as usize];
                let observed: u64 = places.iter().sum();
                for place in Place::ALL {
                    levels.push(l);
                    month.push(m as i32);
                    state.push(place.code());
                    n.push(places[place.index()] as i64);
                    share.push(ratio(places[place.index()], observed));
                    seen.push(observed as i64);
                }
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("month", month)
            .with("state", state)
            .with("n", n)
            .with("share", share)
            .with("observed", seen)
            .build()
    }

    fn warnings(&self, lang: Lang) -> Vec<String> {
        let mut out = Vec::new();
        let whole = &self.whole;
        let n = whole.n;
        if n == 0 {
            out.push(nobody(lang));
            return out;
        }
        if self.definition.home == super::Home::AllottedDwelling && whole.unidentified > 0 {
            let without = whole.unidentified;
            out.push(match lang {
                Lang::Da => format!(
                    "{without} af {n} boligtildelinger har ingen boligidentifikation, hverken i \
                     `placements` eller i opholdet ved tildelingen: flytning fra den tildelte \
                     bolig kan ikke ses for dem"
                ),
                Lang::En => format!(
                    "{without} of {n} placements have no dwelling identifier, in `placements` or \
                     in the stay at placement: moves out of the allotted dwelling cannot be seen \
                     for them"
                ),
            });
        }
        let unknown = Place::State(crate::state::State::Unknown).index();
        for (sums, &horizon) in whole.horizons.iter().zip(&self.definition.horizons) {
            let when = self.definition.unit.label(horizon, lang);
            if sums.known == 0 {
                out.push(match lang {
                    Lang::Da => {
                        format!("ingen følges i {when}: tidspunktet ligger uden for data")
                    }
                    Lang::En => {
                        format!("nobody is followed for {when}: that horizon lies beyond the data")
                    }
                });
                continue;
            }
            let observed: u64 = sums.places.iter().sum();
            if sums.places[unknown] * 20 > observed {
                let lost = sums.places[unknown];
                out.push(match lang {
                    Lang::Da => format!(
                        "efter {when} er over 5 % af de observerede i ukendt tilstand ({lost} af \
                         {observed}); definitionen siger, hvad det regnes som"
                    ),
                    Lang::En => format!(
                        "at {when} over 5 % of those observed are in an unknown state ({lost} of \
                         {observed}); the definition says what that counts as"
                    ),
                });
            }
            if sums.censored * 2 > n {
                let censored = sums.censored;
                out.push(match lang {
                    Lang::Da => format!(
                        "efter {when} er over halvdelen ({censored} af {n}) censureret: andelen \
                         hviler på, at de, der følges længe nok, ligner de andre"
                    ),
                    Lang::En => format!(
                        "at {when} over half ({censored} of {n}) are censored: the share rests on \
                         those followed long enough being like the others"
                    ),
                });
            }
        }
        out
    }
}

/// The warning of an analysis that counts no one.
pub(super) fn nobody(lang: Lang) -> String {
    lang.pick(
        "ingen er med: se efter i kohorten og i hvem definitionen tæller",
        "nobody is counted: check the cohort and who the definition counts",
    )
    .to_owned()
}

/// The share retained among those still in the count, and its standard error.
fn among_counted(occupancy: &Occupancy) -> (f64, f64) {
    occupancy.share(&Share {
        of: vec![RETAINED],
        leaving_out: vec![EXCLUDED],
    })
}

/// The share of observed days spent housed: a ratio of sums over persons, with
/// its linearised standard error (Cochran, *Sampling Techniques*, 1977, §6.4).
fn days_housed(sums: &HorizonCounts, n: u64) -> Estimate {
    if sums.days_observed == 0 {
        return Estimate {
            method: "none",
            ..Estimate::default()
        };
    }
    let (h, o) = (sums.days_housed as f64, sums.days_observed as f64);
    let ratio = h / o;
    // Σ (hᵢ − r oᵢ)², whose mean is zero at the estimate.
    let squares = sums.housed_squared as f64 - 2.0 * ratio * sums.housed_observed as f64
        + ratio * ratio * sums.observed_squared as f64;
    let n = n as f64;
    let interval = (n > 1.0).then(|| {
        let std_error = (squares.max(0.0) * n / (n - 1.0)).sqrt() / o;
        let z = normal_quantile_two_sided(LEVEL).expect("a fixed level");
        Interval {
            low: (ratio - z * std_error).max(0.0),
            high: (ratio + z * std_error).min(1.0),
        }
    });
    Estimate {
        share: Some(ratio),
        interval,
        method: "ratio_of_days",
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
