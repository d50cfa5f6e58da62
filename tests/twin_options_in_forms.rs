//! The options of a method in the other forms: on inherent methods and functions, for every implementor, and in a
//! mirror of another crate's trait.

#![allow(clippy::unused_async, reason = "what an original does is not what is tested")]

use std::io;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use sync_bridge::{BridgeError, BridgedTask, RuntimeBridge, sync_bridge};
use tokio::task::JoinHandle;

mod support;

use support::watched;

mod inherent {
    use super::*;

    pub(crate) struct Client<T> {
        pub(crate) rows: Vec<T>,
        pub(crate) bridge: RuntimeBridge,
    }

    #[sync_bridge(bridge = self.bridge)]
    impl<T: Clone + Send + Sync + 'static> Client<T> {
        /// The rows.
        pub(crate) fn list(&self) -> impl Stream<Item = io::Result<T>> + Send + '_ {
            stream::iter(&self.rows).map(|row| Ok(row.clone()))
        }

        pub(crate) fn listed<'a>(&'a self, prefix: &'a [T]) -> impl Stream<Item = io::Result<T>> + Send + use<'a, T> {
            stream::iter(prefix.iter().chain(&self.rows)).map(|row| Ok(row.clone()))
        }

        #[bridge(collect = io::Result<Vec<T>>)]
        pub(crate) async fn all(&self) -> io::Result<BoxStream<'_, io::Result<T>>> {
            Ok(self.list().boxed())
        }

        #[bridge(task)]
        pub(crate) fn count(&self) -> JoinHandle<usize> {
            let count = self.rows.len();
            tokio::spawn(async move { count })
        }

        #[bridge(read, rename = "open_now")]
        pub(crate) async fn open(&self) -> io::Result<tokio::io::DuplexStream> {
            Ok(tokio::io::duplex(8).0)
        }

        #[bridge(timeout = "5ms", error = wrap)]
        pub(crate) async fn never(&self) -> u8 {
            std::future::pending().await
        }

        pub(crate) async fn put(&self, #[bridge(iter)] rows: impl Stream<Item = T> + Send) -> io::Result<usize> {
            Ok(rows.count().await)
        }

        pub(crate) fn boxed(&self) -> BoxFuture<'_, io::Result<usize>> {
            Box::pin(async { Ok(self.rows.len()) })
        }
    }

    #[sync_bridge]
    pub(crate) fn ticks(count: u8) -> impl Stream<Item = io::Result<u8>> + Send {
        stream::iter((0..count).map(Ok))
    }

    #[sync_bridge]
    pub(crate) async fn sum(#[bridge(iter)] numbers: BoxStream<'_, u32>) -> io::Result<u32> {
        Ok(numbers.fold(0, |sum, number| async move { sum + number }).await)
    }

    #[sync_bridge]
    #[bridge(timeout = "5ms")]
    pub(crate) async fn never() -> io::Result<u8> {
        std::future::pending().await
    }

    #[sync_bridge]
    #[bridge(task)]
    pub(crate) fn start() -> JoinHandle<u8> {
        tokio::spawn(async { 7 })
    }
}

#[test]
fn options_of_inherent_methods() {
    watched(|| {
        let client = inherent::Client { rows: vec![1, 2], bridge: RuntimeBridge::new().unwrap() };
        assert_eq!(client.list_blocking().collect::<io::Result<Vec<_>>>().unwrap(), [1, 2]);
        assert_eq!(client.listed_blocking(&[0]).collect::<io::Result<Vec<_>>>().unwrap(), [0, 1, 2]);
        assert_eq!(client.all_blocking().unwrap(), [1, 2]);
        let mut task: BridgedTask<usize> = client.count_blocking();
        assert_eq!(task.wait().unwrap(), 2);
        assert_eq!(io::read_to_string(client.open_now().unwrap()).unwrap(), "");
        assert!(matches!(client.never_blocking(), Err(BridgeError::TimedOut { .. })));
        assert_eq!(client.put_blocking(vec![1, 2, 3]).unwrap(), 3);
        assert_eq!(client.boxed_blocking().unwrap(), 2);
    });
}

