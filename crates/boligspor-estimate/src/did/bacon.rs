//! Which comparisons a two-way coefficient is made of.

use std::collections::BTreeMap;

use super::panel_rows::PanelRows;

/// Who is compared with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaconKind {
    /// A group with the never treated.
    TreatedWithNever,
    /// A group with one treated later, before that one's treatment.
    EarlierWithLater,
    /// A group with one treated earlier, after that one's treatment: the
    /// comparison that goes wrong if effects change over time.
    LaterWithEarlier,
    /// A group with one treated throughout: likewise.
    TreatedWithAlways,
}

/// One two-group comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaconPart {
    /// Who is compared with whom.
    pub kind: BaconKind,
    /// When the treated group is first treated.
    pub group: i64,
    /// When its controls are first treated; `None` for never.
    pub control: Option<i64>,
    /// The comparison's effect.
    pub estimate: f64,
    /// Its weight in the coefficient; they sum to one.
    pub weight: f64,
}

/// A group's share of units, share of periods treated, and mean by period.
struct Group {
    first: Option<i64>,
    share: f64,
    treated: f64,
    mean: Vec<f64>,
}

/// Goodman-Bacon's decomposition (2021, *Journal of Econometrics* 225, theorem
/// 1) of a panel without gaps.
pub(super) fn decompose(rows: &PanelRows) -> Vec<BaconPart> {
    let groups = groups(rows);
    let periods = rows.periods.len();
    let mut parts = Vec::new();
    for (i, k) in groups.iter().enumerate() {
        if k.treated == 0.0 || k.treated == 1.0 {
            continue;
        }
        let first = k.first.unwrap_or(i64::MAX);
        let start = rows.periods.partition_point(|t| *t < first);
        for (j, l) in groups.iter().enumerate() {
            if i == j {
                continue;
            }
            let both = k.share + l.share;
            let balance = k.share / both * (l.share / both);
            let (kind, before, after, weight) = if l.treated == 0.0 || l.treated == 1.0 {
                let kind = if l.treated == 0.0 {
                    BaconKind::TreatedWithNever
                } else {
                    BaconKind::TreatedWithAlways
                };
                let spread = k.treated * (1.0 - k.treated);
                (
                    kind,
                    0..start,
                    start..periods,
                    both * both * balance * spread,
                )
            } else if k.treated > l.treated {
                let until = rows.periods.partition_point(|t| Some(*t) < l.first);
                let rest = 1.0 - l.treated;
                let share = (k.treated - l.treated) / rest;
                let weight = (both * rest).powi(2) * balance * share * (1.0 - share);
                (BaconKind::EarlierWithLater, 0..start, start..until, weight)
            } else {
                let from = rows.periods.partition_point(|t| Some(*t) < l.first);
                let share = k.treated / l.treated;
                let weight = (both * l.treated).powi(2) * balance * share * (1.0 - share);
                (
                    BaconKind::LaterWithEarlier,
                    from..start,
                    start..periods,
                    weight,
                )
            };
            let change = |of: &Group| {
                let mean = |r: &std::ops::Range<usize>| {
                    of.mean[r.clone()].iter().sum::<f64>() / r.len() as f64
                };
                mean(&after) - mean(&before)
            };
            parts.push(BaconPart {
                kind,
                group: first,
                control: l.first,
                estimate: change(k) - change(l),
                weight,
            });
        }
    }
    let total: f64 = parts.iter().map(|p| p.weight).sum();
    for part in &mut parts {
        part.weight /= total;
    }
    parts
}

fn groups(rows: &PanelRows) -> Vec<Group> {
    let periods = rows.periods.len();
    let mut sums: BTreeMap<Option<i64>, (usize, Vec<f64>)> = BTreeMap::new();
    for unit in 0..rows.units() {
        // Those treated from the first period on are one group.
        let first = rows.first_treated[unit].map(|g| g.max(rows.periods[0]));
        let (count, sum) = sums.entry(first).or_insert_with(|| (0, vec![0.0; periods]));
        *count += 1;
        for row in rows.of(unit) {
            sum[rows.period[row] as usize] += rows.outcome[row];
        }
    }
    sums.into_iter()
        .map(|(first, (count, sum))| Group {
            first,
            share: count as f64 / rows.units() as f64,
            treated: first.map_or(0.0, |g| {
                let before = rows.periods.partition_point(|t| *t < g);
                (periods - before) as f64 / periods as f64
            }),
            mean: sum.into_iter().map(|s| s / count as f64).collect(),
        })
        .collect()
}
