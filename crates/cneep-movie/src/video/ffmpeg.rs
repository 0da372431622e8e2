//! Lets the program `ffmpeg` decode a movie, and reads what it writes to a pipe.
//!
//! Frames are read in order and counted; a pipe is never searched for a frame.

use super::containers::playback;
use super::gather::Collector;
use super::input::Input;
use super::movie::Video;
use super::sample::{Kind, Stored};
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use crate::units::Calibration;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::process::{Child, Command, Stdio};

/// Longest line of a head.
const LONGEST_LINE: u64 = 1024;

/// Bytes of complaints that are kept.
const MOST_COMPLAINTS: u64 = 1 << 14;

/// The filter that takes luma as it is stored, and the one for frames that have none.
const FILTERS: [&str; 2] = ["extractplanes=y", "format=gray"];

/// Movies of the file as `ffmpeg` decodes it; none if there is no such program.
///
/// # Errors
/// [`Error::Format`] for what it cannot decode; [`Error::Io`] if it does not start.
pub(super) fn read(input: &Input) -> Result<Option<Vec<Video>>> {
    let Some(version) = version(input)? else { return Ok(None) };
    let mut refusal = None;
    for filter in FILTERS {
        match decode(input, &version, filter) {
            Ok(video) => return Ok(Some(vec![video])),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    refusal.map_or(Ok(None), Err)
}

/// What the program calls its version.
fn version(input: &Input) -> Result<Option<String>> {
    let output = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = match output {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            return Ok(None);
        }
        output => output.map_err(|e| Error::reading(&input.path, e))?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().unwrap_or_default();
    Ok(Some(first.split_whitespace().nth(2).unwrap_or("unknown").chars().take(64).collect()))
}

/// A child that does not outlive its reader.
struct Decoder(Child);

impl Drop for Decoder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn decode(input: &Input, version: &str, filter: &str) -> Result<Video> {
    let older = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|v| v < 5);
    let every_frame = if older { ["-vsync", "passthrough"] } else { ["-fps_mode", "passthrough"] };
    let mut file = std::ffi::OsString::from("file:");
    file.push(&input.path);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i"]).arg(file);
    command.args(["-map", "0:v:0"]).args(every_frame).args(["-vf", filter, "-strict", "-1"]);
    command.args(["-f", "yuv4mpegpipe", "pipe:1"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let fail = |e| Error::reading(&input.path, e);
    let mut decoder = Decoder(command.spawn().map_err(fail)?);
    let (Some(output), Some(complaints)) = (decoder.0.stdout.take(), decoder.0.stderr.take()) else {
        return Err(input.broken("a pipe from ffmpeg", "none"));
    };
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = complaints.take(MOST_COMPLAINTS).read_to_end(&mut text);
        String::from_utf8_lossy(&text).trim().to_string()
    });
    let read = frames(input, BufReader::with_capacity(1 << 18, output));
    if read.is_err() {
        let _ = decoder.0.kill();
    }
    let status = decoder.0.wait().map_err(fail)?;
    let complaints = complaints.join().unwrap_or_default();
    if let Err(Error::Memory(fault)) = read {
        return Err(Error::Memory(fault));
    }
    if !status.success() || read.is_err() {
        let said = complaints.lines().next().unwrap_or("no movie and no reason");
        let found = format!("ffmpeg {version}: {}", said.chars().take(200).collect::<String>());
        let remedy = "The file is damaged, or this ffmpeg cannot decode it; try to play it.";
        let fault = Fault::new(&*input.name, "a movie that ffmpeg decodes", found, remedy);
        return Err(Error::Format(fault));
    }
    let (collector, interval) = read?;
    let calibration = Calibration { frame_interval: interval, ..Calibration::default() };
    let mut video = Video::new(&*input.name, collector.finish()?, calibration)?;
    let mut caution = |kind| video.cautions.push(Caution::new(&*input.name, kind));
    caution(CautionKind::DecodedByFfmpeg { version: version.into() });
    playback(interval, &mut caution);
    Ok(video)
}

/// The frames in a pipe of YUV4MPEG, and their interval in seconds.
fn frames(input: &Input, mut pipe: impl BufRead) -> Result<(Collector, Option<f64>)> {
    let broken = |found: String| input.broken("frames from ffmpeg", found);
    let head = line(input, &mut pipe)?.ok_or_else(|| broken("none".into()))?;
    let mut words = head.split(' ');
    if words.next() != Some("YUV4MPEG2") {
        return Err(broken(format!("'{}'", head.chars().take(40).collect::<String>())));
    }
    let (mut columns, mut rows, mut interval, mut bytes) = (0_usize, 0_usize, None, 0);
    for word in words {
        let (key, value) = word.split_at_checked(1).unwrap_or((word, ""));
        match key {
            "W" => columns = value.parse().unwrap_or(0),
            "H" => rows = value.parse().unwrap_or(0),
            "F" => {
                let rate = value
                    .split_once(':')
                    .and_then(|(n, d)| Some((n.parse::<f64>().ok()?, d.parse::<f64>().ok()?)));
                interval = rate.map(|(n, d)| d / n).filter(|interval| (1e-9..1e9).contains(interval));
            }
            "C" => {
                bytes = if value == "mono" {
                    1
                } else if value.starts_with("mono") {
                    2
                } else {
                    0
                }
            }
            _ => {}
        }
    }
    let size =
        rows.checked_mul(columns).and_then(|pixels| pixels.checked_mul(bytes)).filter(|&size| size > 0);
    let Some(size) = size else { return Err(broken(format!("a head '{head}'"))) };
    memory::require(&input.name, "a frame", size as u64, "Scale the movie down.")?;
    let stored = Stored { kind: Kind::Unsigned, bytes, big_endian: false };
    let depth = if bytes == 1 { Depth::U8 } else { Depth::U16 };
    let mut collector = Collector::new(&input.name, depth, (rows, columns), input.room, 0)?;
    let mut frame = vec![0; size];
    while let Some(head) = line(input, &mut pipe)? {
        if !head.starts_with("FRAME") {
            return Err(broken(format!(
                "'{}' in place of a frame",
                head.chars().take(40).collect::<String>()
            )));
        }
        pipe.read_exact(&mut frame).map_err(|error| input.unread("a whole frame", error))?;
        collector.push(|slots| stored.fill(&frame, slots).map_err(|e| Error::reading(&input.path, e)))?;
    }
    Ok((collector, interval))
}

/// The next line without its end; none at the end of the pipe.
fn line(input: &Input, pipe: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    pipe.take(LONGEST_LINE).read_until(b'\n', &mut bytes).map_err(|e| Error::reading(&input.path, e))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Catches a frame that is counted though its end is missing, and a head that is read as pixels.
    #[test]
    fn frames_of_a_pipe_are_counted_to_the_end() {
        let input = Input::new(Arc::new(Vec::new()), "a.mkv".into(), "a.mkv".into(), u64::MAX).unwrap();
        let pipe = b"YUV4MPEG2 W3 H2 F50:1 Ip A1:1 Cmono10 XCOLORRANGE=LIMITED\nFRAME\n\x01\x02abcdefghij\
                     FRAME\nABCDEFGHIJKL";
        let (collector, interval) = frames(&input, &pipe[..]).unwrap();
        assert_eq!((collector.count(), interval), (2, Some(0.02)));
        let frames_read = collector.finish().unwrap();
        assert_eq!((frames_read.shape(), frames_read.depth()), ((2, 2, 3), Depth::U16));
        assert_eq!(frames_read.frame(0).unwrap()[[0, 0]], 513.0);
        for cut in [pipe.len() - 1, 20, 70] {
            assert!(frames(&input, &pipe[..cut]).is_err(), "{cut}");
        }
        assert!(frames(&input, &b"YUV4MPEG2 W3 H2 F50:1 C420jpeg\n"[..]).is_err());
    }
}
