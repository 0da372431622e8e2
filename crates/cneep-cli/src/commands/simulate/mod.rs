//! Simulates a system whose entropy production is known, then films it.

use crate::console::Console;
use crate::interrupt;
use clap::{Args, Subcommand, ValueEnum};
use cneep::entropy_production::Truth;
use cneep::langevin::{
    BeadSpring, LangevinSystem, Simulation, TemperatureProfile, Trajectory, read_positions,
};
use cneep::microscope::{Microscope, Standardisation};
use cneep::video::{self, Video};
use cneep::{Measured, RateUnit, Result};
use ndarray::{Array2, Array3, ArrayView1, Axis, s};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Simulate a system whose entropy production is known exactly, and film it
///
/// Writes the movies, to be analysed like any others, and truth.npz: the trajectories and the exact entropy
/// production of every transition, in k_B, to compare with afterwards.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(subcommand)]
    system: System,
}

#[derive(Debug, Subcommand)]
enum System {
    BeadSpring(BeadSpringRow),
}

/// Beads in a row, joined by springs and to two walls, cold on the left, hot on the right
///
/// friction * velocity = stiffness * (stretch of the right spring - stretch of the left one) + thermal noise. The
/// model's unit of time is written to the movies as one second, so that rates are in k_B per second. With the defaults
/// two beads produce 2.025 k_B per second.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep simulate bead-spring --movies 100 --frames 1000 --seed 1 -o movies/")]
struct BeadSpringRow {
    /// Beads in the row
    #[arg(long, value_name = "N", default_value_t = 2)]
    beads: usize,
    /// Temperature of the leftmost bead, in units of energy (k_B = 1)
    #[arg(long, value_name = "T", default_value_t = 1.0)]
    cold: f64,
    /// Temperature of the rightmost bead; those between change linearly
    #[arg(long, value_name = "T", default_value_t = 10.0)]
    hot: f64,
    /// Stiffness of every spring, in energy per length squared
    #[arg(long, value_name = "K", default_value_t = 1.0)]
    stiffness: f64,
    /// Friction of every bead, in force per velocity
    #[arg(long, value_name = "GAMMA", default_value_t = 1.0)]
    friction: f64,
    #[command(flatten)]
    filming: Filming,
    #[command(flatten)]
    recorded: Recorded,
}

/// Positions simulated elsewhere, to be filmed in place of new ones.
#[derive(Debug, Args)]
struct Recorded {
    /// Film these positions instead of simulating: .npy of shape (movie, frame, bead), one time step apart, of which
    /// the first --movies and --frames are taken
    #[arg(long, value_name = "FILE.npy")]
    trajectory: Option<PathBuf>,
    /// Mean of each bead's displacement, in units of length [default: 0]
    #[arg(
        long,
        value_name = "X,..",
        value_delimiter = ',',
        allow_hyphen_values = true,
        requires = "deviation"
    )]
    mean: Option<Vec<f64>>,
    /// Displacement of each bead that moves its picture by one pixel, in units of length [default: exact standard deviation]
    #[arg(long, value_name = "S,..", value_delimiter = ',', requires = "mean")]
    deviation: Option<Vec<f64>>,
}

/// How much of a system is simulated and filmed, and where it goes.
#[derive(Debug, Args)]
struct Filming {
    /// Time step of the integration, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0.01)]
    time_step: f64,
    /// Time steps from one frame to the next; the frame interval is their product
    #[arg(long, value_name = "N", default_value_t = 1)]
    steps_per_frame: usize,
    /// Independent movies
    #[arg(long, value_name = "N", default_value_t = 100)]
    movies: usize,
    /// Frames of each movie
    #[arg(long, value_name = "N", default_value_t = 1000)]
    frames: usize,
    /// Seed of the noise; the same seed gives the same files, to the last bit
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// How to write the movies
    #[arg(long, value_enum, default_value_t = Format::Npz)]
    format: Format,
    /// Folder to write to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One file movies.npz: `frames` (movie, frame, row, column) and `frame_interval` in seconds
    Npz,
    /// One TIFF stack a movie, which Fiji opens as a time series
    Tiff,
}

impl Simulate {
    /// Simulates, films, writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        match &self.system {
            System::BeadSpring(row) => {
                let profile = TemperatureProfile::linear(row.cold, row.hot);
                let beads =
                    BeadSpring::new(row.beads, profile)?.stiffness(row.stiffness).friction(row.friction);
                row.filming.run(&beads.system()?, &row.recorded, console)
            }
        }
    }
}

