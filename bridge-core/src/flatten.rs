//! Two layers of `Result` made one: the item's own error, and the bridge's converted into it.

use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::BridgeError;

/// The items of an iterator or a stream of `Result`s, with the bridge's errors converted into theirs.
///
/// Made by `flatten_results` of [`BlockingIter`](crate::BlockingIter), [`PrefetchIter`](crate::PrefetchIter) and
/// [`IterStream`](crate::IterStream). A stream if it was made of one, otherwise an iterator.
///
/// # Examples
///
/// ```
/// use std::io;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let rows = futures::stream::iter(["1", "2"]).then(|row| async move { row.parse::<u8>().map_err(io::Error::other) });
/// let mut sum = 0;
/// for number in bridge.iter(rows).flatten_results() {
///     sum += number?;
/// }
/// assert_eq!(sum, 3);
/// # use futures::StreamExt;
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators and streams do nothing until they are asked for an item"]
pub struct FlattenResults<I> {
    inner: I,
}

impl<I> FlattenResults<I> {
    pub(crate) fn new(inner: I) -> Self {
        Self { inner }
    }
}

impl<I, T, E> Iterator for FlattenResults<I>
where
    I: Iterator<Item = Result<Result<T, E>, BridgeError>>,
    E: From<BridgeError>,
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.inner.next().map(flatten)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<I, T, E> FusedIterator for FlattenResults<I>
where
    I: FusedIterator<Item = Result<Result<T, E>, BridgeError>>,
    E: From<BridgeError>,
{
}

impl<S, T, E> Stream for FlattenResults<S>
where
    S: Stream<Item = Result<Result<T, E>, BridgeError>> + Unpin,
    E: From<BridgeError>,
{
    type Item = Result<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.inner).poll_next(cx).map(|item| item.map(flatten))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

fn flatten<T, E: From<BridgeError>>(item: Result<Result<T, E>, BridgeError>) -> Result<T, E> {
    item.unwrap_or_else(|error| Err(error.into()))
}
