//! The planted model: daily probabilities of moving from one state to another.
//!
//! Three daily Markov chains on the pairs of [`Spot`]:
//!
//! - **after placement**, from the allotted home on day 0 forward, with
//!   probabilities that change at days 183, 274 and 730;
//! - **usual care**, from where a never-placed person is at enrolment forward;
//! - **before**, from the day before time zero *backward*, with probabilities
//!   that change 365, 730 and 1,461 days before. Running it backward makes
//!   the rise towards placement part of the model instead of an accident of
//!   selection, and keeps every expectation a matrix product.
//!
//! Times in a state are therefore geometric, piecewise between those days, and
//! the truth in [`crate::truth`] is exact, not simulated. All figures here are
//! invented to give plausible paths; none is an estimate for a real place.

use crate::day::ADULT;
use crate::place::{Place, Spot, Tenancy};
use crate::random::Draws;
use crate::spec::{Effects, LONGEST_WAIT};

/// Days in a year, for turning rates into daily probabilities.
const YEAR: f64 = 365.25;

/// Days since placement at which probabilities change.
pub(crate) const AFTER_BREAKS: [i32; 3] = [183, 274, 730];

/// Days before time zero at which probabilities change.
pub(crate) const BEFORE_BREAKS: [i32; 3] = [365, 730, 1_461];

/// How often each trait occurs.
pub(crate) const AGE_SHARES: [f64; 3] = [0.20, 0.58, 0.22];
pub(crate) const WOMEN: f64 = 0.24;
pub(crate) const SUBSTANCE_USE: f64 = 0.60;
pub(crate) const PSYCHIATRIC: f64 = 0.45;
pub(crate) const OTHER_ORIGIN: f64 = 0.18;

/// Age at time zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Young,
    Middle,
    Old,
}

impl Age {
    pub(crate) const ALL: [Self; 3] = [Self::Young, Self::Middle, Self::Old];

    /// Ages in days, `low..high`, from which one is drawn uniformly.
    pub(crate) fn days(self) -> (i32, i32) {
        // The last day before the 25th and the 50th birthday, whatever the leap years.
        let last = |years: f64| (years * YEAR) as i32 - 1;
        match self {
            // So that nobody is enrolled before they are an adult.
            Self::Young => (ADULT + LONGEST_WAIT, last(25.0)),
            Self::Middle => (last(25.0) + 2, last(50.0)),
            Self::Old => (last(50.0) + 2, last(70.0)),
        }
    }
}

/// Support method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Act,
    Icm,
    Cti,
    S85,
}

impl Method {
    pub(crate) const ALL: [Self; 4] = [Self::Act, Self::Icm, Self::Cti, Self::S85];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Act => "ACT",
            Self::Icm => "ICM",
            Self::Cti => "CTI",
            Self::S85 => "S85",
        }
    }
}

/// What the probabilities of one person depend on.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent yes-or-no traits"
)]
pub(crate) struct Class {
    pub(crate) age: Age,
    pub(crate) woman: bool,
    pub(crate) substance: bool,
    pub(crate) psychiatric: bool,
    pub(crate) method: Method,
    pub(crate) private: bool,
    /// The municipality's hazard ratio of loss.
    pub(crate) hazard: f64,
}

/// Which chain runs after time zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    HousingFirst,
    Usual,
}

/// The ways out of a state: daily probabilities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exits {
    pub(crate) to: Vec<(Spot, f64)>,
}

impl Exits {
    /// Probability of leaving on a day.
    pub(crate) fn total(&self) -> f64 {
        self.to.iter().map(|(_, p)| p).sum()
    }

    /// Where to, given that one leaves.
    pub(crate) fn pick(&self, draws: &mut Draws) -> Spot {
        let mut left = draws.uniform() * self.total();
        for (spot, p) in &self.to {
            left -= p;
            if left < 0.0 {
                return *spot;
            }
        }
        self.to.last().map_or(Spot::UNSEEN, |(spot, _)| *spot)
    }

    fn clear(&mut self) {
        self.to.clear();
    }

