//! Methods that are async without saying so: they return a boxed future, or one under another name.

use std::future::{Future, IntoFuture};
use std::io;
use std::pin::Pin;
use std::rc::Rc;

use futures::future::{BoxFuture, FutureExt, LocalBoxFuture};
use futures::stream::{BoxStream, StreamExt};
use sync_bridge::{BridgeError, sync_bridge};

mod boxed {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store: Sync {
        fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, io::Result<String>>;

        fn pinned(&self) -> Pin<Box<dyn Future<Output = io::Result<u8>> + Send + '_>>;

        fn unpinned(&self) -> Box<dyn Future<Output = io::Result<u8>> + Send + Unpin>;

        fn local(&self) -> LocalBoxFuture<'_, io::Result<u8>>;

        fn local_default(&self) -> Pin<Box<dyn Future<Output = io::Result<u8>> + '_>> {
            self.local()
        }

        fn default(&self) -> BoxFuture<'_, io::Result<u8>> {
            self.pinned()
        }

        fn stream(&self) -> BoxFuture<'_, io::Result<BoxStream<'_, io::Result<u8>>>>;
    }

    #[sync_bridge]
    impl Store for u8 {
        fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, io::Result<String>> {
            async move {
                tokio::task::yield_now().await;
                Ok(format!("{key}{self}"))
            }
            .boxed()
        }

        fn pinned(&self) -> Pin<Box<dyn Future<Output = io::Result<u8>> + Send + '_>> {
            async move { Ok(*self) }.boxed()
        }

        fn unpinned(&self) -> Box<dyn Future<Output = io::Result<u8>> + Send + Unpin> {
            // Needs the bridge's context where it is built.
            let sleep = Box::pin(tokio::time::sleep(std::time::Duration::from_nanos(1)));
            let value = *self;
            Box::new(sleep.map(move |()| Ok(value)))
        }

        fn local(&self) -> LocalBoxFuture<'_, io::Result<u8>> {
            let kept = Rc::new(*self);
            async move {
                tokio::task::yield_now().await;
                Ok(*kept)
            }
            .boxed_local()
        }

        fn stream(&self) -> BoxFuture<'_, io::Result<BoxStream<'_, io::Result<u8>>>> {
            async move { Ok(futures::stream::iter([Ok(*self)]).boxed()) }.boxed()
        }
    }
}

#[test]
fn boxed_futures() -> io::Result<()> {
    use boxed::BlockingStore;

    let store: &dyn BlockingStore = &7_u8;
    assert_eq!(store.get_blocking("key")?, "key7");
    assert_eq!(store.pinned_blocking()?, 7);
    assert_eq!(store.unpinned_blocking()?, 7);
    assert_eq!(store.local_blocking()?, 7);
    assert_eq!(store.local_default_blocking()?, 7);
    assert_eq!(store.default_blocking()?, 7);
    assert_eq!(store.stream_blocking()?.collect::<io::Result<Vec<_>>>()?, [7]);
    Ok(())
}

mod alias {
    use super::*;
    use std::future::Ready;

    pub(crate) type Answer<'a, T> = BoxFuture<'a, io::Result<T>>;

    #[sync_bridge]
    pub(crate) trait Store: Sync {
        #[bridge(future)]
        fn get<'a>(&'a self, key: &'a str) -> Answer<'a, String>;

        #[bridge(future, error = wrap)]
        fn named(&self) -> Ready<u8>;

        #[bridge(future)]
        fn default(&self) -> Answer<'_, u8> {
            async move { Ok(1) }.boxed()
        }
    }

    #[sync_bridge]
    impl Store for u8 {
        #[bridge(future)]
        fn get<'a>(&'a self, key: &'a str) -> Answer<'a, String> {
            async move { Ok(format!("{key}{self}")) }.boxed()
        }

        #[bridge(future, error = wrap)]
        fn named(&self) -> Ready<u8> {
            std::future::ready(*self)
        }
    }
}

#[test]
fn aliases_of_futures() -> Result<(), Box<dyn std::error::Error>> {
    use alias::BlockingStore;

    let store: &dyn BlockingStore = &7_u8;
    assert_eq!(store.get_blocking("key")?, "key7");
    let named: Result<u8, BridgeError> = store.named_blocking();
    assert_eq!(named?, 7);
    assert_eq!(store.default_blocking()?, 1);
    Ok(())
}

/// Aliases of others that have the names of those we know.
mod same_name {
    use super::*;

    pub(crate) type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'static>>;

