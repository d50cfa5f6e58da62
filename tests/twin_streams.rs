//! Methods that return a stream: the twin iterates over it, or collects it.

use std::io;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use sync_bridge::{BlockingIter, BridgeError, FlattenResults, RuntimeBridge, sync_bridge};

/// Streams in every form that says what it is, under each rule.
mod forms {
    use super::*;
    use std::pin::Pin;

    #[sync_bridge]
    pub(crate) trait Source {
        fn boxed(&self) -> BoxStream<'_, io::Result<usize>>;

        fn pinned(&self) -> Pin<Box<dyn Stream<Item = io::Result<usize>> + Send + '_>>;

        fn opaque(&self) -> impl Stream<Item = io::Result<usize>> + Send;

        fn opaque_of_two(&self, suffix: &str) -> impl Stream<Item = io::Result<String>> + Send;

        fn opaque_of_many<'a, T: Clone + Send + Sync>(
            &'a self,
            many: &'a T,
            once: impl Fn() -> usize + Send,
        ) -> impl Stream<Item = io::Result<(T, usize)>> + Send;

        fn bounded(&self) -> impl Stream<Item = io::Result<usize>> + Send + 'static;

        async fn opened(&self, from: usize) -> io::Result<BoxStream<'_, io::Result<usize>>>;

        async fn opened_opaque(&self, from: &usize) -> io::Result<impl Stream<Item = io::Result<usize>> + Send>;

        async fn awaited(&self) -> BoxStream<'_, io::Result<usize>>;

        async fn among(&self) -> io::Result<(usize, Option<BoxStream<'_, io::Result<usize>>>)>;

        async fn several(&self) -> io::Result<Vec<BoxStream<'_, io::Result<usize>>>>;
    }

    pub(crate) struct Words(pub(crate) Vec<String>);

    impl Words {
        fn lengths(&self) -> impl Stream<Item = io::Result<usize>> + Send + '_ {
            stream::iter(&self.0).then(|word| async move {
                tokio::task::yield_now().await;
                if word.is_empty() { Err(io::Error::other("no word")) } else { Ok(word.len()) }
            })
        }
    }

    #[sync_bridge]
    impl Source for Words {
        fn boxed(&self) -> BoxStream<'_, io::Result<usize>> {
            self.lengths().boxed()
        }

        fn pinned(&self) -> Pin<Box<dyn Stream<Item = io::Result<usize>> + Send + '_>> {
            self.lengths().boxed()
        }

        fn opaque(&self) -> impl Stream<Item = io::Result<usize>> + Send {
            self.lengths()
        }

        fn opaque_of_two(&self, suffix: &str) -> impl Stream<Item = io::Result<String>> + Send {
            stream::iter(&self.0).map(move |word| Ok(format!("{word}{suffix}")))
        }

        fn opaque_of_many<'a, T: Clone + Send + Sync>(
            &'a self,
            many: &'a T,
            once: impl Fn() -> usize + Send,
        ) -> impl Stream<Item = io::Result<(T, usize)>> + Send {
            let count = once();
            stream::iter(&self.0).map(move |word| Ok((many.clone(), count + word.len())))
        }

        fn bounded(&self) -> impl Stream<Item = io::Result<usize>> + Send + 'static {
            stream::iter([Ok(self.0.len())])
        }

        async fn opened(&self, from: usize) -> io::Result<BoxStream<'_, io::Result<usize>>> {
            tokio::task::yield_now().await;
            if from > self.0.len() {
                return Err(io::ErrorKind::NotFound.into());
            }
            Ok(self.lengths().skip(from).boxed())
        }

        async fn opened_opaque(&self, from: &usize) -> io::Result<impl Stream<Item = io::Result<usize>> + Send> {
            Ok(self.lengths().skip(*from))
        }

        async fn awaited(&self) -> BoxStream<'_, io::Result<usize>> {
            tokio::task::yield_now().await;
            self.lengths().boxed()
        }

        async fn among(&self) -> io::Result<(usize, Option<BoxStream<'_, io::Result<usize>>>)> {
            Ok((self.0.len(), (!self.0.is_empty()).then(|| self.lengths().boxed())))
        }

        async fn several(&self) -> io::Result<Vec<BoxStream<'_, io::Result<usize>>>> {
            Ok(vec![self.lengths().boxed(), self.lengths().skip(1).boxed()])
        }
    }
}

