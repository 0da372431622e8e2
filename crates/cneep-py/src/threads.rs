//! Keeps the threads that compute, one set a process.

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{Arc, RwLock};

/// The threads, with the process that started them.
static POOL: RwLock<Option<(u32, Arc<ThreadPool>)>> = RwLock::new(None);

/// Variables of the environment that state the number of threads, the first that is set counts.
const STATED_BY: [&str; 3] = ["CNEEP_NUM_THREADS", "RAYON_NUM_THREADS", "SLURM_CPUS_PER_TASK"];

/// The threads of this process. A child that was forked has none of its parent's, whatever the copied memory
/// says, and starts its own; a lock that another thread of the parent held then is never waited for.
pub(crate) fn pool() -> Arc<ThreadPool> {
    let process = std::process::id();
    if let Ok(kept) = POOL.try_read()
        && let Some((of, pool)) = &*kept
        && *of == process
    {
        return Arc::clone(pool);
    }
    let pool = Arc::new(start());
    if let Ok(mut kept) = POOL.try_write() {
        match &*kept {
            Some((of, known)) if *of == process => return Arc::clone(known),
            // Threads of the parent cannot be asked to end from here.
            _ => std::mem::forget(kept.replace((process, Arc::clone(&pool)))),
        }
    }
    pool
}

fn start() -> ThreadPool {
    let stated = STATED_BY.iter().find_map(|name| std::env::var(name).ok()?.trim().parse().ok());
    let start = |count| ThreadPoolBuilder::new().num_threads(count).thread_name(|_| "cneep".into()).build();
    // Where the system refuses so many, the caller's own thread computes.
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    start(stated.unwrap_or(0)).or_else(|_| alone()).expect("the thread that asks is there")
}

/// Number of threads that compute.
#[pyfunction]
pub(crate) fn thread_count() -> usize {
    pool().current_num_threads()
}
