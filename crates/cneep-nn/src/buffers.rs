//! Keeps buffers between calls, so that the memory of one call serves the next.

use crate::parameters::Packed;
use crate::plan::Plan;
use crate::workspace::Workspace;
use std::sync::Mutex;

/// Buffers of one plan that no thread is using.
#[derive(Default)]
pub(crate) struct Buffers {
    parameters: Mutex<Vec<Packed>>,
    workspaces: Mutex<Vec<Workspace>>,
    gradients: Mutex<Vec<Vec<f32>>>,
}

/// One of the buffers that are free.
fn take<T>(free: &Mutex<Vec<T>>) -> Option<T> {
    free.lock().ok().and_then(|mut free| free.pop())
}

/// Puts a buffer back among those that are free.
fn put<T>(free: &Mutex<Vec<T>>, buffer: T) {
    if let Ok(mut free) = free.lock() {
        free.push(buffer);
    }
}

impl Buffers {
    /// Room for the parameters of `plan`.
    pub(crate) fn take_parameters(&self, plan: &Plan) -> Packed {
        take(&self.parameters).unwrap_or_else(|| Packed::new(plan))
    }

    /// Puts packed parameters back.
    pub(crate) fn put_parameters(&self, parameters: Packed) {
        put(&self.parameters, parameters);
    }

    /// A workspace for `plan`, whose maps may hold anything inside their borders.
    pub(crate) fn take_workspace(&self, plan: &Plan) -> Workspace {
        take(&self.workspaces).unwrap_or_else(|| Workspace::new(plan))
    }

    /// Puts a workspace back.
    pub(crate) fn put_workspace(&self, workspace: Workspace) {
        put(&self.workspaces, workspace);
    }

    /// A packed gradient of zeros for `plan`.
    pub(crate) fn take_gradient(&self, plan: &Plan) -> Vec<f32> {
        let mut gradient = take(&self.gradients).unwrap_or_default();
        gradient.clear();
        gradient.resize(plan.packing.len(), 0.0);
        gradient
    }

    /// Puts a gradient back.
    pub(crate) fn put_gradient(&self, gradient: Vec<f32>) {
        put(&self.gradients, gradient);
    }
}
