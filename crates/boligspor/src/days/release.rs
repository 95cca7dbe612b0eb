//! What of days may leave: days a person in each state, from sums.
//!
//! The days of everybody followed to the end make up the calendar, whatever state
//! they were in: a withheld state could be had by subtracting the others from it.
//! So the sum of all states counts as known, published or not.

use super::result::DaysHoused;
use super::summary::{HOUSED, KINDS, count_days};
use crate::cohort::Cohort;
use crate::disclosure::{Condition, Money};
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Draft, Kind, Offer, Release, Value, Words, words};
use crate::retention::{Place, of_people};
use crate::state::State;

/// What its table's name begins with.
pub(crate) const TABLE: &str = "days";

/// Everybody who is followed to the end.
const FOLLOWED: &str = "followed";

impl Release for DaysHoused {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![of_people(self.people.as_ref(), "days::estimate")?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let cohort = of_people(self.people.as_ref(), "days::estimate")?;
        let days = Days::read(self, cohort)?;
        let family = offer.family_of("days in each state")?;
        let of_each: Vec<Option<String>> = (days.of_each.iter())
            .map(|of| of.is_some().then(|| FOLLOWED.to_owned()))
            .collect();
        if of_each.iter().all(Option::is_none) {
            return Ok(());
        }
        let everybody = of_each.iter().all(Option::is_some);
        let own = offer.table_name(TABLE, "");
        let followed = if everybody {
            None
        } else {
            Some(offer.attribute(family, &format!("followed for {own}"), cohort, &of_each)?)
        };
        let mut places: Vec<(Place, Money)> = Vec::new();
        for place in Place::ALL {
            let money = offer.amount(place.code(), days.of(place, cohort))?.paid;
            places.push((place, money));
        }
        // Only states that somebody has been in: the others are of no interest.
        places.retain(|(place, _)| days.happens(*place));
        let all: Vec<Money> = places.iter().map(|(_, money)| *money).collect();
        let housed: Vec<Money> = places
            .iter()
            .filter(|(place, _)| self.spec().housed.contains(&state(*place)))
            .map(|(_, money)| *money)
            .collect();
        let mut draft = self.draft(offer, &own);
        for group in offer.groups().to_vec() {
            let code = &group.key.0;
            offer
                .figures()
                .known_sum(&format!("{own}: the calendar"), &all, &group.conditions)?;
            let n = match followed {
                None => group.n,
                Some(followed) => {
                    let mut conditions = group.conditions.clone();
                    conditions.push(Condition::Known(followed));
                    let label = format!("{code}: people");
                    offer.figures().count(family, &own, &label, &conditions)?
                }
            };
            let single = places
                .iter()
                .map(|(place, money)| (place_words(*place), vec![*money]));
            let together = (
                ("housed".to_owned(), words("i bolig", "housed")),
                housed.clone(),
            );
            for (key, moneys) in std::iter::once(together).chain(single) {
                if moneys.is_empty() {
                    continue;
                }
                let label = format!("{code}: {}", key.0);
                let sum = offer
                    .figures()
                    .sum(&own, &label, &moneys, &group.conditions)?;
                draft.row(
                    vec![group.key.clone(), key],
                    vec![Value::Figure(n), Value::PerPerson { sum, n, unit: 1.0 }],
                );
            }
        }
        offer.table(draft);
        Ok(())
    }
}

impl DaysHoused {
    fn draft(&self, offer: &Offer<'_>, own: &str) -> Draft {
        let within = self.spec().within;
        Draft::new(
            own,
            words("Dage i bolig", "Days housed"),
            words(
                format!("Dage i hver tilstand inden for {within} måneder"),
                format!("Days in each state within {within} months"),
            ),
        )
        .column("stratum", offer.stratum_title(), Kind::Key)
        .column("state", words("Tilstand", "State"), Kind::Key)
        .column("n", words("Personer", "People"), Kind::Count)
        .column(
            "days_per_person",
            words("Dage pr. person", "Days a person"),
            Kind::Number(0),
        )
        .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
        .note(words(
            "Her er det alene dem, der følges hele perioden: summen af deres dage, afrundet, delt \
             med deres antal. Der er intet interval: det ville kræve, hvor forskellige de er.",
            "Here of those followed for the whole period alone: the sum of their days, rounded, over \
             their number. There is no interval: it would need how different they are.",
        ))
    }
}

/// Days by kind of each member who is followed to the end.
struct Days {
    of_each: Vec<Option<Vec<u32>>>,
}

impl Days {
    fn read(result: &DaysHoused, cohort: &Cohort) -> Result<Self> {
        let spec = result.spec();
        let months = spec.within as usize;
        let mut room = vec![0; KINDS * months];
        let mut of_each = Vec::with_capacity(cohort.len());
        for member in 0..cohort.len() {
            cohort.interrupt().check()?;
            room.fill(0);
            let followed = count_days(cohort, spec, member, &mut room);
            let by_kind = || room.chunks(months).map(|kind| kind.iter().sum()).collect();
            of_each.push((followed == months).then(by_kind));
        }
        Ok(Self { of_each })
    }

    /// Each person's days in a place, by index in the register.
    fn of<'a>(
        &'a self,
        place: Place,
        cohort: &'a Cohort,
    ) -> impl Iterator<Item = (u32, i128)> + 'a {
        let persons = cohort.members().person.iter();
        persons.zip(&self.of_each).filter_map(move |(person, of)| {
            let days = of.as_ref()?[HOUSED + 1 + place.index()];
            Some((*person, i128::from(days)))
        })
    }

    fn happens(&self, place: Place) -> bool {
        let mut all = self.of_each.iter().flatten();
        all.any(|of| of[HOUSED + 1 + place.index()] > 0)
    }
}

fn state(place: Place) -> State {
    match place {
        Place::Allotted | Place::OtherDwelling => State::Dwelling,
        Place::State(state) => state,
    }
}

fn place_words(place: Place) -> (String, Words) {
    let labels = [Lang::Da, Lang::En].map(|lang| place.label(lang).to_owned());
    (place.code().to_owned(), labels)
}
