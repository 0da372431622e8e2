//! Turns errors of the library into Python exceptions.

use cneep_movie::Error;
use cneep_movie::error::Fault;
use pyo3::prelude::*;

/// The exception that stands for `error`, made by the package's own classes.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let fault = |kind: &str, fault: &Fault| {
        let Fault { subject, expected, found, remedy, .. } = fault;
        let parts = (kind, subject, expected, found, remedy, error.setting());
        py.import("cneep._errors")?.getattr("of_fault")?.call1(parts)
    };
    let made = match error {
        Error::Format(of) => fault("FormatError", of),
        Error::Unsupported(of) => fault("UnsupportedError", of),
        Error::Mismatch(of) => fault("MismatchError", of),
        Error::Setting(of) => fault("SettingError", of),
        Error::NotConverged(of) => fault("NotConvergedError", of),
        Error::Memory(of) => fault("OutOfMemoryError", of),
        Error::Io { path, source, remedy } => {
            let parts = (source.raw_os_error(), source.to_string(), path.display().to_string(), remedy);
            let module = py.import("cneep._errors");
            module.and_then(|module| module.getattr("of_system")?.call1(parts))
        }
        other => {
            let module = py.import("cneep._errors");
            module.and_then(|module| module.getattr("StoppedError")?.call1((other.to_string(),)))
        }
    };
    made.map_or_else(|refusal| refusal, PyErr::from_value)
}

/// Hands an error of the library on as a Python exception.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for cneep_movie::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, &error))
    }
}

/// `value` as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| pyo3::exceptions::PyRuntimeError::new_err(e.to_string()))
}

/// What `text`, JSON made of the settings called `subject`, states.
pub(crate) fn stated<T: serde::de::DeserializeOwned>(
    py: Python<'_>,
    subject: &str,
    text: &str,
) -> PyResult<T> {
    let refuse = |e: serde_json::Error| {
        let remedy = "Correct the name or the value.";
        // Line and column are those of a text that the user has not seen.
        let found = e.to_string();
        let found = found.rsplit_once(" at line").map_or(&*found, |(what, _)| what).to_owned();
        Error::Setting(Fault::new(subject, "settings as the documentation lists them", found, remedy))
    };
    serde_json::from_str(text).map_err(refuse).or_raise(py)
}
