#![doc = include_str!("../README.md")]

mod blocking_io;
mod bridge;
mod builder;
mod call;
mod caller;
mod context;
mod errand;
mod error;
mod flatten;
mod gate;
mod global;
mod in_place;
mod io;
mod iter;
mod journey;
mod kept;
mod limits;
mod metrics;
mod park;
mod prefetch;
mod pull;
// The one file with unsafe code.
#[allow(unsafe_code)]
mod raw;
mod reader;
mod room;
mod runtime;
mod scope;
mod slow;
mod sync;
mod task;
mod upstream;
mod writer;

#[doc(hidden)]
pub mod __private;

pub use blocking_io::BlockingIo;
pub use bridge::RuntimeBridge;
pub use builder::{Builder, Flavor};
pub use error::{BridgeError, LostResponse};
pub use flatten::{FlattenResults, FlattenResultsWith, OrResume};
pub use iter::BlockingIter;
pub use limits::CallOptions;
pub use metrics::Metrics;
pub use prefetch::PrefetchIter;
pub use pull::IterStream;
pub use reader::BlockingReader;
pub use room::Overflow;
pub use runtime::Shutdown;
pub use scope::{Scope, ScopedTask};
pub use slow::{CallerKind, SlowCall};
pub use task::BridgedTask;
pub use writer::BlockingWriter;
