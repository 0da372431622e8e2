//! Reads small files of every kind that a laboratory writes: which planes are the movie, and what they hold.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cneep_movie::caution::CautionKind;
use cneep_movie::npy::write_header;
use cneep_movie::video::{Axes, Depth, OpenOptions, Video, open_all, open_with};
use std::path::{Path, PathBuf};

const ROWS: usize = 2;
const COLUMNS: usize = 3;

/// Pixels of plane `plane`: each has a level of its own.
fn level(plane: usize) -> u16 {
    100 + 10 * plane as u16
}

fn plane(level: u16) -> Vec<u8> {
    (0..(ROWS * COLUMNS) as u16).flat_map(|at| (level + at).to_le_bytes()).collect()
}

/// One page: pixels, tags that are numbers, and texts.
#[derive(Clone)]
struct Page {
    pixels: Vec<u8>,
    numbers: Vec<(u16, u32)>,
    texts: Vec<(u16, String)>,
}

impl Page {
    fn new(level: u16) -> Self {
        let size = [(256, COLUMNS as u32), (257, ROWS as u32), (278, ROWS as u32)];
        let numbers = [(258, 16), (259, 1), (262, 1), (277, 1)].into_iter().chain(size).collect();
        Self { pixels: plane(level), numbers, texts: Vec::new() }
    }

    fn with(mut self, tag: u16, number: u32) -> Self {
        self.numbers.retain(|(known, _)| *known != tag);
        self.numbers.push((tag, number));
        self
    }

    fn text(mut self, tag: u16, text: &str) -> Self {
        self.texts.push((tag, text.into()));
        self
    }

    fn of(mut self, pixels: &[u8]) -> Self {
        self.pixels = pixels.to_vec();
        self
    }
}

fn pages(levels: impl IntoIterator<Item = usize>) -> Vec<Page> {
    levels.into_iter().map(|plane| Page::new(level(plane))).collect()
}

