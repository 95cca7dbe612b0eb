//! What a day costs: fixed-price daily rates by category, and their payers.
//!
//! A rate depends on where the person is, on whether they are placed and how
//! long ago, and on nothing else; each person has an independent log-normal
//! factor of mean 1 for each category. So expected costs are rates times the
//! expected days of [`crate::model`], exactly. The rates are invented round
//! figures of a plausible size, in the prices of the last full year observed.

use crate::day::{self, Day};
use crate::model::{Care, Class, Method, Model};
use crate::place::Place;
use crate::spec::Effects;

/// A category of spending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Shelter,
    Support,
    Hospital,
    Psychiatry,
    Treatment,
    Prison,
    CashBenefits,
    Institution,
    Transitional,
    Hotel,
    Outreach,
    Establishment,
}

impl Category {
    pub(crate) const COUNT: usize = 12;

    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Shelter,
        Self::Support,
        Self::Hospital,
        Self::Psychiatry,
        Self::Treatment,
        Self::Prison,
        Self::CashBenefits,
        Self::Institution,
        Self::Transitional,
        Self::Hotel,
        Self::Outreach,
        Self::Establishment,
    ];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Shelter => "shelter",
            Self::Support => "support",
            Self::Hospital => "hospital",
            Self::Psychiatry => "psychiatry",
            Self::Treatment => "treatment",
            Self::Prison => "prison",
            Self::CashBenefits => "cash_benefits",
            Self::Institution => "institution",
            Self::Transitional => "transitional",
            Self::Hotel => "hotel",
            Self::Outreach => "outreach",
            Self::Establishment => "establishment",
        }
    }

    /// Who pays, and which share. Constant shares: the refund rules that change
    /// with the calendar are not in the model.
    pub(crate) fn payers(self) -> &'static [(Payer, f64)] {
        match self {
            Self::Shelter => &[(Payer::Municipality, 0.5), (Payer::State, 0.5)],
            Self::CashBenefits => &[(Payer::Municipality, 0.7), (Payer::State, 0.3)],
            Self::Hospital | Self::Psychiatry => &[(Payer::Region, 1.0)],
            Self::Prison => &[(Payer::State, 1.0)],
            Self::Support
            | Self::Treatment
            | Self::Institution
            | Self::Transitional
            | Self::Hotel
            | Self::Outreach
            | Self::Establishment => &[(Payer::Municipality, 1.0)],
        }
    }
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    Municipality,
    Region,
    State,
}

impl Payer {
    pub(crate) const ALL: [Self; 3] = [Self::Municipality, Self::Region, Self::State];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Municipality => "municipality",
            Self::Region => "region",
            Self::State => "state",
        }
    }
}

/// Paid once, on the day of placement: deposit, furniture, moving.
pub(crate) const ESTABLISHMENT: f64 = 40_000.0;

/// Share of hospital stays that are psychiatric, given a psychiatric diagnosis.
pub(crate) const PSYCHIATRIC_STAYS: f64 = 0.6;

const HOSPITAL_DAY: f64 = 6_000.0;
const PSYCHIATRY_DAY: f64 = 4_200.0;
const CASH_DAY: f64 = 420.0;

/// Days since time zero at which the cost of support changes, in order.
pub(crate) const SUPPORT_BREAKS: [i32; 4] = [-730, 0, 365, 730];

/// Days since placement at which CTI ends; §85 support follows it.
pub(crate) const CTI_ENDS: i32 = 274;

/// The fixed-price daily rate of a hospital day in this category.
pub(crate) fn hospital_day(psychiatry: bool) -> (Category, f64) {
    if psychiatry {
        (Category::Psychiatry, PSYCHIATRY_DAY)
    } else {
        (Category::Hospital, HOSPITAL_DAY)
    }
}

/// The fixed-price daily rate of being at a place other than hospital.
pub(crate) fn place_day(place: Place) -> Option<(Category, f64)> {
    Some(match place {
        Place::Shelter => (Category::Shelter, 1_500.0),
        Place::Treatment => (Category::Treatment, 1_700.0),
        Place::Prison => (Category::Prison, 950.0),
        Place::Institution => (Category::Institution, 1_900.0),
        Place::Transitional => (Category::Transitional, 500.0),
        Place::Hotel => (Category::Hotel, 650.0),
        Place::Street => (Category::Outreach, 150.0),
        Place::Home
        | Place::Hospital
        | Place::Sofa
        | Place::Unseen
        | Place::Abroad
        | Place::Dead => return None,
    })
}

