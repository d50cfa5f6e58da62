//! The errors of a call, with one variant for each decision that a caller can take.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The reason why a call through a [`RuntimeBridge`](crate::RuntimeBridge) does not return a value.
///
/// Each variant corresponds to one decision: retry later, give up on this bridge, report a bug, and so on.
/// An error that the future returns is not a `BridgeError`. It is the future's output.
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
/// // The bridge keeps working.
/// assert_eq!(bridge.block_on(async { 7 })?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BridgeError {
    /// The global bridge could not be started. The [`io::Error`] is the reason. The next call tries again.
    NotStarted(io::Error),
    /// The bridge is shut down, or its runtime no longer exists. No later call on it can succeed.
    WorkerDead,
    /// The call was accepted, but its future was dropped without a value. The future panicked or was cancelled.
    /// The bridge keeps working.
    ResponseLost(LostResponse),
    /// The time limit ran out. If this was a call, its future was dropped before the call returned. If this was a
    /// [wait for a task](crate::BridgedTask::wait_timeout), the task continues to run.
    TimedOut {
        /// How long the call had waited.
        after: Duration,
    },
    /// The call was cancelled by its token. The future was dropped before the call returned.
    Cancelled {
        /// How long the call had waited.
        after: Duration,
    },
    /// The future has ended, but the writer that it was lent with `#[bridge(write)]` has not taken all bytes. The
    /// [`io::Error`] is the writer's. The future has not seen it.
    NotWritten(io::Error),
    /// A check of [`Builder::while_waiting`](crate::Builder::while_waiting) or
    /// [`CallOptions::while_waiting`](crate::CallOptions::while_waiting) has ended the call, or a call that this one is a
    /// part of. The future was dropped before the call returned.
    Interrupted {
        /// The reason that the check gave. All the calls that it ends have it.
        reason: Arc<dyn Error + Send + Sync>,
    },
    /// The call could never have been answered. The only thread that could answer it makes the call, or waits for the
    /// thread that makes it.
    WouldDeadlock,
    /// The bridge has as many calls in flight as it allows, or the call needs a thread and cannot get one. In the
    /// second case 512 threads of the bridge are already blocked, blocking closures use [all
    /// threads](crate::Builder::max_blocking_threads), or the system refuses another thread.
    Saturated,
    /// An earlier [`wait`](crate::BridgedTask::wait) or `await` on the same handle has already taken the result of the
    /// task. A result can be taken once.
    ResultTaken,
    /// The thread is ending, and tokio's thread-local has been destroyed. No runtime can be entered on it.
    /// [`block_on`](crate::RuntimeBridge::block_on) works on such a thread.
    ThreadEnding,
    /// The bridge was made before a `fork`, and this is the child. The bridge's threads exist only in the parent.
    Forked,
}

/// Information about a future that was dropped without a value. If the future panicked, this holds the payload.
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
    /// The text is read once, when the panic is caught, so that it can be borrowed without taking the lock.
    message: Option<String>,
    /// A payload is `Send` but not `Sync`. The lock makes the error `Sync`.
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

    /// Returns whether the future panicked. If so, [`into_panic`](Self::into_panic) returns the payload.
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

    /// Returns the text of the panic, if the payload is text. `panic!("…")` always has a text, `panic_any` need not.
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

    /// Returns the payload of the future's panic.
    ///
    /// # Panics
    ///
    /// Panics if the error is not a panic. Check [`is_panic`](Self::is_panic) first, or use
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

    /// Returns the payload of the future's panic.
    ///
    /// # Errors
    ///
    /// Returns the error if it is not a panic.
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

    /// Panics on this thread.
    ///
    /// If the future panicked, the panic has the same payload. The panic hook is not called again, because it has
    /// already reported this panic. Otherwise the panic has the text of the error.
    ///
    /// # Panics
    ///
    /// Always.
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
            Self::NotStarted(error) => write!(f, "the process-wide runtime bridge could not be started: {error}"),
            Self::WorkerDead => {
                f.write_str("the runtime bridge is shut down; make calls before the shutdown, or build another bridge")
            }
            Self::ResponseLost(lost) => lost.fmt(f),
            Self::TimedOut { after } => {
                write!(f, "timed out after {after:?}; a call has dropped its future, a task that was waited for continues")
            }
            Self::NotWritten(error) => write!(f, "the call has ended, but not all of its bytes were written: {error}"),
            Self::Cancelled { after } => write!(f, "the call was cancelled after {after:?}; its future was dropped"),
            Self::Interrupted { reason } => write!(f, "the call was interrupted: {reason}"),
            Self::WouldDeadlock => f.write_str(
                "the call would deadlock: the only thread that could answer it makes the call or waits for it; \
                 `.await` the future instead, or use `Flavor::MultiThread`",
            ),
            Self::Saturated => f.write_str(
                "the runtime bridge has reached its limit of calls in flight or of threads; try again later, or raise the limit",
            ),
            Self::ResultTaken => f.write_str(
                "the result of the task has already been taken; keep the value that the first `wait` or `await` returns",
            ),
            Self::ThreadEnding => f.write_str(
                "the thread is ending, and no runtime can be entered on it any more; run the code on a thread of the bridge, \
                 with `bridge.block_on(async { … })`",
            ),
            Self::Forked => f.write_str(
                "the runtime bridge was made before `fork`, and its threads exist only in the parent process; \
                 build another bridge in the child",
            ),
        }
    }
}

impl Error for BridgeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotStarted(error) | Self::NotWritten(error) => Some(error),
            Self::Interrupted { reason } => Some(&**reason),
            _ => None,
        }
    }
}

/// Keeps the whole error as the inner error of the [`io::Error`]. The kind is never `Interrupted` or `WouldBlock`,
/// because code that reads and writes retries on these.
impl From<BridgeError> for io::Error {
    fn from(error: BridgeError) -> Self {
        let kind = match &error {
            // A thread that cannot be spawned is `WouldBlock` on Unix.
            BridgeError::NotStarted(error) | BridgeError::NotWritten(error) => match error.kind() {
                ErrorKind::Interrupted | ErrorKind::WouldBlock => ErrorKind::Other,
                kind => kind,
            },
            BridgeError::WorkerDead | BridgeError::Forked => ErrorKind::BrokenPipe,
            BridgeError::TimedOut { .. } => ErrorKind::TimedOut,
            BridgeError::WouldDeadlock => ErrorKind::Deadlock,
            BridgeError::Saturated => ErrorKind::ResourceBusy,
            BridgeError::ResponseLost(_)
            | BridgeError::Cancelled { .. }
            | BridgeError::Interrupted { .. }
            | BridgeError::ResultTaken
            | BridgeError::ThreadEnding => ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for LostResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic.as_deref() {
            None => f.write_str("the call was cancelled: its future was dropped before it finished"),
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
