//! A stream that a task of the bridge reads ahead.
//!
//! The task needs a permit for each item. It starts with as many permits as it may read ahead, and every `next` adds
//! one. It is therefore never more than this number of items ahead of the requests.

use std::fmt;
use std::future::poll_fn;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_core::Stream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use tokio::task::yield_now;

use crate::base::error::BridgeError;
use crate::options::OwnedCallOptions;
use crate::stream::flatten::{FlattenResults, FlattenResultsWith, flatten};
use crate::task::BridgedTask;

/// The items of a stream, read ahead by a task of the bridge.
///
/// [`BlockingIter::with_prefetch`](crate::BlockingIter::with_prefetch) returns one.
///
/// As with [`BlockingIter`](crate::BlockingIter), an item is `Ok`, or the [`BridgeError`] that ends the iterator. If
/// the stream panics, the error comes after the items that were read before the panic. A
/// [default time limit](crate::Builder::default_timeout) of the bridge applies to each item that the caller waits for.
///
/// Dropping the iterator cancels the task and does not wait. The bridge drops the stream when the current poll has
/// returned. The iterator keeps its bridge alive, as a [`BridgedTask`] does.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let mut items = bridge.iter(futures::stream::repeat(7)).with_prefetch(16);
/// assert_eq!(items.next().transpose()?, Some(7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the iterator cancels the task that reads ahead"]
pub struct PrefetchIter<T> {
    /// None once the iterator has ended.
    reading: Option<Reading<T>>,
    /// The reason why there is nothing to read, until it has been returned.
    failure: Option<BridgeError>,
}

struct Reading<T> {
    items: UnboundedReceiver<T>,
    permits: Arc<Semaphore>,
    /// Whether an item has its permit already: the last request has reached its time limit.
    is_requested: bool,
    task: BridgedTask<()>,
    options: OwnedCallOptions,
}

impl<T: Send + 'static> PrefetchIter<T> {
    /// Starts the task, if there is a stream to read.
    pub(crate) fn start<S>(options: OwnedCallOptions, stream: Option<Pin<Box<S>>>, ahead: usize) -> Self
    where
        S: Stream<Item = T> + Send + 'static,
    {
        let reading = stream.map(|stream| {
            // Room for the one that each `next` adds.
            let permits = Arc::new(Semaphore::new(ahead.min(Semaphore::MAX_PERMITS - 1)));
            let (sender, items) = unbounded_channel();
            let task = options.bridge().spawn(read_ahead(stream, Arc::clone(&permits), sender));
            Reading { items, permits, is_requested: false, task, options }
        });
        Self { reading, failure: None }
    }

    pub(crate) fn failed(failure: Option<BridgeError>) -> Self {
        Self { reading: None, failure }
    }

    /// Like [`next`](Iterator::next), but waits at most this long, as
    /// [`BlockingIter::next_timeout`](crate::BlockingIter::next_timeout) does. If the time limit runs out, the task goes
    /// on, and the next request waits for the same item.
    ///
    /// # Errors
    ///
    /// The item is [`TimedOut`](BridgeError::TimedOut) if the time limit runs out, or else an error as from `next`, which
    /// ends the iterator.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let slow = stream::iter([7]).then(|item| async move {
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    ///     item
    /// });
    /// let mut items = bridge.iter(slow).with_prefetch(4);
    /// assert!(matches!(items.next_timeout(Duration::from_millis(1)), Some(Err(BridgeError::TimedOut { .. }))));
    /// assert_eq!(items.next().transpose()?, Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<T, BridgeError>> {
        self.fetch(Some(limit))
    }

    /// The next item. A time limit of this item leaves the iterator as it is.
    #[track_caller]
    fn fetch(&mut self, limit: Option<Duration>) -> Option<Result<T, BridgeError>> {
        let Some(reading) = &mut self.reading else { return self.failure.take().map(Err) };
        if !std::mem::replace(&mut reading.is_requested, false) {
            reading.permits.add_permits(1);
        }
        if let Ok(item) = reading.items.try_recv() {
            return Some(Ok(item));
        }
        // Not the output of the call: what has come stays, whatever becomes of the call.
        let mut come = None;
        let outcome = reading.options.block_on_within(limit, wait_for(&mut reading.items, &mut come));
        match (come, outcome) {
            (Some(item), _) => Some(Ok(item)),
            // The task is over. Only its result tells an end of the stream from a panic or a shutdown.
            (None, Ok(())) => self.reading.take()?.task.wait().err().map(Err),
            (None, Err(error)) if limit.is_some() && reading.options.allow_another_call(&error) => {
                reading.is_requested = true;
                Some(Err(error))
            }
            (None, Err(error)) => {
                self.reading.take()?.task.abort();
                Some(Err(error))
            }
        }
    }
}

