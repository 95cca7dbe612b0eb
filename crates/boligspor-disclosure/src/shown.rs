//! What a number looks like when published, and what it then tells.

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Form};
use crate::policy::{Policy, Rounding, Zeros};
use crate::rows::{Guard, PublicRows, Row, Target};

/// A published value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A count of persons, rounded as the policy says.
    Count(i64),
    /// An amount, in multiples of the policy's unit.
    Amount(i128),
    /// A percentage in units of 10^−decimals: 902 with one decimal is 90.2 %.
    Percentage {
        /// The digits.
        digits: i64,
        /// How many of them are decimals.
        decimals: u32,
    },
}

impl Shown {
    /// The value as a number.
    ///
    /// ```
    /// use boligspor_disclosure::Shown;
    /// assert_eq!(Shown::Percentage { digits: 902, decimals: 1 }.to_f64(), 90.2);
    /// ```
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Count(n) => n as f64,
            Self::Amount(amount) => amount as f64,
            Self::Percentage { digits, decimals } => {
                digits as f64 / f64::from(10_u32.pow(decimals))
            }
        }
    }
}

/// What would be published of a number, and the rows that then are known.
pub(crate) fn show(bundle: &Bundle, form: &Form, policy: &Policy) -> (Shown, Vec<Row>) {
    match form {
        Form::Count { cells, .. } => {
            let (n, rows) = count(bundle, cells, policy);
            (Shown::Count(n), rows)
        }
        Form::Sum { cells } => {
            let unit = i128::from(policy.mean_unit);
            let steps = nearest(bundle.total(cells), unit);
            (Shown::Amount(steps * unit), sum_rows(steps, unit, cells))
        }
        Form::Mean { amounts, persons } => {
            let unit = i128::from(policy.mean_unit);
            let steps = nearest(bundle.total(amounts), unit * bundle.total(persons));
            let rows = mean_rows(steps, unit, amounts, persons);
            (Shown::Amount(steps * unit), rows)
        }
        Form::Percentage { part, whole } => percentage(bundle, part, whole, policy),
    }
}

fn count(bundle: &Bundle, cells: &[u32], policy: &Policy) -> (i64, Vec<Row>) {
    if let Rounding::Additive(_) = policy.rounding {
        // The rounded cells could be read off other sums: count them as known.
        let mut sum = 0;
        let rows = cells
            .iter()
            .map(|&cell| {
                let shown = policy.rounding.round(bundle.values[cell as usize] as i64);
                sum += shown;
                let (low, high) = policy.rounding.possible(shown);
                Row::sum(&[cell], i128::from(low), i128::from(high))
            })
            .collect();
        return (sum, rows);
    }
    let n = bundle.total(cells);
    let shown = policy.rounding.round(n as i64);
    let (low, high) = policy.rounding.possible(shown);
    let (mut low, mut high) = (i128::from(low), i128::from(high));
    if let Rounding::Nearest(_) = policy.rounding {
        // That it is shown at all tells that it is not a small count.
        if n == 0 {
            high = 0;
        } else {
            low = low.max(i128::from(policy.minimum_persons));
        }
    }
    (shown, vec![Row::sum(cells, low, high)])
}

fn percentage(bundle: &Bundle, part: &[u32], whole: &[u32], policy: &Policy) -> (Shown, Vec<Row>) {
    let scale = 100 * i128::from(10_u32.pow(policy.percent_decimals));
    let decimals = policy.percent_decimals;
    if policy.rounding != Rounding::None {
        // Of rounded counts, which count as published with it.
        let (n, mut rows) = count(bundle, part, policy);
        let (all, more) = count(bundle, whole, policy);
        rows.extend(more);
        let digits = nearest(scale * i128::from(n), i128::from(all.max(1)));
        return (
            Shown::Percentage {
                digits: digits as i64,
                decimals,
            },
            rows,
        );
    }
    let digits = nearest(scale * bundle.total(part), bundle.total(whole));
    let rows = percentage_rows(digits, scale, part, whole);
    (
        Shown::Percentage {
            digits: digits as i64,
            decimals,
        },
        rows,
    )
}

/// A sum of `steps · unit`, rounded: `(2·steps − 1)·unit ≤ 2·amount < (2·steps + 1)·unit`.
pub(crate) fn sum_rows(steps: i128, unit: i128, cells: &[u32]) -> Vec<Row> {
    vec![Row {
        terms: cells.iter().map(|&cell| (cell, 2)).collect(),
        low: Some((2 * steps - 1) * unit),
        high: Some((2 * steps + 1) * unit - 1),
    }]
}

