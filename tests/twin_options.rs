//! Options of one method: a time limit, a rule for failures, a copy in the twin; and of an argument.

use std::io;
use std::time::Duration;

use futures::stream::{BoxStream, Stream, StreamExt};
use sync_bridge::{BridgeError, sync_bridge};
use tokio::task::JoinHandle;

mod support;

use support::watched;

/// Time limits.
mod limited {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Slow: Sync {
        #[bridge(timeout = "5ms")]
        async fn never(&self) -> io::Result<()>;

        #[bridge(timeout = "1h 30m")]
        async fn in_time(&self) -> io::Result<u8>;

        #[bridge(timeout = "5ms", error = wrap)]
        async fn never_by_default(&self) -> u8 {
            std::future::pending().await
        }

        #[bridge(timeout = "5ms")]
        fn items(&self) -> BoxStream<'_, io::Result<u8>>;

        #[bridge(timeout = "5ms", collect = io::Result<Vec<u8>>)]
        fn all(&self) -> BoxStream<'_, io::Result<u8>>;

        // The limit is that of the call, not of the task.
        #[bridge(timeout = "5ms", task)]
        async fn started(&self) -> io::Result<JoinHandle<u8>>;

        #[bridge(timeout = "5ms", read)]
        async fn silent(&self) -> io::Result<tokio::io::DuplexStream>;
    }

    /// Holds the other end of what it hands out.
    #[derive(Default)]
    pub(crate) struct Stalled(std::sync::Mutex<Vec<tokio::io::DuplexStream>>);

    #[sync_bridge]
    impl Slow for Stalled {
        #[bridge(timeout = "5ms")]
        async fn never(&self) -> io::Result<()> {
            std::future::pending().await
        }

        #[bridge(timeout = "1h 30m")]
        async fn in_time(&self) -> io::Result<u8> {
            tokio::task::yield_now().await;
            Ok(7)
        }

        #[bridge(timeout = "5ms")]
        fn items(&self) -> BoxStream<'_, io::Result<u8>> {
            futures::stream::iter([Ok(1)]).chain(futures::stream::pending()).boxed()
        }

        #[bridge(timeout = "5ms", collect = io::Result<Vec<u8>>)]
        fn all(&self) -> BoxStream<'_, io::Result<u8>> {
            self.items()
        }

        #[bridge(timeout = "5ms", task)]
        async fn started(&self) -> io::Result<JoinHandle<u8>> {
            Ok(tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                7
            }))
        }

        #[bridge(timeout = "5ms", read)]
        async fn silent(&self) -> io::Result<tokio::io::DuplexStream> {
            let (here, there) = tokio::io::duplex(8);
            self.0.lock().unwrap().push(there);
            Ok(here)
        }
    }
}

