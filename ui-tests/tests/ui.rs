//! Code that must not compile, with the messages that a user reads, and code that must compile. With
//! `TRYBUILD=overwrite`, trybuild writes each `.stderr` again. Read it as a user would.

/// The texts are those of one compiler. Its version is here and in `rust-toolchain.toml`.
#[rustversion::attr(not(stable(1.95)), ignore = "LEFT OUT: the texts to compare with are those of rustc 1.95")]
#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("pass/*.rs");
}
