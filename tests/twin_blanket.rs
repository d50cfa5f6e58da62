//! `blanket`: the twin of a trait is there for every implementor, without an attribute on any impl.

#![allow(
    clippy::elidable_lifetime_names,
    clippy::missing_safety_doc,
    clippy::multiple_bound_locations,
    clippy::needless_lifetimes,
    clippy::unused_async
)]

use std::fmt::{Debug, Display};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

/// Native `async fn`: nothing proves the futures to be `Send`, so each stays on one thread.
mod native {
    use super::*;

    #[sync_bridge(blanket)]
    pub(crate) trait Store: Debug {
        async fn get(&self, key: &str) -> io::Result<String>;

        async fn get_twice(&self, key: &str) -> io::Result<String> {
            Ok(self.get(key).await? + &self.get(key).await?)
        }

        async fn put(&mut self, value: String) -> io::Result<()>;

        async fn into_inner(self) -> io::Result<String>
        where
            Self: Sized;

        async fn open(name: &str) -> io::Result<Self>
        where
            Self: Sized;
    }

    #[derive(Debug)]
    pub(crate) struct Memory(pub(crate) String);

    impl Store for Memory {
        async fn get(&self, key: &str) -> io::Result<String> {
            let joined = Rc::new(format!("{}{key}", self.0));
            tokio::task::yield_now().await;
            Ok((*joined).clone())
        }

        async fn put(&mut self, value: String) -> io::Result<()> {
            tokio::task::yield_now().await;
            self.0 = value;
            Ok(())
        }

        async fn into_inner(self) -> io::Result<String> {
            Ok(self.0)
        }

        async fn open(name: &str) -> io::Result<Self> {
            Ok(Self(name.to_owned()))
        }
    }

    /// A pointer that implements the trait has the twin too.
    impl<S: Store + ?Sized> Store for Box<S> {
        async fn get(&self, key: &str) -> io::Result<String> {
            Ok(format!("boxed {}", (**self).get(key).await?))
        }

        async fn put(&mut self, value: String) -> io::Result<()> {
            (**self).put(value).await
        }

        async fn into_inner(self) -> io::Result<String> {
            self.get("").await
        }

        async fn open(_: &str) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[test]
fn blanket_twin_of_native_trait() -> io::Result<()> {
    use native::{BlockingStore, Memory};

    fn generic(store: &impl BlockingStore) -> io::Result<String> {
        store.get_twice_blocking("c")
    }

    let mut store = Memory::open_blocking("a")?;
    assert_eq!(generic(&store)?, "acac");
    store.put_blocking("b".to_owned())?;
    let object: &dyn BlockingStore = &store;
    assert_eq!(object.get_blocking("c")?, "bc");
    assert_eq!(Box::new(Memory("d".to_owned())).get_blocking("e")?, "boxed de");
    assert_eq!(store.into_inner_blocking()?, "b");
    Ok(())
}

/// `#[async_trait]`, on either side: the trait is used as `dyn`, and so is its twin.
mod boxed {
    use super::*;

    #[sync_bridge(blanket, error = panic)]
    #[async_trait::async_trait]
    pub(crate) trait Inside: Send + Sync {
        async fn get(&self, key: &str) -> String;

        async fn get_twice(&self, key: &str) -> String {
            self.get(key).await + &self.get(key).await
        }

        async fn shared(self: Arc<Self>) -> usize;
    }

    #[async_trait::async_trait]
    #[sync_bridge(blanket, error = panic)]
    pub(crate) trait Outside: Send + Sync {
        async fn get(&self, key: &str) -> String;

        async fn get_twice(&self, key: &str) -> String {
            self.get(key).await + &self.get(key).await
        }
    }

    pub(crate) struct Memory;

    #[async_trait::async_trait]
    impl Inside for Memory {
        async fn get(&self, key: &str) -> String {
            tokio::task::yield_now().await;
            key.to_owned()
        }

        async fn shared(self: Arc<Self>) -> usize {
            Arc::strong_count(&self)
        }
    }

    #[async_trait::async_trait]
    impl Outside for Memory {
        async fn get(&self, key: &str) -> String {
            tokio::task::yield_now().await;
            key.to_owned()
        }
    }

    #[async_trait::async_trait]
    impl<T: Outside + ?Sized> Outside for Arc<T> {
        async fn get(&self, key: &str) -> String {
            format!("shared {}", (**self).get(key).await)
        }
    }

