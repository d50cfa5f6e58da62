//! A task on the bridge, and a handle that sync and async code can wait for.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinHandle};

use crate::abort_handle::AbortHandle;
use crate::base::error::BridgeError;
use crate::base::panic::discard;
use crate::base::take_once::TakeOnce;
use crate::bridge::RuntimeBridge;
use crate::call::context::WithContext;
use crate::engine::context::CapturedContext;
use crate::engine::metrics::Ended;
use crate::engine::shared::Shared;
use crate::wait_for;

impl RuntimeBridge {
    /// Starts a task on the bridge, without waiting for it.
    ///
    /// The task runs even if nothing waits for it. If the bridge is shut down, the task is dropped at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(async { tokio::fs::read_to_string("Cargo.toml").await });
    /// assert!(task.wait()??.contains("sync-bridge-core"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<F>(&self, future: F) -> BridgedTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        BridgedTask::spawn(self, future)
    }

    /// Runs a closure that may block on a blocking thread of the bridge's runtime, without waiting for it.
    ///
    /// The closure has the [context](crate::Builder::with_context) of the code that calls this, like a task. It may make calls
    /// to the bridge. A closure that has begun cannot be cancelled: it runs to its end even if the task is aborted or the
    /// bridge is shut down. One that waits for a free thread can be aborted, and is dropped when a thread is free. It may
    /// still run if the bridge is shut down.
    ///
    /// # Errors
    ///
    /// Waiting for the task returns [`Saturated`](BridgeError::Saturated) if the runtime has no thread but its driver, and the
    /// system refuses one. Otherwise as for [`spawn`](Self::spawn).
    ///
    /// A multi-thread runtime has its workers. If the system refuses it a thread, tokio keeps the closure without an error,
    /// until a blocking thread is free or a further closure gets a thread. Where that matters, wait with a time limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
    /// assert!(task.wait()??.contains("sync-bridge-core"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_blocking<R: Send + 'static>(&self, run: impl FnOnce() -> R + Send + 'static) -> BridgedTask<R> {
        BridgedTask::spawn_blocking(self, run)
    }
}

/// A handle of a task that runs on a bridge. [`RuntimeBridge::spawn`] returns one.
///
/// Sync code calls [`wait`](Self::wait). Async code awaits the handle.
///
/// The task runs even if nothing waits for it. If the handle is dropped, the task continues as long as the bridge
/// exists. The handle keeps the bridge alive, so its task continues even if every [`RuntimeBridge`] is dropped.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let tasks: Vec<_> = (1..=3).map(|n| bridge.spawn(async move { n * n })).collect();
/// let squares: Result<Vec<_>, _> = tasks.into_iter().map(|mut task| task.wait()).collect();
/// assert_eq!(squares?, [1, 4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the task continues without its handle; drop the handle explicitly if this is intended"]
pub struct BridgedTask<T> {
    state: State<T>,
}

enum State<T> {
    Spawned {
        handle: TakeOnce<JoinHandle<T>>,
        bridge: RuntimeBridge,
    },
    /// There is no task: this is why, until it has been told.
    Failed(Option<BridgeError>),
}

