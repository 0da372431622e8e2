//! Lends room for the pixels of one frame, in the depth in which they are kept.

use crate::depth::Depth;

/// Room for pixels in row-major order.
#[derive(Debug)]
pub(super) enum Slots<'a> {
    U8(&'a mut [u8]),
    U16(&'a mut [u16]),
    F32(&'a mut [f32]),
}

impl<'a> Slots<'a> {
    /// The first `count` pixels, and those behind them.
    pub(super) fn split(self, count: usize) -> (Self, Self) {
        match self {
            Self::U8(slots) => {
                let (first, rest) = slots.split_at_mut(count);
                (Self::U8(first), Self::U8(rest))
            }
            Self::U16(slots) => {
                let (first, rest) = slots.split_at_mut(count);
                (Self::U16(first), Self::U16(rest))
            }
            Self::F32(slots) => {
                let (first, rest) = slots.split_at_mut(count);
                (Self::F32(first), Self::F32(rest))
            }
        }
    }

    /// Number of pixels.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::U8(slots) => slots.len(),
            Self::U16(slots) => slots.len(),
            Self::F32(slots) => slots.len(),
        }
    }

    /// Their bytes, in the order of the machine.
    pub(super) fn into_bytes(self) -> &'a mut [u8] {
        match self {
            Self::U8(slots) => slots,
            Self::U16(slots) => bytemuck::cast_slice_mut(slots),
            Self::F32(slots) => bytemuck::cast_slice_mut(slots),
        }
    }

    /// The pixels of `range`.
    pub(super) fn part(&mut self, range: std::ops::Range<usize>) -> Slots<'_> {
        match self {
            Self::U8(slots) => Slots::U8(&mut slots[range]),
            Self::U16(slots) => Slots::U16(&mut slots[range]),
            Self::F32(slots) => Slots::F32(&mut slots[range]),
        }
    }

    /// Fills the room with 8-bit counts, whatever the depth.
    pub(super) fn fill(&mut self, counts: &[u8]) {
        match self {
            Self::U8(slots) => slots.copy_from_slice(counts),
            Self::U16(slots) => slots.iter_mut().zip(counts).for_each(|(slot, &count)| *slot = count.into()),
            Self::F32(slots) => slots.iter_mut().zip(counts).for_each(|(slot, &count)| *slot = count.into()),
        }
    }
}

/// Room that is owned.
#[derive(Debug)]
pub(super) enum Owned {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

impl Owned {
    /// Room for `count` pixels, all zero; only for counts that memory is known to have room for.
    pub(super) fn new(depth: Depth, count: usize) -> Self {
        match depth {
            Depth::U8 => Self::U8(vec![0; count]),
            Depth::U16 => Self::U16(vec![0; count]),
            Depth::F32 => Self::F32(vec![0.0; count]),
        }
    }

    /// The pixels in little-endian bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(pixels) => pixels.clone(),
            Self::U16(pixels) => pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect(),
            Self::F32(pixels) => pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect(),
        }
    }

    /// Copies pixels from number `start` on to `slots` of the same depth.
    pub(super) fn copy_to(&self, start: usize, slots: Slots<'_>) {
        match (self, slots) {
            (Self::U8(pixels), Slots::U8(to)) => to.copy_from_slice(&pixels[start..start + to.len()]),
            (Self::U16(pixels), Slots::U16(to)) => to.copy_from_slice(&pixels[start..start + to.len()]),
            (Self::F32(pixels), Slots::F32(to)) => to.copy_from_slice(&pixels[start..start + to.len()]),
            _ => unreachable!("room of another depth"),
        }
    }

    /// All of it.
    pub(super) fn slots(&mut self) -> Slots<'_> {
        match self {
            Self::U8(pixels) => Slots::U8(pixels),
            Self::U16(pixels) => Slots::U16(pixels),
            Self::F32(pixels) => Slots::F32(pixels),
        }
    }
}
