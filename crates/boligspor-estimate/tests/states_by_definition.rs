//! Cumulative incidence and occupancy against their definitions.

use boligspor_estimate::{
    ConfType, CumulativeIncidence, EstimateError, IncidenceVariance, OccupancyOptions,
    StateOccupancy, StateRows, SurvivalOptions, TransitionCounts, aalen_johansen, kaplan_meier,
    state_occupancy,
};

/// A small reproducible generator; quality does not matter here.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Counting-process rows of people who move about three states, with ties,
/// gaps in observation, late entry, weights and clusters of people.
#[derive(Default, Clone)]
struct Rows {
    id: Vec<u32>,
    start: Vec<f64>,
    stop: Vec<f64>,
    state: Vec<u32>,
    initial: Vec<u32>,
    weights: Vec<f64>,
    cluster: Vec<u32>,
}

const K: usize = 3;

fn random_rows(seed: u64, people: u32, late: bool) -> Rows {
    let mut random = Random(seed);
    let mut rows = Rows::default();
    for id in 0..people {
        let mut state = random.below(2) as u32;
        let mut time = if late && id % 3 == 1 {
            random.below(4)
        } else {
            0
        };
        let weight = (1 + random.below(4)) as f64 / 2.0;
        for _ in 0..=random.below(4) {
            let stop = time + 1 + random.below(5);
            let to = random.below(4) as u32 % 3;
            rows.id.push(id);
            rows.start.push(time as f64);
            rows.stop.push(stop as f64);
            rows.initial.push(state);
            rows.weights.push(weight);
            rows.cluster.push(id % 7);
            // State 0 cannot be named as a destination; a move home is to 1 or 2.
            rows.state.push(if to == state { 0 } else { to });
            state = if to == 0 { state } else { to };
            time = stop + u64::from(random.below(5) == 0);
        }
    }
    rows
}

impl Rows {
    fn as_rows(&self) -> StateRows<'_> {
        StateRows {
            id: &self.id,
            start: &self.start,
            stop: &self.stop,
            state: &self.state,
            initial: Some(&self.initial),
        }
    }

    fn moves(&self, row: usize) -> bool {
        self.state[row] != 0 && self.state[row] != self.initial[row]
    }
}

/// Probabilities at `t` and areas to `t`, straight from the definition.
fn by_definition(rows: &Rows, w: &[f64], t: f64) -> ([f64; K], [f64; K]) {
    let n = rows.id.len();
    let mut times: Vec<f64> = (0..n)
        .filter(|&i| rows.moves(i))
        .map(|i| rows.stop[i])
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let origin = 0.0;
    let at_zero = |i: usize| rows.start[i] == origin;
    let one_start = (0..n).all(|i| {
        rows.start[i] == 0.0 || (0..n).any(|j| rows.id[j] == rows.id[i] && rows.start[j] == 0.0)
    });
    let counts = |i: usize| {
        if one_start {
            at_zero(i)
        } else {
            rows.start[i] < times[0] && times[0] <= rows.stop[i]
        }
    };
    let mut p = [0.0; K];
    let total: f64 = (0..n).filter(|&i| counts(i)).map(|i| w[i]).sum();
    for i in (0..n).filter(|&i| counts(i)) {
        p[rows.initial[i] as usize] += w[i] / total;
    }
    let mut area = [0.0; K];
    let mut last = if one_start { origin } else { times[0] };
    for u in times.into_iter().filter(|&u| u <= t) {
        for j in 0..K {
            area[j] += p[j] * (u - last);
        }
        last = u;
        let mut next = p;
        for j in 0..K {
            let at_risk: f64 = (0..n)
                .filter(|&i| {
                    rows.initial[i] as usize == j && rows.start[i] < u && u <= rows.stop[i]
                })
                .map(|i| w[i])
                .sum();
            for i in (0..n)
                .filter(|&i| rows.initial[i] as usize == j && rows.stop[i] == u && rows.moves(i))
            {
                let flow = p[j] * w[i] / at_risk;
                next[j] -= flow;
                next[rows.state[i] as usize] += flow;
            }
        }
        p = next;
    }
    for j in 0..K {
        area[j] += p[j] * (t - last);
    }
    (p, area)
}

fn jackknife(rows: &Rows, units: &[u32], of: impl Fn(&[f64]) -> f64) -> f64 {
    let mut by_unit = vec![0.0; units.len()];
    for i in 0..rows.id.len() {
        let step = 1e-5;
        let (mut up, mut down) = (rows.weights.clone(), rows.weights.clone());
        up[i] += step;
        down[i] -= step;
        by_unit[units[i] as usize] += rows.weights[i] * (of(&up) - of(&down)) / (2.0 * step);
    }
    by_unit.iter().map(|u| u * u).sum::<f64>().sqrt()
}

