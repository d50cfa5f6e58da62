//! How a bridge is configured: the runtime's flavour, its threads and their names.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::base::config::Flavor;
use crate::base::config::Overflow;
use crate::bridge::RuntimeBridge;
use crate::engine::context::Hook;
use crate::engine::settings::{Settings, ThreadSettings};
use crate::engine::shared::Shared;
use crate::engine::slow::SlowCall;
use crate::engine::slow::SlowHook;

const DEFAULT_THREAD_NAME: &str = "sync-bridge";

impl RuntimeBridge {
    /// Starts a bridge with one worker thread and tokio's defaults otherwise.
    ///
    /// # Errors
    ///
    /// The error of the operating system that refused a thread or the runtime's file descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// assert_eq!(bridge.block_on(async { 1 + 1 })?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Self::builder().build()
    }

    /// Starts a bridge as [`new`](Self::new) does, and gives its threads a name.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), and [`InvalidInput`](io::ErrorKind::InvalidInput) if the name contains a NUL byte.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::with_thread_name("storage")?;
    /// assert!(RuntimeBridge::with_thread_name("sto\0rage").is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_thread_name(name: impl Into<String>) -> io::Result<Self> {
        Self::builder().thread_name(name).build()
    }

    /// Configures a bridge: its flavour, its worker threads, their name and stack size.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Flavor, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

