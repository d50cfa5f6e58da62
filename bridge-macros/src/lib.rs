//! The `#[sync_bridge]` attribute: the facade crate, `sync-bridge`, documents it and re-exports it.
//!
//! tokens → [`parse`] → [`model`] (owned facts, spans kept) → [`check`] (one rule per function) → [`expand`]
//! (which cannot fail).

#![forbid(unsafe_code)]

// The modules are layers. Each uses only modules above it. The test `layers` checks this.

/// Collects the errors of a block.
mod errors;

/// The texts and codes of the errors.
mod faults;

/// What types and signatures say. It does not depend on options.
mod syntax;

/// The options in `#[sync_bridge(…)]` and `#[bridge(…)]`.
mod options;

/// Reads the annotated item.
mod parse;

/// The facts about a block and its methods.
mod model;

/// The rules for a block.
mod check;

/// The tokens of a twin.
mod expand;

/// The attribute macro: all steps, in order.
mod attribute;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod expansions;

#[cfg(test)]
mod weight;

#[cfg(test)]
mod fuzz;

use proc_macro::TokenStream;

/// Writes the blocking twin of an async trait, impl or function.
#[proc_macro_attribute]
pub fn sync_bridge(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::sync_bridge(args.into(), item.into()).into()
}
