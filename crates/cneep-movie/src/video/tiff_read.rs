//! Reads movies from TIFF and BigTIFF, in the dialects of ImageJ, OME, tifffile, SCIFIO, `ScanImage`,
//! Micro-Manager, or none.
//!
//! ImageJ writes stacks above 4 GB as one page followed by all frames in one piece; these are read too.

use super::imagej;
use super::micro_manager;
use super::movie::Video;
use super::ome::{self, Around};
use super::options::OpenOptions;
use super::read_at::ReadAt;
use super::scifio::{parse_scanimage, parse_scifio};
use super::shaped::{self, OnePage, Taken};
use super::stack::{Chosen, Place, Planes, Stack};
use super::tiff::{Meaning, Page};
use super::tiff_planes::{Colours, TiffPlanes};
use super::tiff_survey::Survey;
use super::time_stamps::TimeStamps;
use crate::caution::{Caution, CautionKind, PageName};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use std::path::Path;
use std::sync::Arc;

/// First bytes of TIFF and BigTIFF, in both byte orders.
pub(super) const MAGIC: &[&[u8]] = &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// Reads the one movie of a TIFF stack, called `name`; other files of its set lie beside `path`.
pub(super) fn read(
    bytes: Arc<dyn ReadAt>,
    name: &str,
    path: Option<&Path>,
    options: &OpenOptions,
) -> Result<Vec<Video>> {
    let mut survey = Survey::of(bytes, name)?;
    let all_time = Stack::all_pages_are_time(name, options)?;
    if survey.is_ndtiff() && !all_time {
        let remedy = "Give the folder that holds it with its NDTiff.index; if all pages are moments in time, \
                      state the axes TYX.";
        let fault = Fault::new(name, "an index of its planes", "a file of an NDTiff set", remedy);
        return Err(Error::Unsupported(fault.with_setting("axes")));
    }
    let described = describe(&mut survey, name, path, options, all_time)?;
    let Described { mut stack, planes_in_page, by_sample } = described;
    let first = survey.page(0)?.clone();
    // A channel of colours is one of their samples.
    let of_colours = first.meaning == Meaning::Colour && stack.channels == 1 && !by_sample;
    let sample = options.channel.filter(|_| of_colours);
    if let Some(channel) = sample.filter(|channel| !(1..=first.intensities).contains(channel)) {
        let expected = format!("a channel from 1 to {}", first.intensities);
        let remedy = "They are counted from 1: red, green, blue.";
        let fault = Fault::new(name, expected, channel.to_string(), remedy);
        return Err(Error::Setting(fault.with_setting("channel")));
    }
    let mut wanted = options.clone();
    if of_colours || all_time {
        wanted.channel = None;
    }
    if all_time || stack.positions == 1 {
        wanted.position = None;
    }
    if all_time {
        wanted.slice = None;
    }
    let mut chosen = stack.choose(name, &wanted, planes_in_page)?;
    if let Planes::Listed(_) = stack.planes {
        for place in chosen.places.iter_mut().filter(|place| place.file == 0) {
            place.page = kept(&survey, place.page, name)?;
        }
    }
    if !all_time {
        check_stamps(&survey, &chosen, &stack, name)?;
    }
    if let (Some(height_over_width), Some(_)) = (survey.width.height_over_width, stack.calibration.pixel_size)
    {
        stack.cautions.push(Caution::new(name, CautionKind::PixelsNotSquare { height_over_width }));
    }
    let times = frame_times(&survey, &chosen, all_time);
    stack.cautions.extend(times.apply(name, options.frame_interval, &mut stack.calibration));
    let colours = match sample {
        Some(channel) => Colours::Sample(channel - 1),
        None if by_sample => Colours::Planes,
        None => Colours::Equal,
    };
    let any_table = stack.dialect.starts_with("ImageJ");
    let mut planes = TiffPlanes::new(survey, &stack.files, any_table, colours);
    let (frames, cautions) = planes.read(&chosen.places, options.room(), options.raw_room())?;
    stack.cautions.extend(cautions);
    let mut video = Video::new(name, frames, stack.calibration)?;
    video.cautions = stack.cautions;
    Ok(vec![video])
}

