//! States what the force estimator may be told, with defaults that depend on the frame.

use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Settings of the `force` estimator. What is left open is chosen before the run and written here.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForceSettings {
    /// Edge of the cells, in pixels: that of the kernels that see frames and changes. If absent, a quarter of the frame's
    /// shorter side, within 20 and 32 pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<usize>,
    /// Distance of neighbouring cells, in pixels. If absent, two thirds of a cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// How many cells away the cells may lie whose features drive a cell. If absent, 1: the nearest ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<usize>,
    /// Kernels of a cell. If absent, 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernels: Option<usize>,
    /// Principal components of cells of which kernels are made. If absent, 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<usize>,
    /// Ridge on the coefficients that carry sampling noise, in units of their products' mean squares. If absent, chosen
    /// by the bound on validation transitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// Whether all cells have the same coefficients, so that frames of any size can be estimated. If absent, each has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invariant: Option<bool>,
    /// Whether each cell has kernels of its own, in place of the same for all: more is seen where every transition of very many counts.
    /// Not together with `invariant`. If absent, all have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_kernels: Option<bool>,
}

/// Edges of a cell that may be stated, in pixels.
const CELL_RANGE: [usize; 2] = [3, 96];
/// Edge of cells unless stated, in pixels.
const CELL: [usize; 2] = [20, 32];
/// Kernels, and components of which they are made, unless stated.
const KERNELS: usize = 2;
const COMPONENTS: usize = 32;
/// Largest reach, and most kernels and components that may be stated.
const MOST_REACH: usize = 8;
const MOST_KERNELS: usize = 16;
const MOST_COMPONENTS: usize = 256;

impl ForceSettings {
    /// Whether nothing is stated.
    pub(in crate::estimator) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all cells have the same coefficients.
    pub fn is_invariant(&self) -> bool {
        self.invariant.unwrap_or(false)
    }

    /// Whether each cell has kernels of its own.
    pub fn has_own_kernels(&self) -> bool {
        self.own_kernels.unwrap_or(false)
    }

    /// The settings with nothing left open but the ridge, for frames of `rows` x `columns` pixels.
    pub(super) fn complete(&self, rows: usize, columns: usize) -> Self {
        let cell = self.cell_for(rows, columns);
        let kernels = self.kernels.unwrap_or(KERNELS);
        Self {
            cell: Some(cell),
            stride: Some(self.stride_for(rows, columns)),
            reach: Some(self.reach_or_nearest()),
            kernels: Some(kernels),
            components: Some(self.components.unwrap_or(COMPONENTS.min(cell * cell).max(kernels))),
            ridge: self.ridge,
            invariant: Some(self.is_invariant()),
            own_kernels: Some(self.has_own_kernels()),
        }
    }

    /// Edge of the cells on frames of `rows` x `columns` pixels.
    pub(super) fn cell_for(&self, rows: usize, columns: usize) -> usize {
        let shorter = rows.min(columns);
        self.cell.unwrap_or((shorter / 4).clamp(CELL[0], CELL[1]).min(shorter))
    }

    /// Distance of cells on frames of `rows` x `columns` pixels.
    pub(super) fn stride_for(&self, rows: usize, columns: usize) -> usize {
        self.stride.unwrap_or((2 * self.cell_for(rows, columns) / 3).max(1))
    }

    /// How many cells away the cells may lie whose features drive a cell.
    pub(super) fn reach_or_nearest(&self) -> usize {
        self.reach.unwrap_or(1)
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let refuse = |name: &str, expected: String, found: String| {
            let remedy = "Leave it out to have it chosen.";
            Err(Error::Setting(Fault::new(name, expected, found, remedy)))
        };
        let ranges = [
            ("force.cell", self.cell, CELL_RANGE[0], CELL_RANGE[1]),
            ("force.stride", self.stride, 1, usize::MAX),
            ("force.reach", self.reach, 0, MOST_REACH),
            ("force.kernels", self.kernels, 1, MOST_KERNELS),
            ("force.components", self.components, self.kernels.unwrap_or(1), MOST_COMPONENTS),
        ];
        for (name, value, least, most) in ranges {
            let Some(value) = value else { continue };
            if value < least {
                return refuse(name, format!("at least {least}"), value.to_string());
            }
            if value > most {
                return refuse(name, format!("at most {most}"), value.to_string());
            }
        }
        if let (Some(cell), Some(stride)) = (self.cell, self.stride)
            && stride > cell
        {
            let expected = format!("at most an edge of the cells, {cell} pixels");
            return refuse("force.stride", expected, stride.to_string());
        }
        if let (Some(cell), Some(components)) = (self.cell, self.components)
            && components > cell * cell
        {
            let expected = format!("at most as many as a cell has pixels, {}", cell * cell);
            return refuse("force.components", expected, components.to_string());
        }
        if self.has_own_kernels() && self.is_invariant() {
            return refuse("force.own_kernels", "false, as all cells are alike".into(), "true".into());
        }
        match self.ridge {
            Some(ridge) if !(ridge.is_finite() && ridge >= 0.0) => {
                refuse("force.ridge", "a number of at least 0".into(), ridge.to_string())
            }
            _ => Ok(()),
        }
    }
}
