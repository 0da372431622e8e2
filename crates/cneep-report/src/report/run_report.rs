//! Composes the report of a run: numbers with errors, figures, settings, cautions in words.

use super::html::{ImageKind, Page};
use crate::figure::{
    CumulativeEntropyProduction, DissipationMapFigure, EntropyHistogram, MapKind, RateAgainstAmount, Scatter,
    TrainingCurve,
};
use cneep::dissipation_map::{MeanMap, PartComparison, SignificanceMap};
use cneep::entropy_production::{EntropyProduction, HeldOutShare, Significance, Summary};
use cneep::estimator::{Candidate, Contender, Estimator, EstimatorKind, MovieRecord, RunRecord};
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};
use ndarray::Array2;
use std::path::Path;

/// A report in the making: what a run has given so far.
pub struct Report<'a> {
    estimator: &'a Estimator,
    entropy: Option<(&'a EntropyProduction, &'a Summary)>,
    map: Option<(&'a MeanMap, Option<&'a [PartComparison]>)>,
    significance: Option<&'a SignificanceMap>,
    overlay: Option<&'a [u8]>,
}

impl<'a> Report<'a> {
    /// A report on the training alone.
    pub fn new(estimator: &'a Estimator) -> Self {
        Self { estimator, entropy: None, map: None, significance: None, overlay: None }
    }

    /// The report with an estimate and its numbers.
    #[must_use]
    pub fn with_entropy(mut self, entropy: &'a EntropyProduction, summary: &'a Summary) -> Self {
        self.entropy = Some((entropy, summary));
        self
    }

    /// The report with the mean dissipation map, and its parts against exact values where they are known.
    #[must_use]
    pub fn with_map(mut self, mean: &'a MeanMap, parts: Option<&'a [PartComparison]>) -> Self {
        self.map = Some((mean, parts));
        self
    }

    /// The report with the cells of the map that are significant.
    #[must_use]
    pub fn with_significance(mut self, significance: Option<&'a SignificanceMap>) -> Self {
        self.significance = significance;
        self
    }

    /// The report with an animation, as the bytes of a GIF file.
    #[must_use]
    pub fn with_overlay(mut self, gif: &'a [u8]) -> Self {
        self.overlay = Some(gif);
        self
    }

