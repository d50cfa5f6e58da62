use std::io;
use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
#[bon::bon]
impl Client {
    #[builder]
    pub async fn fetch(&self, path: &str) -> io::Result<usize> {
        Ok(path.len())
    }

    #[builder]
    #[bridge(skip)]
    pub async fn skipped(&self, path: &str) -> io::Result<usize> {
        Ok(path.len())
    }
}

#[sync_bridge]
#[cfg_attr(all(), bon::builder)]
async fn below(path: &str) -> io::Result<usize> {
    Ok(path.len())
}

// What bon has made of it is private.
#[bon::bon]
#[sync_bridge]
impl Client {
    #[builder]
    pub async fn only(&self, path: &str) -> io::Result<usize> {
        Ok(path.len())
    }
}

struct Value;

#[sync_bridge]
#[bon::bon]
impl Value {
    #[builder]
    #[bridge(calls)]
    pub async fn no_value(&self) -> io::Result<usize> {
        Ok(1)
    }

    #[bridge(skip, calls = Self::no_value)]
    pub async fn skipped(&self) -> io::Result<usize> {
        Ok(1)
    }

    #[bridge(calls = Self::no_value)]
    pub fn synchronous(&self) -> usize {
        1
    }
}

fn main() {}
