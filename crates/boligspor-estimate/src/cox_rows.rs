//! The rows of a proportional-hazards model, arranged so that every later pass
//! is linear.
//!
//! Whatever the model needs is a sum over those at risk at an event time. Rows
//! are therefore indexed once by the event times they live through: `first..end`
//! within their stratum. Ordering rows by `end` turns the sums of all risk sets
//! into one backward sweep, and delayed entry into a second list of rows to take
//! out again. Nothing after this needs a time or a sort.

use crate::error::{EstimateError, Result, all_finite, same_length, valid_weights};

/// What the caller passes, on borrowed columns of one length.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoxData<'a> {
    /// Time of the event or of the end of observation.
    pub time: &'a [f64],
    /// Whether the event happened at `time`.
    pub event: &'a [bool],
    /// One slice per covariate; numbers only, categories as 0/1 columns.
    pub covariates: &'a [&'a [f64]],
    /// Start of observation: the row is at risk on `(entry, time]`. From the
    /// beginning if absent.
    pub entry: Option<&'a [f64]>,
    /// Case weights, zero or more. Rows of weight zero take no part.
    pub weights: Option<&'a [f64]>,
    /// Stratum of each row: each has a baseline hazard of its own.
    pub strata: Option<&'a [u32]>,
    /// Cluster of each row, for example the person where one has several rows.
    /// Asks for clustered standard errors.
    pub cluster: Option<&'a [u32]>,
    /// A term with coefficient 1.
    pub offset: Option<&'a [f64]>,
}

impl CoxData<'_> {
    pub(crate) fn validate(&self) -> Result<()> {
        let n = self.time.len();
        if n == 0 {
            return Err(EstimateError::Empty { argument: "time" });
        }
        same_length("event", self.event.len(), "time", n)?;
        all_finite("time", self.time)?;
        for column in self.covariates {
            same_length("covariates", column.len(), "time", n)?;
            all_finite("covariates", column)?;
        }
        if let Some(entry) = self.entry {
            same_length("entry", entry.len(), "time", n)?;
            all_finite("entry", entry)?;
        }
        if let Some(weights) = self.weights {
            same_length("weights", weights.len(), "time", n)?;
            valid_weights("weights", weights)?;
        }
        for (name, codes) in [("strata", self.strata), ("cluster", self.cluster)] {
            if let Some(codes) = codes {
                same_length(name, codes.len(), "time", n)?;
            }
        }
        if let Some(offset) = self.offset {
            same_length("offset", offset.len(), "time", n)?;
            all_finite("offset", offset)?;
        }
        Ok(())
    }
}

/// The rows in working order, with the event times they are at risk at.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// Number of columns.
    pub(crate) p: usize,
    /// Covariates, row-major, centred and scaled.
    pub(crate) x: Vec<f64>,
    /// Weighted mean of each column.
    pub(crate) centre: Vec<f64>,
    /// What each column was divided by.
    pub(crate) scale: Vec<f64>,
    /// Case weight.
    pub(crate) weight: Vec<f64>,
    /// Offset, centred.
    pub(crate) offset: Vec<f64>,
    /// What the offset was centred by.
    pub(crate) offset_centre: f64,
    /// End of observation.
    pub(crate) time: Vec<f64>,
    /// Start of observation, minus infinity if from the beginning.
    pub(crate) entry: Vec<f64>,
    /// Row number in the input.
    pub(crate) source: Vec<u32>,
    /// Stratum (dense) of each row.
    pub(crate) stratum: Vec<u32>,
    /// Cluster of each row, where rows are not independent.
    pub(crate) cluster: Option<Vec<u32>>,
    /// First event time (index) at which the row is at risk.
    pub(crate) first: Vec<u32>,
    /// One past the last such event time.
    pub(crate) end: Vec<u32>,
    /// Event times of all strata, one stratum after the other.
    pub(crate) times: Vec<f64>,
    /// Rows `start[j]..start[j + 1]` leave at event time `j`, events first.
    start: Vec<u32>,
    /// How many of those have the event.
    pub(crate) deaths: Vec<u32>,
    /// Their summed weight.
    pub(crate) death_weight: Vec<f64>,
    /// Event times `strata[s]..strata[s + 1]` belong to stratum `s`.
    pub(crate) strata: Vec<usize>,
    /// The caller's code of each stratum.
    pub(crate) codes: Vec<u32>,
    /// Rows by `first`, only those that enter after an event time of theirs.
    late: Vec<u32>,
    /// Rows `late[late_start[j]..late_start[j + 1]]` have `first == j`.
    late_start: Vec<u32>,
    /// After the competing event: what a row weighs per unit of `tail_scale`.
    pub(crate) tail: Vec<f64>,
    /// The decaying weight of those rows at each event time; empty if none.
    pub(crate) tail_scale: Vec<f64>,
}

