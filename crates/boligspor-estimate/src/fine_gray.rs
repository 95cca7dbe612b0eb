//! Fine and Gray's regression for one of several competing causes.
//!
//! A cause-specific hazard ratio does not say which group ends up with more
//! events of that cause, because other causes take people away first. The
//! subdistribution hazard does: its ratio orders the cumulative incidences. Those
//! who had another cause stay in the risk set with a weight that falls as they
//! would have been censored (and rises as they would have entered late).
//!
//! Nobody is split into rows per censoring time: the falling weight is a product
//! of a person's and a time's factor, so that the weighted risk sets are prefix
//! sums and the fit stays linear in people.
//!
//! ```
//! use boligspor_estimate::fine_gray::{FineGrayData, FineGrayOptions, fine_gray};
//! let data = FineGrayData {
//!     time: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
//!     cause: &[1, 2, 1, 0, 1, 2], // 0: censored
//!     of: 1,
//!     covariates: &[&[0.3, 0.1, 0.9, 0.5, 0.2, 0.4]],
//!     ..FineGrayData::default()
//! };
//! let fit = fine_gray(&data, &FineGrayOptions::default())?;
//! assert!(fit.terms[0].coef.is_finite());
//! # Ok::<(), boligspor_estimate::EstimateError>(())
//! ```
//!
//! Sources: Fine & Gray (1999), *JASA* 94, 496–509; weights and delayed entry by
//! Geskus (2011), *Biometrics* 67, 39–49.

use serde::{Deserialize, Serialize};

use crate::chi_squared::ChiSquared;
use crate::cox::{CoxData, CoxFit, CoxOptions, PhTest, Term, Ties, TimeTransform, fit_rows};
use crate::cox_likelihood::Profile;
use crate::cox_rows::Rows;
use crate::error::{EstimateError, Result, same_length};
use crate::fit_warning::FitWarning;
use crate::interval::{ConfType, Interval};
use crate::linear::{add_outer, fill_upper, sandwich};

/// What the caller passes, on borrowed columns of one length.
#[derive(Debug, Clone, Copy, Default)]
pub struct FineGrayData<'a> {
    /// Time of the event or of the end of observation.
    pub time: &'a [f64],
    /// The cause of the event at `time`; 0 if censored.
    pub cause: &'a [u32],
    /// The cause of interest.
    pub of: u32,
    /// One slice per covariate.
    pub covariates: &'a [&'a [f64]],
    /// Start of observation. From the beginning if absent.
    pub entry: Option<&'a [f64]>,
    /// Case weights, zero or more.
    pub weights: Option<&'a [f64]>,
    /// Strata with baselines of their own. The censoring is taken to be alike.
    pub strata: Option<&'a [u32]>,
    /// Clusters for the robust errors. Pass the row or person number to have
    /// them by person, which is right. If absent they are those R prints on the
    /// data of `finegray`: the pieces into which changing weights split a person
    /// count as people of their own, and errors come out a few per cent small.
    pub cluster: Option<&'a [u32]>,
}

/// Whose conventions to follow where two authorities differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FineGrayConvention {
    /// R survival's `finegray` with `coxph`: at one time events come before
    /// censoring, also for the distribution of censoring; errors are robust and
    /// take the weights as known (see [`FineGrayData::cluster`]).
    #[default]
    Weighted,
    /// R cmprsk's `crr`, after the original paper: the distribution of censoring
    /// counts tied events as at risk of it, ties are Breslow's, and errors
    /// include that the distribution was estimated. Takes neither weights,
    /// strata, clusters nor delayed entry.
    Original,
}

/// Choices of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FineGrayOptions {
    /// Tied events: Efron's or Breslow's (always Breslow's under
    /// [`FineGrayConvention::Original`]).
    pub ties: Ties,
    /// Whose conventions to follow.
    pub convention: FineGrayConvention,
    /// Confidence level of the terms' intervals.
    pub level: f64,
    /// Most Newton steps taken.
    pub max_iterations: usize,
    /// The relative change of the log-likelihood that ends the iteration.
    pub tolerance: f64,
}

