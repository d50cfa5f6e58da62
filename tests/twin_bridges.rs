//! Which bridge serves a call, seen from inside its future by the id of the runtime.

use std::sync::{Arc, LazyLock, Mutex};
use sync_bridge::{RuntimeBridge, sync_bridge};
use tokio::runtime::{Handle, Id};

#[sync_bridge(error = panic)]
trait Where: Sized {
    async fn shared(&self) -> Id;
    async fn exclusive(&mut self) -> Id;
    async fn value(self) -> Id;

    async fn omitted_shared(&self) -> Id {
        Handle::current().id()
    }

    async fn omitted_exclusive(&mut self) -> Id {
        Handle::current().id()
    }

    async fn omitted_value(self) -> Id {
        Handle::current().id()
    }

    async fn omitted_none() -> Id {
        Handle::current().id()
    }
}

fn id(bridge: &RuntimeBridge) -> Id {
    bridge.block_on_with(|| async { Handle::current().id() }).unwrap()
}

fn global() -> Id {
    id(RuntimeBridge::global().unwrap())
}

fn new() -> RuntimeBridge {
    RuntimeBridge::new().unwrap()
}

/// Implements `Where` for a type, with the options given.
macro_rules! impl_where {
    ($ty:ty, $($options:tt)*) => {
        #[sync_bridge(error = panic, $($options)*)]
        impl Where for $ty {
            async fn shared(&self) -> Id {
                Handle::current().id()
            }

            async fn exclusive(&mut self) -> Id {
                Handle::current().id()
            }

            async fn value(self) -> Id {
                Handle::current().id()
            }
        }
    };
}

#[track_caller]
fn assert_served_by<T: BlockingWhere>(make: impl Fn() -> T, expected: Id, expected_without_self: Id) {
    assert_eq!(make().shared_blocking(), expected);
    assert_eq!(make().exclusive_blocking(), expected);
    assert_eq!(make().value_blocking(), expected);
    assert_eq!(make().omitted_shared_blocking(), expected);
    assert_eq!(make().omitted_exclusive_blocking(), expected);
    assert_eq!(make().omitted_value_blocking(), expected);
    assert_eq!(T::omitted_none_blocking(), expected_without_self);
}

struct Unsaid;
impl_where!(Unsaid,);

#[test]
fn global_bridge_unless_said_otherwise() {
    assert_served_by(|| Unsaid, global(), global());
}

static STATIC: LazyLock<RuntimeBridge> = LazyLock::new(new);

struct InStatic;
impl_where!(InStatic, bridge = STATIC);

#[test]
fn static_bridge_serves_methods_without_self_too() {
    assert_ne!(id(&STATIC), global());
    assert_served_by(|| InStatic, id(&STATIC), id(&STATIC));
}

struct Field(RuntimeBridge);
impl_where!(Field, bridge = self.0);

#[test]
fn bridge_in_a_field() {
    let bridge = new();
    assert_served_by(|| Field(bridge.clone()), id(&bridge), global());
}

struct Borrowed<'a>(&'a RuntimeBridge);
impl_where!(Borrowed<'_>, bridge = self.0);

#[test]
fn borrowed_bridge_in_a_field() {
    let bridge = new();
    assert_served_by(|| Borrowed(&bridge), id(&bridge), global());
}

struct Counted(Arc<RuntimeBridge>);
impl_where!(Counted, bridge = &self.0);

#[test]
fn counted_bridge_in_a_field() {
    let bridge = Arc::new(new());
    assert_served_by(|| Counted(bridge.clone()), id(&bridge), global());
}

struct Lends(RuntimeBridge);
impl_where!(Lends, bridge = self.bridge());

impl Lends {
    fn bridge(&self) -> &RuntimeBridge {
        &self.0
    }
}

#[test]
fn bridge_lent_by_a_method() {
    let bridge = new();
    assert_served_by(|| Lends(bridge.clone()), id(&bridge), global());
}

struct Gives(RuntimeBridge);
impl_where!(Gives, bridge = Arc::new(self.0.clone()));

#[test]
fn bridge_made_for_the_call() {
    let bridge = new();
    assert_served_by(|| Gives(bridge.clone()), id(&bridge), global());
}

struct Parenthesised;
impl_where!(Parenthesised, bridge = (&STATIC));

/// Hands the expression on as a fragment, which the attribute sees within invisible parentheses.
macro_rules! impl_where_served_by {
    ($ty:ty, $bridge:expr) => {
        impl_where!($ty, bridge = $bridge);
    };
}

struct Fragment;
impl_where_served_by!(Fragment, &STATIC);

#[test]
fn reference_in_parentheses_seen_and_unseen() {
    assert_served_by(|| Parenthesised, id(&STATIC), id(&STATIC));
    assert_served_by(|| Fragment, id(&STATIC), id(&STATIC));
}

#[sync_bridge(error = panic)]
trait Locks {
    async fn shared(&self) -> bool;
    async fn exclusive(&mut self) -> bool;

    async fn omitted(&self) -> bool {
        self.shared().await
    }
}

struct Locked(Mutex<RuntimeBridge>);

#[sync_bridge(error = panic, bridge = self.0.lock().unwrap().clone())]
impl Locks for Locked {
    async fn shared(&self) -> bool {
        self.0.try_lock().is_ok()
    }

    async fn exclusive(&mut self) -> bool {
        self.0.try_lock().is_ok()
    }
}

#[test]
fn lock_that_the_expression_takes_is_free_within_the_call() {
    let mut locked = Locked(Mutex::new(new()));
    assert!(locked.shared_blocking());
    assert!(locked.exclusive_blocking());
    assert!(locked.omitted_blocking());
}

/// An argument has a name which the expression for the bridge cannot see.
fn pool() -> &'static RuntimeBridge {
    &STATIC
}

#[sync_bridge(error = panic)]
trait Named {
    async fn runtime(&self, pool: u8) -> (Id, u8);
}

#[sync_bridge(error = panic, bridge = pool())]
impl Named for () {
    async fn runtime(&self, pool: u8) -> (Id, u8) {
        (Handle::current().id(), pool)
    }
}

#[test]
fn argument_does_not_hide_what_the_bridge_is_named_by() {
    assert_eq!(().runtime_blocking(3), (id(&STATIC), 3));
}
