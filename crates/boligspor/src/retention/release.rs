//! What of retention may leave: shares by stratum and horizon.
//!
//! A share in per cent is published with the number of people in the stratum,
//! and neither the retained nor those who left the count by themselves: of
//! these there are often a few only, and one horizon's minus the next one's
//! are fewer still.

use super::path::Status;
use super::summary::statuses;
use super::{Counted, Definition, HorizonUnit, Measure, Retention};
use crate::cohort::Cohort;
use crate::disclosure::{Condition, Family, Figure, Trait};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Draft, Group, Kind, Offer, Release, Value, Words, words};

const HOME: &str = "home";
/// Who does not count as housed at a horizon, of those whose status is known.
pub(crate) const LOST: &str = "lost";

/// Members by their status at a horizon, where it is known.
pub(crate) struct HorizonStatus {
    /// The status as an attribute of people.
    pub(crate) attribute: Trait,
    /// Each member's.
    pub(crate) of_each: Vec<Option<String>>,
}

/// Puts the status at one horizon of a definition into a family: the same
/// attribute whichever section asks, which ties their families.
pub(crate) fn horizon_status(
    offer: &mut Offer<'_>,
    family: Family,
    cohort: &Cohort,
    definition: &Definition,
    horizon: u32,
) -> Result<HorizonStatus> {
    let place = definition.horizons.iter().position(|h| *h == horizon);
    let of_each = at_horizon(&statuses(cohort, definition)?, place.unwrap_or(usize::MAX));
    let name = status_name(definition, horizon);
    Ok(HorizonStatus {
        attribute: offer.attribute(family, &name, cohort, &of_each)?,
        of_each,
    })
}

fn status_name(definition: &Definition, horizon: u32) -> String {
    // Two definitions by one name are two attributes.
    let mut whole = blake3::Hasher::new();
    whole.update(format!("{definition:?}").as_bytes());
    let whole = whole.finalize().to_hex();
    format!("{} at {horizon} ({})", definition.name, &whole[..8])
}

fn at_horizon(statuses: &[Vec<Option<Status>>], place: usize) -> Vec<Option<String>> {
    let of_each = statuses
        .iter()
        .map(|of| match of.get(place).copied().flatten() {
            Some(Status::Retained) => Some(HOME.to_owned()),
            Some(Status::NotRetained | Status::Competing) => Some(LOST.to_owned()),
            Some(Status::Excluded | Status::Censored) | None => None,
        });
    of_each.collect()
}

