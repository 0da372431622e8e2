//! Reads through a buffer that outlives short seeks.

use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// Bytes read ahead.
const AHEAD: usize = 1 << 18;

/// A buffered reader that keeps its buffer where a seek ends inside it, as it does from page to page of a
/// TIFF stack of small frames; that of the standard library reads anew after every seek.
#[derive(Debug)]
pub(super) struct Buffered<R> {
    inner: BufReader<R>,
    position: u64,
}

impl<R: Read + Seek> Buffered<R> {
    /// A reader from the start of `inner`.
    pub(super) fn new(mut inner: R) -> Result<Self> {
        inner.rewind()?;
        Ok(Self { inner: BufReader::with_capacity(AHEAD, inner), position: 0 })
    }
}

impl<R: Read> Read for Buffered<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(to)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Buffered<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(_) => None,
        };
        if target.is_some_and(|target| i64::try_from(target).is_err()) {
            return Err(Error::new(ErrorKind::UnexpectedEof, "a place that no file reaches"));
        }
        match target.and_then(|target| i64::try_from(i128::from(target) - i128::from(self.position)).ok()) {
            Some(distance) => {
                self.inner.seek_relative(distance)?;
                self.position = self.position.wrapping_add_signed(distance);
            }
            None => self.position = self.inner.seek(to)?,
        }
        Ok(self.position)
    }

    fn stream_position(&mut self) -> Result<u64> {
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Would catch a position that loses its way, and a seek that reads anew for nothing.
    #[test]
    fn seeks_land_where_those_of_a_plain_reader_do() {
        struct Counted(Cursor<Vec<u8>>, usize);
        impl Read for Counted {
            fn read(&mut self, to: &mut [u8]) -> Result<usize> {
                self.1 += 1;
                self.0.read(to)
            }
        }
        impl Seek for Counted {
            fn seek(&mut self, to: SeekFrom) -> Result<u64> {
                self.0.seek(to)
            }
        }
        let bytes: Vec<u8> = (0..1_000_000_u64).map(|i| ((i * 7919) >> 8) as u8).collect();
        let mut plain = Cursor::new(bytes.clone());
        let mut reader = Buffered::new(Counted(Cursor::new(bytes), 0)).unwrap();
        let moves = [
            SeekFrom::Start(10),
            SeekFrom::Start(2000),
            SeekFrom::Current(-500),
            SeekFrom::Start(900_000),
            SeekFrom::End(-4),
            SeekFrom::Start(5),
            SeekFrom::Start(2_000_000),
            SeekFrom::Current(-1_999_990),
        ];
        for to in moves {
            assert_eq!(reader.seek(to).unwrap(), plain.seek(to).unwrap());
            assert_eq!(reader.stream_position().unwrap(), plain.stream_position().unwrap());
            let (mut found, mut expected) = ([0; 16], [0; 16]);
            let count = reader.read(&mut found).unwrap();
            assert_eq!((count, found), (plain.read(&mut expected).unwrap(), expected));
        }
        assert!(reader.seek(SeekFrom::Current(-2_000_000)).is_err());
        // The system would call this a wrong argument, not a damaged file.
        let beyond = reader.seek(SeekFrom::Start(1 << 63)).unwrap_err();
        assert_eq!((beyond.kind(), beyond.raw_os_error()), (ErrorKind::UnexpectedEof, None));
        reader.seek(SeekFrom::Start(0)).unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        let before = reader.inner.get_ref().1;
        for page in 0..100 {
            reader.seek(SeekFrom::Start(page * 2000)).unwrap();
            reader.read_exact(&mut [0; 10]).unwrap();
        }
        assert_eq!(reader.inner.get_ref().1, before);
    }
}
