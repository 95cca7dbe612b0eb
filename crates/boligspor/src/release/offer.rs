//! What the sections of a study offer for release, all of it together.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::choice::{Candidate, Curve, choose, coarser};
use super::curve::{Followed, least, left_out, refused};
use super::draft::Draft;
use super::history::History;
use super::released::Released;
use super::table::{Words, words};
use crate::cohort::{ALL, Cohort};
use crate::disclosure::{Condition, Family, Figure, Figures, Money, Policy, Rounding, Trait};
use crate::error::{Error, Result};
use crate::lang::Lang;

/// The level of strata that are too small to be shown by themselves.
const OTHERS: &str = "others";

/// A group of the cohort that tables have rows for: everybody, or a stratum.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its level, as a code and in words: `all` for everybody.
    pub key: (String, Words),
    /// Who is in it.
    pub conditions: Vec<Condition>,
    /// How many, as a figure.
    pub n: Figure,
}

/// An amount for each person, in two parts of which none is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// What was spent on those on whom anything was, on balance.
    pub paid: Money,
    /// What came back from those from whom anything did, on balance; positive,
    /// and nothing where it is nobody's.
    pub returned: Option<Money>,
}

/// Collects figures from sections, and clears them together.
///
/// Figures about the same thing belong in one family of attributes, so that
/// what they tell together is seen; see [`Figures`].
pub struct Offer<'a> {
    policy: &'a Policy,
    /// Everybody in any of the cohorts, by index in the register, ascending.
    persons: Vec<u32>,
    figures: Figures,
    stratum: Option<Trait>,
    /// Whom the strata divide.
    members: Vec<u32>,
    divided_by: Vec<String>,
    groups: Vec<Group>,
    housing: Family,
    compared: Option<Family>,
    definitions: Option<Family>,
    families: BTreeMap<String, Family>,
    named: BTreeMap<String, Trait>,
    told: BTreeMap<String, Vec<Figure>>,
    tables: Vec<Draft>,
    history: Option<&'a History>,
    /// A number for each person, those of earlier releases only at the end;
    /// empty where no ledger is kept.
    keys: Vec<u64>,
    curves: Vec<Curve>,
}

impl<'a> Offer<'a> {
    /// An offer of figures of these cohorts, divided as the first one is, and of
    /// people beyond them, by index in the register.
    ///
    /// Strata with fewer people than the policy's minimum are put together as
    /// `others`.
    ///
    /// # Errors
    /// [`Error::Option`] for a cohort that has a person twice: figures are of
    /// persons.
    pub fn new(cohorts: &[&Cohort], beyond: Vec<u32>, policy: &'a Policy) -> Result<Self> {
        Self::with(cohorts, beyond, policy, None)
    }

    /// An offer that is cleared together with what was released before.
    ///
    /// # Errors
    /// As [`Offer::new`].
    pub fn after(
        cohorts: &[&Cohort],
        beyond: Vec<u32>,
        policy: &'a Policy,
        history: &'a History,
    ) -> Result<Self> {
        Self::with(cohorts, beyond, policy, Some(history))
    }

