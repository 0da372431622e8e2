//! Tells how much a caution matters.

use super::kind::CautionKind;
use serde::{Deserialize, Serialize};

/// A bound that fewer transitions carry, in effect, is no bound.
const HANDFUL: f64 = 10.0;

/// How much a caution matters, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The numbers are not to be used before it is answered.
    Stop,
    /// It changes what the numbers mean, or how far they can be trusted.
    Careful,
    /// It tells what was assumed or left out.
    Note,
}

impl Grade {
    /// The grade in a word.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Careful => "careful",
            Self::Note => "note",
        }
    }
}

/// A scale that was stated this many times as large as the file's, or as small, is a slip.
const SLIP: f64 = 1.5;

impl CautionKind {
    /// How much it matters.
    pub fn grade(&self) -> Grade {
        match self {
            _ if self.withdraws_verdict() => Grade::Stop,
            Self::StatedScaleDiffers { stated, in_file, .. }
                if !(1.0 / SLIP..SLIP).contains(&(stated / in_file)) =>
            {
                Grade::Stop
            }
            Self::PixelSizeUnreadable { .. }
            | Self::PlaybackSpeed { .. }
            | Self::PagesReadAsTime { .. }
            | Self::FirstAxisReadAsTime { .. }
            | Self::MisleadingExtension { .. }
            | Self::ColourTable
            | Self::RoundedTo32Bits
            | Self::KeptAs16BitCounts { .. }
            | Self::OtherFilesIgnored { .. }
            | Self::LargeInMemory { .. }
            | Self::NotDistinguishable { .. }
            | Self::CopyOfTraining { .. }
            | Self::FramesOfTraining { .. } => Grade::Note,
            _ => Grade::Careful,
        }
    }
}

impl CautionKind {
    /// Whether it says that a training was interrupted.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::TrainingInterrupted { .. })
    }

    /// Whether it speaks against any claim of dissipation, and any certificate: the sample may be in
    /// equilibrium, or nothing was measured.
    pub fn withdraws_verdict(&self) -> bool {
        match self {
            Self::SaturatedValues { .. }
            | Self::LinesInSequence { .. }
            | Self::Interlaced { .. }
            | Self::RowsNotAtOnce { .. }
            | Self::NoiseRemembered { .. }
            | Self::CommonOscillation { .. }
            | Self::FramesNotNeighbours { .. }
            | Self::TrainingInterrupted { .. }
            | Self::MostlyChance { .. }
            | Self::FoldsDisagree { .. }
            | Self::HalvesDisagree { .. } => true,
            Self::FewEffectiveTransitions { effective } => *effective < HANDFUL,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caution::Scale;

    /// Catches what takes a verdict away among notes, and an interval in milliseconds that is told like a
    /// rounding.
    #[test]
    fn what_is_fatal_does_not_look_like_a_note() {
        let stated = |stated| {
            CautionKind::StatedScaleDiffers { scale: Scale::FrameInterval, stated, in_file: 0.043 }.grade()
        };
        assert_eq!((stated(43.0), stated(0.0431)), (Grade::Stop, Grade::Careful));
        assert_eq!(CautionKind::MostlyChance { chance: 0.9 }.grade(), Grade::Stop);
        assert_eq!(CautionKind::ColourTable.grade(), Grade::Note);
        assert!(Grade::Stop < Grade::Careful && Grade::Careful < Grade::Note);
    }
}
