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
use crate::js::{Js, JsResult, Thrown, typed};
use crate::lifecycle::{CloseOnDrop, close_at_exit, register};
use crate::open::{Open, close};
use crate::opening::Opening;
use crate::runtime;
use crate::to_js::ToJs;

#[names]
pub enum StorageType {
    Memory,
    Embedded,
    Remote,
}

#[names]
pub enum ClockKind {
    #[name("system")]
    System,
    #[name("manual")]
    Manual,
}

#[input]
#[derive(Default)]
pub struct MemoryOptions {
    /// Scope of assets, pools, ticks, partitions and run lists. When it is not given, or empty: the environment variable
    /// RIVERS_CODE_LOCATION_ID, else RIVERS_CODE_LOCATION_NAME, else 'default'.
    pub code_location: Option<String>,
    /// 'manual': time stands still until `advanceTime()`; for tests of lease expiry without sleeping.
    pub clock: Option<ClockKind>,
    /// Where a manual clock starts. Default 0.
    pub now: Option<i64>,
}

#[names(engine::Durability)]
pub enum Durability {
    #[name("commit")]
    Commit,
    #[name("relaxed")]
    Relaxed,
}

#[input]
#[derive(Default)]
pub struct EmbeddedOptions {
    /// Scope of assets, pools, ticks, partitions and run lists. When it is not given, or empty: the environment variable
    /// RIVERS_CODE_LOCATION_ID, else RIVERS_CODE_LOCATION_NAME, else 'default'.
    pub code_location: Option<String>,
    /// 'commit' (default): an acknowledged write survives power loss. 'relaxed': it survives a killed process.
    pub durability: Option<engine::Durability>,
    /// Bytes of the engine's block cache; default 32 MiB.
    #[napi(ts_type = "number")]
    pub cache_size: Option<u64>,
}

/// A store: opened with `Storage.memory()` or `Storage.embedded()`.
///
/// Every operation has two forms: `name()` gives a promise, `nameSync()` blocks. Whatever fails is a `StorageError`.
#[napi]
pub struct Storage {
    shared: Arc<CloseOnDrop>,
    code_location: String,
    is_memory: bool,
}

impl Storage {
    fn new(handle: engine::StoreHandle, code_location: String) -> Self {
        let is_memory = handle.is_memory();
        let shared = CloseOnDrop::new(Open::new(handle, &code_location));
        Self { shared, code_location, is_memory }
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
    /// Opens an empty store in memory. It is gone when it is closed.
    pub async fn memory(opening: Opening, options: Option<MemoryOptions>) -> Result<Storage> {
        let options = options.unwrap_or_default();
        let clock = match options.clock {
            Some(ClockKind::Manual) => Clock::manual(options.now.unwrap_or(0)),
            _ => Clock::system(),
        };
        Ok(Self::new(engine::memory(clock).await?, opening.code_location(options.code_location)))
    }

    /// Opens the store in the directory at `path`, and creates both if they are missing.
    ///
    /// Opening a path again in the same process shares the store; with a different `durability` or `cacheSize` it fails
    /// with ERR_CONFLICT.
    ///
    /// ERR_LOCKED if the store is open in another process (the message gives its pid, if known) or through another copy
    /// of this package in this process. ERR_CORRUPT if a file of the store is missing or damaged, or the log lost synced
    /// writes. ERR_IO if a file operation fails, or the directory holds files of another database. The store's files are
    /// checked before any is changed.
    ///
    /// If the directory is renamed, removed or replaced while the store is open, writes fail with ERR_IO.
    pub async fn embedded(opening: Opening, path: String, options: Option<EmbeddedOptions>) -> Result<Storage> {
        let path = directory(path)?;
        let EmbeddedOptions { code_location, durability, cache_size } = options.unwrap_or_default();
        let options = engine::EmbeddedOptions { durability, cache_size };
        let handle = engine::embedded(&path, options).await?;
        close_at_exit();
        Ok(Self::new(handle, opening.code_location(code_location)))
    }

    /// Brings the store in the directory at `path` to the schema of this version of the package, in one whole, and closes
    /// it again: versions of before may not be able to open it then. Does nothing to a store that has this schema, or is
    /// open in this process. An empty store is made where there is none; then `from` is 0.
    ///
    /// ERR_SCHEMA, with both versions, for a store of a newer version; ERR_LOCKED while another process has it open.
    pub async fn migrate_embedded(opening: Opening, path: String) -> Result<Migration> {
        let migration = engine::migrate_embedded(&directory(path)?).await?;
        close_at_exit();
        drop(opening);
        Ok(migration)
    }

    /// Where the data is.
    #[napi(getter, js_name = "type")]
    pub fn storage_type(&self, env: &Env) -> typed::Arc<StorageType> {
        let kind = if self.is_memory { StorageType::Memory } else { StorageType::Embedded };
        call::value(env, kind)
    }

    /// Scope of assets, pools, ticks, partitions and run lists.
    #[napi(getter)]
    pub fn code_location(&self, env: &Env) -> typed::Arc<String> {
        call::value(env, self.code_location.as_str())
    }

    /// Ends the use of this object. Calls in flight finish; later ones fail with ERR_CLOSED. Resolves when everything is
    /// flushed and, for the last object on an embedded path, the path can be opened again by anybody. Closing again does
    /// nothing more.
    #[napi]
    pub fn close(&self, env: &Env) -> typed::Promise<typed::void> {
        call::promise(env, || Ok(self.closing()))
    }

    /// Ends the use of this object. Calls in flight finish; later ones fail with ERR_CLOSED. Returns when everything is
    /// flushed and, for the last object on an embedded path, the path can be opened again by anybody. Closing again does
    /// nothing more.
    #[napi]
    pub fn close_sync(&self, env: &Env) -> typed::Arc<typed::void> {
        call::sync(env, || Ok(self.closing()))
    }

    /// `close()`, for `await using`.
    #[napi(well_known_symbol = "asyncDispose")]
    pub fn dispose_async(&self, env: &Env) -> typed::Promise<typed::void> {
        self.close(env)
    }

    /// `closeSync()`, for `using`.
    #[napi(well_known_symbol = "dispose")]
    pub fn dispose(&self, env: &Env) -> typed::Arc<typed::void> {
        self.close_sync(env)
    }

    /// Moves a manual clock forward. Whatever is due on the way happens in its order, and has happened when this returns;
    /// promises and signals follow. ERR_INVALID_ARG on a system clock.
    #[sync_only]
    pub async fn advance_time(scope: &Arc<WaitScope>, by: Duration) -> Result<()> {
        scope.advance_time(by.millis).await
    }
}

fn directory(path: String) -> Result<PathBuf> {
    if path.is_empty() { Err(Error::invalid("path", "''", "a path that is not empty")) } else { Ok(path.into()) }
}

/// An instance of the class, which closes with its environment.
impl ToJs for Storage {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        register(env, self.shared.gate()).map_err(|_| Thrown(None))?;
        Js::instance(env, self)
    }
}
