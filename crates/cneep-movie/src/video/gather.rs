//! Brings frames together: in memory as long as they fit there, else where they lie or in a temporary file.

use super::frames::Frames;
use super::frames_in_file::{FrameSource, FramesInFile};
use super::input::Input;
use super::raw_frames::{Places, RawFrames};
use super::sample::{Pixels, require_memory};
use super::slots::{Owned, Slots};
use super::temporary_array::TemporaryArray;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use std::sync::Arc;

/// Bytes of decoded frames that are held on their way to disk.
const IN_HAND: u64 = 1 << 25;

/// The first `count` frames of `source`, of which it is known that the file has them.
///
/// # Errors
/// What the file has in place of a frame; [`Error::Memory`] where there is no room for them.
pub(super) fn frames_of(input: &Input, source: Arc<dyn FrameSource>, count: usize) -> Result<Frames> {
    let room = if source.is_raw() { input.raw_room } else { input.room };
    kept(&input.name, FramesInFile::new(source, 0, count), room)
}

/// The frames in memory if they take no more than `room` bytes there; else where they lie if they lie there
/// as they are kept, or in a temporary file.
///
/// # Errors
/// As [`frames_of`].
pub(super) fn kept(name: &str, in_file: FramesInFile, room: u64) -> Result<Frames> {
    let ((count, rows, columns), depth) = (in_file.shape(), in_file.depth());
    let bytes = bytes_of(name, count, (rows, columns), depth)?;
    if bytes <= room {
        require_memory(name, bytes, rows * columns)?;
        let pixels = in_file.pixels(name, 0..count)?;
        return shaped(name, pixels, (count, rows, columns));
    }
    if in_file.is_raw() {
        return Ok(Frames::File(in_file));
    }
    let Ok(mut array) = TemporaryArray::new(name, bytes) else {
        // Decoded anew each time.
        return Ok(Frames::File(in_file));
    };
    let frames = Frames::File(in_file);
    let at_a_time = (IN_HAND / (bytes / count as u64).max(1)).clamp(1, 64) as usize;
    let mut bytes = Vec::new();
    for start in (0..count).step_by(at_a_time) {
        let part = frames.part(start..count.min(start + at_a_time))?;
        for index in 0..part.count() {
            bytes.clear();
            part.append_bytes(index, false, &mut bytes)?;
            array.write(&bytes)?;
        }
    }
    Ok(on_disk(name, array, depth, (rows, columns), count))
}

/// Bytes that `count` frames take.
pub(super) fn bytes_of(name: &str, count: usize, size: (usize, usize), depth: Depth) -> Result<u64> {
    let pixels = count.checked_mul(size.0).and_then(|pixels| pixels.checked_mul(size.1));
    let bytes = pixels.and_then(|pixels| (pixels as u64).checked_mul(depth.bytes()));
    bytes.ok_or_else(|| {
        let found = format!("{count} frames of {} x {} pixels", size.0, size.1);
        let remedy = "The file is damaged; copy or export it again.";
        Error::Format(Fault::new(name, "frames that a file can hold", found, remedy))
    })
}

fn shaped(name: &str, pixels: Pixels, shape: (usize, usize, usize)) -> Result<Frames> {
    pixels.into_frames(shape).map_err(|error| {
        let remedy = "The file is damaged; copy or export it again.";
        Error::Format(Fault::new(name, format!("pixels for the shape {shape:?}"), error.to_string(), remedy))
    })
}

fn on_disk(name: &str, array: TemporaryArray, depth: Depth, size: (usize, usize), count: usize) -> Frames {
    let stride = size.0 as u64 * size.1 as u64 * depth.bytes();
    let places = Places::Every { start: 0, stride };
    let file = Arc::new(array.into_file());
    let raw = RawFrames::new(file, name, TemporaryArray::stored(depth), places, size);
    Frames::File(FramesInFile::new(Arc::new(raw), 0, count))
}

/// Frames that come one after the other and cannot be asked for again.
#[derive(Debug)]
pub(super) struct Collector {
    name: String,
    depth: Depth,
    size: (usize, usize),
    room: u64,
    count: usize,
    pixels: Pixels,
    disk: Option<(TemporaryArray, Owned)>,
}

