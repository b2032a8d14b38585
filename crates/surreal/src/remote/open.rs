//! Opens a store on a server.

use std::sync::Arc;

use rivers_storage::clock::Clock;
use rivers_storage::records::{BoxFuture, Context, Records, Table};
use rivers_storage::schema::{self, Migration};
use rivers_storage::{Code, Error, OpenStore, Result};
use surrealdb_types::{Object, Value};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::commit::{PROCESSES, begin_writers};
use super::endpoint::Endpoint;
use super::messages::{CALLS, post_tables};
use super::options::ConnectOptions;
use super::query::ServerQueries;
use super::reads::first_error;
use super::records::RemoteRecords;
use super::request::GUARDS;
use super::server_clock::micros_of;
use super::server_errors::is_conflict;
use super::session::Session;
use super::shared::Remote;
use crate::handle::StoreHandle;

/// How often the tables are defined when other processes do the same.
const ATTEMPTS: usize = 50;

/// Opens the store in a database of a server. Defines its tables if they are missing.
pub async fn connect(endpoint: &str, options: ConnectOptions) -> Result<StoreHandle> {
    connect_boxed(endpoint.to_owned(), options).await
}

fn connect_boxed(endpoint: String, options: ConnectOptions) -> BoxFuture<'static, Result<StoreHandle>> {
    Box::pin(async move {
        let queries = Arc::new(ServerQueries::new(Endpoint::parse(&endpoint)?, options.clone()));
        let records: Arc<dyn Records> = Arc::new(open_records(&endpoint, options).await?);
        match OpenStore::open_shared(Arc::clone(&records)).await {
            Ok(store) => Ok(StoreHandle::on_server(store, endpoint, queries)),
            Err(error) => {
                drop(records.close().await);
                Err(error)
            }
        }
    })
}

/// Brings the store on a server to this version's schema. Makes it if it is missing.
pub async fn migrate_remote(endpoint: &str, options: ConnectOptions) -> Result<Migration> {
    let records = open_records(endpoint, options).await?;
    let migrated = schema::migrate(&records).await;
    records.close().await.and(migrated)
}

async fn open_records(endpoint: &str, options: ConnectOptions) -> Result<RemoteRecords> {
    let endpoint = Endpoint::parse(endpoint)?;
    let (news, heard) = mpsc::unbounded_channel();
    let session = Arc::new(Session::open(endpoint, options, news).await?);
    define_tables(&session).await?;
    let (micros, error) = session.time(Instant::now() + session.timeout()).await?;
    let context = Arc::new(Context::new(Clock::beginning_at(micros)));
    context.set_time(micros, micros_of(error));
    let remote = Remote::new(session, context);
    let writers = begin_writers(&remote).await?;
    Ok(RemoteRecords::new(remote, writers, heard))
}

/// Reads first: most openings find the tables defined, and need no right to define.
async fn define_tables(session: &Session) -> Result<()> {
    let ours = Table::ALL.iter().map(|table| table.name()).chain([GUARDS, PROCESSES, CALLS]);
    let tables: Vec<String> = ours.map(str::to_owned).chain(post_tables()).collect();
    let none = Object::new();
    for _ in 0..ATTEMPTS {
        let deadline = Instant::now() + session.timeout();
        let found = session.request("(INFO FOR DB).tables", &none, deadline).await?.pop();
        if let Some(Ok(Value::Object(defined))) = &found
            && tables.iter().all(|table| defined.get(table).is_some())
        {
            return Ok(());
        }
        if let Some(Err(error)) = &found
            && error.is_not_allowed()
        {
            return Err(session.refused(error));
        }
        let mut text = session.definitions();
        for table in &tables {
            text += "DEFINE TABLE IF NOT EXISTS ";
            text += table;
            text += " SCHEMALESS PERMISSIONS NONE;";
        }
        match first_error(session.request(&text, &none, deadline).await?) {
            Some(error) if !is_conflict(&error) => return Err(session.refused(&error)),
            _ => tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(0..50))).await,
        }
    }
    Err(Error::new(Code::Unavailable, "the tables could not be defined: other processes did the same"))
}
