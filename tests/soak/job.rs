//! An action on its way: carried to its place, done there, and its answer judged.

use std::future::Future;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use sync_bridge::{BlockingIo, BridgeError, Flavor};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

use crate::LEDGER;
use crate::action::{Action, Behaviour, Caller, End, Entry, Limit, What};
use crate::future::{Borrowed, owned};
use crate::ledger::{Answer, Row, SoakPanic, add};
use crate::world::{Slot, World};

pub(crate) struct Job {
    pub(crate) action: Action,
    pub(crate) slot: Slot,
    pub(crate) world: Arc<World>,
}

impl Job {
    pub(crate) fn new(action: Action, world: &Arc<World>) -> Self {
        Self { action, slot: world.slot(action.bridge), world: Arc::clone(world) }
    }

    /// Does the action, on the calling thread.
    pub(crate) fn run(self) {
        match self.action.what {
            What::Call(entry, limit) => self.call(entry, limit),
            What::Spawn(end) => self.spawn(end),
            What::Scope => self.scope(),
            What::Shutdown => {
                self.slot.shut_down(self.duration());
                self.world.replace(self.action.bridge);
            }
            What::Recreate => self.world.replace(self.action.bridge),
            What::CloneAndDrop => drop(self.slot.bridge.clone()),
        }
    }

    fn duration(&self) -> Duration {
        Duration::from_micros(self.action.micros)
    }

    fn call(&self, entry: Entry, limit: Limit) {
        let Self { action, slot, .. } = self;
        let row = match entry {
            Entry::Plain => Row::BlockOn,
            Entry::With => Row::BlockOnWith,
            Entry::Local => Row::BlockOnLocal,
            Entry::Iter => Row::Iter,
            Entry::Prefetch => Row::Prefetch,
            Entry::Read => Row::Read,
            Entry::Write => Row::Write,
            Entry::Pull => Row::Pull,
        };
        let token = CancellationToken::new();
        let options = match limit {
            Limit::Unlimited | Limit::Token => slot.bridge.call(),
            Limit::Timeout | Limit::TokenAndTimeout => slot.bridge.call().timeout(self.duration()),
        };
        let options = match limit {
            Limit::Unlimited | Limit::Timeout => options,
            Limit::Token | Limit::TokenAndTimeout => {
                self.cancel_soon(token.clone());
                options.cancel_on(&token)
            }
        };

        LEDGER.make(row);
        LEDGER.note(action.caller, action.behaviour);
        let mut borrowed = Borrowed::default();
        let (bridge, act) = (&slot.bridge, *action);
        let result = match (entry, limit) {
            (Entry::Plain, Limit::Unlimited) => bridge.block_on(borrowed.future(act)),
            (Entry::Plain, _) => options.block_on(borrowed.future(act)),
            (Entry::With, Limit::Unlimited) => bridge.block_on_with(|| borrowed.future(act)),
            (Entry::With, _) => options.block_on_with(|| borrowed.future(act)),
            (Entry::Local, Limit::Unlimited) => bridge.block_on_local(|| not_send(borrowed.future(act))),
            (Entry::Local, _) => options.block_on_local(|| not_send(borrowed.future(act))),
            (Entry::Iter, _) => only_item(options.iter(stream::once(borrowed.future(act)))),
            (Entry::Prefetch, _) => only_item(options.iter(stream::once(owned(act))).with_prefetch(1)),
            (Entry::Write, _) => write(&mut options.writer(Sink(Box::pin(borrowed.future(act)), None))),
            (Entry::Pull, _) => {
                let mut items = bridge.stream_from_iter([0]);
                let future = borrowed.future(act);
                options
                    .block_on(async move {
                        let pulled = items.next().await.unwrap_or(Err(BridgeError::WorkerDead))?;
                        Ok(future.await + pulled)
                    })
                    .and_then(|pulled| pulled)
            }
            (Entry::Read, _) => read(&mut options.reader(Source(Box::pin(borrowed.future(act))))),
        };
        let answer = self.answer(row, result);
        if !borrowed.is_free() {
            LEDGER.fault(format!("answered before the future was dropped: {action:?}"));
        }
        if answer == Answer::Value && entry != Entry::Prefetch && !borrowed.is_complete() {
            LEDGER.fault(format!("what the future wrote is not there: {action:?}"));
        }
    }

