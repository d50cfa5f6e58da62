//! A transaction.

use sync_bridge::sync_bridge;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, ToStatement};

use super::Result;

/// A transaction. It is rolled back when it is dropped.
#[sync_bridge(remote = tokio_postgres::Transaction<'a>)]
pub struct Transaction<'a>;

#[sync_bridge(remote = tokio_postgres::Transaction<'_>, twins(Transaction))]
impl Transaction<'_> {
    /// Makes the changes of the transaction permanent.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the connection fails.
    pub async fn commit(self) -> Result<()>;

    /// Undoes the changes of the transaction.
    ///
    /// # Errors
    ///
    /// If the connection fails.
    pub async fn rollback(self) -> Result<()>;

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

    /// Starts a transaction within this one.
    ///
    /// # Errors
    ///
    /// If the connection fails.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>>;
}
