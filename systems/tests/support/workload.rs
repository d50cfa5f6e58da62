//! Tests for any store of refs, by one thread and by many threads at once. They use only the trait.

use std::collections::BTreeSet;
use std::thread;

use systems::refs::{Ref, RefBackend, Update};

const THREADS: usize = 16;
const ROUNDS: usize = 20;

/// Tests the contract of the trait.
pub(crate) fn contract<B: RefBackend>(refs: &B) -> Result<(), B::Error> {
    assert_eq!(refs.get("heads/main")?, None);
    refs.set("heads/main", "1")?;
    refs.set("heads/main", "2")?;
    assert_eq!(refs.get("heads/main")?.as_deref(), Some("2"));

    assert!(!refs.compare_and_set("heads/main", Some("1"), "3")?);
    assert!(!refs.compare_and_set("heads/main", None, "3")?);
    assert!(refs.compare_and_set("heads/main", Some("2"), "3")?);
    assert!(!refs.compare_and_set("heads/next", Some("1"), "1")?);
    assert!(refs.compare_and_set("heads/next", None, "1")?);
    refs.set("tags/Ü'%_", "quoted")?;

    let named = |name: &str, target: &str| Ref { name: name.to_owned(), target: target.to_owned() };
    assert_eq!(refs.list("heads/")?, [named("heads/main", "3"), named("heads/next", "1")]);
    assert_eq!(refs.list("tags/Ü'%")?, [named("tags/Ü'%_", "quoted")]);
    assert_eq!(refs.list("")?.len(), 3);
    assert_eq!(refs.list("%")?, []);

    let torn = [
        Update::new("heads/new", None, Some("1")),
        Update::new("heads/main", Some("3"), None),
        Update::new("heads/next", Some("not this"), Some("2")),
    ];
    assert!(!refs.update_all(&torn)?);
    assert_eq!(refs.list("heads/")?, [named("heads/main", "3"), named("heads/next", "1")]);
    let whole = [
        Update::new("heads/new", None, Some("1")),
        Update::new("heads/main", Some("3"), None),
        Update::new("heads/next", Some("1"), Some("2")),
        Update::new("heads/none", None, None),
    ];
    assert!(refs.update_all(&whole)?);
    assert_eq!(refs.list("heads/")?, [named("heads/new", "1"), named("heads/next", "2")]);

    assert!(refs.delete("heads/new")?);
    assert!(!refs.delete("heads/new")?);
    assert_eq!(refs.get("heads/new")?, None);
    Ok(())
}

/// Tries once to increment a counter. Returns the new value, or `None` if another thread was faster.
pub(crate) fn try_increment<B: RefBackend>(refs: &B, name: &str) -> Result<Option<usize>, B::Error> {
    let current = refs.get(name)?;
    let next = current.as_deref().map_or(0, |value| value.parse().unwrap()) + 1;
    Ok(refs.compare_and_set(name, current.as_deref(), &next.to_string())?.then_some(next))
}

/// Every thread increments one counter by compare-and-set. Each value is reached exactly once.
pub(crate) fn no_update_is_lost<B>(refs: &B) -> Result<(), B::Error>
where
    B: RefBackend + Clone + Send + Sync + 'static,
{
    let reached = from_many_threads(refs, |refs| {
        let mut reached = Vec::new();
        while reached.len() < ROUNDS {
            reached.extend(try_increment(refs, "counter")?);
        }
        Ok(reached)
    })?;
    assert_eq!(reached.len(), THREADS * ROUNDS);
    assert_eq!(BTreeSet::from_iter(reached), (1..=THREADS * ROUNDS).collect());
    assert_eq!(refs.get("counter")?, Some((THREADS * ROUNDS).to_string()));
    Ok(())
}

/// Every thread moves two refs to the same target in one transaction. No thread sees two different targets.
pub(crate) fn transactions_are_seen_whole<B>(refs: &B) -> Result<(), B::Error>
where
    B: RefBackend + Clone + Send + Sync + 'static,
{
    assert!(refs.update_all(&[Update::new("pair/a", None, Some("0")), Update::new("pair/b", None, Some("0"))])?);
    let made = from_many_threads(refs, |refs| {
        let mut made = 0;
        while made < ROUNDS / 4 {
            let pair = refs.list("pair/")?;
            assert_eq!((pair.len(), &pair[0].target), (2, &pair[1].target));
            let old = pair[0].target.as_str();
            let new = (old.parse::<usize>().unwrap() + 1).to_string();
            let moves = ["pair/b", "pair/a"].map(|name| Update::new(name, Some(old), Some(&new)));
            made += usize::from(refs.update_all(&moves)?);
        }
        Ok(vec![made])
    })?;
    assert_eq!(refs.get("pair/a")?, Some(made.iter().sum::<usize>().to_string()));
    Ok(())
}

/// Runs `work` on 16 threads at once, and returns all results. Every second thread runs no runtime. The others are in a
/// current-thread runtime, or in a task of a multi-thread runtime.
fn from_many_threads<B, T>(refs: &B, work: fn(&B) -> Result<Vec<T>, B::Error>) -> Result<Vec<T>, B::Error>
where
    B: RefBackend + Clone + Send + Sync + 'static,
    T: Send + 'static,
{
    let threads: Vec<_> = (0..THREADS)
        .map(|index| {
            let refs = refs.clone();
            thread::spawn(move || match index % 4 {
                0 => tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { work(&refs) }),
                1 => tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .build()
                    .unwrap()
                    .block_on(async { tokio::spawn(async move { work(&refs) }).await.unwrap() }),
                _ => work(&refs),
            })
        })
        .collect();
    let mut gathered = Vec::new();
    for thread in threads {
        gathered.extend(thread.join().unwrap()?);
    }
    Ok(gathered)
}