/// Configures a [`RuntimeBridge`]. Made by [`RuntimeBridge::builder`].
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{Flavor, RuntimeBridge};
///
/// let bridge = RuntimeBridge::builder()
///     .flavor(Flavor::MultiThread)
///     .worker_threads(2)
///     .thread_name("storage")
///     .thread_stack_size(4 << 20)
///     .build()?;
/// assert_eq!(bridge.block_on(async { 6 * 7 })?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` or `install_global` is called"]
pub struct Builder {
    flavor: Flavor,
    worker_threads: Option<usize>,
    thread_name: String,
    stack_size: Option<usize>,
    default_timeout: Option<Duration>,
    context: Option<Hook>,
    max_in_flight: Option<usize>,
    overflow: Overflow,
    slow: Option<SlowHook>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let thread_name = DEFAULT_THREAD_NAME.to_owned();
        Self {
            flavor: Flavor::default(),
            worker_threads: None,
            thread_name,
            stack_size: None,
            default_timeout: None,
            context: None,
            max_in_flight: None,
            overflow: Overflow::default(),
            slow: None,
        }
    }

    /// Which runtime the bridge runs futures on: [`Flavor::MultiThread`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Flavor, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn flavor(mut self, flavor: Flavor) -> Self {
        self.flavor = flavor;
        self
    }

    /// How many worker threads drive the futures: one by default.
    ///
    /// One serves any number of callers at a time, and a call from a bridged future needs no second one. More
    /// are for futures that compute or block between their awaits; they make each hand-off dearer, because the
    /// worker that takes a call up and the one that finishes it are then often two different threads.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder().worker_threads(4).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn worker_threads(mut self, count: usize) -> Self {
        self.worker_threads = Some(count);
        self
    }

    /// The name of every thread of the bridge: `sync-bridge` by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder().thread_name("storage").build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = name.into();
        self
    }

    /// The stack size of every thread of the bridge, in bytes: by default what the Rust standard library (for a
    /// [`Flavor::CurrentThread`] driver) or tokio (for all other threads) give a thread, which is 2 MiB for both.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder().thread_stack_size(8 << 20).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// The time limit of every call that sets none of its own: none by default.
    ///
    /// [`CallOptions::timeout`](crate::CallOptions::timeout) says what a time limit does.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().default_timeout(Duration::from_millis(5)).build()?;
    /// let error = bridge.block_on(std::future::pending::<()>()).unwrap_err();
    /// assert!(matches!(error, BridgeError::TimedOut { .. }));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn default_timeout(mut self, limit: Duration) -> Self {
        self.default_timeout = Some(limit);
        self
    }

    /// How many calls may be in flight at a time: any number, by default. What becomes of the next one is said with
    /// [`overflow`](Self::overflow).
    ///
    /// A call counts from its first poll to its return. One that is made from a future of the bridge, directly, through
    /// other bridges, or on a thread of the bridge, is a part of the call it comes from: it is served in any case, and
    /// does not count.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, Overflow, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().max_in_flight(1).overflow(Overflow::Reject).build()?;
    /// let (seen, sight) = std::sync::mpsc::channel();
    /// let (release, released) = tokio::sync::oneshot::channel::<()>();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         bridge.block_on(async {
    ///             seen.send(()).unwrap();
    ///             let _ = released.await;
    ///         })
    ///     });
    ///     sight.recv().unwrap();
    ///     assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::Saturated)));
    ///     drop(release);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = Some(calls);
        self
    }

    /// What becomes of a call for which there is no room: it waits, by default. Without
    /// [`max_in_flight`](Self::max_in_flight) there always is.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Overflow, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().max_in_flight(64).overflow(Overflow::Wait).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Takes the caller's surroundings along: task-locals, thread-locals, whatever code looks up instead of being given.
    ///
    /// The hook runs on the calling thread, for each call that is about to leave it, and for each task that is spawned. What it returns runs on the thread
    /// that polls the future, around each poll and around the future's drop: it sets the surroundings up, calls its
    /// argument once, and takes them down again. A panic of the hook is an error of the call; one of what it returned is
    /// printed, and the call goes on without. Where the calling thread polls the future itself, its surroundings are in
    /// force anyway.
    ///
    /// With the feature `tracing`, the current span and dispatcher are taken along without a hook.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// tokio::task_local! {
    ///     static REQUEST: u32;
    /// }
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .with_context(|| {
    ///         let request = REQUEST.try_get();
    ///         move |poll: &mut dyn FnMut()| match request {
    ///             Ok(request) => REQUEST.sync_scope(request, poll),
    ///             Err(_) => poll(),
    ///         }
    ///     })
    ///     .build()?;
    ///
    /// let seen = REQUEST.sync_scope(7, || {
    ///     bridge.block_on(async {
    ///         tokio::task::yield_now().await;
    ///         REQUEST.get()
    ///     })
    /// })?;
    /// assert_eq!(seen, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_context<S>(mut self, hook: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: FnMut(&mut dyn FnMut()) + Send + 'static,
    {
        self.context = Some(Arc::new(move || Box::new(hook())));
        self
    }

    /// Reports every call that has waited for this long, once, while it goes on waiting.
    ///
    /// The callback runs on the thread that waits, which returns from its call no sooner than from the callback: let
    /// it note the call, and leave the rest to others, and not fork: the child would wait for an answer that never comes. A panic of it is printed, and no failure of the call. Calls
    /// that are ready at their first poll are not timed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .on_slow_call(Duration::from_secs(1), |call| eprintln!("{call}"))
    ///     .build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_slow_call(mut self, threshold: Duration, callback: impl Fn(&SlowCall) + Send + Sync + 'static) -> Self {
        self.slow = Some(SlowHook { threshold, report: Arc::new(callback) });
        self
    }

    /// Starts the bridge. Its threads run when this returns.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if no worker threads are asked for, more than one with
    /// [`Flavor::CurrentThread`], no calls in flight, or a thread name that contains a NUL byte; otherwise the error of the operating
    /// system that refused a thread or the runtime's file descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let error = RuntimeBridge::builder().worker_threads(0).build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// ```
    pub fn build(self) -> io::Result<RuntimeBridge> {
        let shared = Shared::start(&self.check()?)?;
        Ok(RuntimeBridge::from_shared(Arc::new(shared)))
    }

    fn check(self) -> io::Result<Settings> {
        let worker_threads = match (self.flavor, self.worker_threads) {
            (_, Some(0)) => return Err(invalid("a bridge needs at least one worker thread")),
            (Flavor::CurrentThread, Some(2..)) => {
                return Err(invalid(
                    "a current-thread bridge has one worker thread; use `Flavor::MultiThread` for more",
                ));
            }
            (_, count) => count.unwrap_or(1),
        };
        if self.max_in_flight == Some(0) {
            return Err(invalid("a bridge needs call_limit for at least one call in flight"));
        }
        if self.thread_name.contains('\0') {
            return Err(invalid("the name of a thread must not contain a NUL byte"));
        }
        Ok(Settings {
            flavor: self.flavor,
            worker_threads,
            threads: ThreadSettings { name: self.thread_name, stack_size: self.stack_size },
            default_timeout: self.default_timeout,
            context: self.context,
            max_in_flight: self.max_in_flight,
            overflow: self.overflow,
            slow: self.slow,
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("flavor", &self.flavor)
            .field("worker_threads", &self.worker_threads)
            .field("thread_name", &self.thread_name)
            .field("thread_stack_size", &self.stack_size)
            .field("default_timeout", &self.default_timeout)
            .field("max_in_flight", &self.max_in_flight)
            .field("overflow", &self.overflow)
            .finish_non_exhaustive()
    }
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
