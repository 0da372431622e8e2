//! Reads AVI movies: uncompressed grey as ImageJ and cameras write it, Motion JPEG, and PNG frames.

mod coding;
mod container;
mod picture;

use super::containers::{Coded, playback};
use super::frames_in_file::FrameSource;
use super::gather::frames_of;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use super::raw_frames::{Places, RawFrames};
use super::sample::{Kind, Stored};
use crate::caution::{Caution, CautionKind};
use crate::error::Result;
use crate::units::Calibration;
use container::Container;
use std::sync::Arc;

pub(super) use coding::Coding;
pub(super) use container::Frame;
pub(super) use picture::Pictures;

/// Reads the one movie of an AVI file.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let container = Container::read(input)?;
    let coding = Coding::of(input, &container.format)?;
    let (rows, columns) = (container.format.rows, container.format.columns);
    let bottom_up = container.format.bottom_up;
    let count = container.frames.len();
    let mut cautions = Vec::new();
    let mut caution = |kind| cautions.push(Caution::new(&*input.name, kind));
    let raw = |bytes, big_endian| -> Result<Arc<dyn FrameSource>> {
        let stored = Stored { kind: Kind::Unsigned, bytes, big_endian };
        let row_bytes = coding::row_bytes(input, &container, bytes)?;
        let places = Places::At(container.frames.iter().map(|frame| frame.place).collect());
        let file = Arc::clone(&input.bytes);
        let frames = RawFrames::new(file, &input.name, stored, places, (rows, columns));
        Ok(Arc::new(RawFrames { row_bytes, bottom_up, ..frames }))
    };
    let frames = match coding {
        Coding::Grey8 => frames_of(input, raw(1, false)?, count)?,
        Coding::Grey16 { big_endian } => frames_of(input, raw(2, big_endian)?, count)?,
        coding => {
            let pictures = Pictures::new(input, container.frames, (rows, columns), bottom_up, coding)?;
            if let Some(codec) = pictures.codec() {
                caution(CautionKind::LossyCodec { codec: codec.into(), group: Some(1) });
            }
            if pictures.is_colour() {
                caution(CautionKind::LumaRead);
            }
            if pictures.has_colour_table() {
                caution(CautionKind::ColourTable);
            }
            frames_of(input, Arc::new(pictures), count)?
        }
    };
    let coded = Coded { said: container.said, found: count, empty: container.empty };
    coded.cautions(&mut caution);
    let calibration = Calibration { frame_interval: container.interval, ..Calibration::default() };
    playback(container.interval, &mut caution);
    let mut video = Video::new(&*input.name, frames, calibration)?;
    video.cautions = cautions;
    Ok(vec![video])
}
