//! Adds up the rates of tiles, and bounds them together if they seem to be independent.

use super::super::movies::Movies;
use super::super::plan_tiles::of_whole_field;
use super::super::regions::{independent_in_words, p_value};
use super::Plan;
use super::analysed::Analysed;
use crate::plan::line::parsed;
use cneep::entropy_production::{EntropyOfTiles, IndependentBound, Significance, read_table};
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Measured;
use cneep_movie::video::Video;
use ndarray::{Array2, s};
use serde::Serialize;
use std::ffi::OsString;
use std::fmt;

/// What a sum of rates assumes.
const ASSUMPTION: &str = "The sum is over tiles that are assumed to be independent: correlations across \
                          their borders are not in it, and what two tiles share counts twice. It is no \
                          bound.";

/// What all tiles say together.
#[derive(Debug, Serialize)]
pub(super) struct FieldSum {
    /// Sum of the rates of all tiles, with its error: that of their sum along time.
    pub(super) rate: Measured,
    /// Tiles whose verdict is withdrawn.
    pub(super) withdrawn: usize,
    assumption: &'static str,
    /// Bound of all tiles, if they are independent, and the test of that, which does not speak against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    independent: Option<IndependentBound>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_bound: Option<String>,
}

impl FieldSum {
    /// Of the tiles `found`, which are of `plan`.
    pub(super) fn of(plan: &Plan, found: &[Analysed]) -> Result<Self> {
        let tile = |of: &Analysed| {
            let summary = of.summary();
            let path = of.folder.transitions();
            let entropy = read_table(&path, summary.window, summary.calibration, &summary.movies)?;
            Ok((entropy, summary.entropy_production_rate.clone()))
        };
        let tiles = EntropyOfTiles::new(found.iter().map(tile).collect::<Result<_>>()?)?;
        let withdrawn =
            found.iter().filter(|of| of.summary().significance == Significance::Withdrawn).count();
        let (independent, no_bound) = match why_no_bound(found, withdrawn) {
            Some(why) => (None, Some(why)),
            None => match independent_bound(plan, found, &tiles) {
                Ok(Some(bound)) if bound.is_borne_out() => (Some(bound), None),
                Ok(Some(bound)) => (None, Some(correlated(&bound))),
                Ok(None) => (None, Some("nothing was found in transitions that were not fitted to".into())),
                Err(stop) if stop.is_stop() => return Err(stop),
                Err(refusal) => (None, Some(format!("independence is not tested: {refusal}"))),
            },
        };
        Ok(Self { rate: tiles.rate(), withdrawn, assumption: ASSUMPTION, independent, no_bound })
    }

    /// Sentences about it: what it assumes, what speaks against it, the bound.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.withdrawn > 0 {
            sentences.push(format!(
                "STOP: the verdict of {} of the tiles is withdrawn (their pages say why), so the sum is not \
                 usable.",
                self.withdrawn
            ));
        }
        sentences.push(self.assumption.to_owned());
        sentences.extend(self.independent.iter().map(|of| independent_in_words(of, "tiles").join(" ")));
        sentences.extend(self.no_bound.iter().map(|why| format!("No bound of all tiles is stated: {why}.")));
        sentences
    }
}

/// What speaks against a bound.
fn correlated(bound: &IndependentBound) -> String {
    let p = p_value(Some(bound.dependence_p_value));
    format!("tiles are correlated (p = {p}, if they were independent), so their bounds do not add up")
}

/// Why no bound of all tiles may be stated, whatever a test says.
fn why_no_bound(found: &[Analysed], withdrawn: usize) -> Option<String> {
    let mut gaps = found.iter().filter_map(|of| of.task.tile.as_ref().map(|tile| tile.gap));
    if found.len() < 2 {
        Some("there is one tile alone".into())
    } else if gaps.any(|gap| gap == 0) {
        Some("tiles that touch share what crosses their borders; leave a gap (--tiles SIDE,GAP)".into())
    } else {
        (withdrawn > 0).then(|| "the verdict of some is withdrawn".into())
    }
}

/// The bound of all tiles, and the test by the movies of the plan, which are read once more.
fn independent_bound(
    plan: &Plan,
    found: &[Analysed],
    tiles: &EntropyOfTiles,
) -> Result<Option<IndependentBound>> {
    let Some((task, tile)) = found.first().and_then(|of| Some((of.task, of.task.tile.as_ref()?))) else {
        return Ok(None);
    };
    interrupt::ending_at_once(|| plan.check_inputs(task))?;
    let mut words: Vec<OsString> =
        task.movies.iter().map(|movie| plan.place(movie).into_os_string()).collect();
    words.extend(of_whole_field(task).iter().map(|of| of.word(|file| plan.place(file)).into()));
    let movies: Movies = parsed("field", words).map_err(|refusal| {
        let remedy = "Make the plan anew, into another folder.";
        Error::Format(Fault::new("task", "options of movies", refusal.to_string(), remedy))
    })?;
    let videos: Vec<Video> = movies.open_untold()?;
    let [rows, columns] = tile.field;
    let mut labels = Array2::<u32>::zeros((rows, columns));
    for (label, tile) in (1..).zip(found.iter().filter_map(|of| of.task.tile.as_ref())) {
        let (end, last) = (tile.top + tile.side, tile.left + tile.side);
        if end <= rows && last <= columns {
            labels.slice_mut(s![tile.top..end, tile.left..last]).fill(label);
        }
    }
    interrupt::ending_at_once(|| tiles.independent_bound(&labels.view(), &videos))
}

impl fmt::Display for FieldSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = self.rate.interval_in_words().map(|words| format!(" ({words})")).unwrap_or_default();
        write!(f, "sum of all tiles: {}{within}", self.rate)?;
        self.sentences().iter().try_for_each(|sentence| write!(f, "\n  {sentence}"))
    }
}
