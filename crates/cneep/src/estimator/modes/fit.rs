//! Fits modes to movies: tries candidates, keeps the simplest of those with the highest cross-validated bounds.

use super::candidates::{Candidate, Tried, finalists, least_shrunk, simplest};
use super::ground::Ground;
use super::layout::{Layout, layouts};
use super::{Modes, ModesSettings};
use crate::error::{Error, Fault, Result};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::settings::Training;
use crate::estimator::stopped;
use crate::progress::Progress;
use crate::transition::{Run, Split};
use crate::video::Video;

/// Ridges that are tried.
const RIDGES: [f64; 5] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0];

/// What a fit found.
pub(in crate::estimator) struct Fit {
    pub(in crate::estimator) model: Modes,
    pub(in crate::estimator) parameters: Vec<f32>,
    /// The settings with nothing left open.
    pub(in crate::estimator) settings: Training,
    /// All trials, in their order.
    pub(in crate::estimator) candidates: Vec<Candidate>,
    /// Place of the trial that was kept, counted from 1; 0 if none beat an estimate of zero.
    pub(in crate::estimator) kept: usize,
}

/// Fits to the training and validation transitions of `split` together; what is left open is chosen by cross-validation
/// between them. Principal components are those of all these frames: they know no direction of time.
pub(in crate::estimator) fn fit(
    (videos, normalisation): (&[Video], Normalisation),
    split: &Split,
    settings: &Training,
    progress: &dyn Progress,
) -> Result<Fit> {
    let mut runs: Vec<Run> = split.train.runs().iter().chain(split.validation.runs()).cloned().collect();
    runs.sort_by_key(|run| (run.movie, run.starts.start));
    let (_, rows, columns) = videos[0].frames().shape();
    let layouts = layouts(settings, rows, columns, split.train.len() + split.validation.len())?;
    let ridges = settings.modes.ridge.map_or(RIDGES.to_vec(), |ridge| vec![ridge]);
    let trials: usize = layouts.iter().map(|layout| layout.modes.len() * layout.radii.len()).sum();
    progress.begin("fitting modes (candidates)", (trials * ridges.len()) as u64);
    let mut all: Vec<Tried> = Vec::new();
    let mut best: Option<(Candidate, Ground)> = None;
    for layout in &layouts {
        let ground = Ground::new((videos, normalisation), (&runs, settings.window), layout);
        all.extend(screen(&ground, layout, &ridges, progress)?);
        let kept = simplest(&all).map(|place| all[place].candidate);
        if let Some(kept) = kept.filter(|kept| layout.is_of(kept)) {
            best = Some((kept, ground));
        }
    }
    let (kept, ground) = best.ok_or_else(unsolved)?;
    let trial = ground.trial(kept.modes, kept.radius);
    for finalist in finalists(&all, &kept) {
        go_on(progress)?;
        all.extend(ground.cross_validate(&trial, &[Candidate { exact: true, ..finalist }]));
    }
    progress.end();
    let best = least_shrunk(&all, &kept).ok_or_else(unsolved)?;
    let candidates: Vec<Candidate> = all.into_iter().map(|tried| tried.candidate).collect();
    let chosen = candidates[best];
    let settings = Training {
        modes: ModesSettings {
            modes: Some(chosen.modes),
            ridge: Some(chosen.ridge),
            patch: Some(chosen.patch),
            spacing: Some(chosen.spacing),
            radius: Some(chosen.radius),
        },
        ..settings.clone()
    };
    let model = Modes::new(&settings, rows, columns)?;
    let beats_zero = chosen.bound > 0.0;
    let coefficients = if beats_zero {
        ground.fit(&trial, chosen).ok_or_else(unsolved)?
    } else {
        vec![0.0; trial.coupling.len()]
    };
    let parameters = ground.parameters(chosen.modes, &coefficients);
    Ok(Fit { model, parameters, settings, candidates, kept: if beats_zero { best + 1 } else { 0 } })
}

/// The bound of every candidate of one layout, by the objective for small dS.
fn screen(ground: &Ground, layout: &Layout, ridges: &[f64], progress: &dyn Progress) -> Result<Vec<Tried>> {
    let mut found = Vec::new();
    for &modes in &layout.modes {
        for &radius in &layout.radii {
            go_on(progress)?;
            let trial = ground.trial(modes, radius);
            let candidate = |ridge| Candidate {
                patch: layout.patch,
                spacing: layout.spacing,
                modes,
                radius,
                ridge,
                exact: false,
                bound: 0.0,
                standard_error: 0.0,
            };
            let candidates: Vec<Candidate> = ridges.iter().copied().map(candidate).collect();
            found.extend(ground.cross_validate(&trial, &candidates));
            progress.advance(ridges.len() as u64);
        }
    }
    Ok(found)
}

fn go_on(progress: &dyn Progress) -> Result<()> {
    if progress.stop_requested() { Err(stopped("the fit of modes")) } else { Ok(()) }
}

fn unsolved() -> Error {
    let remedy = "Give more movies, or state a larger ridge or fewer modes.";
    Error::NotConverged(Fault::new("modes", "moments that can be solved", "none", remedy))
}