/// The sums over those at risk at one event time.
pub(crate) struct AtRisk<'a> {
    /// Index of the event time.
    pub(crate) j: usize,
    /// Σ w·r over the risk set.
    pub(crate) s0: f64,
    /// Σ w·r·x over the risk set.
    pub(crate) s1: &'a [f64],
    /// Σ w·r over those with the event.
    pub(crate) d0: f64,
    /// Σ w·r·x over those with the event.
    pub(crate) d1: &'a [f64],
}

impl Rows {
    /// Arranges validated data. Rows of weight zero are left out.
    pub(crate) fn new(data: &CoxData) -> Result<Self> {
        data.validate()?;
        let n = data.time.len();
        let (time, entry) = snapped(data.time, data.entry);
        if let Some(entry) = &entry {
            let rows = entry
                .iter()
                .zip(time.iter())
                .filter(|(e, t)| e >= t)
                .count();
            if rows > 0 {
                return Err(EstimateError::EntryNotBeforeExit { rows });
            }
        }
        let weight = |i: usize| data.weights.map_or(1.0, |w| w[i]);
        let (codes, stratum) = dense(data.strata, n);

        let mut events: Vec<(u32, f64)> = (0..n)
            .filter(|&i| data.event[i] && weight(i) > 0.0)
            .map(|i| (stratum(i), time[i]))
            .collect();
        events.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        events.dedup();
        let mut strata = vec![0; codes.len() + 1];
        for s in 0..codes.len() {
            strata[s + 1] = events.partition_point(|e| e.0 <= s as u32);
        }
        let times: Vec<f64> = events.into_iter().map(|e| e.1).collect();
        let m = times.len();

        // Working order: by the event time left at, events before the others;
        // rows at risk at no event time come last.
        let mut place = vec![(0_u32, 0_u32, 0_u32); n];
        let mut count = vec![0_u32; 2 * m + 2];
        let mut kept = 0;
        for i in 0..n {
            if weight(i) == 0.0 {
                place[i].2 = u32::MAX;
                continue;
            }
            kept += 1;
            let s = stratum(i) as usize;
            let (low, high) = (strata[s], strata[s + 1]);
            let until = |t: f64| low + times[low..high].partition_point(|event| *event <= t);
            let end = until(time[i]);
            let first = entry.as_ref().map_or(low, |entry| until(entry[i]));
            let key = if first < end {
                2 * (end - 1) + usize::from(!data.event[i])
            } else {
                2 * m
            };
            place[i] = (first as u32, end as u32, key as u32);
            count[key + 1] += 1;
        }
        for key in 0..=2 * m {
            count[key + 1] += count[key];
        }
        let start: Vec<u32> = (0..=m).map(|j| count[2 * j]).collect();
        let deaths: Vec<u32> = (0..m).map(|j| count[2 * j + 1] - count[2 * j]).collect();
        let mut source = vec![0_u32; kept];
        for (i, &(_, _, key)) in place.iter().enumerate() {
            if key != u32::MAX {
                source[count[key as usize] as usize] = i as u32;
                count[key as usize] += 1;
            }
        }

        let total: f64 = (0..n).map(weight).sum();
        let p = data.covariates.len();
        let mut x = vec![0.0; kept * p];
        let (mut centre, mut scale) = (vec![0.0; p], vec![1.0; p]);
        for (c, column) in data.covariates.iter().enumerate() {
            let mean = (0..n).map(|i| weight(i) * column[i]).sum::<f64>() / total;
            let spread = (0..n)
                .map(|i| weight(i) * (column[i] - mean).abs())
                .sum::<f64>()
                / total;
            // A constant column is left for the factorisation to find.
            let spread = if spread > 1e-14 * mean.abs() {
                spread
            } else {
                1.0
            };
            (centre[c], scale[c]) = (mean, spread);
            for (k, &i) in source.iter().enumerate() {
                x[k * p + c] = (column[i as usize] - mean) / spread;
            }
        }
        let shift = data.offset.map_or(0.0, |o| {
            (0..n).map(|i| weight(i) * o[i]).sum::<f64>() / total
        });
        let take = |of: &dyn Fn(usize) -> f64| {
            source.iter().map(|&i| of(i as usize)).collect::<Vec<f64>>()
        };
        let first: Vec<u32> = source.iter().map(|&i| place[i as usize].0).collect();
        let end: Vec<u32> = source.iter().map(|&i| place[i as usize].1).collect();
        let row_stratum: Vec<u32> = source.iter().map(|&i| stratum(i as usize)).collect();
        let cluster = data
            .cluster
            .map(|codes| source.iter().map(|&i| codes[i as usize]).collect());
        let weights = take(&weight);
        let death_weight = (0..m)
            .map(|j| {
                weights[start[j] as usize..(start[j] + deaths[j]) as usize]
                    .iter()
                    .sum()
            })
            .collect();

        let mut late_start = vec![0_u32; m + 2];
        let is_late =
            |k: usize| first[k] < end[k] && strata.binary_search(&(first[k] as usize)).is_err();
        let at_risk = start[m] as usize;
        for k in (0..at_risk).filter(|&k| is_late(k)) {
            late_start[first[k] as usize + 1] += 1;
        }
        for j in 0..=m {
            late_start[j + 1] += late_start[j];
        }
        let mut late = vec![0_u32; late_start[m + 1] as usize];
        let mut next = late_start.clone();
        for k in (0..at_risk).filter(|&k| is_late(k)) {
            late[next[first[k] as usize] as usize] = k as u32;
            next[first[k] as usize] += 1;
        }

        Ok(Self {
            p,
            x,
            centre,
            scale,
            weight: weights,
            offset: take(&|i| data.offset.map_or(0.0, |o| o[i] - shift)),
            offset_centre: shift,
            time: take(&|i| time[i]),
            entry: take(&|i| entry.as_ref().map_or(f64::NEG_INFINITY, |e| e[i])),
            source,
            cluster,
            stratum: row_stratum,
            first,
            end,
            times,
            start,
            deaths,
            death_weight,
            strata,
            codes,
            late,
            late_start,
            tail: Vec::new(),
            tail_scale: Vec::new(),
        })
    }

