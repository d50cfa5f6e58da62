//! Programs as a user of `sync-bridge` would write them: a synchronous trait over databases, a server whose handlers use
//! it, and blocking APIs of HTTP clients and of a database driver. The tests of this package run them against real servers.

pub mod http;
pub mod postgres;
pub mod refs;
pub mod refs_server;
pub mod registry;

/// The pages of `docs/guide`. Their code is compiled and run as doctests.
pub mod guide {
    #[doc = include_str!("../../docs/guide/sync-trait-over-sql.md")]
    pub mod sync_trait_over_sql {}

    #[doc = include_str!("../../docs/guide/runtime-of-the-program.md")]
    pub mod runtime_of_the_program {}

    #[doc = include_str!("../../docs/guide/blocking-api-of-a-client.md")]
    pub mod blocking_api_of_a_client {}

    #[doc = include_str!("../../docs/guide/blocking-module.md")]
    pub mod blocking_module {}

    #[doc = include_str!("../../docs/guide/blocking-client-of-another-crate.md")]
    pub mod blocking_client_of_another_crate {}

    #[doc = include_str!("../../docs/guide/http-client.md")]
    pub mod http_client {}

    #[doc = include_str!("../../docs/guide/calls-from-anywhere.md")]
    pub mod calls_from_anywhere {}

    #[doc = include_str!("../../docs/guide/values-inside-the-runtime.md")]
    pub mod values_inside_the_runtime {}
}
