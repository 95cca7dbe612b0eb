//! Small random data for the tests of regressions: ties, delayed entry, strata
//! and weights, awkward on purpose and the same on every run.

use crate::cox::CoxData;

/// A sample of `n` rows with `p` covariates.
pub(crate) struct Sample {
    pub(crate) time: Vec<f64>,
    pub(crate) entry: Vec<f64>,
    pub(crate) event: Vec<bool>,
    pub(crate) strata: Vec<u32>,
    pub(crate) weights: Vec<f64>,
    pub(crate) x: Vec<Vec<f64>>,
}

impl Sample {
    pub(crate) fn new(seed: u64, n: usize, p: usize) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
        let mut sample = Self {
            time: Vec::new(),
            entry: Vec::new(),
            event: Vec::new(),
            strata: Vec::new(),
            weights: Vec::new(),
            x: vec![Vec::new(); p],
        };
        for _ in 0..n {
            // Times on a coarse grid, so that most are tied.
            let time = (1.0 + random.uniform() * 9.0).floor();
            sample.time.push(time);
            sample.entry.push(
                (random.uniform() * time).floor().min(time - 1.0)
                    - f64::from(random.uniform() < 0.5),
            );
            sample.event.push(random.uniform() < 0.6);
            sample
                .strata
                .push(if random.uniform() < 0.5 { 4 } else { 2 });
            sample.weights.push((random.uniform() * 4.0).ceil() / 2.0);
            for column in &mut sample.x {
                column.push(random.uniform() * 2.0 - 0.5);
            }
        }
        sample
    }

    pub(crate) fn columns(&self) -> Vec<&[f64]> {
        self.x.iter().map(Vec::as_slice).collect()
    }

    /// The data plain, and with each complication.
    pub(crate) fn variants<'a>(&'a self, columns: &'a [&'a [f64]]) -> Vec<CoxData<'a>> {
        let plain = CoxData {
            time: &self.time,
            event: &self.event,
            covariates: columns,
            ..CoxData::default()
        };
        let (entry, strata, weights) = (
            Some(&self.entry[..]),
            Some(&self.strata[..]),
            Some(&self.weights[..]),
        );
        vec![
            plain,
            CoxData { entry, ..plain },
            CoxData { strata, ..plain },
            CoxData { weights, ..plain },
            CoxData {
                entry,
                weights,
                strata,
                ..plain
            },
        ]
    }
}

/// Weyl sequence with a mixer (Steele, Lea & Flood 2014): enough for test data.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
