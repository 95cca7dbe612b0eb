use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::error::Error;
use crate::lang::Lang;
use crate::testing::{Rows, close, find, number};

/// Costs of 100 a year up to placement, then 40, in every relative year of a
/// person: so many kroner in each of the years −2, −1, 0.
fn lines(person: &str, zero: i32, amounts: [i32; 3]) -> Vec<String> {
    (0..3)
        .map(|k| {
            let year = zero - 2 + k;
            let amount = amounts[k as usize];
            format!(
                "{person} | {year}-01-01 | {}-01-01 | support | {amount} |",
                year + 1
            )
        })
        .collect()
}

fn cohort(costs: &[String]) -> Cohort {
    let people = ["a", "b", "c", "d", "e"];
    let persons: Vec<String> = people
        .iter()
        .map(|p| format!("{p} | 1980-01-01 |"))
        .collect();
    let persons: Vec<&str> = persons.iter().map(String::as_str).collect();
    let costs: Vec<&str> = costs.iter().map(String::as_str).collect();
    let rows = Rows {
        persons: &persons,
        placements: &[
            "a | 2017-12-01 | 2018-01-01 | 101 | h1",
            "b | 2017-12-01 | 2018-01-01 | 101 | h2",
            "c | 2018-01-01 | | 101 |",
            "d | 2018-01-01 | | 101 |",
            // Enrolled in a year without any placement: nobody to compare with.
            "e | 2019-01-01 | | 101 |",
        ],
        stays: &[
            "a | 2018-01-01 | | dwelling | h1",
            "b | 2018-01-01 | | dwelling | h2",
        ],
        costs: &costs,
    };
    rows.cohort("2019-12-31", CohortSpec::default())
}

fn design() -> Design {
    Design {
        first: -2,
        last: 0,
        base: -2,
        adjust: Adjust::Year,
        replicates: 0,
        ..Design::default()
    }
}

fn example() -> Vec<String> {
    [
        lines("a", 2018, [100, 200, 90]),
        lines("b", 2018, [120, 220, 110]),
        lines("c", 2018, [80, 180, 130]),
        lines("d", 2018, [60, 160, 90]),
        lines("e", 2019, [10, 10, 10]),
    ]
    .concat()
}

#[test]
fn the_difference_of_changes_by_hand() {
    let found = compare_costs(&cohort(&example()), &design()).unwrap();
    // From year −2 to 0 the placed change by −10 and −10, the others by +50 and
    // +30: −10 − 40. From −1 they change by −110 both, the others by −50 and
    // −70: −110 + 60.
    let at = |base: &str, year: &str| find(found.table(), &[("base", base), ("year", year)])[0];
    close(number(found.table(), "estimate", at("-2", "0")), -50.0);
    close(number(found.table(), "estimate", at("-1", "0")), -50.0);
    close(number(found.table(), "estimate", at("-2", "-1")), 0.0);
    // Before/after finds the whole fall from the peak.
    let naive = find(
        found.contrasts(),
        &[("method", "before_after"), ("year", "0")],
    );
    close(number(found.contrasts(), "estimate", naive[0]), -110.0);
}

#[test]
fn the_flow_says_who_was_left_out_and_why() {
    let found = compare_costs(&cohort(&example()), &design()).unwrap();
    let flow = found.attrition(Lang::En);
    let left = |arm: &str, step: &str| {
        number(
            flow,
            "persons",
            find(flow, &[("arm", arm), ("step", step)])[0],
        )
    };
    close(left("placed", "start"), 2.0);
    close(left("comparison", "start"), 5.0);
    // Those placed were enrolled a month earlier: not yet placed by then, in
    // 2017, a year without placements.
    close(left("comparison", "not_placed"), 5.0);
    close(left("comparison", "year_shared"), 2.0);
    close(left("comparison", "alike"), 2.0);
}

#[test]
fn everyone_at_their_peak_is_told() {
    let found = compare_costs(&cohort(&example()), &design()).unwrap();
    let peak = find(found.diagnostics(), &[("diagnostic", "peak_share_placed")]);
    close(number(found.diagnostics(), "value", peak[0]), 1.0);
    let said = found.warnings(Lang::En).join(" ");
    assert!(said.contains("regression to the mean"));
    assert!(said.contains("100 % of those placed"));
    assert!(found.warnings(Lang::Da).join(" ").contains("topper"));
}

#[test]
fn the_dead_cost_nothing_and_the_emigrated_are_not_known() {
    let mut costs = example();
    // Costs after death are on days that no person lives.
    costs.push("c | 2019-06-01 | 2019-07-01 | support | 999 |".into());
    let persons = [
        "a | 1980-01-01 |",
        "c | 1980-01-01 | 2018-07-01",
        "d | 1980-01-01 |",
    ];
    let costs: Vec<&str> = costs
        .iter()
        .map(String::as_str)
        .filter(|c| !c.starts_with('b') && !c.starts_with('e'))
        .collect();
    let rows = Rows {
        persons: &persons,
        placements: &[
            "a | 2017-12-01 | 2018-01-01 | 101 | h1",
            "c | 2018-01-01 | | 101 |",
            "d | 2018-01-01 | | 101 |",
        ],
        stays: &[
            "a | 2018-01-01 | | dwelling | h1",
            "d | 2019-03-01 | | abroad |",
        ],
        costs: &costs,
    };
    let register = rows
        .builder("2019-12-31")
        .check_options(crate::testing::lenient())
        .build()
        .unwrap();
    let cohort = Cohort::builder(&std::sync::Arc::new(register))
        .build()
        .unwrap();
    let design = Design {
        last: 1,
        ..design()
    };
    let found = compare_costs(&cohort, &design).unwrap();
    let at = |year: &str| find(found.means(), &[("arm", "comparison"), ("year", year)])[0];
    // In year 1 only the dead one of the two is known, at no cost.
    close(number(found.means(), "persons", at("1")), 1.0);
    close(number(found.means(), "mean", at("1")), 0.0);
    close(number(found.means(), "persons", at("0")), 2.0);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let cohort = cohort(&example());
    let refused = |design: Design| compare_costs(&cohort, &design).unwrap_err();
    assert!(matches!(
        refused(Design {
            covariates: vec!["income".into()],
            ..design()
        }),
        Error::Option { .. }
    ));
    assert!(matches!(
        refused(Design {
            covariates: vec!["death_date".into()],
            ..design()
        }),
        Error::Option { .. }
    ));
    assert!(matches!(
        refused(Design {
            comparators: Comparators::Shelter,
            ..design()
        }),
        Error::Missing { .. }
    ));
}
