//! Units that resemble one another, by distance on scaled characteristics.
//!
//! Comparing a rural municipality with the capital says little; comparing it with
//! the ten most like it says more. Which ten depends on the characteristics chosen
//! and how they are scaled, so both are stated and the distances shown.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length};

/// How characteristics in different units are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Divided by the standard deviation over all units.
    #[default]
    StandardDeviation,
    /// Divided by the range over all units.
    Range,
    /// As they are.
    None,
}

/// A unit near another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its row.
    pub unit: usize,
    /// Weighted Euclidean distance on the scaled characteristics.
    pub distance: f64,
}

/// The `count` nearest neighbours of `unit`, itself excluded, nearest first.
///
/// `characteristics` has one slice per characteristic. `weights` multiply the
/// squared differences, one per characteristic. A characteristic without spread
/// is left out. Ties keep the order of the rows.
///
/// # Errors
/// Columns of different length, values not finite, a unit outside the rows,
/// weights negative or all zero, or no characteristics.
///
/// ```
/// use boligspor_estimate::neighbours::{Scaling, nearest};
/// let age = [30.0, 31.0, 60.0, 59.0];
/// let found = nearest(0, &[&age], &[1.0], Scaling::Range, 2)?;
/// assert_eq!((found[0].unit, found[1].unit), (1, 3));
/// assert!((found[0].distance - 1.0 / 30.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn nearest(
    unit: usize,
    characteristics: &[&[f64]],
    weights: &[f64],
    scaling: Scaling,
    count: usize,
) -> Result<Vec<Neighbour>> {
    let Some(first) = characteristics.first() else {
        return Err(EstimateError::Empty {
            argument: "characteristics",
        });
    };
    same_length(
        "weights",
        weights.len(),
        "characteristics",
        characteristics.len(),
    )?;
    crate::error::valid_weights("weights", weights)?;
    let n = first.len();
    if unit >= n {
        return Err(EstimateError::OutOfRange {
            argument: "unit",
            requirement: "it must be one of the rows",
        });
    }
    let mut squares = vec![0.0; n];
    for (column, weight) in characteristics.iter().zip(weights) {
        same_length("characteristics", column.len(), "the first of them", n)?;
        all_finite("characteristics", column)?;
        let scale = match scaling {
            Scaling::None => 1.0,
            Scaling::Range => {
                let (low, high) = column
                    .iter()
                    .fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
                high - low
            }
            Scaling::StandardDeviation => {
                let mean = column.iter().sum::<f64>() / n as f64;
                let sum: f64 = column.iter().map(|v| (v - mean).powi(2)).sum();
                (sum / (n as f64 - 1.0).max(1.0)).sqrt()
            }
        };
        if scale > 0.0 {
            for (sum, value) in squares.iter_mut().zip(*column) {
                *sum += weight * ((value - column[unit]) / scale).powi(2);
            }
        }
    }
    let mut found: Vec<Neighbour> = (0..n)
        .filter(|&i| i != unit)
        .map(|i| Neighbour {
            unit: i,
            distance: squares[i].sqrt(),
        })
        .collect();
    found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    found.truncate(count);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_euclidean_on_standard_deviations_by_hand() {
        // Deviations of (0, 2) and (0, 4) are sqrt 2 and 2·sqrt 2: both differ by sqrt 2.
        let found = nearest(
            0,
            &[&[0.0, 2.0], &[0.0, 4.0]],
            &[1.0, 1.0],
            Scaling::StandardDeviation,
            5,
        )
        .unwrap();
        assert_eq!(found.len(), 1);
        assert!((found[0].distance - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_characteristic_without_spread_says_nothing_and_ties_keep_their_order() {
        let found = nearest(
            1,
            &[&[5.0, 5.0, 5.0], &[1.0, 2.0, 3.0]],
            &[1.0, 1.0],
            Scaling::Range,
            2,
        )
        .unwrap();
        assert_eq!([found[0].unit, found[1].unit], [0, 2]);
        assert_eq!(found[0].distance, found[1].distance);
    }

    #[test]
    fn impossible_requests_are_refused() {
        assert!(nearest(0, &[], &[], Scaling::None, 1).is_err());
        assert!(nearest(2, &[&[1.0, 2.0]], &[1.0], Scaling::None, 1).is_err());
        assert!(nearest(0, &[&[1.0, f64::NAN]], &[1.0], Scaling::None, 1).is_err());
        assert!(nearest(0, &[&[1.0, 2.0]], &[0.0], Scaling::None, 1).is_err());
    }
}
