//! `twin = path`: an async implementation of a synchronous trait that was there before.

use std::io;
use sync_bridge::{RuntimeBridge, sync_bridge};

/// The trait of long standing, and a synchronous implementation of it.
mod sync {
    use std::io;

    pub(crate) trait ObjectStore<K = String>: Send + Sync {
        const SCHEME: &'static str;
        type Error;

        fn name(&self) -> &str;
        fn get(&self, key: &str) -> Result<K, Self::Error>;
        fn put(&mut self, key: &str, value: K) -> Result<Option<K>, Self::Error>;
        fn map<T, F: FnOnce(&str) -> T>(&self, map: F) -> T;

        fn get_or(&self, key: &str, other: K) -> K {
            self.get(key).unwrap_or(other)
        }
    }

    pub(crate) struct Echo;

    impl ObjectStore for Echo {
        const SCHEME: &'static str = "echo";
        type Error = io::Error;

        fn name(&self) -> &'static str {
            "echo"
        }

        fn get(&self, key: &str) -> io::Result<String> {
            Ok(key.to_owned())
        }

        fn put(&mut self, _: &str, value: String) -> io::Result<Option<String>> {
            Ok(Some(value))
        }

        fn map<T, F: FnOnce(&str) -> T>(&self, map: F) -> T {
            map("echo")
        }
    }
}

/// Methods of the same names, and one that the synchronous trait has not.
trait AsyncObjectStore: Send + Sync {
    const SCHEME: &'static str;
    type Error;
    type Private;

    fn name(&self) -> &str;
    async fn get(&self, key: &str) -> Result<String, Self::Error>;
    async fn put(&mut self, key: &str, value: String) -> Result<Option<String>, Self::Error>;
    fn map<T, F: FnOnce(&str) -> T>(&self, map: F) -> T;
    async fn flush(&self) -> Result<Self::Private, Self::Error>;
}

struct Memory {
    bridge: RuntimeBridge,
    value: Option<String>,
}

#[sync_bridge(twin_trait = sync::ObjectStore<String>, bridge = self.bridge, error = io::Error::from)]
impl AsyncObjectStore for Memory {
    const SCHEME: &'static str = "memory";
    type Error = io::Error;
    #[bridge(skip)]
    type Private = u8;

    fn name(&self) -> &str {
        <Self as AsyncObjectStore>::SCHEME
    }

    async fn get(&self, key: &str) -> Result<String, Self::Error> {
        tokio::task::yield_now().await;
        self.value.clone().filter(|_| key == "key").ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    async fn put(&mut self, _: &str, value: String) -> Result<Option<String>, Self::Error> {
        Ok(self.value.replace(value))
    }

    fn map<T, F: FnOnce(&str) -> T>(&self, map: F) -> T {
        map("memory")
    }

    #[bridge(skip)]
    async fn flush(&self) -> Result<Self::Private, Self::Error> {
        Ok(0)
    }
}

/// Code that knows the synchronous trait only.
fn fill<T: sync::ObjectStore<Error = io::Error>>(mut store: T) -> io::Result<(String, String, usize)> {
    assert_eq!(store.name(), T::SCHEME);
    let before = store.get_or("key", "other".to_owned());
    store.put("key", "value".to_owned())?;
    Ok((before, store.get("key")?, store.map(str::len)))
}

#[test]
fn synchronous_and_bridged_stores_behind_one_trait() -> io::Result<()> {
    let memory = Memory { bridge: RuntimeBridge::new()?, value: None };
    assert_eq!(memory.bridge.block_on_with(|| memory.flush())??, 0);
    assert_eq!(fill(sync::Echo)?, ("key".to_owned(), "key".to_owned(), 4));
    assert_eq!(fill(memory)?, ("other".to_owned(), "value".to_owned(), 6));
    Ok(())
}

/// The method of the synchronous trait has another name.
trait Legacy {
    fn load(&self) -> io::Result<u8>;
    fn title(&self) -> String;
}

#[async_trait::async_trait]
trait Modern {
    async fn get(&self) -> io::Result<u8>;
    fn name(&self) -> String;
}

#[async_trait::async_trait]
#[sync_bridge(twin_trait = Legacy)]
impl Modern for u8 {
    #[bridge(rename = "load")]
    async fn get(&self) -> io::Result<u8> {
        Ok(*self)
    }

    #[bridge(rename = "title")]
    fn name(&self) -> String {
        self.to_string()
    }
}

#[test]
fn names_of_the_synchronous_trait() -> io::Result<()> {
    let legacy: &dyn Legacy = &3_u8;
    assert_eq!((legacy.load()?, legacy.title()), (3, "3".to_owned()));
    Ok(())
}

/// One impl may have both twins.
#[sync_bridge(error = panic)]
trait Both {
    async fn get(&self) -> u8;
}

trait SyncBoth {
    fn get(&self) -> u8;
}

#[sync_bridge(error = panic)]
#[sync_bridge(twin_trait = SyncBoth, error = panic)]
impl Both for u8 {
    async fn get(&self) -> u8 {
        *self
    }
}

#[test]
fn both_twins_of_one_impl() {
    assert_eq!(BlockingBoth::get_blocking(&1_u8), 1);
    assert_eq!(SyncBoth::get(&2_u8), 2);
}

/// Lifetimes and references without a name, in the header of the impl and in the twin.
mod unnamed_lifetimes {
    use super::*;

