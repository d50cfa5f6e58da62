//! The integration tests that `object_store` has for stores, all of them, over the twins.
//!
//! They are async code for async stores: `Adapter` is one whose methods call the twins. So every scenario runs with the
//! twins called on a current-thread runtime, and on the root and the workers of a multi-thread one.

mod support;

use std::sync::Arc;

use object_store::integration::*;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{Error, ObjectStore};
use support::adapter::Adapter;
use support::watched;
use tokio::runtime::Builder;

/// Runs the scenarios on both kinds of runtime, each with a store of its own.
fn on_each_runtime<S>(make: impl Fn() -> S + Send + 'static, scenarios: impl AsyncFn(&Adapter<S>) + Send + 'static) {
    watched(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(scenarios(&Adapter(make())));
        Builder::new_multi_thread().enable_all().build().unwrap().block_on(scenarios(&Adapter(make())));
    });
}

/// What every store can do.
async fn common(store: &dyn ObjectStore) {
    put_get_delete_list(store).await;
    get_opts(store).await;
    list_uses_directories_correctly(store).await;
    list_with_delimiter(store).await;
    list_with_offset_exclusivity(store).await;
    rename_and_copy(store).await;
    copy_rename_nonexistent_object(store).await;
    let missing = get_nonexistent_object(store, None).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing}");
    stream_get(store).await;
    multipart_out_of_order(store).await;
    multipart_race_condition(store, true).await;
}

#[test]
fn in_memory() {
    on_each_runtime(InMemory::new, async |store| {
        common(store).await;
        copy_if_not_exists(store).await;
        put_opts(store, true).await;
        put_get_attributes(store).await;
        multipart(store, store).await;
        multipart_with_opts(store, store).await;
        multipart_put_part_out_of_order(store, store).await;
    });
}

#[test]
fn local_files() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().to_owned();
    let make = move || {
        std::fs::remove_dir_all(&root).unwrap();
        std::fs::create_dir(&root).unwrap();
        LocalFileSystem::new_with_prefix(&root).unwrap()
    };
    on_each_runtime(make, async |store| {
        common(store).await;
        copy_if_not_exists(store).await;
        put_opts(store, false).await;
    });
}

#[test]
fn behind_an_arc_dyn() {
    let make = || Arc::new(InMemory::new()) as Arc<dyn ObjectStore>;
    on_each_runtime(make, async |store| {
        common(store).await;
        copy_if_not_exists(store).await;
        put_opts(store, true).await;
    });
}
