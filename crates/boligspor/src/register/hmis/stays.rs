//! Enrolments, nights and contacts as stays.

use polars::prelude::DataFrame;

use super::codes::{self, Project};
use super::enrolment::Enrolment;
use super::files::{File, Tally};
use super::{HmisOptions, frame};
use crate::calendar::Day;
use crate::error::Result;
use crate::state::State;

/// A stay on its way into the table.
struct Stay {
    person: usize,
    start: Day,
    end: Option<Day>,
    state: State,
    /// The enrolment, where the stay is in the home it gave.
    home_of: Option<usize>,
    coc_of: Option<usize>,
    source: &'static str,
}

/// Nights and contacts that are not enrolments: person, day, state, source.
pub(super) struct Sighting {
    person: usize,
    day: Day,
    state: State,
    source: &'static str,
}

/// The nights in night-by-night shelters and the contacts of outreach.
pub(super) fn sightings(
    services: Option<&File>,
    contacts: Option<&File>,
    person: &dyn Fn(Option<&str>) -> Option<usize>,
    tally: &mut Tally,
) -> Result<Vec<Sighting>> {
    let mut seen = Vec::new();
    if let Some(file) = services {
        let (days, records) = (
            file.days("DateProvided", tally)?,
            file.codes("RecordType", tally),
        );
        for ((id, day), record) in file.text("PersonalID")?.iter().zip(days).zip(records) {
            if record != Some(codes::BED_NIGHT) {
                continue;
            }
            match (person(id), day) {
                (Some(person), Some(day)) => seen.push(Sighting {
                    person,
                    day,
                    state: State::Shelter,
                    source: "bed_night",
                }),
                _ => tally.add(
                    "Services.csv, nights",
                    "has no known person or no date: left out",
                    1,
                ),
            }
        }
    }
    if let Some(file) = contacts {
        let days = file.days("InformationDate", tally)?;
        let situations = file.codes("CurrentLivingSituation", tally);
        for ((id, day), situation) in file.text("PersonalID")?.iter().zip(days).zip(situations) {
            match (person(id), day, situation.and_then(codes::situation)) {
                (Some(person), Some(day), Some(state)) => seen.push(Sighting {
                    person,
                    day,
                    state,
                    source: "contact",
                }),
                (Some(_), Some(_), None) => tally.add(
                    "CurrentLivingSituation.csv",
                    "the situation says nothing of where the person lives: left out",
                    1,
                ),
                _ => tally.add(
                    "CurrentLivingSituation.csv",
                    "has no known person or no date: left out",
                    1,
                ),
            }
        }
    }
    Ok(seen)
}

/// What is known of each person from enrolments and sightings together.
struct Known<'a> {
    enrolments: &'a [Enrolment],
    options: &'a HmisOptions,
    /// Each person's enrolments.
    of: Vec<Vec<usize>>,
    /// The days that end what was known before them, by person, in order.
    news: Vec<Vec<Day>>,
    /// Days of birth, by person.
    birth: &'a [Option<Day>],
}

impl<'a> Known<'a> {
    fn new(
        people: usize,
        enrolments: &'a [Enrolment],
        sightings: &[Sighting],
        birth: &'a [Option<Day>],
        options: &'a HmisOptions,
    ) -> Self {
        let (mut of, mut news) = (vec![Vec::new(); people], vec![Vec::new(); people]);
        for (index, e) in enrolments.iter().enumerate() {
            of[e.person].push(index);
            // Entering a project without a bed ends a stay in a home only if
            // the person says that they have left it.
            let told = e
                .living
                .and_then(codes::situation)
                .is_some_and(|s| s != State::Dwelling);
            if told || e.project != Project::None {
                news[e.person].push(e.entry);
            }
            news[e.person].extend(e.exit);
            news[e.person].extend(e.move_in);
        }
        for seen in sightings {
            news[seen.person].push(seen.day);
        }
        for days in &mut news {
            days.sort_unstable();
        }
        Self {
            enrolments,
            options,
            of,
            news,
            birth,
        }
    }

    fn of(&self, person: usize) -> impl Iterator<Item = &Enrolment> {
        self.of[person].iter().map(|i| &self.enrolments[*i])
    }

    /// Where the person lived until entry, as they say.
    fn before(&self, index: usize) -> Option<Stay> {
        let e = &self.enrolments[index];
        let code = e.living?;
        let state = codes::situation(code)?;
        let since = e
            .homeless_since
            .filter(|day| *day < e.entry && codes::literally_homeless(code));
        // What is told does not go back over what the export has recorded.
        let recorded = self
            .of(e.person)
            .flat_map(|o| [o.exit, o.move_in])
            .flatten();
        let recorded = recorded.filter(|day| *day <= e.entry).max();
        let start = since
            .unwrap_or(e.entry - e.nights)
            .max(recorded.unwrap_or(Day::MIN))
            .max(self.birth[e.person].unwrap_or(Day::MIN));
        (start < e.entry).then_some(Stay {
            person: e.person,
            start,
            end: Some(e.entry),
            state,
            home_of: None,
            coc_of: None,
            source: "prior_situation",
        })
    }

