//! Tells how an estimator was made: its training, its data, its settings.

use super::html::Page;
use super::origin::Origin;
use super::plates::Plate;
use crate::figure::{Figure, RateAgainstFrameGap, RatePoint, ScoreCurve, ScoreSeries, TrainingCurve};
use cneep::entropy_production::{FrameGapCurve, FrameGapPoint};
use cneep::estimator::{
    Candidate, ClosedFormRecord, ComparedEstimator, ComparisonRecord, CurvePoint, DescentRecord, Estimator,
    FitRecord, MovieRecord,
};
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, duration_in_words, to_digits};

/// A bound below this, in `k_B` per frame interval, says nothing by its size.
const FAILED: f64 = -10.0;

/// What was compared, tried or trained, with the bounds that it reached.
pub(super) fn add_training(page: &mut Page, estimator: &Estimator) {
    match &estimator.record().fit {
        FitRecord::Comparison(found) => add_comparison(page, found),
        FitRecord::ClosedForm(found) => add_candidates(page, found),
        FitRecord::Descent(_) if estimator.curve().is_empty() => {
            page.paragraph("The training was stopped before its first validation.");
        }
        FitRecord::Descent(_) => {
            page.paragraph(
                "One estimator was trained step by step; see the training curve among the figures.",
            );
        }
        _ => {
            page.paragraph("The weights were imported; there is no training curve.");
        }
    }
}

/// Figures of the training: bounds against the length of the window, or along the iterations.
pub(super) fn plates(estimator: &Estimator) -> Result<Vec<Plate>> {
    match &estimator.record().fit {
        FitRecord::Comparison(found) => Ok(windows(found)?.into_iter().collect()),
        FitRecord::Descent(found) if !estimator.curve().is_empty() => {
            Ok(vec![curve(estimator.curve(), found)?])
        }
        _ => Ok(Vec::new()),
    }
}

/// Bounds of every estimator that was tried with more than one window.
fn windows(found: &ComparisonRecord) -> Result<Option<Plate>> {
    let tried = || found.compared.iter().filter(|of| of.bound.is_some_and(|bound| bound >= FAILED));
    let mut lengths: Vec<usize> = tried().map(|of| of.window).collect();
    lengths.sort_unstable();
    lengths.dedup();
    if lengths.len() < 2 {
        return Ok(None);
    }
    let mut series: Vec<ScoreSeries> = Vec::new();
    let mut rows = Vec::new();
    for of in tried() {
        let place = lengths.partition_point(|&length| length < of.window);
        let point = (place, of.bound.unwrap_or(f64::NAN), of.standard_error);
        rows.push(vec![of.window as f64, point.1, point.2.unwrap_or(f64::NAN)]);
        match series.iter_mut().find(|series| series.name == of.estimator) {
            // The fit once a fold comes after the trial, and replaces it.
            Some(known) => {
                known.points.retain(|known| known.0 != place);
                known.points.push(point);
            }
            None => {
                series.push(ScoreSeries {
                    name: of.estimator.clone(),
                    points: vec![point],
                    published: false,
                });
            }
        }
    }
    for of in &mut series {
        of.points.sort_by_key(|point| point.0);
    }
    let categories: Vec<String> = lengths.iter().map(usize::to_string).collect();
    let drawn = ScoreCurve {
        x_label: "Window (frames)",
        y_label: "Bound (k_B per frame interval)",
        categories: &categories,
        series: &series,
    }
    .draw()?;
    let caption = "Lower bound against the length of the window, on frames that were not fitted to. Good: a \
        plateau, \
                   which says that longer windows have nothing more to show. Bad: a curve that still rises \
                   at its end.";
    let header = ["window", "bound_kB_per_frame", "standard_error"];
    Ok(Some(Plate::new("windows", "Bound against window length", drawn, caption, &header, rows)))
}

/// Rate and bound along the gap between frames.
///
/// # Errors
/// [`cneep_movie::Error::Mismatch`] if there is nothing to draw.
pub fn frame_gap_figure(curve: &FrameGapCurve, time_symbol: &str) -> Result<Figure> {
    let unit = curve.points.first().map_or("", |point| point.rate.unit.as_str());
    let rate_point = |point: &FrameGapPoint, measured: Option<&Measured>| RatePoint {
        at: point.interval,
        rate: measured.map_or(f64::NAN, |measured| measured.value),
        standard_error: measured.and_then(|measured| measured.standard_error),
    };
    let rate: Vec<_> = curve.points.iter().map(|point| rate_point(point, Some(&point.rate))).collect();
    let bound: Vec<_> = curve.points.iter().map(|point| rate_point(point, point.bound.as_ref())).collect();
    let y_label = format!("Entropy production rate ({unit})");
    RateAgainstFrameGap { time_symbol, y_label: &y_label, rate: &rate, bound: &bound }.draw()
}

