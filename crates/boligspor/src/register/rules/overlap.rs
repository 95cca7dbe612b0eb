//! R203.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::columns::NO_DWELLING;
use crate::register::context::Context;
use crate::register::index::StayColumns;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

/// A person's stays overlap.
///
/// ## Why is this bad?
/// Somebody lives in one place a day. Overlap across states is how registers
/// are (a tenant in hospital keeps the address) and is a remark only: the
/// precedence of states decides each day. Two dwellings at once are a warning,
/// since they decide which home was kept.
///
/// ## What to do
/// See whether move-out dates are missing. Where two dwellings overlap, the one
/// moved into last is held. Stays of the same state, or in the same dwelling,
/// are joined.
///
/// ## Example
/// | person | start | end | state | dwelling |
/// |--------|-------|-----|-------|----------|
/// | 1 | 2020-01-01 | 2022-01-01 | dwelling | h1 |
/// | 1 | 2021-06-01 | | dwelling | h2 |
pub(super) struct Overlap;

impl Rule for Overlap {
    fn meta(&self) -> Meta {
        rule("R203", "overlap", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some((stays, grouped)) = context.stays() else {
            return;
        };
        let mut counts = Counts::default();
        for rows in grouped.groups() {
            counts.add(rows, stays);
        }
        findings.add(
            At::column(context, Table::Stays, "dwelling", counts.dwellings),
            "claim a dwelling while another dwelling is claimed",
            "the one moved into last is held; see whether move-out dates are missing",
        );
        findings.add_as(
            Severity::Info,
            At::column(context, Table::Stays, "start", counts.same),
            "overlap another stay of the same state",
            "they are joined",
        );
        findings.add_as(
            Severity::Info,
            At::column(context, Table::Stays, "state", counts.others),
            "overlap a stay of another state",
            "the precedence of states decides each day",
        );
    }
}

/// How many stays overlap an earlier one of their person.
#[derive(Default)]
struct Counts {
    /// In another dwelling than one under way.
    dwellings: usize,
    /// In the same state, and not in another dwelling.
    same: usize,
    /// In another state only.
    others: usize,
}

impl Counts {
    /// One person's stays, by start.
    fn add(&mut self, rows: &[u32], stays: &StayColumns) {
        // The last day claimed so far: by state, and by the dwelling that
        // lasts longest and any other than it.
        let mut until = [Day::MIN; State::COUNT];
        let (mut longest, mut longest_until, mut other_until) = (NO_DWELLING, Day::MIN, Day::MIN);
        for row in rows {
            let i = *row as usize;
            let (start, end, state) = (stays.start[i], stays.end[i], stays.state[i]);
            let dwelling = if state == State::Dwelling {
                stays.dwelling[i]
            } else {
                NO_DWELLING
            };
            let mut elsewhere = false;
            if dwelling != NO_DWELLING {
                if dwelling == longest {
                    elsewhere = other_until > start;
                    longest_until = longest_until.max(end);
                } else {
                    elsewhere = longest_until > start;
                    if end > longest_until {
                        other_until = longest_until.max(other_until);
                        (longest, longest_until) = (dwelling, end);
                    } else {
                        other_until = other_until.max(end);
                    }
                }
            }
            let in_others = || (0..State::COUNT).any(|s| s != state as usize && until[s] > start);
            if elsewhere {
                self.dwellings += 1;
            } else if until[state as usize] > start {
                self.same += 1;
            } else if in_others() {
                self.others += 1;
            }
            until[state as usize] = until[state as usize].max(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::{Info, Warning};
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::found;

    #[test]
    fn overlaps_are_told_apart_by_what_they_mean() {
        let stays = "person,start,end,state,dwelling
            1,2020-01-01,2022-01-01,dwelling,h1
            1,2020-06-01,2020-07-01,dwelling,h1
            1,2021-06-01,,dwelling,h2
            1,2021-07-01,2021-08-01,hospital,
            2,2019-01-01,2019-02-01,shelter,
            2,2019-01-15,2019-03-01,shelter,
            2,2019-03-01,2019-04-01,dwelling,h1";
        assert_eq!(
            found("R203", &[(Stays, stays)]),
            [
                ("stays.dwelling".to_owned(), 1, Warning),
                ("stays.start".to_owned(), 2, Info),
                ("stays.state".to_owned(), 1, Info),
            ]
        );
    }

    #[test]
    fn a_dwelling_under_another_is_seen_behind_one_that_lasts_longer() {
        // h1 lasts longest; h2 overlaps it, and the second h1 overlaps h2.
        let stays = "person,start,end,state,dwelling
            1,2020-01-01,2023-01-01,dwelling,h1
            1,2020-02-01,2020-06-01,dwelling,h2
            1,2020-03-01,2020-04-01,dwelling,h1";
        assert_eq!(
            found("R203", &[(Stays, stays)])[0],
            ("stays.dwelling".to_owned(), 2, Warning)
        );
    }
}
