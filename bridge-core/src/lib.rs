#![doc = include_str!("../README.md")]

mod base;
mod bridge;
mod builder;
mod call;
mod engine;
mod global;
mod handoff;
mod in_context;
mod io;
mod options;
mod scope;
mod scoped_task;
mod stream;
mod task;
mod thread;

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
