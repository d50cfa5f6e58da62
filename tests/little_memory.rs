//! A bridge with less and less memory for the stacks of its threads: starting it, and calls that need a thread. Each works
//! or says why not, wherever the system stops giving, and never waits. In a process of its own, because the limit is the process's.

#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "limits and alarms have no safe form"))]

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("LEFT OUT: the limit of a process's memory is set as Linux does");
}

#[cfg(target_os = "linux")]
fn main() {
    use std::sync::{Arc, Barrier};

    use sync_bridge::RuntimeBridge;

    const WORKERS: usize = 4;
    const MIB: u64 = 1 << 20;

    // SAFETY: a plain system call. The alarm ends a process that hangs.
    unsafe { libc::alarm(300) };
    keep_heap();
    // What cannot be avoided is tokio's panic where it cannot spawn a thread: it is caught, and told as an error.
    std::panic::set_hook(Box::new(|_| ()));

    let (mut started, mut refused) = (0, 0);
    for spare in (16..600).step_by(4) {
        let unlimited = limit_memory(spare * MIB);
        let outcome = RuntimeBridge::builder().worker_threads(WORKERS).thread_stack_size(64 << 20).build();
        restore(unlimited);
        match outcome {
            Err(_) => refused += 1,
            Ok(bridge) => {
                let barrier = Arc::new(Barrier::new(WORKERS + 1));
                for _ in 0..WORKERS {
                    let barrier = Arc::clone(&barrier);
                    drop(bridge.spawn(async move { barrier.wait() }));
                }
                // Only as many workers as were asked for get through.
                barrier.wait();
                started += 1;
            }
        }
    }
    println!("{started} started, {refused} refused");
    assert!(started > 0 && refused > 0, "the limits tried are all too high, or all too low");
    calls_need_a_thread();
    println!("1 passed, 0 failed");
}

/// A thread for a reader that may block.
#[cfg(target_os = "linux")]
fn read(bridge: &sync_bridge::RuntimeBridge) -> Result<(), sync_bridge::BridgeError> {
    let mut reader = bridge.async_reader(std::io::repeat(7));
    let byte = bridge.block_on(async { tokio::io::AsyncReadExt::read_u8(&mut reader).await })?;
    byte.map(drop).map_err(|error| error.downcast().unwrap())
}

