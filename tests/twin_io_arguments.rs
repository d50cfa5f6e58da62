//! Arguments with `#[bridge(read)]` and `#[bridge(write)]`: in each form of the macro, however the original takes them.

#![allow(
    clippy::multiple_bound_locations,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::unused_self,
    reason = "what an original does is not what is tested"
)]

use std::any::Any;
use std::fmt;
use std::io::{self, BufWriter, Cursor, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use sync_bridge::{BlockingIo, BridgeError, RuntimeBridge, sync_bridge};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy};
use tokio_util::sync::CancellationToken;

mod support;

use support::{CountsDrop, Drops, FLAVORS, bridge, from_each_caller, watched};

/// A writer whose bytes can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Never all of many bytes at once.
        let count = bytes.len().min(5000);
        self.0.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(text: &str) -> Cursor<Vec<u8>> {
    Cursor::new(text.as_bytes().to_vec())
}

mod traits {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store: Sync {
        async fn unnamed(
            &self,
            #[bridge(read)] source: impl AsyncRead + Unpin + Send,
            #[bridge(write)] sink: impl AsyncWrite + Unpin + Send,
        ) -> io::Result<u64>;

        async fn generic<const N: usize, R: AsyncRead + Send, T: Send, W>(
            &mut self,
            _: [T; N],
            #[bridge(read)] source: R,
            #[bridge(write)] sink: W,
        ) -> io::Result<u64>
        where
            W: AsyncWrite + Unpin + Send,
            R: Unpin;

        async fn borrowed(
            self,
            #[bridge(read)] source: &mut (impl AsyncRead + Unpin + Send),
            #[bridge(write)] sink: Pin<&mut (impl AsyncWrite + Send)>,
        ) -> io::Result<u64>
        where
            Self: Sized;

        async fn by_default<R: AsyncRead + Unpin + Send>(
            &self,
            #[bridge(read)] source: &mut R,
            #[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send,
        ) -> io::Result<u64>
        where
            Self: Sized,
        {
            copy(source, &mut sink).await
        }
    }

    #[sync_bridge]
    impl Store for u8 {
        async fn unnamed(
            &self,
            #[bridge(read)] mut source: impl AsyncRead + Unpin + Send,
            #[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send,
        ) -> io::Result<u64> {
            copy(&mut source, &mut sink).await
        }

        async fn generic<const N: usize, R: AsyncRead + Send, T: Send, W>(
            &mut self,
            _: [T; N],
            #[bridge(read)] mut source: R,
            #[bridge(write)] mut sink: W,
        ) -> io::Result<u64>
        where
            W: AsyncWrite + Unpin + Send,
            R: Unpin,
        {
            copy(&mut source, &mut sink).await
        }

        async fn borrowed(
            self,
            #[bridge(read)] source: &mut (impl AsyncRead + Unpin + Send),
            #[bridge(write)] mut sink: Pin<&mut (impl AsyncWrite + Send)>,
        ) -> io::Result<u64> {
            copy(source, &mut sink).await
        }
    }
}

#[test]
fn readers_and_writers_of_a_trait() {
    use traits::BlockingStore;

    watched(|| {
        from_each_caller(|| {
            let sink = Shared::default();
            assert_eq!(7.unnamed_blocking(text("unnamed"), sink.clone()).unwrap(), 7);
            assert_eq!(sink.take(), b"unnamed");
            let mut store = 7;
            assert_eq!(
                store.generic_blocking::<1, Cursor<Vec<u8>>, u8, Shared>([0], text("generic"), sink.clone()).unwrap(),
                7
            );
            assert_eq!(sink.take(), b"generic");
            assert_eq!(7.borrowed_blocking(text("borrowed"), sink.clone()).unwrap(), 8);
            assert_eq!(sink.take(), b"borrowed");
            assert_eq!(7.by_default_blocking(text("by default"), sink.clone()).unwrap(), 10);
            assert_eq!(sink.take(), b"by default");
        });
    });
}

/// Objects, so that the twin can be used as `dyn`, with `#[async_trait]` and without.
mod objects {
    use super::*;

