//! Finds intervals of a difference and of a ratio from those of its two parts.

/// A number with the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimated {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Estimated {
    /// `self - other`, of independent parts. What either end lies from its value is added in quadrature, so
    /// that intervals that lean to one side go on to do so (Zou and Donner 2008, doi 10.1002/sim.3095).
    pub(crate) fn minus(self, other: Self) -> Self {
        let value = self.value - other.value;
        let below = (self.value - self.low).hypot(other.high - other.value);
        let above = (self.high - self.value).hypot(other.value - other.low);
        Self { value, low: value - below, high: value + above }
    }

    /// `self / other`, of independent parts, by the same law (Donner and Zou 2012, doi
    /// 10.1177/0962280210370698); none unless the interval of `other` lies above zero.
    pub(crate) fn over(self, other: Self) -> Option<Self> {
        let Self { value: a, low: a_low, high: a_high } = self;
        let Self { value: b, low: b_low, high: b_high } = other;
        if b_low <= 0.0 {
            return None;
        }
        let product = a * b;
        let end = |a_end: f64, b_end: f64, sign: f64| {
            let (of_a, of_b) = (a_end * (2.0 * a - a_end), b_end * (2.0 * b - b_end));
            let root = (product * product - of_a * of_b).max(0.0).sqrt();
            (of_b > 0.0).then(|| (product + sign * root) / of_b)
        };
        // Where the far end of the divisor is more than twice its value only the near end bounds the ratio.
        let low = end(a_low, b_high, -1.0).unwrap_or_else(|| (a_low / b_high).min(a_low / b_low));
        let high = end(a_high, b_low, 1.0)?;
        Some(Self { value: a / b, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// 4,000 pairs of normal numbers with their known errors: 3,800 intervals should hold the exact
    /// difference and the exact ratio, 3,759 to 3,841 within three standard deviations. Catches ends that are
    /// taken for each other, and errors that are added without squares.
    #[test]
    fn both_intervals_hold_as_often_as_they_promise() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut differences, mut ratios) = (0, 0);
        for _ in 0..4000 {
            let mut measured = |exact: f64, error: f64| {
                let value = exact + error * draw();
                Estimated { value, low: value - 1.96 * error, high: value + 1.96 * error }
            };
            let (a, b) = (measured(2.0, 0.3), measured(5.0, 0.4));
            let holds = |of: Estimated, exact: f64| of.low < exact && exact < of.high;
            differences += usize::from(holds(a.minus(b), -3.0));
            ratios += usize::from(a.over(b).is_some_and(|ratio| holds(ratio, 0.4)));
        }
        assert!(
            (3759..=3841).contains(&differences) && (3759..=3841).contains(&ratios),
            "{differences} {ratios}"
        );
    }

    /// Catches a ratio to what may be zero.
    #[test]
    fn nothing_is_divided_by_what_may_be_zero() {
        let one = Estimated { value: 1.0, low: 0.9, high: 1.2 };
        assert_eq!(one.over(Estimated { value: 0.1, low: -0.1, high: 0.3 }), None);
        let ratio = one.over(Estimated { value: 0.5, low: 0.45, high: 0.6 }).unwrap();
        assert!((ratio.value - 2.0).abs() < 1e-12 && ratio.low > 1.5 && ratio.high < 2.7, "{ratio:?}");
    }
}
