//! Names the pairs of modes that may know of each other, and which of them lie alike.

use std::collections::BTreeMap;

/// Distances, in those of nearest neighbours, from which on modes neither circulate nor are correlated.
const REACH: f64 = 2.3;
/// Classes of distance, in those of nearest neighbours.
const CLASS: f64 = 0.5;
/// Modes too far away that each is held against, at most.
const FAR: usize = 32;

/// Pairs of modes within reach of each other: as many as there are objects, times a number that the size of
/// the field does not change.
pub(super) struct Neighbours {
    /// Number of modes of all objects.
    pub(super) len: usize,
    /// Number of modes of each object.
    pub(super) modes: usize,
    /// Modes of every pair within reach, the first before the second; in order of the second.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Pairs that have in common the steps along rows and columns from one object to the other, and the
    /// modes.
    pub(super) alike: Vec<Vec<Member>>,
    /// Some pairs of modes beyond reach.
    pub(super) far: Vec<(usize, usize)>,
}

/// A pair among those that lie alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Member {
    /// Its place among the pairs.
    pub(super) pair: usize,
    /// Sign with which an antisymmetric number of the pair enters.
    pub(super) sign: f64,
}

impl Neighbours {
    /// Those of objects with so many `modes` each at the `centres`, which are in order along one side of the
    /// frame.
    pub(super) fn new(centres: &[[f64; 2]], modes: usize) -> Self {
        let axis = usize::from(!centres.is_sorted_by(|a, b| a[0] <= b[0]));
        let unit = distance_of_neighbours(centres, axis);
        let len = centres.len() * modes;
        let mut pairs = Vec::new();
        let mut alike: BTreeMap<(i64, i64, usize, usize), Vec<Member>> = BTreeMap::new();
        for j in 0..len {
            let other = j / modes;
            // A little more than reach, of which the distance itself decides.
            let begins = centres[other][axis] - 1.001 * REACH * unit;
            let first = centres[..other].partition_point(|centre| centre[axis] < begins);
            for one in first..=other {
                let Some(along) = within_reach(centres[one], centres[other], unit) else { continue };
                let steps = along.map(|along| (along / CLASS).round() as i64);
                for i in one * modes..((one + 1) * modes).min(j) {
                    let (a, b) = (i % modes, j % modes);
                    // Each pair is named from one side: the one from which the other lies ahead.
                    let ahead = (steps[0], steps[1], b, a) >= (0, 0, a, b);
                    let (class, sign) = if ahead {
                        ((steps[0], steps[1], a, b), 1.0)
                    } else {
                        ((-steps[0], -steps[1], b, a), -1.0)
                    };
                    alike.entry(class).or_default().push(Member { pair: pairs.len(), sign });
                    pairs.push((i, j));
                }
            }
        }
        let strides = FAR.min(len.saturating_sub(1));
        let far_from = |i: usize| {
            let others = (1..=strides).map(move |stride| (i + stride * len / (strides + 1)) % len);
            others.map(move |j| (i, j))
        };
        let is_far =
            |&(i, j): &(usize, usize)| within_reach(centres[i / modes], centres[j / modes], unit).is_none();
        let far = (0..len).flat_map(far_from).filter(is_far).collect();
        Self { len, modes, pairs, alike: alike.into_values().collect(), far }
    }
}

/// Rows and columns from one place to the `other` in units of `unit`, if that is within reach.
fn within_reach(one: [f64; 2], other: [f64; 2], unit: f64) -> Option<[f64; 2]> {
    let along = [(other[0] - one[0]) / unit, (other[1] - one[1]) / unit];
    (along[0].hypot(along[1]) <= REACH).then_some(along)
}

/// The median distance of an object from the one that is nearest, in pixels; 1 of a single one. The `centres`
/// are in order along `axis`.
fn distance_of_neighbours(centres: &[[f64; 2]], axis: usize) -> f64 {
    let nearest = |place: usize| {
        let behind = least(centres[place], centres[..place].iter().rev(), axis, f64::INFINITY);
        least(centres[place], centres[place + 1..].iter(), axis, behind)
    };
    let mut all: Vec<f64> = (0..centres.len()).map(nearest).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().filter(|squared| squared.is_finite()).map_or(1.0, f64::sqrt)
}