    pub(crate) mod of_one {
        pub(crate) type BoxFuture<'a, T> = super::BoxFuture<&'a T, std::io::Error>;
        pub(crate) type LocalBoxFuture<'a> = super::LocalBoxFuture<'a, std::io::Result<u8>>;
    }

    #[sync_bridge]
    pub(crate) trait Store: Sync {
        #[bridge(future)]
        fn get(&self) -> BoxFuture<u8, io::Error>;

        #[bridge(future)]
        fn fixed(&self) -> of_one::BoxFuture<'static, str>;

        #[bridge(future)]
        fn known(&self) -> futures::future::BoxFuture<'_, io::Result<&u8>> {
            async move { Ok(&3) }.boxed()
        }

        #[bridge(future)]
        fn local(&self) -> of_one::LocalBoxFuture<'_> {
            async move { Ok(4) }.boxed_local()
        }
    }

    #[sync_bridge]
    impl Store for u8 {
        #[bridge(future)]
        fn get(&self) -> BoxFuture<u8, io::Error> {
            std::future::ready(Ok(*self)).boxed()
        }

        #[bridge(future)]
        fn fixed(&self) -> of_one::BoxFuture<'static, str> {
            std::future::ready(Ok("fixed")).boxed()
        }
    }
}

#[test]
fn aliases_with_a_known_name() -> io::Result<()> {
    use same_name::BlockingStore;

    let store: &dyn BlockingStore = &7_u8;
    assert_eq!(store.get_blocking()?, 7);
    assert_eq!(store.fixed_blocking()?, "fixed");
    assert_eq!(store.known_blocking()?, &3);
    assert_eq!(store.local_blocking()?, 4);
    Ok(())
}

/// Into a synchronous trait that there is already.
mod existing {
    use super::*;

    pub(crate) trait SyncStore {
        type Row;
        fn get(&self) -> io::Result<Self::Row>;
        fn alias(&self) -> io::Result<u8>;
    }

    pub(crate) trait Store {
        type Row;
        fn get(&self) -> BoxFuture<'_, io::Result<Self::Row>>;
        fn alias(&self) -> alias::Answer<'_, u8>;
    }

    #[sync_bridge(twin_trait = SyncStore)]
    impl Store for u8 {
        type Row = u8;

        fn get(&self) -> BoxFuture<'_, io::Result<Self::Row>> {
            async move { Ok(*self) }.boxed()
        }

        #[bridge(future)]
        fn alias(&self) -> alias::Answer<'_, u8> {
            async move { Ok(*self) }.boxed()
        }
    }
}

#[test]
fn existing_twin_awaits() -> io::Result<()> {
    use existing::SyncStore;

    assert_eq!(7_u8.get()?, 7);
    assert_eq!(7_u8.alias()?, 7);
    Ok(())
}

/// Futures whose output has no name.
mod unnamed {
    use super::*;
    use futures::stream::Stream;

    #[sync_bridge(error = wrap)]
    pub(crate) trait Words: Sync {
        fn each(&self) -> impl Future<Output = impl Iterator<Item = usize> + Send> + Send;

        fn named(&self, word: &str) -> impl Future<Output = Option<impl Fn() -> usize + Send>> + Send;

        #[bridge(error = convert)]
        fn stream(&self) -> impl Future<Output = io::Result<impl Stream<Item = io::Result<usize>> + Send>> + Send;
    }

    #[sync_bridge(error = wrap)]
    impl Words for [String] {
        async fn each(&self) -> impl Iterator<Item = usize> + Send {
            tokio::task::yield_now().await;
            self.iter().map(String::len)
        }

        async fn named(&self, word: &str) -> Option<impl Fn() -> usize + Send> {
            self.iter().position(|known| known == word).map(|index| move || index)
        }

        #[bridge(error = convert)]
        fn stream(&self) -> impl Future<Output = io::Result<impl Stream<Item = io::Result<usize>> + Send>> + Send {
            std::future::ready(Ok(futures::stream::iter(self).map(|word| Ok(word.len()))))
        }
    }

    pub(crate) struct Pair(pub(crate) [u8; 2]);

    #[sync_bridge(error = panic)]
    impl Pair {
        pub(crate) fn each(&self) -> impl Future<Output = impl Iterator<Item = u8> + use<>> + Send + use<> {
            std::future::ready(self.0.into_iter())
        }
    }
}