fn words(words: &[&str]) -> forms::Words {
    forms::Words(words.iter().map(ToString::to_string).collect())
}

fn collected<T>(items: impl Iterator<Item = io::Result<T>>) -> Vec<T> {
    items.collect::<io::Result<_>>().unwrap()
}

#[test]
fn synchronous_methods_hand_out_iterators() {
    use forms::BlockingSource;

    let source = words(&["a", "stream"]);
    assert_eq!(collected(source.boxed_blocking()), [1, 6]);
    assert_eq!(collected(source.pinned_blocking()), [1, 6]);
    assert_eq!(collected(source.opaque_blocking()), [1, 6]);
    assert_eq!(collected(source.opaque_of_two_blocking("s")), ["as", "streams"]);
    assert_eq!(collected(source.opaque_of_many_blocking(&'x', || 1)), [('x', 2), ('x', 7)]);
    let bounded = source.bounded_blocking();
    drop(source);
    assert_eq!(collected(bounded), [2]);
}

#[test]
fn async_methods_hand_out_iterators() -> io::Result<()> {
    use forms::BlockingSource;

    let source = words(&["a", "stream"]);
    assert_eq!(collected(source.opened_blocking(1)?), [6]);
    assert_eq!(source.opened_blocking(3).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(collected(source.opened_opaque_blocking(&1)?), [6]);
    assert_eq!(collected(source.awaited_blocking()), [1, 6]);
    Ok(())
}

#[test]
fn iterators_among_other_values() -> io::Result<()> {
    use forms::BlockingSource;

    let source = words(&["a", "stream"]);
    let (count, lengths) = source.among_blocking()?;
    assert_eq!((count, collected(lengths.unwrap())), (2, vec![1, 6]));
    assert!(words(&[]).among_blocking()?.1.is_none());
    let several: Vec<_> = source.several_blocking()?.into_iter().map(collected).collect();
    assert_eq!(several, [vec![1, 6], vec![6]]);
    Ok(())
}

#[test]
fn error_of_an_item_is_the_item() {
    use forms::BlockingSource;

    let items: Vec<_> =
        words(&["a", "", "b"]).boxed_blocking().map(|item| item.map_err(|error| error.to_string())).collect();
    assert_eq!(items, [Ok(1), Err("no word".to_owned()), Ok(1)]);
}

/// The twin can be a `dyn`, and a default is inherited.
mod object {
    use super::*;

    #[sync_bridge(error = wrap)]
    pub(crate) trait Source {
        fn items(&self) -> BoxStream<'_, u8>;

        fn doubled(&self) -> BoxStream<'_, u8> {
            self.items().map(|item| 2 * item).boxed()
        }

        async fn opened(&self) -> Option<BoxStream<'_, u8>> {
            Some(self.items())
        }

        #[bridge(collect = Vec<u8>)]
        fn all(&self) -> BoxStream<'_, u8> {
            self.items()
        }
    }

    pub(crate) struct Owner {
        pub(crate) bridge: RuntimeBridge,
    }

    #[sync_bridge(error = wrap, bridge = self.bridge)]
    impl Source for Owner {
        fn items(&self) -> BoxStream<'_, u8> {
            // Built inside the bridge: a timer needs its context.
            let clock = tokio::time::interval(std::time::Duration::from_nanos(1));
            stream::unfold((clock, 0), move |(mut clock, count)| async move {
                clock.tick().await;
                (count < 3).then_some((count, (clock, count + 1)))
            })
            .boxed()
        }
    }
}

