//! Draws the distribution of the entropy production, with its fluctuation theorem beside it.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep_movie::error::Result;

/// Bins on either side of zero.
const BINS_PER_SIDE: usize = 40;
/// Fewest values that a bin of the ratio may hold on its rarer side.
const FEWEST: usize = 5;

/// Distribution of the entropy production per transition.
#[derive(Debug, Clone, Copy)]
pub struct EntropyHistogram<'a> {
    /// Entropy production of each transition, in `k_B`.
    pub entropy_production: &'a [f64],
}

/// One point of the detailed fluctuation theorem `ln P(ΔS)/P(-ΔS) = ΔS`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRatio {
    /// Mean magnitude of the entropy production in the bin and its mirror image, in `k_B`.
    pub entropy_production: f64,
    /// `ln(n+/n-)`.
    pub log_ratio: f64,
    /// Its standard error, `sqrt(1/n+ + 1/n-)`.
    pub standard_error: f64,
}

/// Ratios over bins of `bin_width` and their mirror images, where either holds at least five values.
pub fn log_ratios(entropy_production: &[f64], bin_width: f64) -> Vec<LogRatio> {
    #[derive(Clone, Default)]
    struct Bin {
        positive: usize,
        negative: usize,
        /// Sum of magnitudes on the positive and on the negative side.
        sums: [f64; 2],
    }
    let mut bins: Vec<Bin> = Vec::new();
    for &value in entropy_production.iter().filter(|v| v.is_finite() && **v != 0.0) {
        let place = (value.abs() / bin_width) as usize;
        if place >= 10_000 {
            continue;
        }
        if place >= bins.len() {
            bins.resize(place + 1, Bin::default());
        }
        let bin = &mut bins[place];
        if value > 0.0 {
            bin.positive += 1;
            bin.sums[0] += value;
        } else {
            bin.negative += 1;
            bin.sums[1] -= value;
        }
    }
    bins.iter()
        .filter(|bin| bin.positive.min(bin.negative) >= FEWEST)
        .map(|bin| {
            let (plus, minus) = (bin.positive as f64, bin.negative as f64);
            LogRatio {
                entropy_production: 0.5 * (bin.sums[0] / plus + bin.sums[1] / minus),
                log_ratio: (plus / minus).ln(),
                standard_error: (1.0 / plus + 1.0 / minus).sqrt(),
            }
        })
        .collect()
}

/// Slope of the weighted least-squares line through the origin, with its standard error.
fn slope_through_origin(ratios: &[LogRatio]) -> (f64, f64) {
    let (xx, xy) = ratios.iter().fold((0.0, 0.0), |(xx, xy), r| {
        let weight = r.standard_error.powi(-2);
        let x = r.entropy_production;
        (xx + weight * x * x, xy + weight * x * r.log_ratio)
    });
    (xy / xx, xx.sqrt().recip())
}

impl EntropyHistogram<'_> {
    /// Draws the histogram at the left, `ln P(ΔS)/P(-ΔS)` with the line of slope 1 at the right.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] for fewer than two finite values.
    pub fn draw(&self) -> Result<Figure> {
        let mut values: Vec<f64> =
            self.entropy_production.iter().copied().filter(|v| v.is_finite()).collect();
        check_drawable("histogram of the entropy production", values.len(), 2)?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_unstable_by(f64::total_cmp);
        let rare = (values.len() - 1) / 1_000;
        let reach = values[values.len() - 1 - rare].abs().max(values[rare].abs());
        let reach = 1.15 * if reach > 0.0 { reach } else { 1.0 };
        let mut figure = Figure::new(900.0, 412.0);
        draw_distribution(&mut figure, &values, reach, mean);
        draw_ratio(&mut figure, &log_ratios(&values, 2.0 * reach / BINS_PER_SIDE as f64));
        Ok(figure)
    }
}

