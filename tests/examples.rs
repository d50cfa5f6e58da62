//! The examples as a user runs them.

use std::path::Path;
use std::process::{Command, Output};

fn run(example: &str, arguments: &[&Path]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--example", example, "--"]).args(arguments);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_owned()).unwrap()
}

/// Three stores × four callers, and what is read back is what was stored.
#[test]
fn object_store_stores_and_reads_back_a_tree() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(tree.path().join("a/b")).unwrap();
    std::fs::write(tree.path().join("a/b/one"), "1").unwrap();
    std::fs::write(tree.path().join("two"), vec![2; 70_000]).unwrap();
    std::fs::write(tree.path().join("scratch"), "").unwrap();

    let output = run("object_store", &[tree.path()]);
    let (table, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let rows: Vec<_> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 12, "{table}");
    for row in rows {
        let words: Vec<_> = row.split_whitespace().collect();
        assert!(words.ends_with(&["ms", "equal"]), "{row}");
        assert!(words.windows(2).any(|pair| pair == ["3", "70001"]), "{row}");
    }
}

#[test]
fn object_store_says_what_it_cannot_read() {
    let tree = tempfile::tempdir().unwrap();
    let missing = tree.path().join("missing");
    let cannot_read = |path: &Path, why: &str| {
        let output = run("object_store", &[path]);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with("error: cannot read ") && errors.contains(why), "{errors}");
    };
    cannot_read(&missing, "missing: No such file");
    cannot_read(tree.path(), "there are no files in it");
    std::fs::write(tree.path().join("file"), "1").unwrap();
    cannot_read(&tree.path().join("file"), "it is a file, not a directory");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&missing, tree.path().join("dangling")).unwrap();
        cannot_read(tree.path(), "dangling: No such file");
    }
}

#[test]
fn sync_trait_is_shared_by_a_sync_and_an_async_type() {
    let output = run("sync_trait", &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = "memory: main -> Some(\"c0ffee\")\nfiles: main -> Some(\"c0ffee\")\n";
    assert_eq!(text(&output.stdout), expected);
}
