//! Gives the verdict in words, and the best value beside what could have been seen.

use super::html::{escaped, prose};
use super::words::{interval, plain, time};
use cneep::entropy_production::{DetectionLimit, Significance, Summary};
use cneep_movie::units::{RateUnit, to_digits};
use std::fmt::Write as _;

/// Whether a map may be shown: something was found, even if it is not believed.
pub(super) fn has_map(summary: &Summary) -> bool {
    !summary.is_zero && summary.significance != Significance::NotDetected
}

/// Whether the verdict lets anything be claimed.
pub(super) fn claims(summary: &Summary) -> bool {
    matches!(summary.significance, Significance::Dissipates | Significance::RejectsEquilibrium)
}

/// What may be claimed, in digits, and how it is known.
pub(super) fn claim(summary: &Summary) -> Option<(String, String)> {
    let claim = summary.claim()?;
    let how = if claim.is_certified { "certified" } else { "cross-validated" };
    let windows = summary.bounded_by_in_words().map_or_else(String::new, |of| format!(", {of}"));
    Some((claim.in_digits(), format!("97.5 % confidence, {how}{windows}")))
}

/// The p-value of the test against equilibrium, in words.
pub(super) fn test_in_words(summary: &Summary) -> Option<String> {
    summary.p_in_words().map(|p| p.replace("<=", "≤"))
}

/// Words, class of their colour, and a sentence below.
struct Words {
    class: &'static str,
    heading: String,
    sentence: String,
}

/// The verdict with its numbers, and the axis below.
pub(super) fn verdict(summary: &Summary) -> String {
    let Words { class, heading, sentence } = words(summary);
    let mut html = format!("<section class=\"verdict {class}\" aria-label=\"Verdict\"><h1>{heading}</h1>");
    write!(html, "<p class=\"lead\">{sentence}</p>").expect("a string takes every write");
    if !matches!(summary.significance, Significance::Withdrawn | Significance::NotTested) {
        html += &axis(summary);
    }
    html + "</section>\n"
}

fn words(summary: &Summary) -> Words {
    let unit = &summary.entropy_production_rate.unit;
    match summary.significance {
        Significance::Dissipates => {
            let claimed = claim(summary).map_or_else(String::new, |(least, how)| {
                format!(": at least <b>{least} {}</b> <small>({how})</small>", prose(unit))
            });
            Words { class: "found", heading: format!("Dissipates{claimed}"), sentence: best(summary) }
        }
        Significance::RejectsEquilibrium => Words {
            class: "found",
            heading: "Not in equilibrium; how much it dissipates is not bounded".into(),
            sentence: best(summary),
        },
        Significance::NotDetected => not_detected(summary),
        Significance::Withdrawn => {
            let reasons: Vec<String> = summary
                .cautions
                .iter()
                .filter(|caution| caution.kind.withdraws_verdict())
                .map(|caution| prose(&caution.message()))
                .collect();
            Words {
                class: "stop",
                heading: "STOP: these numbers are not usable".into(),
                sentence: format!(
                    "Unseen frames reject equilibrium, but that may not be dissipation. {}",
                    reasons.join(" ")
                ),
            }
        }
        _ => {
            let interrupted = summary.cautions.iter().find(|caution| caution.kind.is_interruption());
            let sentence = interrupted.map_or_else(
                || {
                    "No transition is unseen: every one took part in the training, so nothing can be tested."
                        .into()
                },
                |caution| prose(&format!("{} {}", caution.message(), caution.remedy())),
            );
            let heading =
                if interrupted.is_some() { "STOP: the training was interrupted" } else { "No verdict" };
            Words { class: "stop", heading: heading.into(), sentence }
        }
    }
}

/// The best estimate in words.
fn best(summary: &Summary) -> String {
    let rate = &summary.entropy_production_rate;
    let ends = interval(rate).map_or_else(String::new, |ends| format!(", 95 % {ends}"));
    let p = test_in_words(summary)
        .map_or_else(String::new, |p| format!("; test against equilibrium <b class=\"p\">{p}</b>"));
    format!(
        "Best estimate <b>{}</b>{} (of what this estimator sees){p}.",
        prose(&rate.to_string()),
        prose(&ends)
    )
}

