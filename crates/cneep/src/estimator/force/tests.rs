//! Checks slopes of the force estimator against finite differences.
