//! Composes the report of a run: numbers with errors, figures, settings, cautions in words.

use super::html::Page;
use super::in_regions::add_regions;
use super::in_space::{ReportedMap, add_map};
use super::in_time::{add_entropy, add_headlines};
use super::made::{add_provenance, add_training};
use cneep::dissipation_map::Regions;
use cneep::entropy_production::{EntropyProduction, Summary};
use cneep::estimator::Estimator;
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use std::path::Path;

/// A report in the making: what a run has given so far.
pub struct Report<'a> {
    estimator: &'a Estimator,
    entropy: Option<ReportedEntropy<'a>>,
    map: Option<ReportedMap<'a>>,
    regions: Option<&'a Regions>,
    notes: &'a [String],
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
        Self { estimator, entropy: None, map: None, regions: None, notes: &[] }
    }

    /// The report with an estimate and its numbers.
    #[must_use]
    pub fn with_entropy(mut self, entropy: &'a EntropyProduction, summary: &'a Summary) -> Self {
        self.entropy = Some(ReportedEntropy { entropy, summary });
        self
    }

    /// The report with a mean dissipation map.
    #[must_use]
    pub fn with_map(mut self, map: ReportedMap<'a>) -> Self {
        self.map = Some(map);
        self
    }

    /// The report with rates of regions of the frame.
    #[must_use]
    pub fn with_regions(mut self, regions: &'a Regions) -> Self {
        self.regions = Some(regions);
        self
    }

    /// The report with sentences on what it leaves out.
    #[must_use]
    pub fn with_notes(self, notes: &'a [String]) -> Self {
        Self { notes, ..self }
    }

    /// Writes one self-contained HTML file.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut page = Page::new("Entropy production");
        page.subtitle(&self.subtitle());
        if let Some(ReportedEntropy { summary, .. }) = self.entropy {
            add_headlines(&mut page, summary);
        }
        for note in self.notes {
            page.paragraph(note);
        }
        self.add_cautions(&mut page);
        if let Some(ReportedEntropy { entropy, summary }) = self.entropy {
            add_entropy(&mut page, entropy, summary)?;
        }
        if let Some(map) = &self.map {
            add_map(&mut page, map, self.estimator.differs_by_seed())?;
        }
        if let Some(regions) = self.regions {
            add_regions(&mut page, regions);
        }
        add_training(&mut page, self.estimator)?;
        add_provenance(&mut page, self.estimator);
        page.footer(&format!(
            "cneep {}. Method: Bae, Kim and Jeong, Phys. Rev. Research 4, 033094 (2022), doi \
             10.1103/PhysRevResearch.4.033094.",
            env!("CARGO_PKG_VERSION")
        ));
        page.write(path)
    }

    fn subtitle(&self) -> String {
        match self.entropy.map(|reported| reported.entropy.movies.as_slice()) {
            Some([movie]) => movie.name.clone(),
            Some(movies) => format!("{} movies", movies.len()),
            None => "Training only: no movie has been estimated yet".into(),
        }
    }

    fn add_cautions(&self, page: &mut Page) {
        let of_training = &self.estimator.record().cautions[..];
        let of_estimate = self.entropy.map_or(of_training, |reported| &reported.summary.cautions);
        let mut cautions: Vec<&Caution> = of_estimate.iter().collect();
        let of_map = self.map.iter().flat_map(|map| map.cautions);
        cautions.extend(of_map.filter(|caution| !of_estimate.contains(caution)));
        if !cautions.is_empty() {
            page.section("What to be careful about");
            for caution in cautions {
                page.caution(caution);
            }
        }
    }
}
