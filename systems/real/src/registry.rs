//! What cargo does: it downloads the crates, says where they are, and compiles them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A crate that cargo has downloaded.
pub(crate) struct Source {
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
}

/// What the compiler says of one crate.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) compiled: bool,
    pub(crate) errors: Vec<String>,
    /// What cargo has written about the files that the compiler has read.
    pub(crate) files: String,
}

/// Downloads the dependencies of a package, and returns their sources by name.
///
/// # Errors
///
/// If cargo fails, which it does if it cannot reach the registry.
pub(crate) fn fetch(package: &Path) -> Result<BTreeMap<String, Source>, Box<dyn Error>> {
    let host = host()?;
    let output = cargo(package)
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &host])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("cargo cannot download the crates".into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let direct = array(&metadata["packages"])
        .iter()
        .filter(|package| package["source"].is_null())
        .flat_map(|package| array(&package["dependencies"]))
        .filter_map(|dependency| Some((dependency["name"].as_str()?, dependency["req"].as_str()?.strip_prefix('=')?)))
        .collect::<BTreeMap<_, _>>();
    let mut sources = BTreeMap::new();
    for package in array(&metadata["packages"]) {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        if direct.get(name) == Some(&version) {
            let manifest = Path::new(text(&package["manifest_path"]));
            let folder = manifest.parent().ok_or("a manifest is in a folder")?.to_owned();
            sources.insert(name.to_owned(), Source { version: version.to_owned(), folder });
        }
    }
    Ok(sources)
}

/// Compiles a package and its dependencies in the folder `target`, and returns the outcome of each library by name.
///
/// # Errors
///
/// If cargo cannot begin to compile.
pub(crate) fn check(package: &Path, target: &Path) -> Result<BTreeMap<String, Outcome>, Box<dyn Error>> {
    let output = cargo(package)
        .args(["check", "--quiet", "--keep-going", "--message-format", "json", "--target-dir"])
        .arg(target)
        .stderr(Stdio::inherit())
        .output()?;
    let mut outcomes = BTreeMap::<String, Outcome>::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let outcome = outcomes.entry(text(&message["target"]["name"]).to_owned()).or_default();
        match text(&message["reason"]) {
            "compiler-artifact" => {
                outcome.compiled = true;
                outcome.files = array(&message["filenames"]).iter().map(text).find_map(files_read).unwrap_or_default();
            }
            "compiler-message" if message["message"]["level"] == "error" => {
                outcome.errors.push(text(&message["message"]["rendered"]).to_owned());
            }
            _ => {}
        }
    }
    if !output.status.success() && outcomes.values().all(|outcome| outcome.errors.is_empty()) {
        return Err("cargo cannot compile the crates".into());
    }
    Ok(outcomes)
}

/// The contents of `name-….d`, which cargo puts beside `libname-….rmeta`.
fn files_read(metadata: &str) -> Option<String> {
    let metadata = Path::new(metadata).with_extension("d");
    let name = metadata.file_name()?.to_str()?.strip_prefix("lib")?;
    fs::read_to_string(metadata.with_file_name(name)).ok()
}

fn cargo(package: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(package).env_remove("CARGO_TARGET_DIR");
    command
}

fn host() -> Result<String, Box<dyn Error>> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let version = String::from_utf8(output.stdout)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say which platform this is")?.to_owned())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
