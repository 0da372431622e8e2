//! Holds plans: many analyses, or cases of an experiment, as tasks, each a line of a file that does not
//! change.
//!
//! A plan is a folder:
//!
//! ```text
//! plan.toml      format, version, number and hash of the tasks, hash of the settings
//! settings.toml  settings of every training
//! tasks.jsonl    one line a task
//! tasks/000042/  the result of task 42, whole, with done.json; or error.json alone
//! unfinished/    what workers have begun, each with its lock
//! logs/          what schedulers and workers print
//! ```
//!
//! A task is a pure function of its line. Nobody coordinates workers: two on one task give the same results,
//! and a finished task enters `tasks/` by one renaming of its folder.

pub(crate) mod allocation;
pub(crate) mod folder;
pub(crate) mod found;
pub(crate) mod line;
pub(crate) mod manifest;
pub(crate) mod movie_hash;
pub(crate) mod pool;
pub(crate) mod ranges;
pub(crate) mod table;
mod task;
mod tile;
pub(crate) mod unfinished;

pub use folder::PlanFolder;
pub use found::Found;
pub(crate) use line::{AnalysisTask, Stated};
pub use manifest::{Manifest, hash};
pub use task::Task;
pub(crate) use tile::TileOfField;
