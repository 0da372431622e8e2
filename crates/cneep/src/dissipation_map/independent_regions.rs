//! Bounds the entropy production of a frame by that of regions which seem to be independent of each other.

use super::region_moments::{MOMENTS, RegionMoments};
use super::region_series::RegionSeries;
use super::regions::Regions;
use crate::entropy_production::{EntropyOfTiles, EntropyProduction, IndependentBound, Part};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayView2};

/// Moments in time at which regions are compared, at most.
const MOMENTS_IN_TIME: usize = 2000;
/// Products that one comparison of all pairs may take.
const MOST_PRODUCTS: usize = 40_000_000;
/// What is compared of a region: dS, its square, and where the light is.
const QUANTITIES: usize = 2 + MOMENTS;

impl Regions {
    /// The same with the lower bound on all regions, if they are independent, and the test of that: between
    /// the entropy production of the regions of `series`, its square, and the place and shape of the light
    /// in them in `videos`, which are those of `entropy`.
    ///
    /// # Errors
    /// That of reading frames.
    pub fn with_independent_bound(
        mut self,
        series: &RegionSeries,
        entropy: &EntropyProduction,
        videos: &[Video],
    ) -> Result<Self> {
        let labelled = series.labels().iter().enumerate().filter(|&(_, &label)| label > 0);
        let movies = 0..series.counts().len();
        let of_region = |index: usize| movies.clone().map(|movie| series.values(index, movie)).collect();
        let values: Vec<Vec<Vec<f64>>> = labelled.map(|(index, _)| of_region(index)).collect();
        if values.len() > 1 && !entropy.is_zero() {
            let compared = compared(&values, &series.counts(), |frame| series.moments(frame), videos)?;
            let parts: Vec<Part> = values.into_iter().map(|values| Part { values, weight: 1.0 }).collect();
            self.independent = entropy.independent_bound(&parts, &compared);
        }
        Ok(self)
    }
}

impl EntropyOfTiles {
    /// The lower bound on all tiles, if they are independent, and the same test of that as of regions.
    /// `labels` gives each pixel of the frames of `videos` its tile, shape (row, column), in the order of the
    /// tiles; 0 is outside. None for fewer than two tiles, without unseen transitions, or if nothing was
    /// found.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for other movies or tiles, and that of reading frames.
    pub fn independent_bound(
        &self,
        labels: &ArrayView2<u32>,
        videos: &[Video],
    ) -> Result<Option<IndependentBound>> {
        let (values, counts) = (self.values(), self.counts());
        let moments = RegionMoments::new(labels);
        let reaches = |(video, &count): (&Video, &usize)| {
            let (frames, rows, columns) = video.frames().shape();
            frames >= count && (rows, columns) == labels.dim()
        };
        let fits = videos.len() == counts.len() && videos.iter().zip(&counts).all(reaches);
        if !fits || moments.count() != values.len() {
            let expected = format!("{} movies, and labels of {} tiles", counts.len(), values.len());
            let found = format!("{} movies, {} labels, or other frames", videos.len(), moments.count());
            let remedy = "Give the movies of which the tiles were analysed, and all tiles.";
            return Err(Error::Mismatch(Fault::new("tiles", expected, found, remedy)));
        }
        let compared = compared(&values, &counts, |frame| moments.of(frame), videos)?;
        Ok(self.bound(&compared))
    }
}

/// What is compared of each region, of which the `values` of dS are given, at moments that are spread evenly
/// over movies of `counts` transitions: the order is region, quantity, movie, time.
fn compared(
    values: &[Vec<Vec<f64>>],
    counts: &[usize],
    moments: impl Fn(&Array2<f32>) -> Vec<[f64; MOMENTS]>,
    videos: &[Video],
) -> Result<Vec<Vec<Vec<Vec<f64>>>>> {
    let wanted = MOST_PRODUCTS / (values.len() * QUANTITIES).pow(2);
    let every = counts.iter().sum::<usize>().div_ceil(wanted.clamp(100, MOMENTS_IN_TIME)).max(1);
    let mut compared = vec![vec![vec![Vec::new(); counts.len()]; QUANTITIES]; values.len()];
    for (movie, (&count, video)) in counts.iter().zip(videos).enumerate() {
        for at in (0..count).step_by(every) {
            let moments = moments(&video.frames().frame(at)?);
            for ((of, values), moments) in compared.iter_mut().zip(values).zip(moments) {
                let dissipated = values[movie][at];
                let quantities = [dissipated, dissipated * dissipated].into_iter().chain(moments);
                of.iter_mut().zip(quantities).for_each(|(of, quantity)| of[movie].push(quantity));
            }
        }
    }
    Ok(compared)
}
