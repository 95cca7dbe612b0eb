//! Cohorts told as small tables: people in, members and attrition out.

use polars::prelude::{col, lit};

use super::*;
use crate::calendar::{self, Date, day};
use crate::testing::Rows;

/// a: two placements. b: enrolled, never placed. c: dead before placement.
/// d: placed before observation begins. e: young. f: placed near the end.
const SIX: Rows<'static> = Rows {
    persons: &[
        "a|1980-01-01|",
        "b|1980-01-01|",
        "c|1980-01-01|2020-06-01",
        "d|1980-01-01|",
        "e|2003-03-01|",
        "f|1980-01-01|",
    ],
    placements: &[
        "a|2019-12-01|2020-02-01|461|1",
        "a|2021-01-01|2021-05-01|461|2",
        "b|2020-01-01||461|",
        "c|2020-01-01|2020-07-01|461|",
        "d|2014-01-01|2014-06-01|461|",
        "e|2020-01-01|2020-03-01|751|",
        "f|2023-11-01|2023-12-01|751|",
    ],
    stays: &[
        "a|2020-02-01||dwelling|1",
        "a|2021-03-01|2021-04-01|prison|",
        "e|2020-03-01||dwelling|5",
    ],
    costs: &[],
};

fn cohort(spec: CohortSpec) -> Cohort {
    // Data rules are another room's matter: a placement after death is an
    // error there, and a step of the flow here.
    let register = SIX
        .builder("2023-12-31")
        .observed_from(Some(day(2015, 1, 1)))
        .check_options(crate::testing::lenient())
        .build()
        .unwrap();
    Cohort::builder(&Arc::new(register))
        .spec(spec)
        .build()
        .unwrap()
}

fn flow(cohort: &Cohort) -> Vec<(String, u64, u64)> {
    let steps = &cohort.attrition().steps;
    steps
        .iter()
        .map(|s| (s.step.label(Lang::En), s.rows, s.persons))
        .collect()
}

fn zeros(cohort: &Cohort) -> Vec<String> {
    cohort
        .members()
        .zero
        .iter()
        .map(|&d| calendar::format(d))
        .collect()
}

#[test]
fn the_flow_says_who_is_left_out_at_which_step() {
    let c = cohort(CohortSpec::default());
    let want = [
        ("rows in placements", 7, 6),
        ("have a time zero", 6, 5),
        ("the person's first", 5, 5),
        ("time zero within the observed period", 4, 4),
        ("alive at time zero", 3, 3),
    ];
    let got = flow(&c);
    let got: Vec<_> = got.iter().map(|(l, r, p)| (l.as_str(), *r, *p)).collect();
    assert_eq!(got, want);
    assert_eq!(zeros(&c), ["2020-02-01", "2020-03-01", "2023-12-01"]);
}

#[test]
fn every_placement_can_count() {
    let c = cohort(CohortSpec {
        which: Which::Every,
        ..CohortSpec::default()
    });
    assert_eq!((c.len(), c.persons()), (4, 3));
    assert_eq!(
        zeros(&c),
        ["2020-02-01", "2021-05-01", "2020-03-01", "2023-12-01"]
    );
}

#[test]
fn enrolment_is_a_time_zero_for_those_never_placed_as_well() {
    let c = cohort(CohortSpec {
        time_zero: TimeZero::Enrolment,
        ..CohortSpec::default()
    });
    assert_eq!(
        zeros(&c),
        [
            "2019-12-01",
            "2020-01-01",
            "2020-01-01",
            "2020-01-01",
            "2023-11-01"
        ]
    );
}

#[test]
fn the_first_placement_is_chosen_before_every_other_condition() {
    // a's first is before 2021, so a is out; the second is not promoted.
    let from = Some(Date(day(2021, 1, 1)));
    let c = cohort(CohortSpec {
        from,
        ..CohortSpec::default()
    });
    assert_eq!(zeros(&c), ["2023-12-01"]);
}

#[test]
fn look_back_and_follow_up_are_counted_in_full_months() {
    let c = cohort(CohortSpec {
        look_back_months: 62,
        ..CohortSpec::default()
    });
    assert_eq!(zeros(&c), ["2020-03-01", "2023-12-01"]);
    let c = cohort(CohortSpec {
        minimum_follow_up_months: 46,
        ..CohortSpec::default()
    });
    // 1 February 2020 + 46 months is 1 December 2023, 1 March + 46 is 1 January 2024.
    assert_eq!(zeros(&c), ["2020-02-01"]);
    let c = cohort(CohortSpec {
        follow_up_months: Some(12),
        ..CohortSpec::default()
    });
    assert_eq!(calendar::format(c.members().until[0]), "2021-02-02");
}