    #[async_trait::async_trait]
    #[sync_bridge]
    pub(crate) trait Store: Sync {
        async fn boxed(
            &self,
            #[bridge(read)] source: Box<dyn AsyncRead + Send + Unpin>,
            #[bridge(write)] sink: Pin<Box<dyn AsyncWrite + Send>>,
        ) -> io::Result<u64>;

        async fn borrowed(
            &self,
            #[bridge(read)] source: &mut (dyn AsyncRead + Send + Unpin),
            #[bridge(write)] sink: Pin<&mut (dyn AsyncWrite + Send)>,
        ) -> io::Result<u64>;
    }

    #[sync_bridge]
    #[async_trait::async_trait]
    impl Store for u8 {
        async fn boxed(
            &self,
            #[bridge(read)] mut source: Box<dyn AsyncRead + Send + Unpin>,
            #[bridge(write)] mut sink: Pin<Box<dyn AsyncWrite + Send>>,
        ) -> io::Result<u64> {
            copy(&mut source, &mut sink).await
        }

        async fn borrowed(
            &self,
            #[bridge(read)] source: &mut (dyn AsyncRead + Send + Unpin),
            #[bridge(write)] mut sink: Pin<&mut (dyn AsyncWrite + Send)>,
        ) -> io::Result<u64> {
            copy(source, &mut sink).await
        }
    }

    #[async_trait::async_trait]
    #[sync_bridge(blanket)]
    pub(crate) trait Generic: Sync {
        async fn put<R: AsyncRead + Send + Unpin>(&self, #[bridge(read)] source: R) -> io::Result<String>;
        async fn get(&self, #[bridge(write)] sink: &mut (impl AsyncWrite + Unpin + Send)) -> io::Result<()>;
    }

    #[async_trait::async_trait]
    impl Generic for u8 {
        async fn put<R: AsyncRead + Send + Unpin>(&self, mut source: R) -> io::Result<String> {
            let mut text = String::new();
            source.read_to_string(&mut text).await?;
            Ok(text)
        }

        async fn get(&self, sink: &mut (impl AsyncWrite + Unpin + Send)) -> io::Result<()> {
            sink.write_all(&[*self]).await
        }
    }
}

#[test]
fn readers_and_writers_of_an_object() {
    use objects::{BlockingGeneric, BlockingStore};

    watched(|| {
        from_each_caller(|| {
            let sink = Shared::default();
            let store: &dyn BlockingStore = &7;
            assert_eq!(store.boxed_blocking(Box::new(text("boxed")), Box::new(sink.clone())).unwrap(), 5);
            assert_eq!(sink.take(), b"boxed");
            assert_eq!(store.borrowed_blocking(Box::new(text("borrowed")), Box::new(sink.clone())).unwrap(), 8);
            assert_eq!(sink.take(), b"borrowed");
            assert_eq!(7.put_blocking(text("generic")).unwrap(), "generic");
            7.get_blocking(sink.clone()).unwrap();
            assert_eq!(sink.take(), [7]);
        });
    });
}

/// The other forms: a mirror, an existing twin, inherent methods and functions.
mod forms {
    use super::*;

    pub(crate) mod remote {
        use super::*;

        pub(crate) trait Store {
            async fn put(&self, source: impl AsyncRead + Unpin + Send) -> io::Result<String>;
        }

        impl Store for u8 {
            async fn put(&self, mut source: impl AsyncRead + Unpin + Send) -> io::Result<String> {
                let mut text = String::new();
                source.read_to_string(&mut text).await?;
                Ok(text)
            }
        }
    }

    #[sync_bridge(remote = remote::Store, local)]
    pub(crate) trait Store {
        async fn put(&self, #[bridge(read)] source: impl AsyncRead + Unpin + Send) -> io::Result<String>;
    }

    pub(crate) trait SyncStore {
        fn put(&self, source: Box<dyn Read + Send>) -> io::Result<String>;
        fn get<W: Write + Send + 'static>(&self, sink: W) -> io::Result<()>;
    }

