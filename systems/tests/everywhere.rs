//! A database and an HTTP client, called from the places where blocking on a future usually panics or hangs.

mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, LazyLock, OnceLock};
use std::thread;

use rayon::prelude::*;
use support::watched;
use support::world::{Guard, MEETING, World};
use systems::registry::{Client, Package};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// The task ends, is aborted, panics, or is dropped with its runtime.
#[test]
fn drop_inside_an_async_task() {
    watched(|| {
        let world = World::new();
        for runtime in [current_thread, multi_thread] {
            let before = world.visits();
            let alive = runtime();
            alive.block_on(async {
                let guard = world.guard("ends");
                tokio::spawn(async move { drop(guard) }).await.unwrap();

                let guard = world.guard("aborted");
                let aborted = tokio::spawn(async move {
                    let _guard = guard;
                    std::future::pending::<()>().await;
                });
                tokio::task::yield_now().await;
                aborted.abort();
                assert!(aborted.await.unwrap_err().is_cancelled());

                let guard = world.guard("panics");
                let panics = tokio::spawn(async move {
                    let _guard = guard;
                    resume_unwind(Box::new("meant"));
                });
                assert!(panics.await.unwrap_err().is_panic());
            });
            let guard = world.guard("left behind");
            alive.spawn(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            });
            drop(alive);
            assert_eq!(world.visits() - before, 4);
        }
    });
}

/// All threads of the pool call at once. Then code inside a runtime uses the pool.
#[test]
fn rayon_pool() {
    watched(|| {
        let world = World::new();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(MEETING).build().unwrap();
        pool.broadcast(|_| world.meet());
        pool.install(|| (0..16).into_par_iter().for_each(|index| world.visit(&format!("rayon/{index}"))));
        current_thread().block_on(async { pool.install(|| world.visit("rayon/inside")) });
        multi_thread().block_on(async {
            let world = world.clone();
            tokio::spawn(async move { pool.scope(|scope| scope.spawn(|_| world.visit("rayon/scope"))) }).await.unwrap();
        });
        assert_eq!(world.visits(), 18);
    });
}

/// Calls from the test itself, a task, a blocking closure and a local task.
async fn within_a_runtime() {
    let world = World::new();
    world.visit("test");
    let task = world.clone();
    tokio::spawn(async move { task.visit("task") }).await.unwrap();
    let closure = world.clone();
    tokio::task::spawn_blocking(move || closure.visit("closure")).await.unwrap();
    let local = world.clone();
    LocalSet::new()
        .run_until(async { tokio::task::spawn_local(async move { local.visit("local") }).await.unwrap() })
        .await;
    // An awaited call, and then a blocking call.
    let client = Client::builder(world.server().base()).build().unwrap();
    assert_eq!(client.fetch("p002").await.unwrap(), world.client.fetch("p002").unwrap());
    assert_eq!(world.visits(), 4);
}

#[tokio::test]
async fn tokio_test_of_one_thread() {
    within_a_runtime().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tokio_test_of_one_worker() {
    within_a_runtime().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokio_test_of_many_workers() {
    within_a_runtime().await;
}

/// The first thread initialises the value with one request, inside a runtime or outside. The others wait.
#[test]
fn once_lock_initialiser() {
    fn length((package, world): &(OnceLock<Package>, World)) -> usize {
        package.get_or_init(|| world.client.fetch("p003").unwrap()).name.len()
    }

    watched(|| {
        let shared = Arc::new((OnceLock::new(), World::new()));
        let threads: Vec<_> = (0..8)
            .map(|index| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || match index % 4 {
                    0 => current_thread().block_on(async { length(&shared) }),
                    1 => multi_thread().block_on(async { tokio::spawn(async move { length(&shared) }).await.unwrap() }),
                    _ => length(&shared),
                })
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 4));
        let (_, world) = &*shared;
        assert_eq!(world.server().requests(), 1);

        let lazy = LazyLock::new(|| world.client.fetch("p002").unwrap());
        assert_eq!(current_thread().block_on(async { lazy.size }), lazy.size);
        assert_eq!(world.server().requests(), 2);
    });
}

/// On threads that never used tokio, and on threads where tokio's thread-locals are destroyed before or after.
#[test]
fn thread_local_destructor() {
    thread_local! {
        static KEPT: RefCell<Option<Guard>> = const { RefCell::new(None) };
    }

    fn keep(guard: Guard) {
        KEPT.with_borrow_mut(|kept| *kept = Some(guard));
    }

    watched(|| {
        let world = World::new();
        let lives: [fn(Guard); 4] = [
            keep,
            |guard| {
                keep(guard);
                current_thread().block_on(tokio::task::yield_now());
            },
            |guard| {
                current_thread().block_on(tokio::task::yield_now());
                keep(guard);
            },
            // A thread of a runtime. Its thread-locals are destroyed when the runtime ends.
            |guard| multi_thread().block_on(async { tokio::spawn(async { keep(guard) }).await.unwrap() }),
        ];
        for (index, life) in lives.into_iter().enumerate() {
            let guard = world.guard("thread-local");
            thread::spawn(move || life(guard)).join().unwrap();
            assert_eq!(world.visits(), index + 1);
        }
    });
}

/// A callback that C code calls, on a thread that C code has created.
#[expect(unsafe_code, reason = "only functions of C create such threads")]
mod foreign {
    use std::ffi::c_void;
    use std::ptr;

    use super::{AssertUnwindSafe, World, catch_unwind};

    /// Less than C's default, except with musl. Half of it is enough.
    const STACK: usize = 256 * 1024;

    /// Returns its argument, or null after a panic. No panic may unwind into C.
    pub(crate) extern "C" fn visit(world: *mut c_void) -> *mut c_void {
        // SAFETY: `on_thread_of_c` passes a world that outlives the thread.
        let world_ref = unsafe { &*world.cast::<World>() };
        catch_unwind(AssertUnwindSafe(|| world_ref.visit("c"))).map_or(ptr::null_mut(), |()| world)
    }

    /// Calls `function` on a new thread. Returns whether the function returned its argument.
    pub(crate) fn on_thread_of_c(function: extern "C" fn(*mut c_void) -> *mut c_void, world: &World) -> bool {
        let argument = ptr::from_ref(world).cast_mut().cast::<c_void>();
        let (mut thread, mut result) = (0, ptr::null_mut());
        // SAFETY: the pointers are valid. `function` only reads the world, which is `Sync` and lives until the thread has
        // been joined.
        unsafe {
            let mut attributes = std::mem::zeroed();
            assert_eq!(libc::pthread_attr_init(&raw mut attributes), 0);
            assert_eq!(libc::pthread_attr_setstacksize(&raw mut attributes, STACK), 0);
            assert_eq!(libc::pthread_create(&raw mut thread, &raw const attributes, function, argument), 0);
            assert_eq!(libc::pthread_attr_destroy(&raw mut attributes), 0);
            assert_eq!(libc::pthread_join(thread, &raw mut result), 0);
        }
        ptr::eq(result, argument)
    }
}

#[test]
fn callback_on_a_thread_of_c() {
    watched(|| {
        let world = World::new();
        assert!(foreign::on_thread_of_c(foreign::visit, &world));
        // The same while this thread drives a runtime.
        assert!(current_thread().block_on(async { foreign::on_thread_of_c(foreign::visit, &world) }));
        assert_eq!(world.visits(), 2);
    });
}