impl Release for Retention {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![people(self)?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let definition = self.definition();
        if definition.measure == Measure::DaysHoused || definition.horizons.is_empty() {
            return Ok(());
        }
        let cohort = people(self)?;
        let shares = HorizonShares::new(offer, cohort, definition)?;
        let own = offer.table_name("retention", &definition.name);
        let name = words_of(definition);
        let decimals = offer.policy().percent_decimals as usize;
        let mut draft = Draft::new(
            own.clone(),
            words("Boligfastholdelse", "Housing retention"),
            words(
                format!("Andel i bolig: {}", name[0]),
                format!("Share housed: {}", name[1]),
            ),
        )
        .column("stratum", offer.stratum_title(), Kind::Key)
        .column("horizon", unit_of(definition), Kind::Step)
        .column("n", words("Personer", "People"), Kind::Count)
        .column(
            "share_percent",
            words("Andel, %", "Share, %"),
            Kind::Percent(decimals),
        )
        .column("low", words("95 %-interval, fra", "95% interval, from"), Kind::Percent(1))
        .column("high", words("til", "to"), Kind::Percent(1))
        .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
        .note(words(
            "Andelen er af dem, hvis status er kendt. Intervallet er Wilsons, beregnet af den \
             offentliggjorte andel og antallet af personer: det er for smalt, hvor mange endnu ikke \
             er fulgt så længe.",
            "The share is of those whose status is known. The interval is Wilson's, computed from \
             the published share and number of people: it is too narrow where many have not been \
             followed so long yet.",
        ));
        // The strata are those of the study's cohort; of the enrolled, who are
        // others, the whole is told.
        let whole = definition.counted == Counted::Enrolled;
        let groups: Vec<_> = if whole {
            let mut everybody = offer.groups()[0].clone();
            everybody.conditions.clear();
            vec![everybody]
        } else {
            offer.groups().to_vec()
        };
        for group in groups {
            let (n, by_horizon) = shares.of(offer, &own, &group)?;
            for (horizon, share) in by_horizon {
                draft.row(
                    vec![group.key.clone()],
                    vec![
                        Value::Step(i64::from(horizon)),
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

/// The shares housed at the horizons of a definition, as figures of one family
/// whichever section tells of them.
pub(crate) struct HorizonShares {
    family: Family,
    /// Those the definition counts.
    counted: Trait,
    /// Whether that is the whole cohort.
    everybody: bool,
    /// The status at each horizon at which anybody's is known.
    at: Vec<(u32, Trait)>,
}

impl HorizonShares {
    /// Everybody's status at each horizon.
    ///
    /// # Errors
    /// Those of reading the people again.
    pub(crate) fn new(
        offer: &mut Offer<'_>,
        cohort: &Cohort,
        definition: &Definition,
    ) -> Result<Self> {
        let family = offer.definitions()?;
        let statuses = statuses(cohort, definition)?;
        let mut at = Vec::new();
        for (h, horizon) in definition.horizons.iter().enumerate() {
            let of_each = at_horizon(&statuses, h);
            let name = status_name(definition, *horizon);
            let status = offer.attribute(family, &name, cohort, &of_each)?;
            if of_each.iter().any(Option::is_some) {
                at.push((*horizon, status));
            }
        }
        let members: Vec<Option<String>> = statuses
            .iter()
            .map(|of| (!of.is_empty()).then(|| "counted".to_owned()))
            .collect();
        let name = format!("counted by {}", topic(definition));
        let counted = offer.attribute(family, &name, cohort, &members)?;
        let all = members.iter().all(Option::is_some);
        Ok(Self {
            family,
            counted,
            everybody: all && definition.counted != Counted::Enrolled,
            at,
        })
    }

    /// The family of the definition.
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The people of a group, and the share of them at each horizon.
    ///
    /// # Errors
    /// [`Error::Disclosure`] for a group outside the family.
    pub(crate) fn of(
        &self,
        offer: &mut Offer<'_>,
        table: &str,
        group: &Group,
    ) -> Result<(Figure, Vec<(u32, Figure)>)> {
        let name = format!("{:?} {:?} {:?}", self.counted, self.at, group.conditions);
        let found = offer.once(name, |figures| {
            let code = &group.key.0;
            let mut conditions = group.conditions.clone();
            conditions.push(Condition::Known(self.counted));
            // Where all are counted they are the cohort's, told once: a second
            // number of the same people could not be withheld.
            let mut found = vec![if self.everybody {
                group.n
            } else {
                let label = format!("{code}: people");
                figures.count(self.family, table, &label, &conditions)?
            }];
            for (horizon, status) in &self.at {
                let home = [Condition::Is(*status, HOME.to_owned())];
                let mut whole = group.conditions.clone();
                whole.push(Condition::Known(*status));
                let label = format!("{code} at {horizon}");
                found.push(figures.share(self.family, table, &label, &home, &whole)?);
            }
            Ok(found)
        })?;
        let horizons = self.at.iter().map(|(horizon, _)| *horizon);
        Ok((found[0], horizons.zip(found[1..].iter().copied()).collect()))
    }
}

fn people(result: &Retention) -> Result<&Cohort> {
    of_people(result.people.as_ref(), "retention::estimate")
}

/// The people behind a result, for releasing it.
pub(crate) fn of_people<'a>(people: Option<&'a Cohort>, made_by: &str) -> Result<&'a Cohort> {
    people.ok_or_else(|| {
        Error::option(
            "release",
            "needs the people behind the result, which merged sums have lost",
            format!("release a result of `{made_by}`"),
        )
    })
}

/// The topic of a definition: what tells of the same people by the same definition is seen together.
pub(crate) fn topic(definition: &Definition) -> String {
    format!("{definition:?}")
}

/// What the horizons are counted in.
pub(crate) fn unit_of(definition: &Definition) -> Words {
    match definition.unit {
        HorizonUnit::Months => words("Måneder", "Months"),
        HorizonUnit::Years => words("År", "Years"),
        HorizonUnit::Days => words("Dage", "Days"),
    }
}

pub(super) fn words_of(definition: &Definition) -> [String; 2] {
    [Lang::Da, Lang::En].map(|lang| crate::words::definition(definition, lang))
}