    pub(crate) trait AsyncStore {
        async fn put(&self, source: Box<dyn AsyncRead + Unpin + Send>) -> io::Result<String>;
        async fn get<W: AsyncWrite + Unpin + Send>(&self, sink: W) -> io::Result<()>;
    }

    #[sync_bridge(twin_trait = SyncStore)]
    impl AsyncStore for u8 {
        async fn put(&self, #[bridge(read)] source: Box<dyn AsyncRead + Unpin + Send>) -> io::Result<String> {
            remote::Store::put(self, source).await
        }

        async fn get<W: AsyncWrite + Unpin + Send>(&self, #[bridge(write)] mut sink: W) -> io::Result<()> {
            sink.write_all(&[*self]).await
        }
    }

    pub(crate) struct Client(pub(crate) RuntimeBridge);

    #[sync_bridge(bridge = self.0)]
    impl Client {
        /// The reader is in what is returned, and is used after the call.
        #[bridge(read)]
        pub(crate) fn upper(
            &self,
            #[bridge(read)] source: impl AsyncRead + Unpin + Send + 'static,
        ) -> io::Result<Pin<Box<dyn AsyncRead + Send>>> {
            Ok(Box::pin(source.take(5)))
        }

        #[bridge(timeout = "1h", error = wrap)]
        pub(crate) async fn echo<T>(
            &self,
            #[bridge(read)] from: &mut (dyn AsyncRead + Unpin + Send),
            #[bridge(write)] to: &mut T,
        ) -> bool
        where
            T: AsyncWrite + ?Sized + Unpin + Send,
        {
            copy(from, to).await.is_ok()
        }
    }

    #[sync_bridge(error = panic, local)]
    pub(crate) async fn copies(
        #[bridge(read)] mut source: impl AsyncRead + Unpin,
        #[bridge(write)] mut first: impl AsyncWrite + Unpin,
        #[bridge(write)] mut second: impl AsyncWrite + Unpin,
    ) -> usize {
        let mut bytes = Vec::new();
        let count = source.read_to_end(&mut bytes).await.unwrap();
        first.write_all(&bytes).await.unwrap();
        second.write_all(&bytes).await.unwrap();
        count
    }
}

#[test]
fn readers_and_writers_in_the_other_forms() {
    use forms::{BlockingStore, Client, SyncStore};

    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let (first, second) = (Shared::default(), Shared::default());
                assert_eq!(7.put_blocking(text("mirror")).unwrap(), "mirror");
                assert_eq!(SyncStore::put(&7, Box::new(text("existing"))).unwrap(), "existing");
                SyncStore::get(&7, first.clone()).unwrap();
                assert_eq!(first.take(), [7]);
                let client = Client(bridge(flavor));
                let upper: BlockingIo<_> = client.upper_blocking(text("inherent")).unwrap();
                assert_eq!(io::read_to_string(upper).unwrap(), "inher");
                assert!(client.echo_blocking(Box::new(text("echo")), first.clone()).unwrap());
                assert_eq!(first.take(), b"echo");
                assert_eq!(forms::copies_blocking(text("function"), first.clone(), second.clone()), 8);
                assert_eq!(first.take(), second.take());
            });
        }
    });
}

#[sync_bridge]
async fn transfer(
    #[bridge(read)] mut source: impl AsyncRead + Unpin + Send,
    #[bridge(write)] sink: &mut (impl AsyncWrite + Unpin + Send),
) -> io::Result<u64> {
    copy(&mut source, sink).await
}

/// Reads pieces of different sizes.
struct Uneven(Cursor<Vec<u8>>, usize);

impl Read for Uneven {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 * 7 % 10_007;
        let count = bytes.len().min(self.1);
        Read::read(&mut self.0, &mut bytes[..count])
    }
}

