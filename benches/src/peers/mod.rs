//! The other ways: tokio's own, those of other crates, and patterns that are written out where they are needed.

mod executors;
mod hand_offs;
mod heddle;
mod per_call;
mod tokio_handle;

pub use executors::{FuturesExecutor, Pollster};
pub use hand_offs::{MpscSpawnOneshot, SpawnChannel};
pub use heddle::Heddle;
pub use per_call::{FreshRuntime, ScopedThread};
pub use tokio_handle::{BlockInPlace, HandleBlockOn, NO_NESTING};
