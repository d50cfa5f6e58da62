//! What the iterator, reader or writer of a twin borrows: what the `impl Trait` of the original captures.

#![allow(clippy::unnecessary_wraps, clippy::unused_async, clippy::unused_self)]

use std::fmt::Display;
use std::io::{self, Read as _, Write as _};

use futures::stream::{self, Stream, StreamExt as _};
use sync_bridge::sync_bridge;
use tokio::io::{AsyncRead, AsyncWrite};

fn collected<T>(items: impl Iterator<Item = io::Result<T>>) -> Vec<T> {
    items.collect::<io::Result<_>>().unwrap()
}

/// The iterator, if it borrows nothing.
fn unbound<T: 'static>(of_nothing: T) -> T {
    of_nothing
}

/// The generics of the trait, and of its impls.
mod traits {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Keys<K: Clone + Send + Sync>: Sync {
        fn keys(&self) -> impl Stream<Item = io::Result<K>> + Send;

        fn defaulted(&self) -> impl Stream<Item = io::Result<K>> + Send {
            self.keys()
        }

        fn taken(self, suffix: &str) -> impl Stream<Item = io::Result<String>> + Send
        where
            Self: Sized;

        fn made() -> impl Stream<Item = io::Result<K>> + Send;

        async fn opened(&self) -> io::Result<impl Stream<Item = io::Result<K>> + Send>;

        #[bridge(read)]
        fn reader(&self) -> io::Result<impl AsyncRead + Send>;

        #[bridge(write)]
        async fn writer(&self) -> io::Result<impl AsyncWrite + Send>;
    }

    pub(crate) struct Mem;

    #[sync_bridge]
    impl<K: Clone + Default + Send + Sync> Keys<K> for Mem {
        fn keys(&self) -> impl Stream<Item = io::Result<K>> + Send {
            stream::iter([Ok(K::default())])
        }

        fn taken(self, suffix: &str) -> impl Stream<Item = io::Result<String>> + Send {
            stream::iter([Ok(format!("taken{suffix}"))])
        }

        fn made() -> impl Stream<Item = io::Result<K>> + Send {
            stream::iter([Ok(K::default())])
        }

        async fn opened(&self) -> io::Result<impl Stream<Item = io::Result<K>> + Send> {
            Ok(self.keys())
        }

        #[bridge(read)]
        fn reader(&self) -> io::Result<impl AsyncRead + Send> {
            Ok(&b"read"[..])
        }

        #[bridge(write)]
        async fn writer(&self) -> io::Result<impl AsyncWrite + Send> {
            Ok(tokio::io::sink())
        }
    }

    pub(crate) struct Held<'k, T>(pub(crate) &'k T);

    #[sync_bridge]
    impl<'k, T: Sync + Display> Keys<&'k T> for Held<'k, T> {
        fn keys(&self) -> impl Stream<Item = io::Result<&'k T>> + Send {
            stream::iter([Ok(self.0)])
        }

        fn taken(self, suffix: &str) -> impl Stream<Item = io::Result<String>> + Send {
            stream::iter([Ok(format!("{}{suffix}", self.0))])
        }

        fn made() -> impl Stream<Item = io::Result<&'k T>> + Send {
            stream::empty()
        }

        async fn opened(&self) -> io::Result<impl Stream<Item = io::Result<&'k T>> + Send> {
            Ok(self.keys())
        }

        #[bridge(read)]
        fn reader(&self) -> io::Result<impl AsyncRead + Send> {
            Ok(tokio::io::empty())
        }

        #[bridge(write)]
        async fn writer(&self) -> io::Result<impl AsyncWrite + Send> {
            Ok(tokio::io::sink())
        }
    }

    #[sync_bridge]
    pub(crate) trait Sizes<K: Send> {
        fn sizes(&self, keys: Vec<K>) -> impl Stream<Item = io::Result<usize>> + Send;
    }

    /// Without names for the lifetimes.
    #[sync_bridge]
    impl Sizes<&str> for Held<'_, u8> {
        fn sizes(&self, keys: Vec<&str>) -> impl Stream<Item = io::Result<usize>> + Send {
            stream::iter(keys).map(|key| Ok(key.len() + usize::from(*self.0)))
        }
    }
}

