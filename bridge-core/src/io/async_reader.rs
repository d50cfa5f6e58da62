//! A blocking reader as an async one. One job on a blocking thread makes one read.
//!
//! A job reads only what the async code has asked for, and then puts the reader back. A reader that nobody polls
//! therefore holds no thread, and no byte is read that the async code has not asked for.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::coop::poll_proceed;

use crate::base::error::BridgeError;
use crate::base::panic::ignore_panic;
use crate::bridge::RuntimeBridge;
use crate::io::job::{self, Failure, Job, Owner};

impl RuntimeBridge {
    /// Turns a reader that may block into an [`AsyncRead`]. Its [`read`](Read::read) runs on a blocking thread of the
    /// bridge. It never runs on a worker or on the thread that polls.
    ///
    /// The async reader may be polled on any runtime, or without a runtime. It reads at most as many bytes as it is asked
    /// for, and at most 64 KiB at a time. Each read is one job on another thread. For many small reads, put a
    /// `tokio::io::BufReader` around it.
    ///
    /// Up to 1024 readers, writers and iterators of a bridge block at the same time. The next one waits for a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use sync_bridge_core::RuntimeBridge;
    /// use tokio::io::AsyncReadExt;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let file = File::open("Cargo.toml")?;
    /// let mut text = String::new();
    /// bridge.block_on(async {
    ///     let mut file = bridge.async_reader(file);
    ///     file.read_to_string(&mut text).await
    /// })??;
    /// assert!(text.starts_with("[package]"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn async_reader<R: Read + Send + 'static>(&self, reader: R) -> AsyncReader<R> {
        AsyncReader::new(self, reader, Owner::Handle)
    }
}

/// A blocking reader for async code. [`RuntimeBridge::async_reader`] returns one.
///
/// # Errors
///
/// A read returns the error of the reader, with its kind and its payload. A failure of the bridge is an [`io::Error`]
/// whose inner error is the [`BridgeError`]: [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down, or
/// [`Saturated`](BridgeError::Saturated) if the system refuses a thread. After an error the next read tries again.
///
/// A read that the reader ends with `Interrupted` is tried again on the same thread.
///
/// # Panics
///
/// If the reader panics, the panic continues in the code that reads. The reader is then dropped, and every later read
/// is an error.
///
/// # Drop
///
/// Dropping it does not wait. It also drops the reader. If a `read` is running, the thread that runs it drops the reader
/// as soon as the `read` has returned. A `read` that never returns keeps its thread.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use sync_bridge_core::RuntimeBridge;
/// use tokio::io::AsyncReadExt;
///
/// let bridge = RuntimeBridge::new()?;
/// let mut zeros = bridge.async_reader(std::io::repeat(0).take(100_000));
/// let mut bytes = Vec::new();
/// assert_eq!(bridge.block_on(zeros.read_to_end(&mut bytes))??, 100_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AsyncReader<R> {
    source: Arc<Source<R>>,
    bridge: RuntimeBridge,
}

/// The number of bytes that one job reads at most.
const MOST: usize = 64 * 1024;

impl<R> AsyncReader<R> {
    fn new(bridge: &RuntimeBridge, reader: R, owner: Owner) -> Self {
        let state = State {
            idle: Some(reader),
            is_reading: false,
            buffer: Vec::new(),
            unread: 0..0,
            outcome: None,
            waker: None,
            owner,
        };
        Self { source: Arc::new(Source { state: Mutex::new(state) }), bridge: bridge.clone() }
    }

    fn is_forked(&self) -> bool {
        self.bridge.shared().in_flight.is_forked()
    }
}

impl<R: Read + Send + 'static> AsyncRead for AsyncReader<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_forked() {
            return Poll::Ready(Err(BridgeError::Forked.into()));
        }
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let budget = ready!(poll_proceed(cx));
        let mut state = self.source.lock();
        let polled = state.poll_read(cx, buffer);
        let job = if polled.is_pending() { state.take_reader() } else { None };
        // Unlocked first: a bridge that is shut down refuses the job at once, and a panic continues.
        drop(state);
        if let Some((reader, bytes)) = job {
            let wanted = buffer.remaining().min(MOST);
            let source = Arc::clone(&self.source);
            job::start(&self.bridge, ReadJob { reader, bytes, wanted, source });
        }
        polled.map(|result| {
            budget.made_progress();
            result.map_err(Failure::into_error)
        })
    }
}

impl<R> Drop for AsyncReader<R> {
    fn drop(&mut self) {
        if self.is_forked() {
            return;
        }
        let mut state = self.source.lock();
        let (owner, reader) = match state.owner {
            Owner::Call => (Owner::CallAlone, None),
            _ => (Owner::Nobody, state.idle.take()),
        };
        state.owner = owner;
        drop(state);
        drop(reader);
    }
}

impl<R> fmt::Debug for AsyncReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncReader").field("bridge", &self.bridge).finish_non_exhaustive()
    }
}

