//! Synchronous code that runs on the calling thread with the bridge's runtime entered.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::base::error::BridgeError;
use crate::call::erased::abandon;
use crate::engine::shared::Shared;
use crate::thread::home;
use crate::thread::marks::PollMark;

/// Runs `f` on this thread, inside the runtime of the bridge. It is in flight until it returns, and the calls that it makes
/// are a part of it.
pub(crate) fn run_inside<R>(bridge: &Shared, f: impl FnOnce() -> R) -> Result<R, BridgeError> {
    let mut f = Some(f);
    let result = try_run(bridge, &mut f);
    if result.is_err() {
        abandon(&mut f, &bridge.runtime);
    }
    result
}

fn try_run<R>(bridge: &Shared, f: &mut Option<impl FnOnce() -> R>) -> Result<R, BridgeError> {
    let _begun = bridge.begin()?;
    // The guard first: it remembers the poll around, which the mark hides.
    let _entered = home::enter(&bridge.runtime.handle).ok_or(BridgeError::ThreadEnding)?;
    let _mark = PollMark::set_waiting(bridge.id());
    let run = || f.take().map(|f| f());
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => unreachable!("the code is run once"),
        Err(payload) => Err(BridgeError::panicked(payload)),
    }
}