#[test]
fn time_limit_of_a_method() {
    use limited::{BlockingSlow, Stalled};

    watched(|| {
        let slow = Stalled::default();
        assert_eq!(slow.never_blocking().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(slow.in_time_blocking().unwrap(), 7);
        let error = slow.never_by_default_blocking().unwrap_err();
        assert!(matches!(error, BridgeError::TimedOut { after } if after >= Duration::from_millis(5)));
        let items: Vec<_> = slow.items_blocking().map(|item| item.map_err(|error| error.kind())).collect();
        assert_eq!(items, [Ok(1), Err(io::ErrorKind::TimedOut)]);
        assert_eq!(slow.all_blocking().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(slow.started_blocking().unwrap().wait().unwrap(), 7);
        let mut silent = slow.silent_blocking().unwrap();
        let error = io::Read::read(&mut silent, &mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

/// A rule for one method.
mod ruled {
    use super::*;

    #[allow(clippy::needless_pass_by_value, reason = "an `error = …` function takes the error")]
    fn lost(error: BridgeError) -> String {
        error.panic_message().unwrap_or_default().to_owned()
    }

    #[sync_bridge]
    pub(crate) trait Rules {
        async fn converted(&self) -> io::Result<u8>;
        #[bridge(error = wrap)]
        async fn wrapped(&self) -> Option<u8>;
        #[bridge(error = panic)]
        async fn panicking(&self) -> u8 {
            panic!("default")
        }
        #[bridge(error = lost)]
        async fn mapped(&self) -> Result<u8, String>;
        #[bridge(error = <io::Error as From<_>>::from)]
        async fn mapped_by_trait(&self) -> io::Result<u8>;
    }

    #[sync_bridge]
    impl Rules for u8 {
        async fn converted(&self) -> io::Result<u8> {
            Ok(*self)
        }
        #[bridge(error = wrap)]
        async fn wrapped(&self) -> Option<u8> {
            Some(*self)
        }
        #[bridge(error = lost)]
        async fn mapped(&self) -> Result<u8, String> {
            panic!("mapped")
        }
        #[bridge(error = <io::Error as From<_>>::from)]
        async fn mapped_by_trait(&self) -> io::Result<u8> {
            panic!("mapped by a trait's")
        }
    }

    /// The block's rule is another than the default, and one method goes back to that.
    #[sync_bridge(error = panic)]
    pub(crate) trait Back {
        async fn plain(&self) -> u8;
        #[bridge(error = convert)]
        async fn converted(&self) -> io::Result<u8>;
    }

    #[sync_bridge(error = panic)]
    impl Back for u8 {
        async fn plain(&self) -> u8 {
            *self
        }
        #[bridge(error = convert)]
        async fn converted(&self) -> io::Result<u8> {
            panic!("converted")
        }
    }
}

#[test]
fn rule_of_a_method() -> Result<(), Box<dyn std::error::Error>> {
    use ruled::{BlockingBack, BlockingRules};

    assert_eq!(BlockingRules::converted_blocking(&7)?, 7);
    let wrapped: Result<Option<u8>, BridgeError> = 7.wrapped_blocking();
    assert_eq!(wrapped?, Some(7));
    let payload = std::panic::catch_unwind(|| 7.panicking_blocking()).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"default"));
    assert_eq!(7.mapped_blocking(), Err("mapped".to_owned()));
    assert!(7.mapped_by_trait_blocking().unwrap_err().to_string().contains("mapped by a trait's"));
    assert_eq!(7.plain_blocking(), 7);
    assert!(BlockingBack::converted_blocking(&7).unwrap_err().to_string().contains("converted"));
    Ok(())
}

/// Synchronous methods in the twin.
mod passed {
    use super::*;
    use std::cell::Cell;

    #[sync_bridge]
    pub(crate) trait Store {
        type Name: Clone;

        #[bridge(passthrough)]
        fn name(&self) -> Self::Name;

        #[bridge(passthrough, rename = "length")]
        fn len<T: AsRef<[u8]>>(&self, key: T, _: &str) -> usize
        where
            Self: Sized,
        {
            key.as_ref().len()
        }

        #[bridge(passthrough)]
        fn default_name() -> &'static str
        where
            Self: Sized,
        {
            "default"
        }

        #[bridge(passthrough)]
        fn items(&self) -> BoxStream<'static, u8>;

        fn left_alone(&self) -> Cell<u8>;

        async fn get(&self) -> io::Result<u8>;
    }

    #[sync_bridge]
    impl Store for u8 {
        type Name = String;

        #[bridge(passthrough)]
        fn name(&self) -> String {
            self.to_string()
        }

        #[bridge(passthrough)]
        fn items(&self) -> BoxStream<'static, u8> {
            futures::stream::iter([*self]).boxed()
        }

        fn left_alone(&self) -> Cell<u8> {
            Cell::new(*self)
        }

        async fn get(&self) -> io::Result<u8> {
            Ok(self.left_alone().into_inner())
        }
    }

    pub(crate) mod twin {
        /// Only the twin is imported, or the names would be ambiguous.
        pub(crate) use super::BlockingStore;
    }
}

#[test]
fn synchronous_methods_of_the_twin() -> io::Result<()> {
    use passed::twin::BlockingStore;

    fn through_the_twin<T: BlockingStore<Name = String>>(store: &T) -> (String, usize, &'static str) {
        (store.name(), store.length([0; 3], ""), T::default_name())
    }

    assert_eq!(through_the_twin(&7_u8), ("7".to_owned(), 3, "default"));
    let object: &dyn BlockingStore<Name = String> = &7_u8;
    assert_eq!(object.name(), "7");
    assert_eq!(futures::executor::block_on(object.items().collect::<Vec<_>>()), [7]);
    assert_eq!(object.get_blocking()?, 7);
    Ok(())
}

/// Arguments that are streams.
mod pulled {
    use super::*;
    use std::pin::Pin;

    #[sync_bridge]
    pub(crate) trait Sink {
        async fn sum(&self, #[bridge(iter)] items: impl Stream<Item = u32> + Send) -> io::Result<u32>;

        async fn boxed(&self, factor: u32, #[bridge(iter)] items: BoxStream<'_, u32>) -> io::Result<u32>
        where
            Self: Sized;

        #[bridge(timeout = "1h")]
        fn doubled(
            &self,
            #[bridge(iter)] items: BoxStream<'static, io::Result<u32>>,
        ) -> BoxStream<'static, io::Result<u32>>;

        async fn default(
            &self,
            #[bridge(iter)] mut __call: Pin<Box<dyn Stream<Item = u32> + Send>>,
            #[bridge(iter)] _: BoxStream<'static, String>,
        ) -> io::Result<Option<u32>> {
            Ok(__call.next().await)
        }
    }

    #[sync_bridge]
    impl Sink for u32 {
        async fn sum(&self, #[bridge(iter)] items: impl Stream<Item = u32> + Send) -> io::Result<u32> {
            Ok(items.fold(*self, |sum, item| async move { sum + item }).await)
        }

        async fn boxed(&self, factor: u32, #[bridge(iter)] items: BoxStream<'_, u32>) -> io::Result<u32> {
            Ok(factor * Sink::sum(self, items).await?)
        }

        #[bridge(timeout = "1h")]
        fn doubled(
            &self,
            #[bridge(iter)] items: BoxStream<'static, io::Result<u32>>,
        ) -> BoxStream<'static, io::Result<u32>> {
            items.map(|item| item.map(|item| 2 * item)).boxed()
        }
    }

    #[async_trait::async_trait]
    #[sync_bridge]
    pub(crate) trait Boxed {
        async fn sum(&self, #[bridge(iter)] items: BoxStream<'static, u32>) -> io::Result<u32>;
    }

    #[sync_bridge]
    #[async_trait::async_trait]
    impl Boxed for u32 {
        async fn sum(&self, #[bridge(iter)] items: BoxStream<'static, u32>) -> io::Result<u32> {
            Ok(items.fold(*self, |sum, item| async move { sum + item }).await)
        }
    }
}

#[test]
fn iterators_for_stream_arguments() {
    use pulled::{BlockingBoxed, BlockingSink};

    watched(|| {
        assert_eq!(BlockingSink::sum_blocking(&1, vec![2, 3]).unwrap(), 6);
        // An iterator that blocks, and one that panics.
        let (sender, receiver) = std::sync::mpsc::channel();
        let sending = std::thread::spawn(move || (0..3).for_each(|item| sender.send(item).unwrap()));
        assert_eq!(2.boxed_blocking(10, Box::new(receiver.into_iter())).unwrap(), 50);
        sending.join().unwrap();
        let torn = (0..).map(|item| if item == 2 { panic!("torn") } else { item });
        let error = BlockingSink::sum_blocking(&1, torn).unwrap_err();
        assert!(error.to_string().contains("torn"), "{error}");
        let doubled = 1.doubled_blocking(Box::new([Ok(1), Ok(2)].into_iter()));
        assert_eq!(doubled.collect::<io::Result<Vec<_>>>().unwrap(), [2, 4]);
        let first = 1.default_blocking(Box::new(7..), Box::new(std::iter::empty()));
        assert_eq!(first.unwrap(), Some(7));
        let object: &dyn BlockingBoxed = &1;
        assert_eq!(object.sum_blocking(Box::new(0..4)).unwrap(), 7);
    });
}

/// All of them with a synchronous trait that there is already.
mod existing {
    use super::*;
    use sync_bridge::{BlockingIo, BridgedTask};
    use tokio::task::JoinHandle;

    pub(crate) trait SyncStore {
        fn name(&self) -> String;
        fn never(&self) -> io::Result<u8>;
        fn wrapped(&self) -> Result<u8, BridgeError>;
        fn start(&self) -> BridgedTask<u8>;
        fn open(&self) -> io::Result<BlockingIo<&[u8]>>;
        fn sum(&self, items: Box<dyn Iterator<Item = u32> + Send>) -> io::Result<u32>;
        fn total(&self) -> io::Result<Vec<u8>>;
    }

    pub(crate) trait Store {
        fn name(&self) -> String;
        async fn never(&self) -> io::Result<u8>;
        async fn wrapped(&self) -> u8;
        fn start(&self) -> JoinHandle<u8>;
        async fn open(&self) -> io::Result<&[u8]>;
        async fn sum(&self, items: BoxStream<'_, u32>) -> io::Result<u32>;
        fn total(&self) -> BoxStream<'_, io::Result<u8>>;
    }

    #[sync_bridge(twin_trait = SyncStore)]
    impl Store for Vec<u8> {
        #[bridge(passthrough)]
        fn name(&self) -> String {
            "bytes".to_owned()
        }

        #[bridge(timeout = "5ms")]
        async fn never(&self) -> io::Result<u8> {
            std::future::pending().await
        }

        #[bridge(error = wrap)]
        async fn wrapped(&self) -> u8 {
            7
        }

        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8> {
            tokio::spawn(async { 7 })
        }

        #[bridge(read)]
        async fn open(&self) -> io::Result<&[u8]> {
            Ok(self)
        }

        async fn sum(&self, #[bridge(iter)] items: BoxStream<'_, u32>) -> io::Result<u32> {
            Ok(items.fold(0, |sum, item| async move { sum + item }).await)
        }

        #[bridge(collect = io::Result<Vec<u8>>)]
        fn total(&self) -> BoxStream<'_, io::Result<u8>> {
            futures::stream::iter(self).map(|byte| Ok(*byte)).boxed()
        }
    }
}

#[test]
fn options_with_an_existing_twin() {
    use existing::SyncStore;

    watched(|| {
        let store = vec![b'a', b'b'];
        assert_eq!(store.name(), "bytes");
        assert_eq!(store.never().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(store.wrapped().unwrap(), 7);
        assert_eq!(store.start().wait().unwrap(), 7);
        assert_eq!(io::read_to_string(store.open().unwrap()).unwrap(), "ab");
        assert_eq!(store.sum(Box::new(0..4)).unwrap(), 6);
        assert_eq!(store.total().unwrap(), store);
    });
}
