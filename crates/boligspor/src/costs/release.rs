//! What of a cost trajectory may leave: sums by category and period, and what
//! they are a person.

use super::summary::person_costs;
use super::{CostTrajectory, Period, category_label};
use crate::cohort::{ALL, Cohort};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Draft, Kind, Offer, Release, Value, Words, words};

impl Release for CostTrajectory {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![people(self)?])
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let cohort = people(self)?;
        let spec = self.spec();
        let costs = person_costs(cohort, spec)?;
        let categories = costs.categories.len();
        let mut draft = Draft::new(
            "costs",
            words("Udgifter", "Costs"),
            words(
                "Udgifter pr. person efter kategori og periode",
                "Costs a person by category and period",
            ),
        )
        .column("stratum", offer.stratum_title(), Kind::Key)
        .column("category", words("Kategori", "Category"), Kind::Key)
        .column("period", period_title(spec.period), Kind::Step)
        .column("n", words("Personer", "People"), Kind::Count)
        .column(
            "mean_per_person",
            words("Kr. pr. person", "Kroner a person"),
            Kind::Number(0),
        )
        .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
        .note(words(
            "Summen af udgifter på observerede dage delt med antallet af personer i kohorten, \
             også dem der ikke er observeret hele perioden. Summen er afrundet, før der deles.",
            "The sum of costs on observed days over the number of people in the cohort, those not \
             observed all of the period included. The sum is rounded before it is divided.",
        ))
        .note([Lang::Da, Lang::En].map(|lang| super::regression_to_the_mean(lang).to_owned()));
        let mut columns = Vec::new();
        for (p, period) in (spec.first..=spec.last).enumerate() {
            let mut of_period = Vec::new();
            for (c, category) in costs.categories.iter().enumerate() {
                // In kroner: the last two digits are nobody's business.
                let of = costs.of.iter();
                let of = of
                    .map(|(person, ore)| (*person, (ore[p * categories + c] + 50).div_euclid(100)));
                let amount = offer.amount(&format!("{category} {period}"), of)?;
                of_period.push((category.as_str(), false, amount.paid));
                let returned = amount.returned.into_iter();
                of_period.extend(returned.map(|money| (category.as_str(), true, money)));
            }
            columns.push((period, of_period));
        }
        let any_returned = columns
            .iter()
            .any(|(_, of)| of.iter().any(|(_, back, _)| *back));
        for group in offer.groups().to_vec() {
            for (period, of_period) in &columns {
                let mut rows: Vec<(&str, bool, Vec<_>)> = Vec::new();
                for back in [false, true] {
                    let all = of_period.iter().filter(|(_, b, _)| *b == back);
                    let all: Vec<_> = all.map(|(c, _, money)| (*c, *money)).collect();
                    if !all.is_empty() {
                        rows.push((ALL, back, all.iter().map(|(_, money)| *money).collect()));
                        rows.extend(all.into_iter().map(|(c, money)| (c, back, vec![money])));
                    }
                }
                for (category, back, moneys) in rows {
                    let (code, words) = category_of(category, back);
                    let label = format!("{}: {code}, {period}", group.key.0);
                    let sum = offer
                        .figures()
                        .sum("costs", &label, &moneys, &group.conditions)?;
                    draft.row(
                        vec![group.key.clone(), (code, words)],
                        vec![
                            Value::Step(i64::from(*period)),
                            Value::Figure(group.n),
                            Value::PerPerson {
                                sum,
                                n: group.n,
                                unit: 1.0,
                            },
                        ],
                    );
                }
            }
        }
        if any_returned {
            draft = draft.note(words(
                "Det, der er betalt tilbage, står for sig som positive beløb: af personer, hvis \
                 beløb i kategorien og perioden samlet er under nul. Det er ikke trukket fra de \
                 øvrige beløb.",
                "What was paid back stands by itself as positive amounts: of people whose amount \
                 in the category and period is under nothing on balance. It is not taken from \
                 the other amounts.",
            ));
        }
        offer.table(draft);
        Ok(())
    }
}

fn people(result: &CostTrajectory) -> Result<&Cohort> {
    result.people.as_ref().ok_or_else(|| {
        Error::option(
            "release",
            "needs the people behind the result, which merged sums have lost",
            "release a result of `costs::trajectory`",
        )
    })
}

/// A category's code and words, or those of what of it was paid back.
fn category_of(category: &str, returned: bool) -> (String, Words) {
    let own = if category == ALL {
        words("alle", "all")
    } else {
        [Lang::Da, Lang::En].map(|lang| category_label(category, lang))
    };
    if !returned {
        return (category.to_owned(), own);
    }
    let [danish, english] = own;
    (
        format!("{category}: returned"),
        words(
            format!("{danish}: betalt tilbage"),
            format!("{english}: paid back"),
        ),
    )
}

fn period_title(period: Period) -> Words {
    [Lang::Da, Lang::En].map(|lang| period.label(lang).to_owned())
}
