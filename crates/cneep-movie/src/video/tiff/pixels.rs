//! Puts the pixels of a page together from its strips or tiles.

use super::decompress::{decompress, decompress_into, undo_differences, undo_float_differences, unpack};
use super::directory::Tiff;
use super::page::{Meaning, Page};
use crate::error::Result;
use crate::memory;
use std::io::{self, ErrorKind};

/// Strips or tiles of a page as they stand in the file, those of one layer after those of another.
#[derive(Debug)]
pub(in crate::video) struct Packed {
    chunks: Vec<Vec<u8>>,
    big_endian: bool,
}

impl Tiff {
    /// The planes of the samples `wanted` of page `number` of `count`, as bytes of [`Page::stored`].
    ///
    /// # Errors
    /// [`crate::Error::Format`] for damage; [`crate::Error::Memory`].
    pub(in crate::video) fn planes(
        &mut self,
        page: &Page,
        wanted: &[usize],
        number: usize,
        count: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        let packed = self.packed(page, wanted, number, count)?;
        packed.unpacked(page, wanted).map_err(|error| self.unread_page(number, count, &error))
    }

    /// What stands in the file of these planes. Reading it needs the file, unpacking it does not.
    ///
    /// # Errors
    /// As [`Self::planes`].
    pub(in crate::video) fn packed(
        &mut self,
        page: &Page,
        wanted: &[usize],
        number: usize,
        count: Option<usize>,
    ) -> Result<Packed> {
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let bytes = page.plane_bytes().filter(|_| page.is_backed(self.length));
        let Some(bytes) = bytes else { return Err(self.unread_page(number, count, &cut())) };
        let remedy = "Crop or bin the movie.";
        memory::require(&self.name, "a page", bytes.saturating_mul(wanted.len() as u64), remedy)?;
        let in_layer = page.chunks_down() * page.chunks_across();
        let layers: Vec<usize> = if page.planar { wanted.to_vec() } else { vec![0] };
        let mut chunks = Vec::new();
        for layer in layers {
            for at in 0..in_layer {
                let chunk = self.chunk(page, layer * in_layer + at, page.rows_of_chunk(at), Vec::new());
                chunks.push(chunk.map_err(|error| self.unread_page(number, count, &error))?);
            }
        }
        Ok(Packed { chunks, big_endian: self.big_endian })
    }

    /// What is stored of strip or tile `index`, of so many rows, in the memory of `data`.
    fn chunk(&self, page: &Page, index: usize, rows: usize, mut data: Vec<u8>) -> io::Result<Vec<u8>> {
        let (place, length) = self.place_of_chunk(page, index, rows)?;
        data.resize(length, 0);
        self.bytes.read(&mut data, place)?;
        Ok(data)
    }

    /// Where strip or tile `index`, of so many rows, stands in the file, and in how many bytes.
    fn place_of_chunk(&self, page: &Page, index: usize, rows: usize) -> io::Result<(u64, usize)> {
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let (place, length) = page.chunks.get(index).copied().ok_or_else(cut)?;
        let size = page.row_bytes().and_then(|row| row.checked_mul(rows)).ok_or_else(cut)?;
        if page.compression == 1 && length < size as u64 {
            let found = format!("{length} bytes of pixels, where its size needs {size}");
            return Err(io::Error::new(ErrorKind::InvalidData, found));
        }
        // The end of the last strip is often rounded up.
        let length =
            if page.compression == 1 { size as u64 } else { length.min(self.length.saturating_sub(place)) };
        if length > self.length || size as u64 / page.expansion() > length {
            return Err(cut());
        }
        if place.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(cut());
        }
        Ok((place, length as usize))
    }

    /// Reads and unpacks the one plane of a [plain](Page::is_plain) page into `pixels`, in the byte order of
    /// the machine.
    ///
    /// # Errors
    /// `InvalidData` for damage, `UnexpectedEof` where the file ends too early.
    pub(in crate::video) fn fill(&self, page: &Page, pixels: &mut [u8], room: &mut Room) -> io::Result<()> {
        let width = page.stored.bytes;
        let row = page.columns * width;
        if !page.is_backed(self.length) || pixels.len() != page.rows * row {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        for at in 0..page.chunks_down() * page.chunks_across() {
            let rows = page.rows_of_chunk(at);
            let (top, left) =
                (at / page.chunks_across() * page.chunk.0, at % page.chunks_across() * page.chunk.1);
            let (taken, columns) = (rows.min(page.rows - top), page.chunk.1.min(page.columns - left));
            if taken == rows && page.chunk.1 == page.columns {
                self.fill_chunk(page, at, rows, &mut pixels[top * row..][..rows * row], &mut room.packed)?;
                continue;
            }
            let in_chunk = page.row_bytes().ok_or(ErrorKind::UnexpectedEof)?;
            let size = in_chunk.checked_mul(rows).ok_or(ErrorKind::UnexpectedEof)?;
            // Refuses a size that the file does not back before there is room for it.
            self.place_of_chunk(page, at, rows)?;
            room.unpacked.resize(size, 0);
            self.fill_chunk(page, at, rows, &mut room.unpacked, &mut room.packed)?;
            let lines = room.unpacked.chunks_exact(in_chunk).take(taken);
            for (line, to) in lines.zip(pixels[top * row..].chunks_exact_mut(row)) {
                to[left * width..][..columns * width].copy_from_slice(&line[..columns * width]);
            }
        }
        Ok(())
    }

    /// Unpacks strip or tile `at` of so many rows into `to`, its size exactly.
    fn fill_chunk(
        &self,
        page: &Page,
        at: usize,
        rows: usize,
        to: &mut [u8],
        packed: &mut Vec<u8>,
    ) -> io::Result<()> {
        if page.compression == 1 {
            let (place, _) = self.place_of_chunk(page, at, rows)?;
            self.bytes.read(to, place)?;
        } else {
            *packed = self.chunk(page, at, rows, std::mem::take(packed))?;
            decompress_into(packed, page.compression, to)?;
        }
        page.undo_predictor(to, self.big_endian);
        page.stored.to_order_of_machine(to);
        Ok(())
    }
}

