//! Tells how much entropy was produced, and when: the numbers at the top, and figures along time.

use super::html::Page;
use super::in_space::of_movies;
use crate::figure::{CumulativeEntropyProduction, EntropyHistogram, RateAgainstAmount, RatePoint, Scatter};
use cneep::entropy_production::{EntropyProduction, Significance, Summary, UnseenShare};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};

/// Verdict, rate, bound, detection limit and fluctuation theorem, at the top of the page.
pub(super) fn add_headlines(page: &mut Page, summary: &Summary) {
    let (verdict, reason) = match summary.significance {
        Significance::Dissipates => ("dissipates", "unseen transitions reject equilibrium"),
        Significance::NotSignificant if summary.rejects_equilibrium() => {
            ("not shown", "unseen transitions reject equilibrium, but the bound is not above zero")
        }
        Significance::NotSignificant => {
            ("not significant", "unseen transitions do not tell this from equilibrium")
        }
        Significance::NotTested if summary.cautions.iter().any(is_interruption) => {
            ("none", "the training was interrupted")
        }
        Significance::NotTested => ("not tested", "no unseen transitions"),
    };
    page.headline_text("Verdict", verdict, reason);
    page.headline(
        "Entropy production rate",
        &summary.entropy_production_rate,
        &note_of("mean with standard error", &summary.entropy_production_rate),
    );
    if let Some(bound) = &summary.certified_bound {
        let note = note_of("1 + J on held-out transitions, which had no part in any choice", bound);
        page.headline("Certified lower bound", bound, &note);
    }
    if let Some(bound) = &summary.cross_validated_bound {
        let words = "1 + J on all unseen transitions; the window was chosen on them, so it certifies nothing";
        page.headline("Cross-validated lower bound", bound, &note_of(words, bound));
    }
    if let Some(limit) = &summary.detection_limit {
        let verdict = format!("{} {}", to_digits(limit.verdict, 3), limit.unit);
        let note = "the smallest rate that these unseen transitions would have shown in one case of two";
        page.headline_text("Detection limit", &verdict, note);
    }
    page.headline("Fluctuation theorem <exp(-ΔS)>", &summary.fluctuation_theorem, "1 when converged");
}

fn is_interruption(caution: &Caution) -> bool {
    matches!(caution.kind, CautionKind::TrainingInterrupted { .. })
}

/// A note with the interval of the number that it belongs to.
fn note_of(note: &str, measured: &Measured) -> String {
    measured.interval_in_words().map_or_else(|| note.into(), |interval| format!("{note}; {interval}"))
}

/// Numbers, cumulative entropy production, shares of the unseen time, histogram, and comparison with the
/// exact values.
pub(super) fn add_entropy(page: &mut Page, entropy: &EntropyProduction, summary: &Summary) -> Result<()> {
    page.section("How much, and when");
    page.paragraph(&of_movies(&summary.movies));
    let mut facts = vec![
        ("transitions", summary.transitions.to_string()),
        ("held out", summary.held_out_transitions.to_string()),
        ("out of fold", summary.out_of_fold_transitions.to_string()),
    ];
    if let Some(p) = summary.equilibrium_p_value {
        facts.push(("p-value of the sign-flip test against equilibrium", format!("{p:.4}")));
    }
    if let Some(limit) = &summary.detection_limit {
        let rate = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
        facts.extend([
            ("smallest rate that would have shown in half of all cases: test and bound", rate(limit.verdict)),
            ("the same: the test alone", rate(limit.test)),
            ("the same: the test with an exact estimator", rate(limit.exact_estimator_test)),
        ]);
    }
    let numbers = [
        ("R² with the exact values", summary.r_squared),
        ("slope on the exact values", summary.slope),
        ("realised exact rate", summary.realised_rate),
        ("exact rate of the process", summary.exact_rate),
    ];
    facts
        .extend(numbers.iter().filter_map(|(name, value)| value.map(|value| (*name, format!("{value:.4}")))));
    page.key_values(&facts);
    let measured: Vec<&[f64]> = entropy.movies.iter().map(|movie| movie.values.as_slice()).collect();
    let exact: Option<Vec<&[f64]>> = entropy.movies.iter().map(|movie| movie.exact.as_deref()).collect();
    let cumulative = CumulativeEntropyProduction {
        measured: &measured,
        exact: exact.as_deref().unwrap_or_default(),
        interval: entropy.calibration.interval_or_frame(),
        time_symbol: entropy.calibration.rate_unit().time_symbol(),
    };
    page.figure(
        &cumulative.draw()?,
        "cumulative entropy production",
        "Entropy produced since the first frame.",
    );
    add_unseen_shares(page, entropy, summary)?;
    let values = entropy.stated_values();
    let caption = "Distribution of the entropy production of transitions, and the detailed fluctuation \
                   theorem: points lie on the line when the estimate has converged.";
    let histogram = EntropyHistogram { entropy_production: &values };
    page.figure(&histogram.draw()?, "histogram and fluctuation theorem", caption);
    if let Some(pairs) = entropy.stated_pairs().filter(|_| summary.r_squared.is_some()) {
        let (estimated, exact): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scatter = Scatter { estimated: &estimated, exact: &exact };
        page.figure(
            &scatter.draw()?,
            "estimated against exact",
            "Estimated against exact, transition by transition.",
        );
    }
    Ok(())
}

/// Rate and bound of growing shares of the unseen time.
fn add_unseen_shares(page: &mut Page, entropy: &EntropyProduction, summary: &Summary) -> Result<()> {
    let shares = entropy.unseen_shares();
    if shares.len() < 2 {
        return Ok(());
    }
    let unit = entropy.calibration.rate_unit();
    let points = |of: fn(&UnseenShare) -> &Measured| -> Vec<RatePoint> {
        let point = |share: &UnseenShare| RatePoint {
            at: share.unseen_time,
            rate: of(share).value,
            standard_error: of(share).standard_error,
        };
        shares.iter().map(point).collect()
    };
    let (rate, bound) = (points(|share| &share.rate), points(|share| &share.bound));
    let time = unit.time_symbol();
    let figure = RateAgainstAmount {
        x_label: &format!("1 / unseen time (1/{time})"),
        y_label: &format!("Rate ({unit})"),
        rate: &rate,
        bound: &bound,
        extrapolation: None,
        exact: summary.realised_rate,
    };
    let caption = "Rate and bound of the first eighth, quarter and half of the unseen transitions, and of \
                   all (left), with standard errors. The estimator is fixed, so the points scatter about one \
                   value if the movie is in a steady state; nothing is extrapolated.";
    page.figure(&figure.draw()?, "rate against the amount of unseen data", caption);
    Ok(())
}
