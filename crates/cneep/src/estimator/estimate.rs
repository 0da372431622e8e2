//! Applies a trained estimator to movies.

use super::compare::{
    Compared, ComparedEstimator, CrossFitted, JudgedMaps, JudgedValues, home, home_of_bound,
};
use super::descent::{CurvePoint, StopReason};
use super::network::import;
use super::normalisation::Normalisation;
use super::record::{FitRecord, MOST_CAUTIONS, RunRecord};
use super::registry::memory_of_judging;
use super::run_lock::RunLock;
use super::run_state::{RunState, Stage, no_run, refuse_occupied, refuse_without_parameters};
use super::single::{Kept, Single, is_nothing_learned, nothing_learned};
use super::training::{Choice, Training, settings_path};
use super::training_recordings::{Seen, check_brightness, read_recordings, seen, write_recordings};
use super::windows::WindowShape;
use crate::dissipation_map::{DissipationMap, MapGrid};
use crate::entropy_production::{EntropyProduction, MovieEntropy, Role};
use crate::transition::{Transition, Transitions};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::memory;
use cneep_movie::progress::{Progress, Silent};
use cneep_movie::video::{Recordings, Video};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use std::path::Path;

/// Maps, and cells of maps, that are held at a time.
const MAPS_AT_ONCE: usize = 256;
const CELLS_AT_ONCE: usize = 1 << 25;

/// A trained estimator: it assigns to every transition an entropy production that changes sign, bit for
/// bit, when time is reversed.
pub struct Estimator {
    settings: Training,
    record: RunRecord,
    fitted: Fitted,
    /// What the movies of the training are known by.
    recordings: Recordings,
    /// An estimator with shorter windows, which bounds what this one estimates.
    bounded_by: Option<Box<Estimator>>,
}

/// What a training has found.
enum Fitted {
    /// A model with its parameters.
    Single(Box<Single>),
    /// A weighted sum of estimators, each fitted several times with another part of the movies held out.
    Sum(CrossFitted),
}

impl Estimator {
    pub(super) fn of_single(single: Single, recordings: Recordings) -> Self {
        let (settings, mut record) = (single.settings.clone(), single.record.clone());
        record.note_interruption();
        Self { settings, record, fitted: Fitted::Single(Box::new(single)), recordings, bounded_by: None }
    }

    fn of_sum(settings: Training, mut record: RunRecord, sum: CrossFitted, recordings: Recordings) -> Self {
        record.note_interruption();
        Self { settings, record, fitted: Fitted::Sum(sum), recordings, bounded_by: None }
    }

    /// What a comparison by these `settings` has found.
    pub(super) fn of_compared(settings: Training, found: Compared, recordings: &Recordings) -> Self {
        let Compared { record, sum, bounded_by, .. } = found;
        let shorter =
            |(settings, found): (_, Box<_>)| Box::new(Self::of_compared(settings, *found, recordings));
        let bounded_by = bounded_by.map(shorter);
        Self { bounded_by, ..Self::of_sum(settings, record, sum, recordings.clone()) }
    }

    /// Loads the best parameters of the run in `folder`. Those of a run that was interrupted carry a caution,
    /// and give no verdict.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] if the folder does not hold a run, or one whose files are not those
    /// with which it ended.
    pub fn load(folder: &Path) -> Result<Self> {
        Self::load_kept(folder, Kept::Best)
    }

    /// Loads the parameters that the run in `folder` had reached at its last checkpoint, whatever the
    /// validation said of them: what training without early stopping gives. A fit in closed form, or a sum,
    /// has only one set of parameters, which is both its best and its last.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] if the folder does not hold a run with a checkpoint.
    pub fn load_last(folder: &Path) -> Result<Self> {
        Self::load_kept(folder, Kept::Last)
    }

