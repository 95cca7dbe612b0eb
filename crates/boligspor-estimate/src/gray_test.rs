//! Do cumulative incidences differ? Gray's test.
//!
//! The log-rank test compares cause-specific hazards; a group can have the
//! higher hazard of returning and yet fewer returns, because more of it dies.
//! Gray's test compares the incidences themselves.
//!
//! Source: Gray (1988), *Annals of Statistics* 16, 1141–1154. The variance is
//! derived from its martingale form, with tied events counted without
//! replacement; it agrees with the cmprsk package.

use crate::chi_squared::ChiSquared;
use crate::error::{EstimateError, Result, same_length};
use crate::linear_form::chi_squared_form;
use crate::log_rank::{GroupTest, TestOptions, dense};
use crate::slots::Slots;

/// Tests whether the cumulative incidence of cause `of` is equal across groups
/// `0..`; `cause` is 0 where censored.
///
/// `rho` of the options weights by the pooled `(1 - F(t-))^rho`; late entry is
/// not part of the method. `observed` are the (weighted) events of the cause,
/// `expected` those under equality.
///
/// # Errors
/// Columns of different length, no rows, times that are not finite, late entry,
/// a cause without events, fewer than two groups.
///
/// ```
/// use boligspor_estimate::{TestOptions, gray_test};
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// let cause = [1, 2, 1, 0, 2, 1, 0, 2];
/// let group = [0, 0, 0, 0, 1, 1, 1, 1];
/// let test = gray_test(&time, &cause, &group, 1, &TestOptions::default())?;
/// assert_eq!(test.df, 1);
/// assert!(test.statistic > 0.0 && test.p_value < 1.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn gray_test(
    duration: &[f64],
    cause: &[u32],
    group: &[u32],
    of: u32,
    options: &TestOptions,
) -> Result<GroupTest> {
    let n = duration.len();
    if n == 0 {
        return Err(EstimateError::Empty {
            argument: "duration",
        });
    }
    same_length("cause", cause.len(), "duration", n)?;
    same_length("group", group.len(), "duration", n)?;
    if options.entry.is_some() {
        return Err(EstimateError::OutOfRange {
            argument: "entry",
            requirement: "absent: the test is not defined for late entry",
        });
    }
    if of == 0 || !cause.contains(&of) {
        return Err(EstimateError::UnknownCause);
    }
    if !options.rho.is_finite() {
        return Err(EstimateError::NotFinite {
            argument: "rho",
            rows: 1,
        });
    }
    let groups = dense("group", group, n)?;
    let strata = match options.strata {
        None => 1,
        Some(strata) => {
            same_length("strata", strata.len(), "duration", n)?;
            dense("strata", strata, n)?
        }
    };
    let slots = Slots::new(&[("duration", duration)], options.tolerance)?;
    let mut rows_of: Vec<Vec<u32>> = vec![Vec::new(); strata];
    for row in 0..n {
        rows_of[options.strata.map_or(0, |s| s[row] as usize)].push(row as u32);
    }
    let mut total = Score::new(groups);
    for rows in rows_of {
        let mut counts = vec![[0_u32; 3]; slots.len() * groups];
        for row in rows {
            let row = row as usize;
            let cell = slots.slot(duration[row]) * groups + group[row] as usize;
            let kind = match cause[row] {
                0 => 0,
                c if c == of => OWN,
                _ => OTHER,
            };
            counts[cell][kind] += 1;
        }
        total.add(&Score::of_stratum(&counts, groups, options.rho));
    }
    let counted: Vec<usize> = (0..groups).filter(|&g| total.expected[g] > 0.0).collect();
    if counted.len() < 2 {
        return Err(EstimateError::TooFewGroups {
            found: counted.len(),
            needed: 2,
        });
    }
    let difference: Vec<f64> = total
        .observed
        .iter()
        .zip(&total.expected)
        .map(|(o, e)| o - e)
        .collect();
    let (statistic, df) = chi_squared_form(&difference, &total.variance, &counted)?;
    Ok(GroupTest {
        statistic,
        df,
        p_value: ChiSquared::new(statistic, df).p_value,
        observed: total.observed,
        expected: total.expected,
        variance: total.variance,
    })
}

const OWN: usize = 1;
const OTHER: usize = 2;

struct Score {
    observed: Vec<f64>,
    expected: Vec<f64>,
    variance: Vec<f64>,
}

impl Score {
    fn new(groups: usize) -> Self {
        Self {
            observed: vec![0.0; groups],
            expected: vec![0.0; groups],
            variance: vec![0.0; groups * groups],
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.observed, &other.observed);
        add(&mut self.expected, &other.expected);
        add(&mut self.variance, &other.variance);
    }

