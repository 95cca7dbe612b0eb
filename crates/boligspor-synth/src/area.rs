//! The tables about municipalities: no person is in them.

use polars::prelude::*;

use crate::career::World;
use crate::cost::price_index;
use crate::day;
use crate::error::Result;
use crate::frames::{codes, texts};
use crate::model::Method;
use crate::municipality::{Municipality, PRECONDITIONS, Rating, Status};
use crate::random::Purpose;

/// The nine situations of the count, with the shares people are drawn by.
const SITUATIONS: [(&str, f64); 9] = [
    ("street", 0.10),
    ("night_place", 0.06),
    ("shelter", 0.38),
    ("hotel", 0.03),
    ("family_friends", 0.21),
    ("transitional", 0.06),
    ("prison_release", 0.02),
    ("hospital_discharge", 0.03),
    ("other", 0.11),
];

/// The age bands of the count, with their shares.
const AGE_BANDS: [(&str, f64); 6] = [
    ("18-24", 0.13),
    ("25-29", 0.12),
    ("30-39", 0.25),
    ("40-49", 0.21),
    ("50-59", 0.18),
    ("60+", 0.11),
];

/// The years a country is counted in: those of the real counts, then even ones.
fn count_years(first: i32, last: i32) -> impl Iterator<Item = i32> {
    (first..=last).filter(|y| match y {
        ..=2019 => y % 2 == 1,
        _ => y % 2 == 0 && *y != 2020,
    })
}

/// The years with data, and the last of them.
fn years(world: &World) -> std::ops::RangeInclusive<i32> {
    world.spec.first_year..=day::year(world.window.end - 1)
}

/// Every municipality in every year, with the draws of one purpose.
fn each<'a>(
    world: &'a World,
    purpose: Purpose,
    mut visit: impl FnMut(&'a Municipality, &mut crate::random::Draws),
) {
    for municipality in &world.country.list {
        let number = u64::from(municipality.code);
        visit(municipality, &mut world.source.stream(number, purpose));
    }
}

fn adults(m: &Municipality, world: &World, year: i32) -> f64 {
    let growth = 1.0 + 0.004 * f64::from(year - world.spec.first_year);
    (m.adults * growth).round()
}

/// The share of inhabitants aged 18 or more: about four in five in Denmark.
const ADULTS: f64 = 0.8;

/// Expected people of a placement year's support in a municipality.
fn supported(m: &Municipality) -> f64 {
    let reach = match m.status {
        Status::Strong => 0.8,
        Status::Partial => 0.45,
        Status::Limited => 0.2,
    };
    m.adults * m.homeless * reach
}

fn int(name: &str, values: Vec<i32>) -> Column {
    Int32Chunked::from_vec(name.into(), values).into_column()
}

fn long(name: &str, values: Vec<i64>) -> Column {
    Int64Chunked::from_vec(name.into(), values).into_column()
}

fn real(name: &str, values: Vec<f64>) -> Column {
    Float64Chunked::from_vec(name.into(), values).into_column()
}

fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The `municipalities` table.
pub(crate) fn municipalities(world: &World) -> Result<DataFrame> {
    let (mut code, mut year, mut name, mut group) = (vec![], vec![], vec![], vec![]);
    let (mut population, mut grown_up) = (vec![], vec![]);
    let (mut social, mut rent, mut unemployed) = (vec![], vec![], vec![]);
    each(world, Purpose::Covariates, |m, draws| {
        let dear = f64::from(u8::from(matches!(m.group, "capital" | "metropolitan")));
        let social_share = one_decimal(12.0 + 14.0 * draws.uniform());
        let base_rent = 4_200.0 + 900.0 * dear + 400.0 * draws.normal().clamp(-2.0, 2.0);
        let jobless = 3.0 + 2.0 * draws.uniform();
        for y in years(world) {
            code.push(m.code);
            year.push(y);
            name.push(m.name);
            group.push(m.group);
            let aged_18 = adults(m, world, y);
            population.push((aged_18 / ADULTS).round() as i64);
            grown_up.push(aged_18 as i64);
            social.push(social_share);
            rent.push((base_rent * price_index(y) / price_index(2015)).round());
            unemployed.push(one_decimal(jobless + 0.4 * draws.normal().clamp(-2.0, 2.0)));
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        int("year", year),
        texts("name", name.into_iter()),
        texts("group", group.into_iter()),
        long("population", population),
        long("adults", grown_up),
        real("social_housing_share", social),
        real("median_rent", rent),
        real("unemployment", unemployed),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The `counts` table: point-in-time counts in week 6.
pub(crate) fn counts(world: &World) -> Result<DataFrame> {
    let (mut code, mut year, mut situation, mut age, mut n) =
        (vec![], vec![], vec![], vec![], vec![]);
    let years: Vec<i32> = count_years(*years(world).start(), *years(world).end()).collect();
    each(world, Purpose::Counts, |m, draws| {
        for &y in &years {
            let since = f64::from(y - 2015);
            let people = adults(m, world, y) * m.homeless * (1.0 + m.trend * since).max(0.2);
            for (s, share) in SITUATIONS {
                for (a, part) in AGE_BANDS {
                    code.push(m.code);
                    year.push(y);
                    situation.push(s);
                    age.push(a);
                    n.push(draws.poisson(people * share * part));
                }
            }
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        int("year", year),
        texts("situation", situation.into_iter()),
        texts("age_band", age.into_iter()),
        long("n", n),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The `capacity` table: caseworkers and the citizens they support, by method.
pub(crate) fn capacity(world: &World) -> Result<DataFrame> {
    let (mut code, mut year, mut method) = (vec![], vec![], vec![]);
    let (mut workers, mut citizens) = (vec![], vec![]);
    each(world, Purpose::Capacity, |m, draws| {
        for y in years(world) {
            for (i, name) in Method::ALL.into_iter().enumerate() {
                let people = draws.poisson(supported(m) * m.methods[i]);
                let load = m.status.caseload() * if name == Method::S85 { 1.8 } else { 1.0 };
                code.push(m.code);
                year.push(y);
                method.push(name.code());
                citizens.push(people);
                workers.push(one_decimal(
                    people as f64 / load * (0.9 + 0.2 * draws.uniform()),
                ));
            }
        }
    });
    let height = code.len();
    let month = Int32Chunked::full_null("month".into(), height).into_column();
    let columns = vec![
        codes("municipality", code.into_iter()),
        int("year", year),
        month,
        texts("method", method.into_iter()),
        real("caseworkers", workers),
        long("citizens", citizens),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The `allocations` table: vacant public dwellings and those the municipality
/// allotted, at most one in four.
pub(crate) fn allocations(world: &World) -> Result<DataFrame> {
    let (mut code, mut year, mut vacant, mut allocated) = (vec![], vec![], vec![], vec![]);
    each(world, Purpose::Allocations, |m, draws| {
        let share = match m.status {
            Status::Strong => 0.22,
            Status::Partial => 0.12,
            Status::Limited => 0.05,
        };
        for y in years(world) {
            let free = draws.poisson(m.adults * 0.011);
            let used = draws.poisson(free as f64 * share).min(free / 4);
            code.push(m.code);
            year.push(y);
            vacant.push(free);
            allocated.push(used);
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        int("year", year),
        long("vacant", vacant),
        long("allocated", allocated),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The `assessments` table: how far each precondition is met.
pub(crate) fn assessments(world: &World) -> Result<DataFrame> {
    let (mut code, mut precondition, mut rating, mut evidence) = (vec![], vec![], vec![], vec![]);
    each(world, Purpose::Municipality, |m, _| {
        for (name, met) in PRECONDITIONS.into_iter().zip(m.ratings) {
            code.push(m.code);
            precondition.push(name);
            rating.push(met.code());
            evidence.push(match met {
                Rating::Met => "synthetic: interview and agreement seen",
                Rating::Partly => "synthetic: interview, agreement incomplete",
                Rating::NotMet => "synthetic: interview, nothing in place",
            });
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        texts("precondition", precondition.into_iter()),
        texts("rating", rating.into_iter()),
        texts("evidence", evidence.into_iter()),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The ratings a second assessor gives, who agrees in three of four cases and is
/// otherwise one step off.
fn rated_again(met: Rating, draws: &mut crate::random::Draws) -> Rating {
    if draws.chance(0.75) {
        return met;
    }
    match met {
        Rating::Met | Rating::NotMet => Rating::Partly,
        Rating::Partly if draws.chance(0.5) => Rating::Met,
        Rating::Partly => Rating::NotMet,
    }
}

/// The `second_assessments` table: the same preconditions by somebody else.
pub(crate) fn second_assessments(world: &World) -> Result<DataFrame> {
    let (mut code, mut precondition, mut rating) = (vec![], vec![], vec![]);
    each(world, Purpose::SecondAssessments, |m, draws| {
        for (name, met) in PRECONDITIONS.into_iter().zip(m.ratings) {
            code.push(m.code);
            precondition.push(name);
            rating.push(rated_again(met, draws).code());
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        texts("precondition", precondition.into_iter()),
        texts("rating", rating.into_iter()),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// Barriers with the share of municipalities that meet them, by how far the
/// approach is in place: strong, partial, limited.
const BARRIERS: [(&str, [f64; 3]); 7] = [
    ("few_affordable_homes", [0.5, 0.75, 0.85]),
    ("long_waiting_lists", [0.35, 0.6, 0.7]),
    ("deposit_loan", [0.15, 0.3, 0.4]),
    ("slow_case_processing", [0.1, 0.35, 0.55]),
    ("private_lettings_at_risk", [0.1, 0.3, 0.5]),
    ("support_capacity", [0.2, 0.5, 0.8]),
    ("staircase_culture", [0.05, 0.4, 0.7]),
];

/// Who has a say, with the share of municipalities that work with them.
const STAKEHOLDERS: [(&str, [f64; 3]); 6] = [
    ("housing_associations", [0.98, 0.85, 0.6]),
    ("benefits_office", [0.95, 0.75, 0.5]),
    ("shelters", [0.9, 0.85, 0.75]),
    ("psychiatry", [0.7, 0.5, 0.3]),
    ("probation_service", [0.45, 0.3, 0.15]),
    ("volunteers", [0.6, 0.5, 0.4]),
];

/// Risks with the middle of their likelihood and consequence.
const RISKS: [(&str, i32, i32); 4] = [
    ("key_staff_leave", 3, 3),
    ("funding_ends", 2, 5),
    ("rents_rise", 4, 4),
    ("refund_rules_change", 3, 4),
];

/// The `context` table: barriers, stakeholders and risks.
pub(crate) fn context(world: &World) -> Result<DataFrame> {
    let (mut code, mut kind, mut what) = (vec![], vec![], vec![]);
    let (mut likelihood, mut consequence) = (vec![], vec![]);
    each(world, Purpose::Context, |m, draws| {
        let mut add = |of: &'static str, name: &'static str, risk: Option<(i32, i32)>| {
            code.push(m.code);
            kind.push(of);
            what.push(name);
            likelihood.push(risk.map(|r| r.0));
            consequence.push(risk.map(|r| r.1));
        };
        for (of, list) in [
            ("barrier", &BARRIERS[..]),
            ("stakeholder", &STAKEHOLDERS[..]),
        ] {
            for (name, shares) in list {
                if draws.chance(shares[m.status as usize]) {
                    add(of, name, None);
                }
            }
        }
        for (name, likely, grave) in RISKS {
            if draws.chance(0.7) {
                let near = |middle: i32, step: i32| (middle + step).clamp(1, 5);
                let risk = (
                    near(likely, draws.between(-1, 2)),
                    near(grave, draws.between(-1, 2)),
                );
                add("risk", name, Some(risk));
            }
        }
    });
    let height = code.len();
    let columns = vec![
        codes("municipality", code.into_iter()),
        texts("kind", kind.into_iter()),
        texts("what", what.into_iter()),
        Series::new("likelihood".into(), likelihood).into_column(),
        Series::new("consequence".into(), consequence).into_column(),
    ];
    Ok(DataFrame::new(height, columns)?)
}

/// The `price_index` table.
pub(crate) fn prices(world: &World) -> Result<DataFrame> {
    let year: Vec<i32> = years(world).collect();
    let index = year.iter().map(|y| price_index(*y)).collect();
    let height = year.len();
    Ok(DataFrame::new(
        height,
        vec![int("year", year), real("index", index)],
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn the_country_is_counted_in_the_years_of_the_real_counts() {
        let years: Vec<i32> = count_years(2009, 2026).collect();
        assert_eq!(
            years,
            [2009, 2011, 2013, 2015, 2017, 2019, 2022, 2024, 2026]
        );
        for shares in [&SITUATIONS[..], &AGE_BANDS[..]] {
            assert!((shares.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_count_of_the_country_is_of_the_published_size() {
        let world = World::new(&Spec::country());
        let df = counts(&world).unwrap();
        let n = df.column("n").unwrap().i64().unwrap();
        let total: i64 = n.into_no_null_iter().sum();
        let years = count_years(2013, 2024).count() as i64;
        assert!(
            (4_000..8_000).contains(&(total / years)),
            "{}",
            total / years
        );
        assert_eq!(df.height() as i64, years * 98 * 9 * 6);
    }

    #[test]
    fn no_more_than_every_fourth_vacant_dwelling_is_allotted() {
        let df = allocations(&World::new(&Spec::country())).unwrap();
        let column = |name| df.column(name).unwrap().i64().unwrap().clone();
        let (vacant, allocated) = (column("vacant"), column("allocated"));
        for (v, a) in vacant
            .into_no_null_iter()
            .zip(allocated.into_no_null_iter())
        {
            assert!(4 * a <= v);
        }
    }
}
