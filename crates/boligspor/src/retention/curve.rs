//! The whole curve of retention: who is still followed, who has a home, and
//! which ends of their own (death, emigration, …) came first.
//!
//! The table of [`estimate`](super::estimate) reads retention off at a few
//! horizons. A curve shows the way there: the number at risk, the share housed,
//! and the cumulative incidence of every end the definition tells apart, each
//! with pointwise intervals and, if asked for, a band that holds the whole curve.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use boligspor_estimate::{
    BandOptions, ConfType, Interval, Occupancy, Share, TransitionCounts, normal_quantile_two_sided,
};

use super::clock::{Clock, MONTH, horizon_tick};
use super::curve_spec::{CurveSpec, Resolution};
use super::definition::{Definition, Handling, HorizonUnit, Measure};
use super::follow;
use super::path::{Reader, Status};
use crate::cohort::{Cohort, Divided, Sums, divided};
use crate::error::Result;
use crate::lang::Lang;
use crate::state::State;
use crate::tidy::{Tidy, finite};

const RETAINED: usize = 0;
const NOT_RETAINED: usize = 1;
/// States that can end a path, each a state of its own in the counts from 2 on.
const ENDS: [State; 7] = [
    State::Dead,
    State::Abroad,
    State::Prison,
    State::Hospital,
    State::Treatment,
    State::Institution,
    State::Unknown,
];
const FIRST_END: usize = 2;

/// Sums of one stratum behind a curve: moves between having a home, having
/// none, and the ends, over ticks of each member's own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurveCounts {
    /// Members counted.
    pub n: u64,
    /// Moves, entries and exits.
    pub transitions: TransitionCounts,
}

impl CurveCounts {
    fn new() -> Self {
        Self {
            n: 0,
            transitions: TransitionCounts::new(FIRST_END + ENDS.len()),
        }
    }
}

impl Sums for CurveCounts {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.n += other.n;
        Ok(self.transitions.merge(&other.transitions)?)
    }
}

/// The sums behind a [`RetentionCurve`]: observe each partition of the people,
/// merge in any order, and the curve equals that of the whole to the last bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurveSummary {
    definition: Definition,
    sums: Divided<CurveCounts>,
}

impl CurveSummary {
    /// Observes every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for a definition that cannot be used on this cohort.
    pub fn observe(cohort: &Cohort, definition: &Definition) -> Result<Self> {
        follow::check(cohort, definition)?;
        let sums = Divided::observe(
            cohort,
            CurveCounts::new,
            || Observer {
                cohort,
                definition,
                reader: Reader::new(definition, cohort.timeline().until()),
                moves: Vec::new(),
            },
            Observer::add,
        )?;
        Ok(Self {
            definition: definition.clone(),
            sums,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where the two were made by different definitions or
    /// strata.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.definition != other.definition {
            return Err(divided::mismatch());
        }
        self.sums.merge(&other.sums)
    }

    /// The sums of the whole and of each stratum.
    pub fn sums(&self) -> &Divided<CurveCounts> {
        &self.sums
    }

    /// The curve of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for choices that do not fit, or where a stratum has
    /// the name of a result column.
    pub fn estimate(&self, spec: &CurveSpec) -> Result<RetentionCurve> {
        spec.validate(&self.definition)?;
        Ok(RetentionCurve {
            definition: self.definition.clone(),
            spec: spec.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table(spec)?,
            warnings: [Lang::Da, Lang::En].map(|lang| self.warnings(spec, lang)),
        })
    }
}

/// Observes members one by one.
struct Observer<'a> {
    cohort: &'a Cohort,
    definition: &'a Definition,
    reader: Reader<'a>,
    moves: Vec<(i32, usize)>,
}

impl Observer<'_> {
    fn add(&mut self, member: usize, counts: &mut CurveCounts) -> Result<()> {
        let Some(followed) = follow::follow(self.cohort, self.definition, member) else {
            return Ok(());
        };
        let (track, until) = (followed.track, followed.until);
        let runs = self
            .reader
            .read(track, followed.zero, until, followed.allotted);
        let state = |status: Status, day| match status {
            Status::Retained => Some(RETAINED),
            Status::NotRetained => Some(NOT_RETAINED),
            Status::Competing | Status::Excluded => {
                let by = track.on(day).state;
                let end = ENDS.iter().position(|s| *s == by);
                Some(FIRST_END + end.unwrap_or(ENDS.len() - 1))
            }
            Status::Censored => None,
        };
        // Someone lost to follow-up on the very first day was never observed.
        let Some(initial) = runs.first().and_then(|r| state(r.status, r.start)) else {
            return Ok(());
        };
        let clock = Clock::new(followed.zero, self.definition.unit);
        let throughout = self.definition.measure == Measure::Throughout;
        let (mut now, mut last_day) = (initial, until - 1);
        self.moves.clear();
        for run in &runs[1..] {
            // "Throughout": once lost, a home does not come back, and what comes
            // after the loss is of no consequence, nor is being lost to follow-up.
            if throughout && now == NOT_RETAINED {
                break;
            }
            let Some(to) = state(run.status, run.start) else {
                last_day = run.start - 1;
                break;
            };
            self.moves.push((clock.tick(run.start), to));
            now = to;
        }
        counts.n += 1;
        counts.transitions.add_path(
            initial,
            0,
            self.moves.iter().copied(),
            clock.tick(last_day),
        )?;
        Ok(())
    }
}

