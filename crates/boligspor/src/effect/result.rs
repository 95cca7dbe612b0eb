//! The comparison as tables, words and warnings.

use polars::prelude::DataFrame;

use super::adjust::Adjusted;
use super::design::{Adjust, Design};
use super::estimate::{FromBase, estimate};
use super::naive::{Naive, Peak, before_after, peak};
use super::people::People;
use super::release::{Compared, Method, Shown};
use crate::cohort::Cohort;
use crate::costs::regression_to_the_mean;
use crate::error::Result;
use crate::lang::Lang;
use crate::release::Estimate;
use crate::tidy::{Tidy, finite};

use boligspor_estimate::comparison::ComparisonWarning;
use boligspor_estimate::did::{EffectEstimate, GroupTime};

/// Fewer people in an arm than this is flagged.
const FEW: usize = 40;

/// What placement did to costs, beside the plain before/after. Made by
/// [`compare_costs`].
///
/// Standard errors take the weights as given and are clustered by person.
#[derive(Clone, Debug)]
pub struct CostEffect {
    design: Design,
    cohort: [String; 2],
    table: DataFrame,
    contrasts: DataFrame,
    balance: DataFrame,
    attrition: [DataFrame; 2],
    means: DataFrame,
    diagnostics: DataFrame,
    warnings: [Vec<String>; 2],
    pub(super) people: Cohort,
    pub(super) compared: Compared,
    pub(super) shown: Vec<Shown>,
}

/// Compares the costs of a cohort's people with those of people not placed.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) for a design whose choices do not fit
/// or a cohort whose clock does not start at placement,
/// [`Error::Missing`](crate::Error::Missing) where the register lacks costs or
/// there is nobody to compare.
pub fn compare_costs(cohort: &Cohort, design: &Design) -> Result<CostEffect> {
    design.validate()?;
    let register = cohort.register();
    let mut people = People::gather(cohort, design)?;
    let adjusted = Adjusted::of(register, &people, design)?;
    for (arm, flow) in people.flows.iter_mut().enumerate() {
        let weighted = (people.treated.iter().zip(&adjusted.weight))
            .filter(|(treated, weight)| **treated == (arm == 0) && **weight > 0.0)
            .count();
        flow.0.push((super::people::Step::Alike, weighted as u64));
    }
    cohort.interrupt().check()?;
    let from = estimate(&people, &adjusted, design)?;
    let naive = before_after(register, &people, design)?;
    let peak = peak(&people, &adjusted.weight, design);
    Ok(CostEffect {
        cohort: [cohort.describe(Lang::Da), cohort.describe(Lang::En)],
        table: table(&from)?,
        contrasts: contrasts(&from, &naive)?,
        balance: balance_table(&adjusted)?,
        attrition: [attrition(&people, Lang::Da)?, attrition(&people, Lang::En)?],
        means: means(&people, &adjusted, design)?,
        diagnostics: diagnostics(&from, peak)?,
        warnings: [Lang::Da, Lang::En]
            .map(|lang| warnings(lang, design, &people, &adjusted, &from, peak)),
        people: cohort.clone(),
        compared: Compared::new(people.weighted(&adjusted.weight), adjusted.parameters()),
        shown: shown(&from, &naive),
        design: design.clone(),
    })
}

