//! Listens for Ctrl-C: once to stop cleanly, twice to stop at once.

use cneep_movie::{Error, Result};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Whether nothing would be lost by an end at once.
static AT_ONCE: AtomicBool = AtomicBool::new(false);

/// What shells expect of a program that ends by Ctrl-C.
pub const EXIT_CODE: u8 = 130;

/// Starts to listen.
///
/// # Errors
/// [`Error::Io`] if the system lends no signals.
pub fn listen() -> Result<()> {
    let answer = || {
        let again = REQUESTED.swap(true, Ordering::SeqCst);
        if again || AT_ONCE.load(Ordering::SeqCst) {
            end();
        }
        eprintln!("stopping cleanly; press Ctrl-C again to stop at once");
    };
    ctrlc::set_handler(answer).map_err(|refusal| Error::Io {
        path: Path::new("Ctrl-C").into(),
        source: std::io::Error::other(refusal),
        remedy: "Start the program from an ordinary terminal.".into(),
    })
}

/// Asks to stop, as Ctrl-C does.
pub(crate) fn request() {
    REQUESTED.store(true, Ordering::SeqCst);
    if AT_ONCE.load(Ordering::SeqCst) {
        end();
    }
}

/// Asks to stop when standard input comes to its end: as the process does that holds the other side of it,
/// however it ends.
pub(crate) fn when_input_ends() {
    std::thread::spawn(|| {
        // What cannot be read has ended.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        request();
    });
}

/// Whether Ctrl-C has been pressed.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Does `work` that keeps nothing before its end, such as reading movies: the first Ctrl-C ends the program
/// at once, whatever the work is waiting for.
pub fn ending_at_once<T>(work: impl FnOnce() -> T) -> T {
    let before = AT_ONCE.swap(true, Ordering::SeqCst);
    if requested() {
        end();
    }
    let done = work();
    AT_ONCE.store(before, Ordering::SeqCst);
    done
}

fn end() -> ! {
    eprintln!("stopped");
    std::process::exit(EXIT_CODE.into())
}

/// Stops what `output` is made for if Ctrl-C has been pressed.
///
/// # Errors
/// That of the unfinished `output`.
pub fn check(output: &Path) -> Result<()> {
    if !requested() {
        return Ok(());
    }
    Err(Error::stopped(output.display().to_string()))
}
