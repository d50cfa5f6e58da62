//! Blocking readers and writers as async ones: where they block, how far, and how they end.

use std::future::poll_fn;
use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::pin::{Pin, pin};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use sync_bridge::{AsyncWriter, BridgeError, Flavor, RuntimeBridge};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use crate::bytes;
use crate::support::{CountsDrop, Drops, FLAVORS, bridge, current_thread, multi_thread, watched};

const LONG: Duration = Duration::from_secs(3600);

const MOST: usize = 64 * 1024;

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::yield_now();
    }
}

/// Calls a function for each operation.
struct Calls<F>(F);

enum Operation<'a> {
    Read(&'a mut [u8]),
    Write(&'a [u8]),
    Flush,
}

impl<F: FnMut(Operation<'_>) -> io::Result<usize>> Read for Calls<F> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (self.0)(Operation::Read(bytes))
    }
}

impl<F: FnMut(Operation<'_>) -> io::Result<usize>> Write for Calls<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(Operation::Write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        (self.0)(Operation::Flush).map(drop)
    }
}

fn calls<F: FnMut(Operation<'_>) -> io::Result<usize> + Send + 'static>(f: F) -> Calls<F> {
    Calls(f)
}

fn length(operation: &Operation<'_>) -> usize {
    match operation {
        Operation::Read(bytes) => bytes.len(),
        Operation::Write(bytes) => bytes.len(),
        Operation::Flush => 0,
    }
}

#[test]
fn operations_block_on_threads_that_are_no_workers() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let workers = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&workers);
            let object = move || {
                let seen = Arc::clone(&seen);
                calls(move |operation| {
                    seen.lock()
                        .unwrap()
                        .push((tokio::runtime::worker_index(), tokio::runtime::Handle::try_current().is_ok()));
                    Ok(length(&operation))
                })
            };
            let (mut reader, mut writer) = (bridge.async_reader(object()), bridge.async_writer(object()));
            bridge
                .block_on(async {
                    reader.read_u8().await?;
                    writer.write_u8(1).await?;
                    writer.flush().await
                })
                .unwrap()
                .unwrap();
            assert_eq!(*workers.lock().unwrap(), [(None, true); 3]);
        }
    });
}

#[test]
fn operation_that_blocks_holds_up_no_task() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (sender, receiver) = channel::<u8>();
            let mut reader = bridge.async_reader(calls(move |operation| {
                if let Operation::Read(bytes) = operation {
                    bytes[0] = receiver.recv().unwrap();
                }
                Ok(1)
            }));
            // The byte is sent by a task of the same worker, after the read has begun to wait for it.
            let (byte, ()) = bridge
                .block_on(async {
                    tokio::join!(reader.read_u8(), async {
                        tokio::task::yield_now().await;
                        sender.send(7).unwrap();
                    })
                })
                .unwrap();
            assert_eq!(byte.unwrap(), 7);
        }
    });
}

#[test]
fn objects_are_polled_on_every_runtime_and_on_none() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let sent = bytes(200_000);
            let transfer = || {
                let mut reader = bridge.async_reader(Cursor::new(sent.clone()));
                let sink = Arc::new(Mutex::new(Vec::new()));
                let shared = Arc::clone(&sink);
                let mut writer = bridge.async_writer(calls(move |operation| {
                    let count = length(&operation).min(1000);
                    if let Operation::Write(bytes) = operation {
                        shared.lock().unwrap().extend_from_slice(&bytes[..count]);
                    }
                    Ok(count)
                }));
                async move {
                    tokio::io::copy(&mut reader, &mut writer).await.unwrap();
                    writer.shutdown().await.unwrap();
                    std::mem::take(&mut *sink.lock().unwrap())
                }
            };
            assert!(current_thread().block_on(transfer()) == sent);
            assert!(multi_thread(1).block_on(transfer()) == sent);
            assert!(futures::executor::block_on(transfer()) == sent);
            assert!(bridge.block_on(transfer()).unwrap() == sent);
        }
    });
}

