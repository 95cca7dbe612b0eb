//! What a municipal comparison is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::costs::CostSpec;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::retention::{Definition, Measure};

/// Where the expected number comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The whole country's shares in each stratum of the case mix.
    #[default]
    Strata,
    /// A logistic risk model of the case mix with an effect of each
    /// municipality, predicting at the average effect.
    Model,
}

/// Municipalities side by side, with what their case mix leads to expect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompareSpec {
    /// The definition of retention. Its measure must be `at` or `throughout`.
    pub definition: Definition,
    /// The horizon compared, one of the definition's.
    pub horizon: u32,
    /// Columns whose strata make the expected number (indirect
    /// standardisation): any column a cohort can be stratified by.
    pub case_mix: Vec<String>,
    /// Whether the expected number comes from strata or from a risk model.
    pub expected: Expected,
    /// Bootstrap replicates in which the risk model is fitted again, drawn with
    /// the seed of `costs`; 0 for none.
    pub model_replicates: u32,
    /// Whether the funnel's limits allow for more variation between
    /// municipalities than chance gives (additive, extremes winsorised).
    pub overdispersion: bool,
    /// The relative cost periods compared, before and after; both must lie in
    /// the window of `costs`. Left out where the register has no costs.
    pub cost_periods: (i32, i32),
    /// How costs are counted.
    pub costs: CostSpec,
    /// A municipality with fewer people is flagged as small, never hidden.
    pub small: u32,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for CompareSpec {
    fn default() -> Self {
        Self {
            definition: Definition::default(),
            horizon: 36,
            case_mix: vec!["age_group".into(), "sex".into()],
            expected: Expected::Strata,
            model_replicates: 1000,
            overdispersion: false,
            cost_periods: (-1, 1),
            costs: CostSpec::default(),
            small: 20,
            anonymous: true,
        }
    }
}

impl CompareSpec {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        self.definition.validate()?;
        if self.definition.measure == Measure::DaysHoused {
            return Err(Error::option(
                "compare.definition.measure",
                "is `days_housed`, which counts days and not people",
                "choose `at` or `throughout`",
            ));
        }
        if !self.definition.horizons.contains(&self.horizon) {
            return Err(Error::option(
                "compare.horizon",
                "is none of the definition's horizons",
                "add it to `compare.definition.horizons`",
            ));
        }
        self.costs.validate()?;
        let window = self.costs.first..=self.costs.last;
        if !window.contains(&self.cost_periods.0) || !window.contains(&self.cost_periods.1) {
            return Err(Error::option(
                "compare.cost_periods",
                "lie outside the window of `compare.costs`",
                "widen `compare.costs.first` and `last`, or choose nearer periods",
            ));
        }
        if self.cost_periods.0 >= self.cost_periods.1 {
            return Err(Error::option(
                "compare.cost_periods",
                "are not in rising order",
                "name the earlier period first, such as [-1, 1]",
            ));
        }
        Ok(())
    }

    /// The comparison in one sentence.
    pub fn describe(&self, lang: Lang) -> String {
        let horizon = self.definition.unit.label(self.horizon, lang);
        let mix = if self.case_mix.is_empty() {
            lang.pick("ingen", "nothing").to_owned()
        } else {
            self.case_mix.join(", ")
        };
        let basis = match self.expected {
            Expected::Strata => lang.pick(
                "hele landets andele i samme sammensætning",
                "the whole country's shares give in the same case mix",
            ),
            Expected::Model => lang.pick(
                "en risikomodel med kommuneeffekter ved den gennemsnitlige effekt i samme \
                 sammensætning",
                "a risk model with municipality effects gives, at the average effect, in the same \
                 case mix",
            ),
        };
        let widened = if self.overdispersion {
            lang.pick(
                ", udvidet for overspredning",
                ", widened for over-dispersion",
            )
        } else {
            ""
        };
        match lang {
            Lang::Da => format!(
                "Antal, der efter {horizon} ikke er i bolig, mod det antal, som {basis} ({mix}) \
                 giver (indirekte standardisering); kun personer, hvis status er kendt; eksakte \
                 95 %-Poissongrænser; tragtgrænser ved 95 og 99,8 %{widened}; pladser med \
                 samtidige 95 %-intervaller; under {} personer er markeret som lille.",
                self.small
            ),
            Lang::En => format!(
                "Number not housed after {horizon} against the number that {basis} ({mix}) \
                 (indirect standardisation); only people whose status is known; exact 95 % Poisson \
                 limits; funnel limits at 95 and 99.8 %{widened}; places with simultaneous 95 % \
                 intervals; fewer than {} people is flagged as small.",
                self.small
            ),
        }
    }
}
