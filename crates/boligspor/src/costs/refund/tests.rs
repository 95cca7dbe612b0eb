//! Refund rules: worked by hand (as in docs/refunds.md), against a reference
//! that decides every day by itself, and by what must hold whatever the stays.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::calendar::{Day, NEVER, add_months, day};
use crate::cohort::{Cohort, CohortSpec};
use crate::costs::{CostSource, CostSpec, Period};
use crate::register::Table;
use crate::testing::{Rows, close, find, number, table};

fn set(name: &str) -> RuleSet {
    RuleBook::shipped().set(name).unwrap()
}

fn spell(start: Day, end: Day) -> Spell {
    Spell {
        start,
        end,
        granted: start,
    }
}

/// The refunded days of a kind, touching ones joined.
fn days(rules: &RuleSet, kind: &str, of: &[(&str, &[Spell])]) -> Vec<(Day, Day)> {
    let found = rules.refunded(kind, day(2040, 1, 1), |kind| {
        of.iter().find(|o| o.0 == kind).map_or(&[], |o| o.1)
    });
    assert!(found.windows(2).all(|w| w[0].end <= w[1].start));
    let spells: Vec<Spell> = found.iter().map(|r| spell(r.start, r.end)).collect();
    super::engine::joined(&spells)
}

#[test]
fn a_long_stay_is_refunded_for_120_days() {
    // November 30 + December 31 + January 31 = 92, and 28 days of February.
    let stay = [spell(day(2023, 11, 1), day(2024, 5, 1))];
    let got = days(&set("denmark"), "s110", &[("s110", &stay)]);
    assert_eq!(got, [(day(2023, 11, 1), day(2024, 2, 29))]);
    let before = days(&set("before_2023"), "s110", &[("s110", &stay)]);
    assert_eq!(before, [(day(2023, 11, 1), day(2024, 5, 1))]);
}

#[test]
fn the_running_year_goes_from_the_first_admission() {
    // 91 days, then 29 of September; a new year from 1 January 2025.
    let stays = [
        spell(day(2024, 1, 1), day(2024, 4, 1)),
        spell(day(2024, 9, 1), day(2024, 11, 1)),
        spell(day(2024, 12, 15), day(2025, 1, 15)),
    ];
    let got = days(&set("reform_2023"), "s110", &[("s110", &stays)]);
    assert_eq!(
        got,
        [
            (day(2024, 1, 1), day(2024, 4, 1)),
            (day(2024, 9, 1), day(2024, 9, 30)),
            (day(2025, 1, 1), day(2025, 1, 15)),
        ]
    );
}

#[test]
fn a_stay_under_way_at_the_reform_starts_the_clock_that_day() {
    let stay = [spell(day(2023, 8, 1), day(2024, 4, 1))];
    let got = days(&set("denmark"), "s110", &[("s110", &stay)]);
    // The old rule to 1 October, then 120 days: 31 + 30 + 31 and 28 of January.
    assert_eq!(got, [(day(2023, 8, 1), day(2024, 1, 29))]);
    let mut other = set("denmark");
    for rule in &mut other.rules {
        if let Clock::RunningYears { ongoing, .. } = &mut rule.clock {
            *ongoing = Ongoing::Unlimited;
        }
    }
    let again = [stay[0], spell(day(2024, 6, 1), day(2024, 12, 1))];
    let got = days(&other, "s110", &[("s110", &again)]);
    assert_eq!(
        got,
        [
            (day(2023, 8, 1), day(2024, 4, 1)),
            (day(2024, 6, 1), day(2024, 9, 29)),
        ]
    );
}

#[test]
fn ninety_days_from_april_2026() {
    let stay = [spell(day(2026, 1, 1), day(2026, 7, 1))];
    let mut rules = set("reform_2023");
    // 31 + 28 + 31 = 90 days are used when the limit becomes 90.
    let got = days(&rules, "s110", &[("s110", &stay)]);
    assert_eq!(got, [(day(2026, 1, 1), day(2026, 4, 1))]);
    if let Clock::RunningYears { limit_of, .. } = &mut rules.rules[0].clock {
        *limit_of = LimitOf::YearStart;
    }
    let got = days(&rules, "s110", &[("s110", &stay)]);
    assert_eq!(got, [(day(2026, 1, 1), day(2026, 5, 1))]);
}

