//! Mixes colours.

/// Red, green, blue, in sRGB.
pub type Rgb = [u8; 3];

/// `share` of `over` laid on `under`.
pub fn mix(under: Rgb, over: Rgb, share: f64) -> Rgb {
    std::array::from_fn(|i| {
        let (under, over) = (f64::from(under[i]), f64::from(over[i]));
        (under + (over - under) * share.clamp(0.0, 1.0)).round() as u8
    })
}
