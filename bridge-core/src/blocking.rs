//! Methods that wait for any future or stream, on the process-wide bridge.

use std::future::IntoFuture;
use std::time::Duration;

use futures_core::Stream;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::stream::iter::BlockingIter;

/// Waits for any future, and iterates over any stream, on the [process-wide bridge](RuntimeBridge::global).
///
/// Every type has these methods. Those for futures need an [`IntoFuture`], such as a future or a request builder. The
/// future must be `Send`, the value that becomes the future need not be. [`wait_iter`](Self::wait_iter) needs a [`Stream`].
///
/// Any thread may call the methods. [Where the future is polled](RuntimeBridge#where-a-call-runs) depends on that thread: for
/// the first time by the calling thread where that is safe, and then by a worker of the bridge.
///
/// # Examples
///
/// ```
/// use std::io;
/// use sync_bridge_core::Blocking;
///
/// fn main() -> io::Result<()> {
///     let text = tokio::fs::read_to_string("Cargo.toml").wait_flattened()?;
///     assert!(text.contains("sync-bridge-core"));
///     Ok(())
/// }
/// ```
///
/// # Futures that need a runtime to be built
///
/// [`IntoFuture::into_future`] runs on the calling thread, inside the bridge's tokio context. The value itself is built
/// before the call, outside of it. `tokio::time::sleep(d).wait_blocking()` panics in `sleep`, because `sleep` needs the
/// context. Build such a future in an `async` block, or use [`RuntimeBridge::block_on_with`]:
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::{Blocking, RuntimeBridge};
/// use tokio::time::sleep;
///
/// async { sleep(Duration::from_millis(1)).await }.wait_blocking()?;
/// RuntimeBridge::global()?.block_on_with(|| sleep(Duration::from_millis(1)))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Other bridges, tasks
///
/// A future for another bridge than the process-wide one goes to [`RuntimeBridge::block_on`]. For a
/// [`BridgedTask`](crate::BridgedTask), its own [`wait`](crate::BridgedTask::wait) is simpler, and uses no other bridge.
pub trait Blocking {
    /// Waits for the future, and returns its output.
    ///
    /// # Errors
    ///
    /// [`NotStarted`](BridgeError::NotStarted) if the process-wide bridge is not running and cannot be started. Otherwise
    /// the errors of [`RuntimeBridge::block_on`]. An error of the future is a part of its output. See
    /// [`wait_flattened`](Self::wait_flattened).
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{Blocking, BridgeError};
    ///
    /// let words = vec![String::from("borrowed")];
    /// let length = async {
    ///     tokio::task::yield_now().await;
    ///     words[0].len()
    /// };
    /// assert_eq!(length.wait_blocking()?, 8);
    /// # Ok::<(), BridgeError>(())
    /// ```
    #[track_caller]
    fn wait_blocking(self) -> Result<<Self as IntoFuture>::Output, BridgeError>
    where
        Self: IntoFuture<IntoFuture: Send, Output: Send> + Sized,
    {
        global()?.block_on_with(|| self.into_future())
    }

    /// Waits for the future, but at most for this long. If the time is up, the future is dropped before this returns.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](BridgeError::TimedOut) if the time is up, and the errors of [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{Blocking, BridgeError};
    ///
    /// let outcome = std::future::pending::<()>().wait_blocking_timeout(Duration::from_millis(5));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// ```
    #[track_caller]
    fn wait_blocking_timeout(self, limit: Duration) -> Result<<Self as IntoFuture>::Output, BridgeError>
    where
        Self: IntoFuture<IntoFuture: Send, Output: Send> + Sized,
    {
        global()?.call().timeout(limit).block_on_with(|| self.into_future())
    }

    /// Waits for a future whose output is a `Result`, and returns that. A failure of the bridge becomes the error of the
    /// future, so that one `?` is enough.
    ///
    /// The error type implements `From<BridgeError>`, as [`io::Error`](std::io::Error) and `Box<dyn Error>` do.
    ///
    /// # Errors
    ///
    /// The error of the future, and the errors of [`wait_blocking`](Self::wait_blocking), converted.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use sync_bridge_core::Blocking;
    ///
    /// let error: io::Error = tokio::fs::read("no such file").wait_flattened().unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::NotFound);
    /// ```
    #[track_caller]
    fn wait_flattened<T, E>(self) -> Result<T, E>
    where
        Self: IntoFuture<Output = Result<T, E>, IntoFuture: Send> + Sized,
        T: Send,
        E: From<BridgeError> + Send,
    {
        self.wait_blocking()?
    }

    /// Turns the stream into an iterator, as [`RuntimeBridge::iter`] does. The stream may borrow.
    ///
    /// If the process-wide bridge cannot be started, the only item is [`NotStarted`](BridgeError::NotStarted).
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{Blocking, BridgeError};
    ///
    /// let squares = stream::iter(1..=3).then(async |n| n * n);
    /// let squares: Vec<i32> = Box::pin(squares).wait_iter().collect::<Result<_, _>>()?;
    /// assert_eq!(squares, [1, 4, 9]);
    /// # Ok::<(), BridgeError>(())
    /// ```
    fn wait_iter(self) -> BlockingIter<Self>
    where
        Self: Stream<Item: Send> + Send + Sized,
    {
        match global() {
            Ok(bridge) => bridge.iter(self),
            Err(error) => BlockingIter::failed(error),
        }
    }
}

impl<T: ?Sized> Blocking for T {}

fn global() -> Result<&'static RuntimeBridge, BridgeError> {
    RuntimeBridge::global().map_err(BridgeError::NotStarted)
}
