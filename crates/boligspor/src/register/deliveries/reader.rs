//! Reading a register: all its deliveries, file by file and row by row, in the
//! fields that the register is asked for.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use boligspor_files::{Batch, Values};

use super::columns;
use super::fields::Kind;
use super::files::Delivered;
use super::folder::Folder;
use super::ids::{Ids, NO_ID};
use super::log::ImportLog;
use super::mapping::{Delivery, Mapping};
use super::values::{self, Cell as DayCell};
use crate::calendar::{self, Day};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// The deliveries of a folder, as a mapping describes them.
pub(in crate::register) struct Reader<'a> {
    folder: Folder,
    mapping: &'a Mapping,
    interrupt: Interrupt,
    /// Unreadable values by register and field.
    unreadable: RefCell<BTreeMap<(&'static str, &'static str), usize>>,
    read: RefCell<Vec<FileRead>>,
}

/// A file that was read, for the record of the import.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(in crate::register) struct FileRead {
    pub(in crate::register) register: &'static str,
    pub(in crate::register) file: String,
    pub(in crate::register) rows: usize,
}

/// Takes the columns of the fields, the rows let through, and counts of values
/// that could not be read, of one batch.
type VisitBatch<'a> = dyn FnMut(&[Option<&Values>], &[usize], &[Days]) -> Result<()> + 'a;

/// Takes the rows, of which only the person is told, and the columns chosen.
type VisitWide<'a> = dyn FnMut(Rows<'_>, &[Values]) -> Result<()> + 'a;

/// There is a value, and it is no whole number.
#[derive(Clone, Copy, Debug)]
pub(in crate::register) struct NotWhole;

/// How often a field's values were a day, and how often something else; of the
/// first field, how often it named somebody.
#[derive(Clone, Default)]
struct Days {
    read: Cell<usize>,
    unreadable: Cell<usize>,
}

/// Rows of a file that are read together, by field.
#[derive(Clone, Copy)]
pub(in crate::register) struct Rows<'a> {
    columns: &'a [Option<&'a Values>],
    kept: &'a [usize],
    digits: u8,
    days: &'a [Days],
    order: u32,
    /// The reference date that mapping or file name tell.
    pub(in crate::register) reference: Option<Day>,
}

impl<'a> Rows<'a> {
    /// One row after the other.
    pub(in crate::register) fn iter(self) -> impl Iterator<Item = Row<'a>> {
        let row = move |at: &usize| Row {
            columns: self.columns,
            at: *at,
            days: self.days,
            order: self.order,
            reference: self.reference,
        };
        self.kept.iter().map(row)
    }

    /// The number of each row's person, field 0 of every register of persons;
    /// [`NO_ID`] where there is none, and where not `add` for who has no number yet.
    pub(in crate::register) fn persons(self, ids: &mut Ids, add: bool) -> Vec<u32> {
        // Who is named and not known counts as named: a file of nobody is refused.
        let texts = self.columns[0].filter(|v| !matches!(v, Values::Day(_)));
        let named = |at: &&usize| texts.is_some_and(|v| !v.missing(**at));
        let named = self.kept.iter().filter(named).count();
        self.days[0].add(named, self.kept.len() - named);
        self.numbers(0, usize::from(self.digits), ids, add, |_| true)
    }

    /// The numbers of what else has identifiers, for the rows that are `wanted`.
    pub(in crate::register) fn others(
        self,
        field: usize,
        ids: &mut Ids,
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<u32> {
        self.numbers(field, 0, ids, true, wanted)
    }

    fn numbers(
        self,
        field: usize,
        width: usize,
        ids: &mut Ids,
        add: bool,
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<u32> {
        let rows = self.kept.iter().enumerate();
        match self.columns[field] {
            None => vec![NO_ID; self.kept.len()],
            Some(Values::Text(texts)) => {
                let text = |(i, at): (usize, &usize)| texts.get(*at).filter(|_| wanted(i));
                ids.numbers(rows.map(text), add)
            }
            Some(values) => {
                let text = |(i, at): (usize, &usize)| {
                    let text = values.text(*at).filter(|_| wanted(i))?;
                    Some(format!("{text:0>width$}"))
                };
                // A few at a time, so that the texts are gone again soon.
                let mut numbers = Vec::with_capacity(self.kept.len());
                let mut rows = rows.map(text);
                loop {
                    let some: Vec<Option<String>> = rows.by_ref().take(1 << 10).collect();
                    if some.is_empty() {
                        return numbers;
                    }
                    numbers.extend(ids.numbers(some.iter().map(Option::as_deref), add));
                }
            }
        }
    }
}

impl Days {
    fn add(&self, read: usize, unreadable: usize) {
        self.read.set(self.read.get() + read);
        self.unreadable.set(self.unreadable.get() + unreadable);
    }
}

/// One row of a file, by field.
pub(in crate::register) struct Row<'a> {
    columns: &'a [Option<&'a Values>],
    at: usize,
    days: &'a [Days],
    /// The place of the row's file among the register's: a later one is newer.
    pub(in crate::register) order: u32,
    /// The reference date that mapping or file name tell.
    pub(in crate::register) reference: Option<Day>,
}

