//! Adds forces to a fit of modes, so that the network learns what modes miss.

use super::Force;
use crate::dissipation_map::MapGrid;
use crate::estimator::model::{Beginning, GradientModel, Loss, Model};
use crate::estimator::modes::{self, Modes, ModesSettings};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::settings::Training;
use crate::estimator::windows::Windows;
use crate::transition::{Split, Transitions};
use cneep_movie::error::Result;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use cneep_nn::Tensor;
use ndarray::Array3;
use std::ops::Range;

/// `dS` of modes, which stays as it was fitted, plus `dS` of forces. Parameters are those of modes, then those of forces.
pub(in crate::estimator) struct OnModes {
    modes: Modes,
    force: Force,
    tensors: Vec<Tensor>,
    /// What the fit was told and has found.
    settings: ModesSettings,
    /// Parameters of modes to begin with.
    fitted: Vec<f32>,
    /// What modes give to the windows to train on, by movie and first frame. Only steps of training look here.
    known: Vec<Vec<Option<f32>>>,
}

impl OnModes {
    /// The sum of the modes whose members `settings` state and the forces of `settings`, for frames of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for cells larger than the frame, or more modes than pixels.
    pub(in crate::estimator) fn new(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        let modes = Modes::new(settings, rows, columns)?;
        let force = Force::new(settings, rows, columns)?;
        let count = modes.parameter_count();
        let named = |of: &str, tensor: &Tensor, start: usize| Tensor {
            name: format!("{of}.{}", tensor.name),
            shape: tensor.shape.clone(),
            range: start + tensor.range.start..start + tensor.range.end,
        };
        let of_modes = modes.tensors().iter().map(|tensor| named("modes", tensor, 0));
        let of_force = force.tensors().iter().map(|tensor| named("force", tensor, count));
        let tensors = of_modes.chain(of_force).collect();
        let fitted = vec![0.0; count];
        Ok(Self { modes, force, tensors, settings: settings.modes.clone(), fitted, known: Vec::new() })
    }

    /// The sum with modes fitted to the training transitions of `split` alone, so that validation judges both parts; without modes if
    /// these do not beat an estimate of zero.
    ///
    /// # Errors
    /// As [`Self::new`], and as the fit of modes.
    pub(in crate::estimator) fn fit(
        (videos, normalisation): (&[Video], Normalisation),
        split: &Split,
        settings: &Training,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let unseen = Transitions::of_runs(settings.window, []);
        let split = Split { validation: unseen, ..split.clone() };
        let found = modes::fit((videos, normalisation), &split, settings, progress)?.or_zero()?;
        let (_, rows, columns) = videos[0].frames().shape();
        Ok(Self { fitted: found.parameters, ..Self::new(&found.settings, rows, columns)? })
    }

    /// The parameters of modes, and those of forces.
    fn parts<'a>(&self, parameters: &'a [f32]) -> (&'a [f32], &'a [f32]) {
        parameters.split_at(self.modes.parameter_count())
    }

    /// What modes give to windows of the training.
    fn ground(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        let known = |window| {
            let transition = windows.transition(window);
            *self.known.get(transition.movie)?.get(transition.start)?
        };
        let known: Option<Vec<f32>> = (0..windows.len()).map(known).collect();
        known.unwrap_or_else(|| self.modes.entropy_production(self.parts(parameters).0, windows))
    }
}

impl Model for OnModes {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn parameter_count(&self) -> usize {
        self.modes.parameter_count() + self.force.parameter_count()
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        let (of_modes, of_force) = self.parts(parameters);
        let mut values = self.modes.entropy_production(of_modes, windows);
        let added = self.force.entropy_production(of_force, windows);
        values.iter_mut().zip(added).for_each(|(value, added)| *value += added);
        values
    }

    fn map_grid(&self) -> MapGrid {
        self.force.map_grid()
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let (of_modes, of_force) = self.parts(parameters);
        let maps = self.modes.dissipation_maps(of_modes, windows);
        maps + self.force.dissipation_maps(of_force, windows)
    }

