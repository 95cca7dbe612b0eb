//! Cost trajectories against hand-worked sums and a naive day-by-day reference.

use std::sync::Arc;

use boligspor_estimate::mean_interval::{MeanData, MeanOptions, mean_interval};
use proptest::prelude::*;

use super::*;
use crate::calendar;
use crate::cohort::{Cohort, CohortSpec};
use crate::lang::Lang;
use crate::testing::{Rows, close, find, number, table};

fn two_years() -> CostSpec {
    CostSpec {
        first: -1,
        last: 1,
        replicates: 0,
        ..CostSpec::default()
    }
}

fn at(t: &CostTrajectory, period: &str, category: &str, payer: &str, column: &str) -> Option<f64> {
    let rows = find(
        t.table(),
        &[("period", period), ("category", category), ("payer", payer)],
    );
    assert_eq!(rows.len(), 1);
    number(t.table(), column, rows[0])
}

const ONE: Rows<'static> = Rows {
    persons: &["a|1980-01-01|", "b|1980-01-01|2021-07-02"],
    placements: &["a||2021-01-01|461|", "b||2021-01-01|461|"],
    stays: &["a|2015-01-01||dwelling|1", "b|2015-01-01||dwelling|2"],
    costs: &[
        // 20 days across time zero, 100 a day: half before, half after.
        "a|2020-12-22|2021-01-11|shelter|2000|municipality",
        "a|2021-03-01|2021-03-02|hospital|500|region",
        "b|2021-05-01|2021-05-02|hospital|1000|region",
        // After death: left out, and said so.
        "b|2021-08-01|2021-08-02|hospital|4000|region",
    ],
};

#[test]
fn a_spell_across_a_boundary_is_split_by_day() {
    let cohort = ONE.cohort("2022-12-31", CohortSpec::default());
    let t = trajectory(&cohort, &two_years()).unwrap();
    close(at(&t, "-1", "shelter", "municipality", "total"), 1000.0);
    close(at(&t, "0", "shelter", "municipality", "total"), 1000.0);
    close(at(&t, "0", "all", "all", "total"), 2500.0);
    close(at(&t, "0", "hospital", "all", "total"), 1500.0);
    close(at(&t, "0", "all", "region", "total"), 1500.0);
    assert_eq!(at(&t, "0", "shelter", "region", "total"), Some(0.0));
}

#[test]
fn the_dead_cost_nothing_from_then_on_or_leave_by_name() {
    let cohort = ONE.cohort("2022-12-31", CohortSpec::default());
    let t = trajectory(&cohort, &two_years()).unwrap();
    // Both are observed through 2021 and 2022, one of them dead for a part.
    close(at(&t, "0", "all", "all", "person_years"), 730.0 / 365.25);
    assert_eq!(at(&t, "1", "all", "all", "persons"), Some(2.0));
    assert!(t.flags().iter().all(|f| f.code() != "composition"));
    let spec = CostSpec {
        death: Death::Survivors,
        ..two_years()
    };
    let t = trajectory(&cohort, &spec).unwrap();
    // a lives through all 365 days of 2021, b through 182 (1 January to 1 July).
    close(
        at(&t, "0", "all", "all", "person_years"),
        (365.0 + 182.0) / 365.25,
    );
    close(
        at(&t, "0", "all", "all", "mean_per_person_year"),
        2500.0 / ((365.0 + 182.0) / 365.25),
    );
    assert_eq!(at(&t, "0", "all", "all", "persons"), Some(2.0));
    assert_eq!(at(&t, "1", "all", "all", "persons"), Some(1.0));
    assert!(
        t.warnings(Lang::En)
            .iter()
            .any(|w| w.contains("dead, abroad or not observed"))
    );
    assert!(
        t.warnings(Lang::En)
            .iter()
            .any(|w| w.contains("regression to the mean"))
    );
    assert!(
        t.warnings(Lang::En)
            .iter()
            .any(|w| w.contains("different people"))
    );
}

#[test]
fn the_normal_interval_is_the_linearised_ratio() {
    let cohort = ONE.cohort("2022-12-31", CohortSpec::default());
    let spec = CostSpec {
        death: Death::Survivors,
        ..two_years()
    };
    let t = trajectory(&cohort, &spec).unwrap();
    // Ratio r = Σc/Σd in kroner a day; variance n/(n−1) Σ(c − r d)² / (Σd)².
    let (c, d) = ([1500.0, 1000.0], [365.0, 182.0]);
    let r = 2500.0 / 547.0;
    let squares: f64 = c
        .iter()
        .zip(&d)
        .map(|(c, d)| (c - r * d) * (c - r * d))
        .sum();
    let se = (squares * 2.0).sqrt() / 547.0 * 365.25;
    close(
        at(&t, "0", "all", "all", "high_normal"),
        r * 365.25 + 1.959_963_984_540_054 * se,
    );
}