impl Default for FineGrayOptions {
    fn default() -> Self {
        let CoxOptions {
            ties,
            level,
            max_iterations,
            tolerance,
            ..
        } = CoxOptions::default();
        Self {
            ties,
            convention: FineGrayConvention::default(),
            level,
            max_iterations,
            tolerance,
        }
    }
}

/// A fitted subdistribution hazard.
#[derive(Debug, Clone)]
pub struct FineGrayFit {
    /// One per column: log subdistribution hazard ratios.
    pub terms: Vec<Term>,
    /// Log of the weighted partial likelihood at the estimate.
    pub log_likelihood: f64,
    /// The same with all coefficients zero.
    pub null_log_likelihood: f64,
    /// Score test of all coefficients, model-based.
    pub score_test: ChiSquared,
    /// Wald test of all coefficients, robust.
    pub wald_test: ChiSquared,
    /// Newton steps taken.
    pub iterations: usize,
    /// What the reader must know.
    pub warnings: Vec<FitWarning>,
    /// Rows of positive weight.
    pub rows: usize,
    /// Events of the cause of interest.
    pub events: usize,
    model: CoxFit,
}

/// The predicted cumulative incidence of one person in one stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedIncidence {
    /// The caller's code of the stratum (0 if there are none).
    pub stratum: u32,
    /// Times of events of the cause, ascending.
    pub time: Vec<f64>,
    /// Cumulative incidence.
    pub incidence: Vec<f64>,
    /// Its standard error.
    pub std_error: Vec<f64>,
    /// Lower end of its interval.
    pub low: Vec<f64>,
    /// Upper end of its interval.
    pub high: Vec<f64>,
}

/// Fits the subdistribution hazard of the cause `data.of`.
///
/// # Errors
/// As [`cox`](crate::cox::cox); a cause that does not occur, exact ties, or what
/// the chosen convention cannot take.
pub fn fine_gray(data: &FineGrayData, options: &FineGrayOptions) -> Result<FineGrayFit> {
    same_length("cause", data.cause.len(), "time", data.time.len())?;
    if options.ties == Ties::Exact {
        return Err(EstimateError::OutOfRange {
            argument: "ties",
            requirement: "weighted risk sets take Efron's or Breslow's ties",
        });
    }
    if data.of == 0 || (!data.cause.is_empty() && !data.cause.contains(&data.of)) {
        return Err(EstimateError::UnknownCause);
    }
    let original = options.convention == FineGrayConvention::Original;
    let plain = data.entry.is_none()
        && data.weights.is_none()
        && data.strata.is_none()
        && data.cluster.is_none();
    if original && !plain {
        return Err(EstimateError::OutOfRange {
            argument: "convention",
            requirement: "the original takes no entry, weights, strata or clusters; use the weighted one",
        });
    }

    let event: Vec<bool> = data.cause.iter().map(|c| *c == data.of).collect();
    let mut rows = Rows::new(&CoxData {
        time: data.time,
        event: &event,
        covariates: data.covariates,
        entry: data.entry,
        weights: data.weights,
        strata: data.strata,
        cluster: None,
        offset: None,
    })?;
    let observation = Observation::new(&rows, data.cause, original);
    rows.tail_scale = rows.times.iter().map(|t| observation.at(*t)).collect();
    rows.tail = (0..rows.n())
        .map(|k| {
            let cause = data.cause[rows.source[k] as usize];
            if cause == 0 || cause == data.of {
                0.0
            } else {
                1.0 / observation.at(rows.time[k])
            }
        })
        .collect();

    let cox_options = CoxOptions {
        ties: if original {
            Ties::Breslow
        } else {
            options.ties
        },
        level: options.level,
        max_iterations: options.max_iterations,
        tolerance: options.tolerance,
        ..CoxOptions::default()
    };
    crate::error::valid_level(options.level)?;
    let mut model = fit_rows(rows, &cox_options, true, |i| data.cluster.map(|c| c[i]))?;
    if original {
        let covariance = original_covariance(&model, data.cause, &observation);
        model.replace_covariance(covariance)?;
    } else if data.cluster.is_none() {
        let covariance = split_covariance(&model);
        model.replace_covariance(covariance)?;
    }
    Ok(FineGrayFit {
        terms: model.terms.clone(),
        log_likelihood: model.log_likelihood,
        null_log_likelihood: model.null_log_likelihood,
        score_test: model.score_test,
        wald_test: model.wald_test,
        iterations: model.iterations,
        warnings: model.warnings.clone(),
        rows: model.rows,
        events: model.events,
        model,
    })
}