    fn per_day(&mut self, to: Spot, p: f64) {
        if p > 0.0 {
            self.to.push((to, p));
        }
    }

    fn per_year(&mut self, to: Spot, rate: f64) {
        self.per_day(to, rate / YEAR);
    }

    /// Leaving after `mean` days on average, by the given shares.
    fn after_days(&mut self, mean: f64, shares: &[(Spot, f64)]) {
        for (to, share) in shares {
            self.per_day(*to, share / mean);
        }
    }
}

/// Where people are the day before time zero, placed or not.
pub(crate) const AT_TIME_ZERO: [(Spot, f64); 10] = [
    (Spot::SHELTER, 0.28),
    (Spot::STREET, 0.08),
    (Spot::SOFA, 0.35),
    (Spot::HOTEL, 0.03),
    (Spot::TRANSITIONAL, 0.08),
    (Spot::INSTITUTION, 0.04),
    (Spot::HOSPITAL, 0.03),
    (Spot::TREATMENT, 0.03),
    (Spot::PRISON, 0.03),
    (Spot::UNSEEN, 0.05),
];

/// The phase of a day, given the days at which phases change.
pub(crate) fn phase(breaks: &[i32; 3], day: i32) -> usize {
    breaks.iter().filter(|b| day >= **b).count()
}

/// The planted model, with the spec's effects in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    effects: Effects,
}

impl Model {
    pub(crate) fn new(effects: Effects) -> Self {
        Self { effects }
    }

    pub(crate) fn effects(&self) -> &Effects {
        &self.effects
    }

    /// Homes lost a year in a phase after time zero.
    pub(crate) fn loss(&self, class: &Class, care: Care, phase: usize) -> f64 {
        let e = &self.effects;
        let age = match class.age {
            Age::Young => e.young,
            Age::Middle => 1.0,
            Age::Old => e.old,
        };
        let substance = if class.substance {
            e.substance_use
        } else {
            1.0
        };
        let person = age * substance * class.hazard;
        if care == Care::Usual {
            return e.loss_to_two_years * e.s85 * person;
        }
        let base = match phase {
            0 => e.loss_first_half_year,
            1 | 2 => e.loss_to_two_years,
            _ => e.loss_later,
        };
        let method = match class.method {
            Method::Act => e.act,
            Method::Icm => 1.0,
            Method::Cti if phase < 2 => e.cti_during,
            Method::Cti => e.cti_after,
            Method::S85 => e.s85,
        };
        let letting = if class.private {
            e.private_letting
        } else {
            1.0
        };
        base * method * letting * person
    }

    /// Deaths a year.
    fn death(&self, class: &Class) -> f64 {
        let age = match class.age {
            Age::Young => 0.35,
            Age::Middle => 1.0,
            Age::Old => 2.4,
        };
        let substance = if class.substance { 1.5 } else { 1.0 };
        self.effects.death * age * substance
    }

    /// The ways out of `spot` on a day of `phase` after time zero.
    pub(crate) fn after(
        &self,
        class: &Class,
        care: Care,
        phase: usize,
        spot: Spot,
        out: &mut Exits,
    ) {
        out.clear();
        let place = spot.place();
        if matches!(place, Place::Dead | Place::Abroad) {
            // Emigration ends observation, so nobody comes back from it.
            return;
        }
        out.per_year(Spot::DEAD, self.death(class));
        out.per_year(Spot::ABROAD, 0.004);
        let tenancy = spot.tenancy();
        if tenancy == Tenancy::None {
            self.homeless(class, care, place, out);
        } else if place == Place::Home {
            self.housed(class, care, phase, tenancy, out);
        } else {
            away(class, tenancy, place, out);
        }
    }

