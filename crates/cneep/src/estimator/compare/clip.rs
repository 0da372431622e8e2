//! Clips what a member says of windows it was not fitted to.

/// The most that a member gives to a window if all are fitted to `transitions`, in `k_B`.
pub(super) fn limit(transitions: usize) -> f64 {
    (transitions.max(2) as f64).ln()
}
