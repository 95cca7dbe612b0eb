//! Who pays what, under each of several sets of rules, on the same stays.

use boligspor_estimate::mean_interval::ReplicatedMean;
use polars::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apply::{Applied, apply};
use super::rules::{RuleBook, RuleSet};
use crate::cohort::Cohort;
use crate::costs::exposure;
use crate::costs::pricing;
use crate::costs::result::UNIT;
use crate::costs::sums::Rule;
use crate::costs::{CostSpec, CostSummary};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::tidy::Tidy;

/// The name under which no day is refunded.
const NONE: &str = "none";

/// Who pays what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefundSpec {
    /// Sets of rules, the first compared with each of the others; `none` for
    /// no refund at all, `name@2016-01-01` for a set as if it had taken effect
    /// on that day.
    pub rules: Vec<String>,
    /// A rule file of your own, relative to the study file; left out: the
    /// Danish rules shipped with the library.
    pub file: Option<String>,
    /// How costs are counted. Amounts must be before refunds.
    pub costs: CostSpec,
}

impl Default for RefundSpec {
    fn default() -> Self {
        Self {
            rules: vec!["before_2023".into(), "denmark".into()],
            file: None,
            costs: CostSpec::default(),
        }
    }
}

impl RefundSpec {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        self.costs.validate()?;
        let repeated = |(i, name): (usize, &String)| self.rules[..i].contains(name);
        if self.rules.is_empty() || self.rules.iter().enumerate().any(repeated) {
            return Err(Error::option(
                "refunds.rules",
                "is empty or names a set twice",
                "name one or more sets, such as before_2023 and denmark",
            ));
        }
        Ok(())
    }
}

/// Who pays what under each set of rules.
#[derive(Clone, Debug)]
pub struct WhoPays {
    table: DataFrame,
    changes: DataFrame,
    days: DataFrame,
    rules: DataFrame,
    says: [String; 2],
    warnings: [Vec<String>; 2],
}

impl WhoPays {
    /// The table of a cost trajectory for each set of rules, `rules` its first
    /// column.
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// What each payer pays more under every other set than under the first:
    /// `from_rules, to_rules`, the strata, `period, payer, difference`
    /// (currency units on observed days), `difference_per_person_year, low,
    /// high` (95 % by the same bootstrap of persons under both sets).
    pub fn changes(&self) -> &DataFrame {
        &self.changes
    }

    /// Days by set, rule and calendar year: `rules, rule, year, days` (in
    /// force and used), `refunded_days, people` (with a refunded day).
    pub fn days(&self) -> &DataFrame {
        &self.days
    }

    /// The rules: `rules, rule, covers, rate, from, until, says, source,
    /// certainty, assumptions`.
    pub fn rules(&self) -> &DataFrame {
        &self.rules
    }