    fn load_kept(folder: &Path, kept: Kept) -> Result<Self> {
        let state = RunState::of(folder)?.ok_or_else(|| no_run(folder))?;
        state.check(folder)?;
        if state.stage == Stage::Begun {
            refuse_without_parameters(folder)?;
        }
        let settings = Training::of_run(folder)?;
        let record = RunRecord::read(folder)?;
        let recordings = read_recordings(folder, &record)?;
        if let FitRecord::Comparison(found) = &record.fit {
            let shorter = found.bounding_window.map(|_| Self::load_kept(&home_of_bound(folder), kept));
            let bounded_by = shorter.transpose()?.map(Box::new);
            let sum = CrossFitted::load(folder, &record)?;
            return Ok(Self { bounded_by, ..Self::of_sum(settings, record, sum, recordings) });
        }
        let mut single = match (state.stage, kept) {
            (Stage::Begun, Kept::Best) => Single::load_checkpoint(folder, settings, record)?.0,
            _ => Single::load(folder, settings, record, kept)?,
        };
        if state.stage == Stage::Begun {
            single.record.interrupt();
        }
        Ok(Self::of_single(single, recordings))
    }

    /// Imports the weights of the published network from `file` (safetensors or `.pth`/`.pth.tar`, `PyTorch`
    /// names and layouts) for frames of `rows` x `columns` pixels, normalised as it was trained; `window`, if
    /// given, must be that of the weights.
    ///
    /// # Errors
    /// [`Error::Format`], [`Error::Io`] for the file; [`Error::Mismatch`] if the weights do not fit frames or
    /// window.
    pub fn import(
        file: &Path,
        rows: usize,
        columns: usize,
        window: Option<usize>,
        normalisation: Normalisation,
    ) -> Result<Self> {
        let single = Single::import(import(file, rows, columns, window)?, file, normalisation);
        Ok(Self::of_single(single, Recordings::default()))
    }

    /// Saves the estimator into a folder that does not hold a run yet; see [`Self::save`].
    ///
    /// # Errors
    /// As [`Self::save`], and [`Error::Setting`] if `folder` holds a run, or another process trains there.
    pub fn save_new(&self, folder: &Path) -> Result<()> {
        let _lock = RunLock::of(folder)?;
        refuse_occupied(folder)?;
        self.save(folder)
    }