#[test]
fn emigration_censors_and_a_return_before_time_zero_starts() {
    let rows = Rows {
        persons: &["a|1980-01-01|"],
        placements: &["a||2021-01-01|461|"],
        stays: &[
            "a|2020-03-01|2020-07-05|abroad|",
            "a|2021-01-01||dwelling|1",
            "a|2021-06-30|2021-09-01|abroad|",
        ],
        costs: &[
            "a|2020-02-01|2020-02-02|hospital|100|region",
            "a|2020-08-01|2020-08-02|hospital|200|region",
            "a|2021-10-01|2021-10-02|hospital|400|region",
        ],
    };
    let cohort = rows.cohort("2022-12-31", CohortSpec::default());
    let t = trajectory(&cohort, &two_years()).unwrap();
    // 5 July to 31 December 2020 is 180 days, 1 January to 29 June 2021 is 180.
    close(at(&t, "-1", "all", "all", "person_years"), 180.0 / 365.25);
    close(at(&t, "0", "all", "all", "person_years"), 180.0 / 365.25);
    close(at(&t, "-1", "all", "all", "total"), 200.0);
    assert_eq!(at(&t, "0", "all", "all", "total"), Some(0.0));
}

#[test]
fn fixed_prices_use_the_index_and_name_a_missing_year() {
    let builder = ONE.builder("2022-12-31");
    let index = table(&["year", "index"], &["2020|100", "2021|110", "2023|121"]);
    let register = Arc::new(
        builder
            .table(crate::register::Table::PriceIndex, index)
            .build()
            .unwrap(),
    );
    let cohort = Cohort::builder(&register).build().unwrap();
    let spec = |base| CostSpec {
        price_base: Some(base),
        ..two_years()
    };
    let t = trajectory(&cohort, &spec(2023)).unwrap();
    // A spell is priced in the year it starts: 2,000 × 1.21, half of it before.
    close(at(&t, "-1", "all", "all", "total"), 1210.0);
    close(at(&t, "0", "all", "region", "total"), 1500.0 * 1.1);
    let missing = trajectory(&cohort, &spec(2024)).unwrap_err().to_string();
    assert!(
        missing.contains("2024") && missing.contains("price_index"),
        "{missing}"
    );
    let none = Cohort::builder(&ONE.register("2022-12-31"))
        .build()
        .unwrap();
    let missing = trajectory(&none, &spec(2023)).unwrap_err().to_string();
    assert!(missing.contains("table `price_index`"), "{missing}");
}

#[test]
fn a_register_without_costs_says_what_is_needed() {
    let rows = Rows { costs: &[], ..ONE };
    let error = trajectory(
        &rows.cohort("2022-12-31", CohortSpec::default()),
        &two_years(),
    );
    assert!(error.unwrap_err().to_string().contains("table `costs`"));
}

#[test]
fn contrasts_are_differences_of_the_means() {
    let cohort = ONE.cohort("2022-12-31", CohortSpec::default());
    let spec = CostSpec {
        replicates: 200,
        method: IntervalMethod::Percentile,
        ..two_years()
    };
    let t = trajectory(&cohort, &spec).unwrap();
    let rows = find(
        t.contrasts(),
        &[
            ("from_period", "0"),
            ("to_period", "-1"),
            ("category", "all"),
        ],
    );
    let mean = |p| at(&t, p, "all", "all", "mean_per_person_year").unwrap();
    close(
        number(t.contrasts(), "difference_per_person_year", rows[0]),
        mean("-1") - mean("0"),
    );
    let (low, high) = (
        at(&t, "0", "all", "all", "low"),
        at(&t, "0", "all", "all", "high"),
    );
    assert!(low.unwrap() <= mean("0") && mean("0") <= high.unwrap());
}