    /// From outside of any bridge, and sometimes before the call.
    fn cancel_soon(&self, token: CancellationToken) {
        if self.action.micros % 4 == 0 {
            token.cancel();
        } else {
            let delay = self.duration() / 2;
            self.world.foreign.spawn(async move {
                tokio::time::sleep(delay).await;
                token.cancel();
            });
        }
    }

    fn spawn(&self, end: End) {
        LEDGER.note(self.action.caller, self.action.behaviour);
        let mut task = self.slot.bridge.spawn(owned(self.action));
        match end {
            End::Wait => {
                LEDGER.make(Row::Wait);
                self.answer(Row::Wait, task.wait());
            }
            End::WaitTimeout => {
                LEDGER.make(Row::WaitTimeout);
                match task.wait_timeout(self.duration()) {
                    Err(BridgeError::TimedOut { .. }) => LEDGER.answer(Row::WaitTimeout, Answer::NotYet),
                    result => drop(self.answer(Row::WaitTimeout, result)),
                }
            }
            End::Abort => {
                task.abort();
                LEDGER.make(Row::AbortAndWait);
                self.answer(Row::AbortAndWait, task.wait());
            }
            End::Await => {
                LEDGER.make(Row::Await);
                self.answer(Row::Await, self.slot.bridge.block_on(task).and_then(|result| result));
            }
            End::Detach => add(&LEDGER.detached, 1),
        }
    }

    /// What tasks of a scope wrote is there when it has returned, and none of them is.
    fn scope(&self) {
        let Self { action, slot, .. } = self;
        LEDGER.make(Row::Scope);
        LEDGER.note(action.caller, action.behaviour);
        let (mut first, mut second) = (Borrowed::default(), Borrowed::default());
        let unwinds = action.micros % 16 == 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            slot.bridge.scope(|scope| {
                let (left_alone, mut waited_for) =
                    (scope.spawn(first.future(*action)), scope.spawn(second.future(*action)));
                if action.behaviour == Behaviour::Pending {
                    left_alone.abort();
                    waited_for.abort();
                }
                if unwinds {
                    panic_any(SoakPanic);
                }
                drop(left_alone);
                waited_for.wait()
            })
        }));
        let result = match outcome {
            Ok(result) => result.and_then(|waited| waited),
            Err(payload) if payload.is::<SoakPanic>() && unwinds => return self.check_scope_unwound(&first, &second),
            Err(payload) => resume_unwind(payload),
        };
        let answer = self.answer(Row::Scope, result);
        if !first.is_free() || !second.is_free() {
            LEDGER.fault(format!("the scope has returned before its tasks were dropped: {action:?}"));
        }
        if answer == Answer::Value && !(first.is_complete() && second.is_complete()) {
            LEDGER.fault(format!("what the tasks wrote is not there: {action:?}"));
        }
    }

    fn check_scope_unwound(&self, first: &Borrowed, second: &Borrowed) {
        LEDGER.answer(Row::Scope, Answer::Panic);
        if !first.is_free() || !second.is_free() {
            LEDGER.fault(format!("the scope has unwound before its tasks were dropped: {:?}", self.action));
        }
    }

    /// Enters the answer into the books. One that this action may not have is a fault.
    fn answer(&self, row: Row, result: Result<u64, BridgeError>) -> Answer {
        let described = format!("{result:?}");
        let is_wrong_value = result.as_ref().is_ok_and(|&value| value != self.action.micros);
        let answer = Answer::of(result);
        LEDGER.answer(row, answer);
        if is_wrong_value || !self.may_be(answer) {
            LEDGER.fault(format!("{described} is no answer to {:?} on {:?}", self.action, self.slot.flavor));
        }
        answer
    }

    fn may_be(&self, answer: Answer) -> bool {
        let Action { caller, what, behaviour, .. } = self.action;
        let single = self.slot.flavor == Flavor::CurrentThread;
        let refused = single && caller.reenters();
        // What ends at its first poll is faster than any limit; what panics when dropped has no other answer.
        let can_be_limited = !matches!(behaviour, Behaviour::Ready | Behaviour::PanicsEarly | Behaviour::PanicsInDrop);
        let (has_timeout, has_token) = match what {
            What::Call(_, limit) => (
                matches!(limit, Limit::Timeout | Limit::TokenAndTimeout),
                matches!(limit, Limit::Token | Limit::TokenAndTimeout),
            ),
            _ => (false, false),
        };
        // Read ahead by a task, which needs no call to be on its way, nor to be ready.
        let is_prefetch = matches!(what, What::Call(Entry::Prefetch, _));
        let is_pull = matches!(what, What::Call(Entry::Pull, _));
        let can_be_limited = can_be_limited || is_prefetch || is_pull || self.slot.waits_for_room;
        let is_call = matches!(what, What::Call(..) | What::Spawn(End::Await) | What::Scope) && !is_prefetch;
        let panics = matches!(behaviour, Behaviour::PanicsEarly | Behaviour::PanicsLate | Behaviour::PanicsInDrop);
        match answer {
            Answer::Value => !panics && behaviour != Behaviour::Pending && !(refused && is_call),
            Answer::Panic => panics && !(refused && is_call),
            Answer::TimedOut => has_timeout && can_be_limited && !refused,
            Answer::Cancelled => has_token && can_be_limited && !refused,
            // Two driving threads that wait for each other: one of them is refused.
            Answer::WouldDeadlock => refused || single && caller == Caller::OtherFuture,
            Answer::Lost => {
                let is_aborted = what == What::Scope && behaviour == Behaviour::Pending;
                is_aborted || what == What::Spawn(End::Abort) || self.slot.is_closing()
            }
            Answer::WorkerDead => self.slot.is_closing(),
            Answer::Saturated => self.slot.rejects && matches!(what, What::Call(..) | What::Spawn(End::Await)),
            Answer::NotYet | Answer::Other => false,
        }
    }
}

