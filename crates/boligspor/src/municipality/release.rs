//! What of a comparison of municipalities may leave: how many, the share lost, and
//! the ratio to what their case mix leads to expect.
//!
//! Municipalities are small, so most of the table of results cannot leave. The
//! number of people and the share lost are cleared like other figures; what is
//! expected is a model's, shown in whole events so that nobody's case mix can be
//! read from it. Ratio, interval and funnel limits are computed from what is
//! published. Those that expect few events stand together: what they lost could
//! not be shown, and what is chosen by the expected is no biased selection. Ranks
//! and shrunken ratios are not offered, since they need all.

use std::collections::BTreeMap;

use boligspor_estimate::Interval;
use boligspor_estimate::funnel::poisson_limits;
use boligspor_estimate::standardise;

use super::{Comparison, Labels};
use crate::LEVEL;
use crate::cohort::{ALL, Cohort};
use crate::disclosure::Condition;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Cell, Draft, Kind, Offer, Release, Value, Words, words};
use crate::retention::{LOST, horizon_status};

/// Municipalities too small to be shown by themselves.
const OTHERS: &str = "others";
/// The funnel's outer limits.
const OUTER: f64 = 0.998;

/// Where in a row of the table its figures stand.
const N: usize = 1;
const SHARE: usize = 2;
const EXPECTED: usize = 3;

impl Release for Comparison {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![&self.people])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let (cohort, spec) = (&self.people, self.spec());
        let family = offer.family_apart()?;
        let status = horizon_status(offer, family, cohort, &spec.definition, spec.horizon)?;
        let groups = self.groups(offer, &status.of_each)?;
        let names: Vec<Option<String>> = groups.of_each;
        let municipality = offer.attribute(family, "municipality compared", cohort, &names)?;
        let decimals = offer.policy().percent_decimals as usize;
        let mut draft = Draft::new(
            "municipalities",
            words("Kommunerne imellem", "Between municipalities"),
            words(
                "Mistet bolig mod det ventede",
                "Homes lost against the expected",
            ),
        )
        .column("municipality", words("Kommune", "Municipality"), Kind::Key)
        .column(
            "n",
            words("Personer med kendt status", "People whose status is known"),
            Kind::Count,
        )
        .column(
            "lost_percent",
            words("Mistet, %", "Lost, %"),
            Kind::Percent(decimals),
        )
        .column(
            "expected",
            words("Ventet antal", "Number expected"),
            Kind::Number(0),
        )
        .derived(&derived_columns(), derive)
        .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
        .note(words(
            "Det ventede er afrundet til hele hændelser. Forhold, interval (Garwood) og grænser \
             (eksakte Poisson) er beregnet af de offentliggjorte tal; kommuner \
             med få ventede hændelser står samlet.",
            "The expected number is rounded to whole events. Ratio, interval (Garwood) and limits \
             (exact Poisson) are computed from the published numbers; municipalities that \
             expect few events stand together.",
        ));
        let whole = (ALL.to_owned(), words("alle", "all"), None);
        let (others, named): (Vec<_>, Vec<_>) =
            (groups.names.into_iter()).partition(|(name, _)| name == OTHERS);
        let each = named
            .into_iter()
            .chain(others)
            .map(|(name, (words, expected))| {
                let conditions = vec![Condition::Is(municipality, name.clone())];
                (name, words, Some((conditions, expected)))
            });
        for (name, title, of) in std::iter::once(whole).chain(each) {
            let (mut conditions, expected) = of.unwrap_or_default();
            conditions.push(Condition::Known(status.attribute));
            let n = offer.figures().count(
                family,
                "municipalities",
                &format!("{name}: people"),
                &conditions,
            )?;
            let lost = Condition::Is(status.attribute, LOST.to_owned());
            let share = offer.figures().share(
                family,
                "municipalities",
                &format!("{name}: lost"),
                &[lost],
                &conditions,
            )?;
            let expected = if name == ALL {
                Value::Empty
            } else {
                offer.expected(expected.0, expected.1)
            };
            draft.row(
                vec![(name, title)],
                vec![Value::Figure(n), Value::Figure(share), expected],
            );
        }
        offer.table(draft);
        Ok(())
    }
}

/// Who stands under which name, and what each name expects of how many.
struct Groups {
    of_each: Vec<Option<String>>,
    names: BTreeMap<String, (Words, (f64, u64))>,
}

