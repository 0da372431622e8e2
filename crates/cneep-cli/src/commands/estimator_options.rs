//! Offers the settings of estimators as options of the command line, and lays what is stated over settings.

use clap::Args;
use cneep::estimator::{
    Choice, ComparisonSettings, DescentSettings, EstimatorSettings, ForceSettings,
    FullyConvolutionalSettings, LocalSettings, ModesSettings, MomentsSettings, NetworkSettings,
    ObjectsSettings, Training,
};
use cneep_movie::error::{Error, Fault, Result};
use serde::Serialize;
use std::fmt::Display;

/// Help that ends with the default: what the settings say, so that it is typed once.
fn with_default(help: &str, default: impl Display) -> String {
    format!("{help} [default: {default}]")
}

fn listed<T: Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

// What a comparison of estimators is told. (No documentation comment: it would stand in for that of the
// verb.)
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Comparison only")]
pub(crate) struct ComparisonOptions {
    #[arg(long, value_delimiter = ',', value_name = "NAME,..",
        help = with_default("Estimators that are compared, in this order",
            listed(&EstimatorSettings::COMPARED)))]
    compare: Option<Vec<String>>,
    #[arg(long, value_delimiter = ',', value_name = "FRAMES,..",
        help = with_default("Windows that are tried, in frames, unless --window names one",
            listed(&ComparisonSettings::default().windows)))]
    windows: Option<Vec<usize>>,
    #[arg(long, help = with_default("Fits of each estimator, each with another part of the movies held out",
        ComparisonSettings::default().folds))]
    folds: Option<usize>,
    #[arg(long, value_name = "MULTIPLY-ADDS",
        help = with_default("Work that all fits may take: what would take more is not compared, as the \
            record says. Decided from sizes before the first fit, \
            so that results do not depend on the machine",
            format!("{:e}, about ten minutes on two cores", ComparisonSettings::default().work)))]
    work_budget: Option<f64>,
}

// What a training step by step is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Force and networks only")]
pub(crate) struct DescentOptions {
    /// Iterations at most [default: every training transition is seen 15 times, within 1500 and 14000
    /// iterations]
    #[arg(long)]
    iterations: Option<u64>,
    /// Transitions per iteration [default: 1024, but at most a quarter of the training transitions]
    #[arg(long)]
    batch: Option<usize>,
    #[arg(long, help = with_default("Learning rate of Adam at the start; it falls to 0 by half a cosine",
        DescentSettings::default().learning_rate))]
    learning_rate: Option<f64>,
    #[arg(long, allow_negative_numbers = true,
        help = with_default("Training objective, in (-1, 1), of the family with the same optimum: 0 is \
            dS - exp(-dS), -0.5 is sturdier under strong driving; bounds are always those of 0",
            DescentSettings::default().alpha))]
    alpha: Option<f64>,
    /// Iterations between validations [default: a fifteenth of the run]
    #[arg(long)]
    validate_every: Option<u64>,
    #[arg(long, help = with_default("Validations in a row that are clearly worse than the best, \
        after which the run stops; 0 never stops early", DescentSettings::default().patience))]
    patience: Option<u64>,
}

// What the convolutional network is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Convolutional network only")]
pub(crate) struct NetworkOptions {
    #[arg(long, help = with_default("Layers: more see farther, each halves the map",
        NetworkSettings::default().layers))]
    layers: Option<usize>,
}

// What a fit of modes is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Modes only (chosen by cross-validated bounds unless stated)")]
pub(crate) struct ModesOptions {
    /// Principal modes of the frame, or of each patch
    #[arg(long, value_name = "N")]
    modes: Option<usize>,
    /// Ridge, as a fraction of the mean square of each product of a mode with a change
    #[arg(long)]
    ridge: Option<f64>,
    /// Edge of the patches into which the frame is cut, in pixels; 0 is the whole frame
    #[arg(long, value_name = "PIXELS")]
    patch: Option<usize>,
    /// Distance of neighbouring patches at most, in pixels
    #[arg(long, value_name = "PIXELS")]
    spacing: Option<usize>,
    /// How many patches away the modes may lie that drive a mode
    #[arg(long, value_name = "PATCHES")]
    radius: Option<usize>,
}

