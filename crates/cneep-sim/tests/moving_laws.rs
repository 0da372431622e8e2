//! Holds things that move through the frame to their laws.
//!
//! Every tolerance is a number of standard errors, found from independent movies.

use cneep_movie::video::{Frames, Video};
use cneep_sim::langevin::{Simulation, Trajectory};
use cneep_sim::systems::{System, World, film};
use ndarray::{Array3, ArrayView2};

/// Standard errors within which a mean must be.
const ERRORS: f64 = 4.0;

/// Settings of every kind, and of some twice.
const ALL: [&str; 14] = [
    "ring",
    "ring\"\nvelocity = -0.2\nsize = 40\nradius = 12.0 #",
    "flow",
    "flow\"\ncolloids = 5.0\nvortices = 4\nsize = 40 #",
    "active",
    "motors",
    "motors\"\ntracks = 3\nforwards = 0.1\nbackwards = 0.2\nhop = 3.0 #",
    "wave",
    "wave\"\nsites = 5\npitch = 3\nwinding = -2\ncoupling = 2.0\nfrequency = 0.1 #",
    "tissue\"\nvelocity = 0.002\nsize = 32 #",
    "pair",
    "stirred-trap\"\nstiffness = 0.05\ntorque = 0.1\nexact-steps = true\nwidth = 1.5 #",
    "field\"\nrows = 2\ncolumns = 3\nspread = 0.7\nstiffness = 0.05 #",
    "field\"\nrows = 1\ncolumns = 2\nhot = 4.0\nstiffness = 0.1 #",
];

fn system(text: &str) -> System {
    toml::from_str(&format!("system = \"{}\"", text.replace(" #", "\n#"))).expect("a system of this test")
}

fn run(movies: usize, frames: usize) -> Simulation {
    Simulation { time_step: 1.0, movies, frames, ..Simulation::default() }
}

fn world(system: &System, run: &Simulation, seed: u64) -> World {
    system.simulate(&system.default_microscope(), run, seed).expect("a system of this test")
}

/// Mean of one value a movie, and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// What is seen to be produced, of every movie.
fn realised(world: &World) -> Vec<f64> {
    world.trajectories.iter().map(Trajectory::realised_rate).collect()
}

/// Catches a wrong factor in a rate, in the entropy of a step or in the density, and things that are counted
/// out of sight: the mean along paths is the exact rate, which is what the density sums to.
#[test]
fn the_mean_along_paths_is_the_exact_rate_and_the_sum_of_the_density() {
    for name in ALL {
        let world = world(&system(name), &run(40, 1000), 3);
        let exact = world.exact_rate.expect("an exact rate");
        let ((mean, error), density) =
            (mean(&realised(&world)), world.exact_density.expect("a density").sum());
        // Of linear systems, pairs of frames show a part of what the process produces between them.
        let pairs = world.exact_pair_rate.unwrap_or(exact);
        println!("{name}: realised {mean} +- {error}, exact {exact}, of pairs {pairs}, density {density}");
        assert!((mean - pairs).abs() < ERRORS * error, "{name}: {mean} +- {error} against {pairs}");
        assert!(0.8 * exact < pairs && pairs < 1.000_001 * exact && error < 0.03 * exact, "{name}: {error}");
        assert!((density - exact).abs() < 1e-3 * exact, "{name}: {density} against {exact}");
        let local: f64 = world.exact_local_rate.expect("local rates").iter().sum();
        assert!((local - exact).abs() < 1e-12 * exact);
    }
}

/// Catches an entropy that is no logarithm of the ratio of chances: `<exp(-dS)> = 1` for every step.
#[test]
fn steps_obey_the_fluctuation_theorem() {
    for name in [
        "ring",
        "ring\"\nvelocity = -0.2 #",
        "motors",
        "flow\"\ncolloids = 1.0 #",
        "wave\"\nsites = 4 #",
        "tissue\"\nvelocity = 0.001\nsize = 16 #",
        "pair",
        "stirred-trap\"\nexact-steps = true\nstiffness = 0.05\ntorque = 0.1 #",
        "field",
    ] {
        let world = world(&system(name), &run(40, 2000), 5);
        let of_movie = |path: &Trajectory| {
            let steps = &path.entropy_production().total;
            steps.iter().map(|step| (-step).exp()).sum::<f64>() / steps.len() as f64
        };
        let (mean, error) = mean(&world.trajectories.iter().map(of_movie).collect::<Vec<_>>());
        println!("{name}: <exp(-dS)> = {mean} +- {error}");
        assert!((mean - 1.0).abs() < ERRORS * error && error < 0.05, "{name}: {mean} +- {error}");
    }
}

