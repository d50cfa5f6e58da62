//! Tasks that borrow. All of them have ended when the scope that they were spawned in returns.
//!
//! The scope lends each future to the bridge as a [`LentTask`], and keeps access to it. When the scope ends, in any
//! way, it takes back every future that is not being polled, and drops it. This does not need the runtime, which may be
//! shut down, or driven by the thread that waits.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::base::error::BridgeError;
use crate::base::sync::park_at_most;
use crate::bridge::RuntimeBridge;
use crate::call::context::{CallContext, WithContext};
use crate::call::enclosing::{Enclosing, EnclosingWait};
use crate::call::interrupt::Interrupt;
use crate::engine::borrowed;
use crate::engine::context::CapturedContext;
use crate::engine::metrics::{Ended, Route};
use crate::engine::scope_tasks::ScopeTasks;
use crate::handoff::loan::{Lender, LentTask, lending};
use crate::scoped_task::{Answering, ScopedTask};
use crate::thread::ancestry::{self, Chain};
use crate::thread::caller::Caller;
use crate::thread::home;
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::marks::PollMark;

impl RuntimeBridge {
    /// Runs `f`, which may spawn tasks that borrow from outside the scope. Returns when all of these tasks have ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let names = ["Cargo.toml", "README.md"];
    /// let mut total = 0;
    /// bridge.scope(|scope| {
    ///     let reads = names.each_ref().map(|name| scope.spawn(tokio::fs::read(name)));
    ///     for mut read in reads {
    ///         total += read.wait()??.len();
    ///     }
    ///     Ok::<_, Box<dyn std::error::Error>>(())
    /// })??;
    /// assert!(total > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # How it runs
    ///
    /// `f` runs on the calling thread, outside the bridge's context. On a worker of a multi-thread runtime it runs
    /// inside `block_in_place`, so that the tasks continue even if `f` blocks. The tasks run on the bridge,
    /// concurrently, even if nothing waits for them.
    ///
    /// When `f` returns, the scope waits for the tasks that have not ended, like [`block_on`](Self::block_on). If `f`
    /// panics, the scope cancels these tasks. The panic continues after they have been dropped.
    ///
    /// A scope is one call in flight. A [`shutdown`](Self::shutdown) waits for it, and then cancels its tasks. The
    /// tasks have the [context](crate::Builder::with_context) of the code that spawns them, like calls.
    ///
    /// The limit of [calls in flight](crate::Builder::max_in_flight) and the [default time
    /// limit](crate::Builder::default_timeout) do not apply to a scope. Put a time limit on a task, or cancel it with
    /// [`abort`](ScopedTask::abort).
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if a task panicked and no code waited for it. The error has the
    ///   payload of the first such panic. Also if a shutdown cancelled the scope.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) as for [`block_on`](Self::block_on). If this happens after `f`
    ///   has run, the tasks are cancelled.
    /// - [`Saturated`](BridgeError::Saturated) if no thread is left to take the place of the calling worker. If this
    ///   happens before `f` has run, `f` does not run. Otherwise the tasks are cancelled.
    /// - [`TimedOut`](BridgeError::TimedOut) and [`Cancelled`](BridgeError::Cancelled) if an enclosing call has such a
    ///   limit. The tasks are cancelled.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down. `f` does not run.
    /// - [`Forked`](BridgeError::Forked) if this process was forked from the one that made the bridge. `f` does not
    ///   run.
    ///
    /// # Panics
    ///
    /// If `f` panics, with the same payload.
    #[track_caller]
    pub fn scope<'env, R>(&self, f: impl for<'scope> FnOnce(Scope<'scope, 'env>) -> R) -> Result<R, BridgeError> {
        let location = Location::caller();
        let interrupt = Interrupt::new(&self.shared().wait_hooks, None);
        let (context, _) = CallContext::begin(location, self.shared(), interrupt.as_deref())?;
        if context.caller == Caller::OwnDriver {
            return Err(BridgeError::WouldDeadlock);
        }
        let ticket = context.wait(Route::Scope)?;
        let tasks = Arc::new(ScopeTasks::new());
        self.shared().open_scopes.add(&tasks);
        let chain = Some(ancestry::extend(&self.shared().first_link));
        // The calls that `f` makes are a part of this one.
        let _mark = PollMark::set_waiting(self.shared().id());
        let owner = ScopeOwner { bridge: self.clone(), chain, tasks: Arc::clone(&tasks) };
        let noted = Arc::clone(&tasks);
        let panicked = move |payload| noted.note_panic(payload);
        let (outcome, waited) = lending(owner, panicked, |lender| {
            // The closure is called once, by whichever row of the table, and may be large: it goes there by reference.
            let (mut f, mut outcome) = (Some(f), None);
            block(&context, &mut || {
                outcome = f.take().map(|f| catch_unwind(AssertUnwindSafe(|| f(Scope { lender }))));
            });
            let Some(outcome) = outcome else { return (None, Err(BridgeError::Saturated)) };
            let waited = if outcome.is_ok() { wait_for_all(&context, interrupt.as_deref(), &tasks) } else { Ok(()) };
            tasks.abort();
            let still_out = {
                // Inside the bridge's context, which destructors of async values may need.
                let _entered = home::enter(&self.shared().runtime.handle);
                lender.take_back()
            };
            if still_out.is_any() {
                // Where no thread can take the place of this one, it waits all the same: at the end.
                block(&context, &mut || self.shared().wait_hooks.around(&mut || still_out.wait()));
            }
            still_out.end();
            (Some(outcome), waited)
        });
        self.shared().open_scopes.remove(&tasks);
        drop(ticket);
        let value = outcome.map(|outcome| outcome.unwrap_or_else(|payload| resume_unwind(payload)));
        tasks.ended(waited).and(value.ok_or(BridgeError::Saturated))
    }
}

