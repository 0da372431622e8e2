//! Holds movies: opens them, looks them over, hands out their pixels, writes them.

#[cfg(feature = "png")]
mod apng;
mod array_axes;
mod array_block;
mod array_blocks;
mod avi;
mod axes;
mod axes_by_content;
mod block_reader;
mod buffered;
mod cine;
#[cfg(feature = "tiff")]
mod composite;
mod containers;
#[cfg(test)]
#[cfg(all(feature = "npz", feature = "tiff"))]
mod damage;
mod ffmpeg;
mod fingerprint;
mod folder;
mod formats;
mod frame_names;
mod frame_times;
mod frames;
mod frames_in_array;
mod frames_in_file;
mod frames_in_hand;
mod gather;
mod gif;
mod gzip;

mod hdf5;
mod health;
#[cfg(feature = "tiff")]
mod imagej;
mod imagej_roi;
mod input;
mod inspect;
mod inspection;
mod jpeg;
mod label_pixels;
mod labels;
#[cfg(feature = "tiff")]
mod labels_in_tiff;
mod left_out;
mod levels;
#[cfg(feature = "tiff")]
mod micro_manager;
mod movie;
mod mp4;
#[cfg(feature = "tiff")]
mod ndtiff;
mod norpix;
mod npy;
mod npy_in_file;
#[cfg(feature = "npz")]
mod npz;
#[cfg(feature = "tiff")]
mod ome;
#[cfg(feature = "tiff")]
mod ome_series;
mod open;
mod options;
mod picture;
mod picture_series;
#[cfg(feature = "png")]
mod pixel_hash;
mod png_sequence;
mod premises;
mod raw_frames;
mod read_at;
mod recent_chunks;
mod recording;
mod recordings;
mod region;
mod sample;
#[cfg(feature = "tiff")]
mod scales;
#[cfg(feature = "tiff")]
mod scifio;
#[cfg(feature = "tiff")]
mod shaped;
mod select;
mod selection;
mod slots;
#[cfg(feature = "tiff")]
mod stack;
#[cfg(test)]
#[cfg(all(feature = "npz", feature = "png", feature = "tiff"))]
mod tests;
mod temporary_array;
mod thin;
mod tiles;
#[cfg(any(feature = "npz", feature = "tiff"))]
mod time_stamps;
#[cfg(feature = "tiff")]
mod tiff;
#[cfg(feature = "tiff")]
mod tiff_picture;
#[cfg(feature = "tiff")]
mod tiff_planes;
#[cfg(feature = "tiff")]
mod tiff_read;
#[cfg(feature = "tiff")]
mod tiff_survey;
#[cfg(feature = "tiff")]
mod tiff_write;
mod write;
#[cfg(feature = "tiff")]
mod xml;
mod zarr;

pub use crate::depth::Depth;
pub use axes::Axes;
#[cfg(feature = "tiff")]
pub use composite::{Channel, Composite};
pub use fingerprint::Fingerprint;
pub use frames::Frames;
pub use frames_in_file::FramesInFile;
pub use health::{health, too_few_transitions};
pub use inspect::{inspect, inspect_all};
pub use inspection::{Brightness, Inspection, Pattern};
pub use labels::read_labels;
pub use movie::Video;
pub use open::{
    file_and_array, files_of_pattern, named_by_files, open, open_all, open_array, open_with, read_array,
    together,
};
pub use options::{Decoder, OpenOptions};
pub use premises::premises;
pub use recording::Recording;
pub use recordings::{Recognised, Recordings, refuse_copies};
pub use selection::{Field, Selection};
#[cfg(feature = "tiff")]
pub use tiff_write::write_tiff;
pub use tiles::{Tile, Tiles, tiles};
pub use write::write;
