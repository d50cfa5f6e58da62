//! The loans of a scope: tasks that do not borrow run futures that do.
//!
//! A [`Lender`] lends out any number of boxed futures. They may borrow from values that outlive its scope. [`lending`]
//! creates the `Lender`, and does not return before all of these futures have been dropped. For each poll, a task takes
//! its future out of the [`Lent`], and then puts it back. The end of the scope takes the futures that it finds there.
//! No lock is held while a future is polled or dropped. This means:
//!
//! - The scope drops the futures that are not being polled, one after the other. It does not wait for the others first.
//! - A task drops its future when the current poll has returned, if the scope has ended meanwhile. The scope waits for
//!   this, in any order.
//! - A task never waits. If the scope has taken its future, the task ends without it.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use crate::base::sync::{Arc, Condvar, Mutex, MutexGuard};
use crate::handoff::fork::{forks, forks_so_far};

/// Lends out futures that borrow what outlives `'scope`. Made by [`lending`], which takes them back.
pub(crate) struct Lender<'scope, 'env: 'scope, D> {
    /// What goes with it: `lending` keeps it for `'scope`.
    pub(crate) data: D,
    loans: Arc<Loans>,
    // As in std's scope: invariant, so that neither can be taken for longer or shorter than it is.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The loan of one future, as a task: polls it until it ends or is taken back.
pub(crate) struct LentTask {
    lent: Arc<Lent>,
    number: u64,
    loans: Arc<Loans>,
}

/// Runs `f`, which may lend out futures, and takes back those that are still out when it returns or unwinds. `panicked`
/// gets the payload of each panic of a future or its destructor, on whichever thread that is, and does not panic.
pub(crate) fn lending<'env, D, R>(
    data: D,
    panicked: impl Fn(Payload) + Send + Sync + 'static,
    f: impl for<'scope> FnOnce(&'scope Lender<'scope, 'env, D>) -> R,
) -> R {
    let open = OpenLoans { futures: BTreeMap::new(), next: 0, is_over: false, awaited: 0 };
    let loans = Arc::new(Loans {
        open: Mutex::new(open),
        all_returned: Condvar::new(),
        panicked: Box::new(panicked),
        forks: forks(),
    });
    let lender = Lender { data, loans: Arc::clone(&loans), scope: PhantomData, env: PhantomData };
    let _take_back = TakeBack(loans);
    f(&lender)
}

struct TakeBack(Arc<Loans>);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.take_back().end();
    }
}

impl<'scope, D> Lender<'scope, '_, D> {
    /// Lends the future out, as a task to be spawned. If loans are over, the future is dropped and there is none.
    pub(crate) fn lend(&'scope self, future: Pin<Box<dyn Future<Output = ()> + Send + 'scope>>) -> Option<LentTask> {
        // SAFETY: only the lifetime changes. The future is put where `lending` takes it back from before it returns,
        // and `'scope` cannot end earlier: `lending` owns the `Lender` of that very `'scope` which `self` borrows for as
        // long. A task that has taken it from there is waited for. In a forked child, where nobody waits, a task
        // leaves it alone: see `LentTask::poll`.
        let future = unsafe {
            mem::transmute::<
                Pin<Box<dyn Future<Output = ()> + Send + 'scope>>,
                Pin<Box<dyn Future<Output = ()> + Send + 'static>>,
            >(future)
        };
        let mut open = self.loans.lock()?;
        if open.is_over {
            drop(open);
            self.loans.drop_future(future);
            return None;
        }
        let number = open.next;
        open.next += 1;
        let lent = Arc::new(Lent(Mutex::new(State::Idle(future))));
        open.futures.insert(number, Arc::clone(&lent));
        Some(LentTask { lent, number, loans: Arc::clone(&self.loans) })
    }

    /// Lends none any more, and drops the futures on loan that no task uses right now, in the order in which they were
    /// lent. The rest is still to be waited for.
    pub(crate) fn take_back(&self) -> StillOut<'_> {
        self.loans.take_back()
    }
}

/// The futures that are dropped by their tasks, after `lending` has asked for them.
#[must_use]
pub(crate) struct StillOut<'a> {
    loans: &'a Loans,
    /// Of the futures that are dropped already: every other one goes first, as a payload may do anything when dropped.
    payloads: Vec<Payload>,
}

