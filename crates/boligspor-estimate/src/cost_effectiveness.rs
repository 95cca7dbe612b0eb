//! What a gain costs: two groups, a cost and an effect of each person.
//!
//! The question of every referee is joint: not whether costs differ and
//! whether effects differ, but how likely it is that the gain is worth its
//! cost, at each price somebody might put on it. That is the acceptability
//! curve, read off the plane of resampled differences.
//!
//! Sources: Stinnett & Mullahy (1998), "Net health benefits", *Medical Decision
//! Making* 18, S68–S80; van Hout, Al, Gordon & Rutten (1994), "Costs, effects
//! and C/E-ratios alongside a clinical trial", *Health Economics* 3, 309–319
//! (acceptability); Briggs, Wonderling & Mooney (1997), "Pulling
//! cost-effectiveness analysis up by its bootstraps", *Health Economics* 6,
//! 327–340.

use crate::bootstrap::{PoissonWeights, percentile_interval};
use crate::error::{EstimateError, Result, all_finite, same_length, valid_level, valid_weights};
use crate::fieller::{RatioSet, fieller_set};
use crate::interval::{Interval, normal_quantile_two_sided};

/// A difference in effect and one in cost: a point of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanePoint {
    /// Treated less control.
    pub effect: f64,
    /// Treated less control.
    pub cost: f64,
}

/// Shares of the plane's replicates by quadrant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadrants {
    /// More effect at more cost: a price is to be weighed.
    pub more_for_more: f64,
    /// More effect at no more cost: dominant.
    pub more_for_less: f64,
    /// No more effect at less cost.
    pub less_for_less: f64,
    /// No more effect at no less cost: dominated.
    pub less_for_more: f64,
}

/// The net benefit at a price of one unit of effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetBenefit {
    /// `price · effect difference − cost difference`.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Its normal interval.
    pub interval: Interval,
    /// Share of replicates in which it is positive: the acceptability curve.
    pub acceptable: f64,
}

/// Two groups' costs and effects compared. Made by [`cost_effectiveness`].
#[derive(Debug, Clone, PartialEq)]
pub struct CostEffectiveness {
    /// The differences in means.
    pub difference: PlanePoint,
    /// Variance of the difference in effect.
    pub effect_variance: f64,
    /// Variance of the difference in cost.
    pub cost_variance: f64,
    /// Covariance of the two differences.
    pub covariance: f64,
    /// Cost difference / effect difference; `None` where the effects are equal.
    pub ratio: Option<f64>,
    /// Fieller's confidence set of the ratio.
    pub fieller: RatioSet,
    /// The percentile bootstrap interval of the ratio; `None` where replicates
    /// of the effect's difference lie on both sides of zero more often than
    /// the level forgives: ratios of either side mean opposite things.
    pub bootstrap: Option<Interval>,
    /// The plane: one point a replicate.
    pub plane: Vec<PlanePoint>,
    /// People in the treated and in the control group.
    pub people: [usize; 2],
    level: f64,
}

/// Weighted sums of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    weight: f64,
    cost: f64,
    effect: f64,
}

impl Sums {
    fn means(self) -> Option<PlanePoint> {
        (self.weight > 0.0).then(|| PlanePoint {
            effect: self.effect / self.weight,
            cost: self.cost / self.weight,
        })
    }
}

/// Compares the mean cost and the mean effect of treated and control people.
///
/// `key` identifies each person in the bootstrap (a hash of their identifier;
/// the row number where it is `None`), so that replicates do not depend on
/// the order of the rows. A cost may be negative.
///
/// # Errors
/// Columns of different length, values that are not finite, a group of fewer
/// than two people, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::cost_effectiveness;
/// // Two days more each for 100 more.
/// let cost = [110.0, 90.0, 100.0, 210.0, 190.0, 200.0];
/// let effect = [4.0, 6.0, 5.0, 7.0, 6.0, 8.0];
/// let treated = [false, false, false, true, true, true];
/// let found = cost_effectiveness(&cost, &effect, &treated, None, 200, 1, 0.95)?;
/// assert!((found.ratio.unwrap() - 50.0).abs() < 1e-9);
/// assert!(found.net_benefit(80.0)?.estimate > 0.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn cost_effectiveness(
    cost: &[f64],
    effect: &[f64],
    treated: &[bool],
    key: Option<&[u64]>,
    replicates: usize,
    seed: u64,
    level: f64,
) -> Result<CostEffectiveness> {
    let data = CostsAndEffects {
        cost,
        effect,
        treated,
        key,
        weights: None,
    };
    weighted_cost_effectiveness(&data, replicates, seed, level)
}

