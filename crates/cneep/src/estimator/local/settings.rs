//! States what a fit of local products is told, and what it is made of once nothing is left open.

use super::family::Family;
use super::image::Sharpness;
use crate::estimator::refusal::{check_range, refuse};
use crate::estimator::windows::MOST_PIXELS;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Settings of `currents` and of `invariants`. By default all are open: the fit tries candidates, and weighs
/// them by what they reach on windows that they were not fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocalSettings {
    /// Distance of the nodes between which coefficients are interpolated, in pixels; 0 for coefficients that
    /// all places share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<usize>,
    /// Share of the Laplacian, in pixels squared, that is taken off each frame; 0 for frames as they were
    /// recorded, below 0 minus the standard deviation of a Gaussian that blurs them, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharpening: Option<f64>,
    /// Ridge, as a share of the variance of each feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
}

/// Products of one kind that have a part in the estimate, the sum over all such members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalMember {
    /// Which fields of a frame.
    pub family: Family,
    /// Distance of the nodes, in pixels; 0 for coefficients that all places share.
    pub spacing: usize,
    /// As [`LocalSettings::sharpening`].
    pub sharpening: f64,
}

/// What an estimate by local products is made of: the sum over all members; zero without any.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LocalPlan {
    /// One a kind of products.
    pub members: Vec<LocalMember>,
}

impl LocalMember {
    pub(super) fn sharpness(&self) -> Sharpness {
        Sharpness::of_number(self.sharpening)
    }
}

impl LocalPlan {
    /// Refuses members that no fit could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        check_range("local.members", self.members.len(), 0..=MOST_MEMBERS)?;
        self.members.iter().try_for_each(|member| {
            let LocalMember { spacing, sharpening, .. } = *member;
            LocalSettings { spacing: Some(spacing), sharpening: Some(sharpening), ridge: None }.check("local")
        })
    }
}

impl LocalSettings {
    /// Refuses values outside their range, under the name of the `estimator`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self, estimator: &str) -> Result<()> {
        let name = |setting: &str| format!("{estimator}.{setting}");
        check_range(&name("spacing"), self.spacing, 0..=MOST_PIXELS)?;
        check_range(&name("sharpening"), self.sharpening, SHARPENINGS)?;
        check_range(&name("ridge"), self.ridge, RIDGES)?;
        match self.spacing {
            Some(spacing) if (1..SMALLEST_SPACING).contains(&spacing) => {
                let expected = format!("0 for shared coefficients, or at least {SMALLEST_SPACING} pixels");
                refuse(&name("spacing"), expected, &spacing)
            }
            _ => Ok(()),
        }
    }
}

/// Most kinds of products in a sum.
const MOST_MEMBERS: usize = 100;
/// Smallest distance of nodes, in pixels.
const SMALLEST_SPACING: usize = 2;
/// Sharpenings that may be stated: a blur of 100 pixels to a sharpening that leaves noise alone.
const SHARPENINGS: std::ops::RangeInclusive<f64> = -100.0..=100.0;
/// Ridges that may be stated.
const RIDGES: std::ops::RangeInclusive<f64> = 1e-9..=1e6;
