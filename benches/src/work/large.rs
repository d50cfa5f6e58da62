//! A future of 64 KiB.

use super::{PingPong, Work};
use crate::contender::Contender;
use crate::measure::Group;
use crate::world::World;
use std::hint::black_box;
use tokio::task::yield_now;

const SIZE: usize = 64 << 10;

/// A future of 64 KiB that yields once.
#[derive(Clone, Copy, Debug)]
pub struct Large;

impl Work for Large {
    fn name(&self) -> String {
        "a future of 64 KiB, one yield".into()
    }

    fn prepare<C: Contender>(&self, contender: &C, _: &World) -> impl FnMut() + Clone + Send + 'static {
        let contender = contender.clone();
        move || {
            #[expect(clippy::large_stack_arrays, reason = "a large future is the point")]
            let answer = contender.call(|| {
                let bytes = black_box([7_u8; SIZE]);
                async move {
                    yield_now().await;
                    bytes[SIZE - 1]
                }
            });
            assert_eq!(answer, 7);
        }
    }

    fn add_limits(&self, group: &mut Group, _: &World) {
        let mut other = PingPong::start();
        group.add_limit("park/unpark ping-pong", move || other.round());
    }
}
