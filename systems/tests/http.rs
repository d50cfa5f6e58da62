//! A blocking HTTP client, generated over the types of `reqwest`, against a server on loopback. Each scenario runs on a plain
//! thread, inside a current-thread runtime, and in a task.

mod support;

use std::collections::HashMap;
use std::error::Error as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body as ServerBody;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response as ServerResponse};
use axum::routing::{get, post};
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use support::watched;
use sync_bridge::{BridgeError, RuntimeBridge, TwinType};
use systems::http::multipart::{Form, Part};
use systems::http::{Body, Client, ClientBuilder, Error};
use tokio::sync::Barrier;

/// The time limit of the tests of limits.
const LIMIT: Duration = Duration::from_secs(1);

/// How many requests `/meet` waits for.
const CALLERS: usize = 8;

/// Counts the responses that are dropped before their end.
#[derive(Clone, Default)]
struct Cut(Arc<AtomicUsize>);

struct Server {
    base: String,
    cut: Cut,
    runtime: Option<tokio::runtime::Runtime>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Message {
    text: String,
    count: u32,
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let cut = Cut::default();
        let app = Router::new()
            .route("/hello", get(|| async { "hello" }))
            .route("/headers", get(headers))
            .route("/length", post(length))
            .route("/echo", post(|body: Bytes| async move { body }))
            .route("/json", post(json))
            .route("/moved", get(|| async { Redirect::permanent("/hello") }))
            .route("/status/{code}", get(status))
            .route("/bytes/{count}", get(bytes))
            .route("/endless", get(endless))
            .route("/uri", get(|uri: Uri| async move { uri.to_string() }))
            .route("/lines", get(|| async { "one\ntwo\n" }))
            .route("/late", get(late))
            .route("/slow", get(slow))
            .route("/stalls", get(stalls))
            .route("/breaks", get(breaks))
            .route("/meet", get(meet))
            .route("/silent", get(|| async { std::future::pending::<&str>().await }))
            .with_state(cut.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { base: format!("http://{address}"), cut, runtime: Some(runtime) }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn headers(headers: HeaderMap) -> ServerResponse {
    let texts: HashMap<_, _> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    ([(header::CONTENT_TYPE, "application/json")], serde_json::to_string(&texts).unwrap()).into_response()
}

/// The length that the client has announced.
async fn length(headers: HeaderMap, _: Bytes) -> String {
    headers.get(header::CONTENT_LENGTH).map_or("none", |length| length.to_str().unwrap()).to_owned()
}

async fn json(body: Bytes) -> ServerResponse {
    let message: Message = serde_json::from_slice(&body).unwrap();
    let answer = Message { text: message.text, count: message.count + 1 };
    ([(header::CONTENT_TYPE, "application/json")], serde_json::to_vec(&answer).unwrap()).into_response()
}

async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

/// A body in parts of 1000 bytes.
async fn bytes(Path(count): Path<usize>) -> ServerResponse {
    let parts = stream::iter((0..count).map(|_| Ok::<_, io::Error>(Bytes::from_static(&[7; 1000]))));
    ServerBody::from_stream(parts).into_response()
}

/// An answer that takes half of the limit.
async fn late() -> &'static str {
    tokio::time::sleep(LIMIT / 2).await;
    "late"
}

/// A body whose parts come often, and which has no end.
async fn slow() -> ServerBody {
    let parts = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(b"part")));
    ServerBody::from_stream(parts.then(|part| async {
        tokio::time::sleep(LIMIT / 50).await;
        part
    }))
}

/// A body whose second part never comes.
async fn stalls() -> ServerBody {
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"begin"))]);
    ServerBody::from_stream(first.chain(stream::pending()))
}

/// A body that ends with an error.
async fn breaks() -> ServerBody {
    let parts = stream::iter([Ok(Bytes::from_static(b"begin")), Err(io::Error::other("breaks"))]);
    ServerBody::from_stream(parts.then(|part| async {
        // The first part is sent alone.
        tokio::time::sleep(LIMIT / 50).await;
        part
    }))
}

