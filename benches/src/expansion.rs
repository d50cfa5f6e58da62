//! What the attribute costs the compiler: `cargo check` of a trait and its impl, with it and without; and what a call adds to
//! a program.

use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The times of one size.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Compared {
    /// How many methods the trait has.
    pub methods: usize,
    /// The median time of a check under `#[async_trait]` alone, in seconds.
    pub alone: f64,
    /// The median time of a check under `#[sync_bridge]` as well, in seconds.
    pub with_twin: f64,
}

/// What one call more adds to a program.
#[derive(Clone, Debug, Serialize)]
pub struct Weight {
    /// By way of what the call is made.
    pub way: &'static str,
    /// Bytes of the executable, without optimization and with all debug information.
    pub debug: f64,
    /// Bytes of the executable, with optimization.
    pub release: f64,
}

/// How a call of the future of `method_{number}` is written, and what before it.
const WAYS: [(&str, &str, &str); 5] = [
    ("Handle::block_on", "let handle = tokio::runtime::Handle::current();", "handle.block_on(here.method_#(\"a\", 1))"),
    ("block_on", BRIDGE, "bridge.block_on(here.method_#(\"a\", 1)).unwrap()"),
    ("block_on_with", BRIDGE, "bridge.block_on_with(|| here.method_#(\"a\", 1)).unwrap()"),
    ("block_on_local", BRIDGE, "bridge.block_on_local(|| here.method_#(\"a\", 1)).unwrap()"),
    ("a twin", "", "here.method_#_blocking(\"a\", 1)"),
];

const BRIDGE: &str = "let bridge = sync_bridge::RuntimeBridge::global().unwrap();";

/// Crates that are written, checked and thrown away with this.
#[derive(Debug)]
pub struct Crates {
    folder: PathBuf,
    target: PathBuf,
}

impl Crates {
    /// Writes in `folder`, and builds in `target`.
    #[must_use]
    pub fn in_folder(folder: &Path, target: &Path) -> Self {
        Self { folder: folder.into(), target: target.into() }
    }

    /// Checks both crates with a trait of so many methods, in turns, so many times each.
    ///
    /// # Errors
    ///
    /// Those of the file system, and a check that fails.
    pub fn compare(&self, methods: usize, rounds: usize) -> io::Result<Compared> {
        let alone = self.write(&format!("alone_{methods}"), &source(methods, false))?;
        let with_twin = self.write(&format!("twin_{methods}"), &source(methods, true))?;
        // The dependencies are built by the first check of each.
        self.check(&alone)?;
        self.check(&with_twin)?;
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            times[0].push(self.check(&alone)?);
            times[1].push(self.check(&with_twin)?);
        }
        let [alone, with_twin] = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        });
        Ok(Compared { methods, alone, with_twin })
    }

    /// Builds programs that make one call, and so many more, of as many futures, in each way.
    ///
    /// # Errors
    ///
    /// Those of the file system, and a build that fails.
    pub fn weigh(&self, calls: usize) -> io::Result<Vec<Weight>> {
        let weigh = |(number, &(way, before, call)): (usize, &(&'static str, &str, &str))| {
            let size = |calls: usize, profile: &str| {
                let name = format!("weight_{number}_{calls}");
                let folder = self.write(&name, &program(calls, way == "a twin", before, call))?;
                self.build(&folder, profile)?;
                let profile = if profile == "dev" { "debug" } else { profile };
                Ok::<_, io::Error>(fs::metadata(self.target.join(profile).join(&name))?.len() as f64)
            };
            let of_one_more =
                |profile| Ok::<_, io::Error>((size(1 + calls, profile)? - size(1, profile)?) / calls as f64);
            Ok(Weight { way, debug: of_one_more("dev")?, release: of_one_more("release")? })
        };
        WAYS.iter().enumerate().map(weigh).collect()
    }

    fn build(&self, folder: &Path, profile: &str) -> io::Result<()> {
        self.cargo(folder, &["build", "--profile", profile])
    }

    fn write(&self, name: &str, source: &str) -> io::Result<PathBuf> {
        let folder = self.folder.join(name);
        let file = if source.contains("fn main()") { "src/main.rs" } else { "src/lib.rs" };
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest(name))?;
        fs::write(folder.join(file), source)?;
        // The versions of this workspace: nothing has to be looked for.
        fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::copy(Path::new(ROOT).join("rust-toolchain.toml"), folder.join("rust-toolchain.toml"))?;
        Ok(folder)
    }

    /// How long a check of the crate itself takes.
    fn check(&self, folder: &Path) -> io::Result<Duration> {
        let source = folder.join("src/lib.rs");
        // Written again, it is checked again.
        fs::write(&source, fs::read(&source)?)?;
        let start = Instant::now();
        self.cargo(folder, &["check"])?;
        Ok(start.elapsed())
    }

    fn cargo(&self, folder: &Path, args: &[&str]) -> io::Result<()> {
        let mut cargo = Command::new("cargo");
        let cargo = cargo.args(args).args(["--quiet", "--offline", "--target-dir"]).arg(&self.target);
        let output = cargo.current_dir(folder).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
    }
}

