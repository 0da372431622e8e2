//! Lists the fields of a frame whose products with the changes of pixels have coefficients.

use super::image::{Sharpness, blurred, laplacian, slope};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Fields of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `grad m`, `m grad m`, and `m`: with the change `d`, `grad m d` is the current that carries the image,
    /// `m grad m d` what bright spots carry by themselves, `m d` a total derivative.
    Currents,
    /// Scalars of derivatives of m that rotation leaves as they are, up to the third power of m.
    Invariants,
}

/// Blur of the coarser of the two images whose invariants are taken, in pixels.
const COARSE: f64 = 1.5;

impl Family {
    /// Number of fields.
    pub(super) fn fields(self) -> usize {
        match self {
            Self::Currents => 5,
            Self::Invariants => 24,
        }
    }

    /// All fields of the frame `m` (made ready), with the image whose change they are multiplied with.
    pub(super) fn of(self, frame: &Array2<f32>, sharpness: Sharpness) -> (Array2<f32>, Vec<Array2<f32>>) {
        let m = sharpness.apply(frame);
        let fields = match self {
            Self::Currents => {
                let slopes = [slope(&m, 0), slope(&m, 1)];
                let [of_rows, of_columns] = slopes.clone().map(|slope| &slope * &m);
                let [rows, columns] = slopes;
                vec![rows, columns, of_rows, of_columns, m.clone()]
            }
            Self::Invariants => {
                let coarse = blurred(frame, COARSE);
                let mut fields = invariants(&m);
                fields.extend(invariants(&coarse));
                fields
            }
        };
        (m, fields)
    }
}

/// Quadratic and cubic invariants.
fn invariants(m: &Array2<f32>) -> Vec<Array2<f32>> {
    let lap = laplacian(m);
    let (x, y) = (slope(m, 0), slope(m, 1));
    let (lap_x, lap_y) = (slope(&lap, 0), slope(&lap, 1));
    let cross = slope(&x, 1);
    let gradient = &x * &x + &y * &y;
    let (xx, yy) = (slope(&x, 0), slope(&y, 1));
    let hessian = &xx * &xx + &yy * &yy + 2.0 * &cross * &cross;
    let curved = &x * &x * &xx + &y * &y * &yy + 2.0 * &x * &y * &cross;
    let square = m * m;
    vec![
        square.clone(),
        m * &lap,
        &x * &lap_x + &y * &lap_y,
        &lap * &lap,
        hessian,
        m * &square,
        m * &gradient,
        &square * &lap,
        &gradient * &lap,
        curved,
        m * &(&lap * &lap),
        gradient,
    ]
}