/// No byte is read that nobody has asked for, and none is lost if its read is abandoned.
#[test]
fn reader_is_asked_for_what_is_wanted() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let lengths = Arc::clone(&asked);
        let (done, is_done) = channel();
        let mut from = Cursor::new(bytes(1000));
        let mut reader = bridge.async_reader(calls(move |operation| {
            let Operation::Read(bytes) = operation else { unreachable!() };
            lengths.lock().unwrap().push(bytes.len());
            let outcome = Read::read(&mut from, bytes);
            done.send(()).unwrap();
            outcome
        }));
        futures::executor::block_on(async {
            reader.read_exact(&mut [0; 3]).await.unwrap();
            is_done.recv().unwrap();
            // It is under way, and nobody waits for it.
            assert!(poll_once(reader.read(&mut [0; 8])).is_pending());
            is_done.recv().unwrap();
            let mut two = [0; 2];
            while reader.read(&mut two[..1]).await.unwrap() == 0 {}
            reader.read_exact(&mut two[1..]).await.unwrap();
            assert_eq!(two, [3, 4]);
            let mut six = [0; 6];
            reader.read_exact(&mut six).await.unwrap();
            assert_eq!(six, [5, 6, 7, 8, 9, 10]);
            assert_eq!(reader.read(&mut []).await.unwrap(), 0);
            assert_eq!(*asked.lock().unwrap(), [3, 8]);
            reader.read_exact(&mut vec![0; 2 * MOST][..989]).await.unwrap();
            assert_eq!(reader.read(&mut vec![0; 2 * MOST]).await.unwrap(), 0);
            assert_eq!(*asked.lock().unwrap(), [3, 8, 989, MOST]);
        });
    });
}

/// Takes the bytes of each write when it is told to.
fn held(released: Receiver<()>, written: Sender<Vec<u8>>) -> impl Write + Send + 'static {
    calls(move |operation| {
        if let Operation::Write(bytes) = operation {
            let _ = released.recv();
            let _ = written.send(bytes.to_vec());
            return Ok(bytes.len());
        }
        let _ = written.send(Vec::new());
        Ok(0)
    })
}

#[test]
fn writer_has_so_many_bytes_in_flight() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let ((release, released), (sender, written)) = (channel(), channel());
        let mut writer = bridge.async_writer(held(released, sender));
        let fill = |writer: &mut AsyncWriter<_>| {
            let mut filled = 0;
            while let Poll::Ready(count) = poll_once(writer.write(&[7; 10_000])) {
                filled += count.unwrap();
            }
            filled
        };
        assert_eq!(fill(&mut writer), MOST);
        assert!(poll_once(writer.flush()).is_pending());
        // What the first job has taken is in flight until it is written.
        assert_eq!(fill(&mut writer), 0);
        release.send(()).unwrap();
        let first = written.recv().unwrap();
        let mut filled = 0;
        until(|| {
            filled += fill(&mut writer);
            filled == first.len()
        });
        drop(release);
        futures::executor::block_on(writer.flush()).unwrap();
        drop(writer);
        let rest: Vec<_> = written.iter().collect();
        assert_eq!(rest.iter().map(Vec::len).sum::<usize>(), MOST);
        assert!(rest.last().unwrap().is_empty(), "the flush is the last operation");
    });
}

#[test]
fn flush_and_shutdown_flush_the_writer_each_time() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let operations = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&operations);
        let mut writer = bridge.async_writer(calls(move |operation| {
            seen.lock().unwrap().push(length(&operation));
            Ok(length(&operation))
        }));
        futures::executor::block_on(async {
            writer.flush().await.unwrap();
            writer.flush().await.unwrap();
            writer.write_all(&[1, 2]).await.unwrap();
            writer.shutdown().await.unwrap();
            assert_eq!(writer.write(&[]).await.unwrap(), 0);
        });
        assert_eq!(*operations.lock().unwrap(), [0, 0, 2, 0]);
    });
}

/// A flush that nobody has waited for says nothing about what is written after it.
#[test]
fn flush_covers_what_was_written_before_it() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (sender, written) = channel();
        let (release, released) = channel();
        drop(release);
        let mut writer = bridge.async_writer(held(released, sender));
        assert!(poll_once(writer.flush()).is_pending());
        assert_eq!(written.recv().unwrap(), []);
        futures::executor::block_on(async {
            writer.write_all(b"after").await.unwrap();
            writer.flush().await.unwrap();
        });
        drop(writer);
        assert_eq!(written.iter().collect::<Vec<_>>(), [b"after".to_vec(), Vec::new()]);
    });
}

/// Bytes that come during a flush are not covered by it.
#[test]
fn flush_waits_for_what_comes_while_it_runs() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let ((begun, has_begun), (go_on, gate)) = (channel(), channel());
        let mut writer = bridge.async_writer(calls(move |operation| {
            begun.send(length(&operation)).unwrap();
            gate.recv().unwrap();
            Ok(length(&operation))
        }));
        assert!(poll_once(writer.flush()).is_pending());
        assert_eq!(has_begun.recv().unwrap(), 0);
        assert!(poll_once(writer.write_all(b"meanwhile")).is_ready());
        go_on.send(()).unwrap();
        assert_eq!(has_begun.recv().unwrap(), 9);
        assert!(poll_once(writer.flush()).is_pending());
        go_on.send(()).unwrap();
        assert_eq!(has_begun.recv().unwrap(), 0);
        assert!(poll_once(writer.flush()).is_pending());
        go_on.send(()).unwrap();
        futures::executor::block_on(writer.flush()).unwrap();
        assert!(has_begun.try_recv().is_err());
    });
}

