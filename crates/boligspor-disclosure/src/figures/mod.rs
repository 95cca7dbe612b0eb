//! Single figures of people, asked for one by one: what a study's sections need.
//!
//! A [`crate::Population`] crosses every attribute with every other. A study has
//! too many for that: the status at each horizon, by each definition, the
//! municipality, a step of a curve. So attributes are put into *families*:
//! within a family people are crossed as they occur, and families that share
//! an attribute are tied together by it (as many people in each of its
//! categories here as there).
//!
//! Where families hang together as a tree, the attributes that each shares with
//! those before it all being in one of them, any worlds of theirs that agree on
//! the shared attributes are worlds of everything: people can be matched up
//! within the combinations of these. So what is unknown by families is unknown.

mod amounts;
mod cells;
mod memory;

use std::collections::{BTreeMap, BTreeSet};

use self::amounts::AmountCells;
use self::cells::Cells;
use self::memory::Past;
use crate::bundle::Bundle;
use crate::error::{ClearError, Result, one_each};
use crate::rows::Row;

pub use self::memory::Memory;

/// Nobody's category: the person is not in tables of the attribute.
const OUTSIDE: u32 = u32::MAX;

/// A column of categories of [`Figures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trait(usize);

/// A column of amounts of [`Figures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money(usize);

/// A family of attributes of [`Figures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family(usize);

/// A figure: its place among [`crate::Cleared::numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(usize);

impl Figure {
    /// Its place among [`crate::Cleared::numbers`].
    pub fn place(self) -> usize {
        self.0
    }
}

/// Who is in a group, by one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Those of this category.
    Is(Trait, String),
    /// Those who have any category.
    Known(Trait),
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    categories: Vec<String>,
    codes: Vec<u32>,
    /// Whether it says who was where in an earlier release.
    earlier: bool,
}

#[derive(Clone, Debug)]
struct Amounts {
    name: String,
    of_each: Vec<i128>,
}

#[derive(Clone, Debug)]
struct Wanted {
    table: String,
    label: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Count {
        family: usize,
        group: Vec<Condition>,
    },
    Share {
        family: usize,
        part: Vec<Condition>,
        whole: Vec<Condition>,
    },
    Sum {
        amounts: Vec<usize>,
        group: Vec<Condition>,
    },
}

/// People, and the figures wanted of them.
///
/// ```
/// use boligspor_disclosure::{Condition, Figures, Policy, Shown, clear};
///
/// // Of 40 people 30 have a known status: 24 at home.
/// let status: Vec<Option<&str>> = (0..40)
///     .map(|i| match i {
///         0..24 => Some("home"),
///         24..30 => Some("lost"),
///         _ => None,
///     })
///     .collect();
/// let mut figures = Figures::new(40);
/// let status = figures.attribute("status", &status)?;
/// let family = figures.family(&[status])?;
/// let home = Condition::Is(status, "home".into());
/// let known = Condition::Known(status);
/// let share = figures.share(family, "homes", "all", &[home], &[known])?;
///
/// let cleared = clear(&figures.bundle()?, &Policy::named("statistics-denmark")?)?;
/// let shown = cleared.numbers()[share.place()].value;
/// assert_eq!(shown.map(Shown::to_f64), Some(80.0));
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Figures {
    persons: usize,
    municipalities: Vec<Option<u16>>,
    attributes: Vec<Column>,
    amounts: Vec<Amounts>,
    families: Vec<Vec<usize>>,
    /// Attributes of which readers know how many are in each category.
    open: BTreeSet<usize>,
    wanted: Vec<Wanted>,
    past: Vec<Past>,
}

/// A bundle with the cells that it is made of.
struct Built {
    bundle: Bundle,
    families: Vec<Cells>,
    amounts: AmountCells,
    /// What earlier releases tell.
    past: Vec<Row>,
}

impl Figures {
    /// So many people.
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

    /// The municipality of each person, for policies that want several behind a
    /// number.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if there is not one for each person.
    pub fn municipalities(&mut self, of_each: &[Option<u16>]) -> Result<()> {
        one_each("municipality", of_each.len(), self.persons)?;
        self.municipalities = of_each.to_vec();
        Ok(())
    }

