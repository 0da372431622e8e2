//! Reads TIFF and BigTIFF files: their pages, what each says of itself, and its pixels.

mod decompress;
mod directory;
mod page;
mod pixels;

pub(super) use directory::{Chain, Tiff};
pub(super) use page::{Meaning, Page, Table, Unread, is_left_out, survey};
