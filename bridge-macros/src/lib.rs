//! The `#[sync_bridge]` attribute: the facade crate, `sync-bridge`, documents it and re-exports it.
//!
//! tokens → [`parse`] → [`model`] (owned facts, spans kept) → [`check`] (one rule per function) → [`expand`]
//! (which cannot fail).

#![forbid(unsafe_code)]

mod parse;

mod options;

mod item_options;

mod conditional;

mod duration;

mod model;

mod names;

mod strip;

mod method;

mod async_trait;

mod output;

mod shape;

mod adapter;

mod capture;

mod stream_args;

mod conversion;

mod returned;

mod check;

mod errors;

mod faults;

mod expand;

mod expand_trait;

mod expand_base;

mod expand_blanket;

mod expand_impl;

mod expand_inherent;

mod call;

mod probe;

mod bridge_expr;

mod attrs;

mod describe;

mod rewrite;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod expansions;

#[cfg(test)]
mod fuzz;

use proc_macro::TokenStream;

/// Writes the blocking twin of an async trait, impl or function.
#[proc_macro_attribute]
pub fn sync_bridge(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::sync_bridge(args.into(), item.into()).into()
}
