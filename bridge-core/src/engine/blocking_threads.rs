//! Threads for what blocks: the calls whose futures are not `Send`, made where they cannot be polled, the iterators behind
//! streams, and the readers and writers behind async ones.
//!
//! They are not those of tokio's pool for blocking closures. When the system refuses a thread, tokio keeps the closure until
//! another closure ends, and what waits for it may wait for ever. Here it is an error.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::base::panic::ignore_panic;
use crate::engine::settings::ThreadSettings;
use crate::thread::pool::Pool;

/// What a thread runs.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct BlockingThreads {
    settings: ThreadSettings,
    pool: Arc<Pool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    threads: usize,
    idle: Vec<(u64, Sender<Job>)>,
    next: u64,
    /// Empty as long as a thread is idle.
    queue: VecDeque<Job>,
}

/// From how many threads on a job may have to wait: as many as the pool for blocking closures of a multi-thread bridge has
/// by default.
const MANY_THREADS: usize = 1024;

impl BlockingThreads {
    pub(crate) fn new(settings: ThreadSettings, pool: Arc<Pool>) -> Arc<Self> {
        Arc::new(Self { settings, pool, state: Mutex::default() })
    }

    /// Runs the job at once, on a thread of its own, which may have run others before.
    ///
    /// # Errors
    ///
    /// The error of the system if it refuses a thread. The job has been dropped.
    pub(crate) fn run(self: &Arc<Self>, mut job: Job) -> io::Result<()> {
        while let Some((_, thread)) = self.pop_idle() {
            match thread.send(job) {
                Ok(()) => return Ok(()),
                Err(returned) => job = returned.0,
            }
        }
        self.state().threads += 1;
        let (pool, threads) = (Arc::clone(&self.pool), Arc::downgrade(self));
        let keep_alive = self.settings.keep_alive;
        let run = move || {
            let mut next = Some(job);
            while let Some(job) = next {
                // Has been printed, and is nobody's.
                ignore_panic(job);
                next = Self::next_job(&threads, keep_alive);
            }
        };
        self.settings.spawn(move || pool.mark_thread(), run).inspect_err(|_| self.state().threads -= 1)
    }

    /// Runs the job: at once, as [`run`](Self::run) does, or when one of many threads is free.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(crate) fn run_or_queue(self: &Arc<Self>, job: Job) -> io::Result<()> {
        match self.queue(job) {
            Some(job) => self.run(job),
            None => Ok(()),
        }
    }

    /// Runs the job on a thread that it may keep for as long as it likes: one that is none of these, and ends with the job.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(crate) fn run_apart(&self, job: Job) -> io::Result<()> {
        let pool = Arc::clone(&self.pool);
        self.settings.spawn(move || pool.mark_thread(), job)
    }

    /// Whether the system gives out a thread right now.
    pub(crate) fn can_spawn(&self) -> bool {
        // Its stack is free again for who asks next.
        self.settings.probe().spawn(|| ()).map(JoinHandle::join).is_ok()
    }

    fn next_job(threads: &Weak<Self>, keep_alive: Duration) -> Option<Job> {
        let (sender, receiver) = channel();
        let number = match threads.upgrade()?.queued_or_idle(sender) {
            Ok(job) => return Some(job),
            Err(number) => number,
        };
        match receiver.recv_timeout(keep_alive) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => Self::job_on_its_way(threads, number, &receiver),
        }
    }

    /// The job of a caller that has chosen this thread at the last moment. Without it the thread ends.
    fn job_on_its_way(threads: &Weak<Self>, number: u64, receiver: &Receiver<Job>) -> Option<Job> {
        let has_left = threads.upgrade().is_some_and(|threads| threads.leave(number));
        if has_left { None } else { receiver.recv().ok() }
    }

    // The lock is free again when these return.

    fn pop_idle(&self) -> Option<(u64, Sender<Job>)> {
        self.state().idle.pop()
    }

    /// Puts the job into the queue if there are many threads and none is idle. Otherwise returns it.
    fn queue(&self, job: Job) -> Option<Job> {
        let mut state = self.state();
        if state.threads < MANY_THREADS || !state.idle.is_empty() {
            return Some(job);
        }
        state.queue.push_back(job);
        None
    }

    /// A job from the queue. If there is none, the number under which the thread is idle from now on.
    fn queued_or_idle(&self, thread: Sender<Job>) -> Result<Job, u64> {
        let mut state = self.state();
        if let Some(job) = state.queue.pop_front() {
            return Ok(job);
        }
        state.next += 1;
        let number = state.next;
        state.idle.push((number, thread));
        Err(number)
    }

    /// Lets an idle thread end. Not if it has been chosen for a job.
    fn leave(&self, number: u64) -> bool {
        let mut state = self.state();
        let place = state.idle.iter().position(|(idle, _)| *idle == number);
        if let Some(place) = place {
            state.idle.remove(place);
            state.threads -= 1;
        }
        place.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics with the lock held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(sync_bridge_loom)))]
mod tests {
    use std::thread::{self, ThreadId};

    use super::*;
    use crate::base::id::BridgeId;

    fn threads() -> Arc<BlockingThreads> {
        let settings = ThreadSettings { keep_alive: Duration::from_secs(3600), ..ThreadSettings::default() };
        BlockingThreads::new(settings, Pool::new(BridgeId::next()))
    }

    /// The thread that runs a job.
    fn thread_of_a_job(threads: &Arc<BlockingThreads>) -> ThreadId {
        let (tell, told) = channel();
        threads.run(Box::new(move || tell.send(thread::current().id()).unwrap())).unwrap();
        told.recv().unwrap()
    }

    #[test]
    fn an_idle_thread_runs_the_next_job() {
        let threads = threads();
        let first = thread_of_a_job(&threads);
        while threads.state().idle.is_empty() {
            thread::yield_now();
        }
        assert_eq!(thread_of_a_job(&threads), first);
        assert_eq!(threads.state().threads, 1);
    }

    /// A caller has chosen the thread, whose time is up, and sends the job only then.
    #[test]
    fn a_thread_that_is_chosen_at_the_last_moment_waits_for_its_job() {
        let threads = threads();
        let (sender, receiver) = channel();
        let Err(number) = threads.queued_or_idle(sender) else { panic!("there is no job yet") };
        let (_, chosen) = threads.pop_idle().unwrap();
        let weak = Arc::downgrade(&threads);
        let idle = thread::spawn(move || BlockingThreads::job_on_its_way(&weak, number, &receiver).is_some());
        chosen.send(Box::new(|| ())).unwrap();
        assert!(idle.join().unwrap());
    }

    #[test]
    fn a_thread_that_nobody_has_chosen_leaves() {
        let threads = threads();
        threads.state().threads = 1;
        let (sender, receiver) = channel();
        let Err(number) = threads.queued_or_idle(sender) else { panic!("there is no job yet") };
        assert!(BlockingThreads::job_on_its_way(&Arc::downgrade(&threads), number, &receiver).is_none());
        assert!(threads.pop_idle().is_none());
        assert_eq!(threads.state().threads, 0);
    }
}
