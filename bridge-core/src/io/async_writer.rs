//! A blocking writer as an async one. A job on a blocking thread writes as long as there are bytes.
//!
//! A write copies its bytes and does not wait for the writer, unless 64 KiB wait already. It is then cancel safe: a write
//! that has not returned has written nothing. The error of the writer comes with a later operation.

use std::any::Any;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;
use tokio::task::coop::poll_proceed;

use crate::base::error::BridgeError;
use crate::base::panic::ignore_panic;
use crate::bridge::RuntimeBridge;
use crate::io::job::{self, Failure, Job, Owner};

impl RuntimeBridge {
    /// Turns a writer that may block into an [`AsyncWrite`]. Its [`write`](Write::write) and [`flush`](Write::flush) run
    /// on a blocking thread of the bridge. They never run on a worker or on the thread that polls.
    ///
    /// The async writer may be polled on any runtime, or without a runtime. A write copies its bytes, up to 64 KiB that
    /// wait for the writer, and returns. Further writes wait until there is room. Use `flush` or `shutdown` to wait for
    /// the writer, and to get its errors.
    ///
    /// Up to 1024 readers, writers and iterators of a bridge block at the same time. The next one waits for a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use sync_bridge_core::RuntimeBridge;
    /// use tokio::io::AsyncWriteExt;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let path = std::env::temp_dir().join(format!("sync-bridge-writer-{}", std::process::id()));
    /// let file = File::create(&path)?;
    /// bridge.block_on(async {
    ///     let mut file = bridge.async_writer(file);
    ///     file.write_all(b"some bytes").await?;
    ///     file.flush().await
    /// })??;
    /// assert_eq!(std::fs::read(&path)?, b"some bytes");
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn async_writer<W: Write + Send + 'static>(&self, writer: W) -> AsyncWriter<W> {
        AsyncWriter::new(self, writer, Owner::Handle)
    }
}

/// A blocking writer for async code. [`RuntimeBridge::async_writer`] returns one.
///
/// `flush` and `shutdown` write all bytes and call [`Write::flush`].
///
/// # Errors
///
/// The error of the writer, with its kind and its payload, is the result of the next operation. The bytes that were
/// waiting are lost. A failure of the bridge is an [`io::Error`] whose inner error is the [`BridgeError`]:
/// [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down, or [`Saturated`](BridgeError::Saturated) if the
/// system refuses a thread. The writer can be used after an error.
///
/// A write that the writer ends with `Interrupted` is tried again on the same thread.
///
/// # Panics
///
/// If the writer panics, the panic continues in the code that makes the next operation. The writer is then dropped, and
/// every later operation is an error.
///
/// # Drop
///
/// Dropping it does not wait, and does not flush. It also drops the writer. If bytes are waiting, a blocking thread
/// writes them and then drops the writer, even if the bridge is shut down or dropped meanwhile. A `write` that never
/// returns keeps its thread.
///
/// [`RuntimeBridge::shutdown`] does not wait for these bytes, and the end of the process loses them. Use `flush` or
/// `shutdown` of the writer before you drop it, to be sure that it has them.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use sync_bridge_core::RuntimeBridge;
/// use tokio::io::AsyncWriteExt;
///
/// /// Blocks until the other thread takes the bytes.
/// struct Channel(mpsc::SyncSender<Vec<u8>>);
///
/// impl std::io::Write for Channel {
///     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
///         self.0.send(bytes.to_vec()).map_err(std::io::Error::other)?;
///         Ok(bytes.len())
///     }
///
///     fn flush(&mut self) -> std::io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let bridge = RuntimeBridge::new()?;
/// let (sender, receiver) = mpsc::sync_channel(0);
/// let mut writer = bridge.async_writer(Channel(sender));
/// let mut task = bridge.spawn(async move {
///     writer.write_all(b"some bytes").await?;
///     writer.shutdown().await
/// });
/// assert_eq!(receiver.recv()?, b"some bytes");
/// task.wait()??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AsyncWriter<W> {
    sink: Arc<Sink<W>>,
    bridge: RuntimeBridge,
}

/// The number of bytes that may wait for the writer.
const MOST: usize = 64 * 1024;

impl<W> AsyncWriter<W> {
    fn new(bridge: &RuntimeBridge, writer: W, owner: Owner) -> Self {
        let state = State {
            idle: Some(writer),
            is_writing: false,
            waiting: Vec::new(),
            spare: Vec::new(),
            accepted: 0,
            written: 0,
            flush: Flush::Idle,
            failure: None,
            waker: None,
            at_end: None,
            owner,
            is_given_up: false,
        };
        Self { sink: Arc::new(Sink { state: Mutex::new(state) }), bridge: bridge.clone() }
    }

    fn is_forked(&self) -> bool {
        self.bridge.shared().in_flight.is_forked()
    }
}

