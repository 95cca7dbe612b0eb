//! What is assumed of a programme's own cost, and what counts as housed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::costs::{ViewSpec, payer_label};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::state::State;

/// What the programme costs one payer for each person placed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProgrammeCost {
    /// Who pays it.
    pub payer: String,
    /// Once, in the month of placement.
    pub once: f64,
    /// A year, in equal parts by month as long as the person lives.
    pub per_year: f64,
}

/// Assumptions under which housing someone is costed.
///
/// ```
/// use boligspor::{Lang, effect::{ProgrammeCost, Scenario}};
/// let scenario = Scenario {
///     name: "support at 90,000".into(),
///     programme: vec![ProgrammeCost {
///         payer: "municipality".into(),
///         per_year: 90_000.0,
///         ..ProgrammeCost::default()
///     }],
///     ..Scenario::default()
/// };
/// assert!(scenario.describe(Lang::En).contains("90000 a year"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// The name results have.
    pub name: String,
    /// The name of the `[[effects]]` design it rests on; left out: the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub design: Option<String>,
    /// What the programme costs beyond the amounts in the tables.
    pub programme: Vec<ProgrammeCost>,
    /// The states whose days are days housed.
    pub housed: Vec<State>,
    /// What somebody might pay for an extra day housed: the prices of the
    /// acceptability curve, in currency units.
    pub prices: Vec<f64>,
    /// Transfers, net tax factor and discount rate.
    pub views: ViewSpec,
    /// Bootstrap replicates by person.
    pub replicates: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "net_cost".into(),
            design: None,
            programme: Vec::new(),
            housed: vec![State::Dwelling],
            prices: (0..=20).map(|k| 100.0 * f64::from(k)).collect(),
            views: ViewSpec::default(),
            replicates: 499,
            seed: 1,
        }
    }
}

impl Scenario {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("net_cost.{field}"), problem, hint))
        };
        if self.name.trim().is_empty() {
            return bad("name", "is empty", "name the scenario");
        }
        let amount = |a: f64| (0.0..=1e9).contains(&a);
        if !(self.programme.iter()).all(|p| amount(p.once) && amount(p.per_year)) {
            return bad(
                "programme",
                "has an amount that nobody pays for one person",
                "give kroner of 0 or more",
            );
        }
        if self.programme.iter().any(|p| p.payer.trim().is_empty()) {
            return bad("programme", "has a cost without a payer", "name who pays");
        }
        if self.housed.is_empty() {
            return bad("housed", "is empty", "name a state, such as \"dwelling\"");
        }
        if !self.prices.iter().all(|p| p.is_finite()) {
            return bad("prices", "has a price that is no number", "leave it out");
        }
        if self.replicates > 100_000 {
            return bad(
                "replicates",
                "is over 100,000",
                "999 is enough for a 95 % interval",
            );
        }
        self.views.discounting().map(|_| ())
    }

    /// The scenario in words.
    pub fn describe(&self, lang: Lang) -> String {
        let programme: Vec<String> = (self.programme.iter())
            .map(|p| {
                let payer = payer_label(&p.payer, lang);
                match lang {
                    Lang::Da => format!("{payer} {} én gang og {} om året", p.once, p.per_year),
                    Lang::En => format!("{payer} {} once and {} a year", p.once, p.per_year),
                }
            })
            .collect();
        let programme = if programme.is_empty() {
            lang.pick(
                "intet ud over beløbene i tabellerne",
                "nothing beyond the amounts in the tables",
            )
            .to_owned()
        } else {
            programme.join("; ")
        };
        let views = self.views.describe(lang);
        match lang {
            Lang::Da => format!(
                "Programmets egen udgift pr. placeret: {programme}. Udgifter og dage i bolig er \
                 ændringer siden basisåret, placerede mod sammenligningspersoner, blandt dem der \
                 er observeret hele vejen; dage diskonteres ikke. {views}"
            ),
            Lang::En => format!(
                "The programme's own cost for each person placed: {programme}. Costs and days \
                 housed are changes since the base year, people placed against comparison people, \
                 among those observed all the way; days are not discounted. {views}"
            ),
        }
    }
}
