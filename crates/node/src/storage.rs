//! The class `Storage`: opening and closing.

use std::path::PathBuf;
use std::sync::Arc;

use napi::Env;
use napi_derive::napi;
use rivers_storage::clock::Clock;
use rivers_storage::gate::Entered;
use rivers_storage::pools::WaitScope;
use rivers_storage::schema::Migration;
use rivers_storage::{Error, Result};
use rivers_storage_node_macros::{dual, input, names};
use rivers_storage_surreal as engine;

use crate::call::{self, Prepared};
use crate::from_js::Duration;
use crate::js::{Js, JsResult, typed};
use crate::lifecycle::{CloseOnDrop, close_at_exit};
use crate::open::{Open, close};
use crate::opening::Opening;
use crate::runtime;
use crate::to_js::ToJs;

/// Where the data of a store is.
#[names]
pub enum StorageType {
    Memory,
    Embedded,
    Remote,
}

/// Which clock a store has: the system's, or one that `advanceTime` moves.
#[names]
pub enum ClockKind {
    #[name("system")]
    System,
    #[name("manual")]
    Manual,
}

/// Options of `Storage.memory`.
#[input]
#[derive(Default)]
pub struct MemoryOptions {
    /// Scope of assets, pools, ticks, partitions and run lists. Default, also for '': the environment variable
    /// RIVERS_CODE_LOCATION_ID, then RIVERS_CODE_LOCATION_NAME, then 'default'.
    pub code_location: Option<String>,
    /// 'manual': time stands still until `advanceTime` moves it, so that tests of lease expiry need not sleep. Default
    /// 'system'.
    pub clock: Option<ClockKind>,
    /// Where a manual clock starts, in milliseconds since the Unix epoch. Default 0.
    pub now: Option<i64>,
}

/// Which failures an acknowledged write survives: a power loss ('commit'), or only a killed process ('relaxed').
#[names(engine::Durability)]
pub enum Durability {
    #[name("commit")]
    Commit,
    #[name("relaxed")]
    Relaxed,
}

/// Options of `Storage.embedded`.
#[input]
#[derive(Default)]
pub struct EmbeddedOptions {
    /// Scope of assets, pools, ticks, partitions and run lists. Default, also for '': the environment variable
    /// RIVERS_CODE_LOCATION_ID, then RIVERS_CODE_LOCATION_NAME, then 'default'.
    pub code_location: Option<String>,
    /// 'commit': an acknowledged write survives a power loss. 'relaxed': it survives a killed process. Default
    /// 'commit'.
    pub durability: Option<engine::Durability>,
    /// Size of RocksDB's block cache, in bytes. Default 32 MiB.
    pub cache_size: Option<u64>,
}

/// Options of `Storage.connect`. Each text, if it is not empty, comes before its environment variable.
#[input]
#[derive(Default)]
pub struct ConnectOptions {
    /// Scope of assets, pools, ticks, partitions and run lists. Default, also for '': the environment variable
    /// RIVERS_CODE_LOCATION_ID, then RIVERS_CODE_LOCATION_NAME, then 'default'.
    pub code_location: Option<String>,
    /// A user of the database, with the role EDITOR. Default: RIVERS_SURREAL_USERNAME, then none.
    pub username: Option<String>,
    /// The user's password. Default: RIVERS_SURREAL_PASSWORD, then none.
    pub password: Option<String>,
    /// Default: RIVERS_SURREAL_NAMESPACE, then 'rivers'.
    pub namespace: Option<String>,
    /// Default: RIVERS_SURREAL_DATABASE, then 'main'.
    pub database: Option<String>,
    /// Deadline of a call. Calls that wait for slots have their own. Default 30 s.
    pub timeout: Option<Duration>,
}

impl ConnectOptions {
    fn resolve(self, opening: &Opening) -> Result<engine::ConnectOptions> {
        let Self { username, password, namespace, database, timeout, code_location: _ } = self;
        let timeout = timeout.map(|timeout| std::time::Duration::from_millis(timeout.millis.unsigned_abs().max(1)));
        let arguments = engine::ConnectArguments { username, password, namespace, database, timeout };
        engine::ConnectOptions::resolve(arguments, |name| opening.variable(name))
    }
}

