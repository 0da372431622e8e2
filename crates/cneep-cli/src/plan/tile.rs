//! States where a tile lies in the field that is analysed tile by tile.

use serde::{Deserialize, Serialize};

/// One tile of a field; lengths are in pixels of the frames as they are analysed, after crop and bins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TileOfField {
    /// Row among the tiles, from 0.
    pub(crate) row: usize,
    /// Column among the tiles, from 0.
    pub(crate) column: usize,
    /// Its first row of pixels.
    pub(crate) top: usize,
    /// Its first column of pixels.
    pub(crate) left: usize,
    /// Its edge.
    pub(crate) side: usize,
    /// From its edge to the next tile.
    pub(crate) gap: usize,
    /// Rows and columns of the field.
    pub(crate) field: [usize; 2],
    /// The crop that keeps the field, if one was stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) crop: Option<String>,
}
