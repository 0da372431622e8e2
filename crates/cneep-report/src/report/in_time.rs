//! Tells how much entropy was produced, and when: the numbers, and figures along time.

use super::html::Page;
use super::in_space::of_movies;
use super::plates::Plate;
use super::verdict::test_in_words;
use super::words::grouped;
use crate::figure::{
    CumulativeEntropyProduction, EntropyHistogram, RateAgainstAmount, RateOverTime, RatePoint, Scatter,
};
use cneep::entropy_production::{EntropyProduction, RateInStretch, Summary, UnseenShare};
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};

/// The numbers, in full.
pub(super) fn add_numbers(page: &mut Page, summary: &Summary) {
    page.paragraph(&of_movies(&summary.movies));
    let mut facts: Vec<(&str, String)> = vec![("verdict", summary.significance.in_words().into())];
    let with_interval = |measured: &Measured| {
        measured
            .interval_in_words()
            .map_or_else(|| measured.to_string(), |ends| format!("{measured}; {ends}"))
    };
    if summary.is_zero {
        facts.push(("rate", "not detected: nothing was found that beats an estimate of zero".into()));
    } else {
        let scale = summary.bound_scale;
        facts.push(("rate, of what this estimator sees", with_interval(&summary.entropy_production_rate)));
        let formula = if scale == 1.0 { "1 + J" } else { "1 + <aΔS> − <exp(−aΔS)>" };
        if let Some(bound) = &summary.certified_bound {
            facts.push(("certified lower bound", format!("{}; {formula}, held-out", with_interval(bound))));
        }
        if let Some(bound) = &summary.cross_validated_bound {
            let bound = with_interval(bound);
            facts.push(("cross-validated lower bound", format!("{bound}; {formula}, certifies nothing")));
        }
        if scale != 1.0 {
            facts.push(("scale a of both bounds", to_digits(scale, 3)));
        }
        if let Some(windows) = summary.bounded_by_in_words() {
            facts.push(("bounds, test, detection limit and <exp(−ΔS)> by", windows));
        }
        facts.push(("<exp(−ΔS)>, 1 when converged", summary.fluctuation_theorem.to_string()));
    }
    facts.extend([
        ("transitions", grouped(summary.transitions)),
        ("held out", grouped(summary.held_out_transitions)),
        ("out of fold", grouped(summary.out_of_fold_transitions)),
    ]);
    if let Some(p) = test_in_words(summary) {
        facts.push(("sign-flip test against equilibrium", p));
    }
    if let Some(limit) = &summary.detection_limit {
        let rate = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
        let named = [
            ("detection limit, half of all cases: test and bound", limit.verdict),
            ("the same in 95 % of all cases", limit.verdict_in_95_percent),
            ("in half of all cases: the test alone", limit.test),
            ("the same with an exact estimator", Some(limit.exact_estimator_test)),
            (
                "the same in 95 % of all cases, exact estimator",
                Some(limit.exact_estimator_test_in_95_percent),
            ),
        ];
        facts.extend(named.into_iter().filter_map(|(name, value)| Some((name, rate(value?)))));
    }
    let numbers = [
        ("R² with the exact values", summary.r_squared),
        ("slope on the exact values", summary.slope),
        ("realised exact rate", summary.realised_rate),
        ("exact rate of the process", summary.exact_rate),
    ];
    facts.extend(numbers.iter().filter_map(|(name, value)| Some((*name, to_digits((*value)?, 4)))));
    page.key_values(&facts);
}

/// Figures along time: sum, rate with its band, shares of the unseen time, histogram, comparison with the
/// exact values. None of an estimate of zero, which has nothing to show.
pub(super) fn plates(entropy: &EntropyProduction, summary: &Summary) -> Result<Vec<Plate>> {
    if summary.is_zero {
        return Ok(Vec::new());
    }
    let mut plates = vec![cumulative(entropy)?];
    plates.extend(over_time(entropy, summary)?);
    plates.extend(unseen_shares(entropy, summary)?);
    let values = entropy.stated_values();
    let caption = "Distribution of the entropy production of transitions, and the detailed fluctuation \
        theorem: points \
                   lie on the line when the estimate has converged. Bad: a slope far from one, or a pile at \
                   one value.";
    let histogram = EntropyHistogram { entropy_production: &values };
    let rows = values.iter().map(|&value| vec![value]);
    plates.push(Plate::new(
        "histogram",
        "Fluctuations",
        histogram.draw()?,
        caption,
        &["entropy_production_kB"],
        rows,
    ));
    if let Some(pairs) = entropy.stated_pairs().filter(|_| summary.r_squared.is_some()) {
        let (estimated, exact): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scatter = Scatter { estimated: &estimated, exact: &exact };
        let rows = estimated.iter().zip(&exact).map(|(&estimated, &exact)| vec![estimated, exact]);
        let header = ["estimated_kB", "exact_kB"];
        let caption = "Estimated against exact, transition by transition. Good: along the diagonal.";
        plates.push(Plate::new(
            "scatter",
            "Against the exact values",
            scatter.draw()?,
            caption,
            &header,
            rows,
        ));
    }
    Ok(plates)
}

