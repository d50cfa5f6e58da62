//! What `#[async_trait]` makes possible, and has to be undone for: traits used as `dyn`, and impls for pointers to them.

use async_trait::async_trait;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;

#[async_trait]
#[sync_bridge]
trait Store: Send + Sync + 'static {
    async fn get(&self, key: &str) -> io::Result<String>;

    async fn find<'a>(&'a self, names: HashMap<&'a str, Option<&str>>) -> io::Result<Option<&'a str>> {
        Ok(names.keys().next().copied())
    }

    async fn each<F>(&self, key: &str, mut each: F) -> io::Result<bool>
    where
        Self: Sized,
        F: for<'x> FnMut(&'x str) -> bool + Send,
    {
        Ok(each(&self.get(key).await?))
    }

    async fn opaque(&self, text: impl AsRef<str> + Send, (from, _): (usize, u8)) -> io::Result<String>
    where
        Self: Sized,
    {
        self.get(&text.as_ref()[from..]).await
    }

    /// It mentions `Self` and has no receiver: `#[async_trait]` asks for `Self: Send` here.
    async fn make() -> io::Result<Self>
    where
        Self: Sized + Default,
    {
        let made = Self::default();
        tokio::task::yield_now().await;
        Ok(made)
    }

    async fn boxed(self: Box<Self>) -> io::Result<String> {
        self.get("boxed").await
    }

    async fn counted(self: Arc<Self>) -> io::Result<String> {
        self.get("counted").await
    }
}

#[derive(Default)]
struct Echo;

#[async_trait]
#[sync_bridge]
impl Store for Echo {
    async fn get(&self, key: &str) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(key.to_owned())
    }
}

#[sync_bridge]
#[async_trait]
impl Store for Box<dyn Store> {
    async fn get(&self, key: &str) -> io::Result<String> {
        (**self).get(key).await
    }
}

#[async_trait]
#[sync_bridge]
impl<T: Store + ?Sized> Store for Arc<T> {
    async fn get(&self, key: &str) -> io::Result<String> {
        (**self).get(key).await
    }

    async fn find<'a>(&'a self, names: HashMap<&'a str, Option<&str>>) -> io::Result<Option<&'a str>> {
        (**self).find(names).await
    }
}

#[test]
fn methods_with_added_lifetimes_and_bounds() -> io::Result<()> {
    assert_eq!(Echo.find_blocking(HashMap::from([("a", None)]))?, Some("a"));
    let mut seen = String::new();
    assert!(Echo.each_blocking("key", |text| {
        seen.push_str(text);
        true
    })?);
    assert_eq!(seen, "key");
    assert_eq!(Echo.opaque_blocking("text", (1, 0))?, "ext");
    Echo::make_blocking()?;
    Ok(())
}

#[test]
fn objects_of_the_async_trait_have_a_twin() -> io::Result<()> {
    let boxed: Box<dyn Store> = Box::new(Echo);
    assert_eq!(BlockingStore::get_blocking(&boxed, "key")?, "key");
    let counted: Arc<dyn Store> = Arc::new(Echo);
    assert_eq!(BlockingStore::find_blocking(&counted, HashMap::from([("a", Some("b"))]))?, Some("a"));
    Ok(())
}

#[test]
fn objects_of_the_twin_take_themselves() -> io::Result<()> {
    let boxed: Box<dyn BlockingStore> = Box::new(Echo);
    assert_eq!(boxed.boxed_blocking()?, "boxed");
    let counted: Arc<dyn BlockingStore> = Arc::new(Echo);
    assert_eq!(counted.counted_blocking()?, "counted");
    Ok(())
}

#[async_trait]
#[sync_bridge(error = panic)]
trait Bounded<'t, T: Sync>: Sync {
    async fn same(&self, value: &'t T) -> &'t T;

    async fn constant<const N: usize>(&self, bytes: [u8; N]) -> usize
    where
        Self: Sized,
    {
        bytes.len()
    }
}

#[async_trait]
#[sync_bridge(error = panic)]
impl<'t, T: Sync + 't> Bounded<'t, T> for () {
    async fn same(&self, value: &'t T) -> &'t T {
        value
    }
}

#[test]
fn generics_of_a_boxed_trait() {
    assert_eq!(().same_blocking(&3_u8), &3);
    assert_eq!(BlockingBounded::<u8>::constant_blocking(&(), [0; 4]), 4);
}

/// The form of `#[async_trait]`, written by hand.
#[allow(single_use_lifetimes)]
mod by_hand {
    use super::*;
    use std::future::Future;
    use std::pin::Pin;

    #[sync_bridge]
    pub(crate) trait Store {
        fn own<'life0, 'async_trait>(
            &'life0 self,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'life0 str>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait;

        fn other<'life0, 'life1, 'async_trait>(
            &'life0 self,
            key: &'life1 str,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'life1 str>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            Self: 'async_trait;

        fn bounded<'life0: 'async_trait, 'life1: 'life0 + 'async_trait, 'life2, 'async_trait>(
            &'life0 self,
            key: &'life1 str,
            other: &'life2 str,
        ) -> Pin<Box<dyn Future<Output = io::Result<String>> + Send + 'async_trait>>
        where
            'life2: 'async_trait + 'static,
            Self: 'async_trait;

