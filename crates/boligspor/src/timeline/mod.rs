//! The second room: one state for each person and day.
//!
//! A [`Timeline`] is columnar and contiguous by person, so that a pass over a
//! country is a linear read. It is made once from a register and a
//! [`Precedence`], in parallel across people, and is the same at any number of
//! threads.

pub mod resolve;
pub mod spans;

use rayon::prelude::*;

use crate::calendar::Day;
use crate::register::{NO_DWELLING, Register};
use crate::state::{Precedence, State};
use resolve::{RawStay, Resolver};
pub use resolve::{Segment, UNNAMED_DWELLING};

/// People resolved as one task; large enough to drown the cost of a task.
const CHUNK: usize = 4096;

/// Where everyone in a register lived, day by day.
#[derive(Clone, Debug)]
pub struct Timeline {
    offsets: Vec<usize>,
    start: Vec<Day>,
    end: Vec<Day>,
    state: Vec<State>,
    dwelling: Vec<u32>,
    until: Day,
}

impl Timeline {
    /// Resolves all stays of a register, up to and including its last observed day.
    pub fn new(register: &Register, precedence: &Precedence) -> Self {
        let (people, stays) = (register.people(), register.stays());
        let until = register.observed_until() + 1;
        let chunks: Vec<(Vec<usize>, Vec<Segment>)> = (0..people.len())
            .into_par_iter()
            .step_by(CHUNK)
            .map(|from| {
                let mut resolver = Resolver::default();
                let (mut raw, mut out, mut counts) = (Vec::new(), Vec::new(), Vec::new());
                for person in from..(from + CHUNK).min(people.len()) {
                    raw.clear();
                    raw.extend((stays.offsets[person]..stays.offsets[person + 1]).map(|i| {
                        RawStay {
                            start: stays.start[i],
                            end: stays.end[i],
                            state: stays.state[i],
                            dwelling: stays.dwelling[i],
                        }
                    }));
                    let before = out.len();
                    resolver.resolve(&raw, people.death[person], until, precedence, &mut out);
                    counts.push(out.len() - before);
                }
                (counts, out)
            })
            .collect();

        let total = chunks.iter().map(|c| c.1.len()).sum();
        let mut timeline = Self {
            offsets: Vec::with_capacity(people.len() + 1),
            start: Vec::with_capacity(total),
            end: Vec::with_capacity(total),
            state: Vec::with_capacity(total),
            dwelling: Vec::with_capacity(total),
            until,
        };
        timeline.offsets.push(0);
        let mut offset = 0;
        for (counts, segments) in chunks {
            for count in counts {
                offset += count;
                timeline.offsets.push(offset);
            }
            for s in segments {
                timeline.start.push(s.start);
                timeline.end.push(s.end);
                timeline.state.push(s.state);
                timeline.dwelling.push(s.dwelling);
            }
        }
        timeline
    }

    /// How many people the timeline covers.
    pub fn people(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many segments it holds.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether no one has a known day.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The first day no longer observed.
    pub fn until(&self) -> Day {
        self.until
    }

    /// One person's known days, by the person's index in the register.
    pub fn track(&self, person: u32) -> Track<'_> {
        let range = self.offsets[person as usize]..self.offsets[person as usize + 1];
        Track {
            start: &self.start[range.clone()],
            end: &self.end[range.clone()],
            state: &self.state[range.clone()],
            dwelling: &self.dwelling[range],
        }
    }
}

/// One person's segments: sorted, apart, and silent about unknown days.
#[derive(Clone, Copy, Debug)]
pub struct Track<'a> {
    start: &'a [Day],
    end: &'a [Day],
    state: &'a [State],
    dwelling: &'a [u32],
}

impl<'a> Track<'a> {
    /// The known segments, in order.
    pub fn known(self) -> impl DoubleEndedIterator<Item = Segment> + 'a {
        (0..self.start.len()).map(move |i| self.segment(i))
    }

    /// Every day of `[from, to)`, in order: known segments clipped to the
    /// window, and unknown ones between them.
    pub fn window(self, from: Day, to: Day) -> Window<'a> {
        Window {
            track: self,
            next: self.end.partition_point(|&e| e <= from),
            day: from,
            to,
        }
    }

    /// What holds on one day.
    pub fn on(self, day: Day) -> Segment {
        self.window(day, day.saturating_add(1))
            .next()
            .unwrap_or(Segment {
                start: day,
                end: day,
                state: State::Unknown,
                dwelling: NO_DWELLING,
            })
    }

    fn segment(self, i: usize) -> Segment {
        Segment {
            start: self.start[i],
            end: self.end[i],
            state: self.state[i],
            dwelling: self.dwelling[i],
        }
    }
}

/// Walks a window of a [`Track`] without leaving a day out.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    track: Track<'a>,
    next: usize,
    day: Day,
    to: Day,
}

impl Iterator for Window<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        if self.day >= self.to {
            return None;
        }
        let start = self.day;
        let segment = (self.next < self.track.start.len()).then(|| self.track.segment(self.next));
        let segment = match segment {
            Some(s) if s.start <= start => {
                self.next += 1;
                Segment {
                    start,
                    end: s.end.min(self.to),
                    ..s
                }
            }
            other => Segment {
                start,
                end: other.map_or(self.to, |s| s.start.min(self.to)),
                state: State::Unknown,
                dwelling: NO_DWELLING,
            },
        };
        self.day = segment.end;
        Some(segment)
    }
}

#[cfg(test)]
mod tests;
