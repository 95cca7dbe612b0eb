//! Do survival curves differ? The log-rank test and its weighted relatives.
//!
//! At each event time the events are compared with what each group would have
//! had if they fell on everyone at risk alike. With late entry the risk sets
//! shrink and grow and the test stays valid.
//!
//! Sources: Mantel (1966), *Cancer Chemotherapy Reports* 50, 163–170; Harrington
//! & Fleming (1982), *Biometrika* 69, 553–566 (the ρ family).

use crate::chi_squared::ChiSquared;
use crate::error::{EstimateError, Result, all_finite, same_length};
use crate::linear_form::{chi_squared_form, quadratic};
use crate::slots::{Slots, TIE_TOLERANCE};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Options of [`log_rank`] and [`gray_test`](crate::gray_test()).
#[derive(Debug, Clone, Copy)]
pub struct TestOptions<'a> {
    /// Time after which each row is under observation.
    pub entry: Option<&'a [f64]>,
    /// Strata within which groups are compared, as codes `0..`.
    pub strata: Option<&'a [u32]>,
    /// Weight `S(t-)^rho`: 0 is the log-rank test, 1 Peto and Peto's Wilcoxon,
    /// which looks to early differences.
    pub rho: f64,
    /// Times closer than this are tied (`None`: compared exactly).
    pub tolerance: Option<f64>,
}

impl Default for TestOptions<'_> {
    fn default() -> Self {
        Self {
            entry: None,
            strata: None,
            rho: 0.0,
            tolerance: Some(TIE_TOLERANCE),
        }
    }
}

/// The outcome of a test that compares groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTest {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// P value from the chi-squared distribution.
    pub p_value: f64,
    /// Observed (weighted) events of each group.
    pub observed: Vec<f64>,
    /// Expected (weighted) events of each group.
    pub expected: Vec<f64>,
    /// Covariance of observed less expected, groups × groups, row by row.
    pub variance: Vec<f64>,
}

/// Tests whether the hazards of `event` are equal across groups `0..`.
///
/// The variance is hypergeometric, exact under ties. Groups expecting no event
/// do not count as degrees of freedom.
///
/// # Errors
/// Columns of different length, no rows, times that are not finite, rows with
/// `entry >= exit`, fewer than two groups that could have events.
///
/// ```
/// use boligspor_estimate::{TestOptions, log_rank};
/// // Two people each; the first group fails first.
/// let test = log_rank(&[1.0, 2.0, 3.0, 4.0], &[true; 4], &[0, 0, 1, 1], &TestOptions::default())?;
/// // E₀ = 2/4 + 1/3, V = 1/4 + 2/9.
/// let (expected, variance) = (5.0 / 6.0, 17.0 / 36.0);
/// assert!((test.expected[0] - expected).abs() < 1e-15);
/// assert!((test.statistic - (2.0 - expected) * (2.0 - expected) / variance).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn log_rank(
    duration: &[f64],
    event: &[bool],
    group: &[u32],
    options: &TestOptions,
) -> Result<GroupTest> {
    let layout = Layout::new(duration, event, group, options)?;
    layout.test(group, options.rho).into_test()
}

/// The log-rank test against a trend over groups with the given `scores`.
///
/// One degree of freedom; more powerful than [`log_rank`] if groups are ordered
/// (dose, age band). Source: Tarone (1975), *Biometrika* 62, 679–682.
///
/// # Errors
/// As [`log_rank`]; a number of scores other than the number of groups; scores
/// that do not differ among groups that could have events.
///
/// ```
/// use boligspor_estimate::{TestOptions, log_rank, log_rank_trend};
/// let (time, group) = ([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1]);
/// let two = log_rank(&time, &[true; 4], &group, &TestOptions::default())?;
/// let trend = log_rank_trend(&time, &[true; 4], &group, &[1.0, 5.0], &TestOptions::default())?;
/// assert!((two.statistic - trend.statistic).abs() < 1e-12); // two groups are a trend
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn log_rank_trend(
    duration: &[f64],
    event: &[bool],
    group: &[u32],
    scores: &[f64],
    options: &TestOptions,
) -> Result<GroupTest> {
    let layout = Layout::new(duration, event, group, options)?;
    same_length("scores", scores.len(), "groups", layout.groups)?;
    all_finite("scores", scores)?;
    let sums = layout.test(group, options.rho);
    let difference: f64 = scores
        .iter()
        .zip(sums.observed.iter().zip(&sums.expected))
        .map(|(c, (o, e))| c * (o - e))
        .sum();
    let variance = quadratic(&sums.variance, scores);
    let scale = scores.iter().map(|c| c * c).sum::<f64>()
        * sums.variance.iter().fold(0.0, |m, v| f64::max(m, v.abs()));
    if variance <= 1e-12 * scale {
        return Err(EstimateError::TooFewGroups {
            found: 1,
            needed: 2,
        });
    }
    let statistic = difference * difference / variance;
    Ok(GroupTest {
        statistic,
        df: 1,
        p_value: ChiSquared::new(statistic, 1).p_value,
        observed: sums.observed,
        expected: sums.expected,
        variance: sums.variance,
    })
}