impl<T: Send + 'static> BridgedTask<T> {
    pub(crate) fn spawn(bridge: &RuntimeBridge, future: impl Future<Output = T> + Send + 'static) -> Self {
        Self::start(bridge, |shared, captured| {
            Ok(if captured.is_empty() {
                shared.spawn(future)
            } else {
                shared.spawn(WithContext::detached(captured, Box::pin(future)))
            })
        })
    }

    fn spawn_blocking(bridge: &RuntimeBridge, run: impl FnOnce() -> T + Send + 'static) -> Self {
        Self::start(bridge, |shared, mut captured| {
            let run = move || run_once(&mut captured, run);
            // tokio panics if the system refuses a thread.
            catch_unwind(AssertUnwindSafe(|| shared.spawn_blocking(run))).map_err(|payload| {
                discard(payload);
                BridgeError::Saturated
            })
        })
    }

    fn start(
        bridge: &RuntimeBridge,
        spawn: impl FnOnce(&Shared, CapturedContext) -> Result<JoinHandle<T>, BridgeError>,
    ) -> Self {
        let shared = bridge.shared();
        // In flight while it is spawned: the runtime is there.
        let begun = match shared.begin() {
            Ok(begun) => begun,
            Err(refusal) => return Self::failed(refusal),
        };
        let handle = match catch_unwind(AssertUnwindSafe(|| CapturedContext::capture(shared.context.as_ref()))) {
            Ok(captured) => spawn(shared, captured),
            Err(payload) => Err(BridgeError::panicked(payload)),
        };
        drop(begun);
        handle.map_or_else(Self::failed, |handle| Self::adopt(bridge, handle))
    }

    /// Blocks until the task has ended. Any thread may call this. The bridge's default time limit does not apply.
    ///
    /// The result can be taken once. After another error, the caller can wait again.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the task panicked or was cancelled. The error has the payload
    ///   of the panic.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the task has not ended, and either needs the calling thread
    ///   to end or is itself the caller. The task continues to run.
    /// - [`ResultTaken`](BridgeError::ResultTaken) if the result has already been taken.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down.
    /// - [`Forked`](BridgeError::Forked) if this is a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(async { "done" });
    /// assert_eq!(task.wait()?, "done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait(&mut self) -> Result<T, BridgeError> {
        wait_for::one(self, None)
    }

    /// Blocks until the task has ended, but at most for this long.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](BridgeError::TimedOut) if the time is up, and the errors of [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (answer, question) = tokio::sync::oneshot::channel();
    /// let mut task = bridge.spawn(async { question.await.unwrap_or(0) });
    /// let outcome = task.wait_timeout(Duration::from_millis(5));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    ///
    /// // The task continues to run. The caller can wait again.
    /// answer.send(42).unwrap();
    /// assert_eq!(task.wait()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout(&mut self, limit: Duration) -> Result<T, BridgeError> {
        wait_for::one(self, Some(limit))
    }

    /// Blocks until one of the tasks has ended, removes its handle, and returns the index and the result.
    ///
    /// The handle is removed with [`swap_remove`](Vec::swap_remove), as futures' `select_all` does. Do the same with a
    /// `Vec` of what belongs to the tasks. The other tasks continue to run, and their handles stay. If several tasks have
    /// ended, this returns the first of them in the order of `tasks`.
    ///
    /// Returns `None` if there are no tasks.
    ///
    /// Each wait looks at every handle. For thousands of tasks, use a [`JoinSet`](tokio::task::JoinSet) in a call.
    ///
    /// # Errors
    ///
    /// The inner result is that of the task, with the errors of [`wait`](Self::wait). The outer error is one of the wait.
    /// It removes no handle and loses no result, and the caller can wait again:
    ///
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if no task has ended, and each either needs the calling thread to
    ///   end or is itself the caller.
    /// - [`TimedOut`](BridgeError::TimedOut), [`Cancelled`](BridgeError::Cancelled) and
    ///   [`Interrupted`](BridgeError::Interrupted) if an enclosing call has such a limit, or the bridge a check.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down.
    /// - [`Saturated`](BridgeError::Saturated) if no thread can take the place of the calling worker.
    ///
    /// # Tasks of several bridges
    ///
    /// The wait is one on the bridge of the first task, or of another one if that would deadlock. The hooks of this bridge
    /// apply. A circle of calls is recognised if it goes through this bridge.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgedTask, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut tasks: Vec<_> = [20, 0, 10]
    ///     .map(|delay| {
    ///         bridge.spawn(async move {
    ///             tokio::time::sleep(Duration::from_millis(delay)).await;
    ///             delay
    ///         })
    ///     })
    ///     .into();
    /// let mut order = Vec::new();
    /// while let Some((_, delay)) = BridgedTask::wait_first(&mut tasks)? {
    ///     order.push(delay?);
    /// }
    /// assert_eq!(order, [0, 10, 20]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "an alias would hide which error is the task's, and which the wait's")]
    pub fn wait_first(tasks: &mut Vec<Self>) -> Result<Option<(usize, Result<T, BridgeError>)>, BridgeError> {
        wait_for::first(tasks, None)
    }

    /// Like [`wait_first`](Self::wait_first), but blocks at most for this long.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](BridgeError::TimedOut) if no task has ended when the time is up, and the errors of
    /// [`wait_first`](Self::wait_first).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, BridgedTask, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut tasks = vec![bridge.spawn(std::future::pending::<()>())];
    /// let outcome = BridgedTask::wait_first_timeout(&mut tasks, Duration::from_millis(5));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// assert_eq!(tasks.len(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    #[expect(clippy::type_complexity, reason = "an alias would hide which error is the task's, and which the wait's")]
    pub fn wait_first_timeout(
        tasks: &mut Vec<Self>,
        limit: Duration,
    ) -> Result<Option<(usize, Result<T, BridgeError>)>, BridgeError> {
        wait_for::first(tasks, Some(limit))
    }

    /// Blocks until all tasks have ended, and returns their results in the order of `tasks`, which is empty then.
    ///
    /// A task that fails does not end the wait. Collect the results into a `Result` to get the first error.
    ///
    /// # Errors
    ///
    /// The inner results are those of the tasks, with the errors of [`wait`](Self::wait). The outer error is one of the
    /// wait, as for [`wait_first`](Self::wait_first). It removes no handle and loses no result, also of a task that has
    /// ended meanwhile. The caller can wait again.
    ///
    /// [`WouldDeadlock`](BridgeError::WouldDeadlock) comes before any wait, if one of the tasks cannot end as long as this
    /// thread waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgedTask, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut tasks: Vec<_> = (1..=3).map(|n| bridge.spawn(async move { n * n })).collect();
    /// let squares: Vec<i32> = BridgedTask::wait_all(&mut tasks)?.into_iter().collect::<Result<_, _>>()?;
    /// assert_eq!(squares, [1, 4, 9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait_all(tasks: &mut Vec<Self>) -> Result<Vec<Result<T, BridgeError>>, BridgeError> {
        wait_for::all(tasks, None)
    }

    /// Like [`wait_all`](Self::wait_all), but blocks at most for this long in all.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](BridgeError::TimedOut) if one of the tasks has not ended when the time is up, and the errors of
    /// [`wait_all`](Self::wait_all).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, BridgedTask, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (answer, question) = tokio::sync::oneshot::channel();
    /// let mut tasks = vec![bridge.spawn(async { Ok(1) }), bridge.spawn(question)];
    /// let outcome = BridgedTask::wait_all_timeout(&mut tasks, Duration::from_millis(5));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    ///
    /// // The result of the first task is still there.
    /// answer.send(2).unwrap();
    /// let answers: Vec<_> = BridgedTask::wait_all(&mut tasks)?.into_iter().map(|answer| answer.unwrap()).collect();
    /// assert_eq!(answers, [Ok(1), Ok(2)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait_all_timeout(
        tasks: &mut Vec<Self>,
        limit: Duration,
    ) -> Result<Vec<Result<T, BridgeError>>, BridgeError> {
        wait_for::all(tasks, Some(limit))
    }
}

