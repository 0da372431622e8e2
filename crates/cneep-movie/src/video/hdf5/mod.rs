//! Reads movies from HDF5 files, those of MATLAB 7.3 and Imaris among them.

mod attributes;
mod dataset;
mod imaris;
mod texts;

use super::array_axes::plan;
use super::array_blocks::movies;
use super::block_reader::BlockReader;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use attributes::Attributes;
use dataset::{Dataset, guarded, opened};
use rust_hdf5::H5File;
use std::sync::Arc;

/// Datasets that a refusal lists at most.
const LISTED: usize = 12;

/// Reads the movies of the dataset that was asked for, else of the only one of three axes or more.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    let file = guarded(input, "an HDF5 file", || opened(input))?;
    if input.within.is_none() && imaris::is_imaris(&file) {
        return imaris::read(input, &file, options);
    }
    let path = match &input.within {
        Some(within) => within.trim_start_matches('/').to_string(),
        None => only_movie(input, &file)?,
    };
    let dataset = match Dataset::open(input, &file, &path) {
        Err(_) if input.within.is_some() && !has(&file, &path) => {
            return Err(not_there(input, &file, &path));
        }
        opened => opened?,
    };
    let attributes = Attributes::of(input, &file, &path);
    let matlab = attributes.matlab || begins_as_matlab(input);
    let mut said = match &attributes.said {
        Some(Ok(letters)) if letters.chars().count() == dataset.shape.len() => Some(letters.clone()),
        Some(Ok(names) | Err(names)) if options.axes.is_none() => {
            let remedy = "State the axes from the outermost to the innermost, e.g. TYX.";
            let found = format!("axes called '{names}' for the shape {:?}", dataset.shape);
            let fault =
                Fault::new(&*input.name, "axes t, c, z, y, x, or axes that are stated", found, remedy);
            return Err(Error::Unsupported(fault.with_setting("axes")));
        }
        _ => None,
    };
    let mut cautions = Vec::new();
    let mut caution = |kind| cautions.push(Caution::new(&*input.name, kind));
    if matlab && said.is_none() && options.axes.is_none() && dataset.shape.len() == 3 {
        // MATLAB's (row, column, frame) lies in the file as (frame, column, row).
        said = Some("TXY".into());
        let [frames, columns, rows] = [0, 1, 2].map(|axis| dataset.shape[axis]);
        caution(CautionKind::MatlabAxes { shape: vec![rows, columns, frames] });
    }
    let plan = plan(&input.name, &dataset.shape, said.as_deref(), options)?;
    plan.assumed.clone().into_iter().for_each(&mut caution);
    attributes.cautions(&mut caution);
    let stored = dataset.stored;
    let array: Arc<dyn BlockReader> = Arc::new(dataset);
    let movies = movies(input, options, &array, &plan)?;
    cautions.extend(movies.iter().take(1).filter_map(|movie| stored.caution(&input.name, movie.depth())));
    let several = movies.len() > 1;
    let named = movies.into_iter().enumerate().map(|(index, frames)| {
        let name = if several { format!("{}[{index}]", input.name) } else { input.name.clone() };
        Video::new(name, frames, attributes.calibration)
    });
    let mut videos = named.collect::<Result<Vec<_>>>()?;
    videos[0].cautions = cautions;
    Ok(videos)
}

fn begins_as_matlab(input: &Input) -> bool {
    let mut head = [0; 10];
    input.bytes.read(&mut head, 0).is_ok() && &head == b"MATLAB 7.3"
}

fn has(file: &H5File, path: &str) -> bool {
    file.dataset_names().iter().any(|name| name.trim_start_matches('/') == path)
}

/// Each dataset with its shape and type, and whether it can be a movie.
fn listed(input: &Input, file: &H5File) -> Vec<(String, String, bool)> {
    let names = file.dataset_names().into_iter();
    let describe = |path: String| {
        let path = path.trim_start_matches('/').to_string();
        match Dataset::open(input, file, &path) {
            Ok(dataset) => {
                let long = dataset.shape.iter().filter(|&&length| length > 1).count();
                (path, format!("{:?} {}", dataset.shape, dataset.stored), long >= 3)
            }
            Err(Error::Unsupported(_)) => (path, "of another type".into(), false),
            Err(_) => (path, "that is damaged".into(), false),
        }
    };
    names.map(describe).collect()
}

/// Path of the only dataset that can be a movie; the fault of one that is damaged where none can be.
fn only_movie(input: &Input, file: &H5File) -> Result<String> {
    let all = listed(input, file);
    let movies: Vec<_> = all.iter().filter(|(.., movie)| *movie).collect();
    if let [(path, ..)] = *movies {
        return Ok(path.clone());
    }
    if movies.is_empty() {
        let fault = |(path, ..): &(String, String, bool)| Dataset::open(input, file, path).err();
        let damaged = |error: &Error| !matches!(error, Error::Unsupported(_));
        if let Some(error) = all.iter().filter_map(fault).find(damaged) {
            return Err(error);
        }
    }
    let remedy = if movies.is_empty() {
        "Save the frames as one array (frame, row, column): in Python, numpy.save('movie.npy', \
         numpy.stack(FRAMES))."
    } else {
        "Name one behind the file, as in file.h5:/group/movie."
    };
    let shown = if movies.is_empty() { all.iter().collect() } else { movies };
    let expected = "one dataset of three axes or more";
    Err(Error::Unsupported(Fault::new(&*input.name, expected, in_words(&shown), remedy)))
}

fn not_there(input: &Input, file: &H5File, path: &str) -> Error {
    let all = listed(input, file);
    let remedy = "Name one of these.";
    let fault = Fault::new(
        &*input.name,
        format!("a dataset '/{path}'"),
        in_words(&all.iter().collect::<Vec<_>>()),
        remedy,
    );
    Error::Setting(fault)
}

fn in_words(datasets: &[&(String, String, bool)]) -> String {
    let some = datasets.iter().take(LISTED).map(|(path, what, _)| format!("/{path} {what}"));
    match datasets.len() {
        0 => "no dataset".into(),
        count if count > LISTED => format!("{}, ... ({count} in all)", some.collect::<Vec<_>>().join(", ")),
        _ => some.collect::<Vec<_>>().join(", "),
    }
}