impl<W: Write + Send + 'static> AsyncWriter<W> {
    /// Makes one operation, and starts a job if there is work and none is running.
    fn operate<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut State<W>, &mut Context<'_>) -> Poll<Result<T, Failure>>,
    ) -> Poll<io::Result<T>> {
        if self.is_forked() {
            return Poll::Ready(Err(BridgeError::Forked.into()));
        }
        let budget = ready!(poll_proceed(cx));
        let mut state = self.sink.lock();
        let polled = match state.failure.take() {
            Some(failure) => Poll::Ready(Err(failure)),
            None if state.idle.is_none() && !state.is_writing => {
                Poll::Ready(Err(Failure::Error(io::Error::other("the writer has panicked"))))
            }
            None => poll(&mut state, cx),
        };
        let has_work = !state.waiting.is_empty() || state.flush == Flush::Wanted;
        let writer = if has_work { state.idle.take() } else { None };
        state.is_writing |= writer.is_some();
        // Unlocked first: a bridge that is shut down refuses the job at once, and a panic continues.
        drop(state);
        let is_refused =
            writer.is_some_and(|writer| !job::start(&self.bridge, WriteJob { writer, sink: Arc::clone(&self.sink) }));
        let polled = match polled {
            // The bytes are lost, so they count as not written.
            Poll::Ready(Ok(_)) if is_refused => match self.sink.lock().failure.take() {
                Some(failure) => Poll::Ready(Err(failure)),
                None => polled,
            },
            polled => polled,
        };
        polled.map(|result| {
            budget.made_progress();
            result.map_err(Failure::into_error)
        })
    }
}

impl<W: Write + Send + 'static> AsyncWrite for AsyncWriter<W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.operate(cx, |state, cx| state.accept(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.operate(cx, State::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.operate(cx, State::poll_flush)
    }
}

impl<W> Drop for AsyncWriter<W> {
    fn drop(&mut self) {
        if self.is_forked() {
            return;
        }
        let mut state = self.sink.lock();
        let (owner, writer) = match state.owner {
            Owner::Call => (Owner::CallAlone, None),
            _ => (Owner::Nobody, state.idle.take()),
        };
        state.owner = owner;
        drop(state);
        drop(writer);
    }
}

impl<W> fmt::Debug for AsyncWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncWriter").field("bridge", &self.bridge).finish_non_exhaustive()
    }
}

/// A writer that is lent to a call. It is dropped at the end of the call, on the thread that makes the call. If a `write`
/// is still running, because the call has ended early, the thread that runs it drops the writer, and writes no more.
pub struct LentWriter<W> {
    sink: Arc<Sink<W>>,
    bridge: RuntimeBridge,
}

impl<W: Write + Send + 'static> LentWriter<W> {
    /// Returns the async writer too, which the call takes.
    pub(crate) fn new(bridge: &RuntimeBridge, writer: W) -> (Self, AsyncWriter<W>) {
        let writer = AsyncWriter::new(bridge, writer, Owner::Call);
        (Self { sink: Arc::clone(&writer.sink), bridge: bridge.clone() }, writer)
    }

    /// Waits until the writer has the bytes that it had been given at the first poll, which is kept in `until`. Returns
    /// the error that the async writer has not returned.
    pub(crate) fn poll_end(&self, cx: &mut Context<'_>, until: &mut Option<u64>) -> Poll<io::Result<()>> {
        if self.bridge.shared().in_flight.is_forked() {
            return Poll::Ready(Err(BridgeError::Forked.into()));
        }
        let mut state = self.sink.lock();
        if let Some(failure) = state.failure.take() {
            drop(state);
            return Poll::Ready(Err(failure.into_error()));
        }
        let until = *until.get_or_insert(state.accepted);
        // A task may have the writer and go on writing. Otherwise the job puts the writer back.
        if state.written >= until && (!state.is_writing || state.accepted > until) {
            return Poll::Ready(Ok(()));
        }
        state.at_end = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<W> fmt::Debug for LentWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentWriter").finish_non_exhaustive()
    }
}

impl<W> LentWriter<W> {
    /// Ends the loan. Returns the writer if nobody else has it.
    pub(crate) fn take(&self) -> Option<W> {
        if self.bridge.shared().in_flight.is_forked() {
            return None;
        }
        let mut state = self.sink.lock();
        match state.owner {
            // It outlives the call.
            Owner::Call => {
                state.owner = Owner::Handle;
                None
            }
            Owner::CallAlone => {
                state.owner = Owner::Nobody;
                state.is_given_up = true;
                state.idle.take()
            }
            // The loan has ended.
            Owner::Handle | Owner::Nobody => None,
        }
    }
}

impl<W> Drop for LentWriter<W> {
    fn drop(&mut self) {
        let writer = self.take();
        // The call may be unwinding.
        ignore_panic(|| drop(writer));
    }
}

