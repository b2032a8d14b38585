//! The definitions of the store's tables. Missing tables are defined. A store is refused if a user has added something to
//! them that only SurrealQL maintains: our writes would not update it, and no error would show that it is wrong.

use std::sync::Arc;

use rivers_storage::records::Table;
use rivers_storage::{Code, Error, Result};
use surrealdb_datastore::Transaction as DefinitionTransaction;
use surrealdb_datastore::catalog::providers::{CatalogProvider, DatabaseProvider, TableProvider};
use surrealdb_datastore::catalog::{DatabaseDefinition, TableDefinition};
use surrealdb_datastore::val::TableName;
use surrealdb_kvs::TransactionType;

use crate::datastore::Datastore;
use crate::errors::failure;

/// The namespace of the tables.
pub const NAMESPACE: &str = "rivers";
/// The database of the tables.
pub const DATABASE: &str = "main";

/// Refuses a store whose tables a user has redefined.
pub async fn check(datastore: &Datastore) -> Result<()> {
    let found = first_addition(datastore).await;
    let found = found.map_err(|error| failure("cannot read the definitions of the tables", error))?;
    found.map_or(Ok(()), |addition| {
        let message = format!("{addition}, which the writes of rivers-storage would not maintain: remove it");
        Err(Error::new(Code::Schema, message))
    })
}

/// Defines the tables that are missing.
pub async fn prepare(datastore: &Datastore) -> Result<Arc<DatabaseDefinition>> {
    if let Some(database) = complete(datastore).await.map_err(failed)? {
        return Ok(database);
    }
    let tx = datastore.begin_defining(TransactionType::Write).await.map_err(failed)?;
    let defined = define(&tx).await;
    let ended = if defined.is_ok() { tx.commit().await } else { tx.cancel().await };
    defined.and_then(|database| ended.map(|()| database)).map_err(failed)
}

fn failed(error: anyhow::Error) -> Error {
    failure("cannot define the tables", error)
}

/// None if a table is missing. Checked first, because a store that is opened again needs no write.
async fn complete(datastore: &Datastore) -> anyhow::Result<Option<Arc<DatabaseDefinition>>> {
    let tx = datastore.begin_defining(TransactionType::Read).await?;
    let Some(database) = tx.get_db_by_name(NAMESPACE, DATABASE, None).await? else { return Ok(None) };
    let tables = tx.all_tb(database.namespace_id, database.database_id, None).await?;
    let defined = |table: &Table| tables.iter().any(|found| found.name.as_str() == table.name());
    Ok(Table::ALL.iter().all(defined).then_some(database))
}

async fn define(tx: &DefinitionTransaction) -> anyhow::Result<Arc<DatabaseDefinition>> {
    let database = tx.ensure_ns_db(None, NAMESPACE, DATABASE).await?;
    for table in Table::ALL {
        tx.get_or_add_tb(None, NAMESPACE, DATABASE, &TableName::from(table.name()), None).await?;
    }
    Ok(database)
}

async fn first_addition(datastore: &Datastore) -> anyhow::Result<Option<String>> {
    let tx = datastore.begin_defining(TransactionType::Read).await?;
    let Some(database) = tx.get_db_by_name(NAMESPACE, DATABASE, None).await? else { return Ok(None) };
    if database.changefeed.is_some() {
        return Ok(Some(format!("the database '{}' has a changefeed", database.name)));
    }
    let tables = tx.all_tb(database.namespace_id, database.database_id, None).await?;
    for table in tables.iter().filter(|table| Table::ALL.iter().any(|ours| ours.name() == table.name.as_str())) {
        if let Some(addition) = addition_to(&tx, table).await? {
            return Ok(Some(format!("the table '{}' {addition}", table.name)));
        }
    }
    Ok(None)
}

async fn addition_to(tx: &DefinitionTransaction, table: &TableDefinition) -> anyhow::Result<Option<String>> {
    let (ns, db, name) = (table.namespace_id, table.database_id, &table.name);
    if table.changefeed.is_some() {
        return Ok(Some("has a changefeed".to_owned()));
    }
    if table.view.is_some() {
        return Ok(Some("is a view".to_owned()));
    }
    if let Some(index) = tx.all_tb_indexes(ns, db, name, None).await?.first() {
        return Ok(Some(format!("has the index '{}'", index.name)));
    }
    if let Some(field) = tx.all_tb_fields(ns, db, name, None).await?.first() {
        return Ok(Some(format!("has the field '{}'", field.name.to_raw_string())));
    }
    if let Some(event) = tx.all_tb_events(ns, db, name, None).await?.first() {
        return Ok(Some(format!("has the event '{}'", event.name)));
    }
    if let Some(view) = tx.all_tb_views(ns, db, name, None).await?.first() {
        return Ok(Some(format!("is shown by the view '{}'", view.name)));
    }
    Ok(None)
}
