//! The server over refs in SQLite: on a runtime that it shares with the bridge, and on one beside that of the bridge.

mod support;

use std::time::Duration;

use reqwest::StatusCode;
use support::refs_server::{Kind, RefsServer};
use support::watched;
use tempfile::TempDir;

const KINDS: [Kind; 3] = [Kind::Shared(1), Kind::Shared(2), Kind::Apart];

/// A server over a database in a file. The file exists as long as the directory.
fn start(kind: Kind) -> (TempDir, RefsServer) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/refs.db?mode=rwc", directory.path().display());
    let server = RefsServer::start(kind, &url);
    (directory, server)
}

#[test]
fn requests_of_both_kinds_are_answered_under_load() {
    watched(|| {
        for kind in KINDS {
            let (_directory, server) = start(kind);
            server.answers_many_clients();
        }
    });
}

#[test]
fn answers_are_those_of_the_refs() {
    watched(|| {
        for kind in KINDS {
            let (_directory, server) = start(kind);
            assert_eq!(server.get("/refs/a").0, StatusCode::NOT_FOUND);
            assert_eq!(server.post("/refs/a"), (StatusCode::OK, "1".to_owned()));
            assert_eq!(server.post("/refs/a"), (StatusCode::OK, "2".to_owned()));
            assert_eq!(server.get("/refs/a"), (StatusCode::OK, "2".to_owned()));
            let (status, metrics) = server.get("/metrics");
            assert_eq!(status, StatusCode::OK);
            assert!(metrics.contains("bridge_calls_in_flight 0"), "{metrics}");
            let workers = if let Kind::Shared(workers) = kind { workers } else { 1 };
            assert!(metrics.contains(&format!("runtime_workers {workers}")), "{metrics}");
        }
    });
}

/// Synchronous handlers are refused. On a shared runtime, the others go on, and so does the server.
#[test]
fn server_outlives_its_bridge() {
    watched(|| {
        for kind in KINDS {
            let (_directory, server) = start(kind);
            assert_eq!(server.post("/refs/a").0, StatusCode::OK);
            assert_eq!(server.refs.bridge().shutdown(Duration::from_mins(1)).cut_off, 0);
            assert_eq!(server.post("/refs/a").0, StatusCode::SERVICE_UNAVAILABLE);
            let read = match kind {
                Kind::Shared(_) => (StatusCode::OK, "1".to_owned()),
                Kind::Apart => (StatusCode::SERVICE_UNAVAILABLE, "the bridge failed".to_owned()),
            };
            assert_eq!(server.get("/refs/a"), read);
            assert_eq!(server.get("/metrics").0, StatusCode::OK);
        }
    });
}