    #[async_trait::async_trait]
    impl<T: Outside + ?Sized> Outside for &T {
        async fn get(&self, key: &str) -> String {
            format!("borrowed {}", (**self).get(key).await)
        }
    }
}

#[test]
fn blanket_twin_of_trait_objects() {
    use boxed::{BlockingInside, BlockingOutside, Inside, Memory, Outside};

    let inside: Arc<dyn Inside> = Arc::new(Memory);
    assert_eq!(inside.get_twice_blocking("a"), "aa");
    assert_eq!(inside.shared_blocking(), 1);
    let outside: Arc<dyn Outside> = Arc::new(Memory);
    assert_eq!((*outside).get_twice_blocking("a"), "aa");
    assert_eq!(BlockingOutside::get_blocking(&outside, "a"), "shared a");
    assert_eq!(BlockingOutside::get_blocking(&&Memory, "a"), "borrowed a");
    let twin: &dyn BlockingOutside = &outside;
    assert_eq!(twin.get_blocking("a"), "shared a");
    let sized: Box<dyn BlockingInside> = Box::new(Memory);
    assert_eq!(sized.get_blocking("b"), "b");
}

/// An unknown implementor, and pointers to it.
mod through {
    use super::boxed::{BlockingOutside, Outside};
    use super::*;

    #[sync_bridge(blanket, error = panic)]
    pub(crate) trait Native: Sync {
        fn get(&self, key: &str) -> impl Future<Output = String> + Send;
    }

    impl Native for u8 {
        async fn get(&self, key: &str) -> String {
            format!("{key}{self}")
        }
    }

    impl<T: Native + ?Sized> Native for &T {
        fn get(&self, key: &str) -> impl Future<Output = String> + Send {
            (**self).get(key)
        }
    }

    impl<T: Native + Send + ?Sized> Native for Arc<T> {
        async fn get(&self, key: &str) -> String {
            (**self).get(key).await
        }
    }

    pub(crate) fn pointers_to_native<T: Native + Send>(value: T) -> [String; 4] {
        let shared = Arc::new(&value);
        [
            value.get_blocking("itself"),
            BlockingNative::get_blocking(&&value, "borrowed"),
            BlockingNative::get_blocking(&shared, "shared"),
            BlockingNative::get_blocking(&Arc::new(shared.clone()), "twice"),
        ]
    }

    pub(crate) fn pointers_to_boxed<T: Outside + ?Sized>(value: &Arc<T>) -> [String; 3] {
        [
            (**value).get_twice_blocking("a"),
            BlockingOutside::get_blocking(value, "b"),
            BlockingOutside::get_blocking(&&**value, "c"),
        ]
    }
}

#[test]
fn blanket_twin_of_generic_pointers() {
    assert_eq!(through::pointers_to_native(7), ["itself7", "borrowed7", "shared7", "twice7"]);
    let known = Arc::new(boxed::Memory);
    assert_eq!(through::pointers_to_boxed(&known), ["aa", "shared b", "borrowed c"]);
    let object: Arc<dyn boxed::Outside> = known;
    assert_eq!(through::pointers_to_boxed(&object), ["aa", "shared b", "borrowed c"]);
}

/// Generics, lifetimes, constants, associated items of every kind, supertraits, `unsafe`.
mod composed {
    use super::*;

    #[sync_bridge(blanket, error = wrap)]
    #[allow(unsafe_code)]
    pub(crate) unsafe trait Table<'a, K = u8, const N: usize = 2>: Display
    where
        K: Send + Sync + 'a,
    {
        const LIMIT: usize;
        type Error: Debug + Send;
        type Row<'r>: AsRef<[u8]> + Send
        where
            Self: 'r;

        async fn row<'r>(&'r self, keys: &'a [K; N]) -> Result<Self::Row<'r>, <Self as Table<'a, K, N>>::Error>;

        async fn limit(&self) -> usize {
            Self::LIMIT
        }

        async fn describe<T: Display + Send>(&self, value: T) -> String
        where
            T: Clone,
        {
            format!("{self} {value}")
        }
    }

    // SAFETY: nothing is asked of an implementor.
    #[allow(unsafe_code)]
    unsafe impl<'a> Table<'a, char> for str {
        const LIMIT: usize = 5;
        type Error = ();
        type Row<'r> = &'r [u8];

