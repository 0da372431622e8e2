//! Undoes the compressions of TIFF: one strip or tile at a time.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, ErrorKind, Read};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// The `size` bytes that are compressed in `data`.
///
/// # Errors
/// `InvalidData` for damage, and for fewer bytes than that.
pub(super) fn decompress(mut data: Vec<u8>, compression: u16, size: usize) -> io::Result<Vec<u8>> {
    if compression == 1 {
        enough(data.len(), size)?;
        data.truncate(size);
        return Ok(data);
    }
    let mut bytes = vec![0; size];
    decompress_into(&data, compression, &mut bytes)?;
    Ok(bytes)
}

/// Fills `to` with the bytes that are compressed in `data`.
///
/// # Errors
/// As [`decompress`].
pub(super) fn decompress_into(data: &[u8], compression: u16, to: &mut [u8]) -> io::Result<()> {
    let written = match compression {
        5 => lzw(data, to)?,
        8 | 32946 => inflate(data, to)?,
        32773 => pack_bits(data, to),
        34926 | 50000 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(data);
            fill(decoder.map_err(|error| damaged(&error.to_string()))?, to)?
        }
        _ => return Err(damaged("a compression that is not read")),
    };
    enough(written, to.len())
}

fn enough(bytes: usize, size: usize) -> io::Result<()> {
    if bytes < size {
        return Err(damaged(&format!("{bytes} bytes of pixels, where its size needs {size}")));
    }
    Ok(())
}

fn damaged(found: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, found)
}

/// Fills `bytes` from a zlib stream; how many there are.
fn inflate(data: &[u8], bytes: &mut [u8]) -> io::Result<usize> {
    let mut decoder = Decompress::new(true);
    while decoder.total_out() < bytes.len() as u64 {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let (from, to) = (&data[read as usize..], &mut bytes[written as usize..]);
        match decoder.decompress(from, to, FlushDecompress::None) {
            Ok(Status::Ok) if (read, written) != (decoder.total_in(), decoder.total_out()) => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(&format!("deflate: {error}"))),
        }
    }
    Ok(decoder.total_out() as usize)
}

/// Fills `bytes` from a decoder; how many there are.
fn fill(mut decoder: impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match decoder.read(&mut bytes[written..]) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(error) => return Err(damaged(&error.to_string())),
        }
    }
    Ok(written)
}

