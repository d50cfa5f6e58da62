//! What one thread does next: drawn at random, from a seed.

/// How many bridges there are at a time.
pub(crate) const BRIDGES: usize = 8;

/// Random numbers that are the same on every machine: a counter, scrambled.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Each thread has numbers of its own.
    pub(crate) fn of_thread(seed: u64, index: usize) -> Self {
        let mut seeds = Self(seed);
        for _ in 0..index {
            seeds.next();
        }
        Self(seeds.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap_or(0) % bound
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Where a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Plain,
    CurrentThreadRoot,
    CurrentThreadTask,
    MultiThreadRoot,
    MultiThreadTask,
    LocalSet,
    LocalSetOnMultiThread,
    SpawnBlocking,
    BlockInPlace,
    /// In a future of the same bridge, when it is first polled.
    OwnFirstPoll,
    /// In a future of the same bridge, after it has waited.
    OwnFuture,
    OwnTask,
    OwnBlocking,
    /// In a future of another bridge.
    OtherFuture,
}

impl Caller {
    pub(crate) const ALL: &'static [Self] = &[
        Self::Plain,
        Self::CurrentThreadRoot,
        Self::CurrentThreadTask,
        Self::MultiThreadRoot,
        Self::MultiThreadTask,
        Self::LocalSet,
        Self::LocalSetOnMultiThread,
        Self::SpawnBlocking,
        Self::BlockInPlace,
        Self::OwnFirstPoll,
        Self::OwnFuture,
        Self::OwnTask,
        Self::OwnBlocking,
        Self::OtherFuture,
    ];

    /// Whether a current-thread bridge refuses every call from here that has to wait.
    pub(crate) fn reenters(self) -> bool {
        matches!(self, Self::OwnFirstPoll | Self::OwnFuture | Self::OwnTask)
    }
}

/// What a future does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Ready,
    Yields,
    Timer,
    Channel,
    PanicsEarly,
    PanicsLate,
    PanicsInDrop,
    /// Waits until it is cancelled.
    Pending,
}

impl Behaviour {
    pub(crate) const ALL: &'static [Self] = &[
        Self::Ready,
        Self::Yields,
        Self::Timer,
        Self::Channel,
        Self::PanicsEarly,
        Self::PanicsLate,
        Self::PanicsInDrop,
        Self::Pending,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Plain,
    With,
    Local,
    /// The future is the only item of a stream.
    Iter,
    /// The same, read ahead.
    Prefetch,
    /// The future is what a reader waits for before it has bytes.
    Read,
    /// The future is what a writer waits for before it takes bytes.
    Write,
    /// The future follows on an item of a blocking iterator.
    Pull,
}

impl Entry {
    const ALL: &'static [Self] =
        &[Self::Plain, Self::With, Self::Local, Self::Iter, Self::Prefetch, Self::Read, Self::Write, Self::Pull];

    /// Whether the future is in an adapter, which is dropped by the caller, in whose hands it must not panic.
    fn is_adapter(self) -> bool {
        matches!(self, Self::Iter | Self::Prefetch | Self::Read | Self::Write)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Unlimited,
    Timeout,
    Token,
    TokenAndTimeout,
}

/// What becomes of a task once it is spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Wait,
    WaitTimeout,
    Abort,
    Await,
    Detach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Call(Entry, Limit),
    Spawn(End),
    /// Two tasks that borrow: one is waited for, the other is not.
    Scope,
    Shutdown,
    /// Drops the bridge, whatever it is doing, and puts another in its place.
    Recreate,
    /// Drops a clone that may become the last one.
    CloneAndDrop,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    pub(crate) bridge: usize,
    /// For a call from the future of another bridge: that one.
    pub(crate) other: usize,
    pub(crate) caller: Caller,
    pub(crate) what: What,
    pub(crate) behaviour: Behaviour,
    /// Of whatever takes time: a timer, a limit.
    pub(crate) micros: u64,
}

impl Action {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let bridge = random.below(BRIDGES);
        let what = match random.below(100) {
            0 | 1 => What::Shutdown,
            2 | 3 => What::Recreate,
            4 | 5 => What::CloneAndDrop,
            6..=15 => What::Scope,
            16..=35 => What::Spawn(random.pick(&[End::Wait, End::WaitTimeout, End::Abort, End::Await, End::Detach])),
            _ => What::Call(
                random.pick(Entry::ALL),
                random.pick(&[Limit::Unlimited, Limit::Timeout, Limit::Token, Limit::TokenAndTimeout]),
            ),
        };
        let ends_pending = !matches!(what, What::Call(_, Limit::Unlimited) | What::Spawn(End::Wait | End::Await));
        let is_adapter = matches!(what, What::Call(entry, _) if entry.is_adapter());
        let fits = |behaviour: Behaviour| match behaviour {
            Behaviour::Pending => ends_pending,
            Behaviour::PanicsInDrop => !is_adapter,
            _ => true,
        };
        let choices: Vec<_> = Behaviour::ALL.iter().copied().filter(|&behaviour| fits(behaviour)).collect();
        Self {
            bridge,
            other: (bridge + 1 + random.below(BRIDGES - 1)) % BRIDGES,
            caller: random.pick(Caller::ALL),
            what,
            behaviour: random.pick(&choices),
            micros: random.next() % 2000,
        }
    }
}
