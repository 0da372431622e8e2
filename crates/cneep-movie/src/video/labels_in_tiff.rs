//! Reads the one page of a TIFF whose pixels are labels.

use super::label_pixels::{CONVERT, EXPECTED, Picture, as_labels, check_size, require_room};
use super::read_at::ReadAt;
use super::sample::Kind;
use super::tiff::Meaning;
use super::tiff_survey::Survey;
use crate::error::{Error, Fault, Result};
use std::sync::Arc;

/// Reads the labels of a TIFF for frames of `frame` (rows, columns).
pub(super) fn read(bytes: Arc<dyn ReadAt>, name: &str, frame: (usize, usize)) -> Result<Picture> {
    let mut survey = Survey::of(bytes, name)?;
    let refuse = |found: String, remedy| Err(Error::Unsupported(Fault::new(name, EXPECTED, found, remedy)));
    if survey.pages.len() > 1 {
        return refuse("2 or more pages".into(), "Save the one image that holds the labels.");
    }
    if let Some(error) = survey.end.take() {
        return Err(error);
    }
    let page = survey.page(0)?.clone();
    let size = (page.rows, page.columns);
    if page.inverted {
        let remedy = "In Fiji: Edit > Invert, then Image > Lookup Tables > Grays, so that 0 is outside; \
        save it \
                      again.";
        return refuse("white stored as zero".into(), remedy);
    }
    // What stands in a table of colours has no meaning here, its indices do.
    if page.meaning == Meaning::Colour || page.samples > 1 {
        return refuse("colours".into(), CONVERT);
    }
    if page.stored.kind == Kind::Float {
        return refuse(page.stored.to_string(), CONVERT);
    }
    check_size(name, size, frame)?;
    require_room(name, size.0 * size.1)?;
    let mut planes = survey.file.planes(&page, &[0], 1, None)?;
    let bytes = planes.pop().unwrap_or_default();
    let pixels = bytes.chunks_exact(page.stored.bytes);
    Ok((size, as_labels(name, pixels.map(|pixel| page.stored.integer(pixel)))?))
}
