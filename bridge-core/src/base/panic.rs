//! Panics that are not reported to anyone.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops the payload of a panic that is not reported to anyone. The payload's destructor may panic, and so may the
/// destructor of that second panic's payload. This function leaks the payload of the third panic.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    let dropped = |payload| catch_unwind(AssertUnwindSafe(|| drop::<Box<dyn Any + Send>>(payload)));
    if let Err(payload) = dropped(payload).or_else(dropped) {
        mem::forget(payload);
    }
}

/// Runs the closure. Its panic has been printed, and is not reported to anyone.
pub(crate) fn ignore_panic(run: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        discard(payload);
    }
}
