//! An S3 server on loopback, with a directory as its storage, that can be told to fail.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

pub(crate) const BUCKET: &str = "bucket";
pub(crate) const SECRET: &str = "secret";

pub(crate) struct Server {
    pub(crate) directory: TempDir,
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    /// Threads of its own: it answers whatever those of the client do.
    runtime: Option<Runtime>,
}

/// What the server does with the bytes of its connections, from now on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mood {
    Serves,
    /// It neither reads nor writes; connections stay open.
    Stalls,
    /// It closes its connections, and each new one.
    IsGone,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        fs::create_dir(directory.path().join(BUCKET))?;
        let storage = FileSystem::new(directory.path()).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let mut service = S3ServiceBuilder::new(storage);
        service.set_auth(SimpleAuth::from_single("key", SECRET));
        let service = service.build();
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("s3").enable_all().build()?;
        // Without waiting on a runtime: it may be started, and dropped, wherever a twin may be called.
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let mood = watch::Sender::new(Mood::Serves);
        runtime.spawn(accept(listener, service, mood.subscribe()));
        Ok(Self { directory, address, mood, runtime: Some(runtime) })
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// A client that gives up soon.
    pub(crate) fn client(&self) -> AmazonS3Builder {
        let backoff =
            BackoffConfig { init_backoff: Duration::from_millis(1), max_backoff: Duration::from_millis(10), base: 2.0 };
        let retry = RetryConfig { backoff, max_retries: 2, retry_timeout: Duration::from_secs(60) };
        AmazonS3Builder::new()
            .with_endpoint(format!("http://{}", self.address))
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_bucket_name(BUCKET)
            .with_access_key_id("key")
            .with_secret_access_key(SECRET)
            .with_retry(retry)
    }

    /// A client that waits no longer than this for the server's next bytes.
    pub(crate) fn impatient_client(&self, patience: Duration) -> AmazonS3 {
        let options = ClientOptions::new().with_allow_http(true).with_timeout(patience).with_connect_timeout(patience);
        self.client().with_client_options(options).build().unwrap()
    }

    /// Empties the bucket.
    pub(crate) fn clear(&self) {
        let bucket = self.directory.path().join(BUCKET);
        fs::remove_dir_all(&bucket).unwrap();
        fs::create_dir(bucket).unwrap();
    }

    /// The server's files for uploads that are neither completed nor discarded: one for each, and one for each part.
    pub(crate) fn files_of_uploads(&self) -> usize {
        let files = fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        files.filter(|name| name.to_string_lossy().starts_with(".upload")).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, service: S3Service, mood: watch::Receiver<Mood>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(serve(client, service.clone(), mood.clone()));
    }
}

/// Between the client and the server there is a pipe, so that it can be stopped at any byte.
async fn serve(mut client: TcpStream, service: S3Service, mut mood: watch::Receiver<Mood>) -> io::Result<()> {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let http = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
    tokio::spawn(async move { http.serve_connection(TokioIo::new(far), service).await.is_ok() });
    let mut copying = std::pin::pin!(copy_bidirectional(&mut client, &mut near));
    loop {
        let now = *mood.borrow_and_update();
        tokio::select! {
            biased;
            changed = mood.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
            }
            copied = &mut copying, if now == Mood::Serves => return copied.map(drop),
            () = std::future::ready(()), if now == Mood::IsGone => return Ok(()),
        }
    }
}
