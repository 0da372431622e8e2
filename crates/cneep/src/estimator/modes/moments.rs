//! States what a fit of moments is told, and defines it.

use super::coupled_modes::ModeBasis;
use super::definition::{memory_of, work_of};
use super::fit::{fit_plans, zero};
use super::layout::{Layout, MomentLayouts, moment_layouts};
use crate::estimator::background::FRAMES_HELD;
use crate::estimator::definition::Definition;
use crate::estimator::model::{ClosedFit, ClosedForm, FitData, Method, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::refusal::check_range;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Settings of the `moments` estimator: polynomial moments of the frame, and of its parts. By default all
/// parts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MomentsSettings {
    /// Degree of the polynomials, 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degree: Option<usize>,
    /// Parts along the shorter side of the frame; 1 for the whole frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
}

/// Most parts along the shorter side of a frame.
const MOST_PARTS: usize = 16;
/// What moments are taken of, the plainest last.
const BASES: [ModeBasis; 3] =
    [ModeBasis::PolynomialsOfNormalisedLight, ModeBasis::PolynomialsOfLight, ModeBasis::Polynomials];

impl Definition for MomentsSettings {
    fn name(&self) -> &'static str {
        "moments"
    }

    fn check(&self) -> Result<()> {
        check_range("moments.degree", self.degree, 1..=2)?;
        check_range("moments.parts", self.parts, 1..=MOST_PARTS)
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(*self)))
    }

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        let background = 4 * FRAMES_HELD * shape.rows * shape.columns;
        Ok(memory_of(&self.plans(shape, transitions), transitions) + background as u64)
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        Ok(BASES.len() as f64 * work_of(&self.plans(shape, transitions), transitions))
    }
}

impl MomentsSettings {
    /// Each layout of first degree by itself, then all together: what is simple and as good is taken, as the
    /// sum of many carries the noise of all.
    fn plans(&self, shape: WindowShape, transitions: usize) -> Vec<Vec<Layout>> {
        let layouts = |degree: Option<usize>| {
            moment_layouts(&MomentLayouts { degree, parts: self.parts }, shape, transitions)
        };
        let all = layouts(self.degree);
        let mut plans: Vec<Vec<Layout>> = Vec::new();
        if all.iter().map(Layout::trial_count).sum::<usize>() > 1 {
            plans.extend(layouts(Some(self.degree.unwrap_or(1))).into_iter().map(|layout| vec![layout]));
        }
        plans.push(all);
        plans
    }
}

impl ClosedForm for MomentsSettings {
    fn fit(&self, data: &FitData) -> Result<ClosedFit> {
        let shape = WindowShape::of(data.videos, data.window);
        let plans = self.plans(shape, data.split.train.len() + data.split.validation.len());
        fit_plans(data, &plans, &BASES, EstimatorPlan::Moments)
    }

    fn zero(&self, shape: WindowShape) -> Result<(EstimatorPlan, Box<dyn Model>)> {
        zero(shape, EstimatorPlan::Moments)
    }
}
