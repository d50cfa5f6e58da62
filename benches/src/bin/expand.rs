//! Measures what `#[sync_bridge]` adds to `cargo check`, for traits of 1, 10 and 100 methods.

use benches::expansion::Crates;
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

    /// The outcome as JSON, in seconds.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/expand");
    let crates = Crates::in_folder(folder.path(), &target);
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