#[test]
fn generics_of_a_trait_are_captured() -> io::Result<()> {
    use traits::{BlockingKeys, BlockingSizes, Held, Mem};

    assert_eq!(collected::<u8>(Mem.keys_blocking()), [0]);
    assert_eq!(collected::<u8>(Mem.defaulted_blocking()), [0]);
    assert_eq!(collected::<u8>(Mem.opened_blocking()?), [0]);
    assert_eq!(collected::<u8>(unbound(Mem::made_blocking())), [0]);
    let (value, mut read) = (3, String::new());
    assert_eq!(collected(BlockingKeys::<u8>::taken_blocking(Mem, "!")), ["taken!"]);
    BlockingKeys::<u8>::reader_blocking(&Mem)?.read_to_string(&mut read)?;
    assert_eq!(read, "read");
    BlockingKeys::<u8>::writer_blocking(&Mem)?.write_all(b"written")?;
    assert_eq!(collected::<&u64>(Held(&value).keys_blocking()), [&3]);
    assert_eq!(collected(BlockingKeys::<&u64>::taken_blocking(Held(&value), "!")), ["3!"]);
    let word = String::from("word");
    assert_eq!(collected(Held(&1).sizes_blocking(vec![word.as_str()])), [5]);
    Ok(())
}

/// For every implementor, where nothing is known of the parameters.
mod blanket {
    use super::*;

    #[sync_bridge(blanket)]
    pub(crate) trait Rows<'k, K: Send + 'k>: Sync {
        fn rows(&self) -> impl Stream<Item = io::Result<(&'k str, K)>> + Send;

        fn made() -> impl Stream<Item = io::Result<&'k str>> + Send;

        #[bridge(read, write)]
        fn connect(&self) -> io::Result<impl AsyncRead + AsyncWrite + Send>;
    }

    impl<'k, K: Send + Sync + Default + 'k> Rows<'k, K> for &'k str {
        fn rows(&self) -> impl Stream<Item = io::Result<(&'k str, K)>> + Send {
            stream::iter([Ok((*self, K::default()))])
        }

        fn made() -> impl Stream<Item = io::Result<&'k str>> + Send {
            stream::iter([Ok("made")])
        }

        fn connect(&self) -> io::Result<impl AsyncRead + AsyncWrite + Send> {
            Ok(tokio::io::duplex(1).0)
        }
    }
}

#[test]
fn generics_of_a_blanket_trait_are_captured() {
    use blanket::BlockingRows;

    fn first<'k, K: Send + 'k>(rows: &impl BlockingRows<'k, K>) -> (&'k str, K) {
        collected(rows.rows_blocking()).remove(0)
    }

    let text = String::from("row");
    assert_eq!(first::<u8>(&text.as_str()), ("row", 0));
    assert_eq!(collected(<&str as BlockingRows<'_, u8>>::made_blocking()), ["made"]);
    assert_eq!(BlockingRows::<u8>::connect_blocking(&text.as_str()).unwrap().read(&mut [0]).unwrap(), 0);
}

/// The generics of an inherent impl.
mod inherent {
    use super::*;

    pub(crate) struct Pair<'t, T>(pub(crate) &'t T);

    #[sync_bridge]
    impl<'t, T: Clone + Send + Sync> Pair<'t, T> {
        pub(crate) fn both(&self) -> impl Stream<Item = io::Result<&'t T>> + Send {
            stream::iter([Ok(self.0), Ok(self.0)])
        }

        pub(crate) fn taken(self) -> impl Stream<Item = io::Result<&'t T>> + Send {
            stream::iter([Ok(self.0)])
        }

        pub(crate) fn of(one: T, _note: &str) -> impl Stream<Item = io::Result<T>> + Send {
            stream::iter([Ok(one)])
        }
    }
}

