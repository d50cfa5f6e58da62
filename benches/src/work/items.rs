//! A stream as an iterator: with a call for each item, and read ahead.

use crate::contender::Contender;
use crate::measure::Group;
use crate::peers::{HandleBlockOn, Pollster};
use crate::place::Place;
use crate::world::{Visitor, World};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::task::yield_now;

/// How many items may be read ahead.
const AHEAD: usize = 256;

/// The numbers below `count`, so many after each wait.
fn numbers(count: u64, at_a_time: u64) -> impl Stream<Item = u64> + Send + 'static {
    stream::iter(0..count).then(move |number| async move {
        if number % at_a_time == 0 {
            yield_now().await;
        }
        number
    })
}

/// A row for each contender, with a call for each item, and one for each way to read ahead. The times are those of
/// all items together.
#[must_use]
pub fn items(world: &World, count: u64, at_a_time: u64, place: Place) -> Group {
    let arrival = if at_a_time == 1 { "each after a yield".into() } else { format!("{at_a_time} after each yield") };
    let group = world.group(format!("a stream of {count} items, {arrival}"), place);
    let mut rows = OneCallEach { world, group, count, at_a_time };
    world.each(&mut rows);
    let mut group = rows.group;
    let sum = count * (count - 1) / 2;

    let bridge = world.bridge().clone();
    group.add_limit("a task that takes all items itself", move || {
        let mut task = bridge.spawn(numbers(count, at_a_time).fold(0, |sum, item| async move { sum + item }));
        assert_eq!(task.wait().expect("the bridge answers"), sum);
    });
    let bridge = world.bridge().clone();
    world.add(&mut group, world.ours(), "sync-bridge, iter", || {
        move || {
            let items = bridge.iter(numbers(count, at_a_time)).map(|item| item.expect("the bridge answers"));
            assert_eq!(items.sum::<u64>(), sum);
        }
    });
    let bridge = world.bridge().clone();
    world.add(&mut group, world.ours(), "sync-bridge, iter with prefetch", || {
        move || {
            let items = bridge
                .iter(numbers(count, at_a_time))
                .with_prefetch(AHEAD)
                .map(|item| item.expect("the bridge answers"));
            assert_eq!(items.sum::<u64>(), sum);
        }
    });
    let handle = world.handle().clone();
    world.add(&mut group, &HandleBlockOn(handle.clone()), "task + tokio channel, blocking_recv", || {
        move || {
            let (sender, mut items) = mpsc::channel(AHEAD);
            handle.spawn(numbers(count, at_a_time).for_each(move |item| {
                let sender = sender.clone();
                async move { sender.send(item).await.expect("the receiver is there") }
            }));
            assert_eq!(std::iter::from_fn(|| items.blocking_recv()).sum::<u64>(), sum);
        }
    });
    let handle = world.handle().clone();
    world.add(&mut group, &Pollster(handle.clone()), "futures::executor::block_on_stream, runtime entered", || {
        move || {
            let _entered = handle.enter();
            let items = futures::executor::block_on_stream(Box::pin(numbers(count, at_a_time)));
            assert_eq!(items.sum::<u64>(), sum);
        }
    });
    group
}

struct OneCallEach<'a> {
    world: &'a World,
    group: Group,
    count: u64,
    at_a_time: u64,
}

impl Visitor for OneCallEach<'_> {
    fn visit<C: Contender>(&mut self, contender: &C) {
        let Self { world, group, count, at_a_time } = self;
        let (count, at_a_time, caller) = (*count, *at_a_time, contender.clone());
        let name = format!("{}, a call for each item", contender.name());
        if C::STARTS_SOMETHING {
            group.leave_out(name, "starts something for each item");
            return;
        }
        world.add(group, contender, &name, || {
            move || {
                let mut sum = 0;
                let mut rest = Box::pin(numbers(count, at_a_time));
                loop {
                    // The stream travels with the call and comes back: not every contender lets a future borrow.
                    let (item, back) = caller.call(|| rest.into_future());
                    let Some(item) = item else { break };
                    sum += item;
                    rest = back;
                }
                assert_eq!(sum, count * (count - 1) / 2);
            }
        });
    }
}