        async fn row<'r>(&'r self, keys: &'a [char; 2]) -> Result<&'r [u8], ()> {
            tokio::task::yield_now().await;
            self.find(keys[0]).map(|at| &self.as_bytes()[at..]).ok_or(())
        }
    }
}

#[test]
fn blanket_twin_of_trait_with_everything() -> Result<(), BridgeError> {
    use composed::BlockingTable;

    assert_eq!("abc".row_blocking(&['b', 'c'])?, Ok(&b"bc"[..]));
    assert_eq!("abc".row_blocking(&['d', 'c'])?, Err(()));
    assert_eq!("abc".limit_blocking()?, 5);
    assert_eq!(<str as BlockingTable<'_, char>>::describe_blocking("abc", 1)?, "abc 1");
    Ok(())
}

/// The bridge is said on the trait, and may be asked of the implementor.
mod bridged {
    use super::*;

    pub(crate) trait HasBridge {
        fn bridge(&self) -> &RuntimeBridge;
    }

    #[sync_bridge(blanket, bridge = self.bridge(), twin = Sleepers, suffix = "_now")]
    pub(crate) trait Sleeper: HasBridge {
        #[bridge(rename = "thread_of")]
        fn thread(&self) -> impl Future<Output = io::Result<Option<String>>> + Send;

        async fn nap(self) -> io::Result<Option<String>>
        where
            Self: Sized;
    }

    pub(crate) struct Owner(pub(crate) RuntimeBridge);

    impl HasBridge for Owner {
        fn bridge(&self) -> &RuntimeBridge {
            &self.0
        }
    }

    impl Sleeper for Owner {
        async fn thread(&self) -> io::Result<Option<String>> {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            Ok(std::thread::current().name().map(str::to_owned))
        }

        async fn nap(self) -> io::Result<Option<String>> {
            self.thread().await
        }
    }
}

#[test]
fn blanket_twin_with_a_bridge_of_the_implementor() -> io::Result<()> {
    use bridged::{Owner, Sleepers};

    let owner = Owner(RuntimeBridge::with_thread_name("blanket")?);
    let threads = tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let sent = owner.thread_of()?;
        io::Result::Ok((sent, owner.nap_now()?))
    })?;
    assert!(threads.0.is_some_and(|name| name.starts_with("blanket")));
    assert!(threads.1.is_some());
    Ok(())
}

/// An extension trait has one implementation, so that the compiler sees through its futures.
mod extension {
    use super::*;

    #[async_trait::async_trait]
    pub(crate) trait Store: Send + Sync {
        async fn get(&self, key: &str) -> io::Result<String>;
    }

    #[sync_bridge(blanket, implementors = Store, send)]
    pub(crate) trait StoreExt: Sync {
        async fn get_twice(&self, key: &str) -> io::Result<String>;
    }

    impl<S: Store + ?Sized> StoreExt for S {
        async fn get_twice(&self, key: &str) -> io::Result<String> {
            Ok(self.get(key).await? + &self.get(key).await?)
        }
    }

    pub(crate) struct Echo;

    #[async_trait::async_trait]
    impl Store for Echo {
        async fn get(&self, key: &str) -> io::Result<String> {
            tokio::task::yield_now().await;
            Ok(key.to_owned())
        }
    }
}

#[test]
fn blanket_twin_of_an_extension_trait() -> io::Result<()> {
    use extension::{BlockingStoreExt, Echo, Store};

    let object: &dyn Store = &Echo;
    assert_eq!(object.get_twice_blocking("a")? + &Echo.get_twice_blocking("b")?, "aabb");
    Ok(())
}

/// `send`, where the attribute cannot know and the compiler can.
mod chosen {
    use super::*;

    type Boxed<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

    pub(crate) trait Source {
        fn next<'a>(&'a self) -> Boxed<'a, u8>
        where
            Self: Sync;
    }

    impl Source for u8 {
        fn next<'a>(&'a self) -> Boxed<'a, u8> {
            Box::pin(async move { *self })
        }
    }

    #[sync_bridge(error = panic, send)]
    pub(crate) async fn next(source: &(impl Source + Sync)) -> u8 {
        source.next().await
    }

    /// Made by a macro, with every name from outside.
    macro_rules! define {
        ($vis:vis $name:ident, $twin:ident, $method:ident, $output:ty) => {
            #[sync_bridge(blanket, error = panic, twin = $twin)]
            $vis trait $name {
                async fn $method(&self, value: $output) -> $output;
            }
        };
    }

    define!(pub(crate) Adder, Addition, add, u8);

    impl Adder for (u8, [u8; 2]) {
        async fn add(&self, value: u8) -> u8 {
            self.0 + self.1[0] + value
        }
    }
}

#[test]
fn blanket_twin_made_by_a_macro() {
    use chosen::Addition;

    assert_eq!((1_u8, [2, 3]).add_blocking(4), 7);
    assert_eq!(chosen::next_blocking(&3_u8), 3);
}
