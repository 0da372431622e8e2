//! Estimates the entropy production of movies with a trained run.

use super::applied::{Application, Applied};
use super::regions::{self, followed};
use super::results;
use ::console::{Style, StyledObject};
use clap::Args;
use cneep::dissipation_map::{RegionSeries, Regions};
use cneep::entropy_production::{EntropyProduction, ExactRates, Significance, Summary, write_table};
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::units::to_digits;
use cneep_movie::video::{Video, health};
use cneep_movie::{Measured, Result};
use cneep_sim::Truth;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// Estimate entropy production, per transition and as a rate with its error
///
/// Writes entropy.csv (one line a transition, in k_B) and summary.json (rate and certified lower bound with
/// 95 % confidence intervals, fluctuation theorem, test against equilibrium, detection limit: the smallest
/// rate that would have shown in half of all cases; k_B/s with a known frame interval, otherwise k_B/frame).
/// Movies that trained the run are recognised, and only their test transitions are then counted in the
/// summary. With --regions also the rate of each region of the frame.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep estimate run/ cell.tif --frame-interval 0.05 -o result/")]
pub(crate) struct Estimate {
    #[command(flatten)]
    application: Application,
}

impl Estimate {
    /// Estimates and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let Applied { run, estimator, truth, videos, labels } = self.application.open(console)?;
        let output = &self.application.output;
        let mut estimated = estimate(console, &estimator, &videos, truth.as_ref())?;
        if let Some(labels) = &labels {
            let counts = estimated.transition_counts();
            let series = followed(console, &estimator, &videos, labels, &counts)?;
            estimated.regions = Some(estimated.regions(&series, &videos)?);
        }
        console.print(&estimated.told())?;
        console.tell(&estimated.summary.cautions);
        estimated.write(output)?;
        let remembered = results::remember_estimate(&run, output, &videos);
        results::tell_unless_remembered(console, remembered)
    }
}

/// An estimate with its numbers.
pub(crate) struct Estimated {
    pub(crate) entropy: EntropyProduction,
    pub(crate) summary: Summary,
    /// Rates of regions of the frame, if they were asked for.
    regions: Option<Regions>,
}

impl Estimated {
    /// Number of transitions of each movie.
    pub(super) fn transition_counts(&self) -> Vec<usize> {
        self.entropy.movies.iter().map(|movie| movie.values.len()).collect()
    }

    /// What the `series` of regions along these `videos` say.
    pub(super) fn regions(&self, series: &RegionSeries, videos: &[Video]) -> Result<Regions> {
        let regions = Regions::of(series, &self.entropy, self.summary.significance)?;
        regions.with_independent_bound(series, &self.entropy, videos)
    }

    /// Values of one movie, in `k_B`.
    pub(super) fn values(&self, movie: usize) -> Vec<f64> {
        self.entropy.movies[movie].values.clone()
    }

    fn told(&self) -> Told<'_> {
        Told { summary: &self.summary, regions: self.regions.as_ref() }
    }

    /// Writes `entropy.csv`, `summary.json` and, of regions, `regions.csv` into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let summary = folder.join("summary.json");
        let regions = folder.join(regions::TABLE);
        results::begin_anew(&summary)?;
        results::begin_anew(&regions)?;
        self.regions.iter().try_for_each(|of| of.write_table(&regions))?;
        write_table(&self.entropy, &folder.join("entropy.csv"))?;
        results::write_json(&summary, &self.told())
    }
}

/// Estimates `videos`.
pub(crate) fn estimate(
    console: &Console,
    estimator: &Estimator,
    videos: &[Video],
    truth: Option<&Truth>,
) -> Result<Estimated> {
    let estimated = || -> Result<EntropyProduction> {
        let mut entropy = estimator.entropy_production_watched(videos, console.progress())?;
        entropy.cautions.extend(health(videos)?);
        Ok(entropy)
    };
    let mut entropy = interrupt::ending_at_once(estimated)?;
    if let Some(truth) = truth {
        entropy = entropy.with_exact(&truth.steps())?;
    }
    let exact =
        truth.map(|truth| ExactRates { total: truth.exact_rate, local: truth.exact_local_rate.clone() });
    let mut summary = Summary::of(&entropy, exact.as_ref());
    if estimator.is_interrupted() {
        summary.withhold_verdict();
    }
    Ok(Estimated { entropy, summary, regions: None })
}