/// A reader that is lent to a call. It is dropped at the end of the call, on the thread that makes the call. If a `read`
/// is still running, the thread that runs it drops the reader.
pub struct LentReader<R> {
    source: Arc<Source<R>>,
    bridge: RuntimeBridge,
}

impl<R: Read + Send + 'static> LentReader<R> {
    /// Returns the async reader too, which the call takes.
    pub(crate) fn new(bridge: &RuntimeBridge, reader: R) -> (Self, AsyncReader<R>) {
        let reader = AsyncReader::new(bridge, reader, Owner::Call);
        (Self { source: Arc::clone(&reader.source), bridge: bridge.clone() }, reader)
    }
}

impl<R> fmt::Debug for LentReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentReader").finish_non_exhaustive()
    }
}

impl<R> LentReader<R> {
    /// Ends the loan. Returns the reader if nobody else has it.
    pub(crate) fn take(&self) -> Option<R> {
        if self.bridge.shared().in_flight.is_forked() {
            return None;
        }
        let mut state = self.source.lock();
        let (owner, reader) = match state.owner {
            // It outlives the call.
            Owner::Call => (Owner::Handle, None),
            Owner::CallAlone => (Owner::Nobody, state.idle.take()),
            // The loan has ended.
            owner @ (Owner::Handle | Owner::Nobody) => (owner, None),
        };
        state.owner = owner;
        reader
    }
}

impl<R> Drop for LentReader<R> {
    fn drop(&mut self) {
        let reader = self.take();
        // The call may be unwinding.
        ignore_panic(|| drop(reader));
    }
}

/// The state that the async reader and the jobs share.
struct Source<R> {
    state: Mutex<State<R>>,
}

struct State<R> {
    /// The reader. None if a job has it, or it has panicked.
    idle: Option<R>,
    is_reading: bool,
    buffer: Vec<u8>,
    /// What the last read has brought, and nobody has taken yet.
    unread: Range<usize>,
    /// The end or the failure of the last read, until it has been returned.
    outcome: Option<Result<(), Failure>>,
    waker: Option<Waker>,
    owner: Owner,
}

impl<R> Source<R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        // Nothing panics with the lock held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> State<R> {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<(), Failure>> {
        if !self.unread.is_empty() {
            let end = self.unread.end.min(self.unread.start + buffer.remaining());
            buffer.put_slice(&self.buffer[self.unread.start..end]);
            self.unread.start = end;
            return Poll::Ready(Ok(()));
        }
        if let Some(outcome) = self.outcome.take() {
            return Poll::Ready(outcome);
        }
        if self.idle.is_none() && !self.is_reading {
            return Poll::Ready(Err(Failure::Error(io::Error::other("the reader has panicked"))));
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The reader and its buffer, for a job.
    fn take_reader(&mut self) -> Option<(R, Vec<u8>)> {
        let reader = self.idle.take()?;
        self.is_reading = true;
        Some((reader, std::mem::take(&mut self.buffer)))
    }
}

struct ReadJob<R> {
    reader: R,
    bytes: Vec<u8>,
    wanted: usize,
    source: Arc<Source<R>>,
}

impl<R: Read + Send + 'static> Job for ReadJob<R> {
    /// The async code reads no more.
    const OUTLIVES_BRIDGE: bool = false;

    fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.read())) {
            Ok(Ok(count)) => self.put_back(count, (count == 0).then_some(Ok(()))),
            Ok(Err(error)) => self.put_back(0, Some(Err(Failure::Error(error)))),
            Err(payload) => {
                let Self { reader, source, .. } = self;
                // The first panic is the answer.
                ignore_panic(|| drop(reader));
                let mut state = source.lock();
                state.is_reading = false;
                state.outcome = Some(Err(Failure::Panic(payload)));
                wake(state);
            }
        }
    }

    fn refuse(self, reason: BridgeError) {
        self.put_back(0, Some(Err(Failure::Error(reason.into()))));
    }
}

impl<R: Read> ReadJob<R> {
    fn read(&mut self) -> io::Result<usize> {
        if self.bytes.len() < self.wanted {
            self.bytes.resize(self.wanted, 0);
        }
        let bytes = &mut self.bytes[..self.wanted];
        loop {
            match self.reader.read(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted && self.source.lock().owner != Owner::Nobody => {}
                Ok(count) if count > bytes.len() => {
                    return Err(io::Error::other("the reader says that it has read more bytes than there is room for"));
                }
                outcome => return outcome,
            }
        }
    }

    fn put_back(self, count: usize, outcome: Option<Result<(), Failure>>) {
        let Self { reader, bytes, source, .. } = self;
        let mut state = source.lock();
        state.is_reading = false;
        if state.owner == Owner::Nobody {
            drop(state);
            drop(reader);
            return;
        }
        state.idle = Some(reader);
        state.buffer = bytes;
        state.unread = 0..count;
        state.outcome = outcome;
        wake(state);
    }
}

fn wake<R>(mut state: MutexGuard<'_, State<R>>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