/// The same with its numbers.
pub(super) fn frame_gap(curve: &FrameGapCurve, time_symbol: &str) -> Result<Plate> {
    let caption = "Rate and bound of the same film with frames left out, by principal modes alone. Good: a \
        plateau \
                   towards short gaps. Bad: a rate that still rises there (the camera is too slow), or falls \
                   (noise \
                   hides short motion).";
    let header = ["gap_frames", "interval", "rate", "rate_error", "bound", "bound_error"];
    let row = |point: &FrameGapPoint| {
        let error = |measured: &Measured| measured.standard_error.unwrap_or(f64::NAN);
        let bound = point.bound.as_ref().map_or([f64::NAN; 2], |bound| [bound.value, error(bound)]);
        vec![point.gap as f64, point.interval, point.rate.value, error(&point.rate), bound[0], bound[1]]
    };
    let drawn = frame_gap_figure(curve, time_symbol)?;
    Ok(Plate::new(
        "frame_gap",
        "Rate against frame gap",
        drawn,
        caption,
        &header,
        curve.points.iter().map(row),
    ))
}

/// Losses along a training step by step.
fn curve(curve: &[CurvePoint], found: &DescentRecord) -> Result<Plate> {
    let bound = |loss: fn(&CurvePoint) -> f64| -> Vec<(f64, f64)> {
        curve.iter().map(|point| (point.iteration as f64, 1.0 - loss(point))).collect()
    };
    let (train, validation) = (bound(|p| p.train_loss), bound(|p| p.validation_loss));
    let is_on_crops = found.plan.is_judged_on_crops();
    let figure = TrainingCurve {
        label: if is_on_crops { "likelihood score of crops" } else { "1 + J (k_B per transition)" },
        train: &train,
        validation: &validation,
        best_iteration: Some(found.best_iteration as f64),
        exact: None,
    };
    let what =
        if is_on_crops { "How likely crops run forwards (no bound)" } else { "Lower bound per transition" };
    let caption = format!(
        "{what} along the run; the parameters of the marked iteration were kept. Bad: a held-out curve that \
         falls while the other rises."
    );
    let header = if is_on_crops {
        ["iteration", "train_score", "validation_score"]
    } else {
        ["iteration", "train_bound_kB", "validation_bound_kB"]
    };
    let rows = train.iter().zip(&validation).map(|(train, validation)| vec![train.0, train.1, validation.1]);
    Ok(Plate::new("training", "Training curve", figure.draw()?, caption, &header, rows))
}

