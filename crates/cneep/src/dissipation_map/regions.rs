//! States how much entropy each region of the frame produces, as far as the estimator puts it there.

use super::region_series::RegionSeries;
use crate::entropy_production::{EntropyProduction, IndependentBound, MovieEntropy, Significance};
use crate::statistics::discovery_threshold;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Measured;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Share of the regions called significant that may be false, on average.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// A region whose values, over the root of its pixels, are smaller in the root mean square than this share of
/// the liveliest region's is not tested, as cells are not: nothing happens there but rounding, and what a
/// model of the whole frame draws there has no weight.
const LEAST_VALUES: f64 = 1e-3;

/// One region of the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Region {
    /// Its label; 0 is what lies outside all others.
    pub label: u32,
    /// Its pixels.
    pub pixels: usize,
    /// Rate of the entropy production that the estimator attributes to it, with error and 95 % interval as
    /// those of the total.
    pub rate: Measured,
    /// The rate over its pixels.
    pub rate_per_pixel: f64,
    /// Share of the total; absent unless the whole 95 % interval of the total lies above zero, and if
    /// the verdict on the total is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<Measured>,
    /// Sign-flip test of the region against equilibrium, as that of the total, of this region alone; absent
    /// without unseen transitions, and of a region that is a thousand times fainter than the liveliest.
    pub p_value: Option<f64>,
    /// Whether the region dissipates beyond doubt, the number of regions considered.
    pub is_significant: bool,
}

/// Entropy production of all regions of the frame, outside included: the rates add up to the total.
///
/// It is the part that this estimator attributes to a region: the sum of its maps over it. It is no lower
/// bound, as the part of an antisymmetric dS that is drawn into a region need not be what the region by
/// itself would show, unless the regions are independent of each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Regions {
    /// Each region, in ascending order of the labels.
    pub regions: Vec<Region>,
    /// Rate of the whole frame.
    pub total: Measured,
    /// Pixels of the whole frame.
    pub pixels: usize,
    /// Sign-flip test of the whole frame; absent without unseen transitions, or if nothing was found.
    pub total_p_value: Option<f64>,
    /// Verdict on the whole frame: where it is withdrawn, or nothing was tested, no region is called
    /// significant.
    pub significance: Significance,
    /// Lower bound on the rate of the frame if its regions are independent of each other, see
    /// [`Self::with_independent_bound`]; absent for fewer than two regions beside what lies outside, without
    /// unseen transitions, or if nothing was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub independent: Option<IndependentBound>,
    /// Share of significant regions that may be false, on average.
    pub false_discovery_rate: f64,
    /// Number of regions tested.
    pub tested_regions: usize,
    /// Number of significant regions.
    pub significant_regions: usize,
}

impl Regions {
    /// What the `series` of the regions say, of the movies whose `entropy_production` is given, with the
    /// `significance` of the whole. Transitions count as they do for the total.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the series are not of these movies.
    pub fn of(
        series: &RegionSeries,
        entropy_production: &EntropyProduction,
        significance: Significance,
    ) -> Result<Self> {
        let total = entropy_production;
        let counts: Vec<usize> = total.movies.iter().map(|movie| movie.values.len()).collect();
        if counts != series.counts() {
            let (expected, found) = (format!("maps of {counts:?} transitions"), series.counts());
            let remedy = "Map the movies of the estimate, whole and in their order.";
            return Err(Error::Mismatch(Fault::new("regions", expected, format!("{found:?}"), remedy)));
        }
        let rate = total.rate();
        let is_doubtful = matches!(significance, Significance::Withdrawn);
        let is_tested = !matches!(significance, Significance::NotTested);
        let labels = series.labels();
        let region = |index: usize| {
            let own = of_region(series, index, total);
            let pixels = series.pixels()[index];
            let of_region = own.rate();
            Region {
                label: labels[index],
                pixels,
                rate_per_pixel: of_region.value / pixels as f64,
                share: share(&own, &of_region, total, &rate).filter(|_| !is_doubtful),
                rate: of_region,
                p_value: own.equilibrium_p_value().filter(|_| is_tested),
                is_significant: false,
            }
        };
        let mut regions: Vec<Region> = (0..labels.len()).into_par_iter().map(region).collect();
        leave_out_faint(&mut regions, series);
        let p_values: Vec<f64> = regions.iter().filter_map(|region| region.p_value).collect();
        let tested_regions = p_values.len();
        let threshold = discovery_threshold(p_values, FALSE_DISCOVERY_RATE).filter(|_| !is_doubtful);
        for region in &mut regions {
            let is_below = |p: f64| threshold.is_some_and(|threshold| p <= threshold);
            region.is_significant = region.p_value.is_some_and(is_below);
        }
        Ok(Self {
            pixels: series.pixels().iter().sum(),
            total: rate,
            total_p_value: total.equilibrium_p_value().filter(|_| is_tested),
            significance,
            independent: None,
            false_discovery_rate: FALSE_DISCOVERY_RATE,
            tested_regions,
            significant_regions: regions.iter().filter(|region| region.is_significant).count(),
            regions,
        })
    }
}

