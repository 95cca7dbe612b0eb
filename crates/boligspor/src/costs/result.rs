//! What a cost trajectory gives back.

use polars::prelude::DataFrame;

use super::flags::{CostFlag, design_possible};
use super::spec::CostSpec;
use super::summary::CostSummary;
use crate::cohort::Cohort;
use crate::error::Result;
use crate::lang::Lang;
use crate::tidy::Tidy;

/// Days in a person-year.
pub(super) const YEAR: f64 = 365.25;
/// Øre in a krone, cents in a dollar.
pub(super) const UNIT: f64 = 100.0;

/// What people cost by relative period, category and payer.
#[derive(Clone, Debug)]
pub struct CostTrajectory {
    spec: CostSpec,
    cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    contrasts: DataFrame,
    price_years: DataFrame,
    windows: DataFrame,
    spread: DataFrame,
    sensitivity: DataFrame,
    diagnostics: DataFrame,
    views: DataFrame,
    present_values: DataFrame,
    flags: Vec<CostFlag>,
    warnings: [Vec<String>; 2],
}

impl CostTrajectory {
    /// What was asked for.
    pub fn spec(&self) -> &CostSpec {
        &self.spec
    }

    /// Trajectory and cohort in words, to stand under every table and chart.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        let views = (self.spec.views.as_ref()).map_or(String::new(), |v| v.describe(lang) + " ");
        format!("{} {views}{cohort}", self.spec.describe(lang))
    }

    /// One row a stratum, period, category and payer; `all` is the sum.
    ///
    /// | column | is |
    /// |---|---|
    /// | `period` | relative period, 0 the placement year |
    /// | `total` | currency units spent on observed days |
    /// | `persons`, `person_years` | people with an observed day, and their observed time |
    /// | `mean_per_person` | `total / persons` |
    /// | `mean_per_person_year` | `total / person_years` |
    /// | `low`, `high` | 95 % interval of the latter, by the method of the spec |
    /// | `low_normal`, `high_normal` | the same by linearised normal approximation |
    /// | `share_any` | share of `persons` with any such cost |
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Differences in mean per person-year between periods, by category: every
    /// period against the placement year (0), and the one after it (1) against
    /// the one before (-1). The interval is from the same bootstrap, in which
    /// a person's weight is the same in both periods; how the two means go
    /// together is read off the replicates.
    pub fn contrasts(&self) -> &DataFrame {
        &self.contrasts
    }

    /// Where the money comes from: one row a category and price year.
    ///
    /// | column | is |
    /// |---|---|
    /// | `category` | the cost category |
    /// | `price_year` | the year whose prices the amounts were in |
    /// | `base_year` | the year whose prices the result is in; null: each amount's own |
    /// | `factor` | what the amounts were multiplied by |
    /// | `total` | currency units on observed days, in the prices of the result |
    pub fn price_years(&self) -> &DataFrame {
        &self.price_years
    }

    /// The same means by `window` (`unbalanced`: everybody as far as they are
    /// observed; `balanced`: those observed in every period) and `death` (`zero`:
    /// the dead cost nothing and still count; `survivors`: only the time of the
    /// living, in the balanced window of those alive to its end), a row a stratum,
    /// window, rule, period and category. `gone` are people of period 0 not
    /// observed in this one, `new` the other way round.
    pub fn windows(&self) -> &DataFrame {
        &self.windows
    }

    /// Medians and concentration, a row a stratum and period, of people observed
    /// in the whole period: `persons`, `share_without` any cost, `median` (of
    /// amounts rounded by at most 0.4 %), `top_decile_share` of the money.
    pub fn spread(&self) -> &DataFrame {
        &self.spread
    }

    /// A labelled sensitivity analysis: the means with each person's costs of a
    /// period capped, and the money that removes. Empty without a cap.
    pub fn sensitivity(&self) -> &DataFrame {
        &self.sensitivity
    }

    /// What tells of a peak, by stratum: `peak_share` (people whose dearest period
    /// before time zero was the last) beside `peak_share_by_chance`, and
    /// `pre_trend` (the rise from the first period to the one before time zero).
    pub fn diagnostics(&self) -> &DataFrame {
        &self.diagnostics
    }

    /// Means per person-year by `view` (`budget` of a `payer`, `societal`), in
    /// `factor` or `market` `prices`. Empty unless asked for.
    pub fn views(&self) -> &DataFrame {
        &self.views
    }

    /// Present values at time zero of a person's mean costs from then to the last
    /// period, by view and `rate` (`danish_2023`, or one rate for all years).
    pub fn present_values(&self) -> &DataFrame {
        &self.present_values
    }

    /// What a reader must know, as data.
    pub fn flags(&self) -> &[CostFlag] {
        &self.flags
    }

    /// The flags as a table: `flag`, `period` (where it is about one), `english`,
    /// `danish`.
    ///
    /// # Errors
    /// [`Error::Table`](crate::Error::Table) for a failure inside polars.
    pub fn flags_table(&self) -> Result<DataFrame> {
        let text = |of: &dyn Fn(&CostFlag) -> String| self.flags.iter().map(of).collect::<Vec<_>>();
        Tidy::new(&[], &[])
            .with("flag", text(&|f| f.code().to_owned()))
            .with(
                "period",
                self.flags.iter().map(CostFlag::period).collect::<Vec<_>>(),
            )
            .with("english", text(&|f| f.says(Lang::En)))
            .with("danish", text(&|f| f.says(Lang::Da)))
            .build()
    }

    /// Every table, by its name.
    pub fn tables(&self) -> [(&'static str, &DataFrame); 9] {
        [
            ("table", &self.table),
            ("contrasts", &self.contrasts),
            ("price_years", &self.price_years),
            ("windows", &self.windows),
            ("spread", &self.spread),
            ("sensitivity", &self.sensitivity),
            ("diagnostics", &self.diagnostics),
            ("views", &self.views),
            ("present_values", &self.present_values),
        ]
    }

    /// What a reader must know before using the numbers, the warning on
    /// regression to the mean first.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// Observes a cohort's costs and estimates their trajectory.
///
/// # Errors
/// As [`CostSummary::observe`].
pub fn trajectory(cohort: &Cohort, spec: &CostSpec) -> Result<CostTrajectory> {
    let mut trajectory = CostSummary::observe(cohort, spec)?.estimate()?;
    trajectory.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    trajectory.people = Some(cohort.clone());
    // Offered straight after the warning that there is no comparison.
    if let Some(flag) = design_possible(cohort) {
        trajectory.flags.insert(1, flag);
        trajectory.warnings = words(&trajectory.flags);
    }
    Ok(trajectory)
}

fn words(flags: &[CostFlag]) -> [Vec<String>; 2] {
    [Lang::Da, Lang::En].map(|lang| flags.iter().map(|f| f.says(lang)).collect())
}

impl CostSummary {
    /// The estimates of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a stratum has the name of a result column.
    pub fn estimate(&self) -> Result<CostTrajectory> {
        let flags = self.flags();
        let (views, present_values) = match &self.spec.views {
            None => (DataFrame::default(), DataFrame::default()),
            Some(spec) => (self.views_table(spec)?, self.present_values(spec)?),
        };
        Ok(CostTrajectory {
            spec: self.spec.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table()?,
            contrasts: self.contrasts()?,
            price_years: self.price_years()?,
            windows: self.windows()?,
            spread: self.spread()?,
            sensitivity: self.sensitivity()?,
            diagnostics: self.diagnostics()?,
            views,
            present_values,
            warnings: words(&flags),
            flags,
        })
    }
}
