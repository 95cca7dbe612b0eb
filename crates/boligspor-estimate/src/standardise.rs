//! Observed against expected, and rates with the age structure taken out.
//!
//! Two areas with different people cannot be compared on crude figures. Indirect
//! standardisation asks how many events an area would have had at the
//! reference's rates, and divides; direct standardisation asks what the
//! reference's people would have had at the area's rates. The first is steady in
//! small areas, the second comparable between areas.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length, valid_level};
use crate::interval::Interval;
use crate::poisson::{exact_limits, gamma_quantile};

pub use crate::count_limits::{CountLimits, byar_limits};

/// Observed over expected events with its exact Poisson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Events observed.
    pub observed: u64,
    /// Events expected, in the same unit.
    pub expected: f64,
    /// `observed / expected`.
    pub ratio: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The ratio of `observed` to `expected` events with exact (Garwood) limits.
///
/// The observed count is taken as Poisson and the expected as known; where the
/// expected number was itself estimated from few events the interval is too
/// narrow. Source: Breslow & Day (1987), *Statistical Methods in Cancer
/// Research* II, §2.3.
///
/// # Errors
/// An expected number that is not positive and finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::standardise::ratio;
/// let r = ratio(24, 20.0, 0.95)?;
/// assert_eq!(r.ratio, 1.2);
/// assert!(r.low < 1.0 && r.high > 1.7);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn ratio(observed: u64, expected: f64, level: f64) -> Result<Ratio> {
    ratio_with(observed, expected, CountLimits::Exact, level)
}

/// As [`ratio`], with a choice of the count's limits.
///
/// # Errors
/// As [`ratio`].
///
/// ```
/// use boligspor_estimate::standardise::{CountLimits, ratio_with};
/// let r = ratio_with(65, 50.0, CountLimits::Byar, 0.95)?;
/// assert!((r.low - 1.00326).abs() < 1e-5 && (r.high - 1.65698).abs() < 1e-5);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn ratio_with(observed: u64, expected: f64, limits: CountLimits, level: f64) -> Result<Ratio> {
    if !(expected > 0.0 && expected.is_finite()) {
        return Err(EstimateError::OutOfRange {
            argument: "expected",
            requirement: "it must be positive and finite; without expected events there is no ratio",
        });
    }
    let limits = limits.of(observed, level)?;
    Ok(Ratio {
        observed,
        expected,
        ratio: observed as f64 / expected,
        low: limits.low / expected,
        high: limits.high / expected,
    })
}

/// Events expected in an area whose strata have `population`, at the rates of a
/// reference with `reference_events` among `reference_population`.
///
/// All three slices have one row per stratum, in the same order. A stratum
/// without people in the area adds nothing even if the reference is empty there.
///
/// # Errors
/// Slices of different length, values that are negative or not finite, or
/// people in a stratum where the reference has none.
///
/// ```
/// use boligspor_estimate::standardise::expected;
/// // 2 % of the young and 10 % of the old in the country; 100 and 50 people here.
/// let e = expected(&[20.0, 50.0], &[1000.0, 500.0], &[100.0, 50.0])?;
/// assert!((e - 7.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn expected(
    reference_events: &[f64],
    reference_population: &[f64],
    population: &[f64],
) -> Result<f64> {
    same_length(
        "reference_population",
        reference_population.len(),
        "reference_events",
        reference_events.len(),
    )?;
    same_length(
        "population",
        population.len(),
        "reference_events",
        reference_events.len(),
    )?;
    non_negative("reference_events", reference_events)?;
    non_negative("reference_population", reference_population)?;
    non_negative("population", population)?;
    let mut total = 0.0;
    let mut unmatched = 0;
    for ((&events, &reference), &here) in reference_events
        .iter()
        .zip(reference_population)
        .zip(population)
    {
        if here == 0.0 {
            continue;
        }
        if reference == 0.0 {
            unmatched += 1;
        } else {
            total += here * (events / reference);
        }
    }
    if unmatched > 0 {
        return Err(EstimateError::UnknownCode {
            argument: "population",
            rows: unmatched,
            known: reference_population.iter().filter(|n| **n > 0.0).count(),
            hint: "the reference has no people there; merge strata so that each has some",
        });
    }
    Ok(total)
}

