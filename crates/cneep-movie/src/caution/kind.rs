//! Lists what a reader of the numbers may have to be told.

use super::terms::{CommonChange, DetectableRate, GapRates, Lines, PageName, Scale};
use crate::depth::Depth;
use crate::units::Measured;
use serde::{Deserialize, Serialize};

/// What was noticed or assumed, with the numbers that belong to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CautionKind {
    /// The time between two frames is not known.
    FrameIntervalUnknown,
    /// The share of the frame interval during which the shutter is open is not known.
    ExposureUnknown,
    /// A file states its frame interval in a unit that is not known.
    FrameIntervalUnreadable {
        /// The number in the file.
        value: f64,
        /// The unit as the file names it.
        unit: String,
    },
    /// A file states the size of a pixel in a unit that is no length.
    PixelSizeUnreadable {
        /// The number in the file.
        value: f64,
        /// The unit as the file names it.
        unit: String,
    },
    /// A file states a speed of playback, which is no frame interval.
    PlaybackSpeed {
        /// The speed, in frames a second.
        frames_per_second: f64,
    },
    /// The frame interval is that at which a container of video is played back.
    PlaybackInterval {
        /// The interval, in seconds.
        interval: f64,
    },
    /// Frames do not follow each other at equal times.
    UnevenFrameTimes {
        /// Median of the intervals, in seconds, which was taken.
        median: f64,
        /// The shortest.
        shortest: f64,
        /// The longest.
        longest: f64,
    },
    /// A codec that loses information has coded the frames.
    LossyCodec {
        /// Its name.
        codec: String,
        /// Frames from one that is coded by itself to the next, at most; none where it is not known.
        group: Option<usize>,
    },
    /// The program `ffmpeg` decoded the movie.
    DecodedByFfmpeg {
        /// What it calls its version.
        version: String,
    },
    /// Chunks of an array are not there, and were read as the number that stands for them.
    MissingChunks {
        /// How many.
        missing: usize,
    },
    /// The frames are coloured, and their luma was read.
    LumaRead,
    /// There are more or fewer frames than the header says.
    OtherFrameCount {
        /// Frames by the header.
        said: usize,
        /// Frames that are there.
        found: usize,
    },
    /// Frames have no picture of their own: the recorder dropped them.
    EmptyFrames {
        /// How many.
        empty: usize,
        /// Frames of the movie.
        frames: usize,
    },
    /// All pixels of a frame are the same, though not those of all frames.
    FlatFrames {
        /// How many such frames.
        flat: usize,
        /// Number of the first, from zero.
        first: usize,
    },
    /// A stated scale is not that of the file.
    StatedScaleDiffers {
        /// Which of them.
        scale: Scale,
        /// As the user stated it, in the unit of the scale.
        stated: f64,
        /// As the file says, in the same unit.
        in_file: f64,
    },
    /// Pixels are higher than wide, or wider than high.
    PixelsNotSquare {
        /// Height of a pixel over its width.
        height_over_width: f64,
    },
    /// Pages of a stack were taken for moments in time.
    PagesReadAsTime {
        /// How many.
        pages: usize,
        /// What the file calls them.
        called: PageName,
    },
    /// A file describes more frames than it has.
    FramesMissing {
        /// How many it describes.
        described: usize,
        /// How many there are.
        found: usize,
    },
    /// A file ends within a page, and those before were read.
    EndsTooEarly {
        /// Whole pages.
        pages: usize,
    },
    /// The file that describes the planes is not there.
    DescriptionMissing {
        /// Its name.
        file: String,
    },
    /// A file says that several channels were recorded, but not how they lie.
    ChannelsPerhapsInterleaved {
        /// How many.
        channels: usize,
    },
    /// The first of several channels was read, as none was chosen.
    FirstChannelRead {
        /// Their names.
        channels: Vec<String>,
    },
    /// Frames were not taken at even intervals, by their time stamps.
    UnevenTimeStamps {
        /// Median of the intervals, in seconds.
        median: f64,
        /// Standard deviation of those that are no gaps, as a share of the median.
        jitter: f64,
        /// Intervals of more than one and a half times the median.
        gaps: usize,
        /// Frames that are missing in them.
        missing: u64,
    },
    /// A frame was taken before the one in front of it, or with it, by their time stamps.
    FrameTimesNotInOrder {
        /// The frame, counted from 0.
        frame: usize,
    },
    /// The frame interval that a file states is not that of its time stamps.
    IntervalsContradict {
        /// As stated, in seconds.
        stated: f64,
        /// Median of the time stamps, in seconds.
        measured: f64,
    },
    /// The exposure in a file is longer than the frame interval.
    ExposureBeyondInterval {
        /// Exposure, in seconds.
        exposure: f64,
        /// Frame interval, in seconds.
        interval: f64,
    },
    /// The axes of an array of four axes were taken for movies of frames.
    FourAxesReadAsMovies {
        /// Shape of the array.
        shape: Vec<usize>,
    },
    /// Arrays that stand beside the frames of a movie were not read.
    ArraysNotRead {
        /// Their names.
        names: Vec<String>,
    },
    /// The intensities of a file are inverted.
    WhiteIsZero,
    /// Pictures were compressed with loss.
    LossyPictures,
    /// Pixels have an opacity that changes.
    OpacityIgnored,
    /// Integers do not fit into counts of 16 bits.
    KeptAsReals {
        /// How they are stored, such as `32-bit signed integers`.
        stored: String,
    },
    /// The first axis of an array was taken for time, though it may be the last.
    FirstAxisReadAsTime {
        /// Shape of the array.
        shape: Vec<usize>,
    },
    /// The axes of a MATLAB array were taken for rows, columns and frames.
    MatlabAxes {
        /// Shape of the array as MATLAB shows it.
        shape: Vec<usize>,
    },
    /// The extension of a file's name is not that of its format.
    MisleadingExtension {
        /// The format by its content.
        format: String,
        /// The extension that belongs to it.
        extension: String,
    },
    /// The grey values of a file stand for colours.
    ColourTable,
    /// Real intensities were rounded to 32 bits.
    RoundedTo32Bits,
    /// Integers were kept as counts of 16 bits.
    KeptAs16BitCounts {
        /// How they are stored, such as `32-bit unsigned integers`.
        stored: String,
    },
    /// A folder of frames holds other files too.
    OtherFilesIgnored {
        /// How many.
        count: usize,
        /// Names of the first three.
        first: Vec<String>,
    },
    /// The numbers in the names of frames are not evenly spaced.
    UnevenFrameNumbers {
        /// File before the first gap.
        before: String,
        /// File after it.
        after: String,
        /// How many gaps there are.
        #[serde(default)]
        gaps: usize,
    },
    /// The pixels of a file take much memory.
    LargeInMemory {
        /// How much.
        bytes: u64,
    },
    /// Two movies hold pixels of two types.
    DepthsDiffer {
        /// Type of this movie's pixels.
        depth: Depth,
        /// The other movie.
        other: String,
        /// Type of its pixels.
        other_depth: Depth,
    },
    /// Two movies were taken at two frame intervals.
    FrameIntervalsDiffer {
        /// That of this movie, in seconds, where known.
        interval: Option<f64>,
        /// The other movie.
        other: String,
        /// Its interval, in seconds, where known.
        other_interval: Option<f64>,
    },
    /// There are too few transitions for a converged entropy production.
    TooFewTransitions {
        /// How many there are.
        transitions: usize,
    },
    /// All pixels are the same.
    NothingHappens {
        /// What they are, in counts.
        level: f32,
    },
    /// Pixels pile up at a ceiling.
    Saturation {
        /// Fraction of all pixels.
        share: f64,
        /// The ceiling, in counts.
        level: f32,
    },
    /// Noise is cut off at zero.
    Clipping {
        /// Fraction of all pixels.
        share: f64,
    },
    /// Brightness drifts.
    Drift {
        /// Change over the movie, as a share of the brightness.
        change: f64,
        /// Probability that a steady brightness drifts as far.
        p_value: f64,
    },
    /// Each frame was divided by a smooth curve of brightness.
    Detrended {
        /// Change of the curve over the movie, as a share of its beginning.
        change: f64,
    },
    /// Frames repeat the one before.
    RepeatedFrames {
        /// How many.
        repeats: usize,
        /// Frames of the movie.
        frames: usize,
    },
    /// Differences between frames spike at regular distances, as the groups of a video codec do.
    CodecPattern {
        /// Distance of the spikes, in frames.
        period: usize,
        /// Autocorrelation at that distance.
        autocorrelation: f64,
    },
    /// Neighbouring rows or columns change one after the other.
    LinesInSequence {
        /// Which of them.
        lines: Lines,
        /// Share of the frame interval from the first to the last, if they were read one after the other:
        /// positive from the top or the left.
        share: f64,
        /// Student's t of the order.
        t: f64,
    },
    /// Odd rows change apart from even ones.
    Interlaced {
        /// Student's t of their order.
        t: f64,
    },
    /// Noise of single pixels is correlated with that of the next frame.
    NoiseRemembered {
        /// The correlation.
        correlation: f64,
    },
    /// The picture is coded in squares of eight pixels.
    CodecBlocks {
        /// How much smaller the high frequencies are along their grid: logarithm of the ratio.
        depth: f64,
        /// Frames from one change of the noise to the next, where it is regular.
        period: Option<usize>,
    },
    /// The noise changes at regular distances.
    NoisePulses {
        /// Frames from one change to the next.
        period: usize,
    },
    /// The frame as a whole oscillates at one frequency.
    CommonOscillation {
        /// Frequency, in cycles a frame.
        cycles_per_frame: f64,
        /// Root mean square, in pixels.
        amplitude: f64,
    },
    /// The frame as a whole drifts.
    CommonDrift {
        /// In what.
        what: CommonChange,
        /// Change over the movie, in standard deviations.
        change: f64,
    },
    /// The frame as a whole moves in jumps one way.
    CommonJumps {
        /// In what.
        what: CommonChange,
        /// The third moment of its steps, in standard errors.
        z: f64,
    },
    /// The first tenth of a movie is brighter or darker than the rest.
    BrightnessSettles {
        /// Brightness of the first tenth over that of the rest, less 1.
        change: f64,
    },
    /// The whole picture changes its brightness in steps of one size.
    EqualBrightnessSteps {
        /// How many.
        steps: usize,
    },
    /// A few stretches of time are brighter than all others.
    BrightStretches {
        /// Share of the time.
        share: f64,
        /// Their highest brightness over that around them, less 1.
        excess: f64,
    },
    /// Frames are more like those further on than like the next.
    FramesNotNeighbours {
        /// How many frames further on.
        distance: usize,
        /// Mean difference at that distance over that of neighbours.
        ratio: f64,
    },
    /// The brightest pixel has one level in all frames.
    StretchedFrames {
        /// The level, in counts.
        level: f32,
    },
    /// A training found nothing that beats an estimate of zero.
    NothingLearned,
    /// Weights were imported, and the movies that trained them are not known.
    ImportedWeights,
    /// A movie was taken at another frame interval than those that trained the estimator.
    OtherFrameInterval {
        /// That of the movie, in seconds.
        interval: f64,
        /// That of the training, in seconds.
        trained: f64,
    },
    /// A movie is brighter or darker, or varies more or less, than those that trained the estimator.
    OtherBrightness {
        /// Its mean, in counts.
        mean: f64,
        /// Standard deviation of its pixels, in counts.
        deviation: f64,
        /// Lowest and highest mean of a movie of the training.
        trained_means: [f64; 2],
        /// Lowest and highest standard deviation of a movie of the training.
        trained_deviations: [f64; 2],
    },
    /// A movie holds frames that trained the estimator.
    FramesOfTraining {
        /// The movie of the training.
        training_movie: String,
        /// How many of its frames.
        frames: usize,
        /// Frames of the movie.
        of: usize,
    },
    /// A movie changes from frame to frame as one that trained the estimator: it is a copy of it.
    CopyOfTraining {
        /// The movie of the training.
        training_movie: String,
        /// Frames that are taken for a copy.
        frames: usize,
        /// Frames of the movie.
        of: usize,
    },
    /// The training ended before it was done.
    TrainingInterrupted {
        /// Whether it can go on from where it ended.
        resumable: bool,
    },
    /// Every transition took part in the training.
    NothingHeldOut,
    /// The rows of a frame are not of one time.
    RowsNotAtOnce {
        /// Time from the first row read to the last, over the frame interval.
        readout: f64,
    },
    /// The mean of exp(-dS) is not 1.
    FluctuationTheoremMissed {
        /// What it is.
        mean: f64,
    },
    /// The mean of exp(-dS), on which the lower bound rests, is carried by a few transitions.
    FewEffectiveTransitions {
        /// Their effective number (sum of weights squared, over the sum of squared weights).
        effective: f64,
    },
    /// Values of dS lie beyond what so few transitions can tell.
    SaturatedValues {
        /// Their share of all values.
        share: f64,
        /// Logarithm of the number of transitions, in `k_B`.
        limit: f64,
        /// Number of transitions.
        transitions: usize,
    },
    /// The mean dS per transition nears what so few transitions can certify.
    NearCertifiableLimit {
        /// The mean, in `k_B`.
        per_transition: f64,
        /// Logarithm of the number of transitions, in `k_B`.
        limit: f64,
        /// Number of transitions.
        transitions: usize,
    },
    /// More than half of the mean square of dS is chance of the data.
    MostlyChance {
        /// Share of chance.
        chance: f64,
    },
    /// Fits to different parts of the movies find different rates.
    FoldsDisagree {
        /// Lowest rate of a fit.
        lowest: Measured,
        /// Highest rate of a fit.
        highest: Measured,
    },
    /// The first half of the movies shows another rate than the second.
    HalvesDisagree {
        /// Rate of the first half.
        first: Measured,
        /// Rate of the second half.
        second: Measured,
    },
    /// The rate is higher on transitions that trained the estimator than on others.
    OverFitting {
        /// Rate on the former.
        trained: Measured,
        /// Rate on the latter.
        held_out: Measured,
    },
    /// The rate changes along the movies.
    RateNotSteady {
        /// Rate at their start, by the linear trend.
        start: Measured,
        /// Rate at their end.
        end: Measured,
        /// Probability that a steady rate changes as much.
        p_value: f64,
    },
    /// Equilibrium is rejected, but the lower bound is not above zero.
    BoundNotAboveZero {
        /// Probability of such data in equilibrium.
        p_value: f64,
        /// What would have shown, where it is known.
        detectable: Option<DetectableRate>,
    },
    /// The entropy production cannot be told from zero.
    NotDistinguishable {
        /// What would have shown, where it is known.
        detectable: Option<DetectableRate>,
    },
    /// The rate is higher at a shorter gap between frames.
    RateRisesAtShortGaps(GapRates),
    /// The rate is lower at a shorter gap between frames.
    RateFallsAtShortGaps(GapRates),
    /// Conditions were compared by blocks of time of few movies.
    RecordingsCompared {
        /// Number of blocks.
        blocks: usize,
    },
    /// Conditions were compared by few movies.
    FewMoviesToTest {
        /// The least p-value that so few allow.
        least_p_value: f64,
    },
    /// dS is beyond what so few windows can tell: bound and test are those of shorter ones.
    BoundOfShorterWindows {
        /// Frames of the shorter windows.
        window: usize,
        /// Frames of the windows.
        of: usize,
        /// Logarithm of their number, in `k_B`.
        limit: f64,
        /// Their number.
        transitions: usize,
    },
    /// dS of the whole frame is beyond what so few transitions can tell: bound and test are those of a part.
    BoundOfPart {
        /// Number of parts that the frame was cut into.
        parts: usize,
        /// Rows of pixels in a part.
        rows: usize,
        /// Columns of pixels in a part.
        columns: usize,
        /// Share of the values of the whole frame that lie beyond the limit.
        share: f64,
        /// Logarithm of the number of transitions, in `k_B`.
        limit: f64,
        /// Their number.
        transitions: usize,
    },
}

