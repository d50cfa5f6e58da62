//! An async HTTP client of a package registry, with a generated blocking API.
//!
//! The attribute on an impl block generates the `…_blocking` methods.

mod builder;
mod client;
mod error;
mod request;

pub use builder::ClientBuilder;
pub use client::{Client, Package, Page};
pub use error::Error;
pub use request::{Request, Response};
