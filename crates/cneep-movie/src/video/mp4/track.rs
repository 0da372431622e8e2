//! Finds the video track of an MP4 file and its frames.

use super::super::input::Input;
use super::boxes::{OfFile, boxes, find, number, of_file, wide};
use super::fragments::{Defaults, fragment};
use super::sample_table::{Sample, samples};
use crate::error::Result;

/// A track of video.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) number: u32,
    pub(super) codec: [u8; 4],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Content of the box `avcC`; empty without one.
    pub(super) config: Vec<u8>,
    pub(super) ticks_per_second: u32,
    /// In the order in which they are decoded.
    pub(super) samples: Vec<Sample>,
    /// First tick that is shown, and the first that is not again.
    pub(super) shown: (i64, i64),
}

impl Track {
    /// The one video track of the file.
    pub(super) fn read(input: &Input) -> Result<Self> {
        let found = of_file(input, &[*b"moov", *b"moof"])?;
        let Some(OfFile { content: moov, .. }) = found.iter().find(|found| found.kind == *b"moov") else {
            return Err(input.broken(
                "a movie with a table of its frames (moov)",
                "none, as of a recording that was not closed",
            ));
        };
        let mut tracks = Vec::new();
        for (kind, content) in boxes(moov) {
            if &kind == b"trak" {
                tracks.extend(Self::of(input, moov, content)?);
            }
        }
        for OfFile { place, content: moof, .. } in found.iter().filter(|found| found.kind == *b"moof") {
            for track in &mut tracks {
                let defaults = Defaults::of(moov, track.number);
                fragment(input, moof, *place, defaults, &mut track.samples)?;
            }
        }
        // A picture on the cover is a track of one frame.
        tracks.retain(|track| track.samples.len() > 1);
        let count = tracks.len();
        if count > 1 {
            let found = format!("{count} video tracks");
            let remedy = "Write each of them into a file of its own.";
            return Err(input.unsupported("a movie with one video track", found, remedy));
        }
        let Some(track) = tracks.pop() else {
            return Err(input.broken("a movie with a video track of two frames or more", "none"));
        };
        let beyond =
            |sample: &Sample| sample.place.checked_add(sample.bytes).is_none_or(|end| end > input.length);
        if let Some(index) = track.samples.iter().position(beyond) {
            let expected = format!("{} frames", track.samples.len());
            return Err(input.broken(&expected, format!("a file that ends within frame {index}")));
        }
        if track.shown().count() < 2 {
            return Err(input.broken("two frames or more that are shown", "fewer, by its edit list"));
        }
        Ok(track)
    }

    /// The track that the box `trak` describes, if it is one of video.
    fn of(input: &Input, moov: &[u8], trak: &[u8]) -> Result<Option<Self>> {
        let media = find(trak, *b"mdia").unwrap_or_default();
        if find(media, *b"hdlr").and_then(|hdlr| hdlr.get(8..12)) != Some(b"vide") {
            return Ok(None);
        }
        let broken = |what: &str| input.broken(what, "none");
        let (head, media_head) = (find(trak, *b"tkhd"), find(media, *b"mdhd").unwrap_or_default());
        let number_at = |head: &[u8]| number(head, if head.first() == Some(&1) { 20 } else { 12 });
        let track_number = head.and_then(number_at).ok_or_else(|| broken("the header of a track"))?;
        let ticks = number(media_head, if media_head.first() == Some(&1) { 20 } else { 12 });
        let ticks = ticks.filter(|&ticks| ticks > 0).ok_or_else(|| broken("a unit of time"))?;
        let table = find(media, *b"minf").and_then(|minf| find(minf, *b"stbl"));
        let table = table.ok_or_else(|| broken("the table of a track's frames"))?;
        let described = find(table, *b"stsd").filter(|stsd| number(stsd, 4) == Some(1));
        let Some((codec, entry)) = described.and_then(|stsd| boxes(stsd.get(8..)?).next()) else {
            let found = "none or several";
            let remedy = "Export it again with one codec and one size.";
            return Err(input.unsupported("a track with one description of its frames", found, remedy));
        };
        let side = |at: usize| entry.get(at..at + 2).map(|s| usize::from(u16::from_be_bytes([s[0], s[1]])));
        let (Some(columns), Some(rows)) = (side(24), side(26)) else {
            return Err(broken("the size of its frames"));
        };
        let extensions = entry.get(78..).unwrap_or_default();
        let units = find(moov, *b"mvhd").and_then(|head| number(head, if head[0] == 1 { 20 } else { 12 }));
        Ok(Some(Self {
            number: track_number,
            codec,
            rows,
            columns,
            config: find(extensions, *b"avcC").unwrap_or_default().to_vec(),
            ticks_per_second: ticks,
            samples: samples(input, table)?,
            shown: shown(input, trak, ticks, units.filter(|&units| units > 0).unwrap_or(ticks))?,
        }))
    }

    /// Frames that are shown, in the order in which they are decoded.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(|sample| self.is_shown(sample))
    }

    /// Whether the edit list lets a frame be seen.
    pub(super) fn is_shown(&self, sample: &Sample) -> bool {
        (self.shown.0..self.shown.1).contains(&sample.time)
    }

    /// Most frames from one that is coded by itself to the next.
    pub(super) fn longest_group(&self) -> usize {
        let keys = self.samples.iter().enumerate().filter(|(_, sample)| sample.sync).map(|(index, _)| index);
        let ends = keys.clone().skip(1).chain([self.samples.len()]);
        keys.zip(ends).map(|(start, end)| end - start).max().unwrap_or(self.samples.len())
    }
}

/// What the edit list of a track shows, in ticks.
fn shown(input: &Input, trak: &[u8], ticks: u32, units: u32) -> Result<(i64, i64)> {
    let all = (i64::MIN, i64::MAX);
    let Some(list) = find(trak, *b"edts").and_then(|edts| find(edts, *b"elst")) else { return Ok(all) };
    let (count, is_wide) = (number(list, 4).unwrap_or(0) as usize, list.first() == Some(&1));
    let length = if is_wide { 20 } else { 12 };
    let mut edits = Vec::new();
    for entry in list.get(8..).unwrap_or_default().chunks_exact(length).take(count) {
        let (duration, start) = if is_wide {
            (wide(entry, 0).unwrap_or(0), wide(entry, 8).unwrap_or(0).cast_signed())
        } else {
            (number(entry, 0).unwrap_or(0).into(), number(entry, 4).unwrap_or(0).cast_signed().into())
        };
        // An edit from before the first frame is a pause.
        if start >= 0 {
            edits.push((duration, start));
        }
    }
    match *edits {
        [] => Ok(all),
        [(duration, start)] => {
            let length = u128::from(duration) * u128::from(ticks) / u128::from(units);
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            Ok((start, if length == 0 { i64::MAX } else { start.saturating_add(length) }))
        }
        _ => {
            let found = format!("{} pieces in its edit list", edits.len());
            let remedy = "Export the movie again as it is shown.";
            Err(input.unsupported("a movie in one piece", found, remedy))
        }
    }
}
