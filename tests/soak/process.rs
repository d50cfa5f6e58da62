//! What the process holds of the operating system: threads and file descriptors.

use std::fs::read_dir;
use std::io;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
}

/// `None` where there is nothing to count with: anywhere but on Linux.
pub(crate) fn holdings() -> Option<Holdings> {
    let threads = read_dir("/proc/self/task").ok()?.count();
    let descriptors = read_dir("/proc/self/fd").ok()?.count();
    Some(Holdings { threads, descriptors })
}

/// The names of the threads and the targets of the descriptors.
pub(crate) fn describe() -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for task in read_dir("/proc/self/task")? {
        // A thread may end while it is being looked at.
        let name = std::fs::read_to_string(task?.path().join("comm")).unwrap_or_default();
        lines.push(format!("thread {}", name.trim_end()));
    }
    for descriptor in read_dir("/proc/self/fd")? {
        let target = std::fs::read_link(descriptor?.path()).unwrap_or_default();
        lines.push(format!("descriptor of {}", target.display()));
    }
    Ok(lines)
}