/// An open store, seen from one code location. Open it with `Storage.memory` or `Storage.embedded`.
///
/// Every operation has two forms: `name()` returns a promise, `nameSync()` blocks until it is done. Both fail with a
/// `StorageError`; a promise method never throws. Every operation can fail with ERR_INVALID_ARG (an argument has the
/// wrong type or is out of range; nothing is stored), ERR_CLOSED (after `close`), ERR_IO and ERR_CORRUPT. `@throws`
/// lists the other codes.
#[napi]
pub struct Storage {
    shared: Arc<CloseOnDrop>,
    code_location: String,
    kind: StorageType,
}

impl Storage {
    fn new(handle: engine::StoreHandle, opening: &Opening, code_location: Option<String>) -> Self {
        let code_location = opening.code_location(code_location);
        let kind = match handle.endpoint() {
            Some(_) => StorageType::Remote,
            None if handle.is_memory() => StorageType::Memory,
            None => StorageType::Embedded,
        };
        let shared = CloseOnDrop::new(Open::new(handle, &code_location), opening.environment());
        Self { shared, code_location, kind }
    }

    pub const fn shared(&self) -> &Arc<CloseOnDrop> {
        &self.shared
    }

    pub fn enter(&self) -> Result<Entered<Open>> {
        self.shared.gate().enter()
    }

    fn closing(&self) -> Prepared<impl Future<Output = Result<()>> + Send + use<>> {
        Prepared { future: runtime::on_runtime(close(self.shared.gate())), runs_inline: false }
    }
}

#[dual]
#[napi]
impl Storage {
    /// Opens an empty store in memory. Closing the storage removes it.
    pub async fn memory(opening: Opening, options: Option<MemoryOptions>) -> Result<Storage> {
        let options = options.unwrap_or_default();
        let clock = match options.clock {
            Some(ClockKind::Manual) => Clock::manual(options.now.unwrap_or(0)),
            _ => Clock::system(),
        };
        Ok(Self::new(engine::memory(clock).await?, &opening, options.code_location))
    }

    /// Opens the store in the directory at `path`, and creates both if they are missing. A relative path starts at the
    /// working directory of the call.
    ///
    /// Opening a path again in the same process shares the store. The store's files are checked before any is changed.
    /// If the directory is renamed, removed or replaced while the store is open, writes fail with ERR_IO.
    ///
    /// @throws {StorageError} ERR_CONFLICT if the store is open in this process with a different `durability` or
    /// `cacheSize`.
    /// @throws {StorageError} ERR_LOCKED if the store is open in another process (the message gives its pid, if known)
    /// or through another copy of this package in this process.
    /// @throws {StorageError} ERR_SCHEMA if the store was written by a newer version of the package, or needs
    /// `Storage.migrateEmbedded`.
    /// @throws {StorageError} ERR_CORRUPT if a file of the store is missing or damaged, or the log lost synced writes.
    /// @throws {StorageError} ERR_IO if a file operation fails, or the directory holds files of another database.
    pub async fn embedded(opening: Opening, path: String, options: Option<EmbeddedOptions>) -> Result<Storage> {
        let path = directory(path)?;
        let EmbeddedOptions { code_location, durability, cache_size } = options.unwrap_or_default();
        let options = engine::EmbeddedOptions { durability, cache_size };
        let handle = engine::embedded(&path, options).await?;
        close_at_exit();
        Ok(Self::new(handle, &opening, code_location))
    }

    /// Opens the store in a database of a SurrealDB server, at `ws://host:port` or `wss://host:port`, and defines its tables if
    /// they are missing. Many processes may have it open.
    ///
    /// @throws {StorageError} ERR_AUTH if sign-in is refused, or only one of `username` and `password` is given.
    /// @throws {StorageError} ERR_UNAVAILABLE if the server cannot be reached.
    /// @throws {StorageError} ERR_SCHEMA if the server or the store has a version that is not supported.
    /// @throws {StorageError} ERR_TIMEOUT if the server does not reply within `timeout`.
    pub async fn connect(opening: Opening, endpoint: String, options: Option<ConnectOptions>) -> Result<Storage> {
        let options = options.unwrap_or_default();
        let code_location = options.code_location.clone();
        let handle = engine::connect(&endpoint, options.resolve(&opening)?).await?;
        close_at_exit();
        Ok(Self::new(handle, &opening, code_location))
    }