/// Catches a drive that cannot be switched off, and a process that shows what nobody can see.
#[test]
fn controls_produce_nothing_that_can_be_seen() {
    for name in [
        "ring\"\nvelocity = 0.0 #",
        "flow\"\nspeed = 0.0 #",
        "active\"\nspeed = 0.0 #",
        "motors\"\nforwards = 0.05 #",
        "wave\"\nfrequency = 0.0 #",
        "tissue\"\nvelocity = 0.0 #",
        "pair\"\ncoupling = 0.0 #",
        "stirred-trap\"\nexact-steps = true\ntorque = 0.0 #",
        "field\"\nhot = 1.0\nspread = 0.5 #",
    ] {
        let world = world(&system(name), &run(2, 50), 1);
        assert_eq!(world.exact_rate, Some(0.0), "{name}");
        assert!(
            world.trajectories.iter().all(|path| path.entropy_production().total.iter().all(|s| *s == 0.0))
        );
        assert_eq!(world.exact_density.expect("a density").sum(), 0.0);
    }
    for (name, rate) in [
        ("active\"\nappearance = \"round\" #", 9.6),
        ("active\"\nappearance = \"rods\" #", 9.6),
        ("wave\"\nwinding = 0 #", 1.6),
        ("wave\"\nwinding = 4 #", 1.6),
    ] {
        let world = world(&system(name), &run(2, 50), 1);
        assert!((world.exact_rate.expect("an exact rate") - rate).abs() < 1e-12, "{name}");
        assert_eq!((world.exact_pair_rate, realised(&world)), (Some(0.0), vec![0.0; 2]), "{name}");
        assert_eq!(world.exact_density.expect("a density").sum(), 0.0);
    }
}

/// Catches random numbers that depend on threads or on other movies, in paths or in pictures.
#[test]
fn equal_seeds_give_equal_bits() {
    for name in ALL {
        let (system, microscope) = (system(name), system(name).default_microscope());
        let made = |threads: usize, movies: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let world = world(&system, &run(movies, 70), seed);
                let films = film(&system, &microscope, &world.trajectories, seed).expect("a film");
                (world.trajectories, films)
            })
        };
        let all = made(1, 3, 7);
        assert_eq!(all, made(3, 3, 7), "{name}");
        assert_eq!(all.0[..2], made(2, 2, 7).0, "{name}");
        assert_ne!(all.0[0].positions(), all.0[1].positions());
        assert_ne!(all.0, made(2, 3, 8).0);
    }
}

fn counts(video: &Video) -> Array3<f64> {
    match video.frames() {
        Frames::U8(pixels) => pixels.mapv(f64::from),
        Frames::U16(pixels) => pixels.mapv(f64::from),
        _ => panic!("counts in memory"),
    }
}

/// Light above the offset at the pixel nearest to a place, if that is well within the frame.
fn light(frame: &ArrayView2<f64>, (column, row): (f64, f64)) -> Option<f64> {
    let inside = |place: f64, length: usize| (1.0..length as f64 - 2.0).contains(&place);
    let seen = inside(column, frame.ncols()) && inside(row, frame.nrows());
    seen.then(|| frame[[row.round() as usize, column.round() as usize]] - 20.0)
}

/// Columns and rows of the spots of a state.
type Places = fn(&[f64]) -> Vec<(f64, f64)>;

fn on_a_circle(state: &[f64]) -> Vec<(f64, f64)> {
    vec![(15.5 + 9.0 * state[0].cos(), 15.5 + 9.0 * state[0].sin())]
}

fn free(state: &[f64]) -> Vec<(f64, f64)> {
    state.chunks(2).map(|place| (place[0], place[1])).collect()
}

fn heads(state: &[f64]) -> Vec<(f64, f64)> {
    state.chunks(3).map(|s| (s[0] + 1.5 * s[2].cos(), s[1] + 1.5 * s[2].sin())).collect()
}

fn on_tracks(state: &[f64]) -> Vec<(f64, f64)> {
    let row = |motor: usize| 12.8 * ((motor % 5) as f64 + 0.5) - 0.5;
    state.iter().enumerate().map(|(motor, column)| (*column, row(motor))).collect()
}

fn in_traps(state: &[f64]) -> Vec<(f64, f64)> {
    vec![(19.5 + state[0], 19.5 + state[1]), (59.5 + state[2], 19.5 + state[3])]
}

/// Of a field of 2 x 1 pairs at temperature 4 and stiffness 1, whose coordinates have the variance 8/3.
fn on_squares(state: &[f64]) -> Vec<(f64, f64)> {
    let place = |(bead, q): (usize, &f64)| {
        (10.0 + 20.0 * (bead % 2) as f64 + q / (8.0_f64 / 3.0).sqrt(), 10.0 + 20.0 * (bead / 2) as f64)
    };
    state.iter().enumerate().map(place).collect()
}

/// Catches rows taken for columns, and places off by a pixel: every object in sight is a spot of about 150
/// counts, wherever its trajectory says.
#[test]
fn the_film_shows_spots_where_the_trajectory_is() {
    let cases: [(&str, Places); 6] = [
        ("ring", on_a_circle),
        ("flow", free),
        ("active", heads),
        ("motors", on_tracks),
        ("pair", in_traps),
        ("field\"\nrows = 2\ncolumns = 1\ncold = 4.0\nhot = 4.0\nstiffness = 1.0 #", on_squares),
    ];
    for (name, places) in cases {
        let system = system(name);
        let world = world(&system, &run(1, 200), 2);
        let film = film(&system, &system.default_microscope(), &world.trajectories, 2).expect("a film");
        let (pixels, positions) = (counts(&film[0]), world.trajectories[0].positions());
        let frames = pixels.outer_iter().zip(positions.outer_iter());
        let seen = frames.flat_map(|(frame, state)| {
            let places = places(&state.to_vec());
            places.into_iter().filter_map(|place| light(&frame, place)).collect::<Vec<f64>>()
        });
        let mut seen: Vec<f64> = seen.collect();
        seen.sort_by(f64::total_cmp);
        assert!(seen.len() >= 200 && seen[0] > 120.0, "{name}: {} of {}", seen[0], seen.len());
        let median = seen[seen.len() / 2];
        assert!((130.0..165.0).contains(&median), "{name}: {median}");
    }
}
