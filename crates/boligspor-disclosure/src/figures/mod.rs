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
    /// From how many on readers know the number of those outside a family.
    outside_from: Option<u32>,
    wanted: Vec<Wanted>,
    past: Vec<Past>,
    /// What readers know whatever is withheld.
    known: Vec<Known>,
}

/// A number that readers know from elsewhere, or that is published beside the
/// figures and rounded in its own way.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    of: KnownOf,
    low: i128,
    high: i128,
}

#[derive(Clone, Debug)]
enum KnownOf {
    /// How many have one of some categories.
    Persons {
        family: usize,
        attribute: usize,
        categories: Vec<String>,
    },
    /// What a group sums to.
    Amounts {
        amounts: Vec<usize>,
        group: Vec<Condition>,
    },
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

    /// Takes it that readers know within which bounds the number of people lies
    /// who have one of some categories: what is published of a curve whose counts
    /// are rounded in their own way ([`crate::StepCurve::known`]).
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for an attribute outside the family.
    pub fn known_count(
        &mut self,
        family: Family,
        name: &str,
        attribute: Trait,
        categories: &[String],
        (low, high): (i64, i64),
    ) -> Result<()> {
        self.in_family(family, name, &[Condition::Known(attribute)])?;
        self.known.push(Known {
            name: name.to_owned(),
            of: KnownOf::Persons {
                family: family.0,
                attribute: attribute.0,
                categories: categories.to_vec(),
            },
            low: i128::from(low),
            high: i128::from(high),
        });
        Ok(())
    }

    /// Takes it that readers know exactly what the people of a group sum to in
    /// some columns of amounts together: the days in all states make up the
    /// calendar, published or not.
    ///
    /// # Errors
    ///
    /// As [`Figures::sum`].
    pub fn known_sum(&mut self, name: &str, amounts: &[Money], group: &[Condition]) -> Result<()> {
        self.of_these(name, amounts, group)?;
        let amounts: Vec<usize> = amounts.iter().map(|a| a.0).collect();
        let total = self.total(&amounts, group);
        self.known.push(Known {
            name: name.to_owned(),
            of: KnownOf::Amounts {
                amounts,
                group: group.to_vec(),
            },
            low: total,
            high: total,
        });
        Ok(())
    }

    /// The figures of one family and of those that are tied to it: without what the
    /// others share with them only by what is publicly known. They are cleared by
    /// themselves as they are beside the rest, which is quicker to try.
    #[must_use]
    pub fn alone(&self, family: Family) -> Self {
        let tied =
            |a: &[usize], b: &[usize]| a.iter().any(|x| b.contains(x) && !self.open.contains(x));
        let mut inside = vec![false; self.families.len()];
        let mut waiting = vec![family.0];
        while let Some(f) = waiting.pop() {
            let Some(own) = self.families.get(f).filter(|_| !inside[f]) else {
                continue;
            };
            inside[f] = true;
            let others = self.families.iter().enumerate();
            waiting.extend(others.filter(|(_, other)| tied(own, other)).map(|(g, _)| g));
        }
        let mut alone = self.clone();
        for (own, inside) in alone.families.iter_mut().zip(&inside) {
            if !inside {
                own.clear();
            }
        }
        alone.wanted.retain(|wanted| match &wanted.what {
            What::Count { family, .. } | What::Share { family, .. } => inside[*family],
            What::Sum { .. } => false,
        });
        alone.past.clear();
        alone.known.retain(|known| match &known.of {
            KnownOf::Persons { family, .. } => inside[*family],
            KnownOf::Amounts { .. } => false,
        });
        alone.amounts.clear();
        alone
    }

    /// Takes it that readers know how many are outside all attributes of a family,
    /// where that is at least so many: nothing is told of them, but they follow
    /// from how many people there are.
    pub fn outside_known_from(&mut self, persons: u32) {
        self.outside_from = Some(persons);
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
        self.of_these(table, amounts, group)?;
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

    /// Checks that amounts and conditions are of these figures.
    fn of_these(&self, table: &str, amounts: &[Money], group: &[Condition]) -> Result<()> {
        let conditions = group.iter().map(attribute_of);
        let sound = amounts.iter().all(|a| a.0 < self.amounts.len()) && { conditions }
            .all(|a| a < self.attributes.len());
        if sound { Ok(()) } else { Err(foreign(table)) }
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
            self.outside(&mut bundle, &cells)?;
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
        for known in &self.known {
            let cells: Vec<crate::bundle::CellId> = match &known.of {
                KnownOf::Persons {
                    family,
                    attribute,
                    categories,
                } => {
                    let cells = categories.iter().flat_map(|category| {
                        let one = Condition::Is(Trait(*attribute), category.clone());
                        self.inside(&families[*family], &self.families[*family], &[one])
                    });
                    cells.collect()
                }
                KnownOf::Amounts {
                    amounts: columns,
                    group,
                } => amounts.of(columns, |key| {
                    let mut conditions = group.iter();
                    conditions.all(|c| meets(self, c, &amounts.by, key))
                }),
            };
            let mut terms: Vec<(u32, i64)> = cells.iter().map(|cell| (cell.0, 1)).collect();
            terms.sort_unstable();
            if !terms.is_empty() {
                let row = Row {
                    terms,
                    low: Some(known.low),
                    high: Some(known.high),
                };
                bundle.earlier_row(&known.name, row)?;
            }
        }
        Ok(Built {
            bundle,
            families,
            amounts,
            past,
        })
    }

    /// What a group sums to.
    fn total(&self, columns: &[usize], group: &[Condition]) -> i128 {
        let inside = |person: &usize| {
            group.iter().all(|condition| {
                let column = &self.attributes[attribute_of(condition)];
                has(column, condition, column.codes[*person])
            })
        };
        (0..self.persons)
            .filter(inside)
            .flat_map(|person| {
                columns
                    .iter()
                    .map(move |&c| self.amounts[c].of_each[person])
            })
            .sum()
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
