//! What is remembered of a release, and what it withholds later.

use super::*;
use crate::{Condition, Figure, Policy, Shown, clear};

const MINIMUM: usize = 5;

/// People in two places of whom some are at home, and what they cost: as a
/// study offers them.
struct Study {
    figures: Figures,
    n: Vec<Figure>,
    share: Vec<Figure>,
    sum: Vec<Figure>,
    keys: Vec<u64>,
}

/// Everybody, and the people of each place.
const GROUPS: [Option<&str>; 3] = [None, Some("a"), Some("b")];

fn study(persons: &[u64], earlier: usize) -> Study {
    let mut figures = Figures::new(persons.len() + earlier);
    let column = |of: &dyn Fn(u64) -> String| -> Vec<Option<String>> {
        let own = persons.iter().map(|&p| Some(of(p)));
        own.chain(vec![None; earlier]).collect()
    };
    let place = figures
        .attribute(
            "place",
            &column(&|p| if p % 3 == 0 { "a" } else { "b" }.into()),
        )
        .unwrap();
    let home = figures
        .attribute(
            "home",
            &column(&|p| if p % 7 < 5 { "yes" } else { "no" }.into()),
        )
        .unwrap();
    let center = figures.family(&[place]).unwrap();
    let family = figures.family(&[place, home]).unwrap();
    if figures.sizes(place)[..2].iter().all(|&n| n >= MINIMUM) {
        figures.publicly_known(place);
    }
    let cost = |p: u64| 10_000 + i128::from(p * p % 901) * 100;
    let mut amounts: Vec<i128> = persons.iter().map(|&p| cost(p)).collect();
    amounts.extend(vec![0; earlier]);
    let money = figures.amount("cost", &amounts).unwrap();
    let (mut n, mut share, mut sum) = (Vec::new(), Vec::new(), Vec::new());
    for group in GROUPS {
        let label = group.unwrap_or("all");
        let of = group.map_or(Condition::Known(place), |g| Condition::Is(place, g.into()));
        n.push(
            figures
                .count(center, "people", label, std::slice::from_ref(&of))
                .unwrap(),
        );
        let part = [Condition::Is(home, "yes".into())];
        share.push(
            figures
                .share(family, "homes", label, &part, std::slice::from_ref(&of))
                .unwrap(),
        );
        sum.push(figures.sum("costs", label, &[money], &[of]).unwrap());
    }
    Study {
        figures,
        n,
        share,
        sum,
        keys: persons.to_vec(),
    }
}

fn policy() -> Policy {
    Policy::named("statistics-denmark").unwrap()
}

fn values(cleared: &Cleared, figures: &[Figure]) -> Vec<Option<f64>> {
    let numbers = cleared.numbers();
    let shown = figures
        .iter()
        .map(|f| numbers[f.place()].value.map(Shown::to_f64));
    shown.collect()
}

/// The release of some people, after another one's.
fn after(persons: &[u64], memory: Option<&Memory>) -> (Study, Result<Cleared>) {
    let Some(memory) = memory else {
        let study = study(persons, 0);
        let cleared = clear(&study.figures.bundle().unwrap(), &policy());
        return (study, cleared);
    };
    let gone: Vec<u64> = (memory.persons().iter().copied())
        .filter(|p| !persons.contains(p))
        .collect();
    let mut study = study(persons, gone.len());
    study.keys.extend(gone);
    let place = |p: &u64| study.keys.iter().position(|k| k == p).unwrap();
    let place = memory.persons().iter().map(place).collect();
    study.figures.after(memory.clone(), place, MINIMUM).unwrap();
    let cleared = clear(&study.figures.bundle().unwrap(), &policy());
    (study, cleared)
}

fn first(persons: &[u64]) -> (Study, Cleared, Memory) {
    let (study, cleared) = after(persons, None);
    let cleared = cleared.unwrap();
    let memory = study
        .figures
        .remember("first", &study.keys, &cleared)
        .unwrap();
    let text = serde_json::to_string(&memory).unwrap();
    (study, cleared, serde_json::from_str(&text).unwrap())
}