/// How the interval of a directly standardised rate is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectMethod {
    /// Dobson's shift of the limits of the total count: exact under ten events,
    /// Byar's approximation from ten up. What English public health publishes.
    ///
    /// Sources: Dobson, Kuulasmaa, Eberle & Scherer (1991), *Statistics in
    /// Medicine* 10, 457–462; for Byar, Breslow & Day (1987), §2.3.
    #[default]
    Dobson,
    /// Dobson's shift of the exact limits whatever the count.
    DobsonExact,
    /// Fay and Feuer's gamma interval, which holds its level when weights are
    /// very unequal and errs on the wide side.
    ///
    /// Source: Fay & Feuer (1997), *Statistics in Medicine* 16, 791–801.
    Gamma,
}

/// A directly standardised rate, per person (multiply for per 1,000).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DirectRate {
    /// Events in all strata.
    pub events: u64,
    /// Crude rate: events over people.
    pub crude: f64,
    /// Rate with the standard's stratum weights.
    pub rate: f64,
    /// Its Poisson variance.
    pub variance: f64,
    /// The interval, or `None` where the events are too few to support one.
    pub interval: Option<Interval>,
}

/// Dobson's interval is not given below this number of events.
const FEWEST_EVENTS: u64 = 5;

/// The rate an area would have with the strata of a standard population.
///
/// `events`, `population` and `standard` have one row per stratum. Strata where
/// the standard has weight must have people in the area.
///
/// Dobson's interval is `None` under five events, where a normal-scaled shift of
/// the count's limits is no longer meaningful; the gamma interval is always given.
///
/// # Errors
/// Slices of different length, values negative or not finite, a stratum with
/// weight but no people, no weight at all, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::standardise::{direct, DirectMethod};
/// let rate = direct(&[5, 20], &[1000.0, 500.0], &[2.0, 1.0], DirectMethod::Gamma, 0.95)?;
/// assert!((rate.rate - (2.0 * 0.005 + 0.04) / 3.0).abs() < 1e-15);
/// assert!(rate.interval.is_some_and(|i| i.low < rate.rate && rate.rate < i.high));
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn direct(
    events: &[u64],
    population: &[f64],
    standard: &[f64],
    method: DirectMethod,
    level: f64,
) -> Result<DirectRate> {
    let single: Vec<f64> = events.iter().map(|&d| d as f64).collect();
    directly(events, &single, population, standard, method, level)
}

/// As [`direct`], where one person may have several events.
///
/// Shelter admissions of one person are not independent: with `f` events the
/// person adds `f²` to the variance and not `f`. `squares` has, per stratum, the
/// sum over its people of their squared numbers of events; with one event each it
/// equals `events` and so does the result.
///
/// The gamma interval is refused, since its upper limit rests on events one by one.
///
/// Source: Public Health England (2018), *Technical guide: confidence intervals*,
/// on non-independent events; a compound Poisson variance.
///
/// # Errors
/// As [`direct`]; `squares` under `events` or without any; the gamma method.
///
/// ```
/// use boligspor_estimate::standardise::{direct_repeated, DirectMethod};
/// // Twelve admissions: of ten people, two came twice. 8·1² + 2·2² = 16.
/// let rate = direct_repeated(&[12], &[16.0], &[1000.0], &[1.0], DirectMethod::Dobson, 0.95)?;
/// assert!((rate.variance - 16.0 / 1e6).abs() < 1e-18);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn direct_repeated(
    events: &[u64],
    squares: &[f64],
    population: &[f64],
    standard: &[f64],
    method: DirectMethod,
    level: f64,
) -> Result<DirectRate> {
    same_length("squares", squares.len(), "events", events.len())?;
    non_negative("squares", squares)?;
    if squares
        .iter()
        .zip(events)
        .any(|(&q, &d)| q < d as f64 || (d == 0 && q > 0.0))
    {
        return Err(EstimateError::OutOfRange {
            argument: "squares",
            requirement: "it must be at least the events, each person's number of events squared and summed, and 0 where there are none",
        });
    }
    if method == DirectMethod::Gamma {
        return Err(EstimateError::OutOfRange {
            argument: "method",
            requirement: "with several events of one person it must be one of Dobson's",
        });
    }
    directly(events, squares, population, standard, method, level)
}

