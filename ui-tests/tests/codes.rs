//! Each code is in an error message, in a case that shows the message, and in a section that explains it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn codes_are_worded_shown_and_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut worded = codes_in(&root.join("bridge-macros/src"), "rs");
    worded.extend(codes_in(&root.join("bridge-core/src"), "rs"));
    let shown = codes_in(&root.join("ui-tests/cases"), "stderr");
    assert!(!worded.is_empty());
    assert_eq!(worded, shown, "worded in the sources, shown in a case");

    let text = fs::read_to_string(root.join("docs/diagnostics.md")).unwrap();
    let headings = text.lines().filter(|line| line.starts_with("## "));
    let explained: BTreeSet<_> = headings.flat_map(codes).collect();
    assert_eq!(worded, explained, "worded in the sources, explained in docs/diagnostics.md");
    for section in text.split("\n## SB").skip(1) {
        let title = section.lines().next().unwrap();
        assert!(section.contains("```rust,compile_fail"), "no failing example for SB{title}");
        assert!(section.contains("**Fix.**"), "no fix for SB{title}");
    }
}

fn codes_in(folder: &Path, extension: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(codes_in(&path, extension));
        } else if path.extension().is_some_and(|of| of == extension) {
            found.extend(codes(&fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// Every `SB` with three digits after it.
fn codes(text: &str) -> BTreeSet<String> {
    let candidates = text.match_indices("SB").filter_map(|(at, _)| text.get(at..at + 5));
    candidates.filter(|code| code[2..].bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned).collect()
}