    /// Writes one self-contained HTML file.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut page = Page::new("Entropy production");
        page.subtitle(&self.subtitle());
        self.headlines(&mut page);
        self.cautions(&mut page);
        if let Some((entropy, summary)) = self.entropy {
            add_entropy(&mut page, entropy, summary)?;
        }
        self.add_map(&mut page)?;
        self.add_training(&mut page)?;
        self.add_provenance(&mut page);
        page.footer(&format!(
            "cneep {}. Method: Bae, Kim and Jeong, Phys. Rev. Research 4, 033094 (2022), doi 10.1103/PhysRevResearch.4.033094.",
            env!("CARGO_PKG_VERSION")
        ));
        page.write(path)
    }

    fn subtitle(&self) -> String {
        let movies = self.entropy.map_or(0, |(entropy, _)| entropy.movies.len());
        match (self.entropy, movies) {
            (Some((entropy, _)), 1) => entropy.movies[0].name.clone(),
            (Some(_), count) => format!("{count} movies"),
            (None, _) => "Training only: estimate movies with it for numbers".into(),
        }
    }

    fn headlines(&self, page: &mut Page) {
        let Some((_, summary)) = self.entropy else { return };
        let claim = match summary.significance {
            Significance::Dissipates => ("dissipates", "held-out data reject equilibrium"),
            Significance::NotSignificant if summary.rejects_equilibrium() => {
                ("not certified", "held-out data reject equilibrium, but the bound is not above zero")
            }
            Significance::NotSignificant => {
                ("not significant", "held-out data do not tell this from equilibrium")
            }
            Significance::NotTested => ("not tested", "no held-out transitions"),
        };
        page.headline_text("Verdict", claim.0, claim.1);
        page.headline(
            "Entropy production rate",
            &summary.entropy_production_rate,
            &note_of("mean with standard error", &summary.entropy_production_rate),
        );
        if let Some(bound) = &summary.lower_bound {
            let note = note_of("1 + J on held-out transitions", bound);
            page.headline("Certified lower bound", bound, &note);
        }
        if let Some(limit) = &summary.detection_limit {
            let verdict = format!("{} {}", to_digits(limit.verdict, 3), limit.unit);
            let note =
                "the smallest rate that these held-out transitions would have shown in one case of two";
            page.headline_text("Detection limit", &verdict, note);
        }
        page.headline("Fluctuation theorem <exp(-ΔS)>", &summary.fluctuation_theorem, "1 when converged");
    }

    fn cautions(&self, page: &mut Page) {
        let cautions: &[Caution] = match self.entropy {
            Some((_, summary)) => &summary.cautions,
            None => &self.estimator.record().cautions,
        };
        if !cautions.is_empty() {
            page.section("What to be careful about");
            for caution in cautions {
                page.caution(caution);
            }
        }
    }

    fn add_map(&self, page: &mut Page) -> Result<()> {
        let Some((mean, parts)) = self.map else { return Ok(()) };
        page.section("Where entropy is produced");
        let unit = mean.calibration.rate_unit();
        let sum = format!("The map sums to {:.4} {unit} over {} transitions.", mean.rate(), mean.transitions);
        let mask = self.significance.map(SignificanceMap::mask);
        let figure = mean_map_figure(mean, mask.as_ref()).draw()?;
        page.figure(&figure, "mean dissipation map", &sum);
        page.paragraph(&self.significance.map_or_else(
            || "No cell was tested against zero: there are no two blocks of held-out transitions.".into(),
            significance_in_words,
        ));
        if let Some(gif) = self.overlay {
            let caption = "Maps of single transitions over the movie, symmetric colours about zero.";
            page.image(ImageKind::Gif, gif, "animated dissipation maps over the movie", caption);
        }
        let weighed = |of: &Contender| of.estimator == EstimatorKind::Convolutional && of.weight > 0.0;
        if self.estimator.settings().estimator == EstimatorKind::Convolutional
            || self.estimator.record().contenders.iter().any(weighed)
        {
            page.paragraph(
            "Networks trained from other seeds share the sum of the map but not its pattern: read where entropy is produced only if \
             several seeds agree.",
        );
        }
        if let Some(parts) = parts {
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

    fn add_training(&self, page: &mut Page) -> Result<()> {
        let curve = self.estimator.curve();
        page.section("Training");
        if self.estimator.settings().estimator == EstimatorKind::Auto {
            add_contenders(page, self.estimator.record());
            return Ok(());
        }
        if !self.estimator.record().candidates.is_empty() {
            add_candidates(page, self.estimator.record());
            return Ok(());
        }
        if curve.is_empty() {
            page.paragraph("The weights were imported; there is no training curve.");
            return Ok(());
        }
        let bound = |loss: fn(&cneep::estimator::CurvePoint) -> f64| -> Vec<(f64, f64)> {
            curve.iter().map(|point| (point.iteration as f64, 1.0 - loss(point))).collect()
        };
        let (train, validation) = (bound(|p| p.train_loss), bound(|p| p.validation_loss));
        let figure = TrainingCurve {
            label: "1 + J (k_B per transition)",
            train: &train,
            validation: &validation,
            best_iteration: Some(self.estimator.record().best_iteration as f64),
            exact: None,
        };
        let caption =
            "Lower bound per transition along the run; the parameters of the marked iteration were kept.";
        page.figure(&figure.draw()?, "training curve", caption);
        Ok(())
    }

    fn add_provenance(&self, page: &mut Page) {
        let (record, settings) = (self.estimator.record(), self.estimator.settings());
        page.section("How these numbers were made");
        let [train, validation, test] = record.transitions;
        let stop =
            self.estimator.stop_reason().map_or("not trained here".into(), |reason| reason.to_string());
        let mut facts = vec![
            ("version", record.version.clone()),
            ("frames", format!("{} rows x {} columns", record.rows, record.columns)),
            ("window", format!("{} frames", settings.window)),
            ("input", format!("(pixel - {}) / {}", record.normalisation.mean, record.normalisation.std)),
        ];
        if settings.estimator == EstimatorKind::Auto {
            facts.extend([
                ("transitions", format!("{train} by turns to fit and to judge, {test} to test")),
                ("fits", record.iterations.to_string()),
                ("stopped because", stop),
                ("training time", format!("{:.0} s on {}", record.elapsed_seconds, record.instruction_set)),
            ]);
        } else if settings.estimator.is_closed_form() {
            let kept = record.kept_candidates();
            let kept = match &kept[..] {
                [] => "an estimate of zero".into(),
                [heaviest, ..] => format!("a sum of {}, the heaviest: {heaviest}", kept.len()),
            };
            facts.extend([
                ("transitions", format!("{train} to fit, validated by turns, {test} to test")),
                ("candidates", record.iterations.to_string()),
                ("kept", kept),
                ("time of the fit", format!("{:.1} s", record.elapsed_seconds)),
            ]);
        } else {
            facts.extend([
                ("transitions", format!("{train} to train, {validation} to validate, {test} to test")),
                ("iterations", format!("{} (best: {})", record.iterations, record.best_iteration)),
                ("stopped because", stop),
                ("training time", format!("{:.0} s on {}", record.elapsed_seconds, record.instruction_set)),
            ]);
        }
        facts.push(("seed", settings.seed.to_string()));
        if let Some(file) = &record.imported_from {
            facts.push(("weights imported from", file.display().to_string()));
        }
        page.key_values(&facts);
        let line = |movie: &MovieRecord| format!("{}  {} frames  {}", movie.hash, movie.frames, movie.name);
        let movies: Vec<String> = record.movies.iter().map(line).collect();
        if !movies.is_empty() {
            page.settings("Training movies with the SHA-256 of their pixels", &movies.join("\n"));
        }
        page.settings("Settings", &settings.to_toml());
    }
}

/// The estimators that were compared, in their order.
fn add_contenders(page: &mut Page, record: &RunRecord) {
    let row = |of: &Contender| {
        let bound = of.bound_in_words();
        vec![
            of.estimator.to_string(),
            of.window.to_string(),
            bound,
            if of.weight > 0.0 { format!("{:.2}", of.weight) } else { "0".into() },
            of.standing.to_string(),
            of.folds.to_string(),
            format!("{:.0}", of.seconds),
        ]
    };
    let rows: Vec<Vec<String>> = record.contenders.iter().map(row).collect();
    let bound =
        Measured::new(1.0 - record.best_validation_loss.unwrap_or(1.0), record.validation_error, "k_B");
    page.paragraph(&format!(
        "Estimators were compared by their lower bounds on frames that they were not fitted to, and the weighted sum that reaches the highest \
         bound was kept: {bound} per transition. Every estimator in it was fitted once a fold, with that part of the movies held out; a transition of \
         a training movie is judged by the fit that has not seen it, one of another movie by the mean of all fits. Weights, and the window, are \
         few numbers chosen on the same transitions."
    ));
    if let Some(agreement) = record.agreement_in_words() {
        page.paragraph(&format!("{agreement}."));
    }
    let header = [
        "estimator",
        "window (frames)",
        "1 + J (k_B per frame interval)",
        "weight",
        "how far it came",
        "fits",
        "time (s)",
    ];
    page.table(&header, &rows);
}

/// The trials of a fit in closed form, the heaviest first, then those with the highest bounds.
fn add_candidates(page: &mut Page, record: &RunRecord) {
    const SHOWN: usize = 12;
    let mut order: Vec<usize> = (0..record.candidates.len()).collect();
    let worth = |place: usize| (record.candidates[place].weight, record.candidates[place].bound);
    order.sort_by(|&a, &b| worth(b).0.total_cmp(&worth(a).0).then(worth(b).1.total_cmp(&worth(a).1)));
    let row = |place: usize| {
        let Candidate { patch, spacing, modes, uncoupled, radius, ridge, bound, standard_error, weight } =
            record.candidates[place];
        vec![
            format!("{weight:.2}"),
            if patch == 0 { "whole frame".into() } else { format!("{patch} px, every {spacing}") },
            modes.to_string(),
            radius.to_string(),
            if uncoupled { format!("{ridge}, a pair's own") } else { ridge.to_string() },
            format!("{bound:.5} ± {standard_error:.5}"),
        ]
    };
    let rows: Vec<Vec<String>> = order.iter().take(SHOWN).map(|&place| row(place)).collect();
    let header = ["weight", "patch", "modes", "radius", "ridge", "1 + J (k_B per transition)"];
    page.paragraph(&format!(
        "Fitted in closed form. The estimate is the weighted sum of {} of {} candidates, with the weights that reach the highest bound on \
         windows that the candidates were not fitted to; zero is estimated if that bound is not above 0. Bounds are cross-validated; a \
         single one does not tell what it adds to the sum.",
        record.kept_candidates().len(),
        order.len()
    ));
    page.table(&header, &rows);
}

/// A note with the interval of the number that it belongs to.
fn note_of(note: &str, measured: &Measured) -> String {
    measured.interval_in_words().map_or_else(|| note.into(), |interval| format!("{note}; {interval}"))
}

fn significance_in_words(significance: &SignificanceMap) -> String {
    let SignificanceMap { tested_cells, block_count, held_out_transitions, significant_cells, .. } =
        significance;
    format!(
        "{significant_cells} of {tested_cells} cells dissipate significantly{}: the signs of their sums over {block_count} blocks of {held_out_transitions} \
         held-out transitions, flipped in all ways, seldom give as much, and on average at most {:.0} % of these cells are false.",
        if *significant_cells > 0 { " (outlined)" } else { "" },
        100.0 * significance.false_discovery_rate,
    )
}

/// The mean map as it is drawn everywhere, with its significant cells outlined where they are known.
pub fn mean_map_figure<'a>(
    mean: &'a MeanMap,
    significant: Option<&'a Array2<bool>>,
) -> DissipationMapFigure<'a> {
    DissipationMapFigure {
        map: mean.rates.view(),
        kind: MapKind::Signed,
        cell_size: mean.grid.cell as f64,
        offset: (0.0, 0.0),
        pixel_size: mean.calibration.pixel_size,
        label: match mean.calibration.rate_unit() {
            cneep_movie::RateUnit::PerSecond => "k_B/s per cell",
            cneep_movie::RateUnit::PerFrame => "k_B/frame per cell",
        },
        limit: None,
        outlined: significant.map(|mask| (mask.view(), "significant (at most 5 % false on average)")),
    }
}

