//! Writes what a paper would say of the estimate: one sentence of results, and a paragraph of methods.

use super::verdict::{claim, test_in_words};
use super::words::{grouped, interval};
use cneep::entropy_production::{EntropyProduction, Significance, Summary};
use cneep::estimator::{Estimator, EstimatorPlan, FitRecord};
use cneep_movie::units::{duration_in_words, to_digits};
use std::fmt::Write as _;

/// Works that the methods rest on.
pub(super) const REFERENCES: [&str; 6] = [
    "Y. Bae, D.-K. Kim and H. Jeong, Inferring dissipation maps from videos using convolutional neural \
     networks, \
     Phys. Rev. Research 4, 033094 (2022), doi 10.1103/PhysRevResearch.4.033094",
    "D.-K. Kim, Y. Bae, S. Lee and H. Jeong, Learning entropy production via neural networks, \
     Phys. Rev. Lett. 125, 140604 (2020), doi 10.1103/PhysRevLett.125.140604",
    "A. Frishman and P. Ronceray, Learning force fields from stochastic trajectories, \
     Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009",
    "H. R. Künsch, The jackknife and the bootstrap for general stationary observations, \
     Ann. Stat. 17, 1217 (1989), doi 10.1214/aos/1176347265",
    "B. Phipson and G. K. Smyth, Permutation p-values should never be zero, \
     Stat. Appl. Genet. Mol. Biol. 9, 39 (2010), doi 10.2202/1544-6115.1585",
    "Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, \
     J. R. Stat. Soc. B 57, 289 (1995), doi 10.1111/j.2517-6161.1995.tb02031.x",
];

/// The result in one sentence, with all that it rests on.
pub(super) fn sentence(summary: &Summary, entropy: &EntropyProduction) -> String {
    let film = film(summary, entropy);
    let version = env!("CARGO_PKG_VERSION");
    let unseen = grouped(summary.held_out_transitions + summary.out_of_fold_transitions);
    let p = test_in_words(summary);
    let test = p.map_or_else(String::new, |p| format!("; sign-flip test against equilibrium, {p}"));
    let rate = &summary.entropy_production_rate;
    let ends = interval(rate).map_or_else(String::new, |ends| format!(" (95 % interval {ends})"));
    match summary.significance {
        Significance::Dissipates => {
            let least = claim(summary)
                .map_or_else(String::new, |(least, how)| format!(", at least {least} {} ({how})", rate.unit));
            format!(
                "Entropy is produced at {rate}{ends}, as far as this estimator sees{least} ({film}; {unseen} \
                 unseen \
                 transitions{test}; cneep {version})."
            )
        }
        Significance::RejectsEquilibrium => format!(
            "The sample is not in equilibrium ({film}; {unseen} unseen transitions{test}; cneep {version}); \
             the lower \
             bound on its entropy production does not exclude zero."
        ),
        Significance::NotDetected => {
            let limit = summary.detection_limit.as_ref().map_or_else(String::new, |limit| {
                let of = |rate: f64| format!("{} {}", to_digits(rate, 3), limit.unit);
                match limit.verdict_in_95_percent {
                    Some(most) => {
                        format!("; a rate of {} would have been detected in 95 % of all cases", of(most))
                    }
                    None => format!(
                        "; no estimator could have detected less than {} in half of all cases",
                        of(limit.exact_estimator_test)
                    ),
                }
            });
            format!(
                "No entropy production was detected ({film}; {unseen} unseen transitions{test}; cneep \
                 {version}){limit}."
            )
        }
        _ => "These numbers must not be published: see the verdict.".into(),
    }
}

fn film(summary: &Summary, entropy: &EntropyProduction) -> String {
    let frames: usize = entropy.movies.iter().map(|movie| movie.values.len() + entropy.window - 1).sum();
    let movies = match entropy.movies.len() {
        1 => String::new(),
        count => format!(" in {count} movies"),
    };
    match summary.calibration.frame_interval {
        Some(interval) => {
            let (step, whole) = (duration_in_words(interval), duration_in_words(frames as f64 * interval));
            format!("{} frames{movies}, {step} apart, {whole} of film", grouped(frames))
        }
        None => format!("{} frames{movies}, interval not known", grouped(frames)),
    }
}

