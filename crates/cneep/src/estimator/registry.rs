//! Names every estimator, once: its settings, and how they and its plan become a model.

use super::definition::Definition;
use super::descent::DescentSettings;
use super::force::{Force, ForceSettings};
use super::fully_convolutional::{ConvolutionalForce, FullyConvolutionalSettings};
use super::local::{Kind, Local, LocalSettings, Stated};
use super::model::{Method, Model};
use super::modes::{Modes, ModesSettings, MomentsSettings};
use super::network::{Convolutional, NetworkSettings};
use super::objects::{Objects, ObjectsSettings};
use super::plans::EstimatorPlan;
use super::windows::WindowShape;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::memory;
use serde::{Deserialize, Serialize};

/// An estimator with its settings, as stated: a variant each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EstimatorSettings {
    /// Principal modes, fitted in closed form within seconds: `dS` is bilinear in mean and change of their
    /// coordinates.
    Modes(ModesSettings),
    /// Polynomial moments of the frame and its parts: places of what wanders far.
    Moments(MomentsSettings),
    /// Local currents of what moves through the frame.
    Currents(LocalSettings),
    /// Local scalars that tell the polarity of what moves, wherever it is.
    Invariants(LocalSettings),
    /// A field of objects that stay at their places.
    Objects(ObjectsSettings),
    /// Forces on pixels times their changes, from a few kernels shared by overlapping cells: local, with a
    /// map at full resolution.
    Force(ForceSettings),
    /// A force from a fully convolutional network, the same function everywhere, times changes.
    FullyConvolutional(FullyConvolutionalSettings),
    /// The network of Bae, Kim and Jeong, doi 10.1103/PhysRevResearch.4.033094.
    Convolutional(NetworkSettings),
}

impl EstimatorSettings {
    /// The names of all estimators.
    pub const NAMES: [&'static str; 8] = [
        "moments",
        "modes",
        "currents",
        "invariants",
        "objects",
        "force",
        "fully-convolutional",
        "convolutional",
    ];

    /// The names of those that are compared unless stated otherwise, in their order: of two that are as good
    /// the one with fewer coefficients comes first. `fully-convolutional` takes minutes, and saw less than
    /// closed forms of swimmers, flows and filaments, and as much of motors.
    pub const COMPARED: [&'static str; 7] =
        ["moments", "modes", "currents", "invariants", "objects", "force", "convolutional"];

    /// The estimator of this name with its default settings.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is none of this name.
    pub fn named(name: &str) -> Result<Self> {
        let table = toml::Table::from_iter([("kind".to_owned(), toml::Value::from(name))]);
        table.try_into().map_err(|_| {
            let expected = format!("one of {}", Self::NAMES.join(", "));
            let remedy = "Name an estimator that there is.";
            Error::Setting(Fault::new("estimator", expected, name, remedy))
        })
    }

    /// What it is called, in settings, records and folders.
    pub fn name(&self) -> &'static str {
        self.definition().name()
    }

    fn definition(&self) -> Box<dyn Definition> {
        let local = |kind, settings: &LocalSettings| Box::new(Stated { kind, settings: *settings });
        match self {
            Self::Modes(settings) => Box::new(*settings),
            Self::Moments(settings) => Box::new(*settings),
            Self::Currents(settings) => local(Kind::Currents, settings),
            Self::Invariants(settings) => local(Kind::Invariants, settings),
            Self::Objects(settings) => Box::new(*settings),
            Self::Force(settings) => Box::new(settings.clone()),
            Self::FullyConvolutional(settings) => Box::new(settings.clone()),
            Self::Convolutional(settings) => Box::new(settings.clone()),
        }
    }

    /// How it is trained step by step; none if it is fitted in closed form.
    pub fn descent_mut(&mut self) -> Option<&mut DescentSettings> {
        match self {
            Self::Force(settings) => Some(&mut settings.descent),
            Self::FullyConvolutional(settings) => Some(&mut settings.descent),
            Self::Convolutional(settings) => Some(&mut settings.descent),
            Self::Modes(_)
            | Self::Moments(_)
            | Self::Currents(_)
            | Self::Invariants(_)
            | Self::Objects(_) => None,
        }
    }

    /// Whether it is trained step by step.
    pub(super) fn is_descent(&self) -> bool {
        matches!(self, Self::Force(_) | Self::FullyConvolutional(_) | Self::Convolutional(_))
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        self.definition().check()
    }

