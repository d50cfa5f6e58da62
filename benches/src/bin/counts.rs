//! Counts what a call of each contender's allocates, how often a thread waits for it, and, with `--instructions`, how many
//! instructions it takes from each place.

use benches::contender::Side;
use benches::counts::{self, Counts};
use benches::instructions::{HAND_OFF, ROWS, Row};
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
    /// Count instructions too, from each place, with valgrind: two processes for each row, a few minutes in all.
    #[arg(long)]
    instructions: bool,

    /// Only make the calls of a row of the instructions: the place, the name, and how often.
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
    if let Some([place, name, count]) = options.only.as_deref() {
        let row = ROWS.iter().find(|row| row.place == place && row.name == name).ok_or("no such call")?;
        (row.run)(count.parse()?);
        return Ok(());
    }
    let world = World::start(Placement::Pinned);
    for work in ["ready", "yield", "round-trip"] {
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
        print_instructions()?;
    }
    Ok(())
}

fn group_of(world: &World, work: &str, place: Place) -> Result<Group, Box<dyn Error>> {
    Ok(match work {
        "ready" => work::group(world, &Ready, place),
        "yield" => work::group(world, &Yield, place),
        "round-trip" => work::group(world, &RoundTrips(1), place),
        other => return Err(format!("no work is called {other}").into()),
    })
}

/// Prints how many instructions a call takes from each place: of all threads, in user space.
fn print_instructions() -> Result<(), Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err("valgrind is not here, and it is what counts instructions".into());
    }
    let program = env::current_exe()?;
    println!("\n{:<40} {:<34} {:>12}", "a call from", "by", "instructions");
    for row in ROWS {
        // What comes before and after the calls costs the same both times.
        let (some, more) = (collected(&program, row, SOME_CALLS)?, collected(&program, row, MORE_CALLS)?);
        let instructions = (more - some) / f64::from(MORE_CALLS - SOME_CALLS);
        let varies = if row.place == HAND_OFF { "~" } else { "" };
        println!("{:<40} {:<34} {:>12}", row.place, row.name, format!("{varies}{instructions:.0}"));
    }
    println!("~ Two threads take part. The figure varies with the order in which the system lets them run.");
    Ok(())
}

const SOME_CALLS: u32 = 5_000;
const MORE_CALLS: u32 = 25_000;

/// How many instructions a process takes that makes so many calls.
fn collected(program: &Path, row: Row, count: u32) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--only", row.place, row.name, &count.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim());
    match collected.filter(|_| output.status.success()) {
        Some(count) => Ok(count.parse()?),
        None => Err(format!("valgrind has counted nothing: {text}").into()),
    }
}