// What a fit of moments is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Moments only (all parts are tried unless stated)")]
pub(crate) struct MomentsOptions {
    /// Degree of the polynomials, 1 or 2
    #[arg(long)]
    degree: Option<usize>,
    /// Parts along the shorter side of the frame, of each of which moments are taken; 1 is the whole frame
    #[arg(long)]
    parts: Option<usize>,
}

// What a fit of currents or of invariants is told.
#[derive(Debug, Args, Serialize)]
#[command(
    next_help_heading = "Currents and invariants only (chosen by cross-validated bounds unless stated)"
)]
pub(crate) struct LocalOptions {
    /// Distance of the nodes between which coefficients are interpolated, in pixels; 0 for coefficients that
    /// all places share
    #[arg(long, value_name = "PIXELS")]
    node_spacing: Option<usize>,
    /// Share of the Laplacian that is taken off each frame, in pixels squared; 0 for frames as recorded,
    /// below 0 minus the standard deviation of a blur, in pixels
    #[arg(long, allow_negative_numbers = true)]
    sharpening: Option<f64>,
    /// Ridge, as a share of the variance of each feature
    #[arg(long, value_name = "RIDGE")]
    feature_ridge: Option<f64>,
}

// What a fit of objects is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Objects only (chosen by cross-validated bounds unless stated)")]
pub(crate) struct ObjectsOptions {
    /// Size of an object, in pixels: objects are the places where the picture fluctuates most, blurred so far
    #[arg(long, value_name = "PIXELS")]
    object_size: Option<f64>,
    /// Principal modes of each object
    #[arg(long, value_name = "N")]
    object_modes: Option<usize>,
}

// What the force estimator is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Force only")]
pub(crate) struct ForceOptions {
    /// Edge of the overlapping cells, in pixels: about the size of what moves as one [default: a quarter of
    /// the frame's shorter side, within 20 and 32]
    #[arg(long, value_name = "PIXELS")]
    cell: Option<usize>,
    /// Distance of neighbouring cells, in pixels [default: two thirds of a cell]
    #[arg(long, value_name = "PIXELS")]
    stride: Option<usize>,
    #[arg(long, value_name = "CELLS",
        help = with_default("How many cells away the cells may lie that drive a cell",
            ForceSettings::default().reach))]
    reach: Option<usize>,
    #[arg(long, help = with_default("Kernels of a cell, shared by all cells unless each has its own",
        ForceSettings::default().kernels))]
    kernels: Option<usize>,
    /// Principal components of cells of which kernels are made [default: 32, or as many as a smaller cell has
    /// pixels]
    #[arg(long)]
    components: Option<usize>,
    /// Ridge on the coefficients that carry sampling noise, in units of their mean squares [default: by
    /// validation]
    #[arg(long, value_name = "RIDGE")]
    noise_ridge: Option<f64>,
    /// Give all cells the same coefficients: for homogeneous matter, and frames of any size after training on
    /// crops
    #[arg(long)]
    invariant: bool,
    /// Give each cell kernels of its own: for very many transitions
    #[arg(long)]
    own_kernels: bool,
}

// What the fully convolutional network is told.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Fully convolutional network only")]
pub(crate) struct FullyConvolutionalOptions {
    #[arg(long, value_name = "PIXELS",
        help = with_default("Edge of the crops on which it is trained: of about 1 k_B a transition",
            FullyConvolutionalSettings::default().crop))]
    training_crop: Option<usize>,
    /// Let the force depend on the place, and on what is seen there on the average: for a flow, or objects
    /// that keep to their places
    #[arg(long)]
    context: bool,
    /// Turn and mirror crops at random: for what is alike in all directions and in a mirror
    #[arg(long)]
    isotropic: bool,
}

// Options that hold for one estimator or the other.
#[derive(Debug, Args)]
pub(crate) struct EstimatorOptions {
    #[command(flatten)]
    comparison: ComparisonOptions,
    #[command(flatten)]
    modes: ModesOptions,
    #[command(flatten)]
    moments: MomentsOptions,
    #[command(flatten)]
    local: LocalOptions,
    #[command(flatten)]
    objects: ObjectsOptions,
    #[command(flatten)]
    force: ForceOptions,
    #[command(flatten)]
    fully_convolutional: FullyConvolutionalOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    descent: DescentOptions,
}

