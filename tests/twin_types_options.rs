//! Options of methods and blocks in impls of twin types.

#![allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::cast_possible_truncation,
    reason = "the methods are samples"
)]

use futures::stream::{self, Stream};
use std::future::{Future, IntoFuture};
use std::io::{self, Read};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use sync_bridge::{BridgeError, BridgedTask, Kept, RuntimeBridge, TwinType, sync_bridge};
use tokio::io::AsyncRead;
use tokio::task::JoinHandle;

#[derive(Debug)]
pub(crate) enum Error {
    Own,
    Bridge(BridgeError),
}

fn failed(error: BridgeError) -> Error {
    Error::Bridge(error)
}

#[sync_bridge]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item(u8);

#[sync_bridge]
#[derive(Debug)]
pub(crate) struct Api {
    limit: Duration,
}

/// A request that is made when it is awaited.
pub(crate) struct Call(u8);

impl IntoFuture for Call {
    type Output = Result<u8, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(self.0)
        })
    }
}

#[sync_bridge(twin = BlockingApi, twins(Item), error = failed, timeout = self.limit, futures(Call), items(marked(skip)))]
impl Api {
    #[bridge(error = wrap, timeout = None)]
    pub(crate) async fn new(limit: Duration) -> Self {
        tokio::task::yield_now().await;
        Self { limit }
    }

    #[bridge(error = wrap)]
    pub(crate) async fn wrapped(&mut self, step: u8) -> Option<Item> {
        tokio::task::yield_now().await;
        self.limit += Duration::from_secs(step.into());
        step.checked_sub(1).map(Item)
    }

    #[bridge(error = panic, timeout = None)]
    pub(crate) async fn panicking(&self) -> Item {
        tokio::task::yield_now().await;
        Item(1)
    }

    pub(crate) async fn slow(&self) -> Result<Item, Error> {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Ok(Item(2))
    }

    #[bridge(timeout = limit)]
    pub(crate) async fn slow_within(&self, limit: Duration) -> Result<(), Error> {
        tokio::time::sleep(limit * 1000).await;
        Ok(())
    }

    #[bridge(task, error = wrap)]
    pub(crate) async fn with_task(&self) -> (Item, JoinHandle<u8>) {
        (Item(3), tokio::spawn(async { 4 }))
    }

    #[bridge(keep)]
    pub(crate) async fn kept(&self) -> Result<Vec<u8>, Error> {
        tokio::task::yield_now().await;
        Ok(vec![5])
    }

    #[bridge(read)]
    pub(crate) async fn reader(&self) -> Result<impl AsyncRead + Send + Unpin + 'static, Error> {
        tokio::task::yield_now().await;
        Ok(&b"bytes"[..])
    }

    #[bridge(error = wrap)]
    pub(crate) fn wrapped_items(&self) -> impl Stream<Item = Item> + use<> {
        stream::iter([Item(6), Item(7)])
    }

    #[bridge(error = panic, timeout = None)]
    pub(crate) fn panicking_items(&self) -> impl Stream<Item = (u8, Item)> + use<> {
        stream::iter([(1, Item(6))])
    }

    #[bridge(collect = Vec<Item>)]
    pub(crate) async fn collected(&self) -> Result<impl Stream<Item = Item> + use<>, Error> {
        Ok(stream::iter([Item(8), Item(9)]))
    }

    pub(crate) async fn sum(
        &self,
        #[bridge(iter)] items: impl Stream<Item = u8> + Send + 'static,
    ) -> Result<u8, Error> {
        use futures::StreamExt;
        let mut items = std::pin::pin!(items);
        let mut sum = 0;
        while let Some(item) = items.next().await {
            sum += item;
        }
        Ok(sum)
    }

    pub(crate) fn call(&self, value: u8) -> Call {
        Call(value)
    }

    #[bridge(rename = "other")]
    pub(crate) fn named(&self, Item(value): Item, (a, b): (u8, Option<Item>)) -> (u8, Item) {
        (value + a, b.unwrap_or(Item(0)))
    }

    #[bridge(as_is)]
    pub(crate) fn original(&self) -> Item {
        Item(10)
    }

    #[bridge(twin)]
    async fn private(&self) -> Result<Item, Error> {
        tokio::task::yield_now().await;
        Err(Error::Own)
    }

    #[expect(unsafe_code, reason = "a twin may be of such a method")]
    pub(crate) async unsafe fn unchecked(&self) -> Result<Item, Error> {
        tokio::task::yield_now().await;
        Ok(Item(11))
    }

    #[expect(dead_code, reason = "the twin leaves it out")]
    pub(crate) async fn marked(&self) -> Rc<u8> {
        Rc::new(0)
    }

    pub(crate) const fn constant(&self) -> Duration {
        self.limit
    }

    pub(crate) async fn generic<'a, T: AsRef<[u8]>>(
        &self,
        bytes: &'a T,
        other: impl ToString,
    ) -> Result<(&'a T, Item), Error> {
        tokio::task::yield_now().await;
        Ok((bytes, Item(bytes.as_ref().len() as u8 + other.to_string().len() as u8)))
    }
}

