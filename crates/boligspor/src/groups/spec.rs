//! What a comparison of groups is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::level::percent;
use crate::retention::{Definition, Measure};

/// Groups side by side, by one retention definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupsSpec {
    /// The column whose values are the groups.
    pub by: String,
    /// The group that the adjusted comparison sets the others against; left
    /// out: the largest.
    #[serde(default)]
    pub reference: Option<String>,
    /// Columns that groups are made alike in, recorded before time zero; left
    /// out: no adjusted comparison.
    #[serde(default)]
    pub adjust: Vec<String>,
    /// The months within which days are compared.
    #[serde(default = "three_years")]
    #[schemars(range(min = 1, max = 120))]
    pub within: u32,
    /// The confidence level of the intervals.
    #[serde(default = "usual")]
    pub level: f64,
}

fn three_years() -> u32 {
    36
}

fn usual() -> f64 {
    crate::LEVEL
}

impl GroupsSpec {
    /// Compares the groups of a column, unadjusted.
    pub fn new(by: impl Into<String>) -> Self {
        Self {
            by: by.into(),
            reference: None,
            adjust: Vec::new(),
            within: three_years(),
            level: usual(),
        }
    }

    /// Checks that the choices fit together, and the definition.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self, definition: &Definition) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("groups.{field}"), problem, hint))
        };
        if self.by.trim().is_empty() {
            return bad("by", "is empty", "name the column that divides the cohort");
        }
        if self.adjust.contains(&self.by) {
            return bad(
                "adjust",
                "names the column that makes the groups",
                "take it out: groups cannot be made alike in what makes them",
            );
        }
        if !(1..=120).contains(&self.within) {
            return bad(
                "within",
                "is not between 1 and 120 months",
                "choose 36 for three years",
            );
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return bad("level", "is not between 0 and 1", "choose 0.95");
        }
        if definition.measure == Measure::DaysHoused || definition.horizons.is_empty() {
            return bad(
                "definition",
                "has no horizons of its own, or counts days",
                "choose one with measure `at` or `throughout` and `horizons`",
            );
        }
        Ok(())
    }

    /// The comparison in words.
    ///
    /// ```
    /// use boligspor::{Lang, groups::GroupsSpec};
    /// let text = GroupsSpec::new("support_method").describe(Lang::En);
    /// assert!(text.starts_with("Groups by support_method"));
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let (by, within, level) = (&self.by, self.within, percent(self.level, lang));
        let mut text = match lang {
            Lang::Da => format!(
                "Grupper efter {by}. Testene (log-rank, og Grays med konkurrerende hændelser) er \
                 af tiden til det første tab af boligen, ikke af andelen på et tidspunkt; \
                 forskellene i andel og i dage i egen bolig inden {within} måneder er mellem hver \
                 to grupper, med {level}-intervaller og p-værdier justeret efter Holm for alle \
                 par ved samme tidspunkt"
            ),
            Lang::En => format!(
                "Groups by {by}. The tests (log-rank, and Gray's with competing events) are of the \
                 time to the first loss of the home, not of the share at a horizon; differences in \
                 shares and in days in a dwelling within {within} months are between every two \
                 groups, with {level} intervals and P values adjusted by Holm for all pairs at the \
                 same horizon"
            ),
        };
        if !self.adjust.is_empty() {
            let names = self.adjust.join(", ");
            text += &match lang {
                Lang::Da => format!(
                    ". De justerede kurver viser, hvem der uafbrudt har beholdt en bolig, hvis \
                     grupperne havde samme fordeling af {names}: ved vægte efter den omvendte \
                     sandsynlighed for gruppen, og dobbelt robust; konkurrerende hændelser \
                     censurerer, og måneder er 30,4 dage"
                ),
                Lang::En => format!(
                    ". The adjusted curves show who has kept a home without a break, had the \
                     groups the same mix of {names}: by inverse probability weights, and doubly \
                     robust; competing events censor, and months are of 30.4 days"
                ),
            };
        }
        text + "."
    }
}
