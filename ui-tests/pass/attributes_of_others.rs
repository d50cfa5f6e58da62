//! Attributes of other macros, and built-in ones, on methods with twins.

#![allow(dead_code)]
#![deny(unused_must_use, deprecated)]

use std::io;
use std::panic::Location;
use sync_bridge::{Blocking, sync_bridge};

struct Client(u8);

/// A builder: the twin takes the arguments one after the other, and calls what the builder calls.
#[sync_bridge]
#[bon::bon]
impl Client {
    #[builder]
    #[bridge(calls = Self::sum)]
    pub async fn add(&self, one: u8, other: u8) -> io::Result<u8> {
        self.sum(one, other).await
    }

    #[builder]
    #[bridge(skip)]
    pub async fn skipped(&self, one: u8) -> io::Result<u8> {
        self.sum(one, 0).await
    }

    async fn sum(&self, one: u8, other: u8) -> io::Result<u8> {
        Ok(self.0 + one + other)
    }
}

/// The builder is there before the twins, and its methods are synchronous.
#[bon::bon]
#[sync_bridge]
impl Client {
    #[builder]
    pub async fn subtract(&self, one: u8) -> io::Result<u8> {
        Ok(self.0 - one)
    }

    pub async fn get(&self) -> io::Result<u8> {
        self.subtract().one(0).call().await
    }
}

#[sync_bridge]
#[bon::builder]
#[bridge(calls = doubled)]
async fn double<T: Into<u8> + Send>(value: T) -> io::Result<u8> {
    doubled(value).await
}

async fn doubled<T: Into<u8> + Send>(value: T) -> io::Result<u8> {
    Ok(2 * value.into())
}

/// The twin of one method calls another, in each form.
#[sync_bridge]
trait Api: Sync {
    #[bridge(calls = other)]
    async fn get(&self, key: &str) -> io::Result<String>;

    #[bridge(calls = other)]
    async fn default(&self, key: &str) -> io::Result<String> {
        Ok(key.to_owned())
    }
}

async fn other<T: ?Sized>(_: &T, key: &str) -> io::Result<String> {
    Ok(format!("other {key}"))
}

#[sync_bridge]
impl Api for Client {
    #[bridge(calls = other)]
    async fn get(&self, key: &str) -> io::Result<String> {
        Ok(key.to_owned())
    }
}

#[sync_bridge(blanket)]
#[async_trait::async_trait]
trait Boxed: Sync {
    #[bridge(calls = Self::boxed)]
    async fn fetch(&self, key: &str) -> io::Result<String>;

    #[bridge(skip)]
    async fn boxed(&self, key: &str) -> io::Result<String>;
}

#[async_trait::async_trait]
impl Boxed for Client {
    async fn fetch(&self, key: &str) -> io::Result<String> {
        Ok(key.to_owned())
    }

    async fn boxed(&self, key: &str) -> io::Result<String> {
        Ok(format!("boxed {key}"))
    }
}

/// What a twin has of each, and what it works with.
#[sync_bridge]
impl Client {
    #[tracing::instrument(skip(self), fields(key = %key), err)]
    pub async fn traced(&self, key: &str) -> io::Result<u8> {
        Ok(self.0)
    }

    #[bridge(error = panic)]
    #[must_use]
    pub async fn needed(&self) -> u8 {
        self.0
    }

    #[track_caller]
    pub fn located(&self) -> impl Future<Output = io::Result<&'static Location<'static>>> + Send + use<> {
        let location = Location::caller();
        async move { Ok(location) }
    }

    #[doc(alias = "obtain")]
    #[cfg_attr(docsrs, doc(cfg(feature = "client")))]
    #[inline]
    #[allow(clippy::unused_async)]
    #[expect(unused_variables)]
    pub async fn documented(&self) -> io::Result<u8> {
        let unused = 1;
        Ok(self.0)
    }

    #[deprecated = "use `documented`"]
    pub async fn old(&self) -> io::Result<u8> {
        Ok(self.0)
    }
}

fn main() -> io::Result<()> {
    let client = Client(7);
    assert_eq!(client.add_blocking(1, 2)?, 10);
    assert_eq!(client.add().one(1).other(2).call().wait_flattened()?, 10);
    assert_eq!(client.skipped().one(3).call().wait_flattened()?, 10);
    assert_eq!(client.subtract().one(3).call().wait_flattened()?, 4);
    assert_eq!(client.get_blocking()?, 7);
    assert_eq!(double_blocking(4)?, 8);
    assert_eq!(client.default_blocking("key")?, "other key");
    assert_eq!(BlockingApi::get_blocking(&client, "key")?, "other key");
    assert_eq!(client.fetch_blocking("key")?, "boxed key");
    assert_eq!(client.traced_blocking("key")?, 7);
    assert_eq!(client.needed_blocking(), 7);
    assert_eq!(client.located_blocking()?.file(), file!());
    assert_eq!(client.documented_blocking()?, 7);
    #[allow(deprecated)]
    let old = client.old_blocking()?;
    assert_eq!(old, 7);
    Ok(())
}
