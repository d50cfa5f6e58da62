//! Twins of synchronous methods that need the runtime, `#[bridge(enter)]`, and of methods whose values do, `#[bridge(keep)]`.

mod support;

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use futures::Stream;
use futures::future::BoxFuture;
use support::{FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Kept, RuntimeBridge, sync_bridge};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

static BRIDGE: LazyLock<RuntimeBridge> = LazyLock::new(|| RuntimeBridge::new().unwrap());

/// Needs a runtime to be made, and to be dropped.
#[derive(Debug)]
struct Connection {
    name: String,
    bridge: RuntimeBridge,
    _task: JoinHandle<()>,
}

impl Connection {
    fn open(name: &str, bridge: &RuntimeBridge) -> Self {
        assert!(bridge.is_current());
        Self { name: name.to_owned(), bridge: bridge.clone(), _task: tokio::spawn(async {}) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A twin that returned it as it is would end the program here, on the next panic.
        assert!(self.bridge.is_current() && !thread::panicking());
        tokio::spawn(async {});
    }
}

type DbResult<T> = Result<T, io::Error>;

mod of_a_trait {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Pool {
        #[bridge(enter)]
        fn lazy(&self, name: &str) -> io::Result<usize>;

        #[bridge(enter, error = wrap)]
        fn entered(&self) -> Option<tokio::runtime::Id> {
            Some(Handle::try_current().ok()?.id())
        }

        #[bridge(keep)]
        async fn acquire(&self, name: &str) -> io::Result<Connection>;

        #[bridge(keep)]
        async fn acquire_default(&self) -> DbResult<Option<Connection>> {
            self.acquire("default").await.map(Some)
        }

        #[bridge(keep)]
        fn connect(&self, name: &str) -> io::Result<Connection>;

        #[bridge(keep, error = wrap, timeout = "1h")]
        async fn borrow(&mut self) -> &mut String;

        #[bridge(keep, error = panic)]
        fn boxed(&self) -> BoxFuture<'_, (Connection, u8)>;
    }

    pub(crate) struct Db {
        pub(crate) bridge: RuntimeBridge,
        pub(crate) name: String,
    }

    #[sync_bridge(bridge = self.bridge)]
    impl Pool for Db {
        #[bridge(enter)]
        fn lazy(&self, name: &str) -> io::Result<usize> {
            tokio::spawn(async {});
            if name.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(name.len()) }
        }

        #[bridge(keep)]
        async fn acquire(&self, name: &str) -> io::Result<Connection> {
            tokio::task::yield_now().await;
            if name.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(Connection::open(name, &self.bridge)) }
        }

        #[bridge(keep)]
        fn connect(&self, name: &str) -> io::Result<Connection> {
            Ok(Connection::open(name, &self.bridge))
        }

        #[bridge(keep, error = wrap, timeout = "1h")]
        async fn borrow(&mut self) -> &mut String {
            &mut self.name
        }

        #[bridge(keep, error = panic)]
        fn boxed(&self) -> BoxFuture<'_, (Connection, u8)> {
            Box::pin(async { (Connection::open("boxed", &self.bridge), 1) })
        }
    }
}

#[test]
fn twin_of_a_trait() {
    use of_a_trait::{BlockingPool, Db};

    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let mut db = Db { bridge: bridge.clone(), name: "db".to_owned() };
                assert_eq!(db.lazy_blocking("four").unwrap(), 4);
                assert_eq!(db.lazy_blocking("").unwrap_err().kind(), io::ErrorKind::NotFound);
                let entered = db.entered_blocking().unwrap();
                assert_eq!(entered.unwrap(), bridge.block_on(async { Handle::current().id() }).unwrap());

                let connection: Kept<Connection> = db.acquire_blocking("a").unwrap();
                assert_eq!(connection.name, "a");
                drop(connection);
                assert_eq!(db.acquire_blocking("").unwrap_err().kind(), io::ErrorKind::NotFound);
                let default: Option<Kept<Connection>> = db.acquire_default_blocking().unwrap();
                // On a thread without a runtime.
                thread::spawn(move || drop(default)).join().unwrap();
                drop(db.connect_blocking("b").unwrap());
                let mut borrowed: Kept<&mut String> = db.borrow_blocking().unwrap();
                borrowed.push('!');
                drop(borrowed);
                assert_eq!(db.name, "db!");
                let twin: &dyn BlockingPool = &db;
                let (connection, number) = &*twin.boxed_blocking();
                assert_eq!((connection.name.as_str(), *number), ("boxed", 1));
            });
        }
    });
}

#[test]
fn failure_of_the_bridge_goes_where_the_rule_says() {
    use of_a_trait::{BlockingPool, Db};

    watched(|| {
        let bridge = bridge(sync_bridge::Flavor::MultiThread);
        let mut db = Db { bridge: bridge.clone(), name: String::new() };
        bridge.shutdown(Duration::ZERO);
        let is_closed =
            |error: &io::Error| matches!(error.get_ref().unwrap().downcast_ref(), Some(BridgeError::WorkerDead));
        assert!(is_closed(&db.lazy_blocking("a").unwrap_err()));
        assert!(is_closed(&db.connect_blocking("a").unwrap_err()));
        assert!(is_closed(&db.acquire_blocking("a").unwrap_err()));
        assert!(matches!(db.entered_blocking(), Err(BridgeError::WorkerDead)));
        assert!(matches!(db.borrow_blocking(), Err(BridgeError::WorkerDead)));
        assert!(std::panic::catch_unwind(|| db.boxed_blocking()).is_err());
    });
}

mod without_traits {
    use super::*;

    /// Neither `Send` nor `Sync`: its synchronous methods stay on the calling thread.
    pub(crate) struct Local(pub(crate) Rc<Cell<u8>>);

