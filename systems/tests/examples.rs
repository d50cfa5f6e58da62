//! Runs the example as a user does.

use std::process::Command;

#[test]
fn refs_counts_in_each_store() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--example", "refs", "--", "4"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    let (table, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{errors}");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|row| row.split_whitespace().take(3).collect()).collect();
    assert_eq!(rows, [["memory", "4", "100"], ["sqlite", "4", "100"]]);
}