/// Forty people with skewed costs on single days of the placement year, every
/// fourth of them dead half-way through it; and each one's key, kroner and days
/// by rule of death.
fn skewed() -> (Cohort, Vec<(u64, f64, [f64; 2])>) {
    let amount = |i: usize| if i.is_multiple_of(3) { 0 } else { i * i * i };
    let each = |line: &dyn Fn(usize) -> String| (0..40).map(line).collect::<Vec<_>>();
    let died = |i: usize| {
        if i.is_multiple_of(4) {
            "2021-07-02"
        } else {
            ""
        }
    };
    let persons = each(&|i| format!("p{i}|1980-01-01|{}", died(i)));
    let placements = each(&|i| format!("p{i}||2021-01-01|461|"));
    let stays = each(&|i| format!("p{i}|2015-01-01||dwelling|{i}"));
    let costs = each(&|i| format!("p{i}|2021-03-01|2021-03-02|shelter|{}|m", amount(i)));
    let lines = [&persons, &placements, &stays, &costs]
        .map(|l| l.iter().map(String::as_str).collect::<Vec<&str>>());
    let rows = Rows {
        persons: &lines[0],
        placements: &lines[1],
        stays: &lines[2],
        costs: &lines[3],
    };
    let cohort = rows.cohort("2022-12-31", CohortSpec::default());
    let register = cohort.register();
    let people = (0..40)
        .map(|i: usize| {
            let frame = register.frame(crate::register::Table::Persons).unwrap();
            let name = format!("p{i}");
            let row = find(frame, &[("person", &name)])[0];
            let index = (0..40u32).find(|p| register.people().row[*p as usize] == row as u32);
            let lived = if i.is_multiple_of(4) { 182.0 } else { 365.0 };
            let key = register.person_key(index.unwrap());
            (key, amount(i) as f64, [365.0, lived])
        })
        .collect();
    (cohort, people)
}

#[test]
fn each_method_is_that_of_the_plain_data() {
    let (cohort, people) = skewed();
    let person: Vec<u64> = people.iter().map(|p| p.0).collect();
    for (death, rule) in [(Death::Zero, 0), (Death::Survivors, 1)] {
        let rate: Vec<f64> = people.iter().map(|p| p.1 / p.2[rule]).collect();
        let days: Vec<f64> = people.iter().map(|p| p.2[rule]).collect();
        for method in [
            IntervalMethod::BootstrapT,
            IntervalMethod::Percentile,
            IntervalMethod::Bca,
            IntervalMethod::Normal,
            IntervalMethod::Auto,
        ] {
            let spec = CostSpec {
                death,
                method,
                replicates: 501,
                seed: 9,
                ..two_years()
            };
            let t = trajectory(&cohort, &spec).unwrap();
            let data = MeanData {
                values: &rate,
                person: Some(&person),
                weights: Some(&days),
            };
            let options = MeanOptions {
                method: method.method(),
                replicates: 501,
                seed: 9,
                ..MeanOptions::default()
            };
            let plain = mean_interval(&data, &options).unwrap().estimate;
            for (column, expected) in [
                ("mean_per_person_year", plain.estimate),
                ("low", plain.interval.low),
                ("high", plain.interval.high),
            ] {
                let got = at(&t, "0", "all", "all", column).unwrap();
                let expected = 365.25 * expected;
                assert!(
                    (got - expected).abs() <= 1e-9 * expected.abs(),
                    "{method:?} {death:?} {column}: {got} and not {expected}"
                );
            }
        }
    }
}

#[test]
fn a_cap_is_a_sensitivity_that_says_what_it_removes() {
    let (cohort, people) = skewed();
    let spec = CostSpec {
        cap: Some(10_000),
        replicates: 200,
        ..two_years()
    };
    let t = trajectory(&cohort, &spec).unwrap();
    let row = find(t.sensitivity(), &[("period", "0")])[0];
    let capped: f64 = people.iter().map(|p| p.1.min(10_000.0)).sum();
    let all: f64 = people.iter().map(|p| p.1).sum();
    let got = |column| number(t.sensitivity(), column, row);
    close(got("removed"), all - capped);
    close(
        got("mean_per_person_year"),
        capped / (40.0 * 365.0) * 365.25,
    );
    let above = people.iter().filter(|p| p.1 > 10_000.0).count();
    close(got("persons_capped"), above as f64);
    // The result itself is not capped.
    close(at(&t, "0", "all", "all", "total"), all);
    assert!(
        trajectory(
            &cohort,
            &CostSpec {
                cap: Some(0),
                ..spec
            }
        )
        .is_err()
    );
}

