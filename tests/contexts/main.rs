//! Every caller context × every shape of future × every entry point × every flavour, each in a process of its own: a
//! hang ends that process only, by its watchdog, and a panic printed on the way fails it.
//!
//! `cargo test --test contexts -- multi_thread/current_thread_task` runs a part.

mod callers;
mod entries;
mod shapes;

use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use sync_bridge::{Flavor, RuntimeBridge};

use callers::{CALLERS, Caller};
use entries::{ENTRIES, Entry, deadlock_is_certain};
use shapes::{SHAPES, Shape};

/// Names the case that a child process is to run.
const CASE: &str = "SYNC_BRIDGE_CONTEXTS_CASE";

/// How long a case may take before its watchdog calls it a hang. The slowest takes some milliseconds.
const WATCHDOG: Duration = Duration::from_secs(20);

/// How a bridge is started.
type Start = fn() -> io::Result<RuntimeBridge>;

const FLAVORS: &[(&str, Flavor, Start)] = &[
    ("multi_thread", Flavor::MultiThread, RuntimeBridge::new),
    ("multi_thread_two_workers", Flavor::MultiThread, || RuntimeBridge::builder().worker_threads(2).build()),
    ("current_thread", Flavor::CurrentThread, || RuntimeBridge::builder().flavor(Flavor::CurrentThread).build()),
    // A runtime of the program's own, which the process keeps to its end.
    ("of_the_program", Flavor::MultiThread, || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        RuntimeBridge::from_handle(Box::leak(Box::new(runtime)).handle())
    }),
];

struct Case {
    flavor: (&'static str, Flavor, Start),
    caller: &'static Caller,
    shape: &'static Shape,
    entry: (&'static str, Entry),
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        FLAVORS.iter().flat_map(|&flavor| {
            CALLERS.iter().flat_map(move |caller| {
                SHAPES
                    .iter()
                    .filter(move |shape| shape.runs_on(flavor.1))
                    .flat_map(move |shape| ENTRIES.iter().map(move |&entry| Self { flavor, caller, shape, entry }))
                    .filter(move |case| case.entry.1.may_be_called_by(caller))
            })
        })
    }

    fn name(&self) -> String {
        format!("{}/{}/{}/{}", self.flavor.0, self.caller.name, self.shape.name, self.entry.0)
    }

    /// Makes the call, in this process, and says whether the outcome is the right one.
    fn run(&self) -> Result<(), String> {
        let (_, flavor, start) = self.flavor;
        let bridge = start().map_err(|error| error.to_string())?;
        let (entry, shape) = (self.entry.1, self.shape);
        let outcome = (self.caller.run)(&bridge, Box::new(move |bridge| entry.call(bridge, shape)));
        if entry.expects(&outcome, shape.value, deadlock_is_certain(self.caller, flavor)) {
            Ok(())
        } else {
            Err(format!("unexpected outcome: {outcome:?}"))
        }
    }

    /// Runs the case in a child process, and fails with what that printed.
    fn run_in_child(&self) -> Result<(), Failed> {
        let child = Command::new(std::env::current_exe()?).env(CASE, self.name()).output()?;
        let printed = [child.stdout, child.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        if child.status.success() && printed == "ok\n" {
            Ok(())
        } else {
            Err(format!("{}: {printed}", child.status).into())
        }
    }
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(CASE) {
        return run_child(&name);
    }
    let trials = Case::all().map(|case| Trial::test(case.name(), move || case.run_in_child())).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run_child(name: &str) -> ExitCode {
    static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

    let case = Case::all().find(|case| case.name() == name).expect("the parent names a case of this table");
    start_watchdog();
    std::panic::set_hook(Box::new(|panic| PRINTED.lock().unwrap().push(panic.to_string())));

    let outcome = case.run();
    let printed = PRINTED.lock().unwrap();
    match outcome {
        Ok(()) if printed.is_empty() => {
            println!("ok");
            ExitCode::SUCCESS
        }
        outcome => {
            println!("{outcome:?}; panics on the way: {printed:#?}");
            ExitCode::FAILURE
        }
    }
}

/// Ends the process if it is still there when the time is up: a case that hangs, or whose threads do.
fn start_watchdog() {
    let (alive, ended) = channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(WATCHDOG) == Err(RecvTimeoutError::Timeout) {
            println!("hangs");
            let _ = io::stdout().flush();
            std::process::exit(101);
        }
    });
    std::mem::forget(alive);
}
