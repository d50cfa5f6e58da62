//! A database and an HTTP client in a forked child, on the main thread. An alarm ends a child that hangs.

#![expect(unsafe_code, reason = "`fork` has no safe form")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use support::world::{World, visit};
use sync_bridge::BridgeError;
use systems::refs::{RefBackend, SqlError};
use systems::registry::Error;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trial = |name, case: fn()| {
        Trial::test(name, move || {
            case();
            Ok(())
        })
    };
    let trials = vec![
        trial("child_is_refused_and_the_parent_goes_on", refused),
        trial("child_that_connects_anew_is_served", anew),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs `f` in a forked child, and waits for the child. The status is 0 if `f` returns, and 1 if it panics.
fn in_child(f: impl FnOnce()) -> i32 {
    // SAFETY: the child continues with one thread, which the code under test must support.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: plain system calls.
            unsafe { libc::alarm(60) };
            let status = i32::from(catch_unwind(AssertUnwindSafe(f)).is_err());
            // SAFETY: as above. No destructor runs here, because the database's files belong to the parent.
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

fn refused() {
    let world = World::new();
    world.visit("parent");
    let status = in_child(|| {
        let refused = world.refs.get("parent");
        assert!(matches!(refused, Err(SqlError::Bridge(BridgeError::Forked))), "{refused:?}");
        let refused = world.client.fetch("p001");
        assert!(matches!(refused, Err(Error::Bridge(BridgeError::Forked))), "{refused:?}");
        let refused = world.client.pages("p", 1).next();
        assert!(matches!(refused, Some(Err(Error::Bridge(BridgeError::Forked)))), "{refused:?}");
        let refused = world.client.download("p001").err();
        assert!(matches!(refused, Some(Error::Bridge(BridgeError::Forked))), "{refused:?}");
    });
    assert_eq!(status, 0);
    world.visit("parent");
}

/// The child has its own database. SQLite's connections, and its state of open files, must not be used after a fork.
fn anew() {
    let world = World::new();
    world.visit("parent");
    let status = in_child(|| {
        let (refs, client) = world.connect_anew();
        visit(&refs, &client, "child");
    });
    assert_eq!(status, 0);
    world.visit("parent");
}
