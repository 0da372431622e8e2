//! Lists the fields of a frame whose products with the changes of pixels have coefficients.

use super::image::{Sharpness, blurred, slope};
use super::invariants;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Fields of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `grad m`, `m grad m`, and `m`: with the change `d`, `grad m d` is the current that carries the image,
    /// `m grad m d` what bright spots carry by themselves, `m d` a total derivative.
    Currents,
    /// Scalars of derivatives of m at three scales that rotation leaves as they are, by themselves and over
    /// the light at their place.
    Invariants,
}

/// Blur of the second image whose changes the invariants are multiplied with, in pixels.
const COARSE: f64 = 1.5;

/// A frame made ready.
pub(super) struct Seen {
    /// Images whose changes are multiplied with every field.
    images: Vec<Array2<f32>>,
    fields: Vec<Array2<f32>>,
}

impl Family {
    /// Number of features at a node: one a field and image.
    pub(super) fn features(self) -> usize {
        match self {
            Self::Currents => 5,
            Self::Invariants => 2 * invariants::COUNT,
        }
    }

    /// All fields of the frame `m` (made ready), with the images whose changes they are multiplied with.
    pub(super) fn of(self, frame: &Array2<f32>, sharpness: Sharpness) -> Seen {
        let m = sharpness.apply(frame);
        match self {
            Self::Currents => {
                let slopes = [slope(&m, 0), slope(&m, 1)];
                let [of_rows, of_columns] = slopes.clone().map(|slope| &slope * &m);
                let [rows, columns] = slopes;
                Seen { fields: vec![rows, columns, of_rows, of_columns, m.clone()], images: vec![m] }
            }
            Self::Invariants => {
                Seen { fields: invariants::invariants(frame), images: vec![m, blurred(frame, COARSE)] }
            }
        }
    }
}

impl Seen {
    /// Changes of all images up to `after`.
    pub(super) fn changes(&self, after: &Self) -> Vec<Array2<f32>> {
        self.images.iter().zip(&after.images).map(|(before, after)| after - before).collect()
    }

    /// Of every field this one and that of `after`.
    pub(super) fn fields<'a>(
        &'a self,
        after: &'a Self,
    ) -> impl Iterator<Item = (&'a Array2<f32>, &'a Array2<f32>)> {
        self.fields.iter().zip(&after.fields)
    }
}
