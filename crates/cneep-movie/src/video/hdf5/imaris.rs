//! Reads movies that Imaris wrote: a dataset for each time and channel.

use super::super::array_axes::plan;
use super::super::array_blocks::movies;
use super::super::block_reader::{BlockReader, Layout};
use super::super::input::Input;
use super::super::movie::Video;
use super::super::options::OpenOptions;
use super::super::sample::Stored;
use super::dataset::Dataset;
use crate::caution::Caution;
use crate::error::{Error, Result};
use crate::units::Calibration;
use rust_hdf5::H5File;
use std::sync::Arc;

/// Whether the file is laid out as those of Imaris.
pub(super) fn is_imaris(file: &H5File) -> bool {
    file.dataset_names().iter().any(|name| parts(name).is_some())
}

/// Number of time and channel of a dataset at full resolution.
fn parts(path: &str) -> Option<(usize, usize)> {
    let rest = path.trim_start_matches('/').strip_prefix("DataSet/ResolutionLevel 0/TimePoint ")?;
    let (time, rest) = rest.split_once("/Channel ")?;
    Some((time.parse().ok()?, rest.strip_suffix("/Data")?.parse().ok()?))
}

/// Reads the one movie.
pub(super) fn read(input: &Input, file: &H5File, options: &OpenOptions) -> Result<Vec<Video>> {
    let found: Vec<_> = file.dataset_names().iter().filter_map(|name| parts(name)).collect();
    let (times, channels) = found
        .iter()
        .fold((0, 0), |(times, channels), &(time, channel)| (times.max(time + 1), channels.max(channel + 1)));
    if found.len() != times * channels {
        let expected = format!("{times} times x {channels} channels");
        return Err(input.broken(&expected, format!("{} datasets", found.len())));
    }
    let first = open(input, file, 0, 0)?;
    let &[depth, rows, columns] = &*first.shape else {
        return Err(input.broken("datasets (slice, row, column)", format!("shape {:?}", first.shape)));
    };
    // Datasets are filled up to whole chunks; the size of the picture stands beside them.
    let said = |axis: &str, stored: usize| {
        let group = file.root_group().group("DataSet/ResolutionLevel 0/TimePoint 0/Channel 0").ok()?;
        let size = group.attr_string(&format!("ImageSize{axis}")).ok()?.trim().parse::<usize>().ok()?;
        (1..=stored).contains(&size).then_some(size)
    };
    let size = |axis: &str, stored: usize| said(axis, stored).unwrap_or(stored);
    let shape = vec![times, channels, size("Z", depth), size("Y", rows), size("X", columns)];
    let plan = plan(&input.name, &shape, Some("TCZYX"), options)?;
    let all = (0..times).map(|time| open(input, file, time, plan.start[1]));
    let datasets = all.collect::<Result<Vec<_>>>()?;
    if let Some(other) =
        datasets.iter().find(|other| other.shape != first.shape || other.stored != first.stored)
    {
        let expected = format!("datasets like the first, {:?} {}", first.shape, first.stored);
        return Err(input.broken(&expected, format!("{:?} {}", other.shape, other.stored)));
    }
    let array: Arc<dyn BlockReader> =
        Arc::new(Times { shape: shape.clone(), datasets, stored: first.stored });
    let mut frames = movies(input, options, &array, &plan)?;
    let frames = frames.pop().ok_or_else(|| input.broken("a movie", "none"))?;
    let calibration = Calibration { pixel_size: pixel_size(file, shape[4]), ..Calibration::default() };
    let depth = frames.depth();
    let mut video = Video::new(&*input.name, frames, calibration)?;
    let assumed = plan.assumed.map(|kind| Caution::new(&*input.name, kind));
    video.cautions.extend(assumed.into_iter().chain(first.stored.caution(&input.name, depth)));
    Ok(vec![video])
}

fn open(input: &Input, file: &H5File, time: usize, channel: usize) -> Result<Dataset> {
    Dataset::open(input, file, &format!("DataSet/ResolutionLevel 0/TimePoint {time}/Channel {channel}/Data"))
}

/// Width of a pixel in micrometres, from the extent of the picture.
fn pixel_size(file: &H5File, columns: usize) -> Option<f64> {
    let image = file.root_group().group("DataSetInfo/Image").ok()?;
    let number = |name: &str| image.attr_string(name).ok()?.trim().parse::<f64>().ok();
    if image.attr_string("Unit").ok()?.trim() != "um" {
        return None;
    }
    let size = (number("ExtMax0")? - number("ExtMin0")?) / columns as f64;
    (size.is_finite() && size > 0.0).then_some(size)
}

/// A dataset for each time, (time, channel, slice, row, column); the channel is chosen before.
#[derive(Debug)]
struct Times {
    shape: Vec<usize>,
    datasets: Vec<Dataset>,
    stored: Stored,
}

impl BlockReader for Times {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn stored(&self) -> Stored {
        self.stored
    }

    fn chunk(&self, axis: usize) -> usize {
        if axis < 2 { 1 } else { self.datasets[0].chunk(axis - 2) }
    }

    fn layout(&self) -> Layout {
        self.datasets[0].layout()
    }

    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>> {
        let read = |time: usize| self.datasets[time].read(&start[2..], &count[2..]);
        let blocks =
            (start[0]..start[0] + count[0]).map(read).collect::<std::result::Result<Vec<_>, Error>>()?;
        Ok(blocks.concat())
    }
}
