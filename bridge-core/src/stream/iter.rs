//! A stream as an iterator. Each `next` is one call.

use std::fmt;
use std::future::poll_fn;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::in_context::InContext;
use crate::options::CallOptions;
use crate::stream::flatten::FlattenResults;
use crate::stream::flatten::FlattenResultsWith;
use crate::stream::flatten::PanicOnError;
use crate::stream::flatten::flatten;
use crate::stream::prefetch::PrefetchIter;

impl RuntimeBridge {
    /// Turns a stream into an iterator. The stream is polled only when the caller requests an item.
    ///
    /// Each [`next`](Iterator::next) is one call, like a call of [`block_on`](Self::block_on). Any thread may make it.
    /// The stream is polled [on a thread where that is safe](Self#where-a-call-runs). An item that is already available
    /// needs no thread switch. The stream may borrow from the caller.
    ///
    /// If a stream must be *built* inside the bridge's context, build it in a separate call, as in the second example.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let words = [String::from("a"), String::from("stream")];
    /// let lengths: Vec<usize> = bridge.iter(stream::iter(words.iter().map(String::len))).collect::<Result<_, _>>()?;
    /// assert_eq!(lengths, [1, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let clock = bridge.block_on_with(|| std::future::ready(tokio::time::interval(Duration::from_millis(1))))?;
    /// let ticks = stream::unfold(clock, |mut clock| async move { Some((clock.tick().await, clock)) });
    /// for tick in bridge.iter(ticks).take(3) {
    ///     tick?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter<S>(&self, stream: S) -> BlockingIter<S>
    where
        S: Stream + Send,
        S::Item: Send,
    {
        self.call().iter(stream)
    }
}

impl CallOptions<'_> {
    /// Like [`RuntimeBridge::iter`], with these options for each item.
    ///
    /// If an item takes longer than the time limit, or the token is cancelled while the caller waits for an item, the
    /// next item is an error, which ends the iterator. To go on after a time limit, use
    /// [`next_timeout`](BlockingIter::next_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let stalled = stream::iter([1, 2]).chain(stream::pending());
    /// let mut items = bridge.call().timeout(Duration::from_millis(5)).iter(stalled);
    /// assert_eq!(items.next().transpose()?, Some(1));
    /// assert_eq!(items.next().transpose()?, Some(2));
    /// assert!(matches!(items.next(), Some(Err(BridgeError::TimedOut { .. }))));
    /// assert!(items.next().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter<S>(&self, stream: S) -> BlockingIter<S>
    where
        S: Stream + Send,
        S::Item: Send,
    {
        BlockingIter { state: State::Open(InContext::new(self, Box::pin(stream))) }
    }
}

/// The items of a stream, as an iterator. [`RuntimeBridge::iter`] returns one.
///
/// An item is `Ok`, or the [`BridgeError`] of the call that fetches it. The iterator ends without an error only when
/// the stream ends. After an error the iterator has ended and the stream is dropped. For a stream of `Result`s,
/// [`flatten_results`](Self::flatten_results) leaves one error type instead of two.
///
/// Only the time limit of [`next_timeout`](Self::next_timeout) does not end the iterator.
///
/// A [default time limit](crate::Builder::default_timeout) of the bridge applies to each item.
///
/// The stream is dropped when it has ended, or with the iterator. Dropping the iterator drops the stream on the same
/// thread, inside the bridge's tokio context.
///
/// # Examples
///
/// ```
/// use futures::{StreamExt, stream};
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let torn = stream::poll_fn(|_| panic!("torn page"));
/// let mut items = bridge.iter(stream::iter([1, 2]).chain(torn));
/// assert_eq!(items.next().transpose()?, Some(1));
/// assert_eq!(items.next().transpose()?, Some(2));
/// let error = items.next().transpose().unwrap_err();
/// assert_eq!(error.panic_message(), Some("torn page"));
/// assert!(items.next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the stream is polled when the iterator is asked for an item"]
pub struct BlockingIter<S> {
    pub(super) state: State<S>,
}

pub(super) enum State<S> {
    /// The stream is boxed because it must not move once it has been polled, and an iterator may move.
    Open(InContext<Pin<Box<S>>>),
    /// There is no stream. This is the reason, until it has been returned.
    Failed(Option<BridgeError>),
}

impl<S> BlockingIter<S> {
    /// Returns an iterator whose only item is the failure of the call for the stream.
    pub(crate) fn failed(error: BridgeError) -> Self {
        Self { state: State::Failed(Some(error)) }
    }
}