/// Answers when [`CALLERS`] requests wait.
async fn meet() -> &'static str {
    static MEETING: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(CALLERS));

    MEETING.wait().await;
    "met"
}

struct CountDrop(Cut);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn endless(State(cut): State<Cut>) -> ServerResponse {
    let guard = CountDrop(cut);
    let parts = stream::repeat_with(move || {
        let _ = &guard;
        Ok::<_, io::Error>(Bytes::from_static(&[1; 1000]))
    });
    ServerBody::from_stream(parts.then(|part| async {
        tokio::task::yield_now().await;
        part
    }))
    .into_response()
}

/// Runs `scenario` for each kind of caller.
fn from_each_caller(scenario: impl Fn(&Server) -> Result<(), Error> + Copy + Send + 'static) {
    watched(move || {
        let server = Arc::new(Server::start());
        scenario(&server).unwrap();
        let current_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        current_thread.block_on(async { scenario(&server) }).unwrap();
        let multi_thread = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let shared = Arc::clone(&server);
        multi_thread.block_on(async { tokio::spawn(async move { scenario(&shared) }).await }).unwrap().unwrap();
    });
}

#[test]
fn text_of_a_page() {
    from_each_caller(|server| {
        let response = Client::new().get(server.url("/hello")).send()?;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.content_length(), Some(5));
        assert_eq!(response.url().path(), "/hello");
        assert!(response.remote_addr().is_some());
        assert!(response.headers().contains_key(header::CONTENT_LENGTH));
        assert_eq!(response.text()?, "hello");
        Ok(())
    });
}

#[test]
fn headers_of_client_and_request() {
    from_each_caller(|server| {
        let mut defaults = HeaderMap::new();
        defaults.insert("x-default", "always".parse().unwrap());
        let client = Client::builder().default_headers(defaults).pool_max_idle_per_host(1).build()?;
        let request = client.get(server.url("/headers")).header("x-one", "1").bearer_auth("token");
        let found: HashMap<String, String> = request.send()?.json()?;
        assert_eq!(found["x-default"], "always");
        assert_eq!(found["x-one"], "1");
        assert_eq!(found["authorization"], "Bearer token");
        Ok(())
    });
}

#[test]
fn json_both_ways() {
    from_each_caller(|server| {
        let message = Message { text: "hello".to_owned(), count: 1 };
        let request = Client::new().post(server.url("/json")).json(&message);
        let copy = request.try_clone().unwrap();
        for request in [request, copy] {
            let answer: Message = request.send()?.error_for_status()?.json()?;
            assert_eq!(answer, Message { text: "hello".to_owned(), count: 2 });
        }
        let response = Client::new().post(server.url("/echo")).body("no JSON").send()?;
        assert!(matches!(response.json::<Message>(), Err(Error::Http(error)) if error.is_decode()));
        Ok(())
    });
}

#[test]
fn body_is_read_copied_and_taken_in_parts() {
    from_each_caller(|server| {
        let client = Client::new();
        let get = || client.get(server.url("/bytes/20")).send();
        let mut all = Vec::new();
        get()?.into_reader()?.read_to_end(&mut all)?;
        assert_eq!(all, vec![7; 20_000]);
        let mut copied = Vec::new();
        assert_eq!(get()?.copy_to(&mut copied)?, 20_000);
        assert_eq!(copied, all);
        assert_eq!(get()?.bytes()?, all);
        let mut response = get()?;
        let mut length = 0;
        while let Some(chunk) = response.chunk()? {
            length += chunk.len();
        }
        assert_eq!(length, 20_000);
        let mut small = [0; 100];
        let failed = get()?.copy_to(&mut &mut small[..]);
        assert!(matches!(failed, Err(Error::Io(_))));
        Ok(())
    });
}

