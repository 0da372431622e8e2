//! States what a fit of objects is told, and what it is made of once nothing is left open.

use crate::estimator::refusal::check_range;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Settings of the `objects` estimator: a field of objects that stay at their places.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectsSettings {
    /// Size of an object, in pixels: objects are the places where the picture fluctuates most, blurred so
    /// far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Principal modes of each object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<usize>,
}

/// Objects that have a part in the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ObjectsMember {
    /// Number of objects.
    pub objects: usize,
    /// Modes of each.
    pub modes: usize,
    /// Pairs of modes within reach of each other.
    pub pairs: usize,
}

/// What an estimate by objects is made of: the sum over all members; zero without any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObjectsPlan {
    /// Objects of one size each.
    pub members: Vec<ObjectsMember>,
}

/// Modes of all objects at most, and pairs of them.
pub(super) const MOST_MODES: usize = 100_000;
const MOST_PAIRS: usize = 1 << 24;
/// Modes of an object at most.
const MOST_MODES_OF_OBJECT: usize = 16;
/// Sizes of objects that may be stated, in pixels.
const SCALES: std::ops::RangeInclusive<f64> = 0.5..=200.0;

impl ObjectsSettings {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        check_range("objects.scale", self.scale, SCALES)?;
        check_range("objects.modes", self.modes, 1..=MOST_MODES_OF_OBJECT)
    }
}

impl ObjectsPlan {
    /// Refuses members that no fit could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        check_range("objects.members", self.members.len(), 0..=100)?;
        self.members.iter().try_for_each(|member| {
            check_range("objects.modes", member.modes, 1..=MOST_MODES_OF_OBJECT)?;
            check_range("objects.objects", member.objects, 1..=MOST_MODES)?;
            check_range("objects.pairs", member.pairs, 0..=MOST_PAIRS)
        })
    }
}
