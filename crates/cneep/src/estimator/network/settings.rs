//! States what the convolutional network is told, and what it is made of once nothing is left open.

use crate::estimator::descent::DescentSettings;
use crate::estimator::refusal::{check_range, refuse};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Settings of the `convolutional` estimator, as stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSettings {
    /// Layers as the paper counts them: one strided convolution, then `layers - 1` pairs of 3x3 ones. Each
    /// pair sees farther and halves the map.
    pub layers: usize,
    /// Channels of the first layer; every further layer has twice as many.
    pub channels: usize,
    /// L2 weight decay, added to the gradient.
    pub weight_decay: f64,
    /// Learning rate of the first layer's response to changes between frames, over that of its response to
    /// the frames; 1 trains the weights themselves, as the paper does. If absent, half the deviation of
    /// frames over that of changes, measured before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_gain: Option<f64>,
    /// How it is trained.
    pub descent: DescentSettings,
}

/// Most layers, each of which halves the map, and most channels of the first.
const MOST_LAYERS: usize = 16;
const MOST_CHANNELS: usize = 4096;

impl Default for NetworkSettings {
    /// The paper's network of 2 layers, 32 channels and weight decay 5e-5, trained by the default descent.
    fn default() -> Self {
        Self {
            layers: 2,
            channels: 32,
            weight_decay: 5e-5,
            increment_gain: None,
            descent: DescentSettings::default(),
        }
    }
}

impl NetworkSettings {
    /// The paper's own.
    pub fn paper() -> Self {
        Self { increment_gain: Some(1.0), descent: DescentSettings::paper(), ..Self::default() }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        check_range("convolutional.layers", self.layers, 1..=MOST_LAYERS)?;
        check_range("convolutional.channels", self.channels, 1..=MOST_CHANNELS)?;
        if !(self.weight_decay >= 0.0 && self.weight_decay < 1.0) {
            return refuse("convolutional.weight_decay", "a number in [0, 1)", &self.weight_decay);
        }
        check_range("convolutional.increment_gain", self.increment_gain, 1e-6..=1e6)?;
        self.descent.check()
    }
}

impl NetworkPlan {
    /// Refuses a network that no training could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        let Self { layers, channels, weight_decay, increment_gain } = *self;
        let increment_gain = Some(increment_gain);
        NetworkSettings { layers, channels, weight_decay, increment_gain, ..NetworkSettings::default() }
            .check()
    }
}

/// What a convolutional network is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NetworkPlan {
    /// Layers as the paper counts them.
    pub layers: usize,
    /// Channels of the first layer.
    pub channels: usize,
    /// L2 weight decay of its training.
    pub weight_decay: f64,
    /// Learning rate of the response to changes over that of the response to frames.
    pub increment_gain: f64,
}
