//! The process-wide bridge. One test: its steps depend on each other, and a process has one.

use std::io::ErrorKind;

use sync_bridge::RuntimeBridge;

#[test]
fn global_bridge_is_installed_once_and_shared() {
    let unusable = RuntimeBridge::builder().worker_threads(0).install_global().unwrap_err();
    assert_eq!(unusable.kind(), ErrorKind::InvalidInput);

    RuntimeBridge::builder().thread_name("installed").install_global().unwrap();
    let again = RuntimeBridge::builder().install_global().unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);

    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let bridge = RuntimeBridge::global().unwrap();
                let name = async { std::thread::current().name().map(str::to_owned) };
                (
                    std::ptr::from_ref(bridge).addr(),
                    bridge.block_on(async { tokio::spawn(name).await.unwrap() }).unwrap(),
                )
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(answers.iter().all(|answer| answer.0 == answers[0].0));
    assert!(answers.iter().all(|answer| answer.1.as_deref() == Some("installed")));
}