/// One curve of the table: which share, of whom.
struct Line {
    code: &'static str,
    /// The state in the counts.
    state: usize,
    /// Whether the denominator leaves out those the definition excludes.
    counted: bool,
}

impl CurveSummary {
    fn throughout(&self) -> bool {
        self.definition.measure == Measure::Throughout
    }

    fn handled(&self, handling: Handling) -> impl Iterator<Item = usize> + '_ {
        (0..ENDS.len())
            .filter(move |&i| {
                self.definition.handling(ENDS[i]) == handling
                    && !self.definition.also_home.contains(&ENDS[i])
            })
            .map(|i| FIRST_END + i)
    }

    /// The curves drawn: home, none, and the ends that happen to anyone.
    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line {
                code: "retained",
                state: RETAINED,
                counted: true,
            },
            Line {
                code: if self.throughout() {
                    "lost"
                } else {
                    "not_retained"
                },
                state: NOT_RETAINED,
                counted: true,
            },
        ];
        let whole = &self.sums.whole.transitions;
        let happens = |state: usize| whole.moves().any(|(_, _, to, _)| to == state);
        for (handling, counted) in [(Handling::Competing, true), (Handling::Excluded, false)] {
            for state in self.handled(handling).filter(|&s| happens(s)) {
                lines.push(Line {
                    code: ENDS[state - FIRST_END].code(),
                    state,
                    counted,
                });
            }
        }
        lines
    }

    fn share(&self, line: &Line) -> Share {
        let leaving_out = if line.counted {
            self.handled(Handling::Excluded).collect()
        } else {
            Vec::new()
        };
        Share {
            of: vec![line.state],
            leaving_out,
        }
    }

    /// The ticks at which a stratum's curve is read off.
    fn grid(&self, spec: &CurveSpec, counts: &TransitionCounts) -> Vec<i32> {
        let last = horizon_tick(self.definition.unit, spec.last(&self.definition));
        let mut grid: Vec<i32> = match (spec.by, self.definition.unit) {
            (Resolution::Day, _) => {
                let moves = counts.moves().map(|(time, ..)| time);
                let exits = counts.exits().map(|(time, ..)| time);
                moves.chain(exits).filter(|&t| t < last).collect()
            }
            (Resolution::Month, HorizonUnit::Days) => {
                // The months of a scale in days: 30.4375 of them each, rounded.
                let day = |m: i32| (f64::from(m) * DAYS_A_MONTH).round() as i32;
                (0..=last / 30).map(day).filter(|&t| t < last).collect()
            }
            (Resolution::Month, _) => (0..last / MONTH).map(|m| m * MONTH).collect(),
        };
        grid.extend([0, last]);
        grid.sort_unstable();
        grid.dedup();
        grid
    }

    fn table(&self, spec: &CurveSpec) -> Result<DataFrame> {
        let z = normal_quantile_two_sided(spec.level)?;
        let conf_type = spec.interval.conf_type();
        let lines = self.lines();
        let rows = self.sums.rows();
        let mut out = Columns::default();
        let mut levels: Vec<&[String]> = Vec::new();
        for (stratum, counts) in &rows {
            let counts = &counts.transitions;
            if counts.is_empty() {
                continue;
            }
            let grid = self.grid(spec, counts);
            let occupancies = counts.occupancy(&grid, spec.level, conf_type)?;
            let flow = Flow::new(counts, &grid, self.throughout());
            for line in &lines {
                let share = self.share(line);
                let critical = self.critical(spec, counts, &share);
                for (i, occupancy) in occupancies.iter().enumerate() {
                    levels.push(stratum);
                    out.push(line, occupancy.time, self.definition.unit);
                    let (estimate, std_error) = match occupancy.at_risk {
                        0 => (f64::NAN, f64::NAN),
                        _ => occupancy.share(&share),
                    };
                    out.estimate(estimate, std_error, conf_type, z);
                    out.band(critical.map(|c| {
                        // Before its first day a band says nothing.
                        let begins = horizon_tick(self.definition.unit, spec.band_from);
                        if occupancy.time < begins {
                            Interval::UNDEFINED
                        } else {
                            conf_type.around(estimate, std_error, c)
                        }
                    }));
                    out.n_risk.push(self.at_risk(occupancy) as i64);
                    out.n_event.push(flow.arrived(line.state, i) as i64);
                    out.n_censor.push(flow.censored[i] as i64);
                }
            }
        }
        out.build(&self.sums.strata, &levels, spec.band)
    }

    /// Each stratum's share retained at a horizon with its standard error, the
    /// whole left out; NaN where nobody is followed so long.
    pub(crate) fn retained_at(
        &self,
        horizon: u32,
        spec: &CurveSpec,
    ) -> Result<Vec<(String, (f64, f64))>> {
        let tick = horizon_tick(self.definition.unit, horizon);
        let share = self.share(&self.lines()[0]);
        let mut out = Vec::new();
        for (levels, counts) in &self.sums.parts {
            let at = if counts.transitions.is_empty() {
                None
            } else {
                let conf_type = spec.interval.conf_type();
                let found = counts
                    .transitions
                    .occupancy(&[tick], spec.level, conf_type)?;
                found.into_iter().find(|o| o.at_risk > 0)
            };
            let none = (f64::NAN, f64::NAN);
            out.push((levels.join(" · "), at.map_or(none, |o| o.share(&share))));
        }
        Ok(out)
    }

    /// Those on the day itself who are followed and have not met an end.
    fn at_risk(&self, occupancy: &Occupancy) -> u64 {
        if self.throughout() {
            occupancy.observed[RETAINED]
        } else {
            occupancy.observed[..FIRST_END].iter().sum()
        }
    }

    /// The critical value of a line's band; none where it does not move.
    fn critical(&self, spec: &CurveSpec, counts: &TransitionCounts, share: &Share) -> Option<f64> {
        if !spec.band {
            return None;
        }
        let unit = self.definition.unit;
        let options = BandOptions {
            from: horizon_tick(unit, spec.band_from),
            until: horizon_tick(unit, spec.last(&self.definition)),
            level: spec.level,
            replicates: spec.replicates,
            seed: spec.seed,
        };
        counts.band_critical(share, &options).ok()
    }

    fn warnings(&self, spec: &CurveSpec, lang: Lang) -> Vec<String> {
        let whole = &self.sums.whole;
        if whole.n == 0 {
            return vec![super::result::nobody(lang)];
        }
        let last = spec.last(&self.definition);
        let end = horizon_tick(self.definition.unit, last);
        let conf_type = spec.interval.conf_type();
        let at_end = whole.transitions.occupancy(&[end], spec.level, conf_type);
        let risk = at_end.map_or(0, |o| self.at_risk(&o[0]));
        if risk >= FEW || risk * 10 >= whole.n {
            return Vec::new();
        }
        let when = self.definition.unit.label(last, lang);
        vec![match lang {
            Lang::Da => format!(
                "efter {when} følges kun {risk} af {}: kurvens sidste del hviler på få",
                whole.n
            ),
            Lang::En => format!(
                "at {when} only {risk} of {} are followed: the end of the curve rests on few",
                whole.n
            ),
        }]
    }
}

