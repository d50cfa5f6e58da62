//! The client: what users of the registry call.

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use futures::{Stream, TryStreamExt, stream};
use reqwest::{Body, Method};
use serde::{Deserialize, Serialize};
use sync_bridge::{RuntimeBridge, sync_bridge};
use tokio::io::AsyncBufRead;
use tokio_util::io::StreamReader;

use super::{ClientBuilder, Error, Request};

/// A client of a package registry. Clones share its connections.
///
/// The async methods are awaited in the caller's runtime; their `…_blocking` twins are called from any thread.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) base: String,
    pub(super) token: Option<String>,
    pub(super) blocking: reqwest::Client,
    pub(super) asynchronous: reqwest::Client,
    pub(super) bridge: RuntimeBridge,
}

/// What the registry knows of a package.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The size of its content, in bytes.
    pub size: u64,
}

/// A part of a list of packages.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Page {
    /// The packages of this part.
    pub packages: Vec<Package>,
    /// Where the next part begins, if there is one.
    pub next: Option<String>,
}

impl Client {
    /// Begins a client of the registry at `base`, such as `http://localhost:8080`.
    pub fn builder(base: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(base.into())
    }

    /// Begins a request of the caller's own making.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let request = self.asynchronous.request(method, format!("{}{path}", self.base));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Request::new(request, self.clone())
    }

    /// The connections of whoever sends a request now.
    ///
    /// A pooled connection is driven by a task of the runtime it was opened in. One opened by an async caller must not
    /// serve a blocking one: the latter may be the thread that would have to run the task.
    pub(super) fn http(&self) -> &reqwest::Client {
        if self.bridge.is_current() { &self.blocking } else { &self.asynchronous }
    }
}

#[sync_bridge(bridge = self.bridge)]
impl Client {
    /// What the registry knows of the package `name`.
    ///
    /// # Errors
    ///
    /// If there is no such package, or no answer.
    pub async fn fetch(&self, name: &str) -> Result<Package, Error> {
        self.request(Method::GET, &format!("/packages/{name}")).send().await?.json().await
    }

    /// The packages whose names start with `prefix`, in pages of at most `size`. A page is asked for when it is wanted.
    ///
    /// # Errors
    ///
    /// The items are errors where there is no answer. The first one is the last item.
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

    /// All packages whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// If a page is not answered.
    #[bridge(collect = Result<Vec<Package>, Error>)]
    pub fn packages(&self, prefix: &str) -> impl Stream<Item = Result<Package, Error>> + Send {
        let packages = |page: Page| stream::iter(VecDeque::from(page.packages).into_iter().map(Ok));
        self.pages(prefix, 100).map_ok(packages).try_flatten()
    }

    /// The content of the package `name`, as it arrives.
    ///
    /// # Errors
    ///
    /// If there is no such package, or no answer. Reading fails where the content breaks off.
    #[bridge(read)]
    pub async fn download(&self, name: &str) -> Result<impl AsyncBufRead + Send + Unpin + 'static, Error> {
        let response = self.request(Method::GET, &format!("/packages/{name}/content")).send().await?;
        Ok(StreamReader::new(Box::pin(response.bytes().map_err(io::Error::other))))
    }

    /// Sends the content of the package `name`, chunk by chunk as `content` has them. Returns what the registry now knows.
    ///
    /// # Errors
    ///
    /// If the registry refuses it, or there is no answer.
    pub async fn upload(
        &self,
        name: &str,
        #[bridge(iter)] content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Package, Error> {
        let request = self.request(Method::PUT, &format!("/packages/{name}/content"));
        request.body(Body::wrap_stream(content)).send().await?.json().await
    }
}
