//! The way to PostgreSQL: a bounded pool, and transactions that say in whose name they work before they do anything.

use crate::caller::Acting;
use crate::http::failure::{Failure, Outcome};
use crate::statement::{FromRow, Statement};
use crate::stopwatch::asking;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, QueueMode, RecyclingMethod};
use std::str::FromStr as _;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};
use uuid::Uuid;

/// Seconds that a device is told to wait when the database had no place or no lock.
const RETRY_AFTER: u32 = 2;

/// What every connection is opened with. Our statements are prepared once and run for ever: planning one anew for the
/// values at hand, or compiling it, costs more than it takes.
const OPTIONS: &str = "-c lock_timeout=2000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000 \
                       -c jit=off -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 \
                       -c search_path=public -c timezone=UTC";

/// Why the database cannot be reached as it should be.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The connection string is not one.
    #[error("the database's connection string cannot be read")]
    Address(#[source] tokio_postgres::Error),
    /// The pool cannot be made.
    #[error("the pool of database connections cannot be made")]
    Pool(#[source] deadpool_postgres::BuildError),
}

/// The database, as the role that owns nothing.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("connections", &self.pool.status().size).finish_non_exhaustive()
    }
}

/// The state of the pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFigures {
    /// Connections open.
    pub open: usize,
    /// Of those, free.
    pub free: usize,
    /// Requests that wait for one.
    pub waiting: usize,
}

/// How a transaction sees what others commit meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what is committed when it begins.
    Statement,
    /// All statements see one snapshot.
    Snapshot,
}

impl Database {
    /// A pool of at most `connections`. Connects when first used. Somebody who finds none free for five seconds is
    /// told that the server is busy.
    ///
    /// # Errors
    /// The connection string is not one.
    pub fn open(url: &str, connections: usize) -> Result<Self, DatabaseError> {
        let mut config = Config::from_str(url).map_err(DatabaseError::Address)?;
        config.options(OPTIONS).application_name("mentalspace-server");
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let wait = Some(Duration::from_secs(5));
        let pool = Pool::builder(manager)
            .max_size(connections)
            // The one that was used last has its plans and its pages at hand.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(wait)
            .create_timeout(wait)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()
            .map_err(DatabaseError::Pool)?;
        Ok(Self { pool })
    }

    /// Begins a transaction in this name.
    ///
    /// # Errors
    /// `Busy` without a free connection.
    pub async fn begin(&self, acting: &Acting) -> Outcome<Tx> {
        self.begin_at(acting, Isolation::Statement).await
    }

    /// Begins a transaction in this name that sees one snapshot.
    ///
    /// # Errors
    /// `Busy` without a free connection.
    pub async fn begin_snapshot(&self, acting: &Acting) -> Outcome<Tx> {
        self.begin_at(acting, Isolation::Snapshot).await
    }

    async fn begin_at(&self, acting: &Acting, isolation: Isolation) -> Outcome<Tx> {
        let tx = Tx { client: Some(self.pool.get().await?) };
        let level = match isolation {
            Isolation::Statement => "READ COMMITTED",
            Isolation::Snapshot => "REPEATABLE READ",
        };
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        // Identifiers only, so nothing needs quoting; one round trip.
        let begin = format!(
            "BEGIN ISOLATION LEVEL {level}; SET LOCAL app.practice_id = '{}'; SET LOCAL app.user_id = '{}'; \
             SET LOCAL app.device_id = '{}'",
            acting.practice,
            text(acting.user.map(mentalspace_domain::ids::UserId::uuid)),
            text(acting.device.map(mentalspace_domain::ids::DeviceId::uuid)),
        );
        asking(tx.client()?.batch_execute(&begin)).await?;
        Ok(tx)
    }

    /// One statement by itself, in nobody's name: row-level security shows it nothing, so only the named functions
    /// that check for themselves are of use here.
    ///
    /// # Errors
    /// `Busy` without a free connection; else what the statement says.
    pub async fn ask<R: FromRow>(
        &self,
        statement: &Statement<R>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Outcome<Vec<R>> {
        let client = self.pool.get().await?;
        let rows = asking(async {
            let prepared = client.prepare_cached(statement.sql).await?;
            client.query(&prepared, parameters).await
        });
        read_all(&rows.await?)
    }

    /// How many connections are open, how many of them are free, and how many requests wait for one.
    #[must_use]
    pub fn pool_figures(&self) -> PoolFigures {
        let status = self.pool.status();
        PoolFigures { open: status.size, free: status.available, waiting: status.waiting }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Outcome<()> {
        Ok(self.pool.get().await?.batch_execute("").await?)
    }
}

/// A transaction. Dropped without [`Tx::commit`] or [`Tx::rollback`], it takes its connection with it: one that was
/// cut off in the middle of somebody's context is never handed to another.
pub struct Tx {
    client: Option<Object>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("open", &self.client.is_some()).finish()
    }
}

impl Tx {
    fn client(&self) -> Outcome<&Object> {
        self.client.as_ref().ok_or_else(|| Failure::internal("the transaction is over"))
    }

