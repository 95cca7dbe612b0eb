//! R208.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A stay or a cost lies wholly before the first day of complete registers.
///
/// ## Why is this bad?
/// It need not be. But what is seen of that time is not all there was: a person
/// without a shelter stay in it may have had one.
///
/// ## What to do
/// Nothing, where no look-back reaches into that time. Otherwise set
/// `observed_from` to the first day on which all registers are complete.
///
/// ## Example
/// `observed_from` is 2015-01-01 and a stay ends on 2014-06-01.
pub(super) struct BeforeObservation;

impl Rule for BeforeObservation {
    fn meta(&self) -> Meta {
        rule("R208", "before-observation", Severity::Info)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(from) = context.observed_from else {
            return;
        };
        for table in [Table::Stays, Table::Costs] {
            let before = |column| {
                let days = context.days(table, column)?;
                Some(
                    days.iter()
                        .flatten()
                        .filter(|day| *day < from && !is_sentinel(*day))
                        .count(),
                )
            };
            for column in ["end", "date"] {
                if table.column(column).is_some() {
                    findings.add(
                        At::column(context, table, column, before(column).unwrap_or(0)),
                        "lie before the first day of observation",
                        "the rows are kept; what is seen of that time is not complete",
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::calendar::day;
    use crate::register::rules::fixture::faultless;

    #[test]
    fn stays_that_end_before_the_first_day_are_counted() {
        let before = |from| {
            let report = faultless().observed_from(from).check().unwrap();
            report
                .findings
                .iter()
                .filter(|f| f.code == "R208")
                .map(|f| f.rows)
                .collect::<Vec<_>>()
        };
        assert_eq!(before(None), [] as [usize; 0]);
        assert_eq!(before(Some(day(2020, 1, 2))), [1]);
        assert_eq!(before(Some(day(2020, 1, 1))), [] as [usize; 0]);
    }
}
