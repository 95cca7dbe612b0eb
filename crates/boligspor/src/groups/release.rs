//! What of a comparison of groups may leave: differences between published shares.
//!
//! Shares of the groups are cleared with those of the whole, by the same
//! definition; differences, intervals and tests are computed from published shares
//! and numbers of people. The tests of whole curves need each group's exits and
//! stay inside.

use boligspor_estimate::{normal_p_value, wilson};

use super::result::GroupComparison;
use crate::LEVEL;
use crate::cohort::Cohort;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Cell, Draft, Kind, Offer, Release, Value, words};
use crate::retention::{HorizonShares, of_people};

impl Release for GroupComparison {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![of_people(self.people.as_ref(), "groups::compare")?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let cohort = of_people(self.people.as_ref(), "groups::compare")?;
        let by = &self.spec().by;
        let own = offer.table_name("groups", by);
        let shares = HorizonShares::new(offer, cohort, self.definition())?;
        let groups = offer.divided(shares.family(), &cohort.stratified([by.clone()])?)?;
        let mut found = Vec::new();
        for group in &groups {
            found.push(shares.of(offer, &own, group)?);
        }
        let mut draft = self.draft(offer, own);
        let pairs: Vec<(usize, usize)> = (0..groups.len())
            .flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b)))
            .collect();
        for &(a, b) in &pairs {
            let (from_n, of_from) = &found[a];
            let (to_n, of_to) = &found[b];
            for ((horizon, from), (_, to)) in of_from.iter().zip(of_to) {
                draft.row(
                    vec![groups[a].key.clone(), groups[b].key.clone()],
                    vec![
                        Value::Step(i64::from(*horizon)),
                        Value::Figure(*from_n),
                        Value::Figure(*from),
                        Value::Figure(*to_n),
                        Value::Figure(*to),
                        Value::Step(pairs.len() as i64),
                    ],
                );
            }
        }
        if !pairs.is_empty() {
            offer.table(draft);
        }
        Ok(())
    }
}

impl GroupComparison {
    fn draft(&self, offer: &Offer<'_>, own: String) -> Draft {
        let decimals = offer.policy().percent_decimals as usize;
        let by = [Lang::Da, Lang::En].map(|lang| crate::words::column(&self.spec().by, lang));
        let percent = Kind::Percent(decimals);
        Draft::new(
            own,
            words("Grupper side om side", "Groups side by side"),
            words(
                format!("Forskelle i andel i bolig efter {}", by[0]),
                format!("Differences in the share housed by {}", by[1]),
            ),
        )
        .column("from_group", words("Fra", "From"), Kind::Key)
        .column("to_group", words("Til", "To"), Kind::Key)
        .column("horizon", crate::retention::unit_of(self.definition()), Kind::Step)
        .column("from_n", words("Personer, fra", "People, from"), Kind::Count)
        .column("from_percent", words("Andel, fra, %", "Share, from, %"), percent)
        .column("to_n", words("Personer, til", "People, to"), Kind::Count)
        .column("to_percent", words("Andel, til, %", "Share, to, %"), percent)
        .column("comparisons", words("Par", "Pairs"), Kind::Step)
        .derived(
            &[
                (
                    "difference_points",
                    words("Forskel, procentpoint", "Difference, points"),
                    Kind::Number(decimals),
                ),
                (
                    "low",
                    words("95 %-interval, fra", "95% interval, from"),
                    Kind::Number(1),
                ),
                ("high", words("til", "to"), Kind::Number(1)),
                ("p_value", words("P-værdi", "P value"), Kind::Number(3)),
                (
                    "p_bonferroni",
                    words("P-værdi, Bonferroni", "P value, Bonferroni"),
                    Kind::Number(3),
                ),
            ],
            compared,
        )
        .note([Lang::Da, Lang::En].map(|lang| {
            let cohort = &self.cohort[usize::from(lang == Lang::En)];
            format!("{} {cohort}", self.definition().describe(lang))
        }))
        .note(words(
            "Forskelle, intervaller (Newcombes, af Wilsons) og P-værdier (to andele, fælles varians) \
             er beregnet af de offentliggjorte andele og antal alene; Bonferroni ganger med antallet \
             af par. Hvor mange ikke er fulgt til tidspunktet, er intervallerne for smalle. Grupperne \
             er ikke gjort ens i andet: en forskel siger ikke, hvad indsatsen gjorde.",
            "Differences, intervals (Newcombe's, of Wilson's) and P values (two shares, pooled \
             variance) are computed from the published shares and numbers alone; Bonferroni multiplies \
             by the number of pairs. Where many are not followed to the horizon the intervals are too \
             narrow. The groups are not made alike in anything else: a difference does not say what the \
             support did.",
        ))
    }
}

