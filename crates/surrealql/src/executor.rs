//! SurrealDB's executor, without a store of its own: it gets the transaction of each query.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use futures_util::future::join;
use rivers_storage::{Code, Error, Result, tables};
use rivers_storage_surreal::{DATABASE, NAMESPACE, Overlay, Snapshot};
use surrealdb_cnf::ConfigMap;
use surrealdb_core::channel::bounded;
use surrealdb_core::dbs::Session;
use surrealdb_core::kvs::{Datastore, QueryRequest, TransactionBuilderFactory, TransactionBuilderParts};
use surrealdb_datastore::sequences::Sequences;
use surrealdb_datastore::triggers::CommitTriggers;
use surrealdb_datastore::{Transaction, TransactionConfig, TransactionFactory};
use surrealdb_iam::{Level, Role};
use surrealdb_kvs::TransactionType;
use surrealdb_rpc::QueryStreamItem;
use surrealdb_rpc::capabilities::{ArbitraryQueryTarget, Capabilities, FuncTarget, Targets};
use surrealdb_types::Variables;
use tokio::task::coop;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::answers::Answers;
use crate::plain_value::PlainValue;
use crate::statements::{ALLOWED_FUNCTIONS, Statements, refused_functions};
use crate::stop::Stop;
use crate::transaction::{GivenTransaction, QueryTransaction};

/// How many batches of rows the executor may be ahead of the reader.
const BATCHES: usize = surrealdb_rpc::stream::QUERY_STREAM_BUFFER;

/// What the executor may spend of Tokio's budget in one poll. The wait for the end may spend one unit of it.
const BUDGET: usize = 2;
/// Tokio's budget for one poll of a task.
const TOKIO_BUDGET: usize = 128;

pub struct Executor {
    datastore: Arc<Datastore>,
    /// Only reads, and only this database.
    viewer: Session,
    /// The definitions of fields, which are not stored because SurrealDB would evaluate them at every write.
    pub overlay: Overlay,
}

impl Executor {
    /// `draft` is a draft of the store that the executor will read.
    pub async fn start(draft: Snapshot) -> Result<Self> {
        let builder =
            Datastore::builder().without_maintenance_tasks().with_auth(true).with_capabilities(capabilities());
        let started = builder.build_with_factory_path("", Nothing).await;
        let datastore = started.map_err(|error| Error::internal(format!("the executor does not start: {error:#}")))?;
        let viewer = Session::for_level(Level::Database(NAMESPACE.to_owned(), DATABASE.to_owned()), Role::Viewer);
        let mut executor = Self { datastore, viewer, overlay: Overlay::default() };
        executor.overlay = executor.lay_over(draft).await?;
        Ok(executor)
    }

    /// Runs the definitions on a draft, and keeps their writes.
    async fn lay_over(&self, draft: Snapshot) -> Result<Overlay> {
        let given = QueryTransaction::draft(draft);
        let transaction = begin(&given, TransactionType::Write).await?;
        let text = tables::definitions().join(";");
        let owner = Session::owner().with_ns(NAMESPACE).with_db(DATABASE);
        let request = QueryRequest::new(text.as_str(), &owner).with_transaction(Arc::clone(&transaction));
        let defined = self.answer(request, usize::MAX).await;
        let overlay = given.snapshot().take_overlay();
        drop(transaction.cancel().await);
        defined.map_err(|error| Error::internal(format!("the tables cannot be described: {error}")))?;
        Ok(overlay)
    }

    /// One answer for each statement.
    pub async fn run(
        &self,
        given: QueryTransaction,
        statements: Statements,
        variables: Vec<(String, PlainValue)>,
        stop: &Stop,
        answer_limit: usize,
    ) -> Result<Vec<PlainValue>> {
        let variables: Variables = variables.into_iter().map(|(name, value)| (name, value.into())).collect();
        let transaction = begin(&given, TransactionType::Read).await?;
        let request = QueryRequest::new(statements.ast, &self.viewer)
            .with_variables(Some(variables))
            .with_transaction(Arc::clone(&transaction))
            .with_cancel(stop.handle().clone());
        let answered = until_ended(self.answer(request, answer_limit), stop).await.unwrap_or_else(|| Ok(Vec::new()));
        drop(transaction.cancel().await);
        match (stop.reason_to_end(), given.failure()) {
            (Some(reason), _) => Err(reason.clone()),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => answered,
        }
    }

