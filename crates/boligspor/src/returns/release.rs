//! What of returns may leave: the shares returned by the end of each band.

use super::episodes::{End, Reader};
use super::result::Returns;
use super::spec::ReturnTo;
use crate::cohort::Cohort;
use crate::disclosure::Condition;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Draft, Kind, Offer, Release, Value, words};
use crate::retention::of_people;

const BACK: &str = "back";
const AWAY: &str = "away";

/// A member's first exit: for how many days they are observed after it, and after
/// how many they were back, if they were.
struct First {
    observed: i32,
    back: Option<i32>,
}

impl Release for Returns {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![of_people(self.people.as_ref(), "returns::estimate")?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let cohort = of_people(self.people.as_ref(), "returns::estimate")?;
        let first = self.first(cohort)?;
        if first.iter().all(Option::is_none) {
            return Ok(());
        }
        let family = offer.family_of(&format!("{:?}", self.spec()))?;
        let own = offer.table_name("returns", self.spec().to.code());
        let exits: Vec<Option<String>> = (first.iter())
            .map(|first| first.as_ref().map(|_| "exit".to_owned()))
            .collect();
        let exited = offer.attribute(family, &format!("exit of {own}"), cohort, &exits)?;
        let mut bands = Vec::new();
        for &band in &self.spec().bands {
            let last = band as i32;
            let of_each: Vec<Option<String>> = (first.iter())
                .map(|first| {
                    // Those seen for so long, also where they were back at once:
                    // else those back early would be counted and the others not.
                    let seen = first.as_ref().filter(|first| first.observed >= last)?;
                    let back = seen.back.is_some_and(|day| day <= last);
                    Some(if back { BACK } else { AWAY }.to_owned())
                })
                .collect();
            if of_each.iter().any(Option::is_some) {
                let name = format!("{own} by day {band}");
                bands.push((band, offer.attribute(family, &name, cohort, &of_each)?));
            }
        }
        let mut draft = self.draft(offer, &own);
        for group in offer.groups().to_vec() {
            let mut conditions = group.conditions.clone();
            conditions.push(Condition::Known(exited));
            let label = format!("{}: people", group.key.0);
            let n = offer.figures().count(family, &own, &label, &conditions)?;
            for &(band, status) in &bands {
                let of = |condition| {
                    let mut conditions = group.conditions.clone();
                    conditions.push(condition);
                    conditions
                };
                let whole = of(Condition::Known(status));
                let back = [Condition::Is(status, BACK.to_owned())];
                let label = format!("{}: back by day {band}", group.key.0);
                let share = offer.figures().share(family, &own, &label, &back, &whole)?;
                draft.row(
                    vec![group.key.clone()],
                    vec![
                        Value::Step(i64::from(band)),
                        Value::Figure(n),
                        Value::Figure(share),
                        Value::Low { share, n },
                        Value::High { share, n },
                    ],
                );
            }
        }
        offer.table(draft);
        Ok(())
    }
}

impl Returns {
    /// The first exit of each member who has one.
    fn first(&self, cohort: &Cohort) -> Result<Vec<Option<First>>> {
        let members = cohort.members();
        let mut reader = Reader::new(self.spec());
        let mut out = Vec::with_capacity(cohort.len());
        for member in 0..cohort.len() {
            cohort.interrupt().check()?;
            let until = members.until[member];
            let track = cohort.timeline().track(members.person[member]);
            let episodes = reader.read(track, members.zero[member], until);
            out.push(episodes.first().map(|episode| First {
                observed: until - 1 - episode.exit,
                back: (episode.how == End::Return).then_some(episode.end - episode.exit),
            }));
        }
        Ok(out)
    }

    fn draft(&self, offer: &Offer<'_>, own: &str) -> Draft {
        let (section, title) = match self.spec().to {
            ReturnTo::Homelessness => (
                words("Tilbagefald til hjemløshed", "Returns to homelessness"),
                words(
                    "Andel, der er vendt tilbage til hjemløshed, efter dage siden afslutningen",
                    "Share who returned to homelessness, by days since the exit",
                ),
            ),
            ReturnTo::Home => (
                words("Hjem igen efter et tab", "Home again after a loss"),
                words(
                    "Andel, der har egen bolig igen, efter dage siden tabet",
                    "Share who have a dwelling again, by days since the loss",
                ),
            ),
        };
        let decimals = offer.policy().percent_decimals as usize;
        Draft::new(own, section, title)
            .column("stratum", offer.stratum_title(), Kind::Key)
            .column("horizon", words("Dage", "Days"), Kind::Step)
            .column("n", words("Med afslutning", "With an exit"), Kind::Count)
            .column(
                "share_percent",
                words("Andel, %", "Share, %"),
                Kind::Percent(decimals),
            )
            .column(
                "low",
                words("95 %-interval, fra", "95% interval, from"),
                Kind::Percent(1),
            )
            .column("high", words("til", "to"), Kind::Percent(1))
            .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
            .note(words(
                "Her er andelen af dem, der følges så længe efter deres første afslutning; den, der \
                 dør eller rejser ud først, er ikke vendt tilbage. Intervallet er Wilsons, beregnet af \
                 den offentliggjorte andel og antallet med en afslutning: det er for smalt, hvor mange \
                 ikke er fulgt så længe.",
                "Here the share is of those followed so long after their first exit; who dies or \
                 leaves the country first has not returned. The interval is Wilson's, computed from \
                 the published share and the number with an exit: it is too narrow where many are not \
                 followed so long.",
            ))
    }
}
