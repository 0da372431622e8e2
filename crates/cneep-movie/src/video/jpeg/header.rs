//! Reads what stands before the pixels of a JPEG picture.

use super::huffman::Table;
use super::refusal::{Refusal, Result, broken};

/// How pixels are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// One scan, Huffman codes.
    Baseline,
    /// Several scans.
    Progressive,
}

/// What a picture holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::video) struct Size {
    pub(in crate::video) rows: usize,
    pub(in crate::video) columns: usize,
}

/// One colour component.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) quantisation: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// Everything before the coded pixels of a baseline picture.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) coding: Coding,
    pub(super) components: Vec<Component>,
    pub(super) quantisation: [[u16; 64]; 4],
    pub(super) dc: [Option<Table>; 4],
    pub(super) ac: [Option<Table>; 4],
    /// Units between restarts; 0 for none.
    pub(super) restart: usize,
    /// Place of the first coded byte.
    pub(super) data: usize,
}

/// Place in row-major order of the coefficients as they are coded.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

impl Header {
    /// The header of the picture in `bytes`, up to its first scan.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        if !bytes.starts_with(&[0xFF, 0xD8]) {
            return broken("no JPEG picture");
        }
        let mut header = Self {
            rows: 0,
            columns: 0,
            coding: Coding::Baseline,
            components: Vec::new(),
            quantisation: [[0; 64]; 4],
            dc: std::array::from_fn(|_| None),
            ac: std::array::from_fn(|_| None),
            restart: 0,
            data: 0,
        };
        let mut adobe = None;
        let mut at = 2;
        loop {
            // Fill bytes may stand before a marker.
            while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
                at += 1;
            }
            let Some(&[0xFF, marker]) = bytes.get(at..at + 2) else {
                return broken("no marker where one must be");
            };
            at += 2;
            if matches!(marker, 0x01 | 0xD0..=0xD7) {
                continue;
            }
            let Some(&[high, low]) = bytes.get(at..at + 2) else { return broken("an end within its header") };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some(segment) = bytes.get(at + 2..at + length.max(2)) else {
                return broken("an end within its header");
            };
            at += length.max(2);
            match marker {
                0xC0..=0xC2 => header.frame(segment, marker)?,
                0xC4 => header.huffman(segment)?,
                0xC3 => return Err(Refusal::Unsupported("lossless JPEG".into())),
                0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                    return Err(Refusal::Unsupported("hierarchical or arithmetic JPEG".into()));
                }
                0xDB => header.quantisation(segment)?,
                0xDD => match *segment {
                    [high, low] => header.restart = usize::from(u16::from_be_bytes([high, low])),
                    _ => return broken("a restart interval of another length"),
                },
                0xEE if segment.starts_with(b"Adobe") => adobe = segment.get(11).copied(),
                0xDA => {
                    header.scan(segment)?;
                    header.data = at;
                    header.check(adobe)?;
                    return Ok(header);
                }
                0xD9 => return broken("an end without a picture"),
                _ => {}
            }
        }
    }

    /// What the picture holds.
    pub(super) fn size(&self) -> Size {
        Size { rows: self.rows, columns: self.columns }
    }

    fn frame(&mut self, segment: &[u8], marker: u8) -> Result<()> {
        let Some((&[bits, r1, r0, c1, c0, count], rest)) = segment.split_first_chunk::<6>() else {
            return broken("a frame header that is too short");
        };
        if bits != 8 {
            return Err(Refusal::Unsupported(format!("JPEG of {bits} bits")));
        }
        self.coding = if marker == 0xC2 { Coding::Progressive } else { Coding::Baseline };
        self.rows = usize::from(u16::from_be_bytes([r1, r0]));
        self.columns = usize::from(u16::from_be_bytes([c1, c0]));
        if self.rows == 0 || self.columns == 0 || rest.len() != 3 * usize::from(count) {
            return broken("a frame header without a size");
        }
        let component = |c: &[u8; 3]| Component {
            id: c[0],
            across: usize::from(c[1] >> 4),
            down: usize::from(c[1] & 15),
            quantisation: usize::from(c[2] & 3),
            ..Component::default()
        };
        self.components = rest.as_chunks::<3>().0.iter().map(component).collect();
        Ok(())
    }

    fn quantisation(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((&which, rest)) = segment.split_first() {
            let (wide, index) = (which >> 4 != 0, usize::from(which & 3));
            let Some((values, rest)) = rest.split_at_checked(if wide { 128 } else { 64 }) else {
                return broken("a quantisation table that is too short");
            };
            for (at, &place) in ZIGZAG.iter().enumerate() {
                self.quantisation[index][usize::from(place)] = if wide {
                    u16::from_be_bytes([values[2 * at], values[2 * at + 1]])
                } else {
                    values[at].into()
                };
            }
            segment = rest;
        }
        Ok(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((&which, rest)) = segment.split_first() {
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else {
                return broken("a Huffman table that is too short");
            };
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let Some((values, rest)) = rest.split_at_checked(total) else {
                return broken("a Huffman table that is too short");
            };
            let tables = if which >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            tables[usize::from(which & 3)] = Some(Table::new(counts, values)?);
            segment = rest;
        }
        Ok(())
    }

    fn scan(&mut self, segment: &[u8]) -> Result<()> {
        let Some((&count, rest)) = segment.split_first() else { return broken("an empty scan header") };
        if self.coding == Coding::Baseline && usize::from(count) != self.components.len() {
            return Err(Refusal::Unsupported("JPEG with a scan for each component".into()));
        }
        for pair in rest.as_chunks::<2>().0.iter().take(count.into()) {
            let Some(component) = self.components.iter_mut().find(|component| component.id == pair[0]) else {
                return broken("a scan of components that are not there");
            };
            (component.dc, component.ac) = (usize::from(pair[1] >> 4 & 3), usize::from(pair[1] & 3));
        }
        Ok(())
    }

    /// Refuses pictures without luma, and sizes of blocks that are not read.
    fn check(&mut self, adobe: Option<u8>) -> Result<()> {
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        match self.components.len() {
            1 => (self.components[0].across, self.components[0].down) = (1, 1),
            3 if adobe == Some(0) || ids == *b"RGB" => {
                return Err(Refusal::Unsupported("colour (RGB in JPEG)".into()));
            }
            3 => {}
            0 => return broken("a scan before its frame"),
            count => return Err(Refusal::Unsupported(format!("{count} colour components"))),
        }
        let sound =
            |component: &Component| (1..=4).contains(&component.across) && (1..=4).contains(&component.down);
        let luma = self.components[0];
        let largest = |component: &Component| component.across <= luma.across && component.down <= luma.down;
        if !self.components.iter().all(sound) {
            return broken("sampling factors outside 1 to 4");
        }
        if !self.components.iter().all(largest) {
            return Err(Refusal::Unsupported("luma that is coarser than chroma".into()));
        }
        Ok(())
    }
}
