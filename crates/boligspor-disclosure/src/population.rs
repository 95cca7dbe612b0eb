//! From each person's categories to a bundle.
//!
//! The atomic cells are the combinations of categories that occur, so every
//! table, whatever it groups by, is a sum of them, and two tables of the same
//! people are seen together.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Bundle, CellId};
use crate::error::{ClearError, Result, one_each};
use crate::ledger::LedgerNumber;
use crate::support::Support;

/// Cells of one table at most: beyond that nobody reads it.
const MOST_CELLS: usize = 100_000;

/// A column of categories of a [`Population`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute(usize);

/// A column of amounts of a [`Population`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountColumn(usize);

/// People with categories and amounts, and the tables wanted of them.
///
/// ```
/// use boligspor_disclosure::{Policy, Population, clear};
///
/// // 30 people of two sexes and two outcomes; 2 of the first sex lost it.
/// let sex: Vec<&str> = (0..30).map(|i| if i < 14 { "man" } else { "woman" }).collect();
/// let home: Vec<&str> = (0..30).map(|i| if i < 2 || i >= 22 { "lost" } else { "kept" }).collect();
/// let mut people = Population::new(30);
/// let sex = people.attribute("sex", &sex)?;
/// let home = people.attribute("home", &home)?;
/// people.table("home by sex", &[sex, home])?;
///
/// let cleared = clear(&people.bundle()?, &Policy::named("statistics-denmark")?)?;
/// assert!(cleared.shown("home by sex", "sex=man, home=lost").is_none());
/// // Both sexes together may be told.
/// assert!(cleared.shown("home by sex", "home=lost").is_some());
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Population {
    persons: usize,
    attributes: Vec<Column>,
    amounts: Vec<(String, Vec<i128>)>,
    wanted: Vec<Wanted>,
    earlier: Vec<EarlierNumber>,
}

#[derive(Clone, Debug)]
struct EarlierNumber {
    number: LedgerNumber,
    group: Vec<(usize, u32)>,
    amount: Option<usize>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    categories: Vec<String>,
    codes: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Wanted {
    table: String,
    by: Vec<usize>,
    what: What,
}

/// What a table shows of each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// How many, with every margin.
    Counts,
    /// How many, innermost groups only.
    Cells,
    /// The mean of an amount, with every margin.
    Means(usize),
    /// The share of each category of an attribute, with every margin.
    Shares(usize),
}