impl CostEffect {
    /// The design it was made by.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// Design and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        format!("{} {cohort}", self.design.describe(lang))
    }

    /// The event study, one row a base year and relative year.
    ///
    /// | column | is |
    /// |---|---|
    /// | `base` | the year changes are measured from, the design's first |
    /// | `year` | relative year; the base itself is 0 by definition |
    /// | `estimate` | currency units per person and year |
    /// | `std_error`, `low`, `high` | pointwise, clustered by person |
    /// | `band_low`, `band_high` | a 95 % band for all years together |
    /// | `treated`, `comparators` | people observed in that year and the base |
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Before/after and design side by side: `method` (`before_after`,
    /// `designed`), `base`, `year` (none: the mean of years 0 on), `estimate`,
    /// `std_error`, `low`, `high`, `persons`.
    pub fn contrasts(&self) -> &DataFrame {
        &self.contrasts
    }

    /// How alike the groups are: a row a covariate, and one a calendar year.
    pub fn balance(&self) -> &DataFrame {
        &self.balance
    }

    /// Who was left out at which step: `arm` (`placed`, `comparison`), `step`,
    /// `label`, `persons`.
    pub fn attrition(&self, lang: Lang) -> &DataFrame {
        &self.attrition[usize::from(lang == Lang::En)]
    }

    /// Mean cost per person and relative year of each arm, the comparison
    /// people under their weights: `arm`, `year`, `mean`, `persons`.
    pub fn means(&self) -> &DataFrame {
        &self.means
    }

    /// What tells of a peak: `diagnostic`, `base`, `value`, `df`, `p_value`.
    pub fn diagnostics(&self) -> &DataFrame {
        &self.diagnostics
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// What is offered for release: every effect from time zero on, and the years
/// before it from the design's own base.
fn shown(from: &[FromBase], naive: &[Naive]) -> Vec<Shown> {
    let mut out: Vec<Shown> = naive
        .iter()
        .map(|n| Shown {
            method: Method::BeforeAfter,
            base: -1,
            year: Some(n.year),
            of: Estimate {
                value: n.estimate,
                low: n.low,
                high: n.high,
            },
            persons: n.people as u64,
        })
        .collect();
    for (f, own) in from
        .iter()
        .zip([true].into_iter().chain(std::iter::repeat(false)))
    {
        let effect = |e: EffectEstimate| Estimate {
            value: e.estimate,
            low: e.low,
            high: e.high,
        };
        let smaller = |cell: &GroupTime| cell.treated.min(cell.controls) as u64;
        let years = (f.years.iter()).filter(|(year, _)| (*year >= 0 || own) && *year != f.base);
        out.extend(years.map(|(year, cell)| Shown {
            method: Method::Designed,
            base: f.base,
            year: Some(*year),
            of: effect(cell.effect),
            persons: smaller(cell),
        }));
        out.push(Shown {
            method: Method::Mean,
            base: f.base,
            year: None,
            of: effect(f.overall),
            persons: (f.years.iter().filter(|(year, _)| *year >= 0))
                .map(|(_, cell)| smaller(cell))
                .min()
                .unwrap_or(0),
        });
    }
    out
}

fn table(from: &[FromBase]) -> Result<DataFrame> {
    let rows: Vec<_> = from
        .iter()
        .flat_map(|f| {
            f.years
                .iter()
                .map(move |(year, cell)| (f.base, *year, cell))
        })
        .collect();
    let column = |of: &dyn Fn(usize) -> f64| -> Vec<Option<f64>> {
        (0..rows.len()).map(|r| finite(of(r))).collect()
    };
    Tidy::new(&[], &[])
        .with("base", rows.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("year", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with("estimate", column(&|r| rows[r].2.effect.estimate))
        .with("std_error", column(&|r| rows[r].2.effect.std_error))
        .with("low", column(&|r| rows[r].2.effect.low))
        .with("high", column(&|r| rows[r].2.effect.high))
        .with("band_low", column(&|r| rows[r].2.effect.band_low))
        .with("band_high", column(&|r| rows[r].2.effect.band_high))
        .with(
            "treated",
            rows.iter().map(|r| r.2.treated as i64).collect::<Vec<_>>(),
        )
        .with(
            "comparators",
            rows.iter().map(|r| r.2.controls as i64).collect::<Vec<_>>(),
        )
        .build()
}

/// A row of the contrasts: method, base, year, numbers, people.
type Contrast = (&'static str, i32, Option<i32>, [f64; 4], i64);

fn contrasts(from: &[FromBase], naive: &[Naive]) -> Result<DataFrame> {
    let mut rows: Vec<Contrast> = naive
        .iter()
        .map(|n| {
            let numbers = [n.estimate, n.std_error, n.low, n.high];
            ("before_after", -1, Some(n.year), numbers, n.people as i64)
        })
        .collect();
    for f in from {
        let after = f.years.iter().filter(|(year, _)| *year >= 0);
        for (year, cell) in after {
            let e = cell.effect;
            let numbers = [e.estimate, e.std_error, e.low, e.high];
            rows.push((
                "designed",
                f.base,
                Some(*year),
                numbers,
                cell.treated as i64,
            ));
        }
        let e = f.overall;
        let numbers = [e.estimate, e.std_error, e.low, e.high];
        let people = f.years.iter().map(|(_, c)| c.treated as i64).max();
        rows.push(("designed", f.base, None, numbers, people.unwrap_or(0)));
    }
    let column = |i: usize| -> Vec<Option<f64>> { rows.iter().map(|r| finite(r.3[i])).collect() };
    Tidy::new(&[], &[])
        .with("method", rows.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("base", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with("year", rows.iter().map(|r| r.2).collect::<Vec<_>>())
        .with("estimate", column(0))
        .with("std_error", column(1))
        .with("low", column(2))
        .with("high", column(3))
        .with("persons", rows.iter().map(|r| r.4).collect::<Vec<_>>())
        .build()
}

fn balance_table(adjusted: &Adjusted) -> Result<DataFrame> {
    let rows = &adjusted.balance.covariates;
    let kinds: Vec<&str> = (0..rows.len())
        .map(|i| {
            if i < adjusted.asked {
                "covariate"
            } else {
                "calendar_year"
            }
        })
        .collect();
    let mut tidy = Tidy::new(&[], &[])
        .with("term", adjusted.terms.clone())
        .with("kind", kinds);
    for (when, pick) in [
        (
            "before",
            (|c| c.before) as fn(&boligspor_estimate::comparison::balance::CovariateBalance) -> _,
        ),
        ("after", |c| c.after),
    ] {
        let found: Vec<boligspor_estimate::comparison::balance::Contrast> =
            rows.iter().map(pick).collect();
        let column = |of: fn(&boligspor_estimate::comparison::balance::Contrast) -> f64| {
            found.iter().map(|c| finite(of(c))).collect::<Vec<_>>()
        };
        tidy = tidy
            .with(&format!("treated_{when}"), column(|c| c.treated))
            .with(&format!("untreated_{when}"), column(|c| c.untreated))
            .with(&format!("difference_{when}"), column(|c| c.difference))
            .with(
                &format!("variance_ratio_{when}"),
                column(|c| c.variance_ratio),
            )
            .with(&format!("ks_{when}"), column(|c| c.ks));
    }
    tidy.build()
}

fn attrition(people: &People, lang: Lang) -> Result<DataFrame> {
    let rows: Vec<_> = [("placed", true), ("comparison", false)]
        .into_iter()
        .zip(&people.flows)
        .flat_map(|((arm, treated), flow)| {
            flow.0
                .iter()
                .map(move |(step, n)| (arm, treated, *step, *n as i64))
        })
        .collect();
    let labels: Vec<&str> = rows.iter().map(|r| r.2.label(lang, r.1)).collect();
    Tidy::new(&[], &[])
        .with("arm", rows.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("step", rows.iter().map(|r| r.2.code()).collect::<Vec<_>>())
        .with("label", labels)
        .with("persons", rows.iter().map(|r| r.3).collect::<Vec<_>>())
        .build()
}

fn means(people: &People, adjusted: &Adjusted, design: &Design) -> Result<DataFrame> {
    let (mut arms, mut years) = (Vec::new(), Vec::new());
    let (mut values, mut counts) = (Vec::new(), Vec::new());
    for (arm, treated) in [("placed", true), ("comparison", false)] {
        for year in design.first..=design.last {
            let column = (year - design.first) as usize;
            let (mut sum, mut weight, mut n) = (0.0, 0.0, 0_i64);
            for i in (0..people.len()).filter(|&i| people.treated[i] == treated) {
                if let Some(cost) = people.cost[i][column]
                    && adjusted.weight[i] > 0.0
                {
                    sum += adjusted.weight[i] * cost;
                    weight += adjusted.weight[i];
                    n += 1;
                }
            }
            arms.push(arm);
            years.push(year);
            values.push(finite(sum / weight));
            counts.push(n);
        }
    }
    Tidy::new(&[], &[])
        .with("arm", arms)
        .with("year", years)
        .with("mean", values)
        .with("persons", counts)
        .build()
}

fn diagnostics(from: &[FromBase], peak: Peak) -> Result<DataFrame> {
    type Row = (&'static str, Option<i32>, f64, Option<i64>, f64);
    let mut rows: Vec<Row> = vec![
        ("peak_share_placed", None, peak.share[0], None, f64::NAN),
        ("peak_share_comparison", None, peak.share[1], None, f64::NAN),
        ("peak_share_by_chance", None, peak.by_chance, None, f64::NAN),
    ];
    for f in from {
        if let Some((statistic, df, p)) = f.pre_trend {
            rows.push(("pre_trend", Some(f.base), statistic, Some(df as i64), p));
        }
        if let Some((statistic, df, p)) = f.same_peak {
            rows.push(("same_peak", Some(f.base), statistic, Some(df as i64), p));
        }
    }
    Tidy::new(&[], &[])
        .with("diagnostic", rows.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("base", rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .with(
            "value",
            rows.iter().map(|r| finite(r.2)).collect::<Vec<_>>(),
        )
        .with("df", rows.iter().map(|r| r.3).collect::<Vec<_>>())
        .with(
            "p_value",
            rows.iter().map(|r| finite(r.4)).collect::<Vec<_>>(),
        )
        .build()
}

fn warnings(
    lang: Lang,
    design: &Design,
    people: &People,
    adjusted: &Adjusted,
    from: &[FromBase],
    peak: Peak,
) -> Vec<String> {
    let mut out = vec![regression_to_the_mean(lang).to_owned()];
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    if peak.share[0] > 1.25 * peak.by_chance {
        let (found, chance) = (percent(peak.share[0]), percent(peak.by_chance));
        out.push(match lang {
            Lang::Da => format!(
                "udgifterne topper før placeringen: {found} af de placerede havde deres dyreste \
                 år lige før, hvor {chance} var ventet ved lige sandsynlige år"
            ),
            Lang::En => format!(
                "costs peak before placement: {found} of those placed had their dearest year just \
                 before it, where {chance} would if all years were as likely"
            ),
        });
    }
    if design.base > -3 {
        out.push(
            lang.pick(
                "basisåret ligger på vejen op mod toppen: en del af toppen regnes som effekt",
                "the base year lies on the way up to the peak: part of the peak counts as effect",
            )
            .to_owned(),
        );
    }
    if let Some((_, _, p)) = from[0].pre_trend
        && p < 0.05
    {
        out.push(match lang {
            Lang::Da => format!(
                "grupperne fulgtes ikke ad før basisåret (P = {p:.3}): parallelle forløb kan ikke \
                 antages"
            )
            .replacen("0.", "0,", 1),
            Lang::En => format!(
                "the groups did not move alike before the base year (P = {p:.3}): parallel trends \
                 cannot be taken for granted"
            ),
        });
    }
    if let Some((_, _, p)) = from[0].same_peak
        && p < 0.01
    {
        out.push(
            lang.pick(
                "grupperne kom ikke af samme top: deres udgifter skilles allerede i årene før \
                 tidspunkt nul, så det, der følger, er ikke effekten alene",
                "the groups did not come by the same peak: their costs part in the years before \
                 time zero already, so what follows is not the effect alone",
            )
            .to_owned(),
        );
    }
    for (treated, da, en) in [
        (true, "placerede", "people placed"),
        (false, "sammenligningspersoner", "comparison people"),
    ] {
        let n = (people.treated.iter().zip(&adjusted.weight))
            .filter(|(t, w)| **t == treated && **w > 0.0)
            .count();
        if n < FEW {
            out.push(match lang {
                Lang::Da => format!("kun {n} {da}: intervallerne er for snævre"),
                Lang::En => format!("only {n} {en}: intervals are too narrow"),
            });
        }
    }
    out.extend(
        adjusted
            .warnings
            .iter()
            .map(|w| comparison(lang, w, &adjusted.terms)),
    );
    if design.adjust != Adjust::Dr {
        let worst = (adjusted.balance.covariates[..adjusted.asked].iter())
            .map(|c| c.after.difference.abs())
            .fold(0.0, f64::max);
        if worst > 0.1 {
            out.push(match lang {
                Lang::Da => format!(
                    "grupperne er ikke ens: en kovariat skiller dem med {worst:.2} \
                     standardafvigelse efter justering"
                )
                .replacen("0.", "0,", 1),
                Lang::En => format!(
                    "the groups are not alike: a covariate is {worst:.2} standard deviations apart \
                     after adjustment"
                ),
            });
        }
    }
    let left_out: usize = from.iter().map(|f| f.left_out).sum();
    if left_out > 0 {
        out.push(match lang {
            Lang::Da => format!("{left_out} effekter kunne ikke beregnes"),
            Lang::En => format!("{left_out} effects could not be computed"),
        });
    }
    out
}

fn comparison(lang: Lang, warning: &ComparisonWarning, terms: &[String]) -> String {
    match (lang, warning) {
        (_, ComparisonWarning::Collinear { column }) => {
            let term = terms.get(*column).map_or("?", String::as_str);
            match lang {
                Lang::Da => format!("`{term}` følger af de øvrige kovariater og er udeladt"),
                Lang::En => format!("`{term}` follows from the other covariates and was left out"),
            }
        }
        (Lang::En, other) => other.to_string(),
        (Lang::Da, ComparisonWarning::Unmatched { treated, of }) => format!(
            "{treated} af {of} placerede fik ingen sammenligningsperson; resultatet gælder de øvrige"
        ),
        (Lang::Da, ComparisonWarning::Ridge) => {
            "kovariaterne skiller grupperne helt; modellen for placering er holdt endelig med en \
             ridge-straf"
                .into()
        }
        (Lang::Da, ComparisonWarning::Trimmed { people }) => {
            format!("{people} personer ligger uden for trimningens grænser")
        }
        (Lang::Da, ComparisonWarning::FewEffective { effective }) => {
            format!("sammenligningsgruppen er kun {effective:.0} personer værd under sine vægte")
        }
        (Lang::Da, ComparisonWarning::NotBalanced) => {
            "ingen vægte gør grupperne ens i disse kovariater".into()
        }
        (Lang::Da, _) => "se den engelske tekst".into(),
    }
}