/// The state that the async writer and the jobs share.
struct Sink<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    /// The writer. None if a job has it, or it has panicked.
    idle: Option<W>,
    is_writing: bool,
    /// What no job has taken yet.
    waiting: Vec<u8>,
    /// The empty buffer of the last job.
    spare: Vec<u8>,
    /// How many bytes there have been, and how many of them need no more work.
    accepted: u64,
    written: u64,
    flush: Flush,
    /// What has ended a job, until it has been returned.
    failure: Option<Failure>,
    waker: Option<Waker>,
    /// Of the call that waits for the end of the work.
    at_end: Option<Waker>,
    owner: Owner,
    /// Whether the call that has lent the writer has ended early: no more is written.
    is_given_up: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Idle,
    Wanted,
    Done,
}

impl<W> Sink<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        // Nothing panics with the lock held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> State<W> {
    fn accept(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Failure>> {
        let in_flight = usize::try_from(self.accepted - self.written).unwrap_or(MOST);
        let count = bytes.len().min(MOST.saturating_sub(in_flight));
        if count == 0 && !bytes.is_empty() {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        self.waiting.extend_from_slice(&bytes[..count]);
        self.accepted += count as u64;
        if self.flush == Flush::Done {
            // It was of other bytes, and nobody has waited for it.
            self.flush = Flush::Idle;
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if self.flush == Flush::Done {
            self.flush = Flush::Idle;
            return Poll::Ready(Ok(()));
        }
        self.flush = Flush::Wanted;
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Ends the work that there is.
    fn fail(&mut self, failure: Failure) {
        self.waiting.clear();
        self.written = self.accepted;
        self.flush = Flush::Idle;
        self.failure = Some(failure);
    }
}

/// Wakes the code that polls, and the call.
fn wake<W>(mut state: MutexGuard<'_, State<W>>) {
    let wakers = [state.waker.take(), state.at_end.take()];
    drop(state);
    wakers.into_iter().flatten().for_each(Waker::wake);
}

struct WriteJob<W> {
    writer: W,
    sink: Arc<Sink<W>>,
}

impl<W: Write + Send + 'static> Job for WriteJob<W> {
    /// The async code may have dropped its handle, and relies on the bytes being written.
    const OUTLIVES_BRIDGE: bool = true;

    fn run(self) {
        let mut bytes = std::mem::take(&mut self.sink.lock().spare);
        let mut job = self;
        while let Some((mut running, work)) = job.next_work(&mut bytes) {
            let outcome = catch_unwind(AssertUnwindSafe(|| match work {
                Work::Write => running.write_all(&bytes),
                Work::Flush => running.writer.flush(),
            }));
            match outcome {
                Ok(outcome) => running.finish(work, bytes.len(), outcome),
                Err(payload) => return running.end(payload),
            }
            job = running;
        }
    }

    fn refuse(self, reason: BridgeError) {
        let Self { writer, sink } = self;
        let mut state = sink.lock();
        state.fail(Failure::Error(reason.into()));
        put_back(state, writer);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Write,
    Flush,
}

impl<W: Write> WriteJob<W> {
    /// Takes the bytes that wait, or else the wish for a flush. If there is neither, the job is over.
    fn next_work(self, bytes: &mut Vec<u8>) -> Option<(Self, Work)> {
        bytes.clear();
        let Self { writer, sink } = self;
        let mut state = sink.lock();
        let work = if state.is_given_up {
            None
        } else if state.waiting.is_empty() {
            (state.flush == Flush::Wanted).then_some(Work::Flush)
        } else {
            std::mem::swap(&mut state.waiting, bytes);
            Some(Work::Write)
        };
        // In the same turn, or bytes that come now would find no job.
        let Some(work) = work else {
            state.spare = std::mem::take(bytes);
            put_back(state, writer);
            return None;
        };
        drop(state);
        Some((Self { writer, sink }, work))
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() && !self.sink.lock().is_given_up {
            match self.writer.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    let more = "the writer says that it has written more bytes than there are";
                    bytes = bytes.get(count..).ok_or_else(|| io::Error::other(more))?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn finish(&self, work: Work, count: usize, outcome: io::Result<()>) {
        let mut state = self.sink.lock();
        match (work, outcome) {
            (_, Err(error)) => state.fail(Failure::Error(error)),
            (Work::Write, Ok(())) => state.written += count as u64,
            (Work::Flush, Ok(())) if state.waiting.is_empty() => state.flush = Flush::Done,
            // The flush is wanted for the bytes that have come meanwhile, too.
            (Work::Flush, Ok(())) => {}
        }
        wake(state);
    }

    fn end(self, payload: Box<dyn Any + Send>) {
        let Self { writer, sink } = self;
        // The first panic is the answer.
        ignore_panic(|| drop(writer));
        let mut state = sink.lock();
        state.is_writing = false;
        state.fail(Failure::Panic(payload));
        wake(state);
    }
}

fn put_back<W>(mut state: MutexGuard<'_, State<W>>, writer: W) {
    state.is_writing = false;
    if state.owner == Owner::Nobody {
        drop(state);
        drop(writer);
        return;
    }
    state.idle = Some(writer);
    wake(state);
}
