//! States what the force estimator is told, and what it is made of once nothing is left open.

use crate::estimator::descent::DescentSettings;
use crate::estimator::refusal::{check_range, refuse};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Settings of the `force` estimator, as stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForceSettings {
    /// Edge of the cells, in pixels: that of the kernels that see frames and changes. If absent, a quarter of
    /// the frame's shorter side, within 20 and 32 pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<usize>,
    /// Distance of neighbouring cells, in pixels. If absent, two thirds of a cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// How many cells away the cells may lie whose features drive a cell.
    pub reach: usize,
    /// Kernels of a cell.
    pub kernels: usize,
    /// Principal components of cells of which kernels are made. If absent, 32, or as many as a smaller cell
    /// has pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<usize>,
    /// Ridge on the coefficients that carry sampling noise, in units of their products' mean squares. If
    /// absent, chosen by the bound on validation transitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// Whether all cells have the same coefficients, so that frames of any size can be estimated.
    pub invariant: bool,
    /// Whether each cell has kernels of its own, in place of the same for all: more is seen where every
    /// transition of very many counts. Not together with `invariant`.
    pub own_kernels: bool,
    /// How it is trained.
    pub descent: DescentSettings,
}

impl Default for ForceSettings {
    /// Two kernels shared by all cells, driven by the nearest cells, with coefficients of each cell's own.
    fn default() -> Self {
        Self {
            cell: None,
            stride: None,
            reach: 1,
            kernels: 2,
            components: None,
            ridge: None,
            invariant: false,
            own_kernels: false,
            descent: DescentSettings::default(),
        }
    }
}

/// What a force estimator is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForcePlan {
    /// Edge of the cells, in pixels.
    pub cell: usize,
    /// Distance of neighbouring cells, in pixels.
    pub stride: usize,
    /// How many cells away the cells may lie whose features drive a cell.
    pub reach: usize,
    /// Kernels of a cell.
    pub kernels: usize,
    /// Principal components of which kernels are made.
    pub components: usize,
    /// Ridge on the coefficients that carry sampling noise.
    pub ridge: f64,
    /// Whether all cells have the same coefficients.
    pub invariant: bool,
    /// Whether each cell has kernels of its own.
    pub own_kernels: bool,
}

/// Edges of a cell that may be stated, in pixels.
const CELL_RANGE: [usize; 2] = [3, 96];
/// Edge of cells unless stated, in pixels.
const CELL: [usize; 2] = [20, 32];
/// Components of which kernels are made, unless stated.
const COMPONENTS: usize = 32;
/// Largest reach, and most kernels and components that may be stated.
const MOST_REACH: usize = 8;
const MOST_KERNELS: usize = 16;
const MOST_COMPONENTS: usize = 256;
/// Largest ridge that may be stated: nothing is left of coefficients under more.
const LARGEST_RIDGE: f64 = 1e6;

impl ForceSettings {
    /// The plan for frames of `rows` x `columns` pixels; a ridge that is left open is 0 until it is chosen.
    pub(in crate::estimator) fn plan(&self, rows: usize, columns: usize) -> ForcePlan {
        let shorter = rows.min(columns);
        let cell = self.cell.unwrap_or((shorter / 4).clamp(CELL[0], CELL[1]).min(shorter));
        ForcePlan {
            cell,
            stride: self.stride.unwrap_or((2 * cell / 3).max(1)),
            reach: self.reach,
            kernels: self.kernels,
            components: self.components.unwrap_or(COMPONENTS.min(cell * cell).max(self.kernels)),
            ridge: self.ridge.unwrap_or(0.0),
            invariant: self.invariant,
            own_kernels: self.own_kernels,
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("force.cell", self.cell, CELL_RANGE[0], CELL_RANGE[1]),
            ("force.stride", self.stride, 1, CELL_RANGE[1]),
            ("force.reach", Some(self.reach), 0, MOST_REACH),
            ("force.kernels", Some(self.kernels), 1, MOST_KERNELS),
            ("force.components", self.components, self.kernels, MOST_COMPONENTS),
        ];
        for (name, value, least, most) in ranges {
            check_range(name, value, least..=most)?;
        }
        if let (Some(cell), Some(stride)) = (self.cell, self.stride)
            && stride > cell
        {
            let expected = format!("at most an edge of the cells, {cell} pixels");
            return refuse("force.stride", expected, &stride);
        }
        if let (Some(cell), Some(components)) = (self.cell, self.components)
            && components > cell * cell
        {
            let expected = format!("at most as many as a cell has pixels, {}", cell * cell);
            return refuse("force.components", expected, &components);
        }
        if self.own_kernels && self.invariant {
            return refuse("force.own_kernels", "false, as all cells are alike", &true);
        }
        check_range("force.ridge", self.ridge, 0.0..=LARGEST_RIDGE)?;
        self.descent.check()
    }
}

impl ForcePlan {
    /// Refuses cells that no training could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        let Self { cell, stride, reach, kernels, components, ridge, invariant, own_kernels } = *self;
        // Small frames have smaller cells than may be stated.
        check_range("force.cell", cell, 1..=CELL_RANGE[1])?;
        check_range("force.stride", stride, 1..=cell)?;
        check_range("force.components", components, kernels..=MOST_COMPONENTS)?;
        let stated = ForceSettings {
            reach,
            kernels,
            ridge: Some(ridge),
            invariant,
            own_kernels,
            ..ForceSettings::default()
        };
        stated.check()
    }
}
