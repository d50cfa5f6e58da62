//! A server of refs on loopback, and many clients of it.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use reqwest::{Client, StatusCode};
use sync_bridge::RuntimeBridge;
use systems::refs::{SqlOptions, SqlRefs};
use systems::refs_server::router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Fewer than there are requests at a time: most of them wait for one.
pub(crate) const CONNECTIONS: u32 = 3;

const CLIENTS: usize = 48;
const ROUNDS: usize = 5;
const COUNTERS: usize = 8;

/// The runtime of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A multi-thread one with so many workers, which the bridge uses too.
    Shared(usize),
    /// A current-thread one beside that of the bridge.
    Apart,
}

/// A server that runs until this is dropped.
pub(crate) struct RefsServer {
    pub(crate) refs: SqlRefs,
    base: String,
    clients: Runtime,
    _runtime: Option<Runtime>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl RefsServer {
    /// Starts a server of the refs in the database at `url`.
    pub(crate) fn start(kind: Kind, url: &str) -> Self {
        let options = SqlOptions { connections: CONNECTIONS, ..SqlOptions::default() };
        let clients = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serve = async |refs: SqlRefs, listener: TcpListener| {
            let stopped = async {
                let _ = stopped.await;
            };
            axum::serve(listener, router(refs)).with_graceful_shutdown(stopped).await.unwrap();
        };
        let listener = || async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        match kind {
            Kind::Shared(workers) => {
                let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
                let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
                let refs = SqlRefs::connect(url, options, bridge).unwrap();
                let listener = runtime.block_on(listener());
                let base = address(&listener);
                runtime.spawn(serve(refs.clone(), listener));
                Self { refs, base, clients, _runtime: Some(runtime), _stop: stop }
            }
            Kind::Apart => {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                let refs = SqlRefs::connect(url, options, RuntimeBridge::new().unwrap()).unwrap();
                let listener = runtime.block_on(listener());
                let base = address(&listener);
                let served = refs.clone();
                std::thread::spawn(move || runtime.block_on(serve(served, listener)));
                Self { refs, base, clients, _runtime: None, _stop: stop }
            }
        }
    }

    /// Many requests of both kinds at a time. Each is answered, no count is lost, and every connection goes back.
    pub(crate) fn answers_many_clients(&self) {
        let client = Client::builder().no_proxy().build().unwrap();
        let one = |number: usize| {
            let (client, base) = (client.clone(), self.base.clone());
            async move {
                for round in 0..ROUNDS {
                    let url = format!("{base}/refs/{}", (number + round) % COUNTERS);
                    let counted = client.post(&url).send().await?.error_for_status()?.text().await?;
                    let read = client.get(&url).send().await?.error_for_status()?.text().await?;
                    let number = |text: &str| text.parse::<u64>().unwrap();
                    assert!(number(&read) >= number(&counted));
                }
                Ok::<_, reqwest::Error>(())
            }
        };
        self.clients.block_on(try_join_all((0..CLIENTS).map(one))).unwrap();

        let refs = &self.refs;
        let count = "SELECT name, target FROM refs";
        let rows: Vec<(String, String)> =
            refs.bridge().block_on(sqlx::query_as(count).fetch_all(refs.pool())).unwrap().unwrap();
        let counts: BTreeMap<_, u64> = rows.into_iter().map(|(name, target)| (name, target.parse().unwrap())).collect();
        assert_eq!(counts.len(), COUNTERS);
        assert_eq!(counts.values().sum::<u64>(), (CLIENTS * ROUNDS) as u64);
        assert!(refs.pool().size() <= CONNECTIONS);
        // A connection goes back in a task of the runtime, after the request.
        while refs.pool().num_idle() < refs.pool().size() as usize {
            std::thread::yield_now();
        }
        assert_eq!(refs.bridge().metrics().in_flight, 0);
    }

    /// The status and the text of a request.
    pub(crate) fn get(&self, path: &str) -> (StatusCode, String) {
        self.request(Client::get, path)
    }

    /// As [`get`](Self::get).
    pub(crate) fn post(&self, path: &str) -> (StatusCode, String) {
        self.request(Client::post, path)
    }

    fn request(&self, method: fn(&Client, String) -> reqwest::RequestBuilder, path: &str) -> (StatusCode, String) {
        self.clients.block_on(async {
            let client = Client::builder().no_proxy().build().unwrap();
            let response = method(&client, format!("{}{path}", self.base)).send().await.unwrap();
            (response.status(), response.text().await.unwrap())
        })
    }
}
