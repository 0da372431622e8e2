//! Puts the pixels of a page together from its strips or tiles.

use super::decompress::{decompress, undo_differences, undo_float_differences, unpack};
use super::directory::Tiff;
use super::page::Page;
use crate::error::Result;
use crate::memory;
use std::io::{self, ErrorKind, Read, Seek};

impl<R: Read + Seek> Tiff<R> {
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
        let fail = |file: &Self, error: &io::Error| file.unread_page(number, count, error);
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let bytes = page.plane_bytes().filter(|_| page.is_backed(self.length));
        let Some(bytes) = bytes.map(|bytes| bytes as usize) else { return Err(fail(self, &cut())) };
        let remedy = "Crop or bin the movie.";
        memory::require(&self.name, "a page", (bytes as u64).saturating_mul(wanted.len() as u64), remedy)?;
        let mut planes = Vec::with_capacity(wanted.len());
        for _ in wanted {
            let mut plane = memory::with_room(&self.name, bytes)?;
            plane.resize(bytes, 0);
            planes.push(plane);
        }
        let (down, across) = (page.rows.div_ceil(page.chunk.0), page.columns.div_ceil(page.chunk.1));
        let each = if page.planar { 1 } else { page.samples };
        let layers: Vec<usize> = if page.planar { wanted.to_vec() } else { vec![0] };
        let width = page.stored.bytes;
        for (nth, &layer) in layers.iter().enumerate() {
            for at in 0..down * across {
                let (top, left) = (at / across * page.chunk.0, at % across * page.chunk.1);
                let rows = if page.tiled { page.chunk.0 } else { page.chunk.0.min(page.rows - top) };
                let index = layer * down * across + at;
                let chunk = self.chunk(page, index, rows, each).map_err(|error| fail(self, &error))?;
                let (taken, columns) = (rows.min(page.rows - top), page.chunk.1.min(page.columns - left));
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
        }
        Ok(planes)
    }

    /// Strip or tile `index`, of so many rows and samples a pixel, in whole bytes a sample.
    fn chunk(&mut self, page: &Page, index: usize, rows: usize, samples: usize) -> io::Result<Vec<u8>> {
        let cut = || io::Error::from(ErrorKind::UnexpectedEof);
        let (place, length) = page.chunks.get(index).copied().ok_or_else(cut)?;
        let in_row = page.chunk.1.checked_mul(samples).ok_or_else(cut)?;
        let row = in_row.checked_mul(page.bits).ok_or_else(cut)?.div_ceil(8);
        let size = row.checked_mul(rows).ok_or_else(cut)?;
        if page.compression == 1 && length < size as u64 {
            let found = format!("{length} bytes of pixels, where its size needs {size}");
            return Err(io::Error::new(ErrorKind::InvalidData, found));
        }
        let length = if page.compression == 1 { size as u64 } else { length };
        // The end of the last strip is often rounded up.
        let length =
            if page.compression == 1 { length } else { length.min(self.length.saturating_sub(place)) };
        if length > self.length || size as u64 / page.expansion() > length {
            return Err(cut());
        }
        let mut data = vec![0; length as usize];
        self.read(place, &mut data)?;
        if page.reversed_bits {
            for byte in &mut data {
                *byte = byte.reverse_bits();
            }
        }
        let mut bytes = match page.compression {
            7 => jpeg(page, &data, rows, samples)?,
            34933 => png_picture(page, &data, rows, samples)?,
            compression => decompress(data, compression, size)?,
        };
        match page.predictor {
            2 => undo_differences(&mut bytes, row, page.stored.bytes, samples, self.big_endian),
            3 => undo_float_differences(&mut bytes, row, page.stored.bytes, samples),
            _ => {}
        }
        if page.bits.is_multiple_of(8) { Ok(bytes) } else { Ok(unpack(&bytes, row, page.bits, in_row)) }
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