    /// A category for each person; `None` for those whom tables of the
    /// attribute leave out. A missing value is a category, not `None`.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if there is not one for each person.
    pub fn attribute<S: AsRef<str>>(&mut self, name: &str, of_each: &[Option<S>]) -> Result<Trait> {
        one_each(name, of_each.len(), self.persons)?;
        let texts: BTreeSet<&str> = of_each.iter().flatten().map(AsRef::as_ref).collect();
        let categories: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        let place: BTreeMap<&str, u32> = texts.into_iter().zip(0..).collect();
        self.attributes.push(Column {
            name: name.to_owned(),
            codes: of_each
                .iter()
                .map(|v| v.as_ref().map_or(OUTSIDE, |v| place[v.as_ref()]))
                .collect(),
            categories,
            earlier: false,
        });
        Ok(Trait(self.attributes.len() - 1))
    }

    /// An amount for each person, in whole units.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if there is not one for each person.
    pub fn amount(&mut self, name: &str, of_each: &[i128]) -> Result<Money> {
        one_each(name, of_each.len(), self.persons)?;
        self.amounts.push(Amounts {
            name: name.to_owned(),
            of_each: of_each.to_vec(),
        });
        Ok(Money(self.amounts.len() - 1))
    }

    /// Attributes whose figures are to be seen together.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for attributes of others.
    pub fn family(&mut self, attributes: &[Trait]) -> Result<Family> {
        if attributes.iter().any(|a| a.0 >= self.attributes.len()) {
            return Err(foreign("(family)"));
        }
        self.families.push(attributes.iter().map(|a| a.0).collect());
        Ok(Family(self.families.len() - 1))
    }

    /// Adds an attribute to a family.
    ///
    /// # Errors
    ///
    /// As [`Figures::family`].
    pub fn join(&mut self, family: Family, attribute: Trait) -> Result<()> {
        if attribute.0 >= self.attributes.len() || family.0 >= self.families.len() {
            return Err(foreign("(family)"));
        }
        let own = &mut self.families[family.0];
        if !own.contains(&attribute.0) {
            own.push(attribute.0);
        }
        Ok(())
    }

    /// Takes it that readers know exactly how many are in each category of an
    /// attribute: it cannot be withheld from them any more, and families that
    /// share it are independent of each other.
    pub fn publicly_known(&mut self, attribute: Trait) {
        self.open.insert(attribute.0);
    }

    /// How many have each category of an attribute, those with none last: for
    /// deciding what to ask for.
    pub fn sizes(&self, attribute: Trait) -> Vec<usize> {
        let Some(column) = self.attributes.get(attribute.0) else {
            return Vec::new();
        };
        let mut sizes = vec![0; column.categories.len() + 1];
        for &code in &column.codes {
            sizes[(code as usize).min(column.categories.len())] += 1;
        }
        sizes
    }

    /// A count of the people of a group; everybody where there is no condition.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for a condition outside the family.
    pub fn count(
        &mut self,
        family: Family,
        table: &str,
        label: &str,
        group: &[Condition],
    ) -> Result<Figure> {
        self.in_family(family, table, group)?;
        let what = What::Count {
            family: family.0,
            group: group.to_vec(),
        };
        Ok(self.want(table, label, what))
    }

    /// The percentage that meets the conditions `part` of those who meet
    /// `whole`.
    ///
    /// # Errors
    ///
    /// As [`Figures::count`].
    pub fn share(
        &mut self,
        family: Family,
        table: &str,
        label: &str,
        part: &[Condition],
        whole: &[Condition],
    ) -> Result<Figure> {
        self.in_family(family, table, part)?;
        self.in_family(family, table, whole)?;
        let what = What::Share {
            family: family.0,
            part: part.to_vec(),
            whole: whole.to_vec(),
        };
        Ok(self.want(table, label, what))
    }

