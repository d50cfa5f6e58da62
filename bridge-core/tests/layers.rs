//! The modules are layers: each uses those that are declared before it, and no later one.

use std::fs;
use std::path::{Path, PathBuf};

/// The names in the `mod` declarations of a file, in their order. Models are left out.
fn declared(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let names = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.filter(|name| *name != "models").map(str::to_owned).collect()
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The modules that a file names by a path from the root of the crate, each with the module inside of it, if there is one.
fn used(file: &Path) -> Vec<(String, Option<String>)> {
    let text = fs::read_to_string(file).unwrap();
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let of_path = |path: &str| {
        let module = word(path);
        let rest = path[module.len()..].strip_prefix("::").unwrap_or_default();
        let inner = match rest.strip_prefix('{') {
            Some(group) => {
                group.split('}').next().unwrap_or_default().split(',').map(|part| word(part.trim())).collect()
            }
            None => vec![word(rest)],
        };
        let inner: Vec<_> = inner.into_iter().map(|part| (module.clone(), Some(part))).collect();
        inner
    };
    code.split("crate::").skip(1).flat_map(of_path).collect()
}

fn level(modules: &[String], name: &str) -> Option<usize> {
    modules.iter().position(|module| module == name)
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The files of a module, but its `mod.rs`, and the modules that this declares.
fn parts(source: &Path, module: &str) -> (Vec<String>, Vec<PathBuf>) {
    let folder = source.join(module);
    if !folder.is_dir() {
        return (Vec::new(), vec![source.join(format!("{module}.rs"))]);
    }
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| !stem(file).ends_with("models") && stem(file) != "mod").collect();
    (declared(&folder.join("mod.rs")), files)
}

/// Each use of a later module, and where it is.
fn upward(source: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let modules = declared(&source.join("lib.rs"));
    for (own, module) in modules.iter().enumerate() {
        let (inside, files) = parts(source, module);
        for file in files {
            for (name, part) in used(&file) {
                let part = part.unwrap_or_default();
                let goes_up = match level(&modules, &name) {
                    // What is not declared there is a re-export, which hides where it leads.
                    None => true,
                    Some(other) if other == own => level(&inside, &part) > level(&inside, &stem(&file)),
                    Some(other) => other > own,
                };
                if goes_up {
                    found.push(format!("{} uses crate::{name}::{part}", file.display()));
                }
            }
        }
    }
    found
}

#[test]
fn no_module_uses_a_later_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = declared(&source.join("lib.rs"));
    assert!(modules.len() > 10 && modules.first().is_some_and(|module| module == "base"), "{modules:?}");
    assert!(declared(&source.join("thread/mod.rs")).contains(&"caller".to_owned()));
    assert_eq!(upward(&source), Vec::<String>::new());
}
