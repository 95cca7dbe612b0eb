//! The municipalities most like one's own, and one's figures beside theirs.
//!
//! Each mean says how it is made: peers, group and region are means of
//! municipalities, each counting once; the country is weighted by inhabitants.
//! The peers are chosen in one year and stay the same in every other.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::neighbours::{Neighbour, Scaling, nearest};

use super::findings::{Findings, Read, Rows, row};
use super::labels::Labels;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::{Municipality, Register, Table};

/// Whom a municipality is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeerSpec {
    /// Columns of `municipalities` that make municipalities alike.
    pub characteristics: Vec<String>,
    /// What each characteristic counts; all the same where left out.
    pub weights: Vec<f64>,
    /// How many peers.
    pub count: usize,
    /// The year whose characteristics count; left out: the latest.
    pub year: Option<i32>,
    /// Columns of `municipalities` shown; left out: all that hold numbers, and
    /// `homeless_per_1000` where there are counts.
    pub indicators: Vec<String>,
    /// Peers by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for PeerSpec {
    fn default() -> Self {
        Self {
            characteristics: Vec::new(),
            weights: Vec::new(),
            count: 10,
            year: None,
            indicators: Vec::new(),
            anonymous: false,
        }
    }
}

/// Figures of each municipality and year, by indicator.
struct Figures {
    /// By indicator, then year, then municipality.
    values: BTreeMap<String, BTreeMap<i32, BTreeMap<String, f64>>>,
    population: BTreeMap<(String, i32), f64>,
    group: BTreeMap<String, String>,
}

impl Figures {
    fn read(register: &Register) -> Result<Self> {
        let read = Read::needed(register, Table::Municipalities, "a comparison with peers")?;
        let codes = read.text("municipality")?;
        let years = read.integers("year")?;
        let people = read.numbers("adults")?;
        let inhabitants = read.numbers("population")?;
        let groups = read.text("group")?;
        let mut population = BTreeMap::new();
        let mut group = BTreeMap::new();
        let mut values: BTreeMap<String, BTreeMap<i32, BTreeMap<String, f64>>> = BTreeMap::new();
        let keys: Vec<Option<(String, i32)>> = codes
            .into_iter()
            .zip(years)
            .map(|(code, year)| Some((code?, i32::try_from(year?).ok()?)))
            .collect();
        for (i, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            if let Some(n) = people[i].or(inhabitants[i]) {
                population.insert(key.clone(), n);
            }
            if let Some(name) = &groups[i] {
                group.insert(key.0.clone(), name.clone());
            }
        }
        for column in read.columns() {
            if ["municipality", "year", "name", "group"].contains(&column.as_str()) {
                continue;
            }
            // A column of text holds no figures: casting gives none.
            let Ok(numbers) = read.numbers(&column) else {
                continue;
            };
            for (key, number) in keys.iter().zip(numbers) {
                if let (Some((code, year)), Some(number)) = (key, number.filter(|n| n.is_finite()))
                {
                    let of_year = values.entry(column.clone()).or_default();
                    of_year
                        .entry(*year)
                        .or_default()
                        .insert(code.clone(), number);
                }
            }
        }
        if register.frame(Table::Counts).is_some() {
            let rates = super::homelessness::per_1000(register, &population)?;
            for ((code, year), rate) in rates {
                let of_year = values.entry(PER_1000.to_owned()).or_default();
                of_year.entry(year).or_default().insert(code, rate);
            }
        }
        Ok(Self {
            values,
            population,
            group,
        })
    }
}

const PER_1000: &str = "homeless_per_1000";

/// The peers of the municipality with this code, nearest first, by code.
fn chosen(figures: &Figures, spec: &PeerSpec, code: &str) -> Result<(i32, Vec<(String, f64)>)> {
    let unknown = |name: &str| {
        Error::option(
            "peers.characteristics",
            format!("names `{name}`, which is no column of numbers in `municipalities`"),
            "choose among its columns",
        )
    };
    let names: Vec<&str> = if spec.characteristics.is_empty() {
        figures
            .values
            .keys()
            .map(String::as_str)
            .filter(|n| *n != PER_1000)
            .collect()
    } else {
        spec.characteristics.iter().map(String::as_str).collect()
    };
    let columns: Vec<&BTreeMap<i32, BTreeMap<String, f64>>> = names
        .iter()
        .map(|n| figures.values.get(*n).ok_or_else(|| unknown(n)))
        .collect::<Result<_>>()?;
    let latest = || {
        columns
            .iter()
            .filter_map(|c| c.keys().next_back().copied())
            .min()
    };
    let year = spec
        .year
        .or_else(latest)
        .ok_or_else(|| Error::option("peers.characteristics", "are empty", "name some columns"))?;
    let none = BTreeMap::new();
    let of_year: Vec<&BTreeMap<String, f64>> = columns
        .iter()
        .map(|c| c.get(&year).unwrap_or(&none))
        .collect();
    let complete: Vec<&str> = of_year[0]
        .keys()
        .map(String::as_str)
        .filter(|code| of_year.iter().all(|c| c.contains_key(*code)))
        .collect();
    let Some(unit) = complete.iter().position(|c| *c == code) else {
        return Err(Error::option(
            "municipality",
            "lacks characteristics in the year that peers are chosen by",
            "choose a municipality and a year of the table `municipalities`",
        ));
    };
    let values: Vec<Vec<f64>> = of_year
        .iter()
        .map(|c| complete.iter().map(|code| c[*code]).collect())
        .collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let weights = if spec.weights.is_empty() {
        vec![1.0; slices.len()]
    } else {
        spec.weights.clone()
    };
    let found = nearest(
        unit,
        &slices,
        &weights,
        Scaling::StandardDeviation,
        spec.count,
    )?;
    let named = |n: Neighbour| (complete[n.unit].to_owned(), n.distance);
    Ok((year, found.into_iter().map(named).collect()))
}