#[test]
fn streams_through_a_dyn_twin() -> Result<(), Box<dyn std::error::Error>> {
    use object::BlockingSource;

    let source: &dyn BlockingSource = &object::Owner { bridge: RuntimeBridge::new()? };
    let items: BlockingIter<BoxStream<'_, u8>> = source.items_blocking();
    assert_eq!(items.collect::<Result<Vec<_>, _>>()?, [0, 1, 2]);
    assert_eq!(source.doubled_blocking().collect::<Result<Vec<_>, _>>()?, [0, 2, 4]);
    assert_eq!(source.opened_blocking()?.unwrap().collect::<Result<Vec<_>, _>>()?, [0, 1, 2]);
    assert_eq!(source.all_blocking()?, [0, 1, 2]);
    Ok(())
}

#[test]
fn bridge_of_the_block_serves_every_item() -> Result<(), Box<dyn std::error::Error>> {
    use object::BlockingSource;

    // Reading ahead needs a stream that borrows from nobody.
    let source: &'static object::Owner = Box::leak(Box::new(object::Owner { bridge: RuntimeBridge::new()? }));
    let mut items = source.items_blocking();
    assert_eq!(items.next().transpose()?, Some(0));
    source.bridge.shutdown(std::time::Duration::ZERO);
    assert!(matches!(items.next(), Some(Err(BridgeError::WorkerDead))));
    assert!(items.next().is_none());
    let mut refused = source.items_blocking();
    assert!(matches!(refused.next(), Some(Err(BridgeError::WorkerDead))));
    assert!(refused.next().is_none());
    let mut refused = source.items_blocking().with_prefetch(2);
    assert!(matches!(refused.next(), Some(Err(BridgeError::WorkerDead))));
    assert!(refused.next().is_none());
    Ok(())
}

/// How a failure reaches the caller: here, a panic of the method, and one of the stream.
mod failing {
    use super::*;

    #[derive(Debug, PartialEq)]
    pub(crate) struct Foreign(pub(crate) String);

    #[allow(clippy::needless_pass_by_value, reason = "an `error = …` function takes the error")]
    pub(crate) fn foreign(error: BridgeError) -> Foreign {
        Foreign(error.panic_message().unwrap_or_default().to_owned())
    }

    #[sync_bridge]
    pub(crate) trait Torn {
        fn converted(&self) -> BoxStream<'_, io::Result<u8>>;
        #[bridge(error = wrap)]
        fn wrapped(&self) -> BoxStream<'_, u8>;
        #[bridge(error = panic)]
        fn panicking(&self) -> BoxStream<'_, u8>;
        #[bridge(error = foreign)]
        fn mapped(&self) -> BoxStream<'_, Result<u8, Foreign>>;
        #[bridge(error = foreign)]
        async fn mapped_inside(&self) -> Result<BoxStream<'_, Result<u8, Foreign>>, Foreign>;
    }

    /// The number of items before the page is torn; with none, it cannot be opened.
    pub(crate) struct Page(pub(crate) u8);

    impl Page {
        fn items(&self) -> BoxStream<'_, u8> {
            assert!(self.0 > 0, "no page");
            stream::iter(1..=self.0).chain(stream::poll_fn(|_| panic!("torn"))).boxed()
        }
    }

    #[sync_bridge]
    impl Torn for Page {
        fn converted(&self) -> BoxStream<'_, io::Result<u8>> {
            self.items().map(Ok).boxed()
        }
        #[bridge(error = wrap)]
        fn wrapped(&self) -> BoxStream<'_, u8> {
            self.items()
        }
        #[bridge(error = panic)]
        fn panicking(&self) -> BoxStream<'_, u8> {
            self.items()
        }
        #[bridge(error = foreign)]
        fn mapped(&self) -> BoxStream<'_, Result<u8, Foreign>> {
            self.items().map(Ok).boxed()
        }
        #[bridge(error = foreign)]
        async fn mapped_inside(&self) -> Result<BoxStream<'_, Result<u8, Foreign>>, Foreign> {
            Ok(self.items().map(Ok).boxed())
        }
    }
}