#[test]
fn two_newcomers_are_told_apart_without_the_memory_and_not_with_it() {
    let old: Vec<u64> = (0..120).collect();
    let new: Vec<u64> = (0..122).collect();
    let (study, cleared, memory) = first(&old);
    assert_eq!(
        values(&cleared, &study.n),
        [Some(120.0), Some(40.0), Some(80.0)]
    );
    let before = values(&cleared, &study.sum);

    let (blind, released) = after(&new, None);
    let released = released.unwrap();
    assert_eq!(values(&released, &blind.n)[0], Some(122.0));
    let differ = values(&released, &blind.sum)[0].zip(before[0]);
    // 120² and 121² are 885 and 225 more than multiples of 901.
    assert_eq!(differ.map(|(now, then)| now - then), Some(131_000.0));

    let (seeing, released) = after(&new, Some(&memory));
    let released = released.unwrap();
    assert_eq!(values(&released, &seeing.n)[0], None);
    assert_eq!(values(&released, &seeing.sum)[0], None);
    // Where nobody came, nothing is withheld: 120 is in the first place.
    let shown = values(&released, &seeing.n);
    assert!(shown[1].is_none() && shown[2].is_none(), "{shown:?}");
}

#[test]
fn numbers_of_people_alone_give_way_to_newcomers_too() {
    let figures = |n: usize, earlier: usize| {
        let mut figures = Figures::new(n + earlier);
        let place = |p: usize| Some(if p < 40 { "a" } else { "b" });
        let of_each: Vec<Option<&str>> = (0..n).map(place).collect();
        let place = figures.attribute("place", &of_each).unwrap();
        let family = figures.family(&[place]).unwrap();
        figures.publicly_known(place);
        let n = figures
            .count(family, "people", "all", &[Condition::Known(place)])
            .unwrap();
        (figures, n)
    };
    let (old, _) = figures(120, 0);
    let cleared = clear(&old.bundle().unwrap(), &policy()).unwrap();
    let keys: Vec<u64> = (0..120).collect();
    let memory = old.remember("first", &keys, &cleared).unwrap();
    let (mut new, n) = figures(122, 0);
    let place = (0..120).collect();
    new.after(memory, place, MINIMUM).unwrap();
    let cleared = clear(&new.bundle().unwrap(), &policy()).unwrap();
    assert_eq!(values(&cleared, &[n]), [None]);
}

#[test]
fn the_same_people_again_are_shown_again() {
    let people: Vec<u64> = (0..120).collect();
    let (study, cleared, memory) = first(&people);
    let (again, released) = after(&people, Some(&memory));
    let released = released.unwrap();
    let all = |s: &Study| [s.n.clone(), s.share.clone(), s.sum.clone()].concat();
    assert_eq!(
        values(&released, &all(&again)),
        values(&cleared, &all(&study))
    );
    // Again after both.
    let second = again
        .figures
        .remember("second", &again.keys, &released)
        .unwrap();
    let third = study_after_both(&people, &memory, &second);
    let cleared_again = clear(&third.figures.bundle().unwrap(), &policy()).unwrap();
    assert_eq!(
        values(&cleared_again, &all(&third)),
        values(&cleared, &all(&study))
    );
}

fn study_after_both(people: &[u64], first: &Memory, second: &Memory) -> Study {
    let mut third = study(people, 0);
    let place: Vec<usize> = (0..people.len()).collect();
    third
        .figures
        .after(first.clone(), place.clone(), MINIMUM)
        .unwrap();
    third.figures.after(second.clone(), place, MINIMUM).unwrap();
    third
}

#[test]
fn many_newcomers_take_nothing_away() {
    let old: Vec<u64> = (0..120).collect();
    let new: Vec<u64> = (0..240).collect();
    let (_, _, memory) = first(&old);
    let (study, released) = after(&new, Some(&memory));
    let released = released.unwrap();
    assert_eq!(values(&released, &study.n)[0], Some(240.0));
    assert!(values(&released, &study.sum)[0].is_some());
    // People who left are as visible as those who came.
    let (gone, released) = after(&new[3..], Some(&memory));
    let shown = released.map(|r| values(&r, &gone.n));
    assert!(shown.is_ok(), "{shown:?}");
}

#[test]
fn a_broken_memory_is_refused() {
    let people: Vec<u64> = (0..120).collect();
    let (_, _, mut memory) = first(&people);
    memory.families[1].of_each.pop();
    let mut again = study(&people, 0);
    let place: Vec<usize> = (0..120).collect();
    let refused = again.figures.after(memory, place, MINIMUM);
    assert!(matches!(refused, Err(ClearError::Ledger(_))), "{refused:?}");
}
