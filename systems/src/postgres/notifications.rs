//! What `LISTEN` brings.

use std::fmt;
use std::future::poll_fn;
use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use sync_bridge::{BlockingIter, BridgeError, RuntimeBridge};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Connection, Notification};

use super::Result;

/// The notifications of the channels that the connection listens to. The iterator ends with the connection.
pub struct Notifications(BlockingIter<UnboundedReceiver<Notification>>);

impl Notifications {
    /// Returns the next notification, or `None` if the connection has ended.
    ///
    /// # Errors
    ///
    /// [`BridgeError::TimedOut`] if there is none within `limit`.
    pub fn next_timeout(&mut self, limit: Duration) -> Result<Option<Notification>, BridgeError> {
        self.0.next_timeout(limit).transpose()
    }
}

impl Iterator for Notifications {
    type Item = Result<Notification, BridgeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl fmt::Debug for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Starts the task that drives a connection.
pub(super) fn drive<S, T>(mut connection: Connection<S, T>, bridge: &RuntimeBridge) -> Notifications
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, receiver) = unbounded();
    // The handle does not cancel the task when it is dropped. The task ends with the client.
    drop(bridge.spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message {
                // The receiver may have been dropped. The connection is driven all the same.
                let _ = sender.unbounded_send(notification);
            }
        }
    }));
    Notifications(bridge.iter(receiver))
}
