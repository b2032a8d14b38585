//! SurrealDB as its server opens a store: the database of a closed store, read and written by SurrealQL.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::Mutex;
use surrealdb_cnf::ConfigMap;
use surrealdb_core::dbs::Session;
use surrealdb_core::kvs::{Datastore, TransactionBuilderFactory, TransactionBuilderParts};
use surrealdb_datastore::val::{Value, convert_public_value_to_internal};
use surrealdb_kvs::TransactionBuilder;
use tokio_util::sync::CancellationToken;

// Boxed, so that the executor is compiled with this crate, and not again with its tests.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// One database of an engine, opened as a server does it, without background tasks.
pub struct Database {
    datastore: Arc<Datastore>,
    namespace: &'static str,
    name: &'static str,
}

impl Database {
    pub fn open(
        engine: Box<dyn TransactionBuilder>,
        namespace: &'static str,
        name: &'static str,
    ) -> Boxed<'static, Self> {
        Box::pin(async move {
            let builder = Datastore::builder().without_maintenance_tasks();
            let opened = builder.build_with_factory_path("", Ready(Mutex::new(Some(engine)))).await;
            let datastore = opened.map_err(|error| format!("{error:#}"))?;
            datastore.check_version().await.map_err(|error| format!("{error:#}"))?;
            Ok(Self { datastore, namespace, name })
        })
    }

    /// The answer of one statement.
    pub fn query<'d>(&'d self, text: &'d str) -> Boxed<'d, Value> {
        Box::pin(async move {
            let session = Session::owner().with_ns(self.namespace).with_db(self.name);
            let answers = self.datastore.execute(text, &session, None).await.map_err(|error| error.to_string())?;
            let answer = answers.into_iter().next().ok_or("there is no statement")?;
            answer.result.map(convert_public_value_to_internal).map_err(|error| error.to_string())
        })
    }

    pub fn close(self) -> Boxed<'static, ()> {
        Box::pin(async move { self.datastore.shutdown().await.map_err(|error| format!("{error:#}")) })
    }
}

/// Returns an engine that is already open.
struct Ready(Mutex<Option<Box<dyn TransactionBuilder>>>);

impl TransactionBuilderFactory for Ready {
    type RouterState = ();

    async fn new_transaction_builder(
        &self,
        _path: &str,
        _canceller: CancellationToken,
        _config: ConfigMap,
    ) -> anyhow::Result<TransactionBuilderParts<()>> {
        let engine = self.0.lock().take();
        let engine = engine.ok_or_else(|| anyhow::anyhow!("the engine was returned before"))?;
        Ok(TransactionBuilderParts::without_router_state(engine))
    }

    fn path_valid(&self, path: &str) -> anyhow::Result<String> {
        Ok(path.to_owned())
    }
}
