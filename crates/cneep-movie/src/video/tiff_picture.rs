//! Reads a TIFF of one page as one frame of a movie, and tells it from stacks and sets.

use super::options::OpenOptions;
use super::picture::Picture;
use super::stack::Place;
use super::tiff_planes::{Colours, TiffPlanes};
use super::tiff_read::said_of;
use super::tiff_survey::Survey;
use crate::caution::CautionKind;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use std::path::Path;
use std::sync::Arc;

/// What a TIFF is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One page.
    Picture,
    /// A stack of planes.
    Stack,
    /// A part of a set that it describes.
    Set,
}

fn survey(path: &Path) -> Result<Survey> {
    Survey::of(Arc::new(input_file::open(path, "a frame")?), &path.display().to_string())
}

/// What the file at `path` is.
pub(super) fn kind(path: &Path, options: &OpenOptions) -> Result<Kind> {
    let survey = survey(path)?;
    // What is not read is said when it is read.
    let Ok(page) = survey.page(0) else { return Ok(Kind::Picture) };
    let said = said_of(&survey, page, path, options);
    Ok(match said {
        Ok(Some(stack)) if !stack.files.is_empty() => Kind::Set,
        Ok(Some(stack)) if stack.count().is_some_and(|count| count > page.intensities) => Kind::Stack,
        _ if survey.pages.len() > 1 => Kind::Stack,
        _ => Kind::Picture,
    })
}

/// Reads the one page of the file at `path`; of colours, the chosen one, counted from 1.
pub(super) fn read(path: &Path, channel: Option<usize>) -> Result<Picture> {
    let survey = survey(path)?;
    let name = path.display().to_string();
    if survey.pages.len() > 1 {
        let found = format!("{} pages", survey.pages.len());
        let remedy = "Give stacks as files: each is a movie of its own.";
        return Err(Error::Mismatch(Fault::new(name, "one page, as of the other frames", found, remedy)));
    }
    let page = survey.page(0)?.clone();
    let options = OpenOptions::default();
    let said = said_of(&survey, &page, path, &options).ok().flatten();
    let any_table = said.as_ref().is_some_and(|stack| stack.dialect.starts_with("ImageJ"));
    let wanted = channel.unwrap_or(1);
    if !(1..=page.intensities).contains(&wanted) {
        let fault = Fault::new(
            name,
            format!("a channel from 1 to {}", page.intensities),
            wanted.to_string(),
            "They are counted from 1.",
        );
        return Err(Error::Setting(fault.with_setting("channel")));
    }
    let several = page.meaning == super::tiff::Meaning::Grey && page.intensities > 1;
    if several && channel.is_none() {
        let fault = Fault::new(
            name,
            "one channel",
            format!("{} samples a pixel", page.intensities),
            "Choose a channel, counted from 1.",
        );
        return Err(Error::Unsupported(fault.with_setting("channel")));
    }
    let colours = channel.map_or(Colours::Equal, |channel| Colours::Sample(channel - 1));
    let mut planes = TiffPlanes::new(survey, &[], any_table, colours);
    let sample = if several { wanted - 1 } else { 0 };
    let bytes = planes.plane(&page, Place { file: 0, page: 0, sample })?;
    let mut cautions: Vec<CautionKind> = planes.cautions(&page);
    if let Some(stack) = &said {
        let square = |kind: &CautionKind| matches!(kind, CautionKind::PixelsNotSquare { .. });
        cautions.extend(stack.cautions.iter().map(|caution| caution.kind.clone()).filter(square));
    }
    let pixel_size = said.and_then(|stack| stack.calibration.pixel_size);
    Ok(Picture { rows: page.rows, columns: page.columns, stored: page.stored, bytes, cautions, pixel_size })
}
