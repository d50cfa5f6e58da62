//! Calls inside calls inside calls: whatever the tree of them over two bridges, each ends in a value or an error.
//!
//! A call is nested in the future of another, or in a task or a blocking closure that this future starts and awaits.
//! For every tree the plan says beforehand which calls a current-thread bridge refuses, and what all others return.
//!
//! One kind of tree is left out, because it hangs: the driving thread of a current-thread bridge waits for a call, and
//! below that a task of a multi-thread bridge, or a blocking closure of any bridge, calls the first bridge. Nothing tells
//! what such a task or closure is a part of. `Plan::add` nests the call directly in the future instead.

mod support;

use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use support::{bridge, current_thread, multi_thread};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::task::{spawn_blocking, yield_now};

/// How long one tree may take before it counts as hanging. The largest take some milliseconds.
const WATCHDOG: Duration = Duration::from_secs(20);

const LONG: Duration = Duration::from_secs(3600);

/// How many calls are nested in one another, at most.
const DEPTH: u32 = 6;

#[derive(Clone, Copy, Debug)]
enum Caller {
    Plain,
    CurrentThread,
    MultiThread,
    Blocking,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    BlockOn,
    BlockOnWith,
    BlockOnLocal,
    Timeout,
}

/// Where in the future of a call another one is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Direct,
    Task,
    Blocking,
}

/// A call and those nested in it. Without yields before them, they are made at the first poll.
#[derive(Clone)]
struct Tree {
    bridge: usize,
    entry: Entry,
    yields_before: u8,
    yields_after: u8,
    nested: Vec<(Place, Tree)>,
}

fn trees() -> impl Strategy<Value = Tree> {
    let calls = (0..2_usize, entries(), 0..3_u8, 0..2_u8);
    let leaves = calls.clone().prop_map(|call| Tree::new(call, Vec::new()));
    leaves.prop_recursive(DEPTH - 1, 24, 3, move |inner| {
        let nested = prop::collection::vec((places(), inner), 0..=3);
        (calls.clone(), nested).prop_map(|(call, nested)| Tree::new(call, nested))
    })
}

fn entries() -> impl Strategy<Value = Entry> + Clone {
    prop::sample::select(&[Entry::BlockOn, Entry::BlockOnWith, Entry::BlockOnLocal, Entry::Timeout][..])
}

fn places() -> impl Strategy<Value = Place> + Clone {
    prop::sample::select(&[Place::Direct, Place::Task, Place::Blocking][..])
}

fn callers() -> impl Strategy<Value = Caller> {
    prop::sample::select(&[Caller::Plain, Caller::CurrentThread, Caller::MultiThread, Caller::Blocking][..])
}

fn flavors() -> impl Strategy<Value = [Flavor; 2]> {
    prop::array::uniform2(prop::sample::select(&support::FLAVORS[..]))
}

impl Tree {
    fn new((bridge, entry, yields_before, yields_after): (usize, Entry, u8, u8), nested: Vec<(Place, Self)>) -> Self {
        Self { bridge, entry, yields_before, yields_after, nested }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let Self { bridge, entry, yields_before, yields_after, nested } = self;
        writeln!(f, "{entry:?} on bridge {bridge}, yields {yields_before} before and {yields_after} after")?;
        nested.iter().try_for_each(|(place, tree)| {
            write!(f, "{:indent$}{place:?}: ", "")?;
            tree.write(f, indent + 4)
        })
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 4)
    }
}

/// How a call has to end.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Value,
    WouldDeadlock,
    /// Either of them: it depends on which thread the futures further out are polled.
    Any,
}

/// A call of the plan, with those nested in it by number.
struct Planned {
    call: Tree,
    nested: Vec<(Place, usize)>,
    verdict: Verdict,
}

/// What a call is a part of, in terms of current-thread bridges.
#[derive(Clone, Copy, Default)]
struct Upstream {
    /// Those whose driving thread may be waiting for this call.
    blocked: [bool; 2],
    /// Those of which the bridge that is called knows that.
    known: [bool; 2],
    /// Whether the call is made by a task on a driving thread, whose waits for other such threads are known.
    on_driver: bool,
}

impl Upstream {
    /// What a call is a part of that is made at this place in a future of `bridge`, which itself is part of this.
    fn through(self, place: Place, bridge: usize, flavor: Flavor) -> Self {
        let drives = flavor == Flavor::CurrentThread && place != Place::Blocking;
        let mut next = match place {
            Place::Direct => Self { on_driver: false, ..self },
            Place::Task | Place::Blocking => Self { blocked: self.blocked, known: [false; 2], on_driver: drives },
        };
        next.blocked[bridge] |= drives;
        next.known[bridge] |= drives;
        next
    }
}

/// The calls of a tree in the order in which they begin, and what is known of them before any is made.
struct Plan {
    flavors: [Flavor; 2],
    calls: Vec<Planned>,
}

impl Plan {
    fn new(flavors: [Flavor; 2], tree: &Tree) -> Self {
        let mut plan = Self { flavors, calls: Vec::new() };
        plan.add(tree, Upstream::default()).expect("nothing is blocked upstream of the first call");
        plan
    }

