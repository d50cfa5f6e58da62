//! Panics that nobody is told of.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops the payload of a panic that nobody is told of. Its destructor may panic, and so may that of the payload of that
/// panic: there it ends, in a leak.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    let dropped = |payload| catch_unwind(AssertUnwindSafe(|| drop::<Box<dyn Any + Send>>(payload)));
    if let Err(payload) = dropped(payload).or_else(dropped) {
        mem::forget(payload);
    }
}

/// Drops something whose destructor may panic, where there is an answer already.
pub(crate) fn dropped_in_silence(drop: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(drop)) {
        discard(payload);
    }
}
