//! A generated twin trips no lint that its original passes.

#![allow(async_fn_in_trait)]
#![deny(
    missing_docs,
    nonstandard_style,
    unused,
    unused_qualifications,
    single_use_lifetimes,
    unreachable_pub,
    unsafe_code,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    non_ascii_idents,
    trivial_casts,
    unused_lifetimes,
    unused_results,
    clippy::all,
    clippy::pedantic
)]

use std::error::Error;
use std::io;

/// A store.
#[sync_bridge::sync_bridge]
pub trait Store: Sync {
    /// The limit.
    const LIMIT: usize;
    /// The error.
    type Error: From<sync_bridge::BridgeError> + Send;

    /// Gets.
    ///
    /// # Errors
    ///
    /// If the key is missing.
    async fn get(&self, key: &str) -> Result<String, Self::Error>;

    /// Gets, by name.
    ///
    /// # Errors
    ///
    /// If the key is missing.
    #[must_use = "it is a result"]
    async fn named<'a>(&'a self, one: &'a str, _: u8) -> Result<&'a str, Self::Error> {
        tokio::task::yield_now().await;
        Ok(one)
    }

    /// Old.
    ///
    /// # Errors
    ///
    /// Never.
    #[deprecated = "use `get`"]
    async fn old(&self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// A type.
#[derive(Debug)]
pub struct Memory;

#[sync_bridge::sync_bridge]
impl Store for Memory {
    const LIMIT: usize = 1;
    type Error = io::Error;

    async fn get(&self, key: &str) -> Result<String, io::Error> {
        Ok(key.to_owned())
    }
}

/// Boxed.
#[async_trait::async_trait]
#[sync_bridge::sync_bridge(error = wrap)]
pub trait Boxed: Send + Sync {
    /// Gets.
    async fn get<'a>(&self, key: &'a str, other: &str) -> &'a str;

    /// Gets twice.
    async fn twice(&self, key: &str) -> usize {
        self.get(key, "").await.len() * 2
    }
}

#[async_trait::async_trait]
#[sync_bridge::sync_bridge(error = wrap)]
impl Boxed for Memory {
    async fn get<'a>(&self, key: &'a str, _: &str) -> &'a str {
        key
    }
}

/// Expects.
#[sync_bridge::sync_bridge(error = panic)]
#[expect(non_camel_case_types, reason = "it is a test")]
pub trait misnamed: Sync {
    /// Gets.
    #[expect(non_snake_case)]
    async fn getOne(&self) -> u8;

    /// Gets.
    #[cfg_attr(all(), expect(non_snake_case), doc = "More.")]
    async fn getOther(&self) -> u8 {
        2
    }
}

#[sync_bridge::sync_bridge(error = panic)]
impl misnamed for Memory {
    async fn getOne(&self) -> u8 {
        1
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    assert_eq!(BlockingStore::get_blocking(&Memory, "key")?, "key");
    assert_eq!(Memory.named_blocking("name", 0)?, "name");
    assert_eq!(BlockingBoxed::twice_blocking(&Memory, "ab")?, 4);
    assert_eq!(Memory.getOne_blocking() + Memory.getOther_blocking(), 3);
    Ok(())
}
