//! What stands beside the async methods of a block: the associated types of supertraits.

#![allow(clippy::unused_async)]

use std::io;
use sync_bridge::{BridgeError, sync_bridge};

struct Beside;

trait HasFailure {
    type Failure;
}

trait HasKey<K> {
    type Key;
}

/// The twin has neither supertrait: no signature here names what is of one.
#[sync_bridge]
trait Keyed<K: Copy>: HasFailure<Failure = io::Error> + HasKey<K, Key = (K, u8)> {
    type Own;

    async fn key(&self, of: K) -> Result<(K, u8), io::Error>;
    async fn own(&self) -> Result<Self::Own, io::Error>;
    #[bridge(passthrough)]
    fn passed(&self, key: (K, u8)) -> (K, u8);
}

impl HasFailure for Beside {
    type Failure = io::Error;
}

impl<K> HasKey<K> for Beside {
    type Key = (K, u8);
}

#[sync_bridge]
impl<K: Copy + Send> Keyed<K> for Beside {
    type Own = u8;

    async fn key(&self, of: K) -> Result<Self::Key, Self::Failure> {
        Ok((of, 2))
    }

    async fn own(&self) -> Result<Self::Own, Self::Failure> {
        Ok(3)
    }

    #[bridge(passthrough)]
    fn passed(&self, key: Self::Key) -> Self::Key {
        key
    }
}

#[test]
fn types_of_supertraits_are_found() {
    assert_eq!(Beside.key_blocking('k').unwrap(), ('k', 2));
    assert_eq!(BlockingKeyed::<char>::own_blocking(&Beside).unwrap(), 3);
    let twin: &dyn BlockingKeyed<u8, Own = u8> = &Beside;
    assert_eq!(twin.passed((1, 2)), (1, 2));
}

trait Existing<'a> {
    type Own;
    type Failures;

    fn key(&self, of: &'a str) -> Result<(&'a str, u8), BridgeError>;
    fn own(&self) -> Result<Self::Own, Self::Failures>;
}

trait Source<'a>: HasFailure<Failure = BridgeError> + HasKey<&'a str> {
    type Own;
    type Failures;

    async fn key(&self, of: &'a str) -> Result<Self::Key, BridgeError>;
    async fn own(&self) -> Result<Self::Own, Self::Failures>;
}

struct Hand;

impl HasFailure for Hand {
    type Failure = BridgeError;
}

impl<K> HasKey<K> for Hand {
    type Key = (K, u8);
}

#[sync_bridge(twin = Existing<'a>)]
impl<'a> Source<'a> for Hand {
    type Own = u8;
    type Failures = Self::Failure;

    async fn key(&self, of: &'a str) -> Result<Self::Key, Self::Failure> {
        Ok((of, 4))
    }

    async fn own(&self) -> Result<Self::Own, Self::Failure> {
        Ok(5)
    }
}

#[test]
fn types_of_supertraits_are_found_for_an_existing_twin() {
    assert_eq!(Existing::key(&Hand, "k").unwrap(), ("k", 4));
    assert_eq!(Existing::own(&Hand).unwrap(), 5);
}

#[test]
fn types_of_supertraits_are_found_within_a_function() {
    struct Local;

    impl HasFailure for Local {
        type Failure = io::Error;
    }

    #[sync_bridge]
    trait Inner: HasFailure<Failure = io::Error> {
        async fn get(&self) -> Result<u8, io::Error>;
    }

    #[sync_bridge]
    impl Inner for Local {
        async fn get(&self) -> Result<u8, Self::Failure> {
            Ok(6)
        }
    }

    assert_eq!(Local.get_blocking().unwrap(), 6);
}
