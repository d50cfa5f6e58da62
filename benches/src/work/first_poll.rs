//! Calls inside of a call whose future the calling thread polls for the first time.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::peers::BlockInPlace;
use crate::place::{Place, batch, timed};
use crate::world::World;

/// The work by way of nested calls. Getting into the first poll does not count.
#[must_use]
pub fn first_poll(world: &World, work: &impl Work) -> Group {
    let mut group = world.group(format!("{}, in a first poll", work.name()), Place::Plain);
    add(&mut group, world.ours(), work, world);
    add(&mut group, world.from_handle(), work, world);
    add(&mut group, &BlockInPlace(world.handle().clone()), work, world);
    group
}

fn add<C: Contender>(group: &mut Group, contender: &C, work: &impl Work, world: &World) {
    let (contender, operation) = (contender.clone(), work.prepare(contender, world));
    group.add_timed(contender.name(), C::SIDE, move |count| {
        let mut calls = batch(operation.clone());
        contender.call(|| async move { timed(|| calls(count)) })
    });
}
