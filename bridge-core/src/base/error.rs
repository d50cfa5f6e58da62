//! What can go wrong between a call and its answer, one variant for each decision a caller can take.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Why a call through a [`RuntimeBridge`](crate::RuntimeBridge) has no value to return.
///
/// Each variant stands for one decision: retry later, give up on this bridge, report a bug, and so on.
/// A failure of the future itself is not here: it is the future's own output.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{BridgeError, RuntimeBridge};
///
/// let bridge = RuntimeBridge::new()?;
/// let answer: Result<u8, BridgeError> = bridge.block_on(async { panic!("no such table") });
/// let error = answer.unwrap_err();
/// assert!(matches!(error, BridgeError::ResponseLost(_)));
/// assert_eq!(error.panic_message(), Some("no such table"));
///
/// // The bridge serves on.
/// assert_eq!(bridge.block_on(async { 7 })?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BridgeError {
    /// The global bridge could not be started; the [`io::Error`] says why. The next call tries again.
    NotStarted(io::Error),
    /// The bridge is shut down, or its runtime is gone: no later call on it can succeed.
    WorkerDead,
    /// The call was accepted and its future was dropped without a value: it panicked, or it was cancelled.
    /// The bridge serves on.
    ResponseLost(LostResponse),
    /// The time limit ran out. The future of a call was dropped before the call returned; a task that was
    /// [waited for](crate::BridgedTask::wait_timeout) runs on.
    TimedOut {
        /// How long the call had waited.
        after: Duration,
    },
    /// The call was cancelled by its token. The future was dropped before the call returned.
    Cancelled {
        /// How long the call had waited.
        after: Duration,
    },
    /// The call could never have been answered: the only thread that could answer it is the one that asks,
    /// or waits for it.
    WouldDeadlock,
    /// The bridge has as many calls in flight as it allows, or the call needs a thread and none is to be had: 512 threads
    /// of the bridge are blocked already, or the system refuses another.
    Saturated,
    /// The result of a task has been handed out already, which happens once: to an earlier
    /// [`wait`](crate::BridgedTask::wait) or `await` on the same handle.
    ResultTaken,
    /// The bridge was made before a `fork`, and this is the child: its threads exist in the parent only.
    Forked,
}

/// What is known about a future that was dropped without a value: the payload of its panic, if it panicked.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{BridgeError, RuntimeBridge};
///
/// let bridge = RuntimeBridge::new()?;
/// let error = bridge.block_on(async { panic!("torn page") }).map(|(): ()| ()).unwrap_err();
/// // The error has the payload of the panic.
/// assert!(matches!(&error, BridgeError::ResponseLost(_)) && error.panic_message() == Some("torn page"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LostResponse {
    panic: Option<Box<Panic>>,
}