impl Row<'_> {
    /// A text, or a number as text.
    pub(in crate::register) fn text(&self, field: usize) -> Option<Cow<'_, str>> {
        self.columns[field]?.text(self.at)
    }

    /// Whether there is a value.
    pub(in crate::register) fn has(&self, field: usize) -> bool {
        self.columns[field].is_some_and(|values| !values.missing(self.at))
    }

    /// A whole number, also one written as text. An error where there is
    /// something else.
    pub(in crate::register) fn whole(
        &self,
        field: usize,
    ) -> std::result::Result<Option<i64>, NotWhole> {
        let Some(values) = self.columns[field] else {
            return Ok(None);
        };
        match values.whole(self.at) {
            None if !values.missing(self.at) => Err(NotWhole),
            whole => Ok(whole),
        }
    }

    /// A day. One that cannot be read is counted, and missing.
    pub(in crate::register) fn day(&self, field: usize) -> Option<Day> {
        match values::cell(self.columns[field]?, self.at) {
            DayCell::Day(day) => {
                self.days[field].add(1, 0);
                Some(day)
            }
            DayCell::Missing => None,
            DayCell::Unreadable => {
                self.days[field].add(0, 1);
                None
            }
        }
    }
}

/// The reference date that a path tells: a folder `year=2018`, or a name that
/// ends in `2018`, `201812` or `20181231`. A year stands for its last day, a
/// month for its.
fn reference_of(path: &str) -> Option<Day> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or_default();
    let digits = stem.len() - stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let tail = &stem[stem.len() - digits..];
    let month = |year: &str, month: &str| -> Option<Day> {
        let (year, month): (i32, u32) = (year.parse().ok()?, month.parse().ok()?);
        ((1900..2200).contains(&year) && (1..=12).contains(&month))
            .then(|| calendar::day(year, month, calendar::days_in_month(year, month)))
    };
    let by_name = match tail.len() {
        4 => month(tail, "12"),
        6 => month(&tail[..4], &tail[4..]),
        8 => values::day(tail),
        _ => None,
    };
    let key = |name: &str| {
        folders
            .split('/')
            .find_map(|f| f.to_ascii_lowercase().strip_prefix(name).map(str::to_owned))
    };
    // The file's own name tells of a year only where the folder does not:
    // `part-2018.parquet` is the two thousand and eighteenth part.
    match (key("year=").or_else(|| key("aar=")), key("month=")) {
        (Some(year), Some(m)) => month(&year, &m),
        (Some(year), None) => month(&year, "12"),
        _ => by_name,
    }
}

impl<'a> Reader<'a> {
    pub(in crate::register) fn new(
        folder: &Path,
        mapping: &'a Mapping,
        interrupt: Interrupt,
    ) -> Result<Self> {
        Ok(Self {
            folder: Folder::open(folder)?,
            mapping,
            interrupt,
            unreadable: RefCell::default(),
            read: RefCell::default(),
        })
    }

