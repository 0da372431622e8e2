//! Judges the motion, focus and brightness that a frame has in common.

use super::noise_memory::median;
use super::projections::{FOCUS, Projections, X, Y};
use super::spectrum::{Line, Spectrum};
use crate::series::{Trend, integrated_correlation_time};

/// The narrow line that is highest in the common motion along rows or columns.
pub(super) fn line(movies: &[&Projections]) -> Option<Line> {
    let of = |axis: usize| {
        let series = movies.iter().map(|movie| &movie.series[axis]).filter(|series| !series.is_empty());
        Spectrum::line(&series.map(|series| Spectrum::of(series)).collect::<Vec<_>>())
    };
    [X, Y].into_iter().filter_map(of).max_by(|a, b| a.z.total_cmp(&b.z))
}

/// How skewed the steps of each common change are: the z of their third moment, along x, y and focus.
pub(super) fn skewed_steps(movies: &[&Projections]) -> [f64; 3] {
    [X, Y, FOCUS].map(|axis| {
        let (mut sum, mut squares) = (0.0, 0.0);
        for movie in movies {
            let steps: Vec<f64> = movie.series[axis].windows(2).map(|pair| pair[1] - pair[0]).collect();
            let scale = median(steps.iter().map(|step| step.abs()).collect::<Vec<_>>());
            for step in steps.iter().map(|step| step / scale).filter(|step| step.is_finite()) {
                sum += step.powi(3);
                squares += step.powi(6);
            }
        }
        if squares > 0.0 { sum / squares.sqrt() } else { 0.0 }
    })
}

/// The trend of each common change along x, y and focus: the mean over movies of the signed z, times the
/// root of their number; and the median change over the scatter.
pub(super) fn trends(movies: &[&Projections]) -> [(f64, f64); 3] {
    [X, Y, FOCUS].map(|axis| {
        let mut z = Vec::new();
        let mut sizes = Vec::new();
        for movie in movies {
            let series = &movie.series[axis];
            if let Some(trend) = Trend::of(series) {
                let variance: f64 =
                    series.iter().map(|value| (value - trend.mean).powi(2)).sum::<f64>() / series.len() as f64;
                sizes.push(trend.change / variance.sqrt());
                z.push(trend.change.signum() * normal_of(trend.p_value));
            }
        }
        if z.is_empty() { (0.0, 0.0) } else { (z.iter().sum::<f64>() / (z.len() as f64).sqrt(), median(sizes)) }
    })
}

/// The standard normal deviation that is exceeded in magnitude with this probability, roughly.
pub(super) fn normal_of(p_value: f64) -> f64 {
    // Abramowitz and Stegun 1964, 26.2.23.
    let t = (-2.0 * (0.5 * p_value.max(1e-16)).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below).max(0.0)
}

/// The first tenth of each series against the rest: z pooled over movies, and the median relative change.
pub(super) fn first_tenth(movies: &[&[f64]]) -> (f64, f64) {
    let mut z = Vec::new();
    let mut sizes = Vec::new();
    for series in movies.iter().filter(|series| series.len() >= 100) {
        let (first, rest) = series.split_at(series.len() / 10);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let variance = rest.iter().map(|v| (v - mean(rest)).powi(2)).sum::<f64>() / rest.len() as f64;
        let time = 2.0 * integrated_correlation_time(rest);
        let error = (variance * time * (1.0 / first.len() as f64 + 1.0 / rest.len() as f64)).sqrt();
        if error > 0.0 {
            z.push((mean(first) - mean(rest)) / error);
            sizes.push(mean(first) / mean(rest) - 1.0);
        }
    }
    if z.is_empty() { (0.0, 0.0) } else { (z.iter().sum::<f64>() / (z.len() as f64).sqrt(), median(sizes)) }
}

