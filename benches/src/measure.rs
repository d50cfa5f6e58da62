//! Rows of a group, run in turns.

use crate::contender::Side;
use crate::place::Place;
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

/// How thorough a run is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many turns each row has, at most.
    pub rounds: usize,
    /// How many turns each row has, at least, unless they take ten times as long as is `enough`.
    pub least_rounds: usize,
    /// After how long no further round is begun.
    pub enough: Duration,
    /// How long a turn is to take, where one operation takes less: so little that most turns are over before the system
    /// gives the core to somebody else.
    pub turn: Duration,
    /// By what a long operation (10,000 tasks, 100,000 items) is shortened.
    pub shrink: u64,
    /// How often each of many threads calls in a turn, at least.
    pub least_calls: u64,
}

impl Effort {
    /// For figures to write down.
    pub const FULL: Self = Self {
        rounds: 201,
        least_rounds: 3,
        enough: Duration::from_secs(3),
        turn: Duration::from_millis(1),
        shrink: 1,
        least_calls: 40,
    };
    /// For a look.
    pub const QUICK: Self = Self {
        rounds: 15,
        least_rounds: 3,
        enough: Duration::from_millis(200),
        turn: Duration::from_micros(500),
        shrink: 10,
        least_calls: 10,
    };
    /// For the answers, not the times.
    pub const ONCE: Self =
        Self { rounds: 1, least_rounds: 1, enough: Duration::ZERO, turn: Duration::ZERO, shrink: 100, least_calls: 1 };
}

/// On which processors the threads may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// All on one.
    Pinned,
    /// Where the operating system puts them.
    Free,
}

impl Placement {
    /// What the tables call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned to one core",
            Self::Free => "unpinned",
        }
    }
}

/// What one turn of a row has shown.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Nanoseconds for each operation.
    pub time: f64,
    /// How long single calls took, where many threads make them.
    pub latency: Option<Latency>,
}

/// How long single calls took, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half took at most this.
    pub p50: f64,
    /// 99 of 100 took at most this.
    pub p99: f64,
    /// 999 of 1000 took at most this.
    pub p999: f64,
}

impl Latency {
    /// Of the times of all calls.
    ///
    /// # Panics
    ///
    /// If there were no calls.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| nanoseconds(times[index(times.len(), share)]);
        Self { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
    }
}

/// The work of one kind, from one place, of everybody who can do it.
pub struct Group {
    /// What is done.
    work: String,
    pub(crate) place: Place,
    placement: Placement,
    rows: Vec<Row>,
    left_out: Vec<LeftOut>,
}

/// One contender in a group.
struct Row {
    name: String,
    side: Side,
    /// Does the operation so many times.
    run: Box<dyn FnMut(u64) -> Sample>,
    count: u64,
}

/// A contender that cannot do what the group does.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// Who.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Group {
    /// An empty group.
    #[must_use]
    pub fn new(work: impl Into<String>, place: Place, placement: Placement) -> Self {
        Self { work: work.into(), place, placement, rows: Vec::new(), left_out: Vec::new() }
    }

    /// Adds a row, which `run` runs: it does the operation as often as it is told.
    pub fn add(&mut self, name: impl Into<String>, side: Side, run: impl FnMut(u64) -> Sample + 'static) {
        self.rows.push(Row { name: name.into(), side, run: Box::new(run), count: 1 });
    }

    /// Adds a row that times the batch of operations by itself.
    pub fn add_timed(&mut self, name: impl Into<String>, side: Side, mut time: impl FnMut(u64) -> Duration + 'static) {
        self.add(name, side, move |count| {
            let count_of_calls = count as f64;
            Sample { time: nanoseconds(time(count)) / count_of_calls, latency: None }
        });
    }

    /// Adds what the contenders are measured against: an operation that is done on a thread of its own.
    pub fn add_limit(&mut self, name: impl Into<String>, mut operation: impl FnMut() + 'static) {
        self.add_timed(name, Side::Limit, move |count| {
            let start = Instant::now();
            for _ in 0..count {
                operation();
            }
            start.elapsed()
        });
    }

    /// Says why a contender has no row.
    pub fn leave_out(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.left_out.push(LeftOut { name: name.into(), reason: reason.into() });
    }

    /// The rows as they are, to be run by somebody else: the name, the side, and what does the operation so many times.
    pub fn into_operations(self) -> impl Iterator<Item = (String, Side, Box<dyn FnMut(u64)>)> {
        self.rows.into_iter().map(|mut row| {
            let run: Box<dyn FnMut(u64)> = Box::new(move |count| {
                (row.run)(count);
            });
            (row.name, row.side, run)
        })
    }

    /// Runs all rows, in turns, so that what else the machine does falls on all alike.
    #[must_use]
    pub fn run(mut self, effort: Effort) -> Outcome {
        for row in &mut self.rows {
            row.calibrate(effort.turn);
        }
        let mut samples = vec![Vec::with_capacity(effort.rounds); self.rows.len()];
        let mut dice = fastrand::Rng::with_seed(0);
        let mut turns: Vec<_> = (0..self.rows.len()).collect();
        let start = Instant::now();
        for round in 0..effort.rounds {
            let patience = if round >= effort.least_rounds { effort.enough } else { effort.enough * 10 };
            if round > 0 && start.elapsed() >= patience {
                break;
            }
            // Each round has another order: no row always follows the same one, which may leave threads to be cleared away.
            dice.shuffle(&mut turns);
            for &at in &turns {
                let row = &mut self.rows[at];
                samples[at].push((row.run)(row.count));
            }
        }
        let rows = self.rows.iter().zip(&samples).map(|(row, samples)| Figures::of(row, samples)).collect();
        Outcome { work: self.work, place: self.place, placement: self.placement, rows, left_out: self.left_out }
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.rows.iter().map(|row| &row.name).collect();
        f.debug_struct("Group")
            .field("work", &self.work)
            .field("place", &self.place)
            .field("rows", &rows)
            .finish_non_exhaustive()
    }
}

