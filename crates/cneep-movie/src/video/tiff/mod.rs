//! Reads TIFF and BigTIFF files: their pages, what each says of itself, and its pixels.

mod decompress;
mod directory;
mod page;
mod parse;
mod pixels;
mod table;

pub(super) use directory::{Chain, Tiff};
pub(super) use page::{Meaning, Page, Unread};
pub(super) use parse::{is_left_out, survey};
pub(super) use pixels::{Packed, Room};
pub(super) use table::Table;