fn not_detected(summary: &Summary) -> Words {
    let mut sentence = String::new();
    if let Some(limit) = &summary.detection_limit {
        let film = time(limit.unseen_time, limit.unit.time_symbol());
        let rate = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
        sentence = format!(
            "In {film} of unseen film no method could have seen a rate below {} in half of all cases, or \
             below {} \
             in 95 %.",
            rate(limit.exact_estimator_test),
            rate(limit.exact_estimator_test_in_95_percent)
        );
        if let (Some(half), Some(most)) = (limit.verdict, limit.verdict_in_95_percent) {
            write!(
                sentence,
                " What was tried here would have shown {} in half of all cases, {} in 95 %.",
                rate(half),
                rate(most)
            )
            .expect("a string takes every write");
        }
    }
    if let (false, Some(p)) = (summary.is_zero, test_in_words(summary)) {
        write!(
            sentence,
            " The estimate, {}, cannot be told from zero ({p}).",
            summary.entropy_production_rate
        )
        .expect("a string takes every write");
    }
    Words { class: "none", heading: "No dissipation detected".into(), sentence: prose(&sentence) }
}

/// A mark on the axis: place, class, what it is, and its value in words.
struct Mark {
    at: f64,
    class: &'static str,
    name: &'static str,
    value: String,
}

/// Best value, interval, bound and detection limit on one axis.
fn axis(summary: &Summary) -> String {
    let rate = &summary.entropy_production_rate;
    let mut marks: Vec<Mark> = Vec::new();
    let of = |value: f64| to_digits(value, 3);
    if !summary.is_zero {
        marks.push(Mark { at: rate.value, class: "best", name: "best estimate", value: plain(rate) });
    }
    if let (Significance::Dissipates, Some(claim)) = (summary.significance, summary.claim()) {
        marks.push(Mark { at: claim.least, class: "least", name: "at least", value: claim.in_digits() });
    }
    if let Some(DetectionLimit { verdict, exact_estimator_test, .. }) = &summary.detection_limit {
        if let Some(limit) = verdict {
            marks.push(Mark { at: *limit, class: "limit", name: "detection limit", value: of(*limit) });
        }
        let floor = "limit of any estimator";
        marks.push(Mark {
            at: *exact_estimator_test,
            class: "floor",
            name: floor,
            value: of(*exact_estimator_test),
        });
    }
    if let Some(exact) = summary.exact_rate {
        marks.push(Mark { at: exact, class: "exact", name: "exact", value: of(exact) });
    }
    let ends = rate.confidence_interval.filter(|_| !summary.is_zero);
    let values = || marks.iter().map(|mark| mark.at).chain(ends.into_iter().flatten()).chain([0.0]);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    if high <= low || marks.is_empty() {
        return String::new();
    }
    let (low, high) = (low - 0.03 * (high - low) * f64::from(low < 0.0), high + 0.06 * (high - low));
    let percent = |value: f64| 100.0 * (value - low) / (high - low);
    let mut html = String::from("<div class=\"axis\" role=\"img\" aria-label=\"");
    let said: Vec<String> = marks.iter().map(|mark| format!("{} {}", mark.name, mark.value)).collect();
    write!(html, "{}, in {}\">", escaped(&said.join(", ")), escaped(&rate.unit))
        .expect("a string takes every write");
    html += "<div class=\"rail\">";
    let mut add = |part: String| html += &part;
    add(format!(
        "<i class=\"unseen\" style=\"left:{:.2}%;width:{:.2}%\"></i>",
        percent(0.0),
        unseen_width(summary, percent)
    ));
    if let Some([from, to]) = ends {
        add(format!(
            "<i class=\"interval\" style=\"left:{:.2}%;width:{:.2}%\"></i>",
            percent(from),
            percent(to) - percent(from)
        ));
    }
    for mark in &marks {
        add(format!("<i class=\"{}\" style=\"left:{:.2}%\"></i>", mark.class, percent(mark.at)));
    }
    html += "</div><div class=\"ticks\">";
    for (value, text) in ticks(low, high) {
        write!(html, "<span style=\"left:{:.2}%\">{text}</span>", percent(value))
            .expect("a string takes every write");
    }
    html += "</div><ul class=\"key\">";
    for mark in &marks {
        write!(
            html,
            "<li><i class=\"{}\"></i>{} {}</li>",
            mark.class,
            mark.name,
            mark.value.replace('-', "−")
        )
        .expect("a string takes every write");
    }
    if ends.is_some() {
        html += "<li><i class=\"interval\"></i>95 % interval</li>";
    }
    write!(html, "<li class=\"unit\">all in {}</li></ul></div>", prose(&rate.unit))
        .expect("a string takes every write");
    html
}