/// Runs a job that may block: on a worker, once the tasks that wait for that very thread have another. Whether it has
/// run: not if there is none.
fn block(context: &CallContext<'_>, job: &mut dyn FnMut()) -> bool {
    let ran = match context.caller {
        Caller::OwnWorker => in_place_at_home(&context.bridge.runtime, job),
        Caller::ForeignWorker => in_place(&context.bridge.runtime, job),
        _ => InPlace::Refused,
    };
    if let InPlace::Refused = ran {
        job();
    }
    !matches!(ran, InPlace::Exhausted)
}

/// Waits for the tasks, as a call that is polled here. It is not handed off, because the thread that it would go to may
/// be in a poll that waits for what only this one can drop, once the bridge is shut down.
fn wait_for_all(
    context: &CallContext<'_>,
    interrupt: Option<&Interrupt>,
    tasks: &ScopeTasks,
) -> Result<(), BridgeError> {
    if tasks.is_forked() {
        return Ok(());
    }
    if tasks.are_over() {
        return all_over(context, tasks);
    }
    let Some(_waiting) = ancestry::wait_for(&context.bridge.runtime) else { return Err(BridgeError::WouldDeadlock) };
    let ticket = context.wait(Route::Here)?;
    let mut watch = context.watch(true);
    let mut limits = EnclosingWait::new();
    let mut limit = None;
    let has_run = block(context, &mut || {
        let mut is_over = false;
        while !is_over {
            let watched = watch.wait(&mut |report| {
                // Looked at last: the watch may have eaten the token of the tasks' end, of a shutdown or of a limit.
                is_over = tasks.are_over() || tasks.is_forked() || context.bridge.in_flight.is_cancelled();
                if !is_over {
                    match interrupt.and_then(Interrupt::error).map_or_else(|| limits.look(), Err) {
                        Ok(left) => park_at_most(report.into_iter().chain(left).min()),
                        Err(error) => limit = Some(error),
                    }
                }
            });
            limit = limit.take().or(watched.err());
            is_over |= limit.is_some();
        }
    });
    let waited = match has_run {
        true if tasks.are_over() => all_over(context, tasks),
        true if limit.is_some() => limit.map_or(Ok(()), Err),
        true => Err(BridgeError::cancelled_by_runtime()),
        false => Err(BridgeError::Saturated),
    };
    ticket.end(if waited.is_ok() { Ended::Value } else { Ended::Cancelled });
    waited
}

