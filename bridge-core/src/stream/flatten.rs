//! Adapters for the bridge's errors among items. They convert an error into the items' error type, map it, or panic.

use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::base::error::BridgeError;

/// The items of an iterator or a stream of `Result`s, with the bridge's errors converted into the items' error type.
///
/// `flatten_results` of [`BlockingIter`](crate::BlockingIter), [`PrefetchIter`](crate::PrefetchIter) and
/// [`IterStream`](crate::IterStream) returns this type. It is a stream if the original is a stream, otherwise an
/// iterator.
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
    pub(crate) inner: I,
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

    #[track_caller]
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

/// Like [`FlattenResults`], but a function converts the bridge's errors.
///
/// [`BlockingIter::flatten_results_with`](crate::BlockingIter::flatten_results_with) returns this type.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use sync_bridge_core::{BlockingIter, BridgeError, FlattenResultsWith, RuntimeBridge};
///
/// type Rows = stream::Iter<std::vec::IntoIter<Result<u8, String>>>;
///
/// fn rows(bridge: &RuntimeBridge) -> FlattenResultsWith<BlockingIter<Rows>, String> {
///     bridge.iter(stream::iter(vec![Ok(1), Ok(2)])).flatten_results_with(|error| error.to_string())
/// }
///
/// let rows: Result<Vec<u8>, String> = rows(&RuntimeBridge::new()?).collect();
/// assert_eq!(rows, Ok(vec![1, 2]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing until they are asked for an item"]
pub struct FlattenResultsWith<I, E> {
    pub(crate) inner: I,
    pub(crate) map: fn(BridgeError) -> E,
}

impl<I, E> FlattenResultsWith<I, E> {
    pub(crate) fn new(inner: I, map: fn(BridgeError) -> E) -> Self {
        Self { inner, map }
    }
}

impl<I, T, E> Iterator for FlattenResultsWith<I, E>
where
    I: Iterator<Item = Result<Result<T, E>, BridgeError>>,
{
    type Item = Result<T, E>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        self.inner.next().map(|item| item.unwrap_or_else(|error| Err((self.map)(error))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<I, T, E> FusedIterator for FlattenResultsWith<I, E> where I: FusedIterator<Item = Result<Result<T, E>, BridgeError>>
{}

/// The items of an iterator that panics on an error of the bridge.
///
/// [`BlockingIter::panic_on_error`](crate::BlockingIter::panic_on_error) returns this type.
///
/// # Panics
///
/// [`next`](Iterator::next) panics if the iterator has a [`BridgeError`]. If the stream panicked, the panic has the
/// same payload. There is no `next_timeout`, because the items have no place for the error of the time limit.
///
/// # Examples
///
/// ```should_panic
/// use futures::stream;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let torn = stream::poll_fn(|_| -> std::task::Poll<Option<u8>> { panic!("torn page") });
/// bridge.iter(torn).panic_on_error().next();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing until they are asked for an item"]
pub struct PanicOnError<I> {
    pub(crate) inner: I,
}

impl<I> PanicOnError<I> {
    pub(crate) fn new(inner: I) -> Self {
        Self { inner }
    }
}

impl<I, T> Iterator for PanicOnError<I>
where
    I: Iterator<Item = Result<T, BridgeError>>,
{
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        match self.inner.next()? {
            Ok(item) => Some(item),
            Err(error) => error.resume_unwind(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.inner.size_hint().1)
    }
}

impl<I, T> FusedIterator for PanicOnError<I> where I: FusedIterator<Item = Result<T, BridgeError>> {}

pub(crate) fn flatten<T, E: From<BridgeError>>(item: Result<Result<T, E>, BridgeError>) -> Result<T, E> {
    item.unwrap_or_else(|error| Err(error.into()))
}
