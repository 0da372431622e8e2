//! Composes the report of a run: verdict, player, checks, and all else folded below.

use super::checks::{Context, checks};
use super::html::{Page, prose};
use super::in_regions::add_regions;
use super::in_space::{self, add_map};
use super::in_time::{self, add_numbers};
use super::made::{self, add_provenance, add_training};
use super::methods::{REFERENCES, is_network_alone, paragraph, sentence};
use super::origin::Origin;
use super::plates::Plate;
use super::player::Player;
use super::premises::premises;
use super::reported_map::ReportedMap;
use super::verdict::{has_map, needed_film, verdict};
use super::words::file_name;
use crate::film::FilmMaps;
use crate::viewer;
use cneep::dissipation_map::Regions;
use cneep::entropy_production::{EntropyProduction, FrameGapCurve, Significance, Summary};
use cneep::estimator::{Estimator, FitRecord};
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Blocks of time from which on halves are compared.
const FEWEST_BLOCKS: usize = 8;

/// A report in the making: what a run has given so far.
pub struct Report<'a> {
    estimator: &'a Estimator,
    entropy: Option<ReportedEntropy<'a>>,
    map: Option<ReportedMap<'a>>,
    regions: Option<&'a Regions>,
    frame_gap: Option<&'a FrameGapCurve>,
    origin: Origin,
    notes: &'a [String],
    /// Whether the page is the player alone, without figures beside it.
    is_player: bool,
}

/// An estimate with its numbers.
#[derive(Clone, Copy)]
struct ReportedEntropy<'a> {
    entropy: &'a EntropyProduction,
    summary: &'a Summary,
}

impl<'a> Report<'a> {
    /// A report on the training alone.
    pub fn new(estimator: &'a Estimator) -> Self {
        Self {
            estimator,
            entropy: None,
            map: None,
            regions: None,
            frame_gap: None,
            origin: Origin::default(),
            notes: &[],
            is_player: false,
        }
    }

    /// The report with an estimate and its numbers.
    #[must_use]
    pub fn with_entropy(mut self, entropy: &'a EntropyProduction, summary: &'a Summary) -> Self {
        self.entropy = Some(ReportedEntropy { entropy, summary });
        self
    }

    /// The report with a mean dissipation map of the movies of the estimate, and their film to be played.
    #[must_use]
    pub fn with_map(mut self, map: ReportedMap<'a>) -> Self {
        let place_has_meaning = !is_network_alone(self.estimator);
        self.map = Some(ReportedMap { place_has_meaning, ..map });
        self
    }

    /// The report with rates of regions of the frame.
    #[must_use]
    pub fn with_regions(mut self, regions: &'a Regions) -> Self {
        self.regions = Some(regions);
        self
    }

    /// The report with rates along the gap between frames.
    #[must_use]
    pub fn with_frame_gap(mut self, curve: &'a FrameGapCurve) -> Self {
        self.frame_gap = Some(curve);
        self
    }

    /// The report with the command that made it, and the day.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The report with sentences on what it leaves out.
    #[must_use]
    pub fn with_notes(self, notes: &'a [String]) -> Self {
        Self { notes, ..self }
    }

    /// The player with verdict and checks alone, for a film too large to be mailed.
    #[must_use]
    pub fn as_player(self) -> Self {
        Self { is_player: true, ..self }
    }

    /// What `fill` of [`viewer::SCRIPT`] takes, as JSON; none without an estimate and a film.
    pub fn viewer_data(&self) -> Option<String> {
        let ReportedEntropy { entropy, summary } = self.entropy?;
        let map = self.map.as_ref()?;
        let shown = has_map(summary).then_some(map);
        serde_json::to_string(&Player::new(map.film?, shown, entropy, summary)).ok()
    }