    mod sync {
        pub(crate) trait Parse<'a, K> {
            type Error;
            const LIMIT: usize;
            fn parse(&self, key: K) -> Result<usize, Self::Error>;
            fn last(&self) -> Option<Self::Error>;
        }
    }

    trait Parse<'a, K> {
        type Error;
        const LIMIT: usize;
        async fn parse(&self, key: K) -> Result<usize, Self::Error>;
        fn last(&self) -> Option<Self::Error>;
    }

    struct Parser<'a>(&'a u8);

    #[sync_bridge(twin_trait = sync::Parse<'_, &str>)]
    impl Parse<'_, &str> for Parser<'_> {
        type Error = io::Error;
        const LIMIT: usize = 3;

        async fn parse(&self, key: &str) -> Result<usize, Self::Error> {
            if key.is_empty() { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(key.len()) }
        }

        fn last(&self) -> Option<Self::Error> {
            (*self.0 > 0).then(|| io::ErrorKind::NotFound.into())
        }
    }

    fn check<'a, T: sync::Parse<'a, &'a str, Error = io::Error>>(parser: &T) {
        assert_eq!(T::LIMIT, 3);
        assert_eq!(parser.parse("key").unwrap(), 3);
        assert_eq!(parser.parse("").unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(parser.last().unwrap().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn lifetimes_without_a_name_in_the_header() {
        check(&Parser(&1));
    }
}

/// A public synchronous trait, answered through a private async one.
pub mod private_source {
    use super::*;

    /// What callers see.
    pub trait Public {
        /// The error.
        type Error;
        /// A row.
        type Row<'a>: AsRef<str>
        where
            Self: 'a;

        /// Its row.
        ///
        /// # Errors
        ///
        /// Those of the bridge.
        fn row(&self) -> Result<Self::Row<'_>, Self::Error>;
    }

    trait Source {
        type Error;
        type Row<'a>
        where
            Self: 'a;

        async fn row(&self) -> Result<Self::Row<'_>, Self::Error>;
    }

    /// A type that is public too.
    #[derive(Debug)]
    pub struct Store(pub String);

    #[sync_bridge(twin_trait = Public)]
    impl Source for Store {
        type Error = io::Error;
        type Row<'a> = &'a str;

        async fn row(&self) -> Result<Self::Row<'_>, Self::Error> {
            tokio::task::yield_now().await;
            Ok(&self.0)
        }
    }
}

#[test]
fn public_trait_answered_by_a_private_one() -> io::Result<()> {
    use private_source::{Public, Store};

    assert_eq!(Store("row".to_owned()).row()?, "row");
    Ok(())
}

/// Traits of the standard library, which its functions, `for` loops and the compiler call.
mod of_std {
    use super::*;
    use std::str::FromStr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::io::AsyncReadExt;
    use tokio::task::yield_now;

    trait Receive {
        async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    }

    struct Slow<R>(R);

    #[sync_bridge(twin_trait = io::Read)]
    impl<R: tokio::io::AsyncRead + Send + Unpin> Receive for Slow<R> {
        async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            yield_now().await;
            AsyncReadExt::read(&mut self.0, buffer).await
        }
    }

    #[test]
    fn reader() -> io::Result<()> {
        let mut text = String::new();
        io::Read::read_to_string(&mut Slow(&b"text"[..]), &mut text)?;
        assert_eq!(text, "text");
        Ok(())
    }

    trait Produce {
        type Item;
        async fn next(&mut self) -> Option<Self::Item>;
    }

    struct Countdown(u8);

    #[sync_bridge(twin_trait = Iterator, error = panic)]
    impl Produce for Countdown {
        type Item = u8;

        async fn next(&mut self) -> Option<Self::Item> {
            yield_now().await;
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
    }

    #[test]
    fn iterator() {
        let mut counted = Vec::new();
        for count in Countdown(3) {
            counted.push(count);
        }
        assert_eq!(counted, [2, 1, 0]);
    }

    trait Close {
        async fn drop(&mut self);
    }

    struct Connection(Arc<AtomicBool>);

    #[sync_bridge(twin_trait = Drop, error = panic)]
    impl Close for Connection {
        async fn drop(&mut self) {
            yield_now().await;
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn destructor() {
        let is_closed = Arc::new(AtomicBool::new(false));
        drop(Connection(Arc::clone(&is_closed)));
        assert!(is_closed.load(Ordering::SeqCst));
    }

    trait Resolve: Sized {
        type Err;
        async fn from_str(name: &str) -> Result<Self, Self::Err>;
    }

    #[derive(Debug, PartialEq)]
    struct Address(usize);

    #[sync_bridge(twin_trait = FromStr)]
    impl Resolve for Address {
        type Err = io::Error;

        async fn from_str(name: &str) -> Result<Self, Self::Err> {
            yield_now().await;
            if name.is_empty() { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(Self(name.len())) }
        }
    }

    #[test]
    fn parser() -> io::Result<()> {
        assert_eq!("name".parse::<Address>()?, Address(4));
        assert_eq!("".parse::<Address>().unwrap_err().kind(), io::ErrorKind::InvalidInput);
        Ok(())
    }
}
