//! Many tasks, spawned and then waited for, one after the other.

use crate::contender::Contender;
use crate::measure::Group;
use crate::peers::{BlockInPlace, HandleBlockOn, SpawnChannel};
use crate::place::Place;
use crate::world::World;
use std::sync::mpsc::sync_channel;
use tokio::task::yield_now;

async fn task(number: u64) -> u64 {
    yield_now().await;
    number
}

/// A row for each that can spawn.
#[must_use]
pub fn tasks(world: &World, count: u64, place: Place) -> Group {
    let mut group = world.group(format!("{count} tasks spawned and waited for"), place);
    let sum = count * (count - 1) / 2;
    let (bridge, handle) = (world.bridge().clone(), world.handle().clone());

    world.add(&mut group, world.ours(), "sync-bridge, spawn + wait", || {
        move || {
            let tasks: Vec<_> = (0..count).map(|number| bridge.spawn(task(number))).collect();
            let numbers = tasks.into_iter().map(|mut task| task.wait().expect("the bridge answers"));
            assert_eq!(numbers.sum::<u64>(), sum);
        }
    });
    add_waits(world, &mut group, &HandleBlockOn(handle.clone()), count);
    add_waits(world, &mut group, &BlockInPlace(handle.clone()), count);
    let channels = SpawnChannel(handle.clone());
    world.add(&mut group, &channels, "Handle::spawn + std channel", || {
        move || {
            let spawn = |number| {
                let (reply, answer) = sync_channel(1);
                handle.spawn(async move {
                    // The caller waits.
                    let _ = reply.send(task(number).await);
                });
                answer
            };
            let answers: Vec<_> = (0..count).map(spawn).collect();
            let numbers = answers.into_iter().map(|answer| answer.recv().expect("the task does not panic"));
            assert_eq!(numbers.sum::<u64>(), sum);
        }
    });
    group
}

/// Spawns on tokio's runtime, and waits with a call for each.
fn add_waits<C: Contender>(world: &World, group: &mut Group, contender: &C, count: u64) {
    let sum = count * (count - 1) / 2;
    let name = format!("Handle::spawn, {}", contender.name());
    world.add(group, contender, &name, || {
        let (handle, contender) = (world.handle().clone(), contender.clone());
        move || {
            let tasks: Vec<_> = (0..count).map(|number| handle.spawn(task(number))).collect();
            let numbers = tasks.into_iter().map(|task| contender.call(|| task).expect("the task does not panic"));
            assert_eq!(numbers.sum::<u64>(), sum);
        }
    });
}