    /// Saves settings, record and parameters, so that [`Self::load`] gives the same estimator. The last file
    /// that is written says that the run is whole.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        RunState::begin(folder)?;
        if let Some(shorter) = &self.bounded_by {
            shorter.save(&home_of_bound(folder))?;
        }
        let mut members = Vec::new();
        match &self.fitted {
            Fitted::Single(single) => single.save(folder)?,
            Fitted::Sum(sum) => {
                sum.save(folder)?;
                self.settings.write(&settings_path(folder))?;
                self.record.write(folder)?;
                if let FitRecord::Comparison(found) = &self.record.fit {
                    let folds = |of: &ComparedEstimator| {
                        let estimator = of.estimator.clone();
                        (0..of.folds).map(move |fold| home(Path::new(""), &estimator, fold))
                    };
                    members.extend(found.kept().flat_map(folds));
                }
            }
        }
        write_recordings(folder, &self.recordings)?;
        // Each member is a run of its own, too.
        members.iter().try_for_each(|home| RunState::end(&folder.join(home), Stage::Complete, &[]))?;
        members.extend(self.bounded_by.iter().map(|_| home_of_bound(Path::new(""))));
        RunState::end(folder, self.stage(), &members)
    }

    fn stage(&self) -> Stage {
        match self.stop_reason() {
            Some(StopReason::Interrupted) => Stage::Interrupted,
            _ => Stage::Complete,
        }
    }

    /// Whether the training ended before it was done: what it estimates stands for nothing yet.
    pub fn is_interrupted(&self) -> bool {
        self.stage() == Stage::Interrupted
    }

    /// Settings of the training.
    pub fn settings(&self) -> &Training {
        &self.settings
    }

    /// What is known of the run: movies, hashes, normalisation, stop reason, versions.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Training and validation loss along the run; empty for a fit in closed form and for a sum.
    pub fn curve(&self) -> &[CurvePoint] {
        match &self.fitted {
            Fitted::Single(single) => &single.curve,
            Fitted::Sum(_) => &[],
        }
    }

    /// The model's parameters as one flat vector, tensor by tensor; empty for a sum, whose members have their
    /// own.
    pub fn parameters(&self) -> &[f32] {
        match &self.fitted {
            Fitted::Single(single) => &single.parameters,
            Fitted::Sum(_) => &[],
        }
    }

    /// Why the training ended; none for imported weights.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.record.stop_reason()
    }

    /// Entropy production of every transition of `videos`.
    ///
    /// Transitions with a frame that the run was trained on count as held out only if it was set aside for
    /// testing; see [`Self::roles`].
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the frames have another size than those trained on or a movie is too short.
    pub fn entropy_production(&self, videos: impl AsRef<[Video]>) -> Result<EntropyProduction> {
        self.entropy_production_watched(videos.as_ref(), &Silent)
    }

    /// As [`Self::entropy_production`], reporting to `progress`; a request to stop ends with an error.
    ///
    /// # Errors
    /// As [`Self::entropy_production`], and [`Error::Stopped`] if stopped.
    pub fn entropy_production_watched(
        &self,
        videos: &[Video],
        progress: &dyn Progress,
    ) -> Result<EntropyProduction> {
        let window = self.record.window;
        self.check_size(videos)?;
        let all = Transitions::all(videos, window)?;
        for (video, run) in videos.iter().zip(all.runs()) {
            self.require_memory(video, run.starts.len(), 0)?;
        }
        let (seen, mut cautions) = self.seen(videos)?;
        progress.begin("entropy production (transitions)", all.len() as u64);
        let mut movies = Vec::with_capacity(videos.len());
        let (mut member_sums, mut all_judge_all) = (Vec::new(), true);
        for ((video, run), Seen { roles, .. }) in videos.iter().zip(all.runs()).zip(seen) {
            if progress.stop_requested() {
                return Err(Error::Stopped { what: "the estimate of entropy production".into() });
            }
            let JudgedValues { values, folds, member_sums: sums } = self.values(videos, run.transitions())?;
            progress.advance(values.len() as u64);
            all_judge_all &= !sums.is_empty();
            member_sums.resize(member_sums.len().max(sums.len()), 0.0);
            member_sums.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            movies.push(MovieEntropy { name: video.name().to_owned(), values, roles, folds, exact: None });
        }
        progress.end();
        let mut fit = self.record.fit_quality();
        if all_judge_all {
            fit.member_means = member_sums.into_iter().map(|sum| sum / all.len() as f64).collect();
        }
        let shorter = self.bounded_by.as_ref();
        let shorter = shorter.map(|shorter| shorter.entropy_production_watched(videos, progress));
        fit.bounded_by = shorter.transpose()?.map(Box::new);
        let calibration = videos[0].calibration();
        let judged_by_all = movies.iter().any(|movie| movie.folds.contains(&None));
        if judged_by_all && self.is_zero_elsewhere() && !cautions.iter().any(is_nothing_learned) {
            cautions.push(nothing_learned());
        }
        let entropy = EntropyProduction { window, calibration, movies, fit, cautions };
        self.bounded_by_part(videos, entropy, progress)
    }

    /// What a reader of an estimate of `videos` must know of the training and of these movies.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for movies with another gain or offset than those of the training; those of
    /// reading frames.
    pub fn cautions(&self, videos: &[Video]) -> Result<Vec<Caution>> {
        Ok(self.seen(videos)?.1)
    }

    /// What the training has seen of each of `videos`, and the [`Self::cautions`].
    fn seen(&self, videos: &[Video]) -> Result<(Vec<Seen>, Vec<Caution>)> {
        let mut cautions = self.record.cautions.clone();
        let of_movie = |video: &Video| -> Result<(Option<Caution>, Seen)> {
            let brightness = check_brightness(&self.record, video)?;
            Ok((brightness, seen(&self.record, &self.recordings, video)?))
        };
        let of_movies: Vec<_> = videos.par_iter().map(of_movie).collect::<Result<_>>()?;
        let of_movie = |(brightness, seen): &(Option<Caution>, Seen)| {
            brightness.iter().chain(&seen.caution).cloned().collect::<Vec<_>>()
        };
        let told: Vec<Caution> = of_movies.iter().flat_map(of_movie).collect();
        let told = once_a_kind(&told, videos.len());
        for caution in cautions_of(videos, &self.record).into_iter().chain(told) {
            if !cautions.contains(&caution) {
                cautions.push(caution);
            }
        }
        Ok((of_movies.into_iter().map(|(_, seen)| seen).collect(), cautions))
    }

    /// Whether an estimator that has part in it differs between trainings with other seeds on the same
    /// movies, and so do its maps.
    pub fn differs_by_seed(&self) -> bool {
        match (&self.settings.choice, &self.record.fit) {
            (Choice::Comparison(comparison), FitRecord::Comparison(found)) => {
                let differs = |name: &str| {
                    comparison.estimators.iter().any(|of| of.name() == name && of.differs_by_seed())
                };
                found.kept().any(|of| differs(&of.estimator))
            }
            (Choice::Single(estimator), _) => estimator.differs_by_seed(),
            (Choice::Comparison(_), _) => false,
        }
    }

    /// Role of every transition of `video`, in order of time, in the fit that judges it; of a sum, in those
    /// of the members that judge it. Frames of the training are recognised one by one, whatever the file they
    /// are in, and a movie that is a copy of one of the training with another gain, crop or format counts as
    /// in-sample.
    ///
    /// # Errors
    /// Those of reading frames that stay in their file.
    pub fn roles(&self, video: &Video) -> Result<Vec<Role>> {
        Ok(seen(&self.record, &self.recordings, video)?.roles)
    }

    /// Dissipation map of every transition of one movie.
    ///
    /// # Errors
    /// As [`Self::entropy_production`].
    pub fn dissipation_map(&self, video: &Video) -> Result<DissipationMap> {
        let videos = std::slice::from_ref(video);
        self.check_size(videos)?;
        let window = self.record.window;
        let all = Transitions::all(videos, window)?;
        self.require_memory(video, all.len(), all.len())?;
        let JudgedMaps { grid, maps: transitions, .. } = self.maps(videos, all.runs()[0].transitions())?;
        Ok(DissipationMap {
            name: video.name().to_owned(),
            grid,
            window,
            calibration: video.calibration(),
            transitions,
        })
    }

    /// Hands over the dissipation map of every transition of `video`, in order of time: cells, first frame of
    /// the transition, map in `k_B`. Few maps are held at a time; they are those of
    /// [`Self::dissipation_map`], bit for bit.
    ///
    /// # Errors
    /// As [`Self::entropy_production`], and those of `each`.
    pub fn map_each(
        &self,
        video: &Video,
        each: impl FnMut(MapGrid, usize, ArrayView2<f32>) -> Result<()>,
    ) -> Result<()> {
        self.map_each_by_fits(video, each).map(|_| ())
    }

    /// As [`Self::map_each`]; gives the sum over all maps, in `k_B`, that each of several fits gives by
    /// itself if all of them judge all transitions, as those of a comparison do on fresh movies. Otherwise
    /// there are none.
    ///
    /// # Errors
    /// As [`Self::map_each`].
    pub fn map_each_by_fits(
        &self,
        video: &Video,
        mut each: impl FnMut(MapGrid, usize, ArrayView2<f32>) -> Result<()>,
    ) -> Result<Vec<Array2<f64>>> {
        let videos = std::slice::from_ref(video);
        self.check_size(videos)?;
        let all = Transitions::all(videos, self.record.window)?;
        let pixels = video.frames().rows() * video.frames().columns();
        let at_once = (CELLS_AT_ONCE / pixels).clamp(1, MAPS_AT_ONCE);
        self.require_memory(video, at_once.min(all.len()), at_once.min(all.len()))?;
        let mut fits: Option<Vec<Array2<f64>>> = None;
        for transitions in all.runs()[0].transitions().chunks(at_once) {
            let JudgedMaps { grid, maps, member_sums } = self.maps(videos, transitions.to_vec())?;
            match &mut fits {
                None => fits = Some(member_sums),
                Some(fits) if fits.len() == member_sums.len() => {
                    fits.iter_mut().zip(&member_sums).for_each(|(fit, sum)| *fit += sum);
                }
                Some(fits) => fits.clear(),
            }
            for (transition, map) in transitions.iter().zip(maps.outer_iter()) {
                each(grid, transition.start, map)?;
            }
        }
        Ok(fits.unwrap_or_default())
    }

    /// Entropy production of `transitions` in `k_B`; a sum takes those of one movie only.
    fn values(&self, videos: &[Video], transitions: Vec<Transition>) -> Result<JudgedValues> {
        match &self.fitted {
            Fitted::Sum(sum) => sum.values(videos, &transitions),
            Fitted::Single(single) => {
                let folds = vec![None; transitions.len()];
                let values = single.values(videos, transitions)?;
                Ok(JudgedValues { values, folds, member_sums: Vec::new() })
            }
        }
    }

    /// Whether movies that it was not trained on get an estimate of zero, as no weight was found for them.
    fn is_zero_elsewhere(&self) -> bool {
        matches!(&self.fitted, Fitted::Sum(sum) if sum.is_zero_elsewhere())
    }

    /// Dissipation maps of `transitions` in `k_B`, with the cells that they have; a sum takes those of one
    /// movie only.
    fn maps(&self, videos: &[Video], transitions: Vec<Transition>) -> Result<JudgedMaps> {
        match &self.fitted {
            Fitted::Sum(sum) => sum.maps(videos, &transitions),
            Fitted::Single(single) => {
                let (grid, maps) = single.maps(videos, transitions)?;
                Ok(JudgedMaps { grid, maps, member_sums: Vec::new() })
            }
        }
    }

    /// Refuses to judge so many transitions of `video` at once, and to hold so many `maps` of them, if that
    /// takes more memory than is available.
    fn require_memory(&self, video: &Video, transitions: usize, maps: usize) -> Result<()> {
        let shape = WindowShape::of(std::slice::from_ref(video), self.record.window);
        let what = match maps {
            0 => format!("an estimate of {transitions} transitions"),
            _ => format!("maps of {maps} transitions, held at once,"),
        };
        let remedy = "Estimate fewer frames at a time, crop or bin the movies, or close other programs.";
        memory::require(video.name(), &what, self.memory(shape, transitions, maps), remedy)
    }

    /// Bytes that judging so many transitions of one movie takes beside it, and holding so many `maps` of
    /// them with those of the member that is summed, about.
    fn memory(&self, shape: WindowShape, transitions: usize, maps: usize) -> u64 {
        let of = |single: &Single| {
            let plan = single.record.plan();
            plan.map_or(0, |plan| memory_of_judging(plan, single.model.as_ref(), shape, transitions))
        };
        let (judging, copies) = match &self.fitted {
            Fitted::Single(single) => (of(single), 1),
            Fitted::Sum(sum) => (sum.members().map(of).max().unwrap_or(0), 2),
        };
        let map = (4 * copies * shape.rows * shape.columns) as u64;
        judging.saturating_add(map.saturating_mul(maps as u64))
    }

    /// Whether frames of any size can be estimated.
    fn is_for_any_frame(&self) -> bool {
        match &self.fitted {
            Fitted::Single(single) => single.model.is_for_any_frame(),
            // A sum of none estimates zero, of its own frames.
            Fitted::Sum(sum) => {
                let mut members = sum.members().peekable();
                members.peek().is_some() && members.all(|member| member.model.is_for_any_frame())
            }
        }
    }

    /// Refuses movies of which something else is analysed than of those of the training; imported weights
    /// know
    /// none.
    fn check_selection(&self, videos: &[Video]) -> Result<()> {
        if let FitRecord::Imported { .. } = self.record.fit {
            return Ok(());
        }
        let own = &self.record.selection;
        match videos.iter().find(|video| !own.keeps_the_same_as(video.selection())) {
            None => Ok(()),
            Some(video) => Err(Error::Mismatch(Fault::new(
                video.name(),
                format!("what the run was trained on ({own})"),
                video.selection().to_string(),
                "State nothing of what is analysed: a run keeps it; or train on what you want.",
            ))),
        }
    }

    /// Refuses frames that the model cannot take.
    fn check_size(&self, videos: &[Video]) -> Result<()> {
        let own = (self.record.rows, self.record.columns);
        let here = videos.first().map_or(own, |video| (video.frames().rows(), video.frames().columns()));
        let (rows, columns) = if self.is_for_any_frame() { here } else { own };
        self.check_selection(videos)?;
        check_frames(videos, rows, columns)
    }
}

