//! `as_is`: the twin returns what the method returns, although only async code can use it, or so it seems.

#![allow(clippy::unused_async, reason = "what an original does is not what is tested")]

use std::future::{Ready, ready};
use std::io;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use sync_bridge::{Blocking, BridgeError, sync_bridge};
use tokio::io::{AsyncRead, AsyncReadExt, DuplexStream};
use tokio::sync::mpsc;

type Rows = BoxStream<'static, u8>;
type Opened = io::Result<Rows>;

/// Each kind of output, declared and implemented.
mod outputs {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Client {
        #[bridge(as_is)]
        async fn rows(&self) -> io::Result<Rows>;

        #[bridge(as_is)]
        async fn written(&self) -> io::Result<BoxStream<'_, u8>>;

        #[bridge(as_is)]
        async fn alias(&self) -> Opened;

        /// A client, and the future that drives its connection.
        #[bridge(as_is)]
        async fn connect(&self) -> io::Result<(u8, BoxFuture<'static, u8>)>;

        #[bridge(as_is)]
        async fn subscribe(&self) -> io::Result<mpsc::Receiver<u8>>;

        #[bridge(as_is)]
        async fn open(&self) -> io::Result<Box<dyn AsyncRead + Send + Unpin>>;

        #[bridge(as_is, error = wrap, timeout = "1h")]
        fn socket(&self) -> impl Future<Output = Option<DuplexStream>> + Send;

        #[bridge(as_is)]
        async fn inherited(&self) -> io::Result<Rows> {
            self.rows().await
        }

        // Synchronous methods are copied.
        #[bridge(as_is)]
        fn list(&self) -> BoxStream<'_, u8>;

        #[bridge(as_is, rename = "the_answer")]
        fn answer(&self) -> Ready<u8>;

        #[bridge(as_is)]
        fn inherited_list(&self) -> Rows {
            stream::iter([9]).boxed()
        }
    }

    #[sync_bridge]
    impl Client for u8 {
        #[bridge(as_is)]
        async fn rows(&self) -> io::Result<Rows> {
            Ok(stream::iter([*self, 2]).boxed())
        }

        #[bridge(as_is)]
        async fn written(&self) -> io::Result<BoxStream<'_, u8>> {
            Ok(stream::iter([*self]).boxed())
        }

        #[bridge(as_is)]
        async fn alias(&self) -> Opened {
            Client::rows(self).await
        }

        #[bridge(as_is)]
        async fn connect(&self) -> io::Result<(u8, BoxFuture<'static, u8>)> {
            let value = *self;
            Ok((value, Box::pin(async move { value + 1 })))
        }

        #[bridge(as_is)]
        async fn subscribe(&self) -> io::Result<mpsc::Receiver<u8>> {
            let (sender, receiver) = mpsc::channel(1);
            let value = *self;
            tokio::spawn(async move { sender.send(value).await });
            Ok(receiver)
        }

        #[bridge(as_is)]
        async fn open(&self) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
            Ok(Box::new(io::Cursor::new(vec![*self])))
        }

        #[bridge(as_is, error = wrap, timeout = "1h")]
        async fn socket(&self) -> Option<DuplexStream> {
            (*self > 0).then(|| tokio::io::duplex(1).0)
        }

        #[bridge(as_is)]
        fn list(&self) -> BoxStream<'_, u8> {
            stream::iter([*self]).boxed()
        }

        #[bridge(as_is, rename = "the_answer")]
        fn answer(&self) -> Ready<u8> {
            ready(*self)
        }
    }
}

#[test]
fn outputs_are_unchanged() -> Result<(), Box<dyn std::error::Error>> {
    use outputs::BlockingClient;

    let rows: Rows = 7_u8.rows_blocking()?;
    assert_eq!(rows.collect::<Vec<u8>>().wait_blocking()?, [7, 2]);
    assert_eq!(7_u8.written_blocking()?.next().wait_blocking()?, Some(7));
    assert_eq!(7_u8.alias_blocking()?.count().wait_blocking()?, 2);
    let (client, driver) = 7_u8.connect_blocking()?;
    assert_eq!((client, driver.wait_blocking()?), (7, 8));
    assert_eq!(7_u8.subscribe_blocking()?.recv().wait_blocking()?, Some(7));
    assert_eq!(7_u8.open_blocking()?.read_u8().wait_blocking()??, 7);
    let socket: Result<Option<DuplexStream>, BridgeError> = 0_u8.socket_blocking();
    assert!(socket?.is_none());
    assert_eq!(7_u8.inherited_blocking()?.count().wait_blocking()?, 2);
    assert_eq!(BlockingClient::list(&7_u8).next().wait_blocking()?, Some(7));
    assert_eq!(BlockingClient::the_answer(&7_u8).wait_blocking()?, 7);
    assert_eq!(BlockingClient::inherited_list(&7_u8).next().wait_blocking()?, Some(9));
    Ok(())
}

