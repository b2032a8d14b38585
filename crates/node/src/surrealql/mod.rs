//! SurrealQL over the open store. The TypeScript layer adds the signal and the type of the answers.

// Compiled in every build, so that it stays right.
#[cfg_attr(feature = "surrealql", allow(dead_code, reason = "the executor is there"))]
mod absent;
#[cfg(feature = "surrealql")]
mod allocator;
#[cfg(feature = "surrealql")]
mod present;

use napi::Env;
use napi_derive::napi;
use rivers_storage::Result;
use rivers_storage_node_macros::input;

#[cfg(not(feature = "surrealql"))]
use self::absent as chosen;
#[cfg(feature = "surrealql")]
pub use self::allocator::CountingAllocator;
use self::chosen::{Answers, Variables};
#[cfg(feature = "surrealql")]
use self::present as chosen;
use crate::call::{self, Prepared};
use crate::call_abort::CallAbort;
use crate::errors::Failure;
use crate::from_js::{Duration, FromJs, ValuePath, optional};
use crate::js::typed;
use crate::storage::Storage;
use crate::types::AbortSignal;

/// The queries of one storage object.
pub use self::chosen::StorageQueries;

const DEFAULT_TIMEOUT_MS: i64 = 30_000;

/// Options of `query`.
#[input]
#[derive(Default)]
pub struct QueryOptions {
    /// Values for the `$name`s of the text. They are bound, never spliced. A number, bigint, string, boolean, Date,
    /// Uint8Array or null, and arrays and plain objects of them.
    #[napi(ts_type = "Readonly<Record<string, unknown>> | undefined")]
    pub vars: Option<Variables>,
    /// How long the query may take, its wait for a turn included, before it fails with ERR_TIMEOUT. Default 30 s.
    pub timeout: Option<Duration>,
    /// Ends the query when it aborts: the call fails with the signal's reason. `querySync` checks it only before it
    /// starts.
    pub signal: Option<AbortSignal>,
}

impl QueryOptions {
    fn timeout(&self) -> std::time::Duration {
        let millis = self.timeout.map_or(DEFAULT_TIMEOUT_MS, |timeout| timeout.millis);
        std::time::Duration::from_millis(millis.unsigned_abs())
    }
}

/// `query` without the signal.
#[napi(ts_return_type = "Promise<unknown[]>")]
pub fn run_query(
    env: &Env,
    storage: &Storage,
    #[napi(ts_arg_type = "string")] surql: typed::Arc<typed::Unknown>,
    #[napi(ts_arg_type = "QueryOptions | undefined")] options: typed::Option<typed::Unknown>,
    abort: &CallAbort,
) -> typed::Promise<typed::Unknown> {
    call::promise(env, || prepare(storage, &surql, &options, abort))
}

/// `querySync` without the signal.
#[napi(ts_return_type = "unknown[]")]
pub fn run_query_sync(
    env: &Env,
    storage: &Storage,
    #[napi(ts_arg_type = "string")] surql: typed::Arc<typed::Unknown>,
    #[napi(ts_arg_type = "QueryOptions | undefined")] options: typed::Option<typed::Unknown>,
    abort: &CallAbort,
) -> typed::Arc<typed::Unknown> {
    call::sync(env, || prepare(storage, &surql, &options, abort))
}

fn prepare<'e>(
    storage: &Storage,
    surql: &'e typed::Arc<typed::Unknown>,
    options: &'e typed::Option<typed::Unknown>,
    abort: &CallAbort,
) -> Result<Prepared<impl Future<Output = Result<Answers>> + Send + use<>>, Failure<'e>> {
    let text = String::from_js(surql.js(), &ValuePath::Argument("surql"))?;
    let options: Option<QueryOptions> = optional(options.js(), &ValuePath::Argument("options"))?;
    let (entered, aborted) = (storage.enter()?, abort.token());
    let future =
        async move { entered.queries().run(entered.store(), text, options.unwrap_or_default(), aborted).await };
    Ok(Prepared { future, runs_inline: false })
}
