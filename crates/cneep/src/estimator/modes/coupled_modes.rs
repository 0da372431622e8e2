//! Tells which modes are coupled, and how their coefficients are shrunk.

use crate::estimator::linear::{Shrinkage, Shrunk, Specification};

/// What the modes of a patch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModeBasis {
    /// Principal components of its pixels.
    Principal,
    /// Polynomials of the place.
    Polynomials,
    /// The same, of light that stands out of the noise.
    PolynomialsOfLight,
    /// The same, of light normalised to its sum.
    PolynomialsOfNormalisedLight,
}

impl ModeBasis {
    /// Whether pixels count only as far as they stand out of the noise.
    pub(super) fn is_above_noise(self) -> bool {
        matches!(self, Self::PolynomialsOfLight | Self::PolynomialsOfNormalisedLight)
    }
}

impl std::fmt::Display for ModeBasis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Principal => "modes",
            Self::Polynomials => "moments",
            Self::PolynomialsOfLight => "moments of light above noise",
            Self::PolynomialsOfNormalisedLight => "moments of light above noise, over their total light,",
        })
    }
}

/// Where the covariance of products comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProductCovariance {
    /// It is summed over windows.
    Measured,
    /// It follows from covariances of the modes, as if these were Gaussian (Isserlis' theorem).
    Gaussian,
}

/// Which modes are coupled, and how their coefficients are shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CoupledModes {
    /// What they are.
    pub(super) basis: ModeBasis,
    /// Edge of the patches, in pixels; 0 for one patch, the whole frame.
    pub(super) patch: usize,
    /// Distance of neighbouring patches at most, in pixels.
    pub(super) spacing: usize,
    /// Principal modes of each patch.
    pub(super) modes: usize,
    /// Whether pairs of modes without significant circulation are pruned.
    pub(super) pruned: bool,
    /// How many patches away the modes lie that drive a mode.
    pub(super) radius: usize,
    /// Where the covariance of their products comes from.
    pub(super) covariance: ProductCovariance,
    /// Ridge, as a fraction of the mean square of each product of features.
    pub(super) ridge: f64,
}

impl std::fmt::Display for CoupledModes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { basis, patch, spacing, modes, radius, .. } = self;
        match patch {
            0 if self.pruned => {
                write!(f, "{modes} {basis} of the whole frame, pairs without circulation pruned")
            }
            0 => write!(f, "{modes} {basis} of the whole frame"),
            _ => write!(
                f,
                "{modes} {basis} in each patch of {patch} px, one every {spacing} px, \
                 coupled {radius} patches far{}",
                match self.covariance {
                    ProductCovariance::Measured => "",
                    ProductCovariance::Gaussian => ", as of Gaussian modes",
                }
            ),
        }
    }
}

impl Shrunk for CoupledModes {
    fn shrinkage(&self) -> Shrinkage {
        if self.pruned { Shrinkage::Relevance(self.ridge) } else { Shrinkage::Ridge(self.ridge) }
    }
}

impl Specification for CoupledModes {
    fn ridge(&self) -> f64 {
        self.ridge
    }

    fn has_terms_of(&self, other: &Self) -> bool {
        let terms = |of: &Self| (of.patch, of.spacing, of.modes, of.radius, of.covariance);
        terms(self) == terms(other)
    }
}