/// Reads the one movie of the TIFF at `path`.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Video> {
    let file = input_file::open(path, "a movie")?;
    let mut videos = read(Arc::new(file), &path.display().to_string(), Some(path), options)?;
    Ok(videos.swap_remove(0))
}

/// What the file says of its planes, in whichever dialect; none in a file that says nothing, or of one
/// picture
/// in colours.
pub(super) fn said_of(
    survey: &Survey,
    first: &Page,
    path: &Path,
    options: &OpenOptions,
) -> Result<Option<Stack>> {
    let said = dialect(survey, first, &survey.file.name, Some(path), options)?;
    Ok(said
        .filter(|(_, taken)| *taken == Taken::Whole || first.meaning == Meaning::Grey)
        .map(|(stack, _)| stack))
}

/// Page of the file that its directory `index` is.
fn kept(survey: &Survey, index: usize, name: &str) -> Result<usize> {
    survey.kept.get(index).copied().flatten().ok_or_else(|| {
        let found = format!("{} pages", survey.kept.len());
        let remedy = "The file was cut short, or its description is wrong: copy or export it again; to take \
                      what is there as moments in time, state the axes TYX.";
        let fault =
            Fault::new(name, format!("page {}, which its description names", index + 1), found, remedy);
        Error::Format(fault.with_setting("axes"))
    })
}

/// What is known of the planes of a file.
struct Described {
    stack: Stack,
    /// Planes that a page holds, one a sample.
    planes_in_page: usize,
    /// Whether samples of colours are planes of their own.
    by_sample: bool,
}

/// Matches the pages found with the planes described; unfolds a stack of one page followed by frames in one
/// piece.
fn describe(
    survey: &mut Survey,
    name: &str,
    path: Option<&Path>,
    options: &OpenOptions,
    all_time: bool,
) -> Result<Described> {
    let first = survey.page(0)?.clone();
    let in_page = if first.meaning == Meaning::Grey { first.intensities } else { 1 };
    let said = dialect(survey, &first, name, path, options);
    let (mut stack, taken) = match said {
        Ok(Some(said)) => said,
        Err(error) if !all_time => return Err(error),
        _ => (plain(name, survey.pages.len(), in_page), Taken::Whole),
    };
    let ended = survey.end.take();
    match ended {
        Some(_) if all_time && survey.pages.len() > 1 => {
            let kind = CautionKind::EndsTooEarly { pages: survey.pages.len() };
            stack.cautions.push(Caution::new(name, kind));
        }
        Some(error) => return Err(taking_what_is_there(error, survey.pages.len())),
        None => {}
    }
    let by_sample = taken == Taken::BySample;
    let mut planes_in_page = if by_sample { first.samples } else { in_page };
    let described = stack.count().unwrap_or(usize::MAX);
    if let (Taken::AsFrames, Some(place)) = (taken, first.in_one_piece()) {
        unfold(survey, &first.recut(first.columns, first.samples), place, described);
        planes_in_page = 1;
        if let Some(assumption) = &mut stack.assumption {
            assumption.kind = CautionKind::PagesReadAsTime { pages: described, called: PageName::Colours };
        }
    } else if let (Planes::InOrder(_), 1, 2.., Some(place), Some(bytes), 1) = (
        &stack.planes,
        survey.pages.len(),
        described,
        first.in_one_piece(),
        first.plane_bytes(),
        first.samples,
    ) {
        let held = survey.file.length.saturating_sub(place) / bytes.max(1);
        if (held as u128) < described as u128 {
            let found =
                format!("one page followed by {held} whole frames; page {} is cut or missing", held + 1);
            let remedy = "The file was cut short; copy or export it again.";
            return Err(Error::Format(Fault::new(name, expected(&stack), found, remedy)));
        }
        unfold(survey, &first, place, described);
    }
    let found = survey.pages.len().saturating_mul(planes_in_page);
    if all_time {
        let plain = plain(name, 0, 1);
        let (planes, frames) = (plain.planes.clone(), found);
        let (calibration, cautions, dialect) = (stack.calibration, stack.cautions, stack.dialect);
        stack = Stack { planes, frames, calibration, cautions, dialect, assumption: None, ..plain };
    } else if let (Planes::InOrder(_), true) = (&stack.planes, found != described) {
        let samples =
            if planes_in_page > 1 { format!(" of {planes_in_page} samples") } else { String::new() };
        let found = format!("{} pages{samples}", survey.pages.len());
        let remedy = if survey.pages.len() < described {
            "The file was cut short, its acquisition was stopped, or its other parts are in other \
             files: copy or \
             export it again; to take what is there as moments in time, state the axes TYX."
        } else {
            "Its description is wrong: if all pages are moments in time, state the axes TYX; else \
             export it again."
        };
        let fault = Fault::new(name, expected(&stack), found, remedy).with_setting("axes");
        return Err(Error::Format(fault));
    }
    Ok(Described { stack, planes_in_page, by_sample })
}