impl Filming {
    fn run(&self, system: &LangevinSystem, recorded: &Recorded, console: &Console) -> Result<()> {
        let progress = console.progress();
        progress.begin("simulating", 3);
        let trajectories = self.trajectories(system, recorded)?;
        interrupt::check(&self.output)?;
        progress.advance(1);
        progress.note("filming");
        let videos = recorded.microscope().record(&trajectories)?;
        interrupt::check(&self.output)?;
        progress.advance(1);
        progress.note("writing");
        self.format.write(&videos, &self.output)?;
        let truth = truth(system, &trajectories);
        truth.write(&self.output.join("truth.npz"))?;
        progress.end();
        console.print(&Simulated::new(&self.output, &videos[0], &truth))
    }
}

impl Filming {
    fn trajectories(&self, system: &LangevinSystem, recorded: &Recorded) -> Result<Vec<Trajectory>> {
        let Some(file) = &recorded.trajectory else {
            let run = Simulation {
                time_step: self.time_step,
                frames: self.frames,
                steps_per_frame: self.steps_per_frame,
                movies: self.movies,
            };
            return system.simulate(&run, self.seed);
        };
        let movies = read_positions(file)?;
        let short = |movie: Array2<f64>| {
            let frames = self.frames.min(movie.nrows());
            system.trajectory(movie.slice(s![..frames, ..]).to_owned(), self.time_step)
        };
        movies.into_iter().take(self.movies).map(short).collect()
    }
}

impl Recorded {
    fn microscope(&self) -> Microscope {
        let standardisation = match (&self.mean, &self.deviation) {
            (Some(mean), Some(deviation)) => {
                Standardisation::Constants { mean: mean.clone(), standard_deviation: deviation.clone() }
            }
            _ => Standardisation::Stationary,
        };
        Microscope { standardisation, ..Microscope::default() }
    }
}

impl Format {
    fn write(self, videos: &[Video], folder: &Path) -> Result<()> {
        match self {
            Self::Npz => video::write(&folder.join("movies.npz"), videos),
            Self::Tiff => videos.iter().enumerate().try_for_each(|(movie, video)| {
                interrupt::check(folder)?;
                video.write(folder.join(format!("movie_{movie:04}.tif")))
            }),
        }
    }
}

/// The exact answers to `trajectories` of `system`.
pub(crate) fn truth(system: &LangevinSystem, trajectories: &[Trajectory]) -> Truth {
    let (frames, movies) = (trajectories[0].positions().nrows(), trajectories.len());
    let (coordinates, parts) = (system.coordinate_count(), system.part_count());
    let mut truth = Truth {
        trajectory: Array3::zeros((movies, frames, coordinates)),
        entropy_production: Array2::zeros((movies, frames - 1)),
        local_entropy_production: Array3::zeros((movies, frames - 1, parts)),
        frame_interval: trajectories[0].frame_interval(),
        exact_rate: system.steady_state().exact_entropy_production_rate(),
        exact_local_rate: system.steady_state().exact_local_rates(),
    };
    for (movie, trajectory) in trajectories.iter().enumerate() {
        let entropy = trajectory.entropy_production();
        truth.trajectory.index_axis_mut(Axis(0), movie).assign(trajectory.positions());
        truth.entropy_production.row_mut(movie).assign(&ArrayView1::from(&entropy.total));
        truth.local_entropy_production.index_axis_mut(Axis(0), movie).assign(&entropy.local);
    }
    truth
}

/// What was simulated.
#[derive(Debug, Serialize)]
struct Simulated {
    output: PathBuf,
    movies: usize,
    frames: usize,
    rows: usize,
    columns: usize,
    /// Frame interval in seconds.
    frame_interval: f64,
    exact_rate: Measured,
    exact_local_rate: Vec<f64>,
    /// Rate along these trajectories; it scatters about the exact one.
    realised_rate: Measured,
}

impl Simulated {
    fn new(output: &Path, video: &Video, truth: &Truth) -> Self {
        let (frames, rows, columns) = video.frames().shape();
        let realised = truth.entropy_production.mean().unwrap_or_default() / truth.frame_interval;
        let unit = RateUnit::PerSecond.symbol();
        Self {
            output: output.to_path_buf(),
            movies: truth.entropy_production.nrows(),
            frames,
            rows,
            columns,
            frame_interval: truth.frame_interval,
            exact_rate: Measured::new(truth.exact_rate, None, unit),
            exact_local_rate: truth.exact_local_rate.clone(),
            realised_rate: Measured::new(realised, None, unit),
        }
    }
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { movies, frames, rows, columns, frame_interval, .. } = self;
        let local: Vec<String> = self.exact_local_rate.iter().map(|rate| format!("{rate:.4}")).collect();
        writeln!(
            f,
            "{movies} movies of {frames} frames, {rows} x {columns} pixels, one every {frame_interval} s"
        )?;
        writeln!(f, "exact rate               {} (by part: {})", self.exact_rate, local.join(", "))?;
        writeln!(f, "realised rate            {}", self.realised_rate)?;
        write!(f, "movies and truth.npz in  {}", self.output.display())
    }
}
