//! Bounds the entropy production of a frame by that of regions which seem to be independent of each other.

use super::region_moments::MOMENTS;
use super::region_series::RegionSeries;
use super::regions::Regions;
use crate::entropy_production::EntropyProduction;
use cneep_movie::error::Result;
use cneep_movie::video::Video;

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
            let compared = compared(series, &values, videos)?;
            self.independent = entropy.independent_bound(&values, &compared);
        }
        Ok(self)
    }
}

/// What is compared of each region, at moments that are spread evenly over the movies: the order is region,
/// quantity, movie, time.
fn compared(
    series: &RegionSeries,
    values: &[Vec<Vec<f64>>],
    videos: &[Video],
) -> Result<Vec<Vec<Vec<Vec<f64>>>>> {
    let counts = series.counts();
    let wanted = MOST_PRODUCTS / (values.len() * QUANTITIES).pow(2);
    let every = counts.iter().sum::<usize>().div_ceil(wanted.clamp(100, MOMENTS_IN_TIME)).max(1);
    let mut compared = vec![vec![vec![Vec::new(); counts.len()]; QUANTITIES]; values.len()];
    for (movie, (&count, video)) in counts.iter().zip(videos).enumerate() {
        for at in (0..count).step_by(every) {
            let moments = series.moments(&video.frames().frame(at)?);
            for ((of, values), moments) in compared.iter_mut().zip(values).zip(moments) {
                let dissipated = values[movie][at];
                let quantities = [dissipated, dissipated * dissipated].into_iter().chain(moments);
                of.iter_mut().zip(quantities).for_each(|(of, quantity)| of[movie].push(quantity));
            }
        }
    }
    Ok(compared)
}