impl Collector {
    /// Room for frames of `size` (rows, columns): in memory if `expected` of them take no more than `room`
    /// bytes there, or if no disk has room for them.
    ///
    /// # Errors
    /// [`Error::Memory`] if they find room nowhere.
    pub(super) fn new(
        name: &str,
        depth: Depth,
        size: (usize, usize),
        room: u64,
        expected: usize,
    ) -> Result<Self> {
        let bytes = bytes_of(name, expected, size, depth)?;
        let frame = size.0 * size.1;
        require_memory(name, bytes.min(room), frame)?;
        let mut collector = Self {
            name: name.into(),
            depth,
            size,
            room,
            count: 0,
            pixels: Pixels::with_room(name, depth, if bytes <= room { expected * frame } else { 0 })?,
            disk: None,
        };
        if bytes > room {
            collector.move_to_disk(bytes)?;
        }
        Ok(collector)
    }

    /// Number of frames that are here.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Appends the frame that `write` writes.
    ///
    /// # Errors
    /// Those of `write`; [`Error::Memory`] where there is no room for it.
    pub(super) fn push(&mut self, write: impl FnOnce(Slots<'_>) -> Result<()>) -> Result<()> {
        let frame = self.size.0 * self.size.1;
        let bytes = bytes_of(&self.name, self.count + 1, self.size, self.depth)?;
        if self.disk.is_none() && bytes > self.room {
            self.move_to_disk(bytes.saturating_mul(2))?;
        }
        if let Some((array, kept)) = &mut self.disk {
            write(kept.slots())?;
            array.write(&kept.to_bytes())?;
        } else {
            let start = self.count * frame;
            self.pixels.extend_by(&self.name, frame)?;
            write(self.pixels.slots_from(start))?;
        }
        self.count += 1;
        Ok(())
    }

    /// The frames.
    ///
    /// # Errors
    /// None that is expected.
    pub(super) fn finish(self) -> Result<Frames> {
        match self.disk {
            Some((array, _)) => Ok(on_disk(&self.name, array, self.depth, self.size, self.count)),
            None => shaped(&self.name, self.pixels, (self.count, self.size.0, self.size.1)),
        }
    }

    /// Moves what is here to disk, with room for `bytes` in all; where no disk has it, memory must.
    fn move_to_disk(&mut self, bytes: u64) -> Result<()> {
        let frame = self.size.0 * self.size.1;
        let mut array = match TemporaryArray::new(&self.name, bytes) {
            Ok(array) => array,
            Err(refusal) => {
                require_memory(&self.name, bytes, frame).map_err(|_| refusal)?;
                self.room = u64::MAX;
                return Ok(());
            }
        };
        for start in (0..self.count).map(|index| index * frame) {
            array.write(&self.pixels.bytes_of(start..start + frame))?;
        }
        self.pixels = Pixels::with_room(&self.name, self.depth, 0)?;
        self.disk = Some((array, Owned::new(self.depth, frame)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::movie::Video;

    /// Frames with other pixels each.
    fn collected(room: u64, expected: usize) -> Frames {
        let mut collector = Collector::new("a.gif", Depth::U16, (3, 5), room, expected).unwrap();
        for frame in 0..20_u16 {
            let write = |slots: Slots<'_>| {
                let Slots::U16(slots) = slots else { unreachable!() };
                slots.iter_mut().enumerate().for_each(|(at, slot)| *slot = 1000 * frame + at as u16);
                Ok(())
            };
            collector.push(write).unwrap();
        }
        collector.finish().unwrap()
    }

    /// Catches frames that change, are lost or are doubled on their way to disk, before or after the first.
    #[test]
    fn frames_are_the_same_wherever_they_are_kept() {
        let memory = collected(u64::MAX, 20);
        assert!(matches!(memory, Frames::U16(_)));
        for (room, expected) in [(0, 0), (0, 20), (100, 0), (100, 3), (300, 20), (599, 1)] {
            let disk = collected(room, expected);
            assert!(matches!(disk, Frames::File(_)), "{room}");
            assert_eq!(disk, memory, "{room} {expected}");
            let hash =
                |frames: Frames| Video::new("a", frames, Calibration::default()).unwrap().hash().unwrap();
            assert_eq!(hash(disk), hash(memory.clone()));
        }
    }
}
