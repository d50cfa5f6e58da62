//! The public handle.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::base::error::BridgeError;
use crate::call::dispatch::{self, always_value};
use crate::call::limits::{CallKind, Limits};
use crate::call::local;
use crate::engine::metrics::Metrics;
use crate::engine::shared::{Shared, Shutdown};
use crate::thread::caller;

/// A private tokio runtime that any thread may wait on.
///
/// A bridge is a cheap handle: clones share one runtime, which ends when the last of them is dropped. Dropping never
/// blocks and never panics, on any thread, async or not; tasks that bridged futures have spawned and left running are
/// cancelled with the runtime.
///
/// # Where a call runs
///
/// A call may be made from anywhere, and never panics with "Cannot start a runtime from within a runtime". What
/// happens depends on the calling thread:
///
/// | the calling thread | what happens |
/// |---|---|
/// | no runtime entered | the future is first polled there; if it has to wait, it moves to the bridge's worker |
/// | a thread that polls a bridged future for the first time: that future calls again | the same |
/// | a worker of another multi-thread runtime | the same; the thread waits inside [`block_in_place`](tokio::task::block_in_place), so that runtime's other tasks go on |
/// | a worker of this bridge: a bridged future calls again | the whole future is polled there; it waits inside `block_in_place` |
/// | anywhere else: a current-thread runtime, a `LocalSet`, a blocking thread, the root of a runtime, … | the future moves to the bridge's worker at once |
///
/// While the future is away, the calling thread sleeps. On a current-thread runtime that means all of its tasks do, so
/// a bridged future must not wait for one of them, nor use a timer, socket or other IO object made on that runtime.
///
/// The first poll has a waker that does nothing: the future is polled again where it waits. So a future must leave the
/// waker of its *last* poll with what it waits for, as [`Future::poll`] asks. A first poll on the calling thread sees
/// that thread's thread-locals and task-locals, its `tokio::task::try_id` is the caller's, and a nested
/// `Runtime::block_on`, which panics on a worker, works there: rely on neither.
/// [`with_context`](crate::Builder::with_context) takes along what the whole future needs.
///
/// # Calls inside of calls
///
/// A call that a bridged future makes is a part of the outer call. The time that is left of the outer call's limit, and
/// its token, hold for the inner one too. While the bridge is shut down, the inner call is served as long as the outer
/// one is waited for; so are calls that the bridge's tasks and blocking closures make. A call from a waker that the
/// bridge's own driver of timers and sockets wakes returns [`WouldDeadlock`](BridgeError::WouldDeadlock).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let greeting = String::from("hello");
/// // The future borrows from this stack frame: nothing has to be `'static`, or cloned.
/// let length = bridge.block_on(async {
///     tokio::time::sleep(Duration::from_millis(1)).await;
///     greeting.len()
/// })?;
/// assert_eq!(length, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RuntimeBridge {
    shared: Arc<Shared>,
}

impl RuntimeBridge {
    pub(crate) fn from_shared(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Runs a future to its end and returns its output; the calling thread waits.
    ///
    /// The future runs inside the bridge's tokio context, so timers, sockets, `tokio::spawn` and `spawn_blocking` work
    /// in it. It may borrow from the caller, and has been dropped when the call returns. [Where it
    /// runs](Self#where-a-call-runs) depends on the calling thread.
    ///
    /// A future that is built outside the bridge's context must not need that context to be *built*:
    /// `block_on(tokio::time::sleep(d))` panics in `sleep`, before the bridge is asked. Write `async move {
    /// tokio::time::sleep(d).await }`, or use [`block_on_with`](Self::block_on_with).
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the future panicked, with the payload.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the call is made from a future of this bridge, directly or
    ///   through other bridges, and the bridge is of the flavour [`CurrentThread`](crate::Flavor::CurrentThread); or from
    ///   a waker that the bridge's own driver wakes.
    /// - [`TimedOut`](BridgeError::TimedOut) if the bridge has a [default time limit](crate::Builder::default_timeout) and it
    ///   ran out.
    /// - [`Saturated`](BridgeError::Saturated) if the bridge has as many calls in flight as it
    ///   [allows](crate::Builder::max_in_flight), and rejects more; or if the call needs a thread and none is to be had: 512
    ///   threads of the bridge are blocked by calls of its own futures, or the system refuses one.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down.
    /// - [`Forked`](BridgeError::Forked) if this process is a fork of the one that made the bridge.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (reader, mut writer) = tokio::io::duplex(64);
    /// let read = bridge.block_on(async {
    ///     use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///     writer.write_all(b"ping").await?;
    ///     let mut text = [0; 4];
    ///     let mut reader = reader;
    ///     reader.read_exact(&mut text).await?;
    ///     Ok::<_, std::io::Error>(text)
    /// })??;
    /// assert_eq!(&read, b"ping");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn block_on<F>(&self, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.run(Limits::NONE, move || future)
    }

