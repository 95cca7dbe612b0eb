use super::*;

const LEVEL: f64 = 0.95;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-14 * (1.0 + a.abs().max(b.abs()))
}

/// A small cohort with returns, censoring and late entry.
fn mixed() -> TransitionCounts {
    let mut counts = TransitionCounts::new(3);
    counts
        .add_path(0, 0, [(4, 1), (9, 2), (10, 1)], 10)
        .unwrap();
    counts.add_path(0, 0, [], 5).unwrap();
    counts.add_path(1, 2, [(9, 2)], 9).unwrap();
    counts.add_path(0, 0, [(2, 1), (8, 0)], 9).unwrap();
    counts.add_path(1, 0, [(3, 2)], 11).unwrap();
    counts
}

#[test]
fn without_censoring_it_is_the_share_with_multinomial_covariance() {
    // Five people seen throughout: at 6, states are 1, 1, 0, 2, 1.
    let mut counts = TransitionCounts::new(3);
    counts.add_path(0, 0, [(2, 1)], 10).unwrap();
    counts.add_path(0, 0, [(6, 1)], 10).unwrap();
    counts.add_path(0, 0, [(1, 1), (3, 0)], 10).unwrap();
    counts.add_path(1, 0, [(3, 2)], 10).unwrap();
    counts.add_path(1, 0, [(3, 2), (5, 1)], 10).unwrap();
    let o = &counts.occupancy(&[6], LEVEL, ConfType::Plain).unwrap()[0];
    let p = [0.2, 0.6, 0.2];
    assert_eq!(o.observed, [1, 3, 1]);
    for a in 0..3 {
        assert!(close(o.probability[a], p[a]));
        for b in 0..3 {
            let diagonal = if a == b { p[a] } else { 0.0 };
            assert!(
                close(o.covariance[a * 3 + b], (diagonal - p[a] * p[b]) / 5.0),
                "{a}{b}"
            );
        }
    }
}

#[test]
fn with_one_absorbing_state_it_is_kaplan_meier_with_greenwood() {
    // Maintained arm of the AML trial (Miller 1981, p. 49):
    // 9, 13, 13+, 18, 23, 28+, 31, 34, 45+, 48, 161+.
    let times = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161];
    let event = [
        true, true, false, true, true, false, true, true, false, true, false,
    ];
    let mut counts = TransitionCounts::new(2);
    for (time, event) in times.into_iter().zip(event) {
        counts
            .add_path(0, 0, event.then_some((time, 1)), time)
            .unwrap();
    }
    let o = &counts.occupancy(&[23], LEVEL, ConfType::Log).unwrap()[0];
    // Steps at 9 (11 at risk), 13 (10), 18 (8) and 23 (7).
    let s = (10.0 / 11.0) * (9.0 / 10.0) * (7.0 / 8.0) * (6.0 / 7.0);
    let greenwood =
        1.0 / (11.0 * 10.0) + 1.0 / (10.0 * 9.0) + 1.0 / (8.0 * 7.0) + 1.0 / (7.0 * 6.0);
    assert_eq!(o.at_risk, 7);
    assert!(close(o.probability[0], s));
    assert!(close(o.covariance[0], s * s * greenwood));
    assert!(close(o.covariance[1], -s * s * greenwood));
}

#[test]
fn occupancy_by_hand_with_a_return_censoring_and_late_entry() {
    // Start: four people at 0, three in 0 and one in 1.
    // t=2: 1 of 3 leaves 0 for 1.         p = (3/4)(2/3), ... = (1/2, 1/2, 0)
    // t=3: Y1 = 1 + 1 + 1 late (entry 2) = 3, one moves to 2.
    //                                      p = (1/2, 1/3, 1/6)
    // t=4: Y0 = 2, one moves to 1.         p = (1/4, 7/12, 1/6)
    let o = mixed()
        .occupancy(&[2, 3, 4], LEVEL, ConfType::Plain)
        .unwrap();
    let expected = [
        [0.5, 0.5, 0.0],
        [0.5, 1.0 / 3.0, 1.0 / 6.0],
        [0.25, 7.0 / 12.0, 1.0 / 6.0],
    ];
    for (o, expected) in o.iter().zip(expected) {
        for (p, e) in o.probability.iter().zip(expected) {
            assert!(close(*p, e));
        }
    }
    // The late entrant is at risk at 3 but not at 2, the time they enter.
    assert_eq!((o[0].at_risk, o[1].at_risk), (4, 5));
}

#[test]
fn probabilities_sum_to_one_and_covariances_to_zero() {
    for o in mixed()
        .occupancy(&(0..=12).collect::<Vec<_>>(), LEVEL, ConfType::Log)
        .unwrap()
    {
        assert!(close(o.probability.iter().sum(), 1.0));
        for a in 0..3 {
            assert!(o.covariance[a * 3..a * 3 + 3].iter().sum::<f64>().abs() < 1e-15);
        }
    }
}