/// The daily rate of cash benefits at a place: none in prison, abroad or dead.
pub(crate) fn cash_day(place: Place) -> f64 {
    match place {
        Place::Prison | Place::Abroad | Place::Dead => 0.0,
        _ => CASH_DAY,
    }
}

/// Whether support is given to someone at a place.
pub(crate) fn supported(place: Place) -> bool {
    !matches!(place, Place::Abroad | Place::Dead)
}

/// The daily rate of support `day` days after time zero (negative: before).
pub(crate) fn support_day(effects: &Effects, class: &Class, care: Care, day: i32) -> f64 {
    const ORDINARY: f64 = 50.0;
    if day < SUPPORT_BREAKS[0] {
        return 0.0;
    }
    if day < 0 || care == Care::Usual {
        return ORDINARY;
    }
    let icm = match day {
        ..365 => effects.support_first_year,
        365..730 => effects.support_second_year,
        _ => effects.support_later,
    };
    icm * match class.method {
        Method::Act => 1.35,
        Method::Icm => 1.0,
        Method::Cti if day < CTI_ENDS => 1.0,
        Method::Cti | Method::S85 => 0.6,
    }
}

/// The days since time zero at which [`support_day`] can change, in order.
pub(crate) fn support_changes() -> [i32; 5] {
    let [a, b, c, d] = SUPPORT_BREAKS;
    [a, b, CTI_ENDS, c, d]
}

/// A synthetic consumer price index, 2015 = 100: 1.5 % a year, but 7.5 % in
/// 2022 and 3.5 % in 2023. Not Statistics Denmark's.
///
/// ```
/// use boligspor_synth::price_index;
/// assert_eq!(price_index(2015), 100.0);
/// assert!(price_index(2022) / price_index(2021) > 1.07);
/// ```
pub fn price_index(year: i32) -> f64 {
    let growth = |year: i32| match year {
        2022 => 1.075,
        2023 => 1.035,
        _ => 1.015,
    };
    let mut index = 100.0;
    for y in 2016..=year {
        index *= growth(y);
    }
    for y in (year + 1..=2015).rev() {
        index /= growth(y);
    }
    // Published to one decimal, as real ones are.
    (index * 10.0_f64).round() / 10.0
}

/// The year in whose prices the planted rates and the truth are.
pub(crate) fn base_year(first_unobserved: Day) -> i32 {
    day::year(first_unobserved) - 1
}

/// Expected daily rates by category at a place, `day` days after time zero.
pub(crate) fn expected_day(
    model: &Model,
    class: &Class,
    care: Care,
    place: Place,
    day: i32,
    out: &mut [f64; Category::COUNT],
) {
    out.fill(0.0);
    if let Some((category, rate)) = place_day(place) {
        out[category as usize] += rate;
    }
    if place == Place::Hospital {
        let psychiatric = if class.psychiatric {
            PSYCHIATRIC_STAYS
        } else {
            0.0
        };
        out[Category::Psychiatry as usize] += psychiatric * PSYCHIATRY_DAY;
        out[Category::Hospital as usize] += (1.0 - psychiatric) * HOSPITAL_DAY;
    }
    out[Category::CashBenefits as usize] += cash_day(place);
    if supported(place) {
        out[Category::Support as usize] += support_day(model.effects(), class, care, day);
    }
    if day == 0 && care == Care::HousingFirst {
        out[Category::Establishment as usize] += ESTABLISHMENT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payers_share_the_whole_amount() {
        for category in Category::ALL {
            let sum: f64 = category.payers().iter().map(|(_, s)| s).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{}", category.code());
            assert_eq!(Category::ALL[category as usize], category);
        }
    }

    #[test]
    fn support_changes_only_on_the_days_listed() {
        let effects = Effects::default();
        for method in Method::ALL {
            let class = Class {
                age: crate::model::Age::Middle,
                woman: false,
                substance: false,
                psychiatric: false,
                method,
                private: false,
                hazard: 1.0,
            };
            for care in [Care::HousingFirst, Care::Usual] {
                for day in -1_500..1_500 {
                    let changed = support_day(&effects, &class, care, day)
                        != support_day(&effects, &class, care, day - 1);
                    assert!(!changed || support_changes().contains(&day));
                }
            }
        }
    }

    #[test]
    fn the_index_rises_every_year() {
        assert!((1980..2100).all(|y| price_index(y) < price_index(y + 1)));
    }
}
