//! The runtime that was entered on this thread before the library entered another one.
//!
//! tokio shows a guard of the library as it shows a user's: as the runtime that is entered. What drives the thread has not
//! changed. So each guard remembers what was there before, and `caller` looks through it.

use std::cell::{Cell, RefCell};

use tokio::runtime::{self, EnterGuard, Handle, worker_index};

use crate::thread::marks;

thread_local! {
    static HOME: Cell<Option<Handle>> = const { Cell::new(None) };
    /// The innermost guard of the library, outside of a poll.
    static INNERMOST: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

struct Guard {
    /// tokio's id of the runtime that it has entered.
    runtime: runtime::Id,
    /// The number of the worker that a scheduler drives on this thread. Another runtime may start to drive the thread inside
    /// of the guard.
    worker: Option<usize>,
    beneath: Beneath,
}

/// What this thread has beneath the guards of the library.
#[derive(Clone)]
pub(crate) struct Beneath {
    /// The runtime that is entered.
    pub(crate) entered: Option<Handle>,
    /// Whether this is inside of a poll, with the runtime of its call entered.
    pub(crate) is_polling: bool,
}

/// Remembers, until it is dropped, which runtime was entered on this thread.
#[must_use]
pub(crate) struct Home(());

impl Home {
    /// `None` if that is remembered already.
    pub(crate) fn remember(entered: Handle) -> Option<Self> {
        let is_outermost = HOME.try_with(|home| {
            let before = home.take();
            let is_outermost = before.is_none();
            home.set(before.or(Some(entered)));
            is_outermost
        });
        is_outermost.is_ok_and(|is_outermost| is_outermost).then(|| Self(()))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = HOME.try_with(Cell::take);
    }
}

/// The runtime that is remembered.
pub(crate) fn get() -> Option<Handle> {
    let home = HOME.try_with(|home| {
        let remembered = home.take();
        home.set(remembered.clone());
        remembered
    });
    home.unwrap_or_default()
}

/// A runtime that the library has entered, to run code of the user's outside of a poll.
pub(crate) struct Entered<'a> {
    outer: Option<Guard>,
    _guard: EnterGuard<'a>,
    _home: Option<Home>,
}

/// Enters the runtime. `None` once tokio's thread-local is destroyed: no context can be entered any more.
pub(crate) fn enter(runtime: &Handle) -> Option<Entered<'_>> {
    let (beneath, home) = match Handle::try_current() {
        Ok(entered) => (beneath(entered.clone()), Home::remember(entered)),
        Err(error) if error.is_thread_local_destroyed() => return None,
        Err(_) => (Beneath { entered: None, is_polling: false }, None),
    };
    let guard = Guard { runtime: runtime.id(), worker: worker_index(), beneath };
    let outer = INNERMOST.try_with(|innermost| innermost.replace(Some(guard))).unwrap_or_default();
    Some(Entered { outer, _guard: runtime.enter(), _home: home })
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let outer = self.outer.take();
        // Dropped when the place is free again.
        let _guard = INNERMOST.try_with(|innermost| innermost.replace(outer));
    }
}

/// What is beneath the guards of the library, where this runtime is entered. That says which scheduler may drive the thread.
pub(crate) fn beneath(entered: Handle) -> Beneath {
    // A poll that has begun inside of a guard has entered its runtime too.
    if marks::innermost_runtime() == Some(entered.id()) {
        return Beneath { entered: Some(entered), is_polling: true };
    }
    let beneath = INNERMOST.try_with(|innermost| {
        let innermost = innermost.borrow();
        let guard = innermost.as_ref()?;
        let is_entered = guard.runtime == entered.id() && guard.worker == worker_index();
        is_entered.then(|| guard.beneath.clone())
    });
    beneath.unwrap_or_default().unwrap_or(Beneath { entered: Some(entered), is_polling: false })
}
