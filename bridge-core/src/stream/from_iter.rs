//! A blocking iterator as a stream. Jobs on blocking threads of the bridge pull the items, one job after the other.
//!
//! A job pulls the items that are wanted, and then puts the iterator back. A stream that nobody polls therefore holds
//! no thread, and any number of streams may wait in the queue for a thread.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tokio::runtime::Handle;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::engine::in_flight::InFlight;
use crate::engine::start::Engine;
use crate::stream::flatten::FlattenResults;

impl RuntimeBridge {
    /// Turns an iterator that may block into a stream. The iterator's [`next`](Iterator::next) runs on a blocking
    /// thread of the bridge. It never runs on a worker or on the thread that polls the stream.
    ///
    /// Up to 1024 iterators, readers and writers of a bridge block at the same time. The next one waits for a thread.
    ///
    /// The stream may be polled on any runtime, or without a runtime. The iterator is pulled only when the stream is
    /// polled for an item. [`with_prefetch`](IterStream::with_prefetch) turns on read-ahead.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::BufRead;
    /// use futures::TryStreamExt;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let file = std::io::BufReader::new(std::fs::File::open("Cargo.toml")?);
    /// // A stream of lines, each read where reading may block.
    /// let lines = bridge.stream_from_iter(file.lines()).flatten_results();
    /// let first: Option<String> = bridge.block_on(async {
    ///     let mut lines = lines;
    ///     lines.try_next().await
    /// })??;
    /// assert_eq!(first.as_deref(), Some("[package]"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream_from_iter<I>(&self, iterator: I) -> IterStream<I::IntoIter>
    where
        I: IntoIterator<IntoIter: Send + 'static, Item: Send + 'static>,
    {
        let state = State {
            idle: Some(iterator.into_iter()),
            ready: VecDeque::new(),
            ahead: 0,
            is_asked: false,
            waker: None,
            end: End::Open,
        };
        IterStream {
            source: Arc::new(Source { state: Mutex::new(state) }),
            bridge: self.clone(),
            has_ended_by_fork: false,
        }
    }
}

/// The items of a blocking iterator, as a stream. [`RuntimeBridge::stream_from_iter`] returns one.
///
/// An item is `Ok`, or the [`BridgeError`] that ends the stream. The error is a panic of the iterator, with its
/// payload, or [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down, or
/// [`Saturated`](BridgeError::Saturated) if the system refuses a thread for the iterator. The stream ends without an
/// error only when the iterator ends.
///
/// To get items that are not `Result`s, use `stream.map(|item| item.unwrap_or_else(|error| error.resume_unwind()))`. A
/// panic of the iterator then continues in the code that polls the stream. If the items are `Result`s,
/// [`flatten_results`](Self::flatten_results) leaves one error type.
///
/// Dropping the stream does not wait. It also drops the iterator. If `next` is running, the iterator is dropped on the
/// thread that runs `next`, as soon as `next` has returned.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let torn = (1..).map(|page| if page == 2 { panic!("torn page") } else { page });
/// let (first, second, third) = bridge.block_on(async {
///     let mut pages = bridge.stream_from_iter(torn);
///     (pages.next().await, pages.next().await, pages.next().await)
/// })?;
/// assert_eq!(first.transpose()?, Some(1));
/// assert_eq!(second.transpose().unwrap_err().panic_message(), Some("torn page"));
/// assert!(third.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the iterator is pulled when the stream is polled"]
pub struct IterStream<I: Iterator> {
    source: Arc<Source<I>>,
    bridge: RuntimeBridge,
    /// Whether the stream has returned the error for a forked child. In the child the lock may be held for ever.
    has_ended_by_fork: bool,
}

impl<I: Iterator> IterStream<I> {
    fn is_forked(&self) -> bool {
        self.bridge.shared().in_flight.is_forked()
    }

    /// Pulls up to `ahead` items more than have been requested, from the first poll on.
    ///
    /// The iterator then runs while the code that polls works on earlier items. One job on a blocking thread pulls many
    /// items.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::StreamExt;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let squares = bridge.stream_from_iter((1..=3).map(|n| n * n)).with_prefetch(2);
    /// let squares = squares.map(|n| n.unwrap_or_else(|error| error.resume_unwind()));
    /// let sum = bridge.block_on(squares.fold(0, |sum, n| async move { sum + n }))?;
    /// assert_eq!(sum, 14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_prefetch(self, ahead: usize) -> Self {
        if !self.is_forked() {
            self.source.lock().ahead = ahead;
        }
        self
    }
}

impl<I, T, E> IterStream<I>
where
    I: Iterator<Item = Result<T, E>>,
    E: From<BridgeError>,
{
    /// Returns the items of an iterator of `Result`s unchanged, and converts the bridge's errors into the iterator's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use futures::TryStreamExt;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let entries = bridge.stream_from_iter(std::fs::read_dir("src")?).flatten_results();
    /// let names: io::Result<Vec<_>> = bridge.block_on(entries.map_ok(|entry| entry.file_name()).try_collect())?;
    /// assert!(names?.contains(&"lib.rs".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flatten_results(self) -> FlattenResults<Self> {
        FlattenResults::new(self)
    }
}

