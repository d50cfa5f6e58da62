//! Tasks that borrow: all of them are over when the scope that they were spawned in returns.
//!
//! The scope's owner lends each future to the bridge as a [`Lent`], and keeps the other end. However the scope ends, it
//! takes back what is still out there, and drops it: that needs no answer of the runtime, which may be shut down, or
//! driven by the very thread that waits.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::sync::Notify;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::task::{AbortHandle, JoinSet};

use crate::base::error::BridgeError;
use crate::base::panic::discard;
use crate::bridge::RuntimeBridge;
use crate::call::context::{CallContext, WithContext};
use crate::call::dispatch::{self, always_value};
use crate::call::limits::CallKind;
use crate::engine::context::CapturedContext;
use crate::engine::metrics::{Ended, Route};
use crate::handoff::call::{Call, Outcome};
use crate::handoff::loan::{Lender, LentTask, lending};
use crate::thread::ancestry;
use crate::thread::caller::{self, Caller};
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::marks::InPlaceMark;
use crate::thread::marks::PollMark;

impl RuntimeBridge {
    /// Runs `f`, which may spawn tasks that borrow from outside the scope, and returns when all of them are over.
    ///
    /// `f` runs on the calling thread, outside of the bridge's context; on a worker of a multi-thread runtime inside
    /// `block_in_place`, so that the tasks go on even if `f` blocks. The tasks run on the bridge, all at once, whether
    /// or not anybody waits for them. Those that have not ended when `f` returns are waited for, as
    /// [`block_on`](Self::block_on) waits; if `f` panics they are cancelled, and the panic goes on when they are dropped.
    ///
    /// A scope is one call in flight: a [`shutdown`](Self::shutdown) waits for it, and then cancels its tasks. Its tasks
    /// see the surroundings of the code that spawns them, as calls do. The limit of [calls in
    /// flight](crate::Builder::max_in_flight) and the [default time limit](crate::Builder::default_timeout) are not for
    /// scopes: put a time limit on a task, or cancel it with [`abort`](ScopedTask::abort).
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) with the payload of the first task that panicked, unless it was
    ///   waited for; or if the scope was cancelled by a shutdown.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) as for [`block_on`](Self::block_on). The tasks are cancelled;
    ///   if no thread is left to take the place of the calling worker, `f` is not run.
    /// - [`WorkerDead`](BridgeError::WorkerDead) and [`Forked`](BridgeError::Forked), without having run `f`, if the
    ///   bridge is shut down or this process is a fork.
    ///
    /// # Panics
    ///
    /// With the payload of `f`, if that panics.
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
    ///     for read in reads {
    ///         total += read.wait()??.len();
    ///     }
    ///     Ok::<_, Box<dyn std::error::Error>>(())
    /// })??;
    /// assert!(total > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn scope<'env, R>(&self, f: impl for<'scope> FnOnce(Scope<'scope, 'env>) -> R) -> Result<R, BridgeError> {
        let location = Location::caller();
        let context = CallContext::begin(location, self.shared())?;
        let ticket = context.enter(Route::Scope)?;
        let tasks = Arc::new(Tasks::new(self));
        self.shared().open_scopes.add(&tasks);
        // The calls that `f` makes are a part of this one.
        let _mark = PollMark::set(self.shared().id);
        let (outcome, waited) = lending(Arc::clone(&tasks), |lender| {
            // The closure is called once, by whichever row of the table, and may be large: it goes there by reference.
            let (mut f, mut outcome) = (Some(f), None);
            let mut run = || outcome = f.take().map(|f| catch_unwind(AssertUnwindSafe(|| f(Scope { lender }))));
            // What is spawned on a worker waits for that very thread, which is `f`'s for as long as `f` likes.
            let ran = match context.caller {
                Caller::OwnWorker => in_place_at_home(self.shared(), &mut || {
                    let _mark = InPlaceMark::set(self.shared().id);
                    run();
                }),
                Caller::ForeignWorker => in_place(&mut run),
                _ => InPlace::Refused,
            };
            if let InPlace::Refused = ran {
                run();
            }
            let Some(outcome) = outcome else { return (None, Err(BridgeError::WouldDeadlock)) };
            let waited = match outcome {
                Ok(_) if tasks.are_over() => Ok(()),
                Ok(_) => {
                    let kind = CallKind::Wait(None);
                    dispatch::block_on_at(location, self.shared(), kind, || tasks.all_over(), always_value)
                }
                Err(_) => Ok(()),
            };
            // Inside the bridge's context, which destructors of async values may need.
            let _entered = caller::try_enter(self.shared());
            tasks.abort();
            lender.take_back(&mut |payload| tasks.note_panic(payload));
            (Some(outcome), waited)
        });
        self.shared().open_scopes.remove(&tasks);
        drop(ticket);
        let value = outcome.map(|outcome| outcome.unwrap_or_else(|payload| resume_unwind(payload)));
        tasks.ended(waited).and(value.ok_or(BridgeError::WouldDeadlock))
    }
}