/// The result of a scope all of whose tasks are over. A borrowed runtime that ends drops them before the bridge knows.
fn all_over(context: &CallContext<'_>, tasks: &ScopeTasks) -> Result<(), BridgeError> {
    let runtime = &context.bridge.runtime;
    if runtime.is_borrowed && tasks.have_lost_one() && borrowed::has_ended(&runtime.handle, runtime.id) {
        return Err(BridgeError::cancelled_by_runtime());
    }
    Ok(())
}

/// A handle that spawns tasks which may borrow. It is `Copy`. [`RuntimeBridge::scope`] passes one to its closure.
///
/// The lifetimes are those of [`std::thread::Scope`]. `'scope` lasts until all tasks have ended. `'env` is longer. It
/// is the lifetime of the values that the tasks borrow.
///
/// # Examples
///
/// A task may spawn others in its scope:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use futures::future::{BoxFuture, FutureExt};
/// use sync_bridge_core::{RuntimeBridge, Scope};
///
/// fn crawl<'scope>(scope: Scope<'scope, '_>, visited: &'scope AtomicU32, depth: u32) -> BoxFuture<'scope, ()> {
///     let links = async move {
///         visited.fetch_add(1, Ordering::Relaxed);
///         for _ in 0..depth {
///             drop(scope.spawn(crawl(scope, visited, depth - 1)));
///         }
///     };
///     links.boxed()
/// }
///
/// let visited = AtomicU32::new(0);
/// RuntimeBridge::new()?.scope(|scope| drop(scope.spawn(crawl(scope, &visited, 3))))?;
/// assert_eq!(visited.into_inner(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Scope<'scope, 'env> {
    lender: &'scope Lender<'scope, 'env, ScopeOwner>,
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a task on the bridge that may borrow what outlives the scope.
    ///
    /// The task runs even if nothing waits for it. If the scope is already being cancelled, the task is dropped
    /// instead.
    ///
    /// The argument is built outside the bridge's context. For a timer, write `async { tokio::time::sleep(d).await }`.
    ///
    /// # Panics
    ///
    /// If the bridge's [context hook](crate::Builder::with_context) panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (mut left, mut right) = (vec![2, 1], vec![4, 3]);
    /// bridge.scope(|scope| {
    ///     drop(scope.spawn(async { left.sort() }));
    ///     drop(scope.spawn(async { right.sort() }));
    /// })?;
    /// assert_eq!((left, right), (vec![1, 2], vec![3, 4]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<F>(self, future: F) -> ScopedTask<'scope, F::Output>
    where
        F: Future<Output: Send> + Send + 'scope,
    {
        let owner = &self.lender.data;
        let (sender, answer) = oneshot::channel();
        // Everything that borrows is in here, so that it is gone when the loan is over.
        let answering = Answering::new(future, sender, Arc::clone(&owner.tasks));
        let abort = self.lender.lend(Box::pin(answering)).map(|lent| owner.start(lent));
        ScopedTask::new(&owner.bridge, answer, abort)
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("bridge", &self.lender.data.bridge).finish_non_exhaustive()
    }
}

/// Whose tasks they are.
struct ScopeOwner {
    bridge: RuntimeBridge,
    /// The scope, and the calls that it is a part of.
    chain: Chain,
    tasks: Arc<ScopeTasks>,
}

impl ScopeOwner {
    fn start(&self, lent: LentTask) -> AbortHandle {
        let shared = self.bridge.shared();
        let running = self.tasks.count(lent);
        let captured = CapturedContext::capture(shared.context.as_ref());
        let task = WithContext::new(self.chain.clone(), Enclosing::current(), captured, running);
        let abort = shared.spawn_call(task).abort_handle();
        self.tasks.add(abort.clone());
        // Whoever cancels looks for tasks after having said so.
        if shared.in_flight.is_cancelled() {
            self.tasks.cut_off();
        }
        abort
    }
}