impl<S> BlockingIter<S>
where
    S: Stream + Send,
    S::Item: Send,
{
    /// Like [`next`](Iterator::next), but waits at most this long. If the time limit runs out, the iterator goes on: the
    /// next request waits for the same item. No item is lost.
    ///
    /// The limit replaces the one of [`CallOptions::timeout`] and the [default limit](crate::Builder::default_timeout). A
    /// [deadline](CallOptions::deadline) also applies, and ends the iterator. So does every other error.
    ///
    /// A `for` loop calls `next`, whose time limit ends the iterator. It therefore does not wait for a stalled stream
    /// again and again.
    ///
    /// # Errors
    ///
    /// The item is [`TimedOut`](BridgeError::TimedOut) if the time limit runs out, or else an error as from `next`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let slow = stream::iter([1, 2]).then(|item| async move {
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    ///     item
    /// });
    /// let mut items = bridge.iter(slow);
    /// let mut sum = 0;
    /// while let Some(item) = items.next_timeout(Duration::from_millis(5)) {
    ///     match item {
    ///         Ok(item) => sum += item,
    ///         // The caller looks after something else, and waits again.
    ///         Err(BridgeError::TimedOut { .. }) => {}
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<S::Item, BridgeError>> {
        self.fetch(Some(limit))
    }

    /// The next item. A time limit of this item leaves the iterator as it is.
    #[track_caller]
    fn fetch(&mut self, limit: Option<Duration>) -> Option<Result<S::Item, BridgeError>> {
        let stream = match &mut self.state {
            State::Open(stream) => stream,
            State::Failed(error) => return error.take().map(Err),
        };
        let (options, slot) = stream.parts();
        if slot.is_none() {
            return None;
        }
        let answer = options.block_on_within(
            limit,
            poll_fn(|cx| {
                let Some(stream) = slot else { return Poll::Ready(None) };
                let item = ready!(stream.as_mut().poll_next(cx));
                if item.is_none() {
                    // As a part of the call: a panic of the destructor is an answer too.
                    *slot = None;
                }
                Poll::Ready(item)
            }),
        );
        match answer {
            Ok(item) => item.map(Ok),
            Err(error) if limit.is_some() && options.allow_another_call(&error) => Some(Err(error)),
            Err(error) => Some(Err(match stream.discard() {
                Err(payload) if !error.is_panic() => BridgeError::panicked(payload),
                _ => error,
            })),
        }
    }

    /// Reads ahead on the bridge, up to `ahead` items more than have been requested. The read-ahead starts now.
    ///
    /// A task of the bridge polls the stream while the caller works on earlier items. Taking an item that is already
    /// available needs no thread switch. A caller that has to wait is woken once for a group of up to 32 items. A group
    /// grows as long as each turn of the runtime brings another item, for at most 50 microseconds and one turn. The
    /// items stay in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let pages = stream::unfold(0, |page| async move {
    ///     tokio::task::yield_now().await;
    ///     (page < 3).then_some((page, page + 1))
    /// });
    /// let pages: Vec<i32> = bridge.iter(pages).with_prefetch(2).collect::<Result<_, _>>()?;
    /// assert_eq!(pages, [0, 1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_prefetch(mut self, ahead: usize) -> PrefetchIter<S::Item>
    where
        S: 'static,
        S::Item: 'static,
    {
        match &mut self.state {
            State::Open(stream) => {
                let options = stream.options().clone();
                PrefetchIter::start(options, stream.take(), ahead)
            }
            State::Failed(error) => PrefetchIter::failed(error.take()),
        }
    }
}

impl<S, T, E> BlockingIter<S>
where
    S: Stream<Item = Result<T, E>> + Send,
    T: Send,
    E: From<BridgeError> + Send,
{
    /// Returns the items of a stream of `Result`s unchanged, and converts the bridge's errors into the stream's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let rows = stream::iter([Ok("first"), Err(io::Error::other("torn page")), Ok("third")]);
    /// let rows: io::Result<Vec<&str>> = bridge.iter(rows).flatten_results().collect();
    /// assert_eq!(rows.unwrap_err().to_string(), "torn page");
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn flatten_results(self) -> FlattenResults<Self> {
        FlattenResults::new(self)
    }
}

impl<S> BlockingIter<S>
where
    S: Stream + Send,
    S::Item: Send,
{
    /// Returns the items without a `Result`. [`next`](Iterator::next) panics on an error of the bridge.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// assert_eq!(bridge.iter(stream::iter([1, 2, 3])).panic_on_error().sum::<i32>(), 6);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn panic_on_error(self) -> PanicOnError<Self> {
        PanicOnError::new(self)
    }
}

