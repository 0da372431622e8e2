//! Adjusts p-values for how many there are.

/// The `p_values` adjusted so that the chance that any is below 0.05 where nothing is there is at most 5 %
/// (Holm 1979), in their order; none where there is none.
pub fn holm_adjusted(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(place, p)| Some((place, (*p)?))).collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let (count, mut largest) = (order.len(), 0.0_f64);
    let mut adjusted = vec![None; p_values.len()];
    for (rank, &(place, p)) in order.iter().enumerate() {
        largest = largest.max((p * (count - rank) as f64).min(1.0));
        adjusted[place] = Some(largest);
    }
    adjusted
}
