//! Who was left out, at which step, and how many.

use serde::Serialize;

use crate::lang::Lang;

/// A step of the attrition flow, in the order the steps are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// All rows of `placements`.
    Rows,
    /// Has a time zero at all.
    HasTimeZero,
    /// The person's first row.
    First,
    /// Time zero within the observed days.
    Observed,
    /// Time zero within the cohort's own dates.
    WithinDates,
    /// Alive at time zero.
    Alive,
    /// Observed long enough before time zero.
    LookBack,
    /// Observable long enough after time zero.
    FollowUp,
    /// Meets a named condition.
    Condition(String),
}

impl Step {
    /// The step in words, as what those who pass it have.
    pub fn label(&self, lang: Lang) -> String {
        let (da, en) = match self {
            Self::Rows => ("rækker i placements", "rows in placements"),
            Self::HasTimeZero => ("har et tidspunkt nul", "have a time zero"),
            Self::First => ("personens første", "the person's first"),
            Self::Observed => (
                "tidspunkt nul i den observerede periode",
                "time zero within the observed period",
            ),
            Self::WithinDates => (
                "tidspunkt nul inden for kohortens datoer",
                "time zero within the cohort's dates",
            ),
            Self::Alive => ("i live ved tidspunkt nul", "alive at time zero"),
            Self::LookBack => ("observeret længe nok før", "observed long enough before"),
            Self::FollowUp => ("kan følges længe nok efter", "observable long enough after"),
            Self::Condition(name) => return name.clone(),
        };
        lang.pick(da, en).to_owned()
    }
}

impl Step {
    /// Why rows are left out at the step, in words.
    pub fn reason(&self, lang: Lang) -> String {
        let (da, en) = match self {
            Self::Rows => ("", ""),
            Self::HasTimeZero => ("intet tidspunkt nul", "no time zero"),
            Self::First => ("ikke personens første", "not the person's first"),
            Self::Observed => (
                "tidspunkt nul uden for den observerede periode",
                "time zero outside the observed period",
            ),
            Self::WithinDates => (
                "tidspunkt nul uden for kohortens datoer",
                "time zero outside the cohort's dates",
            ),
            Self::Alive => ("død før tidspunkt nul", "dead before time zero"),
            Self::LookBack => (
                "ikke observeret længe nok før",
                "not observed long enough before",
            ),
            Self::FollowUp => (
                "kan ikke følges længe nok efter",
                "not observable long enough after",
            ),
            Self::Condition(name) => {
                return format!("{} {name}", lang.pick("opfylder ikke:", "not:"));
            }
        };
        lang.pick(da, en).to_owned()
    }
}

/// What remains after a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remaining {
    /// The step.
    pub step: Step,
    /// Rows that remain.
    pub rows: u64,
    /// Distinct persons who remain.
    pub persons: u64,
    /// Rows left out at this step.
    pub rows_out: u64,
    /// Persons who have no row left after this step and had one before it.
    pub persons_out: u64,
}

/// The attrition flow of a cohort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attrition {
    /// The steps, the first being all rows.
    pub steps: Vec<Remaining>,
}

impl Attrition {
    /// Counts a flow from the step at which each row was left out
    /// (`steps.len()` for those that stay). Rows are contiguous by person.
    pub(crate) fn count(steps: Vec<Step>, person: &[u32], left_at: &[u8]) -> Self {
        let mut rows = vec![0u64; steps.len()];
        let mut persons = vec![0u64; steps.len()];
        let mut i = 0;
        while i < person.len() {
            // A person remains as long as the row that goes furthest.
            let mut furthest = 0;
            let from = i;
            while i < person.len() && person[i] == person[from] {
                let passed = left_at[i] as usize;
                rows[..passed].iter_mut().for_each(|n| *n += 1);
                furthest = furthest.max(passed);
                i += 1;
            }
            persons[..furthest].iter_mut().for_each(|n| *n += 1);
        }
        let steps = steps
            .into_iter()
            .enumerate()
            .map(|(i, step)| Remaining {
                step,
                rows: rows[i],
                persons: persons[i],
                rows_out: if i == 0 { 0 } else { rows[i - 1] - rows[i] },
                persons_out: if i == 0 {
                    0
                } else {
                    persons[i - 1] - persons[i]
                },
            })
            .collect();
        Self { steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_persons_are_counted_apart() {
        let steps = vec![Step::Rows, Step::HasTimeZero, Step::First];
        // Person 0: a second row left out at `First`; person 1 has no time zero.
        let flow = Attrition::count(steps, &[0, 0, 1], &[3, 2, 1]);
        let got: Vec<_> = flow
            .steps
            .iter()
            .map(|s| (s.rows, s.persons, s.rows_out, s.persons_out))
            .collect();
        assert_eq!(got, [(3, 2, 0, 0), (2, 1, 1, 1), (1, 1, 1, 0)]);
    }
}
