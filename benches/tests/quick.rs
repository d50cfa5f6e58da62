//! Everything that is measured, done once: each contender answers, and rightly, which the work itself checks.

use benches::instructions::ROWS;
use benches::measure::{Effort, Outcome, Placement};
use benches::place::Place;
use benches::{suite, svg, table};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn outcomes(placement: Placement, part: &'static str) -> Vec<Outcome> {
    let (done, outcomes) = channel();
    thread::spawn(move || {
        let mut outcomes = Vec::new();
        let wanted = |title: &str| title.contains(part);
        suite::run(Effort::ONCE, &[placement], &wanted, &mut |outcome| outcomes.push(outcome));
        let _ = done.send(outcomes);
    });
    outcomes.recv_timeout(Duration::from_mins(2)).expect("the benches end, and do not panic")
}

#[test]
fn every_contender_answers_from_every_place_that_it_can_be_called_from() {
    let outcomes = outcomes(Placement::Free, "");
    // Eight kinds of work, streamed reads, tasks and two streams of items from five places, five crowds from two, start-up, two kinds
    // with a check and in a first poll.
    assert_eq!(outcomes.len(), 8 * 5 + 4 * 5 + 5 * 2 + 1 + 2 * 2);
    for outcome in &outcomes {
        let times = outcome.rows.iter().map(|row| row.median);
        assert!(times.clone().count() >= 2 && times.clone().all(|time| time > 0.0), "{outcome:?}");
        assert!(table::of(outcome).starts_with(&outcome.title()));
        assert!(svg::of(outcome).ends_with("</svg>\n"));
    }
    let titles: Vec<_> = outcomes.iter().map(Outcome::title).collect();
    assert!(titles.iter().all(|title| titles.iter().filter(|other| *other == title).count() == 1), "{titles:?}");
}

#[test]
fn ours_is_left_out_nowhere_but_where_it_returns_an_error() {
    for outcome in outcomes(Placement::Free, "ready") {
        let left_out: Vec<_> = outcome.left_out.iter().map(|row| row.name.as_str()).collect();
        let ours: Vec<_> = left_out.iter().filter(|name| name.starts_with("sync-bridge")).collect();
        match outcome.place {
            Place::Reentrant => assert_eq!(ours, [&"sync-bridge, current-thread"]),
            _ => assert!(ours.is_empty(), "{ours:?}"),
        }
    }
}

#[test]
fn a_pinned_run_is_one() {
    let outcomes = outcomes(Placement::Pinned, "ready future · plain thread");
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].placement, Placement::Pinned);
}

#[test]
fn every_call_whose_instructions_are_counted_answers() {
    for row in ROWS {
        let (done, ended) = channel();
        thread::spawn(move || {
            (row.run)(2);
            let _ = done.send(());
        });
        ended.recv_timeout(Duration::from_mins(2)).unwrap_or_else(|_| panic!("it does not answer: {row:?}"));
    }
}
