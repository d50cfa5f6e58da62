//! The entry points: every way in which a caller may wait for a future.

use std::future::{pending, ready};
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use sync_bridge::{BridgeError, BridgedTask, Flavor, RuntimeBridge};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_util::sync::CancellationToken;

use crate::WATCHDOG;
use crate::callers::Caller;
use crate::shapes::Shape;

pub(crate) static ENTRIES: &[(&str, Entry)] = &[
    ("block_on", Entry::Plain),
    ("block_on_with", Entry::With),
    ("block_on_local", Entry::Local),
    ("call_with_limits", Entry::Limits),
    ("call_local_with_limits", Entry::LocalLimits),
    ("call_with_limits_built_inside", Entry::LimitsWith),
    ("spawn_and_wait", Entry::Spawn),
    ("spawn_and_wait_for_some_time", Entry::SpawnTimeout),
    ("spawn_and_await", Entry::Await),
    ("spawn_and_wait_for_the_first", Entry::First),
    ("spawn_and_wait_for_all", Entry::All),
    ("scope", Entry::Scope),
    ("iter", Entry::Iter),
    ("iter_with_prefetch", Entry::Prefetch),
    ("reader", Entry::Reader),
    ("writer", Entry::Writer),
    ("io", Entry::Io),
    ("stream_from_iter", Entry::Pull),
    ("enter_with", Entry::EnterWith),
    ("keep_local", Entry::KeepLocal),
    ("async_reader_and_async_writer", Entry::BlockingIo),
    ("shutdown", Entry::Shutdown),
];

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Entry {
    Plain,
    With,
    Local,
    Limits,
    LocalLimits,
    LimitsWith,
    Spawn,
    SpawnTimeout,
    Await,
    First,
    All,
    Scope,
    Iter,
    Prefetch,
    Reader,
    Writer,
    Io,
    Pull,
    EnterWith,
    KeepLocal,
    BlockingIo,
    Shutdown,
}

impl Entry {
    /// A bridged future that shuts its bridge down does not wait for itself: that has tests of its own. A blocking closure
    /// that a bridged future waits for does, until the time is up, as documented.
    ///
    /// Nothing can be entered in the destructor of a thread-local. That has a test of its own as well.
    pub(crate) fn may_be_called_by(self, caller: &Caller) -> bool {
        match self {
            Self::Shutdown => !(caller.reenters || caller.name.ends_with("blocking_thread_of_the_bridge")),
            Self::EnterWith => caller.name != "thread_local_destructor",
            _ => true,
        }
    }

    /// Whether the outcome is the one to expect: the value, or on a thread that would wait for itself an error.
    pub(crate) fn expects(self, outcome: &Result<u64, BridgeError>, value: u64, deadlock_is_certain: bool) -> bool {
        // A task that happens to have ended is not waited for.
        let may_have_ended =
            matches!(self, Self::Spawn | Self::SpawnTimeout | Self::First | Self::All | Self::Prefetch);
        match outcome {
            Ok(outcome) => (!deadlock_is_certain || may_have_ended) && *outcome == value,
            Err(BridgeError::WouldDeadlock) => deadlock_is_certain,
            Err(_) => false,
        }
    }

    pub(crate) fn call(self, bridge: &RuntimeBridge, shape: &'static Shape) -> Result<u64, BridgeError> {
        let token = CancellationToken::new();
        let limits = bridge.call().timeout(WATCHDOG * 2).cancel_on(&token);
        let future = || (shape.future)();
        match self {
            Self::Plain => bridge.block_on(future()),
            Self::With => bridge.block_on_with(future),
            Self::Local => bridge.block_on_local(future),
            Self::Limits => limits.block_on(future()),
            Self::LocalLimits => limits.block_on_local(future),
            Self::LimitsWith => limits.block_on_with(future),
            Self::Spawn => bridge.spawn(future()).wait(),
            Self::SpawnTimeout => bridge.spawn(future()).wait_timeout(WATCHDOG * 2),
            Self::Await => bridge.block_on(bridge.spawn(future()))?,
            Self::First => {
                let mut tasks = vec![bridge.spawn(pending()), bridge.spawn(future())];
                let first = BridgedTask::wait_first(&mut tasks)?;
                tasks[0].abort();
                first.filter(|(index, _)| *index == 1).expect("the second task ends").1
            }
            Self::All => {
                let mut tasks = vec![bridge.spawn(future()), bridge.spawn(future())];
                let results = BridgedTask::wait_all(&mut tasks)?.into_iter().collect::<Result<Vec<_>, _>>()?;
                assert!(tasks.is_empty() && results[0] == results[1]);
                Ok(results[1])
            }
            Self::Scope => scope(bridge, shape),
            Self::Iter => only_item(bridge.iter(stream::once(future()))),
            Self::Prefetch => only_item(bridge.iter(stream::once(future())).with_prefetch(1)),
            Self::Reader => {
                let mut bytes = [0; 8];
                Read::read_exact(&mut bridge.reader(Source(future())), &mut bytes).map_err(bridge_error)?;
                Ok(u64::from_le_bytes(bytes))
            }
            Self::Writer => {
                let mut writer = bridge.writer(Sink { future: Some(future()), value: 0 });
                writer.write_all(b"bytes").map_err(bridge_error)?;
                Ok(writer.get_ref().value)
            }
            Self::Io => {
                let sink = Sink { future: Some(future()), value: 0 };
                let mut io = bridge.io(tokio::io::join(tokio::io::empty(), sink));
                io.write_all(b"bytes").and_then(|()| io.flush()).map_err(bridge_error)?;
                Ok(io.get_ref().writer().value)
            }
            Self::Pull => pull(bridge, shape),
            Self::EnterWith => bridge.enter_with(|| bridge.block_on(future()))?,
            Self::KeepLocal => {
                let mut kept = bridge.keep_local(|| Rc::new(1))?;
                let value = kept.block_on(async |factor| future().await * **factor)?;
                kept.close()?;
                Ok(value)
            }
            Self::BlockingIo => copy(bridge, shape),
            Self::Shutdown => shut_down_around_a_call(bridge, shape),
        }
    }
}

