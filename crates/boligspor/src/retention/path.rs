//! One person's way through a definition: which days count as what.

use super::definition::{Definition, Handling, Home};
use crate::calendar::{self, Day};
use crate::register::NO_DWELLING;
use crate::state::State;
use crate::timeline::{Segment, Track, UNNAMED_DWELLING};

/// What a run of days counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Retained,
    NotRetained,
    Competing,
    Excluded,
    Censored,
}

/// Days that count alike. An end (competing, excluded, censored) is the last
/// run of a path and reaches to the end of follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) status: Status,
}

/// How long after placement a first dwelling is taken to be the allotted one.
const MOVE_IN_DAYS: i32 = 92;

/// The allotted dwelling, for a placement that may not name it.
pub(crate) fn allotted(track: Track<'_>, named: u32, placed_on: Day) -> u32 {
    if named != NO_DWELLING {
        return named;
    }
    track
        .window(placed_on, placed_on.saturating_add(MOVE_IN_DAYS + 1))
        .find(|s| s.dwelling != NO_DWELLING)
        .map_or(NO_DWELLING, |s| s.dwelling)
}

/// Reads paths by one definition, keeping its room between people.
pub(crate) struct Reader<'a> {
    definition: &'a Definition,
    /// The first day no longer on the timeline.
    timeline_end: Day,
    /// Tenancies: start, end, dwelling.
    tenancies: Vec<(Day, Day, u32)>,
    runs: Vec<Run>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(definition: &'a Definition, timeline_end: Day) -> Self {
        Self {
            definition,
            timeline_end,
            tenancies: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// The path over `[zero, until)`. It covers every day once, in order, and
    /// neighbouring runs differ.
    pub(crate) fn read(
        &mut self,
        track: Track<'_>,
        zero: Day,
        until: Day,
        allotted: u32,
    ) -> &[Run] {
        if let Home::AnyDwellingHeld(_) = self.definition.home {
            self.find_tenancies(track);
        }
        self.runs.clear();
        for segment in track.window(zero, until) {
            let status = self.status(&segment, allotted);
            if matches!(status, Status::Retained | Status::NotRetained) {
                push(
                    &mut self.runs,
                    Run {
                        start: segment.start,
                        end: segment.end,
                        status,
                    },
                );
            } else {
                self.runs.push(Run {
                    start: segment.start,
                    end: until,
                    status,
                });
                break;
            }
        }
        self.forgive();
        &self.runs
    }

    fn status(&self, segment: &Segment, allotted: u32) -> Status {
        let definition = self.definition;
        if definition.also_home.contains(&segment.state) {
            return Status::Retained;
        }
        let kept = || {
            if self.is_home(segment, allotted) {
                Status::Retained
            } else {
                Status::NotRetained
            }
        };
        if segment.state == State::Dwelling {
            return kept();
        }
        match definition.handling(segment.state) {
            Handling::NotRetained => Status::NotRetained,
            Handling::RetainedIfKept => kept(),
            Handling::Excluded => Status::Excluded,
            Handling::Censored => Status::Censored,
            Handling::Competing => Status::Competing,
        }
    }

    /// Whether the dwelling held in a segment, lived in or not, counts as a home.
    fn is_home(&self, segment: &Segment, allotted: u32) -> bool {
        if segment.dwelling == NO_DWELLING {
            return false;
        }
        match self.definition.home {
            Home::AllottedDwelling => segment.dwelling == allotted,
            Home::AnyDwelling => true,
            Home::AnyDwellingHeld(months) => {
                let after = self.tenancies.partition_point(|t| t.0 <= segment.start);
                let (start, end, _) = self.tenancies[after - 1];
                end >= self.timeline_end || calendar::add_months(start, months as i32) <= end
            }
        }
    }

    /// Runs of days with one and the same dwelling held.
    fn find_tenancies(&mut self, track: Track<'_>) {
        self.tenancies.clear();
        for s in track.known().filter(|s| s.dwelling != NO_DWELLING) {
            match self.tenancies.last_mut() {
                Some(t) if t.1 == s.start && t.2 == s.dwelling => t.1 = s.end,
                _ => self.tenancies.push((s.start, s.end, s.dwelling)),
            }
        }
    }

    /// Turns forgiven absences into days at home: those between two runs at
    /// home, and one before the first, if short enough.
    fn forgive(&mut self) {
        let most = i64::from(self.definition.forgiven_absence_days);
        if most == 0 {
            return;
        }
        let runs = std::mem::take(&mut self.runs);
        for (i, &run) in runs.iter().enumerate() {
            let returns = runs
                .get(i + 1)
                .is_some_and(|next| next.status == Status::Retained);
            let short = i64::from(run.end) - i64::from(run.start) <= most;
            let status = if run.status == Status::NotRetained && returns && short {
                Status::Retained
            } else {
                run.status
            };
            push(&mut self.runs, Run { status, ..run });
        }
    }
}

/// Whether an allotted dwelling is not known by an identifier of its own.
pub(crate) fn is_unidentified(allotted: u32) -> bool {
    allotted == NO_DWELLING || allotted == UNNAMED_DWELLING
}

fn push(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.status == run.status => last.end = run.end,
        _ => runs.push(run),
    }
}