    pub(in crate::register) fn path(&self, below: &str) -> std::path::PathBuf {
        self.folder.path(below)
    }

    /// Whether any delivery of the register is mapped.
    pub(in crate::register) fn has(&self, kind: Kind) -> bool {
        self.mapping.deliveries.iter().any(|d| d.register == kind)
    }

    /// The files of a register, older ones first, with their delivery.
    fn files(&self, kind: Kind) -> Result<Vec<(&'a Delivery, String)>> {
        let mut all = Vec::new();
        for delivery in self
            .mapping
            .deliveries
            .iter()
            .filter(|d| d.register == kind)
        {
            for file in self.folder.find(kind.name(), &delivery.files)? {
                // A later delivery takes a file over, for columns of its own.
                all.retain(|(_, known)| *known != file);
                all.push((delivery, file));
            }
        }
        Ok(all)
    }

    /// The files of a register in the order of their reference dates.
    fn dated(&self, kind: Kind) -> Result<Vec<(&'a Delivery, String, Option<Day>)>> {
        let mut files: Vec<_> = self
            .files(kind)?
            .into_iter()
            .map(|(delivery, file)| {
                let day = delivery
                    .reference
                    .map(|d| d.0)
                    .or_else(|| reference_of(&file));
                (delivery, file, day)
            })
            .collect();
        // Stable: of two files of one date the newer stays the later.
        files.sort_by_key(|(_, _, day)| *day);
        Ok(files)
    }