/// Refuses an empty list, and movies whose frames are not of `rows` x `columns` pixels.
pub(super) fn check_frames(videos: &[Video], rows: usize, columns: usize) -> Result<()> {
    if videos.is_empty() {
        return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
    }
    let size = |video: &Video| (video.frames().rows(), video.frames().columns());
    match videos.iter().find(|video| size(video) != (rows, columns)) {
        None => Ok(()),
        Some(video) => Err(Error::Mismatch(Fault::new(
            video.name(),
            format!("frames of {rows} rows x {columns} columns, as all movies of the training"),
            format!("{} x {}", size(video).0, size(video).1),
            "Crop or bin the movies to one size, or train on movies of this size.",
        ))),
    }
}

/// One caution a kind, of the first of its movies, with their number.
fn once_a_kind(cautions: &[Caution], movies: usize) -> Vec<Caution> {
    let kind = |caution: &Caution| std::mem::discriminant(&caution.kind);
    let mut once: Vec<Caution> = Vec::new();
    for caution in cautions {
        if once.iter().any(|told| kind(told) == kind(caution)) {
            continue;
        }
        let mut told = caution.clone();
        match cautions.iter().filter(|other| kind(other) == kind(caution)).count() {
            1 => {}
            count => told.subject = format!("{count} of {movies} movies, {} the first", caution.subject),
        }
        once.push(told);
    }
    once
}

