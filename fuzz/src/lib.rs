//! Hands bytes to the readers, by way of files as users have them: whatever they hold, a reader answers or
//! refuses.

use cneep::estimator::{Estimator, EstimatorSettings, Normalisation, Training};
use cneep_movie::video::{self, Frames, Video};
use cneep_movie::{Calibration, Error};
use cneep_sim::Truth;
use ndarray::Array3;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Rows and columns of a frame of the movie that runs are trained on.
pub const FRAME: (usize, usize) = (6, 8);

/// A folder in memory, where the system has one.
fn scratch() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        folder.expect("a folder for the files")
    });
    folder.path()
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file in memory");
}

/// A short movie on which runs are trained.
pub fn short_movie() -> Video {
    let (rows, columns) = FRAME;
    let pixel = |(t, r, c)| (40 + (t * 31 + t * t * 7) % 23 + r * c + (t * r) % 5) as u8;
    let frames = Frames::U8(Array3::from_shape_fn((60, rows, columns), pixel));
    Video::new("movie", frames, Calibration::default()).expect("a movie")
}

/// What a refusal may be: the fault of the input, or more memory than there is.
fn check<T>(answer: Result<T, Error>) -> Option<T> {
    match answer {
        Ok(found) => Some(found),
        Err(Error::Memory(_) | Error::NotConverged(_)) => None,
        Err(refusal) => {
            assert!(refusal.is_fault_of_input(), "blamed on the machine: {refusal}");
            None
        }
    }
}

/// Opens `bytes` as the movie `name`, and looks it over.
pub fn movie(name: &str, bytes: &[u8]) {
    let path = scratch().join(name);
    write(&path, bytes);
    for video in check(video::open(&path)).into_iter().flatten() {
        let (frames, rows, columns) = video.frames().shape();
        assert!(frames >= 2 && rows > 0 && columns > 0);
        check(video::inspect(&video));
    }
}

/// Opens a folder with a frame of PNG and `bytes`.
pub fn frame(bytes: &[u8]) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = scratch().join("frames");
        short_movie().write(&folder).expect("a folder of frames");
        for entry in std::fs::read_dir(&folder).expect("frames").flatten() {
            if !entry.path().ends_with("frame_00000.png") {
                std::fs::remove_file(entry.path()).expect("a file to remove");
            }
        }
        folder
    });
    write(&folder.join("frame_00001.png"), bytes);
    check(video::open(folder));
}

/// Opens a Zarr store of one chunk with `bytes`; the first of them chooses the codec.
pub fn chunk(bytes: &[u8]) {
    const CODECS: [&str; 5] = ["blosc", "zstd", "lz4", "gzip", "zlib"];
    let Some((&codec, bytes)) = bytes.split_first() else { return };
    let folder = scratch().join("store.zarr");
    std::fs::create_dir_all(&folder).expect("a folder in memory");
    let codec = CODECS[usize::from(codec) % CODECS.len()];
    let metadata = format!(
        "{{\"zarr_format\": 2, \"shape\": [3, 6, 8], \"chunks\": [3, 6, 8], \"dtype\": \"<u2\", \
         \"order\": \"C\", \"compressor\": {{\"id\": \"{codec}\"}}, \"filters\": null, \"fill_value\": 0}}"
    );
    write(&folder.join(".zarray"), metadata.as_bytes());
    write(&folder.join("0.0.0"), bytes);
    check(video::open(&folder));
}

/// Reads `bytes` as labels of the regions of a frame.
pub fn labels(bytes: &[u8]) {
    let path = scratch().join("labels");
    write(&path, bytes);
    if let Some(labels) = check(video::read_labels(&path, FRAME)) {
        assert!(labels.dim() == FRAME && labels.iter().any(|&label| label > 0));
    }
}

/// Reads `bytes` as a truth.
pub fn truth(bytes: &[u8]) {
    let path = scratch().join("truth.npz");
    write(&path, bytes);
    if let Some(truth) = check(Truth::read(&path)) {
        let _ = truth.steps();
    }
}

/// Imports `bytes` as weights, in both formats.
pub fn import(bytes: &[u8]) {
    let normalisation = Normalisation::new(40.0, 10.0).expect("a normalisation");
    for name in ["weights.safetensors", "weights.pth"] {
        let path = scratch().join(name);
        write(&path, bytes);
        check(Estimator::import(&path, FRAME.0, FRAME.1, None, normalisation));
    }
}

/// Folders of runs of each estimator, short as can be.
pub fn runs(folder: &Path) -> Vec<PathBuf> {
    let settings = |text: &str| -> Training {
        let path = folder.join("stated.toml");
        write(&path, text.as_bytes());
        Training::read(&path).expect("settings")
    };
    let kept = |name: &str, text: &str| {
        let (run, movie) = (folder.join(name), short_movie());
        let settings = if text.is_empty() {
            Training::single(EstimatorSettings::named(name).expect("an estimator"))
        } else {
            settings(text)
        };
        if !run.exists() {
            let estimator = Estimator::train(&movie, &settings).expect("a training");
            estimator.save(&run).expect("a run");
        }
        run
    };
    let short = "iterations = 2";
    vec![
        kept("modes", ""),
        kept("force", &format!("[estimator]\nkind = \"force\"\ncell = 4\n[estimator.descent]\n{short}")),
        kept(
            "convolutional",
            &format!(
                "[estimator]\nkind = \"convolutional\"\nchannels = 2\nlayers = 1\n\
                 [estimator.descent]\n{short}"
            ),
        ),
        kept("comparison", "[comparison]\nfolds = 2\nwindows = [2]\nestimators = [{ kind = \"modes\" }]"),
    ]
}

/// Loads runs with `bytes` in place of their `file`, and applies what is loaded.
pub fn run(file: &str, bytes: &[u8]) {
    static RUNS: OnceLock<Vec<(PathBuf, Video)>> = OnceLock::new();
    let runs = RUNS.get_or_init(|| runs(scratch()).into_iter().map(|run| (run, short_movie())).collect());
    for (run, movie) in runs {
        let path = run.join(file);
        let before = std::fs::read(&path).ok();
        write(&path, bytes);
        if let Some(estimator) = check(Estimator::load(run)) {
            check(estimator.entropy_production(movie));
        }
        match before {
            Some(before) => write(&path, &before),
            None => std::fs::remove_file(&path).expect("a file to remove"),
        }
    }
}
