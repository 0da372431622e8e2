//! Undoes the compressions of TIFF: one strip or tile at a time.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, ErrorKind, Read};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// The `size` bytes that are compressed in `data`.
///
/// # Errors
/// `InvalidData` for damage, and for fewer bytes than that.
pub(super) fn decompress(data: Vec<u8>, compression: u16, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = match compression {
        1 => data,
        5 => lzw(&data, size)?,
        8 | 32946 => inflate(&data, size)?,
        32773 => pack_bits(&data, size),
        34926 | 50000 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(&*data);
            within(decoder.map_err(|error| damaged(&error.to_string()))?, size)?
        }
        _ => return Err(damaged("a compression that is not read")),
    };
    if bytes.len() < size {
        return Err(damaged(&format!("{} bytes of pixels, where its size needs {size}", bytes.len())));
    }
    bytes.truncate(size);
    Ok(bytes)
}

fn damaged(found: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, found)
}

/// At most `size` bytes of a zlib stream.
fn inflate(data: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let mut decoder = Decompress::new(true);
    let mut bytes = vec![0; size];
    while decoder.total_out() < size as u64 {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let (from, to) = (&data[read as usize..], &mut bytes[written as usize..]);
        match decoder.decompress(from, to, FlushDecompress::None) {
            Ok(Status::Ok) if (read, written) != (decoder.total_in(), decoder.total_out()) => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(&format!("deflate: {error}"))),
        }
    }
    bytes.truncate(decoder.total_out() as usize);
    Ok(bytes)
}

/// At most `size` bytes of a decoder.
fn within(decoder: impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match decoder.take(size as u64).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(damaged(&error.to_string())),
    }
}

/// LZW as TIFF 6.0 has it; a stream may lack its end code, or be followed by anything.
fn lzw(data: &[u8], size: usize) -> io::Result<Vec<u8>> {
    // Before version 6.0 bits stood the other way round.
    let old = data.len() > 1 && data[0] == 0 && data[1] & 1 == 1;
    let mut decoder =
        if old { Decoder::new(BitOrder::Lsb, 8) } else { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let mut bytes = vec![0; size];
    let (mut read, mut written) = (0, 0);
    while written < size {
        let step = decoder.decode_bytes(&data[read..], &mut bytes[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(&format!("LZW: {error}"))),
        }
    }
    bytes.truncate(written);
    Ok(bytes)
}

/// Runs of bytes, after Apple's `PackBits`.
fn pack_bits(data: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size.min(data.len().saturating_mul(64)));
    let mut rest = data;
    while bytes.len() < size {
        let Some((&head, after)) = rest.split_first() else { break };
        rest = after;
        let count = i16::from(head.cast_signed());
        if count >= 0 {
            let taken = rest.len().min(count as usize + 1);
            bytes.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
        } else if count > -128 {
            let Some((&value, after)) = rest.split_first() else { break };
            bytes.extend(std::iter::repeat_n(value, (1 - count) as usize));
            rest = after;
        }
    }
    bytes
}

/// Undoes horizontal differences of samples of `width` bytes, `samples` a pixel, in rows of `row` bytes.
pub(super) fn undo_differences(bytes: &mut [u8], row: usize, width: usize, samples: usize, big_endian: bool) {
    let distance = width * samples;
    for line in bytes.chunks_exact_mut(row.max(1)) {
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
        assert_eq!(pack_bits(&[0xFE, 7, 1, 8, 9, 0x80, 0, 3], 6), [7, 7, 7, 8, 9, 3]);
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
