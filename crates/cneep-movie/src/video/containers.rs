//! Says what containers of video leave open: their frame interval, and frames that are not there.

use crate::caution::CautionKind;

/// What to do about a codec or a container that is not decoded here.
pub(super) const WITH_FFMPEG: &str = "Install FFmpeg, whose program ffmpeg then decodes it, or convert it: \
    ffmpeg -i MOVIE -pix_fmt gray -c:v rawvideo movie.avi.";

/// Frames that a container promises, and what was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coded {
    /// Frames by its header; none where it does not say.
    pub(super) said: Option<usize>,
    /// Frames that are there.
    pub(super) found: usize,
    /// Frames among them without a picture, which repeat the one before.
    pub(super) empty: usize,
}

impl Coded {
    /// Hands what must be said to `caution`.
    pub(super) fn cautions(self, caution: &mut impl FnMut(CautionKind)) {
        let Self { said, found, empty } = self;
        if let Some(said) = said.filter(|&said| said != found && said > 0) {
            caution(CautionKind::OtherFrameCount { said, found });
        }
        if empty > 0 {
            caution(CautionKind::EmptyFrames { empty, frames: found });
        }
    }
}

/// Says that a frame interval is that of playback.
pub(super) fn playback(interval: Option<f64>, caution: &mut impl FnMut(CautionKind)) {
    if let Some(interval) = interval {
        caution(CautionKind::PlaybackInterval { interval });
    }
}