impl EstimatorOptions {
    /// Lays what is stated over `settings`.
    ///
    /// # Errors
    /// [`Error::Setting`] for an option that none of the estimators has.
    pub(crate) fn lay_over(&self, settings: &mut Training) -> Result<()> {
        let estimators = match &mut settings.choice {
            Choice::Single(estimator) => std::slice::from_mut(estimator),
            Choice::Comparison(settings) => {
                self.comparison.lay_over(settings)?;
                &mut settings.estimators[..]
            }
        };
        for estimator in &mut *estimators {
            if let Some(settings) = estimator.descent_mut() {
                self.descent.lay_over(settings);
            }
            match estimator {
                EstimatorSettings::Modes(settings) => self.modes.lay_over(settings),
                EstimatorSettings::Moments(settings) => self.moments.lay_over(settings),
                EstimatorSettings::Currents(settings) | EstimatorSettings::Invariants(settings) => {
                    self.local.lay_over(settings);
                }
                EstimatorSettings::Objects(settings) => self.objects.lay_over(settings),
                EstimatorSettings::Force(settings) => self.force.lay_over(settings),
                EstimatorSettings::FullyConvolutional(settings) => {
                    self.fully_convolutional.lay_over(settings);
                }
                EstimatorSettings::Convolutional(settings) => {
                    settings.layers = self.network.layers.unwrap_or(settings.layers);
                }
                _ => {}
            }
        }
        let any_descends = estimators.iter_mut().any(|estimator| estimator.descent_mut().is_some());
        let names: Vec<&str> = estimators.iter().map(EstimatorSettings::name).collect();
        let has = |name: &str| names.contains(&name);
        let (modes, moments, objects) = (has("modes"), has("moments"), has("objects"));
        let (force, network) = (has("force"), has("convolutional"));
        let local_network = has("fully-convolutional");
        let local = has("currents") || has("invariants");
        let is_comparison = matches!(settings.choice, Choice::Comparison(_));
        refuse_unless(is_comparison, &self.comparison, "a comparison of estimators")?;
        refuse_unless(modes, &self.modes, "the estimator `modes`")?;
        refuse_unless(moments, &self.moments, "the estimator `moments`")?;
        refuse_unless(local, &self.local, "the estimators `currents` and `invariants`")?;
        refuse_unless(objects, &self.objects, "the estimator `objects`")?;
        refuse_unless(force, &self.force, "the estimator `force`")?;
        let options = &self.fully_convolutional;
        refuse_unless(local_network, options, "the estimator `fully-convolutional`")?;
        refuse_unless(network, &self.network, "the estimator `convolutional`")?;
        refuse_unless(any_descends, &self.descent, "an estimator that is trained step by step")
    }
}

/// The estimators of these `names`; those that are `known` keep what is stated of them there.
pub(crate) fn compared(names: &[String], known: &[EstimatorSettings]) -> Result<Vec<EstimatorSettings>> {
    let named = |name: &String| {
        let stated = known.iter().find(|estimator| estimator.name() == name);
        stated.cloned().map_or_else(|| EstimatorSettings::named(name), Ok)
    };
    names.iter().map(named).collect()
}

impl ComparisonOptions {
    fn lay_over(&self, settings: &mut ComparisonSettings) -> Result<()> {
        if let Some(names) = &self.compare {
            settings.estimators = compared(names, &settings.estimators)?;
        }
        if let Some(windows) = &self.windows {
            settings.windows.clone_from(windows);
        }
        replace(&mut settings.folds, self.folds);
        replace(&mut settings.work, self.work_budget);
        Ok(())
    }
}

impl DescentOptions {
    fn lay_over(&self, settings: &mut DescentSettings) {
        settings.iterations = self.iterations.or(settings.iterations);
        settings.batch = self.batch.or(settings.batch);
        settings.validate_every = self.validate_every.or(settings.validate_every);
        replace(&mut settings.learning_rate, self.learning_rate);
        replace(&mut settings.alpha, self.alpha);
        replace(&mut settings.patience, self.patience);
    }
}

impl ModesOptions {
    fn lay_over(&self, settings: &mut ModesSettings) {
        settings.modes = self.modes.or(settings.modes);
        settings.ridge = self.ridge.or(settings.ridge);
        settings.patch = self.patch.or(settings.patch);
        settings.spacing = self.spacing.or(settings.spacing);
        settings.radius = self.radius.or(settings.radius);
    }
}

