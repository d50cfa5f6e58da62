//! What a type is, is found out once for the methods that return it, in the body of one of them. Each of these types means
//! something else there, or nothing.

use std::marker::PhantomData;
use sync_bridge::{BridgeError, sync_bridge};

pub struct Page;
pub struct Row<'a, T>(pub PhantomData<&'a T>);
pub struct Fault;

impl From<BridgeError> for Fault {
    fn from(_: BridgeError) -> Self {
        Self
    }
}

pub struct Client<T>(T);

#[sync_bridge]
impl<T: Send + Sync> Client<T> {
    /// This is not there.
    #[cfg(any())]
    pub async fn absent(&self) -> Result<Missing, Fault> {
        Ok(Missing)
    }

    #[cfg(any())]
    pub async fn absent_as_well(&self) -> Result<Missing, Fault> {
        Ok(Missing)
    }

    pub async fn of_parameter<Page: Send>(&self, page: Page) -> Result<Page, Fault> {
        Ok(page)
    }

    pub async fn of_same_parameter<Page: Send>(&self, page: Page) -> Result<Page, Fault> {
        Ok(page)
    }

    pub async fn first<'a>(&'a self, _key: &str) -> Result<Row<'a, T>, Fault> {
        Ok(Row(PhantomData))
    }

    pub async fn second(&self) -> Result<Row<'_, T>, Fault> {
        Ok(Row(PhantomData))
    }

    pub async fn third(&self) -> Result<Row<'static, u8>, Fault> {
        Ok(Row(PhantomData))
    }

    pub async fn fourth(&self, _row: Row<'_, u8>) -> Result<Row<'static, u8>, Fault> {
        Ok(Row(PhantomData))
    }

    pub async fn page(&self) -> Result<Page, Fault> {
        Ok(Page)
    }

    pub async fn last_page(&self) -> Result<Page, Fault> {
        Ok(Page)
    }
}

#[sync_bridge]
pub trait Store: Iterator + Sync {
    type Error: From<BridgeError> + Send;

    async fn get(&self) -> Result<Page, Self::Error> {
        self.last().await
    }

    async fn last(&self) -> Result<Page, Self::Error>;

    async fn head(&self) -> Result<(Page, u8), Self::Error> {
        Ok((self.get().await?, 1))
    }
}

pub struct Memory;

impl Iterator for Memory {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        None
    }
}

#[sync_bridge]
impl Store for Memory {
    type Error = Fault;

    async fn last(&self) -> Result<Page, Self::Error> {
        Ok(Page)
    }

    async fn head(&self) -> Result<(Page, u8), Self::Error> {
        Ok((Page, 2))
    }
}

#[sync_bridge(blanket, local)]
pub trait Source {
    type Row: Send;

    async fn row(&self) -> Result<Self::Row, Fault>;
    async fn other_row(&self) -> Result<Self::Row, Fault>;
    async fn page_of<T: Send>(&self, page: T) -> Result<T, Fault>;
    async fn rows<T: Send>(&self, page: T) -> Result<T, Fault>;
}

fn main() {}
