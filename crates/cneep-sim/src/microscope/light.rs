//! Renders the light of a drawing for one state of its trajectory.

use super::drawing::{Body, Coordinate, Drawing, Point};
use super::filament;
use super::point_spread::Profile;
use cneep_movie::error::Result;
use ndarray::{Array2, ArrayView1, Zip};

impl Drawing {
    /// The light of one `state` of the trajectory, shape (row, column), in units of full scale.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a frame, width, brightness or place out of range;
    /// [`cneep_movie::Error::Mismatch`] if a body follows a coordinate that `state` does not have.
    pub fn light(&self, state: &ArrayView1<f64>) -> Result<Array2<f64>> {
        self.check(state.len())?;
        let mut light = Array2::zeros((self.rows, self.columns));
        Renderer::new(self).draw(state, &mut light);
        Ok(light)
    }
}

/// Draws one picture after the other; what stands still is worked out once.
pub(super) struct Renderer<'a> {
    /// Those that move.
    filaments: Vec<Filament<'a>>,
    blobs: Vec<Blob<'a>>,
    /// The least of -ln(light) over the filaments that stand still, per pixel; none if there are no
    /// filaments.
    still: Option<Array2<f64>>,
    /// The least over all filaments.
    darkness: Array2<f64>,
}

struct Filament<'a> {
    from: &'a Point,
    to: &'a Point,
    width: f64,
    brightness: f64,
}

struct Blob<'a> {
    at: &'a Point,
    brightness: f64,
    lit_by: LitBy,
    rows: Profile,
    columns: Profile,
}

/// What the light of a blob depends on.
enum LitBy {
    Nothing,
    /// A coordinate that it is multiplied by.
    Switch(usize),
    /// A coordinate that is its phase, behind which it lags.
    Phase(usize, f64),
}

impl LitBy {
    fn factor(&self, state: &ArrayView1<f64>) -> f64 {
        match *self {
            Self::Nothing => 1.0,
            Self::Switch(coordinate) => state[coordinate],
            Self::Phase(coordinate, lag) => 0.5 * (1.0 + (state[coordinate] - lag).cos()),
        }
    }
}

impl<'a> Renderer<'a> {
    /// A renderer of a checked `drawing`.
    pub(super) fn new(drawing: &'a Drawing) -> Self {
        let (mut filaments, mut blobs, mut still) = (Vec::new(), Vec::new(), None);
        for body in &drawing.bodies {
            match body {
                Body::Filament { from, to, width, brightness } => {
                    let filament = Filament { from, to, width: *width, brightness: *brightness };
                    let shape = (drawing.rows, drawing.columns);
                    let still = still.get_or_insert_with(|| Array2::from_elem(shape, f64::INFINITY));
                    if [&from.x, &from.y, &to.x, &to.y].into_iter().all(Coordinate::is_still) {
                        filament.darken(&ArrayView1::from(&[]), still);
                    } else {
                        filaments.push(filament);
                    }
                }
                Body::Blob { at, width, brightness, lit_by } => {
                    let lit_by = lit_by.map_or(LitBy::Nothing, LitBy::Switch);
                    blobs.push(Blob::new(at, *width, *brightness, lit_by));
                }
                Body::Oscillator { at, width, brightness, phase, lag } => {
                    blobs.push(Blob::new(at, *width, *brightness, LitBy::Phase(*phase, *lag)));
                }
            }
        }
        Self { filaments, blobs, darkness: still.clone().unwrap_or_default(), still }
    }

    /// Replaces `light`, shape (row, column), by that of `state`.
    pub(super) fn draw(&mut self, state: &ArrayView1<f64>, light: &mut Array2<f64>) {
        match &self.still {
            None => light.fill(0.0),
            Some(still) => {
                self.darkness.assign(still);
                for filament in &self.filaments {
                    filament.darken(state, &mut self.darkness);
                }
                // The brightest filament is the one of least darkness: one exponential per pixel serves them
                // all.
                Zip::from(&mut *light).and(&self.darkness).for_each(|light, darkness| {
                    *light = if darkness.is_finite() { (-darkness).exp() } else { 0.0 };
                });
            }
        }
        for blob in &mut self.blobs {
            blob.add(state, light);
        }
    }
}

impl Filament<'_> {
    fn darken(&self, state: &ArrayView1<f64>, darkness: &mut Array2<f64>) {
        let [from, to] = [self.from, self.to].map(|end| [end.x.value(state), end.y.value(state)]);
        filament::darken(from, to, self.width, self.brightness, darkness);
    }
}

impl<'a> Blob<'a> {
    fn new(at: &'a Point, width: f64, brightness: f64, lit_by: LitBy) -> Self {
        let profile = |place: &Coordinate| Profile::new(width, place.is_still());
        let (rows, columns) = (profile(&at.y), profile(&at.x));
        Self { at, brightness, lit_by, rows, columns }
    }

    fn add(&mut self, state: &ArrayView1<f64>, light: &mut Array2<f64>) {
        let (height, length) = light.dim();
        self.rows.centre_at(self.at.y.value(state), height);
        self.columns.centre_at(self.at.x.value(state), length);
        let brightness = self.brightness * self.lit_by.factor(state);
        let pixels = light.as_slice_mut().expect("arrays of light are made in standard order");
        let (first, columns) = self.columns.values();
        let (first_row, rows) = self.rows.values();
        for (line, row) in pixels.chunks_exact_mut(length).skip(first_row).zip(rows) {
            let row = brightness * row;
            for (pixel, column) in line[first..].iter_mut().zip(columns) {
                *pixel += row * column;
            }
        }
    }
}