impl MomentsOptions {
    fn lay_over(&self, settings: &mut MomentsSettings) {
        settings.degree = self.degree.or(settings.degree);
        settings.parts = self.parts.or(settings.parts);
    }
}

impl LocalOptions {
    fn lay_over(&self, settings: &mut LocalSettings) {
        settings.spacing = self.node_spacing.or(settings.spacing);
        settings.sharpening = self.sharpening.or(settings.sharpening);
        settings.ridge = self.feature_ridge.or(settings.ridge);
    }
}

impl ObjectsOptions {
    fn lay_over(&self, settings: &mut ObjectsSettings) {
        settings.scale = self.object_size.or(settings.scale);
        settings.modes = self.object_modes.or(settings.modes);
    }
}

impl ForceOptions {
    fn lay_over(&self, settings: &mut ForceSettings) {
        settings.cell = self.cell.or(settings.cell);
        settings.stride = self.stride.or(settings.stride);
        settings.components = self.components.or(settings.components);
        settings.ridge = self.noise_ridge.or(settings.ridge);
        replace(&mut settings.reach, self.reach);
        replace(&mut settings.kernels, self.kernels);
        settings.invariant |= self.invariant;
        settings.own_kernels |= self.own_kernels;
    }
}

impl FullyConvolutionalOptions {
    fn lay_over(&self, settings: &mut FullyConvolutionalSettings) {
        replace(&mut settings.crop, self.training_crop);
        settings.context |= self.context;
        settings.isotropic |= self.isotropic;
    }
}

/// Sets what is stated.
pub(crate) fn replace<T: Copy>(setting: &mut T, stated: Option<T>) {
    if let Some(value) = stated {
        *setting = value;
    }
}

/// Refuses the first of `options` that is stated, unless they are those of what is trained: it would be
/// ignored.
fn refuse_unless(is_used: bool, options: &impl Serialize, owner: &str) -> Result<()> {
    let options = serde_json::to_value(options).unwrap_or_default();
    let is_stated = |value: &serde_json::Value| !value.is_null() && *value != serde_json::Value::Bool(false);
    let mut stated = options.as_object().into_iter().flatten().filter(|(_, value)| is_stated(value));
    match stated.next() {
        Some((name, _)) if !is_used => {
            let option = format!("--{}", name.replace('_', "-"));
            let expected = "an option of what is trained";
            let remedy = format!("Leave {option} out, or choose another --estimator.");
            Err(Error::Setting(Fault::new(option, expected, format!("one of {owner} alone"), remedy)))
        }
        _ => Ok(()),
    }
}

