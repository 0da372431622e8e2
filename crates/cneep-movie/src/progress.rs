//! Lets a long computation tell how far it is, and ask whether it should stop.

/// What a caller hands to a long computation. All methods may be called from any thread.
pub trait Progress: Sync {
    /// A task of `total` steps begins, described in a few words.
    fn begin(&self, task: &str, total: u64) {
        let _ = (task, total);
    }

    /// `steps` more steps are done.
    fn advance(&self, steps: u64) {
        let _ = steps;
    }

    /// A short note to show beside the bar, such as the current loss.
    fn note(&self, text: &str) {
        let _ = text;
    }

    /// The task that began last has ended.
    fn end(&self) {}

    /// A part of the whole begins that takes this `work`, and after it parts that take the work `ahead`, all
    /// in one unit: what a bar over the whole, and the time that remains, are made of. Less may come, as what
    /// adds nothing is left out.
    fn part(&self, name: &str, work: f64, ahead: f64) {
        let _ = (name, work, ahead);
    }

    /// Whether the user asked to stop. A long computation then ends cleanly, with what it has.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// Reports to nobody and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
