//! Lists the artefacts, each with its strength.

use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// What an instrument or a program does to a movie. Lengths are in pixels as read out, times in frames, light
/// as a fraction of full scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Artefact {
    /// The stage drifts evenly, by this much over a movie.
    StageDrift {
        /// Towards higher columns.
        columns: f64,
        /// Towards higher rows.
        rows: f64,
    },
    /// The stage wanders as a Brownian particle would.
    StageWander {
        /// Root mean square of its way along each axis over a movie.
        pixels: f64,
    },
    /// The stage drifts along rows and is set back.
    StageSawTooth {
        /// How far it drifts.
        pixels: f64,
        /// Frames from one jump to the next.
        period: usize,
    },
    /// The stage vibrates at one frequency: columns as the cosine, rows as the sine, so that it runs around
    /// an ellipse unless one of them is zero.
    Vibration {
        /// Amplitude along columns.
        columns: f64,
        /// Amplitude along rows.
        rows: f64,
        /// Frequency; above 0.5 it is aliased.
        cycles_per_frame: f64,
    },
    /// The focus drifts evenly.
    FocusDrift {
        /// Factor by which everything is wider at the end of a movie.
        width: f64,
    },
    /// The focus drifts and is set back.
    FocusSawTooth {
        /// Factor by which everything is wider before it is set back.
        width: f64,
        /// Frames from one correction to the next.
        period: usize,
    },
    /// Every blob loses a share of its light at once, at a random time.
    BleachingSteps {
        /// The share.
        share: f64,
        /// Mean time before the step.
        lifetime: f64,
    },
    /// Every blob is dimmed now and then, as a two-state process.
    Blinking {
        /// Share of the light that is lost while dimmed.
        share: f64,
        /// Mean time of being bright, and of being dimmed.
        frames: f64,
    },
    /// Something round drifts through the picture, along rows.
    Debris {
        /// How often in a movie.
        crossings: usize,
        /// Time of one crossing.
        frames: usize,
        /// Light at its centre.
        brightness: f64,
        /// Standard deviation of its Gaussian.
        width: f64,
        /// Whether it always comes from the left; otherwise from either side.
        one_way: bool,
    },
    /// Focal planes, taken one after the other, are read as time.
    InterleavedPlanes {
        /// How many.
        planes: usize,
        /// Growth of the width from one plane to the next, as a share of the width.
        defocus: f64,
    },
    /// Colour channels, taken one after the other, are read as time: each shows other bodies.
    InterleavedChannels {
        /// How many.
        channels: usize,
    },
    /// Rows are exposed one after the other, the last of them with the frame.
    RollingShutter {
        /// Share of the frame interval from the first row to the last.
        share: f64,
    },
    /// Even rows (counted from 0) are exposed half a frame before odd ones.
    Interlaced {},
    /// Frames are taken too early by random times.
    TimeJitter {
        /// Longest of them, as a share of the frame interval.
        share: f64,
    },
    /// Frames are lost.
    LostFrames {
        /// Share of the frames.
        share: f64,
    },
    /// All light fades.
    Bleaching {
        /// Share that is lost over a movie.
        share: f64,
    },
    /// The lamp gets brighter at the start of each movie.
    LampWarmUp {
        /// Share of the light that is lacking at first.
        share: f64,
        /// Time in which the lack falls by e.
        frames: f64,
    },
    /// The lamp flickers: slow, random changes and the mains, half of the variance each.
    LampFlicker {
        /// Standard deviation, as a share of the light.
        share: f64,
        /// Correlation time of the slow changes.
        frames: f64,
        /// Frequency of the mains; above 0.5 it is aliased.
        cycles_per_frame: f64,
    },
    /// Light that grows along the rows is added, and flickers.
    BackgroundFlicker {
        /// Standard deviation at the brightest edge.
        light: f64,
        /// Correlation time.
        frames: f64,
    },
    /// Exposure follows the brightness of the frame before, in steps.
    AutoExposure {
        /// Size of a step, as a share.
        step: f64,
    },
    /// Pixels differ in gain and in offset.
    FixedPattern {
        /// Standard deviation of the gain.
        gain: f64,
        /// Standard deviation of the offset.
        offset: f64,
    },
    /// Some pixels light up and go out at random.
    HotPixels {
        /// How many.
        count: usize,
        /// Their light.
        light: f64,
        /// Mean time of being hot, and of not being so.
        frames: f64,
    },
    /// Some pixels light up at random, and decay.
    SpikingPixels {
        /// How many.
        count: usize,
        /// Their light at first.
        light: f64,
        /// Time in which it falls by e, and ten times of which lie between two spikes, on average.
        frames: f64,
    },
    /// Single pixels of single frames are lit by cosmic rays.
    CosmicRays {
        /// Mean number in a frame.
        per_frame: f64,
        /// Their light.
        light: f64,
    },
    /// A share of the charge stays for the next frame.
    Lag {
        /// That of the least affected pixel.
        least: f64,
        /// That of the most affected one.
        most: f64,
    },
    /// Frames are replaced by a copy of the one before.
    RepeatedFrames {
        /// Share of the frames.
        share: f64,
    },
    /// Every frame is the mean with its neighbours.
    RunningMean {
        /// How many frames, an odd number.
        frames: usize,
    },
    /// Every frame is mixed with the filtered one before.
    ExponentialFilter {
        /// Weight of the frame before.
        weight: f64,
    },
    /// As the exponential filter, but pixels that change much are left as they are: recursive noise
    /// reduction that adapts to motion.
    AdaptiveDenoiser {
        /// Weight of the frame before where little changes.
        weight: f64,
        /// Change, in light, from which on a pixel is left alone.
        threshold: f64,
    },
    /// Every pixel is the median with its neighbours in time.
    RunningMedian {
        /// How many frames, an odd number.
        frames: usize,
    },
    /// The mean of the last frames is taken off, and that of the movie put in its place.
    BackgroundSubtraction {
        /// How many frames before.
        frames: usize,
    },
    /// Each frame is divided by its mean, and multiplied by that of the movie.
    DividedByMean {},
    /// Each frame is shifted on to the first one.
    StabilisedOnFirst {},
    /// Each frame is shifted on to the one before.
    StabilisedOnPrevious {},
    /// Each frame is stretched to the whole range of counts.
    AutoStretch {},
    /// Counts are rounded down to a few levels.
    GreyLevels {
        /// How many, over the whole range.
        levels: usize,
    },
    /// Counts are shifted to the upper end of 16 bits.
    LeftAligned {},
    /// Another gain and offset.
    GainAndOffset {
        /// Factor of the counts.
        gain: f64,
        /// Counts that are added.
        offset: f64,
    },
    /// A codec of blocks of 8 x 8 pixels: their cosine transforms are rounded, and between key frames only
    /// those changes are kept that exceed a dead zone.
    Codec {
        /// Step to which the amplitudes of key frames are rounded, in counts.
        step: f64,
        /// Amplitude below which a change is dropped, in counts.
        dead_zone: f64,
        /// Frames from one key frame to the next; 1: each stands alone.
        key_frames: usize,
    },
    /// Frames are in the order of the names of files without leading zeros: 0, 1, 10, 100, 101, ...
    NameOrder {},
}

