//! Reports of calls that wait for a long time.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::panic::ignore_panic;
use crate::thread::caller::Caller;

/// A call that has waited for a long time. The callback of [`Builder::on_slow_call`](crate::Builder::on_slow_call) gets
/// one.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
/// use sync_bridge_core::{CallerKind, RuntimeBridge};
///
/// let (seen, sight) = channel();
/// let bridge = RuntimeBridge::builder()
///     .on_slow_call(Duration::from_millis(1), move |call| {
///         let _ = seen.send((call.caller(), call.location().file(), call.waited()));
///     })
///     .build()?;
/// bridge.block_on_with(|| tokio::time::sleep(Duration::from_millis(20)))?;
///
/// let (caller, file, waited) = sight.recv()?;
/// assert_eq!(caller, CallerKind::Thread);
/// assert_eq!(file, file!());
/// assert!(waited >= Duration::from_millis(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SlowCall {
    waited: Duration,
    location: &'static Location<'static>,
    caller: CallerKind,
}

impl SlowCall {
    /// Returns how long the call has waited so far.
    ///
    /// # Examples
    ///
    /// As for [`SlowCall`].
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Returns the source line of the call: the line with `block_on`, `next` or `read`, or with the method of a twin,
    /// also through `dyn`.
    ///
    /// If the standard library makes the call, as `read_to_end` does, this is a line of the standard library. If the
    /// call goes through another `dyn` type, it is the line of the implementation.
    ///
    /// # Examples
    ///
    /// As for [`SlowCall`].
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Returns the kind of thread that makes the call.
    ///
    /// # Examples
    ///
    /// As for [`SlowCall`].
    #[must_use]
    pub fn caller(&self) -> CallerKind {
        self.caller
    }
}

impl fmt::Display for SlowCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { waited, location, caller } = self;
        write!(f, "a blocking call at {location}, from {caller}, has waited for {waited:?}")
    }
}

/// The kind of thread that makes a call. It decides [where the call runs](crate::RuntimeBridge#where-a-call-runs).
///
/// # Examples
///
/// ```
/// use sync_bridge_core::CallerKind;
///
/// assert_eq!(CallerKind::ForeignWorker.to_string(), "a worker of another runtime");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallerKind {
    /// A thread that has entered no runtime.
    Thread,
    /// A worker of a multi-thread runtime that is not the bridge's. Its other tasks continue.
    ForeignWorker,
    /// A worker of the bridge. One of the bridge's futures makes the call.
    OwnWorker,
    /// A thread outside any scheduler that polls the future of a call, or runs the closure of a scope. This code makes the
    /// call.
    InPlace,
    /// A blocking thread of the bridge.
    OwnBlockingThread,
    /// Any other thread that has entered a runtime. If it is a current-thread runtime, all of its tasks wait for the
    /// call.
    Entered,
    /// A thread that is ending. The destructor of a thread-local makes the call.
    Ending,
}

impl From<Caller> for CallerKind {
    fn from(caller: Caller) -> Self {
        match caller {
            Caller::Outside => Self::Thread,
            Caller::ForeignWorker => Self::ForeignWorker,
            Caller::OwnWorker | Caller::OwnDriver => Self::OwnWorker,
            Caller::InPlace => Self::InPlace,
            Caller::Blocking => Self::OwnBlockingThread,
            Caller::Entered => Self::Entered,
            Caller::Ending => Self::Ending,
        }
    }
}

impl fmt::Display for CallerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Thread => "a thread outside of any runtime",
            Self::ForeignWorker => "a worker of another runtime",
            Self::OwnWorker => "a worker of the bridge",
            Self::InPlace => "a call on a thread outside of any scheduler",
            Self::OwnBlockingThread => "a blocking thread of the bridge",
            Self::Entered => "a thread that has entered a runtime",
            Self::Ending => "a thread that is ending",
        })
    }
}

/// Whom to tell of slow calls, and when.
#[derive(Clone)]
pub(crate) struct SlowHook {
    pub(crate) threshold: Duration,
    pub(crate) report: Arc<dyn Fn(&SlowCall) + Send + Sync>,
}

/// Watches over a call that waits, on the thread that waits.
pub(crate) struct SlowWatch<'a> {
    /// Gone once the call has been reported.
    hook: Option<&'a SlowHook>,
    location: &'static Location<'static>,
    caller: Caller,
    /// When the wait began: at the first look.
    since: Option<Instant>,
}

impl<'a> SlowWatch<'a> {
    pub(crate) fn new(hook: Option<&'a SlowHook>, location: &'static Location<'static>, caller: Caller) -> Self {
        Self { hook, location, caller, since: None }
    }

    /// Whether there is anything to report.
    pub(crate) fn is_on(&self) -> bool {
        self.hook.is_some()
    }

    /// Reports the call if it has become slow. How long the thread may park before it has to look again.
    pub(crate) fn look(&mut self) -> Option<Duration> {
        let hook = self.hook?;
        let waited = self.since.get_or_insert_with(Instant::now).elapsed();
        let left = hook.threshold.saturating_sub(waited);
        if !left.is_zero() {
            return Some(left);
        }
        self.hook = None;
        let call = SlowCall { waited, location: self.location, caller: self.caller.into() };
        // A panic of the callback has been printed; it is none of the call's business.
        ignore_panic(|| (hook.report)(&call));
        None
    }
}
