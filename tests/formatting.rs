//! What the public types print: each names itself, and shows what tells two apart.

mod support;

use std::future::pending;
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream;
use support::watched;
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn bridge_prints_its_settings() {
    watched(|| {
        let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).thread_name("quiet").build().unwrap();
        let shown = format!("{bridge:?}");
        assert!(shown.starts_with("RuntimeBridge {") && shown.contains("CurrentThread"), "{shown}");
    });
}

#[test]
fn tasks_print_whether_they_have_ended() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        let task = bridge.spawn(pending::<()>());
        let (id, shown) = (task.id().unwrap(), format!("{task:?}"));
        assert!(shown.starts_with("BridgedTask {") && shown.contains(&format!("{id:?}")), "{shown}");
        let abort = task.abort_handle();
        assert_eq!(format!("{abort:?}"), "AbortHandle { is_finished: false, .. }");
        task.abort();
        while !task.is_finished() {
            std::thread::yield_now();
        }
        assert_eq!(format!("{abort:?}"), "AbortHandle { is_finished: true, .. }");
        bridge.shutdown(LONG);
        let refused = format!("{:?}", bridge.spawn(async {}));
        assert!(refused.starts_with("BridgedTask {") && refused.contains("WorkerDead"), "{refused}");
    });
}

#[test]
fn scopes_and_their_tasks_print_themselves() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        bridge
            .scope(|scope| {
                assert!(format!("{scope:?}").starts_with("Scope { bridge: RuntimeBridge {"));
                let mut task = scope.spawn(async {});
                task.wait().unwrap();
                assert_eq!(format!("{task:?}"), "ScopedTask { is_finished: true, .. }");
                let task = scope.spawn(pending::<()>());
                assert_eq!(format!("{task:?}"), "ScopedTask { is_finished: false, .. }");
                task.abort();
            })
            .unwrap();
    });
}

#[test]
fn kept_values_print_what_they_are() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        let shown = format!("{:?}", bridge.keep(7_u8));
        assert!(shown.contains('7'), "{shown}");
        let local = bridge.keep_local(|| std::rc::Rc::new(7)).unwrap();
        assert!(format!("{local:?}").starts_with("KeptLocal { bridge: RuntimeBridge {"));
    });
}

#[test]
fn iterators_and_streams_print_where_they_are() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        let mut items = bridge.iter(stream::iter([1]));
        assert!(format!("{items:?}").starts_with("BlockingIter { is_over: false, bridge: RuntimeBridge {"));
        assert_eq!(items.by_ref().count(), 1);
        assert!(format!("{items:?}").starts_with("BlockingIter { is_over: true, bridge: RuntimeBridge {"));
        let mut ahead = bridge.iter(stream::iter([1])).with_prefetch(4);
        while ahead.size_hint().0 == 0 {
            std::thread::yield_now();
        }
        assert_eq!(format!("{ahead:?}"), "PrefetchIter { waiting: 1, is_over: false, .. }");
        assert_eq!(ahead.by_ref().count(), 1);
        assert_eq!(format!("{ahead:?}"), "PrefetchIter { waiting: 0, is_over: true, .. }");
        let items = bridge.stream_from_iter([1]);
        assert!(format!("{items:?}").starts_with("IterStream { bridge: RuntimeBridge {"));
    });
}

#[test]
fn io_objects_print_what_they_hold() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        assert!(format!("{:?}", bridge.async_reader(io::empty())).starts_with("AsyncReader { bridge: RuntimeBridge {"));
        assert!(format!("{:?}", bridge.async_writer(io::sink())).starts_with("AsyncWriter { bridge: RuntimeBridge {"));
        let shown = format!("{:?}", bridge.reader(Cursor::new(vec![42_u8])));
        assert!(
            shown.starts_with("BlockingIo {") && shown.contains("42") && shown.contains("RuntimeBridge {"),
            "{shown}"
        );
    });
}

/// The line, the kind of thread and the time.
#[test]
fn slow_call_is_printed_in_one_line() {
    watched(|| {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&reports);
        let bridge = RuntimeBridge::builder()
            .on_slow_call(Duration::from_millis(1), move |call| shown.lock().unwrap().push(call.to_string()))
            .build()
            .unwrap();
        bridge.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await }).unwrap();
        let reports = reports.lock().unwrap();
        assert!(
            reports[0].contains("formatting.rs") && reports[0].contains("a thread outside of any runtime"),
            "{reports:?}"
        );
    });
}

#[test]
fn failure_of_a_call_prints_its_cause() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        let lost = bridge.block_on(async { panic!("torn page") }).map(|()| "a value").unwrap_err();
        assert!(format!("{lost:?}").contains("torn page"), "{lost:?}");
        let interrupted = bridge
            .call()
            .while_waiting(Duration::from_millis(1), || std::ops::ControlFlow::Break("Ctrl-C"))
            .block_on(pending::<()>())
            .unwrap_err();
        assert!(matches!(interrupted, BridgeError::Interrupted { .. }));
        assert_eq!(std::error::Error::source(&interrupted).unwrap().to_string(), "Ctrl-C");
    });
}
