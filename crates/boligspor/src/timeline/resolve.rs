//! One person's overlapping stays, resolved into one state a day.
//!
//! A registered address runs on while its tenant is in hospital or prison, and
//! registers overlap at their edges. Precedence says which state holds the
//! day; the dwelling that runs underneath is kept beside it, so that a
//! definition can ask whether the home was *kept* during an absence.

use std::collections::BinaryHeap;

use crate::calendar::{Day, NEVER};
use crate::register::NO_DWELLING;
use crate::state::{Precedence, State};

/// A dwelling stay whose dwelling has no identifier in the data.
pub const UNNAMED_DWELLING: u32 = u32::MAX - 1;

/// A run of days in one state, with the dwelling held during it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First day.
    pub start: Day,
    /// First day no longer.
    pub end: Day,
    /// The state that holds these days.
    pub state: State,
    /// The dwelling held on these days, lived in or not: its index,
    /// [`UNNAMED_DWELLING`], or [`NO_DWELLING`].
    pub dwelling: u32,
}

/// A stay as the resolver reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawStay {
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) state: State,
    pub(crate) dwelling: u32,
}

/// Room for one person's resolution, kept between people.
#[derive(Default)]
pub(crate) struct Resolver {
    /// `(day, is_start, index of stay)`; ends sort before starts on a day.
    edges: Vec<(Day, bool, u32)>,
    /// Dwelling stays under way, the latest-started on top; ended ones are
    /// dropped when they surface.
    dwellings: BinaryHeap<(Day, Day, u32)>,
}

impl Resolver {
    /// Resolves one person's stays before `until` and appends the segments to
    /// `out`. Days that no stay claims get no segment: they are unknown.
    ///
    /// Where two dwellings overlap, the one moved into last is held; of two
    /// entered on the same day the one that lasts longer; then the one that
    /// comes last in the order of dwelling identifiers. Cost: O(n log n) in
    /// the person's stays, however they overlap.
    pub(crate) fn resolve(
        &mut self,
        stays: &[RawStay],
        death: Day,
        until: Day,
        precedence: &Precedence,
        out: &mut Vec<Segment>,
    ) {
        let first = out.len();
        self.edges.clear();
        self.dwellings.clear();
        for (i, stay) in stays.iter().enumerate() {
            let end = stay.end.min(until);
            // Explicitly unknown days are what unclaimed days are anyway.
            if stay.start < end && stay.state != State::Unknown {
                self.edges.push((stay.start, true, i as u32));
                self.edges.push((end, false, i as u32));
            }
        }
        self.edges.sort_unstable();

        let mut active = [0u32; State::COUNT];
        // Bit r is set while a stay whose state has rank r is under way.
        let mut ranks = 0u16;
        let mut e = 0;
        while e < self.edges.len() {
            let day = self.edges[e].0;
            while e < self.edges.len() && self.edges[e].0 == day {
                let (_, is_start, index) = self.edges[e];
                let stay = &stays[index as usize];
                let rank = precedence.rank(stay.state) as usize;
                if is_start {
                    active[rank] += 1;
                    ranks |= 1 << rank;
                    if stay.state == State::Dwelling {
                        let id = match stay.dwelling {
                            NO_DWELLING => UNNAMED_DWELLING,
                            id => id,
                        };
                        self.dwellings.push((stay.start, stay.end, id));
                    }
                } else {
                    active[rank] -= 1;
                    if active[rank] == 0 {
                        ranks &= !(1 << rank);
                    }
                }
                e += 1;
            }
            if ranks == 0 {
                continue;
            }
            // An active stay has its end edge still to come.
            let end = self.edges[e].0;
            while self.dwellings.peek().is_some_and(|d| d.1 <= day) {
                self.dwellings.pop();
            }
            let dwelling = self.dwellings.peek().map_or(NO_DWELLING, |d| d.2);
            let state = precedence.order()[ranks.trailing_zeros() as usize];
            push(
                out,
                first,
                Segment {
                    start: day,
                    end,
                    state,
                    dwelling,
                },
            );
        }
        if death < until {
            bury(out, first, death, until);
        }
    }
}

/// Appends a segment, joining it to the last one where nothing changes.
fn push(out: &mut Vec<Segment>, first: usize, segment: Segment) {
    if out.len() > first {
        let last = out.last_mut().expect("longer than first");
        if last.end == segment.start
            && last.state == segment.state
            && last.dwelling == segment.dwelling
        {
            last.end = segment.end;
            return;
        }
    }
    out.push(segment);
}

/// From the day of death on, a person is dead, whatever a register still says.
fn bury(out: &mut Vec<Segment>, first: usize, death: Day, until: Day) {
    while out.len() > first && out.last().is_some_and(|s| s.start >= death) {
        out.pop();
    }
    if out.len() > first {
        let last = out.last_mut().expect("longer than first");
        last.end = last.end.min(death);
    }
    debug_assert!(death != NEVER);
    let dead = Segment {
        start: death,
        end: until,
        state: State::Dead,
        dwelling: NO_DWELLING,
    };
    push(out, first, dead);
}