fn directly(
    events: &[u64],
    squares: &[f64],
    population: &[f64],
    standard: &[f64],
    method: DirectMethod,
    level: f64,
) -> Result<DirectRate> {
    valid_level(level)?;
    same_length("population", population.len(), "events", events.len())?;
    same_length("standard", standard.len(), "events", events.len())?;
    non_negative("population", population)?;
    crate::error::valid_weights("standard", standard)?;
    if events.is_empty() {
        return Err(EstimateError::Empty { argument: "events" });
    }
    let empty = population
        .iter()
        .zip(standard)
        .filter(|(n, w)| **n == 0.0 && **w > 0.0)
        .count();
    let weight: f64 = standard.iter().sum();
    if empty > 0 {
        return Err(EstimateError::UnknownCode {
            argument: "standard",
            rows: empty,
            known: population.iter().filter(|n| **n > 0.0).count(),
            hint: "it has weight in strata without people; merge strata so that each has some",
        });
    }
    let (mut rate, mut variance, mut largest) = (0.0, 0.0, 0.0_f64);
    for (((&d, &q), &n), &w) in events.iter().zip(squares).zip(population).zip(standard) {
        if w > 0.0 {
            let share = w / weight / n;
            rate += share * d as f64;
            variance += share * share * q;
            largest = largest.max(share);
        }
    }
    let total: u64 = events.iter().sum();
    let interval = match method {
        DirectMethod::Gamma => Some(gamma_interval(rate, variance, largest, level)),
        _ if total < FEWEST_EVENTS => None,
        DirectMethod::Dobson => {
            let limits = CountLimits::ExactThenByar.of(total, level)?;
            Some(dobson(rate, variance, total, limits))
        }
        DirectMethod::DobsonExact => {
            Some(dobson(rate, variance, total, exact_limits(total, level)?))
        }
    };
    Ok(DirectRate {
        events: total,
        crude: total as f64 / population.iter().sum::<f64>(),
        rate,
        variance,
        interval,
    })
}

/// Carries the limits of the total count over to the weighted rate.
fn dobson(rate: f64, variance: f64, total: u64, limits: Interval) -> Interval {
    let scale = (variance / total as f64).sqrt();
    let shift = |limit: f64| rate + scale * (limit - total as f64);
    Interval {
        low: shift(limits.low).max(0.0),
        high: shift(limits.high),
    }
}

fn gamma_interval(rate: f64, variance: f64, largest: f64, level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let low = if rate == 0.0 {
        0.0
    } else {
        variance / rate * gamma_quantile(rate * rate / variance, tail, false)
    };
    // The unseen next event could fall in the stratum of largest weight.
    let (mean, spread) = (rate + largest, variance + largest * largest);
    Interval {
        low,
        high: spread / mean * gamma_quantile(mean * mean / spread, tail, true),
    }
}