    /// Number of rows of positive weight.
    pub(crate) fn n(&self) -> usize {
        self.source.len()
    }

    /// The covariates of row `k` of the working order.
    pub(crate) fn row(&self, k: usize) -> &[f64] {
        &self.x[k * self.p..(k + 1) * self.p]
    }

    /// The rows with the event at event time `j`.
    pub(crate) fn dying(&self, j: usize) -> std::ops::Range<usize> {
        self.start[j] as usize..(self.start[j] + self.deaths[j]) as usize
    }

    /// The rows whose last event time at risk is `j`.
    pub(crate) fn leaving(&self, j: usize) -> std::ops::Range<usize> {
        self.start[j] as usize..self.start[j + 1] as usize
    }

    /// The rows whose first event time at risk is `j`, if not their stratum's first.
    pub(crate) fn entering(&self, j: usize) -> &[u32] {
        &self.late[self.late_start[j] as usize..self.late_start[j + 1] as usize]
    }

    /// The event time at which row `k` has the event, if it has.
    pub(crate) fn event_of(&self, k: usize) -> Option<usize> {
        let j = (self.end[k] as usize).checked_sub(1)?;
        (self.first[k] < self.end[k] && self.dying(j).contains(&k)).then_some(j)
    }

    /// The stratum that event time `j` belongs to.
    #[cfg(test)]
    pub(crate) fn stratum_of(&self, j: usize) -> usize {
        self.strata.partition_point(|&start| start <= j) - 1
    }