/// One task that is waited for, and one that is not, with what both borrow.
fn scope(bridge: &RuntimeBridge, shape: &Shape) -> Result<u64, BridgeError> {
    let mut left_alone = 0;
    let waited_for = bridge.scope(|scope| {
        drop(scope.spawn(async { left_alone = (shape.future)().await }));
        scope.spawn((shape.future)()).wait()
    })??;
    assert_eq!(left_alone, waited_for);
    Ok(waited_for)
}

/// The items of a blocking iterator, one of which is ready when the future has ended.
fn pull(bridge: &RuntimeBridge, shape: &'static Shape) -> Result<u64, BridgeError> {
    let mut items = bridge.stream_from_iter(std::iter::once(1));
    bridge.block_on(async {
        let pulled = items.next().await.expect("the iterator has an item")?;
        assert!(items.next().await.is_none());
        Ok((shape.future)().await * pulled)
    })?
}

/// A byte of a blocking reader for a blocking writer, written when the future has ended.
fn copy(bridge: &RuntimeBridge, shape: &'static Shape) -> Result<u64, BridgeError> {
    let mut reader = bridge.async_reader(io::repeat(1));
    let mut writer = bridge.async_writer(io::sink());
    bridge.block_on(async {
        let factor = reader.read_u8().await.map_err(bridge_error)?;
        let value = (shape.future)().await * u64::from(factor);
        writer.write_u64(value).await.map_err(bridge_error)?;
        writer.flush().await.map_err(bridge_error)?;
        Ok(value)
    })?
}

fn only_item(mut items: impl Iterator<Item = Result<u64, BridgeError>>) -> Result<u64, BridgeError> {
    let item = items.next().expect("the stream has an item")?;
    // The end, too, may have to be waited for.
    let after = items.next().transpose()?;
    assert_eq!(after, None);
    Ok(item)
}

/// Shuts the bridge down while another thread's call is in flight: that comes to its end, and the next one is refused.
fn shut_down_around_a_call(bridge: &RuntimeBridge, shape: &'static Shape) -> Result<u64, BridgeError> {
    std::thread::scope(|threads| {
        let (arrived, arrival) = std::sync::mpsc::channel();
        let call = threads.spawn(move || {
            bridge.block_on(async move {
                tokio::task::yield_now().await;
                arrived.send(()).unwrap();
                (shape.future)().await
            })
        });
        arrival.recv().unwrap();
        assert_eq!(bridge.shutdown(WATCHDOG).cut_off, 0);
        assert!(matches!(bridge.block_on(ready(())), Err(BridgeError::WorkerDead)));
        call.join().unwrap()
    })
}

fn bridge_error(error: io::Error) -> BridgeError {
    error.downcast().expect("the bridge has failed, and nothing else")
}

/// Has its only bytes when the future has ended.
struct Source(BoxFuture<'static, u64>);

impl AsyncRead for Source {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll(cx).map(|value| {
            buf.put_slice(&value.to_le_bytes());
            Ok(())
        })
    }
}

/// Takes its first bytes when the future has ended.
struct Sink {
    future: Option<BoxFuture<'static, u64>>,
    value: u64,
}

impl AsyncWrite for Sink {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(future) = &mut self.future {
            self.value = std::task::ready!(future.as_mut().poll(cx));
            self.future = None;
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Whether a call from this caller could only wait for itself.
pub(crate) fn deadlock_is_certain(caller: &Caller, flavor: Flavor) -> bool {
    caller.reenters && flavor == Flavor::CurrentThread
}
