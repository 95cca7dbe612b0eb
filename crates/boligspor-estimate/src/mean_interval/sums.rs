//! What a bootstrap of means needs of people: sums that add up.

use crate::bootstrap::PoissonWeights;
use crate::error::{EstimateError, Result};

/// A person's amount and weight, each summed over their rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Person {
    /// `Σ w x`.
    pub amount: f64,
    /// `Σ w`.
    pub weight: f64,
}

/// Sums of people, amounts, weights and their squares and products.
type Six = [f64; 6];

fn six(person: Person) -> Six {
    let Person { amount, weight } = person;
    [
        1.0,
        amount,
        weight,
        amount * amount,
        amount * weight,
        weight * weight,
    ]
}

/// Weighted sums of every replicate, and of the people as they are.
///
/// Sums of partitions are the sums of the whole: exactly where amounts are whole
/// numbers (øre) whose squares sum below 2⁵³, else to rounding error.
///
/// ```
/// use boligspor_estimate::mean_interval::{MeanSums, Person};
/// let person = |amount| Person { amount, weight: 1.0 };
/// let mut whole = MeanSums::new(1, 200);
/// let (mut first, mut second) = (whole.clone(), whole.clone());
/// for key in 0..10 {
///     whole.observe(key, person(key as f64));
///     if key < 4 { first.observe(key, person(key as f64)) } else { second.observe(key, person(key as f64)) }
/// }
/// first.merge(&second)?;
/// assert_eq!(first.replicates(), whole.replicates());
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanSums {
    weights: PoissonWeights,
    whole: Six,
    replicates: Vec<Six>,
    drawn: Vec<u8>,
}

impl MeanSums {
    /// No people yet.
    pub fn new(seed: u64, replicates: usize) -> Self {
        Self {
            weights: PoissonWeights::new(seed),
            whole: [0.0; 6],
            replicates: vec![[0.0; 6]; replicates],
            drawn: vec![0; replicates],
        }
    }

    /// Sums without replicates.
    pub(super) fn whole(people: impl Iterator<Item = Person>) -> Self {
        let mut sums = Self::new(0, 0);
        people.for_each(|person| sums.observe(0, person));
        sums
    }

    /// Adds a person, under a key that names them in every partition.
    pub fn observe(&mut self, key: u64, person: Person) {
        let parts = six(person);
        add(&mut self.whole, &parts, 1.0);
        if self.replicates.is_empty() {
            return;
        }
        self.weights.fill(key, &mut self.drawn);
        for (sums, weight) in self.replicates.iter_mut().zip(&self.drawn) {
            if *weight > 0 {
                add(sums, &parts, f64::from(*weight));
            }
        }
    }

    /// Adds the people of another partition.
    ///
    /// # Errors
    /// Sums of another seed or number of replicates.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.weights != other.weights || self.replicates.len() != other.replicates.len() {
            return Err(EstimateError::ShapeMismatch {
                left: self.replicates.len(),
                right: other.replicates.len(),
                what: "replicates (of one seed)",
            });
        }
        add(&mut self.whole, &other.whole, 1.0);
        for (a, b) in self.replicates.iter_mut().zip(&other.replicates) {
            add(a, b, 1.0);
        }
        Ok(())
    }

    /// The mean and its linearised standard error.
    pub fn mean(&self) -> (f64, f64) {
        mean(&self.whole)
    }

    /// Mean and standard error of each replicate; not finite where a replicate
    /// has fewer than two people.
    pub fn replicates(&self) -> Vec<(f64, f64)> {
        self.replicates.iter().map(mean).collect()
    }
}

fn add(to: &mut Six, from: &Six, factor: f64) {
    to.iter_mut().zip(from).for_each(|(a, b)| *a += factor * b);
}

/// A ratio of sums over people and its linearised error.
fn mean(&[n, amount, weight, squares, products, weights]: &Six) -> (f64, f64) {
    let mean = amount / weight;
    let spread = squares - 2.0 * mean * products + mean * mean * weights;
    // Rounding must not make a spread of nothing.
    let spread = if spread <= 1e-13 * squares {
        0.0
    } else {
        spread
    };
    (mean, (spread * n / (n - 1.0)).sqrt() / weight)
}
