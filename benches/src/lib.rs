//! sync-bridge and its peers on the same work, side by side in one process.
//!
//! [`contender`] says what a way to call async code from sync code is; [`ours`] and [`peers`] are those that there are.
//! [`work`] is what they are given to do, and [`place`] where the calls are made from. [`suite`] puts these together in
//! [groups](measure::Group), [`measure`] runs one with its rows interleaved, and [`table`] and [`svg`] show what came out.
//! [`counts`] counts what calls allocate, [`instructions`] has the calls whose instructions are counted, and [`expansion`]
//! measures what the attribute costs the compiler.

#![allow(clippy::cast_precision_loss, reason = "no count comes near to 2^52")]
#![allow(clippy::missing_panics_doc, reason = "a wrong answer, or none, ends the whole run")]

pub mod contender;
pub mod counts;
pub mod expansion;
pub mod instructions;
pub mod measure;
pub mod ours;
pub mod peers;
pub mod place;
pub mod server;
pub mod suite;
pub mod svg;
pub mod table;
pub mod work;
pub mod world;