    /// Rules, costs and cohort in words.
    pub fn describe(&self, lang: Lang) -> &str {
        &self.says[usize::from(lang == Lang::En)]
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Puts a cohort's costs under each set of rules.
///
/// # Errors
/// As [`CostSummary::observe`], and [`Error::Option`] for a set that the book
/// lacks.
pub fn who_pays(cohort: &Cohort, spec: &RefundSpec, book: &RuleBook) -> Result<WhoPays> {
    spec.validate()?;
    let source = spec.costs.source;
    let spec = &RefundSpec {
        costs: CostSpec {
            source: source.settled(cohort.register().costs().is_some()),
            ..spec.costs.clone()
        },
        ..spec.clone()
    };
    let sets: Vec<Option<RuleSet>> = spec
        .rules
        .iter()
        .map(|name| match name.as_str() {
            NONE => Ok(None),
            name => book.set(name).map(Some),
        })
        .collect::<Result<_>>()?;
    let members = cohort.members();
    let costs = pricing::all_costs(cohort, source, |member| {
        exposure::outer(&spec.costs, members.zero[member])
    })?;
    // The same payers under every set, so that their sums can be compared.
    let mut payers = costs.payers.clone();
    for set in sets.iter().flatten() {
        payers.extend([set.payer.clone(), set.refunded_by.clone()]);
    }
    payers.sort();
    payers.dedup();
    let mut applied: Vec<(Applied, CostSummary)> = Vec::new();
    for set in &sets {
        let one = apply(cohort, &costs, set.as_ref(), spec.costs.source, &payers)?;
        let summary = CostSummary::observe_costs(cohort, &spec.costs, &one.costs)?;
        applied.push((one, summary));
    }
    let summaries: Vec<&CostSummary> = applied.iter().map(|a| &a.1).collect();
    Ok(WhoPays {
        table: table(&spec.rules, &summaries)?,
        changes: changes(&spec.rules, &summaries)?,
        days: days(&spec.rules, &sets, &applied)?,
        rules: rules(&spec.rules, &sets)?,
        says: [Lang::Da, Lang::En].map(|lang| describe(cohort, spec, book, &sets, lang)),
        warnings: [Lang::Da, Lang::En].map(|lang| warnings(&spec.rules, &sets, &applied, lang)),
    })
}

fn unexpected(e: &PolarsError) -> Error {
    Error::table("result", None, crate::error::kind(e), "please report this")
}

fn table(names: &[String], summaries: &[&CostSummary]) -> Result<DataFrame> {
    let mut all: Option<DataFrame> = None;
    for (name, summary) in names.iter().zip(summaries) {
        let mut one = summary.estimate()?.table().clone();
        let column = Column::new("rules".into(), vec![name.as_str(); one.height()]);
        one.insert_column(0, column).map_err(|e| unexpected(&e))?;
        all = Some(match all {
            None => one,
            Some(all) => all.vstack(&one).map_err(|e| unexpected(&e))?,
        });
    }
    Ok(all.unwrap_or_default())
}

fn changes(names: &[String], summaries: &[&CostSummary]) -> Result<DataFrame> {
    let first = summaries[0];
    let (shape, spec) = (&first.shape, &first.spec);
    let (categories, all) = (shape.categories.len(), shape.payers.len());
    let rule = Rule::by(spec.death);
    let mut levels: Vec<Vec<String>> = Vec::new();
    let (mut from, mut to, mut period, mut payer) = (vec![], vec![], vec![], vec![]);
    let (mut total, mut difference, mut low, mut high) = (vec![], vec![], vec![], vec![]);
    for (name, other) in names.iter().zip(summaries).skip(1) {
        for ((l, a), (_, b)) in first.strata().iter().zip(other.strata()) {
            for p in 0..shape.periods {
                for y in (0..=all).rev() {
                    let key = shape.key(p, categories, y);
                    let more = b.cell(rule, key).total - a.cell(rule, key).total;
                    let means = [a, b].map(|sums| sums.mean(shape, rule, [p, categories, y]));
                    let change = match &means {
                        [Some(a), Some(b)] => {
                            Some(ReplicatedMean::combination(&[(-1.0, a), (1.0, b)]))
                        }
                        _ => None,
                    };
                    let interval = first.interval_of(change.as_ref())?;
                    levels.push(l.clone());
                    from.push(names[0].as_str());
                    to.push(name.as_str());
                    period.push(spec.first + p as i32);
                    payer.push(
                        shape
                            .payers
                            .get(y)
                            .map_or(crate::cohort::ALL, String::as_str),
                    );
                    total.push(more as f64 / UNIT);
                    difference.push(change.map(|c| c.estimate));
                    low.push(interval.map(|i| i.low));
                    high.push(interval.map(|i| i.high));
                }
            }
        }
    }
    let rows: Vec<&[String]> = levels.iter().map(Vec::as_slice).collect();
    Tidy::new(&first.strata, &rows)
        .with("from_rules", from)
        .with("to_rules", to)
        .with("period", period)
        .with("payer", payer)
        .with("difference", total)
        .with("difference_per_person_year", difference)
        .with("low", low)
        .with("high", high)
        .build()
}

fn days(
    names: &[String],
    sets: &[Option<RuleSet>],
    applied: &[(Applied, CostSummary)],
) -> Result<DataFrame> {
    let (mut set_name, mut rule, mut year) = (vec![], vec![], vec![]);
    let (mut used, mut back, mut people) = (vec![], vec![], vec![]);
    for ((name, set), (one, _)) in names.iter().zip(sets).zip(applied) {
        let Some(set) = set else { continue };
        for ((i, y), days) in &one.days {
            set_name.push(name.as_str());
            rule.push(set.rules[*i].id.as_str());
            year.push(*y);
            used.push(days.days as i64);
            back.push(days.refunded as i64);
            people.push(days.people as i64);
        }
    }
    let none: Vec<&[String]> = vec![&[]; year.len()];
    Tidy::new(&[], &none)
        .with("rules", set_name)
        .with("rule", rule)
        .with("year", year)
        .with("days", used)
        .with("refunded_days", back)
        .with("people", people)
        .build()
}

/// The rules of sets as a table.
pub(super) fn rules(names: &[String], sets: &[Option<RuleSet>]) -> Result<DataFrame> {
    let all: Vec<(&str, &super::Rule)> = names
        .iter()
        .zip(sets)
        .flat_map(|(name, set)| {
            set.iter()
                .flat_map(move |s| s.rules.iter().map(move |r| (name.as_str(), r)))
        })
        .collect();
    let text = |f: &dyn Fn(&super::Rule) -> String| all.iter().map(|r| f(r.1)).collect::<Vec<_>>();
    let date = |d: Option<crate::calendar::Date>| d.map(|d| d.to_string());
    let none: Vec<&[String]> = vec![&[]; all.len()];
    Tidy::new(&[], &none)
        .with("rules", all.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("rule", text(&|r| r.id.clone()))
        .with("covers", text(&|r| r.covers.clone()))
        .with("rate", all.iter().map(|r| r.1.rate).collect::<Vec<_>>())
        .with(
            "from",
            all.iter().map(|r| date(r.1.from)).collect::<Vec<_>>(),
        )
        .with(
            "until",
            all.iter().map(|r| date(r.1.until)).collect::<Vec<_>>(),
        )
        .with("says", text(&|r| r.says.clone()))
        .with("source", text(&|r| r.source.clone()))
        .with("certainty", text(&|r| r.certainty.code().into()))
        .with("assumptions", text(&|r| r.assumptions.join(" ")))
        .build()
}

fn describe(
    cohort: &Cohort,
    spec: &RefundSpec,
    book: &RuleBook,
    sets: &[Option<RuleSet>],
    lang: Lang,
) -> String {
    let titles: Vec<String> = spec
        .rules
        .iter()
        .zip(sets)
        .map(|(name, set)| {
            let title = set
                .as_ref()
                .map_or(lang.pick("ingen refusion", "no refund"), |s| s.title(lang));
            format!("{name}: {title}")
        })
        .collect();
    let titles = titles.join("; ");
    let book = book.title();
    let (costs, cohort) = (spec.costs.describe(lang), cohort.describe(lang));
    match lang {
        Lang::Da => format!(
            "Hvem der betaler de samme ophold efter forskellige refusionsregler ({book}): {titles}. \
             Kommunens udgift er regnet før refusion; den refunderede del af de dage, en regel \
             dækker, flyttes til den, der refunderer. Adfærd er uændret. {costs} {cohort}"
        ),
        Lang::En => format!(
            "Who pays for the same stays under different refund rules ({book}): {titles}. The \
             municipality's spending is counted before refunds; the refunded share of the days a \
             rule covers is moved to who refunds it. Behaviour is unchanged. {costs} {cohort}"
        ),
    }
}

fn warnings(
    names: &[String],
    sets: &[Option<RuleSet>],
    applied: &[(Applied, CostSummary)],
    lang: Lang,
) -> Vec<String> {
    let mut out = Vec::new();
    for ((name, set), (one, _)) in names.iter().zip(sets).zip(applied) {
        let Some(set) = set else { continue };
        if !one.any_covered {
            let known: Vec<&str> = set
                .services
                .values()
                .flatten()
                .map(String::as_str)
                .collect();
            let known = known.join(", ");
            out.push(match lang {
                Lang::Da => format!("ingen udgift er af en kategori, som {name} dækker ({known})"),
                Lang::En => format!("no cost is of a category that {name} covers ({known})"),
            });
        }
        if one.refunded_before {
            let by = &set.refunded_by;
            out.push(match lang {
                Lang::Da => format!(
                    "en del af det, {name} refunderer, er allerede betalt af `{by}`: beløb skal \
                     være før refusion, ellers refunderes de to gange"
                ),
                Lang::En => format!(
                    "a part of what {name} refunds is already paid by `{by}`: amounts must be \
                     before refunds, or they are refunded twice"
                ),
            });
        }
        let inferred = set
            .rules
            .iter()
            .filter(|r| !r.assumptions.is_empty())
            .count();
        if inferred > 0 {
            out.push(match lang {
                Lang::Da => format!(
                    "{inferred} regler i {name} hviler også på antagelser, hvor kilden lader et \
                     valg stå åbent: se tabellen over regler"
                ),
                Lang::En => format!(
                    "{inferred} rules of {name} also rest on assumptions where the source leaves a \
                     choice: see the table of rules"
                ),
            });
        }
    }
    out.dedup();
    out
}
