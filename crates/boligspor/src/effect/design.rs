//! How people placed are compared with people who were not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::costs::CostSpec;
use crate::error::{Error, Result};
use crate::lang::Lang;

/// Who stands for what would have happened without placement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparators {
    /// People enrolled in the same calendar year and not placed by then; their
    /// clock starts at enrolment. Those placed later are followed until that day.
    #[default]
    Enrolled,
    /// People in a shelter in the same calendar year and not placed by then;
    /// their clock starts in the middle of the stay. The placed are then only
    /// those who were in a shelter the day before.
    Shelter,
}

/// How comparison people are made alike, always within the calendar year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// By calendar year of time zero only.
    Year,
    /// Nearest neighbours on the linear propensity score.
    Match,
    /// Inverse-probability weights for the effect on the placed.
    Ipw,
    /// Overlap weights: about those who could have been in either group.
    Overlap,
    /// Entropy balancing: covariate means agree exactly.
    #[default]
    Entropy,
    /// Doubly robust: a model of placement and one of the change in costs.
    Dr,
}

/// A comparison of costs: who with whom, alike in what, from which base year.
///
/// ```
/// use boligspor::{Lang, effect::Design};
/// let text = Design::default().describe(Lang::En);
/// assert!(text.contains("year −3"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Design {
    /// The name results have.
    pub name: String,
    /// The comparison people.
    pub comparators: Comparators,
    /// How they are made alike.
    pub adjust: Adjust,
    /// What they are made alike in: columns of `persons`, and `age` at time
    /// zero. Fixed, or measured before the rise of costs; never costs.
    pub covariates: Vec<String>,
    /// Comparison people for each placed (`match`).
    #[schemars(range(min = 1))]
    pub ratio: u32,
    /// Furthest distance on the score in standard deviations (`match`).
    pub caliper: f64,
    /// Whether a comparison person may serve several (`match`).
    pub replacement: bool,
    /// The first relative year.
    pub first: i32,
    /// The last relative year.
    pub last: i32,
    /// The relative year that changes are measured from: −3 by default, two
    /// years before the year before placement, when costs may rise already.
    /// −1, −2 and −3 are shown beside it whatever it is.
    pub base: i32,
    /// The year whose prices all amounts are put in, by the table `price_index`.
    pub price_base: Option<i32>,
    /// Bootstrap replicates of the before/after interval.
    pub replicates: u32,
    /// Seed of the bootstrap and of the simultaneous band.
    pub seed: u64,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            name: "effect".into(),
            comparators: Comparators::default(),
            adjust: Adjust::default(),
            covariates: Vec::new(),
            ratio: 1,
            caliper: 0.2,
            replacement: true,
            first: -5,
            last: 2,
            base: -3,
            price_base: None,
            replicates: 499,
            seed: 1,
        }
    }
}

