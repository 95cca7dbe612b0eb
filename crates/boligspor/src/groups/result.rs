//! Groups compared: tests, differences, and the adjusted curves.

use polars::prelude::DataFrame;

use boligspor_estimate::adjusted::Contrast;
use boligspor_estimate::{Difference, GroupTest, holm, independent_difference};

use super::adjusted::{Adjusted, Found, adjusted};
use super::losses::LossSummary;
use super::spec::GroupsSpec;
use crate::cohort::Cohort;
use crate::days::{self, DaysHoused, DaysSpec};
use crate::error::Result;
use crate::lang::Lang;
use crate::retention::{CurveSpec, CurveSummary, Definition};
use crate::tidy::{Tidy, finite};

/// Groups of a cohort, compared by one definition.
#[derive(Clone, Debug)]
pub struct GroupComparison {
    definition: Definition,
    spec: GroupsSpec,
    pub(super) cohort: [String; 2],
    /// Whose groups these are.
    pub(super) people: Option<Cohort>,
    tests: DataFrame,
    shares: DataFrame,
    days: DataFrame,
    adjusted: Option<DataFrame>,
    balance: Option<DataFrame>,
    warnings: [Vec<String>; 2],
}

impl GroupComparison {
    /// The definition compared by.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// What was asked for.
    pub fn spec(&self) -> &GroupsSpec {
        &self.spec
    }

    /// Comparison, definition and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        format!(
            "{} {} {cohort}",
            self.spec.describe(lang),
            self.definition.describe(lang)
        )
    }

    /// A row a test of the time to the first loss: `test` (`log_rank`, where
    /// competing events censor; `gray`, where they do not), `groups`,
    /// `statistic`, `df`, `p_value`. Empty where fewer than two groups can lose
    /// a home.
    pub fn tests(&self) -> &DataFrame {
        &self.tests
    }

    /// A row a horizon and two groups: `horizon`, `unit`, `from_group`,
    /// `to_group`, `from_share`, `to_share`, `difference` (the second less the
    /// first), `std_error`, `low`, `high`, `p_value`, and `p_holm`, adjusted for
    /// all pairs at the horizon.
    pub fn shares(&self) -> &DataFrame {
        &self.shares
    }

    /// A row two groups: expected days in a dwelling, columns as in
    /// [`DaysHoused::differences`].
    pub fn days(&self) -> &DataFrame {
        &self.days
    }

    /// The groups made alike: `method` (`weighting`, `doubly_robust`), `group`,
    /// `reference`, `quantity` (`share`, or `days` kept within the horizon),
    /// `horizon`, `unit`, `group_estimate`, `reference_estimate`, `difference`
    /// (the group less the reference), `std_error`, `low`, `high`. `None` where
    /// nothing is adjusted for.
    pub fn adjusted(&self) -> Option<&DataFrame> {
        self.adjusted.as_ref()
    }

    /// How alike the weights made the groups: `group`, `reference`, `term`,
    /// `before` and `after` as standardised differences, and `effective`, how
    /// many people the group's weights amount to.
    pub fn balance(&self) -> Option<&DataFrame> {
        self.balance.as_ref()
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Compares the groups of a cohort.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) for choices that do not fit or a name that is no column.
///
/// ```no_run
/// # use boligspor::{cohort::Cohort, groups::{self, GroupsSpec}, retention::Definition};
/// # fn f(cohort: &Cohort) -> boligspor::Result<()> {
/// let spec = GroupsSpec {
///     adjust: vec!["age_group".into(), "sex".into()],
///     ..GroupsSpec::new("support_method")
/// };
/// let compared = groups::compare(cohort, &Definition::preset("odense_vive")?, &spec)?;
/// println!("{}", compared.tests());
/// # Ok(()) }
/// ```
pub fn compare(
    cohort: &Cohort,
    definition: &Definition,
    spec: &GroupsSpec,
) -> Result<GroupComparison> {
    spec.validate(definition)?;
    let divided = cohort.stratified([spec.by.clone()])?;
    let tests = LossSummary::observe(&divided, definition)?.tests().ok();
    let shares = shares(&divided, definition, spec)?;
    let days = days::estimate(
        &divided,
        &DaysSpec {
            within: spec.within,
            level: spec.level,
            ..DaysSpec::default()
        },
    )?;
    let found = adjusted(cohort, definition, spec)?;
    let warnings =
        [Lang::Da, Lang::En].map(|lang| warnings(&divided, found.as_ref(), tests.is_some(), lang));
    Ok(GroupComparison {
        definition: definition.clone(),
        spec: spec.clone(),
        cohort: [cohort.describe(Lang::Da), cohort.describe(Lang::En)],
        people: Some(cohort.clone()),
        tests: tests_table(tests.as_ref())?,
        shares,
        days: housed(&days)?,
        adjusted: found
            .as_ref()
            .map(|f| adjusted_table(f, definition, spec))
            .transpose()?,
        balance: found.as_ref().map(balance_table).transpose()?,
        warnings,
    })
}