#[test]
fn failure_is_the_last_item() {
    use failing::{BlockingTorn, Foreign, Page};

    let last = |items: &mut dyn Iterator<Item = String>| items.last().unwrap();
    let mut converted = Page(1).converted_blocking().map(|item| format!("{item:?}")).collect::<Vec<_>>().into_iter();
    assert_eq!(converted.len(), 2);
    assert!(last(&mut converted).contains("torn"));
    let error = Page(1).wrapped_blocking().last().unwrap().unwrap_err();
    assert_eq!(error.panic_message(), Some("torn"));
    let mapped: Vec<_> = Page(1).mapped_blocking().collect();
    assert_eq!(mapped, [Ok(1), Err(Foreign("torn".to_owned()))]);
    let mapped: Vec<_> = Page(1).mapped_inside_blocking().unwrap().collect();
    assert_eq!(mapped, [Ok(1), Err(Foreign("torn".to_owned()))]);
}

#[test]
fn failure_to_open_is_the_only_item_or_the_error() {
    use failing::{BlockingTorn, Foreign, Page};

    let page = Page(0);
    let error = page.converted_blocking().next().unwrap().unwrap_err();
    let error = error.get_ref().unwrap().downcast_ref::<BridgeError>().unwrap();
    assert_eq!(error.panic_message(), Some("no page"));
    assert_eq!(page.converted_blocking().count(), 1);
    assert_eq!(page.wrapped_blocking().next().unwrap().unwrap_err().panic_message(), Some("no page"));
    assert_eq!(page.mapped_blocking().collect::<Vec<_>>(), [Err(Foreign("no page".to_owned()))]);
    assert_eq!(page.mapped_inside_blocking().unwrap_err(), Foreign("no page".to_owned()));
}

#[test]
fn payload_goes_on_where_failures_panic() {
    use failing::{BlockingTorn, Page};

    let caught = std::panic::catch_unwind(|| Page(0).panicking_blocking()).map(drop);
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"no page"));
    let page = Page(2);
    let mut items = page.panicking_blocking();
    assert_eq!((items.next(), items.next()), (Some(1), Some(2)));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| items.next()));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"torn"));
    assert_eq!(items.next(), None);
}

/// Drained in one call.
mod collecting {
    use super::*;
    use std::collections::BTreeSet;

    #[sync_bridge]
    pub(crate) trait Rows {
        #[bridge(collect = io::Result<Vec<u8>>)]
        fn rows(&self) -> BoxStream<'_, io::Result<u8>>;

        #[bridge(collect = io::Result<BTreeSet<u8>>)]
        async fn distinct(&self) -> io::Result<BoxStream<'_, io::Result<u8>>>;

        #[bridge(collect = Vec<u8>)]
        async fn plain(&self) -> io::Result<impl Stream<Item = u8> + Send>;

        #[bridge(collect = Vec<u8>, error = wrap)]
        fn wrapped(&self) -> impl Stream<Item = u8> + Send;

        #[bridge(collect = io::Result<usize>)]
        #[cfg(any())]
        fn absent(&self) -> BoxStream<'_, u8>;
    }

    pub(crate) struct Table(pub(crate) Vec<io::Result<u8>>);

    impl Table {
        fn items(&self) -> impl Stream<Item = io::Result<u8>> + Send + '_ {
            stream::iter(&self.0).map(|row| match row {
                Ok(row) => Ok(*row),
                Err(error) if error.kind() == io::ErrorKind::NotFound => panic!("read past an error"),
                Err(error) => Err(error.kind().into()),
            })
        }
    }

    #[sync_bridge]
    impl Rows for Table {
        #[bridge(collect = io::Result<Vec<u8>>)]
        fn rows(&self) -> BoxStream<'_, io::Result<u8>> {
            self.items().boxed()
        }

        #[bridge(collect = io::Result<BTreeSet<u8>>)]
        async fn distinct(&self) -> io::Result<BoxStream<'_, io::Result<u8>>> {
            if self.0.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(self.items().boxed()) }
        }

        #[bridge(collect = Vec<u8>)]
        async fn plain(&self) -> io::Result<impl Stream<Item = u8> + Send> {
            Ok(self.items().filter_map(|row| async { row.ok() }))
        }

        #[bridge(collect = Vec<u8>, error = wrap)]
        fn wrapped(&self) -> impl Stream<Item = u8> + Send {
            self.items().filter_map(|row| async { row.ok() })
        }
    }
}

