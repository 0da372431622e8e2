//! Writes the film and its dissipation maps as two channels of one stack.

use cneep::dissipation_map::{MapGrid, on_pixels};
use cneep_movie::error::Result;
use cneep_movie::units::duration_in_words;
use cneep_movie::video::{Channel, Composite, Frames, Video};
use cneep_report::figure::colour_map::ColourMap;
use std::path::Path;

/// Share of the maps' cells, by magnitude, within which the colours lie.
const SHOWN: f64 = 0.999;
/// Cells that are looked at for that.
const MOST_LOOKED_AT: usize = 2_000_000;

/// The channels in the order of the stack.
const FILM: usize = 0;

/// Maps of all transitions of some movies, movie after movie.
pub(super) struct FilmAndMaps<'a> {
    pub(super) videos: &'a [Video],
    /// Number of transitions of each.
    pub(super) counts: &'a [usize],
    pub(super) grid: MapGrid,
    /// One map a transition, shape (transition, row, column), in `k_B` per cell.
    pub(super) maps: &'a Frames,
}

impl FilmAndMaps<'_> {
    /// Writes frame after frame: the first of each transition, and its map on the pixels of the film, over
    /// which each cell is spread evenly, so that a map still sums to its entropy production.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let Some(first) = self.videos.first() else { return Ok(()) };
        let size = (first.frames().rows(), first.frames().columns());
        let places: Vec<(usize, usize)> = self
            .counts
            .iter()
            .enumerate()
            .flat_map(|(movie, &count)| (0..count).map(move |start| (movie, start)))
            .collect();
        let many = self.videos.len() > 1;
        let labels: Vec<String> = places
            .iter()
            .flat_map(|&(movie, start)| {
                let time = self.videos[movie].calibration().frame_interval.map_or_else(
                    || format!("frame {start}"),
                    |interval| format!("t = {}", duration_in_words(start as f64 * interval)),
                );
                let place = if many { format!("movie {}, {time}", movie + 1) } else { time };
                ["film", "dissipation"].map(|channel| format!("{place}, {channel}"))
            })
            .collect();
        let limit = self.limit()?;
        let channels = [
            Channel { range: self.range_of_film()?, colours: [std::array::from_fn(|level| level as u8); 3] },
            Channel { range: [-limit, limit], colours: diverging() },
        ];
        let composite = Composite {
            channels: &channels,
            frames: places.len(),
            size,
            calibration: first.calibration(),
            value_unit: "k_B/pixel",
            labels: &labels,
        };
        composite.write(path, |frame, channel| {
            let (movie, start) = places[frame];
            if channel == FILM {
                return self.videos[movie].frames().frame(start);
            }
            let pixels = on_pixels(self.grid, &self.maps.frame(frame)?.view(), size);
            Ok(pixels.mapv(|pixel| pixel as f32))
        })
    }

    /// Half the range of colours of the maps: symmetric, and wide enough for all but a thousandth.
    fn limit(&self) -> Result<f64> {
        let (count, rows, columns) = self.maps.shape();
        let step = (count * rows * columns).div_ceil(MOST_LOOKED_AT).max(1);
        let mut magnitudes = Vec::new();
        for map in (0..count).step_by(step) {
            magnitudes.extend(self.maps.frame(map)?.iter().map(|cell| cell.abs()).filter(|cell| *cell > 0.0));
        }
        if magnitudes.is_empty() {
            return Ok(1.0);
        }
        let place = ((SHOWN * magnitudes.len() as f64) as usize).min(magnitudes.len() - 1);
        let (_, limit, _) = magnitudes.select_nth_unstable_by(place, f32::total_cmp);
        Ok(f64::from(*limit) / (self.grid.cell * self.grid.cell) as f64)
    }

    /// Smallest and largest pixel of the first frames.
    fn range_of_film(&self) -> Result<[f64; 2]> {
        let mut range = [f64::INFINITY, f64::NEG_INFINITY];
        for video in self.videos {
            video.frames().for_each_pixel(0, |pixel| {
                range = [range[0].min(f64::from(pixel)), range[1].max(f64::from(pixel))];
            })?;
        }
        Ok(if range[0] < range[1] { range } else { [range[0], range[0] + 1.0] })
    }
}

/// Blue through white to red-brown.
fn diverging() -> [[u8; 256]; 3] {
    let colours: Vec<[u8; 3]> =
        (0..256).map(|level| ColourMap::Vik.colour(f64::from(level) / 255.0)).collect();
    std::array::from_fn(|primary| std::array::from_fn(|level| colours[level][primary]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_from_blue_through_white_to_red() {
        let [red, _, blue] = diverging();
        assert!(blue[0] > red[0] && red[255] > blue[255] && red[128] > 200);
    }
}
