//! Measure 1: how long people are homeless.

use super::Report;
use crate::calendar::Day;
use crate::timeline::spans::{Span, normalise, subtract};

const MEASURE: &str = "1";

impl Report<'_> {
    pub(super) fn homeless(&mut self) {
        let enough = self.covers(MEASURE, self.from - self.rules.homeless_window, self.until);
        for line in self.rules.homeless_lines.clone() {
            if !enough {
                for quantity in ["mean nights", "median nights"] {
                    self.quantity(MEASURE, line.name.clone(), quantity, None, None);
                }
                continue;
            }
            let mut homeless: Vec<Vec<Span>> = vec![Vec::new(); self.export.people];
            let mut housed = homeless.clone();
            let until = self.until + 1;
            for e in &self.export.enrolments {
                let Some(kind) = e.kind else { continue };
                // The day of exit is no night.
                let end = e.exit.unwrap_or(until).min(until);
                if line.count.contains(&kind) && kind != 1 {
                    homeless[e.person].push(Span::new(e.entry, end));
                }
                let from = if kind == 2 { Some(e.entry) } else { e.move_in };
                if let Some(from) = from.filter(|_| line.subtract.contains(&kind)) {
                    housed[e.person].push(Span::new(from, end));
                }
            }
            if line.count.contains(&1) {
                for &(person, night) in self.export.nights.iter().filter(|n| n.1 < until) {
                    homeless[person].push(Span::new(night, night + 1));
                }
            }
            let (mut nights, mut none, mut earlier) = (Vec::new(), 0, 0);
            for (homeless, housed) in homeless.into_iter().zip(housed) {
                if homeless.is_empty() {
                    continue;
                }
                let left = subtract(&normalise(homeless), &normalise(housed));
                match left.last() {
                    None => none += 1,
                    Some(last) if last.end <= self.from => earlier += 1,
                    Some(_) => nights.push(self.nights(&left)),
                }
            }
            self.leave_out(MEASURE, "every night counted is spent housed", none);
            self.leave_out(MEASURE, "no homeless night in the report's year", earlier);
            nights.sort_unstable();
            let n = nights.len();
            let mean = (n > 0).then(|| nights.iter().sum::<i64>() as f64 / n as f64);
            let median = (n > 0).then(|| (nights[(n - 1) / 2] + nights[n / 2]) as f64 / 2.0);
            self.quantity(MEASURE, line.name.clone(), "mean nights", mean, Some(n));
            self.quantity(MEASURE, line.name, "median nights", median, Some(n));
        }
    }

    /// Nights in the window before the last one, and contiguous ones before it.
    pub(super) fn nights(&self, homeless: &[Span]) -> i64 {
        let Some(last) = homeless.last() else {
            return 0;
        };
        // The first day of what counts, moved back as nights touch it.
        let mut from: Day = last.end - self.rules.homeless_window;
        let mut sum = 0;
        for span in homeless.iter().rev() {
            if from - span.end > self.rules.contiguous_gap {
                break;
            }
            from = from.min(span.start);
            sum += span.days();
        }
        sum
    }
}
