//! R301.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

/// A stay has a state that is none of the housing states.
///
/// ## Why is this bad?
/// Days in it would be counted as unknown, and a misspelt shelter is no shelter.
///
/// ## What to do
/// Map the source's own codes to the thirteen states: `dead`, `abroad`,
/// `prison`, `hospital`, `treatment`, `shelter`, `institution`, `street`,
/// `hotel`, `sofa`, `transitional`, `dwelling`, `unknown`. Case and blanks do not
/// matter. Where the rule is turned down, such stays are `unknown`.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2023-05-01 | | sheltr |
///
/// The nearest known state is `shelter`.
pub(super) struct UnknownState;

impl Rule for UnknownState {
    fn meta(&self) -> Meta {
        rule("R301", "unknown-state", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(states) = context.labels(Table::Stays, "state") else {
            return;
        };
        let mut rows = 0;
        // How often each known state is the nearest to an unknown one: the
        // unknown ones themselves may be anything, so they are not told.
        let mut near = [0usize; State::COUNT];
        for (state, n) in states.names.iter().zip(states.counts()) {
            if state.is_empty() || State::from_code(state).is_some() {
                continue;
            }
            rows += n;
            if let Some(known) = nearest(state) {
                near[known as usize] += n;
            }
        }
        let likely: Vec<&str> = State::ALL
            .into_iter()
            .filter(|s| near[*s as usize] > 0)
            .map(State::code)
            .collect();
        let hint = if likely.is_empty() {
            let known: Vec<&str> = State::ALL.into_iter().map(State::code).collect();
            format!("map the source's codes to {}", known.join(", "))
        } else {
            format!("misspelt, perhaps, for {}", likely.join(" or "))
        };
        findings.add(
            At::column(context, Table::Stays, "state", rows),
            "are none of the housing states",
            hint,
        );
    }
}

/// The known state nearest to a text, where it is a slip away.
fn nearest(text: &str) -> Option<State> {
    State::ALL
        .into_iter()
        .map(|state| (strsim::osa_distance(state.code(), text), state))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, state)| *distance <= if state.code().len() > 5 { 2 } else { 1 })
        .map(|(_, state)| state)
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, faultless, found, frame};

    #[test]
    fn unknown_states_are_counted_and_only_known_ones_named() {
        let stays = "person,start,end,state\n1,2020-01-01,,sheltr\n1,2020-01-01,,qqqqqqqq\n2,2020-01-01,,Shelter\n2,2020-01-01,,unknown";
        assert_eq!(
            found("R301", &[(Stays, stays)]),
            at("stays.state", 2, Error)
        );
        let report = faultless().stays(frame(stays)).check().unwrap();
        assert_eq!(
            report.errors().next().unwrap().hint,
            "misspelt, perhaps, for shelter"
        );
    }

    #[test]
    fn codes_near_none_get_the_whole_list() {
        let stays = "person,start,end,state\n1,2020-01-01,,qqqqqqqq";
        let report = faultless().stays(frame(stays)).check().unwrap();
        assert!(
            report
                .errors()
                .next()
                .unwrap()
                .hint
                .contains("dead, abroad")
        );
    }
}