    /// One pass over time. With `S_k`, `F_k` the survival and incidence of group
    /// `k`, `Y_k` its number at risk and `h_k = Y_k/S_k(t-)`, the pooled
    /// incidence has increments `dN/h`, and the score of group `i` is
    /// `Σ K (dN_i - dN R_i/R)`, `R_k = h_k (1 - F_k(t-))`, `K = (1 - F(t-))^rho`.
    ///
    /// Its martingale form sums, over groups `k` and with
    /// `a_ik = K h_i (δ_ik - h_k/h)`, `c_ik = ∫ a_ik dF/(1 - F)` and
    /// `u = (1 - F)/S_k`, the terms
    /// `(S_k/Y_k) {a_ik + (1 - u)(c_ik(∞) - c_ik)} dM_k` of this cause and
    /// `-(S_k/Y_k) u (c_ik(∞) - c_ik) dM'_k` of the others. As `c(∞)` is known
    /// only at the end, the squares are kept expanded in it.
    fn of_stratum(counts: &[[u32; 3]], g: usize, rho: f64) -> Self {
        let mut score = Self::new(g);
        let mut at_risk = vec![0.0; g];
        for cells in counts.chunks_exact(g) {
            for (y, cell) in at_risk.iter_mut().zip(cells) {
                *y += f64::from(cell.iter().sum::<u32>());
            }
        }
        let (mut survival, mut incidence) = (vec![1.0; g], vec![0.0; g]);
        let mut pooled = 0.0_f64;
        let mut c = vec![0.0; g * g];
        // Per group k: Σ v a_i a_j, Σ v a_i b and Σ v b², for pulls a_i + b c_ik(∞).
        let mut constant = vec![0.0; g * g];
        let mut linear = vec![0.0; g * g];
        let mut square = vec![0.0; g];
        for cells in counts.chunks_exact(g) {
            let own: f64 = cells.iter().map(|cell| f64::from(cell[OWN])).sum();
            let failing: f64 = own + cells.iter().map(|cell| f64::from(cell[OTHER])).sum::<f64>();
            if failing > 0.0 {
                let before = survival.clone();
                let live = |k: usize| at_risk[k] > 0.0;
                let h: Vec<f64> = (0..g)
                    .map(|k| if live(k) { at_risk[k] / before[k] } else { 0.0 })
                    .collect();
                let h_all: f64 = h.iter().sum();
                let weight = (1.0 - pooled).powf(rho);
                let risk: Vec<f64> = (0..g).map(|k| h[k] * (1.0 - incidence[k])).collect();
                let risk_all: f64 = risk.iter().sum();
                let next = pooled + own / h_all;
                let mut a = vec![0.0; g * g];
                for i in 0..g {
                    score.observed[i] += weight * f64::from(cells[i][OWN]);
                    score.expected[i] += weight * own * risk[i] / risk_all;
                    for k in 0..g {
                        let same = f64::from(u8::from(i == k));
                        a[i * g + k] = weight * h[i] * (same - h[k] / h_all);
                        c[i * g + k] += a[i * g + k] * own / (h_all * (1.0 - pooled));
                    }
                }
                for k in (0..g).filter(|&k| live(k)) {
                    let (d, other) = (f64::from(cells[k][OWN]), f64::from(cells[k][OTHER]));
                    incidence[k] += before[k] * d / at_risk[k];
                    survival[k] = before[k] * (at_risk[k] - d - other) / at_risk[k];
                    let u = if survival[k] > 0.0 {
                        (1.0 - next) / survival[k]
                    } else {
                        0.0
                    };
                    let mut pull = |b: f64, from_a: f64, variance: f64| {
                        for i in 0..g {
                            let fixed = |i: usize| from_a * a[i * g + k] - b * c[i * g + k];
                            linear[i * g + k] += variance * b * fixed(i);
                            for j in 0..g {
                                constant[i * g + j] += variance * fixed(i) * fixed(j);
                            }
                        }
                        square[k] += variance * b * b;
                    };
                    if own > 0.0 {
                        let untied = if own > 1.0 {
                            1.0 - (own - 1.0) / (h_all * before[k] - 1.0)
                        } else {
                            1.0
                        };
                        pull(
                            1.0 - u,
                            1.0,
                            untied * before[k] * own / (h_all * at_risk[k]),
                        );
                    }
                    if other > 0.0 {
                        let untied = if other > 1.0 {
                            1.0 - (other - 1.0) / (at_risk[k] - 1.0)
                        } else {
                            1.0
                        };
                        pull(-u, 0.0, untied * (before[k] / at_risk[k]).powi(2) * other);
                    }
                }
                pooled = next;
            }
            for (y, cell) in at_risk.iter_mut().zip(cells) {
                *y -= f64::from(cell.iter().sum::<u32>());
            }
        }
        for i in 0..g {
            for j in 0..g {
                let expanded = (0..g).map(|k| {
                    let (ci, cj) = (c[i * g + k], c[j * g + k]);
                    ci * cj * square[k] + ci * linear[j * g + k] + cj * linear[i * g + k]
                });
                score.variance[i * g + j] = constant[i * g + j] + expanded.sum::<f64>();
            }
        }
        score
    }
}