impl<T> BridgedTask<T> {
    /// A task that runs already, on this bridge or elsewhere.
    pub(crate) fn adopt(bridge: &RuntimeBridge, handle: JoinHandle<T>) -> Self {
        Self { state: State::Spawned { handle: TakeOnce::new(handle), bridge: bridge.clone() } }
    }

    /// A task that was never started.
    pub(crate) fn failed(error: BridgeError) -> Self {
        Self { state: State::Failed(Some(error)) }
    }

    /// Cancels the task. It is dropped when its current poll has returned. A caller that waits for it gets
    /// [`ResponseLost`](BridgeError::ResponseLost). A task that has already ended keeps its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(std::future::pending::<()>());
    /// task.abort();
    /// assert!(matches!(task.wait(), Err(BridgeError::ResponseLost(_))));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort(&self) {
        match &self.state {
            State::Spawned { handle, bridge } if !bridge.shared().in_flight.is_forked() => handle.get().abort(),
            _ => {}
        }
    }

    /// Returns a handle that cancels the task, for other threads. It can be cloned.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let tasks = [1, 2].map(|_| bridge.spawn(std::future::pending::<()>()));
    /// let aborts = tasks.each_ref().map(|task| task.abort_handle());
    /// std::thread::spawn(move || aborts.iter().for_each(|abort| abort.abort()));
    /// for mut task in tasks {
    ///     assert!(task.wait().is_err());
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        match &self.state {
            State::Spawned { handle, bridge } => {
                AbortHandle::new(Some(handle.get().abort_handle()), bridge.shared().in_flight.forks())
            }
            State::Failed(_) => AbortHandle::new(None, 0),
        }
    }

    /// Returns whether the task has ended: with a value, by a panic or by cancellation.
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
            State::Spawned { handle, .. } => handle.get().is_finished(),
            State::Failed(_) => true,
        }
    }

    /// Returns tokio's id of the task, which tokio's logs and metrics use. If the task was not started, for example
    /// because the bridge is shut down, it has no id.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(async { tokio::task::id() });
    /// let id = task.id();
    /// assert_eq!(Some(task.wait()?), id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        match &self.state {
            State::Spawned { handle, .. } => Some(handle.get().id()),
            State::Failed(_) => None,
        }
    }
}

