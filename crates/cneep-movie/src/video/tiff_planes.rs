//! Reads planes of TIFF files, from one file or a set of them, as frames in grey.

use super::frames::Frames;
use super::frames_in_file::FramesInFile;
use super::gather::Collector;
use super::raw_frames::{Places, RawFrames};
use super::sample::{Pixels, Stored, require_memory};
use super::slots::Slots;
use super::stack::Place;
use super::tiff::{Meaning, Packed, Page, Room, Table, Tiff};
use super::tiff_survey::Survey;
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of pixels from which on no further page is unpacked beside others.
const BATCH_BYTES: u64 = 1 << 25;

/// Pages that are unpacked where they belong before the next are looked at.
const AT_A_TIME: usize = 1024;

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
pub(super) struct TiffPlanes<'a> {
    own: Survey,
    files: &'a [PathBuf],
    /// Whether numbers in a table of colours are intensities whatever the table.
    any_table: bool,
    colours: Colours,
    /// The other file that is open, with its number.
    open: Option<(usize, Survey)>,
    lossy: bool,
    opacity: bool,
}

impl<'a> TiffPlanes<'a> {
    /// Planes of `own`, number 0, and of `files`, from 1 on.
    pub(super) fn new(own: Survey, files: &'a [PathBuf], any_table: bool, colours: Colours) -> Self {
        Self { own, files, any_table, colours, open: None, lossy: false, opacity: false }
    }

    /// The frames at `places`, and what is to be said of them. Those that take more than `raw_room` bytes
    /// stay in the file, if they stand there as they are kept; those that take more than `room` bytes are
    /// brought into a temporary file, if it is known at the first in which depth all can be kept.
    pub(super) fn read(
        &mut self,
        places: &[Place],
        room: u64,
        raw_room: u64,
    ) -> Result<(Frames, Vec<Caution>)> {
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
        if !first.is_backed(self.file(place.file).length) {
            let found = "a file that is too short for its pixels";
            return Err(self.own.file.broken_page(place.page + 1, None, found));
        }
        let bytes = (count as u64).saturating_mul(depth.bytes());
        if bytes > raw_room
            && let Some(frames) = self.in_file(&name, places, &first)?
        {
            return Ok((frames, self.said_of(&name, &first, depth)));
        }
        let (mut pixels, mut collector);
        if bytes > room && first.stored.has_one_depth() {
            pixels = Pixels::with_room(&name, depth, 0)?;
            collector = Some(Collector::new(&name, depth, (first.rows, first.columns), room, places.len())?);
        } else {
            require_memory(&name, bytes, frame)?;
            if first.stored.has_one_depth() {
                pixels = Pixels::zeros(&name, depth, count)?;
                self.fill(places, &first, pixels.slots_from(0))?;
                return self.finished(&name, &first, pixels, places.len());
            }
            pixels = Pixels::with_room(&name, depth, count)?;
            collector = None;
        }
        let mut at = 0;
        while at < places.len() {
            let batch = self.batch(&places[at..], &first)?;
            at += batch.iter().map(|packed| packed.wanted.len()).sum::<usize>();
            for plane in self.unpacked(batch)? {
                let broken = |error| Error::reading(name.as_ref(), error);
                match &mut collector {
                    Some(collector) => {
                        collector.push(|slots| first.stored.fill(&plane, slots).map_err(broken))?;
                    }
                    None => pixels.decode(&plane, first.stored).map_err(broken)?,
                }
            }
        }
        match collector {
            Some(collector) => Ok((collector.finish()?, self.said_of(&name, &first, depth))),
            None => self.finished(&name, &first, pixels, places.len()),
        }
    }

    /// The frames at `places` where they stand, if all stand in this file as they are kept.
    fn in_file(&mut self, name: &str, places: &[Place], first: &Page) -> Result<Option<Frames>> {
        let mut starts = Vec::with_capacity(places.len());
        for &place in places {
            if place.file != 0 {
                return Ok(None);
            }
            match self.page_like(first, place)?.raw_place(self.own.file.length) {
                Some(start) => starts.push(start),
                None => return Ok(None),
            }
        }
        let (file, size) = (Arc::clone(&self.own.file.bytes), (first.rows, first.columns));
        let source = RawFrames::new(file, name, first.stored, Places::At(starts), size);
        Ok(Some(Frames::File(FramesInFile::new(Arc::new(source), 0, places.len()))))
    }

    /// What is said of the movie `name` with pages like `first`, whose pixels are kept in `depth`.
    fn said_of(&self, name: &str, first: &Page, depth: Depth) -> Vec<Caution> {
        let of_numbers = first.stored.caution(name, depth);
        let of_pages = self.cautions(first).into_iter().map(|kind| Caution::new(name, kind));
        of_numbers.into_iter().chain(of_pages).collect()
    }

