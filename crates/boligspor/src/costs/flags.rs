//! What a reader must know before using a cost trajectory, as data and in words.

use super::sums::{Rule, StratumSums, Window};
use super::{CostSummary, IntervalMethod};
use crate::cohort::Cohort;
use crate::lang::Lang;

/// Something the reader of a cost trajectory must know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CostFlag {
    /// There is no comparison group: a difference is no effect.
    RegressionToTheMean,
    /// People came at the peak of their own costs.
    Peak {
        /// Share whose dearest period before time zero was the last.
        share: f64,
        /// What it would be if every period were as likely.
        by_chance: f64,
        /// People looked at.
        people: u64,
    },
    /// The register has people to compare with.
    DesignPossible {
        /// People enrolled and never placed.
        people: usize,
    },
    /// A period in which nobody is observed.
    Nobody {
        /// The relative period.
        period: i32,
    },
    /// A period whose people are others than those of period 0, by a fifth or more.
    Composition {
        /// The relative period.
        period: i32,
        /// People observed in it.
        people: u64,
        /// People of period 0 not observed in it.
        gone: u64,
        /// People observed in it and not in period 0.
        new: u64,
        /// People of period 0.
        of: u64,
    },
    /// Money on days when nobody is observed was left out.
    LeftOut {
        /// Its share of all money.
        share: f64,
    },
    /// So few people that no interval covers as it says.
    FewPeople {
        /// How many.
        people: u64,
    },
    /// A normal interval was asked for, and covers too little.
    NotNormal {
        /// The relative period where it is worst.
        period: i32,
        /// People in it.
        people: usize,
        /// Their skewness.
        skewness: f64,
    },
}

impl CostFlag {
    /// The code in tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RegressionToTheMean => "regression_to_the_mean",
            Self::Peak { .. } => "peak",
            Self::DesignPossible { .. } => "design_possible",
            Self::Nobody { .. } => "nobody",
            Self::Composition { .. } => "composition",
            Self::LeftOut { .. } => "left_out",
            Self::FewPeople { .. } => "few_people",
            Self::NotNormal { .. } => "not_normal",
        }
    }

    /// The period it is about, where it is about one.
    pub fn period(&self) -> Option<i32> {
        match self {
            Self::Nobody { period }
            | Self::Composition { period, .. }
            | Self::NotNormal { period, .. } => Some(*period),
            _ => None,
        }
    }

    /// The flag in words.
    pub fn says(&self, lang: Lang) -> String {
        let percent = |share: f64| decimal(lang, 100.0 * share, 0);
        match *self {
            Self::RegressionToTheMean => regression_to_the_mean(lang).to_owned(),
            Self::Peak {
                share,
                by_chance,
                people,
            } => {
                let (share, chance) = (percent(share), percent(by_chance));
                match lang {
                    Lang::Da => format!(
                        "udgifterne topper før tidspunkt nul: {share} % af {people} personer havde \
                         deres dyreste periode lige før, hvor {chance} % var ventet ved lige \
                         sandsynlige perioder"
                    ),
                    Lang::En => format!(
                        "costs peak before time zero: {share} % of {people} people had their \
                         dearest period just before it, where {chance} % would if all periods \
                         were as likely"
                    ),
                }
            }
            Self::DesignPossible { people } => match lang {
                Lang::Da => format!(
                    "en sammenligning er mulig: {people} personer er indskrevet og aldrig \
                     placeret (`[[effects]]` i studiefilen, `compare_costs` i Python)"
                ),
                Lang::En => format!(
                    "a comparison is possible: {people} people are enrolled and never placed \
                     (`[[effects]]` in the study file, `compare_costs` in Python)"
                ),
            },
            Self::Nobody { period } => match lang {
                Lang::Da => format!("ingen observeres i periode {period}"),
                Lang::En => format!("nobody is observed in period {period}"),
            },
            Self::Composition {
                period,
                people,
                gone,
                new,
                of,
            } => match lang {
                Lang::Da => format!(
                    "periode {period} hviler på {people} personer: {gone} af de {of} i periode 0 \
                     er ikke med, {new} andre er: gennemsnittene sammenligner forskellige \
                     mennesker; se det balancerede vindue"
                ),
                Lang::En => format!(
                    "period {period} rests on {people} people: {gone} of the {of} in period 0 are \
                     not in it, {new} others are: the means compare different people; see the \
                     balanced window"
                ),
            },
            Self::LeftOut { share } => {
                let share = decimal(lang, 100.0 * share, 1);
                match lang {
                    Lang::Da => format!(
                        "{share} % af beløbene falder på dage, hvor personen er død, i udlandet \
                         eller ikke observeret, og er udeladt"
                    ),
                    Lang::En => format!(
                        "{share} % of the amounts fall on days when the person is dead, abroad or \
                         not observed, and are left out"
                    ),
                }
            }
            Self::FewPeople { people } => match lang {
                Lang::Da => format!("kun {people} personer: intervallerne er for snævre"),
                Lang::En => format!("only {people} people: intervals are too narrow"),
            },
            Self::NotNormal {
                period,
                people,
                skewness,
            } => {
                let skewness = decimal(lang, skewness, 1);
                match lang {
                    Lang::Da => format!(
                        "et normalinterval dækker for lidt: periode {period} har {people} personer \
                         med skævhed {skewness}; brug bootstrap_t"
                    ),
                    Lang::En => format!(
                        "a normal interval covers too little: period {period} has {people} people \
                         with skewness {skewness}; use bootstrap_t"
                    ),
                }
            }
        }
    }
}

