//! Holds how what stands under the objective changes from frame to frame, beyond its own motion.

use crate::microscope::{Body, Drawing};

/// Changes of a drawing, one after another in time. Lengths are in pixels of the drawing.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// (columns, rows) by which everything is shifted, of every frame.
    pub(super) shift: Vec<[f64; 2]>,
    /// Factor of every width, of every frame.
    pub(super) width: Vec<f64>,
    /// Factor of the light of each body, of every frame.
    pub(super) brightness: Vec<Vec<f64>>,
    /// Bodies that are there for a frame only.
    pub(super) passing: Vec<Vec<Body>>,
}

impl Scene {
    /// Nothing but the drawing itself, of this many `bodies`.
    pub(super) fn still(frames: usize, bodies: usize) -> Self {
        Self {
            shift: vec![[0.0; 2]; frames],
            width: vec![1.0; frames],
            brightness: vec![vec![1.0; bodies]; frames],
            passing: vec![Vec::new(); frames],
        }
    }

    /// What is seen in `frame`.
    pub(super) fn drawing(&self, frame: usize, drawing: &Drawing) -> Drawing {
        let ([columns, rows], growth) = (self.shift[frame], self.width[frame]);
        let seen = |(body, dimming): (&Body, &f64)| {
            let mut body = body.clone();
            let (ends, width, brightness) = match &mut body {
                Body::Blob { at, width, brightness, .. } | Body::Oscillator { at, width, brightness, .. } => {
                    (vec![at], width, brightness)
                }
                Body::Filament { from, to, width, brightness } => (vec![from, to], width, brightness),
            };
            for end in ends {
                end.x.rest += columns;
                end.y.rest += rows;
            }
            *width *= growth;
            // What gets wider gets fainter, as light is not lost: by the area of a blob.
            *brightness *= dimming / growth.powi(2);
            body
        };
        let bodies = drawing.bodies.iter().zip(&self.brightness[frame]).map(seen);
        Drawing { bodies: bodies.chain(self.passing[frame].iter().cloned()).collect(), ..*drawing }
    }
}
