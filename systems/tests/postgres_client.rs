//! A blocking PostgreSQL client, generated over the types of `tokio-postgres`. This file starts a server. If none is
//! installed, the tests are skipped, and the output says so. Each scenario runs on a plain thread, inside a current-thread
//! runtime, and in a task.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::postgres::Postgres;
use support::watched;
use sync_bridge::{BridgeError, RuntimeBridge};
use systems::postgres::{Client, Error, Notifications, Result, connect};
use tokio_postgres::error::SqlState;

type Scenario = fn(&mut Client, &mut Notifications, &RuntimeBridge) -> Result<()>;

const SCENARIOS: &[(&str, Scenario)] = &[
    ("queries_and_statements", queries),
    ("rows_arrive_one_by_one", rows),
    ("transactions_are_rolled_back_when_dropped", transactions),
    ("copies_in_and_out", copies),
    ("notifications_arrive", notifications),
    ("errors_of_the_server", errors),
    ("bridge_that_is_shut_down", shut_down),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They share a table.
    arguments.test_threads = Some(1);
    let server = if arguments.list { None } else { Postgres::start().map(Arc::new) };
    if server.is_none() && !arguments.list {
        eprintln!(
            "LEFT OUT: no PostgreSQL server is installed here, so NOTHING IS TESTED AGAINST ONE (apt-get install postgresql)"
        );
    }
    let trials = SCENARIOS
        .iter()
        .map(|&(name, scenario)| {
            let (absent, server) = (server.is_none(), server.clone());
            let run = move || run(&server.expect("it is left out without a server"), scenario);
            Trial::test(name, run).with_ignored_flag(absent)
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs the scenario for each kind of caller.
fn run(server: &Arc<Postgres>, scenario: Scenario) -> Result<(), Failed> {
    let server = Arc::clone(server);
    watched(move || {
        let once = move || {
            let bridge = RuntimeBridge::builder().worker_threads(1).build().map_err(|error| error.to_string())?;
            let (mut client, mut notifications) =
                connect(&server.url("postgres"), &bridge).map_err(|error| format!("{error:?}"))?;
            let drop = "DROP TABLE IF EXISTS things; CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)";
            client.batch_execute(drop).map_err(|error| format!("{error:?}"))?;
            scenario(&mut client, &mut notifications, &bridge).map_err(|error| format!("{error:?}"))
        };
        once()?;
        let current_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        current_thread.block_on(async { once() })?;
        let multi_thread = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        multi_thread.block_on(async { tokio::spawn(async move { once() }).await }).unwrap()
    })
    .map_err(|error: String| error.into())
}

fn queries(client: &mut Client, _: &mut Notifications, _: &RuntimeBridge) -> Result<()> {
    let insert = client.prepare("INSERT INTO things VALUES ($1, $2)")?;
    for (id, name) in [(1, "one"), (2, "two")] {
        assert_eq!(client.execute(&insert, &[&id, &name])?, 1);
    }
    let rows = client.query("SELECT name FROM things WHERE id >= $1 ORDER BY id", &[&1])?;
    assert_eq!(rows.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(client.query_one("SELECT count(*) FROM things", &[])?.get::<_, i64>(0), 2);
    assert!(!client.is_closed());
    Ok(())
}

fn rows(client: &mut Client, _: &mut Notifications, _: &RuntimeBridge) -> Result<()> {
    let mut rows = client.query_raw("SELECT generate_series(1, $1)", [&100_000])?;
    assert_eq!(rows.next().unwrap()?.get::<_, i32>(0), 1);
    // What is left is not read.
    assert_eq!(rows.by_ref().take(10).map(|row| row.unwrap().get::<_, i32>(0)).max(), Some(11));
    drop(rows);
    assert_eq!(client.query_raw("SELECT generate_series(1, $1)", [&1000])?.count(), 1000);
    // A failure amid the rows.
    let rows = client.query_raw("SELECT 1 / (2 - n) FROM generate_series(1, $1) AS n", [&3])?;
    let error = rows.map(|row| row.map(|_| ())).find_map(Result::err).unwrap();
    assert_eq!(error.code(), Some(&SqlState::DIVISION_BY_ZERO));
    Ok(())
}

fn count(client: &Client) -> Result<i64> {
    Ok(client.query_one("SELECT count(*) FROM things", &[])?.get(0))
}

fn transactions(client: &mut Client, _: &mut Notifications, _: &RuntimeBridge) -> Result<()> {
    let insert = "INSERT INTO things VALUES ($1, 'name')";
    let mut transaction = client.transaction()?;
    transaction.execute(insert, &[&1])?;
    let inner = transaction.transaction()?;
    inner.execute(insert, &[&2])?;
    assert_eq!(inner.query("SELECT * FROM things", &[])?.len(), 2);
    drop(inner);
    transaction.commit()?;
    assert_eq!(count(client)?, 1);
    client.transaction()?.execute(insert, &[&3])?;
    assert_eq!(count(client)?, 1);
    let transaction = client.transaction()?;
    transaction.execute(insert, &[&4])?;
    transaction.rollback()?;
    assert_eq!(count(client)?, 1);
    Ok(())
}

fn copies(client: &mut Client, _: &mut Notifications, _: &RuntimeBridge) -> Result<()> {
    let mut copy = client.copy_in("COPY things FROM STDIN")?;
    for id in 0..1000 {
        writeln!(copy, "{id}\tname {id}").unwrap();
    }
    assert_eq!(copy.finish()?, 1000);
    assert_eq!(count(client)?, 1000);
    let reader = BufReader::new(client.copy_out("COPY (SELECT * FROM things ORDER BY id) TO STDOUT")?);
    let lines: Vec<_> = reader.lines().map(Result::unwrap).collect();
    assert_eq!((lines.len(), lines[7].as_str()), (1000, "7\tname 7"));
    // Without `finish` nothing is copied.
    let mut copy = client.copy_in("COPY things FROM STDIN")?;
    writeln!(copy, "5000\tlost").unwrap();
    drop(copy);
    assert_eq!(count(client)?, 1000);
    let mut copy = client.copy_in("COPY things FROM STDIN")?;
    writeln!(copy, "no number").unwrap();
    assert_eq!(copy.finish().unwrap_err().code(), Some(&SqlState::INVALID_TEXT_REPRESENTATION));
    Ok(())
}

fn notifications(client: &mut Client, notifications: &mut Notifications, _: &RuntimeBridge) -> Result<()> {
    client.batch_execute("LISTEN news")?;
    let none = notifications.next_timeout(Duration::from_millis(10));
    assert!(matches!(none, Err(BridgeError::TimedOut { .. })));
    client.batch_execute("NOTIFY news, 'one'; NOTIFY news, 'two'")?;
    let received: Vec<_> = notifications.by_ref().take(2).map(|one| one.unwrap().payload().to_owned()).collect();
    assert_eq!(received, ["one", "two"]);
    Ok(())
}

fn errors(client: &mut Client, _: &mut Notifications, bridge: &RuntimeBridge) -> Result<()> {
    let error = client.execute("INSERT INTO nothing VALUES (1)", &[]).unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNDEFINED_TABLE));
    assert!(matches!(connect("no URL", bridge), Err(Error::Postgres(_))));
    // A call that is given up leaves the connection usable.
    let token = tokio_util::sync::CancellationToken::new();
    token.cancel();
    let cancelled = bridge.call().cancel_on(&token).within(|| client.batch_execute("SELECT pg_sleep(0.1)"));
    assert!(matches!(cancelled, Err(Error::Bridge(BridgeError::Cancelled { .. }))), "{cancelled:?}");
    assert_eq!(count(client)?, 0);
    Ok(())
}

fn shut_down(client: &mut Client, notifications: &mut Notifications, bridge: &RuntimeBridge) -> Result<()> {
    assert_eq!(count(client)?, 0);
    bridge.shutdown(Duration::ZERO);
    assert!(matches!(count(client), Err(Error::Bridge(BridgeError::WorkerDead))));
    assert!(matches!(notifications.next(), Some(Err(BridgeError::WorkerDead))));
    Ok(())
}