struct Panic {
    /// Read once, when the panic is caught, so that it can be lent out without taking the lock.
    message: Option<String>,
    /// A payload is `Send` and not `Sync`; the lock makes the error `Sync`.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl BridgeError {
    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => Some((*text).to_owned()),
            None => payload.downcast_ref::<String>().cloned(),
        };
        let payload = Mutex::new(payload);
        let panic = Some(Box::new(Panic { message, payload }));
        Self::ResponseLost(LostResponse { panic })
    }

    pub(crate) fn cancelled_by_runtime() -> Self {
        Self::ResponseLost(LostResponse { panic: None })
    }

    /// Whether the future panicked, so that [`into_panic`](Self::into_panic) has a payload to give.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::BridgeError;
    ///
    /// assert!(!BridgeError::WouldDeadlock.is_panic());
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self, Self::ResponseLost(lost) if lost.panic.is_some())
    }

    /// The text of the panic, where the future panicked with one: `panic!("…")` does, `panic_any` need not.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let error = bridge.block_on(async { panic!("page {} is torn", 3) }).unwrap_err();
    /// assert_eq!(error.panic_message(), Some("page 3 is torn"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn panic_message(&self) -> Option<&str> {
        match self {
            Self::ResponseLost(lost) => lost.panic.as_ref()?.message.as_deref(),
            _ => None,
        }
    }

    /// The payload of the future's panic.
    ///
    /// # Panics
    ///
    /// Panics if the error is not a panic: ask [`is_panic`](Self::is_panic) first, or use
    /// [`try_into_panic`](Self::try_into_panic).
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let error = bridge.block_on(async { std::panic::panic_any(404_u16) }).unwrap_err();
    /// assert_eq!(error.into_panic().downcast_ref(), Some(&404_u16));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(error) => panic!("`into_panic` on an error that is not a panic: {error}"),
        }
    }

    /// The payload of the future's panic.
    ///
    /// # Errors
    ///
    /// Gives the error back if it is not a panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::BridgeError;
    ///
    /// let error = BridgeError::WouldDeadlock.try_into_panic().unwrap_err();
    /// assert!(matches!(error, BridgeError::WouldDeadlock));
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        match self {
            Self::ResponseLost(LostResponse { panic: Some(panic) }) => {
                Ok(panic.payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            other => Err(other),
        }
    }

    /// Panics on this thread: with the payload of the future's panic if there is one (the panic hook, which
    /// has already reported it, is not called again), with the text of the error otherwise.
    ///
    /// # Panics
    ///
    /// Always: that is its purpose.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new().unwrap();
    /// let answer: Result<u8, _> = bridge.block_on(async { panic!("no such table") });
    /// let answer = answer.unwrap_or_else(|error| error.resume_unwind());
    /// # drop(answer);
    /// ```
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self.try_into_panic() {
            Ok(payload) => std::panic::resume_unwind(payload),
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => write!(f, "the global runtime bridge could not be started: {error}"),
            Self::WorkerDead => {
                f.write_str("the runtime bridge is shut down; make calls before shutting it down, or build another")
            }
            Self::ResponseLost(lost) => lost.fmt(f),
            Self::TimedOut { after } => {
                write!(f, "timed out after {after:?}; a call's future was dropped, a task that was waited for runs on")
            }
            Self::Cancelled { after } => write!(f, "the call was cancelled after {after:?}; its future was dropped"),
            Self::WouldDeadlock => f.write_str(
                "the call would deadlock: the thread that would answer it waits for it; \
                 `.await` the future instead, or use `Flavor::MultiThread`",
            ),
            Self::Saturated => f.write_str(
                "the runtime bridge has reached its limit of calls in flight, or of threads; try again later, or raise the limit",
            ),
            Self::ResultTaken => f.write_str(
                "the result of the task has been handed out already; keep what the first `wait` or `await` returns",
            ),
            Self::Forked => f.write_str(
                "the runtime bridge was made before `fork`, and its threads exist in the parent process only; \
                 build another in the child",
            ),
        }
    }
}

impl Error for BridgeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotStarted(error) => Some(error),
            _ => None,
        }
    }
}

/// Keeps the whole error as the [`io::Error`]'s inner one. The kind is never `Interrupted` or `WouldBlock`:
/// code that reads and writes retries on those.
impl From<BridgeError> for io::Error {
    fn from(error: BridgeError) -> Self {
        let kind = match &error {
            // A thread that cannot be spawned is `WouldBlock` on Unix.
            BridgeError::NotStarted(error) => match error.kind() {
                ErrorKind::Interrupted | ErrorKind::WouldBlock => ErrorKind::Other,
                kind => kind,
            },
            BridgeError::WorkerDead | BridgeError::Forked => ErrorKind::BrokenPipe,
            BridgeError::TimedOut { .. } => ErrorKind::TimedOut,
            BridgeError::WouldDeadlock => ErrorKind::Deadlock,
            BridgeError::Saturated => ErrorKind::ResourceBusy,
            BridgeError::ResponseLost(_) | BridgeError::Cancelled { .. } | BridgeError::ResultTaken => ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for LostResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic.as_deref() {
            None => f.write_str("the call was cancelled: the runtime dropped its future unfinished"),
            Some(Panic { message: Some(message), .. }) => write!(f, "the future of the call panicked: {message}"),
            Some(Panic { message: None, .. }) => f.write_str("the future of the call panicked"),
        }
    }
}

impl fmt::Debug for LostResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic.as_deref() {
            None => f.write_str("Cancelled"),
            Some(panic) => f.debug_tuple("Panic").field(&panic.message).finish(),
        }
    }
}