/// What tasks that borrow are spawned in: a handle to copy around. Made by [`RuntimeBridge::scope`].
///
/// `'scope` is the time until all tasks are over, `'env` the time that what they borrow lives, which is longer. They are
/// those of [`std::thread::Scope`].
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
    lender: &'scope Lender<'scope, 'env, Arc<Tasks>>,
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a task on the bridge that may borrow what outlives the scope.
    ///
    /// The task runs at once, whether or not anybody waits for it. Once the scope is being cancelled it is dropped instead.
    ///
    /// A future must not need the bridge's context to be *built*: write `async { tokio::time::sleep(d).await }`.
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
        let tasks = &self.lender.data;
        let (sender, answer) = oneshot::channel();
        // Everything that borrows is in here, so that it is gone when the loan is over.
        let answering = Answering { call: Call::new(future), sender: Some(sender), tasks: Arc::clone(tasks) };
        let abort = self.lender.lend(Box::pin(answering)).map(|lent| tasks.start(lent));
        ScopedTask { answer, abort, tasks: Arc::clone(tasks), scope: PhantomData }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("bridge", &self.lender.data.bridge).finish_non_exhaustive()
    }
}

/// A task that is over when its scope is. Made by [`Scope::spawn`].
///
/// The task runs on if this handle is dropped; a handle that is forgotten keeps its bridge. Sync code waits with [`wait`](Self::wait), the scope's other tasks await
/// the handle.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::RuntimeBridge;
///
/// let text = String::from("four words, and borrowed");
/// let longest = RuntimeBridge::new()?.scope(|scope| {
///     let lengths: Vec<_> = text.split(' ').map(|word| scope.spawn(async { word.len() })).collect();
///     lengths.into_iter().map(|length| length.wait()).collect::<Result<Vec<_>, _>>()
/// })??;
/// assert_eq!(longest, [4, 6, 3, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the task runs on without its handle; drop it explicitly if that is meant"]
pub struct ScopedTask<'scope, T> {
    answer: oneshot::Receiver<Answer<T>>,
    /// `None` if the scope took no tasks any more.
    abort: Option<AbortHandle>,
    tasks: Arc<Tasks>,
    scope: PhantomData<&'scope ()>,
}

impl<T: Send> ScopedTask<'_, T> {
    /// Blocks until the task is over, from any thread that may call a bridge.
    ///
    /// # Errors
    ///
    /// - [`ResponseLost`](BridgeError::ResponseLost) if the task panicked, with the payload, or was cancelled.
    /// - [`WouldDeadlock`](BridgeError::WouldDeadlock) if the calling thread is needed for the task to go on.
    /// - [`WorkerDead`](BridgeError::WorkerDead) if the bridge is shut down, [`Forked`](BridgeError::Forked) if this is
    ///   a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let sum = bridge.scope(|scope| scope.spawn(async { 1 + 1 }).wait())??;
    /// assert_eq!(sum, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn wait(mut self) -> Result<T, BridgeError> {
        match self.answer.try_recv() {
            _ if self.tasks.is_forked() => return Err(BridgeError::Forked),
            Ok(answer) => return answer.claim(),
            Err(TryRecvError::Closed) => return Err(BridgeError::cancelled_by_runtime()),
            Err(TryRecvError::Empty) => (),
        }
        let Self { answer, tasks, .. } = self;
        let classify = |answered: &Result<Answer<T>, _>| match answered {
            Ok(answer) if answer.is_panic() => Ended::Panic,
            Ok(_) => Ended::Value,
            Err(_) => Ended::Cancelled,
        };
        let answered = dispatch::block_on(tasks.bridge.shared(), CallKind::Wait(None), || answer, classify);
        answered?.map_or_else(|_| Err(BridgeError::cancelled_by_runtime()), Answer::claim)
    }
}

