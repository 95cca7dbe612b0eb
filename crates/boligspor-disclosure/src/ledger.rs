//! The record of what was released before.
//!
//! This year's table minus last year's is the newcomers. So each release is
//! entered in an append-only file of lines, chained by hashes so that a line
//! taken out or changed is seen, and the next release is cleared beside all
//! earlier ones.
//!
//! The file and its hashes are made of published values only; a hash over a
//! withheld small number could be undone by trying 1, 2, 3.
//!
//! Who was behind the numbers of each release lies in a folder beside the file
//! ([`Memory`], a file a release). It is microdata; without it a release cannot
//! be tied to the next one, and the ledger says so.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, CellId};
use crate::clear::Cleared;
use crate::error::{ClearError, Result};
use crate::figures::Memory;
use crate::policy::Policy;
use crate::rows::Measure;
use crate::shown::{Shown, mean_rows, percentage_rows, sum_rows};

/// The version of the file's format.
const FORMAT: u32 = 1;

/// The releases of a project, in a file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    format: u32,
    release: String,
    policy: String,
    numbers: Vec<LedgerNumber>,
    previous: String,
    hash: String,
}

/// A number published earlier. What was withheld is not entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerNumber {
    /// Its table then.
    pub table: String,
    /// Its place in the table.
    pub label: String,
    /// What was shown.
    pub shown: Shown,
    /// For counts: the least that was shown so.
    pub low: i128,
    /// For counts: the most.
    pub high: i128,
    /// For means: the unit they were rounded to.
    pub unit: u32,
}