/// Steps of brightness by one and the same ratio: how many, and how unequal they are (standard deviation over
/// mean). Brightness of the dimmer and brighter half of each frame.
pub(super) fn equal_steps(movies: &[&[[f64; 2]]]) -> (usize, f64, f64) {
    let mut jumps = Vec::new();
    let mut both = Vec::new();
    for series in movies {
        let steps: Vec<[f64; 2]> = series
            .windows(2)
            .map(|pair| [0, 1].map(|half| (pair[1][half] / pair[0][half]).ln()))
            .filter(|step| step.iter().all(|s| s.is_finite()))
            .collect();
        if steps.len() < 16 {
            continue;
        }
        let usual = [0, 1].map(|half| median(steps.iter().map(|step| step[half].abs()).collect()) / 0.6745);
        for step in steps {
            if step[0].abs() > 6.0 * usual[0] && step[1].abs() > 3.0 * usual[1] {
                jumps.push(step[0].abs());
                both.push(step[1] / step[0]);
            }
        }
    }
    let count = jumps.len();
    if count < 2 {
        return (count, f64::INFINITY, 0.0);
    }
    let middle = median(jumps.clone());
    let spread = median(jumps.iter().map(|jump| (jump - middle).abs()).collect()) / 0.6745;
    (count, spread / middle, median(both))
}

/// Regular changes of the noise, as key frames leave: the highest z among periods and phases, and the period.
pub(super) fn pulses(movies: &[&[f64]]) -> (f64, usize) {
    let mut best = (0.0, 0);
    let series: Vec<Vec<f64>> = movies
        .iter()
        .filter(|energy| energy.len() >= 64 && energy.iter().all(|e| *e > 0.0))
        .map(|energy| {
            let logs: Vec<f64> = energy.iter().map(|e| e.ln()).collect();
            let local = |at: usize| {
                let (from, to) = (at.saturating_sub(3), (at + 4).min(logs.len()));
                logs[at] - median(logs[from..to].to_vec())
            };
            let flat: Vec<f64> = (0..logs.len()).map(local).collect();
            let scale = median(flat.iter().map(|v| v.abs()).collect()) / 0.6745;
            flat.iter().map(|v| (v / scale.max(1e-12)).clamp(-5.0, 5.0)).collect()
        })
        .collect();
    for period in 2..=64 {
        let mut power = 0.0;
        let mut movies = 0.0;
        for values in series.iter().filter(|values| values.len() >= 6 * period) {
            // The most different phase of each movie: movies start at any phase.
            let variance = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let z = |phase: usize| {
                let of = || values.iter().skip(phase).step_by(period);
                let count = of().count() as f64;
                (of().sum::<f64>() / count - mean) * (count / variance).sqrt()
            };
            power += (0..period).map(|phase| z(phase).abs()).fold(0.0, f64::max);
            movies += 1.0;
        }
        if movies > 0.0 && power / movies > best.0 {
            best = (power / movies, period);
        }
    }
    best
}

/// Stretches of time that are brighter, and darker, than those around them by far more than most: counts, of how
/// many, and the largest, as a share of the brightness.
pub(super) fn bright_stretches(movies: &[&[f64]]) -> (usize, usize, usize, f64) {
    let (mut brighter, mut darker, mut all, mut largest) = (0, 0, 0, 0.0_f64);
    for series in movies.iter().filter(|series| series.len() >= 128) {
        let count = (series.len() / 8).min(64);
        let stretch = |k: usize| &series[k * series.len() / count..(k + 1) * series.len() / count];
        let means: Vec<f64> =
            (0..count).map(|k| stretch(k).iter().sum::<f64>() / stretch(k).len() as f64).collect();
        let above: Vec<f64> = (0..count)
            .map(|k| means[k] - median(means[k.saturating_sub(7)..(k + 8).min(count)].to_vec()))
            .collect();
        let usual = median(above.iter().map(|value| value.abs()).collect()) / 0.6745;
        let level = median(means);
        let least = (8.0 * usual).max(0.002 * level);
        brighter += above.iter().filter(|value| **value > least).count();
        darker += above.iter().filter(|value| **value < -least).count();
        all += count;
        largest = above.iter().fold(largest, |largest, value| largest.max(value / level));
    }
    (brighter, darker, all, largest)
}
