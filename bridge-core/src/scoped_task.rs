//! The handle of a task that borrows, and the result that the handle waits for.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::sync::oneshot::{self, error::RecvError};
use tokio::task;

use crate::abort_handle::AbortHandle;
use crate::base::error::BridgeError;
use crate::base::take_once::TakeOnce;
use crate::bridge::RuntimeBridge;
use crate::engine::metrics::Ended;
use crate::engine::scope_tasks::ScopeTasks;
use crate::handoff::call::{Call, Outcome};
use crate::wait_for;

/// A handle of a task that ends before its scope does. [`Scope::spawn`](crate::Scope::spawn) returns one.
///
/// Sync code calls [`wait`](Self::wait). Other tasks of the scope await the handle. If the handle is dropped, the task
/// continues.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::RuntimeBridge;
///
/// let text = String::from("four words, and borrowed");
/// let longest = RuntimeBridge::new()?.scope(|scope| {
///     let lengths: Vec<_> = text.split(' ').map(|word| scope.spawn(async { word.len() })).collect();
///     lengths.into_iter().map(|mut length| length.wait()).collect::<Result<Vec<_>, _>>()
/// })??;
/// assert_eq!(longest, [4, 6, 3, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the task continues without its handle; drop the handle explicitly if this is intended"]
pub struct ScopedTask<'scope, T> {
    answer: TakeOnce<oneshot::Receiver<Answer<T>>>,
    /// `None` if the scope took no tasks any more.
    abort: Option<task::AbortHandle>,
    bridge: &'scope RuntimeBridge,
}

impl<'scope, T> ScopedTask<'scope, T> {
    pub(crate) fn new(
        bridge: &'scope RuntimeBridge,
        answer: oneshot::Receiver<Answer<T>>,
        abort: Option<task::AbortHandle>,
    ) -> Self {
        Self { answer: TakeOnce::new(answer), abort, bridge }
    }

    fn is_forked(&self) -> bool {
        self.bridge.shared().in_flight.is_forked()
    }

    /// Whether the task is the one that is running here, and so cannot end as long as this code waits.
    fn is_current(&self) -> bool {
        self.abort.as_ref().is_some_and(|abort| task::try_id() == Some(abort.id()))
    }
}

impl<T: Send> ScopedTask<'_, T> {
    /// Blocks until the task has ended. Any thread may call this.
    ///
    /// The result can be taken once. After another error, the caller can wait again.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the task panicked or was cancelled. The error has the payload
    ///   of the panic.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the task needs the calling thread to continue, or is itself
    ///   the caller.
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
    /// let sum = bridge.scope(|scope| scope.spawn(async { 1 + 1 }).wait())??;
    /// assert_eq!(sum, 2);
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
    /// bridge.scope(|scope| {
    ///     let mut task = scope.spawn(std::future::pending::<()>());
    ///     let outcome = task.wait_timeout(Duration::from_millis(5));
    ///     assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    ///     task.abort();
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout(&mut self, limit: Duration) -> Result<T, BridgeError> {
        wait_for::one(self, Some(limit))
    }

    /// Blocks until one of the tasks has ended, removes its handle with [`swap_remove`](Vec::swap_remove), and returns the
    /// index and the result. `None` if there are no tasks.
    ///
    /// It is what [`BridgedTask::wait_first`](crate::BridgedTask::wait_first) is for other tasks.
    ///
    /// # Errors
    ///
    /// As for [`BridgedTask::wait_first`](crate::BridgedTask::wait_first). The outer error removes no handle and loses no
    /// result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{RuntimeBridge, ScopedTask};
    ///
    /// let words = ["a", "bridge"];
    /// let sum = RuntimeBridge::new()?.scope(|scope| {
    ///     let mut tasks: Vec<_> = words.iter().map(|word| scope.spawn(async { word.len() })).collect();
    ///     let mut sum = 0;
    ///     while let Some((_, length)) = ScopedTask::wait_first(&mut tasks)? {
    ///         sum += length?;
    ///     }
    ///     Ok::<_, sync_bridge_core::BridgeError>(sum)
    /// })??;
    /// assert_eq!(sum, 7);
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
    /// use sync_bridge_core::{BridgeError, RuntimeBridge, ScopedTask};
    ///
    /// RuntimeBridge::new()?.scope(|scope| {
    ///     let mut tasks = vec![scope.spawn(std::future::pending::<()>())];
    ///     let outcome = ScopedTask::wait_first_timeout(&mut tasks, Duration::from_millis(5));
    ///     assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    ///     tasks[0].abort();
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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
    /// It is what [`BridgedTask::wait_all`](crate::BridgedTask::wait_all) is for other tasks.
    ///
    /// # Errors
    ///
    /// As for [`BridgedTask::wait_all`](crate::BridgedTask::wait_all). The outer error removes no handle and loses no
    /// result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge, ScopedTask};
    ///
    /// let words = ["a", "bridge"];
    /// let lengths = RuntimeBridge::new()?.scope(|scope| {
    ///     let mut tasks: Vec<_> = words.iter().map(|word| scope.spawn(async { word.len() })).collect();
    ///     ScopedTask::wait_all(&mut tasks)?.into_iter().collect::<Result<Vec<_>, BridgeError>>()
    /// })??;
    /// assert_eq!(lengths, [1, 6]);
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
    /// use sync_bridge_core::{BridgeError, RuntimeBridge, ScopedTask};
    ///
    /// RuntimeBridge::new()?.scope(|scope| {
    ///     let mut tasks = vec![scope.spawn(std::future::pending::<()>())];
    ///     let outcome = ScopedTask::wait_all_timeout(&mut tasks, Duration::from_millis(5));
    ///     assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    ///     tasks[0].abort();
    /// })?;
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