fn cumulative(entropy: &EntropyProduction) -> Result<Plate> {
    // Windows of more than two frames overlap: each counts with its share, as in the table of the estimate.
    let share = 1.0 / (entropy.window - 1) as f64;
    let scaled = |values: &[f64]| values.iter().map(|value| share * value).collect::<Vec<_>>();
    let measured: Vec<Vec<f64>> = entropy.movies.iter().map(|movie| scaled(&movie.values)).collect();
    let exact: Option<Vec<Vec<f64>>> =
        entropy.movies.iter().map(|movie| movie.exact.as_deref().map(scaled)).collect();
    let exact = exact.unwrap_or_default();
    let (measured, exact): (Vec<&[f64]>, Vec<&[f64]>) =
        (measured.iter().map(Vec::as_slice).collect(), exact.iter().map(Vec::as_slice).collect());
    let interval = entropy.calibration.interval_or_frame();
    let time_symbol = entropy.calibration.rate_unit().time_symbol();
    let drawn =
        CumulativeEntropyProduction { measured: &measured, exact: &exact, interval, time_symbol }.draw()?;
    let caption = "Entropy produced since the first frame. Good: a straight line with wiggles. Bad: a few \
        jumps that \
                   carry all, or a bend.";
    let header = ["movie", "time", "cumulative_kB"];
    let rows = entropy.movies.iter().enumerate().flat_map(|(movie, _)| {
        let sums = entropy.cumulative(movie);
        let row = move |(at, sum): (usize, f64)| vec![movie as f64, (at + 1) as f64 * interval, sum];
        sums.into_iter().enumerate().map(row)
    });
    Ok(Plate::new("cumulative", "Entropy produced", drawn, caption, &header, rows))
}

fn over_time(entropy: &EntropyProduction, summary: &Summary) -> Result<Option<Plate>> {
    let Some(first) = entropy.rate_in_time(0).filter(|of| of.stretches.len() > 1) else { return Ok(None) };
    let time_symbol = entropy.calibration.rate_unit().time_symbol();
    let mean = &summary.entropy_production_rate;
    let drawn = RateOverTime { rate: &first, mean, time_symbol }.draw()?;
    let of_first = match entropy.movies.as_slice() {
        [_] => "",
        _ => " of the first movie",
    };
    let changes = match first.change_points.len() {
        0 => "No change beyond chance was found.".to_owned(),
        1 => "It changes once beyond chance (dotted line).".to_owned(),
        count => format!("It changes {count} times beyond chance (dotted lines)."),
    };
    let caption = format!(
        "Rate over time{of_first}, of stretches longer than the correlation time, with 95 % bands. {changes} \
         Good: \
         bands about one value, one in twenty beside it. Bad: a trend, or a step."
    );
    let header = ["movie", "from", "to", "rate", "standard_error", "interval_low", "interval_high"];
    let row = |(movie, of): (usize, RateInStretch)| {
        let [low, high] = of.rate.confidence_interval.unwrap_or([f64::NAN; 2]);
        let error = of.rate.standard_error.unwrap_or(f64::NAN);
        vec![movie as f64, of.start, of.end, of.rate.value, error, low, high]
    };
    let of_movie = |movie: usize| {
        let stretches = entropy.rate_in_time(movie).map(|of| of.stretches).unwrap_or_default();
        stretches.into_iter().map(move |stretch| (movie, stretch))
    };
    let all = (0..entropy.movies.len()).flat_map(of_movie).map(row);
    Ok(Some(Plate::new("rate_over_time", "Rate over time", drawn, caption, &header, all)))
}

/// Rate and bound of growing shares of the unseen time.
fn unseen_shares(entropy: &EntropyProduction, summary: &Summary) -> Result<Option<Plate>> {
    let shares = entropy.unseen_shares();
    if shares.len() < 2 {
        return Ok(None);
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
    let header = ["unseen_time", "rate", "rate_error", "bound", "bound_error"];
    let row = |(rate, bound): (&RatePoint, &RatePoint)| {
        let error = |of: &RatePoint| of.standard_error.unwrap_or(f64::NAN);
        vec![rate.at, rate.rate, error(rate), bound.rate, error(bound)]
    };
    let rows = rate.iter().zip(&bound).map(row);
    let drawn = figure.draw()?;
    Ok(Some(Plate::new("unseen_time", "Rate against unseen time", drawn, caption, &header, rows)))
}
