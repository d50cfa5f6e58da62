//! One client, used by the twins and by the async code of a current-thread runtime.
//!
//! A connection is driven by the runtime that opened it. If the client hands it to a twin that this very runtime is
//! waiting for, nothing moves, until the client's time limit.

mod support;

use std::time::Duration;

use object_store::client::SpawnedReqwestConnector;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStoreExt, RetryConfig};
use support::s3::Server;
use support::watched;
use sync_bridge_object_store::BlockingObjectStoreExt;
use tokio::runtime::Builder;

#[test]
fn connection_of_the_runtime_that_waits_is_given_up() {
    watched(|| {
        let server = Server::start().unwrap();
        let options = ClientOptions::new().with_allow_http(true).with_timeout(Duration::from_millis(500));
        let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        let store = server.client().with_client_options(options).with_retry(once).build().unwrap();
        let path = Path::from("object");
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            store.put(&path, "text".into()).await.unwrap();
            // The connection of the call before, which nobody drives now.
            let error = store.head_blocking(&path).unwrap_err();
            assert!(format!("{error:?}").contains("kind: Timeout"), "{error:?}");
            // One of the bridge's.
            assert_eq!(store.head_blocking(&path).unwrap().size, 4);
        });
    });
}

#[test]
fn connections_of_a_third_runtime_are_for_all() {
    watched(|| {
        let server = Server::start().unwrap();
        let connections = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let connector = SpawnedReqwestConnector::new(connections.handle().clone());
        let (store, path) = (server.client().with_http_connector(connector).build().unwrap(), Path::from("object"));
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            store.put(&path, "text".into()).await.unwrap();
            assert_eq!(store.head_blocking(&path).unwrap().size, 4);
            assert_eq!(store.head(&path).await.unwrap().size, 4);
        });
    });
}
