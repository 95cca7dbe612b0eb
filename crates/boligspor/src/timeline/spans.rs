//! Interval sets over half-open days: union, intersection, subtraction,
//! clipping, and merging across short gaps.
//!
//! A *set* here is a slice of spans that are non-empty, sorted and apart
//! (no two overlap or touch); [`normalise`] makes one from anything. Every
//! operation is one linear pass over its inputs.

use crate::calendar::Day;

/// The days `start, start + 1, …, end - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First day.
    pub start: Day,
    /// First day no longer in the span.
    pub end: Day,
}

impl Span {
    /// The span `[start, end)`.
    pub fn new(start: Day, end: Day) -> Self {
        Self { start, end }
    }

    /// Number of days; 0 where `end` is not after `start`.
    pub fn days(self) -> i64 {
        (i64::from(self.end) - i64::from(self.start)).max(0)
    }
}

/// The set of all days in any of the spans, which may be unsorted, overlapping or empty.
///
/// ```
/// use boligspor::timeline::spans::{Span, normalise};
/// let s = normalise(vec![Span::new(5, 7), Span::new(1, 3), Span::new(3, 4), Span::new(9, 9)]);
/// assert_eq!(s, [Span::new(1, 4), Span::new(5, 7)]);
/// ```
pub fn normalise(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|s| s.start < s.end);
    spans.sort_unstable();
    merge_gaps(&spans, 0)
}

/// Spans joined where at most `gap` days lie between one's end and the next's
/// start. The input must be sorted by start; it may overlap.
///
/// ```
/// use boligspor::timeline::spans::{Span, merge_gaps};
/// let s = [Span::new(0, 10), Span::new(13, 20), Span::new(24, 30)];
/// assert_eq!(merge_gaps(&s, 3), [Span::new(0, 20), Span::new(24, 30)]);
/// ```
pub fn merge_gaps(sorted: &[Span], gap: u32) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(sorted.len());
    for &span in sorted {
        match out.last_mut() {
            Some(last) if i64::from(span.start) - i64::from(last.end) <= i64::from(gap) => {
                last.end = last.end.max(span.end);
            }
            _ => out.push(span),
        }
    }
    out
}

/// The days in either set.
pub fn union(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if j == b.len() || (i < a.len() && a[i] <= b[j]) {
            all.push(a[i]);
            i += 1;
        } else {
            all.push(b[j]);
            j += 1;
        }
    }
    merge_gaps(&all, 0)
}

/// The days in both sets.
///
/// ```
/// use boligspor::timeline::spans::{Span, intersect};
/// let a = [Span::new(0, 10), Span::new(20, 30)];
/// assert_eq!(intersect(&a, &[Span::new(5, 25)]), [Span::new(5, 10), Span::new(20, 25)]);
/// ```
pub fn intersect(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let span = Span::new(a[i].start.max(b[j].start), a[i].end.min(b[j].end));
        if span.start < span.end {
            out.push(span);
        }
        if a[i].end <= b[j].end {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

/// The days in `a` and not in `b`.
///
/// ```
/// use boligspor::timeline::spans::{Span, subtract};
/// let home = [Span::new(0, 100)];
/// let prison = [Span::new(30, 40)];
/// assert_eq!(subtract(&home, &prison), [Span::new(0, 30), Span::new(40, 100)]);
/// ```
pub fn subtract(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut j = 0;
    for &span in a {
        let mut start = span.start;
        // Spans of `b` that end before this one starts are done with for good.
        while j < b.len() && b[j].end <= start {
            j += 1;
        }
        let mut k = j;
        while k < b.len() && b[k].start < span.end {
            if b[k].start > start {
                out.push(Span::new(start, b[k].start));
            }
            start = start.max(b[k].end);
            k += 1;
        }
        if start < span.end {
            out.push(Span::new(start, span.end));
        }
    }
    out
}

/// The part of a set that lies within a window.
pub fn clip(a: &[Span], window: Span) -> Vec<Span> {
    intersect(a, &[window])
}

/// The number of days in a set.
pub fn total_days(a: &[Span]) -> i64 {
    a.iter().map(|s| s.days()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn days(set: &[Span]) -> BTreeSet<Day> {
        set.iter().flat_map(|s| s.start..s.end).collect()
    }

    fn is_set(set: &[Span]) -> bool {
        set.iter().all(|s| s.start < s.end) && set.windows(2).all(|w| w[0].end < w[1].start)
    }

    /// Any spans at all: overlapping, empty, reversed.
    fn raw() -> impl Strategy<Value = Vec<Span>> {
        prop::collection::vec((-40i32..40, -6i32..15), 0..12)
            .prop_map(|v| v.into_iter().map(|(s, n)| Span::new(s, s + n)).collect())
    }

    proptest! {
        #[test]
        fn operations_agree_with_sets_of_days(a in raw(), b in raw(), lo in -45i32..45, n in 0i32..40) {
            let (da, db) = (days(&a), days(&b));
            let (a, b) = (normalise(a), normalise(b));
            prop_assert!(is_set(&a));
            prop_assert_eq!(days(&a), da.clone());
            for (got, want) in [
                (union(&a, &b), &da | &db),
                (intersect(&a, &b), &da & &db),
                (subtract(&a, &b), &da - &db),
                (clip(&a, Span::new(lo, lo + n)), da.iter().copied().filter(|d| (lo..lo + n).contains(d)).collect()),
            ] {
                prop_assert!(is_set(&got));
                prop_assert_eq!(total_days(&got), want.len() as i64);
                prop_assert_eq!(days(&got), want);
            }
        }

        #[test]
        fn merging_fills_exactly_the_short_gaps(a in raw(), gap in 0u32..8) {
            let a = normalise(a);
            let merged = merge_gaps(&a, gap);
            let mut want = days(&a);
            for w in a.windows(2) {
                if w[1].start - w[0].end <= gap as i32 {
                    want.extend(w[0].end..w[1].start);
                }
            }
            prop_assert!(is_set(&merged));
            prop_assert_eq!(days(&merged), want);
        }
    }

    #[test]
    fn the_far_ends_of_the_calendar_do_not_overflow() {
        let s = [Span::new(i32::MIN, -5), Span::new(5, i32::MAX)];
        assert_eq!(merge_gaps(&s, 3), s);
        assert_eq!(
            total_days(&[Span::new(i32::MIN, i32::MAX)]),
            i64::from(u32::MAX)
        );
    }
}
