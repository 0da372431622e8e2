//! Undoes Blosc (version 1) with LZ4, zlib or Zstandard inside.

use super::lz4::lz4;
use flate2::read::ZlibDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::io::Read;

/// Blocks smaller than this many numbers are never split by bytes.
const FEWEST_IN_SPLIT: usize = 128;

/// Most bytes of a number by which blocks are split.
const MOST_SPLITS: usize = 16;

/// How the name of a codec ends that is not read.
pub(super) const NOT_READ: &str = " within Blosc, which is not read";

type Result<T> = std::result::Result<T, String>;

fn number(bytes: &[u8], at: usize) -> Result<usize> {
    let found = bytes.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>());
    found.map(|bytes| u32::from_le_bytes(*bytes) as usize).ok_or_else(|| "too few bytes".into())
}

/// The bytes in `coded`, which are no more than `most`.
pub(super) fn decompress(coded: &[u8], most: usize) -> Result<Vec<u8>> {
    let (Some(&flags), Some(&size)) = (coded.get(2), coded.get(3)) else {
        return Err("too few bytes".into());
    };
    let (size, total) = (usize::from(size).max(1), number(coded, 4)?);
    let block = number(coded, 8)?.max(1);
    if total > most {
        return Err("more bytes than a chunk has".into());
    }
    if flags & 2 != 0 {
        return coded.get(16..16 + total).map(<[u8]>::to_vec).ok_or_else(|| "too few bytes".into());
    }
    let mut out = Vec::new();
    out.try_reserve_exact(total).map_err(|error| error.to_string())?;
    for index in 0..total.div_ceil(block) {
        let start = number(coded, 16 + 4 * index)?;
        let length = block.min(total - out.len());
        let whole = length == block;
        let split = flags & 16 == 0 && size <= MOST_SPLITS && block / size >= FEWEST_IN_SPLIT && whole;
        let parts = if split { size } else { 1 };
        let (mut at, mut bytes) = (start, Vec::with_capacity(length));
        for _ in 0..parts {
            let count = number(coded, at)?;
            let part = coded.get(at + 4..at.saturating_add(4).saturating_add(count));
            let part = part.ok_or("a block that ends too early")?;
            let expected = length / parts;
            if count == expected {
                bytes.extend_from_slice(part);
            } else {
                let decoded = inside(flags >> 5, part, expected)?;
                if decoded.len() != expected {
                    return Err("a block of another length".into());
                }
                bytes.extend(decoded);
            }
            at += 4 + count;
        }
        if bytes.len() != length {
            return Err("a block of another length".into());
        }
        out.extend(if flags & 1 != 0 && size > 1 {
            unshuffle(&bytes, size)
        } else if flags & 4 != 0 {
            unshuffle_bits(&bytes, size)
        } else {
            bytes
        });
    }
    Ok(out)
}

fn inside(codec: u8, coded: &[u8], length: usize) -> Result<Vec<u8>> {
    let all = |reader: &mut dyn Read| {
        let mut out = Vec::with_capacity(length);
        reader.take(length as u64 + 1).read_to_end(&mut out).map_err(|error| error.to_string())?;
        Ok(out)
    };
    match codec {
        1 => lz4(coded, length),
        3 => all(&mut ZlibDecoder::new(coded)),
        4 => all(&mut StreamingDecoder::new(coded).map_err(|error| error.to_string())?),
        0 => Err(format!("blosclz{NOT_READ}")),
        2 => Err(format!("snappy{NOT_READ}")),
        other => Err(format!("codec {other} of Blosc{NOT_READ}")),
    }
}

/// Puts bytes of numbers back together that were sorted by their place in the number.
fn unshuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size;
    let mut out = vec![0; bytes.len()];
    for place in 0..size {
        for (index, &byte) in bytes[place * count..(place + 1) * count].iter().enumerate() {
            out[index * size + place] = byte;
        }
    }
    out[count * size..].copy_from_slice(&bytes[count * size..]);
    out
}

/// The same for bits; only blocks of whole groups of eight numbers are sorted.
fn unshuffle_bits(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size;
    if !count.is_multiple_of(8) {
        return bytes.to_vec();
    }
    let mut out = vec![0; bytes.len()];
    let row = count / 8;
    for place in 0..size {
        for bit in 0..8 {
            let line = &bytes[(place * 8 + bit) * row..(place * 8 + bit + 1) * row];
            for (group, &byte) in line.iter().enumerate() {
                for k in 0..8 {
                    out[(group * 8 + k) * size + place] |= (byte >> k & 1) << bit;
                }
            }
        }
    }
    out[count * size..].copy_from_slice(&bytes[count * size..]);
    out
}