/// A little-endian TIFF.
fn tiff(pages: &[Page]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for page in pages {
        let mut entries = page.numbers.clone();
        entries.push((273, file.len() as u32));
        entries.push((279, page.pixels.len() as u32));
        let mut entries: Vec<_> = entries.into_iter().map(|(tag, value)| (tag, 4_u16, 1, value)).collect();
        file.extend(&page.pixels);
        for (tag, text) in &page.texts {
            let bytes = [text.as_bytes(), b"\0\0\0\0"].concat();
            entries.push((*tag, 2, bytes.len() as u32, file.len() as u32));
            file.extend(bytes);
        }
        entries.sort_by_key(|entry| entry.0);
        let place = (file.len() as u32).to_le_bytes();
        file[link..link + 4].copy_from_slice(&place);
        file.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([u32::to_le_bytes(count), value.to_le_bytes()].concat());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn described(&self, mut pages: Vec<Page>, text: &str) -> PathBuf {
        pages[0] = pages[0].clone().text(270, text);
        self.write("a.tif", &tiff(&pages))
    }
}

/// First pixel of each frame.
fn firsts(video: &Video) -> Vec<f32> {
    (0..video.frames().count()).map(|at| video.frames().frame(at).unwrap()[[0, 0]]).collect()
}

fn levels(planes: impl IntoIterator<Item = usize>) -> Vec<f32> {
    planes.into_iter().map(|plane| level(plane).into()).collect()
}

fn read(path: &Path, options: &OpenOptions) -> Video {
    open_with(path, options).unwrap_or_else(|error| panic!("{error}")).swap_remove(0)
}

fn refused(path: &Path, options: &OpenOptions) -> cneep_movie::Error {
    open_with(path, options).map(|videos| firsts(&videos[0])).expect_err("no movie without doubt")
}

fn plain() -> OpenOptions {
    OpenOptions::default()
}

fn axes(letters: &str) -> OpenOptions {
    plain().axes(Axes::parse(letters).unwrap())
}

/// Catches planes taken in the order of pages where the file states another.
#[test]
fn planes_follow_what_each_dialect_states() {
    let folder = Folder::new();
    // (description, options, planes of the movie) of 12 pages; refused without the options.
    let ome = |attributes: &str, data: &str| {
        format!(
            "<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image><Pixels \
             {attributes}>{data}\
             </Pixels></Image></OME>"
        )
    };
    let c2t6 = "DimensionOrder=\"XYZTC\" SizeC=\"2\" SizeZ=\"1\" SizeT=\"6\"";
    let listed = |page: usize| format!("<TiffData IFD=\"{page}\" FirstT=\"{}\"/>", 11 - page);
    let listed = (0..12).map(listed).collect::<Vec<_>>().concat();
    let trials = [
        (
            "ImageJ=1.5\nimages=12\nchannels=2\nframes=6".to_owned(),
            plain().channel(2),
            vec![1, 3, 5, 7, 9, 11],
        ),
        (
            "ImageJ=1.5\nimages=12\nchannels=2\nslices=3\nframes=2\norder=zct".into(),
            plain().channel(2).slice(1),
            vec![3, 9],
        ),
        (
            "SCIFIO=0.4\naxes=X,Y,Time,Channel\nlengths=3,2,6,2".into(),
            plain().channel(2),
            vec![6, 7, 8, 9, 10, 11],
        ),
        (
            "{\"shape\": [3, 2, 2, 2, 3], \"axes\": \"CTPYX\"}".into(),
            plain().channel(3).position(1),
            vec![8, 10],
        ),
        ("{\"shape\": [3, 4, 2, 3]}".into(), axes("TYX"), (0..12).collect()),
        (ome(c2t6, "<TiffData/>"), plain().channel(2), vec![6, 7, 8, 9, 10, 11]),
        (ome("SizeT=\"20\"", "<TiffData/>"), axes("TYX"), (0..12).collect()),
        ("ImageJ=1.5\nimages=13\nframes=13".into(), axes("TYX"), (0..12).collect()),
    ];
    for (text, options, planes) in trials {
        let path = folder.described(pages(0..12), &text);
        assert_eq!(firsts(&read(&path, &options)), levels(planes), "{text}");
        let error = refused(&path, &plain());
        assert!(["channel", "axes", "position"].contains(&error.setting().unwrap()), "{text}: {error}");
        if error.setting() != Some("axes") {
            assert_eq!(firsts(&read(&path, &axes("TYX"))).len(), 12, "{text}");
        }
    }
    let path = folder.described(pages(0..12), &ome("SizeT=\"12\"", &listed));
    assert_eq!(firsts(&read(&path, &plain())), levels((0..12).rev()));
    // Frames that were appended one by one.
    let mut appended = pages(0..4);
    for page in &mut appended {
        *page = page.clone().text(270, "{\"shape\": [2, 3]}");
    }
    let path = folder.write("b.tif", &tiff(&appended));
    assert_eq!(firsts(&read(&path, &plain())), levels(0..4));
}

#[test]
fn what_micro_manager_says_of_pages_is_followed() {
    let folder = Folder::new();
    let stamped = |order: &[(usize, usize)]| -> Vec<Page> {
        let page = |&(channel, frame): &(usize, usize)| {
            let json = format!(
                "{{\"ChannelIndex\": {channel}, \"FrameIndex\": {frame}, \"ElapsedTime-ms\": {}, \
                 \"Exposure-ms\": 10}}",
                40 * frame
            );
            Page::new(level(10 * channel + frame)).text(51123, &json)
        };
        order.iter().map(page).collect()
    };
    let path = folder.write("a.tif", &tiff(&stamped(&[(0, 1), (0, 0), (0, 2), (0, 4)])));
    let video = read(&path, &plain());
    assert_eq!(firsts(&video), levels([0, 1, 2]), "frame 3 was never written");
    assert!(video.cautions().iter().any(|c| matches!(c.kind, CautionKind::FramesMissing { .. })));
    assert_eq!((video.calibration().frame_interval, video.calibration().exposure), (Some(0.04), Some(0.25)));
    let two = stamped(&[(0, 0), (1, 0), (0, 1), (1, 1)]);
    let path = folder.write("b.tif", &tiff(&two));
    assert_eq!(refused(&path, &plain()).setting(), Some("channel"));
    assert_eq!(firsts(&read(&path, &plain().channel(2))), levels([10, 11]));
    let path = folder.described(two, "ImageJ=1.5\nimages=4\nframes=4");
    assert!(
        refused(&path, &plain()).to_string().contains("channel 0, slice 0, frame 0, position 0 followed by")
    );
    assert_eq!(firsts(&read(&path, &axes("TYX"))), levels([0, 10, 1, 11]));
}

/// A set of two files, each of which describes both; and a set without one of them.
#[test]
fn files_of_a_set_are_read_together() {
    let folder = Folder::new();
    let data = |frame: usize| {
        let file = if frame < 4 { "x.ome.tif" } else { "x_1.ome.tif" };
        format!(
            "<TiffData IFD=\"{}\" FirstT=\"{frame}\" PlaneCount=\"1\"><UUID \
             FileName=\"{file}\">u</UUID></TiffData>",
            frame % 4
        )
    };
    let stamp = |t: usize| format!("<Plane TheC=\"0\" TheZ=\"0\" TheT=\"{t}\" DeltaT=\"{t}\"/>");
    let all = |of: &dyn Fn(usize) -> String| (0..6).map(of).collect::<Vec<_>>().concat();
    let (data, stamps) = (all(&data), all(&stamp));
    let text = format!("<OME><Image><Pixels SizeT=\"6\">{data}{stamps}</Pixels></Image></OME>");
    let mut first = pages(0..4);
    first[0] = first[0].clone().text(270, &text);
    let mut second = pages(4..6);
    second[0] = second[0].clone().text(270, &text);
    let path = folder.write("set/x.ome.tif", &tiff(&first));
    let other = folder.write("set/x_1.ome.tif", &tiff(&second));
    for path in [&path, &other, &folder.0.path().join("set")] {
        let video = read(path, &plain());
        assert_eq!(firsts(&video), levels(0..6), "{}", path.display());
        assert_eq!(video.calibration().frame_interval, Some(1.0));
    }
    let alone = folder.write("alone/x.ome.tif", &tiff(&first));
    let error = refused(&alone, &plain());
    assert!(error.to_string().contains("x_1.ome.tif") && error.setting() == Some("axes"), "{error}");
    assert_eq!(firsts(&read(&alone, &axes("TYX"))), levels(0..4));
}

/// Catches bits taken from the wrong end, signs that are lost, colours that pass for grey, and the header of
/// a file that passes for pixels.
#[test]
fn samples_of_every_type_are_what_was_written() {
    let folder = Folder::new();
    let check = |page: &Page, depth: Depth, expected: &[f32]| {
        let path = folder.write("a.tif", &tiff(&[page.clone(), page.clone()]));
        let video = read(&path, &plain());
        let pixels: Vec<f32> = video.frames().frame(1).unwrap().iter().copied().collect();
        assert_eq!((video.frames().depth(), &*pixels), (depth, expected));
        video.cautions().len()
    };
    let page = |bits: u32, pixels: &[u8]| Page::new(0).with(258, bits).of(pixels);
    let twelve = [0x12, 0x3A, 0xBC, 0xFF, 0xF0, 0x00, 0x10, 0x02, 0x80, 0x00];
    check(&page(12, &twelve), Depth::U16, &[291.0, 2748.0, 4095.0, 1.0, 2.0, 2048.0]);
    let reversed: Vec<u8> = twelve.iter().map(|byte| byte.reverse_bits()).collect();
    check(&page(12, &reversed).with(266, 2), Depth::U16, &[291.0, 2748.0, 4095.0, 1.0, 2.0, 2048.0]);
    check(&page(1, &[0b1010_0000, 0b0100_0000]), Depth::U8, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    let signed: Vec<u8> = [-5_i16, 0, 7, 300, -300, 1].iter().flat_map(|p| p.to_le_bytes()).collect();
    check(&page(16, &signed).with(339, 2), Depth::F32, &[-5.0, 0.0, 7.0, 300.0, -300.0, 1.0]);
    check(&page(16, &signed).with(339, 2).with(262, 0), Depth::F32, &[-5.0, 0.0, 7.0, 300.0, -300.0, 1.0]);
    let halves = [0x00, 0x3C, 0x00, 0xC0, 0, 0, 1, 0, 0, 0x7B, 0x55, 0x35];
    let expected = [1.0, -2.0, 0.0, 2_f32.powi(-24), 57_344.0, 0.333_251_95];
    check(&page(16, &halves).with(339, 3), Depth::F32, &expected);
    let wide: Vec<u8> = [1_u32, 2, 3, 65_535, 5, 6].iter().flat_map(|p| p.to_le_bytes()).collect();
    assert_eq!(check(&page(32, &wide), Depth::U16, &[1.0, 2.0, 3.0, 65_535.0, 5.0, 6.0]), 2);
    // Runs of bytes: 2 x 3, then 4 as they stand.
    let packed = page(8, &[0xFF, 3, 3, 4, 5, 6, 7]).with(259, 32773);
    check(&packed, Depth::U8, &[3.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let grey: Vec<u8> = (1..=6).flat_map(|p| [p, p, p]).collect();
    let colours = page(8, &grey).with(262, 2).with(277, 3);
    check(&colours, Depth::U8, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let coloured: Vec<u8> = (1..=6).flat_map(|p| [p, 9, p]).collect();
    let coloured = colours.of(&coloured);
    let path = folder.write("b.tif", &tiff(&[coloured.clone(), coloured]));
    assert_eq!(refused(&path, &plain()).setting(), Some("channel"));
    assert_eq!(firsts(&read(&path, &plain().channel(2))), [9.0, 9.0]);
    let refused = |page: Page, says: &str| {
        let path = folder.write("c.tif", &tiff(&[page.clone(), page]));
        let error = refused(&path, &plain()).to_string();
        assert!(error.contains(says), "{error}");
    };
    refused(page(8, &[1; 6]).with(259, 34887), "LERC");
    refused(page(64, &[0; 48]).with(339, 6), "complex numbers");
    refused(page(8, &[1; 5]), "5 bytes of pixels, where its size needs 6");
    refused(page(8, &[1; 6]).with(32997, 4), "tiles of volumes");
    refused(page(8, &[1; 6]).with(34412, 1), "LSM");
    let mut file = tiff(&pages(0..2));
    let entry = [0x11, 0x01, 4, 0, 1, 0, 0, 0];
    let at = file.windows(8).position(|window| window == entry).unwrap() + 8;
    file[at..at + 4].fill(0);
    assert!(
        open_with(&folder.write("d.tif", &file), &plain()).unwrap_err().to_string().contains("no pixels")
    );
}

#[test]
fn copies_in_small_are_left_out_and_other_pages_are_not() {
    let folder = Folder::new();
    let small = Page::new(7).with(257, 1).with(278, 1).of(&plane(7)[..6]).with(254, 1);
    let mut all = pages(0..3);
    all.insert(0, small.clone());
    all.push(small.clone());
    assert_eq!(firsts(&read(&folder.write("a.tif", &tiff(&all)), &plain())), levels(0..3));
    all[0] = small.with(254, 0);
    let error = refused(&folder.write("b.tif", &tiff(&all)), &plain()).to_string();
    assert!(error.contains("pages like the first, of 1 rows"), "{error}");
    let whole = tiff(&pages(0..4));
    let path = folder.write("c.tif", &whole[..whole.len() - 30]);
    assert_eq!(refused(&path, &plain()).setting(), Some("axes"));
    let video = read(&path, &axes("TYX"));
    assert_eq!(firsts(&video), levels(0..3));
    assert!(video.cautions().iter().any(|c| matches!(c.kind, CautionKind::EndsTooEarly { pages: 3 })));
}

/// Catches a folder read in an order of letters, two movies in one, and files that pass for frames.
#[test]
fn one_number_orders_the_files_of_a_movie() {
    let folder = Folder::new();
    let picture = |plane: usize| tiff(&[Page::new(level(plane))]);
    for frame in 0..12 {
        folder.write(&format!("one/run2_{frame}.tif"), &picture(frame));
        folder.write(&format!("two/t{frame:02}_c1.tif"), &picture(frame));
        folder.write(&format!("two/t{frame:02}_c2.tif"), &picture(20 + frame));
        folder.write(&format!("gap/{}.tif", frame + usize::from(frame > 5)), &picture(frame));
    }
    folder.write("one/notes.txt", b"hello");
    let path = |name: &str| folder.0.path().join(name);
    let video = read(&path("one"), &plain());
    assert_eq!(firsts(&video), levels(0..12));
    assert!(
        matches!(video.cautions(), [c] if matches!(c.kind, CautionKind::OtherFilesIgnored { count: 1, .. }))
    );
    let error = refused(&path("two"), &plain()).to_string();
    assert!(error.contains("2 numbers that vary") && error.contains("two/t[0-9]*_c1.tif'"), "{error}");
    assert_eq!(firsts(&read(&path("two/t[0-9]*_c1.tif"), &plain())), levels(0..12));
    assert_eq!(firsts(&read(&path("two/*c2.tif"), &plain())), levels(20..32));
    let uneven =
        |c: &cneep_movie::Caution| matches!(&c.kind, CautionKind::UnevenFrameNumbers { gaps: 1, .. });
    assert!(read(&path("gap"), &plain()).cautions().iter().any(uneven));
    folder.write("one/MAX.tif", &picture(99));
    let error = refused(&path("one"), &plain()).to_string();
    assert!(error.contains("1 like MAX.tif") && error.contains("run2_[0-9]*.tif'"), "{error}");
    let files: Vec<PathBuf> = (0..12).rev().map(|frame| path(&format!("one/run2_{frame}.tif"))).collect();
    let videos = open_all(&files, &plain()).unwrap();
    assert_eq!((videos.len(), firsts(&videos[0])), (1, levels(0..12)));
}

#[test]
fn axes_of_arrays_are_stated_or_certain() {
    let folder = Folder::new();
    let array = |shape: &[usize], at: &dyn Fn(&[usize]) -> u8| {
        let mut bytes = Vec::new();
        let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
        write_header(&mut bytes, "|u1", &format!("({})", sizes.join(", "))).unwrap();
        let count: usize = shape.iter().product();
        for place in 0..count {
            let mut rest = place;
            let mut index: Vec<usize> =
                shape.iter().rev().map(|size| (rest % size, rest /= size).0).collect();
            index.reverse();
            bytes.push(at(&index));
        }
        folder.write("a.npy", &bytes)
    };
    // Frame t of channel c has the level 10 t + c everywhere.
    let path = array(&[4, 3, 5, 6], &|at| (10 * at[0] + at[1]) as u8);
    assert_eq!(refused(&path, &plain()).setting(), Some("axes"));
    assert_eq!(refused(&path, &axes("TCYX")).setting(), Some("channel"));
    assert_eq!(firsts(&read(&path, &axes("TCYX").channel(3))), [2.0, 12.0, 22.0, 32.0]);
    assert_eq!(firsts(&read(&path, &axes("CTYX").channel(3))), [20.0, 21.0, 22.0]);
    assert_eq!(open_with(&path, &axes("MTYX")).unwrap().len(), 4);
    assert_eq!(refused(&path, &axes("TCYX").channel(4)).setting(), Some("channel"));
    let path = array(&[1, 4, 1, 5, 6, 1], &|at| at[1] as u8);
    for options in [plain(), axes("TYX")] {
        assert_eq!(firsts(&read(&path, &options)), [0.0, 1.0, 2.0, 3.0]);
    }
    assert_eq!(refused(&path, &plain().channel(2)).setting(), Some("axes"));
    // Traces of pixels that stand still in time.
    let spot = |at: &[usize]| at[0].abs_diff(4).pow(2) + at[1].abs_diff(6).pow(2) < 9;
    let grain = |at: &[usize]| (31 * at[2] + 17 * at[0] + 7 * at[1]) % 5;
    let path = array(&[12, 15, 40], &|at| (20 + 180 * usize::from(spot(at)) + grain(at)) as u8);
    let error = refused(&path, &plain());
    assert!(error.to_string().contains("along the last axis") && error.setting() == Some("axes"), "{error}");
    assert_eq!(read(&path, &axes("YXT")).frames().shape(), (40, 12, 15));
    assert_eq!(read(&path, &axes("TYX")).frames().shape(), (12, 15, 40));
}
