//! Lists what speaks for and against believing the numbers, each with its remedy.

use super::html::prose;
use super::words::grouped;
use cneep::entropy_production::{FrameGapCurve, Significance, Summary};
use cneep_movie::caution::{self, Caution, CautionKind};
use cneep_movie::units::{Measured, duration_in_words, to_digits};
use std::fmt::Write as _;

/// Distance of a mean of exp(−ΔS) from 1 that counts, by itself and in standard errors.
const CLEAR_DISTANCE: f64 = 0.05;
const CLEAR_ERRORS: f64 = 3.0;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Ok,
    Open,
    Careful,
    Stop,
}

impl Grade {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Open => "open",
            Self::Careful => "careful",
            Self::Stop => "stop",
        }
    }
}

/// What a caution is about: one check each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Converged,
    Saturated,
    Steady,
    Agreeing,
    Unseen,
    Amount,
    Camera,
    Exposure,
    Scales,
    Picture,
    FrameGap,
    /// What the verdict itself says.
    Verdict,
}

/// One line of the list.
struct Check {
    grade: Grade,
    name: &'static str,
    value: String,
    sentence: String,
    cautions: Vec<Caution>,
}

/// What the checks need beside the numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// Rates along the gap between frames, if anybody has looked.
    pub(super) gap: Option<&'a FrameGapCurve>,
    /// Whether the place on the map has a meaning; none without a map.
    pub(super) place: Option<bool>,
    /// Whether several fits were compared with each other.
    pub(super) compares_fits: bool,
    /// Whether there are blocks enough to tell a trend.
    pub(super) tells_steadiness: bool,
    /// Times at which the rate of the first movie changes beyond chance.
    pub(super) changes: usize,
}

/// The list, worst first; a finding that is not fine opens with its remedy.
pub(super) fn checks(summary: &Summary, cautions: &[&Caution], context: Context) -> String {
    let mut list = all(summary, cautions, context);
    if let Some(meaning) = context.place {
        list.push(of_place(meaning));
    }
    list.sort_by_key(|check| std::cmp::Reverse(check.grade));
    let count = |grade| list.iter().filter(|check| check.grade == grade).count();
    let mut told: Vec<String> = Vec::new();
    for grade in [Grade::Stop, Grade::Careful, Grade::Open, Grade::Ok] {
        if count(grade) > 0 {
            told.push(format!("{} {}", count(grade), grade.word()));
        }
    }
    let rows: String = list.iter().map(row).collect();
    format!(
        "<section class=\"checks\" aria-label=\"Checks\"><h2>May I believe it? <small>{}</small></h2>\
         <div class=\"list\">{rows}</div></section>\n",
        told.join(", ")
    )
}

impl Check {
    /// The check, open where nothing could be `looked` at.
    fn open_unless(mut self, looked: bool, why: &str) -> Self {
        if !looked && self.grade == Grade::Ok {
            (self.grade, self.value) = (Grade::Open, why.to_owned());
        }
        self
    }
}

fn row(check: &Check) -> String {
    let (grade, name, value) = (check.grade.word(), prose(check.name), prose(&check.value));
    let mut inside = String::new();
    if !check.sentence.is_empty() {
        write!(inside, "<p>{}</p>", prose(&check.sentence)).expect("a string takes every write");
    }
    for caution in &check.cautions {
        let (message, remedy) = (prose(&capital(&caution.message())), prose(&caution.remedy()));
        write!(inside, "<p>{message} <strong>{remedy}</strong></p>").expect("a string takes every write");
    }
    let hint = match check.cautions.first() {
        Some(caution) => format!("<span class=\"hint\">{}</span>", prose(&caution.remedy())),
        None => String::new(),
    };
    format!(
        "<details class=\"check {grade}\"><summary><span class=\"grade\">{grade}</span><span \
         class=\"name\">{name}\
         </span><span class=\"value\">{value}</span>{hint}</summary>{inside}</details>"
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Finds the cautions of each check.
struct Finder<'a> {
    summary: &'a Summary,
    cautions: &'a [&'a Caution],
    of_gap: Vec<Caution>,
}