/// Costs and effects of people, with what makes the groups alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct CostsAndEffects<'a> {
    /// The cost of each person.
    pub cost: &'a [f64],
    /// The effect on each person.
    pub effect: &'a [f64],
    /// Whether the person is treated.
    pub treated: &'a [bool],
    /// Who each person is, in the bootstrap; the row number without.
    pub key: Option<&'a [u64]>,
    /// Weights of people, such as of a matched comparison; 1 without. They are
    /// taken as given.
    pub weights: Option<&'a [f64]>,
}

/// As [`cost_effectiveness`], of weighted people; those of weight 0 are left out.
///
/// # Errors
/// As [`cost_effectiveness`], and for weights that are negative or not finite.
pub fn weighted_cost_effectiveness(
    data: &CostsAndEffects<'_>,
    replicates: usize,
    seed: u64,
    level: f64,
) -> Result<CostEffectiveness> {
    let CostsAndEffects {
        cost,
        effect,
        treated,
        key,
        weights,
    } = *data;
    valid_level(level)?;
    same_length("effect", effect.len(), "cost", cost.len())?;
    same_length("treated", treated.len(), "cost", cost.len())?;
    if let Some(key) = key {
        same_length("key", key.len(), "cost", cost.len())?;
    }
    if let Some(weights) = weights {
        same_length("weights", weights.len(), "cost", cost.len())?;
        valid_weights("weights", weights)?;
    }
    all_finite("cost", cost)?;
    all_finite("effect", effect)?;
    let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
    let of = |group: bool| -> Vec<usize> {
        (0..cost.len())
            .filter(|i| treated[*i] == group && weight(*i) > 0.0)
            .collect()
    };
    let groups = [of(true), of(false)];
    if groups.iter().any(|g| g.len() < 2) {
        return Err(EstimateError::Empty {
            argument: "a group of at least two people",
        });
    }
    let moments = groups
        .each_ref()
        .map(|rows| Moments::new(rows, cost, effect, &weight));
    let difference = PlanePoint {
        effect: moments[0].mean.effect - moments[1].mean.effect,
        cost: moments[0].mean.cost - moments[1].mean.cost,
    };
    let sum = |f: fn(&Moments) -> f64| moments.iter().map(f).sum::<f64>();
    let (effect_variance, cost_variance, covariance) =
        (sum(|m| m.effect), sum(|m| m.cost), sum(|m| m.covariance));
    let plane = plane(data, replicates, seed);
    let ratio = (difference.effect != 0.0).then(|| difference.cost / difference.effect);
    let bootstrap = ratio_interval(&plane, difference.effect, level)?;
    Ok(CostEffectiveness {
        difference,
        effect_variance,
        cost_variance,
        covariance,
        ratio,
        fieller: fieller_set(
            difference.cost,
            difference.effect,
            [cost_variance, effect_variance],
            covariance,
            level,
        )?,
        bootstrap,
        plane,
        people: [groups[0].len(), groups[1].len()],
        level,
    })
}

/// Means of a group, and the variances and covariance of these means.
struct Moments {
    mean: PlanePoint,
    effect: f64,
    cost: f64,
    covariance: f64,
}

impl Moments {
    fn new(rows: &[usize], cost: &[f64], effect: &[f64], weight: &dyn Fn(usize) -> f64) -> Self {
        let n = rows.len() as f64;
        let total: f64 = rows.iter().map(|&i| weight(i)).sum();
        let average = |x: &[f64]| rows.iter().map(|&i| weight(i) * x[i]).sum::<f64>() / total;
        let mean = PlanePoint {
            effect: average(effect),
            cost: average(cost),
        };
        let of_means = |x: &[f64], mx: f64, y: &[f64], my: f64| {
            // A ratio of sums over people, linearised; 1/n(n−1) where weights are 1.
            let product = |&i: &usize| weight(i) * weight(i) * (x[i] - mx) * (y[i] - my);
            let sum: f64 = rows.iter().map(product).sum();
            sum / total / total * n / (n - 1.0)
        };
        Self {
            effect: of_means(effect, mean.effect, effect, mean.effect),
            cost: of_means(cost, mean.cost, cost, mean.cost),
            covariance: of_means(cost, mean.cost, effect, mean.effect),
            mean,
        }
    }
}

