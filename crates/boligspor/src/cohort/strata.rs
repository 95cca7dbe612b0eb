//! The division of a cohort: the whole, and each combination of levels.

use serde::{Deserialize, Serialize};

/// The strata of a cohort. Stratum 0 is the whole cohort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strata {
    /// The columns that divide it.
    pub names: Vec<String>,
    /// Each stratum's levels, one for each column; `all` throughout for the whole.
    pub levels: Vec<Vec<String>>,
}

/// How the level that means "not divided by this column" is written.
pub const ALL: &str = "all";

impl Strata {
    /// Strata from each member's labels, one list a column; sorted by level,
    /// with the stratum of every member (0 where nothing divides).
    pub(crate) fn new(
        names: Vec<String>,
        labels: &[Vec<String>],
        members: usize,
    ) -> (Self, Vec<u32>) {
        let mut levels = vec![vec![ALL.to_owned(); names.len()]];
        if names.is_empty() {
            return (Self { names, levels }, vec![0; members]);
        }
        let key = |i: usize| -> Vec<&str> { labels.iter().map(|l| l[i].as_str()).collect() };
        let mut order: Vec<usize> = (0..members).collect();
        order.sort_by_cached_key(|&i| key(i));
        let mut of = vec![0; members];
        for (n, &i) in order.iter().enumerate() {
            if n == 0 || key(i) != key(order[n - 1]) {
                levels.push(key(i).into_iter().map(str::to_owned).collect());
            }
            of[i] = levels.len() as u32 - 1;
        }
        (Self { names, levels }, of)
    }

    /// How many strata there are, the whole included.
    pub fn len(&self) -> usize {
        self.levels.len()
    }

    /// Whether nothing divides the cohort.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A stratum in words: its levels, or `all`.
    pub fn label(&self, stratum: usize) -> String {
        if stratum == 0 {
            ALL.to_owned()
        } else {
            self.levels[stratum].join(" · ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_are_sorted_and_the_whole_comes_first() {
        let labels = vec![
            ["b", "a", "b"].map(str::to_owned).to_vec(),
            ["x", "y", "x"].map(str::to_owned).to_vec(),
        ];
        let (strata, of) = Strata::new(vec!["one".into(), "two".into()], &labels, 3);
        assert_eq!(strata.levels, [["all", "all"], ["a", "y"], ["b", "x"]]);
        assert_eq!(of, [2, 1, 2]);
        assert_eq!(strata.label(2), "b · x");
    }
}