impl Row {
    /// Finds how many operations fill a turn, and so warms up.
    fn calibrate(&mut self, turn: Duration) {
        let turn = nanoseconds(turn);
        loop {
            let count = self.count as f64;
            let took = (self.run)(self.count).time * count;
            if took >= turn / 2.0 || self.count >= 1 << 30 {
                return;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
            let wanted = (count * (turn / took.max(1.0)).min(10.0)).ceil() as u64;
            self.count = wanted.max(self.count + 1);
        }
    }
}

/// What a group has shown.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What was done.
    pub work: String,
    /// Where the calls were made from.
    pub place: Place,
    /// On which processors.
    pub placement: Placement,
    /// The figures of those that did it.
    pub rows: Vec<Figures>,
    /// Those that could not.
    pub left_out: Vec<LeftOut>,
}

impl Outcome {
    /// What was done, where, on which processors.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} · {} · {}", self.work, self.place.name(), self.placement.name())
    }

    /// The median time of the fastest of the sides, if there is anybody.
    #[must_use]
    pub fn best(&self, sides: &[Side]) -> Option<f64> {
        self.rows.iter().filter(|row| sides.contains(&row.side)).map(|row| row.median).min_by(f64::total_cmp)
    }
}

/// The figures of one row: nanoseconds for each operation.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Who.
    pub name: String,
    /// Whose it is.
    pub side: Side,
    /// Of the turns.
    pub median: f64,
    /// Of the fastest turn.
    pub minimum: f64,
    /// From the first to the third quartile of the turns, as a share of the median.
    pub spread: f64,
    /// How many operations a turn had.
    pub operations: u64,
    /// The medians of the turns' latencies, where many threads call.
    pub latency: Option<Latency>,
}

impl Figures {
    fn of(row: &Row, samples: &[Sample]) -> Self {
        let quantile = |share, value: &dyn Fn(&Sample) -> Option<f64>| {
            let mut values: Vec<f64> = samples.iter().filter_map(value).collect();
            values.sort_by(f64::total_cmp);
            (!values.is_empty()).then(|| values[index(values.len(), share)])
        };
        let time = |share| quantile(share, &|sample| Some(sample.time)).unwrap_or(f64::NAN);
        let latency = |part: fn(&Latency) -> f64| quantile(0.5, &|sample| sample.latency.as_ref().map(part));
        let latency = (|| {
            Some(Latency {
                p50: latency(|latency| latency.p50)?,
                p99: latency(|latency| latency.p99)?,
                p999: latency(|latency| latency.p999)?,
            })
        })();
        Self {
            name: row.name.clone(),
            side: row.side,
            median: time(0.5),
            minimum: time(0.0),
            spread: (time(0.75) - time(0.25)) / time(0.5),
            operations: row.count,
            latency,
        }
    }
}

/// The index that so large a share of the others comes before.
fn index(length: usize, share: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into far fewer than 2^52")]
    let index = ((length - 1) as f64 * share).round() as usize;
    index
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_turn() {
        let latency = Latency::of((1..=1001).rev().map(Duration::from_nanos).collect());
        assert!((latency.p50 - 501.0).abs() < 1e-6);
        assert!((latency.p99 - 991.0).abs() < 1e-6);
        assert!((latency.p999 - 1000.0).abs() < 1e-6);
    }

    #[test]
    fn rows_take_turns_and_are_summed_up() {
        let mut group = Group::new("work", Place::Plain, Placement::Free);
        let mut times = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0].into_iter();
        // The first is that of the warming up.
        group.add("ours", Side::Ours, move |_| Sample { time: times.next().unwrap(), latency: None });
        group.add_timed("peer", Side::Peer, |count| Duration::from_nanos(6 * count));
        let outcome = group.run(Effort { rounds: 5, enough: Duration::from_mins(1), ..Effort::ONCE });
        assert!((outcome.rows[0].median - 3.0).abs() < 1e-6);
        assert!((outcome.rows[0].minimum - 1.0).abs() < 1e-6);
        assert!((outcome.rows[0].spread - 2.0 / 3.0).abs() < 1e-6);
        assert!((outcome.best(&[Side::Peer]).unwrap() - 6.0).abs() < 1e-6);
        assert!(outcome.best(&[Side::Limit]).is_none());
    }

    #[test]
    fn a_turn_is_as_long_as_it_should_be() {
        let mut group = Group::new("work", Place::Plain, Placement::Free);
        group.add_timed("ours", Side::Ours, |count| Duration::from_nanos(10 * count));
        let outcome = group.run(Effort { turn: Duration::from_micros(1), ..Effort::ONCE });
        assert_eq!(outcome.rows[0].operations, 100);
    }
}
