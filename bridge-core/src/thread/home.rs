//! The runtime that was entered on this thread before the library entered another one.

use std::cell::Cell;

use tokio::runtime::{self, EnterGuard, Handle};

thread_local! {
    static HOME: Cell<Option<Handle>> = const { Cell::new(None) };
    /// tokio's id of the runtime that the library entered last, outside of a poll.
    static ENTERED: Cell<Option<runtime::Id>> = const { Cell::new(None) };
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
    before: Option<runtime::Id>,
    _guard: EnterGuard<'a>,
    _home: Option<Home>,
}

/// Enters the runtime. `None` once tokio's thread-local is destroyed: no context can be entered any more.
pub(crate) fn enter(runtime: &Handle) -> Option<Entered<'_>> {
    let home = match Handle::try_current() {
        Ok(entered) => Home::remember(entered),
        Err(error) if error.is_thread_local_destroyed() => return None,
        Err(_) => None,
    };
    Some(Entered { before: ENTERED.replace(Some(runtime.id())), _guard: runtime.enter(), _home: home })
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        ENTERED.set(self.before);
    }
}

/// The runtime that is entered on this thread, not counting what [`enter`] has entered. That says which scheduler may drive it.
pub(crate) fn entered_outside(entered: Handle) -> Handle {
    if ENTERED.get() == Some(entered.id()) { get().unwrap_or(entered) } else { entered }
}