/// Several MiB.
#[test]
fn every_byte_is_copied() {
    watched(|| {
        let bytes: Vec<u8> = (0..5_000_003_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let sink = Shared::default();
        let count = transfer_blocking(Uneven(Cursor::new(bytes.clone()), 1), sink.clone()).unwrap();
        assert_eq!(count, bytes.len() as u64);
        assert!(sink.take() == bytes);
    });
}

/// The original neither flushes nor closes. The writer has its bytes, and is dropped, before the call returns.
#[test]
fn writer_is_dropped_at_the_end_by_the_calling_thread() {
    struct Dropped(Shared, Arc<Mutex<Vec<ThreadId>>>);

    impl Write for Dropped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(thread::current().id());
        }
    }

    watched(|| {
        from_each_caller(|| {
            let (sink, dropped) = (Shared::default(), Arc::new(Mutex::new(Vec::new())));
            let writer = || BufWriter::new(Dropped(sink.clone(), Arc::clone(&dropped)));
            let here = thread::current().id();
            transfer_blocking(text("one"), writer()).unwrap();
            // The buffer of the writer is written when that is dropped.
            assert_eq!(sink.take(), b"one");
            forms::copies_blocking(text("two"), writer(), writer());
            assert_eq!(sink.take(), b"twotwo");
            assert_eq!(*dropped.lock().unwrap(), [here; 3]);
        });
    });
}

/// Writes as far as the room goes, and reports what happens to it.
struct Faulty {
    room: usize,
    fault: fn() -> io::Error,
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        self.room -= count;
        if count == 0 { Err((self.fault)()) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Faulty {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        bytes[..count].fill(7);
        self.room -= count;
        if count == 0 { Err((self.fault)()) } else { Ok(count) }
    }
}

#[derive(Debug)]
struct NoSpace;

impl fmt::Display for NoSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no space")
    }
}

impl std::error::Error for NoSpace {}

fn no_space() -> io::Error {
    io::Error::new(ErrorKind::StorageFull, NoSpace)
}

#[test]
fn errors_reach_the_method_unchanged() {
    watched(|| {
        for source in [true, false] {
            let many = io::repeat(0).take(1_000_000);
            let faulty = Faulty { room: 100_000, fault: no_space };
            let outcome =
                if source { transfer_blocking(faulty, Shared::default()) } else { transfer_blocking(many, faulty) };
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            assert!(error.into_inner().unwrap().is::<NoSpace>());
        }
    });
}

#[sync_bridge(error = wrap)]
async fn put_without_a_look(#[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send) -> &'static str {
    sink.write_all(b"some bytes").await.unwrap();
    "all is well"
}

#[test]
fn error_that_the_method_has_not_seen_is_that_of_the_call() {
    watched(|| {
        from_each_caller(|| {
            assert_eq!(put_without_a_look_blocking(Shared::default()).unwrap(), "all is well");
            let error = put_without_a_look_blocking(Faulty { room: 3, fault: no_space }).unwrap_err();
            let BridgeError::NotWritten(error) = error else { panic!("{error}") };
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            assert!(error.into_inner().unwrap().is::<NoSpace>());
        });
    });
}

#[test]
fn panic_of_a_reader_or_writer_is_that_of_the_call() {
    fn torn() -> io::Error {
        std::panic::panic_any("torn page")
    }

    watched(|| {
        from_each_caller(|| {
            let torn = || Faulty { room: 3, fault: torn };
            let error = transfer_blocking(torn(), Shared::default()).unwrap_err();
            assert!(error.to_string().contains("torn page"), "{error}");
            let error = transfer_blocking(text("some bytes"), torn()).unwrap_err();
            assert!(error.to_string().contains("torn page"), "{error}");
            let error = put_without_a_look_blocking(torn()).unwrap_err();
            assert_eq!(error.panic_message(), Some("torn page"));
        });
    });
}

/// Reads, and writes, until it is told to end. Says when it is dropped.
struct Stuck {
    begun: Sender<()>,
    end: Receiver<()>,
    writes: Arc<Mutex<usize>>,
    dropped: Sender<()>,
}

impl Stuck {
    fn stop(&mut self) {
        let _ = self.begun.send(());
        let _ = self.end.recv();
        *self.writes.lock().unwrap() += 1;
    }
}

