//! Enrolments: a person in a project from entry to exit.

use hashbrown::HashMap;

use super::codes::{self, Project};
use super::files::{File, Tally};
use super::{HmisOptions, MoveIns};
use crate::calendar::Day;
use crate::error::Result;

/// Files of the export that say who was where.
pub(super) struct Files {
    pub(super) clients: File,
    pub(super) projects: File,
    pub(super) project_cocs: Option<File>,
    pub(super) enrolments: File,
    pub(super) exits: File,
}

/// A person in a project.
#[derive(Clone)]
pub(super) struct Enrolment {
    /// The client's row.
    pub(super) person: usize,
    pub(super) project: Project,
    /// HUD's code of the project type.
    pub(super) kind: Option<i64>,
    /// The project type in words.
    pub(super) programme: &'static str,
    pub(super) entry: Day,
    pub(super) exit: Option<Day>,
    pub(super) destination: Option<i64>,
    /// The day of moving into a home, where the project or the options let it count.
    pub(super) move_in: Option<Day>,
    /// The household in the project: who move in together share the dwelling.
    pub(super) dwelling: String,
    pub(super) head: bool,
    pub(super) coc: Option<String>,
    /// The living situation on the night before entry, and what is known of
    /// its length.
    pub(super) living: Option<i64>,
    pub(super) nights: Day,
    pub(super) homeless_since: Option<Day>,
}

impl Enrolment {
    /// Whether the project gives a home.
    pub(super) fn is_housing(&self) -> bool {
        self.project == Project::Housing
    }

    /// Whether the enrolment is under way on a day.
    pub(super) fn covers(&self, day: Day) -> bool {
        self.entry <= day && self.exit.is_none_or(|exit| day < exit)
    }
}

/// Each client's row, by identifier.
pub(super) fn clients(file: &File) -> Result<HashMap<&str, usize>> {
    let mut rows = HashMap::with_capacity(file.rows());
    for (row, id) in file.text("PersonalID")?.iter().enumerate() {
        if let Some(id) = id {
            rows.entry(id).or_insert(row);
        }
    }
    Ok(rows)
}

/// What a project is, its type as code and in words, and its Continuum of Care.
type Typed = (Project, Option<i64>, &'static str, Option<String>);

/// Each project by identifier.
fn projects(files: &Files, tally: &mut Tally) -> Result<HashMap<String, Typed>> {
    // A project in several CoCs says nothing of the single enrolment.
    let mut cocs: HashMap<&str, Option<&str>> = HashMap::new();
    if let Some(file) = &files.project_cocs {
        for (project, coc) in file
            .text("ProjectID")?
            .iter()
            .zip(file.text("CoCCode")?.iter())
        {
            if let (Some(project), Some(coc)) = (project, coc) {
                let held = cocs.entry(project).or_insert(Some(coc));
                if *held != Some(coc) {
                    *held = None;
                }
            }
        }
    }
    let types = files.projects.codes("ProjectType", tally);
    let mut projects = HashMap::new();
    let mut untyped = 0;
    for (id, code) in files.projects.text("ProjectID")?.iter().zip(types) {
        let Some(id) = id else { continue };
        let (project, name) = code.and_then(codes::project).unwrap_or_else(|| {
            untyped += 1;
            (Project::None, "unknown")
        });
        let coc = cocs.get(id).copied().flatten().map(str::to_owned);
        projects.insert(id.to_owned(), (project, code, name, coc));
    }
    tally.add(
        "Project.csv",
        "the project type is none of HUD's: no stay is read from it",
        untyped,
    );
    Ok(projects)
}

/// Day and destination of each exit, by enrolment.
fn exits<'a>(file: &'a File, tally: &mut Tally) -> Result<HashMap<&'a str, (Day, Option<i64>)>> {
    let (days, destinations) = (
        file.days("ExitDate", tally)?,
        file.codes("Destination", tally),
    );
    let mut exits = HashMap::with_capacity(file.rows());
    let (mut undated, mut repeated) = (0, 0);
    for ((id, day), destination) in file
        .text("EnrollmentID")?
        .iter()
        .zip(days)
        .zip(destinations)
    {
        match (id, day) {
            (Some(id), Some(day)) => {
                repeated += usize::from(exits.insert(id, (day, destination)).is_some());
            }
            _ => undated += 1,
        }
    }
    tally.add(
        "Exit.csv",
        "has no enrolment or no date: the enrolment is read as ongoing",
        undated,
    );
    tally.add(
        "Exit.csv",
        "a second exit of one enrolment: the last row counts",
        repeated,
    );
    Ok(exits)
}

