//! Reads and writes NumPy's NPY arrays: their heads, and arrays of floats whole.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use crate::error::{Error, Fault, Result};
use crate::memory;
use ndarray::{ArrayD, ArrayViewD};
use std::io::{self, ErrorKind, Read, Write};

/// First bytes of every NPY file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Numbers decoded at a time.
const BLOCK: usize = 1 << 13;

/// NumPy itself refuses headers above 10,000 bytes unless told otherwise.
const LONGEST_HEADER: usize = 1 << 16;

/// What the head of an NPY file says of the array after it.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) descr: String,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Bytes of the file before the array.
    pub(crate) length: u64,
}

impl Header {
    /// Reads the head of an array.
    pub(crate) fn read(reader: &mut impl Read, name: &str) -> Result<Self> {
        let broken = |found: &str| {
            let remedy = "Save it again with numpy.save or numpy.savez.";
            Error::Format(Fault::new(name, "an NPY array with a whole header", found, remedy))
        };
        let mut take = |count: usize| {
            let mut bytes = vec![0; count];
            let read = reader.read_exact(&mut bytes);
            read.map(|()| bytes).map_err(|e| match e.kind() {
                ErrorKind::UnexpectedEof => broken("a file that ends within it"),
                _ => broken(&e.to_string()),
            })
        };
        let head = take(8)?;
        if !head.starts_with(MAGIC) {
            return Err(broken("another beginning"));
        }
        let width = if head[6] == 1 { 2 } else { 4 };
        let size = take(width)?.iter().rev().fold(0, |sum, &byte| (sum << 8) | usize::from(byte));
        if size > LONGEST_HEADER {
            return Err(broken(&format!("one said to be {size} bytes long")));
        }
        let bytes = take(size)?;
        let text = String::from_utf8_lossy(&bytes);
        let parsed = parse(&text, (8 + width + size) as u64);
        parsed.ok_or_else(|| broken(&format!("'{}'", text.chars().take(120).collect::<String>().trim())))
    }

    /// Number of pixels; none if it overflows.
    pub(crate) fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
    }
}

/// Reads `{'descr': '<u2', 'fortran_order': False, 'shape': (5, 4, 3), }`.
fn parse(text: &str, length: u64) -> Option<Header> {
    let value = |key: &str| {
        let at = [format!("'{key}'"), format!("\"{key}\"")].iter().find_map(|key| text.find(&**key))?;
        Some(text[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
    };
    let descr = value("descr")?;
    let descr = match descr.chars().next().filter(|quote| ['\'', '"'].contains(quote)) {
        Some(quote) => descr[1..].split_once(quote)?.0.to_string(),
        None => "of a structured array".into(),
    };
    let order = value("fortran_order")?;
    if !order.starts_with("True") && !order.starts_with("False") {
        return None;
    }
    let (sizes, _) = value("shape")?.strip_prefix('(')?.split_once(')')?;
    let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape = sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?;
    Some(Header { descr, fortran: order.starts_with("True"), shape, length })
}

/// Writes the head of an array with this type and shape, in NumPy's words, padded as NumPy pads it, to a
/// multiple of 64 bytes; the array follows in C order.
///
/// # Errors
/// Those of the `writer`.
pub fn write_header(writer: &mut impl Write, descr: &str, shape: &str) -> io::Result<()> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padding = 63 - (10 + text.len()) % 64;
    text.extend(std::iter::repeat_n(' ', padding).chain(['\n']));
    writer.write_all(MAGIC)?;
    writer.write_all(&[1, 0])?;
    writer.write_all(&(text.len() as u16).to_le_bytes())?;
    writer.write_all(text.as_bytes())
}

/// Reads an array of little-endian 32- or 64-bit floats in C order. Errors call it `name`.
///
/// # Errors
/// [`Error::Format`] for anything else, or an array cut short.
pub fn read_floats(reader: &mut impl Read, name: &str) -> Result<ArrayD<f64>> {
    let header = Header::read(reader, name)?;
    let wrong = |found: String| {
        let expected = "an array of 32- or 64-bit floats in C order";
        let remedy = "Save it with numpy.save(file, array.astype('float64', order='C')).";
        Error::Format(Fault::new(name, expected, found, remedy))
    };
    if header.fortran {
        return Err(wrong("Fortran order".into()));
    }
    let width = match header.descr.as_str() {
        "<f4" => 4,
        "<f8" => 8,
        other => return Err(wrong(format!("dtype {other}"))),
    };
    let length = header.count().and_then(|count| count.checked_mul(width));
    let length = length.ok_or_else(|| wrong(format!("shape {:?}", header.shape)))?;
    let count = length / width;
    memory::require(name, "numbers", 8 * count as u64, "Check that it is the right file.")?;
    let mut values: Vec<f64> = memory::with_room(name, count)?;
    let mut block = vec![0; BLOCK.min(count) * width];
    while values.len() < count {
        let bytes = &mut block[..BLOCK.min(count - values.len()) * width];
        reader.read_exact(bytes).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => wrong(format!("a file that ends within {length} bytes of numbers")),
            _ => Error::reading(name.as_ref(), e),
        })?;
        match width {
            4 => values.extend(bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b)))),
            _ => values.extend(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b))),
        }
    }
    ArrayD::from_shape_vec(header.shape, values).map_err(|e| wrong(e.to_string()))
}

/// Writes an array of 64-bit floats.
///
/// # Errors
/// Those of the writer.
pub fn write_floats(writer: &mut impl Write, array: &ArrayViewD<f64>) -> io::Result<()> {
    let sizes: Vec<String> = array.shape().iter().map(usize::to_string).collect();
    let comma = if sizes.len() == 1 { "," } else { "" };
    write_header(writer, "<f8", &format!("({}{comma})", sizes.join(", ")))?;
    let mut writer = io::BufWriter::new(writer);
    array.iter().try_for_each(|value| writer.write_all(&value.to_le_bytes()))?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_any_dimension_read_back_and_damage_is_refused() {
        for shape in [vec![], vec![3], vec![2, 0], vec![2, 3, 4]] {
            let count = shape.iter().product();
            let array = ArrayD::from_shape_vec(shape, (0..count).map(|i| i as f64 / 3.0).collect()).unwrap();
            let mut bytes = Vec::new();
            write_floats(&mut bytes, &array.view()).unwrap();
            assert_eq!(read_floats(&mut &bytes[..], "a").unwrap(), array);
            if count > 0 {
                assert!(read_floats(&mut &bytes[..bytes.len() - 1], "a").is_err());
            }
        }
    }
}
