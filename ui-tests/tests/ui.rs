//! What a user reads who makes a mistake, and what has to compile. With `TRYBUILD=overwrite`, trybuild writes each
//! `.stderr` anew: read it as that user would.

/// The texts are those of one compiler: the version stands here, and in `docs/architecture.md`.
#[rustversion::attr(not(stable(1.95)), ignore = "LEFT OUT: the texts to compare with are those of rustc 1.95")]
#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("pass/*.rs");
}
