//! Films a drawing that follows trajectories, frame by frame.

use super::camera::{Camera, Count};
use super::drawing::Drawing;
use super::light::Renderer;
use super::noise::Place;
use super::rectangle::Rectangle;
use crate::langevin::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::memory;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};
use rayon::prelude::*;

/// Frames that one thread films before it looks for others.
const FRAMES_AT_ONCE: usize = 64;

impl Camera {
    /// Films `drawing` along every trajectory: one movie each, `movie 0` first, row 0 at the edge of the
    /// picture.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range, no trajectories, or an exposure for which they did
    /// not keep the steps; [`Error::Mismatch`] for trajectories of different systems, or of a system other
    /// than that drawn.
    pub fn film(&self, drawing: &Drawing, trajectories: &[Trajectory]) -> Result<Vec<Video>> {
        drawing.check(one_system(trajectories)?.parts().len())?;
        let mut paths = Vec::new();
        for trajectory in trajectories {
            paths.push((self.exposed_positions(trajectory)?, trajectory.frame_interval()));
        }
        self.expose(drawing, &paths)
    }

    /// Films `drawing` along positions found elsewhere, one array a movie, shape (frame, step, coordinate):
    /// every picture is the mean of those at its steps, whose span the exposure of this camera states.
    ///
    /// # Errors
    /// As [`Self::film`]; [`Error::Setting`] for a position or a frame interval that is no finite number.
    pub fn film_positions(
        &self,
        drawing: &Drawing,
        positions: &[ArrayView3<f64>],
        frame_interval: f64,
    ) -> Result<Vec<Video>> {
        let refuse = |expected: &str, found: String, remedy: &str| {
            Err(Error::Setting(Fault::new("positions", expected, found, remedy)))
        };
        let Some(first) = positions.first() else {
            return refuse("those of at least one movie", "none".into(), "Give positions of a movie.");
        };
        let coordinates = first.len_of(Axis(2));
        drawing.check(coordinates)?;
        for (movie, of) in positions.iter().enumerate() {
            if of.len_of(Axis(1)) == 0 || of.len_of(Axis(2)) != coordinates {
                let expected = format!("at least one step of {coordinates} coordinates a frame");
                return refuse(&expected, format!("{:?} of movie {movie}", of.dim()), "Give as many of all.");
            }
            if let Some(position) = of.iter().find(|position| !position.is_finite()) {
                let found = format!("{position} in movie {movie}");
                return refuse("finite numbers", found, "Simulate with a shorter time step.");
            }
        }
        let paths: Vec<_> = positions.iter().map(|of| (of.view(), frame_interval)).collect();
        self.expose(drawing, &paths)
    }

    /// The movies of a checked `drawing` along `paths`: positions, shape (frame, step, coordinate), with the
    /// frame interval.
    fn expose(&self, drawing: &Drawing, paths: &[(ArrayView3<f64>, f64)]) -> Result<Vec<Video>> {
        let readout = self.readout((drawing.rows, drawing.columns))?;
        let film = Film { camera: self, drawing, readout };
        let window = self.crop.unwrap_or_else(|| Rectangle::whole(readout));
        let frames: usize = paths.iter().map(|(of, _)| of.len_of(Axis(0))).sum();
        let pixel = if self.bit_depth <= 8 { 1 } else { 2 };
        let bytes = (frames as u64).saturating_mul((window.rows * window.columns * pixel) as u64);
        memory::require(
            "movie",
            "pixels",
            bytes,
            "Film fewer or shorter movies at a time, or smaller frames.",
        )?;
        let of_movie = |(movie, (steps, frame_interval)): (usize, &(ArrayView3<f64>, f64))| {
            let frames = if self.bit_depth <= 8 {
                Frames::U8(film.expose(movie, steps)?)
            } else {
                Frames::U16(film.expose(movie, steps)?)
            };
            let calibration = Calibration {
                frame_interval: Some(*frame_interval),
                exposure: Some(self.exposure),
                ..Calibration::default()
            };
            Video::new(format!("movie {movie}"), frames, calibration)
        };
        paths.par_iter().enumerate().map(of_movie).collect()
    }

    /// The positions over which each picture is averaged, shape (frame, step, coordinate).
    fn exposed_positions<'a>(&self, trajectory: &'a Trajectory) -> Result<ArrayView3<'a, f64>> {
        let per_frame = (trajectory.frame_interval() / trajectory.time_step()).round() as usize;
        Self::last_positions(trajectory, self.exposed_steps(per_frame)?)
    }

    /// The positions at the last `steps` before every frame, its own included, shape (frame, step,
    /// coordinate).
    pub(crate) fn last_positions(trajectory: &Trajectory, steps: usize) -> Result<ArrayView3<'_, f64>> {
        let mut kept = trajectory.exposure_positions();
        let kept_count = kept.len_of(Axis(1));
        if steps > kept_count {
            return Err(Error::Setting(Fault::new(
                "exposure",
                format!("trajectories that kept {steps} steps of every frame"),
                format!("{kept_count} kept"),
                format!("Simulate with kept_steps = {steps}."),
            )));
        }
        kept.slice_axis_inplace(Axis(1), (kept_count - steps..).into());
        Ok(kept)
    }
}