impl StillOut<'_> {
    /// Whether there are any.
    pub(crate) fn is_any(&self) -> bool {
        self.loans.lock().is_some_and(|open| open.awaited > 0)
    }

    /// Waits until each of them has been dropped.
    pub(crate) fn wait(&self) {
        let Some(mut open) = self.loans.lock() else { return };
        while open.awaited > 0 {
            open = self.loans.all_returned.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits as well, and hands on the payloads of those whose destructors have panicked.
    pub(crate) fn end(self) {
        self.wait();
        self.payloads.into_iter().for_each(&*self.loans.panicked);
    }
}

pub(crate) type Payload = Box<dyn Any + Send>;

/// A future that borrows, without the lifetime that says so.
type Borrower = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Loans {
    open: Mutex<OpenLoans>,
    /// Notified when none is awaited any more.
    all_returned: Condvar,
    panicked: Box<dyn Fn(Payload) + Send + Sync>,
    /// The count of forks at the start: in a child no task runs, and the locks may be held for ever.
    forks: usize,
}

struct OpenLoans {
    futures: BTreeMap<u64, Arc<Lent>>,
    next: u64,
    is_over: bool,
    /// How many futures are [`State::Wanted`].
    awaited: usize,
}

/// The place of a future. Its lock is taken with that of [`OpenLoans`] held, never the other way round.
struct Lent(Mutex<State>);

enum State {
    /// No task uses it.
    Idle(Borrower),
    /// Its task polls or drops it.
    InUse,
    /// The same, and the scope waits for it to be dropped.
    Wanted,
    /// It has been dropped by its task, or taken by the scope.
    Gone,
}

impl Loans {
    /// Whether this is a forked child, where the lenders and their stacks may not exist.
    fn is_forked(&self) -> bool {
        forks_so_far() != self.forks
    }

    /// `None` in a forked child.
    fn lock(&self) -> Option<MutexGuard<'_, OpenLoans>> {
        // Nothing panics with the lock held.
        (!self.is_forked()).then(|| self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_back(&self) -> StillOut<'_> {
        let mut payloads = Vec::new();
        if let Some(mut open) = self.lock() {
            open.is_over = true;
            // All are asked for before the first is dropped, which may take long, or wait for one in use.
            let mut idle = Vec::new();
            for lent in mem::take(&mut open.futures).into_values() {
                let mut state = lent.lock();
                match mem::replace(&mut *state, State::Gone) {
                    State::Idle(future) => idle.push(future),
                    State::InUse => {
                        *state = State::Wanted;
                        open.awaited += 1;
                    }
                    State::Wanted | State::Gone => (),
                }
            }
            // Unlocked first: a destructor may try to lend another.
            drop(open);
            payloads.extend(idle.into_iter().filter_map(|future| drop_future(future).err()));
        }
        StillOut { loans: self, payloads }
    }

    fn drop_future(&self, future: Borrower) {
        if let Err(payload) = drop_future(future) {
            (self.panicked)(payload);
        }
    }
}

fn drop_future(future: Borrower) -> Result<(), Payload> {
    catch_unwind(AssertUnwindSafe(|| drop(future)))
}

impl Lent {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics with the lock held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the future out for its task. `None` if it is gone.
    fn take(&self) -> Option<Borrower> {
        let mut state = self.lock();
        match mem::replace(&mut *state, State::InUse) {
            State::Idle(future) => Some(future),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Puts the future back after a poll; or returns it, if the scope wants it dropped.
    fn put_back(&self, future: Borrower) -> Option<Borrower> {
        let mut state = self.lock();
        if let State::Wanted = *state {
            return Some(future);
        }
        *state = State::Idle(future);
        None
    }
}

impl Future for LentTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.loans.is_forked() {
            return Poll::Pending;
        }
        let Some(mut future) = self.lent.take() else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        if self.loans.is_forked() {
            // The poll has forked, and this is the child: what the future borrows is the parent's.
            mem::forget((future, polled));
            return Poll::Pending;
        }
        match polled {
            Ok(Poll::Pending) => match self.lent.put_back(future) {
                None => return Poll::Pending,
                Some(wanted) => future = wanted,
            },
            Ok(Poll::Ready(())) => (),
            Err(payload) => (self.loans.panicked)(payload),
        }
        self.drop_taken(future);
        Poll::Ready(())
    }
}

impl LentTask {
    /// Ends the loan: drops the future, unless that is the scope's by now.
    pub(crate) fn end(&self) {
        if self.loans.is_forked() {
            return;
        }
        if let Some(future) = self.lent.take() {
            self.drop_taken(future);
        }
    }

    /// Drops the future that this task has taken, and says so to the scope, whose frame may end at any time from then
    /// on.
    fn drop_taken(&self, future: Borrower) {
        self.loans.drop_future(future);
        if self.loans.is_forked() {
            return;
        }
        let before = mem::replace(&mut *self.lent.lock(), State::Gone);
        let Some(mut open) = self.loans.lock() else { return };
        if let State::Wanted = before {
            open.awaited -= 1;
            if open.awaited == 0 {
                self.loans.all_returned.notify_all();
            }
        } else {
            open.futures.remove(&self.number);
        }
    }
}

impl Drop for LentTask {
    fn drop(&mut self) {
        self.end();
    }
}
