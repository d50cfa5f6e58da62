//! The module as Python sees it.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use sync_bridge::BridgeError;

use crate::interpreter;
use crate::timer::{BlockingTimer, Error, TokioTimer};

#[pymodule]
mod clock {
    #[pymodule_export]
    use super::{Clock, Ticks};
}

/// Waits, and does things later.
#[pyclass(frozen)]
struct Clock(TokioTimer);

#[pymethods]
impl Clock {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self(TokioTimer { bridge: interpreter::bridge()? }))
    }

    /// Waits for this many seconds.
    fn sleep(&self, seconds: f64) -> PyResult<()> {
        Ok(self.0.sleep_blocking(duration(seconds)?)?)
    }

    /// Waits, calls `function` on a thread of the bridge, and returns its result.
    fn call_later(&self, seconds: f64, function: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let call = move || Python::try_attach(|py| function.call0(py));
        let called = self.0.call_later_blocking(duration(seconds)?, call)?;
        called.unwrap_or_else(|| Err(PyRuntimeError::new_err("the interpreter is ending")))
    }

    /// Returns an iterator that counts from 0, one number after each interval.
    fn ticks(&self, seconds: f64) -> PyResult<Ticks> {
        Ok(Ticks(Mutex::new(Box::new(self.0.ticks_blocking(duration(seconds)?)))))
    }

    /// Like `sleep`, but releases the GIL before the call.
    fn sleep_detached(&self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        let time = duration(seconds)?;
        Ok(py.detach(|| self.0.sleep_blocking(time))?)
    }

    /// Waits on a thread that Python does not know. The second call is made inside the first.
    fn sleep_elsewhere(&self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        let time = duration(seconds)?;
        let sleep = || self.0.sleep_blocking(time);
        let sleep_twice = || self.0.call_later_blocking(time, sleep)?;
        // Released, because the other thread may need it.
        let outcome = py.detach(|| thread::scope(|scope| scope.spawn(sleep_twice).join()));
        Ok(outcome.expect("twins do not panic")?)
    }

    /// How many calls are in flight.
    fn in_flight(&self) -> usize {
        self.0.bridge.metrics().in_flight
    }
}

/// Counts intervals.
#[pyclass(frozen)]
struct Ticks(Mutex<Box<dyn Iterator<Item = Result<u64, Error>> + Send>>);

#[pymethods]
impl Ticks {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        // The lock is held while the call waits. `lock` would keep the GIL, which the call needs to return.
        let mut ticks = self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        Ok(ticks.next().transpose()?)
    }
}

fn duration(seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The exception that a signal handler has raised, or one for the failure of the bridge.
impl From<Error> for PyErr {
    fn from(Error(error): Error) -> Self {
        match &error {
            BridgeError::Interrupted { reason } => match reason.downcast_ref::<PyErr>() {
                Some(raised) => Python::attach(|py| raised.clone_ref(py)),
                None => PyRuntimeError::new_err(error.to_string()),
            },
            BridgeError::TimedOut { .. } => PyTimeoutError::new_err(error.to_string()),
            _ => PyRuntimeError::new_err(error.to_string()),
        }
    }
}