    /// Writes one self-contained HTML file, and its figures as files in the folder `figures` beside it.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Io`] if they cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let plates = if self.is_player { Vec::new() } else { self.plates()? };
        if let Some(folder) = path.parent() {
            plates.iter().try_for_each(|plate| plate.write(&folder.join("figures")))?;
        }
        self.page(&plates)?.write(path)
    }

    fn page(&self, plates: &[Plate]) -> Result<Page> {
        let mut page = Page::new(&self.title());
        page.style(viewer::STYLE).script(&viewer::module());
        self.add_first_screen(&mut page, plates);
        if !self.is_player {
            self.add_folded(&mut page, plates)?;
        }
        page.footer(&format!(
            "cneep {}. Method: Bae, Kim and Jeong, Phys. Rev. Research 4, 033094 (2022), doi \
             10.1103/PhysRevResearch.4.033094. The player draws with uPlot 1.6.32 (MIT licence).",
            env!("CARGO_PKG_VERSION")
        ));
        let tables: Map<String, Value> = plates
            .iter()
            .filter_map(|plate| Some((plate.name.to_owned(), json!(plate.small_table()?))))
            .collect();
        let summary = self.entropy.map(|reported| reported.summary);
        page.data("page", &json!({ "tables": tables, "summary": summary }).to_string());
        if let Some(player) = self.viewer_data() {
            page.data("player", &player);
        }
        Ok(page)
    }

    fn title(&self) -> String {
        let Some(ReportedEntropy { entropy, summary }) = self.entropy else {
            return "Training only: no movie has been estimated yet".into();
        };
        let name = match entropy.movies.as_slice() {
            [movie] => file_name(&movie.name).to_owned(),
            movies => format!("{} movies", movies.len()),
        };
        format!("{name}: {}", summary.significance.in_words())
    }

    /// Premises, verdict, player, checks.
    fn add_first_screen(&self, page: &mut Page, plates: &[Plate]) {
        let entropy = self.entropy.map(|reported| reported.entropy);
        let buttons = if entropy.is_some() {
            "<div class=\"buttons top\"><button type=\"button\" data-save=\"JSON\">JSON</button><button \
             type=\"button\" \
             data-save=\"print\">print</button></div>"
        } else {
            ""
        };
        let premises = premises(self.estimator, entropy, &self.origin);
        page.first_screen(&format!("<header class=\"head\"><div>{premises}</div>{buttons}</header>\n"));
        for note in self.notes {
            page.first_screen(&format!("<p class=\"left-out\">{}</p>", prose(note)));
        }
        let Some(ReportedEntropy { entropy, summary }) = self.entropy else {
            page.first_screen("<h1>Trained, but no movie has been estimated yet</h1>");
            return;
        };
        page.first_screen(&verdict(summary));
        self.add_player(page, summary, plates);
        let place = self.map.as_ref().filter(|_| has_map(summary)).map(|map| map.place_has_meaning);
        let rate = entropy.rate_in_time(0);
        let context = Context {
            gap: self.frame_gap,
            place,
            compares_fits: matches!(self.estimator.record().fit, FitRecord::Comparison(_)),
            tells_steadiness: rate.as_ref().is_some_and(|of| of.stretches.len() >= FEWEST_BLOCKS)
                || entropy.movies.len() >= FEWEST_BLOCKS,
            changes: rate.map_or(0, |of| of.change_points.len()),
        };
        page.first_screen(&checks(summary, &self.cautions(), context));
    }

    /// The player, or what needs no script in its place; beside it how much film would show something.
    fn add_player(&self, page: &mut Page, summary: &Summary, plates: &[Plate]) {
        let needed = match summary.significance {
            Significance::NotDetected => needed_film(summary).unwrap_or_default(),
            _ => String::new(),
        };
        let film = self.map.as_ref().and_then(|map| map.film);
        let Some(film) = film else {
            page.first_screen(&needed);
            return;
        };
        let told = film.frames.reduction().into_iter();
        let told: Vec<String> = told
            .chain(film.maps.as_ref().filter(|_| has_map(summary)).and_then(FilmMaps::reduction))
            .collect();
        let mut notes = match told.as_slice() {
            [] => String::new(),
            told => {
                format!("To keep this page small, {}; numbers are exact sums all the same. ", told.join(", "))
            }
        };
        if matches!(summary.significance, Significance::Withdrawn | Significance::NotTested)
            && has_map(summary)
        {
            notes += "The map is shown to find the fault; nothing may be claimed from it. ";
        }
        let still =
            plates.iter().find(|plate| plate.name == "map_over_film").map(|plate| plate.figure.to_svg());
        let still = still.unwrap_or_else(|| "<p>The film needs a browser that runs scripts.</p>".into());
        let class = if needed.is_empty() { "player" } else { "player beside" };
        let caption =
            if notes.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>", prose(&notes)) };
        page.first_screen(&format!(
            "<section class=\"{class}\" aria-label=\"Film\"><div><div \
             id=\"viewer\"><noscript>{still}</noscript></div>\
             {caption}</div>{needed}</section>\n"
        ));
    }

    /// Everything else, folded.
    fn add_folded(&self, page: &mut Page, plates: &[Plate]) -> Result<()> {
        if let Some(ReportedEntropy { entropy, summary }) = self.entropy {
            page.folded("For your paper", |page| {
                add_copy(page, "Result", &sentence(summary, entropy));
                add_copy(page, "Methods", &paragraph(self.estimator, summary));
                let references: Vec<String> =
                    REFERENCES.iter().enumerate().map(|(at, of)| format!("[{}] {of}", at + 1)).collect();
                add_copy(page, "References", &references.join("\n"));
                Ok(())
            })?;
            page.folded("All numbers", |page| {
                add_numbers(page, summary);
                if let Some(map) = &self.map {
                    add_map(page, map, summary);
                }
                Ok(())
            })?;
        }
        if let Some(regions) = self.regions {
            page.folded("Regions of the frame", |page| {
                add_regions(page, regions);
                Ok(())
            })?;
        }
        if !plates.is_empty() {
            page.folded("Figures", |page| {
                page.raw("<div class=\"plates\">");
                for plate in plates {
                    page.plate(plate);
                }
                page.raw("</div>");
                Ok(())
            })?;
        }
        let cautions = self.cautions();
        if !cautions.is_empty() {
            page.folded(&format!("Every caution ({})", cautions.len()), |page| {
                for caution in &cautions {
                    page.caution(caution);
                }
                Ok(())
            })?;
        }
        page.folded("What was compared", |page| {
            add_training(page, self.estimator);
            Ok(())
        })?;
        page.folded("How it was made", |page| {
            add_provenance(page, self.estimator, &self.origin);
            Ok(())
        })
    }

    fn plates(&self) -> Result<Vec<Plate>> {
        let mut plates = Vec::new();
        if let Some(ReportedEntropy { entropy, summary }) = self.entropy {
            if let Some(map) = &self.map {
                plates.extend(in_space::plates(map, summary)?);
            }
            plates.extend(in_time::plates(entropy, summary)?);
        }
        if let Some(curve) = self.frame_gap.filter(|curve| !curve.points.is_empty()) {
            let calibration = self.estimator.record().calibration;
            plates.push(made::frame_gap(curve, calibration.rate_unit().time_symbol())?);
        }
        plates.extend(made::plates(self.estimator)?);
        Ok(plates)
    }

    fn cautions(&self) -> Vec<&Caution> {
        let of_training = &self.estimator.record().cautions[..];
        let of_estimate = self.entropy.map_or(of_training, |reported| &reported.summary.cautions);
        let mut cautions: Vec<&Caution> = of_estimate.iter().collect();
        let of_map = self.map.iter().flat_map(|map| map.cautions);
        cautions.extend(of_map.filter(|caution| !of_estimate.contains(caution)));
        cautions
    }
}

/// A text with a button that copies it.
fn add_copy(page: &mut Page, title: &str, text: &str) {
    let text: Vec<String> = text.lines().map(|line| format!("<p>{}</p>", prose(line))).collect();
    page.raw(&format!(
        "<div class=\"copy\"><h3>{} <button type=\"button\" data-copy>copy</button></h3><div \
         class=\"text\">{}</div></div>",
        prose(title),
        text.concat()
    ));
}
