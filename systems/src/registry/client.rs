//! The client of the registry.

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use futures::{Stream, TryStreamExt, stream};
use reqwest::{Body, Method};
use serde::{Deserialize, Serialize};
use sync_bridge::sync_bridge;
use tokio::io::AsyncBufRead;
use tokio_util::io::StreamReader;

use super::{BlockingClientBuilder, BlockingRequest, ClientBuilder, Error, Request};

/// A client of a package registry. Clones share its connections.
///
/// Await its methods in any tokio runtime. Blocking code has [`BlockingClient`].
#[sync_bridge]
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) base: String,
    pub(super) token: Option<String>,
    pub(super) http: reqwest::Client,
}

/// A package in the registry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Package {
    /// The name of the package.
    pub name: String,
    /// The size of its content, in bytes.
    pub size: u64,
}

/// A page of a list of packages.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Page {
    /// The packages on this page.
    pub packages: Vec<Package>,
    /// The start of the next page, if there is one.
    pub next: Option<String>,
}

#[sync_bridge(twin = BlockingClient, twins(ClientBuilder, Request))]
impl Client {
    /// Returns a builder of a client for the registry at `base`, such as `http://localhost:8080`.
    pub fn builder(base: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(base.into())
    }

    /// Returns a request for any path of the registry.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Request::new(request)
    }

    /// Returns the package `name`.
    ///
    /// # Errors
    ///
    /// If there is no such package, or the request fails.
    pub async fn fetch(&self, name: &str) -> Result<Package, Error> {
        self.request(Method::GET, &format!("/packages/{name}")).send().await?.json().await
    }

    /// Returns the packages whose names start with `prefix`, in pages of at most `size`. A page is requested when the
    /// caller reaches it.
    ///
    /// # Errors
    ///
    /// If a request fails, the item is an error. It is the last item.
    pub fn pages(&self, prefix: &str, size: usize) -> impl Stream<Item = Result<Page, Error>> + Send {
        let first = format!("/packages?prefix={prefix}&size={size}");
        stream::try_unfold(Some(first.clone()), move |path| {
            let first = first.clone();
            async move {
                let Some(path) = path else { return Ok(None) };
                let page: Page = self.request(Method::GET, &path).send().await?.json().await?;
                let next = page.next.as_ref().map(|next| format!("{first}&from={next}"));
                Ok(Some((page, next)))
            }
        })
    }

    /// Returns all packages whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// If the request for a page fails.
    #[bridge(collect = Result<Vec<Package>, Error>)]
    pub fn packages(&self, prefix: &str) -> impl Stream<Item = Result<Package, Error>> + Send {
        let packages = |page: Page| stream::iter(VecDeque::from(page.packages).into_iter().map(Ok));
        self.pages(prefix, 100).map_ok(packages).try_flatten()
    }

    /// Returns a reader of the content of the package `name`.
    ///
    /// # Errors
    ///
    /// If there is no such package, or the request fails. Reading returns an error if the content is incomplete.
    #[bridge(read)]
    pub async fn download(&self, name: &str) -> Result<impl AsyncBufRead + Send + Unpin + 'static, Error> {
        let response = self.request(Method::GET, &format!("/packages/{name}/content")).send().await?;
        Ok(StreamReader::new(Box::pin(response.bytes().map_err(io::Error::other))))
    }

    /// Sends the content of the package `name` in the chunks of `content`. Returns the new package.
    ///
    /// # Errors
    ///
    /// If the registry refuses the upload, or the request fails.
    pub async fn upload(
        &self,
        name: &str,
        #[bridge(iter)] content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Package, Error> {
        let request = self.request(Method::PUT, &format!("/packages/{name}/content"));
        request.body(Body::wrap_stream(content)).send().await?.json().await
    }
}