    fn housed(&self, class: &Class, care: Care, phase: usize, tenancy: Tenancy, out: &mut Exits) {
        let to = |place| Spot::keeping(tenancy, place);
        out.per_year(
            to(Place::Hospital),
            if class.psychiatric { 1.0 } else { 0.35 },
        );
        out.per_year(
            to(Place::Treatment),
            if class.substance { 0.12 } else { 0.01 },
        );
        out.per_year(to(Place::Prison), if class.woman { 0.012 } else { 0.05 });
        out.per_year(to(Place::Shelter), 0.05);
        if tenancy == Tenancy::Allotted {
            out.per_year(Spot::OTHER_HOME, 0.06);
        }
        // However large the effects, at most half of all homes are lost in a day.
        let loss = (self.loss(class, care, phase) / YEAR).min(0.5);
        for (spot, share) in [
            (Spot::SHELTER, 0.42),
            (Spot::SOFA, 0.26),
            (Spot::STREET, 0.10),
            (Spot::TRANSITIONAL, 0.06),
            (Spot::INSTITUTION, 0.06),
            (Spot::HOTEL, 0.03),
            (Spot::UNSEEN, 0.07),
        ] {
            out.per_day(spot, loss * share);
        }
    }

    fn homeless(&self, class: &Class, care: Care, place: Place, out: &mut Exits) {
        let home = match care {
            Care::HousingFirst => self.effects.rehoused,
            Care::Usual => self.effects.usual_care,
        };
        let hospital = if class.psychiatric { 1.5 } else { 0.5 };
        let treatment = if class.substance { 0.4 } else { 0.03 };
        let prison = if class.woman { 0.08 } else { 0.3 };
        let mut years = |rates: &[(Spot, f64)]| {
            for (to, rate) in rates {
                out.per_year(*to, *rate);
            }
        };
        match place {
            Place::Shelter => years(&[
                (Spot::OTHER_HOME, home),
                (Spot::SOFA, 0.65),
                (Spot::STREET, 0.3),
                (Spot::UNSEEN, 0.2),
                (Spot::TRANSITIONAL, 0.5),
                (Spot::INSTITUTION, 0.15),
                (Spot::HOTEL, 0.15),
                (Spot::HOSPITAL, hospital),
                (Spot::TREATMENT, treatment),
                (Spot::PRISON, prison),
            ]),
            Place::Sofa => years(&[
                (Spot::OTHER_HOME, home),
                (Spot::SHELTER, 0.6),
                (Spot::STREET, 0.3),
                (Spot::UNSEEN, 0.3),
                (Spot::HOTEL, 0.1),
                (Spot::TRANSITIONAL, 0.15),
                (Spot::HOSPITAL, 0.7 * hospital),
                (Spot::TREATMENT, 0.7 * treatment),
                (Spot::PRISON, prison),
            ]),
            Place::Street => years(&[
                (Spot::OTHER_HOME, 0.5 * home),
                (Spot::SHELTER, 4.0),
                (Spot::SOFA, 1.5),
                (Spot::UNSEEN, 0.5),
                (Spot::HOSPITAL, 1.5 * hospital),
                (Spot::TREATMENT, treatment),
                (Spot::PRISON, 2.0 * prison),
            ]),
            Place::Hotel => years(&[
                (Spot::OTHER_HOME, home),
                (Spot::SHELTER, 2.0),
                (Spot::SOFA, 2.0),
            ]),
            Place::Institution => years(&[
                (Spot::OTHER_HOME, 0.5 * home),
                (Spot::SHELTER, 0.2),
                (Spot::SOFA, 0.15),
                (Spot::HOSPITAL, 0.3 * hospital),
            ]),
            Place::Transitional => years(&[
                (Spot::OTHER_HOME, 1.5 * home),
                (Spot::SHELTER, 0.5),
                (Spot::SOFA, 0.4),
                (Spot::HOSPITAL, 0.5 * hospital),
            ]),
            Place::Unseen => years(&[
                (Spot::OTHER_HOME, 0.8 * home),
                (Spot::SHELTER, 0.6),
                (Spot::SOFA, 0.8),
                (Spot::STREET, 0.2),
            ]),
            Place::Hospital => out.after_days(
                if class.psychiatric { 20.0 } else { 9.0 },
                &[
                    (Spot::SHELTER, 0.5),
                    (Spot::SOFA, 0.28),
                    (Spot::STREET, 0.1),
                    (Spot::TREATMENT, 0.08),
                    (Spot::INSTITUTION, 0.04),
                ],
            ),
            Place::Treatment => out.after_days(
                80.0,
                &[
                    (Spot::SHELTER, 0.4),
                    (Spot::SOFA, 0.35),
                    (Spot::TRANSITIONAL, 0.2),
                    (Spot::OTHER_HOME, 0.05),
                ],
            ),
            Place::Prison => out.after_days(
                75.0,
                &[
                    (Spot::SHELTER, 0.42),
                    (Spot::SOFA, 0.38),
                    (Spot::STREET, 0.1),
                    (Spot::UNSEEN, 0.1),
                ],
            ),
            Place::Home | Place::Abroad | Place::Dead => {}
        }
    }

