//! Measures sync-bridge and its peers on the same work, side by side, and prints a table for each kind of work.

use benches::measure::{Effort, Outcome, Placement};
use benches::{suite, svg, table};
use clap::Parser;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// sync-bridge and its peers on the same work, in turns, in one process.
#[derive(Debug, Parser)]
struct Options {
    /// Only groups with this in their titles ("ready", "current-thread runtime", "unpinned", …). Given more than
    /// once, with all of them.
    #[arg(long)]
    filter: Vec<String>,

    /// Fewer and shorter turns: for a look, not for figures to write down.
    #[arg(long)]
    quick: bool,

    /// The outcomes as JSON, in nanoseconds, in place of the tables.
    #[arg(long)]
    json: bool,

    /// A bar chart of each group as well, in this folder.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let wanted = |title: &str| options.filter.iter().all(|part| title.contains(part.as_str()));
    let mut outcomes: Vec<Outcome> = Vec::new();
    suite::run(effort, &[Placement::Pinned, Placement::Free], &wanted, &mut |outcome| {
        if !options.json {
            println!("{}", table::of(&outcome));
        }
        outcomes.push(outcome);
    });
    if outcomes.is_empty() {
        return Err("no group has all that in its title".into());
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&outcomes)?);
    }
    if let Some(folder) = options.svg {
        fs::create_dir_all(&folder)?;
        for outcome in &outcomes {
            fs::write(folder.join(svg::file_name(outcome)), svg::of(outcome))?;
        }
    }
    Ok(())
}
