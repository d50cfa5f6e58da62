//! `timeout = expression`: limits that the receiver and the arguments state, in each form of the macro.

#![allow(clippy::unused_async, clippy::unused_self, reason = "what an original does is not what is tested")]

use std::future::pending;
use std::io::{self, ErrorKind, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, sync_bridge};
use tokio::io::DuplexStream;
use tokio::task::{JoinHandle, yield_now};

mod support;

use support::{FLAVORS, bridge, from_each_caller, watched};

const SHORT: Duration = Duration::from_millis(2);

/// What a method does that is to end in time, and what one does that is not.
async fn ends(is_endless: bool) -> io::Result<u8> {
    if is_endless {
        pending::<()>().await;
    }
    yield_now().await;
    Ok(7)
}

#[track_caller]
fn assert_timed_out<T>(outcome: io::Result<T>) {
    assert_eq!(outcome.err().map(|error| error.kind()), Some(ErrorKind::TimedOut));
}

/// A limit of the receiver's.
#[derive(Clone)]
struct Limited {
    limit: Option<Duration>,
    bridge: RuntimeBridge,
}

impl Limited {
    fn new(limit: Option<Duration>, flavor: Flavor) -> Self {
        Self { limit, bridge: bridge(flavor) }
    }
}

mod traits {
    use super::*;

    #[sync_bridge(timeout = self.limit())]
    pub(crate) trait Slow: Sync {
        fn limit(&self) -> Option<Duration>;

        async fn shared(&self, is_endless: bool) -> io::Result<u8>;
        async fn exclusive(&mut self, is_endless: bool) -> io::Result<u8>;
        async fn value(self, is_endless: bool) -> io::Result<u8>
        where
            Self: Sized;

        async fn default_shared(&self, is_endless: bool) -> io::Result<u8> {
            ends(is_endless).await
        }

        async fn default_exclusive(&mut self, is_endless: bool) -> io::Result<u8> {
            ends(is_endless).await
        }

        async fn default_value(self, is_endless: bool) -> io::Result<u8>
        where
            Self: Sized,
        {
            ends(is_endless).await
        }

        #[bridge(timeout = None)]
        async fn default_without(&self) -> io::Result<u8> {
            ends(false).await
        }

        #[bridge(timeout = limit)]
        async fn default_of_argument(limit: Option<Duration>, is_endless: bool) -> io::Result<u8>
        where
            Self: Sized,
        {
            let _ = limit;
            ends(is_endless).await
        }
    }

    #[sync_bridge(timeout = self.limit, bridge = self.bridge)]
    impl Slow for Limited {
        fn limit(&self) -> Option<Duration> {
            self.limit
        }

        async fn shared(&self, is_endless: bool) -> io::Result<u8> {
            ends(is_endless).await
        }

        async fn exclusive(&mut self, is_endless: bool) -> io::Result<u8> {
            ends(is_endless).await
        }

        async fn value(self, is_endless: bool) -> io::Result<u8> {
            ends(is_endless).await
        }
    }
}

#[test]
fn limit_of_the_receiver() {
    use traits::BlockingSlow;

    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let mut slow = Limited::new(Some(SHORT), flavor);
                assert_timed_out(slow.shared_blocking(true));
                assert_timed_out(slow.exclusive_blocking(true));
                assert_timed_out(slow.clone().value_blocking(true));
                assert_timed_out(slow.default_shared_blocking(true));
                assert_timed_out(slow.default_exclusive_blocking(true));
                assert_timed_out(slow.clone().default_value_blocking(true));
                assert_eq!(slow.default_without_blocking().unwrap(), 7);
                assert_timed_out(Limited::default_of_argument_blocking(Some(SHORT), true));

                slow.limit = None;
                assert_eq!(slow.shared_blocking(false).unwrap(), 7);
                assert_eq!(slow.exclusive_blocking(false).unwrap(), 7);
                assert_eq!(slow.clone().value_blocking(false).unwrap(), 7);
                assert_eq!(slow.default_shared_blocking(false).unwrap(), 7);
                assert_eq!(slow.default_exclusive_blocking(false).unwrap(), 7);
                assert_eq!(slow.clone().default_value_blocking(false).unwrap(), 7);
                assert_eq!(Limited::default_of_argument_blocking(None, false).unwrap(), 7);
            });
        }
    });
}

