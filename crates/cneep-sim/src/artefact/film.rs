//! Films with artefacts: the scene, the times of rows, the light, the counts.

use super::debris::Debris;
use super::kind::Artefact;
use super::row_timing::{jitter, kept_steps, row_delays};
use super::scene::Scene;
use super::{codec, denoiser, focus, frame_order, grey_levels, label, lamp, planes, sensor};
use super::{stabilisation, stage_motion, temporal_filter};
use crate::langevin::Trajectory;
use crate::microscope::{Camera, Count, Drawing, Exposure, Place, dark, one_system, stream};
use cneep_movie::error::Result;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::{Array2, Array3, ArrayView3, Axis, s};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// What distinguishes the key of artefacts from others of the same seed.
const ARTEFACT: &[u8; 24] = b"cneep/microscope/artefac";
/// What distinguishes the key of a chip's faults.
const CHIP: &[u8; 24] = b"cneep/microscope/chip___";

/// Films `drawing` along every trajectory through `artefacts`: one movie each, `movie 0` first. Without any
/// it is [`Camera::film`]. Frames that are [lost](super::lose_frames) must be lost from the trajectories.
///
/// # Errors
/// Those of [`Camera::film`] and [`kept_steps`].
pub fn film(
    camera: &Camera,
    drawing: &Drawing,
    artefacts: &[Artefact],
    trajectories: &[Trajectory],
) -> Result<Vec<Video>> {
    if artefacts.is_empty() {
        return camera.film(drawing, trajectories);
    }
    drawing.check(one_system(trajectories)?.parts().len())?;
    let readout = camera.readout((drawing.rows, drawing.columns))?;
    let film = Film { camera, drawing, artefacts, readout };
    let movies = trajectories.par_iter().enumerate();
    movies.map(|(movie, trajectory)| film.record(movie, trajectory)).collect()
}

/// What every movie of a set shares.
struct Film<'a> {
    camera: &'a Camera,
    drawing: &'a Drawing,
    artefacts: &'a [Artefact],
    /// (rows, columns) after binning, before the crop.
    readout: (usize, usize),
}