        fn sized<'async_trait>(
            self: Box<Self>,
        ) -> Pin<Box<dyn Future<Output = io::Result<usize>> + Send + 'async_trait>>
        where
            Self: Send + Sized + 'async_trait;

        fn used<'async_trait, T: Sync>(
            &'async_trait self,
            value: &'async_trait T,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'async_trait T>> + Send + 'async_trait>>;

        fn used_in_output<'life0, 'async_trait>(
            &'life0 self,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'async_trait str>> + Send + 'async_trait>>
        where
            'life0: 'async_trait;
    }

    #[async_trait]
    #[sync_bridge]
    impl Store for Echo {
        async fn own(&self) -> io::Result<&str> {
            Ok("own")
        }

        async fn other<'life0, 'life1>(&'life0 self, key: &'life1 str) -> io::Result<&'life1 str> {
            Ok(key)
        }

        fn bounded<'life0: 'async_trait, 'life1: 'life0 + 'async_trait, 'life2, 'async_trait>(
            &'life0 self,
            key: &'life1 str,
            other: &'life2 str,
        ) -> Pin<Box<dyn Future<Output = io::Result<String>> + Send + 'async_trait>>
        where
            'life2: 'async_trait + 'static,
            Self: 'async_trait,
        {
            Box::pin(async move { Ok(format!("{key}{other}")) })
        }

        async fn sized(self: Box<Self>) -> io::Result<usize> {
            Ok(size_of::<Self>())
        }

        fn used<'async_trait, T: Sync>(
            &'async_trait self,
            value: &'async_trait T,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'async_trait T>> + Send + 'async_trait>> {
            Box::pin(async move { Ok(value) })
        }

        fn used_in_output<'life0, 'async_trait>(
            &'life0 self,
        ) -> Pin<Box<dyn Future<Output = io::Result<&'async_trait str>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
        {
            Box::pin(async move { Ok("used") })
        }
    }
}

#[test]
fn form_written_by_hand() -> io::Result<()> {
    use by_hand::BlockingStore;

    let (echo, key) = (Echo, String::from("key"));
    let other = Echo.other_blocking(&key)?;
    assert_eq!((other, echo.own_blocking()?), ("key", "own"));
    assert_eq!(echo.bounded_blocking(&key, "!")?, "key!");
    assert_eq!(Box::new(Echo).sized_blocking()?, 0);
    assert_eq!(echo.used_blocking(&key)?, "key");
    assert_eq!(echo.used_in_output_blocking()?, "used");
    Ok(())
}