/// The permutation P value of the log-rank test, for groups too small for the
/// chi-squared approximation.
///
/// Group labels are shuffled `draws` times within strata; the P value is the
/// share of shuffles (the data among them) whose statistic is at least as
/// large, so it is never 0. Valid if censoring does not depend on the group.
/// The same `seed` gives the same value.
///
/// # Errors
/// As [`log_rank`]; no draws.
///
/// ```
/// use boligspor_estimate::{TestOptions, log_rank_permutation};
/// let time = [1.0, 2.0, 3.0, 10.0, 11.0, 12.0];
/// let p = log_rank_permutation(&time, &[true; 6], &[0, 0, 0, 1, 1, 1], &TestOptions::default(), 999, 1)?;
/// assert!((p - 0.1).abs() < 0.03); // 2 of the 20 splits are as extreme
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn log_rank_permutation(
    duration: &[f64],
    event: &[bool],
    group: &[u32],
    options: &TestOptions,
    draws: usize,
    seed: u64,
) -> Result<f64> {
    if draws == 0 {
        return Err(EstimateError::OutOfRange {
            argument: "draws",
            requirement: "at least 1",
        });
    }
    let layout = Layout::new(duration, event, group, options)?;
    let observed = layout.test(group, options.rho).into_test()?.statistic;
    let mut by_stratum: Vec<Vec<usize>> = vec![Vec::new(); layout.strata];
    for row in 0..group.len() {
        by_stratum[options.strata.map_or(0, |s| s[row] as usize)].push(row);
    }
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..24].copy_from_slice(b"log-rank-shuffle");
    let mut stream = ChaCha8Rng::from_seed(key);
    let mut shuffled = group.to_vec();
    let mut extreme = 1_usize;
    for _ in 0..draws {
        for rows in &by_stratum {
            // Fisher–Yates; the product of 64-bit numbers leaves a bias of at
            // most n/2^64.
            for i in (1..rows.len()).rev() {
                let j = ((u128::from(stream.next_u64()) * (i as u128 + 1)) >> 64) as usize;
                shuffled.swap(rows[i], rows[j]);
            }
        }
        let sums = layout.test(&shuffled, options.rho);
        let statistic = sums.into_test().map_or(0.0, |test| test.statistic);
        extreme += usize::from(statistic >= observed * (1.0 - 1e-12));
    }
    Ok(extreme as f64 / (draws + 1) as f64)
}

/// Rows placed on the time slots of their stratum, whatever their group.
struct Layout<'a> {
    event: &'a [bool],
    strata_of: Option<&'a [u32]>,
    groups: usize,
    strata: usize,
    slots: Slots,
    exit: &'a [f64],
    entry: Option<&'a [f64]>,
}

/// Sums of the test statistic.
pub(crate) struct Sums {
    pub(crate) observed: Vec<f64>,
    pub(crate) expected: Vec<f64>,
    pub(crate) variance: Vec<f64>,
}

impl<'a> Layout<'a> {
    fn new(
        duration: &'a [f64],
        event: &'a [bool],
        group: &[u32],
        options: &TestOptions<'a>,
    ) -> Result<Self> {
        let n = duration.len();
        if n == 0 {
            return Err(EstimateError::Empty {
                argument: "duration",
            });
        }
        same_length("event", event.len(), "duration", n)?;
        same_length("group", group.len(), "duration", n)?;
        if !options.rho.is_finite() {
            return Err(EstimateError::NotFinite {
                argument: "rho",
                rows: 1,
            });
        }
        let mut columns = vec![("duration", duration)];
        if let Some(entry) = options.entry {
            same_length("entry", entry.len(), "duration", n)?;
            columns.push(("entry", entry));
        }
        let slots = Slots::new(&columns, options.tolerance)?;
        if let Some(entry) = options.entry {
            let never = entry
                .iter()
                .zip(duration)
                .filter(|(a, b)| slots.slot(**a) >= slots.slot(**b));
            match never.count() {
                0 => {}
                rows => return Err(EstimateError::EntryNotBeforeExit { rows }),
            }
        }
        let strata = match options.strata {
            None => 1,
            Some(strata) => {
                same_length("strata", strata.len(), "duration", n)?;
                dense("strata", strata, n)?
            }
        };
        Ok(Self {
            event,
            strata_of: options.strata,
            groups: dense("group", group, n)?,
            strata,
            slots,
            exit: duration,
            entry: options.entry,
        })
    }

