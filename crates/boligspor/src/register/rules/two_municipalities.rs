//! R303.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::coded::Coded;
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

/// A person's stays of one state are in two municipalities at once.
///
/// ## Why is this bad?
/// Nobody sleeps in two shelters in two towns. Either both municipalities report
/// the same person, and one of them is paid for by mistake, or two people share an
/// identifier.
///
/// ## What to do
/// See which municipality reported last. The rows are kept. In comparisons the
/// municipality of the placement counts, not that of a stay.
///
/// ## Example
/// | person | start | end | state | municipality |
/// |--------|-------|-----|-------|--------------|
/// | 1 | 2020-01-01 | 2020-03-01 | shelter | 461 |
/// | 1 | 2020-02-01 | 2020-02-09 | shelter | 101 |
pub(super) struct TwoMunicipalities;

/// The stay of a state that reaches furthest, and the furthest of another place.
#[derive(Clone, Copy)]
struct Reach {
    code: u16,
    until: Day,
    elsewhere: Day,
}

const NOWHERE_YET: Reach = Reach {
    code: u16::MAX,
    until: Day::MIN,
    elsewhere: Day::MIN,
};

impl Reach {
    /// Whether a stay begins while one of another municipality lasts.
    fn crosses(&mut self, code: u16, start: Day, end: Day) -> bool {
        if code == self.code {
            self.until = self.until.max(end);
            return self.elsewhere > start;
        }
        let crosses = self.until > start;
        if end > self.until {
            (self.code, self.elsewhere, self.until) = (code, self.until, end);
        } else {
            self.elsewhere = self.elsewhere.max(end);
        }
        crosses
    }
}

impl Rule for TwoMunicipalities {
    fn meta(&self) -> Meta {
        rule("R303", "two-municipalities", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some((stays, grouped)), Some(Coded { codes, names })) = (
            context.stays(),
            context.labels(Table::Stays, "municipality"),
        ) else {
            return;
        };
        let mut found = 0;
        for rows in grouped.groups() {
            let mut reach = [NOWHERE_YET; State::ALL.len()];
            for i in rows.iter().map(|row| *row as usize) {
                if !names[usize::from(codes[i])].is_empty() {
                    let of_state = &mut reach[stays.state[i] as usize];
                    found += usize::from(of_state.crosses(codes[i], stays.start[i], stays.end[i]));
                }
            }
        }
        findings.add(
            At::column(context, Table::Stays, "municipality", found),
            "are in another municipality than a stay of the same state at the same time",
            "see whether two municipalities report the same person, or two people share an identifier",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn stays_at_the_same_time_in_two_places_are_counted() {
        let stays = "person,start,end,state,municipality
            1,2020-01-01,2020-03-01,shelter,461
            1,2020-02-01,2020-02-09,shelter,101
            1,2020-02-05,2020-02-07,shelter,461
            1,2020-02-05,2020-02-07,shelter,
            2,2020-02-01,,shelter,101
            2,2021-02-01,,shelter,461";
        assert_eq!(
            found("R303", &[(Stays, stays)]),
            at("stays.municipality", 3, Warning)
        );
    }

    #[test]
    fn one_after_the_other_or_of_two_states_they_are_not() {
        let stays = "person,start,end,state,municipality
            1,2020-01-01,2020-03-01,shelter,461
            1,2020-02-01,2020-02-09,hospital,101
            1,2020-03-01,2020-04-01,shelter,101";
        assert_eq!(found("R303", &[(Stays, stays)]), []);
    }
}