mod everyone {
    use super::*;

    /// Constants with the names of arguments, which the signatures hide.
    #[allow(non_upper_case_globals, dead_code, reason = "named as arguments are")]
    pub(crate) const is_endless: u8 = 0;

    #[sync_bridge(blanket, timeout = self.limit())]
    pub(crate) trait Slow {
        fn limit(&self) -> Duration;
        async fn shared(&self, is_endless: bool) -> io::Result<u8>;
        #[bridge(timeout = std::cmp::min(limit.longest, self.limit()))]
        async fn of_argument(&self, limit: Longest, is_endless: bool) -> io::Result<u8>;
    }

    /// Its field has the name of an argument.
    pub(crate) struct Longest {
        pub(crate) longest: Duration,
    }

    impl Slow for Duration {
        fn limit(&self) -> Duration {
            *self
        }

        async fn shared(&self, endless: bool) -> io::Result<u8> {
            ends(endless).await
        }

        async fn of_argument(&self, _: Longest, endless: bool) -> io::Result<u8> {
            ends(endless).await
        }
    }

    pub(crate) mod mirror {
        use super::Longest;
        use std::io;
        use std::time::Duration;
        use sync_bridge::sync_bridge;

        #[sync_bridge(remote = super::Slow, local, twin = MirroredSlow, suffix = "_mirrored", timeout = self.limit())]
        pub(crate) trait Slow {
            async fn shared(&self, is_endless: bool) -> io::Result<u8>;
            #[bridge(timeout = Some(limit.longest).filter(|longest| *longest < Duration::from_secs(1)))]
            async fn of_argument(&self, limit: Longest, is_endless: bool) -> io::Result<u8>;
        }
    }
}

#[test]
fn limits_for_every_implementor_and_in_a_mirror() {
    use everyone::mirror::MirroredSlow;
    use everyone::{BlockingSlow, Longest};

    const LONG: Duration = Duration::from_secs(3600);

    watched(|| {
        assert_timed_out(SHORT.shared_blocking(true));
        assert_timed_out(LONG.of_argument_blocking(Longest { longest: SHORT }, true));
        assert_timed_out(SHORT.shared_mirrored(true));
        assert_timed_out(LONG.of_argument_mirrored(Longest { longest: SHORT }, true));
        assert_eq!(LONG.shared_blocking(false).unwrap(), 7);
        assert_eq!(LONG.of_argument_blocking(Longest { longest: LONG }, false).unwrap(), 7);
        assert_eq!(LONG.shared_mirrored(false).unwrap(), 7);
        assert_eq!(LONG.of_argument_mirrored(Longest { longest: LONG }, false).unwrap(), 7);
    });
}

mod existing {
    use super::*;

    pub(crate) trait SyncSlow {
        fn shared(&self, key: String) -> io::Result<u8>;
        fn value(self) -> io::Result<u8>;
    }

    trait Slow {
        async fn shared(&self, key: String) -> io::Result<u8>;
        async fn value(self) -> io::Result<u8>;
    }

    #[sync_bridge(twin_trait = SyncSlow, timeout = self.limit)]
    impl Slow for Limited {
        // The future takes the argument, and the limit only looks at it.
        #[bridge(timeout = (key == "endless").then_some(SHORT))]
        async fn shared(&self, key: String) -> io::Result<u8> {
            ends(key == "endless").await
        }

        async fn value(self) -> io::Result<u8> {
            ends(true).await
        }
    }
}

