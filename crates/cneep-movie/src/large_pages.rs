//! Asks the system for pages of two megabytes behind large arrays, which it hands out far faster than small
//! ones.

/// Bytes of a large page.
const LARGE: usize = 1 << 21;

/// Arrays of fewer bytes are left to pages of the usual size.
const WORTH_ASKING: usize = 2 * LARGE;

/// Number of items for which there should be room, so that `count` of `size` bytes fill whole large pages
/// together with the head that the allocator puts before them.
pub(crate) fn rounded(count: usize, size: usize) -> usize {
    let bytes = count.saturating_mul(size);
    if bytes < WORTH_ASKING {
        return count;
    }
    let head = 64;
    let whole = bytes.saturating_add(head).checked_next_multiple_of(LARGE);
    whole.map_or(count, |whole| (whole - head) / size)
}

/// Asks for large pages behind `memory`, most of which has not been touched yet. The system may not comply.
#[cfg(target_os = "linux")]
pub(crate) fn ask_for<T>(memory: &mut [T]) {
    let bytes = std::mem::size_of_val(memory);
    if bytes < WORTH_ASKING {
        return;
    }
    let page = rustix::param::page_size();
    let start = memory.as_mut_ptr().cast::<std::ffi::c_void>();
    let before = start.addr() % page;
    let length = (before + bytes).next_multiple_of(page);
    // SAFETY: all pages from that of the first byte to that of the last are mapped, as `memory` lies in them.
    // This advice says how the system should back them; it changes no byte of them, nor who may use them.
    // A system without large pages refuses, and hands out small ones.
    let _refused = unsafe {
        rustix::mm::madvise(start.wrapping_byte_sub(before), length, rustix::mm::Advice::LinuxHugepage)
    };
}

/// Asks for nothing: only Linux takes such advice.
#[cfg(not(target_os = "linux"))]
pub(crate) fn ask_for<T>(_: &mut [T]) {}
