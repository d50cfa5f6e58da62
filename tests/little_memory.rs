//! Starting a bridge with less and less memory for the stacks of its threads: it starts or says why not, wherever the
//! system stops giving, and never waits. In a process of its own, because the limit is the process's.

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
    unsafe { libc::alarm(60) };
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
    println!("1 passed, 0 failed");
}

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