/// A municipality beside its peers, its group, its region and the country.
///
/// Tables: `peers` (label and distance, nearest first, itself excluded) and
/// `eco` (a row an indicator and year: own, peers, group and region each as the
/// unweighted mean of municipalities, country weighted by inhabitants).
///
/// # Errors
/// [`Error::Missing`] without the table `municipalities`; [`Error::Option`] for a
/// municipality or characteristic that it does not have.
pub fn peers(register: &Register, spec: &PeerSpec, municipality: &str) -> Result<Findings> {
    let figures = Figures::read(register)?;
    let (year, near) = chosen(&figures, spec, municipality)?;
    let labels = Labels::new(register, spec.anonymous);
    let mut listed = Rows::new(&["peer", "municipality", "distance"]);
    for (i, (code, distance)) in near.iter().enumerate() {
        listed.push(row![i + 1, labels.of(code), *distance]);
    }
    let peers: Vec<&str> = near.iter().map(|(code, _)| code.as_str()).collect();
    let group = figures.group.get(municipality);
    let alike = |code: &str| group.is_some() && figures.group.get(code) == group;
    let region = Municipality::of(municipality).map(|m| m.region);
    let near_by =
        |code: &str| region.is_some() && Municipality::of(code).map(|m| m.region) == region;
    let names: Vec<&String> = if spec.indicators.is_empty() {
        figures.values.keys().collect()
    } else {
        spec.indicators.iter().collect()
    };
    let mut eco = Rows::new(&[
        "indicator",
        "year",
        "own",
        "peers_unweighted",
        "group_unweighted",
        "region_unweighted",
        "country_weighted",
    ]);
    for name in names {
        let Some(years) = figures.values.get(name) else {
            return Err(Error::option(
                "peers.indicators",
                format!("name `{name}`, which is no column of numbers in `municipalities`"),
                "choose among its columns",
            ));
        };
        for (year, of_year) in years {
            let mean = |keep: &dyn Fn(&str) -> bool| {
                let kept: Vec<f64> = of_year
                    .iter()
                    .filter(|(code, _)| keep(code))
                    .map(|(_, v)| *v)
                    .collect();
                kept.iter().sum::<f64>() / kept.len() as f64
            };
            let (mut sum, mut weight) = (0.0, 0.0);
            for (code, value) in of_year {
                if let Some(n) = figures.population.get(&(code.clone(), *year)) {
                    sum += n * value;
                    weight += n;
                }
            }
            // A sum over the country, not a mean, is what inhabitants are.
            let country = if ["population", "adults"].contains(&name.as_str()) {
                of_year.values().sum()
            } else {
                sum / weight
            };
            eco.push(row![
                name.as_str(),
                *year,
                of_year.get(municipality).copied(),
                mean(&|c| peers.contains(&c)),
                mean(&alike),
                mean(&near_by),
                country,
            ]);
        }
    }
    let names = if spec.characteristics.is_empty() {
        None
    } else {
        Some(spec.characteristics.join(", "))
    };
    let count = peers.len();
    Ok(Findings::new(|lang| match lang {
        Lang::Da => format!(
            "De {count} nærmeste kommuner i {year} efter {}, hver divideret med sin \
             standardafvigelse; de samme i alle år. Sammenligningskommuner, gruppe og region er \
             uvægtede gennemsnit af kommuner; landet er vægtet med indbyggere.",
            names
                .as_deref()
                .unwrap_or("alle talkolonner i `municipalities`")
        ),
        Lang::En => format!(
            "The {count} nearest municipalities in {year} by {}, each divided by its standard \
             deviation; the same in all years. Peers, group and region are unweighted means of \
             municipalities; the country is weighted by inhabitants.",
            names
                .as_deref()
                .unwrap_or("every column of numbers in `municipalities`")
        ),
    })
    .with("peers", listed.build()?)
    .with("eco", eco.build()?))
}