    /// Where the person lives during the enrolment.
    fn during(&self, index: usize) -> Vec<Stay> {
        let e = &self.enrolments[index];
        let until = |day: Option<Day>| match (e.exit, day) {
            (Some(exit), Some(day)) => Some(exit.min(day)),
            (exit, day) => exit.or(day),
        };
        let stay = |start, end: Option<Day>, state, source| Stay {
            person: e.person,
            start,
            end,
            state,
            home_of: None,
            coc_of: Some(index),
            source,
        };
        let mut stays = Vec::new();
        match e.project {
            Project::Bed(state) => stays.push(stay(e.entry, until(e.move_in), state, "enrolment")),
            Project::Outreach => {
                // Outreach gives no bed, and enrolments stay open when people
                // move in elsewhere.
                let moved = self
                    .of(e.person)
                    .filter_map(|o| o.move_in)
                    .filter(|day| *day >= e.entry)
                    .min();
                stays.push(stay(e.entry, until(moved), State::Street, "enrolment"));
            }
            Project::Housing => {
                let homeless = e.living.filter(|code| codes::literally_homeless(*code));
                if let Some(state) = homeless.and_then(codes::situation) {
                    stays.push(stay(e.entry, until(e.move_in), state, "before_move_in"));
                }
            }
            Project::NightByNight | Project::None => {}
        }
        if let Some(day) = e.move_in {
            stays.push(Stay {
                home_of: Some(index),
                ..stay(day, e.exit, State::Dwelling, "enrolment")
            });
        }
        stays
    }

    /// Where the person went on exit, until the next news and for a limited
    /// time; nothing where the export still records them elsewhere.
    fn after(&self, index: usize, tally: &mut Tally) -> Option<Stay> {
        let e = &self.enrolments[index];
        let exit = e.exit?;
        let Some(state) = e.destination.and_then(codes::situation) else {
            if e.destination != Some(codes::DECEASED) {
                tally.add(
                    "Exit.csv, Destination",
                    "other, not collected or no exit interview: unknown from the exit on",
                    1,
                );
            }
            return None;
        };
        let elsewhere = self.of[e.person].iter().any(|other| {
            let o = &self.enrolments[*other];
            let lives_there =
                matches!(o.project, Project::Bed(_)) || o.move_in.is_some_and(|day| day <= exit);
            *other != index && lives_there && o.covers(exit)
        });
        if elsewhere {
            tally.add(
                "Exit.csv, Destination",
                "the person is still in another project that gives a bed or home: that counts",
                1,
            );
            return None;
        }
        let days = if matches!(state, State::Dwelling | State::Institution) {
            self.options.permanent_days
        } else {
            self.options.temporary_days
        };
        let news = &self.news[e.person];
        let next = news.get(news.partition_point(|day| *day <= exit)).copied();
        let end = exit
            .saturating_add(days as Day)
            .min(next.unwrap_or(Day::MAX));
        Some(Stay {
            person: e.person,
            start: exit,
            end: Some(end),
            state,
            home_of: None,
            coc_of: None,
            source: "destination",
        })
    }
}

/// The stays table.
pub(super) fn stays(
    ids: &[&str],
    birth: &[Option<Day>],
    enrolments: &[Enrolment],
    sightings: &[Sighting],
    options: &HmisOptions,
    tally: &mut Tally,
) -> Result<DataFrame> {
    let known = Known::new(ids.len(), enrolments, sightings, birth, options);
    let mut stays = Vec::new();
    for (index, enrolment) in enrolments.iter().enumerate() {
        stays.extend(known.before(index));
        stays.extend(known.during(index));
        stays.extend(known.after(index, tally));
        if enrolment.project == Project::None {
            tally.add(
                format!("Enrollment.csv, {}", enrolment.programme),
                "the project gives no bed: only what entry and exit say is read",
                1,
            );
        }
    }
    stays.extend(sightings.iter().map(|seen| Stay {
        person: seen.person,
        start: seen.day,
        end: Some(seen.day + 1),
        state: seen.state,
        home_of: None,
        coc_of: None,
        source: seen.source,
    }));
    let before = stays.len();
    stays.retain(|s| s.end.is_none_or(|end| s.start < end));
    tally.add(
        "stays",
        "left on the day of entry: no night, so no stay",
        before - stays.len(),
    );
    let homes = |s: &Stay| s.home_of.map(|i| enrolments[i].dwelling.as_str());
    let cocs = |s: &Stay| s.coc_of.and_then(|i| enrolments[i].coc.as_deref());
    frame::of(vec![
        frame::text(
            "person",
            &stays.iter().map(|s| ids[s.person]).collect::<Vec<_>>(),
        ),
        frame::days("start", stays.iter().map(|s| Some(s.start)).collect()),
        frame::days("end", stays.iter().map(|s| s.end).collect()),
        frame::text(
            "state",
            &stays.iter().map(|s| s.state.code()).collect::<Vec<_>>(),
        ),
        frame::some_text("dwelling", &stays.iter().map(homes).collect::<Vec<_>>()),
        frame::some_text("municipality", &stays.iter().map(cocs).collect::<Vec<_>>()),
        frame::text(
            "source",
            &stays.iter().map(|s| s.source).collect::<Vec<_>>(),
        ),
    ])
}
