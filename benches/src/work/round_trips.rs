//! Round trips over a TCP connection, all in one call.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::server::{self, Line, MESSAGE};
use crate::world::World;
use std::io::{self, Read, Write};

/// So many round trips in one call.
#[derive(Clone, Copy, Debug)]
pub struct RoundTrips(pub u64);

impl Work for RoundTrips {
    fn name(&self) -> String {
        match self.0 {
            1 => "1 TCP round trip".into(),
            count => format!("{count} TCP round trips in one call"),
        }
    }

    fn prepare<C: Contender>(&self, contender: &C, world: &World) -> impl FnMut() + Clone + Send + 'static {
        let (contender, count) = (contender.clone(), self.0);
        let line = Line::open(&contender, world.servers.echo);
        move || {
            let answers = contender.call(|| round_trips(line.clone(), count)).expect("the server answers");
            assert_eq!(answers, count);
        }
    }

    fn add_limits(&self, group: &mut Group, world: &World) {
        let mut stream = server::open(world.servers.echo);
        let count = self.0;
        group.add_limit("blocking sockets", move || {
            for _ in 0..count {
                round_trip(&mut stream).expect("the server answers");
            }
        });
    }
}

/// How many messages have come back whole.
pub(super) async fn round_trips(line: Line, count: u64) -> io::Result<u64> {
    let stream = line.stream()?;
    let mut answers = 0;
    for number in 0..count {
        let message = [u8::try_from(number % 256).unwrap_or_default(); MESSAGE];
        server::write(&stream, &message).await?;
        let mut answer = [0; MESSAGE];
        let mut received = 0;
        while received < MESSAGE {
            match server::read(&stream, &mut answer[received..]).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => received += count,
            }
        }
        answers += u64::from(answer == message);
    }
    Ok(answers)
}

/// One round trip that blocks the thread.
pub(super) fn round_trip(stream: &mut std::net::TcpStream) -> io::Result<()> {
    let mut answer = [0; MESSAGE];
    stream.write_all(&[7; MESSAGE])?;
    stream.read_exact(&mut answer)
}
