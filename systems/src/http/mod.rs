//! A blocking HTTP client: twins of the types of `reqwest`, which know nothing of it. They have the names that
//! `reqwest::blocking` has for them, and may be used on any thread, also inside a runtime.

mod body;
mod builder;
mod client;
mod error;
mod limits;
pub mod multipart;
mod request;
mod response;

pub use body::Body;
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, Result};
pub use request::RequestBuilder;
pub use response::Response;

use reqwest::IntoUrl;

/// Sends a `GET` request with a new client.
///
/// # Errors
///
/// If the client cannot be built, or the request fails.
pub fn get<U: IntoUrl>(url: U) -> Result<Response> {
    Client::builder().build()?.get(url).send()
}
