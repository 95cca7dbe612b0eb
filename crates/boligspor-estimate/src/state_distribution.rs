//! Sequences of states as sequence analysts read them.
//!
//! One state per person and period (month by month, say), fully observed or
//! with holes: who is where in each period, who goes where next, and how long
//! people spend in each state. Defined as in TraMineR (`seqstatd`, `seqtrate`,
//! `seqmeant`); Gabadinho, Ritschard, Müller & Studer (2011), *Journal of
//! Statistical Software* 40(4).

use crate::error::{EstimateError, Result, same_length, valid_weights};

/// One state per person and period; `None` where unknown.
#[derive(Debug, Clone, Copy)]
pub struct Sequences<'a> {
    /// States `0..states`, person by person, `periods` a person.
    pub codes: &'a [Option<u16>],
    /// Number of periods of every person.
    pub periods: usize,
    /// Number of states.
    pub states: usize,
    /// One weight per person.
    pub weights: Option<&'a [f64]>,
}

/// Shares of the states in each period.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDistribution {
    /// Share of each state among the known, `states` numbers a period; NaN in
    /// periods in which nobody's state is known.
    pub share: Vec<f64>,
    /// Number (weight) whose state is known, by period.
    pub known: Vec<f64>,
    /// Shannon entropy of each period over that of equal shares, 0 to 1.
    pub entropy: Vec<f64>,
}

/// How often each state is followed by each other in the next period.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionRates {
    /// Rate of each next state (column) after each state (row), row by row;
    /// NaN in rows of states that nobody is in before the last period.
    pub rate: Vec<f64>,
    /// Number (weight) of periods in each state with a known next one.
    pub at_risk: Vec<f64>,
    /// Number (weight) of each pair of successive states.
    pub count: Vec<f64>,
}

impl Sequences<'_> {
    fn people(&self) -> Result<usize> {
        if self.codes.is_empty() || self.periods == 0 {
            return Err(EstimateError::Empty { argument: "codes" });
        }
        let people = self.codes.len() / self.periods;
        same_length(
            "codes",
            self.codes.len(),
            "people × periods",
            people * self.periods,
        )?;
        if let Some(weights) = self.weights {
            same_length("weights", weights.len(), "people", people)?;
            valid_weights("weights", weights)?;
        }
        let unknown = self
            .codes
            .iter()
            .flatten()
            .filter(|code| usize::from(**code) >= self.states);
        match unknown.count() {
            0 => Ok(people),
            rows => Err(EstimateError::UnknownCode {
                argument: "codes",
                rows,
                known: self.states,
                hint: "states are numbered from 0",
            }),
        }
    }

    /// Each person's weight and states.
    fn iter(&self) -> impl Iterator<Item = (f64, &[Option<u16>])> {
        let weight = |person: usize| self.weights.map_or(1.0, |w| w[person]);
        self.codes
            .chunks_exact(self.periods)
            .enumerate()
            .map(move |(i, codes)| (weight(i), codes))
    }
}

/// The share of each state in each period.
///
/// # Errors
/// No sequences, a number of codes that is not people × periods, a code
/// outside `0..states`, negative weights.
///
/// ```
/// use boligspor_estimate::{Sequences, state_distribution};
/// let codes = [Some(0), Some(1), Some(1), Some(1)]; // two people, two months
/// let d = state_distribution(&Sequences { codes: &codes, periods: 2, states: 2, weights: None })?;
/// assert_eq!(d.share, [0.5, 0.5, 0.0, 1.0]);
/// assert_eq!(d.entropy, [1.0, 0.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn state_distribution(sequences: &Sequences) -> Result<StateDistribution> {
    sequences.people()?;
    let k = sequences.states;
    let mut weight = vec![0.0; sequences.periods * k];
    for (w, codes) in sequences.iter() {
        for (period, code) in codes.iter().enumerate() {
            if let Some(code) = code {
                weight[period * k + usize::from(*code)] += w;
            }
        }
    }
    let known: Vec<f64> = weight
        .chunks_exact(k)
        .map(|states| states.iter().sum())
        .collect();
    let share: Vec<f64> = weight
        .chunks_exact(k)
        .zip(&known)
        .flat_map(|(states, n)| states.iter().map(move |w| w / n))
        .collect();
    let entropy = share
        .chunks_exact(k)
        .map(|p| {
            p.iter()
                .map(|&p| if p == 0.0 { 0.0 } else { -p * p.ln() })
                .sum::<f64>()
                / (k as f64).ln()
        })
        .collect();
    Ok(StateDistribution {
        share,
        known,
        entropy,
    })
}

