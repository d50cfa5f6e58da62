//! What a program adds to the threads of a bridge: names, and hooks at their start and end. They run on behalf of code that
//! cannot deal with a panic, so none leaves this module.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::base::panic::{discard, ignore_panic};
use crate::thread::caller::HookMark;

/// The names of a bridge's threads.
#[derive(Clone)]
pub(crate) enum ThreadName {
    /// One for all.
    Fixed(String),
    /// One for each, from a function.
    Made(Arc<dyn Fn() -> String + Send + Sync>),
}

/// The name of a thread whose own cannot be had.
pub(crate) const DEFAULT_THREAD_NAME: &str = "sync-bridge";

impl ThreadName {
    /// The name of the next thread. A name ends at a NUL byte, which a system does not take.
    pub(crate) fn next(&self) -> String {
        match self {
            Self::Fixed(name) => name.clone(),
            Self::Made(make) => match catch_unwind(AssertUnwindSafe(|| make())) {
                Ok(mut name) => {
                    name.truncate(name.find('\0').unwrap_or(name.len()));
                    name
                }
                Err(payload) => {
                    discard(payload);
                    DEFAULT_THREAD_NAME.to_owned()
                }
            },
        }
    }
}

pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

/// What each thread of a bridge runs when it starts, and before it ends.
#[derive(Clone, Default)]
pub(crate) struct ThreadHooks {
    pub(crate) start: Option<Hook>,
    pub(crate) stop: Option<Hook>,
}

impl ThreadHooks {
    /// Runs the hook for the start of a thread, here.
    pub(crate) fn start(&self) {
        run(self.start.as_ref());
    }

    /// Runs the hook for the end of a thread, here.
    pub(crate) fn stop(&self) {
        run(self.stop.as_ref());
    }
}

fn run(hook: Option<&Hook>) {
    let Some(hook) = hook else { return };
    let _mark = HookMark::set();
    // A panic has been printed, and is nobody's.
    ignore_panic(|| hook());
}
