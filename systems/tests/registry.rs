//! The blocking API of an HTTP client, against a server on loopback.

mod support;

use std::io::{self, BufRead, ErrorKind, Read};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use reqwest::{Method, StatusCode};
use support::server::{CHUNK, Server};
use support::watched;
use sync_bridge::{BridgeError, RuntimeBridge, TwinType};
use systems::registry::{BlockingClient, Client, Error, Package};
use tokio::runtime::Builder;

fn client(server: &Server) -> BlockingClient {
    BlockingClient::builder(server.base()).build().unwrap()
}

fn package(index: u64) -> Package {
    Package { name: format!("p{index:03}"), size: index * CHUNK as u64 }
}

#[test]
fn fetch() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(3);
        let client = client(&server);
        assert_eq!(client.fetch("p002")?, package(2));
        let missing = client.fetch("p003");
        assert!(matches!(missing, Err(Error::Status(StatusCode::NOT_FOUND))), "{missing:?}");
        Ok(())
    })
}

#[test]
fn builder_sets_token_and_bridge() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(0);
        let refused = client(&server).fetch("private");
        assert!(matches!(refused, Err(Error::Status(StatusCode::UNAUTHORIZED))), "{refused:?}");
        let bridge = RuntimeBridge::new().unwrap();
        let client = BlockingClient::builder(server.base()).token("secret").with_bridge(&bridge).build()?;
        assert_eq!(client.fetch("private")?.name, "private");
        bridge.shutdown(Duration::ZERO);
        let refused = client.fetch("private");
        assert!(matches!(refused, Err(Error::Bridge(BridgeError::WorkerDead))), "{refused:?}");
        Ok(())
    })
}

#[test]
fn server_that_says_nothing() {
    watched(|| {
        let server = Server::start(0);
        let client = BlockingClient::builder(server.base()).read_timeout(Duration::from_millis(50)).build().unwrap();
        let silent = client.fetch("silent");
        assert!(matches!(&silent, Err(Error::Http(error)) if error.is_timeout()), "{silent:?}");
    });
}

/// The current download ends in an error, and so does the next request. After the restart, requests work again.
#[test]
fn server_goes_away_and_comes_back() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(2);
        let base = server.base().to_owned();
        let client = client(&server);
        assert_eq!(client.fetch("p001")?, package(1));
        let mut endless = client.download("endless")?;
        drop(server);
        assert_eq!(io::copy(&mut endless, &mut io::sink()).unwrap_err().kind(), ErrorKind::Other);
        assert!(matches!(client.fetch("p001"), Err(Error::Http(_))));
        let _server = Server::start_at(&base, 2);
        assert_eq!(client.fetch("p001")?, package(1));
        Ok(())
    })
}

/// The iterator requests a page when the caller reaches it.
#[test]
fn pages_are_asked_for_one_by_one() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(25);
        let client = client(&server);
        let mut pages = client.pages("p", 10);
        assert_eq!(server.requests(), 0);
        let first = pages.next().unwrap()?;
        assert_eq!((first.packages.len(), first.next.as_deref(), server.requests()), (10, Some("p010"), 1));
        let rest: Vec<_> = pages.collect::<Result<_, _>>()?;
        assert_eq!(rest.iter().map(|page| page.packages.len()).collect::<Vec<_>>(), [10, 5]);
        assert_eq!(server.requests(), 3);
        assert_eq!(client.packages("p")?, (0..25).map(package).collect::<Vec<_>>());
        assert_eq!(client.packages("p01")?.len(), 10);
        Ok(())
    })
}

#[test]
fn pages_end_with_the_error_of_one() {
    watched(|| {
        let server = Server::start(2);
        let client = client(&server);
        let mut pages = client.pages("p", 1);
        assert!(pages.next().unwrap().is_ok());
        drop(server);
        assert!(matches!(pages.next(), Some(Err(Error::Http(_)))));
        assert!(pages.next().is_none());
        assert!(matches!(client.packages("p"), Err(Error::Http(_))));
    });
}

