//! A process that forks: the child is told at once, by every way in, and the parent goes on.
//!
//! Each case runs in a child of this process, one after the other, on the main thread. An alarm ends a child that hangs.

#![cfg_attr(unix, expect(unsafe_code, reason = "`fork` has no safe form"))]

#[cfg(not(unix))]
fn main() {
    println!("LEFT OUT: this system has no `fork`");
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use libtest_mimic::{Arguments, Trial};

    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trials = unix::CASES.iter().map(|&(name, case)| Trial::test(name, move || unix::run(case))).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

#[cfg(unix)]
mod unix {
    use std::io::{Read, Write};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use futures::{FutureExt, Stream, StreamExt, stream};
    use libtest_mimic::Failed;
    use sync_bridge::{BridgeError, BridgedTask, Flavor, Metrics, RuntimeBridge};
    use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(3600);
    /// Each with one worker: a bridge of either flavour, and one on a runtime of the program's, which stays.
    const BRIDGES: [fn() -> RuntimeBridge; 3] = [
        || RuntimeBridge::new().unwrap(),
        || RuntimeBridge::builder().flavor(Flavor::CurrentThread).build().unwrap(),
        || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            RuntimeBridge::from_handle(Box::leak(Box::new(runtime)).handle()).unwrap()
        },
    ];

    pub(crate) const CASES: &[(&str, fn())] = &[
        ("child_is_refused_by_every_way_in_and_the_parent_goes_on", every_way_in),
        ("child_is_refused_while_calls_of_the_parent_wait", while_calls_wait),
        ("last_clone_is_dropped_in_the_child", last_clone),
        ("kept_value_is_leaked_in_the_child", kept_value),
        ("value_on_a_thread_of_the_parent_is_refused_to_the_child", value_on_a_thread),
        ("task_of_the_parent_is_refused_to_the_child", task_of_the_parent),
        ("what_the_parent_has_begun_is_over_in_the_child", adapters_of_the_parent),
        ("fork_inside_a_scope", inside_a_scope),
        ("child_starts_a_bridge_of_its_own", own_bridge),
        ("global_bridge_is_fresh_in_child_and_grandchild", global),
        ("fork_inside_a_bridged_future", inside_a_future),
        ("fork_in_a_poll_of_a_call_on_a_thread_of_the_bridge", in_a_poll_of_a_call),
        ("fork_in_a_poll_of_a_task_of_a_scope", in_a_poll_of_a_task),
        ("fork_in_a_poll_that_the_end_of_a_scope_waits_for", in_a_poll_that_is_waited_for),
    ];

    pub(crate) fn run(case: fn()) -> Result<(), Failed> {
        match in_child(case) {
            0 => Ok(()),
            status => Err(format!("the child ended with status {status}").into()),
        }
    }

    /// Runs `f` in a forked child, and waits for that. The status is 0 if it returns, 1 if it panics.
    fn in_child(f: impl FnOnce()) -> i32 {
        // SAFETY: the child goes on with one thread, as the code under test must expect; it takes no lock that another
        // thread may have held, but those of the bridges it tests.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: plain system calls.
                unsafe { libc::alarm(20) };
                let status = i32::from(catch_unwind(AssertUnwindSafe(f)).is_err());
                // SAFETY: as above. No destructor of the parent's runs here.
                unsafe { libc::_exit(status) }
            }
            child => {
                assert!(child > 0, "fork fails");
                let mut status = 0;
                // SAFETY: `status` is a valid place for the answer.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                status
            }
        }
    }

    /// Timers, tasks and blocking threads: what needs the runtime's threads.
    fn works(bridge: &RuntimeBridge) -> bool {
        let outcome = bridge.block_on(async {
            tokio::time::sleep(SHORT).await;
            tokio::spawn(async { tokio::task::spawn_blocking(|| 5).await.unwrap() }).await.unwrap()
        });
        matches!(outcome, Ok(5))
    }

    fn is_refused(bridge: &RuntimeBridge) {
        assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::Forked)));
        assert!(matches!(bridge.block_on(tokio::task::yield_now()), Err(BridgeError::Forked)));
        assert!(matches!(bridge.block_on_with(|| async { 1 }), Err(BridgeError::Forked)));
        assert!(matches!(bridge.block_on_local(|| async { 1 }), Err(BridgeError::Forked)));
        assert!(matches!(bridge.enter_with(|| 1), Err(BridgeError::Forked)));
        assert!(matches!(bridge.call().timeout(LONG).block_on(async { 1 }), Err(BridgeError::Forked)));
        let mut task = bridge.spawn(async { 1 });
        assert!(task.is_finished() && task.id().is_none());
        task.abort();
        task.abort_handle().abort();
        assert!(matches!(task.wait_timeout(LONG), Err(BridgeError::Forked)));
        let mut closure = bridge.spawn_blocking(|| 1);
        assert!(closure.is_finished() && closure.id().is_none());
        assert!(matches!(closure.wait(), Err(BridgeError::Forked)));
        // What asks nothing of the parent's threads works.
        drop(bridge.enter());
        assert_eq!(bridge.handle().metrics().num_workers(), 1);
        let mut tasks = vec![bridge.spawn(async { 1 }), bridge.spawn(async { 2 })];
        let first = BridgedTask::wait_first(&mut tasks);
        assert!(matches!(first, Ok(Some((0, Err(BridgeError::Forked))))));
        let all = BridgedTask::wait_all_timeout(&mut tasks, LONG).unwrap();
        assert!(matches!(all[..], [Err(BridgeError::Forked)]));
        assert!(matches!(bridge.scope(|_| ()), Err(BridgeError::Forked)));
        assert!(matches!(bridge.iter(stream::iter([1])).next(), Some(Err(BridgeError::Forked))));
        assert!(matches!(bridge.iter(stream::iter([1])).with_prefetch(1).next(), Some(Err(BridgeError::Forked))));
        let error = Read::read(&mut bridge.reader(&b"bytes"[..]), &mut [0]).unwrap_err();
        assert!(matches!(error.downcast(), Ok(BridgeError::Forked)));
        let error = Write::write(&mut bridge.writer(Vec::new()), b"bytes").unwrap_err();
        assert!(matches!(error.downcast(), Ok(BridgeError::Forked)));
        is_over(bridge.stream_from_iter([1]).with_prefetch(1));
        is_refused_io(bridge.async_reader(std::io::repeat(1)), bridge.async_writer(std::io::sink()));
        assert_eq!(bridge.metrics(), Metrics::default());
        let report = bridge.shutdown(LONG);
        assert_eq!((report.finished, report.cut_off), (0, 0));
        let report = bridge.shutdown_async(LONG).now_or_never().unwrap();
        assert_eq!((report.finished, report.cut_off), (0, 0));
        assert!(matches!(bridge.clone().block_on(async { 1 }), Err(BridgeError::Forked)));
    }

    /// The failure, each time.
    fn is_refused_io(mut reader: impl AsyncRead + Unpin, mut writer: impl AsyncWrite + Unpin) {
        for _ in 0..2 {
            let errors = [
                reader.read_u8().now_or_never().unwrap().unwrap_err(),
                writer.write_u8(1).now_or_never().unwrap().unwrap_err(),
                writer.flush().now_or_never().unwrap().unwrap_err(),
            ];
            assert!(errors.into_iter().all(|error| matches!(error.downcast(), Ok(BridgeError::Forked))));
        }
    }

    /// The failure, and then nothing, for ever.
    fn is_over(mut stream: impl Stream<Item = Result<i32, BridgeError>> + Unpin) {
        assert!(matches!(stream.next().now_or_never(), Some(Some(Err(BridgeError::Forked)))));
        assert!(matches!(stream.next().now_or_never(), Some(None)));
    }

    /// What the parent has begun with a bridge is over in the child.
    fn adapters_of_the_parent() {
        for start in BRIDGES {
            let bridge = start();
            let finished = bridge.spawn(async { 7 });
            while !finished.is_finished() {
                std::thread::yield_now();
            }
            let (mut finished, mut pulled) = (Some(finished), Some(bridge.stream_from_iter(1..)));
            let mut io = Some((bridge.async_reader(std::io::repeat(1)), bridge.async_writer(std::io::sink())));
            let first = bridge.block_on(async { pulled.as_mut().unwrap().next().await });
            assert!(matches!(first, Ok(Some(Ok(1)))));
            let status = in_child(|| {
                assert!(matches!(finished.take().unwrap().wait(), Err(BridgeError::Forked)));
                is_over(pulled.take().unwrap());
                let (reader, writer) = io.take().unwrap();
                is_refused_io(reader, writer);
            });
            assert_eq!(status, 0);
            assert_eq!(finished.unwrap().wait().unwrap(), 7);
            assert!(works(&bridge));
        }
    }

    /// The closure goes on in the child, and leaves the scope with an error; in the parent nothing has happened.
    fn inside_a_scope() {
        for start in BRIDGES {
            let bridge = start();
            let parent = std::process::id();
            let leave = tokio::sync::Notify::new();
            let outcome = bridge.scope(|scope| {
                let mut task = scope.spawn(async {
                    leave.notified().await;
                    3
                });
                // SAFETY: as in `in_child`.
                let child = unsafe { libc::fork() };
                if child == 0 {
                    // SAFETY: a plain system call.
                    unsafe { libc::alarm(20) };
                    assert!(matches!(task.wait(), Err(BridgeError::Forked)));
                    return (child, 0);
                }
                leave.notify_one();
                (child, task.wait().unwrap())
            });
            if std::process::id() != parent {
                let refused = matches!(outcome, Err(BridgeError::Forked));
                // SAFETY: as in `in_child`.
                unsafe { libc::_exit(i32::from(!refused)) }
            }
            let (child, value) = outcome.unwrap();
            assert_eq!(value, 3);
            let mut status = 0;
            // SAFETY: `status` is a valid place for the answer.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0);
            assert!(works(&bridge));
        }
    }

    /// Gives a bridge of one worker a task that ends a child which goes on with that thread, once every other task that is
    /// ready has been polled there.
    fn bridge_with_witness(bridge: RuntimeBridge) -> RuntimeBridge {
        let parent = std::process::id();
        drop(bridge.spawn(async move {
            while std::process::id() == parent {
                tokio::task::yield_now().await;
            }
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            // SAFETY: as in `in_child`.
            unsafe { libc::_exit(0) }
        }));
        bridge
    }

    /// Forks in a poll, which waits for the child in the parent, and is pending in the child.
    async fn fork_in_a_poll() -> i32 {
        // SAFETY: as in `in_child`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: a plain system call.
            unsafe { libc::alarm(20) };
            tokio::task::yield_now().await;
            // Polled again, though what it borrows is the parent's.
            // SAFETY: as in `in_child`.
            unsafe { libc::_exit(1) }
        }
        let mut status = 0;
        // SAFETY: `status` is a valid place for the answer.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        status
    }

    fn in_a_poll_of_a_call() {
        for start in BRIDGES {
            let bridge = bridge_with_witness(start());
            let status = bridge.block_on(async {
                tokio::task::yield_now().await;
                fork_in_a_poll().await
            });
            assert_eq!(status.unwrap(), 0);
            assert!(works(&bridge));
        }
    }

    /// Neither the task that forks nor another one of the scope is polled in the child.
    fn in_a_poll_of_a_task() {
        for start in BRIDGES {
            let bridge = bridge_with_witness(start());
            let parent = std::process::id();
            let (enter, entered) = channel();
            let has_forked = AtomicBool::new(false);
            let status = bridge.scope(|scope| {
                drop(scope.spawn(async {
                    enter.send(()).unwrap();
                    while !has_forked.load(Ordering::SeqCst) {
                        tokio::task::yield_now().await;
                        if std::process::id() != parent {
                            // SAFETY: as in `in_child`.
                            unsafe { libc::_exit(2) }
                        }
                    }
                }));
                entered.recv().unwrap();
                scope
                    .spawn(async {
                        let status = fork_in_a_poll().await;
                        has_forked.store(true, Ordering::SeqCst);
                        status
                    })
                    .wait()
            });
            assert_eq!(status.unwrap().unwrap(), 0);
            assert!(works(&bridge));
        }
    }

    /// The scope wants the future dropped after the poll: the child leaves it alone.
    fn in_a_poll_that_is_waited_for() {
        struct OfTheParent(u32);

        impl Drop for OfTheParent {
            fn drop(&mut self) {
                if std::process::id() != self.0 {
                    // SAFETY: as in `in_child`.
                    unsafe { libc::_exit(3) }
                }
            }
        }

        for start in BRIDGES {
            let bridge = bridge_with_witness(start());
            let guard = OfTheParent(std::process::id());
            let (enter, entered) = channel();
            let (owned, other) = channel::<()>();
            let (report, reported) = channel();
            let outcome = bridge.scope(|scope| {
                drop(scope.spawn(async move {
                    let _owned = owned;
                    std::future::pending::<()>().await;
                }));
                drop(scope.spawn(async move {
                    let _guard = guard;
                    enter.send(()).unwrap();
                    // The end of the scope drops the other one after it has asked for this one.
                    other.recv().unwrap_err();
                    report.send(fork_in_a_poll().await).unwrap();
                }));
                entered.recv().unwrap();
                bridge.shutdown(Duration::ZERO);
            });
            assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))));
            assert_eq!(reported.recv().unwrap(), 0);
        }
    }

    fn every_way_in() {
        for start in BRIDGES {
            let bridge = start();
            assert!(works(&bridge));
            assert_eq!(in_child(|| is_refused(&bridge)), 0);
            assert!(works(&bridge));
        }
    }

    fn while_calls_wait() {
        for start in BRIDGES {
            let bridge = start();
            let (waits, waiting) = channel();
            let waiter = std::thread::spawn({
                let bridge = bridge.clone();
                move || {
                    bridge.block_on(async {
                        tokio::task::yield_now().await;
                        waits.send(()).unwrap();
                        std::future::pending::<()>().await;
                    })
                }
            });
            waiting.recv().unwrap();
            assert_eq!(in_child(|| is_refused(&bridge)), 0);
            assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
            assert!(waiter.join().unwrap().is_err());
        }
    }

    fn last_clone() {
        for start in BRIDGES {
            let mut kept = Some(start());
            assert_eq!(in_child(|| drop(kept.take())), 0);
            assert!(works(kept.as_ref().unwrap()));
        }
    }

    fn kept_value() {
        struct NotInTheChild(u32);

        impl Drop for NotInTheChild {
            fn drop(&mut self) {
                assert_eq!(self.0, std::process::id());
                tokio::spawn(async {});
            }
        }

        for start in BRIDGES {
            let bridge = start();
            let mut kept = Some(bridge.keep(NotInTheChild(std::process::id())));
            let status = in_child(|| {
                // A panic of the destructor would not leave the drop.
                std::panic::set_hook(Box::new(|_| std::process::abort()));
                drop(kept.take());
            });
            assert_eq!(status, 0);
            drop(kept);
            assert!(works(&bridge));
        }
    }

    fn value_on_a_thread() {
        for start in BRIDGES {
            let bridge = start();
            let mut kept = Some(bridge.keep_local(|| std::rc::Rc::new(7)).unwrap());
            let status = in_child(|| {
                assert!(matches!(bridge.keep_local(|| ()), Err(BridgeError::Forked)));
                let mut kept = kept.take().unwrap();
                assert!(matches!(kept.with(|value| **value), Err(BridgeError::Forked)));
                drop(kept);
            });
            assert_eq!(status, 0);
            assert_eq!(kept.as_mut().unwrap().with(|value| **value).unwrap(), 7);
            kept.unwrap().close().unwrap();
        }
    }

    fn task_of_the_parent() {
        for start in BRIDGES {
            let bridge = start();
            let task = bridge.spawn(std::future::pending::<()>());
            let (mut awaited, mut dropped) = (Some(bridge.spawn(std::future::pending::<()>())), Some(task));
            let abort = awaited.as_ref().unwrap().abort_handle();
            let status = in_child(|| {
                let mut task = dropped.take().unwrap();
                task.abort();
                abort.abort();
                assert!(!abort.is_finished());
                let refused = task.wait_timeout(LONG);
                assert!(matches!(refused, Err(BridgeError::Forked)));
                let alone = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let refused = alone.block_on(awaited.take().unwrap());
                assert!(matches!(refused, Err(BridgeError::Forked)));
            });
            assert_eq!(status, 0);
            assert!(!dropped.unwrap().is_finished());
            assert!(!abort.is_finished());
            abort.abort();
            assert!(awaited.unwrap().wait().is_err());
            assert!(works(&bridge));
        }
    }

    fn own_bridge() {
        let parent = RuntimeBridge::new().unwrap();
        assert!(works(&parent));
        let status = in_child(|| BRIDGES.iter().for_each(|start| assert!(works(&start()))));
        assert_eq!(status, 0);
    }

    fn global() {
        let parent = RuntimeBridge::global().unwrap();
        assert!(works(parent));
        let status = in_child(|| {
            assert!(matches!(parent.block_on(async { 1 }), Err(BridgeError::Forked)));
            RuntimeBridge::builder().thread_name("child").install_global().unwrap();
            let child = RuntimeBridge::global().unwrap();
            assert!(works(child));
            assert_eq!(in_child(|| assert!(works(RuntimeBridge::global().unwrap()))), 0);
            assert!(works(child));
        });
        assert_eq!(status, 0);
        assert!(works(parent));
        assert!(std::ptr::eq(parent, RuntimeBridge::global().unwrap()));
    }

    /// At the first poll, on the calling thread, and later, where the whole call runs on one.
    fn inside_a_future() {
        inside_a_future_of(&BRIDGES[0]());
        inside_a_future_of(&BRIDGES[2]());
    }

    fn inside_a_future_of(bridge: &RuntimeBridge) {
        let status = bridge.block_on(async { in_child(|| is_refused(bridge)) });
        assert_eq!(status.unwrap(), 0);
        let status = bridge.block_on_local(|| async {
            tokio::time::sleep(SHORT).await;
            in_child(|| is_refused(bridge))
        });
        assert_eq!(status.unwrap(), 0);

        // The child comes back out of the call that it was forked in.
        let parent = std::process::id();
        let outcome = bridge.block_on_local(|| async {
            tokio::time::sleep(SHORT).await;
            // SAFETY: as in `in_child`.
            let child = unsafe { libc::fork() };
            if child == 0 {
                // SAFETY: a plain system call.
                unsafe { libc::alarm(20) };
                tokio::time::sleep(SHORT).await;
            }
            child
        });
        if std::process::id() != parent {
            let refused = matches!(outcome, Err(BridgeError::Forked));
            // SAFETY: as in `in_child`.
            unsafe { libc::_exit(i32::from(!refused)) }
        }
        let child = outcome.unwrap();
        let mut status = 0;
        // SAFETY: `status` is a valid place for the answer.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        assert!(works(bridge));
    }
}
