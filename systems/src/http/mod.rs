//! A blocking HTTP client: twins of the types of `reqwest`, which know nothing of it.

mod client;
mod error;
mod request;
mod response;

pub use client::{Client, ClientBuilder};
pub use error::{Error, Result};
pub use request::RequestBuilder;
pub use response::Response;
