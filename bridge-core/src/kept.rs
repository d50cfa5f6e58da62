//! A value of any type that is dropped inside the bridge.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::base::panic::discard;
use crate::bridge::RuntimeBridge;
use crate::call::inside::{Payload, drop_inside};
use crate::engine::shared::Shared;

impl RuntimeBridge {
    /// Keeps a value whose destructor needs the runtime: a pooled connection, a transaction, a permit. It is dropped
    /// inside the bridge's tokio context, on whichever thread that happens.
    ///
    /// Such a destructor often spawns a task. A pooled connection of sqlx goes back to its pool in this way. Outside a
    /// runtime the destructor panics. Inside another runtime, the task ends with that runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// /// Says good-bye from a task.
    /// struct Session(std::sync::mpsc::Sender<&'static str>);
    ///
    /// impl Drop for Session {
    ///     fn drop(&mut self) {
    ///         let good_bye = self.0.clone();
    ///         // Panics outside of a runtime.
    ///         tokio::spawn(async move { good_bye.send("good-bye") });
    ///     }
    /// }
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (sender, words) = std::sync::mpsc::channel();
    /// let session = bridge.keep(Session(sender));
    /// std::thread::spawn(move || drop(session)).join().unwrap();
    /// assert_eq!(words.recv()?, "good-bye");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep<T: Send>(&self, value: T) -> Kept<T> {
        Kept { bridge: self.clone(), value: Some(value), drop: drop_inside }
    }
}

/// A value that is dropped inside a bridge. [`RuntimeBridge::keep`] returns one.
///
/// It dereferences to the value. Its own functions are not methods, so they hide none of the value's:
/// `Kept::into_inner(kept)`.
///
/// # Where the value is dropped
///
/// | `Kept` is dropped | the value is dropped |
/// |---|---|
/// | on any thread, inside or outside a runtime | on this thread, with the bridge's runtime entered |
/// | by the destructor of a thread-local, after tokio's own thread-local has been destroyed | on a thread of the bridge, while this thread waits; in a task of the bridge if the system refuses a thread |
/// | there, after the bridge has ended its calls, or by an exit handler of C that runs when std no longer knows the thread | on this thread, without a runtime |
/// | in a forked child | never: the threads of its runtime exist only in the parent |
///
/// The destructor may make calls, to this bridge and to others. [`shutdown`](RuntimeBridge::shutdown) waits for it, and
/// serves these calls. After a shutdown the runtime is still entered, but it runs no task: what the destructor spawns is
/// dropped.
///
/// A panic of the destructor ends with it. The panic hook reports the panic. `Kept` does not pass it on, so it can be
/// dropped while a thread unwinds, and by a function that C calls.
///
/// `Kept` keeps the bridge alive, as a clone of it does. If it was the last one, the runtime ends after the destructor,
/// and with it the tasks that the destructor has spawned.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use sync_bridge_core::{Kept, RuntimeBridge};
/// use tokio::sync::Semaphore;
///
/// let bridge = RuntimeBridge::new()?;
/// let places = Arc::new(Semaphore::new(2));
/// let permit = bridge.keep(bridge.block_on(places.clone().acquire_owned())??);
/// // A method of the value.
/// assert_eq!(permit.num_permits(), 1);
/// assert_eq!(places.available_permits(), 1);
/// drop(permit);
/// assert_eq!(places.available_permits(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Kept<T> {
    bridge: RuntimeBridge,
    /// Empty once the value has been taken out or dropped.
    value: Option<T>,
    /// Chosen where the value is known to be `Send`.
    drop: fn(&Shared, T) -> Result<(), Payload>,
}

impl<T> Kept<T> {
    /// Returns the value. It is not dropped inside the bridge any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Kept, RuntimeBridge};
    ///
    /// let kept = RuntimeBridge::new()?.keep(vec![1, 2]);
    /// assert_eq!(Kept::into_inner(kept), [1, 2]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn into_inner(mut kept: Self) -> T {
        there(kept.value.take())
    }

    /// Returns the bridge that the value is dropped inside of.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Kept, RuntimeBridge};
    ///
    /// let mut kept = RuntimeBridge::new()?.keep(tokio::io::empty());
    /// let bridge = Kept::bridge(&kept).clone();
    /// bridge.block_on(tokio::io::copy(&mut *kept, &mut tokio::io::sink()))??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bridge(kept: &Self) -> &RuntimeBridge {
        &kept.bridge
    }
}

/// Returns the value. It is always there, because only `into_inner` takes it out, and consumes the [`Kept`].
fn there<T>(value: Option<T>) -> T {
    value.expect("the value is taken out by `into_inner` only")
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        there(self.value.as_ref())
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        there(self.value.as_mut())
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        // Two panics at a time would end the program, and so would one that leaves a function which C calls.
        if let Err(payload) = (self.drop)(self.bridge.shared(), value) {
            discard(payload);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