impl FineGrayFit {
    /// Covariance of the coefficients, row-major.
    pub fn covariance(&self) -> Vec<f64> {
        self.model.covariance()
    }

    /// The cumulative incidence of a person with covariates `at`, in each stratum:
    /// `1 - exp(-H(t)·exp(at·β))`, with an interval on the scale `conf_type`.
    ///
    /// # Errors
    /// A number of covariates other than the fit's, or one that is not finite.
    pub fn incidence(&self, at: &[f64], conf_type: ConfType) -> Result<Vec<PredictedIncidence>> {
        let turned = self.model.curves(at, conf_type)?.into_iter().map(|curve| {
            // The interval of one minus the incidence, turned over.
            let (low, high): (Vec<f64>, Vec<f64>) = curve
                .low
                .iter()
                .zip(&curve.high)
                .map(|(l, h)| Interval {
                    low: 1.0 - h,
                    high: 1.0 - l,
                })
                .map(|i| (i.low, i.high))
                .unzip();
            PredictedIncidence {
                stratum: curve.stratum,
                time: curve.time,
                incidence: curve
                    .cumulative_hazard
                    .iter()
                    .map(|h| -(-h).exp_m1())
                    .collect(),
                std_error: curve.std_error,
                low,
                high,
            }
        });
        Ok(turned.collect())
    }

    /// Tests whether the coefficients are constant in time, as
    /// [`CoxFit::ph_test`].
    ///
    /// # Errors
    /// As there.
    pub fn ph_test(&self, transform: TimeTransform, terms: Option<&[&[usize]]>) -> Result<PhTest> {
        self.model.ph_test(transform, terms)
    }
}

/// The chance of still being observable: not yet censored and already entered,
/// up to a constant, just before each time anyone enters or leaves.
struct Observation {
    times: Vec<f64>,
    before: Vec<f64>,
    /// Weight censored at each time, and at risk of it.
    censored: Vec<f64>,
    at_risk: Vec<f64>,
}

impl Observation {
    /// Product-limit in one ascending pass. At one time events come first, then
    /// censoring, then entry; with `together`, events count as at risk of
    /// censoring at their own time.
    fn new(rows: &Rows, cause: &[u32], together: bool) -> Self {
        let mut moments: Vec<(f64, f64, f64, f64)> = Vec::with_capacity(2 * rows.n());
        let mut present = 0.0;
        for k in 0..rows.n() {
            let w = rows.weight[k];
            let censored = cause[rows.source[k] as usize] == 0;
            moments.push(if censored {
                (rows.time[k], 0.0, w, 0.0)
            } else {
                (rows.time[k], w, 0.0, 0.0)
            });
            if rows.entry[k] > f64::NEG_INFINITY {
                moments.push((rows.entry[k], 0.0, 0.0, w));
            } else {
                present += w;
            }
        }
        moments.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut found = Self {
            times: vec![],
            before: vec![],
            censored: vec![],
            at_risk: vec![],
        };
        let mut chance = 1.0;
        for group in moments.chunk_by(|a, b| a.0 == b.0) {
            let (mut events, mut censored, mut entering) = (0.0, 0.0, 0.0);
            for (_, event, censor, enter) in group {
                events += event;
                censored += censor;
                entering += enter;
            }
            let at_risk = if together { present } else { present - events };
            found.times.push(group[0].0);
            found.before.push(chance);
            found.censored.push(censored);
            found.at_risk.push(at_risk);
            if censored > 0.0 {
                chance *= ((at_risk - censored) / at_risk).max(0.0);
            }
            let stayed = present - events - censored;
            // Where nobody stayed there is nothing to compare entrants with.
            if entering > 0.0 && stayed > 1e-12 * present.max(entering) {
                chance *= (stayed + entering) / stayed;
            }
            present = stayed + entering;
        }
        found
    }

