//! States what a fit of principal modes is told, and what it is made of once nothing is left open.

use crate::estimator::refusal::{check_range, refuse};
use crate::estimator::windows::MOST_PIXELS;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Patches of one size that have a part in the estimate, the sum over all such members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Edge of the patches, in pixels; 0 for one patch, the whole frame.
    pub patch: usize,
    /// Distance of neighbouring patches at most, in pixels.
    pub spacing: usize,
    /// Principal modes of each patch.
    pub modes: usize,
    /// How many patches away the modes may lie that drive a mode.
    pub radius: usize,
    /// Whether pixels count only as far as they stand out of the noise of the background.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub above_noise: bool,
    /// Whether these are normalised to their sum over the patch, so that first moments are centroids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub normalised: bool,
}

/// Settings of the `modes` estimator. By default all are open: the fit tries candidates, weighs them by what
/// they reach on windows that they were not fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModesSettings {
    /// Principal modes of each patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<usize>,
    /// Ridge, as a fraction of the mean square of the largest area enclosed by two modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// Edge, in pixels, of the overlapping patches into which the frame is cut; 0 is one patch, the whole
    /// frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<usize>,
    /// Distance of neighbouring patches at most, in pixels; they lie evenly and without gaps. If only the
    /// patch is stated, half of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<usize>,
    /// How many patches away the modes may lie that drive a mode; 0 couples modes of the same patch only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<usize>,
}

impl Member {
    /// Refuses patches that no fit could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    fn check(&self) -> Result<()> {
        let Self { patch, spacing, modes, radius, .. } = *self;
        ModesSettings {
            modes: Some(modes),
            ridge: None,
            patch: Some(patch),
            spacing: Some(spacing),
            radius: Some(radius),
        }
        .check()
    }
}

/// What an estimate by modes is made of: the sum over all members; zero without any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModesPlan {
    /// Patches of one size each.
    pub members: Vec<Member>,
}

impl ModesPlan {
    /// Refuses members that no fit could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        check_range("modes.members", self.members.len(), 0..=MOST_MEMBERS)?;
        self.members.iter().try_for_each(Member::check)
    }
}

impl ModesSettings {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        check_range("modes.modes", self.modes, 1..=MOST_MODES)?;
        check_range("modes.ridge", self.ridge, RIDGES)?;
        check_range("modes.patch", self.patch, 0..=MOST_PIXELS)?;
        check_range("modes.spacing", self.spacing, 0..=MOST_PIXELS)?;
        check_range("modes.radius", self.radius, 0..=MOST_RADIUS)?;
        if let Some(patch) = self.patch.filter(|patch| (1..SMALLEST_PATCH).contains(patch)) {
            return refuse(
                "modes.patch",
                format!("0 for the whole frame, or at least {SMALLEST_PATCH} pixels"),
                &patch,
            );
        }
        match self.spacing {
            Some(0) if self.patch != Some(0) => refuse("modes.spacing", "at least 1 pixel", &0),
            _ => Ok(()),
        }
    }
}

/// Most principal modes of a patch that a fit may be told to take.
const MOST_MODES: usize = 64;
/// Ridges that may be stated: without any, some moments cannot be solved; with a larger one, nothing is left.
const RIDGES: std::ops::RangeInclusive<f64> = 1e-12..=1e6;
/// Most sizes of patches in a sum.
const MOST_MEMBERS: usize = 100;
/// Largest radius that may be stated, in patches.
const MOST_RADIUS: usize = 1000;
/// Smallest edge of a patch, in pixels.
const SMALLEST_PATCH: usize = 4;