/// Fewer at risk than this make the end of a curve unsteady.
const FEW: u64 = 20;

/// Days in a month, for a clock of days.
pub(super) const DAYS_A_MONTH: f64 = 30.4375;

/// Arrivals and ends of observation between the points of a grid.
struct Flow {
    arrivals: Vec<Vec<u64>>,
    censored: Vec<u64>,
}

impl Flow {
    fn new(counts: &TransitionCounts, grid: &[i32], throughout: bool) -> Self {
        // The first point of the grid at or after a time.
        let slot = |time: i32| grid.partition_point(|&g| g < time);
        let mut arrivals = vec![vec![0; counts.n_states()]; grid.len()];
        for (time, _, to, n) in counts.moves() {
            if let Some(at) = arrivals.get_mut(slot(time)) {
                at[to] += n;
            }
        }
        let active = if throughout { 1 } else { FIRST_END };
        let mut censored = vec![0; grid.len()];
        for (time, state, n) in counts.exits().filter(|(_, s, _)| *s < active) {
            debug_assert!(state < active);
            if let Some(at) = censored.get_mut(slot(time)) {
                *at += n;
            }
        }
        Self { arrivals, censored }
    }

    fn arrived(&self, state: usize, slot: usize) -> u64 {
        self.arrivals[slot][state]
    }
}

/// The columns of the table under way.
#[derive(Default)]
struct Columns {
    outcome: Vec<&'static str>,
    of: Vec<&'static str>,
    time: Vec<f64>,
    month: Vec<i32>,
    day: Vec<i32>,
    n_risk: Vec<i64>,
    n_event: Vec<i64>,
    n_censor: Vec<i64>,
    estimate: Vec<Option<f64>>,
    std_error: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    band_low: Vec<Option<f64>>,
    band_high: Vec<Option<f64>>,
}