fn fit(rows: &Rows, cluster: Option<&[u32]>) -> StateOccupancy {
    let options = OccupancyOptions {
        weights: Some(&rows.weights),
        cluster,
        ..OccupancyOptions::default()
    };
    state_occupancy(&rows.as_rows(), &options).unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + b.abs())
}

#[test]
fn occupancy_and_its_jackknife_equal_their_definitions() {
    for seed in 0..12 {
        let rows = random_rows(seed, 14, seed % 2 == 1);
        for cluster in [None, Some(rows.cluster.as_slice())] {
            let curves = fit(&rows, cluster);
            let units = cluster.unwrap_or(&rows.id);
            for t in [2.0, 5.0, 9.0] {
                let (p, area) = by_definition(&rows, &rows.weights, t);
                let Some(row) = curves.row_at(t) else {
                    continue;
                };
                let sojourn = curves.sojourn(t);
                for j in 0..K {
                    assert!(
                        close(curves.states[j].estimate[row], p[j], 1e-12),
                        "{seed} {t} {j}"
                    );
                    let se = jackknife(&rows, units, |w| by_definition(&rows, w, t).0[j]);
                    assert!(
                        close(curves.states[j].std_error[row], se, 1e-8),
                        "{seed} {t} {j}"
                    );
                    if t >= curves.origin {
                        let mean = sojourn.as_ref().unwrap()[j];
                        assert!(close(mean.estimate, area[j], 1e-12), "{seed} {t} {j}");
                        let se = jackknife(&rows, units, |w| by_definition(&rows, w, t).1[j]);
                        assert!(close(mean.std_error, se, 1e-7), "{seed} {t} {j}");
                    }
                }
            }
        }
    }
}

#[test]
fn long_histories_use_the_prepared_blocks_and_agree_all_the_same() {
    // Fifty and more event times: influences are carried over whole blocks.
    let mut rows = Rows::default();
    let mut random = Random(77);
    for id in 0..40 {
        let (mut time, mut state) = (0, 0);
        while time < 150 {
            let stop = time + 1 + random.below(60);
            let to = 1 + random.below(2) as u32;
            rows.id.push(id);
            rows.start.push(time as f64);
            rows.stop.push(stop as f64);
            rows.initial.push(state);
            rows.weights.push(1.0);
            rows.cluster.push(id);
            rows.state.push(if to == state { 0 } else { to });
            (state, time) = (to, stop);
        }
    }
    let curves = fit(&rows, None);
    assert!(curves.time.len() > 64);
    for t in [40.0, 111.0, 150.0] {
        let row = curves.row_at(t).unwrap();
        for j in 0..K {
            let se = jackknife(&rows, &rows.id, |w| by_definition(&rows, w, t).0[j]);
            assert!(close(curves.states[j].std_error[row], se, 1e-7), "{t} {j}");
        }
    }
}

#[test]
fn pseudo_values_average_to_the_estimate_and_approach_leave_one_out() {
    let mut rows = random_rows(4, 60, false);
    rows.weights.fill(1.0);
    let curves = fit(&rows, None);
    let values = curves.pseudo_values(6.0);
    let (p, _) = by_definition(&rows, &rows.weights, 6.0);
    for (j, p) in p.iter().enumerate() {
        let mean = values.iter().skip(j).step_by(K).sum::<f64>() / 60.0;
        assert!(close(mean, *p, 1e-12));
    }
    // Leaving person 5 out, n·θ - (n-1)·θ₍₅₎, differs by terms of order 1/n.
    let without: Vec<f64> = rows
        .id
        .iter()
        .map(|&id| if id == 5 { 0.0 } else { 1.0 })
        .collect();
    let (left, _) = by_definition(&rows, &without, 6.0);
    for j in 0..K {
        assert!((60.0 * p[j] - 59.0 * left[j] - values[5 * K + j]).abs() < 0.1);
    }
}

