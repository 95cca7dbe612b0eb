//! What single people cost in each year around their time zero.
//!
//! Where a trajectory needs sums, a comparison with other people needs each
//! person's own change. The rules of exposure, prices and splitting by day are
//! the trajectory's; a year that is not observed whole has no value, and the
//! dead cost nothing.

use rayon::prelude::*;

use super::exposure;
use super::ore::Share;
use super::prices::Factors;
use super::spec::CostSpec;
use crate::calendar::Day;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::register::Register;
use crate::state::State;
use crate::timeline::Timeline;

/// A person followed around a time zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) person: u32,
    pub(crate) zero: Day,
    /// The first day no longer followed.
    pub(crate) until: Day,
}

/// Øre by subject and period; `None` where the period is not observed whole.
pub(crate) type Panel = Vec<Vec<Option<i64>>>;

/// Whether a category and payer count, by their indices in the costs.
pub(crate) type Kept<'a> = dyn Fn(u16, u16) -> bool + Sync + 'a;

/// Observes each subject's cost in every relative period of `spec`.
///
/// # Errors
/// [`Error::Missing`] where the register has no table `costs`, or the price
/// index lacks a year; [`Error::Interrupted`].
pub(crate) fn panel(
    register: &Register,
    timeline: &Timeline,
    subjects: &[Subject],
    spec: &CostSpec,
    interrupt: &Interrupt,
) -> Result<Panel> {
    panel_of(register, timeline, subjects, spec, &|_, _| true, interrupt)
}

/// The same of chosen categories and payers.
///
/// # Errors
/// As [`panel`].
pub(crate) fn panel_of(
    register: &Register,
    timeline: &Timeline,
    subjects: &[Subject],
    spec: &CostSpec,
    keep: &Kept<'_>,
    interrupt: &Interrupt,
) -> Result<Panel> {
    spec.validate()?;
    let costs = register.costs().ok_or_else(|| {
        Error::missing(
            "a comparison of costs",
            "the table `costs`",
            "pass it with the register",
        )
    })?;
    let factors = Factors::new(register, costs, spec.price_base)?;
    let observed_from = register.observed_from().unwrap_or(Day::MIN);
    let row = |subject: &Subject| {
        let track = timeline.track(subject.person);
        let birth = register.people().birth[subject.person as usize];
        let (from, end) =
            exposure::window(track, subject.zero, observed_from, birth, subject.until);
        let dead = end < subject.until && track.on(end).state == State::Dead;
        let known_until = if dead { subject.until } else { end };
        let mut boundaries = Vec::new();
        exposure::boundaries(spec, subject.zero, &mut boundaries);
        let mut out: Vec<Option<i64>> = boundaries
            .windows(2)
            .map(|w| (from <= w[0] && w[1] <= known_until).then_some(0))
            .collect();
        let person = subject.person as usize;
        for i in costs.offsets[person]..costs.offsets[person + 1] {
            let (start, stop) = (costs.start[i], costs.end[i]);
            let last = boundaries[boundaries.len() - 1];
            let outside = stop <= boundaries[0] || start >= last || start >= stop;
            if outside || !keep(costs.category[i], costs.payer[i]) {
                continue;
            }
            let amount = factors.apply(costs.amount[i], costs.category[i], costs.price_year[i]);
            let share = Share {
                amount,
                start,
                end: stop,
            };
            for (period, w) in out.iter_mut().zip(boundaries.windows(2)) {
                let (low, high) = (start.max(w[0]).max(from), stop.min(w[1]).min(end));
                if let Some(sum) = period
                    && low < high
                {
                    *sum += share.of(low, high);
                }
            }
        }
        out
    };
    subjects
        .par_chunks(4096)
        .map(|chunk| {
            interrupt.check()?;
            Ok(chunk.iter().map(row).collect::<Panel>())
        })
        .collect::<Result<Vec<_>>>()
        .map(|chunks| chunks.into_iter().flatten().collect())
}
