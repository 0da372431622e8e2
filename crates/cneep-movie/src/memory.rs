//! Foretells whether memory suffices, before any of it is taken.

use crate::error::{Error, Fault, Result};
use crate::units::to_digits;

/// Share of the free memory that is left to others.
const LEFT_TO_OTHERS: u64 = 10;

/// Bytes of memory that this process may still take: a tenth less than what the machine, the control group
/// and the limits of the process leave free. None where the system does not tell.
pub fn available() -> Option<u64> {
    let free = [machine::free(), machine::free_in_control_group(), machine::free_in_limits()];
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

/// An empty vector with room for exactly `count` items of `subject`.
///
/// # Errors
/// [`Error::Memory`] if the system does not grant it.
pub fn with_room<T>(subject: &str, count: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| refused(subject, (count as u64) * size_of::<T>() as u64))?;
    Ok(items)
}

/// What to say where the system grants no memory.
pub(crate) fn refused(subject: &str, bytes: u64) -> Error {
    let found = format!("a refusal of the system to grant {}", in_words(bytes));
    let remedy = "Close other programs, or analyse fewer, smaller or shorter movies.";
    Error::Memory(Fault::new(subject, "enough memory", found, remedy))
}

/// Bytes in the unit of their size.
fn in_words(bytes: u64) -> String {
    let (scale, unit) = match bytes {
        0..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        1_000_000_000..1_000_000_000_000 => (1e9, "GB"),
        _ => (1e12, "TB"),
    };
    format!("{} {unit}", to_digits(bytes as f64 / scale, 3))
}

/// What Linux tells in its files.
#[cfg(target_os = "linux")]
mod machine {
    use std::path::Path;

    fn read(path: impl AsRef<Path>) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    /// Bytes that can be taken without swapping.
    pub(super) fn free() -> Option<u64> {
        kilobytes(&read("/proc/meminfo")?, "MemAvailable:")
    }

    /// The number behind `name` at the beginning of a line, in bytes.
    fn kilobytes(text: &str, name: &str) -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    }

    /// Bytes that the control groups above this process leave; pages of files can be dropped, and do not
    /// count.
    pub(super) fn free_in_control_group() -> Option<u64> {
        let groups = read("/proc/self/cgroup")?;
        let free = groups.lines().filter_map(|line| {
            let (kinds, group) = line.split_once(':')?.1.split_once(':')?;
            let (root, limit, used, prefix) = match kinds {
                "" => ("/sys/fs/cgroup", "memory.max", "memory.current", ""),
                "memory" => {
                    let names = ("memory.limit_in_bytes", "memory.usage_in_bytes");
                    ("/sys/fs/cgroup/memory", names.0, names.1, "total_")
                }
                _ => return None,
            };
            let folders = Path::new(group.trim_start_matches('/')).ancestors();
            let free = folders.filter_map(|folder| {
                let folder = Path::new(root).join(folder);
                let number = |file: &str| read(folder.join(file))?.trim().parse::<u64>().ok();
                let stat = read(folder.join("memory.stat")).unwrap_or_default();
                let file = pages_of_files(&stat, prefix);
                Some(number(limit)?.saturating_sub(number(used)?.saturating_sub(file)))
            });
            free.min()
        });
        free.min()
    }

    /// Bytes of files that a group keeps in memory.
    fn pages_of_files(stat: &str, prefix: &str) -> u64 {
        let bytes = |name: &str| {
            let line = stat.lines().find_map(|line| line.strip_prefix(&format!("{prefix}{name} ")))?;
            line.trim().parse::<u64>().ok()
        };
        bytes("inactive_file").unwrap_or(0) + bytes("active_file").unwrap_or(0)
    }

    /// Bytes that the limits of the process (`ulimit -v` and `-d`) leave.
    pub(super) fn free_in_limits() -> Option<u64> {
        let (limits, status) = (read("/proc/self/limits")?, read("/proc/self/status")?);
        let free = |limit: &str, used: &str| {
            Some(soft_limit(&limits, limit)?.saturating_sub(kilobytes(&status, used)?))
        };
        [free("Max address space", "VmSize:"), free("Max data size", "VmData:")].into_iter().flatten().min()
    }

    /// A limit in bytes; none if there is none.
    fn soft_limit(limits: &str, name: &str) -> Option<u64> {
        let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Catches a unit mistaken, and "unlimited" taken for nothing.
        #[test]
        fn files_of_the_system_are_read_as_they_are_written() {
            let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                          Max data size             unlimited            unlimited            bytes     \n\
                          Max address space         4096000000           unlimited            bytes     \n";
            assert_eq!(soft_limit(limits, "Max address space"), Some(4_096_000_000));
            assert_eq!(soft_limit(limits, "Max data size"), None);
            let meminfo = "MemTotal:       24000000 kB\nMemAvailable:   22000000 kB\n";
            assert_eq!(kilobytes(meminfo, "MemAvailable:"), Some(22_000_000 * 1024));
            assert_eq!(pages_of_files("anon 5\ninactive_file 3\nactive_file 4\n", ""), 7);
            assert!(free().is_some_and(|free| free > 1 << 20));
        }
    }
}

/// Other systems grant or refuse.
#[cfg(not(target_os = "linux"))]
mod machine {
    pub(super) fn free() -> Option<u64> {
        None
    }

    pub(super) fn free_in_control_group() -> Option<u64> {
        None
    }

    pub(super) fn free_in_limits() -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        }
    }
}