    /// As [`Definition::method`].
    pub(super) fn method(&self, shape: WindowShape) -> Result<Method> {
        self.definition().method(shape)
    }

    /// As [`Definition::work`].
    pub(super) fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        self.definition().work(shape, transitions)
    }

    /// Refuses a fit that takes more memory than is available, before it begins.
    ///
    /// # Errors
    /// [`Error::Memory`] with the numbers.
    pub(super) fn check_memory(&self, shape: WindowShape, transitions: usize) -> Result<()> {
        let WindowShape { rows, columns, window } = shape;
        let what = format!("windows of {window} frames of {rows} x {columns} pixels for a fit");
        let remedy = "Crop or bin the movies, or give fewer frames.";
        memory::require(self.name(), &what, self.definition().memory(shape, transitions)?, remedy)
    }

    /// As [`Definition::least_transitions`].
    pub(super) fn least_transitions(&self) -> usize {
        self.definition().least_transitions()
    }

    /// As [`Definition::differs_by_seed`].
    pub(super) fn differs_by_seed(&self) -> bool {
        self.definition().differs_by_seed()
    }
}

/// The model of a `plan`, for windows of this `shape`.
///
/// # Errors
/// [`Error::Setting`] if it cannot be built for such frames.
pub(super) fn model_of(plan: &EstimatorPlan, shape: WindowShape) -> Result<Box<dyn Model>> {
    Ok(match plan {
        EstimatorPlan::Modes(plan) | EstimatorPlan::Moments(plan) => Box::new(Modes::new(plan, shape)?),
        EstimatorPlan::Currents(plan) | EstimatorPlan::Invariants(plan) => Box::new(Local::new(plan, shape)?),
        EstimatorPlan::Objects(plan) => Box::new(Objects::new(plan, shape)?),
        EstimatorPlan::Force(plan) => Box::new(Force::of_plan(plan, shape)?),
        EstimatorPlan::FullyConvolutional(plan) => Box::new(ConvolutionalForce::of_plan(plan, shape)?),
        EstimatorPlan::Convolutional(plan) => Box::new(Convolutional::of_plan(plan, shape)?),
    })
}

/// Frames that a thread of an estimator on modes reads at a time.
const FRAMES_OF_MODES: usize = 64;

/// Bytes that judging so many windows of one movie takes beside the movie, about: what a fitted `model` of
/// this `plan` holds of each of them, of the frames in hand, and of its parameters.
pub(super) fn memory_of_judging(
    plan: &EstimatorPlan,
    model: &dyn Model,
    shape: WindowShape,
    windows: usize,
) -> u64 {
    let WindowShape { window, rows, columns } = shape;
    let (pixels, parameters) = (rows * columns, model.parameter_count());
    let (of_a_window, frames) = match plan {
        EstimatorPlan::Modes(_) | EstimatorPlan::Moments(_) => {
            let centres = model.tensors().iter().filter(|tensor| tensor.name.ends_with("centres"));
            let coordinates: usize = centres.map(|tensor| tensor.range.len()).sum();
            (8 * coordinates, FRAMES_OF_MODES.min(windows.saturating_add(window - 1)))
        }
        EstimatorPlan::Currents(_) | EstimatorPlan::Invariants(_) => {
            (4 * parameters.saturating_sub(pixels), window)
        }
        EstimatorPlan::Objects(_)
        | EstimatorPlan::Force(_)
        | EstimatorPlan::FullyConvolutional(_)
        | EstimatorPlan::Convolutional(_) => (0, window),
    };
    let in_hand = (8 * frames).saturating_mul(pixels).saturating_mul(rayon::current_num_threads());
    let kept = windows.saturating_mul(of_a_window + 8);
    (16 * parameters).saturating_add(in_hand).saturating_add(kept) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a name that is not that of the settings file, or is missing in the list.
    #[test]
    fn every_name_gives_the_estimator_of_that_name() {
        for name in EstimatorSettings::NAMES {
            assert_eq!(EstimatorSettings::named(name).unwrap().name(), name);
        }
        let told = EstimatorSettings::named("mode").unwrap_err().to_string();
        assert!(EstimatorSettings::NAMES.iter().all(|name| told.contains(name)), "{told}");
    }
}