#[test]
fn download_is_read_as_it_arrives() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    watched(|| {
        let server = Server::start(201);
        let client = client(&server);
        let mut content = client.download("p200")?;
        let mut chunk = vec![0; CHUNK];
        for index in 0..200 {
            content.read_exact(&mut chunk)?;
            assert!(chunk.iter().all(|&byte| byte == index));
        }
        assert!(content.fill_buf()?.is_empty());

        // The content is larger than any memory.
        let mut endless = client.download("endless")?;
        assert_eq!(io::copy(&mut endless.by_ref().take(1 << 24), &mut io::sink())?, 1 << 24);
        assert_eq!(server.open_downloads(), 1);
        drop(endless);
        while server.open_downloads() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(matches!(client.download("none").err(), Some(Error::Status(StatusCode::NOT_FOUND))));
        Ok(())
    })
}

/// The bytes that arrived can be read. After them comes an error, and not the end of the content.
#[test]
fn download_breaks_off() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(0);
        let client = BlockingClient::builder(server.base()).read_timeout(Duration::from_millis(100)).build()?;
        for name in ["breaks", "stalls"] {
            let mut content = client.download(name)?;
            let mut read = Vec::new();
            let error = content.read_to_end(&mut read).unwrap_err();
            assert_eq!((read.len(), error.kind()), (3 * CHUNK, ErrorKind::Other), "{name}: {error:?}");
        }
        Ok(())
    })
}

/// The iterator may block. An error of the iterator ends the upload.
#[test]
fn upload_from_an_iterator() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(0);
        let client = client(&server);
        let (send, content) = std::sync::mpsc::channel();
        let sender = thread::spawn(move || (0..10).try_for_each(|_| send.send(Ok(Bytes::from(vec![1; CHUNK])))));
        let uploaded = client.upload("new", content)?;
        assert!(sender.join().unwrap().is_ok());
        assert_eq!(uploaded, Package { name: "new".to_owned(), size: 10 * CHUNK as u64 });
        assert_eq!(client.fetch("new")?, uploaded);

        let torn = client.upload("torn", [Ok(Bytes::from("a")), Err(io::Error::other("no more"))]);
        assert!(matches!(torn, Err(Error::Http(_))), "{torn:?}");
        assert!(matches!(client.fetch("torn"), Err(Error::Status(StatusCode::NOT_FOUND))));
        Ok(())
    })
}

#[test]
fn request_of_the_callers_own_making() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(2);
        let client = client(&server);
        let request = || client.request(Method::POST, "/echo").header("x-agent", "007").body("hello");
        let response = request().send()?;
        assert_eq!((response.status(), response.header("x-agent")), (StatusCode::OK, Some("007")));
        assert_eq!(response.text()?, "hello");
        let chunks: Vec<Bytes> = request().send()?.bytes().collect::<Result<_, _>>()?;
        assert_eq!(chunks.concat(), b"hello");
        let package: Package = client.request(Method::GET, "/packages/p001").send()?.json()?;
        assert_eq!(package, self::package(1));
        Ok(())
    })
}

/// The server answers the requests when all of them have arrived.
#[test]
fn threads_share_a_client() {
    watched(|| {
        let server = Server::with_meeting(0, 16);
        let client = client(&server);
        let meet = || client.request(Method::GET, "/meet").send()?.text();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(meet)).collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap().unwrap(), "met");
            }
        });
    });
}

/// The two clients have connections of their own, so neither waits for one that the other has to drive.
#[test]
fn awaited_and_blocking_calls_alternate() -> Result<(), Error> {
    watched(|| {
        let server = Server::start(2);
        let blocking = client(&server);
        let client = Client::builder(server.base()).build()?;
        let request = || client.request(Method::GET, "/packages/p001");
        let blocking_request = || blocking.request(Method::GET, "/packages/p001");
        let alternate = || async {
            for _ in 0..3 {
                assert_eq!(client.fetch("p001").await?, blocking.fetch("p001")?);
                assert_eq!(request().send().await?.text().await?, blocking_request().send()?.text()?);
                assert_eq!(client.pages("p", 1).try_collect::<Vec<_>>().await?.len(), blocking.pages("p", 1).count());
            }
            Ok::<_, Error>(())
        };
        Builder::new_current_thread().enable_all().build().unwrap().block_on(alternate())?;
        assert_eq!(blocking.fetch("p001")?, package(1));
        Ok(())
    })
}
