//! Methods that return task handles, readers and writers: the twin returns what sync code can use.

use std::io::{self, BufRead, Read, Write};

use sync_bridge::{BlockingIo, BridgeError, BridgedTask, RuntimeBridge, sync_bridge};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, DuplexStream};
use tokio::task::JoinHandle;

/// Task handles.
mod tasks {
    use super::*;

    pub(crate) type Job = JoinHandle<u8>;

    #[sync_bridge]
    pub(crate) trait Jobs {
        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8>;

        #[bridge(task)]
        async fn started(&self, fails: bool) -> io::Result<JoinHandle<u8>>;

        #[bridge(task)]
        async fn alias(&self) -> io::Result<Job>;

        #[bridge(task)]
        async fn several(&self) -> io::Result<(u8, Vec<JoinHandle<u8>>)>;

        #[bridge(task, error = wrap)]
        fn optional(&self) -> Option<JoinHandle<u8>>;
    }

    #[sync_bridge(error = wrap)]
    pub(crate) trait Inherited {
        #[bridge(task)]
        fn start(&self) -> JoinHandle<&'static str> {
            tokio::spawn(async { "inherited" })
        }
    }

    #[sync_bridge(error = wrap)]
    impl Inherited for u8 {}

    #[sync_bridge]
    impl Jobs for u8 {
        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8> {
            let value = *self;
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                assert!(value > 0, "no value");
                value
            })
        }

        #[bridge(task)]
        async fn started(&self, fails: bool) -> io::Result<JoinHandle<u8>> {
            if fails { Err(io::ErrorKind::NotFound.into()) } else { Ok(Jobs::start(self)) }
        }

        #[bridge(task)]
        async fn alias(&self) -> io::Result<Job> {
            Ok(Jobs::start(self))
        }

        #[bridge(task)]
        async fn several(&self) -> io::Result<(u8, Vec<JoinHandle<u8>>)> {
            Ok((*self, vec![Jobs::start(self), Jobs::start(self)]))
        }

        #[bridge(task, error = wrap)]
        fn optional(&self) -> Option<JoinHandle<u8>> {
            (*self > 0).then(|| Jobs::start(self))
        }
    }
}

