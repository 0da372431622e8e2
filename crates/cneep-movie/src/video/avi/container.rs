//! Finds the frames of an AVI file: RIFF chunks, and those of OpenDML above 2 GB.

use super::super::input::Input;
use crate::error::{Error, Fault, Result};

/// Chunks of a header larger than this hold nothing that is read.
const LARGEST_HEADER: u64 = 1 << 16;

/// Nested lists deeper than this are no movie.
const DEEPEST: usize = 6;

/// One coded frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::video) struct Frame {
    pub(in crate::video) place: u64,
    pub(in crate::video) bytes: u64,
}

/// How pixels are stored, as the stream's header says.
#[derive(Debug, Clone, Default)]
pub(super) struct Format {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) bottom_up: bool,
    pub(super) bits: u16,
    pub(super) compression: [u8; 4],
    /// Blue, green, red of each index; empty without a table.
    pub(super) palette: Vec<[u8; 3]>,
}

/// What an AVI file holds.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) format: Format,
    /// All frames in order; one that is empty repeats the one before.
    pub(super) frames: Vec<Frame>,
    /// How many are empty.
    pub(super) empty: usize,
    /// Frames by the stream's header.
    pub(super) said: Option<usize>,
    /// Frame interval in seconds, as played back.
    pub(super) interval: Option<f64>,
}

/// The state of a walk through the chunks.
#[derive(Default)]
struct Walk {
    stream: Option<(u8, Format)>,
    streams: u8,
    video_streams: usize,
    said: Option<usize>,
    interval: Option<f64>,
    interval_of_file: Option<f64>,
    frames: Vec<Frame>,
    empty: usize,
    cut: bool,
}

impl Container {
    /// Walks through the file.
    pub(super) fn read(input: &Input) -> Result<Self> {
        let mut walk = Walk::default();
        walk.list(input, 0, input.length, 0)?;
        if walk.video_streams > 1 {
            let found = format!("{} video streams", walk.video_streams);
            let remedy = "Write each of them into a file of its own.";
            return Err(input.unsupported("an AVI file with one video stream", found, remedy));
        }
        let Some((_, format)) = walk.stream else {
            return Err(input.broken("an AVI file with a video stream", "none"));
        };
        if walk.frames.is_empty() {
            return Err(input.broken("an AVI movie with frames", "none"));
        }
        Ok(Self {
            format,
            frames: walk.frames,
            empty: walk.empty,
            said: walk.said,
            interval: walk.interval.or(walk.interval_of_file),
        })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}

impl Walk {
    /// Walks through the chunks from `at` to `end`.
    fn list(&mut self, input: &Input, mut at: u64, end: u64, depth: usize) -> Result<()> {
        while at + 8 <= end && !self.cut {
            let head = input.bytes_at(at, 8, "the head of a chunk")?;
            let (kind, size) = (&head[..4], u64::from(number(&head, 4).unwrap_or(0)));
            let start = at + 8;
            let is_list = matches!(kind, b"RIFF" | b"LIST");
            // Files that were not closed have lists of size zero, or one that reaches beyond the end.
            let open = is_list && (size == 0 || start + size > end);
            let stop = if open { end } else { start + size };
            if is_list && start + 4 <= end && depth < DEEPEST {
                let what = input.bytes_at(start, 4, "the kind of a list")?;
                if matches!(&*what, b"AVI " | b"AVIX" | b"hdrl" | b"strl" | b"movi" | b"rec ") {
                    self.list(input, start + 4, stop, depth + 1)?;
                }
            } else if stop <= end {
                self.chunk(input, kind, start, size)?;
            } else if self.is_frame(kind) {
                self.cut = true;
            } else {
                return Ok(());
            }
            at = stop + size % 2;
        }
        Ok(())
    }

    /// Whether the chunk `kind` holds a frame of the stream that is read.
    fn is_frame(&self, kind: &[u8]) -> bool {
        let Some((stream, _)) = &self.stream else { return false };
        let of_stream = [b'0' + stream / 10, b'0' + stream % 10];
        kind.starts_with(&of_stream) && matches!(&kind[2..], b"db" | b"dc")
    }

    fn chunk(&mut self, input: &Input, kind: &[u8], start: u64, size: u64) -> Result<()> {
        if self.is_frame(kind) {
            match (size, self.frames.last().copied()) {
                (0, Some(before)) => {
                    self.empty += 1;
                    self.frames.push(before);
                }
                (0, None) => {}
                _ => self.frames.push(Frame { place: start, bytes: size }),
            }
            return Ok(());
        }
        match kind {
            b"avih" => {
                let head = input.bytes_at(start, size.min(56), "the header of an AVI file")?;
                let microseconds = number(&head, 0).filter(|&interval| interval > 0);
                self.interval_of_file = microseconds.map(|interval| f64::from(interval) * 1e-6);
            }
            b"strh" => {
                let head = input.bytes_at(start, size.min(56), "the header of a stream")?;
                self.streams += 1;
                if head.starts_with(b"vids") {
                    self.video_streams += 1;
                    if self.stream.is_none() {
                        self.stream = Some((self.streams - 1, Format::default()));
                        let (scale, rate) = (number(&head, 20), number(&head, 24));
                        let interval =
                            scale.zip(rate).map(|(scale, rate)| f64::from(scale) / f64::from(rate));
                        self.interval = interval.filter(|seconds| (1e-9..1e9).contains(seconds));
                        self.said = number(&head, 32).map(|count| count as usize);
                    }
                }
            }
            b"strf" if size <= LARGEST_HEADER => {
                let head = input.bytes_at(start, size, "the format of a stream")?;
                let last = self.streams.checked_sub(1);
                if let Some((stream, format)) = &mut self.stream
                    && last == Some(*stream)
                {
                    *format = Format::of(input, &head)?;
                }
            }
            _ if self.stream.is_some() && kind.ends_with(b"pc") && kind[0].is_ascii_digit() => {
                let remedy = "Export it with one table of colours, or as TIFF.";
                return Err(input.unsupported("one table of colours", "one that changes", remedy));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Format {
    /// The format in the bytes of a `BITMAPINFOHEADER` and what follows it.
    fn of(input: &Input, head: &[u8]) -> Result<Self> {
        let signed = |at| number(head, at).map(u32::cast_signed);
        let (Some(size), Some(columns), Some(height), Some(depth), Some(compression)) =
            (number(head, 0), signed(4), signed(8), number(head, 12), head.get(16..20))
        else {
            return Err(input.broken("the format of a stream", "too few bytes"));
        };
        if columns <= 0 || height == 0 || height == i32::MIN {
            let fault = Fault::new(
                &*input.name,
                "frames with at least one pixel",
                format!("{height} rows x {columns} columns"),
                "Export the movie again.",
            );
            return Err(Error::Format(fault));
        }
        let colours = head.get(size as usize..).unwrap_or_default();
        let used = number(head, 32).filter(|&used| used > 0).map_or(256, |used| used as usize);
        let entries = colours.as_chunks::<4>().0.iter().take(used.min(256));
        let uncompressed = matches!(compression, b"\0\0\0\0" | b"DIB " | b"RAW " | b"RGB ");
        Ok(Self {
            rows: height.unsigned_abs() as usize,
            columns: columns as usize,
            bottom_up: height > 0 && uncompressed,
            bits: (depth >> 16) as u16,
            compression: [compression[0], compression[1], compression[2], compression[3]],
            palette: entries.map(|c| [c[0], c[1], c[2]]).collect(),
        })
    }
}