    fn with(
        cohorts: &[&Cohort],
        beyond: Vec<u32>,
        policy: &'a Policy,
        history: Option<&'a History>,
    ) -> Result<Self> {
        let mut persons = beyond;
        for cohort in cohorts {
            let members = &cohort.members().person;
            if members.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Error::option(
                    "release",
                    "is of persons, but the cohort has some of them twice",
                    "set `which = \"first\"` in the cohort, or release nothing (`policy = \"none\"`) and \
                     ask for the internal results",
                ));
            }
            persons.extend(members);
        }
        persons.sort_unstable();
        persons.dedup();
        let keys = match (history, cohorts.first()) {
            (Some(history), Some(cohort)) => keys(&persons, cohort, history),
            _ => Vec::new(),
        };
        let mut figures = Figures::new(persons.len().max(keys.len()));
        if keys.is_empty() {
            figures.outside_known_from(policy.minimum_persons);
        }
        let housing = figures.family(&[])?;
        let mut offer = Self {
            policy,
            figures,
            persons,
            stratum: None,
            members: Vec::new(),
            divided_by: Vec::new(),
            groups: Vec::new(),
            housing,
            compared: None,
            definitions: None,
            families: BTreeMap::new(),
            named: BTreeMap::new(),
            told: BTreeMap::new(),
            tables: Vec::new(),
            history,
            keys,
            curves: Vec::new(),
        };
        if let Some(first) = cohorts.first() {
            offer.divide(first)?;
        }
        Ok(offer)
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        self.policy
    }

    /// The columns that divide the cohort; empty where nothing does.
    pub fn divided_by(&self) -> &[String] {
        &self.divided_by
    }

    /// Everybody, and then each stratum.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The family of everything about where people live.
    pub fn housing(&self) -> Family {
        self.housing
    }

    /// The family of every definition's status at every horizon. What is kept by
    /// a wide definition and not by a strict one is seen only where the two are
    /// crossed.
    ///
    /// # Errors
    /// As [`Offer::family`].
    pub fn definitions(&mut self) -> Result<Family> {
        if let Some(family) = self.definitions {
            return Ok(family);
        }
        let family = self.family()?;
        self.definitions = Some(family);
        Ok(family)
    }

    /// A family of its own, tied to the others by the strata.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure), which should not happen.
    pub fn family(&mut self) -> Result<Family> {
        let stratum: Vec<Trait> = self.stratum.into_iter().collect();
        Ok(self.figures.family(&stratum)?)
    }

    /// A family that shares no strata with the others: what is put into it ties it
    /// to them by one attribute, which keeps them a tree.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure), which should not happen.
    pub fn family_apart(&mut self) -> Result<Family> {
        Ok(self.figures.family(&[])?)
    }

    /// Which of some groups have too few to be shown by themselves, and the smallest
    /// beside them until together they are enough.
    pub fn few(&self, sizes: &BTreeMap<u32, usize>) -> Vec<u32> {
        small(sizes, self.policy.minimum_persons as usize)
    }

    /// The family of who is compared with whom: all designs in one, since they
    /// share people.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure), which should not happen.
    pub fn compared(&mut self) -> Result<Family> {
        if let Some(family) = self.compared {
            return Ok(family);
        }
        let family = self.family()?;
        self.compared = Some(family);
        Ok(family)
    }

    /// How many people are in a group given by itself, by index in the register,
    /// ascending; asked for twice by one name, they are the same people.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure) for a family of another offer.
    pub fn people(
        &mut self,
        family: Family,
        table: &str,
        name: &str,
        people: &[u32],
    ) -> Result<Figure> {
        let attribute = if let Some(attribute) = self.named.get(name) {
            *attribute
        } else {
            let inside = |person: &u32| people.binary_search(person).is_ok().then_some("yes");
            let mut of_each: Vec<Option<&str>> = self.persons.iter().map(inside).collect();
            of_each.resize(self.figures.len(), None);
            let attribute = self.figures.attribute(name, &of_each)?;
            self.named.insert(name.to_owned(), attribute);
            attribute
        };
        self.figures.join(family, attribute)?;
        let group = [Condition::Known(attribute)];
        Ok(self.figures.count(family, table, name, &group)?)
    }

    /// The family of a topic: the same one whoever asks, so that sections that
    /// tell of the same thing are seen together.
    ///
    /// # Errors
    /// As [`Offer::family`].
    pub fn family_of(&mut self, topic: &str) -> Result<Family> {
        if let Some(family) = self.families.get(topic) {
            return Ok(*family);
        }
        let family = self.family()?;
        self.families.insert(topic.to_owned(), family);
        Ok(family)
    }

    /// Whether a section has told of a topic.
    pub fn tells_of(&self, topic: &str) -> bool {
        self.families.contains_key(topic)
    }

    /// A category for each member of a cohort; `None` for those whom tables of
    /// the attribute leave out. Asked for twice by one name, it is the same.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure) for a family of another offer.
    pub fn attribute(
        &mut self,
        family: Family,
        name: &str,
        cohort: &Cohort,
        of_each: &[Option<String>],
    ) -> Result<Trait> {
        let attribute = self.column(name, cohort, of_each)?;
        self.figures.join(family, attribute)?;
        Ok(attribute)
    }

    /// A category for each member, in no family yet.
    fn column(&mut self, name: &str, cohort: &Cohort, of_each: &[Option<String>]) -> Result<Trait> {
        if let Some(attribute) = self.named.get(name) {
            return Ok(*attribute);
        }
        let mut all: Vec<Option<&str>> = vec![None; self.figures.len()];
        for (person, value) in cohort.members().person.iter().zip(of_each) {
            if let Ok(at) = self.persons.binary_search(person) {
                all[at] = value.as_deref();
            }
        }
        let attribute = self.figures.attribute(name, &all)?;
        self.named.insert(name.to_owned(), attribute);
        Ok(attribute)
    }

    /// The groups that a cohort is divided into, in a family; small ones together,
    /// as the strata are, and the strata themselves where it is divided like them.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure) for a family of another offer.
    pub fn divided(&mut self, family: Family, cohort: &Cohort) -> Result<Vec<Group>> {
        let names = &cohort.strata().names;
        if *names == self.divided_by && cohort.members().person == self.members {
            return Ok(self.groups[1..].to_vec());
        }
        let Some(of_each) = levels(cohort, self.policy.minimum_persons as usize) else {
            return Ok(Vec::new());
        };
        let name = format!("groups by {}, {family:?}", names.join(", "));
        let attribute = self.attribute(family, &name, cohort, &of_each)?;
        let mut groups = Vec::new();
        for code in in_order(&of_each) {
            let conditions = vec![Condition::Is(attribute, code.clone())];
            let label = format!("{name}: {code}");
            groups.push(Group {
                n: (self.figures).count(family, "groups", &label, &conditions)?,
                key: (code.clone(), level_words(&code)),
                conditions,
            });
        }
        Ok(groups)
    }

    /// Figures that were asked for by a name, or those asked for now: what two
    /// sections tell is one figure.
    ///
    /// # Errors
    /// Those of asking.
    pub fn once(
        &mut self,
        name: String,
        ask: impl FnOnce(&mut Figures) -> Result<Vec<Figure>>,
    ) -> Result<Vec<Figure>> {
        if let Some(told) = self.told.get(&name) {
            return Ok(told.clone());
        }
        let figures = ask(&mut self.figures)?;
        self.told.insert(name, figures.clone());
        Ok(figures)
    }

    /// Adds a curve, in the family of figures of the same people if there are any.
    /// It is cleared with everything else, and left out whole where another number
    /// would have to be withheld for it.
    ///
    /// # Errors
    /// [`Error::Estimate`] where its shares cannot be computed.
    pub fn curve(
        &mut self,
        beside: Option<Family>,
        cohort: &Cohort,
        asked: &Followed,
    ) -> Result<()> {
        let title = asked.title.clone();
        let mut candidates = Vec::new();
        for policy in coarser(self.policy, beside.is_some()) {
            let Some(stepped) = asked.stepped(&policy)? else {
                break;
            };
            let name = format!("step of {}, at least {}", asked.name, least(&policy));
            let step = self.column(&name, cohort, &stepped.steps)?;
            let few = |&n: &usize| n > 0 && n < least(&policy);
            let candidate = Candidate {
                policy: policy.clone(),
                step,
                stepped,
            };
            if !(candidate.exact() && self.figures.sizes(step).iter().any(few)) {
                candidates.push(candidate);
            }
        }
        if candidates.is_empty() {
            self.without(self.tables.len(), &title);
        } else {
            self.curves.push(Curve {
                beside,
                title,
                candidates,
                place: self.tables.len(),
            });
        }
        Ok(())
    }

    /// Says beneath the table before a place that a curve is left out there.
    fn without(&mut self, place: usize, title: &Words) {
        if let Some(table) = self.tables[..place].last_mut() {
            table.remark(left_out(title));
        }
    }

    /// An amount for persons, by their index in the register; nothing for the
    /// others. Bounds of amounts rest on none being negative, so what is under
    /// nothing by person is an amount of its own.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure), which should not happen.
    pub fn amount(
        &mut self,
        name: &str,
        of: impl IntoIterator<Item = (u32, i128)>,
    ) -> Result<Amount> {
        let mut paid = vec![0; self.figures.len()];
        let mut returned = paid.clone();
        for (person, amount) in of {
            if let Ok(at) = self.persons.binary_search(&person) {
                paid[at] = amount.max(0);
                returned[at] = (-amount).max(0);
            }
        }
        let any = returned.iter().any(|amount| *amount > 0);
        Ok(Amount {
            paid: self.figures.amount(name, &paid)?,
            returned: any
                .then(|| self.figures.amount(&format!("{name}, returned"), &returned))
                .transpose()?,
        })
    }

    /// Asks for figures one by one.
    pub fn figures(&mut self) -> &mut Figures {
        &mut self.figures
    }

    /// A name for a table of a definition, made plain; numbered where taken.
    pub fn table_name(&self, of: &str, definition: &str) -> String {
        let slug = crate::words::slug(definition);
        let plain = if slug.is_empty() {
            of.to_owned()
        } else {
            format!("{of}_{slug}")
        };
        let taken = |name: &str| self.tables.iter().any(|table| table.name == name);
        if !taken(&plain) {
            return plain;
        }
        let numbered = (2..=self.tables.len() + 2).map(|n| format!("{plain}_{n}"));
        numbered
            .into_iter()
            .find(|name| !taken(name))
            .unwrap_or(plain)
    }

    /// What the column of strata is called for readers.
    pub fn stratum_title(&self) -> Words {
        if self.divided_by.is_empty() {
            return words("Gruppe", "Group");
        }
        [Lang::Da, Lang::En].map(|lang| {
            let names = self.divided_by.iter();
            let names: Vec<String> = names.map(|n| crate::words::column(n, lang)).collect();
            crate::words::capital(&names.join(" · "))
        })
    }

    /// Adds a table of figures.
    pub fn table(&mut self, table: Draft) {
        self.tables.push(table);
    }

    /// Clears everything offered, together.
    ///
    /// # Errors
    /// [`Error::Disclosure`](crate::Error::Disclosure) where no proof is found.
    pub fn clear<T>(mut self) -> Result<Released<T>> {
        let minimum = self.policy.minimum_persons as usize;
        let place: BTreeMap<u64, usize> = self.keys.iter().copied().zip(0..).collect();
        for memory in self.history.into_iter().flat_map(|h| &h.memories) {
            let places = memory.persons().iter().map(|key| place[key]).collect();
            self.figures.after(memory.clone(), places, minimum)?;
        }
        let curves = std::mem::take(&mut self.curves);
        let (figures, cleared, chosen) = choose(&self.figures, &curves, self.policy)?;
        self.figures = figures;
        // From the last one on, so that places stay what they were.
        for (curve, chosen) in curves.iter().zip(chosen).rev() {
            match chosen {
                Some(chosen) => {
                    let tables = curve.candidates[chosen].stepped.tables.iter().cloned();
                    self.tables.splice(curve.place..curve.place, tables);
                }
                None => self.without(curve.place, &curve.title),
            }
        }
        if let (Some(curve), []) = (curves.first(), self.tables.as_slice()) {
            return Err(refused(&curve.candidates[0].stepped.tables[0].name));
        }
        let memory = self
            .history
            .map(|history| self.figures.remember(history.name(), &self.keys, &cleared));
        let memory = memory.transpose()?;
        let tables = self.tables.into_iter();
        Ok(Released {
            tables: tables.map(|draft| draft.released(&cleared)).collect(),
            cleared,
            policy: self.policy.clone(),
            memory,
            of: PhantomData,
        })
    }

    /// The strata, small ones together, and everybody.
    fn divide(&mut self, cohort: &Cohort) -> Result<()> {
        let strata = cohort.strata();
        let all = (ALL.to_owned(), words("alle", "all"));
        let minimum = self.policy.minimum_persons as usize;
        let found = levels(cohort, minimum);
        let divided = found.is_some();
        let of_each = found.unwrap_or_else(|| vec![Some(ALL.to_owned()); cohort.len()]);
        self.members.clone_from(&cohort.members().person);
        let stratum = self.attribute(self.housing, "stratum", cohort, &of_each)?;
        self.stratum = Some(stratum);
        // Known to all where no rounding hides it, and nobody is alone in it.
        let plain = self.policy.rounding == Rounding::None;
        let sizes = self.figures.sizes(stratum);
        if plain && sizes.iter().all(|&n| n == 0 || n >= minimum) {
            self.figures.publicly_known(stratum);
        }
        let n = |offer: &mut Self, label: &str, conditions: &[Condition]| {
            (offer.figures).count(offer.housing, "people", label, conditions)
        };
        let known = vec![Condition::Known(stratum)];
        let everybody = Group {
            n: n(self, ALL, &known)?,
            key: all,
            conditions: known,
        };
        self.groups.push(everybody);
        if divided {
            self.divided_by.clone_from(&strata.names);
            for code in in_order(&of_each) {
                let conditions = vec![Condition::Is(stratum, code.clone())];
                let group = Group {
                    n: n(self, &code, &conditions)?,
                    key: (code.clone(), level_words(&code)),
                    conditions,
                };
                self.groups.push(group);
            }
        }
        Ok(())
    }
}