fn refused() -> io::Error {
    io::Error::new(ErrorKind::ConnectionRefused, "refused")
}

#[test]
fn errors_arrive_once_and_the_objects_go_on() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut is_first = true;
        let faulty = move |operation: Operation<'_>| {
            if std::mem::take(&mut is_first) { Err(refused()) } else { Ok(length(&operation)) }
        };
        let mut reader = bridge.async_reader(calls(faulty));
        let mut writer = bridge.async_writer(calls(faulty));
        futures::executor::block_on(async {
            let error = reader.read_u8().await.unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::ConnectionRefused, "refused".to_owned()));
            reader.read_u8().await.unwrap();
            writer.write_all(b"lost").await.unwrap();
            let error = writer.flush().await.unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::ConnectionRefused, "refused".to_owned()));
            writer.write_all(b"some bytes").await.unwrap();
            writer.flush().await.unwrap();
        });
    });
}

#[test]
fn what_other_errors_become() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut interruptions = 3;
        let interrupted = move |operation: Operation<'_>| {
            interruptions -= 1;
            if interruptions >= 0 { Err(ErrorKind::Interrupted.into()) } else { Ok(length(&operation)) }
        };
        let mut reader = bridge.async_reader(calls(interrupted));
        let mut writer = bridge.async_writer(calls(interrupted));
        let mut closed = bridge.async_writer(calls(|_| Ok(0)));
        let mut wrong_reader = bridge.async_reader(calls(|operation| Ok(length(&operation) + 1)));
        let mut wrong_writer = bridge.async_writer(calls(|operation| Ok(length(&operation) + 1)));
        futures::executor::block_on(async {
            reader.read_u8().await.unwrap();
            writer.write_u8(1).await.unwrap();
            writer.flush().await.unwrap();
            closed.write_u8(1).await.unwrap();
            assert_eq!(closed.flush().await.unwrap_err().kind(), ErrorKind::WriteZero);
            assert!(wrong_reader.read_u8().await.unwrap_err().to_string().contains("more bytes"));
            wrong_writer.write_u8(1).await.unwrap();
            assert!(wrong_writer.flush().await.unwrap_err().to_string().contains("more bytes"));
        });
    });
}

#[test]
fn panic_continues_in_the_code_that_polls() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let torn = |owned: CountsDrop| {
                calls(move |_| {
                    let _owned = &owned;
                    panic!("torn page")
                })
            };
            let (mut reader, mut writer) =
                (bridge.async_reader(torn(drops.guard())), bridge.async_writer(torn(drops.guard())));
            assert_eq!(bridge.block_on(reader.read_u8()).unwrap_err().panic_message(), Some("torn page"));
            let error = bridge.block_on(async {
                writer.write_u8(1).await?;
                writer.flush().await
            });
            assert_eq!(error.unwrap_err().panic_message(), Some("torn page"));
            assert_eq!(drops.count(), 2);
            bridge.block_on(reader.read_u8()).unwrap().unwrap_err();
            bridge.block_on(writer.write_u8(1)).unwrap().unwrap_err();
            bridge.block_on(writer.flush()).unwrap().unwrap_err();
        }
    });
}

