//! States what the settings of an estimator must be able to tell of it.

use super::model::Method;
use super::windows::WindowShape;
use cneep_movie::error::Result;

/// Settings that define an estimator.
pub(super) trait Definition {
    /// What it is called, in settings, records and folders.
    fn name(&self) -> &'static str;

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    fn check(&self) -> Result<()>;

    /// How its parameters are found, for windows of this `shape`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if it cannot be built for such frames.
    fn method(&self, shape: WindowShape) -> Result<Method>;

    /// Work of one fit to this number of transitions: multiply-adds, weighed by what one takes in such a fit
    /// over what one takes in a convolution.
    ///
    /// # Errors
    /// As [`Self::method`].
    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64>;

    /// Bytes of memory that one fit to this number of transitions takes beside the movies, about: what its
    /// largest arrays hold.
    ///
    /// # Errors
    /// As [`Self::method`].
    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64>;

    /// Fewer transitions than this can tell it nothing, so that a comparison leaves it out.
    fn least_transitions(&self) -> usize {
        0
    }

    /// Whether fits to the same data differ by their seed, so that how far fits to different data disagree
    /// tells more than the chance of the data.
    fn differs_by_seed(&self) -> bool {
        false
    }
}