#[test]
fn counts_and_rows_give_the_same_probabilities() {
    let rows = StateRows {
        id: &[0, 0, 1, 2, 2],
        start: &[0.0, 3.0, 0.0, 0.0, 6.0],
        stop: &[3.0, 9.0, 7.0, 6.0, 9.0],
        state: &[1, 0, 2, 1, 2],
        initial: None,
    };
    let curves = state_occupancy(&rows, &OccupancyOptions::default()).unwrap();
    let mut counts = TransitionCounts::new(3);
    counts.add_path(0, 0, [(3, 1)], 9).unwrap();
    counts.add_path(0, 0, [(7, 2)], 7).unwrap();
    counts.add_path(0, 0, [(6, 1), (9, 2)], 9).unwrap();
    for t in [3, 6, 7, 9] {
        let o = &counts.occupancy(&[t], 0.95, ConfType::Log).unwrap()[0];
        let row = curves.row_at(f64::from(t)).unwrap();
        for j in 0..3 {
            assert!(close(
                curves.states[j].estimate[row],
                o.probability[j],
                1e-15
            ));
            // Without censoring both errors are those of a share.
            assert!(close(
                curves.states[j].std_error[row],
                o.std_error()[j],
                1e-7
            ));
        }
    }
}

#[test]
fn transitions_between_two_times_multiply_and_intensities_add() {
    let rows = random_rows(2, 30, false);
    let curves = fit(&rows, None);
    let (whole, first, second) = (
        curves.transition_probabilities(0.0, 9.0),
        curves.transition_probabilities(0.0, 4.0),
        curves.transition_probabilities(4.0, 9.0),
    );
    for a in 0..K {
        assert!(close(whole[a * K..(a + 1) * K].iter().sum(), 1.0, 1e-12));
        for b in 0..K {
            let product: f64 = (0..K).map(|c| first[a * K + c] * second[c * K + b]).sum();
            assert!(close(whole[a * K + b], product, 1e-12));
        }
    }
    for hazard in curves.transition_hazards() {
        let sum: f64 = hazard
            .n_event
            .iter()
            .zip(&hazard.n_risk)
            .map(|(d, n)| d / n)
            .sum();
        assert!(close(*hazard.estimate.last().unwrap(), sum, 1e-12));
    }
}

#[test]
fn rows_that_contradict_one_another_are_refused_by_kind() {
    let rows = StateRows {
        id: &[0, 0],
        start: &[0.0, 2.0],
        stop: &[3.0, 5.0],
        state: &[1, 0],
        initial: None,
    };
    let fit = |rows: &StateRows| state_occupancy(rows, &OccupancyOptions::default()).unwrap_err();
    assert_eq!(
        fit(&rows),
        EstimateError::InconsistentRows {
            people: 1,
            what: "overlap"
        }
    );
    let teleport = StateRows {
        start: &[0.0, 3.0],
        initial: Some(&[0, 2]),
        ..rows
    };
    assert_eq!(
        fit(&teleport),
        EstimateError::InconsistentRows {
            people: 1,
            what: "teleport"
        }
    );
    let empty = StateRows {
        start: &[0.0, 5.0],
        ..rows
    };
    assert_eq!(fit(&empty), EstimateError::EntryNotBeforeExit { rows: 1 });
}

#[test]
fn a_start_time_takes_the_distribution_of_those_at_risk_then() {
    let rows = StateRows {
        id: &[0, 0, 1, 2],
        start: &[0.0, 3.0, 0.0, 0.0],
        stop: &[3.0, 9.0, 9.0, 2.0],
        state: &[1, 0, 2, 1],
        initial: None,
    };
    let options = OccupancyOptions {
        start_time: Some(4.0),
        ..OccupancyOptions::default()
    };
    let curves = state_occupancy(&rows, &options).unwrap();
    assert_eq!(
        (curves.origin, curves.initial.as_slice()),
        (4.0, &[0.5, 0.5, 0.0][..])
    );
    assert_eq!(curves.states[2].estimate, [0.5]);
}

fn incidence(duration: &[f64], cause: &[u32], variance: IncidenceVariance) -> CumulativeIncidence {
    aalen_johansen(duration, cause, &SurvivalOptions::default(), variance).unwrap()
}

/// Times with ties within and between causes.
fn competing(n: usize) -> (Vec<f64>, Vec<u32>) {
    let mut random = Random(5);
    (0..n)
        .map(|_| ((1 + random.below(9)) as f64, random.below(4) as u32))
        .unzip()
}

#[test]
fn incidences_sum_with_survival_to_one_and_one_cause_is_kaplan_meier() {
    let (duration, cause) = competing(80);
    let curves = incidence(&duration, &cause, IncidenceVariance::Aalen);
    for row in 0..curves.time.len() {
        let sum: f64 = curves.causes.iter().map(|c| c.estimate[row]).sum();
        assert!(close(sum + curves.event_free.estimate[row], 1.0, 1e-14));
    }
    let one: Vec<u32> = cause.iter().map(|&c| u32::from(c > 0)).collect();
    let event: Vec<bool> = cause.iter().map(|&c| c > 0).collect();
    let curve = kaplan_meier(&duration, &event, &SurvivalOptions::default()).unwrap();
    let delta = incidence(&duration, &one, IncidenceVariance::Delta);
    for row in 0..curve.time.len() {
        assert!(close(
            delta.causes[0].estimate[row],
            1.0 - curve.estimate[row],
            1e-14
        ));
        if curve.estimate[row] > 0.0 {
            assert!(close(
                delta.causes[0].std_error[row],
                curve.std_error[row],
                1e-12
            ));
        }
    }
}

