//! Offers the settings that one kind of estimator has as options of the command line.

use clap::{Args, ValueEnum};
use cneep::estimator::{EstimatorKind, Training};
use cneep_movie::error::{Error, Fault, Result};

// What a comparison of estimators is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Auto only")]
pub(crate) struct AutoOptions {
    /// Estimators that are compared [default: modes,force,convolutional]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME,..")]
    compare: Option<Vec<Compared>>,
    /// Windows that are tried, in frames, unless --window names one [default: 2,3,4,6,8,12,16]
    #[arg(long, value_delimiter = ',', value_name = "FRAMES,..")]
    windows: Option<Vec<usize>>,
    /// Fits of each estimator, each with another part of the movies held out [default: 5]
    #[arg(long)]
    folds: Option<usize>,
    /// Time in which to end, in seconds; networks that would take longer are left out [default: 600]
    #[arg(long, value_name = "SECONDS")]
    time_budget: Option<f64>,
}

/// Estimators that can be compared.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compared {
    Modes,
    Force,
    Convolutional,
}

impl From<Compared> for EstimatorKind {
    fn from(compared: Compared) -> Self {
        match compared {
            Compared::Modes => Self::Modes,
            Compared::Force => Self::Force,
            Compared::Convolutional => Self::Convolutional,
        }
    }
}

impl AutoOptions {
    /// Lays what is stated over `settings`; a `window` that is stated is the only one.
    pub(crate) fn lay_over(&self, window: Option<usize>, settings: &mut Training) -> Result<()> {
        let stated = [
            ("--compare", self.compare.is_some()),
            ("--windows", self.windows.is_some()),
            ("--folds", self.folds.is_some()),
            ("--time-budget", self.time_budget.is_some()),
        ];
        if settings.estimator != EstimatorKind::Auto {
            return refuse(&stated, "`auto`", settings.estimator);
        }
        let auto = &mut settings.auto;
        if let Some(compared) = &self.compare {
            auto.estimators = compared.iter().copied().map(EstimatorKind::from).collect();
        }
        auto.windows =
            window.map(|window| vec![window]).or(self.windows.clone()).unwrap_or(auto.windows.clone());
        auto.folds = self.folds.unwrap_or(auto.folds);
        auto.seconds = self.time_budget.unwrap_or(auto.seconds);
        Ok(())
    }
}

// What networks are told. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Args)]
#[command(next_help_heading = "Networks only")]
pub(crate) struct NetworkOptions {
    /// Layers of the convolutional network: more see farther, each halves the map [default: 2]
    #[arg(long)]
    layers: Option<usize>,
    /// Iterations at most [default: every training transition is seen 15 times, within 1500 and 14000 iterations]
    #[arg(long)]
    iterations: Option<u64>,
    /// Transitions per iteration [default: 1024, but at most a quarter of the training transitions]
    #[arg(long)]
    batch: Option<usize>,
    /// Learning rate of Adam at the start; it falls to 0 by half a cosine [default: 6e-4]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Training objective, in (-1, 1), of the family with the same optimum: 0 is dS - exp(-dS), -0.5 is sturdier under strong driving;
    /// bounds are always those of 0 [default: 0]
    #[arg(long, allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Iterations between validations [default: a fifteenth of the run]
    #[arg(long)]
    validate_every: Option<u64>,
    /// Validations in a row that are clearly worse than the best, after which the run stops; 0 never stops early [default: 12]
    #[arg(long)]
    patience: Option<u64>,
    /// Share of the movies on which the best parameters are chosen [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    validation_fraction: Option<f64>,
    /// Go on with the run in RUN where it stopped
    #[arg(long)]
    pub(crate) resume: bool,
}

// What a fit of modes is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Modes only (chosen by cross-validated bounds unless stated)")]
pub(crate) struct ModesOptions {
    /// Principal modes of the frame, or of each patch
    #[arg(long, value_name = "N")]
    modes: Option<usize>,
    /// Ridge, as a fraction of the mean square of each product of a mode with a change
    #[arg(long)]
    ridge: Option<f64>,
    /// Edge of the patches into which the frame is cut, in pixels; 0 is the whole frame
    #[arg(long, value_name = "PIXELS")]
    patch: Option<usize>,
    /// Distance of neighbouring patches at most, in pixels
    #[arg(long, value_name = "PIXELS")]
    spacing: Option<usize>,
    /// How many patches away the modes may lie that drive a mode
    #[arg(long, value_name = "PATCHES")]
    radius: Option<usize>,
}