/// Calls that need a thread besides those of the bridge: most of the time the system refuses it, and sometimes the stack of
/// a thread that has just ended is there for it.
#[cfg(target_os = "linux")]
#[expect(clippy::too_many_lines, reason = "it is a table of calls")]
fn calls_need_a_thread() {
    use std::cell::Cell;
    use std::sync::LazyLock;
    use std::time::Duration;

    use futures::StreamExt;
    use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

    const STACK: usize = 256 << 20;
    const SHORT: Duration = Duration::from_millis(5);

    type Call = fn(&RuntimeBridge) -> Result<(), BridgeError>;

    fn sleep() -> tokio::time::Sleep {
        tokio::time::sleep(SHORT)
    }

    /// On the bridge's only worker, which another thread has to take the place of.
    fn again(bridge: &RuntimeBridge, call: Call) -> Result<(), BridgeError> {
        bridge.block_on(async {
            tokio::task::yield_now().await;
            call(bridge)
        })?
    }

    /// On each of two workers at the same time.
    fn twice(bridge: &RuntimeBridge, call: Call) -> Result<(), BridgeError> {
        let both = [(); 2].map(|()| {
            let inner = bridge.clone();
            bridge.spawn(async move { call(&inner) })
        });
        let ended = both.map(|mut task| task.wait()?);
        ended.into_iter().collect()
    }

    /// A call to another bridge, whose future waits for a task of this one.
    fn through_another(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        OTHER.block_on(async { bridge.spawn(tokio::task::yield_now()).await })?
    }

    fn scope(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        bridge.scope(|scope| scope.spawn(async { sleep().await }).wait())?
    }

    static OTHER: LazyLock<RuntimeBridge> = LazyLock::new(|| RuntimeBridge::new().unwrap());

    // A thread of its own for a future that is not `Send`, made on a current-thread runtime.
    let local_elsewhere: Call = |bridge| {
        let outside = tokio::runtime::Builder::new_current_thread().build().unwrap();
        outside.block_on(async { bridge.block_on_local(sleep) })
    };
    // A thread for an iterator that may block.
    let stream: Call = |bridge| bridge.block_on(bridge.stream_from_iter(0..1).next())?.transpose().map(drop);
    // On a multi-thread runtime tokio keeps a closure that it has no thread for.
    let closure: Call = |bridge| bridge.spawn_blocking(|| ()).wait();
    let calls: [(&str, Flavor, Call); 17] = [
        ("closure", Flavor::CurrentThread, closure),
        ("stream", Flavor::CurrentThread, stream),
        ("stream", Flavor::MultiThread, stream),
        ("reader", Flavor::CurrentThread, read),
        ("reader", Flavor::MultiThread, read),
        ("local", Flavor::CurrentThread, local_elsewhere),
        ("local", Flavor::MultiThread, local_elsewhere),
        ("again", Flavor::MultiThread, |bridge| again(bridge, |bridge| bridge.block_on_with(sleep))),
        // No time limit helps a worker that nobody drives.
        ("again with a limit", Flavor::MultiThread, |bridge| {
            again(bridge, |bridge| bridge.call().timeout(Duration::from_secs(3600)).block_on_with(sleep))
        }),
        ("again, local", Flavor::MultiThread, |bridge| again(bridge, |bridge| bridge.block_on_local(sleep))),
        // A caller that tries again is told again.
        ("again and again", Flavor::MultiThread, |bridge| {
            again(bridge, |bridge| {
                bridge
                    .block_on_with(sleep)
                    .or_else(|_| bridge.block_on_with(sleep))
                    .or_else(|_| bridge.block_on_local(sleep))
            })
        }),
        ("again and again, scope", Flavor::MultiThread, |bridge| {
            again(bridge, |bridge| {
                bridge.scope(|scope| {
                    let first = scope.spawn(async { sleep().await }).wait();
                    first.or_else(|_| scope.spawn(async { sleep().await }).wait())
                })?
            })
        }),
        ("again, scope", Flavor::MultiThread, |bridge| again(bridge, scope)),
        ("again, end of a scope", Flavor::MultiThread, |bridge| {
            again(bridge, |bridge| bridge.scope(|scope| drop(scope.spawn(async { sleep().await }))))
        }),
        ("through another", Flavor::MultiThread, |bridge| again(bridge, through_another)),
        ("two workers", Flavor::MultiThread, |bridge| twice(bridge, |bridge| bridge.block_on_with(sleep))),
        ("two workers, through another", Flavor::MultiThread, |bridge| twice(bridge, through_another)),
    ];
    LazyLock::force(&OTHER);
    // Where a thread for blocking closures is busy, tokio keeps what it has no thread for, and says nothing.
    let calls = calls.into_iter().chain(values::CALLS);
    let cases =
        calls.flat_map(|call| [(call, false, false), (call, true, false), (call, false, true), (call, true, true)]);
    for ((name, flavor, call), is_busy, is_borrowed) in cases {
        if (is_borrowed && flavor == Flavor::CurrentThread) || (is_busy && name == "closure") {
            continue;
        }
        let refused = Cell::new(0);
        // A call to another bridge is refused after a second.
        let rounds = if name.contains("through") { 4 } else { 20 };
        let workers = if name.contains("two") { 2 } else { 1 };
        let builder = RuntimeBridge::builder().thread_stack_size(STACK);
        let start = || {
            if !is_borrowed {
                return (builder.clone().flavor(flavor).worker_threads(workers).build().unwrap(), None);
            }
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(workers).thread_stack_size(STACK).enable_all().build().unwrap();
            (builder.clone().runtime(runtime.handle().clone()).build().unwrap(), Some(runtime))
        };
        // As many more as it takes to be refused once: the machine may be busy.
        for _ in (0..400).take_while(|&round| round < rounds || refused.get() == 0) {
            let (bridge, _runtime) = start();
            let (release, released) = std::sync::mpsc::channel::<()>();
            let closure = is_busy.then(|| {
                let (begun, has_begun) = std::sync::mpsc::channel();
                let closure = bridge.block_on_with(|| {
                    let closure = tokio::task::spawn_blocking(move || {
                        begun.send(()).unwrap();
                        let _ = released.recv();
                    });
                    std::future::ready(closure)
                });
                has_begun.recv().unwrap();
                closure.unwrap()
            });
            let unlimited = limit_memory(STACK as u64 / 2);
            let outcome = call(&bridge);
            restore(unlimited);
            match outcome {
                Ok(()) => (),
                Err(BridgeError::Saturated) => refused.set(refused.get() + 1),
                Err(error) => panic!("{name}: {error:?}"),
            }
            // No harm is done.
            call(&bridge).unwrap();
            drop(release);
            if let Some(closure) = closure {
                bridge.block_on(closure).unwrap().unwrap();
            }
        }
        println!("{name}, {flavor:?}, borrowed {is_borrowed}, busy {is_busy}: {} of {rounds} refused", refused.get());
        assert!(refused.get() > 0);
    }
}