impl<T> ScopedTask<'_, T> {
    /// Cancels the task: it ends when it next waits, and whoever waits for it gets
    /// [`ResponseLost`](BridgeError::ResponseLost). A task that has ended already keeps its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let outcome = bridge.scope(|scope| {
    ///     let task = scope.spawn(std::future::pending::<()>());
    ///     task.abort();
    ///     task.wait()
    /// })?;
    /// assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn abort(&self) {
        if let Some(abort) = self.abort.as_ref().filter(|_| !self.tasks.is_forked()) {
            abort.abort();
        }
    }

    /// Whether the task is over, in whatever way.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// RuntimeBridge::new()?.scope(|scope| {
    ///     let task = scope.spawn(std::future::pending::<()>());
    ///     assert!(!task.is_finished());
    ///     task.abort();
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.abort.as_ref().is_none_or(AbortHandle::is_finished)
    }
}

/// Awaits the task's end.
impl<T> Future for ScopedTask<'_, T> {
    type Output = Result<T, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.tasks.is_forked() {
            return Poll::Ready(Err(BridgeError::Forked));
        }
        let answered = ready!(Pin::new(&mut self.answer).poll(cx));
        Poll::Ready(answered.map_or_else(|_| Err(BridgeError::cancelled_by_runtime()), Answer::claim))
    }
}

impl<T> fmt::Debug for ScopedTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTask").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// How a task has ended, on the way to who waits for it. A panic that nobody claims is the scope's.
struct Answer<T> {
    /// Empty once it has been claimed.
    result: Option<Result<T, Box<dyn Any + Send>>>,
    tasks: Arc<Tasks>,
}

impl<T> Answer<T> {
    fn is_panic(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }

    fn claim(mut self) -> Result<T, BridgeError> {
        match self.result.take() {
            Some(result) => result.map_err(BridgeError::panicked),
            None => Err(BridgeError::cancelled_by_runtime()),
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        if let Some(Err(payload)) = self.result.take() {
            self.tasks.note_panic(payload);
        }
    }
}

pin_project! {
    /// A task's future, which answers once it has been dropped.
    struct Answering<F: Future> {
        #[pin]
        call: Call<F>,
        sender: Option<oneshot::Sender<Answer<F::Output>>>,
        tasks: Arc<Tasks>,
    }
}

impl<F: Future> Future for Answering<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let result = match ready!(this.call.poll_here(cx)) {
            Outcome::Value(value) => Some(Ok(value)),
            Outcome::Panicked(payload) => Some(Err(payload)),
            Outcome::Dropped => None,
        };
        let answer = Answer { result, tasks: Arc::clone(this.tasks) };
        // An answer that nobody waits for is dropped, and a panic of that is the task's.
        let told = catch_unwind(AssertUnwindSafe(|| drop(this.sender.take().map(|sender| sender.send(answer)))));
        if let Err(payload) = told {
            this.tasks.note_panic(payload);
        }
        Poll::Ready(())
    }
}

