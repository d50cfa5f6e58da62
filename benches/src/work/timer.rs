//! A timer of a millisecond.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::world::World;
use std::thread;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_millis(1);

/// A timer of a millisecond, which tokio rounds up to the next one.
#[derive(Clone, Copy, Debug)]
pub struct Timer;

impl Work for Timer {
    fn name(&self) -> String {
        "a timer of 1 ms".into()
    }

    fn prepare<C: Contender>(&self, contender: &C, _: &World) -> impl FnMut() + Clone + Send + 'static {
        let contender = contender.clone();
        move || {
            let start = Instant::now();
            contender.call(|| async { tokio::time::sleep(TIME).await });
            assert!(start.elapsed() >= TIME);
        }
    }

    fn add_limits(&self, group: &mut Group, _: &World) {
        group.add_limit("thread::sleep", || thread::sleep(TIME));
    }
}
