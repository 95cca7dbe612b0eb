//! Inversion of a distribution function, safe where Newton alone is not.

/// Solves `cdf(x) = p` on `bracket` by Newton steps kept inside a shrinking
/// bracket, with bisection where a step would leave it.
///
/// An infinite upper end is first brought down by doubling from `start`. The
/// result is exact to a few units in the last place of what `cdf` can resolve.
pub(crate) fn invert(
    p: f64,
    bracket: (f64, f64),
    start: f64,
    cdf: impl Fn(f64) -> f64,
    density: impl Fn(f64) -> f64,
) -> f64 {
    invert_to(1e-15, p, bracket, start, cdf, density)
}

/// As [`invert`], ending with the first step of at most `tolerance` relative to
/// where it leads: of Newton's steps the next would be about its square.
pub(crate) fn invert_to(
    tolerance: f64,
    p: f64,
    bracket: (f64, f64),
    start: f64,
    cdf: impl Fn(f64) -> f64,
    density: impl Fn(f64) -> f64,
) -> f64 {
    let (mut low, mut high) = bracket;
    if high.is_infinite() {
        high = start.max(1.0);
        while cdf(high) < p {
            low = high;
            high *= 2.0;
        }
    }
    let mut x = if start > low && start < high {
        start
    } else {
        f64::midpoint(low, high)
    };
    // 200 halvings exhaust a double's exponent range; Newton needs about six.
    for _ in 0..200 {
        let excess = cdf(x) - p;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess / density(x);
        let next = if newton > low && newton < high {
            newton
        } else {
            f64::midpoint(low, high)
        };
        if (next - x).abs() <= tolerance * next.abs() || next == x {
            return next;
        }
        x = next;
    }
    x
}
