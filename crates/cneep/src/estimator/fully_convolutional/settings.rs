//! States what the fully convolutional network is told, and what it is made of once nothing is left open.

use crate::estimator::descent::DescentSettings;
use crate::estimator::refusal::{check_range, refuse};
use cneep_movie::error::Result;
use cneep_nn::Kernel;
use serde::{Deserialize, Serialize};

/// Settings of the `fully-convolutional` estimator, as stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FullyConvolutionalSettings {
    /// Edge of the crops on which it is trained, in pixels; of a smaller frame all.
    pub crop: usize,
    /// Whether the force may depend on the place, and on what is seen there on the average: where objects
    /// keep to their places, or a flow has some.
    pub context: bool,
    /// Whether the law is the same in all directions and in a mirror, so that crops may be turned and
    /// mirrored at random.
    pub isotropic: bool,
    /// How it is trained.
    pub descent: DescentSettings,
}

impl Default for FullyConvolutionalSettings {
    /// Crops of 32 pixels, 1,500 iterations of 64 crops from a learning rate of 3e-3; no context, and nothing
    /// taken for isotropic.
    fn default() -> Self {
        let descent = DescentSettings {
            iterations: Some(1500),
            batch: Some(64),
            learning_rate: 3e-3,
            averaging: 0.98,
            ..DescentSettings::default()
        };
        Self { crop: 32, context: false, isotropic: false, descent }
    }
}

/// What the network is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullyConvolutionalPlan {
    /// Edge of the crops on which it is trained, in pixels.
    pub crop: usize,
    /// Whether the force may depend on the place.
    pub context: bool,
    /// Whether crops are turned and mirrored at random.
    pub isotropic: bool,
    /// Edges of the kernels of the hidden layers, in taps.
    pub kernels: Vec<usize>,
    /// Distances of their taps, in pixels.
    pub dilations: Vec<usize>,
    /// Channels of the hidden layers.
    pub channels: usize,
}

/// Hidden layers, unless a plan says otherwise: they see six pixels beyond.
const KERNELS: [Kernel; 4] = [
    Kernel { edge: 3, dilation: 1 },
    Kernel { edge: 3, dilation: 1 },
    Kernel { edge: 3, dilation: 2 },
    Kernel { edge: 3, dilation: 2 },
];
const CHANNELS: usize = 16;
/// Crops that may be stated.
const CROPS: std::ops::RangeInclusive<usize> = 4..=4096;
/// Most layers, taps along an edge, distance of taps and channels.
const MOST_LAYERS: usize = 16;
const MOST_TAPS: usize = 31;
const MOST_DILATION: usize = 64;
const MOST_CHANNELS: usize = 1024;

impl FullyConvolutionalSettings {
    pub(super) fn plan(&self) -> FullyConvolutionalPlan {
        FullyConvolutionalPlan {
            crop: self.crop,
            context: self.context,
            isotropic: self.isotropic,
            kernels: KERNELS.iter().map(|kernel| kernel.edge).collect(),
            dilations: KERNELS.iter().map(|kernel| kernel.dilation).collect(),
            channels: CHANNELS,
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        check_range("fully-convolutional.crop", self.crop, CROPS)?;
        if self.isotropic && self.context {
            return refuse("fully-convolutional.isotropic", "false, as places are told apart", &true);
        }
        if self.descent.alpha != 0.0 {
            let expected = "0, as this network is trained by a likelihood";
            return refuse("descent.alpha", expected, &self.descent.alpha);
        }
        self.descent.check()
    }
}

impl FullyConvolutionalPlan {
    /// Refuses a network that no training could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        let name = |setting: &str| format!("fully-convolutional.{setting}");
        check_range(&name("crop"), self.crop, CROPS)?;
        check_range(&name("kernels"), self.kernels.len(), 1..=MOST_LAYERS)?;
        check_range(&name("dilations"), self.dilations.len(), self.kernels.len()..=self.kernels.len())?;
        self.kernels.iter().try_for_each(|&edge| check_range(&name("kernels"), edge, 1..=MOST_TAPS))?;
        let distances = &self.dilations;
        distances.iter().try_for_each(|&taps| check_range(&name("dilations"), taps, 1..=MOST_DILATION))?;
        check_range(&name("channels"), self.channels, 1..=MOST_CHANNELS)
    }

    pub(super) fn layers(&self) -> Vec<Kernel> {
        let pairs = self.kernels.iter().zip(&self.dilations);
        pairs.map(|(&edge, &dilation)| Kernel { edge, dilation }).collect()
    }
}