    /// The `pixels` of `count` frames, and what is said of them.
    fn finished(
        &self,
        name: &str,
        first: &Page,
        pixels: Pixels,
        count: usize,
    ) -> Result<(Frames, Vec<Caution>)> {
        let cautions = self.said_of(name, first, pixels.depth());
        let shape = (count, first.rows, first.columns);
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

    /// Writes the frames at `places`, whose pages are like `first`, to `slots`: several pages at a time.
    fn fill(&mut self, places: &[Place], first: &Page, mut slots: Slots<'_>) -> Result<()> {
        let frame = first.pixels().unwrap_or(0);
        let mut left = places;
        while let Some(&next) = left.first() {
            let mut plain = Vec::new();
            for &place in left.iter().take(AT_A_TIME).take_while(|place| place.file == next.file) {
                let page = self.page_like(first, place)?;
                if !page.is_plain() {
                    break;
                }
                plain.push(page);
            }
            let count = if plain.is_empty() {
                let batch = self.batch(left, first)?;
                let count = batch.iter().map(|packed| packed.wanted.len()).sum();
                for (index, plane) in self.unpacked(batch)?.into_iter().enumerate() {
                    let own = slots.part(index * frame..(index + 1) * frame);
                    first
                        .stored
                        .fill(&plane, own)
                        .map_err(|e| Error::reading(self.own.file.name.as_ref(), e))?;
                }
                count
            } else {
                let own = slots.part(0..plain.len() * frame).into_bytes();
                let own = own.par_chunks_mut((frame * first.stored.bytes).max(1));
                let file = self.file(next.file);
                let fill =
                    |room: &mut Room, (page, pixels): (&Page, &mut [u8])| file.fill(page, pixels, room);
                let filled: Vec<_> = plain.par_iter().zip(own).map_init(Room::default, fill).collect();
                for (place, filled) in left.iter().zip(filled) {
                    filled.map_err(|error| self.refusal(*place, &UnpackFault::Damaged(error)))?;
                }
                plain.len()
            };
            (left, slots) = (&left[count..], slots.split(count * frame).1);
        }
        Ok(())
    }

    /// The planes in grey of pages, one after the other.
    fn unpacked(&mut self, batch: Vec<PackedPage>) -> Result<Vec<Vec<u8>>> {
        let (colours, any_table) = (self.colours, self.any_table);
        let unpack = |packed: PackedPage| (packed.place, packed.unpack(colours, any_table));
        let unpacked: Vec<_> = batch.into_par_iter().map(unpack).collect();
        let mut all = Vec::new();
        for (place, planes) in unpacked {
            let Grey { planes, has_opacity } = planes.map_err(|fault| self.refusal(place, &fault))?;
            self.opacity |= has_opacity;
            all.extend(planes);
        }
        Ok(all)
    }

    /// The file of that number, which is open.
    fn file(&self, number: usize) -> &Tiff {
        match &self.open {
            Some((open, survey)) if *open == number => &survey.file,
            _ => &self.own.file,
        }
    }

    /// The page of a place, which must be like the `first`.
    fn page_like(&mut self, first: &Page, place: Place) -> Result<Page> {
        let page = self.page(place)?;
        if page.is_like(first) {
            return Ok(page);
        }
        Err(Error::Format(Fault::new(
            self.name_of(place.file),
            format!("pages like the first, of {}", first.kind()),
            format!("page {} of {}", place.page + 1, page.kind()),
            "A movie has one frame size and depth; save the series alone, e.g. in Python with \
             tifffile.imwrite('new.tif', tifffile.imread('old.tif', key=slice(1, None))) to leave out the \
             first page.",
        )))
    }

    /// The first of the `places`, page by page, as they stand in the file: as many as are worth unpacking
    /// together.
    fn batch(&mut self, places: &[Place], first: &Page) -> Result<Vec<PackedPage>> {
        let (mut batch, mut at, mut bytes) = (Vec::new(), 0, 0);
        while at < places.len() && batch.len() < 4 * rayon::current_num_threads() && bytes < BATCH_BYTES {
            let place = places[at];
            let page = self.page_like(first, place)?;
            let together =
                places[at..].iter().take_while(|other| (other.file, other.page) == (place.file, place.page));
            let wanted: Vec<usize> = together.map(|place| place.sample).collect();
            at += wanted.len();
            bytes += page.plane_bytes().unwrap_or(0).saturating_mul(page.samples as u64);
            batch.push(self.packed(page, place, wanted)?);
        }
        Ok(batch)
    }

    /// One plane of a page, in grey.
    pub(super) fn plane(&mut self, page: &Page, place: Place) -> Result<Vec<u8>> {
        let name = self.own.file.name.clone();
        self.check_table(&name, page)?;
        let packed = self.packed(page.clone(), place, vec![place.sample])?;
        let Grey { mut planes, has_opacity } =
            packed.unpack(self.colours, self.any_table).map_err(|fault| self.refusal(place, &fault))?;
        self.opacity |= has_opacity;
        Ok(planes.pop().unwrap_or_default())
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

    /// The page of a place; opens its file.
    fn page(&mut self, place: Place) -> Result<Page> {
        let Some(at) = place.file.checked_sub(1) else { return self.own.page(place.page).cloned() };
        if self.open.as_ref().is_none_or(|(open, _)| *open != place.file) {
            let path = &self.files[at];
            let file = Arc::new(input_file::open(path, "a file of the set")?);
            self.open = Some((place.file, Survey::of(file, &path.display().to_string())?));
        }
        let Some((_, survey)) = &self.open else { unreachable!("it was opened") };
        let index = survey.kept.get(place.page).copied().flatten().unwrap_or(survey.pages.len());
        survey.page(index).cloned()
    }

    /// Reads what stands in the file of the samples of a page that its planes in grey need.
    fn packed(&mut self, page: Page, place: Place, wanted: Vec<usize>) -> Result<PackedPage> {
        self.lossy |= page.is_lossy();
        let samples = match (&page.meaning, self.colours) {
            (Meaning::Colour, Colours::Equal) => {
                (0..3).chain((page.intensities..page.samples).take(1)).collect()
            }
            (Meaning::Colour, Colours::Sample(sample)) => vec![sample],
            (Meaning::Table(Table::Greys(_)), _) if !self.any_table => vec![0],
            (Meaning::Grey, _) if page.intensities == 1 && page.samples > 1 => vec![0, 1],
            _ => wanted.clone(),
        };
        let packed = match &mut self.open {
            Some((open, survey)) if *open == place.file => {
                survey.file.packed(&page, &samples, place.page + 1, Some(survey.kept.len()))?
            }
            _ => self.own.file.packed(&page, &samples, place.page + 1, Some(self.own.pages.len()))?,
        };
        Ok(PackedPage { page, place, wanted, samples, packed })
    }

    /// What is said of a page that could not be unpacked.
    fn refusal(&self, place: Place, fault: &UnpackFault) -> Error {
        match fault {
            UnpackFault::ColoursDiffer => {
                let found = format!("colours that differ, on page {}", place.page + 1);
                let remedy = "Choose a channel: 1 is red, 2 green, 3 blue; or convert in Fiji: Image > Type \
                              > 8-bit, then File > Save As > Tiff.";
                let fault = Fault::new(self.name_of(place.file), "pages in grey", found, remedy);
                Error::Unsupported(fault.with_setting("channel"))
            }
            UnpackFault::Damaged(error) => match &self.open {
                Some((open, survey)) if *open == place.file => {
                    survey.file.unread_page(place.page + 1, Some(survey.kept.len()), error)
                }
                _ => self.own.file.unread_page(place.page + 1, Some(self.own.pages.len()), error),
            },
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
}

/// A page as it stands in its file.
struct PackedPage {
    page: Page,
    place: Place,
    /// Samples that are planes of the movie.
    wanted: Vec<usize>,
    /// Samples that were read for them.
    samples: Vec<usize>,
    packed: Packed,
}

impl PackedPage {
    /// Planes in grey: the samples wanted of a page, or what its colours have in common.
    fn unpack(self, colours: Colours, any_table: bool) -> std::result::Result<Grey, UnpackFault> {
        let Self { page, samples, packed, .. } = self;
        let mut planes = packed.unpacked(&page, &samples).map_err(UnpackFault::Damaged)?;
        let mut has_opacity = false;
        match (&page.meaning, colours) {
            (Meaning::Colour, Colours::Equal) => {
                if planes[0] != planes[1] || planes[0] != planes[2] {
                    return Err(UnpackFault::ColoursDiffer);
                }
                has_opacity = planes.get(3).is_some_and(|opacity| !is_flat(opacity, page.stored));
                planes.truncate(1);
            }
            (Meaning::Table(Table::Greys(greys)), _) if !any_table => {
                let stored = page.stored;
                for pixel in planes.iter_mut().flat_map(|plane| plane.chunks_exact_mut(stored.bytes)) {
                    let grey = greys.get(stored.integer(pixel) as usize).copied().unwrap_or(0);
                    let bytes = if stored.big_endian { grey.to_be_bytes() } else { grey.to_le_bytes() };
                    match pixel {
                        [only] => *only = grey as u8,
                        pair => pair.copy_from_slice(&bytes),
                    }
                }
            }
            (Meaning::Grey, _) if page.intensities == 1 && page.samples > 1 => {
                has_opacity = !is_flat(&planes[1], page.stored);
                planes.truncate(1);
            }
            _ => {}
        }
        Ok(Grey { planes, has_opacity })
    }
}

/// Planes of one page, in grey.
struct Grey {
    planes: Vec<Vec<u8>>,
    /// Whether it says how opaque its pixels are, which is left out.
    has_opacity: bool,
}

/// Why a page was not unpacked.
enum UnpackFault {
    ColoursDiffer,
    Damaged(std::io::Error),
}

/// Whether all numbers of a plane are the same.
fn is_flat(plane: &[u8], stored: Stored) -> bool {
    plane.get(..stored.bytes).is_none_or(|first| plane.chunks_exact(stored.bytes).all(|pixel| pixel == first))
}