/// Waits until the task has ended, on any runtime. The errors are those of [`wait`](BridgedTask::wait). A task that
/// awaits itself gets [`WouldDeadlock`](BridgeError::WouldDeadlock).
impl<T> Future for BridgedTask<T> {
    type Output = Result<T, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Spawned { bridge, .. } if bridge.shared().in_flight.is_forked() => {
                Poll::Ready(Err(BridgeError::Forked))
            }
            State::Spawned { handle, .. } => match Pin::new(&mut *handle).poll(cx) {
                Poll::Ready(ended) => Poll::Ready(ended.and_then(|ended| ended.map_err(lost))),
                Poll::Pending if is_current(handle) => Poll::Ready(Err(BridgeError::WouldDeadlock)),
                Poll::Pending => Poll::Pending,
            },
            State::Failed(error) => Poll::Ready(Err(told(error))),
        }
    }
}

impl<T: Send> wait_for::Handle for BridgedTask<T> {
    type Output = T;

    fn bridge(&self) -> Option<&RuntimeBridge> {
        match &self.state {
            State::Spawned { bridge, .. } => Some(bridge),
            State::Failed(_) => None,
        }
    }

    fn is_current(&self) -> bool {
        matches!(&self.state, State::Spawned { handle, .. } if is_current(handle))
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        match &mut self.state {
            State::Spawned { handle, bridge } if !bridge.shared().in_flight.is_forked() => {
                handle.poll_complete(cx).map(|()| by_task(handle.output().as_ref()))
            }
            State::Spawned { .. } | State::Failed(_) => Poll::Ready(Ended::Cancelled),
        }
    }

    fn take_result(&mut self) -> Result<T, BridgeError> {
        match &mut self.state {
            State::Spawned { bridge, .. } if bridge.shared().in_flight.is_forked() => Err(BridgeError::Forked),
            State::Spawned { handle, .. } => handle.take()?.map_err(lost),
            State::Failed(error) => Err(told(error)),
        }
    }
}

impl<T> fmt::Debug for BridgedTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BridgedTask");
        match &self.state {
            State::Spawned { handle, bridge } => shown.field("id", &handle.get().id()).field("bridge", bridge),
            State::Failed(error) => shown.field("error", error),
        };
        shown.finish_non_exhaustive()
    }
}

/// Runs the closure in the context, once, whatever the hook does.
fn run_once<T>(captured: &mut CapturedContext, run: impl FnOnce() -> T) -> T {
    let (mut run, mut outcome) = (Some(run), None);
    captured.run(|| {
        if let Some(run) = run.take() {
            outcome = Some(catch_unwind(AssertUnwindSafe(run)));
        }
    });
    match outcome {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => unreachable!("the context runs what it is given"),
    }
}

/// Whether the task is the one that is running here, and so cannot end as long as this code waits.
fn is_current<T>(handle: &TakeOnce<JoinHandle<T>>) -> bool {
    tokio::task::try_id() == Some(handle.get().id())
}

/// Why there is no task, for the first who asks.
fn told(error: &mut Option<BridgeError>) -> BridgeError {
    error.take().unwrap_or(BridgeError::ResultTaken)
}

/// Tells how a call that waits for a task has ended: as the task has.
fn by_task<T>(output: Option<&Result<T, JoinError>>) -> Ended {
    match output {
        Some(Ok(_)) => Ended::Value,
        Some(Err(error)) if error.is_panic() => Ended::Panic,
        Some(Err(_)) | None => Ended::Cancelled,
    }
}

fn lost(error: JoinError) -> BridgeError {
    match error.try_into_panic() {
        Ok(payload) => BridgeError::panicked(payload),
        Err(_) => BridgeError::cancelled_by_runtime(),
    }
}