#[test]
fn streams_collected() -> Result<(), Box<dyn std::error::Error>> {
    use collecting::{BlockingRows, Table};

    let table = Table(vec![Ok(2), Ok(1), Ok(2)]);
    assert_eq!(table.rows_blocking()?, [2, 1, 2]);
    assert_eq!(table.distinct_blocking()?.into_iter().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(table.plain_blocking()?, [2, 1, 2]);
    assert_eq!(table.wrapped_blocking()?, [2, 1, 2]);
    assert_eq!(Table(Vec::new()).distinct_blocking().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    Ok(())
}

#[test]
fn collecting_a_result_ends_with_the_first_error() {
    use collecting::{BlockingRows, Table};

    // The one after the error panics when it is asked for.
    let table = Table(vec![Ok(1), Err(io::ErrorKind::InvalidData.into()), Err(io::ErrorKind::NotFound.into())]);
    assert_eq!(table.rows_blocking().unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert_eq!(table.distinct_blocking().unwrap_err().kind(), io::ErrorKind::InvalidData);
    let error = table.plain_blocking().unwrap_err();
    assert!(error.to_string().contains("read past an error"), "{error}");
}

/// Into a synchronous trait that there is already.
mod existing {
    use super::*;

    pub(crate) type Items<'a, E> = FlattenResults<BlockingIter<BoxStream<'a, Result<u8, E>>>>;

    pub(crate) trait SyncList {
        type Error;
        fn list(&self) -> impl Iterator<Item = Result<u8, Self::Error>>;
        fn all(&self) -> Result<Vec<u8>, Self::Error>;
        fn listed(&self) -> Result<Items<'_, Self::Error>, Self::Error>;
    }

    pub(crate) trait List {
        type Error;
        fn list(&self) -> impl Stream<Item = Result<u8, Self::Error>> + Send;
        fn all(&self) -> BoxStream<'_, Result<u8, Self::Error>>;
        async fn listed(&self) -> Result<BoxStream<'_, Result<u8, Self::Error>>, Self::Error>;
    }

    #[sync_bridge(twin_trait = SyncList)]
    impl List for [u8] {
        type Error = io::Error;

        fn list(&self) -> impl Stream<Item = Result<u8, Self::Error>> + Send {
            stream::iter(self).map(|item| Ok(*item))
        }

        #[bridge(collect = Result<Vec<u8>, Self::Error>)]
        fn all(&self) -> BoxStream<'_, Result<u8, Self::Error>> {
            List::list(self).boxed()
        }

        async fn listed(&self) -> Result<BoxStream<'_, Result<u8, Self::Error>>, Self::Error> {
            Ok(List::list(self).boxed())
        }
    }
}

#[test]
fn existing_twin_iterates() -> io::Result<()> {
    use existing::SyncList;

    let list = &[1, 2][..];
    assert_eq!(collected(list.list()), [1, 2]);
    assert_eq!(list.all()?, [1, 2]);
    assert_eq!(collected(list.listed()?), [1, 2]);
    Ok(())
}

/// Streams behind an alias are marked.
mod marked {
    use super::*;

    pub(crate) type Rows<'a> = BoxStream<'a, io::Result<u8>>;

    #[sync_bridge]
    pub(crate) trait Table {
        #[bridge(iter)]
        fn rows(&self) -> Rows<'_>;

        #[bridge(iter)]
        async fn opened(&self) -> io::Result<Rows<'_>>;

        #[bridge(collect = io::Result<Vec<u8>>)]
        async fn all(&self) -> io::Result<Rows<'_>>;
    }

    #[sync_bridge]
    impl Table for [u8] {
        #[bridge(iter)]
        fn rows(&self) -> Rows<'_> {
            stream::iter(self).map(|row| Ok(*row)).boxed()
        }

        #[bridge(iter)]
        async fn opened(&self) -> io::Result<Rows<'_>> {
            Ok(self.rows())
        }

        #[bridge(collect = io::Result<Vec<u8>>)]
        async fn all(&self) -> io::Result<Rows<'_>> {
            Ok(self.rows())
        }
    }
}

