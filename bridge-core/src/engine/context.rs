//! The context of a call: values of the calling thread that must also be in force on the thread that polls the future.
//!
//! If the calling thread polls the future itself, they are already in force.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Captures the context of the calling thread. See `Builder::with_context`.
pub(crate) type Hook = Arc<dyn Fn() -> ContextScope + Send + Sync>;

/// Runs its argument inside the captured context.
pub(crate) type ContextScope = Box<dyn FnMut(&mut dyn FnMut()) + Send>;

pub(crate) struct CapturedContext {
    #[cfg(feature = "tracing")]
    tracing: (tracing::Dispatch, tracing::Span),
    hook: Option<ContextScope>,
}

impl CapturedContext {
    /// Captures the context of the calling thread.
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