#[test]
fn times_may_be_asked_in_any_order_and_repeatedly() {
    let counts = mixed();
    let sorted = counts.occupancy(&[0, 4, 9], LEVEL, ConfType::Log).unwrap();
    let shuffled = counts
        .occupancy(&[9, 0, 9, 4], LEVEL, ConfType::Log)
        .unwrap();
    assert_eq!(format!("{:?}", shuffled[0]), format!("{:?}", sorted[2]));
    assert_eq!(format!("{:?}", shuffled[2]), format!("{:?}", sorted[2]));
    assert_eq!(format!("{:?}", shuffled[1]), format!("{:?}", sorted[0]));
}

#[test]
fn a_merge_of_parts_equals_the_whole_in_any_order() {
    let paths = [
        (0, 0, vec![(4, 1), (9, 2), (10, 1)], 10),
        (0, 0, vec![], 5),
        (1, 2, vec![(9, 2)], 9),
        (0, 0, vec![(2, 1), (8, 0)], 9),
        (1, 0, vec![(3, 2)], 11),
    ];
    let mut merged = TransitionCounts::new(3);
    for (initial, entry, moves, exit) in paths.into_iter().rev() {
        let mut part = TransitionCounts::new(3);
        part.add_path(initial, entry, moves, exit).unwrap();
        merged.merge(&part).unwrap();
    }
    assert_eq!(merged, mixed());
}

#[test]
fn weights_repeat_the_person() {
    let (mut weighted, mut repeated) = (TransitionCounts::new(2), TransitionCounts::new(2));
    weighted.add_weighted_path(3, 0, 0, [(2, 1)], 5).unwrap();
    weighted.add_weighted_path(0, 0, 0, [(3, 1)], 5).unwrap();
    for _ in 0..3 {
        repeated.add_path(0, 0, [(2, 1)], 5).unwrap();
    }
    assert_eq!(weighted, repeated);
    assert_eq!(weighted.n(), 3);
}

#[test]
fn expected_times_are_the_area_under_the_curves_with_the_error_of_a_mean() {
    // Without censoring the expected time in state 0 is the plain mean of the
    // days in state 0, and its variance is the plain variance over n.
    let mut counts = TransitionCounts::new(2);
    let ends = [3, 7, 7, 12, 20];
    for end in ends {
        counts
            .add_path(0, 0, (end <= 15).then_some((end, 1)), 20)
            .unwrap();
    }
    let sojourn = counts.sojourn(15, LEVEL).unwrap();
    let days: Vec<f64> = ends.iter().map(|&e| f64::from(e.min(15))).collect();
    let mean = days.iter().sum::<f64>() / 5.0;
    let variance = days.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 25.0;
    assert!(close(sojourn.mean[0], mean));
    assert!(close(sojourn.mean[0] + sojourn.mean[1], 15.0));
    assert!((sojourn.covariance[0] - variance).abs() < 1e-12);
}

#[test]
fn a_person_censored_at_entry_counts_in_the_initial_distribution_only() {
    let mut counts = TransitionCounts::new(2);
    counts.add_path(0, 0, [], 0).unwrap();
    counts.add_path(1, 0, [(3, 0)], 4).unwrap();
    let o = counts
        .occupancy(&[0, 1, 3, 9], LEVEL, ConfType::Plain)
        .unwrap();
    assert_eq!((o[0].at_risk, o[1].at_risk, o[3].at_risk), (2, 1, 0));
    assert!(close(o[1].probability[0], 0.5) && close(o[2].probability[0], 1.0));
}

#[test]
fn counts_survive_serialisation() {
    let text = serde_json::to_string(&mixed()).unwrap();
    assert_eq!(
        serde_json::from_str::<TransitionCounts>(&text).unwrap(),
        mixed()
    );
}

#[test]
fn stored_counts_that_no_people_can_have_are_refused() {
    let more_moves_than_people =
        r#"{"n_states":2,"entries":[[0,0,1]],"exits":[[5,1,1]],"moves":[[3,0,1,2]]}"#;
    let unknown_state = r#"{"n_states":2,"entries":[[0,7,1]],"exits":[[5,7,1]],"moves":[]}"#;
    for text in [more_moves_than_people, unknown_state] {
        assert!(serde_json::from_str::<TransitionCounts>(text).is_err());
    }
}

#[test]
fn impossible_paths_are_refused_and_leave_nothing_behind() {
    let mut counts = TransitionCounts::new(2);
    assert!(matches!(
        counts.add_path(2, 0, [], 1),
        Err(EstimateError::UnknownCode { .. })
    ));
    for (entry, moves, exit) in [
        (5, vec![], 4),
        (0, vec![(0, 1)], 4),
        (0, vec![(5, 1)], 4),
        (0, vec![(2, 0)], 4),
        (0, vec![(2, 1), (2, 0)], 4),
    ] {
        let result = counts.add_path(0, entry, moves, exit);
        assert!(matches!(result, Err(EstimateError::BadPath { .. })));
    }
    assert!(counts.is_empty());
    assert_eq!(
        counts.occupancy(&[1], LEVEL, ConfType::Log),
        Err(EstimateError::Empty { argument: "counts" })
    );
}
