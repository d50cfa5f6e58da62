//! A PostgreSQL server in a temporary directory. It uses the installed binaries.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A server on loopback. When this is dropped, the server ends and its directory is removed.
pub(crate) struct Postgres {
    directory: TempDir,
    binaries: PathBuf,
    account: Option<Account>,
    port: u16,
}

/// The account that the server runs as. The server refuses to run as root.
struct Account {
    user: u32,
    group: u32,
}

impl Postgres {
    /// Starts a server, or returns `None` if none is installed.
    pub(crate) fn start() -> Option<Self> {
        let binaries = binaries()?;
        let directory = tempfile::tempdir().unwrap();
        let account = (fs::metadata(directory.path()).unwrap().uid() == 0).then(unprivileged);
        if let Some(Account { user, group }) = account {
            chown(directory.path(), Some(user), Some(group)).unwrap();
        }
        let server = Self { directory, binaries, account, port: free_port() };
        server.run("initdb", &["--auth=trust", "--username=refs", "--no-sync", "--locale=C", "--encoding=UTF8", "-D"]);
        server.launch();
        Some(server)
    }

    /// Returns the URL of a database on the server.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://refs@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Starts the server, also after [`halt`](Self::halt), on the same port.
    pub(crate) fn launch(&self) {
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c statement_timeout=60s",
            self.port
        );
        self.run("pg_ctl", &["start", "-w", "-t", "120", "-o", &settings, "-l", &self.path("server.log"), "-D"]);
    }

    /// Stops the server and all of its connections, and waits until it has ended.
    pub(crate) fn halt(&self) {
        self.run("pg_ctl", &["stop", "-w", "-t", "120", "-m", "fast", "-D"]);
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a program of PostgreSQL. The last argument is the directory of the data.
    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).unwrap().status().unwrap();
        if !status.success() {
            let said = |name| fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
            panic!("{program} failed: {}{}", said("output"), said("server.log"));
        }
    }

    /// The output of the program goes into a file, because the server would keep a pipe open.
    fn command(&self, program: &str, arguments: &[&str]) -> io::Result<Command> {
        let output = File::create(self.directory.path().join("output"))?;
        let mut command = Command::new(self.binaries.join(program));
        command.args(arguments).arg(self.path("data")).current_dir("/").stdin(Stdio::null());
        command.stdout(output.try_clone()?).stderr(output);
        if let Some(Account { user, group }) = self.account {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped =
            self.command("pg_ctl", &["stop", "-w", "-m", "immediate", "-D"]).and_then(|mut stop| stop.status());
        if let Err(error) = stopped {
            eprintln!("the server is left running: {error}");
        }
    }
}

/// Returns the directory of the server's programs: the one that `pg_config` names, that of the newest package, or one
/// in `PATH`.
fn binaries() -> Option<PathBuf> {
    let said = Command::new("pg_config").arg("--bindir").output().ok();
    let said = said.and_then(|output| String::from_utf8(output.stdout).ok()).map(|path| PathBuf::from(path.trim()));
    let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    packaged.sort_unstable();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_server =
        |directory: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| directory.join(name).exists());
    said.into_iter()
        .chain(packaged.into_iter().rev().map(|(_, directory)| directory))
        .chain(std::env::split_paths(&path))
        .find(has_server)
}

/// Returns an account without rights: `postgres`, or `nobody`.
fn unprivileged() -> Account {
    let accounts = fs::read_to_string(Path::new("/etc/passwd")).unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> =
            accounts.lines().map(|line| line.split(':').collect()).find(|line: &Vec<&str>| line[0] == name)?;
        Some(Account { user: fields[2].parse().ok()?, group: fields[3].parse().ok()? })
    };
    find("postgres").or_else(|| find("nobody")).expect("an account for the server, which refuses to be root")
}

/// Returns a free port outside the range from which the system assigns ports, so that it is still free for a restart.
fn free_port() -> u16 {
    let first = 16_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    (first..32_000).find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok()).expect("a free port")
}
