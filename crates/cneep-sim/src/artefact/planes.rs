//! Shows focal planes or colour channels in turn, as files do whose axes are mistaken for time.

use super::scene::Scene;

/// Frame by frame another of `planes`, the first in focus: each is wider than the one before by `defocus`.
pub(super) fn interleave_planes(scene: &mut Scene, planes: usize, defocus: f64) {
    for (frame, width) in scene.width.iter_mut().enumerate() {
        *width *= 1.0 + defocus * (frame % planes) as f64;
    }
}

/// Frame by frame another of `channels`, each with bodies of its own.
pub(super) fn interleave_channels(scene: &mut Scene, channels: usize) {
    for (frame, brightness) in scene.brightness.iter_mut().enumerate() {
        let hidden =
            brightness.iter_mut().enumerate().filter(|(body, _)| body % channels != frame % channels);
        hidden.for_each(|(_, brightness)| *brightness = 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches planes that go up and down, which looks the same backwards, and a body seen in two channels.
    #[test]
    fn planes_and_channels_take_turns() {
        let mut scene = Scene::still(6, 4);
        interleave_planes(&mut scene, 3, 0.5);
        assert_eq!(scene.width, [1.0, 1.5, 2.0, 1.0, 1.5, 2.0]);
        interleave_channels(&mut scene, 3);
        assert_eq!(scene.brightness[3], [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(scene.brightness[5], [0.0, 0.0, 1.0, 0.0]);
    }
}
