//! Runs a small CPU engine for antisymmetric convolutional networks.