#[test]
fn options_of_functions() {
    watched(|| {
        assert_eq!(inherent::ticks_blocking(3).collect::<io::Result<Vec<_>>>().unwrap(), [0, 1, 2]);
        assert_eq!(inherent::sum_blocking(Box::new(0..4)).unwrap(), 6);
        assert_eq!(inherent::never_blocking().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(inherent::start_blocking().wait().unwrap(), 7);
    });
}

/// A trait of another crate, as far as the mirror knows.
mod remote {
    use super::*;

    pub(crate) type Rows<'a> = BoxStream<'a, io::Result<u8>>;

    #[async_trait::async_trait]
    pub(crate) trait Store: Send + Sync {
        fn name(&self) -> String;
        fn list(&self, prefix: &str) -> BoxStream<'static, io::Result<u8>>;
        fn rows(&self) -> Rows<'_>;
        fn delete<'a>(&'a self, keys: BoxStream<'a, io::Result<u8>>) -> BoxStream<'a, io::Result<u8>>;
        async fn never(&self) -> io::Result<u8>;
        fn start(&self) -> JoinHandle<u8>;
    }

    #[async_trait::async_trait]
    impl Store for u8 {
        fn name(&self) -> String {
            self.to_string()
        }

        fn list(&self, prefix: &str) -> BoxStream<'static, io::Result<u8>> {
            stream::iter([Ok(*self), Ok(u8::try_from(prefix.len()).unwrap())]).boxed()
        }

        fn rows(&self) -> Rows<'_> {
            self.list("")
        }

        fn delete<'a>(&'a self, keys: BoxStream<'a, io::Result<u8>>) -> BoxStream<'a, io::Result<u8>> {
            keys.map(move |key| Ok(key? + self)).boxed()
        }

        async fn never(&self) -> io::Result<u8> {
            std::future::pending().await
        }

        fn start(&self) -> JoinHandle<u8> {
            let value = *self;
            tokio::spawn(async move { value })
        }
    }
}

mod mirror {
    use super::*;

    #[sync_bridge(remote = remote::Store)]
    pub(crate) trait Store {
        #[bridge(passthrough)]
        fn name(&self) -> String;
        fn list(&self, prefix: &str) -> BoxStream<'static, io::Result<u8>>;
        #[bridge(collect = io::Result<Vec<u8>>)]
        fn rows(&self) -> remote::Rows<'_>;
        fn delete<'a>(&'a self, #[bridge(iter)] keys: BoxStream<'a, io::Result<u8>>) -> BoxStream<'a, io::Result<u8>>;
        #[bridge(timeout = "5ms")]
        async fn never(&self) -> io::Result<u8>;
        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8>;
    }
}

#[test]
fn options_in_a_mirror() {
    use mirror::BlockingStore;

    watched(|| {
        let store: &dyn remote::Store = &7_u8;
        assert_eq!(store.name(), "7");
        assert_eq!(BlockingStore::name(&7_u8), "7");
        assert_eq!(store.list_blocking("ab").collect::<io::Result<Vec<_>>>().unwrap(), [7, 2]);
        assert_eq!(store.rows_blocking().unwrap(), [7, 0]);
        let keys = Box::new([Ok(1), Err(io::ErrorKind::NotFound.into())].into_iter());
        let deleted: Vec<_> = store.delete_blocking(keys).map(|key| key.map_err(|error| error.kind())).collect();
        assert_eq!(deleted, [Ok(8), Err(io::ErrorKind::NotFound)]);
        assert_eq!(store.never_blocking().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(store.start_blocking().wait().unwrap(), 7);
    });
}

mod blanket {
    use super::*;

    #[sync_bridge(blanket)]
    pub(crate) trait Source: Sync {
        #[bridge(passthrough)]
        fn name(&self) -> &'static str {
            "source"
        }

        fn items(&self) -> impl Stream<Item = io::Result<u8>> + Send;

        #[bridge(collect = io::Result<Vec<u8>>, timeout = "1h")]
        async fn all(&self) -> io::Result<BoxStream<'_, io::Result<u8>>> {
            Ok(self.items().boxed())
        }

        #[bridge(error = wrap)]
        async fn plain(&self, #[bridge(iter)] items: impl Stream<Item = u8> + Send) -> usize;
    }

    impl Source for [u8] {
        fn items(&self) -> impl Stream<Item = io::Result<u8>> + Send {
            stream::iter(self).map(|item| Ok(*item))
        }

        async fn plain(&self, items: impl Stream<Item = u8> + Send) -> usize {
            items.count().await
        }
    }
}

#[test]
fn options_for_every_implementor() {
    use blanket::BlockingSource;

    let source = &[1, 2][..];
    assert_eq!(source.name(), "source");
    assert_eq!(source.items_blocking().collect::<io::Result<Vec<_>>>().unwrap(), [1, 2]);
    assert_eq!(source.all_blocking().unwrap(), [1, 2]);
    assert_eq!(source.plain_blocking(vec![1, 2, 3]).unwrap(), 3);
}