    /// Brings the store on a server to the schema of this version of the package, in one transaction. Creates an empty store
    /// if there is none; then `from` is 0.
    ///
    /// @throws {StorageError} ERR_AUTH if sign-in is refused, or only one of `username` and `password` is given.
    /// @throws {StorageError} ERR_UNAVAILABLE if the server cannot be reached.
    /// @throws {StorageError} ERR_SCHEMA if the store was written by a newer version of the package.
    pub async fn migrate_remote(
        opening: Opening,
        endpoint: String,
        options: Option<ConnectOptions>,
    ) -> Result<Migration> {
        engine::migrate_remote(&endpoint, options.unwrap_or_default().resolve(&opening)?).await
    }

    /// Brings the store in the directory at `path` to the schema of this version of the package, in one transaction,
    /// and closes it. Older versions of the package may not be able to open it afterwards. No-op if the store has this
    /// schema or is open in this process. Creates an empty store if there is none; then `from` is 0.
    ///
    /// @throws {StorageError} ERR_SCHEMA if the store was written by a newer version of the package; the message names
    /// both versions.
    /// @throws {StorageError} ERR_LOCKED if the store is open in another process (the message gives its pid, if known)
    /// or through another copy of this package in this process.
    pub async fn migrate_embedded(opening: Opening, path: String) -> Result<Migration> {
        let migration = engine::migrate_embedded(&directory(path)?).await?;
        close_at_exit();
        drop(opening);
        Ok(migration)
    }

    /// Where the data is.
    #[napi(getter, js_name = "type")]
    pub fn storage_type(&self, env: &Env) -> typed::Arc<StorageType> {
        call::value(env, self.kind)
    }

    /// Scope of assets, pools, ticks, partitions and run lists.
    #[napi(getter)]
    pub fn code_location(&self, env: &Env) -> typed::Arc<String> {
        call::value(env, self.code_location.as_str())
    }

    /// Closes this storage object. Calls in flight finish; waits for slots and later calls fail with ERR_CLOSED. Leases
    /// are not released: they are no longer renewed, their signals abort, and their slots are free when they expire.
    /// Resolves when all data is written and, for the last object on a path, the path can be opened by another process.
    /// Closing again is a no-op.
    #[napi]
    pub fn close(&self, env: &Env) -> typed::Promise<typed::void> {
        call::promise(env, || Ok(self.closing()))
    }

    /// Blocking form of {@link close}.
    #[napi]
    pub fn close_sync(&self, env: &Env) -> typed::Arc<typed::void> {
        call::sync(env, || Ok(self.closing()))
    }

    /// Same as {@link close}, for `await using`.
    #[napi(well_known_symbol = "asyncDispose")]
    pub fn dispose_async(&self, env: &Env) -> typed::Promise<typed::void> {
        self.close(env)
    }

    /// Same as {@link closeSync}, for `using`.
    #[napi(well_known_symbol = "dispose")]
    pub fn dispose(&self, env: &Env) -> typed::Arc<typed::void> {
        self.close_sync(env)
    }

    /// Moves a manual clock forward by a duration. Renewals, expiries, grants and timeouts that fall due take effect in
    /// their order, before the call returns; promises and signals follow.
    ///
    /// @throws {StorageError} ERR_INVALID_ARG if the store has the system clock.
    #[sync_only]
    pub async fn advance_time(scope: &Arc<WaitScope>, by: Duration) -> Result<()> {
        scope.advance_time(by.millis).await
    }
}

fn directory(path: String) -> Result<PathBuf> {
    if path.is_empty() { Err(Error::invalid("path", "''", "a path that is not empty")) } else { Ok(path.into()) }
}

impl ToJs for Storage {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        Js::instance(env, self)
    }
}
