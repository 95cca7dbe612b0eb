//! From families of attributes to cells of people.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Figures, OUTSIDE, meets};
use crate::bundle::{Bundle, CellId};
use crate::error::Result;
use crate::rows::Row;
use crate::support::Support;

/// Combinations added to a family beyond those that occur, at most.
const ADDED: usize = 200;

/// The cells of a family: each combination of codes, in the family's order.
pub(super) struct Cells {
    pub(super) keys: Vec<Vec<u32>>,
    pub(super) ids: Vec<CellId>,
}

impl Figures {
    /// The cells of a family: combinations that occur, and some more that could.
    pub(super) fn cells(&self, bundle: &mut Bundle, family: usize) -> Cells {
        let attributes = &self.families[family];
        let mut groups: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for person in 0..self.persons {
            groups
                .entry(self.key(attributes, person))
                .or_default()
                .push(person);
        }
        let mut more = possible(groups.keys(), ADDED);
        more.extend(self.once_possible(family));
        for key in more {
            groups.entry(key).or_default();
        }
        let mut cells = Cells {
            keys: Vec::with_capacity(groups.len()),
            ids: Vec::with_capacity(groups.len()),
        };
        for (key, persons) in groups {
            let mut support = Support::of_persons(persons.len() as u64);
            for municipality in persons
                .iter()
                .filter_map(|&p| self.municipalities.get(p).copied().flatten())
            {
                support.observe_municipality(municipality);
            }
            cells.ids.push(bundle.persons(support));
            cells.keys.push(key);
        }
        cells
    }

    /// A person's codes in some attributes.
    pub(super) fn key(&self, attributes: &[usize], person: usize) -> Vec<u32> {
        let codes = attributes.iter().map(|&a| self.attributes[a].codes[person]);
        codes.collect()
    }

    /// The known number of people of whom a family tells nothing.
    pub(super) fn outside(&self, bundle: &mut Bundle, cells: &Cells) -> Result<()> {
        let own = cells.keys.iter().zip(&cells.ids);
        let outside: Vec<CellId> = own
            .filter(|(key, _)| key.iter().all(|code| *code == OUTSIDE))
            .map(|(_, id)| *id)
            .collect();
        let n: i128 = outside.iter().map(|id| bundle.values[id.0 as usize]).sum();
        if (self.outside_from).is_some_and(|from| n >= i128::from(from)) {
            bundle.earlier_count("(everybody else)", &outside, n, n)?;
        }
        Ok(())
    }

    /// The known number of people in each category.
    pub(super) fn fix(
        &self,
        bundle: &mut Bundle,
        attribute: usize,
        family: usize,
        cells: &Cells,
    ) -> Result<()> {
        let by_code = cells.by(&self.families[family], &[attribute]);
        let codes = &self.attributes[attribute].codes;
        for (code, ids) in by_code {
            let n = codes.iter().filter(|c| **c == code[0]).count() as i128;
            bundle.earlier_count(&self.attributes[attribute].name, &ids, n, n)?;
        }
        Ok(())
    }

    /// As many people in each combination of what the last family shares with
    /// those before it here as there.
    pub(super) fn tie(&self, bundle: &mut Bundle, family: usize, families: &[Cells]) -> Result<()> {
        let own = &self.families[family];
        let before = &self.families[..family];
        let shared = |other: &Vec<usize>| -> Vec<usize> {
            own.iter().copied().filter(|a| other.contains(a)).collect()
        };
        let all: BTreeSet<usize> = before.iter().flat_map(shared).collect();
        // One that shares it all says what the others could.
        let whole = before
            .iter()
            .position(|other| shared(other).len() == all.len());
        let others = whole.map_or(0..family, |one| one..one + 1);
        for other in others {
            let by = shared(&self.families[other]);
            if by.is_empty() || (by.len() == 1 && self.open.contains(&by[0])) {
                continue;
            }
            let names: Vec<&str> = by
                .iter()
                .map(|&a| self.attributes[a].name.as_str())
                .collect();
            let mut terms: BTreeMap<Vec<u32>, Vec<(u32, i64)>> = BTreeMap::new();
            for (f, factor) in [(other, 1), (family, -1)] {
                for (code, ids) in families[f].by(&self.families[f], &by) {
                    let own = terms.entry(code).or_default();
                    own.extend(ids.into_iter().map(|id| (id.0, factor)));
                }
            }
            for mut terms in terms.into_values() {
                terms.sort_unstable();
                let row = Row {
                    terms,
                    low: Some(0),
                    high: Some(0),
                };
                bundle.earlier_row(&names.join(", "), row)?;
            }
        }
        Ok(())
    }

    pub(super) fn inside(
        &self,
        cells: &Cells,
        family: &[usize],
        group: &[Condition],
    ) -> Vec<CellId> {
        let own = cells.keys.iter().zip(&cells.ids);
        own.filter(|(key, _)| group.iter().all(|c| meets(self, c, family, key)))
            .map(|(_, id)| *id)
            .collect()
    }
}

impl Cells {
    /// The cells by their codes in some attributes of the family.
    fn by(&self, family: &[usize], attributes: &[usize]) -> BTreeMap<Vec<u32>, Vec<CellId>> {
        let places: Vec<usize> = attributes
            .iter()
            .filter_map(|a| family.iter().position(|own| own == a))
            .collect();
        let mut by: BTreeMap<Vec<u32>, Vec<CellId>> = BTreeMap::new();
        for (key, id) in self.keys.iter().zip(&self.ids) {
            let code = places.iter().map(|&at| key[at]).collect();
            by.entry(code).or_default().push(*id);
        }
        by
    }
}

/// Combinations of which every two parts occur together: nothing that readers
/// know of how things hang together (a home kept in the strict sense is kept in
/// the wide one) is assumed away, and what just happens not to occur is
/// possible. At most `most`, in ascending order.
fn possible<'a>(occurring: impl Iterator<Item = &'a Vec<u32>>, most: usize) -> Vec<Vec<u32>> {
    let occurring: Vec<&Vec<u32>> = occurring.collect();
    let Some(width) = occurring.first().map(|key| key.len()) else {
        return Vec::new();
    };
    let mut pairs: BTreeSet<(usize, u32, usize, u32)> = BTreeSet::new();
    let mut values: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); width];
    for key in &occurring {
        for i in 0..width {
            values[i].insert(key[i]);
            for j in 0..i {
                pairs.insert((j, key[j], i, key[i]));
            }
        }
    }
    let known: BTreeSet<&Vec<u32>> = occurring.into_iter().collect();
    let mut found = Vec::new();
    let mut looks = 100 * most;
    let mut stack = vec![Vec::new()];
    while let Some(prefix) = stack.pop() {
        if found.len() == most || looks == 0 {
            break;
        }
        looks -= 1;
        let i: usize = prefix.len();
        if i == width {
            if !known.contains(&prefix) {
                found.push(prefix);
            }
            continue;
        }
        for &value in values[i].iter().rev() {
            if (0..i).all(|j| pairs.contains(&(j, prefix[j], i, value))) {
                let mut longer: Vec<u32> = prefix.clone();
                longer.push(value);
                stack.push(longer);
            }
        }
    }
    found
}