/// The plain warning on every before/after without a comparison group.
pub fn regression_to_the_mean(lang: Lang) -> &'static str {
    lang.pick(
        "Før/efter uden sammenligningsgruppe: placeringen følger ofte efter et år med usædvanligt \
         høje udgifter, og en del af faldet bagefter ville være kommet alligevel (regression mod \
         gennemsnittet). Forskellen er ikke en effekt.",
        "Before/after without a comparison group: placement tends to follow a year of unusually \
         high costs, and part of the fall after it would have come anyway (regression to the \
         mean). The difference is not an effect.",
    )
}

/// A number with so many decimals, and the language's comma.
fn decimal(lang: Lang, value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match lang {
        Lang::Da => text.replace('.', ","),
        Lang::En => text,
    }
}

/// Fewer people than this are flagged.
const FEW: u64 = 10;

/// The flag of a register with people to compare with.
pub(super) fn design_possible(cohort: &Cohort) -> Option<CostFlag> {
    let placements = cohort.register().placements();
    let mut placed: Vec<u32> = (placements.person.iter().zip(&placements.placed_on))
        .filter(|(_, day)| **day != crate::calendar::NEVER)
        .map(|(person, _)| *person)
        .collect();
    placed.sort_unstable();
    let mut others: Vec<u32> = (placements.person.iter().copied())
        .filter(|person| placed.binary_search(person).is_err())
        .collect();
    others.sort_unstable();
    others.dedup();
    (!others.is_empty()).then_some(CostFlag::DesignPossible {
        people: others.len(),
    })
}

impl CostSummary {
    /// Everything to know, regression to the mean first.
    pub(super) fn flags(&self) -> Vec<CostFlag> {
        let sums = &self.whole;
        let mut out = vec![CostFlag::RegressionToTheMean];
        if let Some((share, by_chance)) = sums.peak.shares()
            && share > 1.25 * by_chance
        {
            out.push(CostFlag::Peak {
                share,
                by_chance,
                people: sums.peak.people(),
            });
        }
        out.extend(self.composition(sums));
        out.extend(self.left_out(sums));
        let rule = Rule::by(self.spec.death);
        let people = sums.exposure(rule, self.zero()).persons;
        if people > 0 && people < FEW {
            out.push(CostFlag::FewPeople { people });
        }
        if self.spec.method == IntervalMethod::Normal {
            out.extend(self.not_normal(sums, rule));
        }
        out
    }

    /// The index of period 0.
    pub(super) fn zero(&self) -> usize {
        (-self.spec.first) as usize
    }

    fn composition(&self, sums: &StratumSums) -> Vec<CostFlag> {
        let rule = Rule::by(self.spec.death);
        let of = sums.exposure(rule, self.zero()).persons;
        let flag = |p: usize| {
            let period = self.spec.first + p as i32;
            let people = sums.exposure(rule, p).persons;
            if people == 0 {
                return Some(CostFlag::Nobody { period });
            }
            let (gone, new) = self.moved(sums, rule, p);
            (5 * (gone + new) > of).then_some(CostFlag::Composition {
                period,
                people,
                gone,
                new,
                of,
            })
        };
        (0..self.shape.periods).filter_map(flag).collect()
    }

    /// People of period 0 not observed in a period, and the other way round.
    pub(super) fn moved(&self, sums: &StratumSums, rule: Rule, period: usize) -> (u64, u64) {
        if rule.window == Window::Balanced {
            return (0, 0);
        }
        let both = sums.in_zero(rule, period);
        let zero = sums.exposure(rule, self.zero()).persons;
        let here = sums.exposure(rule, period).persons;
        (zero.saturating_sub(both), here.saturating_sub(both))
    }

    fn left_out(&self, sums: &StratumSums) -> Option<CostFlag> {
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let spent: i128 = (0..self.shape.periods)
            .map(|p| {
                let key = self.shape.key(p, categories, payers);
                sums.cell(Rule::default(), key).total
            })
            .sum();
        let left_out = sums.unexposed;
        (left_out.abs() * 100 > spent.abs()).then(|| CostFlag::LeftOut {
            share: left_out as f64 / (spent + left_out) as f64,
        })
    }

    fn not_normal(&self, sums: &StratumSums, rule: Rule) -> Option<CostFlag> {
        let all = [self.shape.categories.len(), self.shape.payers.len()];
        (0..self.shape.periods)
            .filter_map(|p| {
                let mean = sums.mean(&self.shape, rule, [p, all[0], all[1]])?;
                (!mean.nearly_normal()).then_some((p, mean.people, mean.skewness))
            })
            .max_by(|a, b| (a.2 * a.2 / a.1 as f64).total_cmp(&(b.2 * b.2 / b.1 as f64)))
            .map(|(p, people, skewness)| CostFlag::NotNormal {
                period: self.spec.first + p as i32,
                people,
                skewness,
            })
    }
}
