//! What the contenders are given to do.

mod callers;
mod checks;
mod first_poll;
mod http;
mod items;
mod large;
mod one_call;
mod read;
mod ready;
mod round_trips;
mod start;
mod tasks;
mod timer;
mod yielding;

pub use callers::callers;
pub use checks::checks;
pub use first_poll::first_poll;
pub use http::{Http, http};
pub use items::items;
pub use large::Large;
pub use one_call::{Work, group};
pub use read::{StreamedRead, streamed_read};
pub use ready::{Ready, answer, bare_poll};
pub use round_trips::RoundTrips;
pub use start::start;
pub use tasks::tasks;
pub use timer::Timer;
pub use yielding::{PingPong, Yield};
