//! Chooses the 256 colours of one frame of an animation.
//!
//! Boxes of similar colours are halved, widest first (after Heckbert's median cut, DOI 10.1145/965145.801294,
//! but at the middle of their range): no pixel is then far from the colour that stands for it, however rare
//! it is.

use super::colour::Rgb;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Colours of a GIF frame.
const ALL: usize = 256;
/// Exact greys among them, for paper and text.
const GREYS: usize = 16;

/// 256 colours, each pixel shown in the nearest one, without dithering.
pub(super) struct Palette {
    colours: Vec<Rgb>,
    known: RefCell<HashMap<Rgb, u8>>,
}

/// Different colours with the number of their pixels; never empty.
struct ColourBox {
    colours: Vec<(Rgb, usize)>,
    channel: usize,
    low: u8,
    high: u8,
}

impl Palette {
    /// Colours for `pixels`: exactly theirs if they are few. The `kept` ones are exact in every case, so that
    /// what does not move does not flicker.
    pub(super) fn of(pixels: impl Iterator<Item = Rgb>, kept: &[Rgb]) -> Self {
        let mut counts: BTreeMap<Rgb, usize> = BTreeMap::new();
        for pixel in pixels {
            *counts.entry(pixel).or_default() += 1;
        }
        let mut boxes = vec![ColourBox::new(counts.into_iter().collect())];
        while boxes.len() < ALL.saturating_sub(GREYS + kept.len()) {
            let Some(widest) = (0..boxes.len()).max_by_key(|&i| boxes[i].range()) else { break };
            if boxes[widest].range() == 0 {
                break;
            }
            let (lower, upper) = boxes.swap_remove(widest).halves();
            boxes.extend([lower, upper]);
        }
        let mut colours: Vec<Rgb> = boxes.iter().map(ColourBox::mean).collect();
        colours.extend((0..GREYS).map(|i| [(i * 17) as u8; 3]));
        colours.extend(kept);
        colours.resize(ALL, [0; 3]);
        Self { colours, known: RefCell::default() }
    }

    /// Place of the nearest colour.
    pub(super) fn index(&self, colour: Rgb) -> u8 {
        let distance =
            |other: &Rgb| -> u32 { (0..3).map(|i| u32::from(other[i].abs_diff(colour[i])).pow(2)).sum() };
        *self.known.borrow_mut().entry(colour).or_insert_with(|| {
            let nearest = self.colours.iter().enumerate().min_by_key(|(_, other)| distance(other));
            nearest.map_or(0, |(index, _)| index as u8)
        })
    }

    /// Red, green, blue of all colours in turn.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.iter().flatten().copied().collect()
    }
}

impl ColourBox {
    fn new(colours: Vec<(Rgb, usize)>) -> Self {
        let range = |channel: usize| {
            let values = || colours.iter().map(|(colour, _)| colour[channel]);
            (values().min().unwrap_or(0), values().max().unwrap_or(0))
        };
        let channel = (0..3).max_by_key(|&channel| range(channel).1 - range(channel).0).unwrap_or(0);
        let (low, high) = range(channel);
        Self { colours, channel, low, high }
    }

    fn range(&self) -> u8 {
        self.high - self.low
    }

    /// The colours below and above the middle of the widest channel; neither is empty if the range is not.
    fn halves(self) -> (Self, Self) {
        let middle = self.low + self.range() / 2;
        let (lower, upper) = self.colours.into_iter().partition(|(colour, _)| colour[self.channel] <= middle);
        (Self::new(lower), Self::new(upper))
    }

    fn mean(&self) -> Rgb {
        let pixels: usize = self.colours.iter().map(|(_, count)| count).sum();
        std::array::from_fn(|i| {
            let sum: usize = self.colours.iter().map(|(colour, count)| usize::from(colour[i]) * count).sum();
            (sum as f64 / pixels.max(1) as f64).round() as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a rare colour shown as a common one of another hue.
    #[test]
    fn few_colours_stay_exact_and_many_stay_close() {
        let few = [[255, 255, 255], [12, 34, 56], [200, 0, 7]];
        let palette = Palette::of(few.into_iter(), &[]);
        assert!(few.iter().all(|&colour| palette.colours[palette.index(colour) as usize] == colour));

        let many: Vec<Rgb> = (0..=255_u8).flat_map(|i| [[i, i, i], [i, i / 2, 40], [30, i / 2, i]]).collect();
        let palette = Palette::of(many.iter().copied(), &[[9, 200, 3]]);
        let worst = many.iter().map(|&c| {
            let shown = palette.colours[palette.index(c) as usize];
            (0..3).map(|i| shown[i].abs_diff(c[i])).max().unwrap()
        });
        assert!(worst.max().unwrap() <= 4);
        for exact in [[255; 3], [9, 200, 3]] {
            assert_eq!(palette.colours[palette.index(exact) as usize], exact);
        }
    }
}
