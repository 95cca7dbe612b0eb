//! HUD's code lists, as far as they say where a person lives.
//!
//! Source: HUD, "FY 2024 and FY 2026 HMIS Data Standards" and "HMIS CSV Format
//! Specifications": list 2.02.6 (project types), 3.12.1 (living situations and
//! destinations), 3.917.2 (length of stay), 4.15.B (SSVF financial assistance).

use crate::calendar::Day;
use crate::state::State;

/// What a project is, as far as it says where its people live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Project {
    /// A bed from entry to exit.
    Bed(State),
    /// A shelter that records each night.
    NightByNight,
    /// A home from the day of move-in.
    Housing,
    /// Contacts with people on the street.
    Outreach,
    /// No bed: services, prevention, coordinated entry.
    None,
}

/// A project type's code, what it is, and its name.
const PROJECTS: &[(i64, Project, &str)] = &[
    (0, Project::Bed(State::Shelter), "emergency shelter"),
    (
        1,
        Project::NightByNight,
        "emergency shelter, night by night",
    ),
    (2, Project::Bed(State::Transitional), "transitional housing"),
    (3, Project::Housing, "permanent supportive housing"),
    (4, Project::Outreach, "street outreach"),
    (6, Project::None, "services only"),
    (7, Project::None, "other"),
    // HUD's measure 1 counts nights in a safe haven with those in shelters.
    (8, Project::Bed(State::Shelter), "safe haven"),
    (9, Project::Housing, "permanent housing, housing only"),
    (10, Project::Housing, "permanent housing with services"),
    (11, Project::None, "day shelter"),
    (12, Project::None, "homelessness prevention"),
    (13, Project::Housing, "rapid rehousing"),
    (14, Project::None, "coordinated entry"),
];

/// What a project type is, and its name.
pub(super) fn project(code: i64) -> Option<(Project, &'static str)> {
    PROJECTS.iter().find(|p| p.0 == code).map(|p| (p.1, p.2))
}

/// The code of "deceased" among the destinations.
pub(super) const DECEASED: i64 = 24;

/// The state that a living situation or destination stands for; none for
/// "other", "not collected" and the like.
///
/// HUD's permanent situations are all `dwelling`, staying with family or
/// friends with permanent tenure included; without it that is `sofa`.
pub(super) fn situation(code: i64) -> Option<State> {
    Some(match code {
        // Emergency shelter or a hotel it pays for; safe haven.
        101 | 118 => State::Shelter,
        116 => State::Street,
        // Psychiatric hospital; hospital.
        204 | 206 => State::Hospital,
        205 => State::Treatment,
        207 => State::Prison,
        // Foster or group home; nursing home.
        215 | 225 => State::Institution,
        // Transitional housing, also HOPWA's; halfway house; host home.
        302 | 327 | 329 | 332 => State::Transitional,
        // With family or friends for now, as destination and as situation.
        312 | 313 | 335 | 336 => State::Sofa,
        // A hotel paid by the person.
        314 => State::Hotel,
        // Rented or owned, with or without subsidy; family or friends for good.
        410 | 411 | 421 | 422 | 423 | 426 | 435 => State::Dwelling,
        _ => return None,
    })
}

/// Whether a living situation is homelessness in HUD's literal sense.
pub(super) fn literally_homeless(code: i64) -> bool {
    matches!(code, 101 | 116 | 118)
}

/// The nights that a length of stay is at least.
pub(super) fn at_least_nights(code: i64) -> Day {
    match code {
        11 => 2,
        2 => 7,
        3 => 30,
        4 => 90,
        5 => 365,
        // One night or less (10), and all that is not known.
        _ => 1,
    }
}

/// The record type of a night in a shelter.
pub(super) const BED_NIGHT: i64 = 200;

/// Category and payer of financial assistance, by record type and type.
pub(super) fn assistance(record: Option<i64>, kind: Option<i64>) -> (&'static str, &'static str) {
    let category = match (record, kind) {
        (Some(152), Some(1)) => "rental_assistance",
        (Some(152), Some(2)) => "security_deposit",
        (Some(152), Some(3)) => "utility_deposit",
        (Some(152), Some(4)) => "utility_fees",
        (Some(152), Some(5)) => "moving_costs",
        (Some(152), Some(8)) => "transport_tokens",
        (Some(152), Some(9)) => "vehicle_repair",
        (Some(152), Some(10)) => "child_care",
        (Some(152), Some(11)) => "emergency_supplies",
        (Some(152), Some(12)) => "housing_stability",
        (Some(152), Some(14)) => "emergency_housing",
        (Some(152), Some(15)) => "shallow_subsidy",
        (Some(152), Some(16)) => "food",
        _ => "other_assistance",
    };
    let payer = match record {
        Some(151) => "hopwa",
        Some(152) => "ssvf",
        _ => "other",
    };
    (category, payer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permanent_destinations_are_those_of_huds_measures() {
        let permanent: Vec<i64> = (0..500)
            .filter(|c| situation(*c) == Some(State::Dwelling))
            .collect();
        assert_eq!(permanent, [410, 411, 421, 422, 423, 426, 435]);
        assert_eq!(situation(DECEASED), None);
        assert_eq!(situation(99), None);
    }

    #[test]
    fn homes_are_given_by_permanent_and_rapid_housing() {
        let housing: Vec<i64> = (0..20)
            .filter(|c| project(*c).is_some_and(|p| p.0 == Project::Housing))
            .collect();
        assert_eq!(housing, [3, 9, 10, 13]);
        assert_eq!(project(5), None);
    }
}