#[test]
fn limits_with_an_existing_twin() {
    use existing::SyncSlow;

    watched(|| {
        let slow = Limited::new(Some(SHORT), Flavor::CurrentThread);
        assert_timed_out(slow.shared("endless".to_owned()));
        assert_eq!(slow.shared(String::new()).unwrap(), 7);
        assert_timed_out(slow.value());
    });
}

/// Inherent methods with each adapter, and functions.
mod inherent {
    use super::*;

    #[derive(Default)]
    pub(crate) struct Client {
        pub(crate) limit: Mutex<Option<Duration>>,
        pub(crate) others: Vec<DuplexStream>,
    }

    // The guard of the lock ends before the call: the method can lock it again.
    #[sync_bridge(timeout = *self.limit.lock().unwrap())]
    impl Client {
        pub(crate) async fn locks(&self, is_endless: bool) -> io::Result<u8> {
            drop(self.limit.try_lock().unwrap());
            ends(is_endless).await
        }

        pub(crate) fn items(&mut self) -> BoxStream<'_, io::Result<u8>> {
            stream::iter([Ok(1)]).chain(stream::pending()).boxed()
        }

        #[bridge(collect = io::Result<Vec<u8>>)]
        pub(crate) fn all(&self) -> BoxStream<'_, io::Result<u8>> {
            stream::pending().boxed()
        }

        #[bridge(read)]
        pub(crate) async fn silent(&mut self) -> io::Result<DuplexStream> {
            let (here, there) = tokio::io::duplex(8);
            self.others.push(there);
            Ok(here)
        }

        // The limit is that of the call, not of the task.
        #[bridge(task)]
        pub(crate) fn started(&mut self) -> JoinHandle<u8> {
            tokio::spawn(async {
                tokio::time::sleep(4 * SHORT).await;
                7
            })
        }

        #[bridge(timeout = "1h", error = wrap)]
        pub(crate) async fn with_its_own() -> u8 {
            yield_now().await;
            7
        }

        // No error is needed for a limit that there is not.
        #[bridge(timeout = None, error = panic)]
        pub(crate) async fn without(self) -> u8 {
            yield_now().await;
            7
        }

        #[bridge(timeout = *lock.as_ref().unwrap().as_ref())]
        pub(crate) async fn moved(
            lock: io::Result<Box<Duration>>,
            (_, _): (u8, u8),
            mut is_endless: bool,
        ) -> io::Result<u8> {
            is_endless ^= lock.is_err();
            ends(is_endless).await
        }
    }

    #[sync_bridge(timeout = limit.map(Duration::from_millis))]
    pub(crate) async fn answer(limit: Option<u64>, is_endless: bool) -> io::Result<u8> {
        assert_eq!(limit.is_some(), is_endless);
        ends(is_endless).await
    }

    #[sync_bridge]
    #[bridge(timeout = r#type, error = wrap)]
    pub(crate) async fn never(r#type: Duration) -> u8 {
        let _ = r#type;
        pending().await
    }
}

#[test]
fn limits_of_inherent_methods_and_their_adapters() {
    watched(|| {
        let mut client = inherent::Client { limit: Mutex::new(Some(SHORT)), others: Vec::new() };
        assert_timed_out(client.locks_blocking(true));
        let items: Vec<_> = client.items_blocking().map(|item| item.map_err(|error| error.kind())).collect();
        assert_eq!(items, [Ok(1), Err(ErrorKind::TimedOut)]);
        assert_timed_out(client.all_blocking());
        assert_timed_out(client.silent_blocking().unwrap().read(&mut [0; 8]));
        assert_eq!(client.started_blocking().wait().unwrap(), 7);
        assert_eq!(inherent::Client::with_its_own_blocking().unwrap(), 7);
        assert_timed_out(inherent::Client::moved_blocking(Ok(Box::new(SHORT)), (0, 0), true));

        *client.limit.get_mut().unwrap() = None;
        assert_eq!(client.locks_blocking(false).unwrap(), 7);
        assert_eq!(client.without_blocking(), 7);
    });
}