impl<I> Stream for IterStream<I>
where
    I: Iterator<Item: Send> + Send + 'static,
{
    type Item = Result<I::Item, BridgeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_forked() {
            let is_told = std::mem::replace(&mut self.has_ended_by_fork, true);
            return Poll::Ready((!is_told).then_some(Err(BridgeError::Forked)));
        }
        let mut state = self.source.lock();
        let item = state.ready.pop_front();
        if item.is_none() && state.end == End::Reached {
            return Poll::Ready(None);
        }
        state.is_asked = item.is_none();
        state.waker = state.is_asked.then(|| cx.waker().clone());
        let iterator = if state.wants_more() { state.idle.take() } else { None };
        // Unlocked before the job is made: a bridge that is shut down drops it at once.
        drop(state);
        if let Some(iterator) = iterator {
            let shared = self.bridge.shared();
            let job = Pull {
                iterator: Some(iterator),
                source: Arc::clone(&self.source),
                runtime: shared.runtime.handle.clone(),
                in_flight: Arc::clone(&shared.in_flight),
            };
            // If the system refuses a thread, the job is dropped, and that ends the stream.
            let _ = shared.blocking_threads.run_or_queue(Box::new(|| job.run()));
        }
        item.map_or(Poll::Pending, |item| Poll::Ready(Some(item)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.is_forked() {
            return (0, Some(1));
        }
        let state = self.source.lock();
        (state.ready.len(), (state.end == End::Reached).then_some(state.ready.len()))
    }
}

impl<I: Iterator> Drop for IterStream<I> {
    fn drop(&mut self) {
        if self.is_forked() {
            return;
        }
        let mut state = self.source.lock();
        state.end = End::Abandoned;
        let dropped = (state.idle.take(), std::mem::take(&mut state.ready));
        // Unlocked first: nobody else's code runs under the lock.
        drop(state);
        drop(dropped);
    }
}

impl<I: Iterator> fmt::Debug for IterStream<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterStream").field("bridge", &self.bridge).finish_non_exhaustive()
    }
}

/// The state that the stream and the jobs share.
struct Source<I: Iterator> {
    state: Mutex<State<I>>,
}

struct State<I: Iterator> {
    /// The iterator. None if a job has it or it is dropped.
    idle: Option<I>,
    ready: VecDeque<Result<I::Item, BridgeError>>,
    ahead: usize,
    /// Whether the last poll found no item, and so requests one item more than `ahead`.
    is_asked: bool,
    waker: Option<Waker>,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    /// Whether no items will follow those that are ready.
    Reached,
    /// Whether the stream is dropped.
    Abandoned,
}

impl<I: Iterator> State<I> {
    fn wants_more(&self) -> bool {
        self.ready.len() < self.ahead.saturating_add(usize::from(self.is_asked))
    }
}

impl<I: Iterator> Source<I> {
    fn lock(&self) -> MutexGuard<'_, State<I>> {
        // Nothing panics with the lock held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports that the iterator is dropped, and the reason if it was not at its end.
    fn end(&self, error: Option<BridgeError>) {
        let mut state = self.lock();
        if state.end != End::Open {
            return;
        }
        state.end = End::Reached;
        state.ready.extend(error.map(Err));
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A job on a blocking thread. It holds the iterator while items are wanted.
struct Pull<I: Iterator> {
    iterator: Option<I>,
    source: Arc<Source<I>>,
    runtime: Handle,
    in_flight: Arc<InFlight<Engine>>,
}

impl<I: Iterator> Pull<I> {
    fn run(mut self) {
        if self.in_flight.is_cancelled() {
            return;
        }
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        while let Some(iterator) = &mut self.iterator {
            match catch_unwind(AssertUnwindSafe(|| iterator.next())) {
                Ok(Some(item)) => self.deliver(item),
                Ok(None) => self.end(None),
                Err(payload) => self.end(Some(BridgeError::panicked(payload))),
            }
        }
    }

    /// Passes on the item. Also returns the iterator if no more items are wanted.
    fn deliver(&mut self, item: I::Item) {
        let mut state = self.source.lock();
        if state.end == End::Abandoned {
            drop(state);
            self.iterator = None;
            return;
        }
        state.ready.push_back(Ok(item));
        if !state.wants_more() {
            state.idle = self.iterator.take();
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Drops the iterator, and then reports it. Code that sees the end may rely on the drop.
    fn end(&mut self, error: Option<BridgeError>) {
        let dropped = catch_unwind(AssertUnwindSafe(|| self.iterator = None));
        self.source.end(match dropped {
            Err(payload) if !error.as_ref().is_some_and(BridgeError::is_panic) => Some(BridgeError::panicked(payload)),
            _ => error,
        });
    }
}

impl<I: Iterator> Drop for Pull<I> {
    fn drop(&mut self) {
        // A job that still has the iterator has not run: the bridge is shut down, or the system has refused a thread.
        if self.iterator.is_some() {
            let is_shut_down = self.in_flight.is_cancelled();
            self.end(Some(if is_shut_down { BridgeError::WorkerDead } else { BridgeError::Saturated }));
        }
    }
}
