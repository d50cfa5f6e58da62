//! The process-wide bridge: started on first use, or installed before it. A forked child gets its own.

use std::io;

use crate::bridge::RuntimeBridge;
use crate::builder::Builder;
use crate::handoff::leaked::Leaked;

static GLOBAL: Leaked<RuntimeBridge> = Leaked::new();

pub(crate) fn get() -> io::Result<&'static RuntimeBridge> {
    let current = GLOBAL.get();
    match current {
        Some(bridge) if !bridge.shared().in_flight.is_forked() => Ok(bridge),
        // A failure is not kept: the next use tries again.
        stale => start(stale, RuntimeBridge::builder()),
    }
}

pub(crate) fn install(builder: Builder) -> io::Result<()> {
    let current = GLOBAL.get();
    if current.is_some_and(|bridge| !bridge.shared().in_flight.is_forked()) {
        return Err(already_exists());
    }
    let bridge = builder.build()?;
    GLOBAL.replace(current, bridge).map(drop).map_err(|_| already_exists())
}

#[cold]
fn start(stale: Option<&'static RuntimeBridge>, builder: Builder) -> io::Result<&'static RuntimeBridge> {
    // Threads that come here at the same time start a bridge each, and keep the one that is ready first.
    match GLOBAL.replace(stale, builder.build()?) {
        Ok(bridge) => Ok(bridge),
        Err(_) => get(),
    }
}

fn already_exists() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there is a global bridge already; install yours before the first use of the global one",
    )
}
