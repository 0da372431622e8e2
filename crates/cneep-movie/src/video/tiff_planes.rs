//! Reads planes of TIFF files, from one file or a set of them, as frames in grey.

use super::buffered::Buffered;
use super::frames::Frames;
use super::sample::{Pixels, Stored, require_memory};
use super::stack::Place;
use super::tiff::{Meaning, Page, Table};
use super::tiff_survey::Survey;
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;

/// What is taken of pages of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// The grey that all of them are.
    Equal,
    /// One of them.
    Sample(usize),
    /// Each as a plane of its own.
    Planes,
}

/// The planes of a file and of the others of its set.
pub(super) struct TiffPlanes<'a, R> {
    own: Survey<R>,
    files: &'a [PathBuf],
    /// Whether numbers in a table of colours are intensities whatever the table.
    any_table: bool,
    colours: Colours,
    /// The other file that is open, with its number.
    open: Option<(usize, Survey<Buffered<File>>)>,
    lossy: bool,
    opacity: bool,
}

impl<'a, R: Read + Seek> TiffPlanes<'a, R> {
    /// Planes of `own`, number 0, and of `files`, from 1 on.
    pub(super) fn new(own: Survey<R>, files: &'a [PathBuf], any_table: bool, colours: Colours) -> Self {
        Self { own, files, any_table, colours, open: None, lossy: false, opacity: false }
    }

    /// The frames at `places`, and what is to be said of them.
    pub(super) fn read(&mut self, places: &[Place]) -> Result<(Frames, Vec<Caution>)> {
        let name = self.own.file.name.clone();
        let Some(&place) = places.first() else {
            let remedy = "Export the movie again.";
            return Err(Error::Format(Fault::new(name, "at least 2 frames", "none", remedy)));
        };
        let first = self.page(place)?;
        self.check_table(&name, &first)?;
        let depth = first.stored.depth().unwrap_or(Depth::F32);
        let frame = first.pixels().unwrap_or(usize::MAX);
        let count = frame.saturating_mul(places.len());
        if !first.is_backed(self.length(place.file)) {
            let found = "a file that is too short for its pixels";
            return Err(self.own.file.broken_page(place.page + 1, None, found));
        }
        require_memory(&name, (count as u64).saturating_mul(depth.bytes()), frame)?;
        let mut pixels = Pixels::with_room(&name, depth, count)?;
        let mut at = 0;
        while at < places.len() {
            let place = places[at];
            let page = if at == 0 { first.clone() } else { self.page(place)? };
            if !page.is_like(&first) {
                return Err(Error::Format(Fault::new(
                    self.name_of(place.file),
                    format!("pages like the first, of {}", first.kind()),
                    format!("page {} of {}", place.page + 1, page.kind()),
                    "A movie has one frame size and depth; save the series alone, e.g. in Python with \
                     tifffile.imwrite('new.tif', tifffile.imread('old.tif', key=slice(1, None))) to \
                     leave out \
                     the first page.",
                )));
            }
            let together =
                places[at..].iter().take_while(|other| (other.file, other.page) == (place.file, place.page));
            let wanted: Vec<usize> = together.map(|place| place.sample).collect();
            at += wanted.len();
            for plane in self.grey(&page, place, &wanted)? {
                pixels.decode(&plane, page.stored).map_err(|error| Error::reading(name.as_ref(), error))?;
            }
        }
        let shape = (places.len(), first.rows, first.columns);
        let mut cautions: Vec<Caution> = first.stored.caution(&name, pixels.depth()).into_iter().collect();
        cautions.extend(self.cautions(&first).into_iter().map(|kind| Caution::new(&*name, kind)));
        let frames = pixels.into_frames(shape).map_err(|error| {
            let remedy = "The file is damaged; export it again.";
            Error::Format(Fault::new(
                name,
                format!("pixels for the shape {shape:?}"),
                error.to_string(),
                remedy,
            ))
        })?;
        Ok((frames, cautions))
    }

    /// One plane of a page, in grey.
    pub(super) fn plane(&mut self, page: &Page, place: Place) -> Result<Vec<u8>> {
        let name = self.own.file.name.clone();
        self.check_table(&name, page)?;
        Ok(self.grey(page, place, &[place.sample])?.pop().unwrap_or_default())
    }

    /// What is to be said of the pages that were read, which are like `first`.
    pub(super) fn cautions(&self, first: &Page) -> Vec<CautionKind> {
        let coloured = match &first.meaning {
            Meaning::Table(Table::Greys(_)) => self.any_table,
            Meaning::Table(Table::Identity) | Meaning::Grey | Meaning::Colour => false,
            Meaning::Table(_) => true,
        };
        let kinds = [
            (coloured, CautionKind::ColourTable),
            (first.inverted, CautionKind::WhiteIsZero),
            (self.lossy, CautionKind::LossyPictures),
            (self.opacity, CautionKind::OpacityIgnored),
        ];
        kinds.into_iter().filter(|(found, _)| *found).map(|(_, kind)| kind).collect()
    }

