//! Widens everything, as a focus that drifts does.

/// Multiplies widths by a factor that grows evenly from 1 to `growth` over the movie.
pub(super) fn drift(width: &mut [f64], growth: f64) {
    let period = width.len();
    saw_tooth(width, growth, period);
}

/// Multiplies widths by a factor that grows evenly from 1 to `growth`, and starts again every `period`
/// frames.
pub(super) fn saw_tooth(width: &mut [f64], growth: f64, period: usize) {
    for (frame, width) in width.iter_mut().enumerate() {
        *width *= 1.0 + (growth - 1.0) * (frame % period) as f64 / (period - 1) as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a factor that is reached too early, or never.
    #[test]
    fn widths_grow_to_their_factor_and_are_set_back() {
        let mut width = vec![2.0; 11];
        drift(&mut width, 1.2);
        assert_eq!((width[0], width[10]), (2.0, 2.4));
        saw_tooth(&mut width, 0.5, 5);
        assert_eq!((width[0], width[4] / 2.16, width[5] / 2.2), (2.0, 0.5, 1.0));
    }
}