fn add_entropy(page: &mut Page, entropy: &EntropyProduction, summary: &Summary) -> Result<()> {
    page.section("How much, and when");
    let mut facts = vec![
        ("transitions", summary.transitions.to_string()),
        ("held out", summary.held_out_transitions.to_string()),
    ];
    if let Some(p) = summary.equilibrium_p_value {
        facts.push(("p-value of the sign-flip test against equilibrium", format!("{p:.4}")));
    }
    if let Some(limit) = &summary.detection_limit {
        let rate = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
        facts.extend([
            ("smallest rate that would have shown in half of all cases: test and bound", rate(limit.verdict)),
            ("the same: the test alone", rate(limit.test)),
            ("the same: the test with an exact estimator", rate(limit.exact_estimator_test)),
        ]);
    }
    let numbers = [
        ("R² with the exact values", summary.r_squared),
        ("slope on the exact values", summary.slope),
        ("realised exact rate", summary.realised_rate),
        ("exact rate of the process", summary.exact_rate),
    ];
    facts
        .extend(numbers.iter().filter_map(|(name, value)| value.map(|value| (*name, format!("{value:.4}")))));
    page.key_values(&facts);
    let measured: Vec<&[f64]> = entropy.movies.iter().map(|movie| movie.values.as_slice()).collect();
    let exact: Option<Vec<&[f64]>> = entropy.movies.iter().map(|movie| movie.exact.as_deref()).collect();
    let cumulative = CumulativeEntropyProduction {
        measured: &measured,
        exact: exact.as_deref().unwrap_or_default(),
        interval: entropy.calibration.interval_or_frame(),
        time_symbol: entropy.calibration.rate_unit().time_symbol(),
    };
    page.figure(
        &cumulative.draw()?,
        "cumulative entropy production",
        "Entropy produced since the first frame.",
    );
    add_held_out_shares(page, entropy, summary)?;
    let values = entropy.stated_values();
    let caption = "Distribution of the entropy production of transitions, and the detailed fluctuation theorem: points lie on the line when \
                   the estimate has converged.";
    let histogram = EntropyHistogram { entropy_production: &values };
    page.figure(&histogram.draw()?, "histogram and fluctuation theorem", caption);
    if let Some(pairs) = entropy.stated_pairs().filter(|_| summary.r_squared.is_some()) {
        let (estimated, exact): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scatter = Scatter { estimated: &estimated, exact: &exact };
        page.figure(
            &scatter.draw()?,
            "estimated against exact",
            "Estimated against exact, transition by transition.",
        );
    }
    Ok(())
}