/// The root of this workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Both crates have the same dependencies: what differs is the expansion, and what it gives the compiler to check.
fn manifest(name: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         async-trait = \"0.1\"\nsync-bridge = {{ path = {ROOT:?} }}\n\
         tokio = {{ version = \"1\", features = [\"full\"] }}\n\n[workspace]\n"
    )
}

/// A trait of so many methods, and an impl of it.
fn source(methods: usize, with_twin: bool) -> String {
    let attribute = if with_twin { "#[sync_bridge::sync_bridge]\n" } else { "" };
    let mut declared = String::new();
    let mut written = String::new();
    for number in 0..methods {
        let signature = format!("async fn method_{number}(&self, key: &str, count: usize) -> io::Result<Vec<String>>");
        let _ = writeln!(declared, "    {signature};");
        let _ = writeln!(written, "    {signature} {{\n        Ok(vec![key.to_owned(); count + self.0])\n    }}");
    }
    format!(
        "use std::io;\n\n{attribute}#[async_trait::async_trait]\npub trait Store {{\n{declared}}}\n\n\
         pub struct Here(pub usize);\n\n\
         {attribute}#[async_trait::async_trait]\nimpl Store for Here {{\n{written}}}\n"
    )
}

/// A program that calls so many async methods, each once.
fn program(calls: usize, with_twin: bool, before: &str, call: &str) -> String {
    let attribute = if with_twin { "#[sync_bridge::sync_bridge]\n" } else { "" };
    let mut methods = String::new();
    let mut body = String::new();
    for number in 0..calls {
        let _ = writeln!(
            methods,
            "    async fn method_{number}(&self, key: &str, count: usize) -> io::Result<Vec<String>> {{\n        \
             tokio::time::sleep(std::time::Duration::from_nanos({number})).await;\n        \
             Ok(vec![key.to_owned(); count + self.0])\n    }}"
        );
        let _ = writeln!(body, "    println!(\"{{:?}}\", {});", call.replace('#', &number.to_string()));
    }
    // The other runtime is in every program: what it weighs is not a call's.
    format!(
        "use std::io;\n\nstruct Here(usize);\n\n{attribute}impl Here {{\n{methods}}}\n\n\
         fn main() {{\n    let runtime = tokio::runtime::Runtime::new().unwrap();\n    \
         sync_bridge::RuntimeBridge::global().unwrap();\n    let _entered = runtime.enter();\n    \
         let here = Here(1);\n    {before}\n{body}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_differ_in_the_attribute_only() {
        let (alone, with_twin) = (source(3, false), source(3, true));
        assert_eq!(with_twin.matches("#[sync_bridge::sync_bridge]\n").count(), 2);
        assert_eq!(with_twin.replace("#[sync_bridge::sync_bridge]\n", ""), alone);
        assert_eq!(alone.matches("async fn").count(), 6);
    }
}