#[test]
fn support_granted_before_discharge_is_refunded_two_years() {
    let shelter = [
        spell(day(2024, 1, 1), day(2024, 3, 1)),
        // A re-admission does not restart the clock.
        spell(day(2024, 6, 1), day(2024, 8, 1)),
    ];
    let support = |granted| {
        [Spell {
            start: day(2024, 3, 1),
            end: day(2027, 3, 1),
            granted,
        }]
    };
    let rules = set("denmark");
    let got = |granted, institution: &[Spell]| {
        let support = support(granted);
        let of: [(&str, &[Spell]); 3] = [
            ("s110", &shelter),
            ("s85a", &support),
            ("s107", institution),
        ];
        days(&rules, "s85a", &of)
    };
    let two_years = [(day(2024, 3, 1), day(2026, 3, 1))];
    assert_eq!(got(day(2024, 2, 15), &[]), two_years);
    assert_eq!(got(day(2024, 3, 10), &[]), []);
    // Granted during a §107 stay straight after the shelter.
    let straight = [spell(day(2024, 3, 1), day(2024, 6, 1))];
    assert_eq!(got(day(2024, 5, 15), &straight), two_years);
    let later = [spell(day(2024, 3, 3), day(2024, 6, 1))];
    assert_eq!(got(day(2024, 5, 15), &later), []);
    // Still in the shelter: no discharge, no clock.
    let inside = [spell(day(2024, 1, 1), NEVER)];
    let support = support(day(2024, 2, 1));
    assert_eq!(
        days(&rules, "s85a", &[("s110", &inside), ("s85a", &support)]),
        []
    );
}

#[test]
fn temporary_stays_are_refunded_six_months_within_the_year() {
    let shelter = [spell(day(2024, 1, 1), day(2024, 3, 1))];
    // 1 March to 1 September is 184 days: 92 to 1 June, 92 from 1 October.
    let stays = [
        spell(day(2024, 3, 1), day(2024, 6, 1)),
        spell(day(2024, 10, 1), day(2025, 2, 1)),
    ];
    let got = days(
        &set("denmark"),
        "s107",
        &[("s110", &shelter), ("s107", &stays)],
    );
    assert_eq!(
        got,
        [
            (day(2024, 3, 1), day(2024, 6, 1)),
            (day(2024, 10, 1), day(2025, 1, 1)),
        ]
    );
    let late = [spell(day(2025, 2, 1), day(2025, 6, 1))];
    let got = days(
        &set("denmark"),
        "s107",
        &[("s110", &shelter), ("s107", &late)],
    );
    assert_eq!(got, [(day(2025, 2, 1), day(2025, 3, 1))]);
}

#[test]
fn a_reform_moved_in_time_moves_all_its_dates() {
    let moved = set("reform_2023@2016-01-01");
    let stay = [spell(day(2016, 2, 1), day(2016, 12, 1))];
    let got = days(&moved, "s110", &[("s110", &stay)]);
    assert_eq!(got, [(day(2016, 2, 1), day(2016, 5, 31))]);
    let book = RuleBook::shipped();
    assert!(book.set("before_2023@2016-01-01").is_err());
    assert!(book.set("reform_2023@soon").is_err());
    let none = book.set("nowhere").unwrap_err().to_string();
    assert!(none.contains("before_2023, reform_2023, denmark"), "{none}");
}

