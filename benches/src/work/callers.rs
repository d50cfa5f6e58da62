//! Many threads that call at once: a TCP round trip each time.

use super::round_trips::{round_trip, round_trips};
use crate::contender::{Contender, Side};
use crate::measure::{Group, Latency, Sample};
use crate::place::Place;
use crate::server::{self, Line};
use crate::world::{Visitor, World};
use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// So many threads that call at once, `least` times each or more.
#[must_use]
pub fn callers(world: &World, threads: u64, least: u64, place: Place) -> Group {
    let plural = if threads == 1 { "" } else { "s" };
    let work = format!("{threads} calling thread{plural}, a TCP round trip each time");
    let mut rows = Callers { world, threads, least, group: world.group(work, place) };
    world.each(&mut rows);
    let Callers { mut group, .. } = rows;
    let address = world.servers.crowd;
    group.add("blocking sockets", Side::Limit, move |count| {
        crowd(threads, (count / threads).max(least), Place::Plain, || {
            let mut stream = server::open(address);
            move || round_trip(&mut stream).expect("the server answers")
        })
    });
    group
}

struct Callers<'a> {
    world: &'a World,
    threads: u64,
    least: u64,
    group: Group,
}

impl Visitor for Callers<'_> {
    fn visit<C: Contender>(&mut self, contender: &C) {
        let Self { world, threads, least, group } = self;
        let (threads, least, place, address) = (*threads, *least, group.place, world.servers.crowd);
        if let Some(reason) = contender.refusal(place) {
            group.leave_out(contender.name(), reason);
            return;
        }
        let contender = contender.clone();
        group.add(contender.name(), C::SIDE, move |count| {
            crowd(threads, (count / threads).max(least), place, || caller(contender.clone(), address))
        });
    }
}

fn caller<C: Contender>(contender: C, address: SocketAddr) -> impl FnMut() {
    let line = Line::open(&contender, address);
    move || {
        let answers = contender.call(|| round_trips(line.clone(), 1)).expect("the server answers");
        assert_eq!(answers, 1);
    }
}

/// Runs the calls of all threads, each with a connection of its own.
fn crowd<O: FnMut()>(threads: u64, calls: u64, place: Place, prepare: impl Fn() -> O + Sync) -> Sample {
    let all_are_ready = Barrier::new(usize::try_from(threads).expect("a small number") + 1);
    let run = || {
        let mut call = prepare();
        let mut calls = || {
            all_are_ready.wait();
            let timed = |_| {
                let start = Instant::now();
                call();
                start.elapsed()
            };
            (0..calls).map(timed).collect::<Vec<_>>()
        };
        match place {
            Place::CurrentThread => {
                Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async { calls() })
            }
            _ => calls(),
        }
    };
    let (elapsed, times) = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        all_are_ready.wait();
        let start = Instant::now();
        let times: Vec<Duration> =
            threads.into_iter().flat_map(|thread| thread.join().expect("the calls do not panic")).collect();
        (start.elapsed(), times)
    });
    let count = (threads * calls) as f64;
    Sample { time: elapsed.as_secs_f64() * 1e9 / count, latency: Some(Latency::of(times)) }
}