#[test]
fn generics_of_an_inherent_impl_are_captured() {
    use inherent::Pair;

    let text = String::from("text");
    assert_eq!(collected(Pair(&text).both_blocking()), [&text, &text]);
    assert_eq!(collected(Pair(&text).taken_blocking()), [&text]);
    assert_eq!(collected(Pair::of_blocking(&text, "note")), [&text]);
}

/// A trait written by hand says what is borrowed as users do.
mod existing {
    use super::*;
    use futures::stream::BoxStream;
    use sync_bridge::{BlockingIter, FlattenResults};

    type Iter<'a, K> = FlattenResults<BlockingIter<BoxStream<'a, io::Result<K>>>>;

    pub(crate) trait ByHand<K> {
        fn keys(&self) -> Iter<'_, K>;
    }

    trait Keys<K> {
        fn keys(&self) -> impl Stream<Item = io::Result<K>> + Send;
    }

    pub(crate) trait ByHandOfNothing {
        fn own(&self) -> Iter<'static, u8>;
    }

    trait OfNothing {
        fn own(&self) -> impl Stream<Item = io::Result<u8>> + Send + use<Self>;
    }

    #[sync_bridge(twin_trait = ByHandOfNothing)]
    impl OfNothing for traits::Mem {
        fn own(&self) -> impl Stream<Item = io::Result<u8>> + Send + use<> {
            stream::iter([Ok(6)])
        }
    }

    #[sync_bridge(twin_trait = ByHand<K>)]
    impl<K> Keys<K> for traits::Mem
    where
        K: Default + Send + 'static,
    {
        fn keys(&self) -> impl Stream<Item = io::Result<K>> + Send {
            stream::iter([Ok(K::default())])
        }
    }

    #[sync_bridge(twin_trait = ByHand<&'k T>)]
    impl<'k, T: Sync> Keys<&'k T> for traits::Held<'k, T> {
        fn keys(&self) -> impl Stream<Item = io::Result<&'k T>> + Send {
            stream::iter([Ok(self.0)])
        }
    }
}

#[test]
fn existing_twin_borrows_as_it_says() {
    use existing::{ByHand, ByHandOfNothing};

    assert_eq!(collected::<u8>(ByHand::keys(&traits::Mem)), [0]);
    assert_eq!(collected(ByHand::keys(&traits::Held(&5))), [&5]);
    assert_eq!(collected(ByHandOfNothing::own(&traits::Mem)), [6]);
}

/// What `use<…>` leaves out.
mod listed {
    use super::*;

    pub(crate) struct Source(pub(crate) Vec<u8>);

    #[sync_bridge]
    impl Source {
        pub(crate) fn nothing(&self) -> impl Stream<Item = io::Result<u8>> + Send + use<> {
            stream::iter(self.0.clone()).map(Ok)
        }

        pub(crate) fn key<'k>(&self, key: &'k str) -> impl Stream<Item = io::Result<&'k str>> + Send + use<'k> {
            stream::iter([Ok(key)])
        }

