//! Names the types of number that a pixel is kept as.

/// Type of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Depth {
    /// 8-bit counts.
    U8,
    /// 16-bit counts.
    U16,
    /// 32-bit floating point.
    F32,
}

impl Depth {
    /// Largest value a pixel can take; none for real intensities.
    pub const fn maximum(self) -> Option<f32> {
        match self {
            Self::U8 => Some(255.0),
            Self::U16 => Some(65_535.0),
            Self::F32 => None,
        }
    }

    /// Bytes of a pixel in memory.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::F32 => "f32",
        })
    }
}
