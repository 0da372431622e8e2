//! Reads the directories of a TIFF or BigTIFF file: one a page, each a list of tags.
//!
//! Format: TIFF revision 6.0 (Adobe, 1992); BigTIFF:
//! <https://libtiff.gitlab.io/libtiff/specification/bigtiff.html>

use crate::error::{Error, Fault, Result};
use crate::video::buffered::Buffered;
use crate::video::read_at::{Positioned, ReadAt};
use std::collections::HashSet;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

/// A TIFF file that is being read.
#[derive(Debug)]
pub(in crate::video) struct Tiff {
    /// The file, from any thread.
    pub(in crate::video) bytes: Arc<dyn ReadAt>,
    reader: Buffered<Positioned>,
    pub(in crate::video) name: String,
    pub(in crate::video) length: u64,
    pub(in crate::video) big_endian: bool,
    /// Whether places are of 64 bits (BigTIFF).
    wide: bool,
    /// Place of the first directory.
    first: u64,
}

/// One tag of a page.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// The value, where it has room here, or its place.
    value: [u8; 8],
}

/// The tags of one page.
#[derive(Debug)]
pub(in crate::video) struct Directory {
    entries: Vec<Entry>,
    /// Place of the next directory; 0 after the last.
    pub(super) next: u64,
}

impl Directory {
    /// Whether it has this tag.
    pub(in crate::video) fn has(&self, tag: u16) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }
}

impl Entry {
    /// Bytes of one number of its kind.
    fn width(&self) -> Option<u64> {
        match self.kind {
            1 | 2 | 6 | 7 => Some(1),
            3 | 8 => Some(2),
            4 | 9 | 11 | 13 => Some(4),
            5 | 10 | 12 | 16 | 17 | 18 => Some(8),
            _ => None,
        }
    }
}

/// The chain of a file's pages.
pub(in crate::video) struct Chain {
    next: u64,
    seen: HashSet<u64>,
}

impl Tiff {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// [`Error::Format`] for a file that is no TIFF, or ends within its head.
    pub(in crate::video) fn new(bytes: Arc<dyn ReadAt>, name: &str) -> Result<Self> {
        let fail = |error| Error::reading(name.as_ref(), error);
        let length = bytes.length().map_err(fail)?;
        let reader = Buffered::new(Positioned::new(Arc::clone(&bytes))).map_err(fail)?;
        let name = name.into();
        let mut file = Self { bytes, reader, name, length, big_endian: false, wide: false, first: 0 };
        let mut head = [0; 16];
        let head_length = length.min(16) as usize;
        file.read(0, &mut head[..head_length]).map_err(|error| file.unread_page(1, None, &error))?;
        file.big_endian = head.starts_with(b"MM");
        let version = file.number_in(&head[2..4]);
        file.wide = version == 43;
        let (at, bytes) = if file.wide { (8, 8) } else { (4, 4) };
        if !matches!(version, 42 | 43) || !(head.starts_with(b"II") || file.big_endian) {
            return Err(file.broken_page(1, None, "another beginning than that of a TIFF"));
        }
        if head_length < at + bytes {
            return Err(file.broken_page(1, None, "a file that ends within it"));
        }
        file.first = file.number_in(&head[at..at + bytes]);
        Ok(file)
    }

    /// The chain of pages, before the first.
    pub(in crate::video) fn chain(&self) -> Chain {
        Chain { next: self.first, seen: HashSet::new() }
    }

    /// The next page's directory, number `number` of the file; none after the last.
    ///
    /// # Errors
    /// [`Error::Format`] where it is cut, or the chain runs in a circle.
    pub(in crate::video) fn next(&mut self, chain: &mut Chain, number: usize) -> Result<Option<Directory>> {
        if chain.next == 0 && number > 1 {
            return Ok(None);
        }
        if !chain.seen.insert(chain.next) {
            return Err(self.broken_page(number, None, "a chain of pages that runs in a circle"));
        }
        let directory = self.directory(chain.next).map_err(|error| self.unread_page(number, None, &error))?;
        chain.next = directory.next;
        Ok(Some(directory))
    }

    fn directory(&mut self, place: u64) -> io::Result<Directory> {
        let (count_bytes, entry_bytes, place_bytes) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let mut count = [0; 8];
        self.read(place, &mut count[..count_bytes])?;
        let count = self.number_in(&count[..count_bytes]);
        let size = count.checked_mul(entry_bytes).and_then(|size| size.checked_add(place_bytes));
        let size = size.filter(|&size| size <= self.length).ok_or(ErrorKind::UnexpectedEof)?;
        let mut bytes = vec![0; size as usize];
        self.read(place + count_bytes as u64, &mut bytes)?;
        let (entries, next) = bytes.split_at(size as usize - place_bytes as usize);
        let entries = entries.chunks_exact(entry_bytes as usize).map(|entry| {
            let mut value = [0; 8];
            let (head, tail) = entry.split_at(if self.wide { 12 } else { 8 });
            value[..tail.len()].copy_from_slice(tail);
            Entry {
                tag: self.number_in(&head[..2]) as u16,
                kind: self.number_in(&head[2..4]) as u16,
                count: self.number_in(&head[4..]),
                value,
            }
        });
        let entries = entries.collect();
        Ok(Directory { entries, next: self.number_in(next) })
    }

