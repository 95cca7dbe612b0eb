//! What of a comparison of costs may leave: effects by year and how many were
//! compared.
//!
//! An effect is no sum of people, so the policy's rule for models says whether and
//! how exactly it is shown. The numbers of people are cleared like any other, those
//! of all designs together, since designs share people and differ by few.

use super::net_cost::Accounted;
use super::{CostEffect, NetCost};
use crate::cohort::{ALL, Cohort};
use crate::costs::{View, payer_label};
use crate::disclosure::Figure;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::{Behind, Draft, Estimate, Kind, Offer, Release, Value, Words, words};

/// Whom a result compares, by index in the register, ascending, and how many
/// parameters its model has.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) placed: Vec<u32>,
    pub(super) others: Vec<u32>,
    pub(super) parameters: u64,
}

/// An effect as it is offered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) method: Method,
    pub(super) base: i32,
    /// None: the mean of years 0 on.
    pub(super) year: Option<i32>,
    pub(super) of: Estimate,
    /// People in the smaller group.
    pub(super) persons: u64,
}

/// How an effect was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    BeforeAfter,
    Designed,
    Mean,
}

impl Method {
    fn key(self) -> (String, Words) {
        let (code, da, en) = match self {
            Self::BeforeAfter => ("before_after", "før/efter alene", "before/after alone"),
            Self::Designed => (
                "designed",
                "mod sammenligningspersoner",
                "against comparison people",
            ),
            Self::Mean => (
                "designed_mean",
                "mod sammenligningspersoner, gennemsnit fra år 0",
                "against comparison people, mean from year 0 on",
            ),
        };
        (code.to_owned(), words(da, en))
    }
}

impl Compared {
    pub(super) fn new(people: impl Iterator<Item = (u32, bool)>, parameters: usize) -> Self {
        let (placed, others): (Vec<_>, Vec<_>) = people.partition(|(_, treated)| *treated);
        let ascending = |of: Vec<(u32, bool)>| {
            let mut persons: Vec<u32> = of.into_iter().map(|(person, _)| person).collect();
            persons.sort_unstable();
            persons.dedup();
            persons
        };
        Self {
            placed: ascending(placed),
            others: ascending(others),
            parameters: parameters as u64,
        }
    }

    /// How many there are of each, as figures.
    fn counted(&self, offer: &mut Offer<'_>, table: &str) -> Result<[Figure; 2]> {
        let family = offer.compared()?;
        let mut count = |arm: &str, people: &[u32]| {
            offer.people(family, table, &format!("{table}: {arm}"), people)
        };
        Ok([
            count("placed", &self.placed)?,
            count("comparison", &self.others)?,
        ])
    }

    fn everybody(&self) -> Vec<u32> {
        [self.placed.as_slice(), &self.others].concat()
    }

    fn smaller(&self) -> u64 {
        self.placed.len().min(self.others.len()) as u64
    }
}

impl Release for CostEffect {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![&self.people])
    }

    fn beyond(&self) -> Vec<u32> {
        self.compared.everybody()
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let name = &self.design().name;
        let own = offer.table_name("effect", name);
        let counted = self.compared.counted(offer, &own)?;
        let mut draft = Draft::new(
            own,
            words(
                "Udgifter mod sammenligningspersoner",
                "Costs against comparison people",
            ),
            words(
                format!("Ændring i udgifter: {name}"),
                format!("Change in costs: {name}"),
            ),
        )
        .column("method", words("Metode", "Method"), Kind::Key)
        .column("base", words("Basisår", "Base year"), Kind::Step)
        .column("year", words("År", "Year"), Kind::Step);
        for column in amounts() {
            draft = draft.column(column.0, column.1, Kind::Number(0));
        }
        for (column, title) in arms() {
            draft = draft.column(column, title, Kind::Count);
        }
        let mut draft = draft
            .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
            .note(rounded())
            .note(regression());
        for shown in &self.shown {
            let behind = Behind {
                persons: shown.persons,
                parameters: match shown.method {
                    Method::BeforeAfter => 1,
                    Method::Designed | Method::Mean => self.compared.parameters,
                },
            };
            let mut values = vec![
                Value::Step(i64::from(shown.base)),
                shown
                    .year
                    .map_or(Value::Empty, |year| Value::Step(i64::from(year))),
            ];
            values.extend(offer.estimate(shown.of, behind));
            values.extend(match shown.method {
                Method::BeforeAfter => [Value::Empty; 2],
                Method::Designed | Method::Mean => counted.map(Value::Figure),
            });
            draft.row(vec![shown.method.key()], values);
        }
        offer.table(draft);
        Ok(())
    }
}

