//! Net cost as tables, words and warnings.

use boligspor_estimate::mean_interval::MeanMethod;
use boligspor_estimate::{
    CostEffectiveness, CostsAndEffects, Interval, RatioSet, weighted_cost_effectiveness,
};
use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::super::adjust::Adjusted;
use super::super::design::Design;
use super::super::people::People;
use super::super::release::Compared;
use super::accounts::{Account, Accounts};
use super::curve::{Curve, difference};
use super::scenario::Scenario;
use crate::LEVEL;
use crate::cohort::{ALL, Cohort};
use crate::costs::View;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::Estimate;
use crate::tidy::{Tidy, finite};

/// Fewer people in an arm than this is flagged.
const FEW: usize = 40;

/// What it costs to house someone, by payer, against people not placed. Made by
/// [`net_cost`].
#[derive(Clone, Debug)]
pub struct NetCost {
    design: Design,
    scenario: Scenario,
    cohort: [String; 2],
    table: DataFrame,
    curve: DataFrame,
    per_day: DataFrame,
    plane: DataFrame,
    acceptability: DataFrame,
    warnings: [Vec<String>; 2],
    pub(in crate::effect) people: Cohort,
    pub(in crate::effect) compared: Compared,
    pub(in crate::effect) accounts: Vec<Accounted>,
}

/// An account's answers as they are offered for release.
#[derive(Clone, Debug)]
pub(in crate::effect) struct Accounted {
    pub(in crate::effect) view: View,
    pub(in crate::effect) years: i32,
    /// Net cost per person-year.
    pub(in crate::effect) per_year: Option<Estimate>,
    /// Cost of an extra day housed, where that is an interval.
    pub(in crate::effect) per_day: Option<Estimate>,
    /// The month from whose end on the net cost is none.
    pub(in crate::effect) break_even: Option<Estimate>,
}

/// One account with its answers.
struct Answer<'a> {
    account: &'a Account,
    net: (f64, f64, [Option<f64>; 2]),
    curve: Curve,
    plane: CostEffectiveness,
}

/// Net cost of placing a cohort's people, by a design and a scenario.
///
/// # Errors
/// As [`compare_costs`](super::super::compare_costs);
/// [`Error::Option`](crate::Error::Option) for a scenario that cannot be used.
pub fn net_cost(cohort: &Cohort, design: &Design, scenario: &Scenario) -> Result<NetCost> {
    design.validate()?;
    scenario.validate()?;
    let people = People::gather(cohort, design)?;
    let adjusted = Adjusted::of(cohort.register(), &people, design)?;
    let gathered = Accounts::gather(cohort, design, scenario, &people, &adjusted)?;
    let answers = gathered
        .each
        .par_iter()
        .map(|account| answer(&gathered, account, scenario))
        .collect::<Result<Vec<_>>>()?;
    Ok(NetCost {
        design: design.clone(),
        scenario: scenario.clone(),
        cohort: [cohort.describe(Lang::Da), cohort.describe(Lang::En)],
        table: table(&gathered, &answers)?,
        curve: curve(&answers)?,
        per_day: per_day(&answers)?,
        plane: plane(&answers)?,
        acceptability: acceptability(&answers, scenario)?,
        warnings: [Lang::Da, Lang::En].map(|lang| warnings(&gathered, &answers, scenario, lang)),
        people: cohort.clone(),
        compared: Compared::new(
            gathered.people.iter().map(|p| (p.index, p.treated)),
            adjusted.parameters(),
        ),
        accounts: answers
            .iter()
            .map(|a| accounted(a, gathered.years))
            .collect(),
    })
}