async fn not_send<F: Future>(future: F) -> F::Output {
    let kept = Rc::new(());
    let output = future.await;
    drop(kept);
    output
}

fn only_item(mut items: impl Iterator<Item = Result<u64, BridgeError>>) -> Result<u64, BridgeError> {
    items.next().unwrap_or_else(|| {
        LEDGER.fault("a stream has ended without its item".to_owned());
        Err(BridgeError::WorkerDead)
    })
}

/// Has its bytes when the future has ended.
struct Source<F>(Pin<Box<F>>);

impl<F: Future<Output = u64>> AsyncRead for Source<F> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll(cx).map(|value| {
            buf.put_slice(&value.to_le_bytes());
            Ok(())
        })
    }
}

fn read(reader: &mut impl Read) -> Result<u64, BridgeError> {
    let mut bytes = [0; 8];
    match reader.read_exact(&mut bytes) {
        Ok(()) => Ok(u64::from_le_bytes(bytes)),
        Err(error) => Err(error.downcast().unwrap_or_else(|error| {
            LEDGER.fault(format!("reading has failed, and not by the bridge: {error}"));
            BridgeError::WorkerDead
        })),
    }
}

/// Takes bytes when the future has ended.
struct Sink<F>(Pin<Box<F>>, Option<u64>);

impl<F: Future<Output = u64>> AsyncWrite for Sink<F> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let value = std::task::ready!(self.0.as_mut().poll(cx));
        self.1 = Some(value);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn write<F: Future<Output = u64> + Send>(writer: &mut BlockingIo<Sink<F>>) -> Result<u64, BridgeError> {
    match writer.write_all(b"bytes") {
        Ok(()) => Ok(writer.get_ref().1.unwrap_or_default()),
        Err(error) => Err(error.downcast().unwrap_or_else(|error| {
            LEDGER.fault(format!("writing has failed, and not by the bridge: {error}"));
            BridgeError::WorkerDead
        })),
    }
}