impl Comparison {
    /// Municipalities by label, those that expect few events together: chosen by
    /// what they are expected to lose and not by what they lost.
    fn groups(&self, offer: &Offer<'_>, status: &[Option<String>]) -> Result<Groups> {
        let by = self.people.stratified(["municipality"])?;
        let labels = Labels::new(self.people.register(), self.spec().anonymous);
        let codes: Vec<&str> = (by.members().stratum.iter())
            .map(|stratum| by.strata().levels[*stratum as usize][0].as_str())
            .collect();
        let mut known: BTreeMap<&str, u64> = BTreeMap::new();
        for (code, _) in (codes.iter().zip(status)).filter(|(_, status)| status.is_some()) {
            *known.entry(code).or_default() += 1;
        }
        let of = |code: &str| self.expected.get(code).copied().unwrap_or_default();
        let events = known.keys().map(|code| of(code) as usize);
        let few = offer.few(&(0..).zip(events).collect());
        let mut names = BTreeMap::new();
        let mut name_of: BTreeMap<&str, String> = BTreeMap::new();
        for (place, (code, n)) in (0_u32..).zip(&known) {
            let (name, title) = if few.contains(&place) {
                (OTHERS.to_owned(), words("øvrige", "others"))
            } else {
                let label = labels.of(code).to_owned();
                (label.clone(), words(label.clone(), label))
            };
            let entry = names.entry(name.clone()).or_insert((title, (0.0, 0)));
            entry.1.0 += of(code);
            entry.1.1 += n;
            name_of.insert(code, name);
        }
        let of_each = codes.iter().zip(status);
        Ok(Groups {
            of_each: of_each
                .map(|(code, status)| status.as_ref().and_then(|_| name_of.get(code).cloned()))
                .collect(),
            names,
        })
    }
}

fn derived_columns() -> [(&'static str, Words, Kind); 7] {
    [
        ("ratio", words("Forhold", "Ratio"), Kind::Number(2)),
        (
            "low",
            words("95 %-interval, fra", "95% interval, from"),
            Kind::Number(2),
        ),
        ("high", words("til", "to"), Kind::Number(2)),
        (
            "low_95",
            words("95 %-grænse, nedre", "95% limit, lower"),
            Kind::Number(2),
        ),
        ("high_95", words("øvre", "upper"), Kind::Number(2)),
        (
            "low_998",
            words("99,8 %-grænse, nedre", "99.8% limit, lower"),
            Kind::Number(2),
        ),
        ("high_998", words("øvre", "upper"), Kind::Number(2)),
    ]
}

/// Ratio, interval and limits from the published cells of a row.
fn derive(row: &[Cell]) -> Vec<Cell> {
    let number = |at: usize| match row[at] {
        Cell::Number(value) => Some(value),
        _ => None,
    };
    if row[EXPECTED] == Cell::Empty {
        return vec![Cell::Empty; 7];
    }
    let ends = |of: Option<Interval>| [of.map(|i| i.low), of.map(|i| i.high)];
    let expected = number(EXPECTED).filter(|e| *e > 0.0);
    let limits = |level| expected.and_then(|e| poisson_limits(e, level).ok());
    let observed =
        (number(N).zip(number(SHARE))).map(|(n, share)| (n * share / 100.0).round() as u64);
    let ratio = (observed.zip(expected)).and_then(|(o, e)| standardise::ratio(o, e, LEVEL).ok());
    let mut cells = vec![
        ratio.map(|r| r.ratio),
        ratio.map(|r| r.low),
        ratio.map(|r| r.high),
    ];
    cells.extend(ends(limits(LEVEL)));
    cells.extend(ends(limits(OUTER)));
    (cells.into_iter())
        .map(|value| value.map_or(Cell::Withheld, Cell::Number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_and_limits_follow_from_what_is_published() {
        let key = || Cell::Key("K01".into(), words("K01", "K01"));
        let row = [
            key(),
            Cell::Number(80.0),
            Cell::Number(30.0),
            Cell::Number(20.0),
        ];
        let of = derive(&row);
        assert_eq!(of[0], Cell::Number(1.2));
        // Exact limits of 24 events: 15.377 and 35.710 (tables of Garwood).
        let close =
            |cell: &Cell, value: f64| matches!(cell, Cell::Number(v) if (v - value).abs() < 1e-3);
        assert!(close(&of[1], 15.377 / 20.0) && close(&of[2], 35.710 / 20.0));
        let funnel = poisson_limits(20.0, 0.95).unwrap();
        assert_eq!(of[3], Cell::Number(funnel.low));
        // A withheld share leaves no ratio, but limits, which rest on the expected.
        let row = [
            key(),
            Cell::Number(80.0),
            Cell::Withheld,
            Cell::Number(20.0),
        ];
        let of = derive(&row);
        assert_eq!(of[0], Cell::Withheld);
        assert_eq!(of[4], Cell::Number(funnel.high));
        let row = [
            key(),
            Cell::Number(80.0),
            Cell::Number(30.0),
            Cell::Withheld,
        ];
        assert!(derive(&row).iter().all(|cell| *cell == Cell::Withheld));
    }
}
