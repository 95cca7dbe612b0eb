//! Services priced: each row of `services` as amounts by year and payer.
//!
//! A spell is divided at each 1 January and every part is priced in its own
//! year's prices: units on the part × that year's unit price, rounded once to
//! whole øre, then divided between the payers so that they add up to it.

use std::collections::BTreeSet;

use super::ore;
use super::price_list::{PriceList, Terms};
use super::spec::CostSource;
use crate::calendar::{self, Day, NEVER};
use crate::cohort::Cohort;
use crate::error::{Error, Result};
use crate::register::{Costs, Register, Services, Table};

/// All that people cost by the sources asked for: the table `costs` as it is,
/// what the services come to, or both.
///
/// Only the members' rows that touch their own `[first, last)` days are priced,
/// so that a price is asked for only where it counts.
///
/// # Errors
/// [`Error::Missing`] where a source is not there, or naming the service and
/// year of a price that is missing; [`Error::Table`] for prices that cannot
/// be used.
pub(super) fn all_costs(
    cohort: &Cohort,
    source: CostSource,
    window: impl Fn(usize) -> (Day, Day),
) -> Result<Source<'_>> {
    let register = cohort.register();
    if !register.has_costs() && source == CostSource::Auto {
        return Err(missing("costs"));
    }
    let source = source.settled(register.costs().is_some());
    let given = register.costs().filter(|_| source != CostSource::Services);
    let services = register.services().filter(|_| {
        let priced = register.frame(Table::Prices).is_some();
        source == CostSource::Services || (source == CostSource::All && priced)
    });
    match (given, services) {
        (Some(given), None) => Ok(Source::Given(given)),
        (given, Some(services)) => {
            let list = PriceList::read(register)?;
            price(cohort, given, services, &list, window)
                .map(|costs| Source::Priced(Box::new(costs)))
        }
        (None, None) if source == CostSource::Services => Err(missing("services")),
        (None, None) => Err(missing("costs")),
    }
}

fn missing(table: &str) -> Error {
    Error::missing(
        "a cost trajectory",
        format!("the table `{table}`"),
        "pass it with the register",
    )
}

/// Costs as given, or put together.
pub(super) enum Source<'a> {
    Given(&'a Costs),
    Priced(Box<Costs>),
}

impl std::ops::Deref for Source<'_> {
    type Target = Costs;

    fn deref(&self) -> &Costs {
        match self {
            Self::Given(costs) => costs,
            Self::Priced(costs) => costs,
        }
    }
}

/// The labels of a column as indices into a common list.
struct Labels {
    names: Vec<String>,
}

impl Labels {
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self> {
        let names: BTreeSet<&str> = names.collect();
        if names.len() > usize::from(u16::MAX) {
            return Err(Error::table(
                Table::Prices.name(),
                Some("category"),
                "makes more than 65,535 different categories or payers",
                "use coarser ones",
            ));
        }
        Ok(Self {
            names: names.into_iter().map(str::to_owned).collect(),
        })
    }

    fn index(&self, name: &str) -> u16 {
        self.names
            .binary_search_by(|n| n.as_str().cmp(name))
            .unwrap_or(0) as u16
    }
}

fn price(
    cohort: &Cohort,
    given: Option<&Costs>,
    services: &Services,
    list: &PriceList,
    window: impl Fn(usize) -> (Day, Day),
) -> Result<Costs> {
    let register = cohort.register();
    let terms: Vec<Option<&Terms>> = services.services.iter().map(|s| list.terms(s)).collect();
    let own = terms.iter().flatten().map(|t| t.category.as_str());
    let categories = Labels::new(
        own.chain(
            given
                .iter()
                .flat_map(|g| g.categories.iter().map(String::as_str)),
        ),
    )?;
    let payers = Labels::new(
        list.payers().into_iter().chain(
            given
                .iter()
                .flat_map(|g| g.payers.iter().map(String::as_str)),
        ),
    )?;
    let recoded = given.map(|g| {
        let codes = |names: &[String], to: &Labels| -> Vec<u16> {
            names.iter().map(|n| to.index(n)).collect()
        };
        (codes(&g.categories, &categories), codes(&g.payers, &payers))
    });
    let people = register.people().len();
    let mut out = Costs {
        offsets: Vec::with_capacity(people + 1),
        ..Costs::default()
    };
    out.offsets.push(0);
    let members = cohort.members();
    let (mut member, mut parts) = (0, Vec::new());
    for person in 0..people {
        if let (Some(given), Some((category, payer))) = (given, &recoded) {
            for i in given.offsets[person]..given.offsets[person + 1] {
                out.start.push(given.start[i]);
                out.end.push(given.end[i]);
                out.category.push(category[usize::from(given.category[i])]);
                out.payer.push(payer[usize::from(given.payer[i])]);
                out.amount.push(given.amount[i]);
                out.price_year.push(given.price_year[i]);
            }
        }
        // The days that any of the person's rows in the cohort looks at.
        let mut seen: Option<(Day, Day)> = None;
        while member < members.len() && members.person[member] as usize == person {
            let (a, b) = window(member);
            seen = Some(seen.map_or((a, b), |(c, d)| (a.min(c), b.max(d))));
            member += 1;
        }
        if let Some(seen) = seen {
            for row in services.offsets[person]..services.offsets[person + 1] {
                let service = usize::from(services.service[row]);
                let name = &services.services[service];
                let Some(terms) = terms[service] else {
                    if services.start[row] < seen.1 && services.end[row] >= seen.0 {
                        return Err(PriceList::unlisted(name));
                    }
                    continue;
                };
                let open = services.end[row] == NEVER;
                let end = if open {
                    ended(register, person)
                } else {
                    services.end[row]
                };
                let quantity = services.quantity[row];
                let (start, end) =
                    terms.charged(services.start[row], end, !open, quantity.is_some());
                let days = i64::from(end) - i64::from(start);
                let mut from = start;
                while from < end {
                    let year = calendar::civil(from).year;
                    let until = calendar::day(year + 1, 1, 1).min(end);
                    if from < seen.1 && until > seen.0 {
                        let price = list.at(name, year)?;
                        let (units, of) =
                            terms.units(quantity, i64::from(until) - i64::from(from), days);
                        let total = ore::ratio(i128::from(price.unit_price), units, of);
                        let total = i64::try_from(total).map_err(|_| too_large())?;
                        let weights: Vec<i64> = price.shares.iter().map(|s| s.1).collect();
                        ore::allot(total, &weights, &mut parts);
                        for (amount, (payer, _)) in parts.iter().zip(&price.shares) {
                            out.start.push(from);
                            out.end.push(until);
                            out.category.push(categories.index(&terms.category));
                            out.payer.push(payers.index(payer));
                            out.amount.push(*amount);
                            out.price_year.push(year);
                        }
                    }
                    from = until;
                }
            }
        }
        out.offsets.push(out.start.len());
    }
    out.categories = categories.names;
    out.payers = payers.names;
    Ok(out)
}

/// The first day on which an ongoing service is no longer seen: after the
/// last day of observation, or the day of death.
pub(super) fn ended(register: &Register, person: usize) -> Day {
    let death = register.people().death[person];
    register.observed_until().saturating_add(1).min(death)
}

fn too_large() -> Error {
    Error::table(
        Table::Services.name(),
        Some("quantity"),
        "makes an amount that is too large to count in øre",
        "give units of the service, such as nights or contacts",
    )
}
