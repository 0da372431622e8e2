//! Hands film, maps and series to the viewer of the page.

use super::reported_map::ReportedMap;
use super::verdict::claims;
use crate::figure::{BRIGHTEST, CONSUMED, MOST_OPACITY, OPACITY_POWER, PRODUCED, Rgb, outlines};
use crate::film::{Block, Film, FilmFrames, FilmMaps};
use cneep::entropy_production::{EntropyProduction, Significance, Summary};
use cneep_movie::units::Measured;
use serde::Serialize;

/// Other movies from which a band is drawn.
const FEWEST_OTHERS: usize = 5;
/// Share of them below the band, and above it.
const OUTSIDE: f64 = 0.05;

/// What `fill` of `viewer.js` takes.
#[derive(Debug, Serialize)]
pub(super) struct Player<'a> {
    version: u32,
    name: &'a str,
    unit: String,
    time_symbol: &'static str,
    /// Time from frame to frame, in `time_symbol`.
    interval: f64,
    /// In micrometres.
    pixel_size: Option<f64>,
    frames: &'a FilmFrames,
    #[serde(skip_serializing_if = "Option::is_none")]
    maps: Option<ShownMaps<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Series>,
    /// Rate of the whole frame.
    total: &'a Measured,
    /// Whether the verdict lets a p-value be stated.
    claims: bool,
    colours: Colours,
    /// Whether the state is kept in the address of the page.
    address: bool,
}

#[derive(Debug, Serialize)]
struct ShownMaps<'a> {
    #[serde(flatten)]
    maps: &'a FilmMaps,
    /// Ends of lines about significant cells: row, column, row, column, in cells as shown.
    outlines: Vec<[f64; 4]>,
}

#[derive(Debug, Serialize)]
struct Series {
    /// Entropy production of every transition, in `k_B`.
    values: Block,
    /// Ends of the middle 90 % of the other movies' sums since their start, in `k_B`.
    #[serde(skip_serializing_if = "Option::is_none")]
    band: Option<[Block; 2]>,
}

#[derive(Debug, Serialize)]
struct Colours {
    produced: [Rgb; 2],
    consumed: [Rgb; 2],
    opacity: f64,
    power: f64,
    brightest: u8,
}

impl<'a> Player<'a> {
    /// The film with its maps if `map` is handed over, and the series of its movie, the first one.
    pub(super) fn new(
        film: &'a Film,
        map: Option<&ReportedMap>,
        entropy: &EntropyProduction,
        summary: &'a Summary,
    ) -> Self {
        let calibration = &summary.calibration;
        let maps = film.maps.as_ref().zip(map).map(|(maps, map)| ShownMaps {
            maps,
            outlines: map.significance.filter(|_| map.is_outlined(summary)).map_or_else(Vec::new, |of| {
                let cell = |corner: usize| corner as f64 / maps.binned as f64;
                let ends =
                    |[from, to]: [(usize, usize); 2]| [cell(from.0), cell(from.1), cell(to.0), cell(to.1)];
                outlines(&of.mask().view()).1.into_iter().map(ends).collect()
            }),
        });
        let series = maps.is_some().then(|| series(entropy)).flatten();
        Self {
            version: 1,
            name: &film.frames.name,
            unit: calibration.rate_unit().symbol().to_owned(),
            time_symbol: calibration.rate_unit().time_symbol(),
            interval: calibration.interval_or_frame(),
            pixel_size: calibration.pixel_size,
            frames: &film.frames,
            maps,
            series,
            total: &summary.entropy_production_rate,
            claims: claims(summary) || summary.significance == Significance::NotDetected,
            colours: Colours {
                produced: PRODUCED,
                consumed: CONSUMED,
                opacity: MOST_OPACITY,
                power: OPACITY_POWER,
                brightest: BRIGHTEST,
            },
            address: true,
        }
    }
}

fn series(entropy: &EntropyProduction) -> Option<Series> {
    let first = entropy.movies.first()?;
    let floats = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
    let count = first.values.len();
    let others: Vec<Vec<f64>> = (1..entropy.movies.len())
        .filter(|&movie| entropy.movies[movie].values.len() >= count)
        .map(|movie| entropy.cumulative(movie))
        .collect();
    let band = (others.len() >= FEWEST_OTHERS).then(|| {
        let at = |share: f64| {
            let quantile = |place: usize| {
                let mut sums: Vec<f64> = others.iter().map(|of| of[place]).collect();
                sums.sort_unstable_by(f64::total_cmp);
                let (rank, last) = (share * (sums.len() - 1) as f64, sums.len() - 1);
                let (below, part) = (rank as usize, rank.fract());
                sums[below] + part * (sums[(below + 1).min(last)] - sums[below])
            };
            Block::of_floats(&[count], &floats(&(0..count).map(quantile).collect::<Vec<_>>()))
        };
        [at(1.0 - OUTSIDE), at(OUTSIDE)]
    });
    Some(Series { values: Block::of_floats(&[count], &floats(&first.values)), band })
}