    /// Observed, expected and variance for one assignment of groups.
    fn test(&self, group: &[u32], rho: f64) -> Sums {
        let g = self.groups;
        let mut sums = Sums {
            observed: vec![0.0; g],
            expected: vec![0.0; g],
            variance: vec![0.0; g * g],
        };
        // Strata one at a time, so that the counters stay small.
        let mut rows_of: Vec<Vec<u32>> = Vec::new();
        if let Some(strata) = self.strata_of {
            rows_of.resize(self.strata, Vec::new());
            for (row, &stratum) in strata.iter().enumerate() {
                rows_of[stratum as usize].push(row as u32);
            }
        }
        let mut counters = Counters::new(self.slots.len(), g, self.entry.is_some());
        if self.strata_of.is_none() {
            counters.fill(self, group, 0..group.len());
            counters.add_to(&mut sums, rho);
        }
        for rows in rows_of {
            counters.clear();
            counters.fill(self, group, rows.into_iter().map(|row| row as usize));
            counters.add_to(&mut sums, rho);
        }
        sums
    }
}

/// Number of codes, refusing ones that are too sparse to be codes.
pub(crate) fn dense(argument: &'static str, codes: &[u32], rows: usize) -> Result<usize> {
    let count = codes.iter().max().map_or(0, |&code| code as usize + 1);
    if count > rows.saturating_mul(2).max(1 << 12) {
        return Err(EstimateError::OutOfRange {
            argument,
            requirement: "codes must be dense, 0 to their number less one",
        });
    }
    Ok(count)
}

/// Exits, events and entries by slot and group.
struct Counters {
    groups: usize,
    exits: Vec<u32>,
    events: Vec<u32>,
    entries: Vec<u32>,
}

impl Counters {
    fn new(slots: usize, groups: usize, truncated: bool) -> Self {
        let cells = slots * groups;
        Self {
            groups,
            exits: vec![0; cells],
            events: vec![0; cells],
            entries: vec![0; if truncated { cells } else { 0 }],
        }
    }

    fn clear(&mut self) {
        self.exits.fill(0);
        self.events.fill(0);
        self.entries.fill(0);
    }

    fn fill(&mut self, layout: &Layout, group: &[u32], rows: impl Iterator<Item = usize>) {
        for row in rows {
            let cell = layout.slots.slot(layout.exit[row]) * self.groups + group[row] as usize;
            self.exits[cell] += 1;
            self.events[cell] += u32::from(layout.event[row]);
            if let Some(entry) = layout.entry {
                self.entries[layout.slots.slot(entry[row]) * self.groups + group[row] as usize] +=
                    1;
            }
        }
    }

    fn add_to(&self, sums: &mut Sums, rho: f64) {
        let g = self.groups;
        // Without late entry all are at risk at first; with it, none.
        let mut at_risk = vec![0_i64; g];
        if self.entries.is_empty() {
            for exits in self.exits.chunks_exact(g) {
                at_risk
                    .iter_mut()
                    .zip(exits)
                    .for_each(|(y, &e)| *y += i64::from(e));
            }
        }
        let mut survival = 1.0_f64;
        for slot in 0..self.exits.len() / g {
            let cells = slot * g..(slot + 1) * g;
            let events = &self.events[cells.clone()];
            let d: u64 = events.iter().map(|&e| u64::from(e)).sum();
            if d > 0 {
                let n: i64 = at_risk.iter().sum();
                let (n, d) = (n as f64, d as f64);
                let weight = if rho == 0.0 { 1.0 } else { survival.powf(rho) };
                // Hypergeometric: d of n drawn without replacement.
                let spread = if n > 1.0 {
                    weight * weight * d * (n - d) / (n - 1.0)
                } else {
                    0.0
                };
                let shares: Vec<f64> = at_risk.iter().map(|&y| y as f64 / n).collect();
                for (a, share) in shares.iter().enumerate() {
                    sums.observed[a] += weight * f64::from(events[a]);
                    sums.expected[a] += weight * d * share;
                    sums.variance[a * g + a] += spread * share;
                    for (b, other) in shares.iter().enumerate() {
                        sums.variance[a * g + b] -= spread * share * other;
                    }
                }
                survival *= 1.0 - d / n;
            }
            at_risk
                .iter_mut()
                .zip(&self.exits[cells.clone()])
                .for_each(|(y, &e)| *y -= i64::from(e));
            if !self.entries.is_empty() {
                at_risk
                    .iter_mut()
                    .zip(&self.entries[cells])
                    .for_each(|(y, &e)| *y += i64::from(e));
            }
        }
    }
}

impl Sums {
    fn into_test(self) -> Result<GroupTest> {
        let difference: Vec<f64> = self
            .observed
            .iter()
            .zip(&self.expected)
            .map(|(o, e)| o - e)
            .collect();
        let counted: Vec<usize> = (0..difference.len())
            .filter(|&a| self.expected[a] > 0.0)
            .collect();
        if counted.len() < 2 {
            return Err(EstimateError::TooFewGroups {
                found: counted.len(),
                needed: 2,
            });
        }
        let (statistic, df) = chi_squared_form(&difference, &self.variance, &counted)?;
        Ok(GroupTest {
            statistic,
            df,
            p_value: ChiSquared::new(statistic, df).p_value,
            observed: self.observed,
            expected: self.expected,
            variance: self.variance,
        })
    }
}