/// Lets `settings` train the estimator of this `name` alone. One that they hold keeps what is stated of it
/// there.
pub(crate) fn train_alone(settings: &mut Training, name: &str) -> Result<()> {
    let stated = match &settings.choice {
        Choice::Single(estimator) => std::slice::from_ref(estimator),
        Choice::Comparison(comparison) => &comparison.estimators[..],
    };
    let known = stated.iter().find(|estimator| estimator.name() == name).cloned();
    let estimator = known.map_or_else(|| EstimatorSettings::named(name), Ok)?;
    settings.choice = Training::single(estimator).choice;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    fn laid_over(mut settings: Training, line: &str) -> Result<Training> {
        let command = EstimatorOptions::augment_args(Command::new("train"));
        let words = std::iter::once("train").chain(line.split_whitespace());
        let options = EstimatorOptions::from_arg_matches(&command.get_matches_from(words)).unwrap();
        options.lay_over(&mut settings)?;
        settings.check()?;
        Ok(settings)
    }

    fn single(name: &str) -> Training {
        Training::single(EstimatorSettings::named(name).unwrap())
    }

    /// Every option must arrive at the setting of its name, and at no other: catches two that are swapped,
    /// and one that is read and lost.
    #[test]
    fn every_option_changes_its_own_setting() {
        let cases = [
            ("modes", "--modes 3", "modes", "3"),
            ("modes", "--ridge 0.25", "ridge", "0.25"),
            ("modes", "--patch 20", "patch", "20"),
            ("modes", "--patch 20 --spacing 7", "spacing", "7"),
            ("modes", "--radius 2", "radius", "2"),
            ("moments", "--degree 1", "degree", "1"),
            ("moments", "--parts 3", "parts", "3"),
            ("currents", "--node-spacing 12", "spacing", "12"),
            ("invariants", "--sharpening -1.5", "sharpening", "-1.5"),
            ("invariants", "--feature-ridge 0.125", "ridge", "0.125"),
            ("objects", "--object-size 2.5", "scale", "2.5"),
            ("objects", "--object-modes 3", "modes", "3"),
            ("force", "--cell 21", "cell", "21"),
            ("force", "--stride 5", "stride", "5"),
            ("force", "--reach 3", "reach", "3"),
            ("force", "--kernels 4", "kernels", "4"),
            ("force", "--components 9", "components", "9"),
            ("force", "--noise-ridge 0.5", "ridge", "0.5"),
            ("force", "--invariant", "invariant", "true"),
            ("force", "--own-kernels", "own_kernels", "true"),
            ("force", "--iterations 17", "descent.iterations", "17"),
            ("force", "--batch 18", "descent.batch", "18"),
            ("fully-convolutional", "--training-crop 24", "crop", "24"),
            ("fully-convolutional", "--context", "context", "true"),
            ("fully-convolutional", "--isotropic", "isotropic", "true"),
            ("fully-convolutional", "--iterations 16", "descent.iterations", "16"),
            ("convolutional", "--learning-rate 0.125", "descent.learning_rate", "0.125"),
            ("convolutional", "--alpha -0.5", "descent.alpha", "-0.5"),
            ("convolutional", "--validate-every 19", "descent.validate_every", "19"),
            ("convolutional", "--patience 20", "descent.patience", "20"),
            ("convolutional", "--layers 4", "layers", "4"),
        ];
        let flat = |settings: &Training| {
            let text = settings.to_toml();
            let table: toml::Table = text.parse().unwrap();
            let mut words = std::collections::BTreeMap::new();
            for (key, value) in table["estimator"].as_table().unwrap() {
                match value {
                    toml::Value::Table(inner) => {
                        words.extend(inner.iter().map(|(k, v)| (format!("{key}.{k}"), v.to_string())));
                    }
                    value => drop(words.insert(key.clone(), value.to_string())),
                }
            }
            words
        };
        for (name, line, word, value) in cases {
            let (before, after) = (flat(&single(name)), flat(&laid_over(single(name), line).unwrap()));
            let changed: Vec<&String> =
                after.iter().filter(|of| before.get(of.0) != Some(of.1)).map(|of| of.0).collect();
            let last = *changed.last().unwrap();
            assert!(after[word] == value && changed.contains(&&word.to_owned()), "{line}: {after:?}");
            assert!(changed.len() <= line.matches("--").count(), "{line} changes {changed:?} {last}");
        }
    }

    #[test]
    fn options_of_a_comparison_are_laid_over_it() {
        let line = "--compare force,modes --windows 2,5 --folds 4 --work-budget 1e9 --cell 30 --modes 2";
        let Choice::Comparison(found) = laid_over(Training::default(), line).unwrap().choice else {
            panic!()
        };
        let names: Vec<&str> = found.estimators.iter().map(EstimatorSettings::name).collect();
        assert_eq!(
            (names, &found.windows[..], found.folds, found.work),
            (vec!["force", "modes"], &[2, 5][..], 4, 1e9)
        );
        let EstimatorSettings::Force(force) = &found.estimators[0] else { panic!() };
        assert_eq!(force.cell, Some(30));
    }

    /// Catches an option that is read and ignored.
    #[test]
    fn an_option_of_another_estimator_is_refused() {
        for (name, line, option) in [
            ("modes", "--cell 20", "--cell"),
            ("modes", "--iterations 20", "--iterations"),
            ("force", "--patch 20", "--patch"),
            ("modes", "--degree 1", "--degree"),
            ("modes", "--node-spacing 8", "--node-spacing"),
            ("moments", "--object-size 3", "--object-size"),
            ("force", "--layers 3", "--layers"),
            ("force", "--context", "--context"),
            ("convolutional", "--own-kernels", "--own-kernels"),
            ("convolutional", "--work-budget 1e9", "--work-budget"),
        ] {
            let told = laid_over(single(name), line).unwrap_err().to_string();
            assert!(told.starts_with(option), "{told}");
        }
        let told = laid_over(Training::default(), "--compare modes --cell 20").unwrap_err().to_string();
        assert!(told.starts_with("--cell") && told.contains("force"), "{told}");
        assert!(laid_over(Training::default(), "--compare modes,mode").is_err());
    }
}
