//! R304.

use hashbrown::HashMap;

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::calendar::{Day, civil};
use crate::register::coded::Coded;
use crate::register::context::{Context, is_sentinel};
use crate::register::report::Severity;
use crate::register::table::Table;

const USUAL: Limit = Limit {
    name: "usual",
    default: 5.0,
    of: Number::Whole,
    what: "Stays that must begin in the median month before a fall is seen.",
};
const MONTHS: Limit = Limit {
    name: "months",
    default: 3.0,
    of: Number::Whole,
    what: "Months on end that make a fall.",
};
const SHARE: Limit = Limit {
    name: "share",
    default: 0.1,
    of: Number::Share,
    what: "A month is short of reports at this share of the median month, or less.",
};

/// A municipality that reports stays of a state every month reports next to none
/// for three months or more.
///
/// ## Why is this bad?
/// People did not stop being homeless for a quarter: the municipality stopped
/// reporting, or changed its system. Its days in that time are `unknown` or those
/// of a weaker register, and it compares too well with the others.
///
/// ## What to do
/// Ask the register's owner which months are covered, and leave the municipality
/// or the months out. The rows are kept. The rule looks at the months in which
/// stays of each state begin, from the first that a municipality reports to the
/// end of observation: the median month has at least five (`usual`), and three or
/// more months on end (`months`) have a tenth of that (`share`) or less.
///
/// ## Example
/// Seven shelter stays begin in March 2021, none in April to July, eight in August.
pub(super) struct CoverageDrop;

fn month_of(day: Day) -> i32 {
    let civil = civil(day);
    civil.year * 12 + civil.month as i32 - 1
}

/// Whether a series of months falls away, the first one of which reports.
fn falls_away(months: &[u32], usual_at_least: u32, on_end: usize, share: f64) -> bool {
    let mut reporting: Vec<u32> = months.iter().copied().filter(|n| *n > 0).collect();
    if reporting.is_empty() {
        return false;
    }
    let middle = reporting.len() / 2;
    let usual = *reporting.select_nth_unstable(middle).1;
    // What is reported in single months of ten years is no usual.
    let seen_often = reporting.len() >= on_end;
    let short = |n: &u32| f64::from(*n) <= f64::from(usual) * share;
    usual >= usual_at_least && seen_often && months.windows(on_end).any(|w| w.iter().all(short))
}

impl Rule for CoverageDrop {
    fn meta(&self) -> Meta {
        limited(
            rule("R304", "coverage-drop", Severity::Warning),
            &[USUAL, MONTHS, SHARE],
        )
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let table = Table::Stays;
        let (Some((stays, grouped)), Some(Coded { codes, names })) =
            (context.stays(), context.labels(table, "municipality"))
        else {
            return;
        };
        let (usual, on_end) = (findings.limit(&USUAL), findings.limit(&MONTHS));
        let share = findings.limit(&SHARE);
        let last = month_of(context.observed_until);
        let first = context.observed_from.map_or(i32::MIN, month_of);
        let mut begun: HashMap<(u16, u8, i32), u32> = HashMap::new();
        for i in grouped.order.iter().map(|row| *row as usize) {
            let start = stays.start[i];
            if is_sentinel(start) || names[usize::from(codes[i])].is_empty() {
                continue;
            }
            let month = month_of(start);
            if (first..=last).contains(&month) {
                *begun
                    .entry((codes[i], stays.state[i] as u8, month))
                    .or_default() += 1;
            }
        }
        let mut begun: Vec<((u16, u8, i32), u32)> = begun.into_iter().collect();
        begun.sort_unstable();
        let (mut rows, mut places) = (0, 0);
        for one in begun.chunk_by(|a, b| (a.0.0, a.0.1) == (b.0.0, b.0.1)) {
            let from = one[0].0.2;
            let mut months = vec![0; (last - from + 1) as usize];
            for ((_, _, month), n) in one {
                months[(month - from) as usize] = *n;
            }
            if falls_away(&months, usual as u32, on_end as usize, share) {
                places += 1;
                rows += months.iter().map(|n| *n as usize).sum::<usize>();
            }
        }
        findings.add(
            At::column(context, table, "municipality", rows),
            format!(
                "are of a municipality and state ({places} in all) that report next to no stays for {on_end} months on end"
            ),
            "ask which months are covered, and leave the municipality or the months out",
        );
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::falls_away;
    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found, found_with};

    /// Shelter stays that begin in the months of 2022 and 2023, as many as told.
    fn stays(months: &[usize]) -> String {
        let mut text = "person,start,end,state,municipality".to_owned();
        for (i, n) in months.iter().enumerate() {
            let (year, month) = (2022 + i / 12, i % 12 + 1);
            for day in 1..=*n {
                let _ = write!(
                    text,
                    "\n1,{year}-{month:02}-{day:02},{year}-{month:02}-20,shelter,461"
                );
            }
        }
        text
    }

    #[test]
    fn months_without_reports_are_seen_in_the_middle_and_at_the_end() {
        let mut months = [6; 24];
        months[8..11].fill(0);
        assert_eq!(
            found("R304", &[(Stays, &stays(&months))]),
            at("stays.municipality", 126, Warning)
        );
        let mut months = [6; 24];
        months[20..].fill(0);
        assert_eq!(
            found("R304", &[(Stays, &stays(&months))]),
            at("stays.municipality", 120, Warning)
        );
    }

    #[test]
    fn two_months_few_stays_and_a_late_start_are_not() {
        let mut two = [6; 24];
        two[8..10].fill(0);
        let mut few = [4; 24];
        few[8..14].fill(0);
        let mut late = [0; 24];
        late[12..].fill(9);
        for months in [two, few, late] {
            assert_eq!(found("R304", &[(Stays, &stays(&months))]), []);
        }
    }

    #[test]
    fn a_tenth_of_the_usual_is_next_to_none() {
        let falls = |months: &[u32]| falls_away(months, 5, 3, 0.1);
        assert!(falls(&[30, 30, 3, 2, 0, 30]));
        assert!(!falls(&[30, 30, 4, 2, 0, 30]));
        assert!(!falls(&[30, 0, 0, 0, 0, 0]));
        assert!(!falls(&[]));
        for usual in 1..1_000 {
            let months = |short| [10 * usual, 10 * usual, 10 * usual, short, 0, 0];
            assert!(falls(&months(usual)));
            assert!(!falls(&months(usual + 1)));
        }
    }

    #[test]
    fn what_makes_a_fall_can_be_chosen() {
        let mut months = [6; 24];
        months[8..10].fill(0);
        let stays = stays(&months);
        let with = |limits: &[(&str, f64)]| {
            let options = limits
                .iter()
                .fold(CheckOptions::default(), |o, (name, limit)| {
                    o.with_limit("R304", name, *limit)
                });
            found_with("R304", &[(Stays, &stays)], options)
        };
        assert_eq!(
            with(&[("months", 2.0)]),
            at("stays.municipality", 132, Warning)
        );
        assert_eq!(with(&[("months", 2.0), ("usual", 7.0)]), []);
        assert_eq!(
            with(&[("share", 1.0)]),
            at("stays.municipality", 132, Warning)
        );
    }
}