#[sync_bridge(twin = BlockingApi, local, twins(Item))]
impl Api {
    pub(crate) async fn on_one_thread(&self, item: &Item) -> io::Result<Item> {
        let item = Rc::new(item.clone());
        tokio::task::yield_now().await;
        Ok(Rc::unwrap_or_clone(item))
    }
}

fn api() -> BlockingApi {
    BlockingApi::new(Duration::from_millis(20)).unwrap()
}

#[test]
fn error_rules() {
    let mut api = api();
    assert_eq!(api.wrapped(2).unwrap().unwrap().into_async(), Item(1));
    assert!(api.wrapped(0).unwrap().is_none());
    assert_eq!(api.constant(), Duration::from_millis(2020));
    assert_eq!(api.panicking().into_async(), Item(1));
    assert!(matches!(api.private(), Err(Error::Own)));
    let bridge = RuntimeBridge::new().unwrap();
    let api = api.with_bridge(&bridge);
    bridge.shutdown(Duration::ZERO);
    assert!(matches!(api.private(), Err(Error::Bridge(BridgeError::WorkerDead))));
    assert!(matches!(api.wrapped_items().next(), Some(Err(BridgeError::WorkerDead))));
}

#[test]
fn time_limits_are_those_of_the_value() {
    let api = api();
    assert!(matches!(api.slow(), Err(Error::Bridge(BridgeError::TimedOut { .. }))));
    assert!(matches!(api.slow_within(Duration::from_millis(5)), Err(Error::Bridge(BridgeError::TimedOut { .. }))));
}

#[test]
fn adapters_beside_twins() -> Result<(), Error> {
    let api = api();
    let (item, mut task): (BlockingItem, BridgedTask<u8>) = api.with_task().unwrap();
    assert_eq!((item.into_async(), task.wait().unwrap()), (Item(3), 4));
    let kept: Kept<Vec<u8>> = api.kept()?;
    assert_eq!(*kept, [5]);
    let mut text = String::new();
    api.reader()?.read_to_string(&mut text).unwrap();
    assert_eq!(text, "bytes");
    let items: Vec<_> = api.wrapped_items().map(|item| item.unwrap().into_async()).collect();
    assert_eq!(items, [Item(6), Item(7)]);
    let items: Vec<_> = api.panicking_items().map(|(one, item)| (one, item.into_async())).collect();
    assert_eq!(items, [(1, Item(6))]);
    let collected: Vec<BlockingItem> = api.collected()?;
    assert_eq!(collected.len(), 2);
    assert_eq!(api.sum([1, 2, 3])?, 6);
    assert_eq!(api.call(7)?, 7);
    Ok(())
}

#[test]
fn signatures() -> Result<(), Error> {
    let api = api();
    let item = |value| BlockingItem::from_async(Item(value));
    let (sum, other) = api.other(item(1), (2, Some(item(3))));
    assert_eq!((sum, other.into_async()), (3, Item(3)));
    assert_eq!(api.original(), Item(10));
    #[expect(unsafe_code, reason = "the method is unsafe")]
    // SAFETY: it does nothing.
    let unchecked = unsafe { api.unchecked() };
    assert_eq!(unchecked?.into_async(), Item(11));
    let bytes = vec![1, 2];
    let (same, item) = api.generic(&bytes, 100)?;
    assert_eq!((same, item.into_async()), (&bytes, Item(5)));
    assert_eq!(api.on_one_thread(&BlockingItem::from_async(Item(12))).unwrap().into_async(), Item(12));
    Ok(())
}

/// Another path of this crate.
mod renamed {
    pub(crate) mod api {
        pub(crate) use sync_bridge as bridge;
    }

    use super::{BridgeError, RuntimeBridge};
    use api::bridge::{TwinType, sync_bridge};

    #[sync_bridge(crate = api::bridge)]
    pub(crate) struct Client(pub(crate) u8);

    #[sync_bridge(crate = api::bridge, twin = BlockingClient)]
    impl Client {
        pub(crate) async fn get(&self) -> Result<u8, BridgeError> {
            Ok(self.0)
        }
    }

    #[sync_bridge(crate = api::bridge)]
    pub(crate) trait Get: Sync {
        async fn get(&self) -> Result<u8, BridgeError>;

        async fn twice(&self) -> Result<u8, BridgeError> {
            Ok(self.get().await? * 2)
        }
    }

    #[sync_bridge(crate = api::bridge, twin = BlockingClient)]
    impl Get for Client {
        async fn get(&self) -> Result<u8, BridgeError> {
            Ok(self.0 + 1)
        }
    }

    #[test]
    fn path_of_the_crate() -> Result<(), BridgeError> {
        let bridge = RuntimeBridge::new().unwrap();
        let client = BlockingClient::from_async_on(Client(1), &bridge);
        assert_eq!((client.get()?, client.get_blocking()?, client.twice_blocking()?), (1, 2, 4));
        Ok(())
    }
}