    /// One past the last event time of the stratum of row `k`.
    pub(crate) fn stratum_end(&self, k: usize) -> usize {
        self.strata[self.stratum[k] as usize + 1]
    }

    /// `w·exp(η - max η)` for each row, and `max η`; `beta` on the scaled columns.
    pub(crate) fn risks(&self, beta: &[f64]) -> (Vec<f64>, f64) {
        let mut eta: Vec<f64> = (0..self.n())
            .map(|k| self.offset[k] + crate::linear::dot(self.row(k), beta))
            .collect();
        let largest = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (eta, w) in eta.iter_mut().zip(&self.weight) {
            *eta = w * (*eta - largest).exp();
        }
        (eta, largest)
    }

    /// Visits every event time with its sums over those at risk, each stratum
    /// from its last event time to its first.
    ///
    /// Taking rows out again (delayed entry) would let the rounding error of
    /// large sums pollute small ones, so sums are then kept in two words.
    pub(crate) fn sweep(&self, risk: &[f64], mut visit: impl FnMut(&AtRisk)) {
        if self.late.is_empty() {
            self.sweep_with::<false>(risk, &mut visit);
        } else {
            self.sweep_with::<true>(risk, &mut visit);
        }
    }

    fn sweep_with<const EXACT: bool>(&self, risk: &[f64], visit: &mut impl FnMut(&AtRisk)) {
        let p = self.p;
        let tails = self.tail_sums(risk);
        let mut sums = Sums::new(p);
        let (mut s1, mut d1) = (vec![0.0; p], vec![0.0; p]);
        for s in 0..self.codes.len() {
            sums.clear();
            let mut present = 0_usize;
            for j in (self.strata[s]..self.strata[s + 1]).rev() {
                if EXACT && j + 1 < self.strata[s + 1] {
                    for &k in self.entering(j + 1) {
                        sums.add::<EXACT>(-risk[k as usize], self.row(k as usize));
                        present -= 1;
                    }
                    if present == 0 {
                        sums.clear();
                    }
                }
                let mut d0 = 0.0;
                d1.fill(0.0);
                let dying = self.dying(j);
                for k in self.leaving(j) {
                    sums.add::<EXACT>(risk[k], self.row(k));
                    present += 1;
                    if k < dying.end {
                        d0 += risk[k];
                        for (d, x) in d1.iter_mut().zip(self.row(k)) {
                            *d += risk[k] * x;
                        }
                    }
                }
                let mut s0 = sums.total::<EXACT>(&mut s1);
                if let Some(tails) = &tails {
                    let g = self.tail_scale[j];
                    let tail = &tails[j * (p + 1)..(j + 1) * (p + 1)];
                    s0 += g * tail[0];
                    for (s, t) in s1.iter_mut().zip(&tail[1..]) {
                        *s += g * t;
                    }
                }
                visit(&AtRisk {
                    j,
                    s0,
                    s1: &s1,
                    d0,
                    d1: &d1,
                });
            }
        }
    }