    async fn answer(&self, request: QueryRequest<'_>, limit: usize) -> Result<Vec<PlainValue>> {
        let (items, received) = bounded::<QueryStreamItem>(BATCHES);
        let job = self.datastore.run_streaming(request, items).map_err(|error| refused(&error))?;
        let mut answers = Answers::new(limit);
        let reading = async {
            // The executor ends when its reader has gone.
            let received = received;
            while let Ok(item) = received.recv().await {
                answers.add(item)?;
            }
            Ok(())
        };
        let (ran, read) = join(job.run, reading).await;
        read.and_then(|()| ran.map_err(|error| refused(&error)))?;
        Ok(answers.into_answers())
    }
}

/// Polls the executor until the query has to end, then drops it. Tokio gives a task a budget, which the executor spends in
/// its loops and branches. All but `BUDGET` units are spent before each poll, so that the executor yields soon and the end
/// of the query is checked.
async fn until_ended<T>(executor: impl Future<Output = T>, stop: &Stop) -> Option<T> {
    let (mut executor, mut ended) = (pin!(executor), pin!(stop.ended()));
    poll_fn(|context| {
        if ended.as_mut().poll(context).is_ready() || stop.reason_to_end().is_some() {
            return Poll::Ready(None);
        }
        for _ in BUDGET..TOKIO_BUDGET {
            if let Poll::Ready(unit) = coop::poll_proceed(context) {
                unit.made_progress();
            }
        }
        executor.as_mut().poll(context).map(Some)
    })
    .await
}

/// The error of a request that fails outside its statements, such as a variable with a protected name.
fn refused(error: &surrealdb_types::Error) -> Error {
    Error::new(Code::InvalidArg, format!("surql: {error}"))
}

/// SurrealDB's transaction over the given one.
async fn begin(given: &QueryTransaction, kind: TransactionType) -> Result<Arc<Transaction>> {
    let builder = Box::new(GivenTransaction(OnceLock::from(given.clone())));
    let triggers = Arc::new(CommitTriggers::new());
    let factory = TransactionFactory::new(triggers, builder, Arc::new(TransactionConfig::default()));
    let sequences = Sequences::new(factory.clone(), Uuid::nil());
    let begun = factory.transaction(kind, sequences).await;
    begun.map(Arc::new).map_err(|error| Error::internal(format!("a query cannot begin: {error:#}")))
}

/// What SurrealDB may call at run time, a second check after statements/. SurrealDB walks these lists at each call, so they
/// are short: the families of the allowed functions (the first part of their names), less the refused ones in them.
fn capabilities() -> Capabilities {
    let families: HashSet<_> = ALLOWED_FUNCTIONS.iter().map(|name| family(name)).collect();
    let refused = refused_functions().filter(|name| families.contains(family(name))).map(|name| {
        let function = name.split_once("::").map(|(_, function)| function.to_owned());
        FuncTarget(family(name).to_owned(), function)
    });
    let refused = Targets::Some(refused.collect());
    let families = families.into_iter().map(|family| FuncTarget(family.to_owned(), None));
    Capabilities::none()
        .with_functions(Targets::Some(families.collect()))
        .without_functions(refused)
        .with_arbitrary_query(Targets::Some([ArbitraryQueryTarget::System].into()))
}

fn family(function: &str) -> &str {
    function.split_once("::").map_or(function, |(family, _)| family)
}

/// The executor's own store, which must not be used: every query brings its transaction.
struct Nothing;

impl TransactionBuilderFactory for Nothing {
    type RouterState = ();

    async fn new_transaction_builder(
        &self,
        _path: &str,
        _canceller: CancellationToken,
        _config: ConfigMap,
    ) -> anyhow::Result<TransactionBuilderParts<()>> {
        Ok(TransactionBuilderParts::without_router_state(Box::new(GivenTransaction(OnceLock::new()))))
    }

    fn path_valid(&self, path: &str) -> anyhow::Result<String> {
        Ok(path.to_owned())
    }
}
