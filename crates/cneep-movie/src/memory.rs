//! Foretells whether memory suffices, before any of it is taken.

use crate::error::{Error, Fault, Result};
use crate::free_memory;
use crate::large_pages;
use crate::units::to_digits;
use bytemuck::Zeroable;

/// Share of the free memory that is left to others.
const LEFT_TO_OTHERS: u64 = 10;

/// Bytes of memory that this process may still take: a tenth less than what the machine, the control group
/// and the limits of the process leave free. None where the system does not tell.
pub fn available() -> Option<u64> {
    let free = [free_memory::free(), free_memory::free_in_control_group(), free_memory::free_in_limits()];
    free.into_iter().flatten().min().map(|free| free - free / LEFT_TO_OTHERS)
}

/// Refuses `what`, needed for `subject`, if it takes more bytes than are available.
///
/// # Errors
/// [`Error::Memory`] with both numbers, and the `remedy`.
pub fn require(subject: &str, what: &str, bytes: u64, remedy: &str) -> Result<()> {
    match available() {
        Some(available) if bytes > available => {
            let expected = format!("{what} that fit in the {} of memory available", in_words(available));
            let found = format!("{} needed", in_words(bytes));
            Err(Error::Memory(Fault::new(subject, expected, found, remedy)))
        }
        _ => Ok(()),
    }
}

/// An empty vector with room for `count` items of `subject`.
///
/// # Errors
/// [`Error::Memory`] if the system does not grant it.
pub fn with_room<T>(subject: &str, count: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items
        .try_reserve_exact(large_pages::rounded(count, size_of::<T>()))
        .map_err(|_| refused(subject, (count as u64) * size_of::<T>() as u64))?;
    large_pages::ask_for(items.spare_capacity_mut());
    Ok(items)
}

/// `count` zeros, of which the system touches none before they are written.
///
/// # Errors
/// As [`with_room`].
pub fn zeros<T: Zeroable>(subject: &str, count: usize) -> Result<Vec<T>> {
    let room = large_pages::rounded(count, size_of::<T>());
    let mut items = bytemuck::try_zeroed_vec(room)
        .map_err(|()| refused(subject, (count as u64).saturating_mul(size_of::<T>() as u64)))?;
    large_pages::ask_for(&mut items);
    items.truncate(count);
    Ok(items)
}

/// What to say where the system grants no memory.
pub(crate) fn refused(subject: &str, bytes: u64) -> Error {
    let found = format!("a refusal of the system to grant {}", in_words(bytes));
    let remedy = "Close other programs, or analyse fewer, smaller or shorter movies.";
    Error::Memory(Fault::new(subject, "enough memory", found, remedy))
}

/// Bytes in the unit of their size.
pub(crate) fn in_words(bytes: u64) -> String {
    let (scale, unit) = match bytes {
        0..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        1_000_000_000..1_000_000_000_000 => (1e9, "GB"),
        _ => (1e12, "TB"),
    };
    // Sums that went beyond all numbers stand at the largest.
    let more = if bytes == u64::MAX { "more than " } else { "" };
    format!("{more}{} {unit}", to_digits(bytes as f64 / scale, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches arrays of another length or with other numbers where there is more room than was asked for.
    #[test]
    fn large_arrays_hold_what_was_asked_for() {
        for count in [0, 3, (1 << 20) - 1, (1 << 21) + 7] {
            let zeros = zeros::<u16>("a.tif", count).unwrap();
            assert!(zeros.len() == count && zeros.iter().all(|&pixel| pixel == 0), "{count}");
            let room = with_room::<f32>("a.tif", count).unwrap();
            assert!(room.is_empty() && room.capacity() >= count && room.capacity() <= count + (1 << 20));
        }
    }

    /// Catches an abort in place of an error, and a refusal without its numbers.
    #[test]
    fn what_no_machine_has_is_refused_with_the_number() {
        let refusal = with_room::<f64>("a.tif", usize::MAX / 16).unwrap_err();
        assert!(matches!(refusal, Error::Memory(_)) && !refusal.is_fault_of_input());
        assert!(require("a.tif", "pixels", 1, "Crop it.").is_ok());
        if available().is_some() {
            let told = require("a.tif", "pixels", 1 << 60, "Crop it.").unwrap_err().to_string();
            assert!(told.contains("pixels that fit in the ") && told.contains("found 1152922 TB"), "{told}");
            assert!(told.ends_with("Crop it."), "{told}");
            let told = require("a.tif", "pixels", u64::MAX, "Crop it.").unwrap_err().to_string();
            assert!(told.contains("found more than 18446744 TB"), "{told}");
        }
    }
}
