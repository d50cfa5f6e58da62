//! An async HTTP client of a package registry, and a generated blocking one, of types that have the same methods.

mod builder;
mod client;
mod error;
mod request;

pub use builder::{BlockingClientBuilder, ClientBuilder};
pub use client::{BlockingClient, Client, Package, Page};
pub use error::Error;
pub use request::{BlockingRequest, BlockingResponse, Request, Response};
