//! Reads MP4 and QuickTime movies: H.264 by a decoder in Rust, JPEG and PNG frames.

mod boxes;
mod fragments;
mod h264;
mod sample_table;
mod track;

use super::avi::{Coding, Frame, Pictures};
use super::containers::WITH_FFMPEG;
use super::frame_times::FrameTimes;
use super::gather::frames_of;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use sample_table::Sample;
use std::sync::Arc;
use track::Track;

/// Reads the one movie of an MP4 or MOV file.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let track = Track::read(input)?;
    let mut cautions = Vec::new();
    let mut caution = |kind| cautions.push(Caution::new(&*input.name, kind));
    let frames = match &track.codec {
        b"avc1" | b"avc3" => {
            let decoded = h264::decode(input, &track)?;
            let group = Some(track.longest_group());
            caution(CautionKind::LossyCodec { codec: "H.264".into(), group });
            if decoded.colour {
                caution(CautionKind::LumaRead);
            }
            decoded.frames
        }
        b"jpeg" | b"mjpg" | b"png " => {
            let (coding, size) = (track.coding(), (track.rows, track.columns));
            let frame = |sample: &Sample| Frame { place: sample.place, bytes: sample.bytes };
            let frames: Vec<Frame> = track.shown().map(frame).collect();
            let count = frames.len();
            let pictures = Pictures::new(input, frames, size, false, coding)?;
            if let Some(codec) = pictures.codec() {
                caution(CautionKind::LossyCodec { codec: codec.into(), group: Some(1) });
            }
            if pictures.is_colour() {
                caution(CautionKind::LumaRead);
            }
            frames_of(input, Arc::new(pictures), count)?
        }
        _ => return Err(refused_codec(input, track.codec)),
    };
    let mut ticks: Vec<i64> = track.shown().map(|sample| sample.time).collect();
    ticks.sort_unstable();
    let times = FrameTimes::of(&ticks, track.ticks_per_second.into());
    Ok(vec![times.movie(&input.name, frames, cautions)?])
}

impl Track {
    fn coding(&self) -> Coding {
        if &self.codec == b"png " { Coding::Png } else { Coding::Jpeg }
    }
}

fn refused_codec(input: &Input, codec: [u8; 4]) -> Error {
    let name = match &codec {
        b"hvc1" | b"hev1" => "H.265 (HEVC)",
        b"av01" => "AV1",
        b"vp08" | b"vp09" => "VP8 or VP9",
        b"mp4v" => "MPEG-4 part 2",
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" => "Apple ProRes",
        b"raw " => "uncompressed QuickTime pixels",
        b"rle " => "QuickTime Animation",
        _ => "a codec that is not read",
    };
    let found = format!("{name} ('{}')", codec.escape_ascii());
    let remedy = WITH_FFMPEG;
    let fault = Fault::new(&*input.name, "H.264, JPEG or PNG frames", found, remedy);
    Error::Unsupported(fault.with_setting("decoder"))
}
