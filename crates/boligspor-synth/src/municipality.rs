//! The municipalities of a synthetic country: drawn sizes, effects and means.
//!
//! Only codes and names are real. A municipality's group follows a rule on its
//! code and drawn size (it is not Statistics Denmark's grouping); how far it
//! has implemented Housing First is drawn, about one sixth strong, more than
//! half partial and the rest limited.

use crate::codes;
use crate::random::{Draws, Purpose, Source};
use crate::spec::Spec;

/// How far Housing First is implemented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Strong,
    Partial,
    Limited,
}

impl Status {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Partial => "partial",
            Self::Limited => "limited",
        }
    }

    /// Citizens a caseworker has.
    pub(crate) fn caseload(self) -> f64 {
        match self {
            Self::Strong => 8.5,
            Self::Partial => 11.0,
            Self::Limited => 14.0,
        }
    }
}

/// How far a precondition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rating {
    Met,
    Partly,
    NotMet,
}

impl Rating {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::NotMet => "not_met",
        }
    }
}

/// The preconditions, in the order of the tables.
pub(crate) const PRECONDITIONS: [&str; 4] = ["homes", "support", "organisation", "culture"];

/// One synthetic municipality.
#[derive(Clone, Debug)]
pub(crate) struct Municipality {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) status: Status,
    /// Hazard ratio of losing the home.
    pub(crate) hazard: f64,
    /// Adults (18+) in the first year.
    pub(crate) adults: f64,
    /// Homeless people per adult at a count, in 2015.
    pub(crate) homeless: f64,
    /// Yearly change of that rate.
    pub(crate) trend: f64,
    /// Shares of ACT, ICM, CTI and §85.
    pub(crate) methods: [f64; 4],
    /// Shares of allocation, agreement with a housing association, private letting.
    pub(crate) housing: [f64; 3],
    pub(crate) ratings: [Rating; 4],
}

/// The codes of [`Municipality::housing`].
pub(crate) const HOUSING_SOURCES: [&str; 3] = ["allocation", "housing_association", "private"];

/// Index of the private letting, which has an effect of its own.
pub(crate) const PRIVATE: usize = 2;

/// All municipalities of a spec.
#[derive(Clone, Debug)]
pub(crate) struct Country {
    pub(crate) list: Vec<Municipality>,
    /// Share of the register's people in each.
    pub(crate) shares: Vec<f64>,
}

impl Country {
    pub(crate) fn new(spec: &Spec) -> Self {
        let source = Source::new(spec.place_seed);
        let list: Vec<Municipality> = spec
            .codes()
            .into_iter()
            .map(|code| {
                let mut draws = source.stream(u64::from(code), Purpose::Municipality);
                draw(code, spec.effects.municipality_sd, &mut draws)
            })
            .collect();
        let total: f64 = list.iter().map(|m| m.adults * m.homeless).sum();
        let shares = list.iter().map(|m| m.adults * m.homeless / total).collect();
        Self { list, shares }
    }
}

fn draw(code: u16, sd: f64, draws: &mut Draws) -> Municipality {
    let name = codes::find(code).map_or("", |c| c.name);
    let adults = adults(code, draws);
    let group = match code {
        461 | 751 | 851 => "metropolitan",
        101..=270 => "capital",
        _ if adults >= 45_000.0 => "provincial",
        _ if adults >= 25_000.0 => "commuter",
        _ => "rural",
    };
    let rate = match (code, group) {
        (101, _) => 2.4e-3,
        (_, "metropolitan") => 1.9e-3,
        (_, "provincial") => 1.3e-3,
        _ => 0.85e-3,
    };
    let homeless = rate * draws.factor(0.3);
    let trend = 0.01 * draws.normal();
    let hazard = libm::exp(sd * draws.normal());
    let status = match draws.uniform() {
        u if u < 1.0 / 6.0 => Status::Strong,
        u if u < 0.72 => Status::Partial,
        _ => Status::Limited,
    };
    Municipality {
        code,
        name,
        group,
        status,
        hazard,
        adults,
        homeless,
        trend,
        methods: match status {
            Status::Strong => [0.25, 0.45, 0.20, 0.10],
            Status::Partial => [0.10, 0.40, 0.20, 0.30],
            Status::Limited => [0.02, 0.18, 0.15, 0.65],
        },
        housing: match status {
            Status::Strong => [0.65, 0.25, 0.10],
            Status::Partial => [0.45, 0.30, 0.25],
            Status::Limited => [0.25, 0.30, 0.45],
        },
        ratings: ratings(status, draws),
    }
}

/// Adults, on the scale of the place so that the largest are the largest, but drawn.
fn adults(code: u16, draws: &mut Draws) -> f64 {
    let middle = match code {
        101 => 500_000.0,
        751 => 250_000.0,
        461 | 851 => 160_000.0,
        411 => 80.0,
        482 | 492 | 563 | 741 | 825 => 5_000.0,
        // Log-normal around 32,000.
        _ => 32_000.0 * libm::exp(0.45 * draws.normal().clamp(-2.0, 2.0)),
    };
    (middle * (0.95 + 0.1 * draws.uniform())).round()
}

/// Ratings that agree with the status: strong meets the first three, partial
/// some, limited neither has the homes nor the support.
fn ratings(status: Status, draws: &mut Draws) -> [Rating; 4] {
    let mut or = |p: f64, yes, no| if draws.chance(p) { yes } else { no };
    match status {
        Status::Strong => [
            Rating::Met,
            Rating::Met,
            Rating::Met,
            or(0.7, Rating::Met, Rating::Partly),
        ],
        Status::Partial => {
            let homes = or(0.4, Rating::Partly, Rating::NotMet);
            [
                homes,
                or(0.5, Rating::Met, Rating::Partly),
                or(0.5, Rating::Partly, Rating::Met),
                or(0.6, Rating::Partly, Rating::NotMet),
            ]
        }
        Status::Limited => [
            Rating::NotMet,
            or(0.3, Rating::Partly, Rating::NotMet),
            or(0.3, Rating::Partly, Rating::NotMet),
            or(0.3, Rating::Partly, Rating::NotMet),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(place_seed: u64) -> Country {
        Country::new(&Spec {
            place_seed,
            ..Spec::country()
        })
    }

    #[test]
    fn statuses_have_the_published_proportions_over_many_countries() {
        let mut seen = [0.0; 3];
        for seed in 0..200 {
            for m in country(seed).list {
                seen[m.status as usize] += 1.0;
            }
        }
        let n: f64 = seen.iter().sum();
        assert!((seen[0] / n - 1.0 / 6.0).abs() < 0.01);
        assert!(seen[1] / n > 0.5);
    }

    #[test]
    fn a_municipality_is_the_same_alone_and_in_the_country() {
        let alone = Spec {
            municipalities: vec!["461".into()],
            ..Spec::country()
        };
        let alone = Country::new(&alone);
        let all = country(Spec::country().place_seed);
        let same = all.list.iter().find(|m| m.code == 461).unwrap();
        assert_eq!(format!("{:?}", alone.list[0]), format!("{same:?}"));
        assert_eq!(alone.shares, [1.0]);
    }

    #[test]
    fn the_country_has_a_few_thousand_homeless_people() {
        let total: f64 = country(98).list.iter().map(|m| m.adults * m.homeless).sum();
        assert!((4_000.0..8_000.0).contains(&total), "{total}");
    }
}
