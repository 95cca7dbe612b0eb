//! Which curves are released, and in how coarse steps.
//!
//! Shares at horizons come first: a curve beside them is released in the finest
//! steps that the policy allows where it costs no other number, and left out where
//! it would. Who lost a home and has one again is what a curve and a share tell
//! together, to within a person or two: that often costs. Coarser steps or rounded
//! counts were tried and do not help, since it is the sums up to the horizons that
//! tell; they only take longer. A curve by itself is tried in coarser steps.

use super::curve::{Stepped, least};
use super::table::Words;
use crate::disclosure::{
    ClearError, Cleared, Condition, Family, Figures, Policy, Rounding, Trait, clear,
};
use crate::error::Result;

/// How many times the policy's fewest people a step may rest on.
const COARSER: [u32; 3] = [1, 2, 4];

/// A curve that is cleared with the rest, or left out whole.
pub(super) struct Curve {
    /// The family of figures of the same people, where there are any.
    pub(super) beside: Option<Family>,
    pub(super) title: Words,
    /// From the finest steps to the coarsest.
    pub(super) candidates: Vec<Candidate>,
    /// Where its tables belong among the others.
    pub(super) place: usize,
}

/// A curve in some steps.
pub(super) struct Candidate {
    /// The policy that the steps are of.
    pub(super) policy: Policy,
    /// The step that each person left in.
    pub(super) step: Trait,
    pub(super) stepped: Stepped,
}

/// Which candidate of each curve is taken, if any is.
type Choice = Vec<Option<usize>>;

/// Figures with some curves among them.
struct Joined {
    figures: Figures,
    /// The family of each curve.
    own: Vec<Option<Family>>,
    /// The family in which they are looked at together, if there are several.
    together: Option<Family>,
}

/// The policy, and for a curve by itself the same with coarser steps; rounding has
/// one way only.
pub(super) fn coarser(policy: &Policy, beside: bool) -> impl Iterator<Item = Policy> {
    let one_way = beside || policy.curve_rounding != Rounding::None;
    let times = if one_way { &COARSER[..1] } else { &COARSER };
    times.iter().map(|times| Policy {
        curve_step: times * least(policy) as u32,
        ..policy.clone()
    })
}

/// Clears figures with the curves that cost no other number, each in the finest
/// steps in which it does not.
pub(super) fn choose(
    figures: &Figures,
    curves: &[Curve],
    policy: &Policy,
) -> Result<(Figures, Cleared, Choice)> {
    let mut chosen: Choice = vec![None; curves.len()];
    for place in 0..curves.len() {
        for candidate in 0..curves[place].candidates.len() {
            chosen[place] = Some(candidate);
            if bearable(figures, curves, &chosen, place, policy)? {
                break;
            }
            chosen[place] = None;
        }
    }
    loop {
        let joined = with(figures, curves, &chosen)?;
        let Some(last) = chosen.iter().rposition(Option::is_some) else {
            let cleared = clear(&joined.figures.bundle()?, policy)?;
            return Ok((joined.figures, cleared, chosen));
        };
        if let Some(cleared) = attempted(&joined.figures, policy)? {
            return Ok((joined.figures, cleared, chosen));
        }
        // What was tried apart does not hold together.
        chosen[last] = None;
    }
}

/// Whether a curve costs no number beside it, nor gives anything away beside the
/// curves chosen before.
fn bearable(
    figures: &Figures,
    curves: &[Curve],
    chosen: &Choice,
    place: usize,
    policy: &Policy,
) -> Result<bool> {
    let joined = with(figures, curves, chosen)?;
    let Some(own) = joined.own[place] else {
        return Ok(false);
    };
    let withheld = match &curves[place].beside {
        Some(beside) => match attempted(&figures.alone(*beside), policy)? {
            Some(cleared) => cleared.withheld(),
            None => return Ok(false),
        },
        None => 0,
    };
    let after = attempted(&joined.figures.alone(own), policy)?;
    if after.is_none_or(|after| after.withheld() > withheld) {
        return Ok(false);
    }
    let Some(together) = joined.together else {
        return Ok(true);
    };
    Ok(attempted(&joined.figures.alone(together), policy)?.is_some())
}

/// The figures with the chosen curves.
fn with(figures: &Figures, curves: &[Curve], chosen: &Choice) -> Result<Joined> {
    let mut figures = figures.clone();
    let mut own = vec![None; curves.len()];
    let mut steps = Vec::new();
    for ((curve, candidate), own) in curves.iter().zip(chosen).zip(&mut own) {
        if let Some(candidate) = candidate.map(|candidate| &curve.candidates[candidate]) {
            *own = Some(curve.join(candidate, &mut figures)?);
            if candidate.exact() {
                steps.push(candidate.step);
            }
        }
    }
    let together = if steps.len() > 1 {
        Some(figures.family(&steps)?)
    } else {
        None
    };
    Ok(Joined {
        figures,
        own,
        together,
    })
}

/// What is cleared; nothing where it is refused.
fn attempted(figures: &Figures, policy: &Policy) -> Result<Option<Cleared>> {
    match clear(&figures.bundle()?, policy) {
        Ok(cleared) => Ok(Some(cleared)),
        Err(ClearError::Refused { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

impl Candidate {
    /// Whether the steps' counts are published as they are.
    pub(super) fn exact(&self) -> bool {
        self.policy.curve_rounding == Rounding::None
    }
}

impl Curve {
    /// Adds a candidate's steps to figures, in the family beside it: as counts
    /// where they are exact, which then are known whatever else is withheld, or as
    /// bounds where rounded.
    fn join(&self, candidate: &Candidate, figures: &mut Figures) -> Result<Family> {
        let Candidate {
            policy,
            step,
            stepped,
        } = candidate;
        let family = match self.beside {
            Some(beside) => {
                figures.join(beside, *step)?;
                beside
            }
            None => figures.family(&[*step])?,
        };
        let table = &stepped.tables[0].name;
        let exact = candidate.exact();
        if exact {
            figures.publicly_known(*step);
        }
        let known = stepped.curve.known(policy);
        for ((categories, bounds), label) in known.iter().zip(&stepped.labels) {
            if exact {
                let group = [Condition::Is(*step, categories[0].clone())];
                figures.count(family, table, label, &group)?;
            } else {
                figures.known_count(family, label, *step, categories, *bounds)?;
            }
        }
        Ok(family)
    }
}
