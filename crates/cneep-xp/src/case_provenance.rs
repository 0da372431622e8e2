//! States with what the scores of one case were made: builds, windows chosen, estimators compared and kept.

use super::provenance::Build;
use super::scores::Scores;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the seeds of a case were made with. Scores of builds that did not tell are left out of windows and
/// estimators.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct CaseProvenance {
    /// Builds that made the scores, each once.
    pub(crate) builds: Vec<Build>,
    /// Seeds that ended with each window, in frames.
    pub(crate) windows: BTreeMap<usize, usize>,
    /// Every estimator that was compared, in the order of the comparison.
    pub(crate) estimators: Vec<ComparedEstimator>,
}

/// An estimator over the seeds of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ComparedEstimator {
    pub(crate) name: String,
    /// Seeds that compared it.
    pub(crate) seeds: usize,
    /// Weights of those that kept it.
    pub(crate) weights: Vec<f64>,
}

impl CaseProvenance {
    /// What the `rows` of a case say.
    pub(crate) fn of(rows: &[&Scores]) -> Self {
        let mut made = Self::default();
        for row in rows {
            let build = row.build();
            if !made.builds.contains(&build) {
                made.builds.push(build);
            }
            if let Some(window) = row.window {
                *made.windows.entry(window).or_default() += 1;
            }
            for one in &row.estimators.0 {
                let place = made.estimators.iter().position(|known| known.name == one.name);
                let place = place.unwrap_or_else(|| {
                    let (name, weights) = (one.name.clone(), Vec::new());
                    made.estimators.push(ComparedEstimator { name, seeds: 0, weights });
                    made.estimators.len() - 1
                });
                let known = &mut made.estimators[place];
                known.seeds += 1;
                known.weights.extend(Some(one.weight).filter(|weight| *weight > 0.0));
            }
        }
        made
    }

    /// Builds, windows and estimators, each in words.
    pub(crate) fn in_words(&self) -> [String; 3] {
        let joined = |parts: Vec<String>| parts.join(", ");
        let all: usize = self.windows.values().sum();
        let of_all =
            |seeds: usize| if seeds == all { String::new() } else { format!(" ({seeds} of {all} seeds)") };
        let window = |(window, seeds): (&usize, &usize)| format!("{window}{}", of_all(*seeds));
        [
            joined(self.builds.iter().map(Build::to_string).collect()),
            joined(self.windows.iter().map(window).collect()),
            self.estimators.iter().map(ComparedEstimator::in_words).collect::<Vec<_>>().join("; "),
        ]
    }
}

impl ComparedEstimator {
    fn in_words(&self) -> String {
        let Self { name, seeds, weights } = self;
        let least = weights.iter().copied().fold(f64::INFINITY, f64::min);
        let most = weights.iter().copied().fold(0.0, f64::max);
        let range = match weights.len() {
            0 => String::new(),
            1 => format!(" {most:.2}"),
            _ => format!(" {least:.2} to {most:.2}"),
        };
        format!("{name}{range} (kept by {} of {seeds})", weights.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Estimators;

    /// Catches seeds that are counted for another window, weights of zero that count as kept, and an
    /// estimator that some seeds did not compare.
    #[test]
    fn seeds_are_counted_for_what_they_kept() {
        let row = |window, estimators: &str, commit: &str| Scores {
            window: Some(window),
            estimators: Estimators::try_from(estimators.to_owned()).unwrap(),
            commit: commit.into(),
            dirty: Some(false),
            ..Scores::default()
        };
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let rows =
            [row(2, "modes 1; force 0.5", &a), row(3, "modes 1.1; force 0", &b), row(2, "modes 0.9", &a)];
        let made = CaseProvenance::of(&rows.iter().collect::<Vec<_>>());
        let expected = [
            "aaaaaaaaaaaa, bbbbbbbbbbbb",
            "2 (2 of 3 seeds), 3 (1 of 3 seeds)",
            "modes 0.90 to 1.10 (kept by 3 of 3); force 0.50 (kept by 1 of 2)",
        ];
        assert_eq!(made.in_words(), expected);
        let none = CaseProvenance::of(&[&row(4, "modes 0", "")]);
        assert_eq!(none.in_words(), ["unknown", "4", "modes (kept by 0 of 1)"]);
        let older = CaseProvenance::of(&[&Scores::default()]);
        assert_eq!(older.in_words(), ["unknown", "", ""]);
    }
}