/// Rate and bound of growing shares of the held-out time.
fn add_held_out_shares(page: &mut Page, entropy: &EntropyProduction, summary: &Summary) -> Result<()> {
    let shares = entropy.held_out_shares();
    if shares.len() < 2 {
        return Ok(());
    }
    let unit = entropy.calibration.rate_unit();
    let points = |of: fn(&HeldOutShare) -> &Measured| -> Vec<(f64, f64, Option<f64>)> {
        let point = |share: &HeldOutShare| (share.held_out_time, of(share).value, of(share).standard_error);
        shares.iter().map(point).collect()
    };
    let (rate, bound) = (points(|share| &share.rate), points(|share| &share.lower_bound));
    let time = unit.time_symbol();
    let figure = RateAgainstAmount {
        x_label: &format!("1 / held-out time (1/{time})"),
        y_label: &format!("Rate ({unit})"),
        rate: &rate,
        bound: &bound,
        extrapolation: None,
        exact: summary.realised_rate,
    };
    let caption = "Rate and bound of the first eighth, quarter and half of the held-out transitions, and of all (left), with standard errors. The \
                   estimator is fixed, so the points scatter about one value if the movie is in a steady state; nothing is extrapolated.";
    page.figure(&figure.draw()?, "rate against the amount of held-out data", caption);
    Ok(())
}