#[test]
fn tasks_are_waited_for() -> Result<(), Box<dyn std::error::Error>> {
    use tasks::{BlockingInherited, BlockingJobs};

    let mut task: BridgedTask<u8> = BlockingJobs::start_blocking(&7_u8);
    assert_eq!(task.wait()?, 7);
    assert_eq!(7_u8.started_blocking(false)?.wait()?, 7);
    assert_eq!(7_u8.started_blocking(true).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(7_u8.alias_blocking()?.wait()?, 7);
    let (value, tasks) = 7_u8.several_blocking()?;
    let values: Result<Vec<u8>, BridgeError> = tasks.into_iter().map(|mut task| task.wait()).collect();
    assert_eq!((value, values?), (7, vec![7, 7]));
    assert_eq!(BlockingJobs::start_blocking(&0_u8).wait().unwrap_err().panic_message(), Some("no value"));
    assert_eq!(7_u8.optional_blocking()?.unwrap().wait()?, 7);
    assert!(0_u8.optional_blocking()?.is_none());
    let mut task: BridgedTask<&str> = BlockingInherited::start_blocking(&7_u8);
    assert_eq!(task.wait()?, "inherited");
    Ok(())
}

/// A task that cannot be started is one that has failed.
mod refused {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Start {
        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8>;
    }

    #[sync_bridge(bridge = self)]
    impl Start for RuntimeBridge {
        #[bridge(task)]
        fn start(&self) -> JoinHandle<u8> {
            tokio::spawn(async { 7 })
        }
    }
}

#[test]
fn task_of_a_bridge_that_is_shut_down() -> io::Result<()> {
    use refused::BlockingStart;

    let bridge = RuntimeBridge::new()?;
    bridge.shutdown(std::time::Duration::ZERO);
    let mut task = bridge.start_blocking();
    assert!(task.is_finished());
    assert_eq!(task.id(), None);
    assert!(matches!(task.wait(), Err(BridgeError::WorkerDead)));
    Ok(())
}

/// Readers, writers, and what is both.
mod objects {
    use super::*;
    use std::pin::Pin;

    #[sync_bridge]
    pub(crate) trait Files {
        #[bridge(read)]
        async fn open(&self, name: &str) -> io::Result<Box<dyn AsyncRead + Send + Unpin + '_>>;

        #[bridge(read)]
        async fn open_pinned(&self) -> io::Result<Pin<Box<dyn AsyncBufRead + Send + '_>>>;

        #[bridge(read)]
        async fn open_opaque(&self, name: &str) -> io::Result<impl AsyncRead + Send>;

        #[bridge(read, error = wrap)]
        fn buffered(&self) -> impl AsyncBufRead + Send;

        #[bridge(write)]
        async fn create(&mut self) -> io::Result<&mut Vec<u8>>;

        #[bridge(read, write)]
        async fn connect(&self) -> io::Result<DuplexStream>;

        #[bridge(write, read)]
        async fn connect_opaque(&self) -> io::Result<impl AsyncRead + AsyncWrite + Send + 'static>;

        #[bridge(read)]
        async fn open_with_length(&self) -> io::Result<(usize, Box<dyn AsyncRead + Send + Unpin + '_>)> {
            Ok((5, self.open("a").await?))
        }
    }

    #[sync_bridge]
    impl Files for Vec<u8> {
        #[bridge(read)]
        async fn open(&self, name: &str) -> io::Result<Box<dyn AsyncRead + Send + Unpin + '_>> {
            if name.is_empty() {
                return Err(io::ErrorKind::NotFound.into());
            }
            Ok(Box::new(&self[..]))
        }

        #[bridge(read)]
        async fn open_pinned(&self) -> io::Result<Pin<Box<dyn AsyncBufRead + Send + '_>>> {
            Ok(Box::pin(&self[..]))
        }

        #[bridge(read)]
        async fn open_opaque(&self, _: &str) -> io::Result<impl AsyncRead + Send> {
            Ok(&self[..])
        }

        #[bridge(read, error = wrap)]
        fn buffered(&self) -> impl AsyncBufRead + Send {
            &self[..]
        }

        #[bridge(write)]
        async fn create(&mut self) -> io::Result<&mut Vec<u8>> {
            Ok(self)
        }

        #[bridge(read, write)]
        async fn connect(&self) -> io::Result<DuplexStream> {
            let (here, mut there) = tokio::io::duplex(64);
            tokio::spawn(async move {
                let (mut from, mut to) = tokio::io::split(&mut there);
                tokio::io::copy(&mut from, &mut to).await
            });
            Ok(here)
        }

        #[bridge(write, read)]
        async fn connect_opaque(&self) -> io::Result<impl AsyncRead + AsyncWrite + Send + 'static> {
            self.connect().await
        }
    }
}

#[test]
fn readers_and_writers() -> io::Result<()> {
    use objects::BlockingFiles;

    let mut bytes = b"some\nbytes".to_vec();
    let reader: BlockingIo<Box<dyn AsyncRead + Send + Unpin + '_>> = bytes.open_blocking("a")?;
    assert_eq!(io::read_to_string(reader)?, "some\nbytes");
    assert_eq!(bytes.open_blocking("").err().unwrap().kind(), io::ErrorKind::NotFound);
    assert_eq!(bytes.open_pinned_blocking()?.lines().collect::<io::Result<Vec<_>>>()?, ["some", "bytes"]);
    assert_eq!(io::read_to_string(bytes.open_opaque_blocking("a")?)?, "some\nbytes");
    assert_eq!(bytes.buffered_blocking().unwrap().lines().count(), 2);
    let (length, reader) = bytes.open_with_length_blocking()?;
    assert_eq!((length, io::read_to_string(reader)?.len()), (5, 10));
    let mut writer: BlockingIo<&mut Vec<u8>> = bytes.create_blocking()?;
    writer.write_all(b"!")?;
    drop(writer);
    assert_eq!(bytes, b"some\nbytes!");
    Ok(())
}