/// Memory that pages are unpacked with, one after the other.
#[derive(Debug, Default)]
pub(in crate::video) struct Room {
    packed: Vec<u8>,
    unpacked: Vec<u8>,
}

impl Packed {
    /// The planes of the samples `wanted`, which it was read for, as bytes of [`Page::stored`].
    ///
    /// # Errors
    /// `InvalidData` for damage.
    pub(in crate::video) fn unpacked(self, page: &Page, wanted: &[usize]) -> io::Result<Vec<Vec<u8>>> {
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let Self { chunks, big_endian } = self;
        let bytes = page.plane_bytes().ok_or_else(cut)? as usize;
        let each = page.samples_in_chunk();
        let in_layer = page.chunks_down() * page.chunks_across();
        let unpack = |(index, data): (usize, Vec<u8>)| {
            page.unpack_chunk(data, page.rows_of_chunk(index % in_layer), big_endian)
        };
        let mut unpacked = chunks.into_iter().enumerate().map(unpack);
        if each == 1 && !page.tiled && page.chunk.1 == page.columns {
            // Strips of one sample stand one below the other.
            let layers = if page.planar { wanted.len() } else { 1 };
            return (0..layers).map(|_| joined(unpacked.by_ref().take(in_layer), bytes)).collect();
        }
        let mut planes = vec![vec![0; bytes]; wanted.len()];
        let width = page.stored.bytes;
        for (place, chunk) in unpacked.enumerate() {
            let (nth, at, chunk) = (place / in_layer, place % in_layer, chunk?);
            let (top, left) =
                (at / page.chunks_across() * page.chunk.0, at % page.chunks_across() * page.chunk.1);
            let (taken, columns) =
                (page.rows_of_chunk(at).min(page.rows - top), page.chunk.1.min(page.columns - left));
            for row in 0..taken {
                let line = &chunk[row * page.chunk.1 * each * width..][..columns * each * width];
                let start = ((top + row) * page.columns + left) * width;
                if each == 1 {
                    planes[nth][start..start + columns * width].copy_from_slice(line);
                    continue;
                }
                for (plane, &sample) in planes.iter_mut().zip(wanted) {
                    let to = plane[start..start + columns * width].chunks_exact_mut(width);
                    for (to, pixel) in to.zip(line.chunks_exact(each * width)) {
                        to.copy_from_slice(&pixel[sample * width..(sample + 1) * width]);
                    }
                }
            }
        }
        Ok(planes)
    }
}

/// Strips one below the other, `bytes` in all.
fn joined(mut strips: impl Iterator<Item = io::Result<Vec<u8>>>, bytes: usize) -> io::Result<Vec<u8>> {
    let mut plane = strips.next().transpose()?.unwrap_or_default();
    if plane.len() < bytes {
        plane.reserve_exact(bytes - plane.len());
    }
    for strip in strips {
        plane.extend_from_slice(&strip?);
    }
    plane.truncate(bytes);
    if plane.len() < bytes { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(plane) }
}

impl Page {
    fn chunks_down(&self) -> usize {
        self.rows.div_ceil(self.chunk.0)
    }

    fn chunks_across(&self) -> usize {
        self.columns.div_ceil(self.chunk.1)
    }

