//! One synchronous function uses several stores through one synchronous trait: a store in memory, and async stores in
//! databases. Many threads increment a counter in each store. No increment is lost.
//!
//! `cargo run -p systems --example refs -- [THREADS] [URL]…`, for example with the URL
//! `postgres://user:password@localhost/database`

use std::error::Error;
use std::thread;
use std::time::Instant;

use sync_bridge::RuntimeBridge;
use systems::refs::{MemoryRefs, RefBackend, SqlOptions, SqlRefs};

const ROUNDS: u32 = 25;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().map_or(Ok(16), |threads| threads.parse())?;
    let directory = tempfile::tempdir()?;
    let file = format!("sqlite://{}/refs.db?mode=rwc", directory.path().display());

    println!("{:<12} {:>8} {:>8} {:>12}", "store", "threads", "counter", "per change");
    count("memory", threads, &MemoryRefs::default())?;
    for url in std::iter::once(file).chain(arguments) {
        let refs = SqlRefs::connect(&url, SqlOptions::default(), RuntimeBridge::new()?)?;
        count(url.split(':').next().unwrap_or_default(), threads, &refs)?;
    }
    Ok(())
}

/// Increments a counter on every thread, and prints the result. This function contains no async code.
fn count<B: RefBackend + Sync>(store: &str, threads: u32, refs: &B) -> Result<(), B::Error> {
    refs.delete("counter")?;
    let start = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| (0..ROUNDS).try_for_each(|_| add_one(refs)))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("the thread does not panic"))
    })?;
    let counter = refs.get("counter")?.unwrap_or_default();
    let each = start.elapsed() / (threads * ROUNDS);
    println!("{store:<12} {threads:>8} {counter:>8} {each:>12.1?}");
    Ok(())
}

fn add_one<B: RefBackend>(refs: &B) -> Result<(), B::Error> {
    loop {
        let current = refs.get("counter")?;
        let next = current.as_deref().and_then(|value| value.parse().ok()).unwrap_or(0_usize) + 1;
        if refs.compare_and_set("counter", current.as_deref(), &next.to_string())? {
            return Ok(());
        }
    }
}