impl Ledger {
    /// Opens a ledger, or begins one where there is no file yet, and verifies
    /// its chain.
    ///
    /// # Errors
    ///
    /// [`ClearError::Ledger`] if the file cannot be read, or a line was
    /// changed, taken out or put in.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let mut text = String::new();
        if path.exists() {
            File::open(&path)
                .and_then(|mut file| file.read_to_string(&mut text))
                .map_err(|error| ClearError::Ledger(format!("cannot be read: {error}")))?;
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let entry: Entry = serde_json::from_str(line).map_err(|_| {
                ClearError::Ledger(format!("line {} is not an entry; restore the file", n + 1))
            })?;
            let previous = entries.last().map_or("", |entry| entry.hash.as_str());
            if entry.format != FORMAT {
                return Err(ClearError::Ledger(format!(
                    "line {} has format {}, this version reads {FORMAT}",
                    n + 1,
                    entry.format
                )));
            }
            if entry.previous != previous || entry.hash != entry.digest()? {
                return Err(ClearError::Ledger(format!(
                    "line {} or one before it was changed; restore the file from a copy",
                    n + 1
                )));
            }
            entries.push(entry);
        }
        Ok(Self { path, entries })
    }

    /// The names of the releases, oldest first.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.release.as_str())
    }

    /// What is remembered of the releases, and the names of those of which
    /// nothing is: their numbers cannot be tied to other people's.
    ///
    /// # Errors
    ///
    /// [`ClearError::Ledger`] for a memory that cannot be read, or that is of
    /// another release than its place says.
    pub fn memories(&self) -> Result<(Vec<Memory>, Vec<String>)> {
        let (mut memories, mut without) = (Vec::new(), Vec::new());
        for (n, entry) in self.entries.iter().enumerate() {
            let path = self.memory_path(n);
            if !path.exists() {
                without.push(entry.release.clone());
                continue;
            }
            let broken = |what: String| {
                let name = &entry.release;
                ClearError::Ledger(format!(
                    "what is remembered of release {name} {what}; restore it from a copy"
                ))
            };
            let text =
                fs::read_to_string(&path).map_err(|e| broken(format!("cannot be read: {e}")))?;
            let memory: Memory = serde_json::from_str(&text)
                .ok()
                .filter(Memory::is_sound)
                .ok_or_else(|| broken("is broken, or of another version".to_owned()))?;
            if memory.release() != entry.release {
                return Err(broken(format!("is of release {}", memory.release())));
            }
            memories.push(memory);
        }
        Ok((memories, without))
    }

    /// Where what is remembered of the n-th release lies.
    fn memory_path(&self, n: usize) -> PathBuf {
        let mut folder = OsString::from(self.path.as_os_str());
        folder.push(".people");
        PathBuf::from(folder).join(format!("{:04}.json", n + 1))
    }

    /// Enters a release together with who was behind its numbers, so that the
    /// next one can be tied to it.
    ///
    /// # Errors
    ///
    /// As [`Ledger::append`]; where that fails, nothing is entered.
    pub fn append_with(
        &mut self,
        policy: &Policy,
        cleared: &Cleared,
        memory: &Memory,
    ) -> Result<()> {
        self.free(memory.release())?;
        let failed = |e: std::io::Error| ClearError::Ledger(format!("cannot be written: {e}"));
        let path = self.memory_path(self.entries.len());
        let text =
            serde_json::to_string(memory).map_err(|error| ClearError::Ledger(error.to_string()))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // A memory without its line is that of no release, and is written over.
        let half = path.with_extension("half");
        fs::write(&half, text).map_err(failed)?;
        fs::rename(&half, &path).map_err(failed)?;
        self.enter(memory.release(), policy, cleared)
    }

    /// Refuses a name that is taken.
    ///
    /// # Errors
    ///
    /// [`ClearError::Ledger`].
    pub fn free(&self, release: &str) -> Result<()> {
        if self.releases().any(|name| name == release) {
            return Err(ClearError::Ledger(format!(
                "a release named {release} is entered already; choose another name"
            )));
        }
        Ok(())
    }

    /// The published numbers of a release.
    pub fn numbers(&self, release: &str) -> &[LedgerNumber] {
        self.entries
            .iter()
            .find(|entry| entry.release == release)
            .map_or(&[], |entry| &entry.numbers)
    }

    /// Enters a release: one line at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ClearError::Ledger`] for a name that is taken, or a file that cannot
    /// be written.
    pub fn append(&mut self, release: &str, policy: &Policy, cleared: &Cleared) -> Result<()> {
        self.free(release)?;
        // A memory that was left here without its line is another release's.
        let stale = self.memory_path(self.entries.len());
        if stale.exists() {
            fs::remove_file(&stale)
                .map_err(|e| ClearError::Ledger(format!("cannot be written: {e}")))?;
        }
        self.enter(release, policy, cleared)
    }

    fn enter(&mut self, release: &str, policy: &Policy, cleared: &Cleared) -> Result<()> {
        let numbers = cleared
            .numbers()
            .iter()
            .filter_map(|number| {
                let shown = number.value?;
                let (low, high) = match shown {
                    Shown::Count(n) => {
                        let (low, high) = policy.rounding.possible(n);
                        (i128::from(low), i128::from(high))
                    }
                    Shown::Amount(_) | Shown::Percentage { .. } => (0, 0),
                };
                Some(LedgerNumber {
                    table: number.table.clone(),
                    label: number.label.clone(),
                    shown,
                    low,
                    high,
                    unit: policy.mean_unit,
                })
            })
            .collect();
        let mut entry = Entry {
            format: FORMAT,
            release: release.to_owned(),
            policy: format!("{} {}", policy.name, policy.version),
            numbers,
            previous: self
                .entries
                .last()
                .map_or(String::new(), |e| e.hash.clone()),
            hash: String::new(),
        };
        entry.hash = entry.digest()?;
        let mut line =
            serde_json::to_string(&entry).map_err(|error| ClearError::Ledger(error.to_string()))?;
        line.push('\n');
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| {
                file.write_all(line.as_bytes())?;
                file.sync_all()
            })
            .map_err(|error| ClearError::Ledger(format!("cannot be written: {error}")))?;
        self.entries.push(entry);
        Ok(())
    }
}

