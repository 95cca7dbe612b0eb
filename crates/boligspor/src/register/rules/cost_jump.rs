//! R402.

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use std::collections::BTreeMap;

use crate::calendar::{NEVER, civil};
use crate::register::index::spans;
use crate::register::table::Table;

const AT_LEAST: Limit = Limit {
    name: "amounts",
    default: 5.0,
    of: Number::Whole,
    what: "Positive amounts that a category needs in a year for its median to be compared.",
};

/// By how much an amount has changed where its unit has.
pub(super) enum Jump {
    /// Kroner and øre.
    Hundred,
    /// Kroner and thousands.
    Thousand,
}

/// The change of unit that lies between two amounts, if one does.
pub(super) fn jump(earlier: f64, later: f64) -> Option<Jump> {
    let factor = (later / earlier).max(earlier / later);
    if (50.0..=200.0).contains(&factor) {
        Some(Jump::Hundred)
    } else if (500.0..=2000.0).contains(&factor) {
        Some(Jump::Thousand)
    } else {
        None
    }
}

/// The median amount of a cost category is a hundred or a thousand times that of
/// the year before.
///
/// ## Why is this bad?
/// From one delivery to the next an amount has moved from kroner to øre, or from
/// thousands to single kroner. Everything after it is wrong by that factor.
///
/// ## What to do
/// Bring all years to one unit, whole kroner. The rows are kept as they are. The
/// rule looks at every category with at least five (`amounts`) positive amounts in each of
/// two years that follow one another (of those the category has), and asks
/// whether their medians differ by a factor of 50 to 200 or 500 to 2,000.
///
/// ## Example
/// Median shelter cost of 1,150 in 2021, and of 114,000 in 2022.
pub(super) struct CostJump;

impl Rule for CostJump {
    fn meta(&self) -> Meta {
        limited(rule("R402", "cost-jump", Severity::Warning), &[AT_LEAST])
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(categories), Some(amounts)) = (
            context.labels(Table::Costs, "category"),
            context.numbers(Table::Costs, "amount"),
        ) else {
            return;
        };
        let (first, _) = spans(context);
        let mut by_year: BTreeMap<(u16, i32), Vec<f64>> = BTreeMap::new();
        let codes = categories.codes.iter().copied();
        for ((category, amount), first) in codes.zip(amounts.iter()).zip(first) {
            let named = !categories.names[usize::from(category)].is_empty();
            if let Some(amount) = amount
                && named
                && amount > 0.0
                && first != NEVER
            {
                by_year
                    .entry((category, civil(first).year))
                    .or_default()
                    .push(amount);
            }
        }
        let at_least = findings.limit(&AT_LEAST) as usize;
        let mut jumps = [0usize; 2];
        let mut before: Option<(u16, f64)> = None;
        for ((category, _), amounts) in &mut by_year {
            if amounts.len() < at_least {
                continue;
            }
            let middle = amounts.len() / 2;
            let median = *amounts.select_nth_unstable_by(middle, f64::total_cmp).1;
            if let Some((last, earlier)) = before
                && last == *category
            {
                match jump(earlier, median) {
                    Some(Jump::Hundred) => jumps[0] += amounts.len(),
                    Some(Jump::Thousand) => jumps[1] += amounts.len(),
                    None => {}
                }
            }
            before = Some((*category, median));
        }
        for (rows, factor) in jumps.into_iter().zip([100, 1000]) {
            findings.add(
                At::column(context, Table::Costs, "amount", rows),
                format!(
                    "are of a category and year whose median is about {factor} times another year's"
                ),
                "bring all years to whole kroner; the rows are kept as they are",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::Costs;
    use crate::register::rules::fixture::{at, found, found_with};

    fn costs(medians: &[(i32, f64)], each: usize) -> String {
        let mut text = "person,date,category,amount".to_owned();
        for (year, median) in medians {
            for i in 0..each {
                let amount = median * (1.0 + i as f64 / 100.0);
                let _ = write!(text, "\n1,{year}-0{}-01,shelter,{amount}", i + 1);
            }
        }
        text
    }

    #[test]
    fn a_change_of_unit_is_seen_either_way() {
        let up = costs(&[(2019, 1000.0), (2020, 1100.0), (2022, 110_000.0)], 5);
        assert_eq!(
            found("R402", &[(Costs, &up)]),
            at("costs.amount", 5, Warning)
        );
        let down = costs(&[(2019, 1_000_000.0), (2020, 1100.0)], 6);
        assert_eq!(
            found("R402", &[(Costs, &down)]),
            at("costs.amount", 6, Warning)
        );
    }

    #[test]
    fn how_many_amounts_make_a_median_can_be_chosen() {
        let up = costs(&[(2019, 1000.0), (2020, 110_000.0)], 5);
        let options = CheckOptions::default().with_limit("R402", "amounts", 6.0);
        assert_eq!(found_with("R402", &[(Costs, &up)], options), []);
    }

    #[test]
    fn real_growth_and_few_amounts_are_not() {
        assert_eq!(
            found(
                "R402",
                &[(Costs, &costs(&[(2019, 10.0), (2020, 300.0)], 5))]
            ),
            []
        );
        assert_eq!(
            found(
                "R402",
                &[(Costs, &costs(&[(2019, 10.0), (2020, 1000.0)], 4))]
            ),
            []
        );
    }
}
