//! States how coefficients are shrunk.

/// How coefficients are shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Penalty {
    /// Of each coefficient, as a share of the variance of its feature.
    pub(super) ridge: f64,
    /// Of the difference between neighbouring nodes, in the same units.
    pub(super) smoothness: f64,
}

/// Penalties under which a system is solved at a time: its matrix, larger than any cache, is read once for
/// all of them.
pub(super) const TOGETHER: usize = 4;

/// A number under each of them.
pub(super) type Lanes = [f64; TOGETHER];