/// The verdict in one line, coloured at a terminal.
pub(crate) fn in_colour(summary: &Summary) -> StyledObject<String> {
    let style = match summary.significance {
        Significance::Dissipates => Style::new().green().bold(),
        Significance::Withdrawn => Style::new().red().bold(),
        _ => Style::new().bold(),
    };
    style.apply_to(summary.verdict_line())
}

/// A summary, and regions, in words.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    #[serde(flatten)]
    pub(crate) summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) regions: Option<&'a Regions>,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.summary;
        let interval = |measured: &Measured| {
            measured.interval_in_words().map_or_else(String::new, |interval| format!(" ({interval})"))
        };
        let windows = s.bounded_by_in_words().map_or_else(String::new, |of| format!(", {of}"));
        writeln!(f, "{}", in_colour(s))?;
        let rate = &s.entropy_production_rate;
        if s.is_zero {
            writeln!(f, "entropy production rate  not detected")?;
        } else {
            let usable = match s.significance {
                Significance::Withdrawn => "; NOT usable, see the cautions",
                _ => ", of what this estimator sees",
            };
            writeln!(f, "entropy production rate  {rate}{}{usable}", interval(rate))?;
            match &s.certified_bound {
                Some(bound) => writeln!(f, "certified lower bound    {bound}{}{windows}", interval(bound))?,
                None if s.significance == Significance::Withdrawn && s.held_out_transitions > 0 => {
                    writeln!(f, "certified lower bound    withdrawn")?;
                }
                None if s.held_out_transitions > 0 => {
                    writeln!(f, "certified lower bound    none: nothing was found in held-out transitions")?;
                }
                None => writeln!(f, "certified lower bound    none: no held-out transitions")?,
            }
            if let Some(bound) = &s.cross_validated_bound {
                writeln!(f, "cross-validated bound    {bound}{}{windows}", interval(bound))?;
            }
            let theorem = &s.fluctuation_theorem;
            writeln!(f, "fluctuation theorem      <exp(-dS)> = {theorem} (1 when converged)")?;
        }
        if let Some(p) = s.p_in_words() {
            writeln!(f, "test against equilibrium {p}")?;
        }
        if let Some(limit) = &s.detection_limit {
            let unit = limit.unit;
            if let (Some(half), Some(most)) = (limit.verdict, limit.verdict_in_95_percent) {
                let [half, most] = [half, most].map(|rate| to_digits(rate, 3));
                writeln!(f, "would have been seen     {half} {unit} in half of all cases, {most} in 95 %")?;
            }
            let [half, most] = [limit.exact_estimator_test, limit.exact_estimator_test_in_95_percent]
                .map(|rate| to_digits(rate, 3));
            writeln!(f, "by an exact estimator    {half} {unit} in half of all cases, {most} in 95 %")?;
        }
        let (held_out, out_of_fold) = (s.held_out_transitions, s.out_of_fold_transitions);
        writeln!(
            f,
            "transitions              {} ({held_out} held out, {out_of_fold} out of fold)",
            s.transitions
        )?;
        if let (Some(r_squared), Some(slope)) = (s.r_squared, s.slope) {
            writeln!(f, "against the exact values R^2 = {r_squared:.4}, slope = {slope:.3}")?;
        }
        if let Some(realised) = s.realised_rate {
            let unit = &s.entropy_production_rate.unit;
            let exact = s.exact_rate.map_or(String::new(), |exact| format!(" (exact {exact:.4})"));
            writeln!(f, "realised rate            {realised:.4} {unit}{exact}")?;
        }
        self.regions.iter().try_for_each(|of| write!(f, "{}", regions::Told(of)))
    }
}
