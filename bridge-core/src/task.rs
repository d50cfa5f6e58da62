//! A task on the bridge, and a handle that sync and async code can wait on.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinHandle};

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::call::dispatch;
use crate::call::limits::CallKind;
use crate::engine::metrics::Ended;

/// A task that runs on a bridge, made by [`RuntimeBridge::spawn`].
///
/// The task runs whether or not anybody waits for it, and goes on if this handle is dropped, as long as the bridge
/// does. The handle keeps the bridge: its task goes on though every [`RuntimeBridge`] is dropped.
///
/// Sync code waits with [`wait`](Self::wait), async code awaits the handle.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let tasks: Vec<_> = (1..=3).map(|n| bridge.spawn(async move { n * n })).collect();
/// let squares: Result<Vec<_>, _> = tasks.into_iter().map(|task| task.wait()).collect();
/// assert_eq!(squares?, [1, 4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the task runs on without its handle; drop it explicitly if that is meant"]
pub struct BridgedTask<T> {
    state: State<T>,
}

enum State<T> {
    Spawned {
        handle: JoinHandle<T>,
        bridge: RuntimeBridge,
    },
    /// There is no task: this is why, until it has been told.
    Failed(Option<BridgeError>),
}

impl<T: Send + 'static> BridgedTask<T> {
    pub(crate) fn spawn(bridge: &RuntimeBridge, future: impl Future<Output = T> + Send + 'static) -> Self {
        match bridge.shared().refusal() {
            None => Self::adopt(bridge, bridge.shared().handle.spawn(future)),
            Some(refusal) => Self::failed(refusal),
        }
    }

    /// Blocks until the task has ended, from any thread that may call a bridge. The bridge's default time limit does not
    /// count.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the task panicked, with the payload, or was cancelled.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the task has not ended, and the calling thread is needed for
    ///   that. The task runs on.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down, [`Forked`](BridgeError::Forked) if this is
    ///   a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let task = bridge.spawn(async { "done" });
    /// assert_eq!(task.wait()?, "done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait(mut self) -> Result<T, BridgeError> {
        if let Some(result) = self.result() {
            return result;
        }
        match self.state {
            State::Spawned { handle, bridge } => {
                dispatch::block_on(bridge.shared(), CallKind::Wait(None), || handle, by_task)?.map_err(lost)
            }
            State::Failed(error) => Err(error.unwrap_or(BridgeError::WorkerDead)),
        }
    }

    /// Blocks until the task has ended, or this long.
    ///
    /// # Errors
    ///
    /// The outer error is this handle, if the time has run out; the inner one is that of [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (answer, question) = tokio::sync::oneshot::channel();
    /// let task = bridge.spawn(async { question.await.unwrap_or(0) });
    /// let task = task.wait_timeout(Duration::from_millis(5)).unwrap_err();
    /// answer.send(42).unwrap();
    /// assert_eq!(task.wait()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout(mut self, limit: Duration) -> Result<Result<T, BridgeError>, Self> {
        if let Some(result) = self.result() {
            return Ok(result);
        }
        let State::Spawned { handle, bridge } = &mut self.state else { return Ok(self.wait()) };
        match dispatch::block_on(bridge.shared(), CallKind::Wait(Some(limit)), || handle, by_task) {
            Ok(ended) => Ok(ended.map_err(lost)),
            Err(BridgeError::TimedOut { .. }) => Err(self),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The result, if the task has ended: no thread has to wait for that.
    fn result(&mut self) -> Option<Result<T, BridgeError>> {
        let handle = match &mut self.state {
            State::Spawned { bridge, .. } if bridge.shared().in_flight.is_forked() => {
                return Some(Err(BridgeError::Forked));
            }
            State::Spawned { handle, .. } if handle.is_finished() => handle,
            _ => return None,
        };
        match Pin::new(handle).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ended) => Some(ended.map_err(lost)),
            Poll::Pending => None,
        }
    }
}

impl<T> BridgedTask<T> {
    /// A task that runs already, on this bridge or elsewhere.
    pub(crate) fn adopt(bridge: &RuntimeBridge, handle: JoinHandle<T>) -> Self {
        Self { state: State::Spawned { handle, bridge: bridge.clone() } }
    }

    /// A task that was never started.
    pub(crate) fn failed(error: BridgeError) -> Self {
        Self { state: State::Failed(Some(error)) }
    }

    /// Cancels the task: it ends when it next waits, and whoever waits for it gets
    /// [`ResponseLost`](BridgeError::ResponseLost). A task that has ended already keeps its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let task = bridge.spawn(std::future::pending::<()>());
    /// task.abort();
    /// assert!(matches!(task.wait(), Err(BridgeError::ResponseLost(_))));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort(&self) {
        match &self.state {
            State::Spawned { handle, bridge } if !bridge.shared().in_flight.is_forked() => handle.abort(),
            _ => {}
        }
    }

    /// Whether the task has ended, in whatever way.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let task = bridge.spawn(std::future::pending::<()>());
    /// assert!(!task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.state {
            State::Spawned { handle, .. } => handle.is_finished(),
            State::Failed(_) => true,
        }
    }

    /// tokio's number for the task, by which its logs and metrics name it. A task that a bridge refused, because it was
    /// shut down, has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let task = bridge.spawn(async { tokio::task::id() });
    /// let id = task.id();
    /// assert_eq!(Some(task.wait()?), id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        match &self.state {
            State::Spawned { handle, .. } => Some(handle.id()),
            State::Failed(_) => None,
        }
    }
}

/// Awaits the task's end, from any runtime.
impl<T> Future for BridgedTask<T> {
    type Output = Result<T, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Spawned { bridge, .. } if bridge.shared().in_flight.is_forked() => {
                Poll::Ready(Err(BridgeError::Forked))
            }
            State::Spawned { handle, .. } => Pin::new(handle).poll(cx).map_err(lost),
            State::Failed(error) => Poll::Ready(Err(error.take().unwrap_or(BridgeError::WorkerDead))),
        }
    }
}

impl<T> fmt::Debug for BridgedTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BridgedTask");
        match &self.state {
            State::Spawned { handle, bridge } => shown.field("id", &handle.id()).field("bridge", bridge),
            State::Failed(error) => shown.field("error", error),
        };
        shown.finish_non_exhaustive()
    }
}

/// Tells how a call that waits for a task has ended: as the task has.
fn by_task<T>(ended: &Result<T, JoinError>) -> Ended {
    match ended {
        Ok(_) => Ended::Value,
        Err(error) if error.is_panic() => Ended::Panic,
        Err(_) => Ended::Cancelled,
    }
}

fn lost(error: JoinError) -> BridgeError {
    match error.try_into_panic() {
        Ok(payload) => BridgeError::panicked(payload),
        Err(_) => BridgeError::cancelled_by_runtime(),
    }
}
