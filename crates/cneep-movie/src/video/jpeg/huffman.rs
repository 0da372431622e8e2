//! Decodes Huffman codes from the coded part of a JPEG picture.

use super::refusal::{Refusal, Result, broken};

/// Codes up to this long are found at once.
const SHORT: u32 = 9;

/// A table of codes.
#[derive(Debug)]
pub(super) struct Table {
    /// Length and symbol of the code that the next bits begin with; length 0 for longer codes.
    short: Vec<(u8, u8)>,
    /// For each length: one above the largest code, and what is added to a code to find its symbol.
    longest: [(i32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// The table with `counts[l]` codes of length l + 1, for `symbols` in their order.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let mut short = vec![(0, 0); 1 << SHORT];
        let mut longest = [(0, 0); 17];
        let (mut code, mut first) = (0_i32, 0_i32);
        for length in 1..=16 {
            let count = i32::from(counts[length - 1]);
            if code + count > 1 << length {
                return broken("Huffman codes that overlap");
            }
            longest[length] = (code + count, first - code);
            if length as u32 <= SHORT {
                let spread = 1 << (SHORT as usize - length);
                for at in 0..count {
                    let start = ((code + at) as usize) * spread;
                    let found = (length as u8, symbols[(first + at) as usize]);
                    short[start..start + spread].fill(found);
                }
            }
            first += count;
            code = (code + count) << 1;
        }
        Ok(Self { short, longest, symbols: symbols.into() })
    }
}

/// The bits of a scan, from which stuffed bytes are removed.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    window: u64,
    count: u32,
    /// Zero bits that were read beyond the end.
    beyond: u32,
}

impl<'a> Bits<'a> {
    /// From the first of `bytes` on.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, window: 0, count: 0, beyond: 0 }
    }

    /// At least 32 bits; zeros behind the last one.
    #[inline]
    fn refill(&mut self) {
        if let Some(next) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let next = u64::from_be_bytes(*next);
            // Whether no byte of them is 0xFF, which may be stuffed or begin a marker.
            if next & !next.wrapping_add(0x0101_0101_0101_0101) & 0x8080_8080_8080_8080 == 0 {
                let bytes = (64 - self.count) / 8;
                let taken = if bytes == 8 { next } else { next & !(u64::MAX >> (8 * bytes)) };
                self.window |= taken >> self.count;
                self.count += 8 * bytes;
                self.at += bytes as usize;
                return;
            }
        }
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at) {
                Some(&0xFF) if self.bytes.get(self.at + 1) == Some(&0) => {
                    self.at += 2;
                    0xFF
                }
                None | Some(&0xFF) => {
                    self.beyond += 8;
                    0
                }
                Some(&byte) => {
                    self.at += 1;
                    byte
                }
            };
            self.window |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.window <<= count;
        self.count -= count;
    }

    /// The next symbol of `table`.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Table) -> Result<u8> {
        if self.count < 32 {
            self.refill();
        }
        let (length, symbol) = table.short[(self.window >> (64 - SHORT)) as usize];
        if length > 0 {
            self.drop(length.into());
            return Ok(symbol);
        }
        for length in SHORT + 1..=16 {
            let code = (self.window >> (64 - length)) as i32;
            let (end, shift) = table.longest[length as usize];
            if code < end {
                let symbol = table.symbols.get((code + shift) as usize);
                self.drop(length);
                return symbol.copied().ok_or_else(|| Refusal::Broken("a code that is none".into()));
            }
        }
        broken("a code that is none")
    }

    /// The signed number that the next `size` bits stand for.
    #[inline]
    pub(super) fn number(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        if self.count < 32 {
            self.refill();
        }
        let bits = (self.window >> (64 - size)) as i32;
        self.drop(size);
        if bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits }
    }

    /// Goes to what follows the next restart marker.
    pub(super) fn restart(&mut self) -> Result<()> {
        if self.is_beyond() {
            return broken("an end within its pixels");
        }
        let Some(&[0xFF, 0xD0..=0xD7]) = self.bytes.get(self.at..self.at + 2) else {
            return broken("no restart marker where one must be");
        };
        *self = Self { at: self.at + 2, ..Self::new(self.bytes) };
        Ok(())
    }

    /// Whether bits were used that are not there.
    pub(super) fn is_beyond(&self) -> bool {
        self.beyond > self.count
    }
}

/// The tables of the standard (ITU-T T.81, K.3): of luminance and of chrominance, each of first and other
/// coefficients. Motion JPEG may leave them out of its pictures.
pub(super) fn standard() -> &'static [Table; 4] {
    static TABLES: std::sync::OnceLock<[Table; 4]> = std::sync::OnceLock::new();
    TABLES.get_or_init(|| {
        let table =
            |counts: &[u8; 16], symbols: &[u8]| Table::new(counts, symbols).expect("codes of the standard");
        let dc: Vec<u8> = (0..12).collect();
        [
            table(&[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &dc),
            table(&[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], &LUMINANCE),
            table(&[0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &dc),
            table(&[0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119], &CHROMINANCE),
        ]
    })
}

#[rustfmt::skip]
const LUMINANCE: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
    0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5,
    0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
];

#[rustfmt::skip]
const CHROMINANCE: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
    0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26,
    0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
    0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
    0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
];
