//! An action on its way: carried to its place, done there, and its answer judged.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sync_bridge::{BridgeError, Flavor};
use tokio_util::sync::CancellationToken;

use crate::LEDGER;
use crate::action::{Action, Behaviour, Caller, End, Entry, Limit, What};
use crate::future::{Borrowed, owned};
use crate::ledger::{Answer, Row, add};
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
        };
        let answer = self.answer(row, result);
        if !borrowed.is_free() {
            LEDGER.fault(format!("answered before the future was dropped: {action:?}"));
        }
        if answer == Answer::Value && !borrowed.is_complete() {
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
        let task = self.slot.bridge.spawn(owned(self.action));
        match end {
            End::Wait => {
                LEDGER.make(Row::Wait);
                self.answer(Row::Wait, task.wait());
            }
            End::WaitTimeout => {
                LEDGER.make(Row::WaitTimeout);
                match task.wait_timeout(self.duration()) {
                    Ok(result) => drop(self.answer(Row::WaitTimeout, result)),
                    Err(_still_running) => LEDGER.answer(Row::WaitTimeout, Answer::NotYet),
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
        let is_call = matches!(what, What::Call(..) | What::Spawn(End::Await));
        let panics = matches!(behaviour, Behaviour::PanicsEarly | Behaviour::PanicsLate | Behaviour::PanicsInDrop);
        match answer {
            Answer::Value => !panics && behaviour != Behaviour::Pending && !(refused && is_call),
            Answer::Panic => panics && !(refused && is_call),
            Answer::TimedOut => has_timeout && can_be_limited && !refused,
            Answer::Cancelled => has_token && can_be_limited && !refused,
            // Two driving threads that wait for each other: one of them is refused.
            Answer::WouldDeadlock => refused || single && caller == Caller::OtherFuture,
            Answer::Lost => what == What::Spawn(End::Abort) || self.slot.is_closing(),
            Answer::WorkerDead => self.slot.is_closing(),
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