/// The rate at which each state is followed by each other one period later,
/// pooled over people and periods.
///
/// # Errors
/// As [`state_distribution`].
///
/// ```
/// use boligspor_estimate::{Sequences, transition_rates};
/// let codes = [Some(0), Some(0), Some(1)];
/// let r = transition_rates(&Sequences { codes: &codes, periods: 3, states: 2, weights: None })?;
/// assert_eq!(r.rate[..2], [0.5, 0.5]);
/// assert!(r.rate[2].is_nan()); // nobody is in state 1 with a next month
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn transition_rates(sequences: &Sequences) -> Result<TransitionRates> {
    sequences.people()?;
    let k = sequences.states;
    let mut count = vec![0.0; k * k];
    for (w, codes) in sequences.iter() {
        for pair in codes.windows(2) {
            if let [Some(from), Some(to)] = pair {
                count[usize::from(*from) * k + usize::from(*to)] += w;
            }
        }
    }
    let at_risk: Vec<f64> = count.chunks_exact(k).map(|row| row.iter().sum()).collect();
    let rate = count
        .chunks_exact(k)
        .zip(&at_risk)
        .flat_map(|(row, n)| row.iter().map(move |c| c / n))
        .collect();
    Ok(TransitionRates {
        rate,
        at_risk,
        count,
    })
}

/// The mean number of periods a person spends in each state.
///
/// # Errors
/// As [`state_distribution`].
///
/// ```
/// use boligspor_estimate::{Sequences, mean_time_in_state};
/// let codes = [Some(0), Some(1), Some(1), None];
/// let mean = mean_time_in_state(&Sequences { codes: &codes, periods: 2, states: 2, weights: None })?;
/// assert_eq!(mean, [0.5, 1.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn mean_time_in_state(sequences: &Sequences) -> Result<Vec<f64>> {
    sequences.people()?;
    let mut time = vec![0.0; sequences.states];
    let mut total = 0.0;
    for (w, codes) in sequences.iter() {
        total += w;
        for code in codes.iter().flatten() {
            time[usize::from(*code)] += w;
        }
    }
    Ok(time.into_iter().map(|t| t / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count_people_and_holes_count_nowhere() {
        let codes = [Some(0), None, Some(1), Some(1)];
        let sequences = Sequences {
            codes: &codes,
            periods: 2,
            states: 2,
            weights: Some(&[3.0, 1.0]),
        };
        let d = state_distribution(&sequences).unwrap();
        assert_eq!(d.share, [0.75, 0.25, 0.0, 1.0]);
        assert_eq!(d.known, [4.0, 1.0]);
        let r = transition_rates(&sequences).unwrap();
        assert_eq!(r.count, [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn ragged_sequences_and_unknown_states_are_refused() {
        let ragged = Sequences {
            codes: &[Some(0); 3],
            periods: 2,
            states: 1,
            weights: None,
        };
        assert!(matches!(
            state_distribution(&ragged),
            Err(EstimateError::LengthMismatch { .. })
        ));
        let unknown = Sequences {
            codes: &[Some(4), Some(0)],
            periods: 2,
            states: 2,
            weights: None,
        };
        assert!(matches!(
            transition_rates(&unknown),
            Err(EstimateError::UnknownCode { rows: 1, .. })
        ));
    }
}
