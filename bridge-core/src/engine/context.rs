//! What surrounds a call on the calling thread, put in force again wherever its future is polled.
//!
//! Where the caller's own thread polls the future, all of this is in force already.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Makes the surroundings of a call from what it finds on the calling thread: see `Builder::with_context`.
pub(crate) type Hook = Arc<dyn Fn() -> ContextScope + Send + Sync>;

/// Runs what it is given inside the surroundings.
pub(crate) type ContextScope = Box<dyn FnMut(&mut dyn FnMut()) + Send>;

pub(crate) struct CapturedContext {
    #[cfg(feature = "tracing")]
    tracing: (tracing::Dispatch, tracing::Span),
    hook: Option<ContextScope>,
}

impl CapturedContext {
    /// Those of the calling thread, here and now.
    pub(crate) fn capture(hook: Option<&Hook>) -> Self {
        Self {
            #[cfg(feature = "tracing")]
            tracing: (tracing::dispatcher::get_default(Clone::clone), tracing::Span::current()),
            hook: hook.map(|hook| hook()),
        }
    }

    /// Whether there is nothing to put in force.
    pub(crate) fn is_empty(&self) -> bool {
        cfg!(not(feature = "tracing")) && self.hook.is_none()
    }

    pub(crate) fn run<R>(&mut self, mut f: impl FnMut() -> R) -> R {
        let hook = &mut self.hook;
        let mut run = || {
            let mut result = None;
            if let Some(surround) = hook {
                let surrounded = catch_unwind(AssertUnwindSafe(|| surround(&mut || result = Some(f()))));
                // The panic has been printed; the call goes on without the hook.
                if surrounded.is_err() {
                    *hook = None;
                }
            }
            // There is no result without a hook, or with one that leaves its argument alone.
            result.unwrap_or_else(&mut f)
        };
        #[cfg(feature = "tracing")]
        let mut run = {
            let (dispatch, span) = &self.tracing;
            move || tracing::dispatcher::with_default(dispatch, || span.in_scope(&mut run))
        };
        run()
    }
}
