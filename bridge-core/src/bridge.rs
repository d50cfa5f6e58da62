//! The public handle.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{EnterGuard, Handle};

use crate::base::error::BridgeError;
use crate::call::dispatch::{self, always_value};
use crate::call::inside::run_inside;
use crate::call::limits::{CallKind, Limits};
use crate::call::local;
use crate::engine::metrics::Metrics;
use crate::engine::shared::{Shared, Shutdown};
use crate::thread::caller;

/// A tokio runtime. Any thread may wait for the futures that it runs.
///
/// The runtime is the bridge's own, unless [`from_handle`](Self::from_handle) makes it use one of the program.
///
/// A bridge is a cheap handle. Clones share one runtime, which ends when the last clone is dropped, if it is the bridge's
/// own. Dropping never blocks and never panics, on any thread. Tasks that bridged futures have spawned are cancelled when the runtime ends.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let greeting = String::from("hello");
/// // The future borrows from this stack frame. Nothing has to be `'static` or cloned.
/// let length = bridge.block_on(async {
///     tokio::time::sleep(Duration::from_millis(1)).await;
///     greeting.len()
/// })?;
/// assert_eq!(length, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Where a call runs
///
/// Any thread may make a call. A call never panics with "Cannot start a runtime from within a runtime". What happens
/// depends on the calling thread:
///
/// | the calling thread | what happens |
/// |---|---|
/// | has entered no runtime | The thread polls the future once. If the future has to wait, it moves to the bridge's worker. |
/// | is polling a bridged future for the first time, and that future makes a call | The same. |
/// | is a worker of another multi-thread runtime | The same, but the thread waits inside [`block_in_place`](tokio::task::block_in_place), so that runtime's other tasks continue. |
/// | is a worker of this bridge, because a bridged future makes a call | The thread polls the whole future, and waits inside `block_in_place`. |
/// | is anything else: a current-thread runtime, a `LocalSet`, a blocking thread, the root of a runtime, … | The future moves to the bridge's worker at once. |
///
/// The calling thread sleeps while the future runs elsewhere. On a current-thread runtime, all of that runtime's tasks
/// wait too. A bridged future must not wait for one of these tasks. It must not use a timer, a socket or another IO
/// object that was made on that runtime.
///
/// The waker of the first poll does nothing. If the future has to wait, it is polled again with another waker. It must
/// therefore keep the waker of its *last* poll, as [`Future::poll`] requires.
///
/// If the calling thread makes the first poll, the future sees the thread-locals and task-locals of that thread.
/// `tokio::task::try_id` is the caller's, and a nested `Runtime::block_on` works, although it panics on a worker. Do
/// not rely on this. [`with_context`](crate::Builder::with_context) passes the values that the whole future needs.
///
/// # Calls inside calls
///
/// A call that a bridged future makes is a part of the outer call. The remaining time of the outer call and its token
/// also limit the inner call. While a shutdown waits for the outer call, the inner call is served. So are calls that
/// the bridge's tasks and blocking closures make. A call by a waker returns
/// [`WouldDeadlock`](BridgeError::WouldDeadlock) if the bridge's own driver of timers and sockets wakes the waker.
#[derive(Clone)]
pub struct RuntimeBridge {
    shared: Arc<Shared>,
}

impl RuntimeBridge {
    pub(crate) fn from_shared(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Makes a bridge that runs its futures on a runtime that exists already. Takes a handle or a reference to one.
    ///
    /// [`Builder::runtime`](crate::Builder::runtime) describes it, and allows further settings.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](std::io::ErrorKind::InvalidInput) if the handle is of a current-thread runtime.
    /// - [`NotConnected`](std::io::ErrorKind::NotConnected) if the runtime has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let runtime = tokio::runtime::Runtime::new()?;
    /// let bridge = RuntimeBridge::from_handle(runtime.handle())?;
    /// let id = bridge.block_on(async { tokio::runtime::Handle::current().id() })?;
    /// assert_eq!(id, runtime.handle().id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_handle(handle: impl Borrow<Handle>) -> io::Result<Self> {
        Self::builder().runtime(handle).build()
    }