/// The least square of a distance between `own` and `others`, which go away from it along `axis`, or what is
/// `known` to be less.
fn least<'a>(own: [f64; 2], others: impl Iterator<Item = &'a [f64; 2]>, axis: usize, known: f64) -> f64 {
    let mut least = known;
    for other in others {
        let squares = [0, 1].map(|side| (other[side] - own[side]).powi(2));
        if squares[axis] >= least {
            break;
        }
        least = least.min(squares[0] + squares[1]);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(rows: usize, columns: usize) -> Vec<[f64; 2]> {
        let at = |place: usize| [10.0 * (place / columns) as f64, 10.0 * (place % columns) as f64];
        (0..rows * columns).map(at).collect()
    }

    /// Catches a pair named twice or from both sides, and a far pair that is near.
    #[test]
    fn every_pair_is_named_once() {
        let centres = lattice(5, 7);
        let neighbours = Neighbours::new(&centres, 2);
        let distance = |&(i, j): &(usize, usize)| {
            let (one, other) = (centres[i / 2], centres[j / 2]);
            (one[0] - other[0]).hypot(one[1] - other[1])
        };
        let mut all = neighbours.pairs.clone();
        assert!(all.is_sorted_by_key(|&(i, j)| (j, i)));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), neighbours.pairs.len());
        assert!(all.iter().all(|pair| pair.0 < pair.1 && distance(pair) <= 23.0));
        let near = |i: usize| (i + 1..70).filter(move |&j| distance(&(i, j)) <= 23.0).count();
        assert_eq!(all.len(), (0..70).map(near).sum::<usize>());
        assert_eq!(neighbours.alike.iter().map(Vec::len).sum::<usize>(), all.len());
        assert!(neighbours.far.len() > 1000 && neighbours.far.iter().all(|pair| distance(pair) > 23.0));
    }

    /// Pairs of a lattice that lie alike: catches classes that mix the two ways of one pair.
    #[test]
    fn pairs_that_lie_alike_are_together() {
        let neighbours = Neighbours::new(&lattice(4, 4), 1);
        let right: Vec<usize> = (0..neighbours.pairs.len())
            .filter(|&p| neighbours.pairs[p].1 == neighbours.pairs[p].0 + 1)
            .collect();
        let class = neighbours.alike.iter().find(|class| class.iter().any(|of| of.pair == right[0])).unwrap();
        let beside = |&p: &usize| neighbours.pairs[p].0 % 4 < 3;
        assert_eq!(class.len(), right.iter().filter(|p| beside(p)).count());
        assert!(class.iter().all(|of| of.sign == class[0].sign));
    }

    /// A lattice that is in order along columns, and places without one: pairs and the distance of neighbours
    /// do not hang on the order; every pair of places is the referee.
    #[test]
    fn pairs_are_those_within_reach_in_either_order() {
        let places = |place: usize| {
            let at = place as f64;
            [50.0 * (1.7 * at).sin(), 90.0 * (2.9 * at + 0.3).cos()]
        };
        for axis in [0, 1] {
            let mut centres: Vec<[f64; 2]> = (0..80).map(places).collect();
            centres.sort_by(|a, b| a[axis].total_cmp(&b[axis]));
            let distance =
                |i: usize, j: usize| (centres[i][0] - centres[j][0]).hypot(centres[i][1] - centres[j][1]);
            let others = |i: usize| (0..80).filter(move |&j| j != i);
            let mut nearest: Vec<f64> =
                (0..80).map(|i| others(i).map(|j| distance(i, j)).fold(f64::INFINITY, f64::min)).collect();
            nearest.sort_by(f64::total_cmp);
            let reach = REACH * nearest[40];
            let mut expected = Vec::new();
            for j in 0..80 {
                expected.extend((0..j).filter(|&i| distance(i, j) <= reach).map(|i| (i, j)));
            }
            assert_eq!(Neighbours::new(&centres, 1).pairs, expected);
        }
    }

    /// Cost grows with the number of objects alone.
    #[test]
    fn pairs_grow_with_the_field() {
        let count = |side: usize| Neighbours::new(&lattice(side, side), 2).pairs.len() as f64;
        assert!(count(30) / count(15) < 4.6);
    }
}