impl CautionKind {
    /// The setting that answers it, by its name in this library; none for most.
    pub fn setting(&self) -> Option<&'static str> {
        match self {
            Self::FrameIntervalUnknown
            | Self::FrameIntervalUnreadable { .. }
            | Self::FrameTimesNotInOrder { .. }
            | Self::IntervalsContradict { .. }
            | Self::PlaybackSpeed { .. }
            | Self::FrameIntervalsDiffer { .. } => Some(Scale::FrameInterval.setting()),
            Self::PixelSizeUnreadable { .. } => Some(Scale::PixelSize.setting()),
            Self::StatedScaleDiffers { scale, .. } => Some(scale.setting()),
            Self::ExposureUnknown | Self::ExposureBeyondInterval { .. } => Some("exposure"),
            Self::LinesInSequence { .. } => Some("readout"),
            Self::Interlaced { .. } => Some("field"),
            Self::PagesReadAsTime { .. }
            | Self::DescriptionMissing { .. }
            | Self::FourAxesReadAsMovies { .. }
            | Self::FirstAxisReadAsTime { .. } => Some("axes"),
            Self::ChannelsPerhapsInterleaved { .. } | Self::FirstChannelRead { .. } => Some("channel"),
            Self::TrainingInterrupted { resumable: true } => Some("resume"),
            _ => None,
        }
    }
}
