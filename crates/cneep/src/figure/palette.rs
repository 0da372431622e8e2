//! Chooses 256 colours for a whole animation, so that nothing flickers from frame to frame.

use super::colour_map::Rgb;
use color_quant::NeuQuant;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Colours chosen from the picture; the rest are exact greys, for paper and text.
const CHOSEN: usize = 240;
const GREYS: usize = 16;
/// Most pixels the choice is made from.
const SAMPLE: usize = 60_000;

/// 256 colours, each pixel shown in the nearest one, without dithering.
pub(super) struct Palette {
    colours: Vec<Rgb>,
    known: RefCell<HashMap<Rgb, u8>>,
}

impl Palette {
    /// Colours for `pixels`: exactly theirs if they are few, otherwise learned from them.
    pub(super) fn of(pixels: impl Iterator<Item = Rgb>) -> Self {
        let mut counts: BTreeMap<Rgb, usize> = BTreeMap::new();
        let mut all = 0_usize;
        for pixel in pixels {
            *counts.entry(pixel).or_default() += 1;
            all += 1;
        }
        let greys = (0..GREYS).map(|i| [(i * 17) as u8; 3]);
        let mut colours: Vec<Rgb> = if counts.len() <= CHOSEN {
            counts.keys().copied().collect()
        } else {
            // Weights grow with the square root of the count: rare strong colours matter as much as common greys.
            let weight = |count: usize| (count as f64).sqrt();
            let total: f64 = counts.values().map(|&count| weight(count)).sum();
            let share = (all.min(SAMPLE)) as f64 / total;
            let sample: Vec<u8> = counts
                .iter()
                .flat_map(|(&[r, g, b], &count)| {
                    let copies = (share * weight(count)).round().max(1.0) as usize;
                    std::iter::repeat_n([r, g, b, 255], copies).flatten()
                })
                .collect();
            let learned = NeuQuant::new(1, CHOSEN, &sample).color_map_rgb();
            learned.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect()
        };
        colours.extend(greys);
        colours.resize(256, [0; 3]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_exact_and_many_stay_close() {
        let few = [[255, 255, 255], [12, 34, 56], [200, 0, 7]];
        let palette = Palette::of(few.into_iter());
        assert!(few.iter().all(|&colour| palette.colours[palette.index(colour) as usize] == colour));

        let many: Vec<Rgb> = (0..=255_u8).flat_map(|i| [[i, i, i], [i, i / 2, 40]]).collect();
        let palette = Palette::of(many.iter().copied());
        let worst = many.iter().map(|&c| {
            let shown = palette.colours[palette.index(c) as usize];
            (0..3).map(|i| shown[i].abs_diff(c[i])).max().unwrap()
        });
        assert!(worst.max().unwrap() <= 24);
        assert_eq!(palette.colours[palette.index([255; 3]) as usize], [255; 3]);
    }
}