/// What every movie of a set shares.
struct Film<'a> {
    camera: &'a Camera,
    drawing: &'a Drawing,
    /// (rows, columns) after binning, before the crop.
    readout: (usize, usize),
}

impl Film<'_> {
    /// One frame for every one of `positions`, shape (frame, step, coordinate).
    fn expose<T: Count>(&self, movie: usize, positions: &ArrayView3<f64>) -> Result<Array3<T>> {
        let window = self.camera.window(self.readout);
        let mut pixels = dark((positions.len_of(Axis(0)), window.rows, window.columns))?;
        pixels.axis_chunks_iter_mut(Axis(0), FRAMES_AT_ONCE).into_par_iter().enumerate().for_each(
            |(chunk, mut frames)| {
                let mut light = Exposure::new(self.drawing);
                let mut binned = Array2::zeros(if self.camera.binning > 1 { self.readout } else { (0, 0) });
                for (index, counts) in frames.axis_iter_mut(Axis(0)).enumerate() {
                    let frame = chunk * FRAMES_AT_ONCE + index;
                    let light = light.mean(&positions.index_axis(Axis(0), frame));
                    let place = Place { movie: movie as u64, frame: frame as u64 };
                    let light = self.camera.gather(light, &mut binned);
                    self.camera.count_light(&mut light.view_mut(), place, counts);
                }
            },
        );
        Ok(pixels)
    }
}

/// The light that falls in while the shutter is open.
pub(crate) struct Exposure<'a> {
    renderer: Renderer<'a>,
    mean: Array2<f64>,
    picture: Array2<f64>,
}

impl<'a> Exposure<'a> {
    /// The light of a checked `drawing`.
    pub(crate) fn new(drawing: &'a Drawing) -> Self {
        let frame = Array2::zeros((drawing.rows, drawing.columns));
        Self { renderer: Renderer::new(drawing), mean: frame.clone(), picture: frame }
    }

    /// Mean of the pictures at these states, shape (step, coordinate): a running mean, which what stands
    /// still leaves as it is.
    pub(crate) fn mean(&mut self, states: &ArrayView2<f64>) -> &mut Array2<f64> {
        for (step, state) in states.outer_iter().enumerate() {
            if step == 0 {
                self.renderer.draw(&state, &mut self.mean);
            } else {
                self.renderer.draw(&state, &mut self.picture);
                let share = 1.0 / (step + 1) as f64;
                self.mean.zip_mut_with(&self.picture, |mean, light| *mean += share * (light - *mean));
            }
        }
        &mut self.mean
    }
}

/// A movie without light, or a refusal where memory does not hold it.
pub(crate) fn dark<T: Copy + Default>(shape: (usize, usize, usize)) -> Result<Array3<T>> {
    let (frames, rows, columns) = shape;
    let too_large = || {
        Error::Setting(Fault::new(
            "movie",
            "as many pixels as memory holds",
            format!("{frames} frames of {rows} x {columns}"),
            "Film fewer frames, or smaller ones.",
        ))
    };
    let count = frames.checked_mul(rows * columns).ok_or_else(too_large)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(count).map_err(|_| too_large())?;
    pixels.resize(count, T::default());
    Array3::from_shape_vec(shape, pixels).map_err(|_| too_large())
}

