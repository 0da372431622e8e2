//! States by what candidates are compared, and weighed.
//!
//! Every estimate tells windows from their reversals: a window with dS = S runs forwards with the odds
//! exp(S). How likely that makes all windows to run forwards (logistic regression; density ratios by
//! classification: Sugiyama, Suzuki and Kanamori 2012, doi 10.1017/CBO9781139035613) has the same optimum as
//! the bound `<S - exp(-S)>`, but no window counts for more than another that leans backwards, so that it
//! does not hang on the rarest. Four sets of 10,000 frames of two colloids that drive each other gave dS of
//! 0.97 to 1.00 times its size; by the bound, and the second cumulant, it was 0.77 to 1.03 times.
//!
//! A field of many objects has windows that hardly ever lean backwards: its dS is the sum of many, large and
//! nearly Gaussian. There the second cumulant tells what counting cannot: `<S> - ln <exp(-S)>` (Donsker and
//! Varadhan 1975, doi 10.1002/cpa.3160280102) is then `2 <S> - var(S) / 2`. That is no bound: it is used to
//! choose and to weigh, never to state. Every fold is judged by an estimate of its own, and has a variance
//! of its own: one that is 5 % larger than that of another fold, of dS of 750 `k_B`, is hardly worse, but
//! over both the variance would be twice that of either.

/// What candidates are compared by; each is `S`, to first order of a small mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    /// Four times the logarithm of the likelihood that windows run forwards, over that of a coin.
    Likelihood,
    /// `2 <S> - var(S) / 2`, with the variance within folds.
    SecondCumulant,
}

/// Windows on which the likelihood must rest, in effect.
const ENOUGH: f64 = 100.0;
/// Largest mean dS whose likelihood is told from that of larger ones, in `k_B`.
const LARGEST: f64 = 30.0;

impl Criterion {
    /// That which windows with these `values` allow.
    pub(super) fn of(values: &[f64]) -> Self {
        let (total, squares) = values.iter().fold((0.0, 0.0), |(total, squares), &value| {
            let share = backwards(value);
            (total + share, squares + share * share)
        });
        let enough = squares > 0.0 && total * total / squares >= ENOUGH.min(0.5 * values.len() as f64);
        if enough { Self::Likelihood } else { Self::SecondCumulant }
    }

    /// What each window adds to the mean that is compared; `folds` are those of the windows.
    pub(super) fn of_windows(self, values: &[f64], folds: &[usize]) -> Vec<f64> {
        match self {
            Self::Likelihood => values.iter().map(|&value| likelihood(value)).collect(),
            Self::SecondCumulant => {
                let centred = within_folds(values, folds, &vec![1.0; values.len()]);
                values
                    .iter()
                    .zip(centred)
                    .map(|(value, centred)| 2.0 * value - 0.5 * centred * centred)
                    .collect()
            }
        }
    }

    /// Its mean over windows with these `values` in these `folds`.
    pub(super) fn mean(self, values: &[f64], folds: &[usize]) -> f64 {
        self.of_windows(values, folds).iter().sum::<f64>() / values.len() as f64
    }

    /// The mean dS, in `k_B`, of a Gaussian estimate that is as good as one with this `mean` of
    /// [`Self::of_windows`].
    pub(super) fn as_dissipation(self, mean: f64) -> f64 {
        match self {
            Self::Likelihood if mean > 0.0 => {
                let (mut low, mut high) = (0.0, LARGEST);
                for _ in 0..40 {
                    let middle = 0.5 * (low + high);
                    if gaussian_likelihood(middle) < mean { low = middle } else { high = middle }
                }
                0.5 * (low + high)
            }
            _ => mean,
        }
    }

    /// By how much that mean dS grows with `mean`, at this one.
    pub(super) fn slope_of_dissipation(self, mean: f64) -> f64 {
        match self {
            Self::Likelihood if mean > 0.0 => {
                let middle = self.as_dissipation(mean);
                let (low, high) = (0.99 * middle, 1.01 * middle + 1e-9);
                (high - low) / (gaussian_likelihood(high) - gaussian_likelihood(low))
            }
            _ => 1.0,
        }
    }
}