        pub(crate) fn itself(&self, _note: &str) -> impl Stream<Item = io::Result<&u8>> + Send + use<'_> {
            stream::iter(&self.0).map(Ok)
        }

        pub(crate) fn generic<T: Send, const N: usize>(
            &self,
            keys: [T; N],
        ) -> impl Stream<Item = io::Result<T>> + Send + use<T, N> {
            stream::iter(keys).map(Ok)
        }

        pub(crate) fn sized<const N: usize>(&self) -> impl Stream<Item = io::Result<usize>> + Send + use<N> {
            stream::iter([Ok(N)])
        }

        pub(crate) fn several<'k, T: Sync>(
            &self,
            key: &'k T,
            _note: &str,
        ) -> impl Stream<Item = io::Result<(&u8, &'k T)>> + Send + use<'_, 'k, T> {
            stream::iter(&self.0).map(move |byte| Ok((byte, key)))
        }

        pub(crate) async fn opened(&self) -> io::Result<impl Stream<Item = io::Result<u8>> + Send + use<>> {
            Ok(self.nothing())
        }

        #[bridge(read)]
        pub(crate) fn reader(&self) -> io::Result<impl AsyncRead + Send + use<>> {
            Ok(io::Cursor::new(self.0.clone()))
        }
    }

    #[sync_bridge]
    pub(crate) trait Events<K: Send>: Sync {
        fn events(&self, key: K) -> impl Stream<Item = io::Result<K>> + Send + use<Self, K>;

        fn own(&self, key: K) -> impl Stream<Item = io::Result<&u8>> + Send + use<'_, Self, K>;

        fn made() -> impl Stream<Item = io::Result<K>> + Send + use<Self, K>;
    }

    #[sync_bridge]
    impl<K: Send + Default> Events<K> for Source {
        fn events(&self, key: K) -> impl Stream<Item = io::Result<K>> + Send + use<K> {
            stream::iter([Ok(key)])
        }

        fn own(&self, _key: K) -> impl Stream<Item = io::Result<&u8>> + Send + use<'_, K> {
            stream::iter(&self.0).map(Ok)
        }

        fn made() -> impl Stream<Item = io::Result<K>> + Send + use<K> {
            stream::iter([Ok(K::default())])
        }
    }

    /// Without parameters there is nothing to list.
    #[sync_bridge]
    impl Events<u8> for () {
        fn events(&self, key: u8) -> impl Stream<Item = io::Result<u8>> + Send + use<> {
            stream::iter([Ok(key)])
        }

        fn own(&self, _key: u8) -> impl Stream<Item = io::Result<&u8>> + Send + use<'_> {
            stream::empty()
        }

        fn made() -> impl Stream<Item = io::Result<u8>> + Send + use<> {
            stream::empty()
        }
    }
}

#[test]
fn what_is_not_listed_may_be_dropped() -> io::Result<()> {
    use listed::Source;

    let (source, key) = (Source(vec![1]), String::from("key"));
    let twin_of_nothing = unbound(source.nothing_blocking());
    let twin_of_opened = unbound(source.opened_blocking()?);
    let mut reader = unbound(source.reader_blocking()?);
    let twin_of_sized = unbound(source.sized_blocking::<2>());
    let twin_of_key = source.key_blocking(&key);
    let twin_of_generic = source.generic_blocking([&key]);
    assert_eq!(collected(source.itself_blocking(&String::from("note"))), [&1]);
    assert_eq!(collected(source.several_blocking(&key, "note")), [(&1, &key)]);
    drop(source);
    let mut read = Vec::new();
    assert_eq!(reader.read_to_end(&mut read)?, 1);
    assert_eq!(collected(twin_of_key), ["key"]);
    assert_eq!(collected(twin_of_generic), [&key]);
    drop(key);
    assert_eq!(collected(twin_of_nothing), [1]);
    assert_eq!(collected(twin_of_opened), [1]);
    assert_eq!(collected(twin_of_sized), [2]);
    Ok(())
}

#[test]
fn what_a_trait_does_not_list_may_be_dropped() {
    use listed::{BlockingEvents, Source};

    let (source, key) = (Source(vec![1]), String::from("key"));
    let twin = source.events_blocking(key.as_str());
    assert_eq!(collected(BlockingEvents::<u8>::own_blocking(&source, 0)), [&1]);
    drop(source);
    assert_eq!(collected(twin), ["key"]);
    assert_eq!(collected(unbound(().events_blocking(2))), [2]);
    assert_eq!(collected::<u8>(unbound(Source::made_blocking())), [0]);
}