    /// Builds a future inside the bridge's tokio context and runs it to its end, as [`block_on`](Self::block_on) does.
    ///
    /// The closure runs on the calling thread, so it need not be `Send`; the future does, as it may move to another.
    ///
    /// On a thread that is ending, from the destructor of a thread-local that outlives tokio's own, the closure runs
    /// without the context: there is none to enter any more.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on). A panic of the closure counts as one of the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// bridge.block_on_with(|| tokio::time::sleep(Duration::from_millis(1)))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn block_on_with<F>(&self, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.run(Limits::NONE, make)
    }

    /// Builds a future that need not be `Send` and runs it to its end, all on one thread.
    ///
    /// That is the calling thread where polling there is safe: where no runtime is entered, and on a multi-thread
    /// runtime's worker, inside `block_in_place`. Elsewhere it is a thread of the bridge; so the closure must
    /// be `Send`. The future runs inside a [`LocalSet`](tokio::task::LocalSet) of its own: `spawn_local` works in it,
    /// and tasks spawned so are dropped, finished or not, when it ends.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on). A panic of the closure counts as one of the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let count = bridge.block_on_local(|| async {
    ///     let shared = Rc::new(5);
    ///     tokio::task::yield_now().await;
    ///     *shared
    /// })?;
    /// assert_eq!(count, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn block_on_local<F>(&self, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        self.run_local(Limits::NONE, make)
    }

    /// Whether the code that asks runs inside this bridge: as a part of one of its calls, wherever that is polled, of a
    /// task, or of a blocking closure of either.
    ///
    /// An async method that is awaited by some and called through its twin by others can tell which it is. A pool of
    /// connections has to, if these are driven by tasks of the runtime that they were opened in: one opened by an async
    /// caller is of no use to a blocking call, which may have put that very runtime to sleep.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// assert!(!bridge.is_current());
    /// assert!(bridge.block_on(async { bridge.is_current() })?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_current(&self) -> bool {
        caller::has_entered(&self.shared.runtime)
    }

    /// What the bridge has done so far and is doing now.
    ///
    /// A call that finds its future ready at the first poll takes no lock and leaves no trace, unless it fails. So the
    /// numbers are those of the calls that had to wait, and of the failures of those that had begun. In a forked child they
    /// are zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// bridge.block_on(tokio::task::yield_now())?;
    /// let metrics = bridge.metrics();
    /// assert_eq!((metrics.in_flight, metrics.completed, metrics.handed_off), (0, 1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.shared().metrics()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Shuts the bridge down, for all of its clones: refuses new calls at once, waits until those in flight have ended
    /// or the time is up, and then cancels the rest. Says how many there were of each.
    ///
    /// A call is in flight from its first poll on. One that is refused has not begun, and returns
    /// [`WorkerDead`](BridgeError::WorkerDead). One that is cancelled returns
    /// [`ResponseLost`](BridgeError::ResponseLost), after its future has been dropped: that takes until the future next
    /// waits. Tasks that bridged futures have spawned are not waited for; they end with the runtime.
    ///
    /// May be called from any thread, any number of times. A bridged future that shuts down its own bridge is not waited
    /// for, by its own shutdown or another, and is cancelled afterwards. On a [`CurrentThread`](crate::Flavor) bridge
    /// it does not wait either, as nothing else can go on. A blocking closure that a bridged future waits for is not
    /// recognised: a shutdown made there waits for that future until the time is up; so does one made by a task that a call or
    /// a [`scope`](Self::scope) waits for.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let report = bridge.shutdown(Duration::from_secs(5));
    /// assert_eq!((report.finished, report.cut_off), (0, 0));
    /// assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[expect(clippy::must_use_candidate, reason = "most callers shut down and are done")]
    pub fn shutdown(&self, timeout: Duration) -> Shutdown {
        self.shared.shut_down(timeout)
    }

    #[inline]
    #[track_caller]
    pub(crate) fn run<F>(&self, limits: Limits<'_>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        dispatch::block_on(&self.shared, CallKind::Call(limits), make, always_value)
    }

    #[track_caller]
    pub(crate) fn run_local<F>(
        &self,
        limits: Limits<'_>,
        make: impl FnOnce() -> F + Send,
    ) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        local::block_on_local(&self.shared, CallKind::Call(limits), make)
    }
}

// A panic inside a call is caught, and leaves the bridge as it was.
impl UnwindSafe for RuntimeBridge {}
impl RefUnwindSafe for RuntimeBridge {}

impl fmt::Debug for RuntimeBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}