// What the force estimator is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Force only")]
pub(crate) struct ForceOptions {
    /// Edge of the overlapping cells, in pixels: about the size of what moves as one [default: a quarter of the frame's shorter side,
    /// within 20 and 32]
    #[arg(long, value_name = "PIXELS")]
    cell: Option<usize>,
    /// Distance of neighbouring cells, in pixels [default: two thirds of a cell]
    #[arg(long, value_name = "PIXELS")]
    stride: Option<usize>,
    /// How many cells away the cells may lie that drive a cell [default: 1]
    #[arg(long, value_name = "CELLS")]
    reach: Option<usize>,
    /// Kernels of a cell, shared by all cells unless each has its own [default: 2]
    #[arg(long)]
    kernels: Option<usize>,
    /// Principal components of cells of which kernels are made [default: 32]
    #[arg(long)]
    components: Option<usize>,
    /// Ridge on the coefficients that carry sampling noise, in units of their mean squares [default: by validation]
    #[arg(long, value_name = "RIDGE")]
    noise_ridge: Option<f64>,
    /// Give all cells the same coefficients: for homogeneous matter, and frames of any size after training on crops
    #[arg(long)]
    invariant: bool,
    /// Give each cell kernels of its own: for very many transitions
    #[arg(long)]
    own_kernels: bool,
}

impl NetworkOptions {
    /// Lays what is stated over `settings`.
    pub(crate) fn lay_over(&self, settings: &mut Training) -> Result<()> {
        let stated = [
            ("--layers", self.layers.is_some()),
            ("--iterations", self.iterations.is_some()),
            ("--batch", self.batch.is_some()),
            ("--learning-rate", self.learning_rate.is_some()),
            ("--alpha", self.alpha.is_some()),
            ("--validate-every", self.validate_every.is_some()),
            ("--patience", self.patience.is_some()),
            ("--validation-fraction", self.validation_fraction.is_some()),
        ];
        if settings.estimator.is_closed_form() {
            refuse(&stated, "networks", settings.estimator)?;
        } else if settings.estimator == EstimatorKind::Force {
            refuse(&stated[..1], "the convolutional network", settings.estimator)?;
        }
        settings.layers = self.layers.unwrap_or(settings.layers);
        settings.iterations = self.iterations.or(settings.iterations);
        settings.batch = self.batch.or(settings.batch);
        settings.learning_rate = self.learning_rate.unwrap_or(settings.learning_rate);
        settings.alpha = self.alpha.unwrap_or(settings.alpha);
        settings.validate_every = self.validate_every.or(settings.validate_every);
        settings.patience = self.patience.unwrap_or(settings.patience);
        let validation = &mut settings.split.validation_fraction;
        *validation = self.validation_fraction.unwrap_or(*validation);
        Ok(())
    }
}

impl ModesOptions {
    /// Lays what is stated over `settings`.
    pub(crate) fn lay_over(&self, settings: &mut Training) -> Result<()> {
        let stated = [
            ("--modes", self.modes.is_some()),
            ("--ridge", self.ridge.is_some()),
            ("--patch", self.patch.is_some()),
            ("--spacing", self.spacing.is_some()),
            ("--radius", self.radius.is_some()),
        ];
        if !settings.takes_modes() {
            refuse(&stated, "modes", settings.estimator)?;
        }
        let modes = &mut settings.modes;
        modes.modes = self.modes.or(modes.modes);
        modes.ridge = self.ridge.or(modes.ridge);
        modes.patch = self.patch.or(modes.patch);
        modes.spacing = self.spacing.or(modes.spacing);
        modes.radius = self.radius.or(modes.radius);
        Ok(())
    }
}

impl ForceOptions {
    /// Lays what is stated over `settings`.
    pub(crate) fn lay_over(&self, settings: &mut Training) -> Result<()> {
        let stated = [
            ("--cell", self.cell.is_some()),
            ("--stride", self.stride.is_some()),
            ("--reach", self.reach.is_some()),
            ("--kernels", self.kernels.is_some()),
            ("--components", self.components.is_some()),
            ("--noise-ridge", self.noise_ridge.is_some()),
            ("--invariant", self.invariant),
            ("--own-kernels", self.own_kernels),
        ];
        if !settings.estimator.is_or_compares(EstimatorKind::Force) {
            refuse(&stated, "`force`", settings.estimator)?;
        }
        let force = &mut settings.force;
        force.cell = self.cell.or(force.cell);
        force.stride = self.stride.or(force.stride);
        force.reach = self.reach.or(force.reach);
        force.kernels = self.kernels.or(force.kernels);
        force.components = self.components.or(force.components);
        force.ridge = self.noise_ridge.or(force.ridge);
        force.invariant = self.invariant.then_some(true).or(force.invariant);
        force.own_kernels = self.own_kernels.then_some(true).or(force.own_kernels);
        Ok(())
    }
}

/// Refuses the first option that is stated and belongs to `owner` alone: an estimator that has no use for it would ignore it.
fn refuse(stated: &[(&str, bool)], owner: &str, estimator: EstimatorKind) -> Result<()> {
    let Some((option, _)) = stated.iter().find(|(_, stated)| *stated) else { return Ok(()) };
    let expected = match estimator {
        EstimatorKind::Auto => "an option of the comparison `auto`",
        EstimatorKind::Modes => "an option of modes, which are fitted in closed form",
        EstimatorKind::Force => "an option of the estimator `force`",
        EstimatorKind::Convolutional => "an option of the convolutional network",
    };
    let remedy =
        format!("Leave {option} out, or choose another --estimator; `cneep train --help` says which has it.");
    Err(Error::Setting(Fault::new(*option, expected, format!("one of {owner} alone"), remedy)))
}