/// A number for each person, and then for those of earlier releases who are
/// nobody's today.
fn keys(persons: &[u32], cohort: &Cohort, history: &History) -> Vec<u64> {
    let register = cohort.register();
    let mut keys: Vec<u64> = persons.iter().map(|p| register.person_key(*p)).collect();
    let mut known: BTreeSet<u64> = keys.iter().copied().collect();
    for memory in &history.memories {
        let gone = memory.persons().iter().copied();
        keys.extend(gone.filter(|key| known.insert(*key)));
    }
    keys
}

/// The level of each member, small strata together; nothing where that leaves no
/// division.
fn levels(cohort: &Cohort, minimum: usize) -> Option<Vec<Option<String>>> {
    let (strata, members) = (cohort.strata(), cohort.members());
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for &stratum in &members.stratum {
        *sizes.entry(stratum).or_insert(0) += 1;
    }
    let others = small(&sizes, minimum);
    if strata.is_empty() || sizes.len() <= others.len().max(1) {
        return None;
    }
    let level = |stratum: &u32| {
        Some(if others.contains(stratum) {
            OTHERS.to_owned()
        } else {
            strata.levels[*stratum as usize].join(" · ")
        })
    };
    Some(members.stratum.iter().map(level).collect())
}

/// Each level once, those put together last.
fn in_order(of_each: &[Option<String>]) -> Vec<String> {
    let mut levels: Vec<String> = of_each.iter().flatten().cloned().collect();
    levels.sort_unstable_by_key(|l| (l == OTHERS, l.clone()));
    levels.dedup();
    levels
}