    /// For each event time, Σ a·w·r and Σ a·w·r·x over the rows whose competing
    /// event came before it.
    fn tail_sums(&self, risk: &[f64]) -> Option<Vec<f64>> {
        if self.tail_scale.is_empty() {
            return None;
        }
        let width = self.p + 1;
        let m = self.times.len();
        let mut sums = vec![0.0; m * width];
        for k in (0..self.n()).filter(|&k| self.tail[k] > 0.0) {
            let j = self.end[k] as usize;
            if j < self.stratum_end(k) {
                let a = self.tail[k] * risk[k];
                sums[j * width] += a;
                for (s, x) in sums[j * width + 1..(j + 1) * width]
                    .iter_mut()
                    .zip(self.row(k))
                {
                    *s += a * x;
                }
            }
        }
        for s in 0..self.codes.len() {
            for j in self.strata[s] + 1..self.strata[s + 1] {
                let (before, here) = sums.split_at_mut(j * width);
                for (h, b) in here[..width].iter_mut().zip(&before[(j - 1) * width..]) {
                    *h += b;
                }
            }
        }
        Some(sums)
    }
}

/// Running Σ r and Σ r·x, in one word or two.
struct Sums {
    high: Vec<f64>,
    low: Vec<f64>,
}

impl Sums {
    fn new(p: usize) -> Self {
        Self {
            high: vec![0.0; p + 1],
            low: vec![0.0; p + 1],
        }
    }

    fn clear(&mut self) {
        self.high.fill(0.0);
        self.low.fill(0.0);
    }

    fn add<const EXACT: bool>(&mut self, r: f64, x: &[f64]) {
        if EXACT {
            two_sum(&mut self.high[0], &mut self.low[0], r);
            for ((h, l), x) in self.high[1..].iter_mut().zip(&mut self.low[1..]).zip(x) {
                two_sum(h, l, r * x);
            }
        } else {
            self.high[0] += r;
            for (h, x) in self.high[1..].iter_mut().zip(x) {
                *h += r * x;
            }
        }
    }

    /// Writes Σ r·x to `s1` and returns Σ r.
    fn total<const EXACT: bool>(&self, s1: &mut [f64]) -> f64 {
        for ((s, h), l) in s1.iter_mut().zip(&self.high[1..]).zip(&self.low[1..]) {
            *s = if EXACT { h + l } else { *h };
        }
        if EXACT {
            self.high[0] + self.low[0]
        } else {
            self.high[0]
        }
    }
}

/// Adds `value` to `high + low`, keeping what `high` cannot hold.
///
/// Source: Neumaier (1974), *ZAMM* 54, 39–51.
fn two_sum(high: &mut f64, low: &mut f64, value: f64) {
    let sum = *high + value;
    let kept = sum - *high;
    *low += (*high - (sum - kept)) + (value - kept);
    *high = sum;
}

/// Codes in use, ascending, and the dense index of each row's.
fn dense(codes: Option<&[u32]>, n: usize) -> (Vec<u32>, impl Fn(usize) -> u32) {
    let mut known = codes.map_or_else(|| vec![0], <[u32]>::to_vec);
    known.sort_unstable();
    known.dedup();
    let index: Option<Vec<u32>> = codes.map(|codes| {
        codes
            .iter()
            .map(|c| {
                known
                    .binary_search(c)
                    .expect("every code is among the known ones") as u32
            })
            .collect()
    });
    debug_assert!(index.as_ref().is_none_or(|index| index.len() == n));
    (known, move |i| index.as_ref().map_or(0, |index| index[i]))
}

