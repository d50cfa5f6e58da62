//! What stands beside the async methods of a block: synchronous methods, associated types of supertraits, conditions.

#![allow(dead_code, reason = "a synchronous method is here for its signature")]
#![allow(clippy::unused_async, clippy::type_complexity)]

use futures::stream::{Stream, StreamExt};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::rc::Rc;
use sync_bridge::{BridgeError, sync_bridge};

trait Bound {}

struct Bounded<T: Bound>(T);

struct Lent<'a>(&'a str);

type Handler = Box<dyn for<'a> Fn(&'a str) -> usize>;

/// What a synchronous method returns means something in its own signature only: each of these did, written in the body of
/// another.
#[sync_bridge]
trait Synchronous<T> {
    async fn fetch(&self) -> io::Result<u8>;

    fn bounded(&self) -> Option<Bounded<T>>
    where
        T: Bound;
    fn handlers(&self) -> HashMap<String, Box<dyn for<'a> Fn(&'a str) -> usize>>;
    fn pointers<'a>(&'a self) -> HashMap<&'a str, for<'b> fn(&'a str, &'b str) -> &'b str>;
    fn borrower<'a>(&'a self) -> Rc<dyn Fn(&str, &str) -> &'a str>;
    fn lent(&self) -> BTreeMap<u8, Lent<'_>>;
    fn handler(&self) -> Rc<Handler>;
}

struct Beside;

#[sync_bridge]
impl<T> Synchronous<T> for Beside {
    async fn fetch(&self) -> io::Result<u8> {
        Ok(1)
    }

    fn bounded(&self) -> Option<Bounded<T>>
    where
        T: Bound,
    {
        None
    }

    fn handlers(&self) -> HashMap<String, Box<dyn for<'a> Fn(&'a str) -> usize>> {
        HashMap::new()
    }

    fn pointers<'a>(&'a self) -> HashMap<&'a str, for<'b> fn(&'a str, &'b str) -> &'b str> {
        HashMap::new()
    }

    fn borrower<'a>(&'a self) -> Rc<dyn Fn(&str, &str) -> &'a str> {
        Rc::new(|_, _| "borrowed")
    }

    fn lent(&self) -> BTreeMap<u8, Lent<'_>> {
        BTreeMap::new()
    }

    fn handler(&self) -> Rc<Handler> {
        Rc::new(Box::new(str::len))
    }
}

#[test]
fn types_of_synchronous_methods_are_left_alone() {
    assert_eq!(BlockingSynchronous::<u8>::fetch_blocking(&Beside).unwrap(), 1);
}

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
    fn failure(&self) -> Option<io::Error>;
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

    fn failure(&self) -> Option<Self::Failure> {
        None
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

/// A constant parameter of the impl has the name of a type.
struct N;

trait HasRoom {
    type Room;
}

#[sync_bridge]
trait Roomy<const LENGTH: usize>: HasRoom<Room = [u8; LENGTH]> {
    async fn room(&self) -> io::Result<[u8; LENGTH]>;
}

struct Hall<const LENGTH: usize>;

impl<const N: usize> HasRoom for Hall<{ N }> {
    type Room = [u8; N];
}

#[sync_bridge]
impl<const N: usize> Roomy<{ N }> for Hall<{ N }> {
    async fn room(&self) -> io::Result<Self::Room> {
        Ok([1; N])
    }
}

#[test]
fn types_of_supertraits_are_found_beside_constants() {
    assert_eq!(Hall::<2>.room_blocking().unwrap(), [1, 1]);
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

#[sync_bridge(twin_trait = Existing<'a>)]
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

/// The attribute is behind the condition, and so are the options.
#[cfg_attr(test, sync_bridge)]
trait Conditional {
    async fn get(&self) -> io::Result<u8>;

    #[cfg_attr(test, bridge(skip), doc = "It has no twin.")]
    async fn start(&self) -> tokio::task::JoinHandle<u8>;

    #[cfg_attr(test, cfg_attr(not(any()), bridge(rename = "sum_up")))]
    async fn sum(
        &self,
        #[cfg_attr(test, bridge(iter), allow(unused))] numbers: impl Stream<Item = u8> + Send,
    ) -> io::Result<u8>;

    // The condition of the option is that of the method as well.
    #[cfg(not(test))]
    #[cfg_attr(not(test), bridge(skip))]
    async fn never(&self) -> tokio::task::JoinHandle<u8>;
}

#[cfg_attr(test, sync_bridge)]
impl Conditional for Beside {
    async fn get(&self) -> io::Result<u8> {
        self.start().await.await.map_err(io::Error::other)
    }

    #[cfg_attr(test, bridge(skip))]
    async fn start(&self) -> tokio::task::JoinHandle<u8> {
        tokio::spawn(async { 7 })
    }

    #[cfg_attr(test, bridge(rename = "sum_up"))]
    async fn sum(&self, #[cfg_attr(test, bridge(iter))] numbers: impl Stream<Item = u8> + Send) -> io::Result<u8> {
        Ok(numbers.fold(0, async |sum, number| sum + number).await)
    }
}

#[cfg_attr(not(test), sync_bridge)]
impl Beside {
    #[cfg_attr(not(test), bridge(skip))]
    pub(crate) async fn left_alone(&self) -> u8 {
        8
    }
}

#[test]
fn options_under_the_condition_of_their_block() {
    assert_eq!(Beside.get_blocking().unwrap(), 7);
    assert_eq!(Beside.sum_up(vec![1, 2]).unwrap(), 3);
}

macro_rules! names {
    ($($name:ident)*) => {$(
        fn $name() -> &'static str {
            stringify!($name)
        }
    )*};
}

struct Named;

#[sync_bridge]
impl Named {
    #[bridge(skip)]
    names!(first second);

    pub(crate) async fn both() -> io::Result<String> {
        Ok(Self::first().to_owned() + Self::second())
    }
}

#[test]
fn macro_calls_that_make_nothing_async() {
    assert_eq!(Named::both_blocking().unwrap(), "firstsecond");
}

/// A stream itself, as its constructors say by either name; and one that says it of another method, which hands out more.
struct Rows<T>(Vec<T>);

impl<T: Unpin> Stream for Rows<T> {
    type Item = T;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<T>> {
        std::task::Poll::Ready(self.0.pop())
    }
}

#[sync_bridge(error = wrap)]
impl<T: Unpin + Send> Rows<T> {
    pub(crate) fn one(row: T) -> Self {
        Self(vec![row])
    }

    pub(crate) fn several(rows: Vec<T>) -> Rows<T> {
        Rows(rows)
    }

    pub(crate) fn handlers() -> HashMap<String, Box<dyn for<'a> Fn(&'a T) -> usize>> {
        HashMap::new()
    }

    pub(crate) fn bounded() -> Option<Bounded<T>>
    where
        T: Bound,
    {
        None
    }

    pub(crate) async fn last(&mut self) -> Option<T> {
        self.next().await
    }
}

#[test]
fn constructors_of_what_is_async_are_left_alone() {
    assert_eq!(Rows::one(1).last_blocking().unwrap(), Some(1));
    assert_eq!(Rows::several(vec![1, 2]).last_blocking().unwrap(), Some(2));
}
