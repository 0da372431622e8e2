//! Films small scenes through faults of a camera, and without, to see what is told of them.

use super::common_motion::CommonMotion;
use super::faults::faults;
use super::observer::{Evidence, Observer};
use crate::caution::{CautionKind, CommonChange, Lines};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const EDGE: usize = 24;
/// Level at which the camera of these tests cuts off.
const CEILING: f32 = 255.0;
/// Moments simulated per frame.
const MOMENTS: usize = 4;

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}

/// What is filmed, and how.
#[derive(Clone, Copy)]
struct Scene {
    frames: usize,
    /// Share of the frame interval between the first row and the last.
    readout: f64,
    /// Odd rows half a frame later.
    interlaced: bool,
    /// Shift of the stage (column, row) in pixels, and factor of the light, of each frame.
    stage: fn(usize) -> (f64, f64),
    light: fn(usize) -> f64,
    noise: f64,
    /// Even motion of all beads, in pixels a frame downwards.
    flow: f64,
}

const CLEAN: Scene = Scene {
    frames: 400,
    readout: 0.0,
    interlaced: false,
    stage: |_| (0.0, 0.0),
    light: |_| 1.0,
    noise: 3.0,
    flow: 0.0,
};

type Movie = Vec<Vec<f32>>;

/// Four beads in traps, which forget their places in six frames, on a lit ground.
fn film(scene: &Scene, seed: u64) -> Movie {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rest = [(6.0, 7.0), (17.0, 6.0), (7.0, 18.0), (17.0, 17.0)];
    let forget = 1.0 / (6.0 * MOMENTS as f64);
    let mut shifts = [[0.0_f64; 2]; 4];
    let mut path = Vec::new();
    for _ in 0..(scene.frames + 20) * MOMENTS {
        for shift in shifts.iter_mut().flatten() {
            *shift += -forget * *shift + (2.0 * forget).sqrt() * normal(&mut random);
        }
        path.push(shifts);
    }
    let frame = |frame: usize, random: &mut ChaCha8Rng| -> Vec<f32> {
        let stage = (scene.stage)(frame);
        let mut pixels = Vec::with_capacity(EDGE * EDGE);
        for row in 0..EDGE {
            let late = scene.readout * row as f64 / EDGE as f64
                + f64::from(u8::from(scene.interlaced && row % 2 == 1)) / 2.0;
            let moment = late * MOMENTS as f64;
            let (now, part) = (20 * MOMENTS + frame * MOMENTS + moment as usize - MOMENTS, moment.fract());
            for column in 0..EDGE {
                let mut light = 20.0;
                for (bead, (x, y)) in rest.iter().enumerate() {
                    let at =
                        |axis: usize| path[now][bead][axis] * (1.0 - part) + path[now + 1][bead][axis] * part;
                    let fall = (y + stage.1 + at(1) + scene.flow * (frame as f64 + late) + 6.0)
                        .rem_euclid(36.0)
                        - 6.0;
                    let square = (column as f64 - x - stage.0 - at(0)).powi(2) + (row as f64 - fall).powi(2);
                    light += 120.0 * (-square / 6.5).exp();
                }
                pixels.push((light * (scene.light)(frame) + scene.noise * normal(random)).round() as f32);
            }
        }
        pixels
    };
    (0..scene.frames).map(|index| frame(index, &mut random)).collect()
}

fn watch(movie: &[Vec<f32>]) -> Evidence {
    let averaged = movie.len().min(32);
    let mut mean = vec![0.0; EDGE * EDGE];
    for k in 0..averaged {
        let frame = &movie[k * movie.len() / averaged];
        mean.iter_mut().zip(frame).for_each(|(mean, pixel)| *mean += pixel / averaged as f32);
    }
    let mut observer = Observer::new((movie.len(), EDGE, EDGE), &mean, averaged, CEILING);
    for frame in movie {
        observer.watch(frame);
    }
    observer.finish(0.35)
}

/// What three movies show together.
fn told(scene: &Scene, process: impl Fn(&mut Movie)) -> Vec<CautionKind> {
    let movies: Vec<Evidence> = (0..3)
        .map(|seed| {
            let mut movie = film(scene, 10 + seed);
            process(&mut movie);
            watch(&movie)
        })
        .collect();
    faults(&movies.iter().collect::<Vec<_>>(), 1)
}

/// Catches a fault that clean movies show: thresholds too low, or statistics that are not centred.
#[test]
fn clean_movies_show_nothing() {
    assert_eq!(told(&CLEAN, |_| {}), []);
    assert_eq!(told(&Scene { noise: 0.0, ..CLEAN }, |_| {}), []);
    assert_eq!(told(&Scene { frames: 60, ..CLEAN }, |_| {}), []);
}

