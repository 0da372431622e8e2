//! Names the layers a network may be made of.

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// A convolution with bias, then an activation.
    Convolution {
        /// Its tensors are `name.weight` and `name.bias`.
        name: String,
        /// Channels of its map.
        outputs: usize,
        /// Rows and columns of its kernel.
        kernel: usize,
        /// Pixels between neighbouring positions of the kernel.
        stride: usize,
        /// Pixels of zeros around the input.
        padding: usize,
        /// What becomes of the sums.
        activation: Activation,
    },
    /// The largest of each `size` x `size` window; windows that would not fit are left out.
    MaxPool {
        /// Side and stride of the window.
        size: usize,
    },
}

impl Layer {
    /// A convolution with `ReLU` by a kernel of odd side, padded by half of it, so that stride 1 keeps the
    /// size of the map.
    pub fn convolution(name: impl Into<String>, outputs: usize, kernel: usize, stride: usize) -> Self {
        let padding = kernel / 2;
        Self::Convolution {
            name: name.into(),
            outputs,
            kernel,
            stride,
            padding,
            activation: Activation::Relu,
        }
    }
}

/// What becomes of the sums of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// Negative sums become zero.
    Relu,
    /// Sums stay as they are.
    None,
}

/// A layer that does not fit on the layers before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{layer}: {reason}")]
#[non_exhaustive]
pub struct ShapeError {
    /// The layer, by position and name.
    pub layer: String,
    /// Why it does not fit.
    pub reason: String,
}

impl ShapeError {
    pub(crate) fn new(layer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { layer: layer.into(), reason: reason.into() }
    }
}