/// The differences in each replicate in which both groups have somebody.
fn plane(data: &CostsAndEffects<'_>, replicates: usize, seed: u64) -> Vec<PlanePoint> {
    let CostsAndEffects {
        cost,
        effect,
        treated,
        key,
        weights: own,
    } = *data;
    let weights = PoissonWeights::new(seed);
    let mut drawn = vec![0; replicates];
    let mut sums = vec![[Sums::default(); 2]; replicates];
    // By key, so that adding up does not depend on the order of the rows.
    let mut rows: Vec<usize> = (0..cost.len()).collect();
    if let Some(key) = key {
        rows.sort_by_key(|i| key[*i]);
    }
    for i in rows {
        weights.fill(key.map_or(i as u64, |k| k[i]), &mut drawn);
        for (both, &weight) in sums.iter_mut().zip(&drawn) {
            let sum = &mut both[usize::from(!treated[i])];
            let weight = f64::from(weight) * own.map_or(1.0, |w| w[i]);
            sum.weight += weight;
            sum.cost += weight * cost[i];
            sum.effect += weight * effect[i];
        }
    }
    sums.into_iter()
        .filter_map(|[a, b]| {
            let (a, b) = (a.means()?, b.means()?);
            Some(PlanePoint {
                effect: a.effect - b.effect,
                cost: a.cost - b.cost,
            })
        })
        .collect()
}

fn ratio_interval(plane: &[PlanePoint], effect: f64, level: f64) -> Result<Option<Interval>> {
    let other = plane.iter().filter(|p| p.effect * effect <= 0.0).count();
    if plane.len() < 40 || other as f64 > (1.0 - level) / 2.0 * plane.len() as f64 {
        return Ok(None);
    }
    let mut ratios: Vec<f64> = plane
        .iter()
        .filter(|p| p.effect * effect > 0.0)
        .map(|p| p.cost / p.effect)
        .collect();
    percentile_interval(&mut ratios, level).map(Some)
}

impl CostEffectiveness {
    /// The net benefit at a price of one unit of effect, and the share of
    /// replicates that accept it.
    ///
    /// # Errors
    /// A price that is not finite.
    pub fn net_benefit(&self, price: f64) -> Result<NetBenefit> {
        all_finite("price", &[price])?;
        let estimate = price * self.difference.effect - self.difference.cost;
        let variance = price * price * self.effect_variance + self.cost_variance
            - 2.0 * price * self.covariance;
        let std_error = variance.max(0.0).sqrt();
        let z = normal_quantile_two_sided(self.level)?;
        let accepted = self
            .plane
            .iter()
            .filter(|p| price * p.effect - p.cost > 0.0)
            .count();
        Ok(NetBenefit {
            estimate,
            std_error,
            interval: Interval {
                low: estimate - z * std_error,
                high: estimate + z * std_error,
            },
            acceptable: if self.plane.is_empty() {
                f64::NAN
            } else {
                accepted as f64 / self.plane.len() as f64
            },
        })
    }

    /// The acceptability curve: [`net_benefit`](Self::net_benefit) at each price.
    ///
    /// # Errors
    /// A price that is not finite.
    pub fn acceptability(&self, prices: &[f64]) -> Result<Vec<NetBenefit>> {
        prices.iter().map(|p| self.net_benefit(*p)).collect()
    }