/// The region at `index` as an entropy production of its own, of the same transitions.
fn of_region(series: &RegionSeries, index: usize, total: &EntropyProduction) -> EntropyProduction {
    let values = |movie: usize, _: &MovieEntropy| series.values(index, movie);
    total.with_values(values, series.fit_means(index))
}

/// Share of the `total` that a region has, with the error of their ratio: that of the mean of the region less
/// its share of the total, over the total.
fn share(
    own: &EntropyProduction,
    own_rate: &Measured,
    total: &EntropyProduction,
    rate: &Measured,
) -> Option<Measured> {
    rate.confidence_interval.filter(|[low, _]| *low > 0.0)?;
    let share = own_rate.value / rate.value;
    let rest = |own: &[f64], total: &[f64]| -> Vec<f64> {
        own.iter().zip(total).map(|(own, total)| own - share * total).collect()
    };
    let values = |index: usize, movie: &MovieEntropy| rest(&own.movies[index].values, &movie.values);
    let fit_means = rest(&own.fit.member_means, &total.fit.member_means);
    let error = total.with_values(values, fit_means).rate().standard_error.unwrap_or(0.0) / rate.value;
    Some(Measured::new(share, Some(error), ""))
}

/// Takes the p-values of regions away in which hardly anything happens.
fn leave_out_faint(regions: &mut [Region], series: &RegionSeries) {
    let square = |index: usize| {
        let of_movie = |movie| series.values(index, movie).iter().map(|value| value * value).sum::<f64>();
        (0..series.counts().len()).map(of_movie).sum::<f64>() / series.pixels()[index] as f64
    };
    let squares: Vec<f64> = (0..regions.len()).map(square).collect();
    let least = LEAST_VALUES.powi(2) * squares.iter().copied().fold(0.0, f64::max);
    for (region, square) in regions.iter_mut().zip(squares) {
        if square <= least {
            region.p_value = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissipation_map::MapGrid;
    use crate::entropy_production::{FitQuality, Role};
    use cneep_movie::units::Calibration;
    use ndarray::{Array2, Array3, Axis};
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const GRID: MapGrid = MapGrid { rows: 6, columns: 8, cell: 1 };

    /// Four quarters, the first of them outside.
    fn quarters() -> Array2<u32> {
        Array2::from_shape_fn((6, 8), |(row, column)| [0, 4, 20, 300][2 * (row / 3) + column / 4])
    }

    /// Maps of noise, as likely as its negative; the mean of each pixel of the last quarter is `inside`.
    fn maps(seed: u64, inside: f64) -> Vec<Array3<f32>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut cell = |(_, row, column): (usize, usize, usize)| -> f32 {
            let noise: f64 = StandardNormal.sample(&mut random);
            (noise + if row >= 3 && column >= 4 { inside } else { 0.0 }) as f32
        };
        (0..2).map(|movie| Array3::from_shape_fn((150 + movie, 6, 8), &mut cell)).collect()
    }

    fn entropy(maps: &[Array3<f32>]) -> EntropyProduction {
        let sum = |map: ndarray::ArrayView2<f32>| map.iter().map(|&cell| f64::from(cell)).sum();
        let movie = |maps: &Array3<f32>| MovieEntropy {
            name: "movie".into(),
            values: maps.outer_iter().map(sum).collect(),
            roles: vec![Role::HeldOut; maps.len_of(Axis(0))],
            folds: Vec::new(),
            exact: None,
        };
        let calibration = Calibration { frame_interval: Some(0.5), ..Calibration::default() };
        EntropyProduction::new(2, calibration, maps.iter().map(movie).collect())
    }

    fn series(maps: &[Array3<f32>], labels: &Array2<u32>) -> RegionSeries {
        let counts: Vec<usize> = maps.iter().map(|maps| maps.len_of(Axis(0))).collect();
        let mut series = RegionSeries::new(GRID, &labels.view(), &counts).unwrap();
        for (movie, maps) in maps.iter().enumerate() {
            maps.outer_iter().for_each(|map| series.add(movie, &map).unwrap());
        }
        series
    }

    fn regions(maps: &[Array3<f32>], labels: &Array2<u32>) -> Regions {
        Regions::of(&series(maps, labels), &entropy(maps), Significance::Dissipates).unwrap()
    }

    fn sum(of: &Regions) -> f64 {
        of.regions.iter().map(|region| region.rate.value).sum()
    }

    /// Catches a region counted twice or not at all, roles that the total obeys and regions do not, and a
    /// rate per frame among rates per second.
    #[test]
    fn rates_and_shares_add_up_whatever_the_labels() {
        let maps = maps(1, 0.5);
        let whole = entropy(&maps).rate();
        let mut labels = quarters();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..3 {
            let found = regions(&maps, &labels);
            assert_eq!((&found.total, found.pixels, found.regions.len()), (&whole, 48, 4));
            assert!((sum(&found) - whole.value).abs() < 1e-9 * whole.value, "{found:?}");
            let shares = found.regions.iter().map(|region| region.share.as_ref().unwrap().value);
            assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9, "{found:?}");
            labels.as_slice_mut().unwrap().shuffle(&mut random);
        }
        let mut partly = entropy(&maps);
        partly.movies[0].roles[..100].fill(Role::InSample);
        let found = Regions::of(&series(&maps, &labels), &partly, Significance::Dissipates).unwrap();
        assert!((sum(&found) - partly.rate().value).abs() < 1e-9, "{found:?}");
        assert!((sum(&found) - whole.value).abs() > 1e-3);
        let short = series(&maps[..1], &labels);
        assert!(Regions::of(&short, &partly, Significance::Dissipates).is_err());
    }

    /// A frame that is one region is the total, in every number. Catches an error or a test that is not that
    /// of the total.
    #[test]
    fn a_region_that_is_the_frame_has_the_numbers_of_the_total() {
        let maps = maps(2, 0.2);
        let found = regions(&maps, &Array2::from_elem((6, 8), 7));
        let [only] = &found.regions[..] else { panic!("{found:?}") };
        assert!((only.rate.standard_error.unwrap() - found.total.standard_error.unwrap()).abs() < 1e-12);
        assert_eq!((only.label, only.p_value), (7, found.total_p_value));
        let share = only.share.as_ref().unwrap();
        assert!((share.value - 1.0).abs() < 1e-12 && share.standard_error.unwrap() < 1e-9, "{share:?}");
        assert!((only.rate_per_pixel - only.rate.value / 48.0).abs() < 1e-12);
    }

    /// One quarter of four dissipates. Catches signal put into a neighbour, a share without its error, and a
    /// share of a total that may be nothing.
    #[test]
    fn the_dissipating_region_is_found_with_its_share() {
        let found = regions(&maps(3, 0.5), &quarters());
        let last = &found.regions[3];
        assert!(last.label == 300 && last.is_significant && last.pixels == 12, "{found:?}");
        // 12 pixels of 0.5 k_B in 0.5 s.
        let [low, high] = last.rate.confidence_interval.unwrap();
        assert!(low < 12.0 && 12.0 < high && last.rate.unit == "k_B/s", "{last:?}");
        let share = last.share.as_ref().unwrap();
        let error = share.standard_error.unwrap();
        assert!((share.value - 1.0).abs() < 3.0 * error && error > 0.01 && error < 0.2, "{share:?}");
        let nothing = regions(&maps(4, 0.0), &quarters());
        assert!(nothing.regions.iter().all(|region| region.share.is_none()), "{nothing:?}");
    }

    /// The error of a share is its scatter over samples: catches errors of region and total taken for
    /// independent.
    #[test]
    fn shares_scatter_as_their_errors_say() {
        let shares: Vec<(f64, f64)> = (0..40)
            .map(|seed| {
                let found = regions(&maps(100 + seed, 0.5), &quarters());
                let share = found.regions[3].share.clone().unwrap();
                (share.value, share.standard_error.unwrap())
            })
            .collect();
        let mean = shares.iter().map(|(share, _)| share).sum::<f64>() / 40.0;
        let scatter = (shares.iter().map(|(share, _)| (share - mean).powi(2)).sum::<f64>() / 39.0).sqrt();
        let stated = shares.iter().map(|(_, error)| error).sum::<f64>() / 40.0;
        assert!((mean - 1.0).abs() < 0.05 && (stated / scatter - 1.0).abs() < 0.4, "{scatter} {stated}");
    }

    /// 100 sets of four regions without a signal at 5 %: 5 sets may show one, 12 at most within three
    /// standard deviations; p-values are as often below as above one half. Catches tests that forget how many
    /// they are.
    #[test]
    fn regions_without_a_signal_seldom_show_one() {
        let sets: Vec<Regions> = (0..100).map(|seed| regions(&maps(1000 + seed, 0.0), &quarters())).collect();
        let alarms = sets.iter().filter(|set| set.significant_regions > 0).count();
        assert!(alarms <= 12, "{alarms}");
        let p_values: Vec<f64> =
            sets.iter().flat_map(|set| &set.regions).filter_map(|region| region.p_value).collect();
        let low = p_values.iter().filter(|&&p| p < 0.5).count();
        assert!(p_values.len() == 400 && (170..=230).contains(&low), "{low}");
    }

    /// Catches rounding called dissipation, and claims where the whole has none to make.
    #[test]
    fn rounding_is_not_tested_and_a_withdrawn_verdict_leaves_no_claim() {
        let mut maps = maps(5, 0.5);
        for maps in &mut maps {
            maps.slice_mut(ndarray::s![.., ..3, ..4]).fill(1e-7);
        }
        let found = regions(&maps, &quarters());
        assert!(found.regions[0].p_value.is_none() && found.tested_regions == 3, "{found:?}");
        assert!(found.regions[3].is_significant);
        let (series, entropy) = (series(&maps, &quarters()), entropy(&maps));
        let withdrawn = Regions::of(&series, &entropy, Significance::Withdrawn).unwrap();
        assert!(withdrawn.significant_regions == 0 && withdrawn.regions[3].p_value.is_some());
        let untested = Regions::of(&series, &entropy, Significance::NotTested).unwrap();
        assert!(untested.regions.iter().all(|region| region.p_value.is_none()), "{untested:?}");
    }

    /// Fits that disagree on a region widen its error, and that of another not. Catches errors of one sample
    /// of fits.
    #[test]
    fn fits_that_disagree_widen_the_error_of_their_region() {
        let maps = maps(6, 0.5);
        let mut series = series(&maps, &quarters());
        let plain = Regions::of(&series, &entropy(&maps), Significance::Dissipates).unwrap();
        let mut fit = Array2::<f64>::zeros((6, 8));
        let fits = [-1.0, 0.0, 1.0].map(|lean| {
            fit[[5, 7]] = 301.0 * lean;
            fit.clone()
        });
        let mut judged = entropy(&maps);
        judged.fit = FitQuality { member_means: vec![-1.0, 0.0, 1.0], ..judged.fit };
        series.add_fits(&fits).unwrap();
        let widened = Regions::of(&series, &judged, Significance::Dissipates).unwrap();
        let error = |of: &Regions, index: usize| of.regions[index].rate.standard_error.unwrap();
        // The jackknife of -1, 0 and 1 is the root of 4 / 3, in 0.5 s.
        let expected = error(&plain, 3).hypot((4.0_f64 / 3.0).sqrt() / 0.5);
        assert!((error(&widened, 3) - expected).abs() < 1e-9, "{widened:?}");
        assert!((error(&widened, 0) - error(&plain, 0)).abs() < 1e-12);
    }
}
