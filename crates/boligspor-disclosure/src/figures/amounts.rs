//! From columns of amounts to cells of amounts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Figures, KnownOf, What, attribute_of, has};
use crate::bundle::{Bundle, CellId};
use crate::error::Result;
use crate::support::Support;

/// A person's codes, and where the same amount was in each earlier release.
type Place<'a> = (&'a [u32], Vec<Option<u32>>);

/// Amounts by the attributes that sums are asked by, and by where the same
/// amounts were in earlier releases.
pub(super) struct AmountCells {
    pub(super) by: Vec<usize>,
    pub(super) cells: Vec<AmountCell>,
    /// Amounts of earlier releases that are others today, by release and cell.
    pub(super) revised: BTreeMap<(usize, u32), CellId>,
}

/// What some people have in a column.
pub(super) struct AmountCell {
    pub(super) column: usize,
    /// Their codes in the attributes.
    key: Vec<u32>,
    /// In each earlier release the cell that the same amounts were in.
    pub(super) earlier: Vec<Option<u32>>,
    /// Those with something other than 0.
    pub(super) persons: Vec<usize>,
    pub(super) id: CellId,
}

impl AmountCells {
    /// The cells of some columns whose codes are inside.
    pub(super) fn of(&self, columns: &[usize], inside: impl Fn(&[u32]) -> bool) -> Vec<CellId> {
        let cells = self.cells.iter();
        cells
            .filter(|cell| columns.contains(&cell.column) && inside(&cell.key))
            .map(|cell| cell.id)
            .collect()
    }
}

impl Figures {
    pub(super) fn amount_cells(&self, bundle: &mut Bundle) -> Result<AmountCells> {
        let wanted = self.wanted.iter().filter_map(|wanted| match &wanted.what {
            What::Sum { group, .. } => Some(group),
            _ => None,
        });
        let known = self.known.iter().filter_map(|known| match &known.of {
            KnownOf::Amounts { group, .. } => Some(group),
            KnownOf::Persons { .. } => None,
        });
        let by: BTreeSet<usize> = (wanted.chain(known)).flatten().map(attribute_of).collect();
        let by: Vec<usize> = by.into_iter().collect();
        let keys: Vec<Vec<u32>> = (0..self.persons).map(|p| self.key(&by, p)).collect();
        let mut cells = Vec::new();
        for (column, amounts) in self.amounts.iter().enumerate() {
            let of_each = &amounts.of_each;
            let earlier = self.unchanged(&amounts.name, of_each);
            let mut groups: BTreeMap<Place<'_>, Vec<usize>> = BTreeMap::new();
            for (person, key) in keys.iter().enumerate() {
                let earlier = earlier
                    .iter()
                    .map(|cells| cells.get(&person).copied())
                    .collect();
                groups.entry((key, earlier)).or_default().push(person);
            }
            for ((key, earlier), mut persons) in groups {
                persons.retain(|&p| of_each[p] != 0);
                let mut support = Support::default();
                for &person in &persons {
                    support.observe(1, of_each[person]);
                }
                let total = persons.iter().map(|&p| of_each[p]).sum();
                cells.push(AmountCell {
                    column,
                    key: key.to_vec(),
                    earlier,
                    persons,
                    id: bundle.amount(total, support)?,
                });
            }
        }
        let revised = self.revised(bundle)?;
        Ok(AmountCells { by, cells, revised })
    }

    /// Who contributes to a sum, person by person.
    pub(super) fn support(&self, columns: &[usize], group: &[Condition]) -> Support {
        let mut support = Support::default();
        for person in 0..self.persons {
            let inside = group.iter().all(|condition| {
                let column = &self.attributes[attribute_of(condition)];
                has(column, condition, column.codes[person])
            });
            let of_each = columns.iter().map(|&c| self.amounts[c].of_each[person]);
            let amount: i128 = of_each.sum();
            if inside && amount != 0 {
                support.observe(1, amount);
                if let Some(Some(municipality)) = self.municipalities.get(person) {
                    support.observe_municipality(*municipality);
                }
            }
        }
        support
    }
}