/// A group of an earlier release: these categories of these attributes, the
/// whole population where there are none.
pub type Group<'a> = &'a [(Attribute, &'a str)];

impl Population {
    /// So many people, one row each.
    pub fn new(persons: usize) -> Self {
        Self {
            persons,
            ..Self::default()
        }
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.persons
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.persons == 0
    }

    /// A category for each person; a missing one is a category like any other.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if there is not one for each person.
    pub fn attribute<S: AsRef<str>>(&mut self, name: &str, of_each: &[S]) -> Result<Attribute> {
        one_each(name, of_each.len(), self.persons)?;
        let mut codes_of: BTreeMap<&str, u32> =
            of_each.iter().map(|value| (value.as_ref(), 0)).collect();
        for (code, value) in codes_of.values_mut().enumerate() {
            *value = code as u32;
        }
        self.attributes.push(Column {
            name: name.to_owned(),
            codes: of_each.iter().map(|v| codes_of[v.as_ref()]).collect(),
            categories: codes_of.into_keys().map(str::to_owned).collect(),
        });
        Ok(Attribute(self.attributes.len() - 1))
    }

    /// An amount for each person, in the smallest unit, not negative.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if there is not one for each person, or if some
    /// are negative.
    pub fn amount(&mut self, name: &str, of_each: &[i128]) -> Result<AmountColumn> {
        one_each(name, of_each.len(), self.persons)?;
        let negative = of_each.iter().filter(|amount| **amount < 0).count();
        if negative > 0 {
            return Err(ClearError::Bundle {
                table: name.to_owned(),
                reason: "some amounts are negative; make refunds an amount of their own".to_owned(),
            });
        }
        self.amounts.push((name.to_owned(), of_each.to_vec()));
        Ok(AmountColumn(self.amounts.len() - 1))
    }

    /// A table of counts by some attributes, with every margin and the total.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for attributes of another population.
    pub fn table(&mut self, table: &str, by: &[Attribute]) -> Result<()> {
        self.want(table, by, What::Counts)
    }

    /// The same without margins: only the innermost cells.
    ///
    /// # Errors
    ///
    /// As [`Population::table`].
    pub fn cells(&mut self, table: &str, by: &[Attribute]) -> Result<()> {
        self.want(table, by, What::Cells)
    }

    /// A table of mean amounts by some attributes, with every margin.
    ///
    /// # Errors
    ///
    /// As [`Population::table`].
    pub fn means(&mut self, table: &str, amount: AmountColumn, by: &[Attribute]) -> Result<()> {
        if amount.0 >= self.amounts.len() {
            return Err(foreign(table));
        }
        self.want(table, by, What::Means(amount.0))
    }

    fn want(&mut self, table: &str, by: &[Attribute], what: What) -> Result<()> {
        if by.len() > 8 || by.iter().any(|a| a.0 >= self.attributes.len()) {
            return Err(foreign(table));
        }
        let cells = by.iter().try_fold(1_usize, |cells, a| {
            cells
                .checked_mul(self.attributes[a.0].categories.len().max(1))
                .filter(|cells| *cells <= MOST_CELLS)
        });
        if cells.is_none() {
            return Err(ClearError::Bundle {
                table: table.to_owned(),
                reason: format!(
                    "it would have over {MOST_CELLS} cells; group by fewer or wider categories"
                ),
            });
        }
        self.wanted.push(Wanted {
            table: table.to_owned(),
            by: by.iter().map(|a| a.0).collect(),
            what,
        });
        Ok(())
    }

    /// A table of percentages: the share of each category of an attribute in
    /// the groups of others, with every margin. Groups of nobody are left out.
    ///
    /// # Errors
    ///
    /// As [`Population::table`].
    pub fn shares(&mut self, table: &str, of: Attribute, by: &[Attribute]) -> Result<()> {
        if of.0 >= self.attributes.len() {
            return Err(foreign(table));
        }
        self.want(table, by, What::Shares(of.0))
    }

    /// A number of an earlier release, of the group that it was of: a count, or
    /// a mean of the amount given.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for columns of another population; whether the
    /// number agrees with today's data is seen by [`Population::bundle`].
    pub fn earlier(
        &mut self,
        number: &LedgerNumber,
        group: Group<'_>,
        amount: Option<AmountColumn>,
    ) -> Result<()> {
        let mut codes = Vec::with_capacity(group.len());
        for (attribute, category) in group {
            let column = self.attributes.get(attribute.0);
            let code = column.and_then(|c| c.categories.iter().position(|name| name == category));
            // A category that nobody has any more is a group of nobody.
            codes.push((attribute.0, code.map_or(u32::MAX, |code| code as u32)));
        }
        if group.iter().any(|(a, _)| a.0 >= self.attributes.len())
            || amount.is_some_and(|a| a.0 >= self.amounts.len())
        {
            return Err(foreign(&number.table));
        }
        self.earlier.push(EarlierNumber {
            number: number.clone(),
            group: codes,
            amount: amount.map(|a| a.0),
        });
        Ok(())
    }

    /// The bundle of all tables wanted.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for amounts beyond all bounds.
    pub fn bundle(&self) -> Result<Bundle> {
        let mut bundle = Bundle::new();
        // Only attributes that some table uses split people.
        let used: Vec<usize> = (0..self.attributes.len())
            .filter(|&a| {
                let by_table = self
                    .wanted
                    .iter()
                    .any(|wanted| wanted.by.contains(&a) || wanted.what == What::Shares(a));
                let by_earlier = self
                    .earlier
                    .iter()
                    .any(|e| e.group.iter().any(|(g, _)| *g == a));
                by_table || by_earlier
            })
            .collect();
        let mut groups: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for person in 0..self.persons {
            let key = used
                .iter()
                .map(|&a| self.attributes[a].codes[person])
                .collect();
            groups.entry(key).or_default().push(person);
        }
        self.empty_groups(&used, &mut groups);
        let mut cells: Vec<(Vec<u32>, CellId, Vec<CellId>)> = Vec::with_capacity(groups.len());
        for (key, persons) in &groups {
            let cell = bundle.persons(Support::of_persons(persons.len() as u64));
            let mut amounts = Vec::with_capacity(self.amounts.len());
            for (_, of_each) in &self.amounts {
                let support = support_of(persons, of_each);
                amounts.push(bundle.amount(persons.iter().map(|&p| of_each[p]).sum(), support)?);
            }
            cells.push((key.clone(), cell, amounts));
        }
        for wanted in &self.wanted {
            let whole = 1_u32 << wanted.by.len();
            let subsets: Vec<u32> = if wanted.what == What::Cells {
                vec![whole - 1]
            } else {
                (0..whole).rev().collect()
            };
            for subset in subsets {
                let by: Vec<usize> = (0..wanted.by.len())
                    .filter(|i| subset & (1 << i) != 0)
                    .map(|i| wanted.by[i])
                    .collect();
                self.numbers(&mut bundle, wanted, &by, &used, &cells)?;
            }
        }
        for earlier in &self.earlier {
            let inside = cells.iter().filter(|(key, _, _)| {
                earlier.group.iter().all(|(attribute, code)| {
                    let at = used.iter().position(|u| u == attribute);
                    at.is_some_and(|at| key[at] == *code)
                })
            });
            let (persons, amounts): (Vec<CellId>, Vec<&Vec<CellId>>) =
                inside.map(|(_, cell, amounts)| (*cell, amounts)).unzip();
            match earlier.amount {
                None => bundle.earlier(&earlier.number, &persons, &[])?,
                Some(amount) => {
                    let amounts: Vec<CellId> = amounts.iter().map(|of| of[amount]).collect();
                    bundle.earlier(&earlier.number, &amounts, &persons)?;
                }
            }
        }
        Ok(bundle)
    }

    /// Cells for combinations in a table that nobody has: a zero is shown or
    /// withheld, never a gap that tells. Their other attributes are the first
    /// category; an attacker could think of more, so this errs to the safe side.
    fn empty_groups(&self, used: &[usize], groups: &mut BTreeMap<Vec<u32>, Vec<usize>>) {
        for wanted in self
            .wanted
            .iter()
            .filter(|w| matches!(w.what, What::Counts | What::Cells))
        {
            let at: Vec<usize> = wanted
                .by
                .iter()
                .filter_map(|a| used.iter().position(|u| u == a))
                .collect();
            let occurring: BTreeSet<Vec<u32>> = groups
                .keys()
                .map(|key| at.iter().map(|&position| key[position]).collect())
                .collect();
            let mut combination = vec![0_u32; at.len()];
            loop {
                if !occurring.contains(&combination) {
                    let mut key = vec![0_u32; used.len()];
                    for (&position, &code) in at.iter().zip(&combination) {
                        key[position] = code;
                    }
                    groups.entry(key).or_default();
                }
                // The next combination, as an odometer counts.
                let Some(wheel) = (0..at.len()).rev().find(|&i| {
                    combination[i] as usize + 1 < self.attributes[wanted.by[i]].categories.len()
                }) else {
                    break;
                };
                combination[wheel] += 1;
                combination[wheel + 1..].fill(0);
            }
        }
    }

    fn numbers(
        &self,
        bundle: &mut Bundle,
        wanted: &Wanted,
        by: &[usize],
        used: &[usize],
        cells: &[(Vec<u32>, CellId, Vec<CellId>)],
    ) -> Result<()> {
        let at: Vec<usize> = by
            .iter()
            .filter_map(|a| used.iter().position(|u| u == a))
            .collect();
        let mut groups: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for (c, (key, _, _)) in cells.iter().enumerate() {
            let key: Vec<u32> = at.iter().map(|&position| key[position]).collect();
            groups.entry(key).or_default().push(c);
        }
        for (key, inside) in groups {
            let label = if by.is_empty() {
                "all".to_owned()
            } else {
                let parts: Vec<String> = by
                    .iter()
                    .zip(&key)
                    .map(|(&a, &code)| {
                        let column = &self.attributes[a];
                        format!("{}={}", column.name, column.categories[code as usize])
                    })
                    .collect();
                parts.join(", ")
            };
            let persons: Vec<CellId> = inside.iter().map(|&c| cells[c].1).collect();
            let nobody = persons.iter().all(|&cell| bundle.is_nobody(cell));
            match wanted.what {
                What::Counts | What::Cells => {
                    bundle.count(&wanted.table, &label, &persons, &[])?;
                }
                What::Means(_) | What::Shares(_) if nobody => {}
                What::Means(amount) => {
                    let amounts: Vec<CellId> = inside.iter().map(|&c| cells[c].2[amount]).collect();
                    // Groups of people are disjoint, so merging their support is exact.
                    let support = amounts.iter().fold(Support::default(), |sum, cell| {
                        sum.merge_disjoint(bundle.support(*cell))
                    });
                    bundle.mean(&wanted.table, &label, &amounts, &persons, support)?;
                }
                What::Shares(of) => {
                    let at = used.iter().position(|&u| u == of);
                    let column = &self.attributes[of];
                    for (code, category) in column.categories.iter().enumerate() {
                        let part: Vec<CellId> = inside
                            .iter()
                            .filter(|&&c| at.is_some_and(|at| cells[c].0[at] as usize == code))
                            .map(|&c| cells[c].1)
                            .collect();
                        let label = format!("{label}: {}={category}", column.name);
                        bundle.percentage(&wanted.table, &label, &part, &persons)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn support_of(persons: &[usize], of_each: &[i128]) -> Support {
    let mut support = Support::default();
    for &person in persons {
        support.observe(1, of_each[person]);
    }
    support
}

fn foreign(table: &str) -> ClearError {
    ClearError::Bundle {
        table: table.to_owned(),
        reason: "a column of another population, or more than 8 of them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Policy, Shown, check, clear};

    #[test]
    fn a_table_has_all_its_margins_and_its_zeros() {
        let mut people = Population::new(60);
        let a: Vec<&str> = (0..60).map(|i| if i < 20 { "x" } else { "y" }).collect();
        let b: Vec<&str> = (0..60).map(|i| if i < 30 { "p" } else { "q" }).collect();
        let a = people.attribute("a", &a).unwrap();
        let b = people.attribute("b", &b).unwrap();
        people.table("t", &[a, b]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let cleared = clear(&people.bundle().unwrap(), &policy).unwrap();
        check(cleared.rows(), cleared.certificate()).unwrap();
        let shown = |label: &str| cleared.shown("t", label);
        assert_eq!(shown("all"), Some(Shown::Count(60)));
        assert_eq!(shown("a=x"), Some(Shown::Count(20)));
        assert_eq!(shown("b=q"), Some(Shown::Count(30)));
        assert_eq!(shown("a=y, b=p"), Some(Shown::Count(10)));
        // Nobody is x and q: a plain zero, which this policy shows.
        assert_eq!(shown("a=x, b=q"), Some(Shown::Count(0)));
        assert_eq!(cleared.withheld(), 0);
    }

    #[test]
    fn means_that_one_person_dominates_are_withheld() {
        let mut people = Population::new(40);
        let group: Vec<&str> = (0..40).map(|i| if i < 20 { "x" } else { "y" }).collect();
        let costs: Vec<i128> = (0..40)
            .map(|i| if i == 0 { 9_000_000 } else { 10_000 })
            .collect();
        let group = people.attribute("group", &group).unwrap();
        let costs = people.amount("costs", &costs).unwrap();
        people.means("mean", costs, &[group]).unwrap();
        people.table("persons", &[group]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let cleared = clear(&people.bundle().unwrap(), &policy).unwrap();
        check(cleared.rows(), cleared.certificate()).unwrap();
        assert_eq!(cleared.shown("mean", "group=x"), None);
        assert_eq!(cleared.shown("mean", "all"), None);
        assert_eq!(
            cleared.shown("mean", "group=y"),
            Some(Shown::Amount(10_000))
        );
        assert_eq!(cleared.shown("persons", "all"), Some(Shown::Count(40)));
    }

    #[test]
    fn an_earlier_release_holds_todays_tables_back() {
        let joined: Vec<&str> = (0..50)
            .map(|i| if i < 48 { "2025" } else { "2026" })
            .collect();
        let mut people = Population::new(50);
        let joined = people.attribute("joined", &joined).unwrap();
        people.table("all", &[]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let shown = |people: &Population| {
            clear(&people.bundle().unwrap(), &policy)
                .unwrap()
                .shown("all", "all")
        };
        assert_eq!(shown(&people), Some(Shown::Count(50)));
        let number = LedgerNumber {
            table: "all".into(),
            label: "all".into(),
            shown: Shown::Count(48),
            low: 48,
            high: 48,
            unit: 1,
        };
        people.earlier(&number, &[(joined, "2025")], None).unwrap();
        assert_eq!(shown(&people), None);
        // A group that is not what it was is seen.
        people.earlier(&number, &[], None).unwrap();
        assert!(people.bundle().is_err());
    }

    #[test]
    fn shares_of_small_groups_are_withheld_and_of_large_ones_shown() {
        let home: Vec<&str> = (0..70)
            .map(|i| if i % 10 < 7 { "kept" } else { "lost" })
            .collect();
        let place: Vec<&str> = (0..70).map(|i| if i < 60 { "x" } else { "y" }).collect();
        let mut people = Population::new(70);
        let home = people.attribute("home", &home).unwrap();
        let place = people.attribute("place", &place).unwrap();
        people.shares("share", home, &[place]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let cleared = clear(&people.bundle().unwrap(), &policy).unwrap();
        check(cleared.rows(), cleared.certificate()).unwrap();
        let seventy = Shown::Percentage {
            digits: 700,
            decimals: 1,
        };
        assert_eq!(cleared.shown("share", "place=x: home=kept"), Some(seventy));
        assert_eq!(cleared.shown("share", "place=y: home=lost"), None);
    }
}
