//! A program that uses both parts of this package: a database, and a client of a server.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use sync_bridge::{RuntimeBridge, TwinType};
use systems::refs::{RefBackend, SqlOptions, SqlRefs};
use systems::registry::BlockingClient;
use tempfile::TempDir;

use super::server::{CHUNK, Server};

/// How many requests of `/meet` the server waits for.
pub(crate) const MEETING: usize = 4;

/// A database in a file, a server, and a client of the server. Clones share them.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) refs: SqlRefs,
    pub(crate) client: BlockingClient,
    shared: Arc<Shared>,
}

struct Shared {
    server: Server,
    directory: TempDir,
    visits: AtomicUsize,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::with_meeting(5, MEETING);
        let (refs, client) = connect(&directory, "world", &server);
        Self { refs, client, shared: Arc::new(Shared { server, directory, visits: AtomicUsize::new(0) }) }
    }

    /// Returns a new database, and a new client of the same server.
    pub(crate) fn connect_anew(&self) -> (SqlRefs, BlockingClient) {
        connect(&self.shared.directory, "anew", &self.shared.server)
    }

    pub(crate) fn server(&self) -> &Server {
        &self.shared.server
    }

    /// Returns how many visits have finished.
    pub(crate) fn visits(&self) -> usize {
        self.shared.visits.load(Ordering::SeqCst)
    }

    /// Calls twins of each kind: a transaction, a list, a request, pages, a download.
    pub(crate) fn visit(&self, name: &str) {
        visit(&self.refs, &self.client, name);
        self.shared.visits.fetch_add(1, Ordering::SeqCst);
    }

    /// Sends a request that the server answers when [`MEETING`] such requests have arrived.
    pub(crate) fn meet(&self) {
        let met = self.client.request(Method::GET, "/meet").send().unwrap().text();
        assert_eq!(met.unwrap(), "met");
    }

    /// Returns a value that calls [`visit`](Self::visit) when it is dropped.
    pub(crate) fn guard(&self, name: &'static str) -> Guard {
        Guard(self.clone(), name)
    }
}

pub(crate) struct Guard(World, &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.visit(self.1);
    }
}

pub(crate) fn visit(refs: &SqlRefs, client: &BlockingClient, name: &str) {
    while !matches!(super::workload::try_increment(refs, name), Ok(Some(_))) {}
    assert!(refs.list("").unwrap().iter().any(|found| found.name == name));
    assert_eq!(client.fetch("p001").unwrap().size, CHUNK as u64);
    assert_eq!(client.pages("p", 2).map(|page| page.unwrap().packages.len()).sum::<usize>(), 5);
    let mut content = Vec::new();
    client.download("p004").unwrap().read_to_end(&mut content).unwrap();
    assert_eq!(content.len(), 4 * CHUNK);
}

fn connect(directory: &TempDir, name: &str, server: &Server) -> (SqlRefs, BlockingClient) {
    let bridge = RuntimeBridge::new().unwrap();
    let url = format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
    let refs = SqlRefs::connect(&url, SqlOptions::default(), bridge.clone()).unwrap();
    (refs, BlockingClient::builder(server.base()).with_bridge(&bridge).build().unwrap())
}
