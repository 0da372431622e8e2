//! Looks for short stretches of time in which far more happens than in all others, such as debris that
//! drifts through.

use super::noise_memory::median;
use super::windows::Windows;

/// Edge of the squares whose brightness is followed.
const EDGE: usize = 4;
/// Stretches into which a movie is cut, if they are not shorter than `SHORTEST` frames.
const MOST_STRETCHES: usize = 64;
const SHORTEST: usize = 8;

/// Fluctuations of the brightness of squares of one movie, by stretches of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bursts {
    frames: usize,
    /// First pixel and line length of each square.
    squares: Vec<(usize, usize)>,
    /// Mean square of the deviation, (stretch, square).
    energy: Vec<Vec<f64>>,
    counts: Vec<usize>,
}

impl Bursts {
    pub(super) fn new(frames: usize, windows: &Windows) -> Self {
        let mut squares = Vec::new();
        for window in windows.iter() {
            for row in (0..(window.rows + 1).saturating_sub(EDGE)).step_by(EDGE) {
                for column in (0..(window.columns + 1).saturating_sub(EDGE)).step_by(EDGE) {
                    squares.push((window.start + row * window.columns + column, window.columns));
                }
            }
        }
        let stretches = (frames / SHORTEST).clamp(1, MOST_STRETCHES);
        Self {
            frames,
            energy: vec![vec![0.0; squares.len()]; stretches],
            squares,
            counts: vec![0; stretches],
        }
    }

    /// Adds the deviations of frame `at` from the mean picture.
    pub(super) fn add(&mut self, at: usize, pixels: &[f32]) {
        let stretch = at * self.energy.len() / self.frames;
        self.counts[stretch] += 1;
        for (energy, &(start, stride)) in self.energy[stretch].iter_mut().zip(&self.squares) {
            let sum: f32 = (0..EDGE).map(|row| pixels[start + row * stride..][..EDGE].iter().sum::<f32>()).sum();
            *energy += f64::from(sum * sum);
        }
    }

    /// How much more happens in each stretch than in the median one, in units of what usually happens.
    pub(super) fn excess(&self) -> Vec<f64> {
        let of = |stretch: usize, square: usize| self.energy[stretch][square] / self.counts[stretch].max(1) as f64;
        let stretches = self.energy.len();
        let usual: Vec<f64> = (0..self.squares.len())
            .map(|square| median((0..stretches).map(|stretch| of(stretch, square)).collect()))
            .collect();
        let floor = usual.iter().sum::<f64>() / usual.len().max(1) as f64;
        let weigh = |stretch: usize| -> f64 {
            let weighed = usual.iter().enumerate().map(|(square, usual)| of(stretch, square) / (usual + floor));
            weighed.sum::<f64>()
        };
        let weighed: Vec<f64> = (0..stretches).map(weigh).collect();
        let middle = median(weighed.clone());
        weighed.iter().map(|value| value / middle.max(f64::MIN_POSITIVE)).collect()
    }
}
