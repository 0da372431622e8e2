//! Undoes the codecs of a chunk, into no more bytes than the chunk has.

use super::super::input::Input;
use super::super::sample::Stored;
use super::blosc;
use super::lengths::lengths;
use super::lz4::lz4;
use crate::error::{Error, Fault, Result};
use flate2::read::{GzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use serde_json::Value;
use std::io::Read;

/// One step of coding.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Codec {
    Gzip,
    Zlib,
    Zstd,
    Lz4,
    Blosc,
    /// Four bytes of a checksum behind the rest.
    Checksum,
    /// Several chunks in one file.
    Shards {
        chunk: Vec<usize>,
        codecs: Vec<Codec>,
        index_codecs: Vec<Codec>,
        index_first: bool,
    },
}

fn refused(input: &Input, name: &str) -> Error {
    let remedy = "Write it again with zstd, blosc (lz4, zstd, zlib), gzip or no compression.";
    let expected = "Zarr chunks that are raw, gzip, zlib, zstd, lz4 or blosc";
    Error::Unsupported(Fault::new(&*input.name, expected, format!("the codec '{name}'"), remedy))
}

impl Codec {
    /// A compressor or filter of version 2.
    pub(super) fn of_version_2(input: &Input, found: &Value) -> Result<Self> {
        let name = found.get("id").and_then(Value::as_str).unwrap_or_default();
        Self::named(name).ok_or_else(|| refused(input, name))
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" => Self::Gzip,
            "zlib" => Self::Zlib,
            "zstd" => Self::Zstd,
            "lz4" => Self::Lz4,
            "blosc" => Self::Blosc,
            "crc32c" => Self::Checksum,
            _ => return None,
        })
    }

    /// A codec of version 3; those that say how numbers lie change `stored` and `order` and are no step.
    pub(super) fn of_version_3(
        input: &Input,
        found: &Value,
        stored: &mut Stored,
        order: &mut Vec<usize>,
    ) -> Result<Option<Self>> {
        let name = found.as_str().or_else(|| found.get("name")?.as_str()).unwrap_or_default();
        let configuration = found.get("configuration");
        let setting = |key: &str| configuration.and_then(|configuration| configuration.get(key));
        match name {
            "bytes" | "endian" => {
                stored.big_endian = setting("endian").and_then(Value::as_str) == Some("big");
                Ok(None)
            }
            "transpose" => {
                let axes = lengths(input, setting("order"))?;
                let mut sorted = axes.clone();
                sorted.sort_unstable();
                if sorted != (0..order.len()).collect::<Vec<_>>() {
                    return Err(input.broken("an order of all axes", format!("{axes:?}")));
                }
                *order = axes;
                Ok(None)
            }
            "sharding_indexed" => {
                let codecs = |key: &str, stored: &mut Stored, order: &mut Vec<usize>| {
                    let list = setting(key).and_then(Value::as_array).into_iter().flatten();
                    let mut codecs = Vec::new();
                    for codec in list {
                        codecs.extend(Self::of_version_3(input, codec, stored, order)?);
                    }
                    Ok(codecs)
                };
                let index_first = setting("index_location").and_then(Value::as_str) == Some("start");
                let (mut of_index, mut order_of_index) = (*stored, order.clone());
                let index_codecs = codecs("index_codecs", &mut of_index, &mut order_of_index)?;
                let chunk = lengths(input, setting("chunk_shape"))?;
                let codecs = codecs("codecs", stored, order)?;
                if codecs.iter().any(|codec| matches!(codec, Self::Shards { .. })) {
                    return Err(refused(input, "sharding within sharding"));
                }
                Ok(Some(Self::Shards { chunk, codecs, index_codecs, index_first }))
            }
            name => Self::named(name).map(Some).ok_or_else(|| refused(input, name)),
        }
    }

    /// Undoes this step, into no more than `most` bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes, in words.
    pub(super) fn undo(&self, bytes: &[u8], most: usize) -> std::result::Result<Vec<u8>, String> {
        let all = |reader: &mut dyn Read| {
            let mut out = Vec::new();
            out.try_reserve(most).map_err(|error| error.to_string())?;
            reader.take(most as u64 + 1).read_to_end(&mut out).map_err(|error| error.to_string())?;
            if out.len() > most { Err("more bytes than a chunk has".to_string()) } else { Ok(out) }
        };
        match self {
            Self::Gzip => all(&mut GzDecoder::new(bytes)),
            Self::Zlib => all(&mut ZlibDecoder::new(bytes)),
            Self::Zstd => all(&mut StreamingDecoder::new(bytes).map_err(|error| error.to_string())?),
            Self::Lz4 => {
                let Some((size, coded)) = bytes.split_first_chunk::<4>() else {
                    return Err("too few bytes".into());
                };
                lz4(coded, (u32::from_le_bytes(*size) as usize).min(most))
            }
            Self::Blosc => blosc::decompress(bytes, most),
            Self::Checksum => {
                let Some((content, sum)) = bytes.split_last_chunk::<4>() else {
                    return Err("no checksum".into());
                };
                if crc32c(content) != u32::from_le_bytes(*sum) {
                    return Err("a checksum that does not fit".into());
                }
                Ok(content.to_vec())
            }
            Self::Shards { .. } => Err("sharding within another codec".into()),
        }
    }
}

/// Undoes all steps, the last first.
pub(super) fn undo_all(
    codecs: &[Codec],
    mut bytes: Vec<u8>,
    most: usize,
) -> std::result::Result<Vec<u8>, String> {
    // Between two codecs there may be a little more: a header, or what does not compress.
    let between = most.saturating_add(most / 8).saturating_add(1 << 12);
    for (index, codec) in codecs.iter().enumerate().rev() {
        bytes = codec.undo(&bytes, if index == 0 { most } else { between })?;
    }
    Ok(bytes)
}

/// The checksum CRC-32C (Castagnoli).
fn crc32c(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let (mut crc, mut bit) = (index as u32, 0);
            while bit < 8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
                bit += 1;
            }
            table[index] = crc;
            index += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc: u32, &byte| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_its_definition() {
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }
}
