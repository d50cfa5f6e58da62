//! The outcome of a group as text.

use crate::contender::Side;
use crate::measure::{Figures, Outcome};
use std::fmt::Write;

/// A table of the rows, the fastest first, and of those that have none. Ratios are those of the medians: to the best peer,
/// to the best of those that hand off, and to the limit.
#[must_use]
pub fn of(outcome: &Outcome) -> String {
    let mut rows: Vec<&Figures> = outcome.rows.iter().collect();
    rows.sort_by(|a, b| a.median.total_cmp(&b.median));
    let has_latency = rows.iter().any(|row| row.latency.is_some());
    let mut head = vec!["", "", "median", "fastest", "spread", "/ best peer", "/ hand-off", "/ limit"];
    if has_latency {
        head.extend(["calls/s", "p50", "p99", "p99.9"]);
    }
    let mut lines = vec![head.into_iter().map(String::from).collect()];
    lines.extend(rows.into_iter().map(|row| cells(row, outcome, has_latency)));

    let mut text = format!("{}\n", outcome.title());
    let columns = lines[0].len();
    let widths: Vec<usize> = (0..columns)
        .map(|column| lines.iter().map(|line: &Vec<String>| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let mut row = String::new();
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // The names are flush left, the figures flush right.
            let _ = if column < 2 { write!(row, "  {cell:<width$}") } else { write!(row, "  {cell:>width$}") };
        }
        let _ = writeln!(text, "{}", row.trim_end());
    }
    for left_out in &outcome.left_out {
        let _ = writeln!(text, "  -         {}: {}", left_out.name, left_out.reason);
    }
    text
}

fn cells(row: &Figures, outcome: &Outcome, has_latency: bool) -> Vec<String> {
    let side = match row.side {
        Side::Ours => "ours",
        Side::Peer => "peer",
        Side::HandOffPeer => "hand-off",
        Side::Limit => "limit",
    };
    let ratio = |to: Option<f64>| to.map_or(String::from("-"), |to| format!("{:.2}", row.median / to));
    let mut cells = vec![
        side.to_owned(),
        row.name.clone(),
        time(row.median),
        time(row.minimum),
        format!("{:.0}%", row.spread * 100.0),
        ratio(outcome.best(&[Side::Peer, Side::HandOffPeer])),
        ratio(outcome.best(&[Side::HandOffPeer])),
        ratio(outcome.best(&[Side::Limit])),
    ];
    if has_latency {
        cells.push(format!("{:.0}", 1e9 / row.median));
        match &row.latency {
            Some(latency) => cells.extend([latency.p50, latency.p99, latency.p999].map(time)),
            None => cells.extend([const { String::new() }; 3]),
        }
    }
    cells
}

/// A time, given in nanoseconds, with three digits and its unit.
#[must_use]
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        1e3..1e6 => (nanoseconds / 1e3, "µs"),
        1e6..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    let decimals = match value {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Effort, Group, Placement};
    use crate::place::Place;
    use std::time::Duration;

    #[test]
    fn times_have_three_digits() {
        let times = [7.25, 72.5, 725.0, 7_250.0, 72_500.0, 7_250_000.0, 7.25e9].map(time);
        assert_eq!(times, ["7.25 ns", "72.5 ns", "725 ns", "7.25 µs", "72.5 µs", "7.25 ms", "7.25 s"]);
    }

    #[test]
    fn rows_are_compared_with_the_best_peer_and_the_limit() {
        let mut group = Group::new("ready", Place::Plain, Placement::Pinned);
        for (name, side, time) in [
            ("slow peer", Side::Peer, 80),
            ("ours", Side::Ours, 30),
            ("peer", Side::HandOffPeer, 60),
            ("bare poll", Side::Limit, 20),
        ] {
            group.add_timed(name, side, move |count| Duration::from_nanos(time * count));
        }
        group.leave_out("another", "panics");
        let expected = "\
ready · plain thread · pinned to one core
                        median  fastest  spread  / best peer  / hand-off  / limit
  limit     bare poll  20.0 ns  20.0 ns      0%         0.33        0.33     1.00
  ours      ours       30.0 ns  30.0 ns      0%         0.50        0.50     1.50
  hand-off  peer       60.0 ns  60.0 ns      0%         1.00        1.00     3.00
  peer      slow peer  80.0 ns  80.0 ns      0%         1.33        1.33     4.00
  -         another: panics
";
        assert_eq!(of(&group.run(Effort::ONCE)), expected);
    }
}
