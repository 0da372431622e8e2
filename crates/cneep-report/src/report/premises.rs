//! States on one line what every number of the report rests on.

use super::html::escaped;
use super::origin::Origin;
use super::words::{file_name, grouped};
use cneep::entropy_production::{EntropyProduction, MovieEntropy};
use cneep::estimator::Estimator;
use cneep_movie::units::{Calibration, duration_in_words, to_digits};

/// Movies, frames, interval, size, exposure, date, command, version; what is not known is marked.
pub(super) fn premises(
    estimator: &Estimator,
    entropy: Option<&EntropyProduction>,
    origin: &Origin,
) -> String {
    let record = estimator.record();
    let calibration = entropy.map_or(record.calibration, |entropy| entropy.calibration);
    let mut items = vec![movies(entropy)];
    if let Some(entropy) = entropy {
        items.push(frames(entropy, &calibration));
    }
    items.push(size(record.rows, record.columns, calibration.pixel_size));
    items.push(exposure(&calibration));
    items.push(format!("windows of {} frames", record.window));
    let mut made = vec![format!("cneep {}", escaped(env!("CARGO_PKG_VERSION")))];
    if !origin.date.is_empty() {
        made.insert(0, escaped(&origin.date));
    }
    if !origin.command.is_empty() {
        let command = escaped(&origin.command);
        made.push(format!("<code title=\"{command}\">{command}</code>"));
    }
    let list = |items: &[String]| {
        let items: Vec<String> = items.iter().map(|item| format!("<li>{item}</li>")).collect();
        items.concat()
    };
    format!("<ul class=\"premises\">{}</ul><ul class=\"premises made\">{}</ul>", list(&items), list(&made))
}

fn unknown(text: &str) -> String {
    format!("<span class=\"unknown\">{text} (!)</span>")
}

fn movies(entropy: Option<&EntropyProduction>) -> String {
    let name = |movie: &MovieEntropy| {
        let (short, whole) = (escaped(file_name(&movie.name)), escaped(&movie.name));
        format!("<strong title=\"{whole}\">{short}</strong>")
    };
    match entropy.map(|entropy| entropy.movies.as_slice()) {
        None | Some([]) => "no movie has been estimated yet".into(),
        Some([movie]) => name(movie),
        Some([first, .., last]) => {
            let count = entropy.map_or(0, |entropy| entropy.movies.len());
            format!("{count} movies, {} to {}", name(first), name(last))
        }
    }
}

fn frames(entropy: &EntropyProduction, calibration: &Calibration) -> String {
    let frames = |movie: &MovieEntropy| movie.values.len() + entropy.window - 1;
    let total: usize = entropy.movies.iter().map(frames).sum();
    let first = entropy.movies.first().map_or(0, frames);
    let alike = entropy.movies.iter().all(|movie| frames(movie) == first);
    let count = match entropy.movies.len() {
        1 => format!("{} frames", grouped(total)),
        movies if alike => format!("{movies} × {} frames", grouped(first)),
        _ => format!("{} frames", grouped(total)),
    };
    match calibration.frame_interval {
        Some(interval) => {
            format!(
                "{count} × {} = {}",
                duration_in_words(interval),
                duration_in_words(total as f64 * interval)
            )
        }
        None => format!("{count}, {}", unknown("frame interval not stated")),
    }
}

fn size(rows: usize, columns: usize, pixel_size: Option<f64>) -> String {
    match pixel_size {
        Some(pixel) => {
            let edge = |count: usize| to_digits(count as f64 * pixel, 3);
            format!(
                "{columns} × {rows} px, {} µm/px = {} × {} µm",
                to_digits(pixel, 3),
                edge(columns),
                edge(rows)
            )
        }
        None => format!("{columns} × {rows} px, {}", unknown("pixel size not stated")),
    }
}

fn exposure(calibration: &Calibration) -> String {
    let exposed = match (calibration.exposure, calibration.frame_interval) {
        (None, _) => unknown("exposure not stated"),
        (Some(0.0), _) => "exposure: an instant".into(),
        (Some(share), Some(interval)) => format!("exposure {}", duration_in_words(share * interval)),
        (Some(share), None) => format!("exposure {} % of the interval", to_digits(100.0 * share, 3)),
    };
    let shutter = match calibration.readout {
        None => unknown("shutter not stated"),
        Some(0.0) => "global shutter".into(),
        Some(share) => format!("rolling shutter, {} % of the interval", to_digits(100.0 * share, 3)),
    };
    format!("{exposed}, {shutter}")
}