fn non_negative(argument: &'static str, values: &[f64]) -> Result<()> {
    all_finite(argument, values)?;
    match values.iter().filter(|v| **v < 0.0).count() {
        0 => Ok(()),
        rows => Err(EstimateError::Negative { argument, rows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_gives_a_ratio_of_zero_with_the_rule_of_three_above() {
        let r = ratio(0, 2.0, 0.95).unwrap();
        assert_eq!((r.ratio, r.low), (0.0, 0.0));
        // P(X = 0) = exp(-mean) = 0.025 at the upper end.
        assert!((r.high - -(0.025_f64.ln()) / 2.0).abs() < 1e-13);
    }

    #[test]
    fn nothing_expected_is_an_error_and_not_infinity() {
        for expected in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                ratio(3, expected, 0.95),
                Err(EstimateError::OutOfRange { .. })
            ));
        }
    }

    #[test]
    fn the_reference_itself_expects_what_it_observed() {
        let (events, people) = ([3.0, 8.0, 0.0], [90.0, 70.0, 10.0]);
        assert!((expected(&events, &people, &people).unwrap() - 11.0).abs() < 1e-13);
    }

    #[test]
    fn people_without_a_reference_stratum_are_reported_not_lost() {
        assert_eq!(
            expected(&[1.0, 0.0], &[10.0, 0.0], &[5.0, 5.0]),
            Err(EstimateError::UnknownCode {
                argument: "population",
                rows: 1,
                known: 1,
                hint: "the reference has no people there; merge strata so that each has some",
            })
        );
        assert!((expected(&[1.0, 0.0], &[10.0, 0.0], &[5.0, 0.0]).unwrap() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn equal_weights_reduce_every_direct_interval_to_that_of_the_count() {
        // One stratum of 1,000 people: rate = d/n, variance = d/n², so Dobson's
        // shift is the identity and Fay–Feuer's gammas are Garwood's.
        let exact = exact_limits(12, 0.95).unwrap();
        for method in [DirectMethod::DobsonExact, DirectMethod::Gamma] {
            let i = direct(&[12], &[1000.0], &[7.0], method, 0.95)
                .unwrap()
                .interval
                .unwrap();
            assert!((i.low - exact.low / 1000.0).abs() < 1e-15, "{method:?}");
            assert!((i.high - exact.high / 1000.0).abs() < 1e-15, "{method:?}");
        }
    }

    #[test]
    fn dobson_is_withheld_below_five_events_and_exact_below_ten() {
        let interval = |d, method| {
            direct(&[d, 0], &[100.0, 80.0], &[1.0, 1.0], method, 0.95)
                .unwrap()
                .interval
        };
        assert_eq!(interval(4, DirectMethod::DobsonExact), None);
        assert_eq!(interval(4, DirectMethod::Dobson), None);
        assert!(interval(4, DirectMethod::Gamma).is_some());
        assert_eq!(
            interval(9, DirectMethod::DobsonExact),
            interval(9, DirectMethod::Dobson)
        );
        assert_ne!(
            interval(10, DirectMethod::DobsonExact),
            interval(10, DirectMethod::Dobson)
        );
    }

    #[test]
    fn repeated_events_widen_by_the_root_of_their_squares_per_event() {
        let (events, people, standard) = ([12, 3], [100.0, 80.0], [1.0, 1.0]);
        let with = |squares: &[f64], method| {
            direct_repeated(&events, squares, &people, &standard, method, 0.95)
        };
        let single = direct(&events, &people, &standard, DirectMethod::Dobson, 0.95).unwrap();
        assert_eq!(with(&[12.0, 3.0], DirectMethod::Dobson).unwrap(), single);
        // Everybody three times: each squared number is 3 × the events.
        let tripled = with(&[36.0, 9.0], DirectMethod::Dobson).unwrap();
        let half = |r: DirectRate| r.interval.unwrap().high - r.rate;
        assert!((half(tripled) - half(single) * 3.0_f64.sqrt()).abs() < 1e-14);
        assert!(
            with(&[11.0, 3.0], DirectMethod::Dobson).is_err(),
            "under the events"
        );
        assert!(with(&[36.0], DirectMethod::Dobson).is_err(), "too short");
        assert!(with(&[36.0, f64::NAN], DirectMethod::Dobson).is_err());
        assert!(with(&[36.0, 9.0], DirectMethod::Gamma).is_err());
    }

    #[test]
    fn a_standard_without_weight_or_without_people_is_refused() {
        let with = |population: &[f64], standard: &[f64]| {
            direct(&[1, 1], population, standard, DirectMethod::Dobson, 0.95)
        };
        assert_eq!(
            with(&[1.0, 1.0], &[0.0, 0.0]),
            Err(EstimateError::NoWeight {
                argument: "standard"
            })
        );
        assert!(matches!(
            with(&[1.0, 0.0], &[1.0, 1.0]),
            Err(EstimateError::UnknownCode { rows: 1, .. })
        ));
        // A stratum without weight may well be empty.
        assert!(with(&[1.0, 0.0], &[1.0, 0.0]).is_ok());
    }
}
