//! States where, when and with what an outcome came about.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const SECONDS_PER_DAY: u64 = 86_400;

/// What must be known to compare an outcome with another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    /// Version of this program.
    pub(crate) version: String,
    /// Commit that is checked out in the folder the program was started in, if it belongs to a git repository.
    pub(crate) commit: Option<String>,
    /// Day of the outcome, as year-month-day, UTC.
    pub(crate) date: String,
    /// Cores of the machine.
    pub(crate) cores: usize,
    /// Kind of machine, such as `x86_64 linux`.
    pub(crate) machine: String,
    /// Time that all scores took together, in seconds, over all resumptions.
    pub(crate) seconds: f64,
}

impl Provenance {
    /// Here and now, for scores that took `seconds`.
    pub(super) fn now(seconds: f64) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: std::env::current_dir().ok().and_then(|folder| commit(&folder)),
            date: date(since.map_or(0, |time| time.as_secs() / SECONDS_PER_DAY)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            machine: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            seconds,
        }
    }
}

/// The day so many days after 1970-01-01 (H. Hinnant, `days_from_civil`, <https://howardhinnant.github.io/date_algorithms.html>).
fn date(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The commit checked out at `folder` or above it.
fn commit(folder: &Path) -> Option<String> {
    let text = |path: PathBuf| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let place = folder.ancestors().map(|above| above.join(".git")).find(|place| place.exists())?;
    // A work tree has a file that names its own folder, which names the common one.
    let own = match text(place.clone()) {
        Some(pointer) => folder.join(pointer.strip_prefix("gitdir:")?.trim()),
        None => place,
    };
    let common = text(own.join("commondir")).map_or_else(|| own.clone(), |common| own.join(common));
    let head = text(own.join("HEAD"))?;
    let Some(branch) = head.strip_prefix("ref:").map(str::trim) else { return Some(head) };
    let packed = || {
        let all = text(common.join("packed-refs"))?;
        let line = all.lines().find(|line| line.split(' ').nth(1) == Some(branch))?;
        line.split(' ').next().map(str::to_owned)
    };
    text(common.join(branch)).or_else(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches leap years and turns of centuries.
    #[test]
    fn days_have_their_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn the_commit_is_found_in_plain_and_packed_repositories() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", "# pack-refs\n0123 refs/heads/main\n");
        let inside = folder.path().join("a/b");
        std::fs::create_dir_all(&inside).unwrap();
        assert_eq!(commit(&inside).as_deref(), Some("0123"));
        write(".git/refs/heads/main", "4567\n");
        assert_eq!(commit(&inside).as_deref(), Some("4567"));
        write(".git/worktrees/w/HEAD", "ref: refs/heads/main\n");
        write(".git/worktrees/w/commondir", "../..\n");
        let pointer = format!("gitdir: {}\n", folder.path().join(".git/worktrees/w").display());
        write("w/.git", &pointer);
        assert_eq!(commit(&folder.path().join("w")).as_deref(), Some("4567"));
    }
}