/// LZW as TIFF 6.0 has it; a stream may lack its end code, or be followed by anything.
fn lzw(data: &[u8], bytes: &mut [u8]) -> io::Result<usize> {
    // Before version 6.0 bits stood the other way round.
    let old = data.len() > 1 && data[0] == 0 && data[1] & 1 == 1;
    let mut decoder =
        if old { Decoder::new(BitOrder::Lsb, 8) } else { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let (mut read, mut written) = (0, 0);
    while written < bytes.len() {
        let step = decoder.decode_bytes(&data[read..], &mut bytes[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(&format!("LZW: {error}"))),
        }
    }
    Ok(written)
}

/// Fills `bytes` from runs of bytes, after Apple's `PackBits`; how many there are.
fn pack_bits(data: &[u8], bytes: &mut [u8]) -> usize {
    let (mut rest, mut written) = (data, 0);
    while written < bytes.len() {
        let Some((&head, after)) = rest.split_first() else { break };
        rest = after;
        let (count, room) = (i16::from(head.cast_signed()), &mut bytes[written..]);
        if count >= 0 {
            let taken = rest.len().min(count as usize + 1);
            let kept = taken.min(room.len());
            room[..kept].copy_from_slice(&rest[..kept]);
            (rest, written) = (&rest[taken..], written + kept);
        } else if count > -128 {
            let Some((&value, after)) = rest.split_first() else { break };
            let kept = room.len().min((1 - count) as usize);
            room[..kept].fill(value);
            (rest, written) = (after, written + kept);
        }
    }
    written
}

/// Undoes horizontal differences of samples of `width` bytes, `samples` a pixel, in rows of `row` bytes.
pub(super) fn undo_differences(bytes: &mut [u8], row: usize, width: usize, samples: usize, big_endian: bool) {
    let distance = width * samples;
    for line in bytes.chunks_exact_mut(row.max(1)) {
        match (width, samples) {
            (1, 1) => {
                line.iter_mut().fold(0_u8, |sum, byte| {
                    *byte = byte.wrapping_add(sum);
                    *byte
                });
                continue;
            }
            (2, 1) => {
                line.as_chunks_mut::<2>().0.iter_mut().fold(0_u16, |sum, pair| {
                    let word = if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
                    let sum = sum.wrapping_add(word);
                    *pair = if big_endian { sum.to_be_bytes() } else { sum.to_le_bytes() };
                    sum
                });
                continue;
            }
            _ => {}
        }
        for at in (distance..line.len() + 1 - width.min(line.len())).step_by(width) {
            let mut carry = 0;
            for place in 0..width {
                let place = if big_endian { width - 1 - place } else { place };
                let sum = u16::from(line[at + place]) + u16::from(line[at + place - distance]) + carry;
                line[at + place] = sum as u8;
                carry = sum >> 8;
            }
        }
    }
}

/// Undoes the differences of floating-point numbers (Adobe Technical Note 3, 2005): bytes of equal weight
/// stand together in a row. The numbers come out big-endian.
pub(super) fn undo_float_differences(bytes: &mut [u8], row: usize, width: usize, samples: usize) {
    let mut copy = vec![0; row];
    for line in bytes.chunks_exact_mut(row.max(1)) {
        for at in samples..line.len() {
            line[at] = line[at].wrapping_add(line[at - samples]);
        }
        copy.copy_from_slice(line);
        let count = row / width;
        for (at, byte) in line.iter_mut().enumerate() {
            *byte = copy[(at % width) * count + at / width];
        }
    }
}

/// Samples of `bits` packed bits, highest first, as whole bytes, big-endian; `samples` in each of the rows of
/// `row` bytes.
pub(super) fn unpack(bytes: &[u8], row: usize, bits: usize, samples: usize) -> Vec<u8> {
    let width = bits.div_ceil(8);
    let mut unpacked = Vec::with_capacity(bytes.len() / row.max(1) * samples * width);
    for line in bytes.chunks_exact(row.max(1)) {
        let (mut held, mut count) = (0_u32, 0);
        let mut next = line.iter();
        for _ in 0..samples {
            while count < bits {
                held = (held << 8) | u32::from(next.next().copied().unwrap_or(0));
                count += 8;
            }
            count -= bits;
            let value = (held >> count) & ((1 << bits) - 1);
            unpacked.extend_from_slice(&value.to_be_bytes()[4 - width..]);
        }
    }
    unpacked
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a byte order of bits, and rows that are not filled up to whole bytes.
    #[test]
    fn packed_bits_are_taken_from_the_highest() {
        let twelve = [0xAB, 0xC1, 0x23, 0x45, 0x60, 0xFF, 0xF0, 0x00, 0x12, 0x30];
        assert_eq!(unpack(&twelve, 5, 12, 3), [0x0A, 0xBC, 1, 0x23, 4, 0x56, 0x0F, 0xFF, 0, 0, 1, 0x23]);
        assert_eq!(unpack(&[0b1010_0000], 1, 1, 3), [1, 0, 1]);
    }

    #[test]
    fn runs_and_differences_are_undone() {
        let runs = [0xFE, 7, 1, 8, 9, 0x80, 0, 3];
        assert_eq!(decompress(runs.to_vec(), 32773, 6).unwrap(), [7, 7, 7, 8, 9, 3]);
        assert!(decompress(runs.to_vec(), 32773, 7).is_err());
        let mut words = [0x00, 0xFF, 0x00, 0x01, 0x00, 0x02];
        undo_differences(&mut words, 6, 2, 1, true);
        assert_eq!(words, [0x00, 0xFF, 0x01, 0x00, 0x01, 0x02]);
        let mut words = [0xFF, 0x00, 0x01, 0x00, 0x02, 0x00];
        undo_differences(&mut words, 6, 2, 1, false);
        assert_eq!(words, [0xFF, 0x00, 0x00, 0x01, 0x02, 0x01]);
    }

    /// A stream cut behind its last pixel has no end code.
    #[test]
    fn lzw_needs_no_end_code_but_all_bytes() {
        let pixels: Vec<u8> = (0..1000).map(|at| (at * at / 7) as u8).collect();
        let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8);
        let whole = encoder.encode(&pixels).unwrap();
        assert_eq!(decompress(whole.clone(), 5, 1000).unwrap(), pixels);
        assert_eq!(decompress(whole[..whole.len() - 1].to_vec(), 5, 990).unwrap(), pixels[..990]);
        let cut = decompress(whole[..whole.len() / 2].to_vec(), 5, 1000).unwrap_err().to_string();
        assert!(cut.contains("where its size needs 1000"), "{cut}");
    }
}
