//! Surveys all pages of a TIFF file, before any of their pixels are read.

use super::micro_manager::{self, Stamp};
use super::read_at::ReadAt;
use super::tiff::{Page, Tiff, Unread, is_left_out, survey};
use crate::error::{Error, Fault, Result};
use std::sync::Arc;

/// What a file's pages are.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) file: Tiff,
    /// Those that are no smaller copies of others; inside, why one is not read.
    pub(super) pages: Vec<std::result::Result<Page, Unread>>,
    /// Which of `pages` each directory of the file is, if any.
    pub(super) kept: Vec<Option<usize>>,
    /// Descriptions of the first page, of which Micro-Manager writes two.
    pub(super) texts: Vec<String>,
    /// Whether each page has the first description of the first page.
    pub(super) repeats: Vec<bool>,
    /// The software that wrote it, in which `ScanImage` keeps its settings.
    pub(super) software: String,
    pub(super) width: PixelWidth,
    /// What Micro-Manager says of each page.
    pub(super) stamps: Vec<Option<Stamp>>,
    /// Why the chain of pages ends too early, if it does.
    pub(super) end: Option<Error>,
}

/// What the tags of a page say of the edges of a pixel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct PixelWidth {
    /// Width, in the unit of the description.
    pub(super) width: Option<f64>,
    /// Height over width where it is not 1.
    pub(super) height_over_width: Option<f64>,
}

/// Number at byte 8 of the files of `NDTiff`, whose planes an index beside them describes.
const NDTIFF: u64 = 483_729;

impl Survey {
    /// Surveys the pages of the file called `name`.
    ///
    /// # Errors
    /// [`Error::Format`] for damage of the first page.
    pub(super) fn of(bytes: Arc<dyn ReadAt>, name: &str) -> Result<Self> {
        let file = Tiff::new(bytes, name)?;
        let mut found = Self {
            file,
            pages: Vec::new(),
            kept: Vec::new(),
            texts: Vec::new(),
            repeats: Vec::new(),
            software: String::new(),
            width: PixelWidth::default(),
            stamps: Vec::new(),
            end: None,
        };
        let mut chain = found.file.chain();
        loop {
            match found.add(&mut chain) {
                Ok(true) => {}
                Ok(false) => return Ok(found),
                Err(error) if found.pages.is_empty() => return Err(error),
                Err(error) => {
                    found.end = Some(error);
                    return Ok(found);
                }
            }
        }
    }

    /// Adds the next page; whether there was one.
    fn add(&mut self, chain: &mut super::tiff::Chain) -> Result<bool> {
        let number = self.kept.len() + 1;
        let file = &mut self.file;
        let Some(directory) = file.next(chain, number)? else { return Ok(false) };
        let unread = |file: &Tiff, error| file.unread_page(number, None, &error);
        if number == 1 {
            self.texts = file.texts(&directory, 270);
            self.software = file.texts(&directory, 305).pop().unwrap_or_default();
            let (x, y) = (file.inverse(&directory, 282), file.inverse(&directory, 283));
            let oblong = match (x, y) {
                (Some(x), Some(y)) if (x - y).abs() > 1e-3 * x => Some(y / x),
                _ => None,
            };
            self.width = PixelWidth { width: x, height_over_width: oblong };
        }
        if is_left_out(file, &directory).map_err(|error| unread(file, error))? {
            self.kept.push(None);
            return Ok(true);
        }
        let page = survey(file, &directory).map_err(|error| unread(file, error))?;
        let text = file.texts(&directory, 270);
        self.repeats.push(!text.is_empty() && text.first() == self.texts.first());
        let stamp = file.texts(&directory, micro_manager::TAG).pop();
        self.stamps.push(stamp.and_then(|json| micro_manager::stamp(&json)));
        self.kept.push(Some(self.pages.len()));
        self.pages.push(page);
        Ok(true)
    }

    /// Page `index`, which must be read.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for one of a kind that is not read; [`Error::Format`] for none.
    pub(super) fn page(&self, index: usize) -> Result<&Page> {
        match self.pages.get(index) {
            Some(Ok(page)) => Ok(page),
            Some(Err(Unread { expected, found, remedy })) => Err(Error::Unsupported(Fault::new(
                &*self.file.name,
                format!("page {} {expected}", index + 1),
                found,
                remedy,
            ))),
            None => Err(self.file.broken_page(index + 1, Some(self.pages.len()), "no such page")),
        }
    }

    /// Whether an index beside the file says what its planes are (`NDTiff`).
    pub(super) fn is_ndtiff(&mut self) -> bool {
        let mut mark = [0; 4];
        self.file.read(8, &mut mark).is_ok() && self.file.number_in(&mark) == NDTIFF
    }
}
