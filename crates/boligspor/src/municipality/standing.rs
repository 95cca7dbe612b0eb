//! Where each municipality stands, with all that is not known about it.
//!
//! A league table without uncertainty cannot be made here: a place comes with its
//! interval, or is called what it is, not rankable.

use boligspor_estimate::Interval;
use boligspor_estimate::profile::{Figures, FunnelLimits, Profile, ProfileOptions, profile};
use boligspor_estimate::ranks::{Rank, rank_intervals};
use boligspor_estimate::shrinkage::{Shrunk, gamma_poisson};

use boligspor_estimate::overdispersion::Widening;

use crate::LEVEL;
use crate::error::Result;

/// A ratio above this is more than a trifle.
const EXCESS: f64 = 1.1;
/// Where fewer are expected, limits widened on the root's scale call one in ten
/// out who have nothing (docs/coverage.md), and gamma–Poisson ones are taken.
const TINY: f64 = 5.0;
/// Simulations behind rank intervals and the chances of the outer quarters.
const DRAWS: usize = 4000;

/// Everything about ratios that takes all municipalities to say.
#[derive(Clone, Debug)]
pub(super) struct Standings {
    pub(super) funnel: Profile,
    /// None with a single municipality, which has no common distribution.
    pub(super) shrunk: Option<Vec<Shrunk>>,
    /// Chance that the true ratio exceeds 1.1.
    pub(super) above: Vec<f64>,
    /// The fewest lost first.
    pub(super) places: Option<Vec<Rank>>,
    /// Chances of the quarters with the lowest and the highest true ratios.
    pub(super) quarters: Vec<(f64, f64)>,
}

impl Standings {
    /// Of municipalities that expect some events.
    pub(super) fn new(observed: &[u64], expected: &[f64], widened: bool) -> Result<Option<Self>> {
        if observed.is_empty() {
            return Ok(None);
        }
        let tiny = expected.iter().any(|e| *e < TINY);
        let options = ProfileOptions {
            overdispersion: widened.then_some(Widening::Additive),
            limits: if widened && tiny {
                FunnelLimits::GammaPoisson
            } else {
                FunnelLimits::Exact
            },
            ..ProfileOptions::default()
        };
        let funnel = profile(&Figures::Ratios { observed, expected }, &options)?;
        if observed.len() < 2 {
            return Ok(Some(Self {
                funnel,
                shrunk: None,
                above: vec![f64::NAN],
                places: None,
                quarters: vec![(f64::NAN, f64::NAN)],
            }));
        }
        let shrinkage = gamma_poisson(observed, expected, LEVEL)?;
        let above = shrinkage.probability_above(EXCESS);
        // On the root's scale errors depend on size alone, zero counts included.
        let roots: Vec<f64> = observed
            .iter()
            .zip(expected)
            .map(|(o, e)| -(*o as f64 / e).sqrt())
            .collect();
        let errors: Vec<f64> = expected.iter().map(|e| 0.5 / e.sqrt()).collect();
        let places = rank_intervals(&roots, &errors, LEVEL, DRAWS, 0)?;
        let quarters = if shrinkage.between > 0.0 {
            let shrunk: Vec<f64> = shrinkage.units.iter().map(|u| -u.estimate).collect();
            let errors: Vec<f64> = shrinkage.units.iter().map(|u| u.std_error).collect();
            rank_intervals(&shrunk, &errors, LEVEL, DRAWS, 1)?
                .iter()
                .map(|r| (r.in_top_quarter, r.in_bottom_quarter))
                .collect()
        } else {
            // Alike: any quarter is as likely as its size.
            vec![(0.25, 0.25); observed.len()]
        };
        Ok(Some(Self {
            funnel,
            shrunk: Some(shrinkage.units),
            above,
            places: Some(places),
            quarters,
        }))
    }

    /// Limits at 95 and 99.8 %.
    pub(super) fn limits(&self, unit: usize) -> [Interval; 2] {
        let limits = &self.funnel.units[unit].limits;
        [limits[0], limits[1]]
    }

    /// Within the limits, outside the inner, outside the outer.
    pub(super) fn signal(&self, unit: usize) -> &'static str {
        ["inside", "look", "act"][self.funnel.units[unit].outside.min(2)]
    }
}
