//! The guide shows the sources of this package as they are.

const GUIDE: &str = include_str!("../../../docs/guide/python-module.md");

const SOURCES: [&str; 4] = [
    include_str!("../src/lib.rs"),
    include_str!("../src/timer.rs"),
    include_str!("../src/interpreter.rs"),
    include_str!("../src/module.rs"),
];

#[test]
fn guide_shows_the_sources() {
    let shown: Vec<&str> = GUIDE.split("```rust\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert_eq!(shown, SOURCES);
}