    #[sync_bridge(error = wrap, bridge = BRIDGE)]
    impl Local {
        #[bridge(enter)]
        pub(crate) fn step<T: Into<u8>>(&self, by: T) -> Rc<Cell<u8>> {
            tokio::spawn(async {});
            self.0.set(self.0.get() + by.into());
            Rc::clone(&self.0)
        }

        #[bridge(enter, rename = "made")]
        pub(crate) fn new() -> Self {
            assert!(BRIDGE.is_current());
            Self(Rc::default())
        }

        #[bridge(enter)]
        pub(crate) fn panics(&self) {
            assert!(self.0.get() > 200, "stepped on");
        }
    }

    #[sync_bridge(error = wrap, bridge = BRIDGE)]
    #[bridge(enter)]
    pub(crate) fn open(name: &str) -> impl Fn() -> usize + use<'_> {
        tokio::spawn(async {});
        || name.len()
    }

    #[sync_bridge(error = panic, bridge = BRIDGE)]
    #[bridge(keep)]
    pub(crate) fn connect(name: &str) -> Connection {
        Connection::open(name, &BRIDGE)
    }

    #[sync_bridge(bridge = BRIDGE)]
    #[bridge(keep)]
    pub(crate) async fn acquire(name: &str) -> DbResult<Connection> {
        tokio::task::yield_now().await;
        Ok(Connection::open(name, &BRIDGE))
    }
}

#[test]
fn twins_of_inherent_methods_and_functions() {
    watched(|| {
        from_each_caller(|| {
            let local = without_traits::Local::made().unwrap();
            assert_eq!(local.step_blocking(3).unwrap().get(), 3);
            let error = local.panics_blocking().unwrap_err();
            assert_eq!(error.panic_message(), Some("stepped on"));
            assert_eq!(without_traits::open_blocking("four").unwrap()(), 4);
            let connections: [Kept<Connection>; 2] =
                [without_traits::connect_blocking("a"), without_traits::acquire_blocking("b").unwrap()];
            assert_eq!(connections.each_ref().map(|of| of.name.as_str()), ["a", "b"]);
        });
    });
}

mod existing {
    use super::*;

    pub(crate) trait Pool {
        fn lazy(&self) -> io::Result<bool>;
        fn acquire(&self) -> io::Result<Kept<Connection>>;
    }

    trait AsyncPool {
        fn lazy(&self) -> io::Result<bool>;
        async fn acquire(&self) -> io::Result<Connection>;
    }

    pub(crate) struct Db;

    #[sync_bridge(twin_trait = Pool, bridge = BRIDGE)]
    impl AsyncPool for Db {
        #[bridge(enter)]
        fn lazy(&self) -> io::Result<bool> {
            Ok(BRIDGE.is_current())
        }

        #[bridge(keep)]
        async fn acquire(&self) -> io::Result<Connection> {
            Ok(Connection::open("existing", &BRIDGE))
        }
    }
}

#[test]
fn twin_that_exists() {
    use existing::Pool;

    watched(|| {
        let db: &dyn Pool = &existing::Db;
        assert!(db.lazy().unwrap());
        assert_eq!(db.acquire().unwrap().name, "existing");
    });
}

mod every_implementor {
    use super::*;

    #[sync_bridge(blanket, error = wrap, bridge = BRIDGE)]
    #[async_trait]
    pub(crate) trait Pool {
        #[bridge(enter)]
        fn lazy(&self) -> bool;

        #[bridge(keep)]
        async fn acquire(&self) -> Connection;
    }

    #[async_trait]
    impl Pool for str {
        fn lazy(&self) -> bool {
            BRIDGE.is_current()
        }

        async fn acquire(&self) -> Connection {
            Connection::open(self, &BRIDGE)
        }
    }

    pub(crate) mod remote {
        use super::*;

        pub(crate) trait Pool {
            fn lazy(&self) -> bool;
            fn acquire(&self) -> impl Future<Output = Connection> + Send;
        }

        impl Pool for u8 {
            fn lazy(&self) -> bool {
                BRIDGE.is_current()
            }

            async fn acquire(&self) -> Connection {
                Connection::open("remote", &BRIDGE)
            }
        }
    }

    #[sync_bridge(remote = remote::Pool, twin = RemotePool, error = wrap, bridge = BRIDGE)]
    pub(crate) trait Mirror {
        #[bridge(enter)]
        fn lazy(&self) -> bool;

        #[bridge(keep)]
        fn acquire(&self) -> impl Future<Output = Connection> + Send;
    }
}

#[test]
fn twins_of_every_implementor() {
    use every_implementor::{BlockingPool, RemotePool};

    watched(|| {
        assert!(BlockingPool::lazy_blocking("a").unwrap());
        assert_eq!(BlockingPool::acquire_blocking("a").unwrap().name, "a");
        assert!(RemotePool::lazy_blocking(&1).unwrap());
        assert_eq!(RemotePool::acquire_blocking(&1).unwrap().name, "remote");
    });
}

mod with_arguments {
    use super::*;

    #[sync_bridge(error = wrap, bridge = BRIDGE)]
    #[bridge(keep)]
    pub(crate) async fn gather(#[bridge(iter)] names: impl Stream<Item = String> + Send) -> Vec<Connection> {
        futures::StreamExt::collect(futures::StreamExt::map(names, |name| Connection::open(&name, &BRIDGE))).await
    }
}

#[test]
fn value_of_a_method_that_takes_an_iterator() {
    watched(|| {
        let all: Kept<Vec<Connection>> = with_arguments::gather_blocking(["a".to_owned(), "b".to_owned()]).unwrap();
        assert_eq!(all.len(), 2);
    });
}