/// Times with those that differ only by rounding error made equal.
///
/// The rule is R's (`timefix`): neighbours closer than `sqrt(ε)`, absolutely or
/// relative to the mean time, are one time, that of the earliest. Whole numbers
/// need no such care.
fn snapped(time: &[f64], entry: Option<&[f64]>) -> (Vec<f64>, Option<Vec<f64>>) {
    let whole = |values: &[f64]| values.iter().all(|t| t.fract() == 0.0);
    if whole(time) && entry.is_none_or(whole) {
        return (time.to_vec(), entry.map(<[f64]>::to_vec));
    }
    let mut all: Vec<f64> = time.iter().chain(entry.unwrap_or(&[])).copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    let mean = all.iter().map(|t| t.abs()).sum::<f64>() / all.len() as f64;
    let tolerance = f64::EPSILON.sqrt();
    let mut heads: Vec<f64> = Vec::with_capacity(all.len());
    for (i, &t) in all.iter().enumerate() {
        let gap = if i == 0 {
            f64::INFINITY
        } else {
            t - all[i - 1]
        };
        let head = if gap <= tolerance || gap / mean <= tolerance {
            heads[i - 1]
        } else {
            t
        };
        heads.push(head);
    }
    let snap = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .map(|t| heads[all.partition_point(|a| a < t)])
            .collect()
    };
    (snap(time), entry.map(snap))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums over the risk set by definition.
    fn by_definition(data: &CoxData, rows: &Rows, risk: &[f64], j: usize) -> (f64, Vec<f64>) {
        let t = rows.times[j];
        let code = rows.codes[rows.stratum_of(j)];
        let mut sum = (0.0, vec![0.0; rows.p]);
        for (k, r) in risk.iter().enumerate() {
            let i = rows.source[k] as usize;
            let in_stratum = data.strata.is_none_or(|s| s[i] == code);
            if in_stratum && data.time[i] >= t && data.entry.is_none_or(|e| e[i] < t) {
                sum.0 += r;
                for (s, x) in sum.1.iter_mut().zip(rows.row(k)) {
                    *s += r * x;
                }
            }
        }
        sum
    }

    #[test]
    fn every_risk_set_sum_is_that_of_the_definition() {
        let n = 60;
        let time: Vec<f64> = (0..n).map(|i| f64::from(5 + (i * 7) % 13)).collect();
        let entry: Vec<f64> = (0..n).map(|i| f64::from((i * 5) % 11) - 3.0).collect();
        let entry: Vec<f64> = entry
            .iter()
            .zip(&time)
            .map(|(e, t)| e.min(t - 1.0))
            .collect();
        let event: Vec<bool> = (0..n).map(|i| i % 3 != 0).collect();
        let strata: Vec<u32> = (0..n).map(|i| [7, 3, 9][(i % 3) as usize]).collect();
        let weights: Vec<f64> = (0..n).map(|i| f64::from(i % 4)).collect();
        let x: Vec<f64> = (0..n).map(|i| f64::from((i * 31) % 17)).collect();
        let y: Vec<f64> = (0..n).map(|i| f64::from(i % 2)).collect();
        for (entry, strata) in [
            (None, None),
            (Some(&entry[..]), None),
            (Some(&entry[..]), Some(&strata[..])),
            (None, Some(&strata[..])),
        ] {
            let data = CoxData {
                time: &time,
                event: &event,
                covariates: &[&x, &y],
                entry,
                strata,
                weights: Some(&weights),
                ..CoxData::default()
            };
            let rows = Rows::new(&data).unwrap();
            let (risk, _) = rows.risks(&[0.3, -0.7]);
            let mut seen = 0;
            rows.sweep(&risk, |at| {
                let (s0, s1) = by_definition(&data, &rows, &risk, at.j);
                assert!((at.s0 - s0).abs() < 1e-12);
                assert!(at.s1.iter().zip(&s1).all(|(a, b)| (a - b).abs() < 1e-12));
                seen += 1;
            });
            assert_eq!(seen, rows.times.len());
        }
    }

    #[test]
    fn times_that_differ_by_rounding_error_are_tied() {
        let (time, _) = snapped(&[0.1 + 0.2, 0.3, 0.7], None);
        assert_eq!(time[0], time[1]);
        assert_ne!(time[1], time[2]);
    }

    #[test]
    fn entry_at_exit_is_an_error_that_counts_rows() {
        let data = CoxData {
            time: &[2.0, 3.0],
            event: &[true, true],
            entry: Some(&[2.0, 0.0]),
            ..CoxData::default()
        };
        assert_eq!(
            Rows::new(&data).unwrap_err(),
            EstimateError::EntryNotBeforeExit { rows: 1 }
        );
    }
}
