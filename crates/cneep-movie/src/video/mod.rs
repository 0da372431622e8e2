//! Opens, holds, looks over and writes movies.

mod axes;
mod buffered;
#[cfg(test)]
mod damage;
mod frames;
mod frames_in_file;
mod hash;
mod health;
mod imagej;
mod inspect;
mod inspection;
mod lost;
mod movie;
mod natural_sort;
mod npy;
mod npy_in_file;
mod npz;
mod ome;
mod open;
mod options;
mod png_sequence;
mod positioned_file;
mod sample;
mod shaped;
mod stack;
#[cfg(test)]
mod tests;
mod thin;
mod tiff_page;
mod tiff_read;
mod tiff_write;
mod write;

pub use crate::depth::Depth;
pub use axes::Axes;
pub use frames::Frames;
pub use frames_in_file::FramesInFile;
pub use health::{health, too_few_transitions};
pub use inspect::inspect;
pub use inspection::{Brightness, Inspection, Pattern};
pub use lost::or_lost;
pub use movie::Video;
pub use open::{open, open_all, open_with};
pub use options::OpenOptions;
pub use tiff_write::write_tiff;
pub use write::write;