#[test]
fn body_is_sent() {
    from_each_caller(|server| {
        let body = vec![3; 100_000];
        let response = Client::new().post(server.url("/echo")).body(body.clone()).send()?;
        assert_eq!(response.bytes()?, body);
        let built = Client::new().post(server.url("/echo")).body("built").build()?;
        assert_eq!(Client::new().execute(built)?.text()?, "built");
        Ok(())
    });
}

#[test]
fn statuses_and_redirects() {
    from_each_caller(|server| {
        let client = Client::new();
        let error = client.get(server.url("/status/404")).send()?.error_for_status().unwrap_err();
        assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
        assert_eq!(error.url().map(reqwest::Url::path), Some("/status/404"));
        let kept = client.get(server.url("/status/500")).send()?;
        assert!(kept.error_for_status_ref().is_err());
        assert_eq!(kept.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(client.get(server.url("/hello")).send()?.error_for_status_ref()?.status(), StatusCode::OK);
        let response = client.get(server.url("/moved")).send()?;
        assert_eq!(response.url().path(), "/hello");
        assert_eq!(response.text()?, "hello");
        let strict = Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        assert_eq!(strict.get(server.url("/moved")).send()?.status(), StatusCode::PERMANENT_REDIRECT);
        Ok(())
    });
}

#[test]
fn query_and_forms() {
    from_each_caller(|server| {
        let client = Client::builder().user_agent("tests").build()?;
        let request = client.get(server.url("/uri?a=1")).query(&[("b", "two words")]).query(&[("c", 3)]);
        assert_eq!(request.send()?.text()?, "/uri?a=1&b=two+words&c=3");
        let fields = HashMap::from([("name", "a&b")]);
        let response = client.post(server.url("/echo")).form(&fields).send()?;
        assert_eq!(response.text()?, "name=a%26b");

        let part = Part::reader(&b"of a reader"[..]).file_name("read.txt").mime_str("text/plain")?;
        let form = Form::new().text("field", "text").part("read", part).file("file", "Cargo.toml")?;
        let boundary = form.boundary().to_owned();
        let sent = client.post(server.url("/echo")).multipart(form).send()?.text()?;
        assert_eq!(sent.matches(&boundary).count(), 4);
        for piece in ["text", "of a reader", "read.txt", "text/plain", "name = \"systems\""] {
            assert!(sent.contains(piece), "{piece} in {sent}");
        }
        assert_eq!(Form::new().file("file", "no such file").unwrap_err().kind(), io::ErrorKind::NotFound);
        Ok(())
    });
}

/// A reader that makes a request of its own when it is read.
struct Asks {
    client: Client,
    url: String,
    is_done: bool,
}

impl Read for Asks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(0);
        }
        let answer = self.client.get(&self.url).send()?.bytes()?;
        buffer[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

struct Fails;

impl Read for Fails {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn body_is_read_while_it_is_sent() {
    from_each_caller(|server| {
        let client = Client::new();
        let echo = |body: Body| client.post(server.url("/echo")).body(body).send();
        assert_eq!(echo(Body::new(io::repeat(4).take(1_000_000)))?.bytes()?, vec![4; 1_000_000]);
        assert_eq!(echo(File::open("Cargo.toml")?.into())?.text()?, include_str!("../Cargo.toml"));
        let sized = Body::sized(io::repeat(4).take(100_000), 100_000);
        let length = |body: Body| client.post(server.url("/length")).body(body).send()?.text();
        assert_eq!(length(sized)?, "100000");
        assert_eq!(length(File::open("Cargo.toml")?.into())?, include_str!("../Cargo.toml").len().to_string());
        assert_eq!(length(Body::new(&b"not known"[..]))?, "none");
        assert_eq!(echo(Body::sized(io::repeat(4), 10))?.bytes()?, vec![4; 10]);
        assert!(echo(Body::sized(io::empty(), 10)).is_err());
        let asks = Asks { client: client.clone(), url: server.url("/hello"), is_done: false };
        assert_eq!(echo(Body::new(asks))?.text()?, "hello");
        assert_eq!(Body::from("in memory").as_bytes(), Some(&b"in memory"[..]));
        assert!(Body::new(io::empty()).as_bytes().is_none());
        let error = echo(Body::new(Fails)).unwrap_err();
        assert!(format!("{:?}", error.source()).contains("the disk is gone"), "{error:?}");
        Ok(())
    });
}

/// A part of the body that did not fit into a buffer is there for what reads next.
#[test]
fn body_is_a_reader() {
    from_each_caller(|server| {
        let mut response = Client::new().get(server.url("/bytes/20")).send()?;
        let mut some = [0; 700];
        assert_eq!(response.read(&mut [])?, 0);
        response.read_exact(&mut some)?;
        assert_eq!(some, [7; 700]);
        response.read_exact(&mut some)?;
        let rest = response.copy_to(&mut io::sink())?;
        assert_eq!(rest, 20_000 - 1400);
        assert_eq!(response.read(&mut some)?, 0);

        let lines = BufReader::new(Client::new().get(server.url("/lines")).send()?).lines();
        assert_eq!(lines.collect::<io::Result<Vec<_>>>()?, ["one", "two"]);
        let lines = Client::new().get(server.url("/lines")).send()?.into_reader()?.lines();
        assert_eq!(lines.collect::<io::Result<Vec<_>>>()?, ["one", "two"]);
        Ok(())
    });
}

#[test]
fn body_breaks_off() {
    from_each_caller(|server| {
        let client = Client::new();
        let get = || client.get(server.url("/breaks")).send();
        let mut read = Vec::new();
        assert!(get()?.read_to_end(&mut read).is_err());
        assert_eq!(read, b"begin");
        assert!(matches!(get()?.bytes(), Err(Error::Http(_))));
        assert!(matches!(get()?.copy_to(&mut io::sink()), Err(Error::Http(_))));
        assert!(get()?.into_reader()?.read_to_end(&mut Vec::new()).is_err());
        Ok(())
    });
}

#[test]
fn client_is_dropped_before_its_response() {
    from_each_caller(|server| {
        let url = server.url("/bytes/2000");
        let client = Client::builder().timeout(Duration::from_mins(1)).build()?;
        client.get(&url).send()?.bytes()?;
        let mut response = client.get(&url).send()?;
        let with_limit_of_its_own = client.get(&url).timeout(Duration::from_mins(1)).send()?;
        drop(client);
        assert_eq!(response.copy_to(&mut io::sink())?, 2_000_000);
        assert_eq!(with_limit_of_its_own.bytes()?.len(), 2_000_000);
        assert_eq!(systems::http::get(&url)?.bytes()?.len(), 2_000_000);
        // Its body is read on a thread of its own.
        let response = systems::http::get(&url)?;
        thread::spawn(move || response.bytes().map(drop)).join().unwrap()
    });
}

#[test]
fn failures_are_errors() {
    from_each_caller(|server| {
        let client = Client::new();
        assert!(matches!(client.get("no URL").send(), Err(Error::Http(error)) if error.is_builder()));
        assert!(matches!(client.get("http://127.0.0.1:1/").send(), Err(Error::Http(error)) if error.is_connect()));
        let bridge = RuntimeBridge::new()?;
        let client = client.with_bridge(&bridge);
        assert_eq!(client.get(server.url("/hello")).send()?.text()?, "hello");
        bridge.shutdown(Duration::ZERO);
        let refused = client.get(server.url("/hello")).send();
        assert!(matches!(refused, Err(Error::Bridge(BridgeError::WorkerDead))), "{refused:?}");
        Ok(())
    });
}

/// The limit of the client is for each operation, as in `reqwest::blocking`.
#[test]
fn client_limits_each_operation() {
    from_each_caller(|server| {
        let client = Client::builder().timeout(LIMIT).build()?;
        let silent = client.get(server.url("/silent")).send();
        assert!(silent.as_ref().is_err_and(Error::is_timeout), "{silent:?}");

        // To read all of the body is one operation, although the server goes on to send.
        let text = client.get(server.url("/slow")).send()?.text();
        assert!(text.as_ref().is_err_and(Error::is_timeout), "{text:?}");
        let bytes = client.get(server.url("/slow")).send()?.bytes();
        assert!(bytes.as_ref().is_err_and(Error::is_timeout), "{bytes:?}");

        // Each read is one, and so is each part. Together they take longer than the limit.
        let mut reader = client.get(server.url("/slow")).send()?;
        let mut response = client.get(server.url("/slow")).send()?;
        for _ in 0..3 {
            thread::sleep(LIMIT);
            reader.read_exact(&mut [0])?;
            assert!(response.chunk()?.is_some());
        }

        let mut stalls = client.get(server.url("/stalls")).send()?;
        assert_eq!(stalls.read(&mut [0; 100])?, 5);
        let error = stalls.read(&mut [0; 100]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let copied = client.get(server.url("/stalls")).send()?.copy_to(&mut io::sink());
        assert!(copied.as_ref().is_err_and(Error::is_timeout), "{copied:?}");
        let mut reader = client.get(server.url("/stalls")).send()?.into_reader()?;
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::TimedOut);
        Ok(())
    });
}

/// The limit of a request is for all of it, and replaces that of the client.
#[test]
fn request_limits_itself() {
    from_each_caller(|server| {
        let strict = Client::builder().timeout(LIMIT / 10).build()?;
        let request = strict.get(server.url("/late")).timeout(Duration::from_mins(1));
        assert_eq!(request.send()?.text()?, "late");

        let lax = Client::builder().timeout(None).build()?;
        let silent = lax.get(server.url("/silent")).timeout(LIMIT).send();
        assert!(silent.as_ref().is_err_and(Error::is_timeout), "{silent:?}");
        let mut slow = lax.get(server.url("/slow")).timeout(LIMIT).send()?;
        thread::sleep(LIMIT);
        let copied = slow.copy_to(&mut io::sink());
        assert!(copied.as_ref().is_err_and(Error::is_timeout), "{copied:?}");

        let connecting = Client::builder().timeout(None).connect_timeout(LIMIT).read_timeout(LIMIT).build()?;
        let silent = connecting.get(server.url("/silent")).send();
        assert!(silent.as_ref().is_err_and(Error::is_timeout), "{silent:?}");
        Ok(())
    });
}

#[test]
fn default_limit_is_thirty_seconds() {
    watched(|| {
        let server = Server::start();
        let limited = |client: Client| {
            let url = server.url("/silent");
            thread::spawn(move || client.get(url).send())
        };
        let clients =
            [Client::new(), Client::default(), ClientBuilder::default().build().unwrap(), Client::new().clone()];
        let calls = clients.map(limited);
        for call in calls {
            match call.join().unwrap() {
                Err(Error::TimedOut { url, error: BridgeError::TimedOut { after } }) => {
                    assert_eq!(url.path(), "/silent");
                    assert!(after >= Duration::from_secs(30), "{after:?}");
                    assert!(after < Duration::from_mins(1), "{after:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn response_that_is_dropped_half_read() {
    from_each_caller(|server| {
        let client = Client::new();
        let mut response = client.get(server.url("/endless")).send()?;
        assert!(response.chunk()?.is_some());
        let before = server.cut.0.load(Ordering::SeqCst);
        drop(response);
        while server.cut.0.load(Ordering::SeqCst) == before {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(client.get(server.url("/hello")).send()?.text()?, "hello");
        Ok(())
    });
}

#[test]
fn clones_on_many_threads() {
    from_each_caller(|server| {
        let client = Client::new();
        let (answers, received) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                let (client, answers, url) = (client.clone(), answers.clone(), server.url("/meet"));
                scope.spawn(move || {
                    for _ in 0..5 {
                        answers.send(client.get(&url).send().and_then(|response| response.text())).unwrap();
                    }
                });
            }
        });
        drop(answers);
        let answers: Vec<_> = received.into_iter().collect::<Result<_, _>>()?;
        assert_eq!(answers, ["met"; 5 * CALLERS]);
        Ok(())
    });
}
