//! Compile-time tests of `#[sync_bridge]`: see `tests/ui.rs`.
