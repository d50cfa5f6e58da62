//! Measures what `#[sync_bridge]` adds to `cargo check`, for traits of 1, 10 and 100 methods; and, with `--weight`, what a call
//! adds to a program.

use benches::expansion::{Crates, Weight};
use clap::Parser;
use std::error::Error;
use std::path::Path;

/// `cargo check` of a trait and its impl under `#[sync_bridge]` and `#[async_trait]`, against `#[async_trait]` alone.
#[derive(Debug, Parser)]
struct Options {
    /// How often each crate is checked.
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// The numbers of methods.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100])]
    methods: Vec<usize>,

    /// What a call adds to a program, in bytes, in place of the times.
    #[arg(long)]
    weight: bool,

    /// The outcome as JSON, in seconds or bytes.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/expand");
    let crates = Crates::in_folder(folder.path(), &target);
    if options.weight {
        return weigh(&crates, options.json);
    }
    let compared = options.methods.iter().map(|&methods| crates.compare(methods, options.rounds.max(1)));
    let compared = compared.collect::<Result<Vec<_>, _>>()?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&compared)?);
        return Ok(());
    }
    println!("methods   async_trait alone   with sync_bridge   ratio");
    for row in compared {
        let ratio = row.with_twin / row.alone;
        println!("{:>7} {:>17.0} ms {:>15.0} ms {ratio:>7.2}", row.methods, row.alone * 1e3, row.with_twin * 1e3);
    }
    Ok(())
}

/// So many calls tell what one weighs.
const CALLS: usize = 40;

fn weigh(crates: &Crates, json: bool) -> Result<(), Box<dyn Error>> {
    let weights = crates.weigh(CALLS)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&weights)?);
        return Ok(());
    }
    println!("bytes of a call           debug    release");
    for Weight { way, debug, release } in weights {
        println!("{way:<20} {debug:>10.0} {release:>10.0}");
    }
    Ok(())
}