#[test]
fn futures_of_what_has_no_name() -> Result<(), Box<dyn std::error::Error>> {
    use unnamed::{BlockingWords, Pair};

    let words = ["a".to_owned(), "word".to_owned()];
    assert_eq!(words.each_blocking()?.collect::<Vec<_>>(), [1, 4]);
    assert_eq!(words.named_blocking("word")?.map(|index| index()), Some(1));
    assert_eq!(words.stream_blocking()?.collect::<io::Result<Vec<_>>>()?, [1, 4]);
    let each = Pair([1, 2]).each_blocking();
    assert_eq!(each.collect::<Vec<_>>(), [1, 2]);
    Ok(())
}

/// What `.await` makes a future of: requests that are built up before they are sent.
mod builders {
    use super::*;

    pub(crate) struct Find<'a> {
        key: &'a str,
        limit: usize,
    }

    impl<'a> IntoFuture for Find<'a> {
        type Output = io::Result<String>;
        type IntoFuture = BoxFuture<'a, io::Result<String>>;

        fn into_future(self) -> Self::IntoFuture {
            // Needs the bridge's context, as a builder may.
            let sleep = Box::pin(tokio::time::sleep(std::time::Duration::from_nanos(1)));
            sleep.map(move |()| Ok(self.key.chars().take(self.limit).collect())).boxed()
        }
    }

    pub(crate) struct Keep(Rc<u8>);

    impl IntoFuture for Keep {
        type Output = io::Result<u8>;
        type IntoFuture = LocalBoxFuture<'static, io::Result<u8>>;

        fn into_future(self) -> Self::IntoFuture {
            async move {
                tokio::task::yield_now().await;
                Ok(*self.0)
            }
            .boxed_local()
        }
    }

    #[sync_bridge]
    pub(crate) trait Client: Sync {
        #[bridge(future)]
        fn find<'a>(&'a self, key: &'a str) -> Find<'a>;

        fn opaque(&self) -> impl IntoFuture<Output = io::Result<u8>>;

        fn sent(&self) -> impl IntoFuture<Output = io::Result<u8>, IntoFuture: Send>;

        #[bridge(future)]
        fn default(&self) -> Find<'_> {
            self.find("default")
        }

        fn opaque_default(&self) -> impl IntoFuture<Output = io::Result<u8>> {
            self.opaque()
        }

        fn sent_default(&self) -> impl IntoFuture<Output = io::Result<u8>, IntoFuture: Send> {
            self.sent()
        }
    }

    #[sync_bridge]
    impl Client for u8 {
        #[bridge(future)]
        fn find<'a>(&'a self, key: &'a str) -> Find<'a> {
            Find { key, limit: usize::from(*self) }
        }

        // Its future is not `Send`, and nothing says that it is.
        fn opaque(&self) -> impl IntoFuture<Output = io::Result<u8>> {
            Keep(Rc::new(*self))
        }

        fn sent(&self) -> impl IntoFuture<Output = io::Result<u8>, IntoFuture: Send> {
            std::future::ready(Ok(*self))
        }
    }

    pub(crate) struct Beside;

    #[sync_bridge(local)]
    #[allow(clippy::unused_self)]
    impl Beside {
        #[bridge(future)]
        pub(crate) fn keep(&self) -> Keep {
            Keep(Rc::new(3))
        }
    }
}

#[test]
fn builders_of_futures() -> io::Result<()> {
    use builders::BlockingClient;

    assert_eq!(3_u8.find_blocking("key of more")?, "key");
    assert_eq!(3_u8.default_blocking()?, "def");
    assert_eq!(3_u8.opaque_blocking()?, 3);
    assert_eq!(3_u8.opaque_default_blocking()?, 3);
    assert_eq!(3_u8.sent_blocking()?, 3);
    assert_eq!(3_u8.sent_default_blocking()?, 3);
    assert_eq!(builders::Beside.keep_blocking()?, 3);
    Ok(())
}

/// `futures(…)` on the block instead of an option on each method.
mod listed {
    use super::*;

    /// A request that can be changed before it is awaited.
    pub(crate) struct Call<T>(pub(crate) T);

    impl<T: Send + 'static> IntoFuture for Call<T> {
        type Output = io::Result<T>;
        type IntoFuture = BoxFuture<'static, io::Result<T>>;

