//! A value that need not be `Send`. Its whole life is on one thread of the bridge.

use std::fmt;
use std::marker::PhantomData;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::call::bound_thread::{BoundThread, BoundValue};
use crate::call::limits::CallKind;
use crate::options::{CallOptions, OwnedCallOptions};

impl RuntimeBridge {
    /// Makes a value that need not be `Send`, on a thread of the bridge that it keeps for itself. Calls use the value
    /// there, and there it is dropped.
    ///
    /// `make` runs on that thread, inside the bridge's tokio context and a [`LocalSet`](tokio::task::LocalSet). It may
    /// therefore spawn tasks with `tokio::spawn` and with `spawn_local`.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on). [`Saturated`](BridgeError::Saturated) if the system refuses a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut words = bridge.keep_local(|| Rc::new(vec!["one"]))?;
    /// // Any thread may use it.
    /// let count = std::thread::spawn(move || {
    ///     words.with(|words| Rc::make_mut(words).push("two"))?;
    ///     words.block_on(async |words| {
    ///         tokio::task::yield_now().await;
    ///         words.len()
    ///     })
    /// });
    /// assert_eq!(count.join().unwrap()?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn keep_local<T: 'static>(&self, make: impl FnOnce() -> T + Send) -> Result<KeptLocal<T>, BridgeError> {
        self.call().keep_local(make)
    }
}

impl CallOptions<'_> {
    /// Like [`RuntimeBridge::keep_local`], with these options for `make` and for each call that uses the value.
    ///
    /// # Errors
    ///
    /// As for [`RuntimeBridge::keep_local`], and those of the options.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{rc::Rc, time::Duration};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut kept = bridge.call().timeout(Duration::from_millis(5)).keep_local(|| Rc::new(1))?;
    /// let outcome = kept.block_on(async |_| tokio::time::sleep(Duration::from_secs(3600)).await);
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// // The value is still there.
    /// assert_eq!(kept.with(|value| **value)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn keep_local<T: 'static>(&self, make: impl FnOnce() -> T + Send) -> Result<KeptLocal<T>, BridgeError> {
        let thread = BoundThread::start(self.bridge.shared())?;
        let kept = KeptLocal { thread, options: self.into(), value: PhantomData };
        kept.call(move || async move { BoundValue::put(make()) })?;
        Ok(kept)
    }
}

/// A value that need not be `Send`, on a thread of a bridge. [`RuntimeBridge::keep_local`] returns one.
///
/// The owner is `Send` and `Sync`, because the value stays where it is: calls come to it. A call needs `&mut` of the
/// owner, so there is one at a time. To use the value from several threads, put the owner into a
/// [`Mutex`](std::sync::Mutex).
///
/// # On its thread
///
/// Calls run inside one [`LocalSet`](tokio::task::LocalSet). Tasks of `spawn_local` continue between the calls, until the
/// owner is dropped. A call waits as long as one of these tasks blocks the thread.
///
/// Any thread may make a call. It waits as [for other calls](RuntimeBridge#where-a-call-runs), but the future always runs
/// on the thread of the value. Code on that thread may make calls to the bridge and to other values.
///
/// If a call panics or reaches a limit, the value remains as the call has left it.
///
/// # Dropping it
///
/// Dropping the owner does not wait. The thread drops the value, inside the bridge's tokio context, when it is done with
/// what it runs. Then it drops the tasks, and ends. [`close`](Self::close) waits for the value's destructor. A panic of
/// the destructor is reported by the panic hook and ends there.
///
/// A [`shutdown`](RuntimeBridge::shutdown) of the bridge drops the value and the tasks too, after the calls in flight. The
/// runtime ends after that. In a forked child the owner does nothing.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use sync_bridge_core::RuntimeBridge;
/// use tokio::sync::Notify;
///
/// let bridge = RuntimeBridge::new()?;
/// let mut counter = bridge.keep_local(|| {
///     let (count, step) = (Rc::new(Cell::new(0)), Rc::new(Notify::new()));
///     let (counted, stepped) = (count.clone(), step.clone());
///     // Counts between the calls as well.
///     tokio::task::spawn_local(async move {
///         loop {
///             stepped.notified().await;
///             counted.set(counted.get() + 1);
///         }
///     });
///     (count, step)
/// })?;
/// counter.with(|(_, step)| step.notify_one())?;
/// let count = counter.block_on(async |(count, _)| {
///     while count.get() == 0 {
///         tokio::task::yield_now().await;
///     }
///     count.get()
/// })?;
/// assert_eq!(count, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeptLocal<T: 'static> {
    thread: BoundThread,
    options: OwnedCallOptions,
    /// The value is elsewhere, and comes and goes with calls only.
    value: PhantomData<fn() -> T>,
}

impl<T> KeptLocal<T> {
    /// Runs `f` on the thread of the value, and waits for it.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if `f` panicked, with the payload.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the call comes from the thread of the value, or from what that
    ///   thread waits for. Also as for [`RuntimeBridge::block_on`].
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down. The value has been dropped.
    /// - The other errors of [`RuntimeBridge::block_on`], and those of the
    ///   [options](crate::CallOptions::keep_local).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut log = bridge.keep_local(|| Rc::new(RefCell::new(String::new())))?;
    /// let line = String::from("started");
    /// log.with(|log| log.borrow_mut().push_str(&line))?;
    /// assert_eq!(log.with(|log| log.borrow().len())?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn with<R: Send>(&mut self, f: impl FnOnce(&mut T) -> R + Send) -> Result<R, BridgeError> {
        self.call(move || async move { f(&mut BoundValue::take()) })
    }

    /// Runs an async closure on the thread of the value, and waits for it. Its future need not be `Send`.
    ///
    /// # Errors
    ///
    /// As for [`with`](Self::with).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut value = bridge.keep_local(|| Rc::new(20))?;
    /// let sum = value.block_on(async |value| {
    ///     let shared = value.clone();
    ///     let task = tokio::task::spawn_local(async move { *shared + 1 });
    ///     **value + task.await.unwrap()
    /// })?;
    /// assert_eq!(sum, 41);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn block_on<R: Send>(&mut self, f: impl AsyncFnOnce(&mut T) -> R + Send) -> Result<R, BridgeError> {
        self.call(move || async move { f(&mut BoundValue::take()).await })
    }

    /// Drops the value on its thread, and waits for its destructor.
    ///
    /// # Errors
    ///
    /// As for [`with`](Self::with). [`ResponseLost`](BridgeError::ResponseLost) if the destructor panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// bridge.keep_local(|| Rc::new(1))?.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn close(self) -> Result<(), BridgeError> {
        // It needs no place among the calls in flight: it ends what such a call has begun.
        let kind = CallKind::Wait(self.options.limits().timeout);
        let shared = self.options.bridge().shared();
        self.thread.block_on(shared, kind, || async { drop(BoundValue::<T>::take().into_inner()) })
    }

    #[track_caller]
    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        self.thread.block_on(self.options.bridge().shared(), CallKind::Call(self.options.limits()), make)
    }
}

impl<T> Drop for KeptLocal<T> {
    fn drop(&mut self) {
        if self.options.bridge().shared().in_flight.is_forked() {
            self.thread.forget();
        }
    }
}

impl<T> fmt::Debug for KeptLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptLocal").field("bridge", self.options.bridge()).finish_non_exhaustive()
    }
}