/// The strata to be put together: those under the minimum, and the smallest
/// beside them until together they reach it.
fn small(sizes: &BTreeMap<u32, usize>, minimum: usize) -> Vec<u32> {
    let mut order: Vec<(usize, u32)> = sizes.iter().map(|(s, n)| (*n, *s)).collect();
    order.sort_unstable();
    let mut others = Vec::new();
    let mut together = 0;
    for (n, stratum) in order {
        let enough = together == 0 || together >= minimum;
        if n >= minimum && enough {
            break;
        }
        others.push(stratum);
        together += n;
    }
    others
}

fn level_words(code: &str) -> Words {
    if code == OTHERS {
        return words("øvrige", "others");
    }
    [Lang::Da, Lang::En].map(|lang| {
        let parts = code.split(" · ");
        let parts: Vec<String> = parts.map(|p| crate::words::level(p, lang)).collect();
        parts.join(" · ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_strata_are_put_together_until_they_are_large_enough() {
        let of = |sizes: &[usize]| {
            let sizes = (0..).zip(sizes.iter().copied()).collect();
            small(&sizes, 5)
        };
        assert!(of(&[5, 9]).is_empty());
        assert_eq!(of(&[30, 2, 9, 40]), [1, 2]);
        assert_eq!(of(&[30, 2, 3, 40]), [1, 2]);
        assert_eq!(of(&[2, 1]), [1, 0]);
    }
}
