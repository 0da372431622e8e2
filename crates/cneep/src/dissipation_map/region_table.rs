//! Writes `regions.csv`: one line a region.

use super::regions::Regions;
use cneep_movie::atomic_file::write_atomically;
use cneep_movie::error::Result;
use cneep_movie::units::Measured;
use std::path::Path;

const COLUMNS: [&str; 12] = [
    "label",
    "pixels",
    "rate",
    "standard_error",
    "interval_low",
    "interval_high",
    "p_value",
    "significant",
    "share",
    "share_error",
    "rate_per_pixel",
    "unit",
];

impl Regions {
    /// Writes one line a region (label 0 is outside), and one for `all`: pixels, rate with its error and 95 %
    /// interval, p-value of the region alone, whether it is significant among all, share of the total with
    /// its error, rate over pixels. What is not known is left empty.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Io`] if the file cannot be written.
    pub fn write_table(&self, path: &Path) -> Result<()> {
        let known = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let of_rate = |rate: &Measured| {
            let [low, high] = rate.confidence_interval.map_or([None; 2], |ends| ends.map(Some));
            [Some(rate.value), rate.standard_error, low, high].map(known)
        };
        write_atomically(path, |writer| {
            let mut table = csv::Writer::from_writer(writer);
            table.write_record(COLUMNS)?;
            for region in &self.regions {
                let share = region.share.as_ref();
                let mut record = vec![region.label.to_string(), region.pixels.to_string()];
                record.extend(of_rate(&region.rate));
                record.extend([
                    known(region.p_value),
                    region.is_significant.to_string(),
                    known(share.map(|share| share.value)),
                    known(share.and_then(|share| share.standard_error)),
                    region.rate_per_pixel.to_string(),
                    region.rate.unit.clone(),
                ]);
                table.write_record(&record)?;
            }
            let mut record = vec!["all".to_owned(), self.pixels.to_string()];
            record.extend(of_rate(&self.total));
            let [significant, share, share_error] = [String::new(), String::new(), String::new()];
            let per_pixel = (self.total.value / self.pixels as f64).to_string();
            record.extend([known(self.total_p_value), significant, share, share_error]);
            record.extend([per_pixel, self.total.unit.clone()]);
            table.write_record(&record)?;
            table.flush()
        })
    }
}
