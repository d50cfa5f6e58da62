//! The trait `Blocking`: any future and any stream, on the process-wide bridge, from every caller.

mod support;

use std::cell::RefCell;
use std::future::{IntoFuture, pending, ready};
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use support::{Drops, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{Blocking, BridgeError, Flavor, RuntimeBridge};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep};

const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_secs(3600);

/// All kinds of callers, the global bridge's own threads among them.
fn from_all_callers(f: impl Fn() + Clone + Send + Sync + 'static) {
    struct CallOnDrop {
        call: Box<dyn Fn()>,
        ended: Sender<()>,
    }

    impl Drop for CallOnDrop {
        fn drop(&mut self) {
            (self.call)();
            self.ended.send(()).unwrap();
        }
    }

    thread_local! {
        static LAST: RefCell<Option<CallOnDrop>> = const { RefCell::new(None) };
    }

    from_each_caller(f.clone());
    let task = f.clone();
    current_thread().block_on(async { tokio::spawn(async move { task() }).await.unwrap() });
    tokio::task::LocalSet::new().block_on(&current_thread(), async { f() });
    let blocking = f.clone();
    multi_thread(1).block_on(async { tokio::task::spawn_blocking(blocking).await.unwrap() });
    for flavor in support::FLAVORS {
        let other = f.clone();
        bridge(flavor).spawn(async move { other() }).wait().unwrap();
    }
    let own = RuntimeBridge::global().unwrap();
    own.block_on(async { f() }).unwrap();
    let (task, blocking) = (f.clone(), f.clone());
    own.spawn(async move { task() }).wait().unwrap();
    own.spawn(async { tokio::task::spawn_blocking(blocking).await.unwrap() }).wait().unwrap();

    // Destroyed after tokio's own thread-local, which its first use makes.
    let (ended, end) = channel();
    let destructor = thread::spawn(move || {
        LAST.set(Some(CallOnDrop { call: Box::new(f), ended }));
        let _ = Handle::try_current();
    });
    // Nothing comes if an assertion has failed.
    end.recv().unwrap();
    destructor.join().unwrap();
}

#[test]
fn future_is_waited_for_by_every_caller() {
    watched(|| {
        from_all_callers(|| {
            let word = String::from("borrowed");
            let length = async {
                yield_now().await;
                word.len()
            };
            assert_eq!(length.wait_blocking().unwrap(), 8);
            assert_eq!(ready(1).wait_blocking().unwrap(), 1);
            async { sleep(SHORT).await }.wait_blocking_timeout(LONG).unwrap();
            let mut boxed = Box::pin(async { 2 });
            assert_eq!((&mut boxed).wait_blocking().unwrap(), 2);
        });
    });
}

#[test]
fn time_limit_ends_the_wait_and_drops_the_future() {
    watched(|| {
        from_all_callers(|| {
            let drops = Drops::default();
            let guard = drops.guard();
            let never = async move {
                let _guard = guard;
                pending::<()>().await;
            };
            let outcome = never.wait_blocking_timeout(SHORT);
            assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })), "{outcome:?}");
            assert_eq!(drops.count(), 1);
        });
    });
}

/// Not `Send`, and no future: it becomes one, which needs tokio's context to be built.
struct Request(Rc<Duration>);

impl IntoFuture for Request {
    type Output = ();
    type IntoFuture = Sleep;

    fn into_future(self) -> Sleep {
        sleep(*self.0)
    }
}

/// Where tokio's thread-local is gone, there is no context to build a timer in.
#[test]
fn value_becomes_a_future_inside_the_runtime() {
    watched(|| {
        from_each_caller(|| {
            Request(Rc::new(SHORT)).wait_blocking().unwrap();
            let outcome = Request(Rc::new(LONG)).wait_blocking_timeout(SHORT);
            assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
        });
    });
}

#[test]
fn failures_of_the_bridge_become_errors_of_the_future() {
    async fn read(path: &str) -> io::Result<usize> {
        yield_now().await;
        match path {
            "torn" => std::panic::resume_unwind(Box::new("torn")),
            "missing" => Err(io::ErrorKind::NotFound.into()),
            path => Ok(path.len()),
        }
    }

    watched(|| {
        from_all_callers(|| {
            assert_eq!(read("file").wait_flattened().unwrap(), 4);
            assert_eq!(read("missing").wait_flattened().unwrap_err().kind(), io::ErrorKind::NotFound);
            let torn: BridgeError = read("torn").wait_flattened().unwrap_err().downcast().unwrap();
            assert_eq!(torn.panic_message(), Some("torn"));
            let inner = read("missing").wait_blocking().unwrap().unwrap_err();
            assert_eq!(inner.kind(), io::ErrorKind::NotFound);
            // The error of the bridge itself.
            let task = RuntimeBridge::global().unwrap().spawn(ready(3));
            assert_eq!(task.wait_flattened().unwrap(), 3);
        });
    });
}