impl Artefact {
    /// Refuses a strength that means nothing.
    ///
    /// # Errors
    /// [`Error::Setting`], with the name of what is wrong.
    pub fn check(&self) -> Result<()> {
        use Artefact as A;
        match *self {
            A::StageDrift { columns, rows } => any([columns, rows]),
            A::StageWander { pixels } => any([pixels]),
            A::StageSawTooth { pixels, period } => any([pixels]).and(counts([period], 2)),
            A::Vibration { columns, rows, cycles_per_frame } => any([columns, rows, cycles_per_frame]),
            A::FocusDrift { width } => positive([width]),
            A::FocusSawTooth { width, period } => positive([width]).and(counts([period], 2)),
            A::BleachingSteps { share, lifetime: frames }
            | A::Blinking { share, frames }
            | A::LampWarmUp { share, frames } => shares([share]).and(positive([frames])),
            A::Debris { crossings, frames, brightness, width, .. } => {
                counts([crossings], 1).and(counts([frames], 2)).and(positive([brightness, width]))
            }
            A::InterleavedPlanes { planes, defocus } => counts([planes], 2).and(not_negative([defocus])),
            A::InterleavedChannels { channels } => counts([channels], 2),
            A::RollingShutter { share }
            | A::TimeJitter { share }
            | A::LostFrames { share }
            | A::Bleaching { share }
            | A::RepeatedFrames { share } => shares([share]),
            A::LampFlicker { share, frames, cycles_per_frame } => {
                shares([share]).and(positive([frames])).and(any([cycles_per_frame]))
            }
            A::BackgroundFlicker { light, frames } => not_negative([light]).and(positive([frames])),
            A::AutoExposure { step } => shares([step]),
            A::FixedPattern { gain, offset } => not_negative([gain, offset]),
            A::HotPixels { light, frames, .. } | A::SpikingPixels { light, frames, .. } => {
                not_negative([light]).and(positive([frames]))
            }
            A::CosmicRays { per_frame, light } => positive([per_frame]).and(not_negative([light])),
            A::Lag { least, most } => shares([least, most]),
            A::RunningMean { frames } | A::RunningMedian { frames } => counts([frames], 1).and(odd(frames)),
            A::ExponentialFilter { weight } => shares([weight]),
            A::AdaptiveDenoiser { weight, threshold } => shares([weight]).and(positive([threshold])),
            A::BackgroundSubtraction { frames } => counts([frames], 1),
            A::GreyLevels { levels } => counts([levels], 2),
            A::GainAndOffset { gain, offset } => positive([gain]).and(any([offset])),
            A::Codec { step, dead_zone, key_frames } => {
                positive([step]).and(not_negative([dead_zone])).and(counts([key_frames], 1))
            }
            A::Interlaced {}
            | A::DividedByMean {}
            | A::StabilisedOnFirst {}
            | A::StabilisedOnPrevious {}
            | A::AutoStretch {}
            | A::LeftAligned {}
            | A::NameOrder {} => Ok(()),
        }
        .map_err(|(expected, found)| {
            let subject = format!("artefacts: {self:?}");
            Error::Setting(Fault::new(subject, expected, found, "Give another strength, or leave it out."))
        })
    }

