//! A crate whose blocking API is a feature. Two packages compile this file: one with the feature, and one without it, which
//! does not depend on `sync-bridge`.

#![allow(clippy::must_use_candidate, clippy::unused_async)]

use futures::stream::{BoxStream, StreamExt};
use std::fmt::Debug;
use std::io;

#[cfg(feature = "blocking")]
use sync_bridge::{RuntimeBridge, sync_bridge};

/// A client, whose twins use its own bridge.
#[derive(Debug)]
pub struct Client {
    #[cfg(feature = "blocking")]
    bridge: RuntimeBridge,
    base: String,
}

#[cfg_attr(
    feature = "blocking",
    sync_bridge(
        bridge = self.bridge,
        items(
            connect(bridge = bridge),
            pages(timeout = "1m"),
            all_pages(collect = io::Result<Vec<String>>),
            upload(parts(iter)),
            raw(skip),
        ),
    )
)]
impl Client {
    /// A client for the server at `base`.
    ///
    /// # Errors
    ///
    /// The address is empty.
    pub async fn connect(base: &str, #[cfg(feature = "blocking")] bridge: &RuntimeBridge) -> io::Result<Self> {
        if base.is_empty() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Self {
            #[cfg(feature = "blocking")]
            bridge: bridge.clone(),
            base: base.to_owned(),
        })
    }

    /// The body at `path`.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn in_async_code(client: optional_client::Client) -> std::io::Result<()> {
    /// assert_eq!(client.fetch("/a").await?, "base/a");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None here.
    pub async fn fetch(&self, path: &str) -> io::Result<String> {
        Ok(self.address(path).await)
    }

    /// The pages, one by one.
    pub fn pages(&self) -> BoxStream<'_, io::Result<String>> {
        futures::stream::iter(["/first", "/second"]).then(|path| self.fetch(path)).boxed()
    }

    /// All pages.
    pub fn all_pages(&self) -> BoxStream<'_, io::Result<String>> {
        self.pages()
    }

    /// How many parts there are.
    ///
    /// # Errors
    ///
    /// None here.
    pub async fn upload(&self, parts: BoxStream<'static, String>) -> io::Result<usize> {
        Ok(parts.count().await)
    }

    /// For async code alone.
    pub async fn raw(&self) -> std::rc::Rc<str> {
        self.base.as_str().into()
    }

    async fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A trait and its impl, of which each has its marks too.
///
///     let _ = 1; // Code without a fence.
#[cfg_attr(feature = "blocking", sync_bridge(items(local(skip))))]
pub trait Store: Debug {
    /// The value of `key`:
    ///
    /// ```
    /// # use optional_client::Store;
    /// # async fn in_async_code(store: impl Store) -> std::io::Result<String> {
    /// store.get("key").await
    /// # }
    /// ```
    fn get(&self, key: &str) -> impl Future<Output = io::Result<String>> + Send;

    /// For async code alone.
    fn local(&self) -> impl Future<Output = std::rc::Rc<str>>;
}

#[cfg_attr(feature = "blocking", sync_bridge(bridge = self.bridge, items(local(skip))))]
impl Store for Client {
    /// Fetches.
    ///
    /// ```no_run
    /// let _ = 1;
    /// ```
    async fn get(&self, key: &str) -> io::Result<String> {
        self.fetch(key).await
    }

    async fn local(&self) -> std::rc::Rc<str> {
        self.raw().await
    }
}

#[cfg(all(test, feature = "blocking"))]
#[test]
fn blocking_code_uses_the_twins() -> io::Result<()> {
    let client = Client::connect_blocking("base", &RuntimeBridge::new()?)?;
    assert_eq!(client.fetch_blocking("/a")?, "base/a");
    assert_eq!(client.pages_blocking().count(), 2);
    assert_eq!(client.all_pages_blocking()?, ["base/first", "base/second"]);
    assert_eq!(client.upload_blocking(Box::new(std::iter::repeat_n(String::new(), 3)))?, 3);
    assert_eq!(client.get_blocking("/b")?, "base/b");
    Ok(())
}

#[cfg(all(test, not(feature = "blocking")))]
#[test]
fn async_code_needs_no_feature() -> io::Result<()> {
    futures::executor::block_on(async {
        let client = Client::connect("base").await?;
        assert_eq!(client.get("/a").await?, "base/a");
        assert_eq!(client.pages().count().await, 2);
        assert_eq!((&*client.raw().await, &*client.local().await), ("base", "base"));
        assert_eq!(client.all_pages().count().await, 2);
        assert_eq!(client.upload(futures::stream::empty().boxed()).await?, 0);
        Ok(())
    })
}
