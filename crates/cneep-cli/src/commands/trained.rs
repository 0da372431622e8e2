//! Tells what a training run ended with.

use cneep::estimator::{ClosedFormRecord, ComparisonRecord, DescentRecord, Estimator, FitRecord, StopReason};
use cneep_movie::units::Measured;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// A bound below this, in k_B per frame interval, says nothing by its size.
const FAILED: f64 = -10.0;

/// What a training run ended with.
#[derive(Debug, Serialize)]
pub(super) struct Trained {
    run: PathBuf,
    fit: FitRecord,
    window: usize,
    elapsed_seconds: f64,
}

impl Trained {
    pub(super) fn new(estimator: &Estimator, run: &Path) -> Self {
        let record = estimator.record();
        Self {
            run: run.to_path_buf(),
            fit: record.fit.clone(),
            window: record.window,
            elapsed_seconds: record.elapsed_seconds,
        }
    }

    fn write_fit(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fit {
            FitRecord::Comparison(found) => write_comparison(f, found),
            FitRecord::ClosedForm(found) => write_closed_form(f, found, self.elapsed_seconds),
            FitRecord::Descent(found) => write_descent(f, found, self.elapsed_seconds),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_fit(f)?;
        let run = self.run.display();
        match &self.fit {
            FitRecord::Descent(found) if found.stop_reason == Some(StopReason::Interrupted) => {
                write!(
                    f,
                    "run kept in {run} as far as it came; go on: cneep train MOVIE... -o {run} --resume"
                )
            }
            FitRecord::Comparison(found) if found.stop_reason == StopReason::Interrupted => {
                write!(
                    f,
                    "run kept in {run} as far as it came; go on: cneep train MOVIE... -o {run} --resume"
                )
            }
            _ => write!(f, "run kept in {run}; next: cneep estimate {run} MOVIE... -o DIR"),
        }
    }
}

/// Whether all windows lie at the limit of what they count for: then they do not scatter.
fn is_at_limit(bound: f64, standard_error: Option<f64>) -> bool {
    bound > 0.0 && standard_error.is_some_and(|error| error < 1e-6 * bound)
}

fn write_bound(f: &mut fmt::Formatter<'_>, bound: f64, standard_error: Option<f64>) -> fmt::Result {
    if is_at_limit(bound, standard_error) {
        return writeln!(
            f,
            "cross-validated bound: {bound:.2} k_B per transition, the most that so many can tell: there may \
             be more"
        );
    }
    let bound = Measured::new(bound, standard_error, "k_B");
    writeln!(f, "cross-validated bound: {bound} per transition")
}

fn write_comparison(f: &mut fmt::Formatter<'_>, found: &ComparisonRecord) -> fmt::Result {
    writeln!(
        f,
        "{:<14} {:>6}  {:<26} {:>6} {:>7}",
        "estimator", "window", "bound (k_B per frame)", "weight", "time"
    )?;
    for of in &found.compared {
        let bound = match of.bound {
            None => String::new(),
            Some(bound) if bound < FAILED => "far below zero".into(),
            Some(bound) if is_at_limit(bound, of.standard_error) => format!("{bound:.2}, its limit"),
            Some(bound) => Measured::new(bound, of.standard_error, "").to_string().trim_end().to_owned(),
        };
        let weight = if of.weight > 0.0 { format!("{:.2}", of.weight) } else { "-".into() };
        let (name, window, seconds, outcome) = (&of.estimator, of.window, of.seconds, &of.outcome);
        writeln!(f, "{name:<14} {window:>6}  {bound:<26} {weight:>6} {seconds:>5.0} s  {outcome}")?;
    }
    if found.stop_reason == StopReason::Interrupted {
        writeln!(f, "stopped before all were compared: what was complete is kept")?;
    }
    let Some(bound) = found.bound.filter(|_| found.kept().next().is_some()) else {
        return writeln!(f, "none beats an estimate of zero, which is therefore kept");
    };
    if let Some(chance) = found.chance() {
        let percent = 100.0 * chance;
        writeln!(
            f,
            "{percent:.1} % of the mean square of dS is chance of the data (weights are corrected for it)"
        )?;
    }
    write_bound(f, bound, found.standard_error)
}

fn write_closed_form(f: &mut fmt::Formatter<'_>, found: &ClosedFormRecord, seconds: f64) -> fmt::Result {
    writeln!(f, "{} candidates tried in {seconds:.1} s", found.candidates.len())?;
    let kept = found.kept();
    if kept.is_empty() {
        return writeln!(f, "none beats an estimate of zero, which is therefore kept");
    }
    writeln!(f, "kept: the sum of")?;
    for candidate in kept {
        writeln!(f, "  {:.2} x {candidate}", candidate.weight)?;
    }
    write_bound(f, found.bound, Some(found.standard_error))
}

fn write_descent(f: &mut fmt::Formatter<'_>, found: &DescentRecord, seconds: f64) -> fmt::Result {
    if let Some(reason) = found.stop_reason {
        writeln!(f, "{} iterations in {seconds:.0} s: {reason}", found.iterations)?;
    }
    if let Some(loss) = found.best_validation_loss {
        let (score, best) = (1.0 - loss, found.best_iteration);
        if found.plan.is_judged_on_crops() {
            writeln!(f, "best at {best}: likelihood score {score:.5} on crops of validation data, no bound")?;
        } else {
            writeln!(f, "best at {best}: {score:.5} k_B per transition on validation data")?;
        }
    }
    Ok(())
}