    /// Gives `visit` all rows of a register, file by file; where `by_date`,
    /// in the order of the files' reference dates, else of their delivery.
    pub(in crate::register) fn each(
        &self,
        kind: Kind,
        by_date: bool,
        visit: &mut dyn FnMut(Rows<'_>) -> Result<()>,
    ) -> Result<()> {
        let files = if by_date {
            self.dated(kind)?
        } else {
            let files = self.files(kind)?.into_iter();
            files.map(|(d, f)| (d, f, None)).collect()
        };
        for (order, (delivery, file, reference)) in files.into_iter().enumerate() {
            self.file(kind, delivery, &file, &mut |columns, kept, days| {
                visit(Rows {
                    columns,
                    kept,
                    digits: self.mapping.person_digits,
                    days,
                    order: order as u32,
                    reference,
                })
            })?;
        }
        Ok(())
    }

    /// One file, batch by batch: the columns of the fields and the rows that
    /// the delivery's `only` lets through.
    fn file(
        &self,
        kind: Kind,
        delivery: &Delivery,
        file: &str,
        visit: &mut VisitBatch<'_>,
    ) -> Result<()> {
        let delivered = Delivered::open(kind.name(), self.folder.path(file), delivery.encoding)?;
        let fields = columns::resolve(file, delivered.names(), delivery)?;
        let mut wanted: Vec<usize> = fields.iter().flatten().copied().collect();
        let mut only = Vec::new();
        for (name, values) in &delivery.only {
            let column = delivered
                .names()
                .iter()
                .position(|n| n.eq_ignore_ascii_case(name));
            let Some(column) = column else {
                return Err(Error::table(
                    kind.name(),
                    Some(name),
                    format!("{file} has no such column, by which the mapping chooses rows"),
                    "correct `only` in the mapping file",
                ));
            };
            wanted.push(column);
            only.push((column, values));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let at = |column: usize| wanted.iter().position(|w| *w == column);
        let days = vec![Days::default(); fields.len()];
        let mut rows = 0;
        delivered.scan(&wanted, &mut |batch: &Batch| {
            self.interrupt.check()?;
            rows += batch.rows;
            let columns: Vec<Option<&Values>> = fields
                .iter()
                .map(|f| f.and_then(at).map(|i| &batch.columns[i]))
                .collect();
            let kept = (0..batch.rows).filter(|row| {
                only.iter().all(|(column, values)| {
                    let text = at(*column).and_then(|i| batch.columns[i].text(*row));
                    text.is_some_and(|t| values.iter().any(|v| *v == t))
                })
            });
            visit(&columns, &kept.collect::<Vec<_>>(), &days)
        })?;
        for (i, (field, days)) in kind.fields().iter().zip(&days).enumerate() {
            let unreadable = days.unreadable.get();
            if unreadable == 0 {
                continue;
            }
            let column = fields[i].map(|c| delivered.names()[c].as_str());
            if i == 0 {
                if days.read.get() > 0 {
                    continue;
                }
                return Err(Error::table(
                    kind.name(),
                    column,
                    format!("{file} names nobody in any of its {unreadable} rows"),
                    "name the column that holds the person in the mapping, or deliver the file again",
                ));
            }
            if days.read.get() == 0 {
                return Err(Error::table(
                    kind.name(),
                    column,
                    format!("{file} has {unreadable} values in it, none of which is a date"),
                    "name the column that holds the date in the mapping; docs/registers.md lists how dates may be written",
                ));
            }
            *self
                .unreadable
                .borrow_mut()
                .entry((kind.name(), field.name))
                .or_default() += unreadable;
        }
        self.read.borrow_mut().push(FileRead {
            register: kind.name(),
            file: file.to_owned(),
            rows,
        });
        Ok(())
    }

    /// Gives `visit` the persons and the columns chosen by `choose` of every
    /// file of a wide register, batch by batch. `choose` turns the names of a
    /// file's columns into the indices wanted.
    pub(in crate::register) fn wide(
        &self,
        kind: Kind,
        choose: &mut dyn FnMut(&[String]) -> Result<Vec<usize>>,
        visit: &mut VisitWide<'_>,
    ) -> Result<()> {
        for (delivery, file) in self.files(kind)? {
            let delivered =
                Delivered::open(kind.name(), self.folder.path(&file), delivery.encoding)?;
            let fields = columns::resolve(&file, delivered.names(), delivery)?;
            let Some(person) = fields[0] else { continue };
            let mut wanted = vec![person];
            wanted.extend(choose(delivered.names())?);
            let days = [Days::default()];
            let mut rows = 0;
            delivered.scan(&wanted, &mut |batch: &Batch| {
                self.interrupt.check()?;
                rows += batch.rows;
                let kept: Vec<usize> = (0..batch.rows).collect();
                let persons = Rows {
                    columns: &[Some(&batch.columns[0])],
                    kept: &kept,
                    digits: self.mapping.person_digits,
                    days: &days,
                    order: 0,
                    reference: None,
                };
                visit(persons, &batch.columns[1..])
            })?;
            self.read.borrow_mut().push(FileRead {
                register: kind.name(),
                file,
                rows,
            });
        }
        Ok(())
    }

    /// What was read, file by file, and what could not be, into the log.
    pub(in crate::register) fn finish(self, log: &mut ImportLog) -> Vec<FileRead> {
        for ((register, field), rows) in self.unreadable.into_inner() {
            log.add(
                register,
                field,
                "cannot be read as a date; taken as missing",
                None,
                rows,
            );
        }
        self.read.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_reference_date() {
        for (path, wanted) in [
            ("bef202112.sas7bdat", Some((2021, 12, 31))),
            ("x/BEF2019.csv", Some((2019, 12, 31))),
            ("bef/year=2018/part-0.parquet", Some((2018, 12, 31))),
            (
                "bef/year=2018/month=3/part-201812.parquet",
                Some((2018, 3, 31)),
            ),
            ("bef20200930.dta", Some((2020, 9, 30))),
            ("bef.csv", None),
            ("part-0.parquet", None),
            ("bef999913.csv", None),
        ] {
            let wanted = wanted.map(|(y, m, d)| calendar::day(y, m, d));
            assert_eq!(reference_of(path), wanted, "{path}");
        }
    }
}