    /// What the people of a group sum to in some columns of amounts.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for columns of others.
    pub fn sum(
        &mut self,
        table: &str,
        label: &str,
        amounts: &[Money],
        group: &[Condition],
    ) -> Result<Figure> {
        if amounts.iter().any(|a| a.0 >= self.amounts.len())
            || group
                .iter()
                .any(|c| attribute_of(c) >= self.attributes.len())
        {
            return Err(foreign(table));
        }
        let what = What::Sum {
            amounts: amounts.iter().map(|a| a.0).collect(),
            group: group.to_vec(),
        };
        Ok(self.want(table, label, what))
    }

    fn want(&mut self, table: &str, label: &str, what: What) -> Figure {
        self.wanted.push(Wanted {
            table: table.to_owned(),
            label: label.to_owned(),
            what,
        });
        Figure(self.wanted.len() - 1)
    }

    fn in_family(&self, family: Family, table: &str, group: &[Condition]) -> Result<()> {
        let own = self.families.get(family.0);
        let inside = |c: &Condition| own.is_some_and(|own| own.contains(&attribute_of(c)));
        if group.iter().all(inside) {
            Ok(())
        } else {
            Err(foreign(table))
        }
    }

    /// The bundle of all figures, which are its numbers in the order asked for.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for a share of nobody, and for amounts that sum to
    /// less than nothing in some group.
    pub fn bundle(&self) -> Result<Bundle> {
        Ok(self.build()?.bundle)
    }

    fn build(&self) -> Result<Built> {
        let mut bundle = Bundle::new();
        let mut families: Vec<Cells> = Vec::new();
        for (f, attributes) in self.families.iter().enumerate() {
            let cells = self.cells(&mut bundle, f);
            for &attribute in attributes.iter().filter(|a| self.open.contains(a)) {
                self.fix(&mut bundle, attribute, f, &cells)?;
            }
            families.push(cells);
            self.tie(&mut bundle, f, &families)?;
        }
        let amounts = self.amount_cells(&mut bundle)?;
        let past = self.past_rows(&mut bundle, &families, &amounts)?;
        for wanted in &self.wanted {
            let Wanted { table, label, what } = wanted;
            match what {
                What::Count { family, group } => {
                    let cells = self.inside(&families[*family], &self.families[*family], group);
                    bundle.count(table, label, &cells, &[])?;
                }
                What::Share {
                    family,
                    part,
                    whole,
                } => {
                    let own = &self.families[*family];
                    let both: Vec<Condition> = part.iter().chain(whole).cloned().collect();
                    let part = self.inside(&families[*family], own, &both);
                    let whole = self.inside(&families[*family], own, whole);
                    bundle.percentage(table, label, &part, &whole)?;
                }
                What::Sum {
                    amounts: columns,
                    group,
                } => {
                    let inside = |key: &[u32]| {
                        let mut conditions = group.iter();
                        conditions.all(|c| meets(self, c, &amounts.by, key))
                    };
                    let cells = amounts.of(columns, inside);
                    bundle.sum(table, label, &cells, self.support(columns, group))?;
                }
            }
        }
        Ok(Built {
            bundle,
            families,
            amounts,
            past,
        })
    }
}

fn attribute_of(condition: &Condition) -> usize {
    match condition {
        Condition::Is(attribute, _) | Condition::Known(attribute) => attribute.0,
    }
}

/// Whether a person with this code meets a condition on the column.
fn has(column: &Column, condition: &Condition, code: u32) -> bool {
    match condition {
        Condition::Is(_, category) => column
            .categories
            .get(code as usize)
            .is_some_and(|name| name == category),
        Condition::Known(_) => code != OUTSIDE,
    }
}

fn meets(figures: &Figures, condition: &Condition, by: &[usize], key: &[u32]) -> bool {
    let attribute = attribute_of(condition);
    by.iter()
        .position(|a| *a == attribute)
        .is_some_and(|at| has(&figures.attributes[attribute], condition, key[at]))
}

fn foreign(table: &str) -> ClearError {
    ClearError::Bundle {
        table: table.to_owned(),
        reason: "a column of other figures, or outside the family".to_owned(),
    }
}
