//! One person's exits and returns, from their days.

use super::spec::{ReturnTo, ReturnsSpec};
use crate::calendar::Day;
use crate::register::NO_DWELLING;
use crate::state::State;
use crate::timeline::{Segment, Track};

/// How the time after an exit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Return,
    Dead,
    Abroad,
    /// Still away when observation ended.
    Observed,
}

/// An exit, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Episode {
    /// The day the clock starts.
    pub(super) exit: Day,
    /// The day of the return, of death or of emigration; or the first day no
    /// longer observed.
    pub(super) end: Day,
    pub(super) how: End,
}

/// What a run of days is, to the question asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Where an exit leads, or a loss leaves one.
    Out,
    /// Where a return leads.
    In,
    /// Neither.
    Between,
    Dead,
    Abroad,
}

/// Reads episodes by one spec, keeping its room between people.
pub(super) struct Reader<'a> {
    spec: &'a ReturnsSpec,
    runs: Vec<(Day, Day, Kind)>,
    episodes: Vec<Episode>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(spec: &'a ReturnsSpec) -> Self {
        Self {
            spec,
            runs: Vec::new(),
            episodes: Vec::new(),
        }
    }

    fn kind(&self, segment: &Segment) -> Kind {
        match (self.spec.to, segment.state) {
            (_, State::Dead) => Kind::Dead,
            (_, State::Abroad) => Kind::Abroad,
            (ReturnTo::Homelessness, State::Dwelling) => Kind::Out,
            (ReturnTo::Homelessness, state) if self.spec.homeless.contains(&state) => Kind::In,
            (ReturnTo::Home, State::Dwelling) => Kind::In,
            (ReturnTo::Home, _) if segment.dwelling == NO_DWELLING => Kind::Out,
            // In hospital, say, or away from a home that is kept.
            _ => Kind::Between,
        }
    }

    /// The episodes over `[zero, until)`, in order. A run too short to count as
    /// an exit or a return, also because observation ends, is none.
    pub(super) fn read(&mut self, track: Track<'_>, zero: Day, until: Day) -> &[Episode] {
        self.runs.clear();
        self.episodes.clear();
        for segment in track.window(zero, until) {
            let kind = self.kind(&segment);
            match self.runs.last_mut() {
                Some(last) if last.2 == kind => last.1 = segment.end,
                _ => self.runs.push((segment.start, segment.end, kind)),
            }
        }
        let long = |run: &(Day, Day, Kind), least: u32| {
            i64::from(run.1) - i64::from(run.0) >= i64::from(least)
        };
        // A home can be lost only by someone who has had one.
        let mut may_exit = self.spec.to == ReturnTo::Homelessness;
        let mut exit: Option<Day> = None;
        for run in &self.runs {
            match (run.2, exit) {
                (Kind::Out, None) if may_exit && long(run, self.spec.exit_days) => {
                    exit = Some(run.0);
                }
                (Kind::In, None) => may_exit = true,
                (Kind::In, Some(from)) if long(run, self.spec.return_days) => {
                    self.episodes.push(Episode {
                        exit: from,
                        end: run.0,
                        how: End::Return,
                    });
                    exit = None;
                }
                (Kind::Dead | Kind::Abroad, away) => {
                    if let Some(from) = away {
                        let how = if run.2 == Kind::Dead {
                            End::Dead
                        } else {
                            End::Abroad
                        };
                        self.episodes.push(Episode {
                            exit: from,
                            end: run.0,
                            how,
                        });
                    }
                    // What a person does after years abroad is another story.
                    return &self.episodes;
                }
                _ => {}
            }
        }
        if let Some(from) = exit {
            self.episodes.push(Episode {
                exit: from,
                end: until,
                how: End::Observed,
            });
        }
        &self.episodes
    }
}