fn answer<'a>(
    gathered: &Accounts,
    account: &'a Account,
    scenario: &Scenario,
) -> Result<Answer<'a>> {
    let people = &gathered.people;
    let replicates = scenario.replicates as usize;
    let last = |i: usize| account.cost[i].last().copied().unwrap_or(0.0);
    let net = difference(people, last, scenario.seed, replicates);
    let interval = net.interval(MeanMethod::BootstrapT, LEVEL)?;
    let cost: Vec<f64> = (0..people.len()).map(last).collect();
    let effect: Vec<f64> = people.iter().map(|p| p.days).collect();
    let treated: Vec<bool> = people.iter().map(|p| p.treated).collect();
    let key: Vec<u64> = people.iter().map(|p| p.key).collect();
    let weights: Vec<f64> = people.iter().map(|p| p.weight).collect();
    let data = CostsAndEffects {
        cost: &cost,
        effect: &effect,
        treated: &treated,
        key: Some(&key),
        weights: Some(&weights),
    };
    let plane = weighted_cost_effectiveness(&data, replicates, scenario.seed, LEVEL)?;
    Ok(Answer {
        account,
        net: (
            net.estimate,
            net.std_error,
            [interval.map(|i| i.low), interval.map(|i| i.high)],
        ),
        curve: Curve::of(people, account, scenario.seed, replicates)?,
        plane,
    })
}

impl NetCost {
    /// The design it rests on.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Scenario, design and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        let (scenario, design) = (self.scenario.describe(lang), self.design.describe(lang));
        format!("{scenario} {design} {cohort}")
    }

    /// Net cost by account: `view` (`societal`, `budget`), `payer` (of a budget;
    /// `all` for all of them), `years` of the horizon, `net_cost` per person over
    /// it, `std_error`, `net_cost_per_year` with its studentised `low` and `high`,
    /// `break_even_month` (the first from whose end on the net cost is none),
    /// `break_even_low`, `break_even_high`, `break_even_share` of replicates,
    /// `placed`, `comparators`. The societal account is in market prices.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Net cost per person from time zero to the end of each `month`, by account:
    /// `cumulative`, `low`, `high` (pointwise, normal).
    pub fn curve(&self) -> &DataFrame {
        &self.curve
    }

    /// The cost of an extra day housed by account: `cost_difference`,
    /// `days_difference`, `ratio`, its `fieller` set (`interval`, `outside` the two
    /// numbers, or `everything`) with `fieller_low` and `fieller_high`, the
    /// percentile interval `bootstrap_low`, `bootstrap_high`, and the shares of the
    /// plane's quadrants.
    pub fn per_day(&self) -> &DataFrame {
        &self.per_day
    }

    /// The plane: `days` and `cost` of each `replicate`, of all payers and society.
    pub fn plane(&self) -> &DataFrame {
        &self.plane
    }

    /// The acceptability curve by `price` of a day, of all payers and society:
    /// `net_benefit`, `low`, `high`, and the share of replicates `acceptable`.
    pub fn acceptability(&self) -> &DataFrame {
        &self.acceptability
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }

    /// Every table, by its name.
    pub fn tables(&self) -> [(&'static str, &DataFrame); 5] {
        [
            ("table", &self.table),
            ("curve", &self.curve),
            ("per_day", &self.per_day),
            ("plane", &self.plane),
            ("acceptability", &self.acceptability),
        ]
    }
}

fn accounted(answer: &Answer<'_>, years: i32) -> Accounted {
    let whole = |value: f64, ends: [Option<f64>; 2]| {
        Some(Estimate {
            value,
            low: ends[0]?,
            high: ends[1]?,
        })
    };
    let (net, of) = (&answer.net, f64::from(years));
    let ends = |interval: Interval| [Some(interval.low), Some(interval.high)];
    Accounted {
        view: answer.account.view.clone(),
        years,
        per_year: whole(net.0 / of, net.2.map(|end| end.map(|end| end / of))),
        per_day: match (answer.plane.ratio, answer.plane.fieller) {
            (Some(ratio), RatioSet::Interval(interval)) => whole(ratio, ends(interval)),
            _ => None,
        },
        break_even: (answer.curve.break_even.zip(answer.curve.interval))
            .and_then(|(month, interval)| whole(month as f64, ends(interval))),
    }
}

fn code(view: &View) -> &'static str {
    match view {
        View::Budget(_) => "budget",
        View::Societal => "societal",
    }
}