    /// Adds a call and returns its number; `None` if it may hang. It never does if all that is blocked is known, which is
    /// so for a call that is nested directly in one for which it is so.
    fn add(&mut self, tree: &Tree, upstream: Upstream) -> Option<usize> {
        let (number, bridge) = (self.calls.len(), tree.bridge);
        let verdict = match (upstream.blocked[bridge], upstream.known[bridge]) {
            (_, true) => Verdict::WouldDeadlock,
            (true, false) if upstream.on_driver => Verdict::Any,
            (true, false) => return None,
            (false, false) => Verdict::Value,
        };
        self.calls.push(Planned { call: Tree { nested: Vec::new(), ..*tree }, nested: Vec::new(), verdict });
        if verdict == Verdict::WouldDeadlock {
            return Some(number);
        }
        for (place, nested) in &tree.nested {
            let mut add = |place| {
                let before = self.calls.len();
                let added = self.add(nested, upstream.through(place, bridge, self.flavors[bridge]));
                if added.is_none() {
                    self.calls.truncate(before);
                }
                added.map(|nested| (place, nested))
            };
            let added = add(*place).or_else(|| add(Place::Direct))?;
            self.calls[number].nested.push(added);
        }
        Some(number)
    }

    /// The value of a call, if it ended as it had to, and all nested in it did.
    fn check(&self, number: usize, ended: &[OnceLock<Result<u64, BridgeError>>]) -> Result<u64, TestCaseError> {
        let Planned { call, nested, verdict } = &self.calls[number];
        match (verdict, ended[number].get()) {
            (Verdict::Value | Verdict::Any, Some(&Ok(value))) => {
                let nested = nested.iter().map(|&(_, nested)| self.check(nested, ended));
                let sum = nested.sum::<Result<u64, _>>()? + own_value(number);
                prop_assert_eq!(value, sum, "call {}: {:?}", number, call);
                Ok(value)
            }
            (Verdict::WouldDeadlock | Verdict::Any, Some(Err(BridgeError::WouldDeadlock))) => Ok(0),
            (_, end) => Err(TestCaseError::fail(format!("call {number} ended in {end:?}: {call:?}"))),
        }
    }
}

fn own_value(number: usize) -> u64 {
    1 << number.min(40)
}

struct World {
    bridges: [RuntimeBridge; 2],
    plan: Plan,
    ended: Vec<OnceLock<Result<u64, BridgeError>>>,
}

/// Makes a call, notes how it ended, and returns its value, or 0 for an error.
fn make(world: &Arc<World>, number: usize) -> u64 {
    let call = &world.plan.calls[number].call;
    let bridge = &world.bridges[call.bridge];
    let outcome = match call.entry {
        Entry::BlockOn => bridge.block_on(body(world, number)),
        Entry::BlockOnWith => bridge.block_on_with(|| body(world, number)),
        Entry::BlockOnLocal => bridge.block_on_local(|| async {
            let not_send = Rc::new(number);
            body(world, *not_send).await
        }),
        Entry::Timeout => bridge.call().timeout(LONG).block_on(body(world, number)),
    };
    let value = *outcome.as_ref().unwrap_or(&0);
    world.ended[number].set(outcome).expect("every call is made once");
    value
}

async fn body(world: &Arc<World>, number: usize) -> u64 {
    let Planned { call, nested, .. } = &world.plan.calls[number];
    for _ in 0..call.yields_before {
        yield_now().await;
    }
    let mut sum = own_value(number);
    for &(place, nested) in nested {
        let shared = Arc::clone(world);
        sum += match place {
            Place::Direct => make(world, nested),
            Place::Task => tokio::spawn(async move { make(&shared, nested) }).await.unwrap(),
            Place::Blocking => spawn_blocking(move || make(&shared, nested)).await.unwrap(),
        };
    }
    for _ in 0..call.yields_after {
        yield_now().await;
    }
    sum
}

fn make_first(caller: Caller, world: Arc<World>) {
    match caller {
        Caller::Plain => make(&world, 0),
        Caller::CurrentThread => current_thread().block_on(async { make(&world, 0) }),
        Caller::MultiThread => {
            multi_thread(1).block_on(async { tokio::spawn(async move { make(&world, 0) }).await }).unwrap()
        }
        Caller::Blocking => multi_thread(1).block_on(async { spawn_blocking(move || make(&world, 0)).await }).unwrap(),
    };
}

fn run(flavors: [Flavor; 2], caller: Caller, tree: &Tree) -> Result<(), TestCaseError> {
    let plan = Plan::new(flavors, tree);
    let ended = plan.calls.iter().map(|_| OnceLock::new()).collect();
    let world = Arc::new(World { bridges: flavors.map(bridge), plan, ended });
    let (done, finished) = channel::<()>();
    let first = Arc::clone(&world);
    let thread = std::thread::spawn(move || {
        let _done = done;
        make_first(caller, first);
    });
    if finished.recv_timeout(WATCHDOG) == Err(RecvTimeoutError::Timeout) {
        let open = (0..world.ended.len()).filter(|&number| world.ended[number].get().is_none());
        let open: Vec<_> = open.map(|number| (number, &world.plan.calls[number].call)).collect();
        eprintln!("hangs: {flavors:?}, called from {caller:?}\n{tree:?}not ended, or not begun: {open:#?}");
        return Err(TestCaseError::fail("the tree hangs"));
    }
    thread.join().map_err(|_| TestCaseError::fail("the caller panicked"))?;
    world.plan.check(0, &world.ended).map(drop)
}

proptest! {
    // A failure prints its tree, which is what a test of its own is then made from.
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, max_shrink_time: 60_000, ..ProptestConfig::default() })]

    #[test]
    fn every_call_of_a_tree_ends_in_a_value_or_an_error(flavors in flavors(), caller in callers(), tree in trees()) {
        run(flavors, caller, &tree)?;
    }

    #[test]
    fn no_call_of_a_tree_is_refused_by_multi_thread_bridges(caller in callers(), tree in trees()) {
        let flavors = [Flavor::MultiThread; 2];
        prop_assert!(Plan::new(flavors, &tree).calls.iter().all(|planned| planned.verdict == Verdict::Value));
        run(flavors, caller, &tree)?;
    }
}
