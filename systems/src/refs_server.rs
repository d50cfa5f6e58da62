//! An HTTP server over refs in a database. Some of its handlers are async all the way. Others call synchronous code, which
//! uses the synchronous trait.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::refs::{RefBackend, SqlError, SqlRefs};

/// Returns the routes of the server:
///
/// - `GET /refs/{name}` returns the target of a ref. The handler is async, and uses the pool.
/// - `POST /refs/{name}` counts up the number that a ref points at. The handler calls synchronous code.
/// - `GET /metrics` returns statistics of the bridge and of its runtime.
///
/// The bridge of `refs` may use the runtime of the server, or have one of its own.
pub fn router(refs: SqlRefs) -> Router {
    Router::new().route("/refs/{name}", get(read).post(count)).route("/metrics", get(metrics)).with_state(refs)
}

/// Async code may use the pool only on the runtime that the pool was made on.
async fn read(State(refs): State<SqlRefs>, Path(name): Path<String>) -> Result<Response, Failure> {
    let bridge = refs.bridge().clone();
    let query = async move {
        let query = sqlx::query_scalar("SELECT target FROM refs WHERE name = $1").bind(name);
        query.fetch_optional(refs.pool()).await
    };
    let target: Option<String> = if bridge.is_current() { query.await? } else { bridge.spawn(query).await?? };
    Ok(target.map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response))
}

async fn count(State(refs): State<SqlRefs>, Path(name): Path<String>) -> Result<String, Failure> {
    Ok(advance(&refs, &name)?.to_string())
}

/// Synchronous code of the program. It knows the trait, and nothing of the database, of tokio or of the server.
fn advance<B: RefBackend>(refs: &B, name: &str) -> Result<u64, B::Error> {
    loop {
        let current = refs.get(name)?;
        let next = current.as_deref().and_then(|value| value.parse().ok()).unwrap_or(0_u64) + 1;
        if refs.compare_and_set(name, current.as_deref(), &next.to_string())? {
            return Ok(next);
        }
    }
}

async fn metrics(State(refs): State<SqlRefs>) -> String {
    let (calls, runtime) = (refs.bridge().metrics(), refs.bridge().handle().metrics());
    format!(
        "bridge_calls_in_flight {}\nbridge_calls_completed {}\nruntime_workers {}\nruntime_tasks_alive {}\n",
        calls.in_flight,
        calls.completed,
        runtime.num_workers(),
        runtime.num_alive_tasks(),
    )
}

/// Why a request has failed. A bridge that is shut down is not a fault of the server.
struct Failure(SqlError);

impl<E: Into<SqlError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            SqlError::Bridge(_) => StatusCode::SERVICE_UNAVAILABLE,
            SqlError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.0.to_string()).into_response()
    }
}
