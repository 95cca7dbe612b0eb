//! The resolver and the window walk against a naive reference that decides
//! every day by itself.

use proptest::prelude::*;

use super::resolve::{RawStay, Resolver, Segment, UNNAMED_DWELLING};
use super::{Timeline, Track};
use crate::calendar::{Day, NEVER};
use crate::register::NO_DWELLING;
use crate::state::{Precedence, State};

fn stay() -> impl Strategy<Value = RawStay> {
    (
        0i32..60,
        prop_oneof![Just(None), (-3i32..25).prop_map(Some)],
        0usize..13,
        0u32..4,
    )
        .prop_map(|(start, days, state, dwelling)| RawStay {
            start,
            end: days.map_or(NEVER, |d| start + d),
            state: State::ALL[state],
            dwelling: if dwelling == 3 { NO_DWELLING } else { dwelling },
        })
}

/// The state and dwelling of one day, straight from the definition.
fn naive(stays: &[RawStay], death: Day, day: Day, p: &Precedence) -> (State, u32) {
    if day >= death {
        return (State::Dead, NO_DWELLING);
    }
    let on = || stays.iter().filter(|s| s.start <= day && day < s.end);
    let state = on()
        .map(|s| s.state)
        .min_by_key(|&s| p.rank(s))
        .unwrap_or(State::Unknown);
    let dwelling = on()
        .filter(|s| s.state == State::Dwelling)
        .map(|s| {
            (
                s.start,
                s.end,
                if s.dwelling == NO_DWELLING {
                    UNNAMED_DWELLING
                } else {
                    s.dwelling
                },
            )
        })
        .max()
        .map_or(NO_DWELLING, |d| d.2);
    (state, dwelling)
}

fn precedence() -> impl Strategy<Value = Precedence> {
    Just(State::ALL[..12].to_vec())
        .prop_shuffle()
        .prop_map(|order| Precedence::new(&order).unwrap())
}

const UNTIL: Day = 70;

fn resolve(stays: &[RawStay], death: Day, p: &Precedence) -> Vec<Segment> {
    let mut out = Vec::new();
    Resolver::default().resolve(stays, death, UNTIL, p, &mut out);
    out
}

fn timeline(segments: &[Segment]) -> Timeline {
    Timeline {
        offsets: vec![0, segments.len()],
        start: segments.iter().map(|s| s.start).collect(),
        end: segments.iter().map(|s| s.end).collect(),
        state: segments.iter().map(|s| s.state).collect(),
        dwelling: segments.iter().map(|s| s.dwelling).collect(),
        until: UNTIL,
    }
}

fn track(t: &Timeline) -> Track<'_> {
    t.track(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn each_day_has_the_state_the_definition_gives(
        stays in prop::collection::vec(stay(), 0..10),
        death in prop_oneof![Just(NEVER), 0i32..80],
        p in precedence(),
    ) {
        let segments = resolve(&stays, death, &p);
        // Sorted, apart, and joined wherever nothing changes.
        for w in segments.windows(2) {
            prop_assert!(w[0].end <= w[1].start);
            prop_assert!(w[0].end < w[1].start || (w[0].state, w[0].dwelling) != (w[1].state, w[1].dwelling));
        }
        let t = timeline(&segments);
        for day in -2..UNTIL {
            let seen = track(&t).on(day);
            let (state, dwelling) = naive(&stays, death, day, &p);
            prop_assert_eq!(seen.state, state, "state on day {}", day);
            // Explicit unknown stays aside, the dwelling underneath agrees as well.
            prop_assert_eq!(seen.dwelling, dwelling, "dwelling on day {}", day);
        }
        prop_assert!(segments.iter().all(|s| s.start < s.end && s.end <= UNTIL));
    }

    #[test]
    fn the_order_of_the_rows_is_of_no_consequence(
        (stays, shuffled) in prop::collection::vec(stay(), 0..8)
            .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let p = Precedence::default();
        prop_assert_eq!(resolve(&stays, NEVER, &p), resolve(&shuffled, NEVER, &p));
    }

    #[test]
    fn a_window_covers_each_of_its_days_once(
        stays in prop::collection::vec(stay(), 0..8), from in -5i32..70, n in 0i32..40,
    ) {
        let t = timeline(&resolve(&stays, NEVER, &Precedence::default()));
        let mut day = from;
        for s in track(&t).window(from, from + n) {
            prop_assert_eq!(s.start, day);
            prop_assert!(s.end > s.start);
            for d in s.start..s.end {
                prop_assert_eq!(track(&t).on(d).state, s.state);
            }
            day = s.end;
        }
        prop_assert_eq!(day, from + n);
    }
}

#[test]
fn the_dwelling_is_kept_beneath_a_hospital_stay() {
    let stays = [
        RawStay {
            start: 0,
            end: NEVER,
            state: State::Dwelling,
            dwelling: 7,
        },
        RawStay {
            start: 10,
            end: 15,
            state: State::Hospital,
            dwelling: NO_DWELLING,
        },
    ];
    let got = resolve(&stays, 40, &Precedence::default());
    let want = [
        (0, 10, State::Dwelling, 7),
        (10, 15, State::Hospital, 7),
        (15, 40, State::Dwelling, 7),
        (40, UNTIL, State::Dead, NO_DWELLING),
    ]
    .map(|(start, end, state, dwelling)| Segment {
        start,
        end,
        state,
        dwelling,
    });
    assert_eq!(got, want);
}