/// The two sides of a mean of `steps · unit`:
/// `(2·steps − 1)·unit·n ≤ 2·amount < (2·steps + 1)·unit·n`.
pub(crate) fn mean_rows(steps: i128, unit: i128, amounts: &[u32], persons: &[u32]) -> Vec<Row> {
    let side = |ends: i128| {
        let mut terms: Vec<(u32, i64)> = amounts.iter().map(|&cell| (cell, 2)).collect();
        terms.extend(persons.iter().map(|&cell| (cell, -((ends * unit) as i64))));
        terms.retain(|&(_, factor)| factor != 0);
        terms.sort_unstable();
        terms
    };
    two_sides(side(2 * steps + 1), side(2 * steps - 1))
}

/// The two sides of a percentage of so many digits:
/// `(2·digits − 1)·whole ≤ 2·scale·part < (2·digits + 1)·whole`.
pub(crate) fn percentage_rows(digits: i128, scale: i128, part: &[u32], whole: &[u32]) -> Vec<Row> {
    let side = |ends: i128| -> Vec<(u32, i64)> {
        whole
            .iter()
            .map(|&cell| {
                let inside = part.binary_search(&cell).is_ok();
                let own = if inside { 2 * scale } else { 0 };
                (cell, (own - ends) as i64)
            })
            .filter(|&(_, factor)| factor != 0)
            .collect()
    };
    two_sides(side(2 * digits + 1), side(2 * digits - 1))
}

/// Whole numbers under 0 are at most −1.
fn two_sides(under: Vec<(u32, i64)>, over: Vec<(u32, i64)>) -> Vec<Row> {
    vec![
        Row {
            terms: under,
            low: None,
            high: Some(-1),
        },
        Row {
            terms: over,
            low: Some(0),
            high: None,
        },
    ]
}

/// `value / unit` to the nearest whole number, halves up.
fn nearest(value: i128, unit: i128) -> i128 {
    (2 * value + unit).div_euclid(2 * unit)
}

/// What an outsider knows when the numbers marked are published, and what must
/// stay unknown.
pub(crate) fn public_rows(
    bundle: &Bundle,
    policy: &Policy,
    published: &[bool],
    amounts: &[u32],
) -> PublicRows {
    let mut rows: Vec<Row> = bundle.earlier.iter().map(|e| e.row.clone()).collect();
    let mut targets = Vec::new();
    let mut target = |cells: &[u32], guard| {
        if !cells.is_empty() {
            targets.push(Target {
                cells: cells.to_vec(),
                guard,
            });
        }
    };
    for (number, &published) in bundle.numbers.iter().zip(published) {
        if published {
            rows.extend(show(bundle, &number.form, policy).1);
        } else {
            match &number.form {
                Form::Count { cells, .. } | Form::Sum { cells } => target(cells, Guard::Width),
                Form::Mean { amounts, .. } => target(amounts, Guard::Width),
                Form::Percentage { .. } => {}
            }
        }
        let share = match &number.form {
            Form::Count { cells, of } if !of.is_empty() => Some((cells, of)),
            Form::Percentage { part, whole } => Some((part, whole)),
            _ => None,
        };
        // Rounded zeros of the two roundings that redact nothing are vague by
        // themselves or meant to be shown.
        let guarded = policy.zeros != Zeros::Show
            && matches!(policy.rounding, Rounding::None | Rounding::Nearest(_));
        if let Some((part, whole)) = share.filter(|_| guarded)
            && part.len() < whole.len()
            && bundle.total(whole) > 0
        {
            let rest: Vec<u32> = whole
                .iter()
                .copied()
                .filter(|cell| part.binary_search(cell).is_err())
                .collect();
            target(part, Guard::Presence);
            target(&rest, Guard::Presence);
        }
    }
    for &cell in amounts {
        target(&[cell], Guard::Width);
    }
    rows.sort_by(|a, b| (&a.terms, a.low, a.high).cmp(&(&b.terms, b.low, b.high)));
    rows.dedup();
    targets.sort_by(|a, b| (&a.cells, a.guard as u8).cmp(&(&b.cells, b.guard as u8)));
    targets.dedup();
    PublicRows {
        cells: bundle.measures.clone(),
        rows,
        targets,
        minimum: policy.minimum_persons,
        width: policy.width,
        amount_width_percent: policy.amount_width_percent,
        zeros_shown: policy.zeros != Zeros::Protect,
    }
}
