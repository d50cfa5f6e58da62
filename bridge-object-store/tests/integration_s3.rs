//! The integration tests that `object_store` has for stores, over the twins of the S3 client and a server on loopback.
//!
//! The server, `s3s-fs`, is not S3 in every respect: some scenarios end early on it, whoever the caller is. So each
//! scenario is run without the twins first. With them, it has to get exactly as far: to the end, or to the same line.

mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use object_store::ObjectStore;
use object_store::aws::S3CopyIfNotExists;
use object_store::integration::*;
use object_store::list::PaginatedListStore;
use object_store::multipart::MultipartStore;
use support::adapter::Adapter;
use support::s3::Server;
use support::watched;
use tokio::runtime::{Builder, Runtime};

/// What the scenarios ask of a store.
trait Store: ObjectStore + MultipartStore + PaginatedListStore {}

impl<S: ObjectStore + MultipartStore + PaginatedListStore> Store for S {}

type Scenario = for<'a> fn(&'a dyn Store) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Where a scenario ends on this server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// All of it works, with the twins and without.
    Done,
    /// All of it works with the twins, which make one request at a time. Without, requests race, and the server does not
    /// check and store in one step.
    DoneInTurn,
    /// An assertion in it fails on what the server answers, with the twins and without.
    Early,
}

macro_rules! scenarios {
    ($store:ident: $($end:ident $scenario:expr,)*) => {
        &[$((stringify!($scenario), |$store| Box::pin(async move { _ = $scenario.await }), End::$end)),*]
    };
}

const SCENARIOS: &[(&str, Scenario, End)] = scenarios![store:
    // The server answers 500 for a directory, where S3 knows none.
    Early put_get_delete_list(store),
    // The server ignores `If-Modified-Since`.
    Early get_opts(store),
    DoneInTurn put_opts(store, true),
    Done put_get_attributes(store),
    Done list_uses_directories_correctly(store),
    Done list_with_delimiter(store),
    Done list_with_offset_exclusivity(store),
    Done list_paginated(store, store),
    Done rename_and_copy(store),
    Done copy_if_not_exists(store),
    Done copy_rename_nonexistent_object(store),
    Done get_nonexistent_object(store, None),
    Done stream_get(store),
    Done multipart(store, store),
    Done multipart_with_opts(store, store),
    Done multipart_put_part_out_of_order(store, store),
    Done multipart_out_of_order(store),
    Done multipart_race_condition(store, true),
    Done response_extensions(store, true),
];

thread_local! {
    /// Where this thread has panicked last.
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// How far a scenario gets: none if to the end, or the line that it panics at.
fn line_of_end(scenario: Scenario, runtime: &Runtime, store: &dyn Store) -> Option<String> {
    let run = catch_unwind(AssertUnwindSafe(|| runtime.block_on(scenario(store))));
    run.err().map(|_| PANICKED_AT.take().expect("the hook has run"))
}

#[test]
fn every_scenario_ends_as_without_twins() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED_AT.set(panic.location().map(ToString::to_string));
        print(panic);
    }));
    watched(|| {
        let server = Server::start().unwrap();
        let client = || {
            server.clear();
            let client =
                server.client().with_unsigned_payload(true).with_http_connector(MarkerHttpConnector::default());
            client.with_copy_if_not_exists(S3CopyIfNotExists::Multipart).build().unwrap()
        };
        let current_thread = Builder::new_current_thread().enable_all().build().unwrap();
        let multi_thread = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for &(name, scenario, end) in SCENARIOS {
            let without = line_of_end(scenario, &multi_thread, &client());
            if end != End::DoneInTurn {
                assert_eq!(without.is_none(), end == End::Done, "{name}, without twins: {without:?}");
            }
            let expected = without.filter(|_| end == End::Early);
            for runtime in [&current_thread, &multi_thread] {
                let with = line_of_end(scenario, runtime, &Adapter(client()));
                assert_eq!(with, expected, "{name}, {runtime:?}");
            }
        }
    });
}
