//! An HTTP round trip with `reqwest`.

use super::Work;
use crate::contender::Contender;
use crate::contender::Side;
use crate::measure::Group;
use crate::peers::NO_NESTING;
use crate::place::Place;
use crate::world::World;
use std::io::{Read, Write};
use std::time::Instant;

/// A row for each contender with the async client, and one for `reqwest::blocking`.
#[must_use]
pub fn http(world: &World, place: Place) -> Group {
    let mut group = super::group(world, &Http, place);
    if place == Place::Plain {
        let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
        let url = format!("http://{}/", world.servers.http);
        group.add_timed("reqwest::blocking", Side::HandOffPeer, move |count| {
            let start = Instant::now();
            for _ in 0..count {
                let text = client.get(&url).send().and_then(reqwest::blocking::Response::text);
                assert_eq!(text.expect("the server answers"), "hello");
            }
            start.elapsed()
        });
    } else {
        group.leave_out("reqwest::blocking", NO_NESTING);
    }
    group
}

/// An HTTP round trip with `reqwest`.
#[derive(Clone, Copy, Debug)]
pub struct Http;

impl Work for Http {
    fn name(&self) -> String {
        "an HTTP round trip".into()
    }

    fn refusal<C: Contender>(&self) -> Option<&'static str> {
        (!C::LASTING_REACTOR).then_some("would connect for each request")
    }

    fn prepare<C: Contender>(&self, contender: &C, world: &World) -> impl FnMut() + Clone + Send + 'static {
        let (contender, client) = (contender.clone(), client());
        let url = format!("http://{}/", world.servers.http);
        move || {
            let request = client.get(&url);
            let text = contender.call(|| async { request.send().await?.text().await });
            assert_eq!(text.expect("the server answers"), "hello");
        }
    }

    fn add_limits(&self, group: &mut Group, world: &World) {
        let mut stream = crate::server::open(world.servers.http);
        group.add_limit("blocking sockets, request and answer as they are", move || {
            let mut answer = [0; 512];
            stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("the server listens");
            let count = stream.read(&mut answer).expect("the server answers");
            assert!(answer[..count].ends_with(b"hello"));
        });
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