    /// Returns the handle of the tokio runtime that the futures run on.
    ///
    /// With it a program can use what the bridge has no method for, such as [`Handle::metrics`]. A task that is spawned
    /// through the handle belongs to the runtime and not to the bridge: it has no [context](crate::Builder::with_context), and
    /// a [shutdown](Self::shutdown) of a bridge that [uses](crate::Builder::runtime) the runtime does not end it. Do not use
    /// [`Handle::block_on`]. It panics on the threads of a runtime, and hangs if the runtime ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder().worker_threads(2).build()?;
    /// assert_eq!(bridge.handle().metrics().num_workers(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.shared.runtime.handle
    }

    /// Enters the context of the bridge's runtime on this thread, until the guard is dropped.
    ///
    /// Inside, `tokio::spawn`, timers and sockets use this runtime. Guards must be dropped in the reverse order in which
    /// they were made. Nothing is waited for: a future still needs [`block_on`](Self::block_on).
    ///
    /// After a [shutdown](Self::shutdown) of a bridge with a runtime of its own, the runtime has ended. A task that is
    /// spawned in its context is dropped at once, and a timer panics.
    ///
    /// # Panics
    ///
    /// In the destructor of a thread-local, if tokio's own thread-local has been destroyed. Also if guards are dropped in
    /// another order.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let sleep = {
    ///     let _guard = bridge.enter();
    ///     tokio::time::sleep(Duration::from_millis(1))
    /// };
    /// bridge.block_on(sleep)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        self.shared.runtime.handle.enter()
    }

    /// Runs a future to completion and returns its output. The calling thread waits.
    ///
    /// The future runs inside the bridge's tokio context. Timers, sockets, `tokio::spawn` and `spawn_blocking` work in
    /// it. The future may borrow from the caller. It has been dropped when the call returns. [Where it
    /// runs](Self#where-a-call-runs) depends on the calling thread.
    ///
    /// The argument is built outside the bridge's context. `block_on(tokio::time::sleep(d))` panics in `sleep`, because
    /// `sleep` needs the context. Write `block_on(async move { tokio::time::sleep(d).await })`, or use
    /// [`block_on_with`](Self::block_on_with).
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the future panicked, with the payload.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the bridge has the flavour
    ///   [`CurrentThread`](crate::Flavor::CurrentThread), and one of its own futures makes the call, directly or
    ///   through other bridges. Also if a waker makes the call, and the bridge's own driver wakes it.
    /// - [`TimedOut`](BridgeError::TimedOut) if the bridge has a [default time limit](crate::Builder::default_timeout)
    ///   and the call reached it. A limit of an enclosing call also ends this call, with this error or with
    ///   [`Cancelled`](BridgeError::Cancelled).
    /// - [`Saturated`](BridgeError::Saturated) if the bridge has as many calls in flight as it
    ///   [allows](crate::Builder::max_in_flight), and rejects more. Also if the call needs a thread and cannot get one,
    ///   because calls of its own futures block 512 threads of the bridge, because blocking closures use [all of
    ///   them](crate::Builder::max_blocking_threads), or because the system refuses a thread.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down.
    /// - [`Forked`](BridgeError::Forked) if this process was forked from the one that made the bridge.
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

    /// Builds a future inside the bridge's tokio context and runs it to completion, like [`block_on`](Self::block_on).
    ///
    /// The closure runs on the calling thread, so it need not be `Send`. The future must be `Send`, because it may move
    /// to another thread.
    ///
    /// If a destructor of a thread-local makes the call after tokio's own thread-local has been destroyed, the closure
    /// runs without the context.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on). A panic of the closure counts as a panic of the future.
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

    /// Builds a future that need not be `Send`, and runs it to completion on one thread.
    ///
    /// The calling thread runs the future if that is safe. It is safe on a thread that has entered no runtime, and on a
    /// worker of a multi-thread runtime, inside `block_in_place`. Otherwise a thread of the bridge runs the future. The
    /// closure must therefore be `Send`.
    ///
    /// The future runs inside its own [`LocalSet`](tokio::task::LocalSet), so `spawn_local` works in it. When the
    /// future ends, the tasks that it spawned in this way are dropped, even if they have not finished.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on). A panic of the closure counts as a panic of the future.
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

    /// Runs synchronous code on the calling thread, inside the bridge's tokio context.
    ///
    /// Some functions are not async, but need a runtime all the same: a constructor that calls `tokio::spawn`, or one
    /// that makes a timer or a socket. Without a runtime they panic. Inside `f` they use this bridge's runtime, also if
    /// the calling thread runs inside another one. Afterwards the other runtime is entered again.
    ///
    /// `f` need not be `Send`, because it does not move to another thread. It may make calls, to this bridge and to
    /// others. They run as they would without `enter_with`, so [the calling thread](Self#where-a-call-runs) decides
    /// where. [`shutdown`](Self::shutdown) waits for `f`. The limit of [calls in
    /// flight](crate::Builder::max_in_flight) and the [default time limit](crate::Builder::default_timeout) do not apply
    /// to `f`, but they apply to the calls that it makes.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if `f` panicked, with the payload.
    /// - [`ThreadEnding`](BridgeError::ThreadEnding) if a destructor of a thread-local calls this after tokio's own
    ///   thread-local has been destroyed. `f` does not run. If `f` is `Send`, `block_on(async { f() })` runs it on a
    ///   thread of the bridge.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down. `f` does not run.
    /// - [`Forked`](BridgeError::Forked) if this process was forked from the one that made the bridge. `f` does not
    ///   run.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    /// use tokio::sync::mpsc;
    ///
    /// /// Starts a task, and so needs a runtime.
    /// fn start_logger() -> mpsc::UnboundedSender<String> {
    ///     let (lines, mut received) = mpsc::unbounded_channel::<String>();
    ///     tokio::spawn(async move {
    ///         while let Some(line) = received.recv().await {
    ///             println!("{line}");
    ///         }
    ///     });
    ///     lines
    /// }
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let logger = bridge.enter_with(start_logger)?;
    /// logger.send("started".to_owned())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enter_with<R>(&self, f: impl FnOnce() -> R) -> Result<R, BridgeError> {
        run_inside(&self.shared, f)
    }

    /// Returns whether the current code runs inside this bridge: in the future of a call, in a task, or in a blocking
    /// closure of one of these.
    ///
    /// With this, an async method can tell whether it is awaited, or called through its twin. A connection pool needs
    /// to know it if a connection is driven by a task of the runtime that opened it. If an async caller opened the
    /// connection, a blocking call cannot use it, because that runtime may wait for the blocking call.
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

    /// Returns statistics of the bridge's calls.
    ///
    /// A call whose future is ready at the first poll is not counted, unless it panics or reaches a limit. In a forked
    /// child all statistics are zero.
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

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Shuts down the bridge, for all of its clones. Returns how many calls finished, and how many were cancelled.
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
    ///
    /// # What it does
    ///
    /// 1. It refuses new calls. They return [`WorkerDead`](BridgeError::WorkerDead).
    /// 2. It waits until all calls in flight have ended, or for `timeout`. A call is in flight from its first poll.
    /// 3. It cancels the calls that are left. They return [`ResponseLost`](BridgeError::ResponseLost) after their
    ///    futures have been dropped. A future is dropped when its current poll has returned.
    ///
    /// It does not wait for tasks that bridged futures have spawned. They end with the runtime.
    ///
    /// Async code awaits [`shutdown_async`](Self::shutdown_async) instead.
    ///
    /// # Where it may be called
    ///
    /// Any thread may call it, any number of times. These cases are special:
    ///
    /// - A bridged future may shut down its own bridge. No shutdown waits for this future, and it is cancelled
    ///   afterwards. On a [`CurrentThread`](crate::Flavor::CurrentThread) bridge such a shutdown does not wait for
    ///   other calls either, because they cannot continue.
    /// - A blocking closure may shut down the bridge of the future that waits for the closure. The shutdown does not
    ///   recognise this, and waits for the whole `timeout`. The same applies to a task that a call or a
    ///   [`scope`](Self::scope) waits for.
    #[expect(clippy::must_use_candidate, reason = "most callers shut down and are done")]
    pub fn shutdown(&self, timeout: Duration) -> Shutdown {
        self.shared.shut_down(timeout)
    }

    /// Shuts down the bridge as [`shutdown`](Self::shutdown) does, for async code. Nothing happens before the first poll.
    ///
    /// The thread that polls the future is not blocked. Any runtime or executor may poll it, and any thread.
    ///
    /// 1. The first poll refuses new calls, and starts the time of `timeout`.
    /// 2. The future is ready when all calls in flight have ended, or the time is up. A thread of the bridge watches the
    ///    time, so this does not depend on timers of a runtime. If the system refuses this thread, the time is up at once.
    /// 3. The last poll cancels the calls that are left, and returns the result.
    ///
    /// If the future is dropped before, the bridge refuses calls, but the calls in flight continue. None is cancelled.
    /// Another shutdown, or dropping the last handle, ends the bridge.
    ///
    /// A bridged future may await the shutdown of its own bridge. No shutdown waits for this future, which is cancelled at
    /// its next await after the result. On a [`CurrentThread`](crate::Flavor::CurrentThread) bridge the other calls can
    /// continue meanwhile, unlike with [`shutdown`](Self::shutdown).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> std::io::Result<()> {
    ///     let bridge = RuntimeBridge::new()?;
    ///     let report = bridge.shutdown_async(Duration::from_secs(5)).await;
    ///     assert_eq!((report.finished, report.cut_off), (0, 0));
    ///     Ok(())
    /// }
    /// ```
    pub fn shutdown_async(&self, timeout: Duration) -> impl Future<Output = Shutdown> + Send + use<> {
        let bridge = self.clone();
        async move { bridge.shared.shut_down_async(timeout).await }
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
