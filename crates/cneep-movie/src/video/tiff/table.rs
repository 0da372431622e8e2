//! Tells whether a table of colours is a scale of intensity.

use std::sync::Arc;

/// A table of colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::video) enum Table {
    /// Of greys, in which each number stands for itself.
    Identity,
    /// Of greys: that of each number.
    Greys(Arc<[u16]>),
    /// Of colours that follow one another smoothly: a scale of intensity shown in colour.
    Scale,
    /// Of colours in no order.
    Disordered,
}

/// Largest mean step from one colour of a scale to the next, in steps of 255.
const SMOOTH: f64 = 24.0;

/// What a table of colours is: red, green and blue of all numbers, of 16 bits each.
pub(super) fn table(entries: &[u64], bits: usize) -> Table {
    let count = entries.len() / 3;
    if count < 2 || bits > 16 {
        return Table::Scale;
    }
    let (red, rest) = entries.split_at(count);
    let (green, blue) = rest.split_at(count);
    let colours: Vec<[u64; 3]> = (0..count).map(|at| [red[at], green[at], blue[at]]).collect();
    // Some writers keep 8 bits.
    let eight = entries.iter().all(|&value| value < 256);
    let level = |value: u64| if eight { value } else { value >> 8 };
    if colours.iter().all(|[red, green, blue]| red == green && green == blue) {
        let whole = |value: u64| if bits > 8 { value } else { level(value) };
        let greys: Vec<u16> = colours.iter().map(|colour| whole(colour[0]) as u16).collect();
        let rises = greys.windows(2).all(|pair| pair[0] < pair[1]);
        return if rises { Table::Identity } else { Table::Greys(greys.into()) };
    }
    let step = |pair: &[[u64; 3]]| -> f64 {
        pair[0].iter().zip(&pair[1]).map(|(a, b)| level(*a).abs_diff(level(*b)) as f64).sum::<f64>()
    };
    let used = colours.iter().rposition(|colour| *colour != [0; 3]).map_or(0, |last| last + 1);
    let steps: f64 = colours[..used].windows(2).map(step).sum();
    if steps / used.max(2) as f64 <= SMOOTH { Table::Scale } else { Table::Disordered }
}
