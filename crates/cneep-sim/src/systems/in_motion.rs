//! Says how things that move through the frame are simulated, drawn and filmed unless something else is asked
//! for.

use super::filming::Filming;
use super::microscope_settings::MicroscopeSettings;
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{Simulation, Trajectory};
use crate::microscope::Drawing;
use cneep_movie::Result;
use ndarray::{Array2, Axis, Slice};

/// Settings of things that move through the frame.
pub(super) trait InMotion {
    /// What a refusal calls them.
    fn name(&self) -> &'static str;

    /// Trajectories, in pixels, with what is known exactly.
    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World>;

    /// What the microscope sees.
    fn in_the_frame(&self) -> Result<Drawing>;
}

impl<T: InMotion> Simulated for T {
    /// Five movies of 2,000 frames, a step from one to the next, which is the unit of time.
    fn default_filming(&self) -> Filming {
        Filming { time_step: 1.0, movies: 5, frames: 2000, ..Filming::default() }
    }

    /// Of 255 counts a spot has 150, on an offset of 20 with a noise of 1.
    fn default_microscope(&self) -> MicroscopeSettings {
        MicroscopeSettings { brightness: 0.59, background: 0.08, read_noise: 0.004, ..Default::default() }
    }

    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads(self.name())?;
        microscope.refuse_displacement_scale(self.name())
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let world = self.in_motion(run, seed)?;
        let density = world.exact_density.map(|density| read_out(&density, microscope)).transpose()?;
        Ok(World { exact_density: density, ..world })
    }

    fn drawing(&self, _microscope: &MicroscopeSettings, _trajectories: &[Trajectory]) -> Result<Drawing> {
        self.in_the_frame()
    }
}

/// A `density` over the whole frame as `microscope` reads it out: summed over the pixels that are binned, and
/// cropped.
///
/// # Errors
/// [`cneep_movie::Error::Setting`] for a binning or crop that does not fit.
pub(super) fn read_out(density: &Array2<f64>, microscope: &MicroscopeSettings) -> Result<Array2<f64>> {
    microscope.camera(0).readout(density.dim())?;
    let edge = microscope.binning;
    let (rows, columns) = (density.nrows() / edge, density.ncols() / edge);
    let square = |(row, column): (usize, usize)| {
        let mut square = density.view();
        square.slice_axis_inplace(Axis(0), Slice::from(row * edge..(row + 1) * edge));
        square.slice_axis_inplace(Axis(1), Slice::from(column * edge..(column + 1) * edge));
        square.sum()
    };
    let mut binned = Array2::from_shape_fn((rows, columns), square);
    if let Some(crop) = microscope.crop {
        binned.slice_axis_inplace(Axis(0), Slice::from(crop.row..crop.row + crop.rows));
        binned.slice_axis_inplace(Axis(1), Slice::from(crop.column..crop.column + crop.columns));
    }
    Ok(binned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microscope::Rectangle;

    /// Catches a mean in place of a sum, and a crop before binning.
    #[test]
    fn a_density_is_read_out_as_the_frames_are() {
        let density = Array2::from_shape_fn((4, 8), |(row, column)| (10 * row + column) as f64);
        let crop = Some(Rectangle { row: 1, column: 2, rows: 1, columns: 2 });
        let microscope = MicroscopeSettings { binning: 2, crop, ..MicroscopeSettings::default() };
        let seen = read_out(&density, &microscope).unwrap();
        assert_eq!(seen, ndarray::array![[24.0 + 25.0 + 34.0 + 35.0, 26.0 + 27.0 + 36.0 + 37.0]]);
        assert!(read_out(&density, &MicroscopeSettings { binning: 3, ..microscope }).is_err());
    }
}
