//! A sum of squared influences, kept up to date in constant time a change.
//!
//! The robust (infinitesimal-jackknife) variance is `Σ_c U_c(t)²` over clusters
//! `c`. Written out it costs clusters × times. But at an event time every
//! cluster's influence moves by the same step times its weight at risk, so three
//! sums (of W², U·W and U²) follow all clusters at once, and only the clusters
//! that gain or lose a row at that time are visited.

/// The influences `U` of clusters with weights at risk `W`, on `N` quantities
/// that share the weights, each under a clock of its own.
///
/// Between visits `U_c` grows by `W_c` times what the clock has advanced.
pub(crate) struct Running<const N: usize> {
    clock: [f64; N],
    clusters: Vec<Cluster<N>>,
    w_w: f64,
    u_w: [f64; N],
    u_u: [f64; N],
}

#[derive(Clone, Copy)]
struct Cluster<const N: usize> {
    w: f64,
    u: [f64; N],
    /// The clocks when `u` was last brought up to date.
    seen: [f64; N],
}

impl<const N: usize> Running<N> {
    pub(crate) fn new(clusters: usize) -> Self {
        let nobody = Cluster {
            w: 0.0,
            u: [0.0; N],
            seen: [0.0; N],
        };
        Self {
            clock: [0.0; N],
            clusters: vec![nobody; clusters],
            w_w: 0.0,
            u_w: [0.0; N],
            u_u: [0.0; N],
        }
    }

    /// Moves every cluster's influence by `step` times its weight at risk.
    pub(crate) fn tick(&mut self, step: [f64; N]) {
        for (q, step) in step.into_iter().enumerate() {
            self.clock[q] += step;
            self.u_u[q] += 2.0 * step * self.u_w[q] + step * step * self.w_w;
            self.u_w[q] += step * self.w_w;
        }
    }

    /// Adds to the influences and to the weight at risk of one cluster.
    pub(crate) fn change(&mut self, cluster: usize, influence: [f64; N], weight: f64) {
        let c = &mut self.clusters[cluster];
        for (q, influence) in influence.into_iter().enumerate() {
            let u = c.u[q] + c.w * (self.clock[q] - c.seen[q]);
            self.u_u[q] += influence * (2.0 * u + influence);
            self.u_w[q] += u * weight + influence * (c.w + weight);
            c.u[q] = u + influence;
        }
        self.w_w += weight * (2.0 * c.w + weight);
        c.w += weight;
        c.seen = self.clock;
    }

    /// `Σ U²` over clusters, of each quantity.
    pub(crate) fn sums_of_squares(&self) -> [f64; N] {
        self.u_u.map(|sum| sum.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_sum_equals_the_sum_over_clusters() {
        let mut running = Running::<1>::new(3);
        let (mut u, mut w) = ([0.0; 3], [0.0; 3]);
        let changes = [
            (0, 0.0, 1.0),
            (1, 0.0, 2.5),
            (0, -0.3, 1.0),
            (2, 0.0, 0.5),
            (1, 0.7, -2.5),
            (0, 0.1, -1.0),
        ];
        for (step, (c, influence, weight)) in changes.into_iter().enumerate() {
            let tick = 0.1 * (step + 1) as f64;
            running.tick([tick]);
            for j in 0..3 {
                u[j] += w[j] * tick;
            }
            running.change(c, [influence], weight);
            u[c] += influence;
            w[c] += weight;
            let direct: f64 = u.iter().map(|u| u * u).sum();
            assert!(
                (running.sums_of_squares()[0] - direct).abs() < 1e-14,
                "step {step}"
            );
        }
    }
}