#[test]
fn medians_and_the_dearest_tenth_are_of_those_observed_throughout() {
    let (cohort, people) = skewed();
    let t = trajectory(&cohort, &two_years()).unwrap();
    let row = find(t.spread(), &[("period", "0")])[0];
    let mut costs: Vec<f64> = people.iter().map(|p| p.1).collect();
    costs.sort_by(f64::total_cmp);
    let got = |column| number(t.spread(), column, row).unwrap();
    let median = f64::midpoint(costs[19], costs[20]);
    assert!((got("median") - median).abs() <= 0.004 * median);
    let dearest = costs[36..].iter().sum::<f64>() / costs.iter().sum::<f64>();
    assert!((got("top_decile_share") - dearest).abs() < 0.002);
    close(Some(got("share_without")), 14.0 / 40.0);
}

#[test]
fn budget_and_society_stand_apart_and_are_discounted() {
    let rows = Rows {
        costs: &[
            "a|2021-03-01|2021-03-02|shelter|36500|municipality",
            "a|2021-03-01|2021-03-02|cash_benefits|3650|municipality",
            "b|2022-05-01|2022-05-02|hospital|7300|region",
        ],
        persons: &["a|1980-01-01|", "b|1980-01-01|"],
        ..ONE
    };
    let cohort = rows.cohort("2022-12-31", CohortSpec::default());
    let spec = CostSpec {
        first: 0,
        views: Some(ViewSpec::default()),
        ..two_years()
    };
    let t = trajectory(&cohort, &spec).unwrap();
    let mean = |view: &str, payer: Option<&str>, period: &str| {
        let mut keys = vec![("view", view), ("period", period)];
        keys.extend(payer.map(|p| ("payer", p)));
        let row = find(t.views(), &keys)[0];
        number(t.views(), "mean_per_person_year", row)
    };
    // Two people through 365 days each: a total of 365 is 182.625 a year.
    close(mean("budget", Some("municipality"), "0"), 110.0 * 182.625);
    close(mean("budget", Some("region"), "0"), 0.0);
    // Society leaves cash benefits out, and counts in market prices.
    close(mean("societal", None, "0"), 1.28 * 100.0 * 182.625);
    close(mean("societal", None, "1"), 1.28 * 20.0 * 182.625);
    let value = |rate: &str| {
        let keys = [("view", "societal"), ("rate", rate)];
        let row = find(t.present_values(), &keys)[0];
        number(t.present_values(), "present_value", row)
    };
    close(value("0"), 1.28 * 120.0 * 182.625);
    close(
        value("danish_2023"),
        1.28 * (100.0 + 20.0 / 1.035) * 182.625,
    );
    close(value("0.05"), 1.28 * (100.0 + 20.0 / 1.05) * 182.625);
    let bad = |views: ViewSpec| {
        let spec = CostSpec {
            views: Some(views),
            ..two_years()
        };
        trajectory(&cohort, &spec).is_err()
    };
    assert!(bad(ViewSpec {
        rate: Some(3.5),
        ..ViewSpec::default()
    }));
    assert!(bad(ViewSpec {
        net_tax_factor: f64::NAN,
        ..ViewSpec::default()
    }));
}

/// People with random costs around a placement on 1 March 2020.
struct People {
    lines: Vec<(String, String, String, Vec<String>)>,
}

type Career = (i32, Vec<(i32, i32, i64, u8)>, Option<i32>);

impl People {
    fn new(careers: &[Career]) -> Self {
        let base = calendar::day(2020, 3, 1);
        let lines = careers
            .iter()
            .enumerate()
            .map(|(i, (placed, costs, death))| {
                let death = death.map_or(String::new(), |d| calendar::format(base + placed + d));
                let lines = costs
                    .iter()
                    .map(|&(start, days, ore, category)| {
                        format!(
                            "p{i}|{}|{}|c{}|{}|q{}",
                            calendar::format(base + start),
                            calendar::format(base + start + days),
                            category % 2,
                            ore as f64 / 100.0,
                            category / 2,
                        )
                    })
                    .collect();
                (
                    format!("p{i}|1980-01-01|{death}"),
                    format!("p{i}||{}|461|", calendar::format(base + placed)),
                    format!("p{i}|2010-01-01||dwelling|1"),
                    lines,
                )
            })
            .collect();
        Self { lines }
    }

