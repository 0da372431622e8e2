//! Says in words what to do about a caution.

use super::kind::CautionKind;
use super::terms::PageName;

impl CautionKind {
    /// What to do about it, in words: one or more whole sentences.
    #[allow(clippy::too_many_lines, reason = "one remedy a kind; none may be forgotten")]
    pub fn remedy(&self) -> String {
        let remedy = match self {
            Self::PlaybackSpeed { frames_per_second } => {
                let interval = 1.0 / frames_per_second;
                return format!("State the camera's frame interval ({interval:.6} s if that is it).");
            }
            Self::MisleadingExtension { extension, .. } => return format!("Rename it to .{extension}."),
            Self::FrameIntervalUnknown | Self::FrameIntervalUnreadable { .. } => {
                "State the frame interval in seconds."
            }
            Self::ExposureUnknown | Self::ExposureBeyondInterval { .. } => {
                "State the exposure: exposure time over frame interval."
            }
            Self::PlaybackInterval { .. } => "State the camera's frame interval in seconds.",
            Self::UnevenFrameTimes { .. } => {
                "Record at one rate without dropped frames: transitions of several durations have no common \
                 rate, and a gap is no dynamics."
            }
            Self::LossyCodec { group: Some(1), .. } => {
                "Use the uncompressed recording: what is lost changes from frame to frame."
            }
            Self::DecodedByFfmpeg { .. } => {
                "State this version with your results, and use a lossless recording where there is one."
            }
            Self::MissingChunks { .. } => "Check that the store was copied whole.",
            Self::LumaRead => "If colours carry the meaning, split the channels and give one as TIFF.",
            Self::OtherFrameCount { .. } => {
                "Where frames are missing at the end this is harmless; copy or export the movie again to be \
                 sure."
            }
            Self::EmptyFrames { .. } => {
                "Record without dropped frames: a repeat and the jump behind it are no dynamics."
            }
            Self::FlatFrames { .. } => "Cut these frames off, and check the recording.",
            Self::PixelSizeUnreadable { .. } => "State the pixel size in micrometres.",
            Self::StatedScaleDiffers { .. } => "Check which of the two is right.",
            Self::PixelsNotSquare { .. } => "Lengths along rows and columns differ; rates do not.",
            Self::PagesReadAsTime { called, .. } => match called {
                PageName::Images => {
                    "If they are, state the axes TYX or set frames in Fiji (Image > Properties)."
                }
                PageName::Slices => {
                    "If they are, state the axes TYX or set frames in Fiji (Image > Properties); \
                     if they are heights, this is no movie."
                }
                PageName::Channels => {
                    "If they are, state the axes TYX; if they are channels, choose one by another program."
                }
                PageName::Colours => "If it is a picture in colours, this is no movie.",
                PageName::Unnamed => "If they are, state the axes TYX; if not, export a time series.",
            },
            Self::FramesMissing { .. } | Self::EndsTooEarly { .. } => {
                "If the end is missing by a fault, copy or export the movie again."
            }
            Self::DescriptionMissing { .. } => {
                "Put that file into the same folder; if the pages are moments in time, state the axes TYX."
            }
            Self::ChannelsPerhapsInterleaved { .. } => {
                "If they lie in turn, choose a channel; if the pages are moments in time, state the axes TYX."
            }
            Self::FirstChannelRead { .. } => "Choose a channel.",
            Self::UnevenTimeStamps { .. } => {
                "A transition over a gap is no transition of the frame interval: keep a part without \
                 gaps, or \
                 record with a camera that keeps its rate."
            }
            Self::FrameTimesNotInOrder { .. } => {
                "State the frame interval, and check the order of the frames."
            }
            Self::IntervalsContradict { .. } => "State the frame interval if the other one is right.",
            Self::FourAxesReadAsMovies { .. } => {
                "State the axes if they are others, such as TZYX or TCYX, and choose slice or channel."
            }
            Self::ArraysNotRead { .. } => {
                "The frame interval (s), pixel size (um), exposure and readout (shares of the interval) \
                 are read \
                 from frame_interval, pixel_size, exposure and readout."
            }
            Self::WhiteIsZero => {
                "Rates do not change by this; to see bright as high, save the numbers anew from Python: \
                 tifffile.imwrite('new.tif', numpy.invert(tifffile.imread('old.tif')), \
                 photometric='minisblack') \
                 for integers."
            }
            Self::LossyPictures => "Use the lossless recording.",
            Self::OpacityIgnored => "Export the frames without transparency.",
            Self::FirstAxisReadAsTime { .. } => "If time comes last, state the axes YXT.",
            Self::MatlabAxes { .. } => {
                "If its axes are others, state them as they lie in the file, from MATLAB's last to its \
                 first, e.g. XYT for (frame, row, column)."
            }
            Self::ColourTable => {
                "If the colours carry the meaning, convert in Fiji with Image > Type > RGB Color, then split."
            }
            Self::RoundedTo32Bits | Self::KeptAsReals { .. } => "Save as float32 to be rid of this caution.",
            Self::KeptAs16BitCounts { .. } => "Save as uint8 or uint16 to be rid of this caution.",
            Self::OtherFilesIgnored { .. } => "Keep only the frames of one movie in the folder.",
            Self::UnevenFrameNumbers { .. } => {
                "Add the missing frames, or keep one movie per folder; a jump is not dynamics."
            }
            Self::LargeInMemory { .. } => {
                "Where memory is short, save them with numpy.save as one array (frame, row, column) in C \
                 order: the frames of such a file stay there until they are needed."
            }
            Self::DepthsDiffer { .. } => "Check that both were exported with one scale of intensity.",
            Self::FrameIntervalsDiffer { .. } => {
                "Entropy production per frame is comparable only at one frame interval: state it, or \
                 analyse the movies apart."
            }
            Self::TooFewTransitions { .. } => {
                "Analyse longer or more movies together, or take the result for its sign and map at most."
            }
            Self::NothingHappens { .. } => "Check the export, and the channel.",
            Self::Saturation { .. } => {
                "Record at lower exposure, or crop the saturated part: what is clipped carries no dynamics."
            }
            Self::Clipping { .. } => {
                "Record with a higher offset, or do not subtract the background before analysis: what is \
                 clipped carries no dynamics."
            }
            Self::Drift { .. } => {
                "Bleaching or a drifting lamp looks like an arrow of time: divide each frame by its mean, \
                 or keep a steady part."
            }
            Self::Detrended { .. } => {
                "This suits bleaching that is the same everywhere; compare with an estimate of a part \
                 without it."
            }
            Self::RepeatedFrames { .. } => "Drop the repeated frames, or export at the camera's own rate.",
            Self::LossyCodec { .. } | Self::CodecPattern { .. } => {
                "A codec predicts forward in time and breaks reversibility by itself: use the lossless \
                 recording."
            }
            Self::LinesInSequence { .. } => {
                "State the readout: time from the first line read to the last, over the frame interval. Rows \
                 read one by one look irreversible in equilibrium too: record with a global shutter or a \
                 shorter readout, and measure a control in equilibrium (beads on glass, passive sample)."
            }
            Self::Interlaced { .. } => {
                "Keep one field, top or bottom, whose rows are recorded at once, or record progressive \
                 frames: both in one look irreversible in equilibrium too."
            }
            Self::NoiseRemembered { .. } => {
                "Switch noise reduction and averaging off and record again, or use the raw frames: a filter \
                 in time that adapts to motion looks irreversible in equilibrium too."
            }
            Self::CodecBlocks { .. } => {
                "Use the lossless recording: a codec predicts forward in time and breaks reversibility by \
                 itself."
            }
            Self::NoisePulses { .. } => {
                "Use the lossless recording; if the frames are those of several channels, read one of them."
            }
            Self::CommonOscillation { .. } => {
                "Look for pumps, fans and the mains, whose frequency may be aliased; a stage that runs round \
                 an ellipse dissipates on the picture, not in the sample. Measure beads stuck to the glass."
            }
            Self::CommonDrift { .. } => {
                "Drift of stage or focus looks like an arrow of time: keep a steady part, or register the \
                 frames and say so. Measure beads stuck to the glass."
            }
            Self::CommonJumps { .. } => {
                "Switch drift correction and autofocus off, or cut the movie where they act. Measure beads \
                 stuck to the glass."
            }
            Self::BrightnessSettles { .. } => "Drop the start of the movie.",
            Self::EqualBrightnessSteps { .. } => {
                "Fix exposure and gain of the camera and record again, or divide each frame by its mean."
            }
            Self::BrightStretches { .. } => {
                "Look at these stretches, and leave them out if what passes is no part of the sample: debris \
                 that comes from one side is a current on the picture."
            }
            Self::FramesNotNeighbours { .. } => {
                "Read one channel and one slice, and check the order of the frames' names (leading zeros)."
            }
            Self::StretchedFrames { .. } => "Export the frames again with one scale for all of them.",
            Self::NothingLearned => "Give more or longer movies; in equilibrium zero is the right answer.",
            Self::ImportedWeights => "Estimate movies that took no part in their training.",
            Self::OtherFrameInterval { .. } => {
                "Entropy production depends on the frame interval: train at the same one."
            }
            Self::OtherBrightness { .. } => {
                "Bring the movie to the gain and offset of the training, or train on movies like it."
            }
            Self::FramesOfTraining { .. } | Self::CopyOfTraining { .. } => {
                "Estimate movies that took no part in the training."
            }
            Self::TrainingInterrupted { resumable: true } => {
                "Resume the training, and estimate again when it is done."
            }
            Self::TrainingInterrupted { resumable: false } => {
                "Train again to the end, and estimate with that run."
            }
            Self::NothingHeldOut => {
                "Estimate movies that were not used in training, or train with a test fraction above zero."
            }
            Self::FluctuationTheoremMissed { .. } => {
                "Trust the lower bound rather than the rate; train longer or on more data."
            }
            Self::FewEffectiveTransitions { .. } => {
                "Take its interval as too narrow; record more, or at shorter frame intervals, where dS per \
                 transition is smaller."
            }
            Self::RowsNotAtOnce { .. } => {
                "Record with a global shutter or a shorter readout, or crop to a few rows; measure a \
                 control in equilibrium with the same camera (beads on glass, passive sample)."
            }
            Self::SaturatedValues { .. } => {
                "Take dS for its sign alone. Train with a window of two frames if it has more, crop to one \
                 object or region, bin pixels, or record at shorter frame intervals, so that each transition \
                 dissipates less."
            }
            Self::NearCertifiableLimit { .. } => {
                "State the bound of regions that do not interact (tiles that lie apart): more frames raise \
                 the limit by their logarithm only."
            }
            Self::MostlyChance { .. } => {
                "Record more or longer movies; do not interpret the rate, the map, or the test."
            }
            Self::FoldsDisagree { .. } => {
                "Record more or longer movies, or analyse parts that are alike apart; state no rate until \
                 the fits agree."
            }
            Self::HalvesDisagree { .. } => {
                "Analyse the halves apart, and look for what changed between them; one rate does not \
                 describe both."
            }
            Self::OverFitting { .. } => {
                "The map and the rate of training movies show learned noise: train on more data, with fewer \
                 parameters or more regularisation."
            }
            Self::RateNotSteady { .. } => {
                "A rate of a steady state does not exist here: state it for parts of the movie, and look \
                 for bleaching or drift."
            }
            Self::BoundNotAboveZero { .. } => {
                "Record more or longer movies: a bound needs some six times the time that the test needs."
            }
            Self::BoundOfShorterWindows { .. } => {
                "Claim the bound; to have the best estimate bounded as well, crop to one object or region, \
                 or train with windows of two frames."
            }
            Self::BoundOfPart { .. } => {
                "Claim the bound; to have the best estimate bounded as well, crop to one object or region, \
                 record at shorter frame intervals, or state the bound of regions that do not interact \
                 (tiles that lie apart)."
            }
            Self::RecordingsCompared { .. } | Self::FewMoviesToTest { .. } => {
                "Record more movies of other samples in each condition: with four a side p = 0.03 can be \
                 reached, with five 0.008."
                    .into()
            }
            Self::NotDistinguishable { .. } => {
                "Record more or longer movies if you expect dissipation; do not interpret the map."
            }
            Self::RateRisesAtShortGaps(_) => {
                "The camera is too slow to show all dissipation, and its rate is a lower bound only: record \
                 faster."
            }
            Self::RateFallsAtShortGaps(_) => {
                "Noise of the camera hides short motion: use longer windows of frames, or the gap at which \
                 the bound is highest."
            }
        };
        remedy.into()
    }
}
