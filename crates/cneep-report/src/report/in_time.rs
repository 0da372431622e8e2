//! Tells how much entropy was produced, and when: the numbers at the top, and figures along time.

use super::html::Page;
use super::in_space::of_movies;
use crate::figure::{CumulativeEntropyProduction, EntropyHistogram, RateAgainstAmount, RatePoint, Scatter};
use cneep::entropy_production::{EntropyProduction, Significance, Summary, UnseenShare};
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};

/// Verdict, rate, bound, detection limit and fluctuation theorem, at the top of the page.
pub(super) fn add_headlines(page: &mut Page, summary: &Summary) {
    let reason = match summary.significance {
        Significance::Dissipates => "unseen transitions reject equilibrium, and the bound lies above zero",
        Significance::RejectsEquilibrium => {
            "unseen transitions reject equilibrium, but the bound does not lie above zero"
        }
        Significance::Withdrawn => "unseen transitions reject equilibrium, but see the cautions",
        Significance::NotTested if summary.cautions.iter().any(|caution| caution.kind.is_interruption()) => {
            "the training was interrupted"
        }
        Significance::NotTested => "no unseen transitions",
        _ => "unseen transitions do not tell this from equilibrium",
    };
    page.headline_text("Verdict", summary.significance.in_words(), reason);
    add_amounts(page, summary);
    if let Some(limit) = &summary.detection_limit {
        let of = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
        let floor = format!(
            "no estimator could have seen less than {} in half of all cases, {} in 95 %",
            of(limit.exact_estimator_test),
            of(limit.exact_estimator_test_in_95_percent)
        );
        let (value, note) = match (limit.verdict, limit.verdict_in_95_percent) {
            (Some(half), Some(most)) => {
                (of(half), format!("seen in half of all cases; {} or more in 95 %; {floor}", of(most)))
            }
            _ => (format!("above {}", of(limit.exact_estimator_test)), floor),
        };
        page.headline_text("Detection limit", &value, &note);
    }
}

/// Rate, bounds and fluctuation theorem, or that there is nothing to state.
fn add_amounts(page: &mut Page, summary: &Summary) {
    let rate = &summary.entropy_production_rate;
    if summary.is_zero {
        let note = "nothing was found that beats an estimate of zero";
        page.headline_text("Entropy production rate", "not detected", note);
        return;
    }
    let words = match summary.significance {
        Significance::Withdrawn => "not usable: see the cautions",
        _ => {
            "mean of what this estimator sees, with standard error: no interval covers what noise or the \
             choice of estimator hides"
        }
    };
    page.headline("Entropy production rate", rate, &note_of(words, rate));
    let formula = match summary.bound_scale {
        1.0 => "1 + J".to_owned(),
        scale => format!("1 + <a ΔS> - <exp(-a ΔS)> with a = {scale}"),
    };
    if let Some(bound) = &summary.certified_bound {
        let words = format!("{formula} on held-out transitions, which had no part in any choice");
        page.headline("Certified lower bound", bound, &note_of(&words, bound));
    }
    if let Some(bound) = &summary.cross_validated_bound {
        let words = format!(
            "{formula} on all unseen transitions; the window was chosen on them: it certifies nothing"
        );
        page.headline("Cross-validated lower bound", bound, &note_of(&words, bound));
    }
    page.headline("Fluctuation theorem <exp(-ΔS)>", &summary.fluctuation_theorem, "1 when converged");
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
        let named = [
            ("smallest rate that would have shown in half of all cases: test and bound", limit.verdict),
            ("the same in 95 % of all cases", limit.verdict_in_95_percent),
            ("in half of all cases: the test alone", limit.test),
            ("the same with an exact estimator", Some(limit.exact_estimator_test)),
        ];
        facts.extend(named.into_iter().filter_map(|(name, value)| Some((name, rate(value?)))));
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