    /// Reads `KIND` or `KIND:NAME=VALUE,..`, such as `rolling-shutter:share=0.9`.
    ///
    /// # Errors
    /// [`Error::Setting`] for a kind or a name that is not known, or a value that means nothing.
    #[cfg(feature = "clap")]
    pub fn parse(text: &str) -> Result<Self> {
        let (kind, strengths) = text.split_once(':').unwrap_or((text, ""));
        let table = format!("kind = {kind:?}\n{}", strengths.replace(',', "\n"));
        let artefact: Self = toml::from_str(&table).map_err(|error| {
            let remedy = "Write the kind, then its strengths: `rolling-shutter:share=0.9`.";
            let found = format!("`{text}` ({})", error.message());
            Error::Setting(Fault::new("artefact", "a kind with its strengths", found, remedy))
        })?;
        artefact.check()?;
        Ok(artefact)
    }
}

/// What was expected and what was found.
type Checked = std::result::Result<(), (&'static str, String)>;

fn every<const N: usize>(values: [f64; N], expected: &'static str, right: impl Fn(f64) -> bool) -> Checked {
    match values.into_iter().find(|value| !right(*value)) {
        Some(value) => Err((expected, value.to_string())),
        None => Ok(()),
    }
}

fn any<const N: usize>(values: [f64; N]) -> Checked {
    every(values, "finite numbers", f64::is_finite)
}

fn not_negative<const N: usize>(values: [f64; N]) -> Checked {
    every(values, "finite numbers, not negative", |value| value.is_finite() && value >= 0.0)
}

fn positive<const N: usize>(values: [f64; N]) -> Checked {
    every(values, "positive, finite numbers", |value| value.is_finite() && value > 0.0)
}

fn shares<const N: usize>(values: [f64; N]) -> Checked {
    every(values, "shares, at least 0 and below 1", |value| (0.0..1.0).contains(&value))
}

fn counts<const N: usize>(values: [usize; N], least: usize) -> Checked {
    let expected = if least == 1 { "1 or more" } else { "2 or more" };
    match values.into_iter().find(|value| *value < least) {
        Some(value) => Err((expected, value.to_string())),
        None => Ok(()),
    }
}

fn odd(value: usize) -> Checked {
    if value % 2 == 1 { Ok(()) } else { Err(("an odd number", value.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches words that differ between a settings file and the way back, and unknown ones let through.
    #[test]
    fn artefacts_are_written_in_words() {
        let read = |text: &str| toml::from_str::<Artefact>(text);
        let elliptic =
            read("kind = \"vibration\"\ncolumns = 0.2\nrows = 0.1\ncycles-per-frame = 50.23").unwrap();
        assert_eq!(elliptic, Artefact::Vibration { columns: 0.2, rows: 0.1, cycles_per_frame: 50.23 });
        assert_eq!(read(&toml::to_string(&elliptic).unwrap()).unwrap(), elliptic);
        assert_eq!(read("kind = \"interlaced\"").unwrap(), Artefact::Interlaced {});
        assert!(read("kind = \"interlaced\"\nshare = 1").is_err());
        assert!(read("kind = \"bleach\"\nshare = 1").is_err());
    }

    #[cfg(feature = "clap")]
    #[test]
    fn an_artefact_is_read_from_one_word() {
        let parse = Artefact::parse;
        assert_eq!(parse("rolling-shutter:share=0.9").unwrap(), Artefact::RollingShutter { share: 0.9 });
        let lag = Artefact::Lag { least: 0.02, most: 0.15 };
        assert_eq!(parse("lag:least=0.02,most=0.15").unwrap(), lag);
        assert_eq!(parse("interlaced").unwrap(), Artefact::Interlaced {});
        for (text, told) in [
            ("lens-cap", "unknown variant"),
            ("lag:least=0.1", "missing field `most`"),
            ("lag:a", "lag:a"),
            ("lag:least=0,most=1", "below 1"),
        ] {
            let refusal = parse(text).unwrap_err().to_string();
            assert!(refusal.contains(told), "{refusal}");
        }
    }

    /// Catches strengths without meaning that reach a movie.
    #[test]
    fn a_strength_that_means_nothing_is_refused() {
        for artefact in [
            Artefact::RollingShutter { share: 1.0 },
            Artefact::FocusDrift { width: 0.0 },
            Artefact::StageDrift { columns: f64::NAN, rows: 0.0 },
            Artefact::RunningMean { frames: 2 },
            Artefact::StageSawTooth { pixels: 1.0, period: 1 },
            Artefact::Codec { step: 1.0, dead_zone: 1.0, key_frames: 0 },
            Artefact::LampWarmUp { share: 0.05, frames: 0.0 },
        ] {
            let refusal = artefact.check().unwrap_err().to_string();
            assert!(refusal.starts_with("artefacts: ") && refusal.contains("expected"), "{refusal}");
        }
    }
}
