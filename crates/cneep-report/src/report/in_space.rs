//! Tells where on the picture entropy was produced: the mean map, its significant cells, its parts.

use super::html::Page;
use super::plates::Plate;
use super::reported_map::ReportedMap;
use super::verdict::has_map;
use super::words::file_name;
use crate::figure::colour_map::ROBUST_QUANTILE;
use crate::figure::{DissipationMapFigure, MapOverFilm, Outlined};
use cneep::dissipation_map::{MapCorrelation, MeanMap, PartComparison, SignificanceMap};
use cneep::entropy_production::Summary;
use cneep_movie::RateUnit;
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};
use ndarray::{Array2, ArrayView2};

/// Which movies a section is of.
pub(super) fn of_movies(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let names: Vec<&str> = names.iter().map(|name| file_name(name)).collect();
    match names.as_slice() {
        [] => "Movies: not named.".into(),
        [.., last] if names.len() > SHOWN => {
            format!("{} movies: {} to {last}.", names.len(), names[..SHOWN - 1].join(", "))
        }
        _ => format!("Movies: {}.", names.join(", ")),
    }
}

/// The mean map over its film, and by itself; none of a movie in which nothing was found.
pub(super) fn plates(map: &ReportedMap, summary: &Summary) -> Result<Vec<Plate>> {
    if !has_map(summary) {
        return Ok(Vec::new());
    }
    let mean = map.mean;
    let mask = map.significance.filter(|_| map.is_outlined(summary)).map(SignificanceMap::mask);
    let unit = mean.calibration.rate_unit();
    let drawn = mean_map_figure(mean, mask.as_ref());
    let caption = format!(
        "Mean over the {} stated transitions; it sums to {:.4} {unit}. Brown: entropy is produced, blue: \
         consumed. A \
         moving spot shows at its flanks, where its light changes. Bad: a map that follows the edge of the \
         frame, or \
         dirt on the lens.",
        mean.transitions,
        mean.rate()
    );
    let header = ["row", "column", "rate", "p_value", "significant"];
    let row = |((row, column), &rate): ((usize, usize), &f64)| {
        let p = map.significance.map_or(f64::NAN, |of| of.p_values[[row, column]]);
        let significant = mask.as_ref().map_or(f64::NAN, |mask| f64::from(u8::from(mask[[row, column]])));
        vec![row as f64, column as f64, rate, p, significant]
    };
    let rows = || mean.rates.indexed_iter().map(row);
    let mut plates = Vec::new();
    if let Some(film) = map.film {
        let frame = film.frames.mean()?;
        let label = label(mean.calibration.rate_unit());
        let mut over = MapOverFilm::new(&mean.rates, &frame, label);
        (over.cell, over.binned) = (mean.grid.cell as f64, film.frames.binned as f64);
        over.pixel_size = mean.calibration.pixel_size;
        over.outlined = outline_of(mask.as_ref());
        over.exact = map.exact.filter(|exact| exact.dim() == mean.rates.dim()).map(|exact| exact.view());
        let title = "Dissipation map over the film";
        let beside = over.exact.map_or_else(String::new, |exact| {
            let correlation = correlation(&mean.rates, &exact);
            format!(" Beside it the exact map; their cells correlate by {}.", to_digits(correlation, 2))
        });
        let caption = format!("{caption}{beside}");
        plates.push(Plate::new("map_over_film", title, over.draw()?, caption, &header, rows()));
    }
    plates.push(Plate::new("mean_map", "Mean dissipation map", drawn.draw()?, caption, &header, rows()));
    Ok(plates)
}

/// Pearson's correlation between the cells of two maps.
fn correlation(map: &Array2<f64>, exact: &ArrayView2<f64>) -> f64 {
    let centred = |of: ArrayView2<f64>| of.to_owned() - of.mean().unwrap_or(0.0);
    let (map, exact) = (centred(map.view()), centred(exact.view()));
    (&map * &exact).sum() / ((&map * &map).sum() * (&exact * &exact).sum()).sqrt()
}

