//! Which numbers may not be shown, each looked at by itself.

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Form, Number};
use crate::policy::{Policy, Rounding, Zeros};
use crate::support::Support;

/// Why a number was withheld. Inside the secure environment only: that a
/// number is withheld for its own sake tells that it is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It rests on too few persons, or its complement does.
    TooFewPersons,
    /// It is a zero that may not be shown.
    Zero,
    /// It is 0 % or 100 % of a published group.
    AllOrNone,
    /// One or two persons make up most of it.
    Dominated,
    /// It rests on too few municipalities.
    TooFewMunicipalities,
    /// It would give away another number.
    GivesAway,
}

/// Why a number may not be shown for its own sake.
pub(crate) fn sensitive(number: &Number, bundle: &Bundle, policy: &Policy) -> Option<Why> {
    let few = policy.minimum_municipalities.is_some_and(|minimum| {
        let found = number.support.municipalities.len();
        found > 0 && found < minimum as usize
    });
    if few {
        return Some(Why::TooFewMunicipalities);
    }
    // Rounding that hides small counts by itself has nothing to redact.
    let redacts = matches!(policy.rounding, Rounding::None | Rounding::Nearest(_));
    let minimum = i128::from(policy.minimum_persons);
    let small = |n: i128| redacts && n > 0 && n < minimum;
    match &number.form {
        Form::Count { cells, of } => {
            let (n, whole) = (bundle.total(cells), bundle.total(of));
            if small(n) {
                Some(Why::TooFewPersons)
            } else if n == 0 && policy.zeros == Zeros::Protect {
                Some(Why::Zero)
            } else if redacts
                && policy.zeros != Zeros::Show
                && whole > 0
                && cells.len() < of.len()
                && (n == 0 || n == whole)
            {
                Some(Why::AllOrNone)
            } else {
                None
            }
        }
        Form::Percentage { part, whole } => {
            let (n, all) = (bundle.total(part), bundle.total(whole));
            if small(n) || small(all - n) || all < minimum {
                Some(Why::TooFewPersons)
            } else if policy.zeros != Zeros::Show
                && (n == 0 || n == all)
                && part.len() < whole.len()
            {
                Some(Why::AllOrNone)
            } else {
                None
            }
        }
        Form::Sum { .. } | Form::Mean { .. } => sensitive_amount(&number.support, policy),
    }
}

/// Why an amount with such a support may not be known.
pub(crate) fn sensitive_amount(support: &Support, policy: &Policy) -> Option<Why> {
    let dominated = policy.dominance.is_some_and(|rule| {
        support.dominance_percent(rule.contributors) >= u128::from(rule.percent)
    }) || policy
        .p_percent
        .is_some_and(|percent| support.breaks_p_percent(percent));
    if support.persons > 0 && support.persons < u64::from(policy.minimum_persons) {
        Some(Why::TooFewPersons)
    } else if dominated && support.total > 0 {
        Some(Why::Dominated)
    } else {
        None
    }
}