#[test]
fn idle_object_is_dropped_with_its_handle() {
    watched(|| {
        let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
        let object = || {
            let owned = drops.guard();
            calls(move |operation| {
                let _owned = &owned;
                Ok(length(&operation))
            })
        };
        drop((bridge.async_reader(object()), bridge.async_writer(object())));
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn busy_object_is_dropped_when_its_operation_ends() {
    watched(|| {
        let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
        let (wait, gate): (SyncSender<()>, _) = sync_channel(0);
        let gate = Arc::new(Mutex::new(gate));
        let object = || {
            let (owned, gate) = (drops.guard(), Arc::clone(&gate));
            calls(move |operation| {
                let _owned = &owned;
                let _ = gate.lock().unwrap().recv();
                Ok(length(&operation).min(1))
            })
        };
        let (mut reader, mut writer) = (bridge.async_reader(object()), bridge.async_writer(object()));
        assert!(poll_once(reader.read_u8()).is_pending());
        wait.send(()).unwrap();
        until(|| poll_once(reader.read_u8()).is_ready());
        assert!(poll_once(reader.read_u8()).is_pending());
        // All bytes are written, each in an operation of its own.
        assert!(poll_once(writer.write_all(b"bytes")).is_ready());
        drop((reader, writer));
        for _ in 0..6 {
            assert!(drops.count() < 2);
            wait.send(()).unwrap();
        }
        until(|| drops.count() == 2);
    });
}

/// The two ends of a bridge.
const ENDS: [fn(RuntimeBridge); 2] = [|bridge| assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 0), drop];

/// Writes a byte and drops the writer. Returns where the byte arrives.
fn written_by_nobody(bridge: &RuntimeBridge) -> Receiver<Vec<u8>> {
    let (written, arrives) = channel();
    let mut writer = bridge.async_writer(calls(move |operation| {
        if let Operation::Write(bytes) = &operation {
            written.send(bytes.to_vec()).map_err(io::Error::other)?;
        }
        Ok(length(&operation))
    }));
    assert!(matches!(poll_once(writer.write_all(b"byte")), Poll::Ready(Ok(()))));
    arrives
}

#[test]
fn writer_is_dropped_and_the_bridge_ends_before_the_thread_starts() {
    watched(|| {
        for (flavor, end) in FLAVORS.into_iter().flat_map(|flavor| ENDS.map(|end| (flavor, end))) {
            let gate = Arc::new(Mutex::new(()));
            let hook = Arc::clone(&gate);
            let bridge = RuntimeBridge::builder()
                .flavor(flavor)
                .worker_threads(1)
                .on_thread_start(move || drop(hook.lock()))
                .build()
                .unwrap();
            let closed = gate.lock().unwrap();
            let arrives = written_by_nobody(&bridge);
            end(bridge);
            drop(closed);
            assert_eq!(arrives.recv().unwrap(), b"byte");
            // The writer is dropped too.
            arrives.recv().unwrap_err();
        }
    });
}

#[test]
fn writer_is_dropped_and_the_bridge_ends_before_a_thread_is_free() {
    watched(|| {
        for end in ENDS {
            let bridge = RuntimeBridge::builder().thread_stack_size(64 * 1024).build().unwrap();
            let gate = Arc::new(Mutex::new(()));
            let closed = gate.lock().unwrap();
            for _ in 0..1024 {
                let gate = Arc::clone(&gate);
                let mut reader = bridge.async_reader(calls(move |_| {
                    drop(gate.lock());
                    Ok(0)
                }));
                assert!(poll_once(reader.read_u8()).is_pending());
            }
            let arrives = written_by_nobody(&bridge);
            end(bridge);
            drop(closed);
            assert_eq!(arrives.recv().unwrap(), b"byte");
            arrives.recv().unwrap_err();
        }
    });
}

#[test]
fn write_after_the_shutdown_of_the_bridge_is_refused() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut writer = bridge.async_writer(io::sink());
        bridge.shutdown(LONG);
        for _ in 0..2 {
            let Poll::Ready(Err(error)) = poll_once(writer.write_all(b"byte")) else { panic!("the bytes are lost") };
            assert!(matches!(error.downcast(), Ok(BridgeError::WorkerDead)));
        }
    });
}

#[test]
fn shutdown_of_the_bridge_is_an_error_of_each_operation() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let mut reader = bridge.async_reader(io::repeat(7));
            let mut writer = bridge.async_writer(io::sink());
            bridge.shutdown(LONG);
            futures::executor::block_on(async {
                // The driver of a current-thread runtime may take a moment to leave.
                let error = loop {
                    match reader.read_u8().await {
                        Ok(_) => thread::yield_now(),
                        Err(error) => break error,
                    }
                };
                assert!(matches!(error.downcast(), Ok(BridgeError::WorkerDead)));
                let error = writer.flush().await.unwrap_err();
                assert!(matches!(error.downcast(), Ok(BridgeError::WorkerDead)));
                // It is not at its end.
                assert!(reader.read_u8().await.is_err());
            });
        }
    });
}

#[test]
fn objects_hold_no_thread_while_idle() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        // More than there are threads.
        let mut readers: Vec<_> = (0..1100).map(|_| bridge.async_reader(io::repeat(7))).collect();
        for reader in &mut readers {
            assert_eq!(futures::executor::block_on(reader.read_u8()).unwrap(), 7);
        }
    });
}

#[test]
fn waker_of_the_last_poll_is_woken() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (sender, receiver) = channel();
        let mut reader = bridge.async_reader(calls(move |operation| {
            receiver.recv().map(|()| length(&operation)).map_err(io::Error::other)
        }));
        assert!(poll_once(reader.read_u8()).is_pending());
        // Another task takes the reader over, and the byte comes only then.
        let mut sender = Some(sender);
        let mut byte = [0];
        futures::executor::block_on(poll_fn(|cx| {
            let polled = Pin::new(&mut reader).poll_read(cx, &mut ReadBuf::new(&mut byte));
            if let Some(sender) = sender.take() {
                assert!(polled.is_pending());
                sender.send(()).unwrap();
            }
            polled
        }))
        .unwrap();
    });
}
