//! What of a retention curve may leave: the way to the first loss, in steps.
//!
//! Where people come and go there is no table of exits beneath a curve, and each
//! return would be a step of its own. So what is released is the time until the
//! home is first lost, or something else ends it; the shares at the horizons,
//! which count those who came back, stand beside it.

use super::curve::{DAYS_A_MONTH, RetentionCurve};
use super::definition::HorizonUnit;
use super::first_loss::{FirstLoss, FirstLosses};
use super::release::{of_people, topic, words_of};
use crate::cohort::Cohort;
use crate::disclosure::Exit;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Followed, Named, Offer, Release, words};
use crate::state::State;

impl Release for RetentionCurve {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![of_people(self.people.as_ref(), "retention::curve")?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let cohort = of_people(self.people.as_ref(), "retention::curve")?;
        let definition = self.definition();
        let losses = FirstLosses::new(cohort, definition)?;
        let mut reader = losses.reader();
        let mut by: Vec<State> = Vec::new();
        let mut exits: Vec<Option<Exit>> = Vec::with_capacity(cohort.len());
        for member in 0..cohort.len() {
            cohort.interrupt().check()?;
            exits.push(reader.months(member).map(|(time, how, state)| {
                let kind = match how {
                    FirstLoss::NotSeen => 0,
                    FirstLoss::Lost => 1,
                    FirstLoss::Competing => {
                        let known = by.iter().position(|s| *s == state);
                        2 + known.unwrap_or_else(|| {
                            by.push(state);
                            by.len() - 1
                        })
                    }
                };
                Exit { time, kind }
            }));
        }
        in_order(&mut by, &mut exits);
        let name = words_of(definition);
        let notes = [Lang::Da, Lang::En].map(|lang| {
            let cohort = &self.cohort[usize::from(lang == Lang::En)];
            let text = format!("{} {cohort}", definition.describe(lang));
            text.trim_end().to_owned()
        });
        let asked = Followed {
            name: offer.table_name("curve", &definition.name),
            section: words("Boligfastholdelse", "Housing retention"),
            title: words(
                format!("Bolig beholdt uden afbrydelse: {}", name[0]),
                format!("Home kept without a break: {}", name[1]),
            ),
            notes: vec![
                notes,
                words(
                    "Kurven følger hver person til den første dag uden bolig efter definitionen; \
                     den, der siden får bolig igen, er her stadig et tab. Andelene ved tidspunkterne \
                     tæller dem med.",
                    "The curve follows everyone to the first day without a home by the definition; \
                     who has a home again later is a loss here all the same. The shares at the \
                     horizons count them.",
                ),
            ],
            still: named("kept", "bolig beholdt", "home kept"),
            ends: std::iter::once(named("lost", "bolig mistet", "home lost"))
                .chain(by.iter().map(|state| {
                    let labels = [Lang::Da, Lang::En].map(|lang| state.label(lang).to_owned());
                    (state.code().to_owned(), labels)
                }))
                .collect(),
            any: named(
                "any",
                "bolig mistet eller anden afslutning",
                "home lost or another end",
            ),
            exits,
            until: self.until_months(),
        };
        let beside = if offer.tells_of(&topic(definition)) {
            Some(offer.family_of(&topic(definition))?)
        } else {
            None
        };
        offer.curve(beside, cohort, &asked)
    }
}

impl RetentionCurve {
    /// How many months the curve reaches.
    fn until_months(&self) -> i32 {
        let last = self.spec().last(self.definition());
        match self.definition().unit {
            HorizonUnit::Months => last as i32,
            HorizonUnit::Years => 12 * last as i32,
            HorizonUnit::Days => (f64::from(last) / DAYS_A_MONTH).ceil() as i32,
        }
    }
}

/// Puts competing ends in the order of their codes: which came first among the
/// people is nobody's business.
fn in_order(by: &mut [State], exits: &mut [Option<Exit>]) {
    let before = by.to_vec();
    by.sort_unstable_by_key(|state| state.code());
    for exit in exits.iter_mut().flatten().filter(|exit| exit.kind > 1) {
        let state = before[exit.kind - 2];
        let place = by.iter().position(|s| *s == state);
        exit.kind = 2 + place.unwrap_or_default();
    }
}

fn named(code: &str, danish: &str, english: &str) -> Named {
    (code.to_owned(), words(danish, english))
}
