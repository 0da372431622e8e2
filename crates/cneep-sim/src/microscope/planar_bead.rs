//! Draws one bead that moves in the plane.

use super::drawing::{Body, Coordinate, Drawing, Point};
use super::point_spread::PointSpread;

impl Drawing {
    /// A bead at rest in the middle of a square frame, `edge` pixels wide, that coordinates 0 and 1 of the
    /// trajectory move along x and y by `pixels_per_unit`.
    pub fn planar_bead(edge: usize, pixels_per_unit: f64, point_spread: &PointSpread) -> Self {
        let middle = f64::midpoint(edge as f64, -1.0);
        let along = |axis| Coordinate::moving(middle, axis, pixels_per_unit);
        let at = Point { x: along(0), y: along(1) };
        let blob = Body::Blob { at, width: point_spread.width, brightness: 1.0, lit_by: None };
        Self { rows: edge, columns: edge, bodies: vec![blob] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Catches x and y exchanged.
    #[test]
    fn the_bead_is_where_its_coordinates_say() {
        let drawing = Drawing::planar_bead(31, 2.0, &PointSpread::default());
        let light = drawing.light(&array![3.0, -1.5].view()).unwrap();
        assert_eq!((light.dim(), light[[12, 21]]), ((31, 31), 1.0));
    }
}