fn cautions_of(videos: &[Video], record: &RunRecord) -> Vec<Caution> {
    let of_movies = videos.iter().flat_map(Video::cautions);
    let mut cautions: Vec<Caution> = of_movies.take(MOST_CAUTIONS).cloned().collect();
    let intervals = (videos[0].calibration().frame_interval, record.calibration.frame_interval);
    if let (Some(interval), Some(trained)) = intervals
        && (interval / trained - 1.0).abs() > 0.01
    {
        let kind = CautionKind::OtherFrameInterval { interval, trained };
        cautions.push(Caution::new(videos[0].name(), kind));
    }
    cautions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches maps that are not counted, and a need that wraps around.
    #[test]
    fn what_an_estimate_takes_is_foretold() {
        let weights = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights/tiny.safetensors"));
        let estimator =
            Estimator::import(weights, 8, 8, None, Normalisation::new(1.0, 2.0).unwrap()).unwrap();
        let shape = WindowShape { window: 2, rows: 8, columns: 8 };
        let few = estimator.memory(shape, 1000, 0);
        assert_eq!(estimator.memory(shape, 1000, 1000), few + 4 * 64 * 1000);
        assert_eq!(estimator.memory(shape, 2000, 0), few + 8 * 1000);
        assert_eq!(estimator.memory(shape, usize::MAX, usize::MAX), u64::MAX);
    }
}
