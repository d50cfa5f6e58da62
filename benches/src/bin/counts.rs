//! Counts what a call of each contender's allocates, how often a thread waits for it, and, with `--instructions`, how many
//! instructions it takes.

use benches::contender::Side;
use benches::counts::{self, Counts};
use benches::measure::{Group, Placement};
use benches::place::Place;
use benches::work::{self, Ready, RoundTrips, Yield};
use benches::world::World;
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Command;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What a call costs in allocations, thread switches and, on demand, instructions.
#[derive(Debug, Parser)]
struct Options {
    /// Count instructions too, with valgrind: a process for each contender, a few minutes in all.
    #[arg(long)]
    instructions: bool,

    /// Only make the calls: the work, the contender, and how often.
    #[arg(long, num_args = 3, hide = true)]
    only: Option<Vec<String>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    // With one core the switches do not depend on where threads wake up.
    if !core_affinity::get_core_ids()
        .is_some_and(|cores| cores.last().is_some_and(|&core| core_affinity::set_for_current(core)))
    {
        eprintln!("this thread cannot be pinned to a core: thread switches will vary");
    }
    let world = World::start(Placement::Pinned);
    if let Some([work, contender, count]) = options.only.as_deref() {
        let operations = group_of(&world, work, Place::Plain)?.into_operations();
        let found = operations.into_iter().find(|(name, ..)| name == contender);
        let (.., mut run) = found.ok_or("no such contender")?;
        run(count.parse()?);
        return Ok(());
    }
    for work in WORKS {
        for place in Place::ALL {
            println!("{work} · {}", place.name());
            for Counts { name, allocations, bytes, switches, .. } in
                counts::of(group_of(&world, work, place)?, &Side::ALL)
            {
                let switches = switches.map_or(String::from("?"), |switches| format!("{switches:.2}"));
                println!(
                    "  {name:<38} {allocations:>8.2} allocations {bytes:>10.1} bytes {switches:>8} thread switches"
                );
            }
            println!();
        }
    }
    println!("heap of a call while it waits, beside its thread");
    for (name, _, bytes) in counts::waiting(&world) {
        println!("  {name:<38} {bytes:>8.0} bytes");
    }
    if options.instructions {
        drop(world);
        instructions()?;
    }
    Ok(())
}

const WORKS: [&str; 3] = ["ready", "yield", "round-trip"];

fn group_of(world: &World, work: &str, place: Place) -> Result<Group, Box<dyn Error>> {
    Ok(match work {
        "ready" => work::group(world, &Ready, place),
        "yield" => work::group(world, &Yield, place),
        "round-trip" => work::group(world, &RoundTrips(1), place),
        other => return Err(format!("no work is called {other}").into()),
    })
}

/// The instructions of a call on a plain thread: of all threads, in user space.
fn instructions() -> Result<(), Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err("valgrind is not here, and it is what counts instructions".into());
    }
    let program = env::current_exe()?;
    for work in &WORKS[..2] {
        println!("\n{work} · {}", Place::Plain.name());
        let names: Vec<String> = {
            let world = World::start(Placement::Pinned);
            group_of(&world, work, Place::Plain)?.into_operations().map(|(name, ..)| name).collect()
        };
        for name in names {
            let (some, more) = (collected(&program, work, &name, 1000)?, collected(&program, work, &name, 3000)?);
            println!("  {name:<38} {:>8.0} instructions", (more - some) / 2000.0);
        }
    }
    Ok(())
}

/// How many instructions a process takes that makes so many calls.
fn collected(program: &Path, work: &str, contender: &str, count: u64) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--only", work, contender, &count.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected =
        text.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim().to_owned());
    Ok(collected.ok_or_else(|| format!("valgrind has counted nothing: {text}"))?.parse()?)
}