impl Design {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("effects.{field}"), problem, hint))
        };
        if self.last < 0 {
            return bad("last", "is before year 0", "choose 0 or more");
        }
        if self.base > -1 || self.base < self.first {
            return bad(
                "base",
                "is not a year before placement within the window",
                "choose first <= base <= -1",
            );
        }
        if self.ratio == 0 {
            return bad("ratio", "is 0", "choose 1 or more");
        }
        if !(self.caliper >= 0.0 && self.caliper.is_finite()) {
            return bad("caliper", "is no distance", "choose 0 or more, such as 0.2");
        }
        if self.name.trim().is_empty() {
            return bad("name", "is empty", "name the design");
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = self.covariates.iter().find(|c| !seen.insert(c.as_str())) {
            return Err(Error::option(
                "effects.covariates",
                format!("names `{twice}` twice"),
                "name each once",
            ));
        }
        self.costs().validate()
    }

    /// The trajectory whose rules of exposure and prices are followed.
    pub(super) fn costs(&self) -> CostSpec {
        CostSpec {
            first: self.first,
            last: self.last,
            price_base: self.price_base,
            replicates: self.replicates,
            seed: self.seed,
            ..CostSpec::default()
        }
    }

    /// The design in words.
    pub fn describe(&self, lang: Lang) -> String {
        let base = format!("−{}", -self.base);
        let (first, last) = (format!("−{}", -self.first), self.last);
        let covariates = if self.covariates.is_empty() {
            lang.pick("ingen kovariater", "no covariates").to_owned()
        } else {
            self.covariates.join(", ")
        };
        match lang {
            Lang::Da => {
                let who = match self.comparators {
                    Comparators::Enrolled => {
                        "personer, der blev indskrevet i samme kalenderår og ikke var placeret \
                         på den dag; de følges fra indskrivningen, og til de selv placeres"
                    }
                    Comparators::Shelter => {
                        "personer, der boede på herberg i samme kalenderår og ikke var placeret \
                         på den dag; de følges fra midten af opholdet, og til de selv placeres. \
                         Af de placerede er kun dem med, der var på herberg dagen før"
                    }
                };
                let how = match self.adjust {
                    Adjust::Year => "vægtet til samme fordeling på kalenderår".to_owned(),
                    Adjust::Match => format!(
                        "matchet inden for kalenderåret på den lineære propensity score \
                         ({covariates}), {} pr. placeret, højst {} standardafvigelser væk",
                        self.ratio, self.caliper
                    )
                    .replacen("0.", "0,", 1),
                    Adjust::Ipw => format!("vægtet med invers sandsynlighed ({covariates})"),
                    Adjust::Overlap => format!("vægtet med overlapsvægte ({covariates})"),
                    Adjust::Entropy => format!("vægtet ved entropibalancering ({covariates})"),
                    Adjust::Dr => format!("justeret dobbelt robust ({covariates})"),
                };
                format!(
                    "Forskel i ændring i udgift pr. person pr. år siden år {base}, placerede mod \
                     {who}; {how}. Relative år {first} til {last}; kun år, der er observeret \
                     helt, tæller; døde koster intet; ingen matches på tidligere udgifter eller \
                     på fremtiden."
                )
            }
            Lang::En => {
                let who = match self.comparators {
                    Comparators::Enrolled => {
                        "people enrolled in the same calendar year and not placed by that day, \
                         followed from enrolment and until they are placed themselves"
                    }
                    Comparators::Shelter => {
                        "people in a shelter in the same calendar year and not placed by that \
                         day, followed from the middle of the stay and until they are placed \
                         themselves; of the placed only those in a shelter the day before"
                    }
                };
                let how = match self.adjust {
                    Adjust::Year => "weighted to the same calendar years".to_owned(),
                    Adjust::Match => format!(
                        "matched within the calendar year on the linear propensity score \
                         ({covariates}), {} for each placed, at most {} standard deviations away",
                        self.ratio, self.caliper
                    ),
                    Adjust::Ipw => format!("weighted by inverse probability ({covariates})"),
                    Adjust::Overlap => format!("with overlap weights ({covariates})"),
                    Adjust::Entropy => format!("weighted by entropy balancing ({covariates})"),
                    Adjust::Dr => format!("adjusted doubly robustly ({covariates})"),
                };
                format!(
                    "Difference in the change of cost per person and year since year {base}, \
                     people placed against {who}; {how}. Relative years {first} to {last}; only \
                     years observed whole count; the dead cost nothing; nobody is matched on \
                     earlier costs or on the future."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_do_not_fit_are_refused_by_name() {
        let with = |change: &dyn Fn(&mut Design)| {
            let mut design = Design::default();
            change(&mut design);
            design.validate()
        };
        assert!(with(&|_| ()).is_ok());
        for change in [
            &(|d: &mut Design| d.base = 0) as &dyn Fn(&mut Design),
            &|d| d.base = -9,
            &|d| d.last = -1,
            &|d| d.ratio = 0,
            &|d| d.caliper = f64::NAN,
            &|d| d.name = " ".into(),
            &|d| d.covariates = vec!["sex".into(), "sex".into()],
        ] {
            assert!(matches!(with(change), Err(Error::Option { .. })));
        }
    }
}
