//! Waits of the trait `Blocking` where the process-wide bridge cannot be started. One test: its steps depend on each other,
//! and a process has one bridge.

#![cfg_attr(unix, expect(unsafe_code, reason = "the limit of open files has no safe form"))]

/// Lets the process open as many files as this. The limit before.
#[cfg(unix)]
fn limit_files(limit: libc::rlim_t) -> libc::rlim_t {
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limits` is a valid place for the answer.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limits) }, 0);
    let before = limits.rlim_cur;
    limits.rlim_cur = limit;
    // SAFETY: `limits` is valid.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limits) }, 0);
    before
}

#[cfg(unix)]
#[test]
fn failed_start_is_an_error_of_the_wait_and_is_tried_again() {
    use std::future::{pending, ready};
    use std::io;
    use std::time::Duration;

    use futures::stream;
    use sync_bridge::{Blocking, BridgeError, RuntimeBridge};

    // tokio needs files of its own for its sockets.
    let before = limit_files(0);
    let waited = ready(1).wait_blocking();
    let limited = pending::<()>().wait_blocking_timeout(Duration::ZERO);
    let flattened = ready(io::Result::Ok(1)).wait_flattened();
    let mut items = stream::iter([1]).wait_iter();
    let items = [items.next(), items.next()];
    limit_files(before);

    assert!(matches!(waited, Err(BridgeError::NotStarted(_))), "{waited:?}");
    assert!(matches!(limited, Err(BridgeError::NotStarted(_))), "{limited:?}");
    let error = flattened.unwrap_err().downcast::<BridgeError>();
    assert!(matches!(error, Ok(BridgeError::NotStarted(_))), "{error:?}");
    assert!(matches!(items, [Some(Err(BridgeError::NotStarted(_))), None]), "{items:?}");

    assert_eq!(ready(1).wait_blocking().unwrap(), 1);
    assert!(RuntimeBridge::global().is_ok());
}
