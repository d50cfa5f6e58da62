//! A connection to a server.

use bytes::Bytes;
use futures::Stream;
use sync_bridge::{RuntimeBridge, TwinType, sync_bridge};
use tokio_postgres::types::{BorrowToSql, ToSql};
use tokio_postgres::{NoTls, Row, Statement, ToStatement};

use super::notifications::{Notifications, drive};
use super::{CopyIn, Result, Transaction};

/// A connection to a server. Its methods block the calling thread.
#[sync_bridge(remote = tokio_postgres::Client)]
#[derive(Debug)]
pub struct Client;

/// Connects to a server, such as `postgres://user@localhost/database`. A task of the bridge drives the connection.
///
/// # Errors
///
/// If the URL is not valid, or the server cannot be reached.
pub fn connect(url: &str, bridge: &RuntimeBridge) -> Result<(Client, Notifications)> {
    let (client, connection) = bridge.block_on(tokio_postgres::connect(url, NoTls))??;
    let notifications = drive(connection, bridge);
    Ok((Client::from_async_on(client, bridge), notifications))
}

#[sync_bridge(remote = tokio_postgres::Client, twins(CopyIn, Transaction))]
impl Client {
    /// Returns a prepared statement.
    ///
    /// # Errors
    ///
    /// If the server refuses the statement, or the connection fails.
    pub async fn prepare(&self, query: &str) -> Result<Statement>;

    /// Returns all rows of a query.
    ///
    /// # Errors
    ///
    /// If the query fails.
    pub async fn query<T: ?Sized + ToStatement + Sync>(
        &self,
        statement: &T,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>>;

    /// Returns the one row of a query.
    ///
    /// # Errors
    ///
    /// If the query fails, or does not return one row.
    pub async fn query_one<T: ?Sized + ToStatement + Sync>(
        &self,
        statement: &T,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Row>;

    /// Returns the rows of a query as they arrive.
    ///
    /// # Errors
    ///
    /// If the query fails. A later failure is an item of the iterator.
    pub async fn query_raw<T, P, I>(
        &self,
        statement: &T,
        params: I,
    ) -> Result<impl Stream<Item = Result<Row>> + use<T, P, I>>
    where
        T: ?Sized + ToStatement + Sync,
        P: BorrowToSql,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator;

    /// Executes a statement, and returns how many rows it changed.
    ///
    /// # Errors
    ///
    /// If the statement fails.
    pub async fn execute<T: ?Sized + ToStatement + Sync>(
        &self,
        statement: &T,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64>;

    /// Executes several statements.
    ///
    /// # Errors
    ///
    /// If a statement fails.
    pub async fn batch_execute(&self, query: &str) -> Result<()>;

    /// Starts a transaction. It is rolled back when it is dropped.
    ///
    /// # Errors
    ///
    /// If the connection fails.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>>;

    /// Starts a `COPY … FROM STDIN`.
    ///
    /// # Errors
    ///
    /// If the statement fails.
    #[bridge(calls = tokio_postgres::Client::copy_in::<T, Bytes>)]
    pub async fn copy_in<T: ?Sized + ToStatement + Sync>(&self, statement: &T) -> Result<CopyIn>;

    /// Returns a reader of the rows of a `COPY … TO STDOUT`.
    ///
    /// # Errors
    ///
    /// If the statement fails. Reading returns an error if the connection fails.
    #[bridge(read)]
    pub async fn copy_out<T: ?Sized + ToStatement + Sync>(
        &self,
        statement: &T,
    ) -> Result<impl Stream<Item = Result<Bytes, tokio_postgres::Error>> + use<T>>;

    /// Whether the connection is closed.
    pub fn is_closed(&self) -> bool;
}