fn payer(view: &View) -> Option<&str> {
    match view {
        View::Budget(payer) => Some(payer),
        View::Societal => None,
    }
}

/// Society's account and the sum of all budgets, which have curves of their own.
fn joint(view: &View) -> bool {
    match view {
        View::Societal => true,
        View::Budget(payer) => payer == ALL,
    }
}

fn table(gathered: &Accounts, answers: &[Answer<'_>]) -> Result<DataFrame> {
    let years = f64::from(gathered.years);
    let column = |of: &dyn Fn(&Answer<'_>) -> Option<f64>| -> Vec<Option<f64>> {
        answers.iter().map(of).collect()
    };
    let count = |treated: bool| {
        let n = gathered.people.iter().filter(|p| p.treated == treated);
        vec![n.count() as i64; answers.len()]
    };
    named(answers.iter().map(|a| &a.account.view))
        .with("years", vec![gathered.years; answers.len()])
        .with("net_cost", column(&|a| finite(a.net.0)))
        .with("std_error", column(&|a| finite(a.net.1)))
        .with("net_cost_per_year", column(&|a| finite(a.net.0 / years)))
        .with("low", column(&|a| a.net.2[0].map(|l| l / years)))
        .with("high", column(&|a| a.net.2[1].map(|h| h / years)))
        .with(
            "break_even_month",
            answers
                .iter()
                .map(|a| a.curve.break_even.map(|m| m as i64))
                .collect::<Vec<_>>(),
        )
        .with(
            "break_even_low",
            column(&|a| a.curve.interval.map(|i| i.low)),
        )
        .with(
            "break_even_high",
            column(&|a| a.curve.interval.map(|i| i.high)),
        )
        .with("break_even_share", column(&|a| a.curve.share))
        .with("placed", count(true))
        .with("comparators", count(false))
        .build()
}

/// A table that begins with its accounts.
fn named<'a>(views: impl Iterator<Item = &'a View>) -> Tidy {
    let views: Vec<&View> = views.collect();
    Tidy::new(&[], &[])
        .with("view", views.iter().map(|v| code(v)).collect::<Vec<_>>())
        .with("payer", views.iter().map(|v| payer(v)).collect::<Vec<_>>())
}