    fn name_of(&self, file: usize) -> String {
        match file.checked_sub(1).and_then(|at| self.files.get(at)) {
            Some(path) => path.display().to_string(),
            None => self.own.file.name.clone(),
        }
    }

    /// Bytes of a file that is open.
    fn length(&self, file: usize) -> u64 {
        match &self.open {
            Some((open, survey)) if *open == file => survey.file.length,
            _ => self.own.file.length,
        }
    }

    /// The page of a place; opens its file.
    fn page(&mut self, place: Place) -> Result<Page> {
        let Some(at) = place.file.checked_sub(1) else { return self.own.page(place.page).cloned() };
        if self.open.as_ref().is_none_or(|(open, _)| *open != place.file) {
            let path = &self.files[at];
            let file = Buffered::new(input_file::open(path, "a file of the set")?);
            let file = file.map_err(|error| Error::reading(path, error))?;
            self.open = Some((place.file, Survey::of(file, &path.display().to_string())?));
        }
        let Some((_, survey)) = &self.open else { unreachable!("it was opened") };
        let index = survey.kept.get(place.page).copied().flatten().unwrap_or(survey.pages.len());
        survey.page(index).cloned()
    }

    /// The samples of a page, as they are stored.
    fn samples(&mut self, page: &Page, place: Place, wanted: &[usize]) -> Result<Vec<Vec<u8>>> {
        match &mut self.open {
            Some((open, survey)) if *open == place.file => {
                survey.file.planes(page, wanted, place.page + 1, Some(survey.kept.len()))
            }
            _ => self.own.file.planes(page, wanted, place.page + 1, Some(self.own.pages.len())),
        }
    }

    /// Refuses colours in no order, whose numbers are no intensities.
    fn check_table(&self, name: &str, page: &Page) -> Result<()> {
        if self.any_table || page.meaning != Meaning::Table(Table::Disordered) {
            return Ok(());
        }
        let found = "a table of colours that is no scale of intensity";
        let remedy = "Convert in Fiji: Image > Type > RGB Color, then 8-bit, then File > Save As > Tiff.";
        Err(Error::Unsupported(Fault::new(name, "pages in grey", found, remedy)))
    }

    /// Planes in grey: the samples `wanted` of a page, or what its colours have in common.
    fn grey(&mut self, page: &Page, place: Place, wanted: &[usize]) -> Result<Vec<Vec<u8>>> {
        self.lossy |= page.is_lossy();
        let extra = (page.intensities..page.samples).take(1);
        match (&page.meaning, self.colours) {
            (Meaning::Colour, Colours::Equal) => {
                let all: Vec<usize> = (0..3).chain(extra).collect();
                let mut planes = self.samples(page, place, &all)?;
                if planes[0] != planes[1] || planes[0] != planes[2] {
                    let found = format!("colours that differ, on page {}", place.page + 1);
                    let remedy = "Choose a channel: 1 is red, 2 green, 3 blue; or convert in Fiji: \
                    Image > Type > \
                                  8-bit, then File > Save As > Tiff.";
                    let fault = Fault::new(self.name_of(place.file), "pages in grey", found, remedy);
                    return Err(Error::Unsupported(fault.with_setting("channel")));
                }
                self.opacity |= planes.get(3).is_some_and(|opacity| !is_flat(opacity, page.stored));
                planes.truncate(1);
                Ok(planes)
            }
            (Meaning::Colour, Colours::Sample(sample)) => self.samples(page, place, &[sample]),
            (Meaning::Table(Table::Greys(greys)), _) if !self.any_table => {
                let mut planes = self.samples(page, place, &[0])?;
                let stored = page.stored;
                for pixel in planes.iter_mut().flat_map(|plane| plane.chunks_exact_mut(stored.bytes)) {
                    let grey = greys.get(stored.integer(pixel) as usize).copied().unwrap_or(0);
                    let bytes = if stored.big_endian { grey.to_be_bytes() } else { grey.to_le_bytes() };
                    match pixel {
                        [only] => *only = grey as u8,
                        pair => pair.copy_from_slice(&bytes),
                    }
                }
                Ok(planes)
            }
            (Meaning::Grey, _) if page.intensities == 1 && page.samples > 1 => {
                let mut planes = self.samples(page, place, &[0, 1])?;
                self.opacity |= !is_flat(&planes[1], page.stored);
                planes.truncate(1);
                Ok(planes)
            }
            _ => self.samples(page, place, wanted),
        }
    }
}

/// Whether all numbers of a plane are the same.
fn is_flat(plane: &[u8], stored: Stored) -> bool {
    plane.get(..stored.bytes).is_none_or(|first| plane.chunks_exact(stored.bytes).all(|pixel| pixel == first))
}