impl Finder<'_> {
    /// One check: `fine` is what it says if nothing speaks against it, and there is no other `value`.
    fn check(&self, topic: Topic, name: &'static str, fine: &str, value: String, sentence: &str) -> Check {
        let of_topic = |caution: &&Caution| topic_of(&caution.kind) == topic;
        let found = self.cautions.iter().copied().chain(&self.of_gap);
        let found: Vec<Caution> = found.filter(of_topic).cloned().collect();
        let grade = found.iter().map(grade_of).max().unwrap_or(Grade::Ok);
        let value = if grade == Grade::Ok && value.is_empty() { fine.to_owned() } else { value };
        Check { grade, name, value, sentence: sentence.to_owned(), cautions: found }
    }

    /// What the numbers say of themselves; nothing of an estimate of zero.
    fn of_numbers(&self, Context { compares_fits, tells_steadiness, changes, .. }: Context) -> Vec<Check> {
        let theorem = &self.summary.fluctuation_theorem;
        let mut converged = self.check(
            Topic::Converged,
            "Fluctuation theorem",
            "",
            format!("<exp(−ΔS)> = {theorem}"),
            "The mean of exp(−ΔS) over unseen transitions is 1 when ΔS is right.",
        );
        if misses_one(theorem) {
            converged.grade = converged.grade.max(Grade::Careful);
            converged.sentence += " It is not: the size of ΔS is off, whatever its sign says. Give more \
                film, or \
                                   transitions that dissipate less.";
        }
        let saturated = self.check(
            Topic::Saturated,
            "Not saturated",
            "few values near the limit",
            String::new(),
            "N transitions cannot tell a ΔS beyond ln N, and a bound that a few of them carry is none.",
        );
        let mut steady = self.check(
            Topic::Steady,
            "Steady",
            "halves agree, no trend",
            String::new(),
            "A rate is that of a steady state: its halves must agree, and no trend be seen.",
        );
        if changes > 0 {
            steady.grade = steady.grade.max(Grade::Careful);
            steady.value = format!("the rate changes {changes} times along the first movie");
            steady.sentence +=
                " Estimate the parts of the film by themselves, or look for what happened then.";
        }
        let agreeing = self.check(
            Topic::Agreeing,
            "Fits agree",
            "parts of the film give one rate",
            String::new(),
            "Fits to different parts of the movies must find the same, and no more on what trained them.",
        );
        vec![
            converged,
            saturated,
            steady.open_unless(tells_steadiness, "too few blocks of time to tell"),
            agreeing.open_unless(compares_fits, "a single fit: nothing to compare"),
        ]
    }

    /// By what film the numbers were judged.
    fn of_amount(&self) -> Vec<Check> {
        let Summary { transitions, held_out_transitions: held_out, out_of_fold_transitions, .. } =
            self.summary;
        let unseen = held_out + out_of_fold_transitions;
        let counts = [unseen, *transitions, *held_out].map(grouped);
        let mut judged = self.check(
            Topic::Unseen,
            "Judged on unseen film",
            "",
            format!("{} of {} transitions, {} held out", counts[0], counts[1], counts[2]),
            "Numbers are from transitions that were not fitted to; held-out ones had no part in any choice \
             either.",
        );
        if unseen == 0 {
            judged.grade = judged.grade.max(Grade::Stop);
        }
        let fine = format!("{} transitions", counts[1]);
        vec![judged, self.check(Topic::Amount, "Enough film", &fine, String::new(), "")]
    }

    /// How the film was taken.
    fn of_film(&self) -> Vec<Check> {
        let calibration = &self.summary.calibration;
        let fine = match calibration.readout {
            Some(_) => "no trace found",
            None => "no trace found; shutter not stated",
        };
        let camera = self.check(
            Topic::Camera,
            "Camera and codec",
            fine,
            String::new(),
            "Rolling shutters, interlacing, denoising and codecs have an arrow of time of their own.",
        );
        let exposure = match (calibration.exposure, calibration.frame_interval) {
            (None, _) => "not stated".into(),
            (Some(0.0), _) => "an instant".into(),
            (Some(share), Some(interval)) => duration_in_words(share * interval),
            (Some(share), None) => format!("{} % of the interval", to_digits(100.0 * share, 3)),
        };
        let mut exposed = self.check(Topic::Exposure, "Exposure", "", exposure, "");
        if calibration.exposure.is_none() {
            exposed.grade = exposed.grade.max(Grade::Careful);
        }
        let scales = "as the file says, or as stated";
        vec![
            camera,
            exposed,
            self.check(Topic::Scales, "Scales of the file", scales, String::new(), ""),
            self.check(Topic::Picture, "Picture", "no drift, jump or saturation", String::new(), ""),
        ]
    }
}

