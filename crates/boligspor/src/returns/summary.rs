//! The sums behind returns: episodes by how they ended, and returns by month.

use serde::{Deserialize, Serialize};

use boligspor_estimate::{PeriodTotals, TransitionCounts};

use super::episodes::{End, Episode, Reader};
use super::spec::ReturnsSpec;
use crate::calendar::{self, Day};
use crate::cohort::{Cohort, Divided, Sums, Which, divided};
use crate::error::Result;

/// The state of those who have left and not come back.
pub(super) const AWAY: usize = 0;
/// States before those of the bands: away, dead, abroad, returned later.
pub(super) const DEAD: usize = 1;
pub(super) const ABROAD: usize = 2;
const LATER: usize = 3;
pub(super) const FIRST_BAND: usize = 4;
/// Exits are told apart by order up to this one; later ones count with it.
pub(super) const ORDERS: usize = 3;

/// Sums of one stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnCounts {
    /// Members observed.
    pub n: u64,
    /// Members with an exit (or loss).
    pub exits: u64,
    /// By the exit's order (first, second, third or later): ways from away to
    /// returned in each band, dead or abroad, over days since the exit.
    pub episodes: Vec<TransitionCounts>,
    /// Returns by month since the first exit, of those who have one.
    pub months: PeriodTotals,
}

impl ReturnCounts {
    fn new(spec: &ReturnsSpec) -> Self {
        let states = FIRST_BAND + spec.bands.len();
        Self {
            n: 0,
            exits: 0,
            episodes: vec![TransitionCounts::new(states); ORDERS],
            months: PeriodTotals::new(1, spec.months()),
        }
    }
}

impl Sums for ReturnCounts {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.n += other.n;
        self.exits += other.exits;
        for (a, b) in self.episodes.iter_mut().zip(&other.episodes) {
            a.merge(b)?;
        }
        Ok(self.months.merge(&other.months)?)
    }
}

/// The sums behind a [`Returns`](super::Returns): observe each partition of the
/// people, merge in any order, and the estimates equal those of the whole to the
/// last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReturnsSummary {
    pub(super) spec: ReturnsSpec,
    pub(super) sums: Divided<ReturnCounts>,
    /// Whether a person can be in the cohort several times.
    pub(super) repeated: bool,
}

impl ReturnsSummary {
    /// Observes every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for choices that do not fit.
    pub fn observe(cohort: &Cohort, spec: &ReturnsSpec) -> Result<Self> {
        spec.validate()?;
        let members = cohort.members();
        let sums = Divided::observe(
            cohort,
            || ReturnCounts::new(spec),
            || (Reader::new(spec), vec![0; spec.months()]),
            |(reader, months): &mut (Reader<'_>, Vec<u32>), member, counts| {
                let until = members.until[member];
                let track = cohort.timeline().track(members.person[member]);
                let episodes = reader.read(track, members.zero[member], until);
                add(spec, episodes, until, months, counts)
            },
        )?;
        Ok(Self {
            spec: spec.clone(),
            sums,
            repeated: cohort.spec().which == Which::Every,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where the two were made by different choices or
    /// strata.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.spec != other.spec || self.repeated != other.repeated {
            return Err(divided::mismatch());
        }
        self.sums.merge(&other.sums)
    }
}

fn add(
    spec: &ReturnsSpec,
    episodes: &[Episode],
    until: Day,
    months: &mut [u32],
    counts: &mut ReturnCounts,
) -> Result<()> {
    counts.n += 1;
    let Some(first) = episodes.first() else {
        return Ok(());
    };
    counts.exits += 1;
    for (order, episode) in episodes.iter().enumerate() {
        let days = episode.end - episode.exit;
        let to = match episode.how {
            End::Observed => None,
            End::Dead => Some(DEAD),
            End::Abroad => Some(ABROAD),
            End::Return => {
                let band = spec.bands.iter().position(|&b| days <= b as i32);
                Some(band.map_or(LATER, |b| FIRST_BAND + b))
            }
        };
        counts.episodes[order.min(ORDERS - 1)].add_path(
            AWAY,
            0,
            to.map(|state| (days, state)),
            // Someone who has come back, or died, is seen as such to the end.
            until - 1 - episode.exit,
        )?;
    }
    months.fill(0);
    for episode in episodes.iter().filter(|e| e.how == End::Return) {
        let (month, _) = calendar::months_between(first.exit, episode.end);
        if let Some(returns) = months.get_mut(month as usize) {
            *returns += 1;
        }
    }
    let followed = (1..=months.len())
        .take_while(|&m| calendar::add_months(first.exit, m as i32) <= until)
        .count();
    counts.months.add(months, followed)?;
    Ok(())
}