#[test]
fn what_is_read_and_written() -> io::Result<()> {
    use objects::BlockingFiles;

    fn echo(mut peer: impl Read + Write) -> io::Result<()> {
        let mut answer = [0; 4];
        peer.write_all(b"ping")?;
        peer.read_exact(&mut answer)?;
        assert_eq!(&answer, b"ping");
        Ok(())
    }

    let peer: BlockingIo<DuplexStream> = Vec::new().connect_blocking()?;
    echo(peer)?;
    echo(Vec::new().connect_opaque_blocking()?)
}

/// Streams of bytes.
mod downloads {
    use super::*;
    use bytes::Bytes;
    use futures::stream::{self, BoxStream, Stream, StreamExt};
    use std::fmt;
    use sync_bridge::ByteReader;

    /// An error that is not an `io::Error`.
    #[derive(Debug)]
    pub(crate) struct Disconnected;

    impl fmt::Display for Disconnected {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("disconnected")
        }
    }

    impl std::error::Error for Disconnected {}

    impl From<BridgeError> for Disconnected {
        fn from(_: BridgeError) -> Self {
            Self
        }
    }

    #[sync_bridge]
    pub(crate) trait Download {
        #[bridge(read)]
        async fn get(&self) -> Result<BoxStream<'static, Result<Bytes, Disconnected>>, Disconnected>;

        #[bridge(read, error = wrap)]
        fn body(&self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send;

        #[bridge(read)]
        async fn parts(&self) -> io::Result<(u8, Vec<BoxStream<'_, io::Result<&str>>>)>;

        #[bridge(read, error = wrap)]
        fn inherited(&self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
            stream::iter([Ok(vec![b'x'; 3])])
        }
    }

    #[sync_bridge]
    impl Download for String {
        #[bridge(read)]
        async fn get(&self) -> Result<BoxStream<'static, Result<Bytes, Disconnected>>, Disconnected> {
            let pieces: Vec<_> = self.split_inclusive(' ').map(|piece| Ok(Bytes::from(piece.to_owned()))).collect();
            Ok(stream::iter(pieces).chain(stream::iter([Err(Disconnected)])).boxed())
        }

        #[bridge(read, error = wrap)]
        fn body(&self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
            // Needs the bridge's context.
            let handle = tokio::runtime::Handle::current();
            stream::iter(self.split_inclusive(' ')).then(move |piece| {
                let _task = handle.spawn(async {});
                async move { Ok(piece.as_bytes().to_vec()) }
            })
        }

        #[bridge(read)]
        async fn parts(&self) -> io::Result<(u8, Vec<BoxStream<'_, io::Result<&str>>>)> {
            Ok((1, self.split(' ').map(|part| stream::iter([Ok(part), Ok("!")]).boxed()).collect()))
        }
    }

    pub(crate) struct Client;

    #[sync_bridge]
    #[allow(clippy::unused_async, clippy::unused_self)]
    impl Client {
        #[bridge(read)]
        pub(crate) async fn get(&self) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
            Ok(stream::iter([Ok(Bytes::from_static(b"text"))]))
        }
    }

    pub(crate) type Text = BlockingIo<ByteReader<BoxStream<'static, Result<Bytes, Disconnected>>>>;
}

#[test]
fn bytes_of_streams() -> Result<(), Box<dyn std::error::Error>> {
    use downloads::BlockingDownload;

    let text = String::from("some words of text");
    let download: &dyn BlockingDownload = &text;
    let mut reader: downloads::Text = download.get_blocking()?;
    let mut read = vec![0; text.len()];
    reader.read_exact(&mut read)?;
    assert_eq!(read, text.as_bytes());
    let error = reader.read(&mut [0]).unwrap_err();
    assert!(error.downcast::<downloads::Disconnected>().is_ok());

    let words: Vec<_> = download.body_blocking()?.split(b' ').collect::<io::Result<_>>()?;
    assert_eq!(words.len(), 4);
    let (one, parts) = download.parts_blocking()?;
    let parts: io::Result<Vec<String>> = parts.into_iter().map(io::read_to_string).collect();
    assert_eq!((one, parts?.concat()), (1, "some!words!of!text!".to_owned()));
    assert_eq!(io::read_to_string(download.inherited_blocking()?)?, "xxx");
    assert_eq!(io::read_to_string(downloads::Client.get_blocking()?)?, "text");
    Ok(())
}
