//! A package registry on loopback. Some paths make it misbehave.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use systems::registry::{Package, Page};
use tokio::sync::{Barrier, oneshot};

/// The size of a chunk of content.
pub(crate) const CHUNK: usize = 16 * 1024;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A registry on its own thread. When this is dropped, the server and all of its connections end.
pub(crate) struct Server {
    shared: Arc<Shared>,
    base: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The data and counters of the server.
struct Shared {
    packages: Mutex<BTreeMap<String, u64>>,
    requests: AtomicUsize,
    open_downloads: AtomicUsize,
    meeting: Barrier,
}

/// Counts a download as open until its body is dropped.
struct OpenDownload(Arc<Shared>);

impl Server {
    /// Starts a server with this number of packages: `p000`, `p001` and so on. Each has as many chunks as its number.
    pub(crate) fn start(packages: u64) -> Self {
        Self::with_meeting(packages, 1)
    }

    /// Like [`start`](Self::start). The server answers requests of `/meet` when this number of them has arrived.
    pub(crate) fn with_meeting(packages: u64, meeting: usize) -> Self {
        Self::listen("127.0.0.1:0", packages, meeting)
    }

    /// Like [`start`](Self::start), at the address of a server that has been dropped.
    pub(crate) fn start_at(base: &str, packages: u64) -> Self {
        Self::listen(base.trim_start_matches("http://"), packages, 1)
    }

    fn listen(address: &str, packages: u64, meeting: usize) -> Self {
        let named = |index| (format!("p{index:03}"), index * CHUNK as u64);
        let shared = Arc::new(Shared {
            packages: Mutex::new((0..packages).map(named).collect()),
            requests: AtomicUsize::new(0),
            open_downloads: AtomicUsize::new(0),
            meeting: Barrier::new(meeting),
        });
        let listener = TcpListener::bind(address).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, shared) => {}
                        _ = stopped => {}
                    }
                });
            }
        });
        Self { shared, base, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns how many requests have arrived.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Returns how many downloads are open.
    pub(crate) fn open_downloads(&self) -> usize {
        self.shared.open_downloads.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(answer(request, shared).await) }
        });
        // It fails if a client disconnects or a body ends early. Both are intended.
        let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), service);
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Response<Body> {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let known = |name: &str| shared.packages.lock().unwrap().get(name).copied();
    match (request.method(), &segments[..]) {
        (&Method::GET, ["packages"]) => json(&page(request.uri().query().unwrap_or_default(), &shared)),
        (&Method::GET, ["packages", "private"]) => {
            let allowed = request.headers().get("authorization").is_some_and(|value| value == "Bearer secret");
            if allowed {
                json(&Package { name: "private".to_owned(), size: 0 })
            } else {
                status(StatusCode::UNAUTHORIZED)
            }
        }
        (&Method::GET, ["packages", "silent"]) => std::future::pending().await,
        (&Method::GET, ["packages", name]) => match known(name) {
            Some(size) => json(&Package { name: (*name).to_owned(), size }),
            None => status(StatusCode::NOT_FOUND),
        },
        (&Method::GET, ["packages", name @ ("breaks" | "stalls" | "endless"), "content"]) => {
            content(u64::MAX, name, shared)
        }
        (&Method::GET, ["packages", name, "content"]) => match known(name) {
            Some(size) => content(size / CHUNK as u64, name, Arc::clone(&shared)),
            None => status(StatusCode::NOT_FOUND),
        },
        (&Method::PUT, ["packages", name, "content"]) => {
            let name = (*name).to_owned();
            receive(name, request.into_body(), &shared).await
        }
        (&Method::GET, ["meet"]) => {
            shared.meeting.wait().await;
            text("met")
        }
        (&Method::POST, ["echo"]) => {
            let agent = request.headers().get("x-agent").cloned();
            let body = request.into_body().map_err(io::Error::other).boxed_unsync();
            let mut response = Response::new(body);
            if let Some(agent) = agent {
                response.headers_mut().insert("x-agent", agent);
            }
            response
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

/// Returns the page of the list that the query requests.
fn page(query: &str, shared: &Shared) -> Page {
    let query: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let (prefix, from) = (query["prefix"], query.get("from").copied().unwrap_or_default());
    let size = query["size"].parse().unwrap();
    let packages = shared.packages.lock().unwrap();
    let mut rest = packages.range(from.to_owned()..).filter(|(name, _)| name.starts_with(prefix));
    let packages = rest.by_ref().take(size).map(|(name, &size)| Package { name: name.clone(), size }).collect();
    Page { packages, next: rest.next().map(|(name, _)| name.clone()) }
}

/// Returns a body of chunks. Each byte of a chunk is the number of the chunk. After three chunks, `breaks` closes the
/// connection, and `stalls` sends nothing more.
fn content(chunks: u64, name: &str, shared: Arc<Shared>) -> Response<Body> {
    shared.open_downloads.fetch_add(1, Ordering::SeqCst);
    let open = OpenDownload(shared);
    let chunk = |index: u64| Ok(Frame::data(Bytes::from(vec![index.to_le_bytes()[0]; CHUNK])));
    let whole = stream::iter(0..chunks).map(chunk).map(move |chunk| {
        let _open = &open;
        chunk
    });
    // By then, the chunks before it have been sent.
    let torn = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::other("gone"))
    });
    let body = match name {
        "breaks" => BodyExt::boxed_unsync(StreamBody::new(whole.take(3).chain(torn))),
        "stalls" => BodyExt::boxed_unsync(StreamBody::new(whole.take(3).chain(stream::pending()))),
        _ => BodyExt::boxed_unsync(StreamBody::new(whole)),
    };
    Response::new(body)
}

impl Drop for OpenDownload {
    fn drop(&mut self) {
        self.0.open_downloads.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn receive(name: String, mut body: Incoming, shared: &Shared) -> Response<Body> {
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return status(StatusCode::BAD_REQUEST) };
        size += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
    shared.packages.lock().unwrap().insert(name.clone(), size);
    json(&Package { name, size })
}

fn json(value: &impl serde::Serialize) -> Response<Body> {
    text(&serde_json::to_string(value).unwrap())
}

fn text(text: &str) -> Response<Body> {
    Response::new(full(text))
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(""));
    *response.status_mut() = status;
    response
}

fn full(text: &str) -> Body {
    Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {}).boxed_unsync()
}
