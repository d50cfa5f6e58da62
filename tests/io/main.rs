//! Async readers and writers behind std's traits, and blocking ones behind tokio's.

#[path = "../support/mod.rs"]
mod support;

mod async_objects;
mod both;
mod byte_reader;
mod drops;
mod failures;
mod scripted;
mod transfers;

/// Some bytes, no two neighbours alike.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect()
}
