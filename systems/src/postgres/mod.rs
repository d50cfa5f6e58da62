//! A blocking PostgreSQL client: twins of the types of `tokio-postgres`, which know nothing of it.

mod client;
mod copy;
mod error;
mod notifications;
mod transaction;

pub use client::{Client, connect};
pub use copy::CopyIn;
pub use error::{Error, Result};
pub use notifications::Notifications;
pub use transaction::Transaction;
