//! Whether a person's rows tell one story.
//!
//! In counting-process form a person is somewhere at every moment of follow-up:
//! not in two places at once, and nowhere without having got there. These are
//! the checks of R's `survcheck`, as findings with row numbers.

use crate::error::{Result, all_finite, same_length};

/// Rows in counting-process form: each person (`id`) is observed over
/// `(start, stop]` and enters `state` at `stop` (0: stays where they are).
#[derive(Debug, Clone, Copy)]
pub struct StateRows<'a> {
    /// The person of each row, as codes `0..`.
    pub id: &'a [u32],
    /// Time after which the row is under observation.
    pub start: &'a [f64],
    /// Time at which it ends.
    pub stop: &'a [f64],
    /// State entered at `stop`, numbered from 1; 0 for none.
    pub state: &'a [u32],
    /// State in which each row begins. Without it everyone begins in state 0
    /// and each later row in the state the one before has led to.
    pub initial: Option<&'a [u32]>,
}

/// Numbers of the rows at which a person's story breaks, increasing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFindings {
    /// Rows that begin before the person's previous row has ended.
    pub overlap: Vec<usize>,
    /// Rows that begin after a hole, in the state left before it.
    pub gap: Vec<usize>,
    /// Rows that begin after a hole, in another state.
    pub jump: Vec<usize>,
    /// Rows that follow on without a hole, but in another state.
    pub teleport: Vec<usize>,
}

impl RowFindings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.overlap.is_empty()
            && self.gap.is_empty()
            && self.jump.is_empty()
            && self.teleport.is_empty()
    }
}

/// Checks each person's rows, in whatever order they come.
///
/// # Errors
/// Columns of different length, or times that are not finite.
///
/// ```
/// use boligspor_estimate::{StateRows, check_rows};
/// let rows = StateRows {
///     id: &[0, 0, 1, 1],
///     start: &[0.0, 10.0, 0.0, 25.0],
///     stop: &[12.0, 20.0, 20.0, 30.0],
///     state: &[0, 1, 1, 0],
///     initial: None,
/// };
/// let findings = check_rows(&rows)?;
/// assert_eq!(findings.overlap, [1]); // 10 is before 12
/// assert_eq!(findings.gap, [3]);     // nothing from 20 to 25
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn check_rows(rows: &StateRows) -> Result<RowFindings> {
    rows.check_lengths()?;
    Ok(Story::of(rows).findings)
}

impl StateRows<'_> {
    pub(crate) fn check_lengths(&self) -> Result<()> {
        let n = self.id.len();
        same_length("start", self.start.len(), "id", n)?;
        same_length("stop", self.stop.len(), "id", n)?;
        same_length("state", self.state.len(), "id", n)?;
        if let Some(initial) = self.initial {
            same_length("initial", initial.len(), "id", n)?;
        }
        all_finite("start", self.start)?;
        all_finite("stop", self.stop)
    }
}

/// Rows in the order of people and time, with the state of each.
pub(crate) struct Story {
    /// Row numbers, by person and start.
    pub(crate) order: Vec<u32>,
    /// State during each row, by row number.
    pub(crate) during: Vec<u32>,
    /// Whether the person's next row begins where this one ends, by row number.
    pub(crate) continued: Vec<bool>,
    /// Whether this is the person's first row, by row number.
    pub(crate) first: Vec<bool>,
    pub(crate) findings: RowFindings,
}

impl Story {
    pub(crate) fn of(rows: &StateRows) -> Self {
        let n = rows.id.len();
        let mut order: Vec<u32> = (0..n as u32).collect();
        let before = |a: &u32, b: &u32| {
            let (a, b) = (*a as usize, *b as usize);
            rows.id[a]
                .cmp(&rows.id[b])
                .then(rows.start[a].total_cmp(&rows.start[b]))
        };
        if !order.is_sorted_by(|a, b| before(a, b).is_le()) {
            order.sort_by(before);
        }
        let mut story = Self {
            during: vec![0; n],
            continued: vec![false; n],
            first: vec![false; n],
            findings: RowFindings::default(),
            order,
        };
        let mut previous: Option<usize> = None;
        for &row in &story.order {
            let row = row as usize;
            let declared = rows.initial.map(|initial| initial[row]);
            match previous.filter(|&p| rows.id[p] == rows.id[row]) {
                None => {
                    story.first[row] = true;
                    story.during[row] = declared.unwrap_or(0);
                }
                Some(p) => {
                    let left = if rows.state[p] == 0 {
                        story.during[p]
                    } else {
                        rows.state[p]
                    };
                    let here = declared.unwrap_or(left);
                    story.during[row] = here;
                    let (end, begin) = (rows.stop[p], rows.start[row]);
                    if begin < end {
                        story.findings.overlap.push(row);
                    } else if begin > end {
                        let list = if here == left {
                            &mut story.findings.gap
                        } else {
                            &mut story.findings.jump
                        };
                        list.push(row);
                    } else {
                        story.continued[p] = true;
                        if here != left {
                            story.findings.teleport.push(row);
                        }
                    }
                }
            }
            previous = Some(row);
        }
        for list in [
            &mut story.findings.overlap,
            &mut story.findings.gap,
            &mut story.findings.jump,
            &mut story.findings.teleport,
        ] {
            list.sort_unstable();
        }
        story
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_and_teleports_need_the_state_at_the_start_of_rows() {
        let rows = StateRows {
            id: &[3, 3, 3, 5, 5],
            start: &[0.0, 4.0, 9.0, 0.0, 5.0],
            stop: &[4.0, 8.0, 10.0, 5.0, 6.0],
            state: &[1, 0, 0, 2, 0],
            initial: Some(&[0, 1, 2, 0, 1]),
        };
        let findings = check_rows(&rows).unwrap();
        assert_eq!(findings.jump, [2]);
        assert_eq!(findings.teleport, [4]);
        let carried = check_rows(&StateRows {
            initial: None,
            ..rows
        })
        .unwrap();
        assert_eq!(
            carried,
            RowFindings {
                gap: vec![2],
                ..RowFindings::default()
            }
        );
    }

    #[test]
    fn rows_may_come_in_any_order() {
        let rows = StateRows {
            id: &[1, 0, 1],
            start: &[5.0, 0.0, 0.0],
            stop: &[9.0, 3.0, 5.0],
            state: &[0, 1, 2],
            initial: None,
        };
        let story = Story::of(&rows);
        assert!(story.findings.is_empty());
        assert_eq!(story.during, [2, 0, 0]);
        assert_eq!(story.first, [false, true, true]);
        assert_eq!(story.continued, [false, false, true]);
    }
}
