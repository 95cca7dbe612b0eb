//! R102.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Kind;

/// A column has values that are not of its kind.
///
/// ## Why is this bad?
/// A date that cannot be read is no date, and would silently become a missing
/// one: an ongoing stay, a person who never died.
///
/// ## What to do
/// Write dates as `2023-12-31`, numbers without thousands separators (a decimal
/// comma only in a CSV file with semicolons). Where the rule is turned down,
/// values that cannot be read are taken as missing.
///
/// ## Example
/// | person | start | end |
/// |--------|-------|-----|
/// | 1 | 01-02-2023 | 2023-05-01 |
///
/// The start could be in January or February, so it is not guessed.
pub(super) struct UnreadableValues;

impl Rule for UnreadableValues {
    fn meta(&self) -> Meta {
        rule("R102", "unreadable-values", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for unreadable in &loaded.unreadable {
                let column = unreadable.column;
                let at = At::column(context, loaded.table, column.name, unreadable.rows);
                let hint = match column.kind {
                    Kind::Date => {
                        "deliver dates without a time zone, or as text such as 2023-12-31"
                    }
                    Kind::Number | Kind::Money | Kind::Integer => {
                        "deliver plain numbers without thousands separators or units"
                    }
                    _ => "deliver the column in its own type, or as text",
                };
                let message = match &unreadable.wrong_type {
                    Some(found) => {
                        format!("is of type {found}; {} are expected", column.kind.expects())
                    }
                    None => format!("cannot be read; {} are expected", column.kind.expects()),
                };
                findings.add(at, message, hint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use crate::register::Severity::Error;
    use crate::register::Table::{Costs, Stays};
    use crate::register::rules::fixture::{at, faultless, found};

    #[test]
    fn dates_that_could_be_two_are_not_guessed() {
        let stays = "person,start,end,state\n1,01-02-2020,,dwelling\n1,2020-02-30,,dwelling\n1,2020-02-28,,dwelling";
        assert_eq!(
            found("R102", &[(Stays, stays)]),
            at("stays.start", 2, Error)
        );
        assert_eq!(
            found("R103", &[(Stays, stays)]),
            [],
            "and are not told twice"
        );
    }

    #[test]
    fn numbers_with_thousands_separators_are_not_guessed() {
        let costs = "person,date,category,amount\n1,2020-01-01,a,1.234.567\n1,2020-01-01,a,12 kr\n1,2020-01-01,a,inf\n1,2020-01-01,a,1e3\n1,2020-01-01,a,-0.5";
        assert_eq!(
            found("R102", &[(Costs, costs)]),
            at("costs.amount", 3, Error)
        );
    }

    #[test]
    fn a_column_of_another_type_is_told_by_its_type() {
        let stays = df!("person" => [1, 2], "start" => [20_200_101, 20_200_102], "end" => [None::<i32>, None], "state" => ["dwelling", "shelter"]);
        let report = faultless().stays(stays.unwrap()).check().unwrap();
        let finding = report.errors().find(|f| f.code == "R102").unwrap();
        assert_eq!((finding.place().as_str(), finding.rows), ("stays.start", 2));
        assert!(finding.message.starts_with("is of type whole number"));
    }

    #[test]
    fn date_times_are_read_without_a_zone_and_refused_with_one() {
        let moments = Series::new("start".into(), [1_577_836_800_000i64, 1_577_836_800_000])
            .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
            .unwrap();
        let stays = |start: Series| {
            let mut frame = df!("person" => [1, 2], "end" => [None::<i32>, None], "state" => ["dwelling", "shelter"]).unwrap();
            frame.with_column(start.into()).unwrap();
            faultless().stays(frame).check().unwrap()
        };
        assert!(!stays(moments.clone()).has_errors());
        let zoned = DataType::Datetime(
            TimeUnit::Milliseconds,
            TimeZone::opt_try_new(Some("UTC")).unwrap(),
        );
        let report = stays(moments.cast(&zoned).unwrap());
        assert!(report.error_summary().contains("with a time zone"));
    }
}
