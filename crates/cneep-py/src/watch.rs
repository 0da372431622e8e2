//! Runs a long computation on a thread of its own, while the calling thread tells how far it is and listens
//! for Ctrl-C.

use crate::errors::exception;
use crate::threads;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often signals are looked for, and how many looks go by from one word of progress to the next.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS_PER_WORD: u32 = 5;

/// How far a computation is, and whether it should stop.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop: AtomicBool,
    end: Option<Instant>,
    tasks: Mutex<Vec<Task>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Task {
    name: String,
    done: u64,
    total: u64,
    note: String,
}

impl Watch {
    fn tasks(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_last(&self, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks().last_mut() {
            change(task);
        }
    }
}

impl Progress for Watch {
    fn begin(&self, task: &str, total: u64) {
        self.tasks().push(Task { name: task.to_owned(), total, ..Task::default() });
    }

    fn advance(&self, steps: u64) {
        self.with_last(|task| task.done += steps);
    }

    fn note(&self, text: &str) {
        self.with_last(|task| text.clone_into(&mut task.note));
    }

    fn end(&self) {
        self.tasks().pop();
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.end.is_some_and(|end| Instant::now() >= end)
    }
}

/// What a computation gives: its result, or the panic that ended it.
type Outcome<T> = std::result::Result<Result<T>, Box<dyn Any + Send>>;

/// How a computation ended.
pub(crate) enum Ran<T> {
    /// By itself.
    Done(T),
    /// By Ctrl-C, or an exception of the callback; it was asked to stop, and is about to.
    Interrupted(PyErr, Ending<T>),
}

/// A computation that was asked to stop.
pub(crate) struct Ending<T>(Receiver<Outcome<T>>);

impl<T> Ran<T> {
    /// What it gave; the exception that interrupted it.
    pub(crate) fn done(self) -> PyResult<T> {
        match self {
            Self::Done(done) => Ok(done),
            Self::Interrupted(exception, _) => Err(exception),
        }
    }
}

impl<T: Send> Ending<T> {
    /// Waits for what was complete when it was asked to stop.
    pub(crate) fn wait(self, py: Python<'_>) -> PyResult<T> {
        let Self(mut receive) = self;
        loop {
            let got;
            (receive, got) = looked(py, receive);
            match got {
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
                Err(RecvTimeoutError::Disconnected) => return Err(fault()),
                Ok(outcome) => return opened(py, outcome),
            }
        }
    }
}

/// Waits a moment, without the interpreter, for what a thread sends.
fn looked<T: Send>(
    py: Python<'_>,
    receive: Receiver<Outcome<T>>,
) -> (Receiver<Outcome<T>>, std::result::Result<Outcome<T>, RecvTimeoutError>) {
    py.detach(move || {
        let got = receive.recv_timeout(LOOK);
        (receive, got)
    })
}

fn opened<T>(py: Python<'_>, outcome: Outcome<T>) -> PyResult<T> {
    outcome.map_err(|_| fault())?.map_err(|error| exception(py, &error))
}

fn fault() -> PyErr {
    PyRuntimeError::new_err("a fault of cneep ended the computation; please report what is printed above")
}

/// A time budget in `seconds`.
pub(crate) fn allowed(py: Python<'_>, seconds: f64) -> PyResult<Duration> {
    let allowed = Duration::try_from_secs_f64(seconds).ok().filter(|allowed| !allowed.is_zero());
    allowed.ok_or_else(|| {
        let remedy = "Leave it out to take the time it needs.";
        let (expected, found) = ("a positive number of seconds", seconds.to_string());
        exception(py, &Error::Setting(Fault::new("time_budget", expected, found, remedy)))
    })
}

/// Runs `work` without the interpreter. `tell`, if any, is called with task, steps done, their number and a
/// note; `seconds`, if any, is the time after which the work is asked to stop with what it has.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    tell: Option<&Bound<'_, PyAny>>,
    seconds: Option<f64>,
    work: impl FnOnce(&Watch) -> Result<T> + Send + 'static,
) -> PyResult<Ran<T>> {
    let allowed = seconds.map(|seconds| allowed(py, seconds)).transpose()?;
    let end = allowed.and_then(|allowed| Instant::now().checked_add(allowed));
    let watch = Arc::new(Watch { end, ..Watch::default() });
    let its_own = Arc::clone(&watch);
    let (send, mut receive) = channel();
    let work = move || {
        let compute = || threads::pool().install(|| work(&its_own));
        // Nobody may listen any more to one that was interrupted.
        let _ = send.send(catch_unwind(AssertUnwindSafe(compute)));
    };
    std::thread::Builder::new().name("cneep run".into()).spawn(work)?;
    let (mut told, mut looks) = (Task::default(), 0);
    loop {
        let got;
        (receive, got) = looked(py, receive);
        match got {
            Ok(outcome) => return opened(py, outcome).map(Ran::Done),
            Err(RecvTimeoutError::Disconnected) => return Err(fault()),
            Err(RecvTimeoutError::Timeout) => looks += 1,
        }
        let mut listened = py.check_signals();
        if let (Ok(()), Some(tell), 0) = (&listened, tell, looks % LOOKS_PER_WORD) {
            let task = watch.tasks().last().cloned().unwrap_or_default();
            if task != told {
                listened = tell.call1((&task.name, task.done, task.total, &task.note)).map(|_| ());
                told = task;
            }
        }
        if let Err(exception) = listened {
            watch.stop.store(true, Ordering::Relaxed);
            return Ok(Ran::Interrupted(exception, Ending(receive)));
        }
    }
}
