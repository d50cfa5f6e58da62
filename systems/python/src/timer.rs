//! An async API, as it would be without Python.

use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};
use tokio::time::sleep;

/// Waits, and does things later.
#[sync_bridge]
pub(crate) trait Timer {
    /// Waits for this long.
    async fn sleep(&self, time: Duration) -> Result<(), Error>;

    /// Waits, and returns what `f` returns.
    async fn call_later<T: Send>(&self, time: Duration, f: impl FnOnce() -> T + Send) -> Result<T, Error>;

    /// Counts from 0, one number after each interval.
    fn ticks(&self, every: Duration) -> BoxStream<'static, Result<u64, Error>>;
}

/// The error of a timer. Only the bridge can fail.
#[derive(Debug)]
pub(crate) struct Error(pub(crate) BridgeError);

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self(error)
    }
}

/// A timer of tokio, and the bridge that serves its blocking calls.
pub(crate) struct TokioTimer {
    pub(crate) bridge: RuntimeBridge,
}

#[sync_bridge(bridge = self.bridge)]
impl Timer for TokioTimer {
    async fn sleep(&self, time: Duration) -> Result<(), Error> {
        sleep(time).await;
        Ok(())
    }

    async fn call_later<T: Send>(&self, time: Duration, f: impl FnOnce() -> T + Send) -> Result<T, Error> {
        sleep(time).await;
        Ok(f())
    }

    fn ticks(&self, every: Duration) -> BoxStream<'static, Result<u64, Error>> {
        let tick = move |number| async move {
            sleep(every).await;
            Ok(number)
        };
        stream::iter(0..).then(tick).boxed()
    }
}
