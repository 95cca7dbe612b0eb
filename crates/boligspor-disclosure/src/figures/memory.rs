//! Who was behind the numbers of an earlier release.
//!
//! What two releases differ by can only be seen by whoever knows which people
//! each was of. So a release leaves a memory: of each person the cells that they
//! were in, under a number that stands for them. It is microdata, and lies beside
//! the ledger inside the secure environment. The next release is made of cells
//! that are crossed with those of the memory: what was published before is then a
//! row over today's cells, and newcomers, those gone, and those whose category
//! has changed are cells of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::amounts::AmountCells;
use super::cells::Cells;
use super::{Column, Figures, OUTSIDE};
use crate::bounds::bounds;
use crate::bundle::{Bundle, CellId};
use crate::clear::Cleared;
use crate::error::{ClearError, Result, one_each};
use crate::rows::Row;
use crate::support::Support;

/// The version of the format.
const FORMAT: u32 = 1;

/// Who was behind the numbers of a release: microdata, never to leave. Printed
/// it says its release's name and nothing else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    format: u32,
    /// The release's name in the ledger.
    release: String,
    /// A number that stands for each person.
    persons: Vec<u64>,
    families: Vec<PastFamily>,
    amounts: Vec<PastAmount>,
    /// What was published, over cells.
    rows: Vec<Row>,
}

/// A family of attributes then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastFamily {
    attributes: Vec<PastAttribute>,
    cells: Vec<PastCell>,
    /// The cell of each person.
    of_each: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastAttribute {
    name: String,
    /// Whether it told of a release still earlier.
    earlier: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastCell {
    /// What it is in `rows`.
    id: u32,
    /// Its category in each attribute.
    categories: Vec<Option<String>>,
}

/// A cell of amounts then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastAmount {
    id: u32,
    /// The name of the column.
    name: String,
    /// Persons with something other than 0.
    of: Vec<(u32, i128)>,
}

/// An earlier release in today's terms.
#[derive(Clone, Debug)]
pub(super) struct Past {
    memory: Memory,
    /// Where each of its persons is among today's.
    place: Vec<usize>,
    /// Of each of its families, today's family and the attribute of it that
    /// says who was in which cell.
    families: Vec<(usize, usize)>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory of {} (internal)", self.release)
    }
}

impl Memory {
    /// The release's name in the ledger.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// The numbers that stand for its persons.
    pub fn persons(&self) -> &[u64] {
        &self.persons
    }

    /// Whether it is of a format that this version reads, and whole.
    pub(crate) fn is_sound(&self) -> bool {
        let n = self.persons.len();
        self.format == FORMAT
            && self.families.iter().all(|family| {
                family.of_each.len() == n
                    && family
                        .of_each
                        .iter()
                        .all(|&c| (c as usize) < family.cells.len())
                    && (family.cells.iter())
                        .all(|cell| cell.categories.len() == family.attributes.len())
            })
            && self
                .amounts
                .iter()
                .flat_map(|a| &a.of)
                .all(|&(p, _)| (p as usize) < n)
    }

    /// Names of attributes that several families share, which tie them, and of
    /// those that are families by themselves, which may be known to readers.
    fn ties(&self) -> Vec<&str> {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for family in &self.families {
            let own: Vec<&PastAttribute> =
                family.attributes.iter().filter(|a| !a.earlier).collect();
            let times = if own.len() == 1 { 2 } else { 1 };
            for attribute in own {
                *count.entry(&attribute.name).or_insert(0) += times;
            }
        }
        let shared = count.into_iter().filter(|(_, families)| *families > 1);
        shared.map(|(name, _)| name).collect()
    }
}

impl PastFamily {
    fn place(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|a| a.name == name)
    }
}