impl Film<'_> {
    fn record(&self, movie: usize, trajectory: &Trajectory) -> Result<Video> {
        let per_frame = (trajectory.frame_interval() / trajectory.time_step()).round() as usize;
        let kept = kept_steps(self.camera, self.artefacts, per_frame)?;
        let positions = Camera::last_positions(trajectory, kept)?;
        let mut light = self.expose(movie, &positions, per_frame)?;
        self.each(movie, |artefact, chip, random| change_light(artefact, &mut light, chip, random));
        let deep = self.artefacts.contains(&Artefact::LeftAligned {});
        let frames = if self.camera.bit_depth <= 8 && !deep {
            Frames::U8(self.count(movie, light)?)
        } else {
            Frames::U16(self.count(movie, light)?)
        };
        let calibration = Calibration {
            frame_interval: Some(trajectory.frame_interval()),
            exposure: Some(self.camera.exposure),
            ..Calibration::default()
        };
        Video::new(format!("movie {movie}"), frames, calibration)
    }

    /// Hands every artefact to `act`, with what it draws from: the chip's faults, and this `movie`'s.
    fn each(&self, movie: usize, mut act: impl FnMut(&Artefact, &mut ChaCha8Rng, &mut ChaCha8Rng)) {
        for (place, artefact) in self.artefacts.iter().enumerate() {
            let frame = place as u64;
            let mut random = stream(self.camera.seed, ARTEFACT, Place { movie: movie as u64, frame });
            act(artefact, &mut stream(0, CHIP, Place { movie: 0, frame }), &mut random);
        }
    }

    /// The light of every frame as it is read out, shape (frame, row, column), from the `positions` at the
    /// steps before each frame, shape (frame, step, coordinate).
    fn expose(&self, movie: usize, positions: &ArrayView3<f64>, per_frame: usize) -> Result<Array3<f64>> {
        let (frames, kept, _) = positions.dim();
        let mut scene = Scene::still(frames, self.drawing.bodies.len());
        let mut early = vec![0; frames];
        self.each(movie, |artefact, _, random| {
            self.change_scene(artefact, &mut scene, random);
            if let Artefact::TimeJitter { share } = artefact {
                for steps in &mut early {
                    *steps += jitter(*share, per_frame, random);
                }
            }
        });
        let exposed = self.camera.exposed_steps(per_frame)?;
        let delays = row_delays(self.artefacts, self.drawing.rows, per_frame);
        let mut all = delays.clone();
        all.sort_unstable();
        all.dedup();
        let mut light: Array3<f64> = dark((frames, self.readout.0, self.readout.1))?;
        let mut binned = Array2::zeros(self.readout);
        let mut picture = Array2::zeros((self.drawing.rows, self.drawing.columns));
        for (frame, mut light) in light.outer_iter_mut().enumerate() {
            let drawing = scene.drawing(frame, self.drawing);
            let mut exposure = Exposure::new(&drawing);
            for delay in &all {
                let end = kept - early[frame] - delay;
                let seen = exposure.mean(&positions.slice(s![frame, end - exposed..end, ..]));
                for row in (0..delays.len()).filter(|row| delays[*row] == *delay) {
                    picture.row_mut(row).assign(&seen.row(row));
                }
            }
            light.assign(self.camera.gather(&mut picture, &mut binned));
        }
        Ok(light)
    }

    /// The counts of `light`, as they are stored.
    fn count<T: Count>(&self, movie: usize, mut light: Array3<f64>) -> Result<Array3<T>> {
        let window = self.camera.window(self.readout);
        let mut counts: Array3<f64> = dark((light.len_of(Axis(0)), window.rows, window.columns))?;
        let mut read_out = Array2::<u16>::zeros((window.rows, window.columns));
        for (frame, mut light) in light.outer_iter_mut().enumerate() {
            let place = Place { movie: movie as u64, frame: frame as u64 };
            self.camera.count_light(&mut light, place, read_out.view_mut());
            counts.index_axis_mut(Axis(0), frame).assign(&read_out.mapv(f64::from));
        }
        self.each(movie, |artefact, _, random| change_counts(artefact, self.camera, &mut counts, random));
        Ok(counts.mapv(|count| T::of(count.round())))
    }

    fn change_scene(&self, artefact: &Artefact, scene: &mut Scene, random: &mut ChaCha8Rng) {
        // The scene is that before binning.
        let pixel = self.camera.binning as f64;
        match *artefact {
            Artefact::StageDrift { columns, rows } => {
                stage_motion::drift(&mut scene.shift, [columns * pixel, rows * pixel]);
            }
            Artefact::StageWander { pixels } => {
                stage_motion::wander(&mut scene.shift, pixels * pixel, random);
            }
            Artefact::StageSawTooth { pixels, period } => {
                stage_motion::saw_tooth(&mut scene.shift, pixels * pixel, period, random);
            }
            Artefact::Vibration { columns, rows, cycles_per_frame } => {
                let amplitudes = [columns * pixel, rows * pixel];
                stage_motion::vibration(&mut scene.shift, amplitudes, cycles_per_frame, random);
            }
            Artefact::FocusDrift { width } => focus::drift(&mut scene.width, width),
            Artefact::FocusSawTooth { width, period } => focus::saw_tooth(&mut scene.width, width, period),
            Artefact::BleachingSteps { share, lifetime } => {
                label::bleaching_steps(&mut scene.brightness, share, lifetime, random);
            }
            Artefact::Blinking { share, frames } => {
                label::blinking(&mut scene.brightness, share, frames, random);
            }
            Artefact::Debris { crossings, frames, brightness, width, one_way } => {
                let debris = Debris { crossings, frames, brightness, width: width * pixel, one_way };
                debris.cross(scene, (self.drawing.rows, self.drawing.columns), random);
            }
            Artefact::InterleavedPlanes { planes, defocus } => {
                planes::interleave_planes(scene, planes, defocus);
            }
            Artefact::InterleavedChannels { channels } => planes::interleave_channels(scene, channels),
            _ => {}
        }
    }
}

fn change_light(
    artefact: &Artefact,
    light: &mut Array3<f64>,
    chip: &mut ChaCha8Rng,
    random: &mut ChaCha8Rng,
) {
    match *artefact {
        Artefact::Bleaching { share } => lamp::bleach(light, share),
        Artefact::LampWarmUp { share, frames } => lamp::warm_up(light, share, frames),
        Artefact::LampFlicker { share, frames, cycles_per_frame } => {
            lamp::flicker(light, share, frames, cycles_per_frame, random);
        }
        Artefact::BackgroundFlicker { light: deviation, frames } => {
            lamp::flicker_unevenly(light, deviation, frames, random);
        }
        Artefact::AutoExposure { step } => lamp::follow_brightness(light, step),
        Artefact::FixedPattern { gain, offset } => sensor::fixed_pattern(light, gain, offset, chip),
        Artefact::HotPixels { count, light: extra, frames } => {
            sensor::hot_pixels(light, count, extra, frames, chip, random);
        }
        Artefact::SpikingPixels { count, light: extra, frames } => {
            sensor::spiking_pixels(light, count, extra, frames, chip, random);
        }
        Artefact::CosmicRays { per_frame, light: extra } => {
            sensor::cosmic_rays(light, per_frame, extra, random);
        }
        Artefact::Lag { least, most } => sensor::lag(light, [least, most], chip),
        _ => {}
    }
}

