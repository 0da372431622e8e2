//! States where, when and with what scores came about.

use serde::Serialize;
use std::fmt;
use std::time::SystemTime;

const SECONDS_PER_DAY: u64 = 86_400;

/// The state of the sources of which a program was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Build {
    /// Commit; empty if it is not known.
    pub(crate) commit: String,
    /// Whether the sources differed from that commit; none if it is not known.
    pub(crate) dirty: Option<bool>,
}

impl Build {
    /// That of this program, as it was when it was built.
    pub(crate) fn of_this_program() -> Self {
        Self { commit: env!("CNEEP_BUILD_COMMIT").into(), dirty: env!("CNEEP_BUILD_DIRTY").parse().ok() }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = if self.dirty == Some(true) { " with changes" } else { "" };
        match self.commit.get(..12) {
            Some(commit) => write!(f, "{commit}{changes}"),
            None => f.write_str("unknown"),
        }
    }
}

/// What must be known to compare an outcome with another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Provenance {
    /// Version of this program.
    pub(crate) version: String,
    /// Of this program, which put the outcome together; that of the scores stands with each case.
    #[serde(flatten)]
    pub(crate) build: Build,
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
    pub(crate) fn now(seconds: f64) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            build: Build::of_this_program(),
            date: date(since.map_or(0, |time| time.as_secs() / SECONDS_PER_DAY)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            machine: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            seconds,
        }
    }
}

/// The day so many days after 1970-01-01 (H. Hinnant, `days_from_civil`,
/// <https://howardhinnant.github.io/date_algorithms.html>).
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

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

    /// Catches a build that is named after another commit: that of the folder in which the program is
    /// started, or one that has been left since (a build script that is not run again).
    #[test]
    fn the_build_is_named_after_the_commit_of_its_sources() {
        let git = |arguments: &[&str]| {
            let output =
                Command::new("git").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
            output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
        };
        let build = Build::of_this_program();
        match git(&["rev-parse", "HEAD"]) {
            Some(commit) => assert_eq!((build.commit, build.dirty.is_some()), (commit, true)),
            None => assert_eq!((build.to_string(), build.dirty), ("unknown".into(), None)),
        }
    }

    #[test]
    fn a_build_says_whether_it_can_be_had_again() {
        let told = |commit: &str, dirty| Build { commit: commit.into(), dirty }.to_string();
        assert_eq!(told("0123456789abcdef", Some(false)), "0123456789ab");
        assert_eq!(told("0123456789abcdef", Some(true)), "0123456789ab with changes");
        assert_eq!(told("", None), "unknown");
    }
}
