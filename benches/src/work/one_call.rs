//! Work that every contender can do by way of its calls.

use crate::contender::Contender;
use crate::measure::Group;
use crate::place::Place;
use crate::world::{Visitor, World};

/// Something to do by way of a contender's calls.
pub trait Work {
    /// What the tables call it.
    fn name(&self) -> String;

    /// The operation, made ready. It checks what the calls return.
    fn prepare<C: Contender>(&self, contender: &C, world: &World) -> impl FnMut() + Clone + Send + 'static;

    /// Why a contender that may call from there cannot do it, if it cannot.
    fn refusal<C: Contender>(&self) -> Option<&'static str> {
        None
    }

    /// Adds what the contenders are measured against.
    fn add_limits(&self, _group: &mut Group, _world: &World) {}
}

/// A row for each contender.
pub fn group<W: Work>(world: &World, work: &W, place: Place) -> Group {
    struct Rows<'a, W> {
        world: &'a World,
        work: &'a W,
        group: Group,
    }

    impl<W: Work> Visitor for Rows<'_, W> {
        fn visit<C: Contender>(&mut self, contender: &C) {
            let Self { world, work, group } = self;
            match work.refusal::<C>() {
                Some(reason) => group.leave_out(contender.name(), reason),
                None => world.add(group, contender, contender.name(), || work.prepare(contender, world)),
            }
        }
    }

    let mut rows = Rows { world, work, group: world.group(work.name(), place) };
    world.each(&mut rows);
    work.add_limits(&mut rows.group, world);
    rows.group
}
