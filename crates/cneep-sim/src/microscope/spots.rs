//! Draws spots that move by pixels.

use super::drawing::{Body, Coordinate, Drawing, Motion, Point};

/// A round spot of light, and what moves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Its centre.
    pub at: Point,
    /// Light at the centre, as a fraction of that of the brightest spot.
    pub amplitude: f64,
}

impl Spot {
    /// A spot of full light whose column and row are coordinates of the trajectory, in pixels.
    pub fn following(column: usize, row: usize) -> Self {
        let along = |coordinate| Coordinate::moving(0.0, coordinate, 1.0);
        Self { at: Point { x: along(column), y: along(row) }, amplitude: 1.0 }
    }

    /// A spot `distance` pixels ahead of the place that `[column, row, direction]` give, as coordinates of
    /// the trajectory, the direction in radians from columns towards rows.
    pub fn ahead([column, row, direction]: [usize; 3], distance: f64, amplitude: f64) -> Self {
        let motion = |coordinate, phase| Coordinate {
            rest: 0.0,
            motion: Some(Motion::Ahead { coordinate, direction, distance, phase }),
        };
        Self { at: Point { x: motion(column, 0.0), y: motion(row, -0.25) }, amplitude }
    }
}

impl Drawing {
    /// Spots of this `width`, the standard deviation of their Gaussian, on a frame of (rows, columns). Those
    /// outside the frame are not seen.
    pub fn spots((rows, columns): (usize, usize), width: f64, spots: impl IntoIterator<Item = Spot>) -> Self {
        let body = |spot: Spot| Body::Blob { at: spot.at, width, brightness: spot.amplitude, lit_by: None };
        Self { rows, columns, bodies: spots.into_iter().map(body).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use std::f64::consts::FRAC_PI_2;

    /// Catches rows taken for columns, and ahead taken for behind.
    #[test]
    fn spots_are_where_their_coordinates_say() {
        let spots = [Spot::following(0, 1), Spot::ahead([0, 1, 2], 3.0, 0.5)];
        let light = Drawing::spots((12, 16), 0.3, spots).light(&array![10.0, 4.0, FRAC_PI_2].view()).unwrap();
        assert!((light[[4, 10]] - 1.0).abs() < 1e-12);
        assert!((light[[7, 10]] - 0.5).abs() < 1e-12);
    }
}
