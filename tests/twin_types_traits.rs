//! Async traits of a type whose twin is a type: the twin has the blocking twins of the traits.

use async_trait::async_trait;
use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use sync_bridge::{BridgeError, RuntimeBridge, TwinType, sync_bridge};

#[sync_bridge]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Api {
    name: String,
}

/// A trait without a base.
#[sync_bridge]
pub(crate) trait Plain: Sync {
    async fn get(&self, key: &str) -> io::Result<String>;

    fn name(&self) -> &str;
}

#[sync_bridge(twin = BlockingApi)]
impl Plain for Api {
    async fn get(&self, key: &str) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(format!("{}/{key}", self.name))
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A trait with defaults, associated types and constants, whose methods take and return values of the type itself.
#[sync_bridge]
pub(crate) trait Store: Sized + Send + Sync {
    const LIMIT: usize;

    type Key: Send + Sync + From<String>;
    type Error: From<BridgeError> + Send + Debug;

    async fn open(name: &str) -> Result<Self, Self::Error>;

    async fn find(&self, key: &Self::Key) -> Result<Option<Self::Key>, Self::Error>;

    async fn has(&self, key: &Self::Key) -> Result<bool, Self::Error> {
        Ok(self.find(key).await?.is_some())
    }

    async fn rename(&mut self, name: String) -> Result<(), Self::Error>;

    async fn join(self, other: &Self) -> Result<Self, Self::Error>;

    async fn twice(self: Box<Self>, others: Vec<Self>) -> Result<Vec<Self>, Self::Error>;

    async fn peek(self: Pin<&mut Self>) -> Result<usize, Self::Error>;
}

#[sync_bridge(twin = BlockingApi)]
impl Store for Api {
    const LIMIT: usize = 7;

    type Key = String;
    type Error = io::Error;

    async fn open(name: &str) -> io::Result<Self> {
        tokio::task::yield_now().await;
        Ok(Self { name: name.to_owned() })
    }

    async fn find(&self, key: &String) -> io::Result<Option<String>> {
        tokio::task::yield_now().await;
        Ok(self.name.contains(key).then(|| key.clone()))
    }

    async fn rename(&mut self, name: String) -> io::Result<()> {
        tokio::task::yield_now().await;
        self.name = name;
        Ok(())
    }

    async fn join(self, other: &Self) -> io::Result<Self> {
        tokio::task::yield_now().await;
        Ok(Self { name: self.name + &other.name })
    }

    async fn twice(self: Box<Self>, mut others: Vec<Self>) -> io::Result<Vec<Self>> {
        tokio::task::yield_now().await;
        others.push(*self);
        Ok(others)
    }

    async fn peek(self: Pin<&mut Self>) -> io::Result<usize> {
        tokio::task::yield_now().await;
        Ok(self.name.len())
    }
}

/// A trait with boxed futures.
#[sync_bridge]
#[async_trait]
pub(crate) trait Boxed: Send + Sync {
    async fn length(&self) -> io::Result<usize>;

    async fn doubled(&self) -> io::Result<usize> {
        Ok(self.length().await? * 2)
    }
}

#[sync_bridge(twin = BlockingApi)]
#[async_trait]
impl Boxed for Api {
    async fn length(&self) -> io::Result<usize> {
        tokio::task::yield_now().await;
        Ok(self.name.len())
    }
}

#[async_trait]
#[sync_bridge]
pub(crate) trait BoxedAbove: Send + Sync {
    async fn first(&self, key: &str) -> io::Result<Option<char>>;
}

#[async_trait]
#[sync_bridge(twin = BlockingApi)]
impl BoxedAbove for Api {
    async fn first(&self, key: &str) -> io::Result<Option<char>> {
        tokio::task::yield_now().await;
        Ok(key.chars().chain(self.name.chars()).next())
    }
}

/// A hand-written twin.
pub(crate) trait SyncPlain {
    fn get(&self, key: &str) -> io::Result<String>;

    fn name(&self) -> &str;
}

#[sync_bridge]
pub(crate) struct Pair<'a, T>(&'a str, T);

#[sync_bridge(twin = BlockingPair, twin_trait = SyncPlain)]
impl<T: ToString + Sync> Plain for Pair<'_, T> {
    async fn get(&self, key: &str) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(format!("{}/{key}/{}", self.0, self.1.to_string()))
    }

    fn name(&self) -> &str {
        self.0
    }
}

fn api() -> BlockingApi {
    BlockingApi::from_async(Api { name: "name".to_owned() })
}

#[test]
fn trait_without_base() -> io::Result<()> {
    assert_eq!(api().get_blocking("key")?, "name/key");
    let object: &dyn BlockingPlain = &api();
    assert_eq!(object.get_blocking("key")?, "name/key");
    Ok(())
}

#[test]
fn trait_with_base() -> io::Result<()> {
    let mut api = BlockingApi::open_blocking("name")?;
    assert_eq!(<BlockingApi as Store>::LIMIT, 7);
    assert_eq!(api.find_blocking(&"am".to_owned())?, Some("am".to_owned()));
    assert!(api.has_blocking(&"na".to_owned())?);
    assert!(!api.has_blocking(&"x".to_owned())?);
    api.rename_blocking("other".to_owned())?;
    let joined = api.clone().join_blocking(&api)?;
    assert_eq!(joined.as_async().name, "otherother");
    assert_eq!(Pin::new(&mut api).peek_blocking()?, 5);
    let both = Box::new(joined).twice_blocking(vec![api])?;
    assert_eq!(both.len(), 2);
    Ok(())
}

#[test]
fn trait_with_boxed_futures() -> io::Result<()> {
    assert_eq!(api().length_blocking()?, 4);
    assert_eq!(api().doubled_blocking()?, 8);
    assert_eq!(api().first_blocking("")?, Some('n'));
    Ok(())
}

#[test]
fn trait_by_hand_of_generic_type() -> io::Result<()> {
    let name = String::from("name");
    let pair = BlockingPair::from_async(Pair(&name, 3));
    assert_eq!(SyncPlain::get(&pair, "key")?, "name/key/3");
    assert_eq!(SyncPlain::name(&pair), "name");
    Ok(())
}

/// Defaults and overridden methods use the bridge of the value.
#[test]
fn calls_use_bridge_of_value() -> io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let api = api().with_bridge(&bridge);
    bridge.shutdown(std::time::Duration::ZERO);
    assert!(api.get_blocking("key").is_err());
    assert!(api.length_blocking().is_err());
    assert!(api.doubled_blocking().is_err());
    assert!(api.has_blocking(&"key".to_owned()).is_err());
    Ok(())
}
