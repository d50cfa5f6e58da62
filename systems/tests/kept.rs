//! Connections and transactions of a pool that are kept outside of async code, and dropped in every place where sqlx alone
//! would panic.

mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Executor, Sqlite, SqlitePool, Transaction};
use support::watched;
use sync_bridge::{BridgeError, Flavor, Kept, RuntimeBridge};
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle};

/// A pool of one connection. It is empty before the first use.
struct Database {
    bridge: RuntimeBridge,
    pool: SqlitePool,
    _directory: TempDir,
}

impl Database {
    fn new(flavor: Flavor) -> Self {
        let bridge = RuntimeBridge::builder().flavor(flavor).build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/kept.db?mode=rwc", directory.path().display());
        // Not async, and yet it spawns a task.
        let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(Duration::from_hours(1));
        let pool = bridge.enter_with(|| options.connect_lazy(&url)).unwrap().unwrap();
        bridge.block_on(pool.execute("CREATE TABLE t (number INTEGER)")).unwrap().unwrap();
        Self { bridge, pool, _directory: directory }
    }

    fn connection(&self) -> Kept<PoolConnection<Sqlite>> {
        self.bridge.keep(self.bridge.block_on(self.pool.acquire()).unwrap().unwrap())
    }

    /// A transaction that has added a row.
    fn transaction(&self) -> Kept<Transaction<'static, Sqlite>> {
        let mut transaction = self.bridge.keep(self.bridge.block_on(self.pool.begin()).unwrap().unwrap());
        let insert = transaction.execute("INSERT INTO t VALUES (1)");
        self.bridge.block_on(insert).unwrap().unwrap();
        transaction
    }

    fn rows(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&self.pool);
        self.bridge.block_on(count).unwrap().unwrap()
    }

    /// Waits until the pool has its connection back. A task of the bridge returns it.
    fn wait_until_idle(&self) {
        while self.pool.num_idle() != 1 {
            thread::yield_now();
        }
        assert_eq!(self.pool.size(), 1);
    }
}

fn current_thread() -> tokio::runtime::Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// A value of any type, as a program keeps it behind a handle.
type Handled = Box<dyn Send>;

/// Drops it in some place.
type Drops = fn(Handled);

/// Functions of C that own a value.
#[expect(unsafe_code, reason = "C knows pointers only")]
mod foreign {
    use std::ffi::c_void;
    use std::ptr;

    use super::Handled;

    /// Ends a value. No panic may leave it.
    extern "C" fn dispose(value: *mut c_void) -> *mut c_void {
        // SAFETY: the pointer is that of `dispose_here` or `dispose_on_thread_of_c`, and is not used again.
        drop(unsafe { Box::from_raw(value.cast::<Handled>()) });
        ptr::null_mut()
    }

    fn into_pointer(value: Handled) -> *mut c_void {
        Box::into_raw(Box::new(value)).cast()
    }

    pub(crate) fn dispose_here(value: Handled) {
        assert!(dispose(into_pointer(value)).is_null());
    }

    pub(crate) fn dispose_on_thread_of_c(value: Handled) {
        let mut thread = 0;
        // SAFETY: the pointers are valid, and `dispose` takes one of this kind.
        unsafe {
            assert_eq!(libc::pthread_create(&raw mut thread, ptr::null(), dispose, into_pointer(value)), 0);
            assert_eq!(libc::pthread_join(thread, ptr::null_mut()), 0);
        }
    }
}

/// Its thread-local is destroyed after tokio's, which is made later.
fn drop_in_a_thread_local_destructor(value: Handled) {
    thread_local! {
        static KEPT: RefCell<Option<Handled>> = const { RefCell::new(None) };
    }
    let ending = thread::spawn(|| {
        KEPT.set(Some(value));
        let _ = Handle::try_current();
    });
    ending.join().unwrap();
}

fn drop_while_unwinding(value: Handled) {
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _value = value;
        std::panic::resume_unwind(Box::new("meant"));
    }));
    assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"meant"));
}

const PLACES: &[(&str, Drops)] = &[
    ("plain thread", drop),
    ("another thread", |value| thread::spawn(|| drop(value)).join().unwrap()),
    ("task of another runtime", |value| {
        let runtime = current_thread();
        // sqlx alone would spawn its task here, where nobody runs it any more.
        runtime.block_on(async { tokio::spawn(async { drop(value) }).await.unwrap() });
    }),
    ("blocking closure of another runtime", |value| {
        current_thread().block_on(async { tokio::task::spawn_blocking(|| drop(value)).await.unwrap() });
    }),
    ("dispose function", foreign::dispose_here),
    ("dispose function on a thread of C", foreign::dispose_on_thread_of_c),
    ("dispose function in a task", |value| current_thread().block_on(async { foreign::dispose_here(value) })),
    ("thread-local's destructor", drop_in_a_thread_local_destructor),
    ("unwinding", drop_while_unwinding),
];

#[test]
fn connection_goes_back_to_its_pool() {
    watched(|| {
        for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
            let database = Database::new(flavor);
            for (place, drop_there) in PLACES {
                let connection = database.connection();
                assert_eq!(database.pool.num_idle(), 0, "{place}");
                drop_there(Box::new(connection));
                database.wait_until_idle();
            }
        }
    });
}

#[test]
fn transaction_is_rolled_back_and_its_connection_goes_back() {
    watched(|| {
        for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
            let database = Database::new(flavor);
            for (place, drop_there) in PLACES {
                let transaction = database.transaction();
                assert_eq!(database.pool.num_idle(), 0, "{place}");
                drop_there(Box::new(transaction));
                database.wait_until_idle();
                assert_eq!(database.rows(), 0, "{place}");
            }
            let committed = Kept::into_inner(database.transaction());
            database.bridge.block_on(committed.commit()).unwrap().unwrap();
            database.wait_until_idle();
            assert_eq!(database.rows(), 1);
        }
    });
}

/// Nothing panics, and the pool is closed with its bridge.
#[test]
fn connection_is_dropped_after_a_shutdown() {
    watched(|| {
        for (_, drop_there) in PLACES {
            let database = Database::new(Flavor::MultiThread);
            let connection = database.connection();
            database.bridge.shutdown(Duration::ZERO);
            drop_there(Box::new(connection));
            let refused = database.bridge.block_on(database.pool.acquire());
            assert!(matches!(refused, Err(BridgeError::WorkerDead)));
        }
    });
}

/// What the other tests are about: without the bridge, the destructor panics.
#[test]
fn connection_alone_panics() {
    watched(|| {
        let database = Database::new(Flavor::MultiThread);
        let connection = Kept::into_inner(database.connection());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(connection))).is_err());
    });
}