#[test]
fn without_censoring_the_delta_variance_is_that_of_a_share() {
    let (duration, cause) = competing(50);
    let cause: Vec<u32> = cause.into_iter().map(|c| 1 + c % 3).collect();
    for variance in [
        IncidenceVariance::Delta,
        IncidenceVariance::InfinitesimalJackknife,
    ] {
        let curves = incidence(&duration, &cause, variance);
        for (row, &time) in curves.time.iter().enumerate() {
            let count = duration
                .iter()
                .zip(&cause)
                .filter(|(t, c)| **t <= time && **c == 2)
                .count();
            let share = count as f64 / 50.0;
            let curve = &curves.causes[1];
            assert!(close(curve.estimate[row], share, 1e-14));
            assert!(
                close(
                    curve.std_error[row],
                    (share * (1.0 - share) / 50.0).sqrt(),
                    1e-12
                ),
                "{variance:?}"
            );
        }
    }
}

#[test]
fn incidence_is_occupancy_of_states_nobody_leaves() {
    // The short way over cells, the rows of competing risks and the rows of a
    // multi-state model are three roads to one variance.
    let (duration, cause) = competing(60);
    let own: Vec<u32> = (0..60).collect();
    let zero = vec![0.0; 60];
    let by_cells = incidence(&duration, &cause, IncidenceVariance::InfinitesimalJackknife);
    let clustered = SurvivalOptions {
        cluster: Some(&own),
        ..SurvivalOptions::default()
    };
    let by_rows = aalen_johansen(
        &duration,
        &cause,
        &clustered,
        IncidenceVariance::InfinitesimalJackknife,
    )
    .unwrap();
    let rows = StateRows {
        id: &own,
        start: &zero,
        stop: &duration,
        state: &cause,
        initial: None,
    };
    let states = state_occupancy(&rows, &OccupancyOptions::default()).unwrap();
    for row in 0..by_cells.time.len() {
        for c in 0..3 {
            let (a, b) = (&by_cells.causes[c], &by_rows.causes[c]);
            assert!(close(a.std_error[row], b.std_error[row], 1e-12));
            assert!(close(
                a.std_error[row],
                states.states[c + 1].std_error[row],
                1e-12
            ));
        }
    }
    let (a, b) = (
        by_cells.restricted_means(6.0).unwrap(),
        states.sojourn(6.0).unwrap(),
    );
    for (a, b) in a.iter().zip(&b) {
        assert!(close(a.std_error, b.std_error, 1e-12) && close(a.estimate, b.estimate, 1e-14));
    }
}

#[test]
fn mean_time_lost_has_the_error_of_a_mean_without_censoring() {
    let (duration, cause) = competing(40);
    let cause: Vec<u32> = cause.into_iter().map(|c| 1 + c % 2).collect();
    let lost: Vec<f64> = duration
        .iter()
        .zip(&cause)
        .map(|(t, c)| if *c == 1 { (7.0 - t).max(0.0) } else { 0.0 })
        .collect();
    let mean = lost.iter().sum::<f64>() / 40.0;
    let variance = lost.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / 1600.0;
    for kind in [
        IncidenceVariance::Aalen,
        IncidenceVariance::InfinitesimalJackknife,
    ] {
        let means = incidence(&duration, &cause, kind)
            .restricted_means(7.0)
            .unwrap();
        assert!(close(means[1].estimate, mean, 1e-13));
        assert!(close(means[1].std_error, variance.sqrt(), 1e-12));
    }
}

#[test]
fn clusters_need_the_jackknife_and_causes_are_codes() {
    let clustered = SurvivalOptions {
        cluster: Some(&[0]),
        ..SurvivalOptions::default()
    };
    assert!(matches!(
        aalen_johansen(&[1.0], &[1], &clustered, IncidenceVariance::Aalen),
        Err(EstimateError::OutOfRange {
            argument: "variance",
            ..
        })
    ));
    assert!(matches!(
        aalen_johansen(
            &[1.0],
            &[4_000_000_000],
            &SurvivalOptions::default(),
            IncidenceVariance::Aalen
        ),
        Err(EstimateError::OutOfRange {
            argument: "cause",
            ..
        })
    ));
}
