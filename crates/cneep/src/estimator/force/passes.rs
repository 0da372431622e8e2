//! Passes windows through kernels and coupling, forward to their entropy production and backward to
//! gradients.

use super::coupling::Coupling;
use super::kernels::Kernels;
use super::response::{Centring, add_back_projection, add_kernel_gradient, blank_field, respond};
use crate::estimator::windows::Windows;
use crate::transition::Transition;
use cneep_movie::error::Result;
use ndarray::ArrayViewMut2;

/// What all windows share: kernels and coefficients, made from the parameters once.
pub(super) struct Shared<'a> {
    pub(super) coupling: &'a Coupling,
    pub(super) window: usize,
    pub(super) centring: Centring<'a>,
    pub(super) kernels: Kernels,
    /// B and constant forces of every cell.
    pub(super) expanded: Vec<f32>,
}

/// Gradient of a sum of losses, in the shapes of [`Shared`].
#[derive(Debug, Clone)]
pub(super) struct Gradient {
    pub(super) kernels: Kernels,
    pub(super) expanded: Vec<f32>,
}

impl Gradient {
    pub(super) fn zero(shared: &Shared) -> Self {
        Self { kernels: shared.kernels.zero(), expanded: vec![0.0; shared.expanded.len()] }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let pairs =
            [(&mut self.kernels.weights, &other.kernels.weights), (&mut self.expanded, &other.expanded)];
        for (sums, terms) in pairs {
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
    }
}

/// One window on its way: its frames, their responses, features and forces.
pub(super) struct Pass<'a> {
    shared: &'a Shared<'a>,
    met: Option<Transition>,
    /// Centred pixels of each frame.
    fields: Vec<Vec<f32>>,
    /// Responses of each frame, shape (cell, kernel).
    responses: Vec<Vec<f32>>,
    /// Shape (cell, feature): mean responses over the window.
    pub(super) even: Vec<f32>,
    /// Shape (pair, cell, kernel): changes of responses.
    pub(super) odd: Vec<f32>,
    /// Shape (pair, cell, kernel): forces on these changes.
    pub(super) forces: Vec<f32>,
    even_gradient: Vec<f32>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(shared: &'a Shared<'a>) -> Self {
        let coupling = shared.coupling;
        let odd = coupling.odd_count();
        Self {
            shared,
            met: None,
            fields: vec![blank_field(&coupling.grid); shared.window],
            responses: vec![vec![0.0; odd]; shared.window],
            even: vec![0.0; coupling.even_count()],
            odd: vec![0.0; coupling.pairs * odd],
            forces: vec![0.0; coupling.pairs * odd],
            even_gradient: vec![0.0; coupling.even_count()],
        }
    }

    /// Entropy production of one of `windows`, and its features. Of a window that follows the one before only
    /// the last frame is new.
    pub(super) fn forward(&mut self, windows: &Windows, index: usize) -> Result<f32> {
        let transition = windows.transition(index);
        let follows = |met: &Transition| met.movie == transition.movie && met.start + 1 == transition.start;
        let known = if self.met.as_ref().is_some_and(follows) {
            self.fields.rotate_left(1);
            self.responses.rotate_left(1);
            self.shared.window - 1
        } else {
            0
        };
        let Shared { coupling, centring, kernels, .. } = self.shared;
        let frames = windows.videos()[transition.movie].frames();
        for place in known..self.shared.window {
            centring.read(&coupling.grid, frames, transition.start + place, &mut self.fields[place])?;
            respond(
                &coupling.grid,
                &self.fields[place],
                kernels,
                coupling.channels,
                &mut self.responses[place],
            );
        }
        self.met = Some(transition);
        self.form_features();
        coupling.forces(&self.shared.expanded, &self.even, &mut self.forces);
        Ok(self.forces.iter().zip(&self.odd).map(|(f, d)| f64::from(f * d)).sum::<f64>() as f32)
    }

    /// Frames that reversal exchanges meet in a sum or difference of two, so that reversal keeps the even
    /// features, and changes the sign of the odd ones, to the last bit.
    fn form_features(&mut self) {
        let Shared { coupling, window, .. } = self.shared;
        let count = coupling.odd_count();
        for place in 0..count {
            let mut sum = if window % 2 == 1 { self.responses[coupling.pairs][place] } else { 0.0 };
            for pair in 0..coupling.pairs {
                let (before, after) = (self.responses[pair][place], self.responses[window - 1 - pair][place]);
                sum += before + after;
                self.odd[pair * count + place] = after - before;
            }
            self.even[place] = sum / *window as f32;
        }
    }

    /// Adds to `slopes` what the last window that passed forward contributes, if its loss has this `slope`
    /// along its entropy production.
    pub(super) fn backward(&mut self, slope: f32, slopes: &mut Gradient) {
        let Shared { coupling, window, expanded, .. } = self.shared;
        let count = coupling.odd_count();
        coupling.add_products(slope, &self.even, &self.odd, &mut slopes.expanded);
        self.even_gradient.fill(0.0);
        coupling.add_even_gradient(slope, expanded, &self.odd, &mut self.even_gradient);
        let mut of_frame = vec![0.0; count];
        for frame in 0..*window {
            let mirrored = window - 1 - frame;
            let (pair, sign) = if frame < mirrored { (frame, -slope) } else { (mirrored, slope) };
            for (place, response) in of_frame.iter_mut().enumerate() {
                *response = self.even_gradient[place] / *window as f32;
                if frame != mirrored {
                    *response += sign * self.forces[pair * count + place];
                }
            }
            add_kernel_gradient(&coupling.grid, &self.fields[frame], &of_frame, &mut slopes.kernels);
        }
    }

    /// Changes of the field's pixels between the frames of a `pair` of the last window that passed forward.
    pub(super) fn change_of_pixels(&self, pair: usize) -> Vec<f32> {
        let (before, after) = (&self.fields[pair], &self.fields[self.shared.window - 1 - pair]);
        after.iter().zip(before).map(|(after, before)| after - before).collect()
    }

    /// Writes the map of the last window that passed forward: for each pair of frames the force on pixels
    /// times their change.
    pub(super) fn draw(&self, mut map: ArrayViewMut2<f32>) {
        let Shared { coupling, kernels, .. } = self.shared;
        let grid = &coupling.grid;
        let ((top, left), width) = (grid.frame_origin(), grid.field().1);
        let mut picture = blank_field(grid);
        for (pair, forces) in self.forces.chunks_exact(coupling.odd_count()).enumerate() {
            picture.fill(0.0);
            add_back_projection(grid, kernels, forces, &mut picture);
            let change = self.change_of_pixels(pair);
            for (row, mut line) in map.outer_iter_mut().enumerate() {
                let start = (top + row) * width + left;
                for (column, cell) in line.iter_mut().enumerate() {
                    *cell += picture[start + column] * change[start + column];
                }
            }
        }
    }
}
