//! The books: every future, call and answer is counted, and every fault is kept.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sync_bridge::BridgeError;

use crate::action::{Behaviour, Caller};

/// Who asks for an answer: the rows of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row {
    BlockOn,
    BlockOnWith,
    BlockOnLocal,
    Iter,
    Prefetch,
    Read,
    Write,
    Pull,
    Scope,
    Wait,
    WaitTimeout,
    AbortAndWait,
    Await,
    /// A call in whose future another is made.
    Outer,
}

const ROWS: [Row; 14] = [
    Row::BlockOn,
    Row::BlockOnWith,
    Row::BlockOnLocal,
    Row::Iter,
    Row::Prefetch,
    Row::Read,
    Row::Write,
    Row::Pull,
    Row::Scope,
    Row::Wait,
    Row::WaitTimeout,
    Row::AbortAndWait,
    Row::Await,
    Row::Outer,
];

/// What comes back: the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Value,
    Panic,
    /// Dropped by the bridge, or aborted.
    Lost,
    TimedOut,
    Cancelled,
    WouldDeadlock,
    WorkerDead,
    Saturated,
    /// The time of a `wait_timeout` is up.
    NotYet,
    /// None that the soak knows a reason for.
    Other,
}

const ANSWERS: [Answer; 10] = [
    Answer::Value,
    Answer::Panic,
    Answer::Lost,
    Answer::TimedOut,
    Answer::Cancelled,
    Answer::WouldDeadlock,
    Answer::WorkerDead,
    Answer::Saturated,
    Answer::NotYet,
    Answer::Other,
];

impl Answer {
    pub(crate) fn of<T>(result: Result<T, BridgeError>) -> Self {
        match result {
            Ok(_) => Self::Value,
            Err(BridgeError::TimedOut { .. }) => Self::TimedOut,
            Err(BridgeError::Cancelled { .. }) => Self::Cancelled,
            Err(BridgeError::WouldDeadlock) => Self::WouldDeadlock,
            Err(BridgeError::WorkerDead) => Self::WorkerDead,
            Err(BridgeError::Saturated) => Self::Saturated,
            Err(error @ BridgeError::ResponseLost(_)) => match error.try_into_panic() {
                Ok(payload) if payload.is::<SoakPanic>() => Self::Panic,
                Ok(_) => Self::Other,
                Err(_) => Self::Lost,
            },
            Err(_) => Self::Other,
        }
    }
}

/// What the soak panics with: any other panic is a fault.
pub(crate) struct SoakPanic;

/// What tokio panics with when a future that is first polled on the caller's thread meets a runtime that has just ended:
/// the call returns `WorkerDead`, and only the hook knows.
const TOKIO_IS_SHUT_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

fn is_text(payload: &(dyn Any + Send), text: &str) -> bool {
    let is_literal = payload.downcast_ref::<&str>().is_some_and(|literal| *literal == text);
    is_literal || payload.downcast_ref::<String>().is_some_and(|owned| owned == text)
}

#[derive(Default)]
pub(crate) struct Ledger {
    made: [AtomicU64; ROWS.len()],
    answers: [[AtomicU64; ANSWERS.len()]; ROWS.len()],
    callers: [AtomicU64; Caller::ALL.len()],
    behaviours: [AtomicU64; Behaviour::ALL.len()],
    pub(crate) created: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) detached: AtomicU64,
    pub(crate) bridges: AtomicU64,
    pub(crate) shutdowns: AtomicU64,
    pub(crate) finished: AtomicU64,
    pub(crate) cut_off: AtomicU64,
    pub(crate) slow: AtomicU64,
    panics: AtomicU64,
    shutdown_panics: AtomicU64,
    failed: AtomicBool,
    faults: Mutex<Vec<String>>,
}

pub(crate) fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Ledger {
    pub(crate) fn install_panic_hook(&'static self) {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let payload = panic.payload();
            if payload.is::<SoakPanic>() {
                add(&self.panics, 1);
            } else if is_text(payload, TOKIO_IS_SHUT_DOWN) {
                add(&self.shutdown_panics, 1);
            } else {
                print(panic);
                self.fault(format!("unexpected {panic}"));
            }
        }));
    }

    pub(crate) fn make(&self, row: Row) {
        add(&self.made[row as usize], 1);
    }

    pub(crate) fn answer(&self, row: Row, answer: Answer) {
        add(&self.answers[row as usize][answer as usize], 1);
    }

    pub(crate) fn note(&self, caller: Caller, behaviour: Behaviour) {
        add(&self.callers[caller as usize], 1);
        add(&self.behaviours[behaviour as usize], 1);
    }

    pub(crate) fn fault(&self, fault: String) {
        self.failed.store(true, Ordering::Relaxed);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        // The first ones tell enough.
        if faults.len() < 20 {
            eprintln!("FAULT: {fault}");
            faults.push(fault);
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// What is still under way: nothing, once all bridges have ended.
    pub(crate) fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        let (created, dropped) = (read(&self.created), read(&self.dropped));
        if created != dropped {
            open.push(format!("{created} futures created, {dropped} dropped"));
        }
        for row in ROWS {
            let (made, answered) = (read(&self.made[row as usize]), self.answered(row));
            if made != answered {
                open.push(format!("{row:?}: {made} made, {answered} answered"));
            }
        }
        open
    }

    fn answered(&self, row: Row) -> u64 {
        self.answers[row as usize].iter().map(read).sum()
    }

    pub(crate) fn print(&self) {
        print!("{:14}{:>10}{:>10}", "", "made", "answered");
        for answer in ANSWERS {
            print!("{:>14}", format!("{answer:?}"));
        }
        println!();
        for row in ROWS {
            print!("{:14}{:>10}{:>10}", format!("{row:?}"), read(&self.made[row as usize]), self.answered(row));
            for count in &self.answers[row as usize] {
                print!("{:>14}", read(count));
            }
            println!();
        }
        println!("futures: {} created, {} dropped", read(&self.created), read(&self.dropped));
        println!("tasks left to themselves: {}; calls reported as slow: {}", read(&self.detached), read(&self.slow));
        println!(
            "bridges: {} started, {} shut down, with {} calls finished and {} cut off",
            read(&self.bridges),
            read(&self.shutdowns),
            read(&self.finished),
            read(&self.cut_off)
        );
        println!("panics: {} of the soak, {} of a runtime that ended", read(&self.panics), read(&self.shutdown_panics));
        let callers =
            Caller::ALL.iter().zip(&self.callers).map(|(caller, count)| format!("{caller:?} {}", read(count)));
        println!("callers: {}", callers.collect::<Vec<_>>().join(", "));
        let futures =
            Behaviour::ALL.iter().zip(&self.behaviours).map(|(what, count)| format!("{what:?} {}", read(count)));
        println!("futures: {}", futures.collect::<Vec<_>>().join(", "));
    }
}