fn draw_distribution(figure: &mut Figure, sorted: &[f64], reach: f64, mean: f64) {
    let bin_width = reach / BINS_PER_SIDE as f64;
    let mut counts = vec![0_usize; 2 * BINS_PER_SIDE];
    for &value in sorted {
        let place = ((value + reach) / bin_width).floor();
        if (0.0..counts.len() as f64).contains(&place) {
            counts[place as usize] += 1;
        }
    }
    let density = |count: usize| count as f64 / (sorted.len() as f64 * bin_width);
    let highest = density(counts.iter().copied().max().unwrap_or(1));
    let panel = Panel {
        left: 88.0,
        top: 40.0,
        width: 345.0,
        height: 310.0,
        x: Axis::new("ΔS (k_B per transition)", -reach, reach),
        y: Axis::new("Probability density (1/k_B)", 0.0, 1.08 * highest),
    };
    panel.draw(figure, true);
    for (i, &count) in counts.iter().enumerate() {
        let left = -reach + i as f64 * bin_width;
        let (x, y) = panel.place((left, density(count)));
        let (right, bottom) = panel.place((left + bin_width, 0.0));
        let colour = if i < BINS_PER_SIDE { style::NEGATIVE } else { style::POSITIVE };
        if count > 0 {
            figure.rectangle(x, y, right - x - 0.5, bottom - y, colour, 1.0);
        }
    }
    let zero = Key::Line(style::ZERO_LINE, 1.0, None);
    let marked = Key::Line(style::EXACT, 1.6, Some(style::DASH));
    panel.curve(figure, &[(0.0, 0.0), (0.0, panel.y.to)], zero);
    panel.curve(figure, &[(mean, 0.0), (mean, panel.y.to)], marked);
    panel.frame(figure);
    let mean = format!("mean {}", short(mean));
    panel.legend(
        figure,
        &[(Key::Box(style::NEGATIVE), "consumed"), (Key::Box(style::POSITIVE), "produced"), (marked, &mean)],
    );
}

fn draw_ratio(figure: &mut Figure, ratios: &[LogRatio]) {
    let farthest = ratios.iter().map(|r| r.entropy_production).fold(0.0, f64::max);
    let farthest = if farthest > 0.0 { 1.08 * farthest } else { 1.0 };
    let ends = ratios.iter().flat_map(|r| [r.log_ratio - r.standard_error, r.log_ratio + r.standard_error]);
    let panel = Panel {
        left: 535.0,
        top: 40.0,
        width: 345.0,
        height: 310.0,
        x: Axis::new("ΔS (k_B per transition)", 0.0, farthest),
        y: Axis::around("ln P(ΔS)/P(−ΔS)", ends.chain([0.0, farthest])),
    };
    panel.draw(figure, true);
    let theorem = Key::Line(style::EXACT, 1.5, Some(style::DASH));
    panel.curve(figure, &[(0.0, 0.0), (farthest, farthest)], theorem);
    let bar = Key::Line(style::MEASURED, 1.4, None);
    for ratio in ratios {
        let (x, y, error) = (ratio.entropy_production, ratio.log_ratio, ratio.standard_error);
        panel.curve(figure, &[(x, y - error), (x, y + error)], bar);
        figure.discs(&[panel.place((x, y))], 3.5, style::MEASURED, 1.0);
    }
    panel.frame(figure);
    panel.legend(
        figure,
        &[(Key::Disc(style::MEASURED), "estimated"), (theorem, "fluctuation theorem, slope 1")],
    );
    let note = if ratios.is_empty() {
        "too few negative values for a ratio".to_string()
    } else {
        let (slope, error) = slope_through_origin(ratios);
        format!("slope = {slope:.2} ± {error:.2}")
    };
    panel.note(figure, &[note], true, true);
}

/// Three significant digits, with a typographic minus.
fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0.0 } else { (2.0 - value.abs().log10().floor()).clamp(0.0, 8.0) };
    format!("{value:.*} k_B", digits as usize).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Normal};

    /// A Gaussian with variance twice its mean obeys the theorem exactly. Catches a reversed or unmirrored
    /// ratio, and bins whose centre is not where their values are.
    #[test]
    fn a_gaussian_with_variance_twice_its_mean_has_slope_one() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let normal = Normal::new(0.5, 1.0).unwrap();
        let values: Vec<f64> = (0..400_000).map(|_| normal.sample(&mut random)).collect();
        let ratios = log_ratios(&values, 0.2);
        let (slope, error) = slope_through_origin(&ratios);
        assert!(ratios.len() > 8 && error < 0.01, "{error}");
        assert!((slope - 1.0).abs() < 4.0 * error, "{slope} ± {error}");
    }

    #[test]
    fn reversing_every_value_reverses_every_ratio() {
        let values: Vec<f64> = (0..5_000).map(|i| (f64::from(i) * 0.7).sin() + 0.2).collect();
        let reversed: Vec<f64> = values.iter().map(|v| -v).collect();
        let (forward, backward) = (log_ratios(&values, 0.1), log_ratios(&reversed, 0.1));
        assert!(!forward.is_empty() && forward.len() == backward.len());
        for (a, b) in forward.iter().zip(&backward) {
            assert!((a.log_ratio + b.log_ratio).abs() < 1e-12);
            assert_eq!(a.standard_error, b.standard_error);
        }
    }

    #[test]
    fn values_of_one_sign_are_drawn_without_a_ratio() {
        let svg = EntropyHistogram { entropy_production: &[1.0, 2.0, 3.0] }.draw().unwrap().to_svg();
        assert!(svg.contains("too few negative values") && !svg.contains("NaN"));
        assert!(svg.contains("Probability density"));
    }
}
