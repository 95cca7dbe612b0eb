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
        let mut left_out = Vec::new();
        let mut columns = Vec::new();
        for (p, period) in (spec.first..=spec.last).enumerate() {
            let mut of_period = Vec::new();
            for (c, category) in costs.categories.iter().enumerate() {
                // In kroner: the last two digits are nobody's business.
                let of = costs.of.iter();
                let of = of
                    .map(|(person, ore)| (*person, (ore[p * categories + c] + 50).div_euclid(100)));
                match offer.amount(&format!("{category} {period}"), of)? {
                    Some(money) => of_period.push((category.as_str(), money)),
                    None => left_out.push(category.clone()),
                }
            }
            columns.push((period, of_period));
        }
        left_out.sort_unstable();
        left_out.dedup();
        for group in offer.groups().to_vec() {
            for (period, of_period) in &columns {
                let all: Vec<_> = of_period
                    .iter()
                    .filter(|(category, _)| !left_out.iter().any(|l| l == category))
                    .collect();
                let single = all.iter().map(|(c, money)| (*c, vec![*money]));
                let whole = (ALL, all.iter().map(|(_, money)| *money).collect());
                for (category, moneys) in std::iter::once(whole).chain(single) {
                    let label = format!("{}: {category}, {period}", group.key.0);
                    let sum = offer
                        .figures()
                        .sum("costs", &label, &moneys, &group.conditions)?;
                    draft.row(
                        vec![
                            group.key.clone(),
                            (category.to_owned(), category_words(category)),
                        ],
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
        if !left_out.is_empty() {
            draft = draft.note(words(
                "Kategorier med negative beløb er udeladt: grænser for beløb hviler på, at ingen er negative.",
                "Categories with negative amounts are left out: bounds of amounts rest on none being negative.",
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

fn category_words(category: &str) -> Words {
    if category == ALL {
        return words("alle", "all");
    }
    [Lang::Da, Lang::En].map(|lang| category_label(category, lang))
}

fn period_title(period: Period) -> Words {
    [Lang::Da, Lang::En].map(|lang| period.label(lang).to_owned())
}
