#![doc = include_str!("../README.md")]

// The modules are layers. Each uses only modules above it. `tests/layers.rs` checks this.

/// The modules that all others use. They do not depend on calls.
mod base;

/// Runs a future that is on one thread's stack on another thread. The only folder with unsafe code.
mod handoff;

/// The calling thread: its kind, the calls that wait for it, and how it may block.
mod thread;

/// The runtime of a bridge, and the calls in flight on it.
mod engine;

/// One call: its future, its limits, and where the future is polled.
mod call;

/// The public handle.
mod bridge;

/// How a bridge is configured. The next module is for its threads and its clock.
mod builder;

mod thread_builder;

/// The process-wide bridge.
mod global;

/// The options of a call.
mod options;

/// A value that is dropped inside the runtime.
mod kept;

/// A blocking type that holds a value of an async type.
mod twin_type;

/// A value that several calls use.
mod in_context;

/// A value that stays on one thread.
mod kept_local;

/// Tasks: what cancels them, what waits for them, their handles. The next two modules are for tasks that borrow.
mod abort_handle;

mod wait_for;

mod task;

mod scoped_task;

mod scope;

/// Streams as iterators, and iterators as streams.
mod stream;

/// std's IO traits over tokio's, and the other way round.
mod io;

/// Methods of any future and stream, on the process-wide bridge.
mod blocking;

#[doc(hidden)]
pub mod __private;

pub use abort_handle::AbortHandle;
pub use base::config::Flavor;
pub use base::config::Overflow;
pub use base::error::{BridgeError, LostResponse};
pub use blocking::Blocking;
pub use bridge::RuntimeBridge;
pub use builder::Builder;
pub use engine::metrics::Metrics;
pub use engine::shared::Shutdown;
pub use engine::slow::{CallerKind, SlowCall};
pub use io::async_reader::AsyncReader;
pub use io::async_writer::AsyncWriter;
pub use io::blocking_io::BlockingIo;
pub use io::byte_reader::ByteReader;
pub use kept::Kept;
pub use kept_local::KeptLocal;
pub use options::CallOptions;
pub use scope::Scope;
pub use scoped_task::ScopedTask;
pub use stream::flatten::{FlattenResults, FlattenResultsWith, PanicOnError};
pub use stream::from_iter::IterStream;
pub use stream::iter::BlockingIter;
pub use stream::prefetch::PrefetchIter;
pub use task::BridgedTask;
pub use twin_type::TwinType;