    /// Runs a statement and reads its rows.
    ///
    /// # Errors
    /// `Busy` when a lock was not to be had or others stood in the way; else `Internal`.
    pub async fn rows<R: FromRow>(
        &self,
        statement: &Statement<R>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Outcome<Vec<R>> {
        Ok(self.try_rows(statement, parameters).await?)
    }

    /// [`Tx::rows`] with PostgreSQL's own error, for whoever branches on it.
    pub(crate) async fn try_rows<R: FromRow>(
        &self,
        statement: &Statement<R>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<R>, SqlFailure> {
        let client = self.client.as_ref().ok_or(SqlFailure::Over)?;
        let rows = asking(async {
            let prepared = client.prepare_cached(statement.sql).await?;
            client.query(&prepared, parameters).await
        });
        Ok(rows.await?.iter().map(R::read).collect::<Result<_, _>>()?)
    }

    /// Runs a statement that gives at most one row.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub async fn maybe<R: FromRow>(
        &self,
        statement: &Statement<R>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Outcome<Option<R>> {
        Ok(self.rows(statement, parameters).await?.into_iter().next())
    }

    /// Runs a statement that gives exactly one row.
    ///
    /// # Errors
    /// As [`Tx::rows`]; `Internal` when there is none.
    pub async fn one<R: FromRow>(
        &self,
        statement: &Statement<R>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Outcome<R> {
        let row = self.maybe(statement, parameters).await?;
        row.ok_or_else(|| Failure::internal(format!("{} gave no row", statement.name)))
    }

    /// Runs a statement for its effect and gives the number of rows that it touched.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub async fn run(&self, statement: &Statement<()>, parameters: &[&(dyn ToSql + Sync)]) -> Outcome<u64> {
        Ok(self.try_run(statement, parameters).await?)
    }

    /// [`Tx::run`] with PostgreSQL's own error, for whoever branches on it.
    pub(crate) async fn try_run(
        &self,
        statement: &Statement<()>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, SqlFailure> {
        let client = self.client.as_ref().ok_or(SqlFailure::Over)?;
        let touched = asking(async {
            let prepared = client.prepare_cached(statement.sql).await?;
            client.execute(&prepared, parameters).await
        });
        Ok(touched.await?)
    }

    /// Begins a part that can be taken back by itself.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub(crate) async fn mark(&self) -> Outcome<()> {
        Ok(asking(self.client()?.batch_execute("SAVEPOINT part")).await?)
    }

    /// Keeps the part.
    pub(crate) async fn keep_part(&self) -> Outcome<()> {
        Ok(asking(self.client()?.batch_execute("RELEASE SAVEPOINT part")).await?)
    }

    /// Takes the part back.
    pub(crate) async fn undo_part(&self) -> Outcome<()> {
        Ok(asking(self.client()?.batch_execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")).await?)
    }

    /// Makes everything durable, then returns the connection.
    ///
    /// # Errors
    /// `Busy` when others stood in the way; `Internal` when what was written does not hold together.
    pub async fn commit(mut self) -> Outcome<()> {
        // In a transaction that has failed, COMMIT alone answers as if all were well, and takes everything back.
        asking(self.client()?.batch_execute("SELECT; COMMIT")).await?;
        drop(self.client.take());
        Ok(())
    }

    /// Takes everything back, then returns the connection.
    ///
    /// # Errors
    /// The connection is gone; so is then the transaction.
    pub async fn rollback(mut self) -> Outcome<()> {
        asking(self.client()?.batch_execute("ROLLBACK")).await?;
        drop(self.client.take());
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

fn read_all<R: FromRow>(rows: &[tokio_postgres::Row]) -> Outcome<Vec<R>> {
    Ok(rows.iter().map(R::read).collect::<Result<_, _>>()?)
}

/// What a statement failed with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlFailure {
    /// The transaction was over.
    #[error("the transaction is over")]
    Over,
    /// PostgreSQL said no, or did not answer.
    #[error("a statement failed")]
    Said(#[from] tokio_postgres::Error),
}

impl SqlFailure {
    /// PostgreSQL's code, if it said one.
    pub(crate) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Over => None,
            Self::Said(error) => error.code(),
        }
    }

    /// Whether the data of some command stands in the way (a constraint, a value out of range), and not the weather.
    pub(crate) fn is_about_the_data(&self) -> bool {
        self.code().is_some_and(|code| matches!(code.code().get(..2), Some("22" | "23")))
    }

    /// Whether two bookings collide.
    pub(crate) fn is_overlap(&self) -> bool {
        self.code() == Some(&SqlState::EXCLUSION_VIOLATION)
    }
}

impl From<SqlFailure> for Failure {
    fn from(failure: SqlFailure) -> Self {
        match failure {
            SqlFailure::Over => Self::internal(failure),
            SqlFailure::Said(error) => error.into(),
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let passing = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::QUERY_CANCELED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
        ];
        // A connection that broke says nothing of what it did; whoever sends again is recognised by number.
        if error.is_closed() || error.code().is_some_and(|code| passing.contains(code)) {
            return Self::busy(RETRY_AFTER);
        }
        match error.as_db_error() {
            // The detail of a violated constraint quotes values; only code, table and constraint are for the log.
            Some(said) => Self::internal(format!(
                "PostgreSQL {}: {} (table {}, constraint {})",
                said.code().code(),
                said.message(),
                said.table().unwrap_or("-"),
                said.constraint().unwrap_or("-")
            )),
            None => Self::internal(error),
        }
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => {
                tracing::warn!(why = %other, "no database connection");
                Self::busy(RETRY_AFTER)
            }
        }
    }
}
