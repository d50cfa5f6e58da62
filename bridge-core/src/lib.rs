#![doc = include_str!("../README.md")]

// In the order of the layers: each module uses those above it, and none below. `tests/layers.rs` holds it to that.

/// What everything else stands on, and what knows nothing of a call.
mod base;

/// A future on one thread's stack, run on another: the only folder with unsafe code.
mod handoff;

/// The calling thread: where it stands, what already waits for it, and how it may block.
mod thread;

/// The runtime behind a bridge, and the calls in flight on it.
mod engine;

/// One call: what it is to run, within which limits, and where.
mod call;

/// The public handle.
mod bridge;

/// How a bridge is configured.
mod builder;

/// The process-wide bridge.
mod global;

/// The options of a call.
mod options;

/// A value that outlives a call.
mod in_context;

/// Tasks, and tasks that borrow.
mod task;

mod scoped_task;

mod scope;

/// Streams as iterators, and iterators as streams.
mod stream;

/// std's IO over tokio's.
mod io;

#[doc(hidden)]
pub mod __private;

pub use base::config::Flavor;
pub use base::config::Overflow;
pub use base::error::{BridgeError, LostResponse};
pub use bridge::RuntimeBridge;
pub use builder::Builder;
pub use engine::metrics::Metrics;
pub use engine::shared::Shutdown;
pub use engine::slow::{CallerKind, SlowCall};
pub use io::blocking_io::BlockingIo;
pub use options::CallOptions;
pub use scope::Scope;
pub use scoped_task::ScopedTask;
pub use stream::flatten::{FlattenResults, FlattenResultsWith, PanicOnError};
pub use stream::from_iter::IterStream;
pub use stream::iter::BlockingIter;
pub use stream::prefetch::PrefetchIter;
pub use task::BridgedTask;
