//! Many threads do everything a bridge can do, at random, for some time. Afterwards every future has been dropped, every
//! call has been answered, with an answer that it may have, and all threads and file descriptors are given back.
//!
//! ```text
//! cargo test --release --test soak -- --seconds 600 --seed 7
//! ```
//!
//! `SOAK_SECONDS` and `SOAK_SEED` do the same. A seed repeats what each thread does, in its order; how the threads
//! interleave, and so how far they get, is the machine's choice.

mod action;
mod future;
mod job;
mod ledger;
mod place;
mod process;
mod world;

use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use action::{Action, Random};
use ledger::Ledger;
use sync_bridge::{Flavor, RuntimeBridge};
use tokio::runtime::Builder;
use world::World;

const THREADS: usize = 32;

const DEFAULT_SECONDS: u64 = 20;

/// How long one action may take, or the end of all bridges, before it counts as hanging. Most take microseconds.
const WATCHDOG: Duration = Duration::from_secs(30);

static LEDGER: LazyLock<Ledger> = LazyLock::new(Ledger::default);

/// What a thread is doing, and since when.
type Doing = Mutex<(Instant, Option<Action>)>;

fn main() -> ExitCode {
    let Some(Arguments { seconds, seed }) = Arguments::read() else { return ExitCode::SUCCESS };
    println!("soak: {THREADS} threads, {seconds} s, --seed {seed}");
    LEDGER.install_panic_hook();
    settle();
    let before = process::holdings();

    let unfinished = soak(Duration::from_secs(seconds), seed);
    if let Some(doing) = unfinished {
        LEDGER.print();
        println!("HANGS, with --seed {seed}:");
        for line in doing {
            println!("  {line}");
        }
        // The threads that hang cannot be joined.
        std::process::exit(101);
    }

    let left = wait_for_the_end(before.as_ref());
    LEDGER.print();
    match (&before, process::holdings()) {
        (Some(before), Some(after)) => println!("{before:?} before, {after:?} after"),
        _ => println!("LEFT OUT: nothing here to count threads and file descriptors with; Linux has /proc/self"),
    }
    for line in &left {
        println!("LEFT BEHIND: {line}");
    }
    if left.is_empty() && !LEDGER.has_failed() {
        println!("soak: ok");
        return ExitCode::SUCCESS;
    }
    println!("soak: FAILED, with --seed {seed}");
    ExitCode::FAILURE
}

struct Arguments {
    seconds: u64,
    seed: u64,
}

impl Arguments {
    /// `None` if the command line asks for other tests than this one, or for a list of them.
    fn read() -> Option<Self> {
        let from_environment = |name| std::env::var(name).ok().and_then(|value| value.parse().ok());
        let mut seconds = from_environment("SOAK_SECONDS").unwrap_or(DEFAULT_SECONDS);
        let mut seed = from_environment("SOAK_SEED");
        let mut arguments = std::env::args().skip(1).peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => seconds = number(arguments.next()),
                "--seed" => seed = Some(number(arguments.next())),
                "--list" => return None,
                // An option of the usual test harness, which is given to all tests alike.
                option if option.starts_with("--") => {
                    let _value = arguments.next_if(|value| !value.starts_with("--"));
                }
                filter if !"soak".contains(filter) => return None,
                _ => {}
            }
        }
        let clock = || SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| u64::from(since.subsec_nanos()));
        Some(Self { seconds, seed: seed.unwrap_or_else(clock) })
    }
}

fn number(argument: Option<String>) -> u64 {
    argument.and_then(|argument| argument.parse().ok()).expect("`--seconds` and `--seed` take a number")
}

/// Makes what tokio and std keep for the life of the process: a pair of sockets for signals, for one.
fn settle() {
    let alone = process::holdings().map(|holdings| holdings.threads);
    for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
        let bridge = RuntimeBridge::builder().flavor(flavor).build().expect("a bridge can be started");
        bridge.block_on(async { tokio::task::yield_now().await }).expect("a bridge that has just been started serves");
    }
    poll_until(|| process::holdings().map(|holdings| holdings.threads) == alone);
}

/// Runs all threads to their end. What each was doing, if one hangs.
fn soak(time: Duration, seed: u64) -> Option<Vec<String>> {
    let foreign = Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime can be started");
    let world = Arc::new(World::new(foreign.handle().clone()));
    let doing: Arc<[Doing]> = (0..THREADS).map(|_| Mutex::new((Instant::now(), None))).collect();
    let end = Instant::now() + time;
    let (done, all_done) = channel::<()>();
    let threads: Vec<_> = (0..THREADS)
        .map(|index| {
            let (world, doing, done) = (Arc::clone(&world), Arc::clone(&doing), done.clone());
            std::thread::spawn(move || {
                let _done = done;
                work(Random::of_thread(seed, index), end, &world, &doing[index]);
            })
        })
        .collect();
    drop(done);
    while all_done.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
        let entries: Vec<_> = doing.iter().map(|entry| *entry.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        if entries.iter().any(|(since, action)| action.is_some() && since.elapsed() > WATCHDOG) {
            let lines = entries.iter().enumerate();
            return Some(
                lines.map(|(index, (since, action))| format!("{index}: {:?}: {action:?}", since.elapsed())).collect(),
            );
        }
    }
    for thread in threads {
        if thread.join().is_err() {
            LEDGER.fault("a thread panicked".to_owned());
        }
    }
    foreign.shutdown_timeout(WATCHDOG);
    None
}

fn work(mut random: Random, end: Instant, world: &Arc<World>, doing: &Doing) {
    let current = Builder::new_current_thread().enable_all().build().expect("a runtime can be started");
    while Instant::now() < end && !LEDGER.has_failed() {
        let action = Action::draw(&mut random);
        *doing.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), Some(action));
        place::go(action, world, &current);
    }
    *doing.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), None);
}

/// Waits until all is given back, which bridges do some time after they are dropped. What is left.
fn wait_for_the_end(before: Option<&process::Holdings>) -> Vec<String> {
    if poll_until(|| LEDGER.open().is_empty() && process::holdings().as_ref() == before) {
        return Vec::new();
    }
    let mut left = LEDGER.open();
    left.extend(process::describe().unwrap_or_default());
    left
}

/// Looks again and again whether something has come about, which nothing announces.
fn poll_until(has_come: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !has_come() {
        if start.elapsed() > WATCHDOG {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}