impl Columns {
    fn push(&mut self, line: &Line, tick: i32, unit: HorizonUnit) {
        self.outcome.push(line.code);
        self.of.push(if line.counted { "counted" } else { "all" });
        let (month, day, time) = match unit {
            HorizonUnit::Days => {
                let months = f64::from(tick) / DAYS_A_MONTH;
                (months.floor() as i32, tick, months)
            }
            HorizonUnit::Months | HorizonUnit::Years => {
                let (month, day) = (tick / MONTH, tick % MONTH);
                // No month is longer than 31 days, so times keep their order.
                (month, day, f64::from(month) + f64::from(day) / 31.0)
            }
        };
        self.month.push(month);
        self.day.push(day);
        self.time.push(time);
    }

    fn estimate(&mut self, estimate: f64, std_error: f64, conf_type: ConfType, z: f64) {
        let interval = conf_type.around(estimate, std_error, z);
        self.estimate.push(finite(estimate));
        self.std_error.push(finite(std_error));
        self.low.push(finite(interval.low));
        self.high.push(finite(interval.high));
    }

    fn band(&mut self, band: Option<Interval>) {
        let band = band.unwrap_or(Interval::UNDEFINED);
        self.band_low.push(finite(band.low));
        self.band_high.push(finite(band.high));
    }

    fn build(self, strata: &[String], levels: &[&[String]], band: bool) -> Result<DataFrame> {
        let table = Tidy::new(strata, levels)
            .with("outcome", self.outcome)
            .with("of", self.of)
            .with("time", self.time)
            .with("month", self.month)
            .with("day", self.day)
            .with("n_risk", self.n_risk)
            .with("n_event", self.n_event)
            .with("n_censor", self.n_censor)
            .with("estimate", self.estimate)
            .with("std_error", self.std_error)
            .with("low", self.low)
            .with("high", self.high);
        if band {
            table
                .with("band_low", self.band_low)
                .with("band_high", self.band_high)
                .build()
        } else {
            table.build()
        }
    }
}

/// The whole curve of retention by one definition.
#[derive(Clone, Debug)]
pub struct RetentionCurve {
    pub(super) definition: Definition,
    spec: CurveSpec,
    pub(super) cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    warnings: [Vec<String>; 2],
}

impl RetentionCurve {
    /// The definition the curve belongs to.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// How it was asked for.
    pub fn spec(&self) -> &CurveSpec {
        &self.spec
    }

    /// Definition, curve and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        let curve = self.spec.describe(&self.definition, lang);
        let text = format!("{} {curve} {cohort}", self.definition.describe(lang));
        text.trim_end().to_owned()
    }

    /// One row a stratum, outcome and time, the whole cohort (`all`) first.
    ///
    /// | column | is |
    /// |---|---|
    /// | `outcome` | `retained`, `not_retained` (`lost` for an unbroken stay), or the end: `dead`, `abroad`, … |
    /// | `of` | the denominator: those `counted`, or `all` for ends that leave the count |
    /// | `time` | months since time zero |
    /// | `month`, `day` | whole months by the anniversary rule, and days since (days since time zero for a definition in days) |
    /// | `n_risk` | people followed on that day who have met no end (for an unbroken stay: still at home) |
    /// | `n_event` | people who came to the outcome since the row before |
    /// | `n_censor` | people at risk whose follow-up ended since the row before |
    /// | `estimate`, `std_error`, `low`, `high` | the share with its standard error and pointwise interval |
    /// | `band_low`, `band_high` | the band that holds the whole curve, where asked for |
    ///
    /// The shares of those `counted` add up to 1 at each time.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Observes a cohort and estimates its curve.
///
/// # Errors
/// As [`CurveSummary::observe`] and [`CurveSummary::estimate`].
///
/// ```no_run
/// # use boligspor::{cohort::Cohort, retention::{self, CurveSpec, Definition, Resolution}};
/// # fn f(cohort: &Cohort) -> boligspor::Result<()> {
/// let spec = CurveSpec { by: Resolution::Day, band: true, ..CurveSpec::default() };
/// let curve = retention::curve(cohort, &Definition::preset("odense_vive")?, &spec)?;
/// println!("{}", curve.table());
/// # Ok(()) }
/// ```
pub fn curve(cohort: &Cohort, definition: &Definition, spec: &CurveSpec) -> Result<RetentionCurve> {
    spec.validate(definition)?;
    let mut curve = CurveSummary::observe(cohort, definition)?.estimate(spec)?;
    curve.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    curve.people = Some(cohort.clone());
    Ok(curve)
}

#[cfg(test)]
mod tests;
