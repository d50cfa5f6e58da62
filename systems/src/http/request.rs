//! A request that has not been sent.

use std::fmt::Display;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, Version};
use serde::Serialize;
use sync_bridge::{TwinType, sync_bridge};

use super::multipart::Form;
use super::{Body, Client, Response, Result, limits};

/// A request that has not been sent.
#[sync_bridge(remote = reqwest::RequestBuilder)]
#[derive(Debug)]
#[must_use = "a request is sent by `send`"]
pub struct RequestBuilder;

#[sync_bridge(remote = reqwest::RequestBuilder, twins(Body, Client, Form))]
impl RequestBuilder {
    /// Returns a builder that goes on with a request.
    pub fn from_parts(client: Client, request: Request) -> Self;

    /// Adds a header.
    pub fn header<K, V>(self, key: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>;

    /// Adds headers. They replace those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self;

    /// Adds the name and the password of a user.
    pub fn basic_auth<U: Display, P: Display>(self, username: U, password: Option<P>) -> Self;

    /// Adds a token.
    pub fn bearer_auth<T: Display>(self, token: T) -> Self;

    /// Adds parameters to the URL.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self;

    /// Sets the body.
    pub fn body<T: Into<Body>>(self, body: T) -> Self {
        self.set_body(body.into())
    }

    #[bridge(calls = reqwest::RequestBuilder::body)]
    pub(super) fn set_body(self, body: Body) -> Self;

    /// Sets the body to the JSON of a value.
    pub fn json<T: Serialize + ?Sized>(self, json: &T) -> Self;

    /// Sets the body to the fields of a form.
    pub fn form<T: Serialize + ?Sized>(self, form: &T) -> Self;

    /// Sets the body to the parts of a form.
    pub fn multipart(self, multipart: Form) -> Self;

    /// Sets the version of HTTP.
    pub fn version(self, version: Version) -> Self;

    /// Sets how long the request may take until its body has been read, in place of the time limit of the client.
    pub fn timeout(self, timeout: Duration) -> Self {
        // The bridge of the client has the client's limit.
        let request = match limits::unlimited() {
            Ok(bridge) => self.with_bridge(bridge),
            Err(_) => self,
        };
        request.limit(timeout)
    }

    #[bridge(calls = reqwest::RequestBuilder::timeout)]
    pub(super) fn limit(self, timeout: Duration) -> Self;

    /// Builds the request.
    ///
    /// # Errors
    ///
    /// If the URL or a header is not valid.
    pub fn build(self) -> Result<Request>;

    /// Builds the request, and returns the client too.
    pub fn build_split(self) -> (Client, reqwest::Result<Request>);

    /// Sends the request, and blocks the calling thread until the status and the headers of the response are there.
    ///
    /// # Errors
    ///
    /// If the request fails.
    pub fn send(self) -> Result<Response> {
        let (client, request) = self.build_split();
        client.execute(request?)
    }

    /// Returns a copy of the request, unless its body is a stream.
    pub fn try_clone(&self) -> Option<Self>;
}