/// Pages of a file that says nothing: samples of one page are frames, those of several pages channels.
fn plain(name: &str, pages: usize, in_page: usize) -> Stack {
    if pages > 1 && in_page > 1 {
        return Stack { channels: in_page, ..Stack::plain(name, pages) };
    }
    Stack::plain(name, pages.saturating_mul(in_page))
}

fn expected(stack: &Stack) -> String {
    format!("{}, as its description says ({})", stack.sizes(), stack.dialect)
}

/// Puts `count` pages like `page` in its place, one behind the other from `place` on.
fn unfold(survey: &mut Survey, page: &Page, place: u64, count: usize) {
    let bytes = page.plane_bytes().unwrap_or(0);
    survey.pages = (0..count as u64).map(|at| Ok(page.moved_to(place + at * bytes))).collect();
    survey.stamps = vec![None; count];
}

/// The error of a chain of pages that breaks off, with the way to take those before.
fn taking_what_is_there(error: Error, pages: usize) -> Error {
    match error {
        Error::Format(fault) if pages > 1 => {
            let remedy = format!(
                "{} To take the {pages} pages before it as moments in time, state the axes TYX.",
                fault.remedy
            );
            Error::Format(Fault { remedy, ..fault }.with_setting("axes"))
        }
        error => error,
    }
}

/// What the file says of its planes, in whichever dialect; none in a file that says nothing.
fn dialect(
    survey: &Survey,
    first: &Page,
    name: &str,
    path: Option<&Path>,
    options: &OpenOptions,
) -> Result<Option<(Stack, Taken)>> {
    let pages = survey.pages.len();
    let by_imagej = survey.texts.iter().find_map(|text| imagej::parse(name, text, pages, survey.width.width));
    let around = Around {
        name,
        path,
        pages: survey.kept.len(),
        in_page: if first.meaning == Meaning::Grey { first.intensities } else { 1 },
        in_channel: if first.meaning == Meaning::Colour { first.intensities } else { 1 },
        position: options.position,
    };
    for text in &survey.texts {
        let Some(mut stack) = ome::parse(&around, text)? else { continue };
        if let Some(other) = &by_imagej {
            if stack.files.is_empty() {
                agree(name, &stack, other)?;
            }
            let known = &mut stack.calibration;
            known.frame_interval = known.frame_interval.or(other.calibration.frame_interval);
            known.pixel_size = known.pixel_size.or(other.calibration.pixel_size);
        }
        return Ok(Some((stack, Taken::Whole)));
    }
    if let Some(stack) = by_imagej {
        return Ok(Some((stack, Taken::Whole)));
    }
    let coloured = first.meaning == Meaning::Colour;
    let page = OnePage { rows: first.rows, columns: first.columns, samples: first.samples, coloured, pages };
    for text in &survey.texts {
        if let Some((stack, taken)) = shaped::parse(name, text, page)? {
            return Ok(Some((joined(survey, stack), taken)));
        }
        if let Some(stack) = parse_scifio(name, text, pages)? {
            return Ok(Some((stack, Taken::Whole)));
        }
    }
    if let Some(mut stack) = micro_manager::stack_of(name, &survey.stamps) {
        // Pages are counted with those that are left out.
        let kept = survey.kept.iter().enumerate().filter(|(_, page)| page.is_some());
        let places: Vec<usize> = kept.map(|(at, _)| at).collect();
        if let Planes::Listed(planes) = &mut stack.planes {
            planes.iter_mut().flatten().for_each(|place| place.page = places[place.page]);
        }
        return Ok(Some((stack, Taken::Whole)));
    }
    let of_scanimage = survey.texts.iter().chain([&survey.software]);
    let stack = of_scanimage.into_iter().find_map(|text| parse_scanimage(name, text, pages, options.channel));
    Ok(stack.map(|stack| (stack, Taken::Whole)))
}