/// `values` less the mean of those of their fold that are `counted` (0 or 1), and so much larger that the
/// mean of their squares is the variance within folds, without bias; zero where they are not counted.
pub(super) fn within_folds<'a>(
    values: impl IntoIterator<Item = &'a f64> + Clone,
    folds: &[usize],
    counted: &[f64],
) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); folds.iter().max().map_or(0, |last| last + 1)];
    for ((value, &fold), counted) in values.clone().into_iter().zip(folds).zip(counted) {
        sums[fold].0 += counted * value;
        sums[fold].1 += counted;
    }
    let of_window = |((value, &fold), counted): ((&f64, &usize), &f64)| {
        let (sum, count): (f64, f64) = sums[fold];
        // A fold of one window has no variance.
        let unbiased = if count > 1.0 { (count / (count - 1.0)).sqrt() } else { 0.0 };
        if *counted > 0.0 { unbiased * (value - sum / count) } else { 0.0 }
    };
    values.into_iter().zip(folds).zip(counted).map(of_window).collect()
}

/// The share of windows with dS = `value` that run backwards.
pub(super) fn backwards(value: f64) -> f64 {
    1.0 / (1.0 + value.exp())
}

/// Four times the logarithm of the likelihood that a window with dS = `value` runs forwards, less that of a
/// coin: to second order `S - exp(-S) + 1`.
pub(super) fn likelihood(value: f64) -> f64 {
    // ln(1 + exp(-S)), whatever the size of S.
    let loss = (-value).max(0.0) + (-value.abs()).exp().ln_1p();
    4.0 * (std::f64::consts::LN_2 - loss)
}

/// Mean [`likelihood`] of Gaussian dS of this mean and twice the variance, by the trapezoidal rule.
fn gaussian_likelihood(mean: f64) -> f64 {
    const STEP: f64 = 0.1;
    let deviation = (2.0 * mean).sqrt();
    let term = |place: i32| {
        let x = f64::from(place) * STEP;
        (-0.5 * x * x).exp() * likelihood(mean + deviation * x)
    };
    (-80..=80).map(term).sum::<f64>() * STEP / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Gaussian dS of mean 0.1, 4 and 40: catches a criterion that is always, or never, taken, and means that
    /// are not those of the dS.
    #[test]
    fn criteria_tell_the_mean_of_exact_estimates() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut values = |mean: f64| -> Vec<f64> {
            let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
            (0..20_000).map(|_| mean + (2.0 * mean).sqrt() * draw()).collect()
        };
        let cases =
            [(0.1, Criterion::Likelihood), (4.0, Criterion::Likelihood), (40.0, Criterion::SecondCumulant)];
        for (mean, expected) in cases {
            let values = values(mean);
            let criterion = Criterion::of(&values);
            assert_eq!(criterion, expected);
            let found = criterion.as_dissipation(criterion.mean(&values, &vec![0; values.len()]));
            assert!((found - mean).abs() < 0.05 * mean, "{mean}: {found}");
        }
        assert_eq!(Criterion::Likelihood.as_dissipation(-0.3), -0.3);
    }

    /// What is counted twice its size, or half, is worse.
    #[test]
    fn the_right_size_is_the_most_likely() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let values: Vec<f64> = (0..20_000).map(|_| 1.0 + 2.0_f64.sqrt() * draw()).collect();
        for criterion in [Criterion::Likelihood, Criterion::SecondCumulant] {
            let height = |size: f64| -> f64 {
                criterion.mean(&values.iter().map(|v| size * v).collect::<Vec<_>>(), &vec![0; values.len()])
            };
            assert!(height(1.0) > height(0.7) && height(1.0) > height(1.4), "{criterion:?}");
        }
    }

    /// Five folds of dS of 750 `k_B`, of which the estimates are 10 % too large or too small: catches a
    /// variance over all folds, by which they would be worse than nothing.
    #[test]
    fn folds_have_a_variance_of_their_own() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut values, mut folds) = (Vec::new(), Vec::new());
        for (fold, size) in [1.0, 0.9, 1.0, 1.1, 1.0].into_iter().enumerate() {
            values.extend((0..4000).map(|_| size * (750.0 + 1500.0_f64.sqrt() * draw())));
            folds.extend(vec![fold; 4000]);
        }
        let height = Criterion::SecondCumulant.mean(&values, &folds);
        assert!((height - 747.0).abs() < 25.0, "{height}");
        assert!(Criterion::SecondCumulant.mean(&values, &vec![0; values.len()]) < 0.0);
    }
}
