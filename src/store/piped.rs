//! PostgreSQL's connections for transactions of groups, on which a statement is sent before those ahead of it are
//! answered.
//!
//! The driver waits for each answer, and every wait is two turns of the scheduler, on a small machine behind all who
//! want the same cores. What a group looks up depends on nothing that it reads, and what it writes gives it nothing to
//! read: two or three round trips instead of eight to twelve. Statements run in the order in which they were first
//! polled, each as if it were alone. (PostgreSQL's documentation, "Pipelining" in the chapter on its protocol.)

use super::native::{FromRow, Sent, refused};
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::{BoxFuture, ready},
    pin_mut, poll,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, Statement,
    sqlx::{ConnectOptions, postgres::PgConnectOptions},
};
use std::{
    collections::HashMap,
    error::Error as _,
    io,
    sync::{self, Arc, OnceLock, PoisonError},
    task::Poll,
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::{Client, Config, Error, NoTls, config::SslMode};
use tokio_util::task::TaskTracker;

/// The connections of a database, as many as there are transactions at once.
pub(super) struct Pipes {
    config: Config,
    /// Those that have no transaction.
    at_rest: sync::Mutex<Vec<Pipe>>,
    /// What carries bytes to and from the server.
    tasks: TaskTracker,
    hear: OnceLock<Box<Hear>>,
}

type Hear = dyn Fn(&str) + Send + Sync;

struct Pipe {
    client: Arc<Client>,
    /// By their texts. Whoever has it sends next.
    prepared: Mutex<Prepared>,
}

type Prepared = HashMap<String, tokio_postgres::Statement>;

/// A write transaction; rolled back unless committed.
pub(super) struct Write {
    pipe: Pipe,
    /// The answers to what gives no rows, in their order, until somebody hears them.
    unheard: Mutex<Vec<Answer>>,
    pipes: Arc<Pipes>,
}

type Answer = BoxFuture<'static, Result<(), Error>>;

/// As the driver's connections have it for a transaction (`pool`), these have it for good.
const BY_KEY: &str = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
/// Statements that are kept prepared.
const PREPARED: usize = 200;
const PATIENCE: Duration = Duration::from_secs(5);

impl Pipes {
    /// For the database that `pool` is connected to by `url`; `None` where the connection is encrypted, which is
    /// the driver's art.
    pub(super) async fn new(url: &str, pool: &DatabaseConnection) -> Result<Option<Self>, DbErr> {
        let ask = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let told = pool.query_one_raw(Statement::from_string(pool.get_database_backend(), ask)).await?;
        if told.map(|row| row.try_get("", "ssl")).transpose()? != Some(false) {
            return Ok(None);
        }
        let unread = |cause| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(cause)));
        let options: PgConnectOptions = url.parse().map_err(unread)?;
        let (at_rest, tasks, hear) = (sync::Mutex::default(), TaskTracker::new(), OnceLock::new());
        Ok(config(&options).map(|config| Self { config, at_rest, tasks, hear }))
    }

    /// Tells `hear` every statement but those that begin and end a transaction.
    pub(super) fn on_statement(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        _ = self.hear.set(Box::new(hear));
    }

    /// A transaction whose beginning is sent with its first statement.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Write, DbErr> {
        let rested = std::iter::from_fn(|| self.lock().pop()).find(|pipe| !pipe.client.is_closed());
        let pipe = match rested {
            Some(pipe) => pipe,
            None => self.connect().await.map_err(unanswered)?,
        };
        let begun = pipe.send("BEGIN").await.map_err(unanswered)?;
        Ok(Write { pipe, unheard: Mutex::new(vec![begun]), pipes: Arc::clone(self) })
    }

    async fn connect(&self) -> Result<Pipe, Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        self.tasks.spawn(async move {
            if let Err(cause) = connection.await {
                tracing::warn!(%cause, "a connection to PostgreSQL ended");
            }
        });
        client.batch_execute(BY_KEY).await?;
        Ok(Pipe { client: Arc::new(client), prepared: Mutex::default() })
    }

    /// Ends those that have no transaction.
    pub(super) async fn close(&self) {
        self.lock().clear();
        self.tasks.close();
        // A server that does not answer any more is not waited for.
        _ = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
    }

    fn lock(&self) -> sync::MutexGuard<'_, Vec<Pipe>> {
        self.at_rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same in this client's words. A password may come from the environment or a file, and is told with a URL alone.
fn config(options: &PgConnectOptions) -> Option<Config> {
    let mut told = options.clone().username("user").host("localhost").to_url_lossy();
    told.set_query(None);
    let told: Config = told.as_str().parse().ok()?;
    let mut config = Config::new();
    match options.get_socket() {
        Some(folder) => config.host_path(folder),
        None => config.host(options.get_host()),
    };
    config.port(options.get_port()).user(options.get_username()).ssl_mode(SslMode::Disable).connect_timeout(PATIENCE);
    if let Some(password) = told.get_password() {
        config.password(password);
    }
    if let Some(name) = options.get_database() {
        config.dbname(name);
    }
    if let Some(name) = options.get_application_name() {
        config.application_name(name);
    }
    if let Some(theirs) = options.get_options() {
        config.options(theirs);
    }
    Some(config)
}

impl Pipe {
    /// Sends a statement that needs no values.
    async fn send(&self, text: &'static str) -> Result<Answer, Error> {
        let client = Arc::clone(&self.client);
        sent(async move { client.batch_execute(text).await }.boxed()).await
    }