    fn cohort(&self, keep: impl Fn(usize) -> bool) -> Cohort {
        let kept: Vec<_> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(i, _)| keep(*i))
            .map(|(_, l)| l)
            .collect();
        // Every partition lists every category and payer, with an amount of nothing.
        let mut costs: Vec<&str> = kept
            .iter()
            .flat_map(|l| l.3.iter().map(String::as_str))
            .collect();
        let all: Vec<String> = kept
            .first()
            .map(|l| l.0.split('|').next().unwrap())
            .into_iter()
            .flat_map(|id| {
                (0..4).map(move |c| format!("{id}|2010-01-01|2010-01-02|c{}|0|q{}", c % 2, c / 2))
            })
            .collect();
        costs.extend(all.iter().map(String::as_str));
        let persons: Vec<&str> = kept.iter().map(|l| l.0.as_str()).collect();
        let placements: Vec<&str> = kept.iter().map(|l| l.1.as_str()).collect();
        let stays: Vec<&str> = kept.iter().map(|l| l.2.as_str()).collect();
        let rows = Rows {
            persons: &persons,
            placements: &placements,
            stays: &stays,
            costs: &costs,
        };
        rows.cohort("2021-12-31", CohortSpec::default())
    }
}

fn careers() -> impl Strategy<Value = Vec<Career>> {
    let cost = (-500i32..500, 1i32..300, 0i64..1_000_000, 0u8..4);
    let career = (
        0i32..200,
        prop::collection::vec(cost, 0..5),
        prop_oneof![Just(None), (1i32..400).prop_map(Some)],
    );
    prop::collection::vec(career, 3..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_window_agrees_with_counting_day_by_day(careers in careers()) {
        let cohort = People::new(&careers).cohort(|_| true);
        let (first, last) = (-2, 6);
        let spec = CostSpec { first, last, period: Period::Quarter, replicates: 0, ..CostSpec::default() };
        let t = trajectory(&cohort, &spec).unwrap();
        let base = calendar::day(2020, 3, 1);
        let observed_end = calendar::day(2022, 1, 1);
        let quarter = |placed: i32, k: i32| {
            let from = |k| calendar::add_months(base + placed, 3 * k);
            from(k)..from(k + 1)
        };
        for (window, death) in [
            ("unbalanced", "zero"), ("unbalanced", "survivors"),
            ("balanced", "zero"), ("balanced", "survivors"),
        ] {
            for k in first..=last {
                let (mut days, mut kroner, mut persons) = (0.0, 0.0, 0.0);
                for (placed, costs, died) in &careers {
                    let alive_until = died.map_or(observed_end, |d| observed_end.min(base + placed + d));
                    let counted_until = if death == "zero" { observed_end } else { alive_until };
                    if window == "balanced" && quarter(*placed, last).end > counted_until {
                        continue;
                    }
                    let before = days;
                    for day in quarter(*placed, k) {
                        days += f64::from(u8::from(day < counted_until));
                        for &(start, length, ore, _) in costs {
                            let start = base + start;
                            if (start..start + length).contains(&day) && day < alive_until {
                                kroner += ore as f64 / 100.0 / f64::from(length);
                            }
                        }
                    }
                    persons += f64::from(u8::from(days > before));
                }
                let k = k.to_string();
                let row = find(t.windows(), &[
                    ("window", window), ("death", death), ("period", &k), ("category", "all"),
                ])[0];
                let got = |column| number(t.windows(), column, row).unwrap();
                prop_assert!((got("person_years") - days / 365.25).abs() < 1e-9);
                prop_assert_eq!(got("persons"), persons);
                // A split spell is rounded to whole øre at each boundary.
                let spells = careers.iter().map(|c| c.1.len()).sum::<usize>() as f64;
                prop_assert!((got("total") - kroner).abs() <= 0.01 * spells + 1e-6);
            }
        }
    }

    #[test]
    fn split_any_way_and_merged_the_sums_are_those_of_the_whole(
        careers in careers(), sides in prop::collection::vec(0usize..3, 7),
    ) {
        let people = People::new(&careers);
        let spec = CostSpec { replicates: 60, cap: Some(2_000), ..two_years() };
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep);
            (!cohort.is_empty()).then(|| {
                CostSummary::observe(&cohort.stratified(["cohort_year"]).unwrap(), &spec).unwrap()
            })
        };
        let whole = observe(&|_| true).unwrap();
        let parts: Vec<_> = (0..3).filter_map(|s| observe(&|i| sides[i] == s)).collect();
        let mut merged = parts[0].clone();
        for part in &parts[1..] {
            merged.merge(part).unwrap();
        }
        prop_assert_eq!(&merged, &whole);
        let mut backwards = parts[parts.len() - 1].clone();
        for part in parts[..parts.len() - 1].iter().rev() {
            backwards.merge(part).unwrap();
        }
        prop_assert_eq!(&backwards, &whole);
        let text = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(&serde_json::from_str::<CostSummary>(&text).unwrap(), &whole);
        prop_assert!(merged.estimate().unwrap().table().equals_missing(whole.estimate().unwrap().table()));
    }
}