/// Share of the axis in which nothing could have been seen.
fn unseen_width(summary: &Summary, percent: impl Fn(f64) -> f64) -> f64 {
    let limit = summary.detection_limit.as_ref();
    let end = limit.map_or(0.0, |limit| limit.verdict.unwrap_or(limit.exact_estimator_test));
    percent(end) - percent(0.0)
}

/// About five round values, with their texts.
fn ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let power = 10_f64.powf(((high - low) / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|of| of * power);
    let step = steps.into_iter().find(|step| (high - low) / step <= 6.5).unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|of| (of as f64 * step, to_digits(of as f64 * step, 3).replace('-', "−"))).collect()
}

/// How much film a rate would need, for a movie in which nothing was found.
pub(super) fn needed_film(summary: &Summary) -> Option<String> {
    let limit = summary.detection_limit.as_ref()?;
    let largest = limit.verdict.unwrap_or(limit.exact_estimator_test);
    let power = 10_f64.powf(largest.log10().floor());
    let rates = [5.0, 2.0, 1.0, 0.5, 0.2, 0.1].map(|of| of * power);
    let symbol = limit.unit.time_symbol();
    let in_units = |value: f64| time(value, symbol);
    let floor = limit.exact_estimator_test * limit.unseen_time;
    let floor_95 = limit.exact_estimator_test_in_95_percent * limit.unseen_time;
    let row = |rate: f64| {
        let here = limit.verdict.map_or_else(String::new, |verdict| {
            let noisy = limit.unseen_time * (verdict / rate).powi(2);
            format!("<td class=\"number\">{}</td>", in_units(noisy.max(floor / rate)))
        });
        format!(
            "<tr><td class=\"number\">{}</td><td class=\"number\">{}</td><td \
             class=\"number\">{}</td>{here}</tr>",
            to_digits(rate, 2),
            in_units(floor / rate),
            in_units(floor_95 / rate)
        )
    };
    let rows: String = rates.into_iter().map(row).collect();
    let here = if limit.verdict.is_some() { "<th scope=\"col\">with what was tried here</th>" } else { "" };
    let name = match limit.unit {
        RateUnit::PerSecond => "How much film would show it",
        RateUnit::PerFrame => "How many frames would show it",
    };
    Some(format!(
        "<section class=\"needed\"><h2>{name}</h2><div class=\"scroll\"><table><thead><tr><th \
         scope=\"col\">a rate \
         of ({})</th><th scope=\"col\">at best, in half of all cases</th><th scope=\"col\">at best, in 95 \
         %</th>\
         {here}</tr></thead><tbody>{rows}</tbody></table></div><p class=\"note\">Unseen film of this kind. \
         &ldquo;At best&rdquo; is what the exact entropy production of every transition would need: {} \
         k<sub>B</sub> \
         over the rate, or {} k<sub>B</sub>. With what was tried here the error falls as one over the root \
         of the \
         time.</p></section>\n",
        prose(limit.unit.symbol()),
        to_digits(floor, 3),
        to_digits(floor_95, 3),
    ))
}
