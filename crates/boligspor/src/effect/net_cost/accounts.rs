//! Each person's extra cost by month since time zero, in one account at a time.

use crate::calendar;
use crate::costs::panel::{Kept, panel_of};
use crate::costs::{CostSpec, Period, View, ViewSpec};
use crate::error::{Error, Result};
use crate::state::State;
use crate::timeline::Track;

use super::super::adjust::Adjusted;
use super::super::design::Design;
use super::super::people::People;
use super::scenario::Scenario;
use crate::cohort::{ALL, Cohort};

/// Months in a year.
const YEAR: i32 = 12;
/// Øre in a currency unit.
const UNIT: f64 = 100.0;

/// A person who counts, all the way from the base year to the horizon.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// By index in the register.
    pub(super) index: u32,
    pub(super) key: u64,
    pub(super) treated: bool,
    pub(super) weight: f64,
    /// Extra days housed to the horizon, against as long at the base year's rate.
    pub(super) days: f64,
}

/// The costs of an account: `cost[i][m]` of person `i` from time zero to the end
/// of month `m`, above as long at the base year's rate.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) view: View,
    pub(super) cost: Vec<Vec<f64>>,
}

/// People and accounts.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) people: Vec<Person>,
    pub(super) each: Vec<Account>,
    /// The horizon in years.
    pub(super) years: i32,
}

impl Accounts {
    pub(super) fn gather(
        cohort: &Cohort,
        design: &Design,
        scenario: &Scenario,
        people: &People,
        adjusted: &Adjusted,
    ) -> Result<Self> {
        let costs = cohort.register().costs().ok_or_else(|| {
            Error::missing(
                "a net cost",
                "the table `costs`",
                "pass it with the register",
            )
        })?;
        let years = design.last + 1;
        let spec = CostSpec {
            period: Period::Month,
            first: YEAR * design.base,
            last: YEAR * years - 1,
            ..design.costs()
        };
        spec.validate()?;
        let months = (YEAR * years) as usize;
        let zero = (-spec.first) as usize;
        let discounting = scenario.views.discounting()?;
        let factors: Vec<f64> = (0..years)
            .map(|y| discounting.factor(f64::from(y)))
            .collect();

        let transfer: Vec<bool> = (costs.categories.iter())
            .map(|c| scenario.views.transfers.contains(c))
            .collect();
        let mut payers: Vec<String> = costs
            .payers
            .iter()
            .filter(|p| !p.is_empty())
            .cloned()
            .collect();
        payers.extend(scenario.programme.iter().map(|p| p.payer.clone()));
        payers.sort();
        payers.dedup();
        let mut views: Vec<View> = vec![View::Societal, View::Budget(ALL.to_owned())];
        views.extend(payers.into_iter().map(View::Budget));

        // Who is observed all the way is the same in every account.
        let everything = |_: u16, _: u16| true;
        let whole = monthly(cohort, people, &spec, &everything)?;
        let observed: Vec<usize> = (0..people.len())
            .filter(|&i| adjusted.weight[i] > 0.0)
            .filter(|&i| {
                let base = &whole[i][..YEAR as usize];
                base.iter().chain(&whole[i][zero..]).all(Option::is_some)
            })
            .collect();
        for treated in [true, false] {
            if observed
                .iter()
                .filter(|&&i| people.treated[i] == treated)
                .count()
                < 2
            {
                return Err(Error::missing(
                    "a net cost",
                    "two placed and two comparison people observed from the base year to the \
                     horizon",
                    "choose an earlier `last`, a later `base`, or another design",
                ));
            }
        }
        let alive: Vec<Vec<bool>> = (observed.iter())
            .map(|&i| alive(cohort, people, i, months))
            .collect();
        let mut each = Vec::new();
        for view in views {
            cohort.interrupt().check()?;
            let keep = |category: u16, payer: u16| match &view {
                View::Societal => !transfer[usize::from(category)],
                View::Budget(all) if all == ALL => true,
                View::Budget(name) => costs.payers[usize::from(payer)] == *name,
            };
            let panel = monthly(cohort, people, &spec, &keep)?;
            let scale = market(&view, &scenario.views);
            let (once, monthly) = programme(&view, scenario);
            let cost = (observed.iter().zip(&alive))
                .map(|(&i, alive)| {
                    let ore = |m: usize| panel[i][m].unwrap_or(0) as f64 / UNIT;
                    let base = (0..YEAR as usize).map(ore).sum::<f64>() / f64::from(YEAR);
                    let mut sum = 0.0;
                    (0..months)
                        .map(|m| {
                            let mut extra = ore(zero + m) - base;
                            if people.treated[i] {
                                extra += once * f64::from(u8::from(m == 0));
                                extra += monthly * f64::from(u8::from(alive[m]));
                            }
                            sum += scale * factors[m / YEAR as usize] * extra;
                            sum
                        })
                        .collect()
                })
                .collect();
            each.push(Account { view, cost });
        }
        let people = (observed.iter())
            .map(|&i| Person {
                index: people.subjects[i].person,
                key: cohort.register().person_key(people.subjects[i].person),
                treated: people.treated[i],
                weight: adjusted.weight[i],
                days: extra_days(cohort, design, scenario, people, i),
            })
            .collect();
        Ok(Self {
            people,
            each,
            years,
        })
    }
}

/// From factor prices to those of the view.
fn market(view: &View, spec: &ViewSpec) -> f64 {
    match view {
        View::Societal => spec.net_tax_factor,
        View::Budget(_) => 1.0,
    }
}

/// What the programme costs in a view, once and by month.
fn programme(view: &View, scenario: &Scenario) -> (f64, f64) {
    let counts = |payer: &str| match view {
        View::Budget(name) => name == ALL || name == payer,
        View::Societal => true,
    };
    (scenario.programme.iter())
        .filter(|p| counts(&p.payer))
        .fold((0.0, 0.0), |(once, monthly), p| {
            (once + p.once, monthly + p.per_year / f64::from(YEAR))
        })
}

fn monthly(
    cohort: &Cohort,
    people: &People,
    spec: &CostSpec,
    keep: &Kept<'_>,
) -> Result<crate::costs::panel::Panel> {
    panel_of(
        cohort.register(),
        cohort.timeline(),
        &people.subjects,
        spec,
        keep,
        cohort.interrupt(),
    )
}

/// Whether a person lives at the start of each month since time zero.
fn alive(cohort: &Cohort, people: &People, i: usize, months: usize) -> Vec<bool> {
    let subject = people.subjects[i];
    let track = cohort.timeline().track(subject.person);
    (0..months)
        .map(|m| {
            let day = calendar::add_months(subject.zero, m as i32);
            track.on(day).state != State::Dead
        })
        .collect()
}

/// Days housed from time zero to the horizon, less as many years at the base
/// year's rate.
fn extra_days(
    cohort: &Cohort,
    design: &Design,
    scenario: &Scenario,
    people: &People,
    i: usize,
) -> f64 {
    let subject = people.subjects[i];
    let track = cohort.timeline().track(subject.person);
    let day = |year: i32| calendar::add_months(subject.zero, YEAR * year);
    let years = design.last + 1;
    let after = housed(track, &scenario.housed, day(0), day(years));
    let before = housed(
        track,
        &scenario.housed,
        day(design.base),
        day(design.base + 1),
    );
    after - f64::from(years) * before
}

fn housed(track: Track<'_>, states: &[State], from: calendar::Day, to: calendar::Day) -> f64 {
    track
        .known()
        .filter(|s| states.contains(&s.state))
        .map(|s| f64::from((s.end.min(to) - s.start.max(from)).max(0)))
        .sum()
}