/// The estimators that were compared, in their order.
fn add_comparison(page: &mut Page, found: &ComparisonRecord) {
    let row = |of: &ComparedEstimator| {
        vec![
            of.estimator.clone(),
            of.window.to_string(),
            bound_in_words(of.bound, of.standard_error),
            if of.weight > 0.0 { format!("{:.2}", of.weight) } else { "0".into() },
            of.outcome.to_string(),
            of.folds.to_string(),
            format!("{:.0}", of.seconds),
        ]
    };
    let rows: Vec<Vec<String>> = found.compared.iter().map(row).collect();
    let bound = Measured::new(found.bound.unwrap_or(0.0), found.standard_error, "k_B");
    page.paragraph(&format!(
        "Estimators were compared by their lower bounds on frames that they were not fitted to, and the \
         weighted sum that reaches the highest bound was kept: {bound} per transition, cross-validated. \
         Every estimator in it was fitted once a fold, with that part of the movies held out; a transition \
         of a training movie is judged by the fit that has not seen it, with weights chosen without its \
         fold, one of another movie by the mean of all fits. The window, and which estimators are summed, \
         were chosen on all folds: a cross-validated bound certifies nothing."
    ));
    if let Some(chance) = found.chance() {
        page.paragraph(&chance_in_words(chance));
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

/// A bound with its error; one far below zero says only that the fit has failed.
fn bound_in_words(bound: Option<f64>, standard_error: Option<f64>) -> String {
    match bound {
        None => String::new(),
        Some(bound) if bound < FAILED => "far below zero".into(),
        Some(bound) => Measured::new(bound, standard_error, "").to_string().trim_end().to_owned(),
    }
}

/// The share of the mean square of dS on which fits to different movies disagree, and what follows.
fn chance_in_words(chance: f64) -> String {
    format!(
        "By how far fits to different parts of the movies differ, {:.1} % of the mean square of dS is \
         sampling error. The size of dS that reaches the highest bound is too small by that share, so \
         weights are divided by the rest (shrinkage correction; by no less than 1 / 1.1).",
        100.0 * chance
    )
}

/// The trials of a fit in closed form, the heaviest first, then those with the highest bounds.
fn add_candidates(page: &mut Page, found: &ClosedFormRecord) {
    const SHOWN: usize = 12;
    let mut order: Vec<&Candidate> = found.candidates.iter().collect();
    order.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(b.bound.total_cmp(&a.bound)));
    let row = |candidate: &Candidate| {
        let Candidate { form, ridge, bound, standard_error, weight, .. } = candidate;
        vec![
            format!("{weight:.2}"),
            form.clone(),
            ridge.to_string(),
            format!("{bound:.5} ± {standard_error:.5}"),
        ]
    };
    let rows: Vec<Vec<String>> = order.iter().take(SHOWN).map(|&candidate| row(candidate)).collect();
    let header = ["weight", "form", "ridge", "1 + J (k_B per transition)"];
    page.paragraph(&format!(
        "Fitted in closed form. The estimate is the weighted sum of {} of {} candidates, with the weights \
         that reach the highest bound on windows that the candidates were not fitted to; zero is estimated \
         if that bound is not above 0. Bounds are cross-validated; a single one does not tell what it adds \
         to the sum.",
        found.kept().len(),
        order.len()
    ));
    page.table(&header, &rows);
}

/// Version, data, split, seed and settings.
pub(super) fn add_provenance(page: &mut Page, estimator: &Estimator, origin: &Origin) {
    let (record, settings) = (estimator.record(), estimator.settings());
    let [train, validation, test] = record.transitions;
    let stop = estimator.stop_reason().map_or("not trained here".into(), |reason| reason.to_string());
    let time = format!("{} on {}", duration_in_words(record.elapsed_seconds), record.instruction_set);
    let mut facts = vec![
        ("command", origin.command.clone()),
        ("date", origin.date.clone()),
        ("version", record.version.clone()),
        ("frames", format!("{} rows x {} columns", record.rows, record.columns)),
        ("window", format!("{} frames", record.window)),
        (
            "input",
            format!(
                "(pixel - {}) / {}",
                to_digits(record.normalisation.mean, 4),
                to_digits(record.normalisation.std, 4)
            ),
        ),
    ];
    match &record.fit {
        FitRecord::Comparison(found) => facts.extend([
            ("transitions", format!("{train} by turns to fit and to judge, {test} to test")),
            ("fits", found.compared.iter().map(|of| of.folds).sum::<usize>().to_string()),
            ("stopped because", stop),
            ("training time", time),
        ]),
        FitRecord::ClosedForm(found) => {
            let kept = match &found.kept()[..] {
                [] => "an estimate of zero".into(),
                [heaviest, ..] => format!("a sum of {}, the heaviest: {heaviest}", found.kept().len()),
            };
            facts.extend([
                ("transitions", format!("{train} to fit, validated by turns, {test} to test")),
                ("candidates", found.candidates.len().to_string()),
                ("kept", kept),
                ("time of the fit", time),
            ]);
        }
        FitRecord::Descent(found) => facts.extend([
            ("transitions", format!("{train} to train, {validation} to validate, {test} to test")),
            ("iterations", format!("{} (best: {})", found.iterations, found.best_iteration)),
            ("stopped because", stop),
            ("training time", time),
        ]),
        FitRecord::Imported { file, .. } => facts.push(("weights imported from", file.display().to_string())),
        _ => {}
    }
    facts.push(("seed", settings.seed.to_string()));
    facts.retain(|(_, value)| !value.is_empty());
    page.key_values(&facts);
    let line = |movie: &MovieRecord| format!("{}  {} frames  {}", movie.hash, movie.frames, movie.name);
    let movies: Vec<String> = record.movies.iter().map(line).collect();
    if !movies.is_empty() {
        page.settings("Training movies with the SHA-256 of their pixels", &movies.join("\n"));
    }
    page.settings("Settings", &settings.to_toml());
}
