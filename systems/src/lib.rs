//! What a user of `sync-bridge` builds with it, over the parts they would use: a synchronous trait over databases, and
//! the blocking face of an HTTP client. The tests beside it run both against real servers.

pub mod refs;
pub mod registry;

/// The pages of `docs/guide`: what they tell a user to write compiles, and runs.
pub mod guide {
    #[doc = include_str!("../../docs/guide/sync-trait-over-sql.md")]
    pub mod sync_trait_over_sql {}

    #[doc = include_str!("../../docs/guide/blocking-face-of-a-client.md")]
    pub mod blocking_face_of_a_client {}

    #[doc = include_str!("../../docs/guide/calls-from-anywhere.md")]
    pub mod calls_from_anywhere {}
}