impl Read for Stuck {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.stop();
        Err(ErrorKind::Interrupted.into())
    }
}

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.stop();
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        let _ = self.dropped.send(());
    }
}

#[test]
fn call_with_a_stuck_reader_or_writer_can_be_cancelled() {
    watched(|| {
        from_each_caller(|| {
            for is_reader in [true, false] {
                let ((begun, has_begun), (stop, end)) = (channel(), channel());
                let (dropped, is_dropped) = channel();
                let writes = Arc::default();
                let stuck = Stuck { begun, end, writes: Arc::clone(&writes), dropped };
                let token = CancellationToken::new();
                let cancelling = token.clone();
                let cancel = thread::spawn(move || {
                    has_begun.recv().unwrap();
                    cancelling.cancel();
                });
                let bridge = RuntimeBridge::global().unwrap();
                let outcome = bridge.call().cancel_on(&token).within(|| {
                    if is_reader {
                        transfer_blocking(stuck, io::sink())
                    } else {
                        transfer_blocking(io::repeat(0), stuck)
                    }
                });
                let error = outcome.unwrap_err().downcast::<BridgeError>().unwrap();
                assert!(matches!(error, BridgeError::Cancelled { .. }), "{error}");
                cancel.join().unwrap();
                assert!(is_dropped.try_recv().is_err());
                // It ends with the operation that was running, and no other is made.
                stop.send(()).unwrap();
                is_dropped.recv().unwrap();
                assert_eq!(*writes.lock().unwrap(), 1);
            }
        });
    });
}

/// Reads what is sent.
struct Channel(Receiver<[u8; 5]>);

impl Read for Channel {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.0.recv() {
            Ok(received) => {
                bytes[..received.len()].copy_from_slice(&received);
                Ok(received.len())
            }
            Err(_) => Ok(0),
        }
    }
}

/// A task that the method starts may keep its reader and writer.
#[sync_bridge]
async fn start(
    #[bridge(read)] mut source: impl AsyncRead + Unpin + Send + 'static,
    #[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send + 'static,
    done: tokio::sync::oneshot::Sender<io::Result<u64>>,
) -> io::Result<()> {
    sink.write_all(b"before, ").await?;
    tokio::spawn(async move {
        let copied = async {
            let count = copy(&mut source, &mut sink).await?;
            sink.shutdown().await?;
            Ok(count)
        };
        let _ = done.send(copied.await);
    });
    Ok(())
}

#[test]
fn reader_and_writer_outlive_the_call_in_a_task() {
    watched(|| {
        let sink = Shared::default();
        let (done, outcome) = tokio::sync::oneshot::channel();
        let (sender, receiver) = channel();
        start_blocking(Channel(receiver), sink.clone(), done).unwrap();
        assert_eq!(sink.take(), b"before, ");
        sender.send(*b"after").unwrap();
        drop(sender);
        assert_eq!(outcome.blocking_recv().unwrap().unwrap(), 5);
        assert_eq!(sink.take(), b"after");
    });
}