fn curve(answers: &[Answer<'_>]) -> Result<DataFrame> {
    let rows: Vec<_> = answers
        .iter()
        .flat_map(|a| {
            let points = a.curve.points.iter().enumerate();
            points.map(move |(m, point)| (&a.account.view, m as i64 + 1, point))
        })
        .collect();
    named(rows.iter().map(|r| r.0))
        .with("month", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with(
            "cumulative",
            rows.iter()
                .map(|r| finite(r.2.estimate))
                .collect::<Vec<_>>(),
        )
        .with(
            "low",
            rows.iter()
                .map(|r| r.2.interval.map(|i| i.low))
                .collect::<Vec<_>>(),
        )
        .with(
            "high",
            rows.iter()
                .map(|r| r.2.interval.map(|i| i.high))
                .collect::<Vec<_>>(),
        )
        .build()
}

fn per_day(answers: &[Answer<'_>]) -> Result<DataFrame> {
    let column = |of: &dyn Fn(&CostEffectiveness) -> Option<f64>| -> Vec<Option<f64>> {
        answers.iter().map(|a| of(&a.plane)).collect()
    };
    let ends = |set: RatioSet| match set {
        RatioSet::Interval(i) => ("interval", finite(i.low), finite(i.high)),
        RatioSet::Outside { below, above } => ("outside", finite(below), finite(above)),
        RatioSet::Everything => ("everything", None, None),
    };
    named(answers.iter().map(|a| &a.account.view))
        .with("cost_difference", column(&|p| finite(p.difference.cost)))
        .with("days_difference", column(&|p| finite(p.difference.effect)))
        .with("ratio", column(&|p| p.ratio))
        .with(
            "fieller",
            answers
                .iter()
                .map(|a| ends(a.plane.fieller).0)
                .collect::<Vec<_>>(),
        )
        .with("fieller_low", column(&|p| ends(p.fieller).1))
        .with("fieller_high", column(&|p| ends(p.fieller).2))
        .with("bootstrap_low", column(&|p| p.bootstrap.map(|i| i.low)))
        .with("bootstrap_high", column(&|p| p.bootstrap.map(|i| i.high)))
        .with(
            "more_for_more",
            column(&|p| finite(p.quadrants().more_for_more)),
        )
        .with(
            "more_for_less",
            column(&|p| finite(p.quadrants().more_for_less)),
        )
        .with(
            "less_for_less",
            column(&|p| finite(p.quadrants().less_for_less)),
        )
        .with(
            "less_for_more",
            column(&|p| finite(p.quadrants().less_for_more)),
        )
        .build()
}

fn plane(answers: &[Answer<'_>]) -> Result<DataFrame> {
    let rows: Vec<_> = answers
        .iter()
        .filter(|a| joint(&a.account.view))
        .flat_map(|a| {
            let points = a.plane.plane.iter().enumerate();
            points.map(move |(b, point)| (&a.account.view, b as i64 + 1, point))
        })
        .collect();
    named(rows.iter().map(|r| r.0))
        .with("replicate", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with("days", rows.iter().map(|r| r.2.effect).collect::<Vec<_>>())
        .with("cost", rows.iter().map(|r| r.2.cost).collect::<Vec<_>>())
        .build()
}

fn acceptability(answers: &[Answer<'_>], scenario: &Scenario) -> Result<DataFrame> {
    let mut rows = Vec::new();
    for answer in answers.iter().filter(|a| joint(&a.account.view)) {
        let found = answer.plane.acceptability(&scenario.prices)?;
        let view = &answer.account.view;
        rows.extend(
            scenario
                .prices
                .iter()
                .zip(found)
                .map(|(p, b)| (view, *p, b)),
        );
    }
    named(rows.iter().map(|r| r.0))
        .with("price", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with(
            "net_benefit",
            rows.iter().map(|r| r.2.estimate).collect::<Vec<_>>(),
        )
        .with(
            "low",
            rows.iter().map(|r| r.2.interval.low).collect::<Vec<_>>(),
        )
        .with(
            "high",
            rows.iter().map(|r| r.2.interval.high).collect::<Vec<_>>(),
        )
        .with(
            "acceptable",
            rows.iter()
                .map(|r| finite(r.2.acceptable))
                .collect::<Vec<_>>(),
        )
        .build()
}

fn warnings(
    gathered: &Accounts,
    answers: &[Answer<'_>],
    scenario: &Scenario,
    lang: Lang,
) -> Vec<String> {
    let mut out = Vec::new();
    if scenario.programme.is_empty() {
        out.push(
            lang.pick(
                "scenariet har ingen programudgift: kun beløbene i tabellerne tæller, og en \
                 indsats, de ikke rummer, ser gratis ud",
                "the scenario has no programme cost: only the amounts in the tables count, and \
                 support that they lack looks free",
            )
            .to_owned(),
        );
    }
    for (treated, da, en) in [
        (true, "placerede", "people placed"),
        (false, "sammenligningspersoner", "comparison people"),
    ] {
        let n = gathered.people.iter().filter(|p| p.treated == treated);
        let n = n.count();
        if n < FEW {
            out.push(match lang {
                Lang::Da => {
                    format!("kun {n} {da} observeret hele vejen: intervallerne er for snævre")
                }
                Lang::En => format!("only {n} {en} observed all the way: intervals are too narrow"),
            });
        }
    }
    if answers
        .iter()
        .any(|a| !matches!(a.plane.fieller, RatioSet::Interval(_)))
    {
        out.push(
            lang.pick(
                "ændringen i dage i bolig kan ikke skelnes fra nul: prisen på en ekstra dag har \
                 intet interval",
                "the change in days housed is not told from zero: the cost of an extra day has no \
                 interval",
            )
            .to_owned(),
        );
    }
    out
}