/// What has an adapter, with the two attributes in both orders.
macro_rules! adapters {
    ($name:ident, $(#[$order:meta])*) => {
        mod $name {
            use super::*;
            use futures::stream::{BoxStream, Stream, StreamExt};
            use sync_bridge::BridgeError;
            use tokio::io::{AsyncRead, DuplexStream};
            use tokio::task::JoinHandle;

            type Rows<'a> = BoxStream<'a, io::Result<u8>>;

            $(#[$order])*
            pub(crate) trait Adapters: Send + Sync {
                async fn opened(&self, from: &u8) -> io::Result<BoxStream<'_, io::Result<u8>>>;

                #[bridge(iter)]
                async fn alias(&self) -> Rows<'_>;

                #[bridge(collect = io::Result<Vec<u8>>)]
                async fn collected(&self, key: &str) -> io::Result<BoxStream<'_, io::Result<u8>>> {
                    let first = key.as_bytes()[0] - b'a';
                    Ok(self.opened(&0).await?.chain(futures::stream::iter([Ok(first)])).boxed())
                }

                #[bridge(task, timeout = "1m")]
                async fn start(&self, value: &u8) -> io::Result<JoinHandle<u8>> {
                    let value = *value;
                    Ok(tokio::spawn(async move { value }))
                }

                #[bridge(read)]
                async fn reader<'a>(&'a self, bytes: &'a [u8]) -> io::Result<Box<dyn AsyncRead + Send + Unpin + 'a>> {
                    Ok(Box::new(bytes))
                }

                #[bridge(write, error = io::Error::other)]
                async fn writer(&self) -> io::Result<DuplexStream>;

                #[bridge(read, write, rename = "connected", error = wrap)]
                async fn connect(&self, size: usize) -> DuplexStream;

                async fn sum(&self, #[bridge(iter)] values: BoxStream<'_, u8>) -> io::Result<u8> {
                    Ok(values.fold(0, |sum, value| async move { sum + value }).await)
                }

                async fn count(&self, #[bridge(iter)] values: impl Stream<Item = u8> + Send, more: &usize) -> io::Result<usize>
                where
                    Self: Sized;

                #[bridge(skip)]
                async fn skipped(&self) -> JoinHandle<u8>;

                #[bridge(passthrough)]
                fn passed(&self) -> BoxStream<'_, u8> {
                    futures::stream::empty().boxed()
                }

                #[bridge(task)]
                fn at_once(&self) -> JoinHandle<u8>;
            }

            $(#[$order])*
            impl Adapters for Echo {
                async fn opened(&self, from: &u8) -> io::Result<BoxStream<'_, io::Result<u8>>> {
                    tokio::task::yield_now().await;
                    Ok(futures::stream::iter([Ok(*from), Ok(2)]).boxed())
                }

                #[bridge(iter)]
                async fn alias(&self) -> Rows<'_> {
                    futures::stream::iter([Ok(1), Ok(2)]).boxed()
                }

                #[bridge(write, error = io::Error::other)]
                async fn writer(&self) -> io::Result<DuplexStream> {
                    Ok(tokio::io::duplex(8).0)
                }

                #[bridge(read, write, rename = "connected", error = wrap)]
                async fn connect(&self, size: usize) -> DuplexStream {
                    let (one, mut other) = tokio::io::duplex(size);
                    tokio::spawn(async move { tokio::io::AsyncWriteExt::write_all(&mut other, b"hi").await });
                    one
                }

                async fn count(&self, #[bridge(iter)] values: impl Stream<Item = u8> + Send, more: &usize) -> io::Result<usize> {
                    Ok(values.count().await + more)
                }

                #[bridge(skip)]
                async fn skipped(&self) -> JoinHandle<u8> {
                    tokio::spawn(async { 1 })
                }

                #[bridge(task)]
                fn at_once(&self) -> JoinHandle<u8> {
                    tokio::spawn(async { 6 })
                }
            }

            #[test]
            fn adapters() -> Result<(), Box<dyn std::error::Error>> {
                use std::io::{Read, Write};

                let twin: &dyn BlockingAdapters = &Echo;
                assert_eq!(twin.opened_blocking(&1)?.collect::<io::Result<Vec<_>>>()?, [1, 2]);
                assert_eq!(twin.alias_blocking().collect::<io::Result<Vec<_>>>()?, [1, 2]);
                assert_eq!(twin.collected_blocking("key")?, [0, 2, 10]);
                assert_eq!(twin.start_blocking(&5)?.wait()?, 5);
                assert_eq!(io::read_to_string(twin.reader_blocking(b"read")?)?, "read");
                assert!(twin.writer_blocking()?.write_all(b"!").is_err(), "the other end is gone");
                let connected: Result<_, BridgeError> = twin.connected(1);
                let mut read = String::new();
                connected?.read_to_string(&mut read)?;
                assert_eq!(read, "hi");
                assert_eq!(twin.sum_blocking(Box::new([1, 2].into_iter()))?, 3);
                assert_eq!(Echo.count_blocking([1, 2], &1)?, 3);
                assert_eq!(twin.at_once_blocking().wait()?, 6);
                drop((twin.passed(), Echo.skipped()));
                Ok(())
            }
        }
    };
}

adapters!(adapters_above, #[async_trait] #[sync_bridge]);
adapters!(adapters_below, #[sync_bridge] #[async_trait]);

/// The lifetime that `#[async_trait]` declares may be named where it is still to run.
mod marker {
    use super::*;

    macro_rules! marked {
        ($module:ident, [$($trait_attr:tt)*], [$($impl_attr:tt)*]) => {
            mod $module {
                use super::*;

                $($trait_attr)*
                trait Store: Send + Sync {
                    async fn put<T: Into<u64> + Send + 'async_trait>(
                        &self,
                        value: T,
                        text: impl AsRef<str> + Send + 'async_trait,
                        each: Box<dyn Fn(u64) -> u64 + Send + 'async_trait>,
                    ) -> io::Result<u64>
                    where
                        Self: Sized;

                    async fn length<'a, T>(&self, value: T, text: &'async_trait str) -> io::Result<usize>
                    where
                        T: AsRef<[u8]> + Send + 'async_trait,
                        Self: Sized + 'async_trait,
                        'a: 'async_trait,
                    {
                        Ok(value.as_ref().len() + text.len())
                    }
                }

                $($impl_attr)*
                impl Store for Echo {
                    async fn put<T: Into<u64> + Send + 'async_trait>(
                        &self,
                        value: T,
                        text: impl AsRef<str> + Send + 'async_trait,
                        each: Box<dyn Fn(u64) -> u64 + Send + 'async_trait>,
                    ) -> io::Result<u64> {
                        tokio::task::yield_now().await;
                        Ok(each(value.into()) + text.as_ref().len() as u64)
                    }
                }

                #[test]
                fn marked_arguments() -> io::Result<()> {
                    let (add, text) = (3, String::from("ab"));
                    assert_eq!(Echo.put_blocking(7_u8, &text, Box::new(|value| value + add))?, 12);
                    assert_eq!(Echo.length_blocking(&[1, 2, 3], &text)?, 5);
                    Ok(())
                }
            }
        };
    }

    marked!(above, [#[async_trait] #[sync_bridge]], [#[async_trait] #[sync_bridge]]);
    marked!(below, [#[sync_bridge] #[async_trait]], [#[sync_bridge] #[async_trait]]);
    marked!(blanket, [#[sync_bridge(blanket)] #[async_trait]], [#[async_trait]]);
}
