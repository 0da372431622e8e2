//! Holds movies: opens them, looks them over, hands out their pixels, writes them.

mod axes;
mod buffered;
#[cfg(test)]
#[cfg(all(feature = "npz", feature = "tiff"))]
mod damage;
mod fingerprint;
mod frames;
mod frames_in_file;

mod health;
#[cfg(feature = "tiff")]
mod imagej;
mod inspect;
mod inspection;
mod label_pixels;
mod labels;
#[cfg(feature = "tiff")]
mod labels_in_tiff;
mod movie;
#[cfg(feature = "png")]
mod natural_sort;
mod npy;
mod npy_in_file;
#[cfg(feature = "npz")]
mod npz;
#[cfg(feature = "tiff")]
mod ome;
mod open;
mod options;
#[cfg(feature = "png")]
mod png_sequence;
mod positioned_file;
mod recording;
mod recordings;
mod sample;
#[cfg(feature = "tiff")]
mod shaped;
#[cfg(feature = "tiff")]
mod stack;
#[cfg(test)]
#[cfg(all(feature = "npz", feature = "png", feature = "tiff"))]
mod tests;
mod thin;
#[cfg(feature = "tiff")]
mod tiff_page;
#[cfg(feature = "tiff")]
mod tiff_read;
#[cfg(feature = "tiff")]
mod tiff_write;
mod write;

pub use crate::depth::Depth;
pub use axes::Axes;
pub use fingerprint::Fingerprint;
pub use frames::Frames;
pub use frames_in_file::FramesInFile;
pub use health::{health, too_few_transitions};
pub use inspect::{inspect, inspect_all};
pub use inspection::{Brightness, Inspection, Pattern};
pub use labels::read_labels;
pub use movie::Video;
pub use open::{open, open_all, open_array, open_with, read_array, together};
pub use options::OpenOptions;
pub use recording::Recording;
pub use recordings::{Recognised, Recordings, refuse_copies};
#[cfg(feature = "tiff")]
pub use tiff_write::write_tiff;
pub use write::write;
