//! Where calls are made from, and how long a batch of them takes there.

use crate::contender::Contender;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{block_in_place, yield_now};

/// Where calls are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A thread of the program's own.
    Plain,
    /// The root of a current-thread runtime.
    CurrentThread,
    /// A task on a worker of a multi-thread runtime, all calls within one poll.
    Task,
    /// The same, with an await of the task before each call.
    TaskAfterAwait,
    /// A future that the same contender runs.
    Reentrant,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Plain, Self::CurrentThread, Self::Task, Self::TaskAfterAwait, Self::Reentrant];

    /// What the tables call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain thread",
            Self::CurrentThread => "current-thread runtime",
            Self::Task => "multi-thread task",
            Self::TaskAfterAwait => "multi-thread task, after an await",
            Self::Reentrant => "re-entrant",
        }
    }

    /// Whether an executor that polls on the calling thread would keep a scheduler from its tasks here, and wait for ever
    /// for what it has deferred to that scheduler.
    #[must_use]
    pub fn has_scheduler(self) -> bool {
        matches!(self, Self::CurrentThread | Self::Task | Self::TaskAfterAwait)
    }
}

/// The runtimes that places are in. None of them is a contender's.
#[derive(Debug)]
pub struct Places {
    current_thread: Runtime,
    multi_thread: Runtime,
}

impl Places {
    /// Starts the runtimes, with threads that inherit the placement of this one.
    #[must_use]
    pub fn start() -> Self {
        Self {
            current_thread: Builder::new_current_thread().enable_all().build().expect("a runtime"),
            multi_thread: Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime"),
        }
    }

    /// How long a batch of so many operations takes at the place. Getting there does not count.
    pub fn time<C: Contender>(&self, place: Place, contender: &C, count: u64, mut batch: Batch) -> Duration {
        match place {
            Place::Plain => timed(|| batch(count)),
            Place::CurrentThread => self.current_thread.block_on(async { timed(|| batch(count)) }),
            Place::Task => self.on_worker(async move {
                // The first call that blocks moves the worker to another thread, and those that come before that has
                // begun to run move it back and forth: that is what `TaskAfterAwait` is for.
                block_in_place(|| thread::sleep(SETTLE));
                timed(|| batch(count))
            }),
            Place::TaskAfterAwait => self.on_worker(async move {
                let start = Instant::now();
                for _ in 0..count {
                    yield_now().await;
                    batch(1);
                }
                start.elapsed()
            }),
            Place::Reentrant => contender.inside(move || timed(|| batch(count))),
        }
    }

    fn on_worker(&self, task: impl Future<Output = Duration> + Send + 'static) -> Duration {
        self.multi_thread.block_on(self.multi_thread.spawn(task)).expect("the calls do not panic")
    }
}

/// Time for another thread to take a worker over.
const SETTLE: Duration = Duration::from_micros(200);

/// Does an operation so many times. It is one function for all places, and what it does a part of it.
pub type Batch = Box<dyn FnMut(u64) + Send>;

/// The batch of an operation.
#[must_use]
pub fn batch(mut operation: impl FnMut() + Send + 'static) -> Batch {
    Box::new(move |count| {
        for _ in 0..count {
            operation();
        }
    })
}

/// How long something takes.
pub fn timed(job: impl FnOnce()) -> Duration {
    let start = Instant::now();
    job();
    start.elapsed()
}
