//! Holds a mean map with what is known of it.

use super::verdict::claims;
use crate::film::Film;
use cneep::dissipation_map::{MapCorrelation, MeanMap, PartComparison, SignificanceMap};
use cneep::entropy_production::Summary;
use cneep_movie::caution::Caution;
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
    /// The first movie with its maps, to be played.
    pub film: Option<&'a Film>,
    /// The exact mean map, in the cells and the unit of the other, where it is known.
    pub exact: Option<&'a Array2<f64>>,
    /// Whether the place on the map has a meaning, which that of a network alone has not.
    pub(super) place_has_meaning: bool,
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
            film: None,
            exact: None,
            place_has_meaning: true,
        }
    }

    /// Whether significant cells may be outlined: the verdict claims something, and the place has a meaning.
    pub(super) fn is_outlined(&self, summary: &Summary) -> bool {
        claims(summary) && self.place_has_meaning
    }
}