#[test]
fn stream_is_iterated_over_by_every_caller() {
    fn items() -> impl Stream<Item = u8> + Send {
        Box::pin(stream::iter([1, 2, 3]).then(async |item| {
            yield_now().await;
            item
        }))
    }

    watched(|| {
        from_all_callers(|| {
            assert_eq!(items().wait_iter().collect::<Result<Vec<_>, _>>().unwrap(), [1, 2, 3]);
            let mut boxed: BoxStream<'_, u8> = items().boxed();
            assert_eq!((&mut boxed).wait_iter().next().unwrap().unwrap(), 1);
            let results = items().map(io::Result::Ok).wait_iter().flatten_results();
            assert_eq!(results.collect::<io::Result<Vec<u8>>>().unwrap(), [1, 2, 3]);
        });
    });
}

/// A future that is a stream too has both methods.
#[test]
fn future_is_turned_into_a_stream() {
    watched(|| {
        let item = futures::FutureExt::into_stream(ready(5)).wait_iter().next();
        assert_eq!(item.unwrap().unwrap(), 5);
    });
}

/// Reported for each of the waits, in a process of its own: the bridge has one callback.
/// Runs a test of this file in a process of its own, where the variable is set.
fn run_alone(variable: &str, test: &str) {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.env(variable, "1").args(["--exact", test]).output().unwrap();
    // A name that no test has would pass, too.
    let has_run = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(output.status.success() && has_run, "{output:?}");
}

#[test]
fn slow_wait_is_reported_with_its_line() {
    static LINES: OnceLock<std::sync::Mutex<Sender<u32>>> = OnceLock::new();
    static REPORTED: Notify = Notify::const_new();

    fn report(location: &Location<'_>) {
        if let (true, Some(lines)) = (location.file() == file!(), LINES.get()) {
            lines.lock().unwrap().send(location.line()).unwrap();
            REPORTED.notify_one();
        }
    }

    /// Ends when its wait has been reported.
    async fn slow() -> Result<(), BridgeError> {
        REPORTED.notified().await;
        Ok(())
    }

    if std::env::var_os("SYNC_BRIDGE_SLOW").is_none() {
        return run_alone("SYNC_BRIDGE_SLOW", "slow_wait_is_reported_with_its_line");
    }
    watched(|| {
        let builder = RuntimeBridge::builder().on_slow_call(Duration::from_millis(1), |call| report(call.location()));
        builder.install_global().unwrap();
        let (sender, lines) = channel();
        LINES.set(sender.into()).unwrap();
        let before = line!();
        slow().wait_blocking().unwrap().unwrap();
        slow().wait_blocking_timeout(LONG).unwrap().unwrap();
        slow().wait_flattened().unwrap();
        assert!(lines.try_iter().eq([1, 2, 3].map(|after| before + after)));
    });
}

/// On the thread that drives the process-wide bridge, in a process of its own.
#[test]
fn wait_on_the_only_thread_is_refused() {
    if std::env::var_os("SYNC_BRIDGE_SINGLE").is_none() {
        return run_alone("SYNC_BRIDGE_SINGLE", "wait_on_the_only_thread_is_refused");
    }
    watched(|| {
        RuntimeBridge::builder().flavor(Flavor::CurrentThread).install_global().unwrap();
        from_each_caller(|| {
            assert_eq!(async { 1 }.wait_blocking().unwrap(), 1);
            yield_now().wait_blocking_timeout(LONG).unwrap();
            let outcome = async {
                yield_now().await;
                (ready(1).wait_blocking(), stream::iter([1]).wait_iter().next())
            };
            let outcome = outcome.wait_blocking().unwrap();
            assert!(
                matches!(outcome, (Err(BridgeError::WouldDeadlock), Some(Err(BridgeError::WouldDeadlock)))),
                "{outcome:?}"
            );
        });
    });
}
