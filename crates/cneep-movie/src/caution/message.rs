//! Says in words what a caution is about.

use super::kind::CautionKind;
use super::terms::{DetectableRate, GapRates, Lines, PageName};
use crate::units::to_digits;

impl CautionKind {
    /// What was noticed, or assumed, in words: one or more whole sentences.
    #[allow(clippy::too_many_lines, reason = "one sentence a kind; none may be forgotten")]
    pub fn message(&self) -> String {
        match self {
            Self::FrameIntervalUnknown => {
                "the frame interval is not known; rates can only be stated per frame.".into()
            }
            Self::ExposureUnknown => {
                "the exposure is not known, so the lower bound takes frames for those of an instant; \
                 with a shutter open all the time it is up to twice too high."
                    .into()
            }
            Self::FrameIntervalUnreadable { value, unit } => {
                format!("its frame interval of {value} {unit} cannot be read.")
            }
            Self::PixelSizeUnreadable { value, unit } => {
                format!("its pixel size of {value} {unit} cannot be read as a length.")
            }
            Self::PlaybackSpeed { frames_per_second } => format!(
                "the file gives fps={frames_per_second}, which in ImageJ is the speed of playback; \
                 it was not taken for the frame interval."
            ),
            Self::PlaybackInterval { interval } => format!(
                "the frame interval of {} s is that at which the file is played back, which need not be the \
                 camera's (slow motion, time lapse, export at another rate).",
                to_digits(*interval, 6)
            ),
            Self::UnevenFrameTimes { median, shortest, longest } => {
                let [median, shortest, longest] = [median, shortest, longest].map(|t| to_digits(*t, 4));
                format!(
                    "frames follow each other after {shortest} s to {longest} s; the median, {median} s, was \
                     taken for the frame interval."
                )
            }
            Self::LossyCodec { codec, group: Some(1) } => {
                format!("{codec} has coded each frame by itself and lost fine detail.")
            }
            Self::LossyCodec { codec, group } => {
                let group = group.map_or("an unknown number of".into(), |group| group.to_string());
                format!(
                    "{codec} has coded the movie with loss, in groups of {group} frames of which all but the \
                     first are predicted from others."
                )
            }
            Self::DecodedByFfmpeg { version } => {
                format!("ffmpeg {version} decoded the movie; what its codec lost is not known.")
            }
            Self::MissingChunks { missing } => {
                format!("{missing} chunks are not there; the store's fill value was read in their place.")
            }
            Self::LumaRead => "the frames are coloured; their luma was read.".into(),
            Self::OtherFrameCount { said, found } => {
                format!("its header says {said} frames, but it holds {found}; these were read.")
            }
            Self::EmptyFrames { empty, frames } => format!(
                "{empty} of {frames} frames are empty (dropped while recording); each was read as a repeat \
                 of the one before, as players show it."
            ),
            Self::FlatFrames { flat, first } => format!(
                "{flat} frames have the same value everywhere, frame {first} first: nothing was recorded or \
                 decoded there."
            ),
            Self::StatedScaleDiffers { scale, stated, in_file } => {
                let (what, unit) = (scale.name(), scale.unit());
                format!("the {what} was stated as {stated} {unit}; the file says {in_file} {unit}.")
            }
            Self::PixelsNotSquare { height_over_width } => format!(
                "pixels are not square, but {height_over_width:.3} times as high as wide; \
                 their width was taken for both edges."
            ),
            Self::PagesReadAsTime { pages, called } => match called {
                PageName::Images => {
                    "the file calls its pages images, not frames; they were read as moments in time.".into()
                }
                PageName::Slices => {
                    format!("the file calls its {pages} pages slices (Z); they were read as moments in time.")
                }
                PageName::Channels => {
                    format!("the file calls its {pages} pages channels; they were read as moments in time.")
                }
                PageName::Colours => {
                    format!("the file has one picture in colours; its {pages} rows were read as frames.")
                }
                PageName::Unnamed => {
                    "the file does not say what its pages are; they were read as moments in time.".into()
                }
            },
            Self::FramesMissing { described, found } => format!(
                "the file describes {described} frames and has {found}: the acquisition was stopped, or \
                 frames \
                 were lost."
            ),
            Self::EndsTooEarly { pages } => {
                format!("the file ends within a page; the {pages} pages before it were read.")
            }
            Self::DescriptionMissing { file } => format!(
                "what its pages are is described in {file}, which is not there; they were read as \
                 moments in time."
            ),
            Self::ChannelsPerhapsInterleaved { channels } => format!(
                "the file says that {channels} channels were recorded, but not how they lie; all pages \
                 were read \
                 as moments in time of one."
            ),
            Self::FirstChannelRead { channels } => {
                format!(
                    "there are {} channels ({}); the first was read.",
                    channels.len(),
                    channels.join(", ")
                )
            }
            Self::UnevenTimeStamps { median, jitter, gaps, missing } => format!(
                "by their time stamps frames were not taken at even intervals: the median is \
                 {median:.6} s, the \
                 others scatter by {:.1} %, and {gaps} gaps miss {missing} frames.",
                100.0 * jitter
            ),
            Self::FrameTimesNotInOrder { frame } => {
                format!("by its time stamp frame {frame} was not taken after the one before it.")
            }
            Self::IntervalsContradict { stated, measured } => format!(
                "the file states a frame interval of {stated} s, but its time stamps are {measured:.6} \
                 s apart; \
                 the latter was taken."
            ),
            Self::ExposureBeyondInterval { exposure, interval } => format!(
                "the file states an exposure of {exposure} s, longer than its frame interval of \
                 {interval} s; it \
                 was not taken."
            ),
            Self::FourAxesReadAsMovies { shape } => {
                format!("the shape {shape:?} was read as (movie, frame, row, column).")
            }
            Self::ArraysNotRead { names } => {
                format!("these arrays of the file were not read: {}.", names.join(", "))
            }
            Self::WhiteIsZero => {
                "the file stores white as zero; its numbers were read as stored, so that bright is low."
                    .into()
            }
            Self::LossyPictures => {
                "its pictures were compressed with loss (JPEG), which changes noise and intensities.".into()
            }
            Self::OpacityIgnored => "its pixels have an opacity that changes, which was ignored.".into(),
            Self::KeptAsReals { stored } => format!(
                "{stored} were kept as 32-bit floating point, as not all lie within 0..=65535; beyond \
                 16,777,216 \
                 they are rounded."
            ),
            Self::FirstAxisReadAsTime { shape } => {
                format!("the shape {shape:?} was read as (frame, row, column).")
            }
            Self::MatlabAxes { shape } => {
                format!("MATLAB's array of size {shape:?} was read as (row, column, frame).")
            }
            Self::MisleadingExtension { format, .. } => {
                format!("the file holds {format} whatever its extension; it was read as such.")
            }
            Self::ColourTable => "the file maps grey values to colours; the grey values were read.".into(),
            Self::RoundedTo32Bits => "64-bit floating point was rounded to 32 bits.".into(),
            Self::KeptAs16BitCounts { stored } => {
                format!("{stored} were kept as 16-bit counts; all lie within 0..=65535.")
            }
            Self::OtherFilesIgnored { count, first } => {
                let more = if *count > first.len() { ", ..." } else { "" };
                format!("{count} other files were ignored: {}{more}.", first.join(", "))
            }
            Self::UnevenFrameNumbers { before, after, gaps } => {
                let more = if *gaps > 1 { format!(" ({gaps} such places)") } else { String::new() };
                format!("frame numbers are not evenly spaced: {before} is followed by {after}{more}.")
            }
            Self::LargeInMemory { bytes } => {
                format!("its pixels take {:.1} GB of memory.", *bytes as f64 / 1e9)
            }
            Self::DepthsDiffer { depth, other, other_depth } => {
                format!("its pixels are {depth}, those of {other} {other_depth}.")
            }
            Self::FrameIntervalsDiffer { interval, other, other_interval } => {
                let say = |interval: &Option<f64>| interval.map_or("not known".into(), |s| format!("{s} s"));
                format!("its frame interval is {}, that of {other} {}.", say(interval), say(other_interval))
            }
            Self::TooFewTransitions { transitions } => {
                format!("{transitions} transitions cannot give a converged entropy production.")
            }
            Self::NothingHappens { level } => {
                format!("all pixels are {level}: nothing happens in this movie.")
            }
            Self::Saturation { share, level } => {
                format!("{:.2} % of pixels are saturated at {level}.", 100.0 * share)
            }
            Self::Clipping { share } => format!(
                "in each frame noise comes out of pixels cut off at zero, in {:.1} % of all.",
                100.0 * share
            ),
            Self::Drift { change, p_value } => format!(
                "brightness changes by {:+.1} % over the movie (p = {p_value:.1e}), so it is not stationary.",
                100.0 * change
            ),
            Self::Detrended { change } => format!(
                "each frame was divided by a smooth curve of brightness, which changes by {:+.1} %.",
                100.0 * change
            ),
            Self::RepeatedFrames { repeats, frames } => {
                format!("{repeats} of {frames} frames repeat the one before.")
            }
            Self::CodecPattern { period, autocorrelation } => format!(
                "differences between frames spike every {period} frames (autocorrelation \
                 {autocorrelation:.2}), as a video codec's groups do."
            ),
            Self::LinesInSequence { lines, share, t } => in_sequence(*lines, *share, *t),
            Self::Interlaced { t } => format!(
                "odd and even rows change one after the other (t = {t:.1}): they were recorded apart \
                 (interlaced)."
            ),
            Self::NoiseRemembered { correlation } => format!(
                "the noise of single pixels correlates by {correlation:.2} with that of the next frame. A \
                 camera's own does not: frames were filtered in time (denoised, averaged, compressed), the \
                 sensor lags, or the picture has structure as fine as a pixel."
            ),
            Self::CodecBlocks { depth, period } => coded(*depth, *period),
            Self::NoisePulses { period } => format!(
                "the noise changes every {period} frames, as key frames of a video codec, interleaved \
                 channels or a pulsed lamp make it."
            ),
            Self::CommonOscillation { cycles_per_frame, amplitude } => format!(
                "the frame as a whole oscillates at one frequency, {cycles_per_frame:.3} cycles a frame, by \
                 {amplitude:.2} pixels: the stage vibrates, or all that is seen is driven periodically."
            ),
            Self::CommonDrift { what, change } => format!(
                "the {} of the frame as a whole drifts by {change:+.1} standard deviations over the movie: \
                 stage or focus drift, or all that is seen drifts.",
                what.name()
            ),
            Self::CommonJumps { what, z } => format!(
                "the {} of the frame as a whole creeps one way and jumps the other (third moment {z:+.1} \
                 standard errors), in parts that lie apart at once, as drift corrections make it; driven \
                 motion of all that is seen can do so too.",
                what.name()
            ),
            Self::BrightnessSettles { change } => format!(
                "the first tenth of the movie differs in brightness by {:+.1} % from the rest: a lamp that \
                 warms up, bleaching at the start, or a sample that settles.",
                100.0 * change
            ),
            Self::EqualBrightnessSteps { steps } => format!(
                "the whole picture changes its brightness at least {steps} times by one and the same ratio, \
                 as automatic exposure or gain does."
            ),
            Self::BrightStretches { share, excess } => format!(
                "{:.1} % of the time is brighter than the time around it, by up to {:.1} %: something passed \
                 through the picture (debris, another cell), or the lamp is not steady.",
                100.0 * share,
                100.0 * excess
            ),
            Self::FramesNotNeighbours { distance, ratio } => format!(
                "frames are more like those {distance} further on than like the next ({ratio:.2} of the \
                 difference): channels or focal planes were read as time, frames are out of order, or what \
                 is seen returns every {distance} frames."
            ),
            Self::StretchedFrames { level } => format!(
                "the brightest pixel of every frame is {level}: the contrast of each frame was stretched by \
                 itself, so that brightness in time is lost."
            ),
            Self::NothingLearned => "nothing was found that beats an estimate of zero on the validation \
                                     transitions, so zero is estimated."
                .into(),
            Self::ImportedWeights => "the movies they were trained on are not known here, so every \
                                      transition counts as held out."
                .into(),
            Self::OtherFrameInterval { interval, trained } => {
                format!("its frame interval is {interval} s, but the estimator was trained at {trained} s.")
            }
            Self::OtherBrightness { mean, deviation, trained_means, trained_deviations } => {
                let said = |value: &f64| to_digits(*value, 4);
                let range = |[low, high]: &[f64; 2]| format!("{} to {}", said(low), said(high));
                format!(
                    "its pixels have mean {} and standard deviation {} counts; those of the movies that \
                     trained the estimator had {} and {}.",
                    said(mean),
                    said(deviation),
                    range(trained_means),
                    range(trained_deviations)
                )
            }
            Self::FramesOfTraining { training_movie, frames, of } => format!(
                "{frames} of its {of} frames are frames of {training_movie}, which trained the estimator; \
                 transitions with such a frame count as held out only if it was set aside for the test."
            ),
            Self::CopyOfTraining { training_movie, frames, of } => format!(
                "{frames} of its {of} frames change from one to the next as those of {training_movie}, which \
                 trained the estimator: a copy with another gain, crop or format. They do not count as held \
                 out."
            ),
            Self::TrainingInterrupted { .. } => {
                "The training ended before it was done, so that no verdict is given.".into()
            }
            Self::NothingHeldOut => "Every transition helped to train the estimator, so its rate leans \
                                     upwards and nothing is certified."
                .into(),
            Self::FluctuationTheoremMissed { mean } => {
                format!("<exp(-dS)> is {mean:.4}, not 1: the estimate has not converged.")
            }
            Self::FewEffectiveTransitions { effective } => format!(
                "It rests on the equivalent of {effective:.0} transitions: those with the most negative dS \
                 outweigh all others."
            ),
            Self::RowsNotAtOnce { readout } => format!(
                "rows are read one after the other during {:.0} % of the frame interval, so that a frame \
                 shows no state of the sample, and looks irreversible in equilibrium too.",
                100.0 * readout
            ),
            Self::SaturatedValues { share, limit, transitions } => format!(
                "{:.0} % of the values of dS lie beyond ln({transitions}) = {limit:.1} k_B, more than so few \
                 transitions can tell; the rate hangs on their size, which nothing here measures.",
                100.0 * share
            ),
            Self::NearCertifiableLimit { per_transition, limit, transitions } => format!(
                "The rate is {per_transition:.1} k_B per transition; {transitions} transitions can certify \
                 no more than ln({transitions}) = {limit:.1} k_B each, whatever the method."
            ),
            Self::MostlyChance { chance } => format!(
                "{:.0} % of the mean square of dS is chance: fits to different parts of the movies do not \
                 agree on it.",
                100.0 * chance
            ),
            Self::FoldsDisagree { lowest, highest } => {
                format!("Fits to different parts of the movies give rates from {lowest} to {highest}.")
            }
            Self::HalvesDisagree { first, second } => {
                format!("The first half of the movies shows {first}, the second {second}.")
            }
            Self::OverFitting { trained, held_out } => format!(
                "The rate is {trained} on the transitions that trained the estimator, and {held_out} on \
                 those that did not."
            ),
            Self::RateNotSteady { start, end, p_value } => {
                format!("The rate changes from {start} to {end} along the movie (p = {p_value:.1e}).")
            }
            Self::BoundNotAboveZero { p_value, detectable } => format!(
                "The test rejects equilibrium (p = {p_value:.4}), but the lower bound is not above zero, so \
                 that no size is claimed.{}",
                would_have_shown(detectable.as_ref())
            ),
            Self::RecordingsCompared { blocks } => format!(
                "the test compares {blocks} blocks of time of few movies: it tells whether these recordings \
                 differ, not whether conditions do, as what differs from movie to movie counts in full."
            ),
            Self::BoundOfShorterWindows { window, of, limit, transitions } => format!(
                "dS of windows of {of} frames is larger than {transitions} transitions can tell (ln = \
                 {limit:.1} k_B), so nothing measures how large it is: the best estimate is that of the \
                 estimator. Lower bound, test and detection limit are those of windows of {window} frames, \
                 fitted to the same movies."
            ),
            Self::BoundOfPart { parts, rows, columns, share, limit, transitions } => format!(
                "{:.0} % of the values of dS of the whole frame lie beyond ln({transitions}) = {limit:.1} \
                 k_B, more than so few transitions can tell, so nothing measures how large they are: the \
                 best estimate is that of the estimator. Lower bound, test and detection limit are those of \
                 one of {parts} parts of the frame ({rows} x {columns} px), which other transitions chose; \
                 the whole dissipates no less.",
                100.0 * share
            ),
            Self::FewMoviesToTest { least_p_value } => format!(
                "with so few movies no p-value is below {}, whatever they show.",
                to_digits(*least_p_value, 2)
            ),
            Self::NotDistinguishable { detectable } => format!(
                "No dissipation was detected, which is not to say that there is none.{}",
                would_have_shown(detectable.as_ref())
            ),
            Self::RateRisesAtShortGaps(rates) => towards_shorter_gaps("rises", rates),
            Self::RateFallsAtShortGaps(rates) => towards_shorter_gaps("falls", rates),
        }
    }
}