/// Its destructor panics, with a payload whose destructor panics as well.
struct PanicsInDrop<T>(T, &'static str);

struct Payload(&'static str);

impl Drop for Payload {
    fn drop(&mut self) {
        if !thread::panicking() {
            std::panic::panic_any("dropped payload");
        }
    }
}

impl<T: Read> Read for PanicsInDrop<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl<T: Write> Write for PanicsInDrop<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<T> Drop for PanicsInDrop<T> {
    fn drop(&mut self) {
        std::panic::panic_any(Payload(self.1));
    }
}

/// The text of the payload, which is not dropped.
fn text_of(payload: Box<dyn Any + Send>) -> &'static str {
    let payload = payload.downcast::<Payload>().unwrap();
    let text = payload.0;
    std::mem::forget(payload);
    text
}

mod panics_in_drop {
    use super::*;

    #[sync_bridge(error = wrap)]
    pub(crate) async fn wrapped(
        #[bridge(read)] source: &mut (impl AsyncRead + Unpin + Send),
        #[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send,
        output: CountsDrop,
    ) -> CountsDrop {
        copy(source, &mut sink).await.unwrap();
        output
    }

    #[sync_bridge(error = panic)]
    pub(crate) async fn unwrapped(
        #[bridge(read)] mut source: impl AsyncRead + Unpin + Send,
        #[bridge(write)] sink: &mut (impl AsyncWrite + Unpin + Send),
    ) {
        copy(&mut source, sink).await.unwrap();
    }

    pub(crate) struct Client(pub(crate) RuntimeBridge);

    #[sync_bridge(bridge = self.0)]
    impl Client {
        /// A synchronous method runs in the frame of the twin.
        #[bridge(read, error = wrap)]
        pub(crate) fn torn(
            &self,
            #[bridge(read)] source: impl AsyncRead + Unpin + Send + 'static,
            #[bridge(write)] sink: impl AsyncWrite + Unpin + Send + 'static,
        ) -> Pin<Box<dyn AsyncRead + Send>> {
            drop((source, sink));
            panic!("torn page")
        }
    }
}

fn source(panics: bool) -> Box<dyn Read + Send> {
    let source = text("some bytes");
    if panics { Box::new(PanicsInDrop(source, "source")) } else { Box::new(source) }
}

fn sink(panics: bool, sink: &Shared) -> Box<dyn Write + Send> {
    if panics { Box::new(PanicsInDrop(sink.clone(), "sink")) } else { Box::new(sink.clone()) }
}

/// The last argument is dropped first.
const WHICH: [(bool, bool, &str); 3] = [(true, false, "source"), (false, true, "sink"), (true, true, "sink")];

#[test]
fn panic_in_the_destructor_of_a_reader_or_writer_is_the_failure_of_the_call() {
    watched(|| {
        from_each_caller(|| {
            for (of_source, of_sink, text) in WHICH {
                let (bytes, outputs) = (Shared::default(), Drops::default());
                let (from, to) = (source(of_source), sink(of_sink, &bytes));
                let error = panics_in_drop::wrapped_blocking(from, to, outputs.guard()).map(drop).unwrap_err();
                assert!(matches!(error, BridgeError::ResponseLost(_)), "{error}");
                assert_eq!(text_of(error.into_panic()), text);
                assert_eq!((bytes.take().as_slice(), outputs.count()), (&b"some bytes"[..], 1));
                let error = transfer_blocking(source(of_source), sink(of_sink, &bytes)).unwrap_err();
                let error = error.downcast::<BridgeError>().unwrap();
                assert_eq!(text_of(error.into_panic()), text);
                let unwrapped = || panics_in_drop::unwrapped_blocking(source(of_source), sink(of_sink, &bytes));
                assert_eq!(text_of(catch_unwind(AssertUnwindSafe(unwrapped)).unwrap_err()), text);
            }
        });
    });
}

#[test]
fn panic_in_the_destructor_of_a_reader_or_writer_leaves_an_earlier_failure() {
    watched(|| {
        from_each_caller(|| {
            let bridge = RuntimeBridge::global().unwrap();
            let token = CancellationToken::new();
            token.cancel();
            for (of_source, of_sink, _) in WHICH {
                let bytes = Shared::default();
                let transfer = || transfer_blocking(source(of_source), sink(of_sink, &bytes));
                let error = bridge.call().cancel_on(&token).within(transfer).unwrap_err();
                let error = error.downcast::<BridgeError>().unwrap();
                assert!(matches!(error, BridgeError::Cancelled { .. }), "{error}");
                let client = panics_in_drop::Client(bridge.clone());
                let torn = || client.torn_blocking(source(of_source), sink(of_sink, &bytes)).map(drop);
                let payload = match catch_unwind(AssertUnwindSafe(torn)) {
                    Ok(outcome) => outcome.unwrap_err().into_panic(),
                    Err(payload) => payload,
                };
                assert_eq!(payload.downcast_ref(), Some(&"torn page"));
            }
        });
    });
}