#[test]
fn look_back_without_a_first_observed_day_says_what_is_missing() {
    let register = Arc::new(
        SIX.builder("2023-12-31")
            .check_options(crate::testing::lenient())
            .build()
            .unwrap(),
    );
    let spec = CohortSpec {
        look_back_months: 12,
        ..CohortSpec::default()
    };
    let error = Cohort::builder(&register).spec(spec).build().unwrap_err();
    assert!(error.to_string().contains("observed_from"), "{error}");
}

#[test]
fn conditions_are_expressions_or_sql_and_steps_of_the_flow() {
    let sql = |name: &str, sql: &str| Inclusion {
        name: name.into(),
        sql: sql.into(),
    };
    let by_sql = cohort(CohortSpec {
        include: vec![
            sql("under 20", "age < 20"),
            sql("in Aarhus", "municipality = '751'"),
        ],
        ..CohortSpec::default()
    });
    assert_eq!(zeros(&by_sql), ["2020-03-01"]);
    assert_eq!(
        flow(&by_sql).last().unwrap(),
        &("in Aarhus".to_owned(), 1, 1)
    );

    let by_expr = Cohort::builder(by_sql.register())
        .include("under 20", col("age").lt(lit(20)))
        .build()
        .unwrap();
    assert_eq!(by_expr.members().person, by_sql.members().person);
}

#[test]
fn a_condition_that_cannot_be_evaluated_names_itself_and_the_columns() {
    for (sql, says) in [
        ("shoe_size > 40", "column not found"),
        ("age + 1", "not true or false"),
        ("age >", "not an SQL expression"),
        ("age = 'old'", ""),
    ] {
        let include = vec![Inclusion {
            name: "adults".into(),
            sql: sql.into(),
        }];
        let spec = CohortSpec {
            include,
            ..CohortSpec::default()
        };
        let register = Arc::clone(cohort(CohortSpec::default()).register());
        match Cohort::builder(&register).spec(spec).build() {
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.contains("adults") && text.contains(says),
                    "{sql}: {text}"
                );
                assert!(error.is_usage());
            }
            Ok(_) => panic!("{sql} should not be a condition"),
        }
    }
}

#[test]
fn strata_come_from_any_column_and_null_is_a_level() {
    let strata = vec!["age_group".into(), "dwelling".into()];
    let c = cohort(CohortSpec {
        strata,
        ..CohortSpec::default()
    });
    let levels: Vec<String> = (0..c.strata().len()).map(|s| c.strata().label(s)).collect();
    assert_eq!(
        levels,
        ["all", "0-17 · missing", "40-49 · 1", "40-49 · missing"]
    );
    let unknown = CohortSpec {
        strata: vec!["shoe_size".into()],
        ..CohortSpec::default()
    };
    let error = Cohort::builder(c.register())
        .spec(unknown)
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("shoe_size") && error.contains("age_group"),
        "{error}"
    );
}

#[test]
fn specs_that_contradict_themselves_are_refused() {
    let date = |y| Some(Date(day(y, 1, 1)));
    for bad in [
        CohortSpec {
            from: date(2022),
            to: date(2021),
            ..CohortSpec::default()
        },
        CohortSpec {
            follow_up_months: Some(0),
            ..CohortSpec::default()
        },
        CohortSpec {
            follow_up_months: Some(6),
            minimum_follow_up_months: 12,
            ..CohortSpec::default()
        },
        CohortSpec {
            strata: vec!["sex".into(), "sex".into()],
            ..CohortSpec::default()
        },
    ] {
        assert!(matches!(bad.validate(), Err(crate::Error::Option { .. })));
    }
}

#[test]
fn one_person_is_explained_in_words_without_an_identifier() {
    let c = cohort(CohortSpec::default());
    let text = c.explain("a", Lang::En).unwrap().to_string();
    let want = "\
Where the person lived
  2020-02-01 – 2021-02-28: own home (394 days), dwelling A
  2021-03-01 – 2021-03-31: prison (31 days), dwelling A kept
  2021-04-01 – 2023-12-31: own home (1005 days), dwelling A

Decisions
  Row 1, time zero 2020-02-01: in the cohort, followed to 2023-12-31.
  Row 2, time zero 2021-05-01: left out at the step \"the person's first\": the person has an earlier row.
";
    assert_eq!(text, want);
    assert!(
        c.explain("b", Lang::Da)
            .unwrap()
            .to_string()
            .contains("datoen mangler")
    );
    let error = c.explain("secret-17", Lang::En).unwrap_err().to_string();
    assert!(!error.contains("secret"));
}

#[test]
fn a_cohort_in_a_log_shows_no_one() {
    let text = format!("{:?}", cohort(CohortSpec::default()));
    assert!(text.contains("members: 3") && !text.contains("1980"));
}