/// What was done, for the methods section.
pub(super) fn paragraph(estimator: &Estimator, summary: &Summary) -> String {
    let record = estimator.record();
    let mut text = format!(
        "Entropy production was estimated from the film with cneep {} ({}). Every window of {} consecutive \
         frames was \
         assigned an entropy production ΔS that changes sign exactly when its frames are reversed, chosen to \
         maximise \
         <ΔS − exp(−ΔS)> [1, 2]. ",
        record.version, "MIT or Apache-2.0", record.window
    );
    text += &fitted(estimator);
    let (held_out, out_of_fold) = (summary.held_out_transitions, summary.out_of_fold_transitions);
    write!(
        text,
        "All numbers are from the {} transitions that were not fitted to, {} of which had no part in any \
         choice. The \
         standard error of the rate is from the bootstrap over blocks of time longer than fifteen \
         correlation times [4], \
         its 95 % interval the wider of Student's and of the studentised bootstrap. ",
        grouped(held_out + out_of_fold),
        grouped(held_out)
    )
    .expect("a string takes every write");
    if !summary.is_zero {
        text += "The lower bound is 1 + <aΔS> − <exp(−aΔS)>, with aΔS clipped at the logarithm of a \
                 thirtieth of the number of transitions, but not below 2.5; equilibrium was tested by 9,999 \
                 random flips of the signs of block sums [5]. ";
    }
    if let Some(window) = summary.bounding_window {
        write!(
            text,
            "Bound and test are those of windows of {window} frames, to which the estimators were fitted by \
             themselves, as ΔS of the longer ones exceeds what so many transitions can certify. "
        )
        .expect("a string takes every write");
    }
    if let Some(part) = summary.bounding_part {
        write!(
            text,
            "Bound and test are those of {} ({} × {} pixels; ΔS drawn into it), as ΔS of the whole frame \
             exceeds what so many transitions can certify; either half of the unseen transitions chose the \
             part for the other. ",
            part.in_words(),
            part.rows,
            part.columns
        )
        .expect("a string takes every write");
    }
    let calibration = summary.calibration;
    text += match (calibration.exposure, calibration.readout) {
        (None, _) => "The exposure was not stated; frames were taken for those of an instant. ",
        (Some(_), None) => "Whether the shutter was global was not stated. ",
        _ => "",
    };
    write!(text, "Seed {}.", estimator.settings().seed).expect("a string takes every write");
    text
}

fn fitted(estimator: &Estimator) -> String {
    match &estimator.record().fit {
        FitRecord::Comparison(found) => {
            let mut kept: Vec<String> = Vec::new();
            for of in found.kept() {
                let entry = format!("{} (weight {})", name_in_words(&of.estimator), to_digits(of.weight, 2));
                if !kept.contains(&entry) {
                    kept.push(entry);
                }
            }
            if kept.is_empty() {
                return "Several estimators were compared by their bounds on frames that they were not fitted \
                    to; none \
                        beat an estimate of zero. "
                    .into();
            }
            format!(
                "Estimators were cross-fitted and their weighted sum of highest held-out bound was kept: {}; \
                 weights \
                 were found without the fold that they judge and corrected for sampling error. ",
                kept.join(", ")
            )
        }
        FitRecord::ClosedForm(found) => format!(
            "The estimator ({}) was fitted in closed form; {} of {} candidates were summed with weights \
             cross-validated \
             by their bounds. ",
            plan_in_words(&found.plan),
            found.kept().len(),
            found.candidates.len()
        ),
        FitRecord::Descent(found) => format!(
            "The estimator ({}) was trained by {} iterations of Adam, and the parameters with the best \
             validation \
             loss were kept. ",
            plan_in_words(&found.plan),
            found.iterations
        ),
        FitRecord::Imported { .. } => "The weights were imported. ".into(),
        _ => String::new(),
    }
}

fn plan_in_words(plan: &EstimatorPlan) -> &'static str {
    name_in_words(match plan {
        EstimatorPlan::Modes(_) => "modes",
        EstimatorPlan::Moments(_) => "moments",
        EstimatorPlan::Currents(_) => "currents",
        EstimatorPlan::Invariants(_) => "invariants",
        EstimatorPlan::Objects(_) => "objects",
        EstimatorPlan::Force(_) => "force",
        EstimatorPlan::FullyConvolutional(_) => "fully-convolutional",
        EstimatorPlan::Convolutional(_) => "convolutional",
        _ => "another",
    })
}

fn name_in_words(name: &str) -> &'static str {
    match name {
        "modes" => "principal modes",
        "moments" => "polynomial moments",
        "currents" => "local currents",
        "invariants" => "local invariants",
        "objects" => "circulation between objects",
        "force" => "local forces times local changes [3]",
        "fully-convolutional" => "a force from a fully convolutional network times changes [3]",
        "convolutional" => "the convolutional network of [1]",
        _ => "another estimator",
    }
}

/// Whether the maps of `estimator` are those of the convolutional network alone: their place is arbitrary.
pub(super) fn is_network_alone(estimator: &Estimator) -> bool {
    let of_network = |plan: &EstimatorPlan| matches!(plan, EstimatorPlan::Convolutional(_));
    match &estimator.record().fit {
        FitRecord::Comparison(found) => {
            let mut kept = found.kept().peekable();
            kept.peek().is_some() && kept.all(|of| of.estimator == "convolutional")
        }
        _ => estimator.record().plan().is_some_and(of_network),
    }
}
