//! Writes twins for crates of the registry, and compiles them. Nobody here wrote these crates.
//!
//! `cargo run --locked` copies their sources to a folder under `target/` and inserts attributes there.

mod annotate;
mod registry;
mod table;

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use annotate::{Annotated, Block};
use registry::Outcome;
use table::{CRATES, Crate};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = here.join("../..").canonicalize()?;
    let work = library.join("target/real");
    let copies = work.join("crates");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }

    let sources = registry::fetch(&here.join("crates"))?;
    let mut patches = String::from("\n[patch.crates-io]\n");
    let mut annotated = Vec::new();
    for entry in CRATES {
        let source = sources.get(entry.name).ok_or_else(|| format!("crates/Cargo.toml has no {}", entry.name))?;
        let folder = copies.join(entry.name);
        copy(&source.folder, &folder)?;
        depend_on_library(&folder, &library)?;
        annotated.push(annotate::crate_sources(&folder.join("src"), entry)?);
        writeln!(patches, "{} = {{ path = '{}' }}", entry.name, folder.display())?;
    }
    let outcomes = registry::check(&patched_package(here, &copies, &patches)?, &work.join("checked"))?;

    let mut failed = false;
    println!("\n{:<20} {:<10} {:>6} {:>5}  result", "crate", "version", "blocks", "twins");
    let mut faults = String::new();
    for (entry, annotated) in CRATES.iter().zip(&annotated) {
        let outcome = outcomes.get(&entry.name.replace('-', "_"));
        let compiled = outcome.is_some_and(|outcome| outcome.compiled);
        let (good, result) = judge(entry, annotated, compiled);
        if !good {
            failed = true;
            for error in outcome.iter().flat_map(|outcome| &outcome.errors) {
                writeln!(faults, "{error}")?;
            }
        }
        let blocks = blocks_read(annotated, outcome);
        let twins = blocks.iter().map(|block| block.twins).sum::<usize>();
        let version = &sources[entry.name].version;
        println!("{:<20} {version:<10} {:>6} {twins:>5}  {result}", entry.name, blocks.len());
    }
    eprint!("\n{faults}");
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The blocks in files that the compiler has read. Without the features of a file it does not read it.
fn blocks_read<'a>(annotated: &'a Annotated, outcome: Option<&Outcome>) -> Vec<&'a Block> {
    let files = outcome.map_or("", |outcome| &outcome.files);
    annotated.blocks.iter().filter(|block| files.is_empty() || files.contains(&*block.file.to_string_lossy())).collect()
}

/// Whether the result is the one that the table says, and the result in words.
fn judge(entry: &Crate, annotated: &Annotated, compiled: bool) -> (bool, String) {
    if annotated.blocks.is_empty() {
        return (false, "FAILED: nothing to annotate".to_owned());
    }
    if let Some(mark) = (0..entry.marks.len()).find(|mark| !annotated.used_marks.contains(mark)) {
        return (false, format!("FAILED: nothing is at {:?}", entry.marks[mark].at));
    }
    match (compiled, entry.fails) {
        (true, None) => (true, "compiles".to_owned()),
        (false, Some(reason)) => (true, format!("does not compile: {reason}")),
        (false, None) => (false, "FAILED: does not compile".to_owned()),
        (true, Some(_)) => (false, "FAILED: compiles, and the table says that it does not".to_owned()),
    }
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let to = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &to)?;
        } else {
            fs::copy(item.path(), to)?;
        }
    }
    Ok(())
}

/// Adds the library to the dependencies of a crate. In a manifest from the registry each dependency is a table. The workspace
/// keeps cargo from taking the folder for a part of the one around it.
fn depend_on_library(crate_folder: &Path, library: &Path) -> Result<(), Box<dyn Error>> {
    let manifest = crate_folder.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest)?;
    write!(text, "\n[dependencies.sync-bridge]\npath = '{}'\n\n[workspace]\n", library.display())?;
    fs::write(manifest, text)?;
    Ok(())
}

/// Copies the package `crates/`, and makes it use the annotated crates. The other dependencies stay as its lock file says.
fn patched_package(here: &Path, copies: &Path, patches: &str) -> Result<PathBuf, Box<dyn Error>> {
    let package = copies.join("patched");
    copy(&here.join("crates"), &package)?;
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    fs::write(manifest, text + patches)?;
    Ok(package)
}