    /// Samples of a pixel that stand in one strip or tile.
    fn samples_in_chunk(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Rows of strip or tile `at` of a layer.
    fn rows_of_chunk(&self, at: usize) -> usize {
        let top = at / self.chunks_across() * self.chunk.0;
        if self.tiled { self.chunk.0 } else { self.chunk.0.min(self.rows - top) }
    }

    /// Bytes of a row of a strip or tile, as they are stored; none if there are too many.
    fn row_bytes(&self) -> Option<usize> {
        let bits = self.chunk.1.checked_mul(self.samples_in_chunk())?.checked_mul(self.bits)?;
        Some(bits.div_ceil(8))
    }

    /// Undoes the differences in which the rows of a strip or tile are stored.
    fn undo_predictor(&self, bytes: &mut [u8], big_endian: bool) {
        let (row, samples) = (self.row_bytes().unwrap_or(0), self.samples_in_chunk());
        match self.predictor {
            2 => undo_differences(bytes, row, self.stored.bytes, samples, big_endian),
            3 => undo_float_differences(bytes, row, self.stored.bytes, samples),
            _ => {}
        }
    }

    /// Whether it holds one sample a pixel, in whole bytes that are kept as they are stored, and no
    /// pictures in a format of their own.
    pub(in crate::video) fn is_plain(&self) -> bool {
        let grey = self.samples == 1 && self.meaning == Meaning::Grey;
        let whole = self.bits == 8 * self.stored.bytes && !self.reversed_bits;
        self.stored.is_kept_in_bytes() && grey && whole && !matches!(self.compression, 7 | 34933)
    }

    /// A strip or tile of so many rows that stands as `data` in the file, in whole bytes a sample.
    fn unpack_chunk(&self, mut data: Vec<u8>, rows: usize, big_endian: bool) -> io::Result<Vec<u8>> {
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let samples = self.samples_in_chunk();
        let (row, in_row) = (self.row_bytes().ok_or_else(cut)?, self.chunk.1 * samples);
        if self.reversed_bits {
            for byte in &mut data {
                *byte = byte.reverse_bits();
            }
        }
        let mut bytes = match self.compression {
            7 => jpeg(self, &data, rows, samples)?,
            34933 => png_picture(self, &data, rows, samples)?,
            compression => decompress(data, compression, row.checked_mul(rows).ok_or_else(cut)?)?,
        };
        self.undo_predictor(&mut bytes, big_endian);
        if self.bits.is_multiple_of(8) { Ok(bytes) } else { Ok(unpack(&bytes, row, self.bits, in_row)) }
    }
}

/// A strip or tile that is a JPEG picture, whose tables may stand in the page.
fn jpeg(page: &Page, data: &[u8], rows: usize, samples: usize) -> io::Result<Vec<u8>> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};
    let damaged = |found: String| io::Error::new(ErrorKind::InvalidData, found);
    let tables = page.tables.as_deref().unwrap_or_default();
    let mut whole = Vec::with_capacity(tables.len() + data.len());
    // Tables end with an end of image, and pictures begin with a start of image.
    match (tables.strip_suffix(&[0xFF, 0xD9]), data.strip_prefix(&[0xFF, 0xD8])) {
        (Some(tables), Some(data)) if !tables.is_empty() => {
            whole.extend_from_slice(tables);
            whole.extend_from_slice(data);
        }
        _ => whole.extend_from_slice(data),
    }
    let to = if samples == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(to)
        .set_max_width(page.chunk.1)
        .set_max_height(page.chunk.0.max(rows));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(whole), options);
    let bytes = decoder.decode().map_err(|error| damaged(format!("JPEG: {error:?}")))?;
    let size = decoder.dimensions().unwrap_or_default();
    if size.0 != page.chunk.1 || size.1 < rows || page.bits != 8 || bytes.len() < size.0 * rows * samples {
        return Err(damaged(format!("a JPEG of {} x {} pixels in a strip of {rows} rows", size.1, size.0)));
    }
    Ok(bytes)
}

/// A strip or tile that is a PNG picture.
#[cfg(feature = "png")]
fn png_picture(page: &Page, data: &[u8], rows: usize, samples: usize) -> io::Result<Vec<u8>> {
    let damaged = |found: String| io::Error::new(ErrorKind::InvalidData, found);
    let decoder = png::Decoder::new(io::Cursor::new(data));
    let mut picture = decoder.read_info().map_err(|error| damaged(error.to_string()))?;
    let (colour, depth) = picture.output_color_type();
    let info = picture.info();
    let wanted = (page.chunk.1, samples, page.bits);
    let found = (info.width as usize, colour.samples(), depth as usize);
    let size =
        picture.output_buffer_size().filter(|&size| size as u64 / page.expansion() <= data.len() as u64);
    let Some(size) = size.filter(|_| wanted == found && info.height as usize >= rows) else {
        return Err(damaged(format!(
            "a PNG of {found:?} (columns, samples, bits), where its page needs {wanted:?}"
        )));
    };
    let mut bytes = vec![0; size];
    picture.next_frame(&mut bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(bytes)
}

#[cfg(not(feature = "png"))]
fn png_picture(_: &Page, _: &[u8], _: usize, _: usize) -> io::Result<Vec<u8>> {
    Err(io::Error::new(ErrorKind::InvalidData, "a PNG, which this build leaves out"))
}