fn in_sequence(lines: Lines, share: f64, t: f64) -> String {
    let (name, from) = match (lines, share > 0.0) {
        (Lines::Rows, true) => ("rows", "from the top down"),
        (Lines::Rows, false) => ("rows", "from the bottom up"),
        (Lines::Columns, true) => ("columns", "from left to right"),
        (Lines::Columns, false) => ("columns", "from right to left"),
    };
    let share = share.abs();
    format!(
        "neighbouring {name} change one after the other (t = {t:.1}): they were read one by one {from} \
         (rolling shutter, point scan) over some {share:.1} of the frame interval, a rough figure, or what \
         is seen moves across them (a flow, a driven current)."
    )
}

fn coded(depth: f64, period: Option<usize>) -> String {
    let pulses = period.map_or_else(String::new, |period| {
        format!(" The noise changes every {period} frames, as at key frames.")
    });
    format!(
        "squares of 8 x 8 pixels lack fine detail ({:.2} of that across their borders): a video codec or \
         JPEG has coded this movie.{pulses}",
        (-depth).exp()
    )
}

fn would_have_shown(detectable: Option<&DetectableRate>) -> String {
    let Some(detectable) = detectable else { return String::new() };
    let unit = detectable.unit;
    let [exact, exact_95] =
        [detectable.exact_estimator, detectable.exact_estimator_in_95_percent].map(|rate| to_digits(rate, 3));
    let floor = format!(
        "an exact estimator would have seen {exact} {unit} in half of all cases, {exact_95} in 95 %, and \
         none sees less."
    );
    match (detectable.rate, detectable.in_95_percent) {
        (Some(rate), Some(in_95)) => {
            let [rate, in_95] = [rate, in_95].map(|rate| to_digits(rate, 3));
            format!(
                " {rate} {unit} or more would have been seen in half of all cases, {in_95} or more in 95 %; \
                 {floor}"
            )
        }
        _ => format!(" What this estimator would have seen is not known; {floor}"),
    }
}

fn towards_shorter_gaps(verb: &str, rates: &GapRates) -> String {
    let GapRates { short_gap, short_rate, long_gap, long_rate } = rates;
    format!(
        "Towards shorter gaps the rate still {verb}: {long_rate} with every frame number {long_gap}, \
         {short_rate} with number {short_gap}."
    )
}