impl<T> ScopedTask<'_, T> {
    /// Cancels the task. It is dropped when its current poll has returned. A caller that waits for it gets
    /// [`ResponseLost`](BridgeError::ResponseLost). A task that has already ended keeps its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let outcome = bridge.scope(|scope| {
    ///     let mut task = scope.spawn(std::future::pending::<()>());
    ///     task.abort();
    ///     task.wait()
    /// })?;
    /// assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn abort(&self) {
        if let Some(abort) = self.abort.as_ref().filter(|_| !self.is_forked()) {
            abort.abort();
        }
    }

    /// Returns a handle that cancels the task, for other threads. It can be cloned, and may outlive the scope.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let outcome = bridge.scope(|scope| {
    ///     let mut task = scope.spawn(std::future::pending::<()>());
    ///     let abort = task.abort_handle();
    ///     std::thread::spawn(move || abort.abort());
    ///     task.wait()
    /// })?;
    /// assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::new(self.abort.clone(), self.bridge.shared().in_flight.forks())
    }

    /// Returns whether the task has ended: with a value, by a panic or by cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// RuntimeBridge::new()?.scope(|scope| {
    ///     let task = scope.spawn(std::future::pending::<()>());
    ///     assert!(!task.is_finished());
    ///     task.abort();
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.abort.as_ref().is_none_or(task::AbortHandle::is_finished)
    }
}

/// Waits until the task has ended. The errors are those of [`wait`](ScopedTask::wait). A task that awaits itself gets
/// [`WouldDeadlock`](BridgeError::WouldDeadlock).
impl<T> Future for ScopedTask<'_, T> {
    type Output = Result<T, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_forked() {
            return Poll::Ready(Err(BridgeError::Forked));
        }
        match Pin::new(&mut self.answer).poll(cx) {
            Poll::Ready(answered) => Poll::Ready(answered.and_then(claim)),
            Poll::Pending if self.is_current() => Poll::Ready(Err(BridgeError::WouldDeadlock)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: Send> wait_for::Handle for ScopedTask<'_, T> {
    type Output = T;

    fn bridge(&self) -> Option<&RuntimeBridge> {
        Some(self.bridge)
    }

    fn is_current(&self) -> bool {
        self.abort.as_ref().is_some_and(|abort| task::try_id() == Some(abort.id()))
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        if self.is_forked() {
            return Poll::Ready(Ended::Cancelled);
        }
        self.answer.poll_complete(cx).map(|()| by_answer(self.answer.output().as_ref()))
    }

    fn take_result(&mut self) -> Result<T, BridgeError> {
        if self.is_forked() {
            return Err(BridgeError::Forked);
        }
        self.answer.take().and_then(claim)
    }
}

impl<T> fmt::Debug for ScopedTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTask").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// How a task has ended, on the way to who waits for it. A panic that nobody claims is the scope's.
pub(crate) struct Answer<T> {
    /// Empty once it has been claimed.
    result: Option<Result<T, Box<dyn Any + Send>>>,
    tasks: Arc<ScopeTasks>,
}

impl<T> Answer<T> {
    fn is_panic(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }

    fn claim(mut self) -> Result<T, BridgeError> {
        match self.result.take() {
            Some(result) => result.map_err(BridgeError::panicked),
            None => Err(BridgeError::cancelled_by_runtime()),
        }
    }
}

/// Tells how a call that waits for a task has ended: as the task has.
fn by_answer<T>(answered: Option<&Result<Answer<T>, RecvError>>) -> Ended {
    match answered {
        Some(Ok(answer)) if answer.is_panic() => Ended::Panic,
        Some(Ok(_)) => Ended::Value,
        Some(Err(_)) | None => Ended::Cancelled,
    }
}

fn claim<T>(answered: Result<Answer<T>, RecvError>) -> Result<T, BridgeError> {
    answered.map_or_else(|_| Err(BridgeError::cancelled_by_runtime()), Answer::claim)
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        if let Some(Err(payload)) = self.result.take() {
            self.tasks.note_panic(payload);
        }
    }
}

pin_project! {
    /// A task's future, which answers once it has been dropped.
    pub(crate) struct Answering<F: Future> {
        #[pin]
        call: Call<F>,
        sender: Option<oneshot::Sender<Answer<F::Output>>>,
        tasks: Arc<ScopeTasks>,
    }
}

impl<F: Future> Answering<F> {
    pub(crate) fn new(future: F, sender: oneshot::Sender<Answer<F::Output>>, tasks: Arc<ScopeTasks>) -> Self {
        Self { call: Call::new(future), sender: Some(sender), tasks }
    }
}

impl<F: Future> Future for Answering<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let result = match ready!(this.call.poll_here(cx)) {
            Outcome::Value(value) => Some(Ok(value)),
            Outcome::Panicked(payload) => Some(Err(payload)),
            Outcome::Dropped => None,
        };
        let answer = Answer { result, tasks: Arc::clone(this.tasks) };
        // An answer that nobody waits for is dropped, and a panic of that is the task's.
        let told = catch_unwind(AssertUnwindSafe(|| drop(this.sender.take().map(|sender| sender.send(answer)))));
        if let Err(payload) = told {
            this.tasks.note_panic(payload);
        }
        Poll::Ready(())
    }
}
