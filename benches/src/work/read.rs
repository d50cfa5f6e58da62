//! 16 MiB read from a TCP connection, in chunks, with a call for each.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::place::Place;
use crate::server::{self, CHUNK, Line};
use crate::world::World;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::AsyncWriteExt;

/// So many chunks, a call for each.
#[derive(Clone, Copy, Debug)]
pub struct StreamedRead {
    /// How many chunks of 64 KiB.
    pub chunks: u64,
}

impl StreamedRead {
    fn bytes(self) -> u64 {
        self.chunks * CHUNK as u64
    }
}

impl Work for StreamedRead {
    fn name(&self) -> String {
        format!("a streamed read of {} MiB", self.bytes() >> 20)
    }

    fn prepare<C: Contender>(&self, contender: &C, world: &World) -> impl FnMut() + Clone + Send + 'static {
        let (contender, size) = (contender.clone(), self.bytes());
        let line = Line::open(&contender, world.servers.source);
        move || {
            let request = line.clone();
            let requested = contender.call(|| async move {
                let stream = request.stream()?;
                server::write(&stream, &size.to_be_bytes()).await
            });
            requested.expect("the server listens");
            let mut received = 0;
            let mut buffer = vec![0; CHUNK];
            while received < size {
                let line = line.clone();
                // The buffer travels with the call and comes back: not every contender lets a future borrow.
                let read = contender.call(|| async move {
                    let mut buffer = buffer;
                    let count = server::read(&*line.stream()?, &mut buffer).await?;
                    io::Result::Ok((count, buffer))
                });
                let (count, back) = read.expect("the server sends");
                assert!(count > 0);
                received += count as u64;
                buffer = back;
            }
            assert_eq!(received, size);
        }
    }

    fn add_limits(&self, group: &mut Group, world: &World) {
        let mut stream = server::open(world.servers.source);
        let size = self.bytes();
        group.add_limit("blocking sockets", move || read(&mut stream, size).expect("the server sends"));
    }
}

/// A row for each contender, and for the bridge's own reader.
#[must_use]
pub fn streamed_read(world: &World, work: StreamedRead, place: Place) -> Group {
    let mut group = super::group(world, &work, place);
    let (bridge, size) = (world.bridge(), work.bytes());
    world.add(&mut group, world.ours(), "sync-bridge, reader", || {
        let stream = server::open(world.servers.source);
        stream.set_nonblocking(true).expect("a socket");
        let stream = bridge.block_on_with(|| std::future::ready(tokio::net::TcpStream::from_std(stream)));
        let (reader, writer) = stream.expect("the bridge answers").expect("a connection").into_split();
        let reader = Arc::new(Mutex::new((bridge.reader(reader), writer, bridge.clone())));
        move || {
            let (reader, writer, bridge) = &mut *reader.lock().expect("nothing panics");
            let requested = bridge.block_on(writer.write_all(&size.to_be_bytes()));
            requested.expect("the bridge answers").expect("the server listens");
            drain(reader, size).expect("the server sends");
        }
    });
    group
}

fn read(stream: &mut std::net::TcpStream, size: u64) -> io::Result<()> {
    stream.write_all(&size.to_be_bytes())?;
    drain(stream, size)
}

fn drain(reader: &mut impl Read, size: u64) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut received = 0;
    while received < size {
        match reader.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received += count as u64,
        }
    }
    Ok(())
}
