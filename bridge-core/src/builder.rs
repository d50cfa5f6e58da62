//! The configuration of a bridge: the runtime's flavour, its threads and their names.

use std::borrow::Borrow;
use std::error::Error;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::base::config::Flavor;
use crate::base::config::Overflow;
use crate::bridge::RuntimeBridge;
use crate::engine::context::Hook;
use crate::engine::settings::{Settings, ThreadSettings};
use crate::engine::shared::Shared;
use crate::engine::slow::SlowCall;
use crate::engine::slow::SlowHook;
use crate::engine::thread_hooks::ThreadName;
use crate::engine::wait_hooks::{Around, Check, WaitHooks};

impl RuntimeBridge {
    /// Starts a bridge with one worker thread and tokio's defaults otherwise.
    ///
    /// # Errors
    ///
    /// The operating system's error if it refuses a thread or the runtime's file descriptors.
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

    /// Starts a bridge as [`new`](Self::new) does, with this name for its threads.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), and [`InvalidInput`](io::ErrorKind::InvalidInput) if the name contains a NUL
    /// byte.
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

/// Configures a [`RuntimeBridge`]. [`RuntimeBridge::builder`] returns one.
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
    runtime: Option<Handle>,
    worker_threads: Option<usize>,
    pub(crate) max_blocking_threads: usize,
    pub(crate) threads: ThreadSettings,
    pub(crate) start_paused: bool,
    default_timeout: Option<Duration>,
    context: Option<Hook>,
    max_in_flight: Option<usize>,
    overflow: Overflow,
    slow: Option<SlowHook>,
    wait_hooks: WaitHooks,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            flavor: Flavor::default(),
            runtime: None,
            worker_threads: None,
            max_blocking_threads: MAX_BLOCKING_THREADS,
            threads: ThreadSettings::default(),
            start_paused: false,
            default_timeout: None,
            context: None,
            max_in_flight: None,
            overflow: Overflow::default(),
            slow: None,
            wait_hooks: WaitHooks::default(),
        }
    }

    /// Sets the runtime that the bridge runs futures on. The default is [`Flavor::MultiThread`].
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

    /// Uses a runtime that exists already, instead of one of the bridge's own.
    ///
    /// The futures of calls and tasks run on this runtime, and [where a call
    /// runs](crate::RuntimeBridge#where-a-call-runs) holds for it: its workers are the workers of the bridge. What the
    /// program's async code has opened there, such as a pool of connections, is used by blocking calls at the same time.
    ///
    /// The program keeps the runtime running. A [shutdown](crate::RuntimeBridge::shutdown), or the drop of the last clone
    /// of the bridge, ends the calls and the tasks of the bridge, and nothing else on the runtime. If the runtime ends
    /// first, calls in flight return [`ResponseLost`](crate::BridgeError::ResponseLost), and later ones
    /// [`WorkerDead`](crate::BridgeError::WorkerDead). A call that begins, or whose future the calling thread polls, at this
    /// very moment may print a panic of tokio.
    ///
    /// Tasks and blocking closures of [`spawn`](crate::RuntimeBridge::spawn),
    /// [`spawn_blocking`](crate::RuntimeBridge::spawn_blocking) and scopes belong to the bridge. What a future starts with
    /// `tokio::spawn` belongs to the program: a shutdown does not end it, its calls are refused while a shutdown waits, and
    /// they count towards [`max_in_flight`](Self::max_in_flight). A call that waits for such a task, and has the last place,
    /// waits for ever.
    ///
    /// A call of a task under [`unconstrained`](tokio::task::unconstrained) on this runtime returns
    /// [`WouldDeadlock`](crate::BridgeError::WouldDeadlock), because such a task looks like a waker that the driver of timers
    /// and sockets wakes. Inside [`block_in_place`](tokio::task::block_in_place) the call works.
    ///
    /// The runtime must be a multi-thread one. A current-thread runtime runs only while a thread drives it, and a call from
    /// another thread could wait for ever. The runtime needs [`enable_time`](tokio::runtime::Builder::enable_time) for
    /// calls with a time limit. Without it they return [`ResponseLost`](crate::BridgeError::ResponseLost).
    ///
    /// The bridge starts threads of its own only for [`block_on_local`](crate::RuntimeBridge::block_on_local) and for
    /// iterators behind streams. The name, the stack size and the hooks of threads apply to these alone.
    ///
    /// [`build`](Self::build) checks the handle.
    ///
    /// # Examples
    ///
    /// A server whose handlers use a synchronous trait:
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let runtime = tokio::runtime::Handle::current();
    ///     let bridge = RuntimeBridge::builder().runtime(runtime).build()?;
    ///     let answer = tokio::spawn(async move {
    ///         // In a handler, deep inside synchronous code.
    ///         bridge.block_on(async { 6 * 7 })
    ///     });
    ///     assert_eq!(answer.await??, 42);
    ///     Ok(())
    /// }
    /// ```
    pub fn runtime(mut self, runtime: impl Borrow<Handle>) -> Self {
        self.runtime = Some(runtime.borrow().clone());
        self
    }

    /// Sets how many worker threads drive the futures. The default is one.
    ///
    /// One worker serves any number of callers at a time. A call from a bridged future does not need a second worker.
    /// Use more for futures that compute or block between their awaits. More workers make each hand-off slower, because
    /// the worker that starts a call and the worker that finishes it are then often two different threads.
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

    /// Sets the time limit of every call that does not set its own. The default is no limit.
    ///
    /// [`CallOptions::timeout`](crate::CallOptions::timeout) describes what a time limit does.
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

    /// Sets how many calls may be in flight at a time. The default is any number.
    ///
    /// [`overflow`](Self::overflow) sets what happens to a call beyond this number.
    ///
    /// A call counts from its first poll to its return. A call made from a future of the bridge is a part of the call
    /// that runs this future, whether it is made directly, through other bridges, or on a thread of the bridge. It is
    /// always served, and does not count.
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

    /// Sets what happens to a call beyond [`max_in_flight`](Self::max_in_flight). By default it waits.
    ///
    /// Without `max_in_flight` this has no effect.
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

    /// Passes the caller's context to the future: task-locals, thread-locals and other implicit values.
    ///
    /// The hook runs on the calling thread. It runs for each call whose future moves to another thread, and for each
    /// task that is spawned. It returns a function, which runs on the thread that polls the future, around each poll
    /// and around the future's drop. The function sets up the context, calls its argument once, and removes the
    /// context.
    ///
    /// If the hook panics, the call returns an error. If the function panics, the panic is printed and the call
    /// continues without the context. If the calling thread polls the future itself, its context applies without the
    /// hook.
    ///
    /// With the feature `tracing`, the current span and dispatcher are passed without a hook.
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

    /// Runs `callback` once for every call that has waited for this long. The call continues to wait.
    ///
    /// The callback runs on the thread that waits, and the call cannot return before the callback does. The callback
    /// should only record the call, and leave other work to other threads. It must not fork, because the child would
    /// wait for an answer that never comes. If it panics, the panic is printed and the call does not fail. Calls that
    /// are ready at their first poll are not timed.
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

    /// Runs `check` on every thread that waits for a call to the bridge, at intervals, as long as it waits. If the check
    /// breaks, the call ends with [`BridgeError::Interrupted`](crate::BridgeError::Interrupted).
    ///
    /// This holds for every way to wait: a call, a method of a twin, an item of an iterator, a read, a task, a scope. The
    /// thread is the one that makes the call. If a future on the bridge makes the call, it is a worker of the bridge.
    ///
    /// The check runs for the first time when the thread has waited for this long, and again this long after it has
    /// returned. It may run more often, and on several threads at the same time. It may make short calls of its own. The
    /// check runs while such a call waits, too.
    ///
    /// If the check breaks, the future is dropped before the call returns, and the calls that it makes end too. The
    /// value of the break is the reason. If the output is there already, the call returns it. A panic of the check ends
    /// the call in the same way, with [`ResponseLost`](crate::BridgeError::ResponseLost).
    ///
    /// Each call to such a bridge costs three allocations, even if it does not wait.
    ///
    /// # Examples
    ///
    /// A flag that another thread sets. In an extension module for Python, the check would be `check_signals`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// static QUIT: AtomicBool = AtomicBool::new(false);
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .while_waiting(Duration::from_millis(5), || match QUIT.load(Ordering::Relaxed) {
    ///         true => ControlFlow::Break("the user wants to quit"),
    ///         false => ControlFlow::Continue(()),
    ///     })
    ///     .build()?;
    /// std::thread::spawn(|| QUIT.store(true, Ordering::Relaxed));
    /// let error = bridge.block_on(std::future::pending::<()>()).unwrap_err();
    /// assert_eq!(error.to_string(), "the call was interrupted: the user wants to quit");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn while_waiting<R>(
        mut self,
        every: Duration,
        check: impl Fn() -> ControlFlow<R> + Send + Sync + 'static,
    ) -> Self
    where
        R: Into<Box<dyn Error + Send + Sync>>,
    {
        self.wait_hooks.check = Some(Check::shared(every, check));
        self
    }

    /// Holds a guard around every wait of a thread for a call to the bridge.
    ///
    /// `guard` runs just before the thread parks, and what it returns is dropped just after. The future of the call, and
    /// the [check](Self::while_waiting), run without it. A thread may park several times in one call.
    ///
    /// This is for what others need while the thread waits, such as the GIL of Python: release it in `guard`, and acquire
    /// it again in the destructor. `guard` also runs on threads that may not hold it: a worker of the bridge, if a future
    /// makes a call, or a thread that [shuts the bridge down](RuntimeBridge::shutdown).
    ///
    /// A panic of `guard` or of the destructor ends the call with [`ResponseLost`](crate::BridgeError::ResponseLost).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// static WAITING: AtomicU32 = AtomicU32::new(0);
    ///
    /// struct Waiting;
    ///
    /// impl Drop for Waiting {
    ///     fn drop(&mut self) {
    ///         WAITING.fetch_sub(1, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .around_wait(|| {
    ///         WAITING.fetch_add(1, Ordering::Relaxed);
    ///         Waiting
    ///     })
    ///     .build()?;
    /// bridge.block_on_with(|| tokio::time::sleep(Duration::from_millis(5)))?;
    /// assert_eq!(WAITING.load(Ordering::Relaxed), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn around_wait<G>(mut self, guard: impl Fn() -> G + Send + Sync + 'static) -> Self {
        self.wait_hooks.around = Some(Around::new(guard));
        self
    }

    /// Starts the bridge. Its threads are running when this returns.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) in these cases:
    ///
    /// - The number of worker threads is 0, or more than 1 with [`Flavor::CurrentThread`].
    /// - The number of calls in flight, or of blocking threads, is limited to 0.
    /// - The clock is to start paused, without [`Flavor::CurrentThread`].
    /// - The thread name contains a NUL byte.
    /// - The [`runtime`](Self::runtime) is not a multi-thread one, or a setting of the
    ///   runtime is set beside it: its flavour, its numbers of threads, or its clock.
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) if the `runtime` has ended.
    ///
    /// Otherwise the operating system's error if it refuses a thread or the runtime's file descriptors.
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
        if let Some(runtime) = &self.runtime {
            if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
                return Err(invalid(
                    "the handle is of a current-thread runtime, which runs only while a thread drives it: a call could wait \
                     forever; use a multi-thread runtime, or leave out the handle so that the bridge starts its own",
                ));
            }
            let is_set_beside = self.worker_threads.is_some()
                || self.max_blocking_threads != MAX_BLOCKING_THREADS
                || self.flavor != Flavor::MultiThread
                || self.start_paused;
            if is_set_beside {
                return Err(invalid(
                    "`runtime` uses a runtime that exists already; leave out `flavor`, `worker_threads`, \
                     `max_blocking_threads` and `start_paused`",
                ));
            }
        }
        let worker_threads = match (self.flavor, self.worker_threads) {
            (_, Some(0)) => return Err(invalid("`worker_threads` must be at least 1")),
            (Flavor::CurrentThread, Some(2..)) => {
                return Err(invalid(
                    "a current-thread bridge has only one worker thread; use `Flavor::MultiThread` for more",
                ));
            }
            (_, count) => count.unwrap_or(1),
        };
        if self.max_in_flight == Some(0) {
            return Err(invalid("`max_in_flight` must be at least 1"));
        }
        if self.max_blocking_threads == 0 {
            return Err(invalid("`max_blocking_threads` must be at least 1"));
        }
        if matches!(&self.threads.name, ThreadName::Fixed(name) if name.contains('\0')) {
            return Err(invalid("the thread name must not contain a NUL byte"));
        }
        if self.start_paused && self.flavor != Flavor::CurrentThread {
            return Err(invalid(
                "only the clock of a current-thread bridge can be paused; use `Flavor::CurrentThread`",
            ));
        }
        Ok(Settings {
            flavor: self.flavor,
            borrowed: self.runtime,
            worker_threads,
            max_blocking_threads: self.max_blocking_threads,
            start_paused: self.start_paused,
            threads: self.threads,
            default_timeout: self.default_timeout,
            context: self.context,
            max_in_flight: self.max_in_flight,
            overflow: self.overflow,
            slow: self.slow,
            wait_hooks: self.wait_hooks,
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("flavor", &self.flavor)
            .field("runtime", &self.runtime)
            .field("worker_threads", &self.worker_threads)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field("threads", &self.threads)
            .field("start_paused", &self.start_paused)
            .field("default_timeout", &self.default_timeout)
            .field("max_in_flight", &self.max_in_flight)
            .field("overflow", &self.overflow)
            .finish_non_exhaustive()
    }
}

/// As many as tokio has by default.
const MAX_BLOCKING_THREADS: usize = 512;

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