#[test]
fn marked_aliases() -> io::Result<()> {
    use marked::BlockingTable;

    let table = &[3, 4][..];
    assert_eq!(collected(table.rows_blocking()), [3, 4]);
    assert_eq!(collected(table.opened_blocking()?), [3, 4]);
    assert_eq!(table.all_blocking()?, [3, 4]);
    Ok(())
}

mod results {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    pub(crate) type DbResult<T, E = io::Error> = Result<T, E>;
    type Answer<T> = io::Result<T>;
    type Rows = BoxStream<'static, io::Result<u8>>;
    type PageResult<T> = BoxStream<'static, io::Result<T>>;

    pub(crate) struct Table {
        pub(crate) asked: AtomicUsize,
    }

    impl Table {
        fn rows(&self) -> BoxStream<'_, io::Result<u8>> {
            let rows = [Ok(1), Err(io::ErrorKind::NotFound.into()), Ok(2)];
            stream::iter(rows)
                .inspect(|_| {
                    self.asked.fetch_add(1, Ordering::Relaxed);
                })
                .boxed()
        }
    }

    #[sync_bridge]
    #[allow(clippy::unused_async, clippy::unused_self)]
    impl Table {
        pub(crate) async fn opened(&self) -> DbResult<BoxStream<'_, DbResult<u8>>> {
            Ok(self.rows())
        }

        pub(crate) async fn opaque(&self) -> DbResult<Option<impl Stream<Item = DbResult<u8>> + Send>, io::Error> {
            Ok(Some(self.rows()))
        }

        #[bridge(iter)]
        pub(crate) async fn alias(&self) -> DbResult<Rows> {
            Err(io::ErrorKind::NotFound.into())
        }

        /// It ends so, and is the stream itself.
        #[bridge(iter)]
        pub(crate) fn page(&self) -> PageResult<u8> {
            stream::iter([Ok(3)]).boxed()
        }

        #[bridge(collect = DbResult<Vec<u8>>)]
        pub(crate) async fn collected(&self) -> DbResult<BoxStream<'_, DbResult<u8>>> {
            Ok(self.rows())
        }

        #[bridge(collect = Answer<Vec<u8>>, error = wrap)]
        pub(crate) fn stopped(&self) -> BoxStream<'_, io::Result<u8>> {
            self.rows()
        }

        #[bridge(collect = Answer<Vec<u8>>)]
        pub(crate) async fn nested(&self) -> io::Result<BoxStream<'_, io::Result<u8>>> {
            Ok(self.rows())
        }
    }
}