impl Figures {
    /// What is to be remembered of a release of these figures: who was in which
    /// cell, under a number that stands for each person, and what was published.
    ///
    /// # Errors
    ///
    /// As [`Figures::bundle`], and where there is not one number for each
    /// person.
    pub fn remember(&self, release: &str, persons: &[u64], cleared: &Cleared) -> Result<Memory> {
        one_each("persons", persons.len(), self.persons)?;
        let built = self.build()?;
        let families = self
            .families
            .iter()
            .zip(&built.families)
            .map(|(attributes, cells)| {
                let place: BTreeMap<&Vec<u32>, u32> = cells.keys.iter().zip(0..).collect();
                PastFamily {
                    attributes: attributes
                        .iter()
                        .map(|&a| PastAttribute {
                            name: self.attributes[a].name.clone(),
                            earlier: self.attributes[a].earlier,
                        })
                        .collect(),
                    cells: (cells.keys.iter().zip(&cells.ids))
                        .map(|(key, id)| PastCell {
                            id: id.0,
                            categories: self.categories(attributes, key),
                        })
                        .collect(),
                    of_each: (0..self.persons)
                        .map(|person| place[&self.key(attributes, person)])
                        .collect(),
                }
            });
        let families = families.collect();
        let past: BTreeSet<&Row> = built.past.iter().collect();
        let amounts = built.amounts.cells.iter().map(|cell| {
            let column = &self.amounts[cell.column];
            let of = cell.persons.iter();
            PastAmount {
                id: cell.id.0,
                name: column.name.clone(),
                of: of.map(|&p| (p as u32, column.of_each[p])).collect(),
            }
        });
        let amounts = amounts.collect();
        let public = cleared.rows();
        let own = public.rows.iter().filter(|row| !past.contains(row));
        // What followed from these rows about single cells follows still, and is
        // not seen as easily once the cells are divided.
        let bounds = bounds(public).unwrap_or_default();
        let known = (0..).zip(bounds).filter_map(|(cell, bound)| {
            let told = bound.low > 0 || bound.high.is_some();
            told.then_some(Row {
                terms: vec![(cell, 1)],
                low: Some(bound.low),
                high: bound.high,
            })
        });
        let mut rows: Vec<Row> = own.cloned().chain(known).collect();
        rows.sort_unstable();
        rows.dedup();
        Ok(Memory {
            format: FORMAT,
            release: release.to_owned(),
            persons: persons.to_vec(),
            families,
            amounts,
            rows,
        })
    }

    /// Ties an earlier release in, once all of today's attributes and families
    /// are there: `place` says where each of the memory's persons is among
    /// today's. Numbers known to readers because every category has `minimum`
    /// persons are taken to be so no longer where fewer came or left.
    ///
    /// # Errors
    ///
    /// [`ClearError::Ledger`] for a memory that is broken, or places that are
    /// not those of its persons.
    pub fn after(&mut self, memory: Memory, place: Vec<usize>, minimum: usize) -> Result<()> {
        let mut seen = BTreeSet::new();
        let sound = memory.is_sound()
            && place.len() == memory.persons.len()
            && place.iter().all(|&p| p < self.persons && seen.insert(p));
        if !sound {
            return Err(ClearError::Ledger(format!(
                "what is remembered of release {} is broken, or of another version; restore it \
                 from a copy",
                memory.release
            )));
        }
        let ties: Vec<(String, usize)> = (memory.ties().into_iter())
            .map(|name| (name.to_owned(), self.past_tie(&memory, &place, name)))
            .collect();
        let mut families = Vec::new();
        for (f, past) in memory.families.iter().enumerate() {
            let family = self.today(past, &ties);
            let cells = past.cells.len();
            let attribute = self.past_column(
                format!("{}: family {f}", memory.release),
                (0..cells).map(|cell| cell.to_string()).collect(),
                place.iter().copied().zip(past.of_each.iter().copied()),
            );
            self.families[family].push(attribute);
            for (name, tie) in &ties {
                let in_center = family == 0;
                if (in_center || past.place(name).is_some()) && !self.families[family].contains(tie)
                {
                    self.families[family].push(*tie);
                }
            }
            families.push((family, attribute));
        }
        // What ties families has to be whole in one of them.
        if let Some(center) = self.families.first_mut() {
            for (_, tie) in &ties {
                if !center.contains(tie) {
                    center.push(*tie);
                }
            }
        }
        for (name, tie) in &ties {
            self.close(name, *tie, minimum);
        }
        self.past.push(Past {
            memory,
            place,
            families,
        });
        Ok(())
    }

    /// Adds an attribute of an earlier release; who is not named was not in it.
    fn past_column(
        &mut self,
        name: String,
        categories: Vec<String>,
        of: impl Iterator<Item = (usize, u32)>,
    ) -> usize {
        let mut codes = vec![OUTSIDE; self.persons];
        for (person, code) in of {
            codes[person] = code;
        }
        self.attributes.push(Column {
            name,
            categories,
            codes,
            earlier: true,
        });
        self.attributes.len() - 1
    }

