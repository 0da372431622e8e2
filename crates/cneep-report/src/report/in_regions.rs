//! Tells how much entropy each region of the frame produced.

use super::html::Page;
use cneep::dissipation_map::{Region, Regions};
use cneep::entropy_production::{IndependentBound, Significance};
use cneep_movie::units::{Measured, to_digits};

/// Regions in the table at most, those with the highest rates.
const SHOWN: usize = 40;

/// The table of regions, and what its numbers mean.
pub(super) fn add_regions(page: &mut Page, regions: &Regions) {
    page.paragraph(&in_words(regions));
    let mut order: Vec<&Region> = regions.regions.iter().collect();
    order.sort_by(|a, b| b.rate.value.total_cmp(&a.rate.value));
    let mut rows: Vec<Vec<String>> = order.iter().take(SHOWN).map(|region| row(region)).collect();
    let p_value = |p: Option<f64>| p.map_or_else(String::new, |p| format!("{p:.4}"));
    rows.push(vec![
        "all".into(),
        regions.pixels.to_string(),
        plain(&regions.total),
        interval(&regions.total),
        p_value(regions.total_p_value),
        String::new(),
        String::new(),
        to_digits(regions.total.value / regions.pixels as f64, 3),
    ]);
    if let Some(independent) = &regions.independent {
        page.paragraph(&independent_in_words(independent));
    }
    let unit = &regions.total.unit;
    let (rate, per_pixel) = (format!("rate ({unit})"), format!("{unit} per pixel"));
    let header =
        ["label", "pixels", &rate, "95 % within", "p, alone", "significant", "share of all", &per_pixel];
    page.table(&header, &rows);
    if order.len() > SHOWN {
        page.paragraph(&format!("And {} with lower rates, in regions.csv.", order.len() - SHOWN));
    }
}

fn in_words(regions: &Regions) -> String {
    let tests = match regions.significance {
        Significance::Withdrawn => "The verdict is withdrawn, so no region is claimed to dissipate.".into(),
        _ if regions.tested_regions == 0 => "No region was tested against equilibrium.".into(),
        _ => format!(
            "{} of {} dissipate significantly: among these on average at most {:.0} % are false.",
            regions.significant_regions,
            regions.tested_regions,
            100.0 * regions.false_discovery_rate
        ),
    };
    format!(
        "Rates are the parts of the total that this estimator attributes to the regions, the sums of its \
         maps over them, and add up to it. They are no lower bounds, unless regions are independent of each \
         other. {tests}"
    )
}

/// The bound of all regions, if they are independent, and whether they seem to be.
fn independent_in_words(of: &IndependentBound) -> String {
    let p = of.dependence_p_value;
    if !of.is_borne_out() {
        return format!(
            "The regions are correlated (p = {p:.3} if they were independent), so that their lower bounds do \
             not add up: draw them farther apart."
        );
    }
    let kind = if of.is_certified { "certified" } else { "cross-validated" };
    format!(
        "If the {} regions are independent of each other, the {kind} lower bound on their sum is {}{}. No \
         correlation between their entropy productions, the squares of these, or the place and shape of the \
         light in them speaks against it (p = {p:.3}); that nothing else does is an assumption.",
        of.regions,
        of.bound,
        of.bound.interval_in_words().map(|words| format!(", {words}")).unwrap_or_default()
    )
}

fn row(region: &Region) -> Vec<String> {
    vec![
        if region.label == 0 { "outside".into() } else { region.label.to_string() },
        region.pixels.to_string(),
        plain(&region.rate),
        interval(&region.rate),
        region.p_value.map_or_else(|| "not tested".into(), |p| format!("{p:.4}")),
        if region.is_significant { "yes".into() } else { "no".into() },
        region.share.as_ref().map(plain).unwrap_or_default(),
        to_digits(region.rate_per_pixel, 3),
    ]
}

/// Value and error, without the unit.
fn plain(measured: &Measured) -> String {
    Measured { unit: String::new(), ..measured.clone() }.to_string()
}

fn interval(measured: &Measured) -> String {
    let in_words = Measured { unit: String::new(), ..measured.clone() }.interval_in_words();
    in_words.map(|words| words.trim_start_matches("95 % within ").to_owned()).unwrap_or_default()
}
