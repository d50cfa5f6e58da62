//! The store of refs in PostgreSQL. This file starts a server. If none is installed, the tests are skipped, and the
//! output says so.

mod support;

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::postgres::Postgres;
use support::refs_server::{Kind, RefsServer};
use support::{watched, workload};
use sync_bridge::{BridgeError, RuntimeBridge};
use systems::refs::{RefBackend, SqlError, SqlOptions, SqlRefs, Update};

const CONNECTIONS: u32 = 4;
const THREADS: usize = 16;

type Case = fn(&Postgres, &SqlRefs) -> Result<(), SqlError>;

const CASES: &[(&str, Case)] = &[
    ("keeps_the_contract", |_, refs| workload::contract(refs)),
    ("loses_no_update_of_many_threads", |_, refs| workload::no_update_is_lost(refs)),
    ("shows_transactions_whole_to_many_threads", |_, refs| workload::transactions_are_seen_whole(refs)),
    ("connections_are_used_in_parallel", parallel),
    ("serves_destructors", destructors),
    ("server_shares_the_pool_under_load", shared_pool),
    ("transaction_given_up_is_rolled_back", given_up),
    ("server_restarts_under_callers", restart),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One of the tests restarts the server.
    arguments.test_threads = Some(1);
    let server = if arguments.list { None } else { Postgres::start().map(Arc::new) };
    if server.is_none() && !arguments.list {
        eprintln!(
            "LEFT OUT: no PostgreSQL server is installed here, so NOTHING IS TESTED AGAINST ONE (apt-get install postgresql)"
        );
    }
    let trials = CASES
        .iter()
        .map(|&(name, case)| {
            let (absent, server) = (server.is_none(), server.clone());
            let run = move || run(name, &server.expect("it is left out without a server"), case);
            Trial::test(name, run).with_ignored_flag(absent)
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs a case in its own database.
fn run(name: &str, server: &Arc<Postgres>, case: Case) -> Result<(), Failed> {
    let bridge = RuntimeBridge::new()?;
    let options = SqlOptions { connections: CONNECTIONS, acquire_timeout: Duration::from_mins(1) };
    let create: &'static str = format!("CREATE DATABASE {name}").leak();
    let admin = SqlRefs::connect(&server.url("postgres"), options, bridge.clone())?;
    bridge.block_on(sqlx::query(create).execute(admin.pool()))??;
    let refs = SqlRefs::connect(&server.url(name), options, bridge)?;
    let server = Arc::clone(server);
    Ok(watched(move || case(&server, &refs))?)
}

/// In the database, each insertion waits until four sessions are inserting. With fewer at a time, none could continue.
fn parallel(_: &Postgres, refs: &SqlRefs) -> Result<(), SqlError> {
    let sql = "
        CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- Held until the session ends, so that a session that has finished still counts.
            PERFORM pg_advisory_lock_shared(4);
            WHILE (SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted) < 4 LOOP
                PERFORM pg_sleep(0.002);
            END LOOP;
            RETURN NEW;
        END $$;
        CREATE TRIGGER meet BEFORE INSERT ON refs FOR EACH ROW EXECUTE FUNCTION meet();
    ";
    refs.bridge().block_on(sqlx::raw_sql(sql).execute(refs.pool()))??;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|index| {
                scope.spawn({
                    let refs = &refs;
                    move || refs.set(&format!("thread/{index}"), "met")
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap())
    })?;
    assert_eq!(refs.list("thread/")?.len(), THREADS);
    Ok(())
}

/// The destructors of an aborted task, of a task that is dropped with its runtime, and of a thread-local.
fn destructors(_: &Postgres, refs: &SqlRefs) -> Result<(), SqlError> {
    struct Leaves(SqlRefs, &'static str);

    impl Drop for Leaves {
        fn drop(&mut self) {
            self.0.set(self.1, "left").unwrap();
        }
    }

    thread_local! {
        static KEPT: Cell<Option<Leaves>> = const { Cell::new(None) };
    }

    let stays = |name| {
        let leaves = Leaves(refs.clone(), name);
        async move {
            let _leaves = leaves;
            std::future::pending::<()>().await;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let task = tokio::spawn(stays("aborted"));
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    runtime.spawn(stays("runtime"));
    drop(runtime);
    let leaves = Leaves(refs.clone(), "thread");
    thread::spawn(move || KEPT.set(Some(leaves))).join().unwrap();

    let names: Vec<String> = refs.list("")?.into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["aborted", "runtime", "thread"]);
    Ok(())
}

/// Async handlers and synchronous ones use the same connections at the same time.
fn shared_pool(server: &Postgres, _: &SqlRefs) -> Result<(), SqlError> {
    for kind in [Kind::Shared(1), Kind::Shared(2), Kind::Apart] {
        let refs = RefsServer::start(kind, &server.url("server_shares_the_pool_under_load"));
        refs.answers_many_clients();
        refs.refs.bridge().block_on(sqlx::query("DELETE FROM refs").execute(refs.refs.pool()))??;
    }
    Ok(())
}

/// A bridge with a time limit drops the future of a transaction that waits for a lock. The database rolls the
/// transaction back, and the connection works again.
fn given_up(server: &Postgres, refs: &SqlRefs) -> Result<(), SqlError> {
    let options = SqlOptions { connections: 1, acquire_timeout: Duration::from_mins(1) };
    let bridge = RuntimeBridge::builder().default_timeout(Duration::from_secs(1)).build().unwrap();
    let limited = SqlRefs::connect(&server.url("transaction_given_up_is_rolled_back"), options, bridge)?;
    refs.set("a", "old")?;
    refs.set("b", "old")?;

    let lock = refs.bridge().block_on(async {
        let mut lock = refs.pool().begin().await?;
        sqlx::query("UPDATE refs SET target = 'locked' WHERE name = 'b'").execute(&mut *lock).await?;
        Ok::<_, sqlx::Error>(lock)
    })??;
    let both = ["a", "b"].map(|name| Update::new(name, Some("old"), Some("new")));
    let refused = limited.update_all(&both);
    assert!(matches!(refused, Err(SqlError::Bridge(BridgeError::TimedOut { .. }))), "{refused:?}");
    refs.bridge().block_on(lock.rollback())??;
    assert_eq!(refs.get("a")?.as_deref(), Some("old"));

    while matches!(limited.get("b"), Err(SqlError::Bridge(BridgeError::TimedOut { .. }))) {}
    assert!(limited.update_all(&both)?);
    assert_eq!(refs.get("b")?.as_deref(), Some("new"));
    Ok(())
}

/// The results that one caller has had so far.
#[derive(Default)]
struct Caller {
    successes: AtomicUsize,
    failures: AtomicUsize,
}

/// The server stops and restarts while every thread increments a counter. Each thread gets errors, and then continues.
/// No acknowledged increment is lost.
fn restart(server: &Postgres, refs: &SqlRefs) -> Result<(), SqlError> {
    let options = SqlOptions { connections: CONNECTIONS, acquire_timeout: Duration::from_secs(1) };
    let refs = SqlRefs::connect(&server.url("server_restarts_under_callers"), options, refs.bridge().clone())?;
    let callers: Vec<Caller> = (0..THREADS).map(|_| Caller::default()).collect();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for caller in &callers {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let met = match workload::try_increment(&refs, "counter") {
                        Ok(Some(_)) => &caller.successes,
                        Ok(None) => continue,
                        Err(SqlError::Database(_)) => &caller.failures,
                        Err(other) => panic!("{other:?}"),
                    };
                    met.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        each_goes_on(&callers, |caller| &caller.successes);
        server.halt();
        each_goes_on(&callers, |caller| &caller.failures);
        server.launch();
        each_goes_on(&callers, |caller| &caller.successes);
        over.store(true, Ordering::SeqCst);
    });
    let sum = |count: fn(&Caller) -> &AtomicUsize| {
        callers.iter().map(|caller| count(caller).load(Ordering::SeqCst)).sum::<usize>()
    };
    let (acknowledged, failed) = (sum(|caller| &caller.successes), sum(|caller| &caller.failures));
    let reached: usize = refs.get("counter")?.unwrap().parse().unwrap();
    // The answer may be lost after the database has made the change.
    assert!((acknowledged..=acknowledged + failed).contains(&reached), "{acknowledged} + {failed}, {reached}");
    Ok(())
}

/// Waits until `count` of each caller has increased. The watchdog ends the test if it never does.
fn each_goes_on(callers: &[Caller], count: fn(&Caller) -> &AtomicUsize) {
    let before: Vec<usize> = callers.iter().map(|caller| count(caller).load(Ordering::SeqCst)).collect();
    for (caller, before) in callers.iter().zip(before) {
        while count(caller).load(Ordering::SeqCst) <= before {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
