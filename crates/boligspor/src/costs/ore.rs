//! Money in whole øre: the one rounding rule, and shares that add up.
//!
//! Every amount is rounded once, to the nearest øre, a half upwards. What is
//! divided (over days, payers, refunds) is divided by differences of rounded
//! running totals, so that the parts add up to the whole to the last øre.

use crate::calendar::Day;

/// `amount · numerator / denominator` to the nearest whole, a half upwards.
///
/// The denominator is positive, and the product must fit 127 bits: amounts
/// below 9·10¹⁸ øre and fractions of 64-bit numbers do.
pub(super) fn ratio(amount: i128, numerator: i128, denominator: i128) -> i128 {
    (2 * amount * numerator + denominator).div_euclid(2 * denominator)
}

/// An amount divided by weights: each part is within one øre of its exact
/// share, and together they are the amount.
pub(super) fn allot(amount: i64, weights: &[i64], out: &mut Vec<i64>) {
    out.clear();
    let all: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    let (mut running, mut given) = (0i128, 0i128);
    for weight in weights {
        running += i128::from(*weight);
        let until = ratio(i128::from(amount), running, all);
        out.push((until - given) as i64);
        given = until;
    }
}

/// A cost spread evenly over its days, in whole øre that add up exactly.
pub(super) struct Share {
    pub(super) amount: i64,
    pub(super) start: Day,
    pub(super) end: Day,
}

impl Share {
    /// The øre on the days `[from, to)`, which must lie within the spell.
    pub(super) fn of(&self, from: Day, to: Day) -> i64 {
        let length = i128::from(self.end) - i128::from(self.start);
        // Rounded running totals, so that the parts of a spell add up to it.
        let until = |day: Day| {
            let days = i128::from(day) - i128::from(self.start);
            ratio(i128::from(self.amount), days, length)
        };
        (until(to) - until(from)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_parts_of_a_spell_add_up_to_it() {
        for amount in [0, 1, 99, 100, -1, -12_345, 1_000_003] {
            let share = Share {
                amount,
                start: 10,
                end: 17,
            };
            let parts: i64 = (10..17).map(|d| share.of(d, d + 1)).sum();
            assert_eq!(parts, amount);
            assert_eq!(share.of(10, 13) + share.of(13, 17), amount);
        }
    }

    #[test]
    fn a_half_goes_up_whatever_the_sign() {
        assert_eq!(ratio(5, 1, 10), 1);
        assert_eq!(ratio(-5, 1, 10), 0);
        assert_eq!(ratio(-15, 1, 10), -1);
        assert_eq!(ratio(149, 1, 100), 1);
    }

    #[test]
    fn a_hundred_divides_into_thirds() {
        let mut parts = Vec::new();
        allot(100, &[1, 1, 1], &mut parts);
        // Running totals 33⅓, 66⅔, 100 round to 33, 67, 100.
        assert_eq!(parts, [33, 34, 33]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_lie_within_one_of_their_share(
            amount in -1_000_000_000i64..1_000_000_000,
            weights in prop::collection::vec(0i64..1_000_000_000, 1..6),
        ) {
            let all: i64 = weights.iter().sum();
            prop_assume!(all > 0);
            let mut parts = Vec::new();
            allot(amount, &weights, &mut parts);
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = i128::from(amount) * i128::from(*weight);
                prop_assert!((i128::from(*part) * i128::from(all) - exact).abs() <= i128::from(all));
            }
        }
    }
}