    /// Just before `t`, one of the times of the data.
    fn at(&self, t: f64) -> f64 {
        self.before[self.times.partition_point(|u| *u < t)]
    }
}

/// The sandwich over the pieces into which changing weights split people, on the
/// scaled columns.
///
/// A piece is a run of event times of one weight. What a person's pieces add is
/// quadratic in the person's covariates, so that sums over the pieces still to
/// come serve everyone and nobody is split.
fn split_covariance(model: &CoxFit) -> Vec<f64> {
    let rows = &model.data;
    let (m, p) = (rows.times.len(), rows.p);
    let profile = Profile::new(rows, &model.beta, model.baseline_ties());
    let mut pulls = model.scaled_score_residuals();

    // Hazard, and hazard times mean covariates, before each event time.
    let width = p + 1;
    let prefix = |scale: &dyn Fn(usize) -> f64| {
        let mut before = vec![0.0; (m + 1) * width];
        for j in 0..m {
            for c in 0..width {
                let met = if c == 0 {
                    profile.sums[j].h
                } else {
                    profile.hazard_mean(j, p, c - 1)
                };
                before[(j + 1) * width + c] = before[j * width + c] + scale(j) * met;
            }
        }
        before
    };
    let before = prefix(&|_| 1.0);
    let weighted = prefix(&|j| rows.tail_scale[j]);
    let between = |from: usize, to: usize| -> Vec<f64> {
        (0..width)
            .map(|c| before[to * width + c] - before[from * width + c])
            .collect()
    };
    // For each event time that begins a piece, Σ v·vᵀ over this piece and those
    // after it in the stratum, with v = weight·(hazard, hazard times means).
    let mut to_come = vec![0.0; (m + 1) * width * width];
    let mut piece_end = vec![0; m];
    for s in 0..rows.codes.len() {
        let last = rows.strata[s + 1];
        let mut end = last;
        for j in (rows.strata[s]..last).rev() {
            piece_end[j] = end;
            if j == rows.strata[s] || rows.tail_scale[j - 1] != rows.tail_scale[j] {
                if end < last {
                    to_come.copy_within(
                        end * width * width..(end + 1) * width * width,
                        j * width * width,
                    );
                }
                let square = rows.tail_scale[j].powi(2);
                let sums = &mut to_come[j * width * width..(j + 1) * width * width];
                add_outer(sums, square, &between(j, end));
                end = j;
            }
        }
    }

    let mut meat = vec![0.0; p * p];
    for k in 0..rows.n() {
        let pull = &mut pulls[k * p..(k + 1) * p];
        let (end, last) = (rows.end[k] as usize, rows.stratum_end(k));
        if rows.tail[k] > 0.0 && end < last {
            let x = rows.row(k);
            let a = rows.tail[k] * profile.risk[k];
            // A piece that goes on with the weight the person left with is still
            // part of the row before the competing event.
            let same = (rows.tail_scale[end] * rows.tail[k] - 1.0).abs() < 1e-12;
            let start = if same { piece_end[end] } else { end };
            // What `start` and after pulled is taken out, to be put back squared
            // piece by piece.
            let weighted = |c: usize| weighted[last * width + c] - weighted[start * width + c];
            for c in 0..p {
                pull[c] += a * (x[c] * weighted(0) - weighted(1 + c));
            }
            if start < last {
                let sums = &to_come[start * width * width..(start + 1) * width * width];
                for i in 0..p {
                    for l in 0..=i {
                        let quadratic = x[i] * x[l] * sums[0]
                            - x[i] * sums[(1 + l) * width]
                            - x[l] * sums[(1 + i) * width]
                            + sums[(1 + i) * width + 1 + l];
                        meat[i * p + l] += a * a * quadratic;
                    }
                }
            }
        }
        add_outer(&mut meat, 1.0, pull);
    }
    fill_upper(&mut meat, p);
    sandwich(&model.scaled_naive, &meat, p)
}

