//! A call with a check that runs while the thread waits, beside one without.

use super::Work;
use crate::measure::Group;
use crate::ours::Checked;
use crate::place::Place;
use crate::world::World;

/// The work by way of a bridge without a check, and of one with a check every 100 ms.
#[must_use]
pub fn checks(world: &World, work: &impl Work) -> Group {
    let mut group = world.group(format!("{}, with a check", work.name()), Place::Plain);
    world.add(&mut group, world.ours(), "sync-bridge", || work.prepare(world.ours(), world));
    let checked = Checked::one_worker();
    world.add(&mut group, &checked, "sync-bridge, with a check", || work.prepare(&checked, world));
    group
}