    /// The bytes of an entry's value.
    fn bytes(&mut self, entry: Entry) -> io::Result<Vec<u8>> {
        let size = entry.width().and_then(|width| width.checked_mul(entry.count));
        let size = size.filter(|&size| size <= self.length).ok_or(ErrorKind::UnexpectedEof)? as usize;
        let inline = if self.wide { 8 } else { 4 };
        if size <= inline {
            return Ok(entry.value[..size].to_vec());
        }
        let place = self.number_in(&entry.value[..inline]);
        let mut bytes = vec![0; size];
        self.read(place, &mut bytes)?;
        Ok(bytes)
    }

    /// The whole numbers of a tag; none if the page has not got it.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file ends within them.
    pub(in crate::video) fn numbers(&mut self, directory: &Directory, tag: u16) -> io::Result<Vec<u64>> {
        let Some(&entry) = directory.entries.iter().find(|entry| entry.tag == tag) else {
            return Ok(Vec::new());
        };
        let Some(width) = entry.width().filter(|_| !matches!(entry.kind, 2 | 5 | 10 | 11 | 12)) else {
            return Ok(Vec::new());
        };
        let bytes = self.bytes(entry)?;
        Ok(bytes.chunks_exact(width as usize).map(|number| self.number_in(number)).collect())
    }

    /// The first whole number of a tag.
    pub(in crate::video) fn number(&mut self, directory: &Directory, tag: u16) -> io::Result<Option<u64>> {
        Ok(self.numbers(directory, tag)?.first().copied())
    }

    /// Every text under a tag, in UTF-8 or Latin-1: Micro-Manager writes two descriptions.
    pub(in crate::video) fn texts(&mut self, directory: &Directory, tag: u16) -> Vec<String> {
        let found = directory.entries.iter().filter(|entry| entry.tag == tag);
        let found: Vec<Entry> = found.filter(|entry| matches!(entry.kind, 1 | 2 | 7)).copied().collect();
        let texts = found.into_iter().filter_map(|entry| {
            let bytes = self.bytes(entry).ok()?;
            let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
            Some(match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
            })
        });
        texts.collect()
    }

    /// The inverse of a positive ratio: the edge of a pixel, of pixels a unit of length.
    pub(in crate::video) fn inverse(&mut self, directory: &Directory, tag: u16) -> Option<f64> {
        let entry = *directory.entries.iter().find(|entry| entry.tag == tag && entry.kind == 5)?;
        let bytes = self.bytes(entry).ok()?;
        let (over, under) = (self.number_in(bytes.get(..4)?), self.number_in(bytes.get(4..8)?));
        (over > 0 && under > 0).then(|| under as f64 / over as f64)
    }

    /// The whole number in up to 8 bytes, in the byte order of the file.
    pub(in crate::video) fn number_in(&self, bytes: &[u8]) -> u64 {
        let fold = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
    }

    /// Fills `to` with the bytes from `place` on.
    pub(in crate::video) fn read(&mut self, place: u64, to: &mut [u8]) -> io::Result<()> {
        if place.checked_add(to.len() as u64).is_none_or(|end| end > self.length) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.reader.seek(SeekFrom::Start(place))?;
        self.reader.read_exact(to)
    }

    /// What to say where page `number`, of `count` where known, could not be read.
    pub(in crate::video) fn unread_page(
        &self,
        number: usize,
        count: Option<usize>,
        error: &io::Error,
    ) -> Error {
        // What the system refuses has a number; a decoder refuses damage.
        if let Some(code) = error.raw_os_error() {
            return Error::reading(self.name.as_ref(), io::Error::from_raw_os_error(code));
        }
        if error.kind() == ErrorKind::UnexpectedEof {
            return self.broken_page(number, count, "a file that ends within it");
        }
        self.broken_page(number, count, &error.to_string())
    }

    /// A page that is not whole.
    pub(in crate::video) fn broken_page(&self, number: usize, count: Option<usize>, found: &str) -> Error {
        let of = count.map(|count| format!(" of {count}")).unwrap_or_default();
        let remedy = "The file was cut short or is damaged; copy or export it again.";
        Error::Format(Fault::new(&*self.name, format!("page {number}{of} whole"), found, remedy))
    }
}