fn all(summary: &Summary, cautions: &[&Caution], context: Context) -> Vec<Check> {
    let of_gap = context.gap.map(FrameGapCurve::cautions).unwrap_or_default();
    let finder = Finder { summary, cautions, of_gap };
    let mut list = if summary.is_zero { Vec::new() } else { finder.of_numbers(context) };
    list.extend(finder.of_amount());
    list.extend(finder.of_film());
    let gap = finder.check(Topic::FrameGap, "Frame interval short enough", "", String::new(), "");
    list.push(frame_gap(gap, context.gap, summary));
    list
}

/// Whether a mean of exp(−ΔS) is beyond doubt another number than 1, and not by a trifle.
fn misses_one(mean: &Measured) -> bool {
    let distance = (mean.value - 1.0).abs();
    distance > CLEAR_DISTANCE && mean.standard_error.is_some_and(|error| distance > CLEAR_ERRORS * error)
}

/// The check of the frame interval: open if nobody has looked.
fn frame_gap(mut check: Check, gap: Option<&FrameGapCurve>, summary: &Summary) -> Check {
    let Some(curve) = gap else {
        check.grade = Grade::Open;
        check.value = "not looked at".into();
        check.sentence =
            "A camera that is too slow misses dissipation; noise hides short motion. Follow the rate \
                          along the gap between frames (cneep frame-gap) before you publish a rate."
                .into();
        if summary.significance == Significance::NotDetected {
            check.sentence =
                "A camera that is too slow misses dissipation: the same film with frames left out \
                              (cneep frame-gap) tells."
                    .into();
        }
        return check;
    };
    if check.cautions.is_empty() {
        check.value = match curve.points.as_slice() {
            [first, second, ..] => format!("{} and {} frames apart agree", first.gap, second.gap),
            _ => "only one gap could be followed".into(),
        };
        if curve.points.len() < 2 {
            check.grade = Grade::Open;
        }
    } else {
        check.value = "the rate changes with the gap".into();
    }
    check
}

fn of_place(meaning: bool) -> Check {
    if meaning {
        return Check {
            grade: Grade::Ok,
            name: "Place on the map",
            value: "it has a meaning".into(),
            sentence: "This estimator assigns every place the part of ΔS that is drawn there. A moving spot \
                shows at \
                       its flanks, where its light changes."
                .into(),
            cautions: Vec::new(),
        };
    }
    Check {
        grade: Grade::Careful,
        name: "Place on the map",
        value: "arbitrary: a network alone".into(),
        sentence: "Networks trained from other seeds share the sum of the map but not its pattern. Read \
            where entropy \
                   is produced only if several seeds agree, or train the default; no cell is called \
                   significant."
            .into(),
        cautions: Vec::new(),
    }
}

fn grade_of(caution: &Caution) -> Grade {
    match (&caution.kind, caution.grade()) {
        (CautionKind::NothingHeldOut | CautionKind::ImportedWeights, _) | (_, caution::Grade::Stop) => {
            Grade::Stop
        }
        (_, caution::Grade::Careful) => Grade::Careful,
        (_, caution::Grade::Note) => Grade::Ok,
    }
}

