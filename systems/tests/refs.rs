//! Stores of refs in memory and in SQLite, behind one synchronous trait.

mod support;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use support::{watched, workload};
use sync_bridge::{BridgeError, RuntimeBridge};
use systems::refs::{MemoryRefs, RefBackend, SqlError, SqlOptions, SqlRefs};
use tempfile::TempDir;
use tokio::sync::Barrier;

const CONNECTIONS: u32 = 4;

/// A database in a file. The file exists as long as the directory.
fn sqlite() -> (TempDir, SqlRefs) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/refs.db?mode=rwc", directory.path().display());
    let options = SqlOptions { connections: CONNECTIONS, ..SqlOptions::default() };
    let refs = SqlRefs::connect(&url, options, RuntimeBridge::new().unwrap()).unwrap();
    (directory, refs)
}

#[test]
fn memory_keeps_the_contract() {
    let refs = MemoryRefs::default();
    let Ok(()) = workload::contract(&refs);
    watched(move || {
        let Ok(()) = workload::no_update_is_lost(&refs);
        let Ok(()) = workload::transactions_are_seen_whole(&refs);
    });
}

#[test]
fn sqlite_keeps_the_contract() -> Result<(), SqlError> {
    let (_directory, refs) = sqlite();
    watched(move || workload::contract(&refs))
}

#[test]
fn sqlite_loses_no_update_of_many_threads() -> Result<(), SqlError> {
    let (_directory, refs) = sqlite();
    watched(move || workload::no_update_is_lost(&refs))
}

#[test]
fn sqlite_shows_transactions_whole_to_many_threads() -> Result<(), SqlError> {
    let (_directory, refs) = sqlite();
    watched(move || workload::transactions_are_seen_whole(&refs))
}

/// The twin is used as a trait object, by a caller without async code.
#[test]
fn twin_is_the_trait_itself() -> Result<(), SqlError> {
    fn rename(refs: &dyn RefBackend<Error = SqlError>, from: &str, to: &str) -> Result<bool, SqlError> {
        let Some(target) = refs.get(from)? else { return Ok(false) };
        refs.set(to, &target)?;
        refs.delete(from)
    }

    let (_directory, refs) = sqlite();
    refs.set("a", "1")?;
    assert!(rename(&refs, "a", "b")?);
    assert!(!rename(&refs, "a", "b")?);
    assert_eq!(refs.get("b")?.as_deref(), Some("1"));
    Ok(())
}

/// Each thread keeps its connection until all threads have one. With fewer connections at a time, none could continue.
#[test]
fn connections_are_used_in_parallel() {
    let (_directory, refs) = sqlite();
    watched(move || {
        let all = Arc::new(Barrier::new(CONNECTIONS as usize));
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let count = refs.bridge().block_on(async {
                        let mut connection = refs.pool().acquire().await?;
                        all.wait().await;
                        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM refs").fetch_one(&mut *connection).await
                    });
                    assert_eq!(count.unwrap().unwrap(), 0);
                });
            }
        });
    });
}

/// A refusal of the file system is an error of the database. A refusal of the bridge is an error of the bridge.
#[test]
fn failures_keep_their_kind() {
    let missing =
        SqlRefs::connect("sqlite:///no/such/directory/refs.db", SqlOptions::default(), RuntimeBridge::new().unwrap());
    assert!(matches!(missing, Err(SqlError::Database(_))), "{missing:?}");

    let (_directory, refs) = sqlite();
    refs.bridge().shutdown(Duration::ZERO);
    let refused = refs.set("a", "1");
    assert!(matches!(refused, Err(SqlError::Bridge(BridgeError::WorkerDead))), "{refused:?}");
}

/// A pool without a free connection returns an error after its time limit. It works again when a connection is free.
#[test]
fn exhausted_pool_is_an_error() -> Result<(), SqlError> {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/refs.db?mode=rwc", directory.path().display());
    let options = SqlOptions { connections: 1, acquire_timeout: Duration::from_secs(2) };
    let refs = SqlRefs::connect(&url, options, RuntimeBridge::new().unwrap())?;
    let kept = refs.bridge().block_on(refs.pool().acquire())??;
    let refused = refs.get("a");
    assert!(matches!(refused, Err(SqlError::Database(sqlx::Error::PoolTimedOut))), "{refused:?}");
    // The pool takes a connection back in a task of the runtime.
    refs.bridge().block_on(async { drop(kept) })?;
    assert_eq!(refs.get("a")?, None);
    Ok(())
}
