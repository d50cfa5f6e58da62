//! The modules of a crate are layers: each uses those that are declared before it, and no later one. `lib.rs` has their
//! order, and `mod.rs` the order within a folder. `sync-bridge-macros` runs this test as well.

use std::fs;
use std::path::{Path, PathBuf};

/// The names in the `mod` declarations of a file, in their order. Modules of tests are left out.
fn declared(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let before = std::iter::once("").chain(text.lines());
    let names =
        text.lines().zip(before).filter(|(_, before)| !(before.starts_with("#[cfg") && before.contains("test")));
    let names = names.filter_map(|(line, _)| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.map(str::to_owned).collect()
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What stands between the braces and commas that `text` begins with: in `{a::b, c::{d, e}}`, `a::b` and `c::{d, e}`.
fn members(text: &str) -> Vec<&str> {
    let Some(list) = text.strip_prefix('{') else { return vec![text] };
    let (mut members, mut start, mut depth) = (Vec::new(), 0, 0);
    for (index, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                members.push(list[start..index].trim());
                start = index + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

/// The first two names of each path that `text` begins with. The second one is empty where there is none.
fn names(text: &str) -> Vec<(String, String)> {
    let of_path = |path: &str| {
        let module = word(path);
        let rest = path[module.len()..].strip_prefix("::").unwrap_or_default();
        members(rest).into_iter().map(|inner| (module.clone(), word(inner))).collect::<Vec<_>>()
    };
    members(text).into_iter().flat_map(of_path).collect()
}

/// The modules that a file names by a path from the root of the crate, each with the module inside of it. A path that
/// begins with `super` is one from `folder`.
fn used(file: &Path, folder: Option<&str>) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = match folder {
        Some(folder) => code.join("\n").replace("super::", &format!("crate::{folder}::")),
        None => code.join("\n"),
    };
    code.split("crate::").skip(1).flat_map(names).collect()
}

fn level(modules: &[String], name: &str) -> Option<usize> {
    modules.iter().position(|module| module == name)
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The modules that the `mod.rs` of a module declares, and the files of the module, but that one.
fn parts(source: &Path, module: &str) -> (Vec<String>, Vec<PathBuf>) {
    let folder = source.join(module);
    if !folder.is_dir() {
        return (Vec::new(), vec![source.join(format!("{module}.rs"))]);
    }
    let inside = declared(&folder.join("mod.rs"));
    let files = inside.iter().map(|name| folder.join(format!("{name}.rs"))).collect();
    (inside, files)
}

/// Whether `part` is none of the modules of a folder, but something that its `mod.rs` has from elsewhere.
fn is_reexport(source: &Path, module: &str, part: &str) -> bool {
    let (inside, _) = parts(source, module);
    !inside.is_empty() && level(&inside, part).is_none()
}

/// How many uses there are of other modules, and each that is of a later one, with its place.
fn uses(source: &Path) -> (usize, Vec<String>) {
    let (mut count, mut upward) = (0, Vec::new());
    let modules = declared(&source.join("lib.rs"));
    for (own, module) in modules.iter().enumerate() {
        let (inside, files) = parts(source, module);
        for file in files {
            for (name, part) in used(&file, (!inside.is_empty()).then_some(module)) {
                let goes_up = match level(&modules, &name) {
                    // What is not declared there is a re-export, which hides where it leads.
                    None => true,
                    Some(other) if other == own => level(&inside, &part) > level(&inside, &stem(&file)),
                    Some(other) => other > own || is_reexport(source, &name, &part),
                };
                count += 1;
                if goes_up {
                    upward.push(format!("{} uses crate::{name}::{part}", file.display()));
                }
            }
        }
    }
    (count, upward)
}

#[test]
fn no_module_uses_a_later_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (count, upward) = uses(&source);
    assert!(count > 50, "{count} uses of other modules are found, so this test misses most");
    assert_eq!(upward, Vec::<String>::new());
}

#[test]
fn each_path_of_a_group_is_found() {
    let found = |text| names(text).into_iter().map(|(module, part)| format!("{module} {part}")).collect::<Vec<_>>();
    assert_eq!(found("a::b::C; d"), ["a b"]);
    assert_eq!(found("a;"), ["a "]);
    assert_eq!(found("a::{b::{C, D}, e::F}; g::H"), ["a b", "a e"]);
    assert_eq!(found("{\n    a::{b, c},\n    d::e::F,\n};"), ["a b", "a c", "d e"]);
}
