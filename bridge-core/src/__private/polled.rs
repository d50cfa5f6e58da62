//! What twin types have of traits that async code polls: iterators of streams, readers, writers, what sends to a sink.

use crate::call::limits::Limits;
use crate::io::read::fill_buf as fill;
use crate::{BlockingIo, BridgeError, RuntimeBridge, TwinType};
use futures_core::Stream;
use futures_sink::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};
use tokio::io::AsyncBufRead;

pub use futures_core::Stream as AsyncStream;
pub use futures_sink::Sink as AsyncSink;
pub use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
pub use std::iter::FusedIterator;
pub use tokio::io::{
    AsyncBufRead as TokioBufRead, AsyncRead as TokioRead, AsyncSeek as TokioSeek, AsyncWrite as TokioWrite,
};

/// A value that can be polled where it is: the twin holds it, and may move.
#[diagnostic::on_unimplemented(
    message = "the twin of `{Self}` cannot poll it, because it is not `Unpin`",
    label = "not `Unpin`",
    note = "name a box as the async type of the twin: `#[sync_bridge(remote = Pin<Box<path::to::Type>>)]`"
)]
pub trait Polled: Unpin {}

#[diagnostic::do_not_recommend]
impl<T: Unpin> Polled for T {}

/// The next item of a stream. The last one is a failure of the bridge, or that of the stream.
#[track_caller]
pub fn next_item<T>(twin: &mut T) -> Option<Result<<T::Async as Stream>::Item, BridgeError>>
where
    T: TwinType<Async: Stream<Item: Send> + Polled>,
{
    let (bridge, stream, has_ended) = twin.__value_mut().polled_parts();
    if *has_ended {
        return None;
    }
    let next = move || poll_fn(move |cx| Pin::new(&mut *stream).poll_next(cx));
    let item = run(bridge, |bridge| bridge.run(Limits::NONE, next)).transpose();
    *has_ended = !matches!(item, Some(Ok(_)));
    item
}

/// How many items there may still be. The stream may fail before each.
pub fn size_hint<T: TwinType<Async: Stream>>(twin: &T) -> (usize, Option<usize>) {
    if twin.__value().has_ended() {
        return (0, Some(0));
    }
    let (at_least, at_most) = twin.as_async().size_hint();
    (at_least.min(1), at_most.and_then(|count| count.checked_add(1)))
}

/// The reader, writer, or both, for one operation.
///
/// # Errors
///
/// [`BridgeError::NotStarted`] if the twin is on the process-wide bridge, and it cannot be started.
pub fn operate<T: TwinType<Async: Polled>>(twin: &mut T) -> io::Result<BlockingIo<&mut T::Async>> {
    let (bridge, object, _) = twin.__value_mut().polled_parts();
    let bridge = global_or(bridge)?;
    Ok(BlockingIo::new(&bridge.call(), object))
}

/// The bytes in the buffer of a reader.
///
/// # Errors
///
/// Those of the reader, and those of a call.
#[track_caller]
pub fn fill_buf<T: TwinType<Async: AsyncBufRead + Polled>>(twin: &mut T) -> io::Result<&[u8]> {
    let (bridge, reader, _) = twin.__value_mut().polled_parts();
    let bridge = global_or(bridge)?;
    bridge.run(Limits::NONE, || fill(reader))?
}

/// Removes bytes from the buffer of a reader.
pub fn consume<T: TwinType<Async: AsyncBufRead + Polled>>(twin: &mut T, amount: usize) {
    Pin::new(twin.as_async_mut()).consume(amount);
}

/// What a sink does in one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delivery {
    /// The item is accepted, and may still be in a buffer.
    Fed,
    /// The item, and those before it, are delivered.
    Flushed,
}

/// Gives an item to a sink.
///
/// # Errors
///
/// [`BridgeError`] if the call fails. The inner error is that of the sink.
#[track_caller]
pub fn send<T, I: Send>(
    twin: &mut T,
    item: I,
    delivery: Delivery,
) -> Result<Result<(), <T::Async as Sink<I>>::Error>, BridgeError>
where
    T: TwinType<Async: Sink<I, Error: Send> + Polled>,
{
    let (bridge, sink, _) = twin.__value_mut().polled_parts();
    let mut item = Some(item);
    run(bridge, |bridge| {
        bridge.run(Limits::NONE, || {
            poll_fn(|cx| {
                let mut sink = Pin::new(&mut *sink);
                if item.is_some() {
                    ready!(sink.as_mut().poll_ready(cx))?;
                }
                if let Some(item) = item.take() {
                    sink.as_mut().start_send(item)?;
                }
                match delivery {
                    Delivery::Fed => Poll::Ready(Ok(())),
                    Delivery::Flushed => sink.poll_flush(cx),
                }
            })
        })
    })
}

/// Delivers the items that a sink has accepted.
///
/// # Errors
///
/// As for [`send`].
#[track_caller]
pub fn flush<T, I>(twin: &mut T) -> Result<Result<(), <T::Async as Sink<I>>::Error>, BridgeError>
where
    T: TwinType<Async: Sink<I, Error: Send> + Polled>,
{
    let (bridge, sink, _) = twin.__value_mut().polled_parts();
    run(bridge, |bridge| bridge.run(Limits::NONE, || poll_fn(|cx| Pin::new(&mut *sink).poll_flush(cx))))
}

/// Delivers the items that a sink has accepted, and closes it.
///
/// # Errors
///
/// As for [`send`].
#[track_caller]
pub fn close<T, I>(twin: &mut T) -> Result<Result<(), <T::Async as Sink<I>>::Error>, BridgeError>
where
    T: TwinType<Async: Sink<I, Error: Send> + Polled>,
{
    let (bridge, sink, _) = twin.__value_mut().polled_parts();
    run(bridge, |bridge| bridge.run(Limits::NONE, || poll_fn(|cx| Pin::new(&mut *sink).poll_close(cx))))
}

#[track_caller]
fn run<R>(
    own: Option<&RuntimeBridge>,
    call: impl FnOnce(&RuntimeBridge) -> Result<R, BridgeError>,
) -> Result<R, BridgeError> {
    call(global_or(own)?)
}

fn global_or(own: Option<&RuntimeBridge>) -> Result<&RuntimeBridge, BridgeError> {
    match own {
        Some(bridge) => Ok(bridge),
        None => RuntimeBridge::global().map_err(BridgeError::NotStarted),
    }
}
