//! Reads how much memory is free, where Linux tells it in its files; other systems grant or refuse.

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
    let free =
        |limit: &str, used: &str| Some(soft_limit(&limits, limit)?.saturating_sub(kilobytes(&status, used)?));
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
        if cfg!(target_os = "linux") {
            assert!(free().is_some_and(|free| free > 1 << 20));
        }
    }
}
