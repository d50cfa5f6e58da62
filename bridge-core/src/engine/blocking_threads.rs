//! Threads for calls whose futures are not `Send` and cannot be polled on the calling thread. Each such call gets a
//! thread.
//!
//! These are not threads of tokio's pool for blocking closures. If the system refuses a thread, tokio keeps the closure
//! until a thread is free, and the call might wait for ever. Here the refusal is an error.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::settings::ThreadSettings;
use crate::thread::pool::Pool;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct BlockingThreads {
    settings: ThreadSettings,
    pool: Arc<Pool>,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    threads: Vec<(u64, Sender<Job>)>,
    next: u64,
}

/// How long a thread waits for another job: as long as those of tokio's pool.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

impl BlockingThreads {
    pub(crate) fn new(settings: ThreadSettings, pool: Arc<Pool>) -> Arc<Self> {
        Arc::new(Self { settings, pool, idle: Mutex::default() })
    }

    /// Runs the job on a thread of its own, which may have run others before. The job does not panic.
    ///
    /// # Errors
    ///
    /// That of the system, if it refuses a thread. The job has been dropped.
    pub(crate) fn run(self: &Arc<Self>, mut job: Job) -> io::Result<()> {
        while let Some((_, thread)) = self.pop_idle() {
            match thread.send(job) {
                Ok(()) => return Ok(()),
                Err(returned) => job = returned.0,
            }
        }
        let (pool, threads) = (Arc::clone(&self.pool), Arc::downgrade(self));
        self.settings.thread().spawn(move || {
            pool.mark_thread();
            job();
            while let Some(job) = Self::next_job(&threads) {
                job();
            }
        })?;
        Ok(())
    }

    /// Whether the system gives out a thread right now.
    pub(crate) fn can_spawn(&self) -> bool {
        // Its stack is free again for who asks next.
        self.settings.thread().spawn(|| ()).map(JoinHandle::join).is_ok()
    }

    fn next_job(threads: &Weak<Self>) -> Option<Job> {
        let (sender, receiver) = channel();
        let number = threads.upgrade()?.push_idle(sender);
        match receiver.recv_timeout(KEEP_ALIVE) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => Self::job_on_its_way(threads, number, &receiver),
        }
    }

    /// The job of a caller that has chosen this thread at the last moment.
    fn job_on_its_way(threads: &Weak<Self>, number: u64, receiver: &Receiver<Job>) -> Option<Job> {
        if let Some(threads) = threads.upgrade() {
            threads.idle().threads.retain(|(idle, _)| *idle != number);
        }
        receiver.recv().ok()
    }

    // The lock is free again when these return.

    fn pop_idle(&self) -> Option<(u64, Sender<Job>)> {
        self.idle().threads.pop()
    }

    fn push_idle(&self, thread: Sender<Job>) -> u64 {
        let mut idle = self.idle();
        idle.next += 1;
        let number = idle.next;
        idle.threads.push((number, thread));
        number
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // Nothing panics with the lock held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