/// The tasks of a scope, without what they borrow.
pub(crate) struct Tasks {
    bridge: RuntimeBridge,
    spawned: Mutex<JoinSet<()>>,
    running: AtomicUsize,
    /// Notified when none is running any more.
    over: Notify,
    is_cut_off: AtomicBool,
    first_panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Tasks {
    fn new(bridge: &RuntimeBridge) -> Self {
        Self {
            bridge: bridge.clone(),
            spawned: Mutex::default(),
            running: AtomicUsize::new(0),
            over: Notify::new(),
            is_cut_off: AtomicBool::new(false),
            first_panic: Mutex::default(),
        }
    }

    fn is_forked(&self) -> bool {
        self.bridge.shared().in_flight.is_forked()
    }

    fn start(self: &Arc<Self>, lent: LentTask) -> AbortHandle {
        let shared = self.bridge.shared();
        // ORDERING: Relaxed: whoever spawns is running itself, or is the scope's owner, who looks afterwards.
        self.running.fetch_add(1, Ordering::Relaxed);
        let running = Running { lent, tasks: Arc::clone(self) };
        // Spawning waits for nothing, so it is no deadlock where a call would be one.
        let chain = ancestry::extend(shared).unwrap_or_else(ancestry::current);
        let carried = WithContext::new(shared, chain, CapturedContext::capture(shared.context.as_ref()), running);
        let mut spawned = self.spawned();
        while spawned.try_join_next().is_some() {}
        let abort = spawned.spawn_on(carried, &shared.handle);
        drop(spawned);
        // Whoever cancels looks for tasks after having said so.
        if shared.in_flight.is_cancelled() {
            self.cut_off();
        }
        abort
    }

    fn are_over(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in the drop of `Running`.
        self.running.load(Ordering::Acquire) == 0
    }

    async fn all_over(&self) {
        loop {
            let mut over = pin!(self.over.notified());
            over.as_mut().enable();
            if self.are_over() {
                return;
            }
            over.await;
        }
    }

    /// Cancels the tasks that are running: nobody wants them any more.
    fn abort(&self) {
        if !self.is_forked() {
            self.spawned().abort_all();
        }
    }

    /// Cancels the tasks that are running: the bridge is shut down.
    pub(crate) fn cut_off(&self) {
        let mut spawned = self.spawned();
        while spawned.try_join_next().is_some() {}
        if !spawned.is_empty() {
            // ORDERING: Relaxed: the scope's owner looks when the tasks are over, which it synchronizes with.
            self.is_cut_off.store(true, Ordering::Relaxed);
            spawned.abort_all();
        }
    }

    fn note_panic(&self, payload: Box<dyn Any + Send>) {
        if self.is_forked() {
            return discard(payload);
        }
        let mut first = lock(&self.first_panic);
        if first.is_none() {
            *first = Some(payload);
        } else {
            drop(first);
            discard(payload);
        }
    }

    /// How the scope has ended, all of whose tasks are over.
    fn ended(&self, waited: Result<(), BridgeError>) -> Result<(), BridgeError> {
        if self.is_forked() {
            return Err(BridgeError::Forked);
        }
        match lock(&self.first_panic).take() {
            Some(payload) => Err(BridgeError::panicked(payload)),
            // ORDERING: Relaxed: as in `cut_off`.
            None if self.is_cut_off.load(Ordering::Relaxed) => Err(BridgeError::cancelled_by_runtime()),
            None => waited,
        }
    }

    fn spawned(&self) -> MutexGuard<'_, JoinSet<()>> {
        lock(&self.spawned)
    }
}

/// Nothing panics with one of the locks held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A task on its way: counts as running until its future has been dropped.
struct Running {
    lent: LentTask,
    tasks: Arc<Tasks>,
}

impl Future for Running {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.lent).poll(cx)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(payload) = self.lent.end() {
            self.tasks.note_panic(payload);
        }
        // ORDERING: Release publishes the drop of the future; Acquire, so that the last one publishes all of them.
        if self.tasks.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.tasks.over.notify_waiters();
        }
    }
}

/// The scopes of a bridge that are open, for who shuts it down.
#[derive(Default)]
pub(crate) struct OpenScopes(Mutex<Vec<Arc<Tasks>>>);

impl OpenScopes {
    fn add(&self, tasks: &Arc<Tasks>) {
        lock(&self.0).push(Arc::clone(tasks));
    }

    fn remove(&self, tasks: &Arc<Tasks>) {
        if !tasks.is_forked() {
            lock(&self.0).retain(|open| !Arc::ptr_eq(open, tasks));
        }
    }

    pub(crate) fn cut_off(&self) {
        lock(&self.0).iter().for_each(|tasks| tasks.cut_off());
    }
}