/// The stack of a file to which frames were appended, each time with the same description, as tifffile and
/// imageio do.
fn joined(survey: &Survey, stack: Stack) -> Stack {
    let (pages, each) = (survey.pages.len(), stack.frames);
    let only_frames = stack.channels * stack.slices * stack.positions == 1 && each > 0;
    let starts = |at: usize| at.is_multiple_of(each);
    let appended = only_frames
        && pages > each
        && pages.is_multiple_of(each)
        && survey.repeats.iter().enumerate().all(|(at, repeats)| *repeats == starts(at));
    if appended { Stack { frames: pages, ..stack } } else { stack }
}

/// Refuses two descriptions, of which Micro-Manager writes both, that contradict each other.
fn agree(name: &str, ome: &Stack, imagej: &Stack) -> Result<()> {
    let pictures = |stack: &Stack| stack.slices.saturating_mul(stack.frames);
    if ome.channels == imagej.channels && pictures(ome) == pictures(imagej) {
        return Ok(());
    }
    let found = format!("{} in OME-XML, {} for ImageJ", ome.sizes(), imagej.sizes());
    let remedy = "Export the movie again; if all pages are moments in time, state the axes TYX.";
    Err(Error::Format(Fault::new(name, "two descriptions that agree", found, remedy).with_setting("axes")))
}

/// Refuses planes of which the metadata of their pages say that they are no movie.
fn check_stamps(survey: &Survey, chosen: &Chosen, stack: &Stack, name: &str) -> Result<()> {
    let stamps: Option<Vec<_>> = chosen.places.iter().map(|place| stamp(survey, place)).collect();
    let Some(found) = stamps.and_then(|stamps| micro_manager::contradiction(&stamps)) else { return Ok(()) };
    let expected = format!("pages in order of time, as its description says ({})", stack.dialect);
    let remedy = "Its two descriptions contradict each other: export the movie again; if all pages are \
    moments in \
                  time, state the axes TYX.";
    Err(Error::Format(Fault::new(name, expected, found, remedy).with_setting("axes")))
}

/// What Micro-Manager says of a page.
fn stamp(survey: &Survey, place: &Place) -> Option<micro_manager::Stamp> {
    if place.file == 0 { survey.stamps.get(place.page).copied().flatten() } else { None }
}

/// The time stamps of the planes, of the description or else of the pages.
fn frame_times(survey: &Survey, chosen: &Chosen, all_time: bool) -> TimeStamps {
    let described = !all_time && chosen.times.iter().any(|time| time.moment.is_some());
    let of_pages = || chosen.places.iter().map(|place| stamp(survey, place).map(|stamp| stamp.time));
    let times: Vec<_> = if described {
        chosen.times.clone()
    } else {
        let times: Option<Vec<_>> = of_pages().collect();
        times.unwrap_or_else(|| chosen.times.clone())
    };
    let moments: Vec<_> = times.iter().map(|time| time.moment).collect();
    let exposures: Vec<_> = times.iter().map(|time| time.exposure).collect();
    TimeStamps::of(&moments, &exposures)
}