/// Catches rows taken for columns, a wrong direction, and a lag that is not of the size of the readout.
#[test]
fn rows_read_one_by_one_are_told_with_their_direction() {
    let upright = told(&Scene { readout: 0.9, ..CLEAN }, |_| {});
    let [CautionKind::LinesInSequence { lines: Lines::Rows, share, t }] = upright[..] else {
        panic!("{upright:?}");
    };
    assert!((0.4..1.1).contains(&share) && t < -6.0, "{share} {t}");
    let turned = told(&Scene { readout: 0.9, ..CLEAN }, |movie| {
        for frame in movie {
            let turned = (0..EDGE * EDGE).map(|at| frame[(at % EDGE) * EDGE + EDGE - 1 - at / EDGE]);
            *frame = turned.collect();
        }
    });
    let [CautionKind::LinesInSequence { lines: Lines::Columns, share, .. }] = turned[..] else {
        panic!("{turned:?}");
    };
    assert!(share > 0.4, "{share}");
}

/// Catches a flow that is taken for a readout: it is faster than any.
#[test]
fn a_flow_is_no_readout() {
    let flowing = told(&Scene { flow: 0.4, ..CLEAN }, |_| {});
    assert!(!flowing.iter().any(|kind| matches!(kind, CautionKind::LinesInSequence { .. })), "{flowing:?}");
}

#[test]
fn interlaced_rows_are_told_apart_from_rows_in_sequence() {
    let told = told(&Scene { interlaced: true, ..CLEAN }, |_| {});
    assert!(matches!(told[..], [CautionKind::Interlaced { .. }]), "{told:?}");
}

/// Catches structure or a fixed pattern taken for noise, and a correlation that is not that of the filter.
#[test]
fn noise_that_a_filter_keeps_is_told_with_its_correlation() {
    let filtered = told(&CLEAN, |movie| {
        for at in 1..movie.len() {
            let (before, now) = movie.split_at_mut(at);
            let before = before.last().unwrap();
            now[0].iter_mut().zip(before).for_each(|(now, before)| *now = 0.7 * *now + 0.3 * before);
        }
    });
    let [CautionKind::NoiseRemembered { correlation }] = filtered[..] else { panic!("{filtered:?}") };
    assert!((correlation - 0.3).abs() < 0.03, "{correlation}");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let pattern: Vec<f32> = (0..EDGE * EDGE).map(|_| random.random_range(-8.0_f32..8.0).round()).collect();
    let fixed = told(&CLEAN, |movie| {
        for frame in movie {
            frame.iter_mut().zip(&pattern).for_each(|(pixel, fixed)| *pixel += fixed);
        }
    });
    assert_eq!(fixed, []);
}

/// Catches a grid that is not the codec's, and key frames that only spikes of the difference show.
#[test]
fn squares_of_a_codec_are_told() {
    let cosine = |u: usize, x: usize| {
        let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
        scale * (std::f64::consts::PI * ((2 * x + 1) * u) as f64 / 16.0).cos()
    };
    let code = |frame: &mut Vec<f32>| {
        for square in 0..9 {
            let place = |y: usize, x: usize| (square / 3 * 8 + y) * EDGE + square % 3 * 8 + x;
            let mut coded = [0.0; 64];
            for (at, coded) in coded.iter_mut().enumerate() {
                let pixels = (0..64).map(|p| {
                    f64::from(frame[place(p / 8, p % 8)]) * cosine(at / 8, p / 8) * cosine(at % 8, p % 8)
                });
                let step = 4.0 + (at / 8 + at % 8) as f64;
                *coded = (pixels.sum::<f64>() / step).round() * step;
            }
            for p in 0..64 {
                let light = (0..64).map(|at| coded[at] * cosine(at / 8, p / 8) * cosine(at % 8, p % 8));
                frame[place(p / 8, p % 8)] = light.sum::<f64>().round() as f32;
            }
        }
    };
    let told = told(&Scene { frames: 100, ..CLEAN }, |movie| movie.iter_mut().for_each(code));
    assert!(matches!(told[..], [CautionKind::CodecBlocks { period: None, .. }]), "{told:?}");
}

/// Catches a frequency or an amplitude that is not the stage's.
#[test]
fn vibration_drift_and_corrections_of_the_stage_are_told() {
    let shaken = Scene {
        stage: |frame| {
            let turn = frame as f64 * 0.21 * std::f64::consts::TAU;
            (0.3 * turn.cos(), 0.3 * turn.sin())
        },
        ..CLEAN
    };
    let shaken = told(&shaken, |_| {});
    let [CautionKind::CommonOscillation { cycles_per_frame, amplitude }] = shaken[..] else {
        panic!("{shaken:?}");
    };
    assert!((cycles_per_frame - 0.21).abs() < 0.01 && (0.1..0.3).contains(&amplitude), "{shaken:?}");
    let drifting = told(&Scene { stage: |frame| (0.0, frame as f64 * 0.005), ..CLEAN }, |_| {});
    let drifts = |kind: &CautionKind| match kind {
        CautionKind::CommonDrift { what, change } => *what == CommonChange::UpAndDown && *change > 1.0,
        _ => false,
    };
    assert!(drifting.iter().any(drifts), "{drifting:?}");
    let corrected = told(&Scene { stage: |frame| ((frame % 20) as f64 * 0.1, 0.0), ..CLEAN }, |_| {});
    let jumps = |kind: &CautionKind| match kind {
        CautionKind::CommonJumps { what, z } => *what == CommonChange::Sideways && *z < 0.0,
        _ => false,
    };
    assert!(corrected.iter().any(jumps), "{corrected:?}");
}

