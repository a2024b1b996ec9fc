//! The two engines of one process, reached over loopback.

use std::path::Path;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::error::StackError;
use crate::clock::StoreClock;
use crate::sqs;

/// Engines that are being served.
#[derive(Debug)]
pub(super) struct Engines {
    pub(super) dynamodb_url: String,
    pub(super) sqs_url: String,
    pub(super) queues: sqs::Engine,
    stops: Vec<oneshot::Sender<()>>,
    servers: Vec<JoinHandle<()>>,
}

impl Engines {
    /// Starts the engines; with a folder they keep their content in it.
    pub(super) async fn start(folder: Option<&Path>, clock: &StoreClock) -> Result<Self, StackError> {
        let database = open_database(folder, clock)?;
        let queues = match folder {
            Some(folder) => sqs::Engine::open(&folder.join("queues.journal"), clock.clone())
                .map_err(StackError::io("open the journal of the queues"))?,
            None => sqs::Engine::memory(clock.clone()),
        };
        let (tables_listener, dynamodb_url) = listen().await?;
        let (queues_listener, sqs_url) = listen().await?;
        let (stop_tables, tables_stopped) = oneshot::channel::<()>();
        let (stop_queues, queues_stopped) = oneshot::channel::<()>();
        let tables = dynoxide::server::serve_with_shutdown(tables_listener, database, async {
            let _ = tables_stopped.await;
        });
        let served = sqs::serve(queues_listener, queues.clone(), async {
            let _ = queues_stopped.await;
        });
        // A server that fails shows as requests without answer.
        let servers =
            vec![tokio::spawn(async { drop(tables.await) }), tokio::spawn(async { drop(served.await) })];
        Ok(Self { dynamodb_url, sqs_url, queues, stops: vec![stop_tables, stop_queues], servers })
    }

    /// Stops serving and waits until running requests are answered.
    pub(super) async fn stop(self) {
        for stop in self.stops {
            // The server may have ended already.
            let _ = stop.send(());
        }
        for server in self.servers {
            let _ = server.await;
        }
    }
}

/// A database in a file reads the machine's clock, one in memory the store's: expiry is swept by
/// [`Account::expire`](super::Account::expire), by the store's clock in both.
fn open_database(folder: Option<&Path>, clock: &StoreClock) -> Result<dynoxide::Database, StackError> {
    let opened = match folder {
        Some(folder) => open_file(&folder.join("tables.db")),
        None => dynoxide::Database::memory_with_clock(std::sync::Arc::new(clock.clone())),
    };
    opened.map_err(|error| StackError::Database(error.to_string()))
}

/// Commits are handed to the system and not forced to the disk, like the journal of the queues: they
/// survive a killed process, not a power cut, and cost a small part of the time.
fn open_file(path: &Path) -> dynoxide::Result<dynoxide::Database> {
    // The first opening makes the engine's own tables.
    drop(dynoxide::Database::new(&path.to_string_lossy())?);
    order_stream(path);
    let database = dynoxide::Database::new(&path.to_string_lossy())?;
    database.enable_bulk_loading()?;
    Ok(database)
}

/// The engine numbers each stream record by the highest number so far, which it looks for among all of them: every
/// write would cost in proportion to the writes before it. An index gives it the answer at once. Without the index
/// everything works the same, only slower, so a refusal is passed over.
fn order_stream(path: &Path) {
    const INDEX: &str = "CREATE INDEX IF NOT EXISTS icm_stream_order \
                         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
    if let Ok(file) = rusqlite::Connection::open(path) {
        drop(file.execute(INDEX, []));
    }
}

async fn listen() -> Result<(TcpListener, String), StackError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StackError::io("listen on loopback"))?;
    let address = listener.local_addr().map_err(StackError::io("listen on loopback"))?;
    Ok((listener, format!("http://{address}")))
}