    /// What came before `spot`, going back one day from a day of `phase`.
    pub(crate) fn before(class: &Class, phase: usize, spot: Spot, out: &mut Exits) {
        out.clear();
        // The further back, the likelier that a home of one's own came before
        // (the home that was lost), and the longer it had been held.
        let home = [0.45, 0.70, 1.00, 1.20][phase];
        let homeless = [0.50, 0.40, 0.32, 0.28][phase];
        let hospital = if class.psychiatric { 1.2 } else { 0.3 };
        let treatment = if class.substance { 0.25 } else { 0.02 };
        let prison = if class.woman { 0.06 } else { 0.25 };
        let mut years = |rates: &[(Spot, f64)]| {
            for (to, rate) in rates {
                out.per_year(*to, *rate);
            }
        };
        match (spot.tenancy(), spot.place()) {
            (Tenancy::None, Place::Shelter) => years(&[
                (Spot::OTHER_HOME, home),
                (Spot::SOFA, 0.55),
                (Spot::STREET, 0.2),
                (Spot::UNSEEN, 0.2),
                (Spot::HOSPITAL, hospital),
                (Spot::TREATMENT, treatment),
                (Spot::PRISON, prison),
            ]),
            (_, Place::Sofa) => years(&[
                (Spot::OTHER_HOME, 1.3 * home),
                (Spot::SHELTER, 0.3),
                (Spot::STREET, 0.25),
                (Spot::UNSEEN, 0.3),
                (Spot::HOSPITAL, 0.5 * hospital),
                (Spot::PRISON, prison),
            ]),
            (_, Place::Street) => years(&[
                (Spot::OTHER_HOME, 0.5 * home),
                (Spot::SHELTER, 2.5),
                (Spot::SOFA, 2.0),
                (Spot::PRISON, prison),
            ]),
            (_, Place::Hotel) => years(&[
                (Spot::SHELTER, 2.0),
                (Spot::SOFA, 2.5),
                (Spot::OTHER_HOME, home),
            ]),
            (_, Place::Institution) => {
                years(&[(Spot::SHELTER, 0.7), (Spot::OTHER_HOME, 0.4 * home)]);
            }
            (_, Place::Transitional) => years(&[(Spot::SHELTER, 1.6), (Spot::SOFA, 0.8)]),
            (_, Place::Unseen) => years(&[
                (Spot::OTHER_HOME, 0.6 * home),
                (Spot::SOFA, 0.5),
                (Spot::SHELTER, 0.15),
                (Spot::ABROAD, 0.05),
            ]),
            (Tenancy::None, Place::Hospital) => out.after_days(
                if class.psychiatric { 20.0 } else { 9.0 },
                &[
                    (Spot::SHELTER, 0.55),
                    (Spot::SOFA, 0.35),
                    (Spot::STREET, 0.1),
                ],
            ),
            (Tenancy::None, Place::Treatment) => {
                out.after_days(80.0, &[(Spot::SHELTER, 0.5), (Spot::SOFA, 0.5)]);
            }
            (Tenancy::None, Place::Prison) => {
                out.after_days(
                    75.0,
                    &[(Spot::SHELTER, 0.4), (Spot::SOFA, 0.5), (Spot::STREET, 0.1)],
                );
            }
            (Tenancy::None, Place::Abroad) => years(&[(Spot::UNSEEN, 0.25), (Spot::SOFA, 0.25)]),
            (_, Place::Dead) => {}
            (tenancy, Place::Home) => {
                let to = |place| Spot::keeping(tenancy, place);
                years(&[
                    (to(Place::Hospital), 0.5 * hospital),
                    (to(Place::Treatment), 0.4 * treatment),
                    (to(Place::Prison), 0.3 * prison),
                    (Spot::SOFA, 0.5 * homeless),
                    (Spot::SHELTER, 0.2 * homeless),
                    (Spot::UNSEEN, 0.2 * homeless),
                ]);
            }
            (tenancy, place) => {
                let mean = match place {
                    Place::Hospital if class.psychiatric => 16.0,
                    Place::Hospital => 7.0,
                    Place::Shelter => 14.0,
                    _ => 60.0,
                };
                out.after_days(mean, &[(Spot::keeping(tenancy, Place::Home), 1.0)]);
            }
        }
    }
}