/// One bead that is driven around a circle, by `velocity` in radians a frame, and diffuses along it.
fn driven_around(velocity: f64, diffusion: f64, seed: u64) -> Movie {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut angle = 0.0_f64;
    let mut frame = || -> Vec<f32> {
        angle += velocity + (2.0 * diffusion).sqrt() * normal(&mut random);
        let (x, y) = (11.5 + 7.0 * angle.cos(), 11.5 + 7.0 * angle.sin());
        let light = |at: usize| {
            let square = ((at % EDGE) as f64 - x).powi(2) + ((at / EDGE) as f64 - y).powi(2);
            20.0 + 120.0 * (-square / 6.5).exp()
        };
        (0..EDGE * EDGE).map(|at| (light(at) + normal(&mut random)).round() as f32).collect()
    };
    (0..1500).map(|_| frame()).collect()
}

/// Catches one object that moves taken for the stage: its steps along the mean picture are skewed, and
/// periodic, and the rest of the picture stands still.
#[test]
fn one_object_that_moves_is_no_stage() {
    let movies: Vec<Evidence> = (0..3).map(|seed| watch(&driven_around(0.4, 0.02, seed))).collect();
    let movies: Vec<&Evidence> = movies.iter().collect();
    let motion: Vec<_> = movies.iter().map(|movie| &movie.motion).collect();
    let skewed =
        CommonMotion::skewness(&motion).iter().any(|(z, skewness)| z.abs() > 5.5 && skewness.abs() > 0.5);
    assert!(skewed, "{:?}", CommonMotion::skewness(&motion));
    assert_eq!(faults(&movies, 1), []);
    let turning = watch(&driven_around(0.4, 0.0002, 3));
    let (line, together) = CommonMotion::line(&[&turning.motion]).unwrap();
    assert!(line.z > 8.0 && line.ratio > 3.0 && together < 0.5, "{line:?} {together}");
    assert_eq!(faults(&[&turning], 1), []);
}

/// Catches a linear trend that has to see a lamp warm up, and steps of exposure taken for noise.
#[test]
fn a_lamp_that_warms_up_and_automatic_exposure_are_told() {
    let warm = told(&Scene { light: |frame| 1.0 - 0.05 * (-(frame as f64) / 16.0).exp(), ..CLEAN }, |_| {});
    let settles = |kind: &CautionKind| match kind {
        CautionKind::BrightnessSettles { change } => (-0.05..-0.005).contains(change),
        _ => false,
    };
    assert!(warm.iter().any(settles), "{warm:?}");
    let steps = told(&Scene { light: |frame| if frame / 37 % 2 == 0 { 1.0 } else { 1.25 }, ..CLEAN }, |_| {});
    let equal =
        |kind: &CautionKind| matches!(kind, CautionKind::EqualBrightnessSteps { steps } if *steps > 20);
    assert!(steps.iter().any(equal), "{steps:?}");
}

/// Catches debris that is lost in the motion of all else.
#[test]
fn debris_that_passes_is_told() {
    let told = told(&CLEAN, |movie| {
        for (at, frame) in movie.iter_mut().enumerate().filter(|(at, _)| at % 200 >= 170) {
            let column = (at % 200 - 170) as f64 * 1.2 - 6.0;
            for (place, pixel) in frame.iter_mut().enumerate() {
                let (y, x) = ((place / EDGE) as f64 - 12.0, (place % EDGE) as f64 - column);
                *pixel += (50.0 * (-(x * x + y * y) / 12.0).exp()).round() as f32;
            }
        }
    });
    let bright = |kind: &CautionKind| matches!(kind, CautionKind::BrightStretches { .. });
    assert!(told.iter().any(bright), "{told:?}");
}

/// Catches a distance that is not that of the channels.
#[test]
fn frames_of_two_channels_are_no_neighbours() {
    let told = told(&CLEAN, |movie| movie.iter_mut().skip(1).step_by(2).for_each(|frame| frame.reverse()));
    assert!(matches!(told[..], [CautionKind::FramesNotNeighbours { distance: 2, .. }]), "{told:?}");
}

/// Catches what is seen in the windows of a large frame alone: noise and rows need whole neighbourhoods.
#[test]
fn large_frames_are_looked_at_in_windows() {
    let windows = super::windows::Windows::new(1000, 700);
    assert_eq!(windows.pixels(), 1 << 14);
    for window in windows.iter() {
        assert_eq!((window.row % 8, window.column % 8), (0, 0));
        assert!(window.row + window.rows <= 1000 && window.column + window.columns <= 700);
    }
    assert_eq!(super::windows::Windows::new(2, 8000).pixels(), 16_000);
}