        fn into_future(self) -> Self::IntoFuture {
            async move {
                tokio::task::yield_now().await;
                Ok(self.0)
            }
            .boxed()
        }
    }

    pub(crate) mod reply {
        pub(crate) type Reply<T> = std::future::Ready<std::io::Result<T>>;
    }

    #[sync_bridge(futures(Call, reply::Reply, Self::Raw))]
    pub(crate) trait Provider {
        type Raw: Future<Output = io::Result<u8>> + Send;

        fn gas(&self) -> Call<u8>;
        fn height(&self) -> reply::Reply<u16>;
        fn raw(&self) -> Self::Raw;
        fn generic<T: Send + 'static>(&self, value: T) -> Call<T>;
        async fn native(&self) -> io::Result<u8>;
        fn name(&self) -> String;

        fn inherited(&self) -> Call<u8> {
            self.gas()
        }

        // What a method says itself counts.
        #[bridge(as_is)]
        fn request(&self) -> Call<u8>;
        #[bridge(passthrough)]
        fn passed(&self) -> Call<u8>;
        #[bridge(skip)]
        fn skipped(&self) -> Call<u8>;
        #[bridge(future, rename = "other_name")]
        fn marked(&self) -> Call<u8>;
    }

    #[sync_bridge(futures(Call, Reply, Raw))]
    impl Provider for u8 {
        type Raw = reply::Reply<u8>;

        fn gas(&self) -> Call<u8> {
            Call(*self)
        }

        fn height(&self) -> reply::Reply<u16> {
            std::future::ready(Ok(u16::from(*self)))
        }

        fn raw(&self) -> Self::Raw {
            std::future::ready(Ok(*self))
        }

        fn generic<T: Send + 'static>(&self, value: T) -> Call<T> {
            Call(value)
        }

        async fn native(&self) -> io::Result<u8> {
            Ok(*self)
        }

        fn name(&self) -> String {
            self.to_string()
        }

        #[bridge(as_is)]
        fn request(&self) -> Call<u8> {
            Call(*self)
        }

        #[bridge(passthrough)]
        fn passed(&self) -> Call<u8> {
            Call(*self)
        }

        #[bridge(skip)]
        fn skipped(&self) -> Call<u8> {
            Call(*self)
        }

        #[bridge(future, rename = "other_name")]
        fn marked(&self) -> Call<u8> {
            Call(*self)
        }
    }

    pub(crate) struct Client(pub(crate) u8);

    #[sync_bridge(futures(Call))]
    impl Client {
        pub(crate) fn gas(&self) -> Call<u8> {
            Call(self.0)
        }
    }

    #[sync_bridge(futures(Call))]
    pub(crate) fn gas() -> Call<u8> {
        Call(3)
    }

    #[sync_bridge(blanket, send, futures(Call))]
    pub(crate) trait Every {
        fn every(&self) -> Call<u8>;
    }

    impl Every for Client {
        fn every(&self) -> Call<u8> {
            self.gas()
        }
    }

    #[sync_bridge(remote = Every, twin = BlockingMirror, futures(Call))]
    pub(crate) trait Mirror {
        fn every(&self) -> Call<u8>;
    }

    pub(crate) trait Existing {
        fn gas(&self) -> io::Result<u8>;
    }

    pub(crate) trait Source {
        fn gas(&self) -> Call<u8>;
    }

    #[sync_bridge(twin_trait = Existing, futures(Call))]
    impl Source for Client {
        fn gas(&self) -> Call<u8> {
            Call(self.0)
        }
    }
}

#[test]
fn futures_that_the_block_lists() -> io::Result<()> {
    use listed::{BlockingEvery, BlockingMirror, BlockingProvider, Client, Existing, gas_blocking};

    assert_eq!(7_u8.gas_blocking()?, 7);
    assert_eq!(7_u8.height_blocking()?, 7);
    assert_eq!(7_u8.raw_blocking()?, 7);
    assert_eq!(7_u8.generic_blocking("value")?, "value");
    assert_eq!(7_u8.native_blocking()?, 7);
    assert_eq!(7_u8.inherited_blocking()?, 7);
    assert_eq!(listed::Provider::name(&7_u8), listed::Provider::skipped(&7_u8).0.to_string());
    assert_eq!(BlockingProvider::request(&7_u8).0, 7);
    assert_eq!(BlockingProvider::passed(&7_u8).0, 7);
    assert_eq!(BlockingProvider::other_name(&7_u8)?, 7);
    assert_eq!(Client(5).gas_blocking()?, 5);
    assert_eq!(gas_blocking()?, 3);
    assert_eq!(BlockingEvery::every_blocking(&Client(5))?, 5);
    assert_eq!(BlockingMirror::every_blocking(&Client(5))?, 5);
    assert_eq!(Existing::gas(&Client(5))?, 5);
    Ok(())
}
