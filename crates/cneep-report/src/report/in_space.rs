//! Tells where on the picture entropy was produced: the mean map, its significant cells, its parts.

use super::html::{ImageKind, Page};
use crate::figure::{DissipationMapFigure, Outlined};
use cneep::dissipation_map::{MapCorrelation, MeanMap, PartComparison, SignificanceMap};
use cneep_movie::RateUnit;
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};
use ndarray::Array2;

/// A mean map with what is known of it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ReportedMap<'a> {
    /// The map.
    pub mean: &'a MeanMap,
    /// Names of the movies.
    pub movies: &'a [String],
    /// What a reader of the map must know.
    pub cautions: &'a [Caution],
    /// Each part of the system against its exact local rate, where that is known.
    pub parts: Option<&'a [PartComparison]>,
    /// The test of each cell against zero; none without unseen transitions.
    pub significance: Option<&'a SignificanceMap>,
    /// Over what distance the map is correlated; none without enough unseen transitions.
    pub correlation: Option<&'a MapCorrelation>,
    /// Maps of single transitions over the movie, as the bytes of a GIF file.
    pub overlay: Option<&'a [u8]>,
}

impl<'a> ReportedMap<'a> {
    /// A map of which nothing else is known.
    pub fn new(mean: &'a MeanMap) -> Self {
        Self {
            mean,
            movies: &[],
            cautions: &[],
            parts: None,
            significance: None,
            correlation: None,
            overlay: None,
        }
    }
}

/// Which movies a section is of.
pub(super) fn of_movies(names: &[String]) -> String {
    const SHOWN: usize = 6;
    match names {
        [] => "Movies: not named.".into(),
        [.., last] if names.len() > SHOWN => {
            format!("{} movies: {} to {last}.", names.len(), names[..SHOWN - 1].join(", "))
        }
        _ => format!("Movies: {}.", names.join(", ")),
    }
}

/// The mean map, its test against zero, an animation, and a table of its parts; maps of a network call for a
/// warning.
pub(super) fn add_map(page: &mut Page, map: &ReportedMap, of_network: bool) -> Result<()> {
    let mean = map.mean;
    page.section("Where entropy is produced");
    page.paragraph(&of_movies(map.movies));
    let unit = mean.calibration.rate_unit();
    let sum = format!("The map sums to {:.4} {unit} over {} transitions.", mean.rate(), mean.transitions);
    let mask = map.significance.map(SignificanceMap::mask);
    let figure = mean_map_figure(mean, mask.as_ref()).draw()?;
    page.figure(&figure, "mean dissipation map", &sum);
    page.paragraph(&map.significance.map_or_else(
        || "No cell was tested against zero: there are no two blocks of unseen transitions.".into(),
        significance_in_words,
    ));
    if let Some(correlation) = map.correlation {
        page.paragraph(&correlation_in_words(correlation));
    }
    if let Some(gif) = map.overlay {
        let caption = "Maps of single transitions over the movie, symmetric colours about zero.";
        page.image(ImageKind::Gif, gif, "animated dissipation maps over the movie", caption);
    }
    if of_network {
        page.paragraph(
            "Networks trained from other seeds share the sum of the map but not its pattern: read where \
             entropy is produced only if several seeds agree.",
        );
    }
    if let Some(parts) = map.parts {
        let row = |(index, part): (usize, &PartComparison)| {
            vec![
                index.to_string(),
                format!("{:.3}", part.map_rate),
                format!("{:.3}", part.realised_rate),
                format!("{:.3}", part.correlation),
            ]
        };
        let rows: Vec<_> = parts.iter().enumerate().map(row).collect();
        let map = format!("map ({unit})");
        let exact = format!("exact, these transitions ({unit})");
        page.table(&["part", &map, &exact, "correlation"], &rows);
    }
    Ok(())
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
             {p_value:.4})."
        ),
    }
}

/// The mean map as it is drawn everywhere, with its significant cells outlined where they are known.
pub fn mean_map_figure<'a>(
    mean: &'a MeanMap,
    significant: Option<&'a Array2<bool>>,
) -> DissipationMapFigure<'a> {
    let label = match mean.calibration.rate_unit() {
        RateUnit::PerSecond => "k_B/s per cell",
        RateUnit::PerFrame => "k_B/frame per cell",
    };
    let mut figure = DissipationMapFigure::new(&mean.rates, mean.grid.cell as f64, label);
    figure.pixel_size = mean.calibration.pixel_size;
    figure.outlined = significant
        .map(|mask| Outlined { cells: mask.view(), name: "significant (at most 5 % false on average)" });
    figure
}
