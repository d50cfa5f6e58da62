//! A program that the user stops with Ctrl-C: a signal handler sets a flag, and a check of `while_waiting` looks at it.
//!
//! Each case is a process of its own. Its main thread makes a call that takes a minute, and this one sends it a signal. What
//! counts is not the time, but how often the check sees the flag before the call returns. An alarm ends a child that hangs.

#![cfg_attr(unix, expect(unsafe_code, reason = "`kill` and `alarm` have no safe form"))]

#[cfg(not(unix))]
fn main() {
    println!("LEFT OUT: this system has no `kill`");
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    unix::main()
}

#[cfg(unix)]
mod unix {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::ops::ControlFlow;
    use std::pin::Pin;
    use std::process::{Command, ExitCode, Stdio};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    use futures::{Stream, stream};
    use libtest_mimic::{Arguments, Failed, Trial};
    use signal_hook::consts::SIGINT;
    use sync_bridge::{BridgeError, Flavor, RuntimeBridge, sync_bridge};
    use tokio::io::{AsyncRead, ReadBuf};
    use tokio::task::yield_now;
    use tokio::time::{Sleep, sleep};

    const EVERY: Duration = Duration::from_millis(100);
    const MINUTE: Duration = Duration::from_secs(60);

    /// How long a child may take, in seconds.
    const WATCHDOG: u32 = 40;

    /// Names the case that a child process is to run.
    const CASE: &str = "SYNC_BRIDGE_SIGNAL_CASE";

    const FLAVORS: [(&str, Flavor); 2] =
        [("multi_thread", Flavor::MultiThread), ("current_thread", Flavor::CurrentThread)];

    type Case = fn(&RuntimeBridge) -> Result<(), BridgeError>;

    const CASES: [(&str, Case); 11] = [
        ("call", |bridge| bridge.block_on_with(a_minute)),
        ("call_of_a_local_future", |bridge| bridge.block_on_local(a_minute)),
        ("call_with_a_time_limit", |bridge| bridge.call().timeout(2 * MINUTE).block_on_with(a_minute)),
        ("twin", |bridge| Client(bridge.clone()).answer_blocking()),
        ("item_of_an_iterator", |bridge| {
            bridge.iter(Box::pin(stream::once(async { a_minute().await }))).next().unwrap()
        }),
        ("item_of_a_twin", |bridge| Client(bridge.clone()).answers_blocking().next().unwrap()),
        ("read", |bridge| {
            let error = bridge.reader(Slow).read(&mut [0]).unwrap_err();
            Err(error.downcast().expect("a read fails by the bridge only"))
        }),
        ("wait_for_a_task", |bridge| bridge.spawn(async { a_minute().await }).wait()),
        ("end_of_a_scope", |bridge| bridge.scope(|scope| drop(scope.spawn(async { a_minute().await })))),
        // The output of the outer call is the outcome of the inner one, which has to end first.
        ("nested_call_on_a_worker", |bridge| nested(bridge, bridge)),
        ("nested_call_to_a_bridge_without_a_check", |bridge| nested(bridge, &RuntimeBridge::new().unwrap())),
    ];

    fn a_minute() -> Sleep {
        sleep(MINUTE)
    }

    fn nested(outer: &RuntimeBridge, inner: &RuntimeBridge) -> Result<(), BridgeError> {
        let inner = Client(inner.clone());
        let outcome = outer.block_on(async {
            yield_now().await;
            inner.answer_blocking()
        });
        outcome.expect("the output is there when the outer call ends")
    }

    struct Client(RuntimeBridge);

    #[sync_bridge(bridge = self.0)]
    impl Client {
        pub(crate) async fn answer(&self) -> Result<(), BridgeError> {
            answer(&self.0).await
        }

        pub(crate) fn answers(&self) -> impl Stream<Item = Result<(), BridgeError>> + Send {
            Box::pin(stream::once(answer(&self.0)))
        }
    }

    async fn answer(_from: &RuntimeBridge) -> Result<(), BridgeError> {
        a_minute().await;
        Ok(())
    }

    /// Reads nothing, for ever.
    struct Slow;

    impl AsyncRead for Slow {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
            Poll::Pending
        }
    }

    pub(crate) fn main() -> ExitCode {
        if let Ok(name) = std::env::var(CASE) {
            let (_, flavor, case) = cases().find(|case| case.0 == name).expect("the parent names a case of this table");
            run(flavor, case);
            return ExitCode::SUCCESS;
        }
        let trials = cases().map(|(name, ..)| Trial::test(name.clone(), move || interrupt(&name))).collect();
        libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
    }

    fn cases() -> impl Iterator<Item = (String, Flavor, Case)> {
        let all = FLAVORS.iter().flat_map(|(flavor_name, flavor)| {
            CASES.iter().map(move |(name, case)| (format!("{flavor_name}/{name}"), *flavor, *case))
        });
        // A current-thread bridge refuses this call.
        all.filter(|(name, ..)| name != "current_thread/nested_call_on_a_worker")
    }

    /// Starts a case, and sends it a signal when it waits.
    fn interrupt(name: &str) -> Result<(), Failed> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).env(CASE, name).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        if lines.next().transpose()?.as_deref() == Some("waits") {
            // SAFETY: a plain system call, to a child that has not been waited for.
            assert_eq!(unsafe { libc::kill(child.id().try_into()?, SIGINT) }, 0);
        }
        // Ends with the child.
        let last = lines.last().transpose()?;
        let status = child.wait()?;
        if status.success() && last.as_deref() == Some("interrupted") {
            Ok(())
        } else {
            Err(format!("{status}, after {last:?}").into())
        }
    }

    /// Makes the call, on the main thread, and waits for the signal.
    fn run(flavor: Flavor, case: Case) {
        // SAFETY: a plain system call.
        unsafe { libc::alarm(WATCHDOG) };
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&flag)).unwrap();

        let main = thread::current().id();
        let looks = AtomicUsize::new(0);
        let sightings = Arc::new(Mutex::new(Vec::<ThreadId>::new()));
        let seen = Arc::clone(&sightings);
        let builder = RuntimeBridge::builder().flavor(flavor).while_waiting(EVERY, move || {
            let here = thread::current().id();
            if here == main && looks.fetch_add(1, Ordering::SeqCst) == 0 {
                tell("waits");
            }
            if !flag.load(Ordering::SeqCst) {
                return ControlFlow::Continue(());
            }
            seen.lock().unwrap().push(here);
            ControlFlow::Break("SIGINT")
        });
        let error = case(&builder.build().unwrap()).expect_err("nothing else ends the call");
        assert!(matches!(&error, BridgeError::Interrupted { reason } if reason.to_string() == "SIGINT"), "{error:?}");

        // A thread looks when it has waited for `EVERY`: within twice this time, it looks twice at most.
        let sightings = sightings.lock().unwrap();
        let on_one_thread = |thread: &ThreadId| sightings.iter().filter(|seen| *seen == thread).count();
        assert!(!sightings.is_empty() && sightings.iter().all(|thread| on_one_thread(thread) <= 2), "{sightings:?}");
        tell("interrupted");
    }

    fn tell(line: &str) {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).expect("the parent reads");
    }
}
