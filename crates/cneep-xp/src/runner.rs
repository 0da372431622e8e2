//! Runs the cases of an experiment that were not run before.

use super::case::Case;
use super::document::Document;
use super::ledger::Ledger;
use super::measure::{Home, Movies};
use super::outcome::Outcome;
use super::picture;
use super::scores::{Scores, kept_maps};
use super::training::clear;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::{Error, Result};
use std::path::Path;
use std::time::Instant;

/// How an experiment is run.
pub(crate) struct RunOptions<'a> {
    /// Folder of scores and result, where earlier scores with the same settings are taken over.
    pub(crate) folder: &'a Path,
    /// Whether it is the quick version.
    pub(crate) quick: bool,
    /// Whether movies and trained parameters are kept, not deleted when they are scored.
    pub(crate) keep: bool,
}

/// Runs `document`.
pub(crate) fn run(document: &Document, options: &RunOptions, console: &Console) -> Result<Outcome> {
    let folder = options.folder;
    let cases = document.cases()?;
    let mut ledger = Ledger::open(folder)?;
    write_bytes(&folder.join("experiment.toml"), document.to_toml().as_bytes())?;
    let progress = console.progress();
    progress.begin("cases and seeds", (cases.len() * document.seeds.len()) as u64);
    for (number, case) in cases.iter().enumerate() {
        let missing = |seed: &&u64| ledger.find(&case.settings.hash(**seed)).is_none();
        let seeds: Vec<u64> = document.seeds.iter().filter(missing).copied().collect();
        progress.advance((document.seeds.len() - seeds.len()) as u64);
        progress.note(&case.label(&document.vary));
        let (at_once, of_seed) = if document.simulate_anew { (1, true) } else { (seeds.len().max(1), false) };
        for seeds in seeds.chunks(at_once) {
            let movies = if of_seed { format!("_movies_{}", seeds[0]) } else { String::new() };
            let home = folder.join(format!("case_{number:02}{movies}"));
            let place = Place { folder, home: &home, kept: options.keep };
            place.run(document, case, seeds, &mut ledger, console)?;
        }
    }
    progress.end();
    conclude(document, &cases, &ledger, folder, options.quick)
}

/// Scores one `case` with one `seed` in a `folder` of its own, where a training that was stopped goes on.
pub(crate) fn score(
    document: &Document,
    case: &Case,
    seed: u64,
    folder: &Path,
    ledger: &mut Ledger,
    console: &Console,
) -> Result<()> {
    let home = folder.join("case");
    console.progress().begin("cases and seeds", 1);
    let scored = Place { folder, home: &home, kept: false }.run(document, case, &[seed], ledger, console);
    console.progress().end();
    scored
}

/// Writes the outcome of all scores into `folder`.
pub(crate) fn conclude(
    document: &Document,
    cases: &[Case],
    ledger: &Ledger,
    folder: &Path,
    quick: bool,
) -> Result<Outcome> {
    let outcome = Outcome::of(document, cases, ledger, folder, quick)?;
    write(&outcome, folder)?;
    Ok(outcome)
}

/// Writes the `outcome` into `folder`: for programs, as text, as a figure, and all of it on one page.
fn write(outcome: &Outcome, folder: &Path) -> Result<()> {
    let result = folder.join("result.json");
    let text = serde_json::to_vec_pretty(outcome).map_err(|e| Error::writing(&result, e.into()))?;
    write_bytes(&result, &text)?;
    write_bytes(&folder.join("result.md"), outcome.document("result.svg").as_bytes())?;
    picture::draw(outcome)?.write_svg(&folder.join("result.svg"))?;
    outcome.page()?.write(&folder.join("report.html"))
}

/// Where a case is run.
struct Place<'a> {
    /// Folder of the experiment.
    folder: &'a Path,
    /// Folder of the case.
    home: &'a Path,
    /// Whether movies and trained parameters stay.
    kept: bool,
}

impl Place<'_> {
    /// Scores estimators of `seeds`, which share their movies.
    fn run(
        &self,
        document: &Document,
        case: &Case,
        seeds: &[u64],
        ledger: &mut Ledger,
        console: &Console,
    ) -> Result<()> {
        interrupt::check(self.folder)?;
        let start = Instant::now();
        let movies = Movies::of(&case.settings.with_movies_of(seeds[0]))?;
        if self.kept {
            movies.write(self.home)?;
        }
        let mut before = start.elapsed().as_secs_f64();
        for &seed in seeds {
            interrupt::check(self.folder)?;
            let hash = case.settings.hash(seed);
            let run = self.home.join(format!("seed_{seed}_{hash}"));
            let maps = kept_maps(self.folder, &hash);
            let scores = movies.measure(case, seed, &Home { run: &run, maps: &maps }, console.progress())?;
            let seconds = scores.seconds + std::mem::take(&mut before);
            ledger.append(Scores { case: case.label(&document.vary), seconds, ..scores })?;
            if !self.kept {
                clear(&run)?;
            }
            console.progress().advance(1);
        }
        if !self.kept {
            clear(self.home)?;
        }
        Ok(())
    }
}