    /// An attribute that tied the families then, from the first that has it.
    fn past_tie(&mut self, memory: &Memory, place: &[usize], name: &str) -> usize {
        let found = memory
            .families
            .iter()
            .find_map(|f| Some((f, f.place(name)?)));
        let mut categories: Vec<String> = Vec::new();
        let mut of = Vec::new();
        if let Some((family, at)) = found {
            let of_cell = family.cells.iter().map(|cell| cell.categories[at].as_ref());
            let of_cell: Vec<Option<&String>> = of_cell.collect();
            let texts: BTreeSet<&String> = of_cell.iter().copied().flatten().collect();
            categories = texts.iter().map(|t| (*t).clone()).collect();
            let code: BTreeMap<&String, u32> = texts.into_iter().zip(0..).collect();
            of.extend(
                place
                    .iter()
                    .zip(&family.of_each)
                    .filter_map(|(&person, &cell)| {
                        let text = of_cell[cell as usize]?;
                        Some((person, code[text]))
                    }),
            );
        }
        self.past_column(
            format!("{}: {name}", memory.release),
            categories,
            of.into_iter(),
        )
    }

    /// Today's family that an earlier one is most like, or a new one: what
    /// differs between the two can be seen only where they are crossed.
    fn today(&mut self, past: &PastFamily, ties: &[(String, usize)]) -> usize {
        let names: BTreeSet<&str> = (past.attributes.iter())
            .filter(|a| !a.earlier)
            .map(|a| a.name.as_str())
            .collect();
        let tie = |name: &str| ties.iter().any(|(t, _)| t == name);
        let only_ties = names.iter().all(|name| tie(name));
        let mut best: Option<(usize, usize, usize)> = None;
        for (f, attributes) in self.families.iter().enumerate() {
            let own = attributes.iter().map(|&a| &self.attributes[a]);
            let own: BTreeSet<&str> = own
                .filter(|c| !c.earlier)
                .map(|c| c.name.as_str())
                .collect();
            let common = names
                .intersection(&own)
                .filter(|n| only_ties || !tie(n))
                .count();
            let apart = names.symmetric_difference(&own).count();
            if common > 0 && best.is_none_or(|(c, a, _)| (common, a) > (c, apart)) {
                best = Some((common, apart, f));
            }
        }
        if let Some((_, _, family)) = best {
            return family;
        }
        let shared: Vec<usize> = (0..self.attributes.len())
            .filter(|&a| {
                let column = &self.attributes[a];
                !column.earlier && tie(&column.name) && names.contains(column.name.as_str())
            })
            .collect();
        self.families.push(shared);
        self.families.len() - 1
    }

    /// Numbers by category are known no longer where fewer than `minimum` came,
    /// left or moved since.
    fn close(&mut self, name: &str, tie: usize, minimum: usize) {
        let named = |a: &usize| self.attributes[*a].name == name;
        let Some(attribute) = self.open.iter().copied().find(named) else {
            return;
        };
        let mut sizes: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
        for person in 0..self.persons {
            *sizes
                .entry(self.key(&[attribute, tie], person))
                .or_insert(0) += 1;
        }
        if sizes.values().any(|&n| n < minimum) {
            self.open.remove(&attribute);
        }
    }

    /// Combinations that nobody is in and that an earlier release held possible.
    pub(super) fn once_possible(&self, family: usize) -> Vec<Vec<u32>> {
        let attributes = &self.families[family];
        let mut found = Vec::new();
        for past in &self.past {
            for (then, &(today, code)) in past.memory.families.iter().zip(&past.families) {
                if today != family {
                    continue;
                }
                let prefix = format!("{}: ", past.memory.release);
                // For each attribute today, where its category is read then.
                let sources: Option<Vec<Option<usize>>> = attributes
                    .iter()
                    .map(|&a| {
                        if a == code {
                            return Some(None);
                        }
                        let name = &self.attributes[a].name;
                        let name = name.strip_prefix(&prefix).unwrap_or(name);
                        then.place(name).map(Some)
                    })
                    .collect();
                let Some(sources) = sources else { continue };
                let inhabited: BTreeSet<u32> = then.of_each.iter().copied().collect();
                for (c, cell) in (0..).zip(&then.cells) {
                    if inhabited.contains(&c) {
                        continue;
                    }
                    let key: Option<Vec<u32>> = attributes
                        .iter()
                        .zip(&sources)
                        .map(|(&a, source)| match source {
                            None => Some(c),
                            Some(at) => self.attributes[a].code(cell.categories[*at].as_deref()),
                        })
                        .collect();
                    found.extend(key);
                }
            }
        }
        found
    }

