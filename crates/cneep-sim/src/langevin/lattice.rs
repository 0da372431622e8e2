//! Lays out a square lattice of nodes, fixed at the edge and joined by filaments.

use super::system::{check_coordinate_count, check_positive};
use cneep_movie::error::{Error, Fault, Result};

/// A node of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkNode {
    /// Where it rests: x (along a row) and y (from row to row), in units of length, from the first node on.
    pub rest: [f64; 2],
    /// Its part, with coordinates 2 part (x) and 2 part + 1 (y); none for the fixed nodes of the boundary.
    pub part: Option<usize>,
    /// Its temperature, in units of energy; none for fixed nodes.
    pub temperature: Option<f64>,
}

/// Number of moving nodes of a lattice of `columns` x `rows` nodes.
///
/// # Errors
/// [`Error::Setting`] for fewer than 3 nodes along a side, where none moves, or more than the solver can
/// take.
pub(super) fn moving_count(columns: usize, rows: usize) -> Result<usize> {
    if columns < 3 || rows < 3 {
        return Err(Error::Setting(Fault::new(
            "lattice",
            "at least 3 x 3 nodes, of which the middle one moves",
            format!("{columns} x {rows}"),
            "Give the nodes along each side, those of the fixed boundary included.",
        )));
    }
    let moving = (columns - 2).checked_mul(rows - 2);
    check_coordinate_count("lattice", moving.and_then(|count| count.checked_mul(2)))?;
    Ok((columns - 2) * (rows - 2))
}

/// Nodes row by row at this `spacing`, the moving ones at `temperatures`.
///
/// # Errors
/// [`Error::Setting`] for a spacing that is not positive and finite.
pub(super) fn nodes(
    columns: usize,
    rows: usize,
    spacing: f64,
    temperatures: &[f64],
) -> Result<Vec<NetworkNode>> {
    check_positive("spacing", spacing)?;
    let mut parts = 0..temperatures.len();
    let node = |index: usize| {
        let (column, row) = (index % columns, index / columns);
        let moves = (1..columns - 1).contains(&column) && (1..rows - 1).contains(&row);
        let part = if moves { parts.next() } else { None };
        NetworkNode {
            rest: [column as f64 * spacing, row as f64 * spacing],
            part,
            temperature: part.map(|part| temperatures[part]),
        }
    };
    Ok((0..columns * rows).map(node).collect())
}

/// Pairs of nearest neighbours, each once, the lower node first; those along the fixed boundary included.
pub(super) fn edges(columns: usize, rows: usize) -> Vec<[usize; 2]> {
    let neighbours = |node: usize| {
        let right = (node % columns + 1 < columns).then_some([node, node + 1]);
        let below = (node / columns + 1 < rows).then_some([node, node + columns]);
        [right, below]
    };
    (0..columns * rows).flat_map(neighbours).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, filaments around the edge of a row, and nodes counted twice.
    #[test]
    fn a_lattice_of_four_by_three_has_two_moving_nodes() {
        assert_eq!(moving_count(4, 3).unwrap(), 2);
        let nodes = nodes(4, 3, 2.0, &[1.0, 10.0]).unwrap();
        assert_eq!(nodes.len(), 12);
        let moving: Vec<_> = nodes.iter().enumerate().filter_map(|(i, node)| Some((i, node.part?))).collect();
        assert_eq!(moving, [(5, 0), (6, 1)]);
        assert_eq!((nodes[6].rest, nodes[6].temperature), ([4.0, 2.0], Some(10.0)));
        let edges = edges(4, 3);
        assert_eq!(edges.len(), 3 * 3 + 4 * 2);
        for [a, b] in edges {
            let distance = |axis: usize| nodes[b].rest[axis] - nodes[a].rest[axis];
            assert_eq!(distance(0) + distance(1), 2.0, "{a} to {b}");
        }
    }

    #[test]
    fn lattices_without_moving_nodes_or_without_end_are_refused() {
        let refused = |columns, rows| moving_count(columns, rows).unwrap_err().to_string();
        assert!(refused(2, 9).contains("at least 3 x 3"));
        assert!(refused(0, 0).contains("at least 3 x 3"));
        assert!(refused(40, 40).contains("at most 1000 coordinates"));
        assert!(refused(usize::MAX, usize::MAX).contains("too many to count"));
        assert!(nodes(3, 3, 0.0, &[1.0]).is_err());
    }
}
