//! Twins in crates of older editions: this file is compiled in each.

#![allow(clippy::unused_async)]

// In edition 2018 neither is in the prelude.
use std::convert::TryFrom;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use sync_bridge::{sync_bridge, BridgeError};
use tokio::io::{AsyncRead, AsyncWrite};

mod traits {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store<K: Send + Sync + 'static>: Sync {
        type Error: From<BridgeError> + Send;
        const LIMIT: usize;

        async fn get(&self, key: &K, more: &str) -> Result<String, Self::Error>;

        async fn twice(&self, key: &K) -> Result<String, Self::Error> {
            Ok(self.get(key, "").await? + &self.get(key, "twice").await?)
        }

        fn boxed<'a>(&'a self, key: &'a K) -> BoxFuture<'a, Result<&'a K, Self::Error>>;

        fn opaque(&self) -> impl Future<Output = Result<usize, Self::Error>> + Send;

        fn keys(&self) -> impl Stream<Item = io::Result<&K>> + Send;

        #[bridge(error = wrap)]
        async fn iterator(&self) -> impl Iterator<Item = &K> + Send;
    }

    pub(crate) struct Mem<K>(pub(crate) Vec<K>);

    #[sync_bridge]
    impl<K: ToString + Send + Sync + 'static> Store<K> for Mem<K> {
        type Error = io::Error;
        const LIMIT: usize = 1;

        async fn get(&self, key: &K, more: &str) -> Result<String, Self::Error> {
            tokio::task::yield_now().await;
            Ok(key.to_string() + more)
        }

        fn boxed<'a>(&'a self, key: &'a K) -> BoxFuture<'a, Result<&'a K, Self::Error>> {
            Box::pin(async move { Ok(key) })
        }

        async fn opaque(&self) -> Result<usize, Self::Error> {
            Ok(self.0.len())
        }

        fn keys(&self) -> impl Stream<Item = io::Result<&K>> + Send {
            stream::iter(&self.0).map(Ok)
        }

        #[bridge(error = wrap)]
        async fn iterator(&self) -> impl Iterator<Item = &K> + Send {
            self.0.iter()
        }
    }

    #[async_trait]
    #[sync_bridge(blanket)]
    pub(crate) trait Dynamic: Send + Sync {
        async fn named(&self, key: &str) -> io::Result<String>;

        #[bridge(collect = io::Result<Vec<u8>>)]
        async fn bytes(&self, key: &str) -> io::Result<BoxStream<'_, io::Result<u8>>> {
            let key = self.named(key).await?;
            Ok(stream::iter(key.into_bytes()).map(Ok).boxed())
        }
    }

    #[async_trait]
    impl Dynamic for Mem<u8> {
        async fn named(&self, key: &str) -> io::Result<String> {
            Ok(key.to_owned())
        }
    }
}

mod inherent {
    use super::*;

    pub(crate) struct Client<'c, T>(pub(crate) &'c [T]);

    #[sync_bridge]
    impl<'c, T: Sync + ToString> Client<'c, T> {
        pub(crate) async fn first<F>(&self, r#async: F) -> io::Result<String>
        where
            F: FnOnce(&T) -> String + Send,
        {
            Ok(r#async(&self.0[0]))
        }

        pub(crate) fn all(&self) -> impl Stream<Item = io::Result<&'c T>> + Send + 'c {
            stream::iter(self.0).map(Ok)
        }

        pub(crate) fn lengths(&self) -> impl Stream<Item = io::Result<usize>> + Send + '_ {
            stream::iter(self.0).map(|item| Ok(item.to_string().len()))
        }

        /// It captures none of the lifetimes.
        pub(crate) fn count(&self) -> impl Stream<Item = io::Result<usize>> + Send {
            stream::iter(vec![Ok(self.0.len())])
        }

        pub(crate) fn pinned<'a>(
            &'a self,
            more: &'a str,
        ) -> Pin<Box<dyn Future<Output = io::Result<usize>> + Send + 'a>> {
            Box::pin(async move { Ok(self.0.len() + more.len()) })
        }

        #[bridge(error = wrap)]
        pub(crate) async fn iterator(&self) -> impl Iterator<Item = &'c T> + Send {
            self.0.iter()
        }
    }

    #[sync_bridge(error = wrap)]
    pub(crate) async fn borrowed(key: &str, _: u8) -> impl Iterator<Item = char> + '_ {
        key.chars()
    }

    #[sync_bridge]
    #[bridge(timeout = limit)]
    pub(crate) async fn copy(
        limit: Option<Duration>,
        #[bridge(read)] source: &mut (dyn AsyncRead + Send + Unpin),
        #[bridge(write)] sink: &mut (impl AsyncWrite + Send + Unpin),
        #[bridge(write)] log: Pin<Box<dyn AsyncWrite + Send>>,
    ) -> io::Result<u64> {
        let _ = limit;
        drop(log);
        tokio::io::copy(source, sink).await
    }

    #[sync_bridge(error = panic)]
    pub(crate) async fn r#try(value: u16) -> Option<u8> {
        u8::try_from(value).ok()
    }
}

