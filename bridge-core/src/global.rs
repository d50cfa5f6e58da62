//! The process-wide bridge: started on first use, or installed before it.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{Builder, RuntimeBridge};

static GLOBAL: OnceLock<RuntimeBridge> = OnceLock::new();

/// Held while the global bridge is being started, so that it is started once.
static STARTING: Mutex<()> = Mutex::new(());

pub(crate) fn get() -> io::Result<&'static RuntimeBridge> {
    match GLOBAL.get() {
        Some(bridge) => Ok(bridge),
        None => start(),
    }
}

#[cold]
fn start() -> io::Result<&'static RuntimeBridge> {
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    match GLOBAL.get() {
        Some(bridge) => Ok(bridge),
        // A failure is not kept: the next use tries again.
        None => RuntimeBridge::new().map(|bridge| GLOBAL.get_or_init(|| bridge)),
    }
}

pub(crate) fn install(builder: Builder) -> io::Result<()> {
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if GLOBAL.get().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a global bridge already; install yours before the first use of the global one",
        ));
    }
    let bridge = builder.build()?;
    GLOBAL.get_or_init(|| bridge);
    Ok(())
}
