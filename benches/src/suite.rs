//! All groups of a run.

use crate::measure::{Effort, Group, Outcome, Placement};
use crate::place::Place;
use crate::work::{
    Http, Large, Ready, RoundTrips, StreamedRead, Timer, Work, Yield, callers, checks, first_poll, group, http, items,
    start, streamed_read, tasks,
};
use crate::world::World;
use std::thread;

/// Runs the groups whose titles `wanted` accepts, and gives each outcome to `show` as it comes.
///
/// What is pinned runs on a thread that is, as are all of the threads that are started from there.
pub fn run(
    effort: Effort,
    placements: &[Placement],
    wanted: &(dyn Fn(&str) -> bool + Sync),
    show: &mut (dyn FnMut(Outcome) + Send),
) {
    for &placement in placements {
        let run = || run_placed(placement, effort, wanted, show);
        thread::scope(|scope| scope.spawn(run).join()).expect("the benches do not panic");
    }
}

fn run_placed(
    placement: Placement,
    effort: Effort,
    wanted: &(dyn Fn(&str) -> bool + Sync),
    show: &mut (dyn FnMut(Outcome) + Send),
) {
    if placement == Placement::Pinned && !pin() {
        eprintln!("LEFT OUT: this thread cannot be pinned to a core, so there are no pinned figures");
        return;
    }
    let world = World::start(placement);
    for planned in plan(effort) {
        if wanted(&planned.title(placement)) {
            show((planned.make)(&world).run(effort));
        }
    }
}

/// Pins this thread to the last core: the first one often has more of the system's work.
fn pin() -> bool {
    let last = core_affinity::get_core_ids().and_then(|cores| cores.last().copied());
    last.is_some_and(core_affinity::set_for_current)
}

/// A group that can be made when its turn comes.
struct Planned {
    work: String,
    place: Place,
    make: Box<dyn Fn(&World) -> Group>,
}

impl Planned {
    fn title(&self, placement: Placement) -> String {
        format!("{} · {} · {}", self.work, self.place.name(), placement.name())
    }

    fn new(work: impl Into<String>, place: Place, make: impl Fn(&World) -> Group + 'static) -> Self {
        Self { work: work.into(), place, make: Box::new(make) }
    }

    fn crowd(threads: u64, least: u64, place: Place) -> Self {
        let make = move |world: &World| callers(world, threads, least, place);
        Self::new(format!("{threads} calling threads"), place, make)
    }

    /// The work from every place.
    fn everywhere(work: impl Work + Clone + 'static) -> impl Iterator<Item = Self> {
        Place::ALL.into_iter().map(move |place| {
            let work = work.clone();
            Self::new(work.name(), place, move |world| group(world, &work, place))
        })
    }
}

fn checks_of(world: &World, yields: bool) -> Group {
    if yields { checks(world, &Yield) } else { checks(world, &Ready) }
}

fn first_poll_of(world: &World, yields: bool) -> Group {
    if yields { first_poll(world, &Yield) } else { first_poll(world, &Ready) }
}

fn plan(effort: Effort) -> Vec<Planned> {
    let mut plan = Vec::new();
    plan.extend(Planned::everywhere(Ready));
    plan.extend(Planned::everywhere(Yield));
    plan.extend(Planned::everywhere(Large));
    for count in [1, 5, 20] {
        plan.extend(Planned::everywhere(RoundTrips(count)));
    }
    plan.extend(Planned::everywhere(Timer));
    for place in Place::ALL {
        let read = StreamedRead { chunks: 256 / effort.shrink.min(16) };
        plan.push(Planned::new(read.name(), place, move |world| streamed_read(world, read, place)));
    }
    for threads in [1, 4, 16, 64, 256] {
        for place in [Place::Plain, Place::CurrentThread] {
            plan.push(Planned::crowd(threads, effort.least_calls, place));
        }
    }
    for place in Place::ALL {
        let count = 10_000 / effort.shrink;
        plan.push(Planned::new("tasks spawned", place, move |world| tasks(world, count, place)));
        let count = 100_000 / effort.shrink;
        for at_a_time in [1, 64] {
            let make = move |world: &World| items(world, count, at_a_time, place);
            plan.push(Planned::new(format!("a stream of items, {at_a_time} at a time"), place, make));
        }
    }
    for (name, kind) in [("with a check", checks_of as fn(&World, bool) -> Group), ("in a first poll", first_poll_of)] {
        for (work, yields) in [(Ready.name(), false), (Yield.name(), true)] {
            plan.push(Planned::new(format!("{work}, {name}"), Place::Plain, move |world| kind(world, yields)));
        }
    }
    plan.push(Planned::new("start-up", Place::Plain, start));
    for place in Place::ALL {
        plan.push(Planned::new(Http.name(), place, move |world| http(world, place)));
    }
    plan
}
