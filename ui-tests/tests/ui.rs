//! What a user reads who makes a mistake, and what has to compile. With `TRYBUILD=overwrite`, trybuild writes each
//! `.stderr` anew: read it as that user would.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*/*.rs");
    cases.pass("pass/*.rs");
}