#[test]
fn a_faulty_rule_file_is_told_by_line_or_rule() {
    let good = include_str!("denmark.toml");
    let fault = |from: &str, to: &str| {
        assert!(good.contains(from));
        RuleBook::parse(&good.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    assert!(fault("version = 1", "version = 2").contains("version 2 is not 1"));
    assert!(fault("payer = \"mun", "payor = \"mun").contains("payor"));
    assert!(fault("rate = 0.5", "rate = 50").contains("`s110-unlimited`"));
    assert!(fault("covers = \"s110\"", "covers = \"s999\"").contains("`s999`"));
    assert!(fault("s107 = [\"institution\"]", "s107 = [\"shelter\"]").contains("two kinds"));
    assert!(fault("earlier = \"before_2023\"", "earlier = \"x\"").contains("`x`"));
    assert!(fault("from = 2023-10-01\n", "").contains("needs `from`"));
    assert!(fault("within_months = 24", "within_months = 0").contains("within_months"));
    assert!(fault("kind = \"unlimited\"", "kind = \"unlimited\"\nlimit = 3").contains("limit"));
}

/// Decides each day by itself: the running-year rule as its sentence reads.
fn by_day(stays: &[Spell], horizon: Day) -> Vec<Day> {
    let law = day(2023, 10, 1);
    let inside = |d: Day| stays.iter().any(|s| s.start <= d && d < s.end);
    let mut out: Vec<Day> = Vec::new();
    let Some(first) = (law..horizon).find(|d| inside(*d)) else {
        return out;
    };
    for d in (first..horizon).filter(|d| inside(*d)) {
        let mut year = 0;
        while add_months(first, 12 * (year + 1)) <= d {
            year += 1;
        }
        let used = out
            .iter()
            .filter(|r| **r >= add_months(first, 12 * year))
            .count();
        let limit = if d < day(2026, 4, 1) { 120 } else { 90 };
        if used < limit {
            out.push(d);
        }
    }
    out
}

fn stays() -> impl Strategy<Value = Vec<Spell>> {
    let one = (-200i32..1200, 0i32..300).prop_map(|(start, length)| {
        let start = day(2023, 10, 1) + start;
        spell(start, start + length)
    });
    prop::collection::vec(one, 0..7)
}

fn each_day(spells: &[(Day, Day)]) -> Vec<Day> {
    spells.iter().flat_map(|s| s.0..s.1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_engine_agrees_with_deciding_day_by_day(stays in stays()) {
        let rules = set("reform_2023");
        let got = each_day(&days(&rules, "s110", &[("s110", &stays)]));
        prop_assert_eq!(got, by_day(&stays, day(2040, 1, 1)));
    }

    #[test]
    fn no_running_year_has_more_than_its_limit(stays in stays()) {
        let got = each_day(&days(&set("reform_2023"), "s110", &[("s110", &stays)]));
        if let Some(&first) = got.first() {
            for k in 0..6 {
                let year = add_months(first, 12 * k)..add_months(first, 12 * k + 12);
                prop_assert!(got.iter().filter(|d| year.contains(d)).count() <= 120);
            }
        }
        // Never a day that is no stay, never more than without limit.
        let all = each_day(&days(&set("before_2023"), "s110", &[("s110", &stays)]));
        prop_assert!(got.iter().all(|d| all.binary_search(d).is_ok()));
    }

    #[test]
    fn order_and_division_of_stays_do_not_matter(
        shelter in stays(), support in stays(), institution in stays(), cut in 1i32..100,
    ) {
        let divided = |spells: &[Spell]| -> Vec<Spell> {
            let mut out = Vec::new();
            for s in spells.iter().rev() {
                let middle = (s.start + cut).min(s.end);
                out.push(Spell { start: middle, ..*s });
                out.push(Spell { end: middle, ..*s });
            }
            out
        };
        let (a, b, c) = (divided(&shelter), divided(&support), divided(&institution));
        for kind in ["s110", "s85a", "s107"] {
            let whole = days(&set("denmark"), kind, &[
                ("s110", &shelter), ("s85a", &support), ("s107", &institution),
            ]);
            let parts = days(&set("denmark"), kind, &[("s110", &a), ("s85a", &b), ("s107", &c)]);
            prop_assert_eq!(whole, parts);
        }
    }

    /// After-discharge rules, day by day as their sentences read.
    #[test]
    fn after_discharge_days_are_within_their_sentences(
        shelter in stays(), support in stays(), institution in stays(),
    ) {
        let law = day(2023, 10, 1);
        let inside = |of: &[Spell], d: Day| of.iter().any(|s| s.start <= d && d < s.end);
        let discharge = (law..day(2030, 1, 1)).find(|d| inside(&shelter, *d - 1) && !inside(&shelter, *d));
        let of: [(&str, &[Spell]); 3] = [
            ("s110", &shelter), ("s85a", &support), ("s107", &institution),
        ];
        let got = each_day(&days(&set("denmark"), "s107", &of));
        let wanted: Vec<Day> = discharge.map_or(Vec::new(), |e| {
            let six = (add_months(e, 6) - e) as usize;
            (e..add_months(e, 12)).filter(|d| inside(&institution, *d)).take(six).collect()
        });
        prop_assert_eq!(got, wanted);
        let got = each_day(&days(&set("denmark"), "s85a", &of));
        let wanted: Vec<Day> = discharge.map_or(Vec::new(), |e| {
            let straight = [e, e + 1].into_iter().find_map(|d| {
                let begins = inside(&institution, d) && !inside(&institution, d - 1);
                begins.then(|| (d..day(2040, 1, 1)).find(|x| !inside(&institution, *x)).unwrap())
            });
            let by = straight.unwrap_or(e);
            let granted: Vec<Spell> = support.iter().copied().filter(|s| s.granted <= by).collect();
            (e..add_months(e, 24)).filter(|d| inside(&granted, *d)).collect()
        });
        prop_assert_eq!(got, wanted);
    }
}

#[test]
fn the_municipality_pays_what_the_reform_no_longer_refunds() {
    let rows = Rows {
        persons: &["a|1980-01-01|", "b|1980-01-01|"],
        placements: &["a||2024-01-01|461|", "b||2024-01-01|461|"],
        stays: &["a|2015-01-01||dwelling|1", "b|2015-01-01||dwelling|1"],
        costs: &[],
    };
    let names = ["person", "start", "end", "service", "quantity"];
    let services = [
        "a|2023-11-01|2024-05-01|shelter|",
        "b|2024-07-01|2024-07-11|shelter|",
    ];
    let prices = [
        "shelter|2023|1200|municipality|1|night",
        "shelter|2024|1200|municipality|1|night",
    ];
    let register = rows
        .builder("2024-12-31")
        .table(Table::Services, table(&names, &services))
        .table(
            Table::Prices,
            table(
                &["service", "year", "unit_price", "payer", "share", "unit"],
                &prices,
            ),
        )
        .build()
        .unwrap();
    let cohort = Cohort::builder(&Arc::new(register))
        .spec(CohortSpec::default())
        .build()
        .unwrap();
    let spec = RefundSpec {
        rules: vec!["before_2023".into(), "denmark".into(), "none".into()],
        costs: CostSpec {
            period: Period::CalendarYear,
            first: -1,
            last: 0,
            source: CostSource::Services,
            replicates: 100,
            ..CostSpec::default()
        },
        ..RefundSpec::default()
    };
    let got = who_pays(&cohort, &spec, &RuleBook::shipped()).unwrap();
    let total = |rules: &str, period: &str, payer: &str| {
        let at = [
            ("rules", rules),
            ("period", period),
            ("category", "all"),
            ("payer", payer),
        ];
        let rows = find(got.table(), &at);
        assert_eq!(rows.len(), 1);
        number(got.table(), "total", rows[0])
    };
    // 2023: 61 nights of a; 2024: 121 of a and 10 of b, at 1,200.
    for rules in ["before_2023", "denmark", "none"] {
        close(total(rules, "-1", "all"), 61.0 * 1200.0);
        close(total(rules, "0", "all"), 131.0 * 1200.0);
    }
    close(total("before_2023", "0", "state"), 131.0 * 600.0);
    // 61 of the 120 days lie in 2023, 59 in 2024; all 10 of b.
    close(total("denmark", "-1", "state"), 61.0 * 600.0);
    close(total("denmark", "0", "state"), 69.0 * 600.0);
    assert_eq!(total("none", "0", "state"), Some(0.0));
    let at = [
        ("to_rules", "denmark"),
        ("period", "0"),
        ("payer", "municipality"),
    ];
    let row = find(got.changes(), &at)[0];
    close(number(got.changes(), "difference", row), 62.0 * 600.0);
    let whole = [("to_rules", "denmark"), ("period", "0"), ("payer", "all")];
    assert_eq!(
        number(got.changes(), "difference", find(got.changes(), &whole)[0]),
        Some(0.0)
    );
    let counted = find(
        got.days(),
        &[
            ("rules", "denmark"),
            ("rule", "s110-running-year"),
            ("year", "2024"),
        ],
    );
    assert_eq!(number(got.days(), "days", counted[0]), Some(131.0));
    assert_eq!(number(got.days(), "refunded_days", counted[0]), Some(69.0));
    assert_eq!(number(got.days(), "people", counted[0]), Some(2.0));
    let warned = got.warnings(crate::Lang::En).join(" ");
    assert!(warned.contains("assumptions"), "{warned}");
    assert!(
        got.describe(crate::Lang::En)
            .contains("Behaviour is unchanged")
    );
}