impl Entry {
    fn digest(&self) -> Result<String> {
        let mut bare = self.clone();
        bare.hash.clear();
        let text =
            serde_json::to_string(&bare).map_err(|error| ClearError::Ledger(error.to_string()))?;
        Ok(blake3::hash(text.as_bytes()).to_hex().to_string())
    }
}

impl Bundle {
    /// A number of an earlier release, rebuilt in today's cells: of a count its
    /// cells, of a percentage part and whole, of a mean amounts and persons (in
    /// `second`, which counts and sums leave empty).
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if today's cells do not agree with what was
    /// published, or are of other measures.
    pub fn earlier(
        &mut self,
        number: &LedgerNumber,
        first: &[CellId],
        second: &[CellId],
    ) -> Result<()> {
        let name = format!("{}, {}", number.table, number.label);
        let rows = match number.shown {
            Shown::Count(_) => {
                return self.earlier_count(&name, first, number.low, number.high);
            }
            Shown::Amount(amount) => {
                let amounts = self.cells_of(&name, first, Measure::Amount)?;
                let persons = self.cells_of(&name, second, Measure::Persons)?;
                let unit = i128::from(number.unit.max(1));
                if persons.is_empty() {
                    sum_rows(amount / unit, unit, &amounts)
                } else {
                    mean_rows(amount / unit, unit, &amounts, &persons)
                }
            }
            Shown::Percentage { digits, decimals } => {
                let part = self.cells_of(&name, first, Measure::Persons)?;
                let whole = self.cells_of(&name, second, Measure::Persons)?;
                let scale = 100 * 10_i128.pow(decimals.min(4));
                percentage_rows(digits.into(), scale, &part, &whole)
            }
        };
        rows.into_iter()
            .try_for_each(|row| self.earlier_row(&name, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Support, clear};

    fn release(persons: u64) -> (Cleared, Policy) {
        let mut bundle = Bundle::new();
        let many = bundle.persons(Support::of_persons(persons));
        let few = bundle.persons(Support::of_persons(2));
        bundle.count("home", "kept", &[many], &[]).unwrap();
        bundle.count("home", "lost", &[few], &[]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        (clear(&bundle, &policy).unwrap(), policy)
    }

    #[test]
    fn what_is_entered_is_read_again_and_changes_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path).unwrap();
        let (first, policy) = release(40);
        ledger.append("2025", &policy, &first).unwrap();
        ledger.append("2026", &policy, &release(41).0).unwrap();
        assert!(ledger.append("2026", &policy, &first).is_err());

        let again = Ledger::open(&path).unwrap();
        assert_eq!(again.releases().collect::<Vec<_>>(), ["2025", "2026"]);
        // The withheld number is not in the file, not even hashed.
        assert_eq!(again.numbers("2025").len(), 1);

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"count\":40", "\"count\":39")).unwrap();
        assert!(matches!(Ledger::open(&path), Err(ClearError::Ledger(_))));
        let last = text.lines().nth(1).unwrap();
        std::fs::write(&path, format!("{last}\n")).unwrap();
        assert!(Ledger::open(&path).is_err());
    }

    #[test]
    fn the_file_is_the_same_whatever_was_withheld() {
        let folder = tempfile::tempdir().unwrap();
        let text_of = |few: u64, name: &str| {
            let mut bundle = Bundle::new();
            let many = bundle.persons(Support::of_persons(40));
            let few = bundle.persons(Support::of_persons(few));
            bundle.count("home", "kept", &[many], &[]).unwrap();
            bundle.count("home", "lost", &[few], &[]).unwrap();
            let policy = Policy::named("statistics-denmark").unwrap();
            let path = folder.path().join(name);
            let cleared = clear(&bundle, &policy).unwrap();
            Ledger::open(&path)
                .unwrap()
                .append("r", &policy, &cleared)
                .unwrap();
            let proof = serde_json::to_string(cleared.certificate()).unwrap();
            (std::fs::read_to_string(path).unwrap(), proof)
        };
        let one = text_of(1, "one");
        for few in 2..5 {
            assert_eq!(text_of(few, &few.to_string()), one);
        }
    }
}
