//! Refs in a database: async underneath, and with one attribute an implementation of the synchronous trait.

use std::fmt;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Executor};
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

use super::{Ref, RefBackend, Update};

/// Refs in a table of a PostgreSQL or SQLite database. Clones are handles to the same pool.
#[derive(Clone, Debug)]
pub struct SqlRefs {
    pool: AnyPool,
    bridge: RuntimeBridge,
}

/// How [`SqlRefs::connect`] connects.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// How many connections there may be at a time.
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
    /// Connects to the database at `url`, such as `sqlite://refs.db?mode=rwc` or `postgres://user@host/database`, and makes
    /// its table of refs if there is none.
    ///
    /// The pool lives on `bridge`, as do all calls. The calling thread waits, and may be of any kind.
    ///
    /// # Errors
    ///
    /// If there is no connection to be had, or the table cannot be made.
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

    /// The pool, for queries that the trait has no method for. Futures of it are run on [`bridge`](Self::bridge).
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// The bridge that serves the calls.
    #[must_use]
    pub fn bridge(&self) -> &RuntimeBridge {
        &self.bridge
    }
}

/// With a write-ahead log, readers and a writer of SQLite do not wait for each other, and a change is not lost with the
/// process; writers wait for their turn.
async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    if connection.backend_name() == "SQLite" {
        connection
            .execute("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            .await?;
    }
    Ok(())
}

/// The trait as an async type implements it: the same methods, each of them `async`.
trait AsyncRefs {
    type Error;

    async fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;
    async fn set(&self, name: &str, target: &str) -> Result<(), Self::Error>;
    async fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, Self::Error>;
    async fn delete(&self, name: &str) -> Result<bool, Self::Error>;
    async fn list(&self, prefix: &str) -> Result<Vec<Ref>, Self::Error>;
    async fn update_all(&self, updates: &[Update]) -> Result<bool, Self::Error>;
}

#[sync_bridge(twin = RefBackend, bridge = self.bridge)]
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
        // Databases differ in the order they give to text.
        refs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(refs)
    }

    async fn update_all(&self, updates: &[Update]) -> Result<bool, SqlError> {
        // In one order everywhere: transactions that lock the same rows then never wait for each other in a circle.
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

/// Changes one ref if it is as expected. Returns whether it was.
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

/// Why an operation on [`SqlRefs`] fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum SqlError {
    /// The database, or the way to it.
    Database(sqlx::Error),
    /// The bridge: it is shut down, or the call cannot be answered.
    Bridge(BridgeError),
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => f.write_str("the database fails"),
            Self::Bridge(_) => f.write_str("the bridge to the database fails"),
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