/// Calls that need a thread for a value, or where no runtime can be entered any more.
#[cfg(target_os = "linux")]
mod values {
    use std::sync::LazyLock;
    use std::time::Duration;

    use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

    type Call = fn(&RuntimeBridge) -> Result<(), BridgeError>;

    pub(crate) const CALLS: [(&str, Flavor, Call); 6] = [
        ("value", Flavor::CurrentThread, value),
        ("value", Flavor::MultiThread, value),
        ("again, value", Flavor::MultiThread, value_on_a_worker),
        ("again, value through another", Flavor::MultiThread, value_of_another),
        ("kept", Flavor::CurrentThread, drop_on_an_ending_thread),
        ("kept", Flavor::MultiThread, drop_on_an_ending_thread),
    ];

    async fn sleep() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    fn value(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        bridge.keep_local(|| ())?.block_on(async |()| sleep().await)
    }

    fn value_on_a_worker(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        let mut kept = bridge.keep_local(|| ())?;
        bridge.block_on(async {
            tokio::task::yield_now().await;
            kept.block_on(async |()| sleep().await)
        })?
    }

    /// The worker's own task is waited for, which another thread has to run.
    fn value_of_another(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        static OTHER: LazyLock<RuntimeBridge> = LazyLock::new(|| RuntimeBridge::new().unwrap());

        let mut kept = OTHER.keep_local(|| ())?;
        bridge.block_on(async {
            tokio::task::yield_now().await;
            kept.block_on(async |()| bridge.spawn(tokio::task::yield_now()).await)?
        })?
    }

    /// A kept value whose thread is ending is dropped on a thread of the bridge. If the system refuses one, it is dropped in a
    /// task, which is told as an error here.
    fn drop_on_an_ending_thread(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
        use std::cell::RefCell;
        use std::sync::mpsc::{Sender, channel};

        use sync_bridge::Kept;

        struct Witness(RuntimeBridge, Sender<(bool, bool)>);

        impl Drop for Witness {
            fn drop(&mut self) {
                self.1.send((self.0.is_current(), tokio::task::try_id().is_some())).unwrap();
            }
        }

        thread_local! {
            static LAST: RefCell<Option<Kept<Witness>>> = const { RefCell::new(None) };
        }

        let (tell, told) = channel();
        let kept = bridge.keep(Witness(bridge.clone(), tell));
        let ending = std::thread::spawn(move || {
            LAST.set(Some(kept));
            // tokio's thread-local is made after ours, and so is destroyed before it.
            let _ = tokio::runtime::Handle::try_current();
        });
        ending.join().unwrap();
        let (is_inside, is_in_task) = told.recv().unwrap();
        assert!(is_inside);
        if is_in_task { Err(BridgeError::Saturated) } else { Ok(()) }
    }
}

/// Gives the process heap enough for all small things, and keeps it: only stacks are to be refused. Where an allocation
/// fails, Rust ends the process.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn keep_heap() {
    const MUCH: libc::c_int = 1 << 30;
    for (parameter, value) in [(libc::M_ARENA_MAX, 1), (libc::M_TRIM_THRESHOLD, MUCH), (libc::M_MMAP_THRESHOLD, MUCH)] {
        // SAFETY: glibc's own setting, made before there is another thread.
        assert_eq!(unsafe { libc::mallopt(parameter, value) }, 1);
    }
    drop(std::hint::black_box(Vec::<u8>::with_capacity(64 << 20)));
}

#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
fn keep_heap() {}

/// Lets the process have this much more memory than it has now. The limit before.
#[cfg(target_os = "linux")]
fn limit_memory(spare: u64) -> libc::rlimit {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let now = pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096;
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `before` is a valid place for the answer.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut before) }, 0);
    restore(libc::rlimit { rlim_cur: now + spare, ..before });
    before
}

#[cfg(target_os = "linux")]
fn restore(limit: libc::rlimit) {
    // SAFETY: the limit is read, and not kept.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
}