    /// Shares of replicates by quadrant; NaN without replicates.
    pub fn quadrants(&self) -> Quadrants {
        let share = |which: fn(&PlanePoint) -> bool| {
            self.plane.iter().filter(|p| which(p)).count() as f64 / self.plane.len() as f64
        };
        Quadrants {
            more_for_more: share(|p| p.effect > 0.0 && p.cost > 0.0),
            more_for_less: share(|p| p.effect > 0.0 && p.cost <= 0.0),
            less_for_less: share(|p| p.effect <= 0.0 && p.cost < 0.0),
            less_for_more: share(|p| p.effect <= 0.0 && p.cost >= 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Controls and treated in a fixed pattern: effects differ by 3, costs by 600.
    fn people(n: usize) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
        let treated: Vec<bool> = (0..2 * n).map(|i| i % 2 == 1).collect();
        let noise = |i: usize, k: usize| ((i / 2 * 37 + 11 * k) % 23) as f64 - 11.0;
        let effect = (0..2 * n)
            .map(|i| 10.0 + 3.0 * f64::from(treated[i]) + noise(i, 1) / 4.0)
            .collect();
        let cost = (0..2 * n)
            .map(|i| 1000.0 + 600.0 * f64::from(treated[i]) + 20.0 * noise(i, 2))
            .collect();
        (cost, effect, treated)
    }

    #[test]
    fn by_hand() {
        // Treated 1 and 3 cost 10 and 30; controls 0 and 2 cost 0 and 4.
        let found = cost_effectiveness(
            &[10.0, 30.0, 0.0, 4.0],
            &[1.0, 3.0, 0.0, 2.0],
            &[true, true, false, false],
            None,
            0,
            1,
            0.95,
        )
        .unwrap();
        assert_eq!(
            found.difference,
            PlanePoint {
                effect: 1.0,
                cost: 18.0
            }
        );
        assert_eq!(found.ratio, Some(18.0));
        // Variances of means: effect 2/2 + 2/2, cost 200/2 + 8/2, covariance 20/2 + 4/2.
        assert!((found.effect_variance - 2.0).abs() < 1e-12);
        assert!((found.cost_variance - 104.0).abs() < 1e-12);
        assert!((found.covariance - 12.0).abs() < 1e-12);
        let at = found.net_benefit(20.0).unwrap();
        assert_eq!(at.estimate, 2.0);
        assert!((at.std_error - (400.0 * 2.0 + 104.0 - 480.0_f64).sqrt()).abs() < 1e-12);
        assert!(at.acceptable.is_nan() && found.bootstrap.is_none());
    }

    #[test]
    fn acceptability_is_the_normal_one_for_many_people() {
        let (cost, effect, treated) = people(400);
        let found = cost_effectiveness(&cost, &effect, &treated, None, 4000, 7, 0.95).unwrap();
        assert!((found.ratio.unwrap() - 200.0).abs() < 10.0);
        for price in [150.0, 190.0, 200.0, 210.0, 250.0] {
            let at = found.net_benefit(price).unwrap();
            let z = at.estimate / at.std_error;
            let normal = statrs::function::erf::erf(z / 2.0_f64.sqrt()) / 2.0 + 0.5;
            assert!(
                (at.acceptable - normal).abs() < 0.03,
                "{price}: {} {normal}",
                at.acceptable
            );
        }
        let RatioSet::Interval(fieller) = found.fieller else {
            panic!("away from zero")
        };
        let bootstrap = found.bootstrap.unwrap();
        assert!((fieller.low - bootstrap.low).abs() < 0.1 * (fieller.high - fieller.low));
        assert!((fieller.high - bootstrap.high).abs() < 0.1 * (fieller.high - fieller.low));
        assert!(found.quadrants().more_for_more > 0.99);
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let (cost, effect, treated) = people(30);
        let key: Vec<u64> = (0..60).map(|i| i * 7919).collect();
        let reversed = |x: &[f64]| x.iter().rev().copied().collect::<Vec<_>>();
        let a = cost_effectiveness(&cost, &effect, &treated, Some(&key), 200, 3, 0.95).unwrap();
        let back: Vec<bool> = treated.iter().rev().copied().collect();
        let keys: Vec<u64> = key.iter().rev().copied().collect();
        let b = cost_effectiveness(
            &reversed(&cost),
            &reversed(&effect),
            &back,
            Some(&keys),
            200,
            3,
            0.95,
        )
        .unwrap();
        assert_eq!(a.plane, b.plane);
    }

    #[test]
    fn no_ratio_interval_where_the_effect_may_have_either_sign() {
        let (cost, mut effect, treated) = people(50);
        for (e, t) in effect.iter_mut().zip(&treated) {
            *e -= 3.0 * f64::from(*t);
        }
        let found = cost_effectiveness(&cost, &effect, &treated, None, 400, 1, 0.95).unwrap();
        assert!(found.bootstrap.is_none());
        assert!(!matches!(found.fieller, RatioSet::Interval(_)));
    }

    #[test]
    fn a_weight_of_two_is_two_people_in_the_means() {
        let data = CostsAndEffects {
            cost: &[10.0, 30.0, 0.0, 6.0, 900.0],
            effect: &[1.0, 3.0, 0.0, 3.0, 900.0],
            treated: &[true, true, false, false, false],
            key: None,
            weights: Some(&[1.0, 1.0, 1.0, 2.0, 0.0]),
        };
        let found = weighted_cost_effectiveness(&data, 0, 1, 0.95).unwrap();
        assert!((found.difference.cost - 16.0).abs() < 1e-12);
        assert!(found.difference.effect.abs() < 1e-12);
        // Controls' costs lie 4 and 2 off their mean of 4: (16 + 4·4)/9 · 2.
        assert!((found.cost_variance - (100.0 + 64.0 / 9.0)).abs() < 1e-12);
        assert_eq!(found.people, [2, 2]);
    }

    #[test]
    fn a_group_of_one_is_refused() {
        let one = cost_effectiveness(
            &[1.0; 3],
            &[1.0; 3],
            &[true, false, false],
            None,
            9,
            1,
            0.95,
        );
        assert!(matches!(one, Err(EstimateError::Empty { .. })));
    }
}
