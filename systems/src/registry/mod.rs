//! The client of a package registry, over HTTP: async, with a blocking face that nobody wrote.
//!
//! Every `…_blocking` method in here comes from the attribute on the impl block of its original.

mod builder;
mod client;
mod error;
mod request;

pub use builder::ClientBuilder;
pub use client::{Client, Package, Page};
pub use error::Error;
pub use request::{Request, Response};
