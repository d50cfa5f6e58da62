//! The loans of a scope: futures that borrow, run by tasks that do not.
//!
//! A [`Lender`] lends out any number of boxed futures that borrow from what outlives its scope, and [`lending`], which
//! makes it, does not return before each of them has been dropped: by the task that has it on loan, or by `lending`
//! itself, which takes back what is left. A lock on each future decides who; it is held while the future is polled.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use crate::base::panic::discard;
use crate::base::sync::{Arc, Mutex, MutexGuard};
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

struct Loans {
    open: Mutex<OpenLoans>,
    /// The count of forks at the start: in a child no task runs, and the locks may be held for ever.
    forks: usize,
}

struct OpenLoans {
    futures: HashMap<u64, Arc<Lent>>,
    next: u64,
    is_over: bool,
}

/// A future that borrows, without the lifetime that says so. Empty once it has been dropped.
struct Lent(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>);

/// The loan of one future, as a task: polls it until it ends or is taken back.
pub(crate) struct LentTask {
    lent: Arc<Lent>,
    number: u64,
    loans: Arc<Loans>,
}

/// Runs `f`, which may lend out futures, and takes back those that are still out when it returns or unwinds.
pub(crate) fn lending<'env, D, R>(data: D, f: impl for<'scope> FnOnce(&'scope Lender<'scope, 'env, D>) -> R) -> R {
    let open = OpenLoans { futures: HashMap::new(), next: 0, is_over: false };
    let loans = Arc::new(Loans { open: Mutex::new(open), forks: forks() });
    let lender = Lender { data, loans: Arc::clone(&loans), scope: PhantomData, env: PhantomData };
    let _take_back = TakeBack(loans);
    f(&lender)
}

struct TakeBack(Arc<Loans>);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.take_back(&mut discard);
    }
}

impl<'scope, D> Lender<'scope, '_, D> {
    /// Lends the future out, as a task to be spawned. If loans are over, the future is dropped and there is none.
    pub(crate) fn lend(&'scope self, future: Pin<Box<dyn Future<Output = ()> + Send + 'scope>>) -> Option<LentTask> {
        // SAFETY: only the lifetime changes. The future is put where `lending` takes it back from before it returns,
        // and `'scope` cannot end earlier: `lending` owns the `Lender` of that very `'scope` which `self` borrows for as long. In a
        // forked child, where it is not taken back, a task that is still polled leaves it alone.
        let future = unsafe {
            mem::transmute::<
                Pin<Box<dyn Future<Output = ()> + Send + 'scope>>,
                Pin<Box<dyn Future<Output = ()> + Send + 'static>>,
            >(future)
        };
        let mut open = self.loans.lock()?;
        if open.is_over {
            drop(open);
            return None;
        }
        let number = open.next;
        open.next += 1;
        let lent = Arc::new(Lent(Mutex::new(Some(future))));
        open.futures.insert(number, Arc::clone(&lent));
        Some(LentTask { lent, number, loans: Arc::clone(&self.loans) })
    }

    /// Drops the futures that are still on loan, and lends none any more. The payloads of those whose destructor
    /// panics go to `panicked`.
    pub(crate) fn take_back(&self, panicked: &mut dyn FnMut(Box<dyn Any + Send>)) {
        self.loans.take_back(panicked);
    }
}

impl Loans {
    /// `None` in a forked child.
    fn lock(&self) -> Option<MutexGuard<'_, OpenLoans>> {
        // Nothing panics with the lock held.
        (forks_so_far() == self.forks).then(|| self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_back(&self, panicked: &mut dyn FnMut(Box<dyn Any + Send>)) {
        let Some(mut open) = self.lock() else { return };
        open.is_over = true;
        let futures = mem::take(&mut open.futures);
        // Unlocked first: a future that is being polled may try to lend another.
        drop(open);
        // Every future is gone before a payload, whose destructor may panic as well, is in anybody's hands.
        let payloads: Vec<_> = futures.into_values().filter_map(|lent| lent.drop_future().err()).collect();
        payloads.into_iter().for_each(panicked);
    }
}

impl Lent {
    fn lock(&self) -> MutexGuard<'_, Option<Pin<Box<dyn Future<Output = ()> + Send>>>> {
        // A future that has panicked with the lock held is dropped as any other.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the future, unless that has been done: waits for a poll or a drop that is under way on another thread.
    fn drop_future(&self) -> Result<(), Box<dyn Any + Send>> {
        let mut future = self.lock();
        // With the lock held: who finds the future gone may rely on its drop.
        catch_unwind(AssertUnwindSafe(|| *future = None))
    }
}

impl Future for LentTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if forks_so_far() != self.loans.forks {
            return Poll::Pending;
        }
        let mut lent = self.lent.lock();
        let polled = lent.as_mut().map_or(Poll::Ready(()), |future| future.as_mut().poll(cx));
        if polled.is_ready() {
            *lent = None;
        }
        polled
    }
}

impl LentTask {
    /// Ends the loan: drops the future.
    pub(crate) fn end(&self) -> Result<(), Box<dyn Any + Send>> {
        if forks_so_far() != self.loans.forks {
            return Ok(());
        }
        let dropped = self.lent.drop_future();
        if let Some(mut open) = self.loans.lock() {
            open.futures.remove(&self.number);
        }
        dropped
    }
}

impl Drop for LentTask {
    fn drop(&mut self) {
        if let Err(payload) = self.end() {
            discard(payload);
        }
    }
}