/// Significant cells, correlation length, and a table of its parts.
pub(super) fn add_map(page: &mut Page, map: &ReportedMap, summary: &Summary) {
    if !has_map(summary) {
        return;
    }
    page.section("Where entropy is produced");
    page.paragraph(&of_movies(map.movies));
    let unit = map.mean.calibration.rate_unit();
    if map.is_outlined(summary) {
        page.paragraph(&map.significance.map_or_else(
            || "No cell was tested against zero: there are no two blocks of unseen transitions.".into(),
            significance_in_words,
        ));
        if let Some(correlation) = map.correlation {
            page.paragraph(&correlation_in_words(correlation));
        }
    } else {
        page.paragraph(
            "No cell is called significant: the verdict does not claim it, or the place on the map is \
             arbitrary.",
        );
    }
    if let Some(parts) = map.parts {
        let row = |(index, part): (usize, &PartComparison)| {
            vec![
                index.to_string(),
                to_digits(part.map_rate, 3),
                to_digits(part.realised_rate, 3),
                to_digits(part.correlation, 3),
            ]
        };
        let rows: Vec<_> = parts.iter().enumerate().map(row).collect();
        let map = format!("map ({unit})");
        let exact = format!("exact, these transitions ({unit})");
        page.table(&["part", &map, &exact, "correlation"], &rows);
    }
}

fn significance_in_words(significance: &SignificanceMap) -> String {
    let SignificanceMap { tested_cells, block_count, unseen_transitions, significant_cells, .. } =
        significance;
    format!(
        "{significant_cells} of {tested_cells} cells dissipate significantly{}: the signs of their sums \
         over {block_count} blocks of {unseen_transitions} unseen transitions, flipped in all ways, \
         seldom give as much, and on average at most {:.0} % of these cells are false.",
        if *significant_cells > 0 { " (outlined)" } else { "" },
        100.0 * significance.false_discovery_rate,
    )
}

/// A number without error, in few digits, with its unit.
fn short(measured: &Measured) -> String {
    format!("{} {}", to_digits(measured.value, 4), measured.unit)
}

fn correlation_in_words(correlation: &MapCorrelation) -> String {
    let MapCorrelation { p_value, cell, block_count, .. } = correlation;
    match (&correlation.length, &correlation.farthest) {
        (Some(length), _) => format!(
            "Correlation length of the mean map: {length}, where the correlation between maps of different \
             times ({block_count} blocks) has fallen to 1/e; their noise does not enter. A cell of the map \
             is {} wide.",
            short(cell)
        ),
        (None, Some(farthest)) => {
            format!(
                "The mean map has no correlation length: it does not fall to 1/e within {}.",
                short(farthest)
            )
        }
        (None, None) => format!(
            "The mean map has no correlation length: maps of different times do not agree beyond doubt (p = \
             {}).",
            to_digits(*p_value, 2)
        ),
    }
}

const fn label(unit: RateUnit) -> &'static str {
    match unit {
        RateUnit::PerSecond => "k_B/s per cell",
        RateUnit::PerFrame => "k_B/frame per cell",
    }
}

fn outline_of(mask: Option<&Array2<bool>>) -> Option<Outlined<'_>> {
    mask.map(|mask| Outlined {
        cells: ArrayView2::from(mask),
        name: "significant (at most 5 % false on average)",
    })
}

/// The mean map as it is drawn everywhere, with its significant cells outlined where they are known. Colours
/// reach to what nearly all cells keep to.
pub fn mean_map_figure<'a>(
    mean: &'a MeanMap,
    significant: Option<&'a Array2<bool>>,
) -> DissipationMapFigure<'a> {
    let label = label(mean.calibration.rate_unit());
    let mut figure = DissipationMapFigure::new(&mean.rates, mean.grid.cell as f64, label);
    figure.pixel_size = mean.calibration.pixel_size;
    figure.robust = Some(ROBUST_QUANTILE);
    figure.outlined = outline_of(significant);
    figure
}
