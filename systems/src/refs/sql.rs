//! Refs in a database. The code is async. One attribute makes it an implementation of the synchronous trait.

use std::fmt;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Executor};
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

use super::{Ref, RefBackend, Update};

/// Refs in a table of a PostgreSQL or SQLite database. Clones share the same pool.
#[derive(Clone, Debug)]
pub struct SqlRefs {
    pool: AnyPool,
    bridge: RuntimeBridge,
}

/// The options of [`SqlRefs::connect`].
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// The maximum number of connections at a time.
    pub connections: u32,
    /// How long an operation waits for a connection before it fails.
    pub acquire_timeout: Duration,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { connections: 4, acquire_timeout: Duration::from_secs(30) }
    }
}

impl SqlRefs {
    /// Connects to the database at `url`, such as `sqlite://refs.db?mode=rwc` or `postgres://user@host/database`.
    /// Creates the table of refs if it does not exist.
    ///
    /// The pool and all calls run on `bridge`. The calling thread waits. Any thread may call this.
    ///
    /// # Errors
    ///
    /// If no connection can be made, or the table cannot be created.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge::RuntimeBridge;
    /// use systems::refs::{RefBackend, SqlError, SqlOptions, SqlRefs};
    ///
    /// let options = SqlOptions { connections: 1, ..SqlOptions::default() };
    /// let refs = SqlRefs::connect("sqlite::memory:", options, RuntimeBridge::new().unwrap())?;
    /// refs.set("heads/main", "c0ffee")?;
    /// assert_eq!(refs.get("heads/main")?.as_deref(), Some("c0ffee"));
    /// # Ok::<(), SqlError>(())
    /// ```
    pub fn connect(url: &str, options: SqlOptions, bridge: RuntimeBridge) -> Result<Self, SqlError> {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.acquire_timeout)
            .after_connect(|connection, _| Box::pin(prepare(connection)));
        let pool = bridge.block_on_with(|| async {
            let pool = pool.connect(url).await?;
            pool.execute("CREATE TABLE IF NOT EXISTS refs (name TEXT PRIMARY KEY, target TEXT NOT NULL)").await?;
            Ok::<_, sqlx::Error>(pool)
        })??;
        Ok(Self { pool, bridge })
    }

    /// Returns the pool, for queries that the trait has no method for. Run its futures on [`bridge`](Self::bridge).
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Returns the bridge that serves the calls.
    #[must_use]
    pub fn bridge(&self) -> &RuntimeBridge {
        &self.bridge
    }
}

/// Configures a SQLite connection. With a write-ahead log, readers and a writer do not wait for each other, and a
/// change survives a crash of the process. Writers wait for each other.
async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    if connection.backend_name() == "SQLite" {
        connection
            .execute("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            .await?;
    }
    Ok(())
}

/// The same methods as [`RefBackend`], but `async`.
trait AsyncRefs {
    type Error;

    async fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;
    async fn set(&self, name: &str, target: &str) -> Result<(), Self::Error>;
    async fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, Self::Error>;
    async fn delete(&self, name: &str) -> Result<bool, Self::Error>;
    async fn list(&self, prefix: &str) -> Result<Vec<Ref>, Self::Error>;
    async fn update_all(&self, updates: &[Update]) -> Result<bool, Self::Error>;
}

#[sync_bridge(twin_trait = RefBackend, bridge = self.bridge)]
impl AsyncRefs for SqlRefs {
    type Error = SqlError;

    async fn get(&self, name: &str) -> Result<Option<String>, SqlError> {
        let query = sqlx::query_scalar("SELECT target FROM refs WHERE name = $1").bind(name);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    async fn set(&self, name: &str, target: &str) -> Result<(), SqlError> {
        let sql = "INSERT INTO refs (name, target) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET target = $2";
        sqlx::query(sql).bind(name).bind(target).execute(&self.pool).await?;
        Ok(())
    }

    async fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, SqlError> {
        Ok(apply(&mut *self.pool.acquire().await?, name, expected, Some(target)).await?)
    }

    async fn delete(&self, name: &str) -> Result<bool, SqlError> {
        let removed = sqlx::query("DELETE FROM refs WHERE name = $1").bind(name).execute(&self.pool).await?;
        Ok(removed.rows_affected() == 1)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Ref>, SqlError> {
        let sql = "SELECT name, target FROM refs WHERE substr(name, 1, length($1)) = $1";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(prefix).fetch_all(&self.pool).await?;
        let mut refs: Vec<Ref> = rows.into_iter().map(|(name, target)| Ref { name, target }).collect();
        // Databases sort text in different orders.
        refs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(refs)
    }

    async fn update_all(&self, updates: &[Update]) -> Result<bool, SqlError> {
        // Every transaction locks rows in the same order, so two transactions never wait for each other.
        let mut updates: Vec<&Update> = updates.iter().collect();
        updates.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut transaction = self.pool.begin().await?;
        for Update { name, expected, target } in updates {
            if !apply(&mut transaction, name, expected.as_deref(), target.as_deref()).await? {
                transaction.rollback().await?;
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// Changes one ref if it is as expected. Returns whether it was changed.
async fn apply(
    connection: &mut AnyConnection,
    name: &str,
    expected: Option<&str>,
    target: Option<&str>,
) -> sqlx::Result<bool> {
    let query = match (expected, target) {
        (Some(expected), Some(target)) => {
            let sql = "UPDATE refs SET target = $3 WHERE name = $1 AND target = $2";
            sqlx::query(sql).bind(name).bind(expected).bind(target)
        }
        (Some(expected), None) => {
            sqlx::query("DELETE FROM refs WHERE name = $1 AND target = $2").bind(name).bind(expected)
        }
        (None, Some(target)) => {
            let sql = "INSERT INTO refs (name, target) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            sqlx::query(sql).bind(name).bind(target)
        }
        (None, None) => {
            let there: Option<String> = sqlx::query_scalar("SELECT target FROM refs WHERE name = $1")
                .bind(name)
                .fetch_optional(connection)
                .await?;
            return Ok(there.is_none());
        }
    };
    Ok(query.execute(connection).await?.rows_affected() == 1)
}

/// The error of an operation on [`SqlRefs`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SqlError {
    /// The database, or the connection to it, failed.
    Database(sqlx::Error),
    /// The bridge failed. For example, it is shut down.
    Bridge(BridgeError),
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => f.write_str("the database failed"),
            Self::Bridge(_) => f.write_str("the bridge failed"),
        }
    }
}

impl std::error::Error for SqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Bridge(error) => Some(error),
        }
    }
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<BridgeError> for SqlError {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