/// The difference, its interval and its P values, of two published shares.
///
/// The interval is Newcombe's hybrid of Wilson's (1998, *Statistics in Medicine*
/// 17, 873–890, method 10); the test that of two proportions with a pooled
/// variance.
fn compared(row: &[Cell]) -> Vec<Cell> {
    let number = |at: usize| match row.get(at) {
        Some(Cell::Number(n)) => Some(*n),
        _ => None,
    };
    let pairs = match row.get(7) {
        Some(Cell::Step(pairs)) => *pairs as f64,
        _ => 1.0,
    };
    let found = || {
        let (from_n, from) = (number(3)?, number(4)? / 100.0);
        let (to_n, to) = (number(5)?, number(6)? / 100.0);
        let interval = |p: f64, n: f64| wilson((p * n).round() as u64, n as u64, LEVEL).ok();
        let (a, b) = (interval(from, from_n)?, interval(to, to_n)?);
        let difference = to - from;
        let low = difference - (to - b.low).hypot(a.high - from);
        let high = difference + (b.high - to).hypot(from - a.low);
        let pooled = (from * from_n + to * to_n) / (from_n + to_n);
        let error = (pooled * (1.0 - pooled) * (1.0 / from_n + 1.0 / to_n)).sqrt();
        let p = if error > 0.0 {
            normal_p_value(difference / error)
        } else {
            1.0
        };
        Some([
            100.0 * difference,
            100.0 * low,
            100.0 * high,
            p,
            (p * pairs).min(1.0),
        ])
    };
    match found() {
        Some(numbers) => numbers.map(Cell::Number).to_vec(),
        None => vec![Cell::Withheld; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(from: (f64, f64), to: (f64, f64)) -> Vec<Cell> {
        let key = || Cell::Key(String::new(), words("", ""));
        vec![
            key(),
            key(),
            Cell::Step(12),
            Cell::Number(from.0),
            Cell::Number(from.1),
            Cell::Number(to.0),
            Cell::Number(to.1),
            Cell::Step(3),
        ]
    }

    #[test]
    fn a_difference_has_newcombes_interval() {
        // Newcombe (1998), table II: 56/70 − 48/80 = 0.2, 95 % from 0.0524 to 0.3339.
        let found = compared(&row((80.0, 60.0), (70.0, 80.0)));
        let numbers: Vec<f64> = found
            .iter()
            .map(|cell| match cell {
                Cell::Number(n) => *n,
                _ => f64::NAN,
            })
            .collect();
        assert!((numbers[0] - 20.0).abs() < 1e-9);
        assert!((numbers[1] - 5.24).abs() < 0.005);
        assert!((numbers[2] - 33.39).abs() < 0.005);
        // By hand: pooled 104/150, z = 0.2 / sqrt(pq (1/70 + 1/80)).
        let p: f64 = 104.0 / 150.0;
        let z = 0.2 / (p * (1.0 - p) * (1.0 / 70.0 + 1.0 / 80.0)).sqrt();
        assert!((numbers[3] - normal_p_value(z)).abs() < 1e-12);
        assert!((numbers[4] - 3.0 * numbers[3]).abs() < 1e-12);
    }

    #[test]
    fn nothing_follows_from_what_is_withheld() {
        let mut withheld = row((80.0, 60.0), (70.0, 80.0));
        withheld[4] = Cell::Withheld;
        assert_eq!(compared(&withheld), vec![Cell::Withheld; 5]);
    }
}