mod types {
    use super::*;

    #[sync_bridge(forward(Default, From<u8>), bounds(T: Send + Sync))]
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct Client<'a, T> {
        items: Vec<&'a T>,
    }

    impl<T> From<u8> for Client<'_, T> {
        fn from(_: u8) -> Self {
            Self { items: Vec::new() }
        }
    }

    #[sync_bridge(twin = BlockingClient, twins(Rows))]
    impl<'a, T: Sync> Client<'a, T> {
        pub(crate) fn of(items: Vec<&'a T>) -> Self {
            Self { items }
        }

        pub(crate) async fn r#try(&self, index: usize) -> io::Result<Option<&'a T>> {
            Ok(self.items.get(index).copied())
        }

        pub(crate) fn push(&mut self, item: &'a T) -> &mut Self {
            self.items.push(item);
            self
        }

        pub(crate) async fn rows(&self) -> io::Result<Rows> {
            Ok(Rows(self.items.len()))
        }

        pub(crate) fn stream(&self) -> impl Stream<Item = io::Result<Rows>> + Send {
            stream::iter(vec![Ok(Rows(self.items.len() - 1))])
        }
    }

    #[sync_bridge]
    pub(crate) struct Rows(usize);

    #[sync_bridge(twin = BlockingRows)]
    impl Stream for Rows {
        type Item = io::Result<usize>;

        fn poll_next(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<io::Result<usize>>> {
            let left = self.0.checked_sub(1);
            self.0 = left.unwrap_or_default();
            std::task::Poll::Ready(left.map(Ok))
        }
    }

    #[sync_bridge]
    pub(crate) trait Count: Sync {
        async fn count(&self) -> io::Result<usize>;

        async fn twice(&self) -> io::Result<usize> {
            Ok(self.count().await? * 2)
        }
    }

    #[sync_bridge(twin = BlockingClient)]
    impl<T: Sync> Count for Client<'_, T> {
        async fn count(&self) -> io::Result<usize> {
            Ok(self.items.len())
        }
    }

    #[sync_bridge(remote = std::sync::Arc<T>, bounds(T: Send + Sync))]
    pub(crate) struct Shared<T>;
}

#[test]
fn twin_types() -> Result<(), Box<dyn std::error::Error>> {
    use types::{BlockingClient, BlockingCount};

    let items = [1, 2];
    let mut client = BlockingClient::of(vec![&items[0]]);
    assert_eq!(client.push(&items[1]).r#try(1)?, Some(&2));
    assert_eq!(client.rows()?.collect::<io::Result<Vec<_>>>()?, [1, 0]);
    assert_eq!(client.stream().next().unwrap()?.count(), 1);
    assert_eq!(client.twice_blocking()?, 4);
    assert_eq!(BlockingClient::<'static, u8>::from(1), BlockingClient::default());
    Ok(())
}

#[test]
fn twins_of_traits() -> Result<(), Box<dyn std::error::Error>> {
    use traits::{BlockingDynamic, BlockingStore, Dynamic, Mem};

    let mem = Mem(vec![1_u8, 2]);
    assert_eq!(mem.get_blocking(&1, "more")?, "1more");
    assert_eq!(mem.twice_blocking(&1)?, "11twice");
    assert_eq!(mem.boxed_blocking(&3)?, &3);
    assert_eq!(mem.opaque_blocking()?, 2);
    assert_eq!(mem.keys_blocking().collect::<io::Result<Vec<_>>>()?, [&1, &2]);
    assert_eq!(mem.iterator_blocking()?.count(), 2);
    let dynamic: &dyn Dynamic = &mem;
    assert_eq!(dynamic.named_blocking("key")?, "key");
    assert_eq!(dynamic.bytes_blocking("a")?, b"a");
    Ok(())
}

#[test]
fn twins_of_inherent_methods_and_functions() -> Result<(), Box<dyn std::error::Error>> {
    use inherent::Client;

    let items = vec!["a".to_owned(), "item".to_owned()];
    let client = Client(&items);
    assert_eq!(client.first_blocking(String::clone)?, "a");
    assert_eq!(client.lengths_blocking().collect::<io::Result<Vec<_>>>()?, [1, 4]);
    assert_eq!(client.count_blocking().collect::<io::Result<Vec<_>>>()?, [2]);
    assert_eq!(client.pinned_blocking("abc")?, 5);
    assert_eq!(client.iterator_blocking()?.count(), 2);
    let all = Client(&items).all_blocking();
    assert_eq!(all.collect::<io::Result<Vec<_>>>()?, [&items[0], &items[1]]);
    assert_eq!(inherent::borrowed_blocking("abc", 1)?.count(), 3);
    assert_eq!(inherent::try_blocking(300), None);
    assert_eq!(inherent::copy_blocking(None, Box::new(&b"abc"[..]), io::sink(), Box::new(io::sink()))?, 3);
    Ok(())
}
