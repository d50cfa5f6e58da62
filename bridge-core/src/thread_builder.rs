//! The configuration of a bridge's threads, and of its clock.

use std::sync::Arc;
use std::time::Duration;

use crate::builder::Builder;
use crate::engine::thread_hooks::ThreadName;

impl Builder {
    /// Sets the name of every thread of the bridge. The default is `sync-bridge`.
    ///
    /// This and [`thread_name_fn`](Self::thread_name_fn) replace each other.
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
        self.threads.name = ThreadName::Fixed(name.into());
        self
    }

    /// Sets a function that makes the name of each thread of the bridge.
    ///
    /// The function runs before each thread is spawned: in [`build`](Self::build), and later on any thread of the bridge
    /// or of a caller. tokio holds a lock meanwhile, so the function must not use the bridge or any runtime.
    ///
    /// A name ends at its first NUL byte. If the function panics, the panic is printed and the thread is named
    /// `sync-bridge`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// static COUNT: AtomicUsize = AtomicUsize::new(0);
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .thread_name_fn(|| format!("storage-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    ///     .build()?;
    /// let name = bridge.spawn(async { std::thread::current().name().map(str::to_owned) }).wait()?;
    /// assert_eq!(name.as_deref(), Some("storage-0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn thread_name_fn(mut self, name: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.threads.name = ThreadName::Made(Arc::new(name));
        self
    }

    /// Sets the stack size of every thread of the bridge, in bytes.
    ///
    /// The default for a [`Flavor::CurrentThread`](crate::Flavor::CurrentThread) driver is that of the Rust standard
    /// library. The default for all other threads is that of tokio. Both are 2 MiB.
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
        self.threads.stack_size = Some(bytes);
        self
    }

    /// Runs `hook` on every thread of the bridge when it starts, before anything else runs on it.
    ///
    /// The threads are the workers, the driver of a current-thread bridge, the threads for blocking closures, and those
    /// for futures that are not `Send` and for iterators behind streams. A thread that waits for a call runs no hook,
    /// because it is not one of the bridge.
    ///
    /// [`build`](Self::build) does not wait for the hook. Calls do, until a worker has run it.
    ///
    /// A call that the hook makes to this bridge returns [`WouldDeadlock`](crate::BridgeError::WouldDeadlock), because
    /// the thread may be the one that would serve it. The hook must not wait for the bridge in another way either.
    ///
    /// If the hook panics, the panic is printed, and the thread continues as if the hook had returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// static STARTED: AtomicUsize = AtomicUsize::new(0);
    ///
    /// let bridge = RuntimeBridge::builder()
    ///     .on_thread_start(|| {
    ///         STARTED.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// bridge.spawn(async { tokio::task::spawn_blocking(|| ()).await }).wait()??;
    /// // The worker, and the thread of the closure.
    /// assert_eq!(STARTED.load(Ordering::Relaxed), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.threads.hooks.start = Some(Arc::new(hook));
        self
    }

    /// Runs `hook` on every thread of the bridge before it ends.
    ///
    /// [`on_thread_start`](Self::on_thread_start) lists the threads. What it says about calls and panics applies here too.
    ///
    /// The threads end after the bridge: shutting it down or dropping it does not wait for them. Those that are still
    /// there when the process ends do not run the hook. A thread without work ends
    /// [after some time](Self::thread_keep_alive).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let (ended, end) = channel();
    /// let bridge = RuntimeBridge::builder()
    ///     .on_thread_stop(move || {
    ///         let _ = ended.send(std::thread::current().id());
    ///     })
    ///     .build()?;
    /// let worker = bridge.spawn(async { std::thread::current().id() }).wait()?;
    /// drop(bridge);
    /// assert_eq!(end.recv()?, worker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_thread_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.threads.hooks.stop = Some(Arc::new(hook));
        self
    }

    /// Sets for how many blocking closures, such as those of `spawn_blocking` and `tokio::fs`, the bridge has threads.
    /// The default is 512.
    ///
    /// On a [`CurrentThread`](crate::Flavor::CurrentThread) bridge, this is the limit. Further closures wait.
    ///
    /// A [`MultiThread`](crate::Flavor::MultiThread) bridge has 512 threads more, which take the places of workers that
    /// are blocked by calls of their own futures. tokio keeps both in one pool. If few workers are blocked, closures use
    /// the rest of the 512 too. If no thread is left, a call from a future of the bridge returns
    /// [`Saturated`](crate::BridgeError::Saturated) after some seconds.
    ///
    /// Futures that are not `Send` and iterators behind streams have other threads.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Flavor, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).max_blocking_threads(4).build()?;
    /// assert!(bridge.block_on(async { tokio::fs::read("Cargo.toml").await })?.is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_blocking_threads(mut self, count: usize) -> Self {
        self.max_blocking_threads = count;
        self
    }

    /// Sets how long a thread of the bridge waits for another job before it ends. The default is 10 seconds.
    ///
    /// This is for all threads but the workers and the driver, which last as long as the bridge.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::builder().thread_keep_alive(Duration::from_millis(100)).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_keep_alive(mut self, time: Duration) -> Self {
        self.threads.keep_alive = time;
        self
    }

    /// Lets the bridge's clock start paused, for tests. Needs the feature `test-util`, and
    /// [`Flavor::CurrentThread`](crate::Flavor::CurrentThread).
    ///
    /// tokio then moves the clock to the next timer as soon as nothing else is left to do on the bridge. A twin that
    /// sleeps for three seconds returns at once. `tokio::time::advance` and `resume` work in the bridge's futures.
    ///
    /// The time limits of calls follow this clock too. If a call waits for something that tokio does not run, its limit is
    /// the next timer, and ends it at once, however long the limit is. Examples are:
    ///
    /// - something outside the bridge, such as a socket or another thread;
    /// - a blocking reader, writer or iterator: [`async_reader`](crate::RuntimeBridge::async_reader),
    ///   [`async_writer`](crate::RuntimeBridge::async_writer),
    ///   [`stream_from_iter`](crate::RuntimeBridge::stream_from_iter), and an argument with `#[bridge(read)]`,
    ///   `#[bridge(write)]` or `#[bridge(iter)]`;
    /// - a future of [`block_on_local`](crate::RuntimeBridge::block_on_local) or of a
    ///   [`KeptLocal`](crate::KeptLocal). A thread that is not tokio's polls it, and the clock moves on meanwhile.
    ///
    /// The timers of the future itself, such as those of `tokio::time::timeout`, run out in the same way. A test of such
    /// code needs a bridge whose clock runs, or a call without a time limit. `tokio::task::spawn_blocking` stops the
    /// clock while its closure runs.
    ///
    /// Such a bridge makes no first poll on the calling thread. Its own thread makes all of them, so that the timers of a future
    /// and the limit of its call are set at the same time.
    ///
    /// What the calling thread measures follows the real clock: `while_waiting`, `on_slow_call`, and the times in errors
    /// and metrics. The real clock also says how much is left of a limit of [`within`](crate::CallOptions::within) and of
    /// a [`deadline`](crate::CallOptions::deadline) when a call or an item begins. Sleeps in earlier calls take nothing
    /// from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use sync_bridge_core::{Flavor, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).start_paused(true).build()?;
    /// let start = Instant::now();
    /// bridge.block_on_with(|| tokio::time::sleep(Duration::from_secs(3600)))?;
    /// assert!(start.elapsed() < Duration::from_secs(60));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "test-util")]
    pub fn start_paused(mut self, start_paused: bool) -> Self {
        self.start_paused = start_paused;
        self
    }
}
