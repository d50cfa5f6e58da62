//! Compile-time tests of `#[sync_bridge]`: see `tests/ui.rs`.

/// The examples of the diagnostics: those that fail must fail, and their fixes must run.
#[doc = include_str!("../../docs/diagnostics.md")]
pub mod diagnostics {}
