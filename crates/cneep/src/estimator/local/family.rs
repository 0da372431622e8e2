//! Lists the fields of a frame whose products with the changes of pixels have coefficients.

use super::image::{Sharpness, blurred, slope};
use super::invariants;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Fields of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// `grad m`, `m grad m`, and `m`: with the change `d`, `grad m d` is the current that carries the image,
    /// `m grad m d` what bright spots carry by themselves, `m d` a total derivative.
    Currents,
    /// Scalars of derivatives of m at three scales that rotation leaves as they are, by themselves and over
    /// the light at their place.
    Invariants,
    /// `grad m / (e + <e>)` and `m`, e being the square of the gradient nearby and `<e>` its mean over the
    /// frame: with the change, the normal flow of optical flow, in which dim spots count nearly as much as
    /// bright ones.
    NormalFlow,
}

/// Standard deviation of the Gaussian over which squares of gradients are averaged, in pixels.
const NEARBY: f64 = 1.0;

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
            Self::NormalFlow => 3,
        }
    }

    /// Images that are held of a step, at most: fields of both frames, and what they are made of.
    pub(super) fn images_held(self) -> usize {
        match self {
            Self::Currents | Self::NormalFlow => 20,
            Self::Invariants => 2 * (invariants::COUNT + 2) + 30,
        }
    }

    /// Pixels away that its fields and images depend on; none if on the whole frame, or if they are few.
    pub(super) fn reach(self, sharpness: Sharpness) -> Option<usize> {
        let of_images = || sharpness.reach().max(Sharpness::Blurred(COARSE).reach());
        (self == Self::Invariants).then(|| invariants::reach().max(of_images()))
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
            Self::NormalFlow => {
                let [rows, columns] = normal(&m);
                Seen { fields: vec![rows, columns, m.clone()], images: vec![m] }
            }
        }
    }
}

/// Gradient of `m`, along rows and columns, over its square nearby and the mean of that; zero in an even
/// frame.
fn normal(m: &Array2<f32>) -> [Array2<f32>; 2] {
    let slopes = [slope(m, 0), slope(m, 1)];
    let [rows, columns] = &slopes;
    let square = blurred(&(rows * rows + columns * columns), NEARBY);
    let mean = square.mean().unwrap_or(0.0);
    let share = square.mapv(|square| if mean > 0.0 { 1.0 / (square + mean) } else { 0.0 });
    slopes.map(|slope| slope * &share)
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;

    /// Of a spot of light 1 and one of 0.3, both of which go down by half a pixel, what the first field of
    /// `family` makes in the half of each.
    fn of_spots(family: Family, gain: f32) -> [f32; 2] {
        let frame = |row: f32| {
            Array2::from_shape_fn((24, 48), |(r, c)| {
                let at = |x: f32| (-((r as f32 - row).powi(2) + (c as f32 - x).powi(2)) / 4.5).exp();
                gain * (at(11.0) + 0.3 * at(36.0))
            })
        };
        let [before, after] = [11.5, 12.0].map(|row| family.of(&frame(row), Sharpness::Recorded));
        let changes = before.changes(&after);
        let (a, b) = before.fields(&after).next().unwrap();
        let products = 0.5 * (a + b) * &changes[0];
        [products.slice(s![.., ..24]).sum(), products.slice(s![.., 24..]).sum()]
    }

    /// Catches a flow that gain changes, in which a dim spot counts as little as in a current, and a division
    /// by nothing.
    #[test]
    fn normal_flow_tells_dim_spots_as_it_tells_bright_ones() {
        let [bright, dim] = of_spots(Family::Currents, 1.0);
        assert!((dim / bright - 0.09).abs() < 1e-3, "{bright} {dim}");
        let [bright, dim] = of_spots(Family::NormalFlow, 1.0);
        assert!(bright < -1.0 && (0.6..1.0).contains(&(dim / bright)), "{bright} {dim}");
        let with_gain = of_spots(Family::NormalFlow, 7.0);
        assert!((with_gain[0] / bright - 1.0).abs() < 1e-3 && (with_gain[1] / dim - 1.0).abs() < 1e-3);
        assert!(normal(&Array2::from_elem((5, 6), 3.0)).iter().flatten().all(|&flow| flow == 0.0));
    }
}