fn tests_table(tests: Option<&[(&'static str, GroupTest); 2]>) -> Result<DataFrame> {
    let tests: &[(&str, GroupTest)] = tests.map_or(&[], |t| t.as_slice());
    let number = |of: &dyn Fn(&GroupTest) -> f64| -> Vec<Option<f64>> {
        tests.iter().map(|(_, t)| finite(of(t))).collect()
    };
    let count = |of: &dyn Fn(&GroupTest) -> usize| -> Vec<i32> {
        tests.iter().map(|(_, t)| of(t) as i32).collect()
    };
    Tidy::new(&[], &[])
        .with("test", tests.iter().map(|(n, _)| *n).collect::<Vec<_>>())
        .with("groups", count(&|t| t.observed.len()))
        .with("statistic", number(&|t| t.statistic))
        .with("df", count(&|t| t.df))
        .with("p_value", number(&|t| t.p_value))
        .build()
}

/// Differences between every two groups, under way.
#[derive(Default)]
struct Pairs {
    from: Vec<String>,
    to: Vec<String>,
    shares: Vec<[f64; 2]>,
    found: Vec<Difference>,
    p_holm: Vec<f64>,
}

impl Pairs {
    /// Every two of some groups, adjusted for their number.
    fn push(&mut self, groups: &[(String, (f64, f64))], level: f64) -> Result<()> {
        let first = self.found.len();
        for (i, (a, one)) in groups.iter().enumerate() {
            for (b, other) in &groups[i + 1..] {
                self.from.push(a.clone());
                self.to.push(b.clone());
                self.shares.push([one.0, other.0]);
                self.found
                    .push(independent_difference(*one, *other, level)?);
            }
        }
        let p: Vec<f64> = self.found[first..].iter().map(|d| d.p_value).collect();
        self.p_holm.extend(holm(&p));
        Ok(())
    }
}

fn shares(cohort: &Cohort, definition: &Definition, spec: &GroupsSpec) -> Result<DataFrame> {
    let summary = CurveSummary::observe(cohort, definition)?;
    let curve = CurveSpec {
        level: spec.level,
        ..CurveSpec::default()
    };
    let mut pairs = Pairs::default();
    let (mut horizon, mut unit) = (Vec::new(), Vec::new());
    for &h in &definition.horizons {
        let groups = summary.retained_at(h, &curve)?;
        let before = pairs.found.len();
        pairs.push(&groups, spec.level)?;
        for _ in before..pairs.found.len() {
            horizon.push(h as i32);
            unit.push(definition.unit.code());
        }
    }
    let column = |of: &dyn Fn(&Difference) -> f64| -> Vec<Option<f64>> {
        pairs.found.iter().map(|d| finite(of(d))).collect()
    };
    let share =
        |i: usize| -> Vec<Option<f64>> { pairs.shares.iter().map(|s| finite(s[i])).collect() };
    let p_holm: Vec<Option<f64>> = pairs.p_holm.iter().map(|p| finite(*p)).collect();
    Tidy::new(&[], &[])
        .with("horizon", horizon)
        .with("unit", unit)
        .with("from_group", pairs.from.clone())
        .with("to_group", pairs.to.clone())
        .with("from_share", share(0))
        .with("to_share", share(1))
        .with("difference", column(&|d| d.estimate))
        .with("std_error", column(&|d| d.std_error))
        .with("low", column(&|d| d.interval.low))
        .with("high", column(&|d| d.interval.high))
        .with("p_value", column(&|d| d.p_value))
        .with("p_holm", p_holm)
        .build()
}

/// The differences in days housed alone.
fn housed(days: &DaysHoused) -> Result<DataFrame> {
    let table = days.differences();
    let mask = table
        .column("state")
        .and_then(|c| c.str().cloned())
        .map_err(|e| crate::cohort::unexpected(&e))?
        .iter()
        .map(|s| s == Some("housed"))
        .collect();
    table
        .filter(&mask)
        .map_err(|e| crate::cohort::unexpected(&e))
}

fn adjusted_table(found: &Found, definition: &Definition, spec: &GroupsSpec) -> Result<DataFrame> {
    // Method, group, quantity, horizon, unit, and the three contrasts.
    type Line<'a> = (&'a Adjusted, &'static str, i32, &'static str, [Contrast; 3]);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for pair in &found.pairs {
        let c = &pair.curves;
        for (i, &h) in definition.horizons.iter().enumerate() {
            let contrasts = [c.survival[1][i], c.survival[0][i], c.difference[i]];
            lines.push((pair, "share", h as i32, definition.unit.code(), contrasts));
        }
        let days = [
            c.restricted_mean[1],
            c.restricted_mean[0],
            c.mean_difference,
        ];
        lines.push((pair, "days", spec.within as i32, "months", days));
    }
    let number = |of: &dyn Fn(&[Contrast; 3]) -> f64| -> Vec<Option<f64>> {
        lines.iter().map(|l| finite(of(&l.4))).collect()
    };
    let text = |of: &dyn Fn(&Line<'_>) -> String| -> Vec<String> { lines.iter().map(of).collect() };
    Tidy::new(&[], &[])
        .with("method", text(&|l| l.0.method.to_owned()))
        .with("group", text(&|l| l.0.group.clone()))
        .with("reference", text(&|_| found.reference.clone()))
        .with("quantity", text(&|l| l.1.to_owned()))
        .with("horizon", lines.iter().map(|l| l.2).collect::<Vec<_>>())
        .with("unit", text(&|l| l.3.to_owned()))
        .with("group_estimate", number(&|c| c[0].estimate))
        .with("reference_estimate", number(&|c| c[1].estimate))
        .with("difference", number(&|c| c[2].estimate))
        .with("std_error", number(&|c| c[2].std_error))
        .with("low", number(&|c| c[2].low))
        .with("high", number(&|c| c[2].high))
        .build()
}

fn balance_table(found: &Found) -> Result<DataFrame> {
    let (mut group, mut term) = (Vec::new(), Vec::new());
    let (mut before, mut after, mut effective) = (Vec::new(), Vec::new(), Vec::new());
    for pair in found.pairs.iter().filter(|p| p.method == "weighting") {
        for (name, balance) in found.terms.iter().zip(&pair.curves.balance) {
            group.push(pair.group.clone());
            term.push(name.clone());
            before.push(finite(balance.before));
            after.push(finite(balance.after));
            effective.push(finite(pair.curves.effective_size[1]));
        }
    }
    let reference = vec![found.reference.clone(); group.len()];
    Tidy::new(&[], &[])
        .with("group", group)
        .with("reference", reference)
        .with("term", term)
        .with("before", before)
        .with("after", after)
        .with("effective", effective)
        .build()
}

/// Beyond this a standardised difference is not balance (Austin 2009).
const UNBALANCED: f64 = 0.1;

fn warnings(cohort: &Cohort, found: Option<&Found>, tested: bool, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    if cohort.strata().len() < 3 || !tested {
        out.push(
            lang.pick(
                "der er ikke to grupper, der kan miste en bolig: der er intet at teste",
                "there are not two groups that can lose a home: there is nothing to test",
            )
            .to_owned(),
        );
    }
    out.push(crate::level::case_mix(lang));
    let Some(found) = found else {
        return out;
    };
    if !found.left_out.is_empty() {
        let names = found.left_out.join(", ");
        out.push(match lang {
            Lang::Da => format!(
                "kan ikke sammenlignes justeret, da for få har mistet en bolig eller sammenhængen \
                 ikke kan beregnes: {names}"
            ),
            Lang::En => format!(
                "cannot be compared adjusted, since too few lost a home or the models cannot be \
                 fitted: {names}"
            ),
        });
    }
    let apart = |p: &&Adjusted| {
        p.method == "weighting" && p.curves.balance.iter().any(|b| b.after.abs() > UNBALANCED)
    };
    let groups: Vec<&str> = found
        .pairs
        .iter()
        .filter(apart)
        .map(|p| p.group.as_str())
        .collect();
    if !groups.is_empty() {
        let names = groups.join(", ");
        out.push(match lang {
            Lang::Da => format!(
                "vægtene gør ikke disse grupper ens med sammenligningsgruppen (standardiseret \
                 forskel over 0,1): {names}"
            ),
            Lang::En => format!(
                "the weights do not make these groups like the reference (standardised difference \
                 over 0.1): {names}"
            ),
        });
    }
    out
}