/// Fine and Gray's covariance, with the pull of every person on the estimated
/// distribution of censoring (their equations 7 and 8); on the scaled columns.
fn original_covariance(model: &CoxFit, cause: &[u32], observation: &Observation) -> Vec<f64> {
    let rows = &model.data;
    let (m, p) = (rows.times.len(), rows.p);
    let profile = Profile::new(rows, &model.beta, Ties::Breslow);
    let mut pulls = model.scaled_score_residuals();

    // By censoring time u: those whose competing event came before u, and the
    // weighted hazard from u on, give q(u) of the paper.
    let mut to_come = vec![0.0; (m + 1) * (p + 1)];
    for j in (0..m).rev() {
        let g = rows.tail_scale[j];
        to_come[j * (p + 1)] = to_come[(j + 1) * (p + 1)] + g * profile.sums[j].h;
        for c in 0..p {
            let next = to_come[(j + 1) * (p + 1) + 1 + c];
            to_come[j * (p + 1) + 1 + c] = next + g * profile.hazard_mean(j, p, c);
        }
    }
    let mut competing: Vec<usize> = (0..rows.n()).filter(|&k| rows.tail[k] > 0.0).collect();
    competing.sort_by(|a, b| rows.time[*a].total_cmp(&rows.time[*b]));
    let mut competing = competing.into_iter().peekable();
    let mut gone = vec![0.0; p + 1];
    // ratio[u] = q(u)/π(u); compensator[u] = Σ_{v <= u} q(v)·c(v)/π(v)².
    let count = observation.times.len();
    let mut ratio = vec![0.0; count * p];
    let mut compensator = vec![0.0; (count + 1) * p];
    for u in 0..count {
        let t = observation.times[u];
        while let Some(k) = competing.next_if(|&k| rows.time[k] < t) {
            let a = rows.tail[k] * profile.risk[k];
            gone[0] += a;
            for (s, x) in gone[1..].iter_mut().zip(rows.row(k)) {
                *s += a * x;
            }
        }
        let next = rows.times.partition_point(|e| *e < t);
        let ahead = &to_come[next * (p + 1)..(next + 1) * (p + 1)];
        for c in 0..p {
            let q = gone[1 + c] * ahead[0] - gone[0] * ahead[1 + c];
            if observation.censored[u] > 0.0 {
                ratio[u * p + c] = q / observation.at_risk[u];
            }
            compensator[(u + 1) * p + c] = compensator[u * p + c]
                + ratio[u * p + c] * observation.censored[u]
                    / observation.at_risk[u].max(f64::MIN_POSITIVE);
        }
    }
    for k in 0..rows.n() {
        let u = observation.times.partition_point(|v| *v < rows.time[k]);
        let censored = cause[rows.source[k] as usize] == 0;
        for c in 0..p {
            let own = if censored { ratio[u * p + c] } else { 0.0 };
            pulls[k * p + c] += own - compensator[(u + 1) * p + c];
        }
    }

    let mut meat = vec![0.0; p * p];
    for pull in pulls.chunks_exact(p.max(1)) {
        add_outer(&mut meat, 1.0, pull);
    }
    fill_upper(&mut meat, p);
    sandwich(&model.scaled_naive, &meat, p)
}

#[cfg(test)]
mod tests;