/// Changes `counts`, shape (frame, row, column), of a `camera`.
fn change_counts(artefact: &Artefact, camera: &Camera, counts: &mut Array3<f64>, random: &mut ChaCha8Rng) {
    let full_scale = f64::from(camera.full_scale());
    match *artefact {
        Artefact::RepeatedFrames { share } => frame_order::repeat(counts, share, random),
        Artefact::RunningMean { frames } => temporal_filter::running_mean(counts, frames),
        Artefact::ExponentialFilter { weight } => temporal_filter::exponential_filter(counts, weight),
        Artefact::AdaptiveDenoiser { weight, threshold } => {
            denoiser::denoise(counts, weight, threshold * full_scale);
        }
        Artefact::RunningMedian { frames } => temporal_filter::running_median(counts, frames),
        Artefact::BackgroundSubtraction { frames } => temporal_filter::subtract_background(counts, frames),
        Artefact::DividedByMean {} => grey_levels::divide_by_mean(counts),
        Artefact::StabilisedOnFirst {} => stabilisation::on_first(counts),
        Artefact::StabilisedOnPrevious {} => stabilisation::on_previous(counts),
        Artefact::AutoStretch {} => grey_levels::stretch(counts, full_scale),
        Artefact::GreyLevels { levels } => grey_levels::round_to_levels(counts, levels, full_scale),
        Artefact::LeftAligned {} => grey_levels::left_align(counts, camera.bit_depth),
        Artefact::GainAndOffset { gain, offset } => counts.mapv_inplace(|count| gain * count + offset),
        Artefact::Codec { step, dead_zone, key_frames } => {
            codec::compress(counts, step, dead_zone, key_frames);
        }
        Artefact::NameOrder {} => frame_order::by_name(counts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, Simulation, TemperatureProfile};
    use crate::microscope::{Microscope, Rectangle};

    fn paths(kept_steps: usize) -> (Drawing, Vec<Trajectory>) {
        let run = Simulation { frames: 20, steps_per_frame: 10, kept_steps, movies: 2, time_step: 0.02 };
        let paths =
            BeadSpring::new(2, TemperatureProfile::linear(1.0, 1.0)).unwrap().simulate(&run, 1).unwrap();
        (Microscope::default().drawing(&paths).unwrap(), paths)
    }

    fn noisy() -> Camera {
        let camera = Camera { photons: Some(200.0), read_noise: 0.02, background: 0.1, ..Camera::default() };
        Camera { exposure: 0.2, bit_depth: 12, seed: 3, ..camera }
    }

    fn pixels(video: &Video) -> Array3<f64> {
        match video.frames() {
            Frames::U8(pixels) => pixels.mapv(f64::from),
            Frames::U16(pixels) => pixels.mapv(f64::from),
            _ => panic!("counts in memory"),
        }
    }

    /// The first movie with these artefacts.
    fn filmed(camera: &Camera, artefacts: &[Artefact]) -> Array3<f64> {
        let (drawing, paths) = paths(10);
        pixels(&film(camera, &drawing, artefacts, &paths).unwrap()[0])
    }

    /// Catches a camera that films otherwise for those who spoil its movies: without strength, every artefact
    /// leaves the movie as it is, to the last bit.
    #[test]
    fn an_artefact_of_no_strength_is_the_plain_film() {
        let crop = Rectangle { row: 1, column: 2, rows: 5, columns: 9 };
        let cameras = [noisy(), Camera { bit_depth: 8, binning: 2, crop: Some(crop), ..noisy() }];
        for camera in cameras {
            let (drawing, paths) = paths(10);
            let plain = camera.film(&drawing, &paths).unwrap();
            for text in [
                "kind = \"rolling-shutter\"\nshare = 0",
                "kind = \"time-jitter\"\nshare = 0",
                "kind = \"vibration\"\ncolumns = 0\nrows = 0\ncycles-per-frame = 0.3",
                "kind = \"focus-drift\"\nwidth = 1",
                "kind = \"blinking\"\nshare = 0\nframes = 3",
                "kind = \"lamp-warm-up\"\nshare = 0\nframes = 80",
                "kind = \"background-flicker\"\nlight = 0\nframes = 3",
                "kind = \"lag\"\nleast = 0\nmost = 0",
                "kind = \"exponential-filter\"\nweight = 0",
                "kind = \"adaptive-denoiser\"\nweight = 0\nthreshold = 1",
                "kind = \"running-median\"\nframes = 1",
                "kind = \"gain-and-offset\"\ngain = 1\noffset = 0",
                "kind = \"repeated-frames\"\nshare = 0",
                "kind = \"codec\"\nstep = 0.001\ndead-zone = 0\nkey-frames = 12",
            ] {
                let artefact: Artefact = toml::from_str(text).unwrap();
                assert_eq!(film(&camera, &drawing, &[artefact], &paths).unwrap(), plain, "{text}");
            }
        }
    }

    /// Catches rows taken from a later frame, or from the end that is exposed with it: under a shutter of 90
    /// % row 0 is that of the path 9 steps earlier, and the last row its own.
    #[test]
    fn rows_under_a_rolling_shutter_are_those_of_earlier_steps() {
        let camera = Camera { bit_depth: 16, ..Camera::default() };
        let rolled = filmed(&camera, &[Artefact::RollingShutter { share: 0.9 }]);
        let interlaced = filmed(&camera, &[Artefact::Interlaced {}]);
        let (drawing, paths) = paths(10);
        let plain = pixels(&camera.film(&drawing, &paths).unwrap()[0]);
        let at = |frame: usize, step: usize, row: usize| {
            let light = drawing.light(&paths[0].exposure_positions().slice(s![frame, step, ..])).unwrap();
            light.row(row).mapv(|light| f64::from(camera.count(light)))
        };
        for frame in [0, 7] {
            for (row, step) in [(0, 0), (19, 9)] {
                assert_eq!(rolled.slice(s![frame, row, ..]), at(frame, step, row));
            }
            assert_eq!(interlaced.slice(s![frame, 3, ..]), plain.slice(s![frame, 3, ..]));
            assert_eq!(interlaced.slice(s![frame, 4, ..]), at(frame, 4, 4));
        }
    }

    /// Catches random artefacts that all movies share, or that depend on threads, and chips that are another
    /// for every movie.
    #[test]
    fn every_movie_has_chances_of_its_own_on_one_chip() {
        let (drawing, paths) = paths(10);
        let still = Drawing { bodies: vec![], ..drawing };
        let camera = Camera { background: 0.3, bit_depth: 16, ..Camera::default() };
        let two = |artefact: Artefact| {
            let threads = |count| rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
            let film = || film(&camera, &still, std::slice::from_ref(&artefact), &paths).unwrap();
            let movies = threads(1).install(film);
            assert_eq!(movies, threads(3).install(film));
            pixels(&movies[0]) == pixels(&movies[1])
        };
        assert!(!two(Artefact::BackgroundFlicker { light: 0.02, frames: 5.0 }));
        assert!(!two(Artefact::CosmicRays { per_frame: 3.0, light: 0.3 }));
        assert!(two(Artefact::FixedPattern { gain: 0.05, offset: 0.01 }));
    }

    /// Catches a denoiser or filter on the light, where noise has no part in it: the noise of a still scene
    /// correlates with the next frame by the weight.
    #[test]
    fn filters_act_on_counts_and_lag_on_light() {
        let (drawing, paths) = paths(10);
        let still = Drawing { bodies: vec![], ..drawing };
        let camera = Camera { background: 0.5, exposure: 0.0, ..noisy() };
        let correlation = |artefact| {
            let counts = pixels(&film(&camera, &still, &[artefact], &paths).unwrap()[0]);
            let noise = &counts - counts.mean().unwrap();
            let (now, next) = (noise.slice(s![5..19, .., ..]), noise.slice(s![6..20, .., ..]));
            (&now * &next).sum() / (&now * &now).sum()
        };
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 0.03, "{found} {expected}");
        close(correlation(Artefact::ExponentialFilter { weight: 0.5 }), 0.5);
        close(correlation(Artefact::AdaptiveDenoiser { weight: 0.5, threshold: 10.0 }), 0.5);
        close(correlation(Artefact::Lag { least: 0.5, most: 0.5 }), 0.0);
    }

    /// Catches counts of 12 bits that are stored in 8, or that end in ones.
    #[test]
    fn left_aligned_counts_have_a_ceiling_of_their_own() {
        let (drawing, paths) = paths(10);
        let bright = Camera { background: 2.0, bit_depth: 8, ..Camera::default() };
        let movies = film(&bright, &drawing, &[Artefact::LeftAligned {}], &paths).unwrap();
        assert!(pixels(&movies[0]).iter().all(|count| *count == 65_280.0));
    }
}