#[test]
fn results_of_streams_have_names_that_end_so() -> Result<(), Box<dyn std::error::Error>> {
    let table = results::Table { asked: 0.into() };
    assert_eq!(table.opened_blocking()?.map(|row| row.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(table.opaque_blocking()?.unwrap().flatten().sum::<u8>(), 3);
    assert_eq!(table.alias_blocking().err().unwrap().kind(), io::ErrorKind::NotFound);
    assert_eq!(collected(table.page_blocking()), [3]);
    Ok(())
}

#[test]
fn collecting_ends_with_the_first_error_whatever_the_name() {
    let asked = |calls: fn(&results::Table)| {
        let table = results::Table { asked: 0.into() };
        calls(&table);
        table.asked.into_inner()
    };
    let merged = |table: &results::Table| assert!(table.collected_blocking().is_err());
    assert_eq!(asked(merged), 2);
    let stopped = |table: &results::Table| assert!(table.stopped_blocking().unwrap().is_err());
    assert_eq!(asked(stopped), 2);
    // The signature has to say that two are one, so that is for names.
    let nested = |table: &results::Table| assert!(table.nested_blocking().unwrap().is_err());
    assert_eq!(asked(nested), 2);
}

/// Streams that are `Send` because a trait of the crate's own says so.
mod own_send {
    use super::*;

    pub(crate) trait MaybeSend: Send {}

    impl<T: Send> MaybeSend for T {}

    #[sync_bridge(error = wrap)]
    pub(crate) trait Table: Sync {
        fn rows(&self) -> impl Stream<Item = u8> + MaybeSend;

        fn default_rows(&self) -> impl Stream<Item = u8> + MaybeSend {
            self.rows()
        }

        #[bridge(collect = Vec<u8>)]
        async fn all(&self) -> impl Stream<Item = u8> + MaybeSend {
            self.rows()
        }
    }

    #[sync_bridge(error = wrap)]
    impl Table for u8 {
        fn rows(&self) -> impl Stream<Item = u8> + MaybeSend {
            stream::iter([*self])
        }
    }

    #[sync_bridge(error = wrap, blanket)]
    pub(crate) trait Every {
        fn every(&self) -> impl Stream<Item = u8> + MaybeSend;
    }

    impl Every for u8 {
        fn every(&self) -> impl Stream<Item = u8> + MaybeSend {
            stream::iter([*self])
        }
    }
}

#[test]
fn streams_that_are_send_by_a_trait_of_the_crate() -> Result<(), BridgeError> {
    use own_send::{BlockingEvery, BlockingTable};

    assert_eq!(7_u8.rows_blocking().collect::<Result<Vec<u8>, _>>()?, [7]);
    assert_eq!(7_u8.default_rows_blocking().collect::<Result<Vec<u8>, _>>()?, [7]);
    assert_eq!(7_u8.all_blocking()?, [7]);
    assert_eq!(7_u8.every_blocking().collect::<Result<Vec<u8>, _>>()?, [7]);
    Ok(())
}

/// A stream with a name and with methods of its own.
mod named {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    #[derive(Debug)]
    pub(crate) struct Rows {
        pub(crate) left: u8,
        pub(crate) columns: &'static str,
    }

    impl Stream for Rows {
        type Item = io::Result<u8>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<u8>>> {
            let next = self.left.checked_sub(1);
            Poll::Ready(next.map(|left| {
                self.left = left;
                Ok(left)
            }))
        }
    }

    fn in_words(error: BridgeError) -> io::Error {
        io::Error::other(error)
    }

    #[sync_bridge]
    #[allow(clippy::unused_self)]
    pub(crate) trait Table {
        #[bridge(iter)]
        fn rows(&self) -> Rows;
        #[bridge(iter, error = in_words)]
        async fn mapped(&self) -> io::Result<Rows>;
        #[bridge(iter, error = panic)]
        fn plain(&self) -> Rows;
        #[bridge(iter, error = wrap)]
        fn wrapped(&self) -> Rows;
    }

    #[sync_bridge]
    impl Table for u8 {
        #[bridge(iter)]
        fn rows(&self) -> Rows {
            Rows { left: *self, columns: "a" }
        }

        #[bridge(iter, error = in_words)]
        async fn mapped(&self) -> io::Result<Rows> {
            Ok(Table::rows(self))
        }

        #[bridge(iter, error = panic)]
        fn plain(&self) -> Rows {
            Table::rows(self)
        }

        #[bridge(iter, error = wrap)]
        fn wrapped(&self) -> Rows {
            Table::rows(self)
        }
    }
}

#[test]
fn methods_of_a_named_stream_remain_reachable() -> io::Result<()> {
    use named::{BlockingTable, Rows};

    let mut rows: FlattenResults<BlockingIter<Rows>> = 3_u8.rows_blocking();
    assert_eq!(rows.get_ref().unwrap().columns, "a");
    assert_eq!(rows.next().transpose()?, Some(2));
    rows.get_mut().unwrap().left = 1;
    assert_eq!(rows.by_ref().collect::<io::Result<Vec<u8>>>()?, [0]);
    assert!(rows.get_ref().is_none() && rows.get_mut().is_none() && rows.into_inner().is_none());

    let mut mapped = 3_u8.mapped_blocking()?;
    assert_eq!(mapped.next().transpose()?, Some(2));
    assert_eq!(mapped.get_ref().unwrap().left, 2);
    assert_eq!(mapped.into_inner().unwrap().left, 2);
    let mut plain = 3_u8.plain_blocking();
    plain.get_mut().unwrap().left = 0;
    assert!(plain.next().is_none());
    assert_eq!(3_u8.wrapped_blocking().into_inner().unwrap().left, 3);
    Ok(())
}
