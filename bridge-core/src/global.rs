//! The process-wide bridge. It is started on first use, or installed before. A forked child gets its own.

use std::io;

use crate::bridge::RuntimeBridge;
use crate::builder::Builder;
use crate::handoff::leaked::Leaked;

static GLOBAL: Leaked<RuntimeBridge> = Leaked::new();

impl RuntimeBridge {
    /// Returns the process-wide bridge. The first use starts it with the settings of [`new`](Self::new), unless
    /// [`Builder::install_global`] has installed one.
    ///
    /// The bridge exists until the process ends.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), if this use starts the bridge. The next use tries again.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// assert_eq!(RuntimeBridge::global()?.block_on(async { "done" })?, "done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn global() -> io::Result<&'static Self> {
        get()
    }
}

impl Builder {
    /// Starts the bridge and makes it the process-wide one, which [`RuntimeBridge::global`] returns.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if there is a process-wide bridge already. Otherwise as for
    /// [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// RuntimeBridge::builder().thread_name("io").install_global()?;
    /// let name = RuntimeBridge::global()?.block_on(async {
    ///     tokio::spawn(async { std::thread::current().name().map(str::to_owned) }).await
    /// })??;
    /// assert_eq!(name.as_deref(), Some("io"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn install_global(self) -> io::Result<()> {
        install(self)
    }
}

fn get() -> io::Result<&'static RuntimeBridge> {
    let current = GLOBAL.get();
    match current {
        Some(bridge) if !bridge.shared().in_flight.is_forked() => Ok(bridge),
        // A failure is not kept: the next use tries again.
        stale => start(stale, RuntimeBridge::builder()),
    }
}

fn install(builder: Builder) -> io::Result<()> {
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
        "there is already a process-wide bridge; call `install_global` before its first use",
    )
}