/// The first of `trajectories`, all of which must be of one system.
pub(crate) fn one_system(trajectories: &[Trajectory]) -> Result<&Trajectory> {
    let Some(first) = trajectories.first() else {
        return Err(Error::Setting(Fault::new(
            "trajectories",
            "at least one",
            "none",
            "Simulate a movie first.",
        )));
    };
    match trajectories.iter().position(|other| {
        other.parts() != first.parts() || other.stationary_deviation() != first.stationary_deviation()
    }) {
        Some(movie) => Err(Error::Mismatch(Fault::new(
            "trajectories",
            "trajectories of one system",
            format!("movie {movie} of another system than movie 0"),
            "Film the movies of each system by themselves.",
        ))),
        None => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{Simulation, published::two_beads};
    use crate::microscope::{Body, Coordinate, Point, Rectangle};
    use cneep_movie::video::Depth;
    use ndarray::s;

    fn simulate(frames: usize, steps_per_frame: usize, movies: usize) -> Vec<Trajectory> {
        let kept_steps = steps_per_frame;
        let run = Simulation { frames, steps_per_frame, kept_steps, movies, ..Simulation::default() };
        two_beads().simulate(&run, 4).unwrap()
    }

    /// Positions of another simulation are filmed as those of a trajectory; catches steps taken for frames.
    #[test]
    fn positions_alone_give_the_movie_of_the_trajectory() {
        let paths = simulate(5, 4, 2);
        let at = Coordinate::moving(10.0, 1, 2.0);
        let drawing = Drawing { rows: 20, columns: 20, bodies: vec![blob(at)] };
        let camera = Camera { exposure: 1.0, read_noise: 0.1, ..Camera::default() };
        let positions: Vec<_> = paths.iter().map(Trajectory::exposure_positions).collect();
        let interval = paths[0].frame_interval();
        let filmed = camera.film_positions(&drawing, &positions, interval).unwrap();
        assert_eq!(filmed, camera.film(&drawing, &paths).unwrap());
        let lost = ndarray::Array3::from_elem((5, 1, 2), f64::NAN);
        assert!(camera.film_positions(&drawing, &[lost.view()], 0.1).is_err());
        assert!(camera.film_positions(&drawing, &positions, 0.0).is_err());
        assert!(camera.film_positions(&drawing, &[], 0.1).is_err());
    }

    fn blob(x: Coordinate) -> Body {
        let at = Point { x, y: Coordinate::still(5.0) };
        Body::Blob { at, width: 2.0, brightness: 0.9, lit_by: None }
    }

    /// A blob that coordinate 0 moves by 1 pixel per unit, beside one that stands still.
    fn pair() -> Drawing {
        let bodies = vec![blob(Coordinate::moving(6.0, 0, 1.0)), blob(Coordinate::still(16.3))];
        Drawing { rows: 12, columns: 24, bodies }
    }

    fn counts(camera: &Camera, drawing: &Drawing, path: &[Trajectory]) -> Array3<u16> {
        match camera.film(drawing, path).unwrap().remove(0).frames() {
            Frames::U8(pixels) => pixels.mapv(u16::from),
            Frames::U16(pixels) => pixels.clone(),
            _ => panic!("counts in memory"),
        }
    }

    fn sharp() -> Camera {
        Camera { bit_depth: 16, ..Camera::default() }
    }

    /// Catches a mean over the wrong steps, or a frame exposed for those that follow it: each pixel is the
    /// mean over the pictures of the same path filmed at every step.
    #[test]
    fn an_exposure_is_the_mean_of_the_pictures_that_end_with_the_frame() {
        let (coarse, fine) = (simulate(12, 5, 1), simulate(60, 1, 1));
        assert_eq!(coarse[0].positions().row(3), fine[0].positions().row(19));
        for (exposure, steps) in [(0.0, 1), (0.4, 2), (1.0, 5)] {
            let blurred = counts(&Camera { exposure, ..sharp() }, &pair(), &coarse);
            for frame in 0..12 {
                let end = 5 * frame + 5;
                let mean = (end - steps..end)
                    .map(|step| pair().light(&fine[0].positions().row(step)).unwrap())
                    .fold(Array2::<f64>::zeros((12, 24)), |sum, light| sum + light)
                    / steps as f64;
                for ((row, column), light) in mean.indexed_iter() {
                    let apart = (65_535.0 * light).min(65_535.0) - f64::from(blurred[[frame, row, column]]);
                    assert!(
                        (-1e-6..1.0 + 1e-6).contains(&apart),
                        "{apart} at frame {frame}, {row}, {column}"
                    );
                }
            }
        }
    }

    /// Catches light lost or rounded by averaging: what stands still looks the same, bit for bit, however
    /// long it is exposed.
    #[test]
    fn a_still_body_is_not_blurred() {
        let still = Drawing { rows: 12, columns: 24, bodies: vec![blob(Coordinate::still(11.7))] };
        let path = simulate(6, 7, 1);
        let exposed = counts(&Camera { exposure: 1.0, ..sharp() }, &still, &path);
        assert_eq!(exposed, counts(&sharp(), &still, &path));
    }

    /// Catches noise that depends on who films, on the frames that follow, on the movies beside it, or on
    /// other noise.
    #[test]
    fn noise_depends_on_seed_movie_and_frame_alone() {
        let camera = Camera { photons: Some(50.0), read_noise: 0.05, background: 0.3, seed: 9, ..sharp() };
        let paths = simulate(150, 1, 3);
        let film = |threads: usize, movies: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| camera.film(&pair(), &paths[..movies]).unwrap())
        };
        let all = film(1, 3);
        assert_eq!(all, film(3, 3));
        assert_eq!(all[..2], film(2, 2));
        let short =
            two_beads().trajectory(paths[0].positions().slice(s![..70, ..]).to_owned(), 0.01).unwrap();
        let short = camera.film(&pair(), &[short]).unwrap();
        assert_eq!(*short[0].frames(), all[0].frames().part(0..70).unwrap());
        let again = Camera { seed: 10, ..camera.clone() };
        assert_ne!(all[0], again.film(&pair(), &paths[..1]).unwrap()[0]);
        let empty = Drawing { bodies: vec![], ..pair() };
        let dark = counts(&camera, &empty, &paths);
        assert_ne!(dark.index_axis(Axis(0), 0), dark.index_axis(Axis(0), 1));
        let other = Camera { photons: None, background: 0.5, ..camera.clone() };
        let (loud, quiet) =
            (counts(&other, &empty, &paths), counts(&Camera { read_noise: 0.0, ..other }, &empty, &paths));
        let noise = |pixel: &u16| f64::from(*pixel) - f64::from(quiet[[0, 0, 0]]);
        let deviation = (loud.iter().map(|p| noise(p).powi(2)).sum::<f64>() / loud.len() as f64).sqrt();
        assert!((deviation / 65_535.0 - 0.05).abs() < 0.001, "{deviation}");
    }

    /// Catches a background that is scaled with the brightness, or added after rounding.
    #[test]
    fn background_adds_exactly() {
        let path = simulate(3, 1, 1);
        let camera = Camera { brightness: 0.5, background: 0.05, ..Camera::default() };
        let lifted = counts(&camera, &pair(), &path);
        for ((frame, row, column), found) in lifted.indexed_iter() {
            let light = pair().light(&path[0].positions().row(frame)).unwrap()[[row, column]];
            assert_eq!(f64::from(*found), (255.0 * (0.5 * light + 0.05)).floor().min(255.0));
        }
    }

    /// Catches a crop or mask of the wrong pixels, or noise that changes with the part that is kept.
    #[test]
    fn a_crop_is_the_slice_and_a_mask_is_dark() {
        let path = simulate(4, 1, 1);
        let whole = Camera { read_noise: 0.05, background: 0.2, binning: 2, ..Camera::default() };
        let kept = Rectangle { row: 1, column: 3, rows: 4, columns: 7 };
        let full = counts(&whole, &pair(), &path);
        assert_eq!(full.dim(), (4, 6, 12));
        let cropped = counts(&Camera { crop: Some(kept), ..whole.clone() }, &pair(), &path);
        assert_eq!(cropped, full.slice(s![.., 1..5, 3..10]));
        let masked = counts(&Camera { masks: vec![kept], ..whole }, &pair(), &path);
        for ((frame, row, column), count) in masked.indexed_iter() {
            let inside = (1..5).contains(&row) && (3..10).contains(&column);
            assert_eq!(*count, if inside { 0 } else { full[[frame, row, column]] });
        }
    }

    /// Catches counts that wrap around where light is too bright, a lost depth, and binning that changes the
    /// mean.
    #[test]
    fn saturation_depth_and_binning_do_what_they_say() {
        let path = simulate(3, 1, 1);
        let crowd = Drawing { bodies: vec![blob(Coordinate::still(12.0)); 4], ..pair() };
        for (bit_depth, saturation, brightest, depth) in
            [(8, 1.0, 255, Depth::U8), (12, 1.0, 4095, Depth::U16), (12, 0.5, 2047, Depth::U16)]
        {
            let camera = Camera { saturation, bit_depth, ..Camera::default() };
            assert_eq!(counts(&camera, &crowd, &path).iter().max(), Some(&brightest));
            assert_eq!(camera.film(&crowd, &path).unwrap()[0].frames().depth(), depth);
        }
        let mean = |camera: Camera| counts(&camera, &pair(), &path).mapv(f64::from).mean().unwrap();
        let (fine, binned) = (mean(sharp()), mean(Camera { binning: 4, ..sharp() }));
        assert!((fine - binned).abs() < 1.0, "{fine} and {binned} differ by more than rounding down");
    }

    #[test]
    fn what_cannot_be_filmed_is_refused() {
        let refused =
            |camera: &Camera, path: &[Trajectory]| camera.film(&pair(), path).unwrap_err().to_string();
        assert!(refused(&sharp(), &[]).contains("at least one, found none"));
        let run =
            Simulation { frames: 3, movies: 1, steps_per_frame: 8, kept_steps: 2, ..Simulation::default() };
        let short = two_beads().simulate(&run, 4).unwrap();
        let refusal = refused(&Camera { exposure: 0.5, ..sharp() }, &short);
        assert!(refusal.contains("kept 4 steps of every frame, found 2 kept"), "{refusal}");
        assert!(Camera { exposure: 0.25, ..sharp() }.film(&pair(), &short).is_ok());
    }
}
