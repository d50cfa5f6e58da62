//! A blocking HTTP client, generated over the types of `reqwest`, against a server on loopback. Each scenario runs on a plain
//! thread, inside a current-thread runtime, and in a task.

mod support;

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use support::watched;
use sync_bridge::{BridgeError, RuntimeBridge, TwinType};
use systems::http::{Client, Error};

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
            .route("/echo", post(|body: Bytes| async move { body }))
            .route("/json", post(json))
            .route("/moved", get(|| async { Redirect::permanent("/hello") }))
            .route("/status/{code}", get(status))
            .route("/bytes/{count}", get(bytes))
            .route("/endless", get(endless))
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

async fn headers(headers: HeaderMap) -> Response {
    let texts: HashMap<_, _> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    ([(header::CONTENT_TYPE, "application/json")], serde_json::to_string(&texts).unwrap()).into_response()
}

async fn json(body: Bytes) -> Response {
    let message: Message = serde_json::from_slice(&body).unwrap();
    let answer = Message { text: message.text, count: message.count + 1 };
    ([(header::CONTENT_TYPE, "application/json")], serde_json::to_vec(&answer).unwrap()).into_response()
}

async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

/// A body in parts of 1000 bytes.
async fn bytes(Path(count): Path<usize>) -> Response {
    let parts = stream::iter((0..count).map(|_| Ok::<_, io::Error>(Bytes::from_static(&[7; 1000]))));
    Body::from_stream(parts).into_response()
}

struct CountDrop(Cut);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn endless(State(cut): State<Cut>) -> Response {
    let guard = CountDrop(cut);
    let parts = stream::repeat_with(move || {
        let _ = &guard;
        Ok::<_, io::Error>(Bytes::from_static(&[1; 1000]))
    });
    Body::from_stream(parts.then(|part| async {
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
        get()?.reader()?.read_to_end(&mut all)?;
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
        let response = client.get(server.url("/moved")).send()?;
        assert_eq!(response.url().path(), "/hello");
        assert_eq!(response.text()?, "hello");
        let strict = Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        assert_eq!(strict.get(server.url("/moved")).send()?.status(), StatusCode::PERMANENT_REDIRECT);
        Ok(())
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

#[test]
fn time_limits_of_client_and_request() {
    from_each_caller(|server| {
        let client = Client::builder().timeout(Duration::from_millis(50)).build()?;
        assert!(client.get(server.url("/silent")).send().unwrap_err().is_timeout());
        // It spans the body.
        let mut endless = client.get(server.url("/endless")).send()?;
        assert!(endless.copy_to(&mut io::sink()).unwrap_err().is_timeout());
        let request = Client::new().get(server.url("/silent")).timeout(Duration::from_millis(50));
        assert!(request.send().unwrap_err().is_timeout());
        Ok(())
    });
}

#[test]
fn default_time_limit_is_thirty_seconds() {
    let request = Client::new().get("http://localhost/").build().unwrap();
    // The request has none of its own.
    assert_eq!(request.timeout(), None);
    let shown = format!("{:?}", Client::builder());
    assert!(shown.contains("timeout: 30s"), "{shown}");
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
            for _ in 0..8 {
                let (client, answers, url) = (client.clone(), answers.clone(), server.url("/hello"));
                scope.spawn(move || {
                    for _ in 0..5 {
                        answers.send(client.get(&url).send().and_then(|response| response.text())).unwrap();
                    }
                });
            }
        });
        drop(answers);
        let answers: Vec<_> = received.into_iter().collect::<Result<_, _>>()?;
        assert_eq!(answers, ["hello"; 40]);
        Ok(())
    });
}