/// All enrolments that can be read, in the order of the file.
pub(super) fn read(
    files: &Files,
    clients: &HashMap<&str, usize>,
    options: &HmisOptions,
    tally: &mut Tally,
) -> Result<Vec<Enrolment>> {
    let projects = projects(files, tally)?;
    let mut exits = exits(&files.exits, tally)?;
    let file = &files.enrolments;
    let (ids, people) = (file.text("EnrollmentID")?, file.text("PersonalID")?);
    let (project_ids, households) = (file.text("ProjectID")?, file.optional("HouseholdID"));
    let entries = file.days("EntryDate", tally)?;
    let move_ins = file.days("MoveInDate", tally)?;
    let since = file.days("DateToStreetESSH", tally)?;
    let living = file.codes("LivingSituation", tally);
    let lengths = file.codes("LengthOfStay", tally);
    let relations = file.codes("RelationshipToHoH", tally);
    let cocs = file.optional("EnrollmentCoC");

    let mut enrolments = Vec::with_capacity(file.rows());
    // The move-in day of each household's head, by project and household.
    let mut heads: HashMap<String, Day> = HashMap::new();
    for row in 0..file.rows() {
        let exit = ids.get(row).and_then(|id| exits.remove(id));
        let Some(person) = people.get(row).and_then(|id| clients.get(id).copied()) else {
            tally.add(
                "Enrollment.csv",
                "names a person who is not in Client.csv: left out",
                1,
            );
            continue;
        };
        let Some(entry) = entries[row] else {
            tally.add("Enrollment.csv", "has no entry date: left out", 1);
            continue;
        };
        let Some((project, kind, programme, coc)) =
            project_ids.get(row).and_then(|id| projects.get(id))
        else {
            tally.add(
                "Enrollment.csv",
                "names a project that is not in Project.csv: left out",
                1,
            );
            continue;
        };
        let (mut exit, destination) = exit.map_or((None, None), |(day, to)| (Some(day), to));
        if exit.is_some_and(|exit| exit < entry) {
            tally.add(
                "Exit.csv",
                "lies before the entry: read as leaving on the day of entry",
                1,
            );
            exit = Some(entry);
        }
        let household = households.and_then(|h| h.get(row)).or_else(|| ids.get(row));
        let dwelling = format!(
            "{}/{}",
            project_ids.get(row).unwrap_or_default(),
            household.unwrap_or_default()
        );
        let move_in = move_ins[row].filter(|_| {
            let counts = *project == Project::Housing || options.move_ins == MoveIns::All;
            if !counts {
                tally.add(
                    format!("Enrollment.csv, MoveInDate, {programme}"),
                    "the project gives no home, so HUD asks for no move-in date: not read as a placement",
                    1,
                );
            }
            counts
        });
        let head = relations[row] == Some(1);
        if let Some(day) = move_in.filter(|_| head) {
            heads.insert(dwelling.clone(), day);
        }
        enrolments.push(Enrolment {
            person,
            project: *project,
            kind: *kind,
            programme,
            entry,
            exit,
            destination,
            move_in,
            dwelling,
            head,
            coc: cocs
                .and_then(|c| c.get(row))
                .map(str::to_owned)
                .or_else(|| coc.clone()),
            living: living[row],
            nights: lengths[row].map_or(1, codes::at_least_nights),
            homeless_since: since[row],
        });
    }
    tally.add(
        "Exit.csv",
        "names an enrolment that is not there: left out",
        exits.len(),
    );
    for enrolment in &mut enrolments {
        enrolment.move_in = moved_in(enrolment, &heads, tally);
    }
    Ok(enrolments)
}

/// The day of moving in, as far as it can be right: not before entry, not
/// after exit. A member of the household without a day of their own moved in
/// with its head.
fn moved_in(enrolment: &Enrolment, heads: &HashMap<String, Day>, tally: &mut Tally) -> Option<Day> {
    let with_head = || {
        let day = *heads
            .get(&enrolment.dwelling)
            .filter(|_| enrolment.is_housing())?;
        let day = day.max(enrolment.entry);
        enrolment.exit.is_none_or(|exit| day <= exit).then_some(day)
    };
    let day = enrolment.move_in.or_else(with_head)?;
    if enrolment.exit.is_some_and(|exit| day > exit) {
        tally.add(
            "Enrollment.csv, MoveInDate",
            "lies after the exit: read as never moved in",
            1,
        );
        return None;
    }
    if day < enrolment.entry {
        tally.add(
            "Enrollment.csv, MoveInDate",
            "lies before the entry: read as the day of entry, from which alone the person is followed",
            1,
        );
    }
    Some(day.max(enrolment.entry))
}
