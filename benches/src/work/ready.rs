//! A future that is ready when it is first polled.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::world::World;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::runtime::Handle;

/// A future that is ready when it is first polled.
#[derive(Clone, Copy, Debug)]
pub struct Ready;

/// The number, at once.
pub async fn answer(number: u64) -> u64 {
    black_box(number)
}

impl Work for Ready {
    fn name(&self) -> String {
        "ready future".into()
    }

    fn prepare<C: Contender>(&self, contender: &C, _: &World) -> impl FnMut() + Clone + Send + 'static {
        let contender = contender.clone();
        move || assert_eq!(contender.call(|| answer(7)), 7)
    }

    fn add_limits(&self, group: &mut Group, world: &World) {
        let handle = world.handle().clone();
        group.add_limit("a bare poll, runtime entered", move || bare_poll(&handle));
    }
}

/// Polls a ready future with the runtime entered: the least that a call can do.
///
/// # Panics
///
/// If the future is not ready.
pub fn bare_poll(handle: &Handle) {
    let _entered = handle.enter();
    let polled = pin!(answer(7)).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(7));
}
