//! Moves parameters down their gradient, as PyTorch's Adam does.

/// Settings of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamSettings {
    /// Size of a step.
    pub learning_rate: f32,
    /// Memory of the first moment.
    pub beta1: f32,
    /// Memory of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Weight decay: `l2 * parameter` is added to the gradient.
    pub l2: f32,
}

impl Default for AdamSettings {
    /// PyTorch's: learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8, no decay.
    fn default() -> Self {
        Self { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, l2: 0.0 }
    }
}

/// The optimiser of Kingma & Ba (arXiv 1412.6980), with L2 decay in the gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    settings: AdamSettings,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: u64,
}

impl Adam {
    /// An optimiser that has taken no step.
    pub fn new(parameter_count: usize, settings: AdamSettings) -> Self {
        Self { settings, first: vec![0.0; parameter_count], second: vec![0.0; parameter_count], steps: 0 }
    }

    /// An optimiser with the moments and steps of another, as [`Self::state`] gave them.
    ///
    /// # Panics
    /// If the moments differ in length.
    pub fn from_state(settings: AdamSettings, first: Vec<f32>, second: Vec<f32>, steps: u64) -> Self {
        assert_eq!(first.len(), second.len(), "two moments per parameter");
        Self { settings, first, second, steps }
    }

    /// First moment, second moment, steps taken.
    pub fn state(&self) -> (&[f32], &[f32], u64) {
        (&self.first, &self.second, self.steps)
    }

    /// Changes the size of the steps to come.
    pub fn set_learning_rate(&mut self, learning_rate: f32) {
        self.settings.learning_rate = learning_rate;
    }

    /// Moves `parameters` one step.
    ///
    /// # Panics
    /// If the lengths are not those of the moments.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        assert_eq!(parameters.len(), self.first.len(), "one first moment per parameter");
        assert_eq!(gradient.len(), self.first.len(), "one gradient per parameter");
        self.steps += 1;
        let AdamSettings { learning_rate, beta1, beta2, epsilon, l2 } = self.settings;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(self.steps as f64);
        let size = (f64::from(learning_rate) / correction(beta1)) as f32;
        let root = correction(beta2).sqrt() as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient + l2 * *parameter;
            *first += (1.0 - beta1) * (gradient - *first);
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            *parameter -= size * *first / (second.sqrt() / root + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, with gradient `g = 2 parameter - 1` and decay 0.1; the first step is
    /// `learning_rate * sign(g)` but for epsilon. Would catch decoupled decay, a missing correction, and
    /// epsilon under the root.
    #[test]
    fn steps_are_those_of_pytorch() {
        let settings = AdamSettings { learning_rate: 0.01, l2: 0.1, ..AdamSettings::default() };
        let mut adam = Adam::new(2, settings);
        let mut parameters = [1.0_f32, -0.5];
        let mut exact = [1.0_f64, -0.5];
        let (mut first, mut second) = ([0.0_f64; 2], [0.0_f64; 2]);
        for step in 1..=5 {
            let gradient: Vec<f32> = parameters.iter().map(|p| 2.0 * p - 1.0).collect();
            adam.step(&mut parameters, &gradient);
            for i in 0..2 {
                let g = 2.0 * exact[i] - 1.0 + 0.1 * exact[i];
                first[i] = 0.9 * first[i] + 0.1 * g;
                second[i] = 0.999 * second[i] + 0.001 * g * g;
                let (m, v) =
                    (first[i] / (1.0 - 0.9_f64.powi(step)), second[i] / (1.0 - 0.999_f64.powi(step)));
                exact[i] -= 0.01 * m / (v.sqrt() + 1e-8);
                assert!((f64::from(parameters[i]) - exact[i]).abs() < 1e-6, "step {step}");
            }
            if step == 1 {
                assert!((parameters[0] - 0.99).abs() < 1e-6 && (parameters[1] + 0.49).abs() < 1e-6);
            }
        }
        assert_eq!(adam.state().2, 5);
    }

    #[test]
    fn an_optimiser_taken_up_again_goes_on_as_if_never_laid_down() {
        let mut adam = Adam::new(1, AdamSettings::default());
        let mut parameters = [1.0];
        adam.step(&mut parameters, &[0.3]);
        let (first, second, steps) = adam.state();
        let mut other = Adam::from_state(AdamSettings::default(), first.to_vec(), second.to_vec(), steps);
        let mut others = parameters;
        adam.step(&mut parameters, &[-0.1]);
        other.step(&mut others, &[-0.1]);
        assert_eq!((parameters, adam), (others, other));
    }
}
