//! `items(…)`: options in the attribute of the block, which mean the same as on the item that they name.

#![allow(clippy::unused_async)]

use futures::stream::{BoxStream, Stream, StreamExt};
use std::io;
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

mod support;

use support::watched;

/// A trait and its impl.
mod traits {
    use super::*;

    #[sync_bridge(
        error = panic,
        items(
            tick(rename = "wait", error = wrap),
            skipped(skip),
            name(passthrough),
            rows(collect = Result<Vec<u8>, BridgeError>, error = wrap),
            sum(items(iter), timeout = "1h", error = wrap),
            r#type(rename = "kind"),
        ),
    )]
    pub(crate) trait Api {
        async fn tick(&self) -> u8;
        async fn skipped(&self) -> std::rc::Rc<u8>;
        fn name(&self) -> String;
        fn rows(&self) -> BoxStream<'_, Result<u8, BridgeError>>;
        async fn sum(&self, items: impl Stream<Item = u8> + Send) -> u8;
        async fn r#type(&self) -> u8 {
            5
        }
    }

    #[sync_bridge(
        error = panic,
        items(
            tick(rename = "wait", error = wrap),
            skipped(skip),
            name(passthrough),
            rows(collect = Result<Vec<u8>, BridgeError>, error = wrap),
            sum(items(iter), timeout = "1h", error = wrap),
        ),
    )]
    impl Api for u8 {
        async fn tick(&self) -> u8 {
            *self.skipped().await
        }

        async fn skipped(&self) -> std::rc::Rc<u8> {
            std::rc::Rc::new(*self)
        }

        fn name(&self) -> String {
            self.to_string()
        }

        fn rows(&self) -> BoxStream<'_, Result<u8, BridgeError>> {
            futures::stream::iter(0..*self).map(Ok).boxed()
        }

        async fn sum(&self, items: impl Stream<Item = u8> + Send) -> u8 {
            items.fold(*self, |sum, item| async move { sum + item }).await
        }
    }
}

#[test]
fn items_of_a_trait_and_its_impl() -> Result<(), BridgeError> {
    use traits::BlockingApi;

    watched(|| {
        assert_eq!((3.wait()?, BlockingApi::name(&3).as_str(), 3.kind()), (3, "3", 5));
        assert_eq!((3.rows_blocking()??, 3.sum_blocking([4, 5])?), (vec![0, 1, 2], 12));
        Ok(())
    })
}

/// The others, and an item with options on it besides.
mod others {
    use super::*;

    pub(crate) struct Client {
        pub(crate) bridge: RuntimeBridge,
    }

    #[sync_bridge(bridge = self.bridge, items(connect(bridge = bridge), private(twin), helper(skip)))]
    impl Client {
        #[bridge(timeout = "1h")]
        pub(crate) async fn connect(bridge: &RuntimeBridge) -> io::Result<Self> {
            Ok(Self { bridge: bridge.clone() })
        }

        async fn private(&self) -> io::Result<u8> {
            Ok(*self.helper().await)
        }

        pub(crate) async fn helper(&self) -> std::rc::Rc<u8> {
            std::rc::Rc::new(7)
        }
    }

    pub(crate) fn private(client: &Client) -> io::Result<u8> {
        client.private_blocking()
    }

    #[sync_bridge(items(fetch(rename = "get", items(iter))))]
    pub(crate) async fn fetch(items: BoxStream<'static, u8>) -> io::Result<usize> {
        Ok(items.count().await)
    }

    pub(crate) trait Existing {
        const LIMIT: u8;
        fn get(&self) -> u8;
    }

    pub(crate) trait Api {
        const LIMIT: u8;
        const OTHER: u8;
        type Item;
        async fn get(&self) -> Self::Item;
        fn other(&self) -> Self::Item;
    }

    // Two attributes on one item: each has its own.
    #[sync_bridge(twin_trait = Existing, error = panic, items(OTHER(skip), Item(skip), other(skip)))]
    #[sync_bridge(twin_trait = Second, error = panic, items(OTHER(skip), Item(skip), get(rename = "second"), LIMIT(skip)))]
    impl Api for u8 {
        const LIMIT: u8 = 1;
        const OTHER: u8 = 2;
        type Item = u8;

        async fn get(&self) -> u8 {
            *self
        }

        fn other(&self) -> u8 {
            Self::OTHER
        }
    }

    pub(crate) trait Second {
        fn second(&self) -> u8;
        fn other(&self) -> u8;
    }
}

#[test]
fn items_of_other_blocks() -> io::Result<()> {
    use others::{Client, Existing, Second};

    let client = Client::connect_blocking(&RuntimeBridge::new()?)?;
    assert_eq!(others::private(&client)?, 7);
    assert_eq!(others::get(Box::new(0..3))?, 3);
    assert_eq!((<u8 as Existing>::LIMIT, Existing::get(&4), 4.second(), Second::other(&4)), (1, 4, 4, 2));
    Ok(())
}
