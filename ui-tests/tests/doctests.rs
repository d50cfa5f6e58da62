//! The examples of a crate with twins are tested once each: with their originals.

use std::env;
use std::process::Command;

#[test]
fn examples_are_those_of_the_originals() {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["test", "--quiet", "--doc", "--package", "optional-with", "--", "--list"]);
    let output = cargo.output().expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    // `tests/optional/client.rs - Client::fetch (line 55): test`
    let listed = text.lines().filter_map(|line| line.split_once(" - "));
    let mut listed: Vec<_> = listed.filter_map(|(_, item)| item.split(' ').next()).collect();
    listed.sort_unstable();
    assert_eq!(listed, ["Client::fetch", "Client::get", "Store", "Store::get"], "{text}");
}
