//! Holds a model with the parameters that a training has found for it.

use super::model::Model;
use super::training::CurvePoint;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use ndarray::Array3;

/// A model with its parameters.
pub(super) struct Single {
    /// Losses along the training; empty for a fit in closed form.
    pub(super) curve: Vec<CurvePoint>,
    pub(super) model: Box<dyn Model>,
    pub(super) parameters: Vec<f32>,
}

impl Single {
    /// Entropy production of every window, in `k_B`, by the `other` model for frames of another size, if there is one.
    pub(super) fn values(&self, other: Option<&dyn Model>, windows: &Windows) -> Vec<f64> {
        let model = other.unwrap_or(self.model.as_ref());
        model.entropy_production(&self.parameters, windows).into_iter().map(f64::from).collect()
    }

    /// Dissipation map of every window, in `k_B`, with its cells.
    pub(super) fn maps(&self, other: Option<&dyn Model>, windows: &Windows) -> (MapGrid, Array3<f32>) {
        let model = other.unwrap_or(self.model.as_ref());
        (model.map_grid(), model.dissipation_maps(&self.parameters, windows))
    }
}