impl Release for NetCost {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(vec![&self.people])
    }

    fn beyond(&self) -> Vec<u32> {
        self.compared.everybody()
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        let name = &self.scenario().name;
        let own = offer.table_name("net_cost", name);
        let counted = self.compared.counted(offer, &own)?;
        let mut draft = Draft::new(
            own,
            words(
                "Hvad det koster at give nogen et hjem",
                "What it costs to house someone",
            ),
            words(format!("Nettoudgift: {name}"), format!("Net cost: {name}")),
        )
        .column("payer", words("Hvem betaler", "Who pays"), Kind::Key)
        .column("measure", words("Mål", "Measure"), Kind::Key)
        .column("years", words("År i alt", "Years in all"), Kind::Step);
        for column in amounts() {
            draft = draft.column(column.0, column.1, Kind::Number(0));
        }
        for (column, title) in arms() {
            draft = draft.column(column, title, Kind::Count);
        }
        let mut draft = draft
            .note([Lang::Da, Lang::En].map(|lang| self.describe(lang)))
            .note(rounded());
        let behind = Behind {
            persons: self.compared.smaller(),
            parameters: self.compared.parameters,
        };
        for account in &self.accounts {
            let Accounted {
                view,
                years,
                per_year,
                per_day,
                break_even,
            } = account;
            let measures = [
                (
                    "net_cost_per_year",
                    "nettoudgift pr. personår, kr.",
                    "net cost per person-year, kroner",
                    *per_year,
                ),
                (
                    "cost_per_day",
                    "pris på en ekstra dag i bolig, kr.",
                    "cost of an extra day housed, kroner",
                    *per_day,
                ),
                (
                    "break_even_month",
                    "måned hvor det går lige op",
                    "month it breaks even",
                    *break_even,
                ),
            ];
            for (code, da, en, of) in measures {
                let Some(of) = of else { continue };
                let mut values = vec![Value::Step(i64::from(*years))];
                values.extend(offer.estimate(of, behind));
                values.extend(counted.map(Value::Figure));
                draft.row(vec![payer(view), (code.to_owned(), words(da, en))], values);
            }
        }
        offer.table(draft);
        Ok(())
    }
}

/// Columns of an estimate.
fn amounts() -> [(&'static str, Words); 3] {
    [
        ("estimate", words("Skøn", "Estimate")),
        ("low", words("95 %-interval, fra", "95% interval, from")),
        ("high", words("til", "to")),
    ]
}

/// Columns of the people compared.
fn arms() -> [(&'static str, Words); 2] {
    [
        ("placed", words("Placerede", "Placed")),
        (
            "comparison",
            words("Sammenligningspersoner", "Comparison people"),
        ),
    ]
}

fn payer(view: &View) -> (String, Words) {
    match view {
        View::Societal => ("societal".to_owned(), words("samfundet", "society")),
        View::Budget(payer) if payer == ALL => (
            "budgets".to_owned(),
            words("alle offentlige budgetter", "all public budgets"),
        ),
        View::Budget(payer) => (
            payer.clone(),
            [Lang::Da, Lang::En].map(|lang| payer_label(payer, lang)),
        ),
    }
}

fn rounded() -> Words {
    words(
        "Kr. pr. person og år, hvor intet andet står. Skøn er afrundet til de cifre, som deres \
         interval giver mening.",
        "Kroner per person and year where nothing else is said. Estimates are rounded to the \
         digits that their interval gives a meaning.",
    )
}

fn regression() -> Words {
    [Lang::Da, Lang::En].map(|lang| crate::costs::regression_to_the_mean(lang).to_owned())
}