/// The task. It ends with the stream. Dropping the iterator aborts it.
async fn read_ahead<S: Stream>(mut stream: Pin<Box<S>>, permits: Arc<Semaphore>, items: UnboundedSender<S::Item>) {
    while let Ok(permit) = permits.acquire().await {
        permit.forget();
        let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await else { return };
        if items.send(item).is_err() {
            return;
        }
    }
}

/// Waits for an item, and for the items that come right after it. Waking a thread for each item of a group costs more
/// than the group. The wait is short, and lasts only as long as each turn of the runtime brings another item. A single
/// item waits for one turn.
async fn wait_for<T>(items: &mut UnboundedReceiver<T>, come: &mut Option<T>) {
    let mut polls = 0;
    *come = poll_fn(|cx| {
        polls += 1;
        items.poll_recv(cx)
    })
    .await;
    // No thread has to be woken for what is there at once.
    if polls == 1 || come.is_none() {
        return;
    }
    let start = Instant::now();
    for _ in 1..GROUP {
        let before = items.len();
        yield_now().await;
        if items.len() == before || start.elapsed() >= MOMENT {
            return;
        }
    }
}

/// The maximum number of turns of the runtime that an item waits for others. A wake-up costs about ten times the work
/// of a turn. With 32 turns the wake-up is no longer the larger part.
const GROUP: usize = 32;

/// The time after which it waits for no further turn. It is about ten times a wake-up.
const MOMENT: Duration = Duration::from_micros(50);

impl<T, E> PrefetchIter<Result<T, E>>
where
    T: Send + 'static,
    E: From<BridgeError> + Send + 'static,
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
    /// let rows = stream::iter([Ok("first"), Ok("second")]);
    /// let rows: Vec<&str> = bridge.iter(rows).with_prefetch(8).flatten_results().collect::<io::Result<_>>()?;
    /// assert_eq!(rows, ["first", "second"]);
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn flatten_results(self) -> FlattenResults<Self> {
        FlattenResults::new(self)
    }
}

impl<T: Send + 'static> Iterator for PrefetchIter<T> {
    type Item = Result<T, BridgeError>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        self.fetch(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.reading {
            Some(reading) => (reading.items.len(), None),
            None => (usize::from(self.failure.is_some()), Some(usize::from(self.failure.is_some()))),
        }
    }
}

impl<T: Send + 'static> FusedIterator for PrefetchIter<T> {}

impl<T> Drop for PrefetchIter<T> {
    fn drop(&mut self) {
        if let Some(reading) = &self.reading {
            reading.task.abort();
        }
    }
}

impl<T> fmt::Debug for PrefetchIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefetchIter")
            .field("waiting", &self.reading.as_ref().map_or(0, |reading| reading.items.len()))
            .field("is_over", &(self.reading.is_none() && self.failure.is_none()))
            .finish_non_exhaustive()
    }
}

impl<T, E> FlattenResults<PrefetchIter<Result<T, E>>>
where
    T: Send + 'static,
    E: From<BridgeError> + Send + 'static,
{
    /// Like [`PrefetchIter::next_timeout`]. The error of the time limit is converted into the stream's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// use std::time::Duration;
    /// use futures::stream;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut rows = bridge.iter(stream::pending::<io::Result<u8>>()).with_prefetch(4).flatten_results();
    /// let outcome = rows.next_timeout(Duration::from_millis(1)).transpose();
    /// assert_eq!(outcome.unwrap_err().kind(), ErrorKind::TimedOut);
    /// # Ok::<(), io::Error>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<T, E>> {
        self.inner.next_timeout(limit).map(flatten)
    }
}

impl<T, E> FlattenResultsWith<PrefetchIter<Result<T, E>>, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    /// Like [`PrefetchIter::next_timeout`]. The function converts the error of the time limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures::stream;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let rows = bridge.iter(stream::pending::<Result<u8, String>>());
    /// let mut rows = rows.flatten_results_with(|error: BridgeError| error.to_string()).with_prefetch(4);
    /// let error = rows.next_timeout(Duration::from_millis(1)).unwrap().unwrap_err();
    /// assert!(error.starts_with("timed out"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<T, E>> {
        let map = self.map;
        self.inner.next_timeout(limit).map(|item| item.unwrap_or_else(|error| Err(map(error))))
    }
}
