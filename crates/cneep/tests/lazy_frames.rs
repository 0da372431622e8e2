//! Pins that estimators give the same bits from frames in their file as from memory, or an error, and nothing
//! else.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cneep::estimator::{Estimator, EstimatorSettings, Normalisation, NormalisationSource, Training};
use cneep::transition::{Split, SplitSettings};
use cneep_movie::error::{Error, Result};
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, OpenOptions, Video, open, open_with};
use ndarray::Array3;
use std::path::Path;

fn trained_for(name: &str, iterations: u64) -> Training {
    let mut estimator = EstimatorSettings::named(name).unwrap();
    if let Some(descent) = estimator.descent_mut() {
        descent.iterations = Some(iterations);
    }
    Training::single(estimator)
}

/// A wave that travels to the right over a grainy ground.
fn wave((frame, row, column): (usize, usize, usize)) -> f64 {
    let grain = (frame * 7919 + row * 104_729 + column * 1_299_709) % 23;
    100.0 + 60.0 * (column as f64 * 0.6 - frame as f64 * 0.8 + row as f64 * 0.05).sin() + grain as f64
}

fn in_file(path: &Path) -> Result<Vec<Video>> {
    open_with(path, &OpenOptions::default().memory_limit(0))
}

/// The movies of `path` from memory and from the file.
fn both(path: &Path) -> (Vec<Video>, Vec<Video>) {
    let (memory, file) = (open(path).unwrap(), in_file(path).unwrap());
    assert!(memory.iter().all(|video| !matches!(video.frames(), Frames::File(_))));
    assert!(file.iter().all(|video| matches!(video.frames(), Frames::File(_))));
    (memory, file)
}

#[test]
fn estimators_give_the_same_bits_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wave.npy");
    let pixels = Array3::from_shape_fn((120, 20, 40), |at| (200.0 * wave(at)) as u16);
    Video::new("wave", Frames::U16(pixels), Calibration::default()).unwrap().write(&path).unwrap();
    let (memory, file) = both(&path);
    let train = |videos: &[Video]| Split::new(videos, 2, SplitSettings::default(), 0).unwrap().train;
    let normalisation = |videos: &[Video]| {
        Normalisation::measure(videos, &train(videos), NormalisationSource::TrainingFrames).unwrap()
    };
    assert_eq!(normalisation(&memory), normalisation(&file));
    for name in EstimatorSettings::NAMES {
        let settings = trained_for(name, 4);
        let fitted = [&memory, &file].map(|videos| {
            let fitted = Estimator::train(videos, &settings).unwrap();
            let values = fitted.entropy_production(videos).unwrap().movies.remove(0).values;
            let bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
            (fitted.parameters().to_vec(), bits, fitted.dissipation_map(&videos[0]).unwrap().transitions)
        });
        assert!(fitted[0] == fitted[1], "{name}");
    }
}

#[test]
fn a_file_cut_short_before_or_after_it_is_opened_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.npy");
    let pixels = Array3::from_shape_fn((120, 20, 40), |at| (200.0 * wave(at)) as u16);
    Video::new("cut", Frames::U16(pixels), Calibration::default()).unwrap().write(&path).unwrap();
    let (videos, unread) = (in_file(&path).unwrap(), in_file(&path).unwrap());
    let settings = trained_for("modes", 0);
    let estimator = Estimator::train(&videos, &settings).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(100_000).unwrap();
    let name = path.display();
    // Frames are read side by side: which of those that are lost is named is left to chance.
    let lost = unread[0].hash().unwrap_err().to_string();
    assert!(lost.starts_with(&format!("{name}: expected frame ")), "{lost}");
    assert!(
        lost.contains("as when the file was opened, found a file that now ends after 100000 bytes."),
        "{lost}"
    );
    let network = trained_for("convolutional", 2);
    for error in [
        estimator.entropy_production(&videos).err(),
        estimator.dissipation_map(&videos[0]).err(),
        Estimator::train(&videos, &settings).err(),
        Estimator::train(&videos, &network).err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, Error::Format(_)) && error.is_fault_of_input(), "{error}");
        assert!(error.to_string().contains("now ends after 100000 bytes. The file was cut short"), "{error}");
    }
    let error = in_file(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{name}: expected 192000 bytes of pixels")), "{error}");
    assert!(error.contains("found 99872. The file was cut short"), "{error}");
}
