//! Decodes the luma of JPEG pictures, to the bit as the decoders that laboratories compare with.
//!
//! Baseline pictures, which cameras and ImageJ write, are decoded here: the standard leaves the rounding of
//! the inverse transform open, and no two decoders agree on it. Others are left to `zune-jpeg`.

mod baseline;
mod header;
mod huffman;
mod refusal;
mod transform;

use header::{Coding, Header, Size};
use refusal::{Result, broken};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

pub(super) use refusal::Refusal;
pub(super) use transform::Rounding;

/// Size of the picture in `bytes`.
pub(super) fn size(bytes: &[u8]) -> Result<Size> {
    Header::read(bytes).map(|header| header.size())
}

/// Writes the luma of the picture in `bytes` to `pixels`, which has room for exactly its size;
/// whether there is colour beside it.
pub(super) fn luma(bytes: &[u8], rounding: Rounding, pixels: &mut [u8]) -> Result<bool> {
    let header = Header::read(bytes)?;
    if header.rows * header.columns != pixels.len() {
        return broken("a picture of another size");
    }
    match header.coding {
        Coding::Baseline => baseline::decode(bytes, &header, rounding, pixels),
        Coding::Progressive => progressive(bytes, pixels).map(|()| header.components.len() > 1),
    }
}

fn progressive(bytes: &[u8], pixels: &mut [u8]) -> Result<()> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.set_strict_mode(true));
    decoder.decode_headers().map_err(|e| Refusal::Broken(e.to_string()))?;
    if decoder.output_buffer_size() != Some(pixels.len()) {
        return broken("a picture of another size");
    }
    decoder.decode_into(pixels).map_err(|e| Refusal::Broken(e.to_string()))
}