    /// Of a column of amounts, in each earlier release: the cells that people's
    /// amounts were in, where they are the same today.
    pub(super) fn unchanged(&self, name: &str, of_each: &[i128]) -> Vec<BTreeMap<usize, u32>> {
        self.past
            .iter()
            .map(|past| {
                let cells = past.memory.amounts.iter().filter(|cell| cell.name == name);
                cells
                    .flat_map(|cell| {
                        let of = cell.of.iter();
                        of.map(|&(p, amount)| (past.place[p as usize], amount, cell.id))
                    })
                    .filter(|&(person, amount, _)| of_each[person] == amount)
                    .map(|(person, _, cell)| (person, cell))
                    .collect()
            })
            .collect()
    }

    /// A cell for what was in each earlier cell of amounts and is other today.
    pub(super) fn revised(&self, bundle: &mut Bundle) -> Result<BTreeMap<(usize, u32), CellId>> {
        let mut cells = BTreeMap::new();
        for (r, past) in self.past.iter().enumerate() {
            for cell in &past.memory.amounts {
                let today = self.amounts.iter().find(|column| column.name == cell.name);
                let mut support = Support::default();
                let mut total = 0;
                for &(p, amount) in &cell.of {
                    let person = past.place[p as usize];
                    if today.is_none_or(|column| column.of_each[person] != amount) {
                        support.observe(1, amount);
                        total += amount;
                    }
                }
                if total > 0 {
                    cells.insert((r, cell.id), bundle.amount(total, support)?);
                }
            }
        }
        Ok(cells)
    }

    /// What earlier releases tell, over today's cells.
    pub(super) fn past_rows(
        &self,
        bundle: &mut Bundle,
        families: &[Cells],
        amounts: &AmountCells,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (r, past) in self.past.iter().enumerate() {
            // Of each cell then, those of today that it consists of.
            let mut today: BTreeMap<u32, Vec<CellId>> = BTreeMap::new();
            for (then, &(family, attribute)) in past.memory.families.iter().zip(&past.families) {
                let place = self.families[family].iter().position(|a| *a == attribute);
                let (Some(at), cells) = (place, &families[family]) else {
                    continue;
                };
                for (key, id) in cells.keys.iter().zip(&cells.ids) {
                    if let Some(cell) = then.cells.get(key[at] as usize) {
                        today.entry(cell.id).or_default().push(*id);
                    }
                }
            }
            for cell in &amounts.cells {
                if let Some(then) = cell.earlier[r] {
                    today.entry(then).or_default().push(cell.id);
                }
            }
            for (&(_, then), id) in amounts.revised.range((r, 0)..=(r, u32::MAX)) {
                today.entry(then).or_default().push(*id);
            }
            for row in &past.memory.rows {
                let mut terms: BTreeMap<u32, i64> = BTreeMap::new();
                for (cell, factor) in &row.terms {
                    for id in today.get(cell).into_iter().flatten() {
                        *terms.entry(id.0).or_insert(0) += factor;
                    }
                }
                let row = Row {
                    terms: terms
                        .into_iter()
                        .filter(|(_, factor)| *factor != 0)
                        .collect(),
                    low: row.low,
                    high: row.high,
                };
                if !row.terms.is_empty() {
                    bundle.earlier_row(&past.memory.release, row.clone())?;
                    rows.push(row);
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// A key in words.
    fn categories(&self, attributes: &[usize], key: &[u32]) -> Vec<Option<String>> {
        let columns = attributes.iter().map(|&a| &self.attributes[a]);
        columns
            .zip(key)
            .map(|(column, &code)| column.categories.get(code as usize).cloned())
            .collect()
    }
}

impl Column {
    /// The code of a category; nothing for one that nobody has today.
    fn code(&self, category: Option<&str>) -> Option<u32> {
        let Some(category) = category else {
            return Some(OUTSIDE);
        };
        let found = self.categories.iter().position(|c| c == category);
        found.map(|code| code as u32)
    }
}

#[cfg(test)]
mod tests;