#[test]
fn limits_of_functions() {
    watched(|| {
        from_each_caller(|| {
            assert_timed_out(inherent::answer_blocking(Some(2), true));
            assert_eq!(inherent::answer_blocking(None, false).unwrap(), 7);
            assert!(matches!(inherent::never_blocking(SHORT), Err(BridgeError::TimedOut { .. })));
        });
    });
}

/// Where and how often the expression is evaluated.
#[derive(Default)]
struct Watched {
    evaluations: AtomicUsize,
    built: AtomicUsize,
    thread: Mutex<Option<ThreadId>>,
}

impl Watched {
    fn limit(&self) -> Option<Duration> {
        assert_eq!(self.built.load(Ordering::SeqCst), 0, "the future is built after the limit is known");
        self.evaluations.fetch_add(1, Ordering::SeqCst);
        *self.thread.lock().unwrap() = Some(thread::current().id());
        None
    }
}

#[sync_bridge(timeout = self.limit())]
impl Watched {
    #[allow(clippy::manual_async_fn, reason = "the body runs when the future is built")]
    pub(crate) fn poll(&self) -> impl Future<Output = io::Result<()>> + Send {
        self.built.fetch_add(1, Ordering::SeqCst);
        async {
            for _ in 0..3 {
                yield_now().await;
            }
            Ok(())
        }
    }

    pub(crate) fn items(&self) -> BoxStream<'_, io::Result<u8>> {
        self.built.fetch_add(1, Ordering::SeqCst);
        stream::iter([Ok(1), Ok(2)]).boxed()
    }
}

#[test]
fn expression_is_evaluated_once_by_the_caller() {
    watched(|| {
        from_each_caller(|| {
            let here = Some(thread::current().id());
            let watched = Watched::default();
            watched.poll_blocking().unwrap();
            assert_eq!(watched.evaluations.load(Ordering::SeqCst), 1);
            assert_eq!(*watched.thread.lock().unwrap(), here);
            let watched = Watched::default();
            assert_eq!(watched.items_blocking().count(), 2);
            assert_eq!(watched.evaluations.load(Ordering::SeqCst), 1);
            assert_eq!(*watched.thread.lock().unwrap(), here);
        });
    });
}

/// `None` says nothing about the limits of others.
#[test]
fn no_limit_of_its_own_leaves_that_of_the_bridge() {
    use traits::BlockingSlow;

    watched(|| {
        let bridge = RuntimeBridge::builder().default_timeout(SHORT).build().unwrap();
        let slow = Limited { limit: None, bridge };
        assert_timed_out(slow.shared_blocking(true));
    });
}

/// An expression that a `macro_rules!` passes on.
macro_rules! limited {
    ($limit:expr) => {
        #[sync_bridge]
        #[bridge(timeout = $limit)]
        async fn passed_on(shortest: Duration) -> io::Result<u8> {
            let _ = shortest;
            ends(true).await
        }
    };
}

limited!(SHORT);

#[test]
fn limit_from_a_macro() {
    watched(|| assert_timed_out(passed_on_blocking(SHORT)));
}

/// Nothing ends a synchronous method early: the limit of its block is for the others.
#[test]
fn limit_of_a_block_passes_over_a_method_that_is_entered() {
    struct Entered;

    #[sync_bridge(timeout = SHORT)]
    impl Entered {
        #[bridge(enter)]
        pub(crate) fn entered(&self) -> io::Result<tokio::runtime::Id> {
            Ok(tokio::runtime::Handle::try_current().map_err(io::Error::other)?.id())
        }

        pub(crate) async fn waits(&self) -> io::Result<u8> {
            ends(true).await
        }
    }

    watched(|| {
        Entered.entered_blocking().unwrap();
        assert_timed_out(Entered.waits_blocking());
    });
}