/// The other forms of a block.
mod forms {
    use super::*;

    pub(crate) struct Client(pub(crate) u8);

    #[sync_bridge(error = wrap)]
    impl Client {
        #[bridge(as_is)]
        pub(crate) async fn rows(&self) -> Rows {
            stream::iter([self.0]).boxed()
        }

        #[bridge(as_is)]
        pub(crate) async fn unnamed(&self) -> impl AsyncRead + Send + Unpin {
            io::Cursor::new(vec![self.0])
        }

        // Blocking code can call it.
        #[bridge(as_is)]
        pub(crate) fn list(&self) -> Rows {
            stream::iter([self.0]).boxed()
        }

        #[bridge(as_is, enter)]
        pub(crate) fn ticks(&self) -> Rows {
            // Needs a runtime.
            let clock = tokio::time::interval(std::time::Duration::from_millis(1));
            stream::unfold((self.0, clock), |(left, mut clock)| async move {
                clock.tick().await;
                left.checked_sub(1).map(|rest| (left, (rest, clock)))
            })
            .boxed()
        }
    }

    #[sync_bridge]
    #[bridge(as_is)]
    pub(crate) async fn connect(value: u8) -> io::Result<Rows> {
        Ok(stream::iter([value]).boxed())
    }

    #[sync_bridge(blanket)]
    #[async_trait::async_trait]
    pub(crate) trait Every: Send + Sync {
        #[bridge(as_is)]
        async fn every(&self) -> io::Result<Rows>;
        #[bridge(as_is)]
        fn list_every(&self) -> Rows;
    }

    #[async_trait::async_trait]
    impl Every for Client {
        async fn every(&self) -> io::Result<Rows> {
            Ok(self.list())
        }

        fn list_every(&self) -> Rows {
            self.list()
        }
    }

    #[async_trait::async_trait]
    #[sync_bridge(remote = Every, twin = BlockingMirror)]
    pub(crate) trait Mirror: Send + Sync {
        #[bridge(as_is)]
        async fn every(&self) -> io::Result<Rows>;
        #[bridge(as_is)]
        fn list_every(&self) -> Rows;
    }

    pub(crate) trait Existing {
        fn rows(&self) -> io::Result<Rows>;
        fn list(&self) -> Rows;
    }

    pub(crate) trait Source {
        async fn rows(&self) -> io::Result<Rows>;
        fn list(&self) -> Rows;
    }

    #[sync_bridge(twin_trait = Existing)]
    impl Source for u8 {
        #[bridge(as_is)]
        async fn rows(&self) -> io::Result<Rows> {
            Ok(stream::iter([*self]).boxed())
        }

        #[bridge(as_is)]
        fn list(&self) -> Rows {
            stream::iter([*self]).boxed()
        }
    }
}

#[test]
fn every_form_of_a_block() -> Result<(), Box<dyn std::error::Error>> {
    use forms::{BlockingEvery, BlockingMirror, Client, Existing, connect_blocking};

    let client = Client(2);
    assert_eq!(client.rows_blocking()?.next().wait_blocking()?, Some(2));
    assert_eq!(client.unnamed_blocking()?.read_u8().wait_blocking()??, 2);
    assert_eq!(client.list().next().wait_blocking()?, Some(2));
    assert_eq!(client.ticks_blocking()?.collect::<Vec<u8>>().wait_blocking()?, [2, 1]);
    assert_eq!(connect_blocking(3)?.next().wait_blocking()?, Some(3));
    assert_eq!(BlockingEvery::every_blocking(&client)?.next().wait_blocking()?, Some(2));
    assert_eq!(BlockingEvery::list_every(&client).next().wait_blocking()?, Some(2));
    assert_eq!(BlockingMirror::every_blocking(&client)?.next().wait_blocking()?, Some(2));
    assert_eq!(BlockingMirror::list_every(&client).next().wait_blocking()?, Some(2));
    assert_eq!(Existing::rows(&7)?.next().wait_blocking()?, Some(7));
    assert_eq!(Existing::list(&7).next().wait_blocking()?, Some(7));
    Ok(())
}
