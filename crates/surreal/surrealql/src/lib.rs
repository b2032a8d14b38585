//! `SurrealQL` on an open engine, for tests that look at records from the outside.

#![recursion_limit = "512"]

use std::future::Future;
use std::pin::Pin;

use surrealdb_core::dbs::Session;
use surrealdb_core::kvs::Datastore;
use surrealdb_datastore::val::{Value, convert_public_value_to_internal};

pub struct Database<'d> {
    pub datastore: &'d Datastore,
    pub namespace: &'static str,
    pub name: &'static str,
}

impl<'d> Database<'d> {
    /// The answer of one statement. Boxed, so that the executor is compiled here and nowhere else.
    pub fn query(self, text: &'d str) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'd>> {
        Box::pin(async move {
            let session = Session::owner().with_ns(self.namespace).with_db(self.name);
            let answers = self.datastore.execute(text, &session, None).await.map_err(|error| error.to_string())?;
            let answer = answers.into_iter().next().ok_or("there is no statement")?;
            answer.result.map(convert_public_value_to_internal).map_err(|error| error.to_string())
        })
    }
}
