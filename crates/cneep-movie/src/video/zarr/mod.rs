//! Reads movies from Zarr stores of version 2 and 3, those of OME among them.

mod blosc;
mod chunks;
mod codecs;
mod fill_value;
mod lengths;
mod lz4;
mod metadata;
mod multiscales;
mod shards;
mod write;

use super::array_axes::plan;
use super::array_blocks::movies;
use super::block_reader::BlockReader;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use chunks::Chunks;
use metadata::{Node, node};
use multiscales::Multiscales;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use write::write;

/// Arrays that a refusal lists at most.
const LISTED: usize = 12;

/// Whether the folder at `path` is a Zarr store or a part of one.
pub(super) fn is_store(path: &Path) -> bool {
    ["zarr.json", ".zarray", ".zgroup", ".zattrs"].iter().any(|name| path.join(name).is_file())
}

/// Reads the movies of the array at `path`, or of the only one below it.
pub(super) fn read(path: &Path, name: &str, options: &OpenOptions, room: u64) -> Result<Vec<Video>> {
    let input = Input::new(Arc::new(Vec::new()), path.into(), name.into(), room)?;
    let found = array(&input, path)?;
    let chunks = Chunks::open(&input, &found.path)?;
    let said = found.scales.axes.clone().or_else(|| chunks.named_axes());
    let plan = plan(name, &chunks.shape, said.as_deref(), options)?;
    let (missing, stored) = (chunks.missing(&plan)?, chunks.stored());
    let array: Arc<dyn BlockReader> = Arc::new(chunks);
    let movies = movies(&input, options, &array, &plan)?;
    let several = movies.len() > 1;
    let named = movies.into_iter().enumerate().map(|(index, frames)| {
        let name = if several { format!("{name}[{index}]") } else { name.to_string() };
        Video::new(name, frames, found.scales.calibration)
    });
    let mut videos = named.collect::<Result<Vec<_>>>()?;
    let oblong =
        found.scales.oblong.map(|height_over_width| CautionKind::PixelsNotSquare { height_over_width });
    let absent = (missing > 0).then_some(CautionKind::MissingChunks { missing });
    let kinds = plan.assumed.into_iter().chain(oblong).chain(absent);
    videos[0].cautions = kinds.map(|kind| Caution::new(name, kind)).collect();
    let depth = videos[0].frames().depth();
    videos[0].cautions.extend(stored.caution(name, depth));
    Ok(videos)
}

/// An array with what its group says of it.
struct Found {
    path: PathBuf,
    scales: Multiscales,
}

/// The array at `path`: itself, the full resolution of a picture, or the only array below.
fn array(input: &Input, path: &Path) -> Result<Found> {
    let attributes = match node(input, path)? {
        Node::Array => return Ok(Found { path: path.into(), scales: Multiscales::default() }),
        Node::Group(attributes) => attributes,
    };
    if let Some((dataset, scales)) = Multiscales::of(&attributes) {
        return Ok(Found { path: inside(input, path, &dataset)?, scales });
    }
    let mut below = Vec::new();
    let fail = |e| Error::reading(path, e);
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let child = entry.map_err(fail)?.path();
        if child.is_dir() && is_store(&child) {
            below.push(child);
        }
    }
    below.sort();
    if let [only] = &*below {
        // One step at a time, so that a folder that contains itself comes to an end.
        return match node(input, only)? {
            Node::Array => Ok(Found { path: only.clone(), scales: Multiscales::default() }),
            Node::Group(attributes) => match Multiscales::of(&attributes) {
                Some((dataset, scales)) => Ok(Found { path: inside(input, only, &dataset)?, scales }),
                None => Err(several(input, &below)),
            },
        };
    }
    Err(several(input, &below))
}

fn several(input: &Input, below: &[PathBuf]) -> Error {
    let names = below.iter().take(LISTED).map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let names = names.collect::<Vec<_>>().join(", ");
    let found = if names.is_empty() { "none".into() } else { names };
    let remedy = "Name the folder of the array that is meant.";
    Error::Unsupported(Fault::new(&*input.name, "one array in the Zarr group", found, remedy))
}

/// The folder that a group names, which must lie in it.
fn inside(input: &Input, group: &Path, dataset: &str) -> Result<PathBuf> {
    let plain = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
    if dataset.is_empty() || !Path::new(dataset).components().all(plain) {
        return Err(input.broken("an array within the group", format!("'{dataset}'")));
    }
    Ok(group.join(dataset))
}
