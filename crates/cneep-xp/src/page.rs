//! Composes the one-page report of an experiment.

use super::outcome::Outcome;
use super::picture;
use cneep_movie::Result;
use cneep_report::report::html::Page;

impl Outcome {
    /// Tables and figure on one page that needs nothing else.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if there is nothing to draw.
    pub(crate) fn page(&self) -> Result<Page> {
        let mut page = Page::new(&self.title);
        page.subtitle(self.question.trim());
        let judged = self.verdicts.iter().filter(|verdict| verdict.met.is_some());
        let (met, all) =
            judged.fold((0, 0), |(met, all), v| (met + usize::from(v.met == Some(true)), all + 1));
        if all > 0 {
            page.headline_text("Expectations met", &format!("{met} of {all}"), "see the second table");
        }
        page.section("Scores");
        let (head, lines) = self.scores_table();
        page.table(&head, &lines);
        page.paragraph(
            "Mean ± standard deviation over seeds of training (shares of seeds: ± standard error), \
             on fresh movies.",
        );
        page.figure(&picture::draw(self)?, &self.plotted(), &format!("{} of all cases.", self.plot.label()));
        if !self.verdicts.is_empty() {
            page.section("Expected and found");
            let (head, lines) = self.verdicts_table();
            page.table(&head, &lines);
        }
        page.section("Made with");
        let (head, lines) = self.provenance_table();
        page.table(&head, &lines);
        if let Some(source) = &self.source {
            page.paragraph(&format!("Expected and published values: {source}"));
        }
        if let Some(older) = self.made_by_an_older_build() {
            page.paragraph(&older);
        }
        page.footer(&self.made_by());
        Ok(page)
    }
}
