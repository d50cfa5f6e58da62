//! What a sync caller sees of an operation that does not succeed.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::io::{AsyncRead, ReadBuf, duplex};

use crate::scripted::Scripted;
use crate::scripted::Step::{Does, Fails, Panics, Waits};
use crate::support::{FLAVORS, bridge, from_each_caller, watched};

/// The bridge's error inside.
fn inner(error: io::Error) -> BridgeError {
    *error.into_inner().unwrap().downcast().unwrap()
}

#[test]
fn interrupted_operation_is_tried_again_for_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let interrupted =
                    || Scripted::new([Fails(ErrorKind::Interrupted), Waits, Fails(ErrorKind::Interrupted), Does(4)]);
                assert_eq!(bridge.reader(interrupted()).read(&mut [0; 8]).unwrap(), 4);
                assert_eq!(bridge.writer(interrupted()).write(b"12345678").unwrap(), 4);
                bridge.writer(interrupted()).flush().unwrap();
                bridge.writer(interrupted()).shutdown().unwrap();

                let mut buffered = interrupted();
                buffered.0.push_back(Does(6));
                assert_eq!(bridge.reader(buffered).fill_buf().unwrap(), b"some b");

                let mut sought = interrupted();
                sought.0.extend([Fails(ErrorKind::Interrupted), Does(7)]);
                assert_eq!(bridge.reader(sought).seek(SeekFrom::Start(7)).unwrap(), 7);
            });
        }
    });
}

#[test]
fn operation_that_is_interrupted_for_ever_runs_out_of_time() {
    struct Always;

    impl AsyncRead for Always {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(ErrorKind::Interrupted.into()))
        }
    }

    watched(|| {
        for flavor in FLAVORS {
            let limit = Duration::from_millis(5);
            let bridge = RuntimeBridge::builder().flavor(flavor).default_timeout(limit).build().unwrap();
            let error = bridge.reader(Always).read(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
        }
    });
}

#[test]
fn would_block_of_an_async_object_is_a_failure() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let refuses = || Scripted::new([Fails(ErrorKind::WouldBlock)]);
        let errors = [
            bridge.reader(refuses()).read(&mut [0]).unwrap_err(),
            bridge.reader(refuses()).fill_buf().unwrap_err(),
            bridge.reader(refuses()).rewind().unwrap_err(),
            bridge.writer(refuses()).write(&[0]).unwrap_err(),
            bridge.writer(refuses()).flush().unwrap_err(),
            bridge.writer(refuses()).shutdown().unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Other);
            let inner = std::error::Error::source(error.get_ref().unwrap()).unwrap();
            assert_eq!(inner.downcast_ref::<io::Error>().unwrap().kind(), ErrorKind::WouldBlock);
        }
    });
}

#[test]
fn error_of_an_async_object_is_passed_on() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut reader = bridge.reader(Scripted::new([Waits, Fails(ErrorKind::ConnectionReset), Does(2)]));
        assert_eq!(reader.read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 2);
    });
}

#[test]
fn end_of_a_buffered_reader_is_looked_at_once() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut reader = bridge.reader(Scripted::new([Does(0), Does(4), Does(4), Does(4)]));
        assert_eq!(reader.fill_buf().unwrap(), b"");
        assert_eq!(reader.fill_buf().unwrap(), b"some");
    });
}

#[test]
fn buffered_reader_that_takes_its_bytes_back_is_a_failure() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut reader = bridge.reader(Scripted::new([Does(4), Waits]));
        assert_eq!(reader.fill_buf().unwrap_err().kind(), ErrorKind::Other);
    });
}

#[test]
fn panic_of_an_async_object_arrives_with_its_payload() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let mut reader = bridge.reader(Scripted::new([Waits, Panics, Does(3)]));
                assert_eq!(inner(reader.read(&mut [0; 4]).unwrap_err()).panic_message(), Some("torn"));
                assert_eq!(reader.read(&mut [0; 4]).unwrap(), 3);
            });
        }
    });
}

#[test]
fn time_limit_of_the_bridge_ends_the_operation_and_not_the_reader() {
    watched(|| {
        let bridge = RuntimeBridge::builder().default_timeout(Duration::from_millis(5)).build().unwrap();
        let (near, far) = duplex(64);
        let mut reader = bridge.reader(far);
        assert_eq!(reader.read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::TimedOut);
        bridge.writer(near).write_all(b"late").unwrap();
        assert_eq!(io::read_to_string(reader).unwrap(), "late");
    });
}

#[test]
fn own_worker_reads_or_gets_an_error() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let outcome = bridge.block_on(async {
                tokio::task::yield_now().await;
                let mut reader = bridge.reader(Scripted::new([Waits, Does(2)]));
                reader.read(&mut [0; 4])
            });
            match (flavor, outcome.unwrap()) {
                (Flavor::CurrentThread, Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::Deadlock);
                    assert!(matches!(inner(error), BridgeError::WouldDeadlock));
                }
                (_, outcome) => assert_eq!(outcome.unwrap(), 2),
            }
        }
    });
}

#[test]
fn shutdown_ends_a_read_that_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (mut idle, mut reader) = (bridge.reader(Scripted::default()), bridge.reader(Scripted::new([Waits])));
            let waits = thread::spawn(move || reader.read(&mut [0]).map_err(inner));
            bridge.shutdown(Duration::ZERO);
            assert!(matches!(waits.join().unwrap(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
            assert_eq!(idle.read(&mut [0]).unwrap_err().kind(), ErrorKind::BrokenPipe);
        }
    });
}
