//! A sum of squared influences, kept up to date in constant time a change.
//!
//! The robust (infinitesimal-jackknife) variance is `Σ_c U_c(t)²` over clusters
//! `c`. Written out it costs clusters × times. But at an event time every
//! cluster's influence moves by the same step times its weight at risk, so three
//! sums (of W², U·W and U²) follow all clusters at once, and only the clusters
//! that gain or lose a row at that time are visited.

/// The influences `U` of clusters with weights at risk `W`, under a clock.
///
/// Between visits `U_c` grows by `W_c` times what the clock has advanced.
pub(crate) struct Running {
    clock: f64,
    clusters: Vec<Cluster>,
    w_w: f64,
    u_w: f64,
    u_u: f64,
}

#[derive(Clone, Copy, Default)]
struct Cluster {
    u: f64,
    w: f64,
    /// The clock when `u` was last brought up to date.
    seen: f64,
}

impl Running {
    pub(crate) fn new(clusters: usize) -> Self {
        Self {
            clock: 0.0,
            clusters: vec![Cluster::default(); clusters],
            w_w: 0.0,
            u_w: 0.0,
            u_u: 0.0,
        }
    }

    /// Moves every cluster's influence by `step` times its weight at risk.
    pub(crate) fn tick(&mut self, step: f64) {
        self.clock += step;
        self.u_u += 2.0 * step * self.u_w + step * step * self.w_w;
        self.u_w += step * self.w_w;
    }

    /// Adds to the influence and to the weight at risk of one cluster.
    pub(crate) fn change(&mut self, cluster: usize, influence: f64, weight: f64) {
        let c = &mut self.clusters[cluster];
        let u = c.u + c.w * (self.clock - c.seen);
        self.u_u += influence * (2.0 * u + influence);
        self.u_w += u * weight + influence * (c.w + weight);
        self.w_w += weight * (2.0 * c.w + weight);
        *c = Cluster {
            u: u + influence,
            w: c.w + weight,
            seen: self.clock,
        };
    }

    /// `Σ U²` over clusters.
    pub(crate) fn sum_of_squares(&self) -> f64 {
        self.u_u.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_sum_equals_the_sum_over_clusters() {
        let mut running = Running::new(3);
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
            running.tick(tick);
            for j in 0..3 {
                u[j] += w[j] * tick;
            }
            running.change(c, influence, weight);
            u[c] += influence;
            w[c] += weight;
            let direct: f64 = u.iter().map(|u| u * u).sum();
            assert!(
                (running.sum_of_squares() - direct).abs() < 1e-14,
                "step {step}"
            );
        }
    }
}
