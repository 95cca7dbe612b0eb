//! Which days are refunded: one person's spells against one set of rules.
//!
//! Spells of one kind are days: overlapping and touching spells are one stay,
//! so that a stay delivered in pieces counts as the stay it is.

use super::rules::{Clock, Limit, LimitOf, Ongoing, Rule, RuleSet};
use crate::calendar::{Day, NEVER, add_months};

/// A spell of a service, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spell {
    /// First day.
    pub start: Day,
    /// First day no longer; [`NEVER`] while ongoing.
    pub end: Day,
    /// The day it was granted.
    pub granted: Day,
}

/// Days that a rule refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refunded {
    /// First day.
    pub start: Day,
    /// First day no longer.
    pub end: Day,
    /// The rule, an index into the set's.
    pub rule: usize,
}

impl RuleSet {
    /// The refunded days of one person's spells of a kind, in order and
    /// without overlap, before the day `until`; `spells` gives the person's
    /// spells of any kind.
    ///
    /// ```
    /// use boligspor::calendar::day;
    /// use boligspor::costs::{RuleBook, Spell};
    /// let reform = RuleBook::shipped().set("reform_2023")?;
    /// let start = day(2024, 1, 1);
    /// let stay = [Spell { start, end: day(2024, 12, 31), granted: start }];
    /// let days = reform.refunded("s110", start + 1000, |kind| if kind == "s110" { &stay } else { &[] });
    /// assert_eq!((days[0].start, days[0].end), (start, start + 120));
    /// # Ok::<(), boligspor::Error>(())
    /// ```
    pub fn refunded<'a>(
        &self,
        kind: &str,
        until: Day,
        spells: impl Fn(&str) -> &'a [Spell],
    ) -> Vec<Refunded> {
        let mut out: Vec<Refunded> = Vec::new();
        let mut days = Vec::new();
        for (i, rule) in self
            .rules
            .iter()
            .enumerate()
            .filter(|(_, r)| r.covers == kind)
        {
            days.clear();
            rule.days(until, &spells, &mut days);
            for &(start, end) in &days {
                keep_new(start, end, i, &mut out);
            }
            out.sort_unstable();
        }
        out
    }
}

/// Adds the part of `[start, end)` that no earlier rule refunds.
fn keep_new(start: Day, end: Day, rule: usize, out: &mut Vec<Refunded>) {
    let mut from = start;
    let mut more = Vec::new();
    for r in out.iter().filter(|r| r.start < end && r.end > start) {
        if from < r.start {
            more.push(Refunded {
                start: from,
                end: r.start,
                rule,
            });
        }
        from = from.max(r.end);
    }
    if from < end {
        more.push(Refunded {
            start: from,
            end,
            rule,
        });
    }
    out.append(&mut more);
}

/// Spells as stays: in order, touching and overlapping ones joined.
pub(super) fn joined(spells: &[Spell]) -> Vec<(Day, Day)> {
    let mut days: Vec<(Day, Day)> = spells
        .iter()
        .filter(|s| s.start < s.end)
        .map(|s| (s.start, s.end))
        .collect();
    days.sort_unstable();
    let mut out: Vec<(Day, Day)> = Vec::with_capacity(days.len());
    for (start, end) in days {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

impl Rule {
    fn days<'a>(
        &self,
        seen_until: Day,
        spells: &impl Fn(&str) -> &'a [Spell],
        out: &mut Vec<(Day, Day)>,
    ) {
        let (from, until) = self.in_force();
        let until = until.min(seen_until);
        let own = spells(&self.covers);
        match &self.clock {
            Clock::Unlimited {} => {
                let within = joined(own)
                    .into_iter()
                    .map(|(a, b)| (a.max(from), b.min(until)));
                out.extend(within.filter(|(a, b)| a < b));
            }
            Clock::RunningYears {
                limits,
                limit_of,
                ongoing,
            } => {
                let mut stays = joined(own);
                if *ongoing == Ongoing::Unlimited {
                    let under_way = |s: &(Day, Day)| s.0 < from && s.1 > from;
                    let kept = stays.iter().filter(|s| under_way(s));
                    out.extend(kept.map(|s| (from, s.1.min(until))));
                    stays.retain(|s| !under_way(s));
                }
                let stays: Vec<(Day, Day)> = stays
                    .into_iter()
                    .map(|(a, b)| (a.max(from), b.min(until)))
                    .filter(|(a, b)| a < b)
                    .collect();
                running_years(&stays, limits, *limit_of, out);
            }
            Clock::AfterDischarge {
                discharge_from,
                within_months,
                at_most_months,
                granted_before,
                or_after,
                straight_days,
            } => {
                let discharge = joined(spells(discharge_from))
                    .into_iter()
                    .map(|stay| stay.1)
                    .find(|end| *end >= from && *end != NEVER);
                let Some(discharge) = discharge else {
                    return;
                };
                let straight = or_after.as_deref().and_then(|kind| {
                    let latest = discharge.saturating_add(*straight_days as Day);
                    joined(spells(kind))
                        .into_iter()
                        .find(|stay| (discharge..=latest).contains(&stay.0))
                });
                let granted_by = straight.map_or(discharge, |stay| stay.1);
                let mut eligible: Vec<Spell> = own.to_vec();
                if *granted_before {
                    eligible.retain(|s| s.granted <= granted_by);
                }
                let last = add_months(discharge, *within_months as i32).min(until);
                let mut left = at_most_months.map_or(i32::MAX, |months| {
                    add_months(discharge, months as i32) - discharge
                });
                for (a, b) in joined(&eligible) {
                    let (a, b) = (a.max(discharge), b.min(last));
                    if a < b && left > 0 {
                        let days = (b - a).min(left);
                        out.push((a, a + days));
                        left -= days;
                    }
                }
            }
        }
    }
}

/// The days of `stays` within the limits of running years from the first day.
fn running_years(
    stays: &[(Day, Day)],
    limits: &[Limit],
    limit_of: LimitOf,
    out: &mut Vec<(Day, Day)>,
) {
    let Some(&(anchor, _)) = stays.first() else {
        return;
    };
    let limit_on = |day: Day| {
        let held = limits.iter().rev().find(|l| l.from.0 <= day);
        held.map_or(0, |l| l.days as i32)
    };
    let (mut year, mut used) = (0, 0);
    for &(start, end) in stays {
        let mut at = start;
        while at < end {
            // Each running year is counted from the anchor itself, so that a
            // 29 February does not drift.
            while add_months(anchor, 12 * (year + 1)) <= at {
                year += 1;
                used = 0;
            }
            let first = add_months(anchor, 12 * year);
            let mut until = end.min(add_months(anchor, 12 * (year + 1)));
            let limit = match limit_of {
                LimitOf::YearStart => limit_on(first),
                LimitOf::Day => {
                    let changes = limits.iter().map(|l| l.from.0).filter(|d| *d > at);
                    until = until.min(changes.min().unwrap_or(Day::MAX));
                    limit_on(at)
                }
            };
            let days = (limit - used).clamp(0, until - at);
            if days > 0 {
                out.push((at, at + days));
                used += days;
            }
            at = until;
        }
    }
}