fn topic_of(kind: &CautionKind) -> Topic {
    match kind {
        CautionKind::FluctuationTheoremMissed { .. } => Topic::Converged,
        CautionKind::FewEffectiveTransitions { .. }
        | CautionKind::SaturatedValues { .. }
        | CautionKind::NearCertifiableLimit { .. }
        | CautionKind::BoundOfShorterWindows { .. }
        | CautionKind::BoundOfPart { .. } => Topic::Saturated,
        CautionKind::HalvesDisagree { .. } | CautionKind::RateNotSteady { .. } => Topic::Steady,
        CautionKind::MostlyChance { .. }
        | CautionKind::FoldsDisagree { .. }
        | CautionKind::OverFitting { .. } => Topic::Agreeing,
        CautionKind::NothingHeldOut
        | CautionKind::ImportedWeights
        | CautionKind::FramesOfTraining { .. }
        | CautionKind::CopyOfTraining { .. }
        | CautionKind::OtherBrightness { .. }
        | CautionKind::OtherFrameInterval { .. }
        | CautionKind::TrainingInterrupted { .. } => Topic::Unseen,
        CautionKind::TooFewTransitions { .. } => Topic::Amount,
        CautionKind::ExposureUnknown => Topic::Exposure,
        CautionKind::RateRisesAtShortGaps(_) | CautionKind::RateFallsAtShortGaps(_) => Topic::FrameGap,
        CautionKind::NotDistinguishable { .. }
        | CautionKind::BoundNotAboveZero { .. }
        | CautionKind::NothingLearned => Topic::Verdict,
        CautionKind::FrameIntervalUnknown
        | CautionKind::FrameIntervalUnreadable { .. }
        | CautionKind::PixelSizeUnreadable { .. }
        | CautionKind::PlaybackSpeed { .. }
        | CautionKind::StatedScaleDiffers { .. }
        | CautionKind::PixelsNotSquare { .. }
        | CautionKind::PagesReadAsTime { .. }
        | CautionKind::FirstAxisReadAsTime { .. }
        | CautionKind::FrameIntervalsDiffer { .. }
        | CautionKind::MisleadingExtension { .. } => Topic::Scales,
        CautionKind::LinesInSequence { .. }
        | CautionKind::Interlaced { .. }
        | CautionKind::RowsNotAtOnce { .. }
        | CautionKind::NoiseRemembered { .. }
        | CautionKind::CodecPattern { .. }
        | CautionKind::CodecBlocks { .. }
        | CautionKind::NoisePulses { .. }
        | CautionKind::RepeatedFrames { .. }
        | CautionKind::FramesNotNeighbours { .. } => Topic::Camera,
        _ => Topic::Picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a caution that withdraws the verdict and shows as anything less than a stop.
    #[test]
    fn what_withdraws_a_verdict_is_a_stop() {
        let kinds = [
            (CautionKind::Interlaced { t: 47.0 }, Grade::Stop),
            (CautionKind::ExposureUnknown, Grade::Careful),
            (CautionKind::ColourTable, Grade::Ok),
            (CautionKind::NothingHeldOut, Grade::Stop),
        ];
        for (kind, grade) in kinds {
            assert_eq!(grade_of(&Caution::new("a", kind)), grade);
        }
    }

    #[test]
    fn a_remedy_stands_on_the_line_of_its_finding() {
        let caution = Caution::new("a", CautionKind::ExposureUnknown);
        let check = Check {
            grade: Grade::Careful,
            name: "Exposure",
            value: "not stated".into(),
            sentence: String::new(),
            cautions: vec![caution.clone()],
        };
        let html = row(&check);
        assert!(html.contains("check careful") && html.contains(&prose(&caution.remedy())), "{html}");
    }
}