    /// A prepared statement; `turn` is that of whoever asks.
    async fn prepare(&self, turn: &mut Prepared, text: &str) -> Result<tokio_postgres::Statement, Error> {
        if let Some(prepared) = turn.get(text) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(text).await?;
        if turn.len() >= PREPARED {
            turn.clear();
        }
        turn.insert(text.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

/// The first look at an answer sends the question. What cannot be sent fails at once: the server knows nothing of it,
/// and would commit all the rest.
async fn sent(mut answer: Answer) -> Result<Answer, Error> {
    match poll!(&mut answer) {
        Poll::Ready(at_once) => at_once.map(|()| ready(Ok(())).boxed()),
        Poll::Pending => Ok(answer),
    }
}

impl Write {
    /// Sends a statement that gives no rows. If it fails, whatever comes next tells why.
    pub(super) async fn execute(&self, statement: Statement) -> Result<(), DbErr> {
        let mut turn = self.turn(&statement).await;
        let prepared = self.prepare(&mut turn, &statement.sql).await.map_err(unanswered)?;
        let client = Arc::clone(&self.pipe.client);
        let answer = async move {
            let rows = client.query_raw(&prepared, values(&statement)).await?;
            rows.try_for_each(|_| ready(Ok(()))).await
        };
        let answer = sent(answer.boxed()).await.map_err(unanswered)?;
        self.unheard.lock().await.push(answer);
        Ok(())
    }

    /// Sends a statement in its turn, and waits for its rows while others may send.
    pub(super) async fn rows<M: FromRow>(&self, statement: &Statement) -> Result<Vec<M>, DbErr> {
        let rows = async {
            let mut turn = self.turn(statement).await;
            let prepared = self.prepare(&mut turn, &statement.sql).await?;
            let rows = self.pipe.client.query_raw(&prepared, values(statement));
            pin_mut!(rows);
            let at_once = poll!(&mut rows);
            drop(turn);
            self.catch_up().await?;
            let rows = match at_once {
                Poll::Ready(rows) => rows?,
                Poll::Pending => rows.await?,
            };
            rows.map(|row| M::from_pg(&row?)).try_collect().await
        };
        rows.await.map_err(unanswered)
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        let committed = self.pipe.send("COMMIT").await.map_err(unanswered)?;
        self.catch_up().await.map_err(unanswered)?;
        committed.await.map_err(unanswered)?;
        self.pipes.lock().push(self.pipe);
        Ok(())
    }

    async fn turn(&self, statement: &Statement) -> MutexGuard<'_, Prepared> {
        let turn = self.pipe.prepared.lock().await;
        if let Some(hear) = self.pipes.hear.get() {
            hear(&statement.sql);
        }
        turn
    }

    async fn prepare(&self, turn: &mut Prepared, text: &str) -> Result<tokio_postgres::Statement, Error> {
        let prepared = self.pipe.prepare(turn, text).await;
        if prepared.is_err() {
            // After a statement that failed all others do; that one tells why.
            self.catch_up().await?;
        }
        prepared
    }

    /// Waits for the answers nobody has heard.
    async fn catch_up(&self) -> Result<(), Error> {
        for answer in self.unheard.lock().await.drain(..) {
            answer.await?;
        }
        Ok(())
    }
}

fn values(statement: &Statement) -> impl ExactSizeIterator<Item = Sent<'_>> {
    statement.values.as_ref().map(|values| values.0.as_slice()).unwrap_or_default().iter().map(Sent)
}

/// Its code where the server refused something; else nobody is there, or a value is not what it must be.
fn unanswered(error: Error) -> DbErr {
    let lost = error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>());
    match error.as_db_error() {
        // What it tells beside its message has the values in it.
        Some(told) => refused(told.code().code().to_owned(), told.message().to_owned()),
        None if lost => DbErr::Conn(RuntimeErr::Internal(error.to_string())),
        None => DbErr::Custom(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use tokio_postgres::config::Host;

    fn told(url: &str) -> Config {
        config(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn it_goes_where_the_driver_goes() {
        let config = told("postgres://l%C3%A6rd:p%40ss%2Fw%C3%B8rd@db.example.no:6432/laerd?application_name=it");
        assert_eq!(config.get_hosts(), [Host::Tcp("db.example.no".to_owned())]);
        assert_eq!((config.get_ports(), config.get_user()), (&[6432][..], Some("lærd")));
        assert_eq!(config.get_password(), Some("p@ss/wørd".as_bytes()));
        assert_eq!((config.get_dbname(), config.get_application_name()), (Some("laerd"), Some("it")));
    }

    #[test]
    fn a_socket_is_a_folder() {
        for url in ["postgres://a@localhost/b?host=/run/postgresql", "postgres://a@%2Frun%2Fpostgresql/b"] {
            assert_eq!(told(url).get_hosts(), [Host::Unix(PathBuf::from("/run/postgresql"))], "{url}");
        }
    }

    #[test]
    fn what_the_operator_set_is_set() {
        let config = told("postgres://a@localhost/b?options=-c%20search_path%3Dours");
        assert_eq!(config.get_options(), Some("-c search_path=ours"));
        assert_eq!((config.get_password(), config.get_ssl_mode()), (None, SslMode::Disable));
    }
}