    fn measured(&self) -> Range<usize> {
        let (start, of_force) = (self.modes.parameter_count(), self.force.measured());
        start + of_force.start..start + of_force.end
    }
}

impl GradientModel for OnModes {
    /// Forces begin as they do alone, but with the optimum of modes and forces together, modes held.
    fn begin(&mut self, beginning: &Beginning) -> Vec<f32> {
        let fitted = self.fitted.clone();
        self.prepare(&fitted, &beginning.train);
        let train = self.ground(&fitted, &beginning.train);
        let validation = self.modes.entropy_production(&fitted, &beginning.validation);
        [fitted, self.force.begin_upon(beginning, [&train, &validation])].concat()
    }

    fn begins_fitted(&self) -> bool {
        true
    }

    fn complete(&self, settings: &mut Training) {
        self.force.complete(settings);
        settings.modes = self.settings.clone();
    }

    fn fixed(&self) -> Range<usize> {
        0..self.modes.parameter_count()
    }

    /// Modes of windows drawn at random are slow, as frames are projected in blocks: all are made at once.
    fn prepare(&mut self, parameters: &[f32], train: &Windows) {
        if !self.known.is_empty() {
            return;
        }
        let values = self.modes.entropy_production(self.parts(parameters).0, train);
        self.known = train.videos().iter().map(|video| vec![None; video.frames().count()]).collect();
        for (window, value) in values.into_iter().enumerate() {
            let transition = train.transition(window);
            self.known[transition.movie][transition.start] = Some(value);
        }
    }

    fn finish(&self, parameters: &mut [f32], train: &Windows) {
        self.force.finish(&mut parameters[self.modes.parameter_count()..], train);
    }

    fn silence(&self, parameters: &mut [f32]) {
        self.force.silence(&mut parameters[self.modes.parameter_count()..]);
    }

    fn gradient(&self, parameters: &[f32], windows: &Windows, loss: &Loss, gradient: &mut [f32]) -> f64 {
        let ground = self.ground(parameters, windows);
        let (of_modes, of_force) = gradient.split_at_mut(self.modes.parameter_count());
        of_modes.fill(0.0);
        let loss = |window: usize, value: f32| loss(ground[window] + value);
        self.force.gradient_of(self.parts(parameters).1, windows, &loss, of_force)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::EstimatorKind;
    use crate::estimator::force::ForceSettings;
    use crate::estimator::objective::loss_alpha;
    use crate::transition::SplitSettings;
    use cneep_movie::progress::Silent;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Two patterns whose amplitudes circle each other, driven by noise.
    fn movies() -> Vec<Video> {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut x, mut y) = (0.0, 0.0);
        let mut pixels = Array3::zeros((1500, 11, 14));
        for mut frame in pixels.outer_iter_mut() {
            (x, y) = (0.8 * x - 0.25 * y + 0.5 * draw(), 0.25 * x + 0.8 * y + 0.5 * draw());
            for ((row, column), pixel) in frame.indexed_iter_mut() {
                let (r, c) = (row as f64, column as f64);
                let light = x * (0.4 * c + 0.1 * r).sin() + y * (0.3 * r - 0.2 * c).cos();
                *pixel = (130.0 + 20.0 * light + 2.0 * draw()) as u8;
            }
        }
        vec![Video::new("circling", Frames::U8(pixels), Calibration::default()).unwrap()]
    }

    struct Fitted {
        model: OnModes,
        parameters: Vec<f32>,
        split: Split,
    }

    fn fitted(videos: &[Video], normalisation: Normalisation, window: usize) -> Fitted {
        let force = ForceSettings { cell: Some(6), stride: Some(4), components: Some(5), ..FORCE };
        let settings = Training { window, force, modes: two_modes(), ..Training::default() };
        let settings = Training { estimator: EstimatorKind::Force, ..settings };
        let split = Split::new(videos, window, SplitSettings::default(), 3).unwrap();
        let mut model = OnModes::fit((videos, normalisation), &split, &settings, &Silent).unwrap();
        let windows = |of: &Transitions| Windows::new(videos, normalisation, window, of.evenly(of.len()));
        let (train, validation) = (windows(&split.train), windows(&split.validation));
        let parameters = model.begin(&Beginning { train, validation, seed: 1 });
        Fitted { model, parameters, split }
    }

