//! The exact costs of a call, beside what its peers pay.

use benches::contender::Side;
use benches::counts::{self, Counts};
use benches::measure::Placement;
use benches::place::Place;
use benches::work::{self, Ready, Yield};
use benches::world::World;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test: what another thread allocates meanwhile would be counted too.
#[test]
fn calls_allocate_as_little_as_is_promised() {
    let world = World::start(Placement::Free);
    let ours = |group| counts::of(group, &[Side::Ours]);
    // A thread of a pool that starts or ends while the calls are made is shared among them.
    let close = |counts: &Counts, expected: f64| (counts.allocations - expected).abs() < 0.1;

    for place in [Place::Plain, Place::Task] {
        for counts in ours(work::group(&world, &Ready, place)) {
            assert!(close(&counts, 0.0), "{place:?}: {counts:?}");
            // No thread waits, so none is switched to; other threads of this process sleep all the while.
            assert!(counts.switches.is_none_or(|switches| switches.abs() < 0.1), "{place:?}: {counts:?}");
        }
    }
    for place in [Place::Plain, Place::CurrentThread, Place::Task] {
        for counts in ours(work::group(&world, &Yield, place)) {
            assert!(close(&counts, 1.0), "{place:?}: {counts:?}");
        }
    }
    for (name, side, bytes) in counts::waiting(&world) {
        assert!(side != Side::Ours || (1.0..1024.0).contains(&bytes), "{name}: {bytes}");
    }
}
