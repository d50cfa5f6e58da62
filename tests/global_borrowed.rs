//! The process-wide bridge on a runtime of the program's own, and a twin that is called through it. One test: a process has
//! one such bridge.

mod support;

use std::io::{self, ErrorKind};

use support::{from_each_caller, multi_thread, watched};
use sync_bridge::{Blocking, BridgeError, Flavor, RuntimeBridge, sync_bridge};
use tokio::runtime::{Handle, Id};

struct Client;

#[sync_bridge]
impl Client {
    pub(crate) async fn runs_on(&self) -> io::Result<Id> {
        tokio::task::yield_now().await;
        Ok(Handle::current().id())
    }
}

#[test]
fn twins_run_on_the_runtime_of_the_program() {
    watched(|| {
        let runtime = multi_thread(1);
        let id = runtime.handle().id();
        let settings = RuntimeBridge::builder().runtime(runtime.handle().clone());
        let unusable = settings.clone().flavor(Flavor::CurrentThread).install_global().unwrap_err();
        assert_eq!(unusable.kind(), ErrorKind::InvalidInput);
        settings.clone().install_global().unwrap();
        assert_eq!(settings.install_global().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(RuntimeBridge::global().unwrap().handle().id(), id);

        let check = move || {
            assert_eq!(Client.runs_on_blocking().unwrap(), id);
            assert_eq!(Client.runs_on().wait_flattened().unwrap(), id);
        };
        from_each_caller(check);
        futures::executor::block_on(runtime.spawn(async move { check() })).unwrap();
        futures::executor::block_on(runtime.spawn_blocking(check)).unwrap();

        // The runtime ends, and the bridge stays: its calls are answered.
        drop(runtime);
        from_each_caller(|| {
            let error = Client.runs_on_blocking().unwrap_err();
            assert!(matches!(error.downcast(), Ok(BridgeError::WorkerDead)));
        });
        let again = RuntimeBridge::builder().install_global().unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    });
}