impl<S, T, E> BlockingIter<S>
where
    S: Stream<Item = Result<T, E>> + Send,
    T: Send,
    E: Send,
{
    /// Like [`flatten_results`](Self::flatten_results), but `map` converts the bridge's errors. Use it for an error
    /// type that does not implement `From<BridgeError>`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// fn in_words(error: BridgeError) -> String {
    ///     error.to_string()
    /// }
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let numbers = stream::iter(["1", "two"]).map(|word| word.parse().map_err(|error: ParseIntError| error.to_string()));
    /// let numbers: Result<Vec<u8>, String> = bridge.iter(numbers).flatten_results_with(in_words).collect();
    /// assert_eq!(numbers, Err("invalid digit found in string".to_owned()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn flatten_results_with(self, map: fn(BridgeError) -> E) -> FlattenResultsWith<Self, E> {
        FlattenResultsWith::new(self, map)
    }
}

impl<S> Iterator for BlockingIter<S>
where
    S: Stream + Send,
    S::Item: Send,
{
    type Item = Result<S::Item, BridgeError>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        self.fetch(None)
    }

    /// The stream's size hint, adjusted. An error may come instead of the other items, or after the last one.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let stream = match &self.state {
            State::Open(stream) => stream.value(),
            State::Failed(error) => return (usize::from(error.is_some()), Some(usize::from(error.is_some()))),
        };
        match stream {
            Some(stream) => {
                let (at_least, at_most) = stream.size_hint();
                (at_least.min(1), at_most.and_then(|count| count.checked_add(1)))
            }
            None => (0, Some(0)),
        }
    }
}

impl<S> FusedIterator for BlockingIter<S>
where
    S: Stream + Send,
    S::Item: Send,
{
}

impl<S> fmt::Debug for BlockingIter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BlockingIter");
        match &self.state {
            State::Open(stream) => {
                shown.field("is_over", &stream.value().is_none()).field("bridge", stream.options().bridge());
            }
            State::Failed(error) => {
                shown.field("error", error);
            }
        }
        shown.finish_non_exhaustive()
    }
}

impl<S, T, E> FlattenResults<BlockingIter<S>>
where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    /// Reads ahead on the bridge, as [`BlockingIter::with_prefetch`] does. A twin may return items that are already
    /// flattened.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let pages = bridge.iter(stream::iter([Ok(1), Ok(2), Ok(3)])).flatten_results();
    /// assert_eq!(pages.with_prefetch(2).collect::<io::Result<Vec<u8>>>()?, [1, 2, 3]);
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn with_prefetch(self, ahead: usize) -> FlattenResults<PrefetchIter<Result<T, E>>> {
        FlattenResults::new(self.inner.with_prefetch(ahead))
    }
}

impl<S, T, E> FlattenResultsWith<BlockingIter<S>, E>
where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    /// Reads ahead on the bridge, as [`BlockingIter::with_prefetch`] does. A twin may return items that are already
    /// flattened.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let pages = stream::iter([Ok(1), Ok(2), Err("torn page".to_owned())]);
    /// let pages = bridge.iter(pages).flatten_results_with(|error: BridgeError| error.to_string());
    /// let pages: Vec<Result<u8, String>> = pages.with_prefetch(2).collect();
    /// assert_eq!(pages, [Ok(1), Ok(2), Err("torn page".to_owned())]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_prefetch(self, ahead: usize) -> FlattenResultsWith<PrefetchIter<Result<T, E>>, E> {
        FlattenResultsWith::new(self.inner.with_prefetch(ahead), self.map)
    }
}

impl<S, T, E> FlattenResults<BlockingIter<S>>
where
    S: Stream<Item = Result<T, E>> + Send,
    T: Send,
    E: From<BridgeError> + Send,
{
    /// Like [`BlockingIter::next_timeout`]. The error of the time limit is converted into the stream's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// use std::time::Duration;
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let slow = stream::iter(["first"]).then(|row| async move {
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    ///     io::Result::Ok(row)
    /// });
    /// let mut rows = bridge.iter(Box::pin(slow)).flatten_results();
    /// let outcome = rows.next_timeout(Duration::from_millis(1)).transpose();
    /// assert_eq!(outcome.unwrap_err().kind(), ErrorKind::TimedOut);
    /// assert_eq!(rows.next().transpose()?, Some("first"));
    /// # Ok::<(), io::Error>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<T, E>> {
        self.inner.next_timeout(limit).map(flatten)
    }
}

impl<S, T, E> FlattenResultsWith<BlockingIter<S>, E>
where
    S: Stream<Item = Result<T, E>> + Send,
    T: Send,
    E: Send,
{
    /// Like [`BlockingIter::next_timeout`]. The function converts the error of the time limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::stream;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let stalled = stream::pending::<Result<u8, String>>();
    /// let mut rows = bridge.iter(stalled).flatten_results_with(|error: BridgeError| error.to_string());
    /// for _ in 0..2 {
    ///     let error = rows.next_timeout(Duration::from_millis(1)).unwrap().unwrap_err();
    ///     assert!(error.starts_with("timed out"));
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<T, E>> {
        let map = self.map;
        self.inner.next_timeout(limit).map(|item| item.unwrap_or_else(|error| Err(map(error))))
    }
}