/// Away from a home that is kept meanwhile.
fn away(class: &Class, tenancy: Tenancy, place: Place, out: &mut Exits) {
    let home = Spot::keeping(tenancy, Place::Home);
    match place {
        Place::Hospital => out.after_days(
            if class.psychiatric { 16.0 } else { 7.0 },
            &[(home, 0.985), (Spot::HOSPITAL, 0.015)],
        ),
        Place::Treatment => out.after_days(80.0, &[(home, 0.93), (Spot::TREATMENT, 0.07)]),
        Place::Prison => out.after_days(60.0, &[(home, 0.85), (Spot::PRISON, 0.15)]),
        _ => out.after_days(14.0, &[(home, 0.85), (Spot::SHELTER, 0.15)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> impl Iterator<Item = Class> {
        Age::ALL.into_iter().flat_map(|age| {
            Method::ALL.into_iter().flat_map(move |method| {
                [false, true].into_iter().map(move |yes| Class {
                    age,
                    woman: yes,
                    substance: !yes,
                    psychiatric: yes,
                    method,
                    private: yes,
                    hazard: 1.0,
                })
            })
        })
    }

    #[test]
    fn every_row_is_a_probability_and_only_death_and_emigration_are_final() {
        let model = Model::new(Effects::default());
        let mut out = Exits::default();
        for class in classes() {
            for spot in Spot::all() {
                for phase in 0..4 {
                    for care in [Care::HousingFirst, Care::Usual] {
                        model.after(&class, care, phase, spot, &mut out);
                        let total = out.total();
                        let last = [Spot::DEAD, Spot::ABROAD].contains(&spot);
                        assert!(total < 1.0 && (total > 0.0) != last);
                        assert!(out.to.iter().all(|(to, p)| *to != spot && *p > 0.0));
                    }
                    Model::before(&class, phase, spot, &mut out);
                    assert!(out.total() < 1.0);
                    assert!(
                        out.to
                            .iter()
                            .all(|(to, _)| *to != Spot::DEAD && *to != spot)
                    );
                }
            }
        }
    }

    #[test]
    fn a_home_once_allotted_is_never_allotted_again() {
        let model = Model::new(Effects::default());
        let mut out = Exits::default();
        let class = classes().next().unwrap();
        for spot in Spot::all().filter(|s| s.tenancy() != Tenancy::Allotted) {
            for phase in 0..4 {
                model.after(&class, Care::HousingFirst, phase, spot, &mut out);
                assert!(
                    out.to
                        .iter()
                        .all(|(to, _)| to.tenancy() != Tenancy::Allotted)
                );
            }
        }
    }

    #[test]
    fn phases_change_on_their_first_day() {
        assert_eq!(phase(&AFTER_BREAKS, 182), 0);
        assert_eq!(phase(&AFTER_BREAKS, 183), 1);
        assert_eq!(phase(&AFTER_BREAKS, 274), 2);
        assert_eq!(phase(&AFTER_BREAKS, 5_000), 3);
    }

    #[test]
    fn shares_at_time_zero_sum_to_one() {
        assert!((AT_TIME_ZERO.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((AGE_SHARES.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