    fn two_modes() -> ModesSettings {
        ModesSettings { modes: Some(2), patch: Some(0), ..ModesSettings::default() }
    }

    /// The ridge pulls on what is compared here, so there is none.
    const FORCE: ForceSettings = ForceSettings {
        cell: None,
        stride: None,
        reach: None,
        kernels: None,
        components: None,
        hidden: None,
        ridge: Some(0.0),
        invariant: None,
        own_kernels: None,
        on_modes: true,
    };

    const NORMALISATION: Normalisation = Normalisation { mean: 130.0, std: 25.0 };

    /// Catches a silent force that is heard, and modes that are not those of a fit to the training windows alone.
    #[test]
    fn with_a_silent_force_it_is_modes_fitted_without_validation() {
        let videos = movies();
        for window in [2, 3] {
            let Fitted { model, mut parameters, split } = fitted(&videos, NORMALISATION, window);
            let settings = Training {
                estimator: EstimatorKind::Modes,
                window,
                modes: two_modes(),
                ..Training::default()
            };
            let blind = Split { validation: Transitions::of_runs(window, []), ..split };
            let alone = modes::fit((&videos, NORMALISATION), &blind, &settings, &Silent).unwrap();
            assert!(alone.bound > 0.0 && !alone.parameters.is_empty());
            let all = Transitions::all(&videos, window).unwrap();
            let windows = Windows::of_run(&videos, NORMALISATION, window, &all.runs()[0]);
            let loud = model.entropy_production(&parameters, &windows);
            model.silence(&mut parameters);
            let values = model.entropy_production(&parameters, &windows);
            assert!(values != loud);
            assert!(values == alone.model.entropy_production(&alone.parameters, &windows));
            let maps = model.dissipation_maps(&parameters, &windows);
            assert!(maps == alone.model.dissipation_maps(&alone.parameters, &windows));
        }
    }

    /// Catches a loss that forgets the modes, or takes them from other windows, and slopes that would move them.
    #[test]
    fn slopes_are_those_of_the_loss_of_the_sum() {
        let videos = movies();
        let Fitted { model, mut parameters, split } = fitted(&videos, NORMALISATION, 3);
        let fixed = model.fixed();
        // Mild forces, so that the loss is smooth.
        parameters[fixed.end..].iter_mut().for_each(|parameter| *parameter *= 0.5);
        // Drawn out of order, as training does.
        let drawn = (0..30).map(|draw| split.train.get(draw * 97 % split.train.len())).collect();
        let batch = Windows::new(&videos, NORMALISATION, 3, drawn);
        let loss = |value: f32| loss_alpha(-0.3, value);
        let mean = |parameters: &[f32]| {
            let values = model.entropy_production(parameters, &batch);
            values.iter().map(|&value| loss(value).0).sum::<f64>() / 30.0
        };
        let mut gradient = vec![1.0; parameters.len()];
        let found = model.gradient(&parameters, &batch, &loss, &mut gradient);
        assert!((found - mean(&parameters)).abs() < 1e-9, "{found} {}", mean(&parameters));
        assert!(gradient[fixed.clone()].iter().all(|slope| *slope == 0.0));
        let steepest = gradient.iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
        for place in (fixed.end..parameters.len()).filter(|&place| gradient[place].abs() > 0.2 * steepest) {
            let moved = |by: f32| {
                let mut parameters = parameters.clone();
                parameters[place] += by;
                mean(&parameters)
            };
            let numeric = ((moved(5e-4) - moved(-5e-4)) / 1e-3) as f32;
            assert!((numeric - gradient[place]).abs() < 0.03 * steepest, "{numeric} {}", gradient[place]);
        }
    }
}
