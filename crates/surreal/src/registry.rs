//! The stores that are open in this process. A directory has one engine, however often and by whichever path it is opened.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;
use rivers_storage::clock::Clock;
use rivers_storage::records::BoxFuture;
use rivers_storage::schema::{self, Migration};
use rivers_storage::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::Mutex as AsyncMutex;

use crate::config::{EmbeddedOptions, EngineSettings};
use crate::folder::{Identity, ResolvedFolder};
use crate::handle::StoreHandle;
use crate::open::{Location, StoreWithEngine, migrate, open};

static DIRECTORIES: LazyLock<Mutex<HashMap<Identity, Weak<OpenSlot>>>> = LazyLock::new(Mutex::default);

/// Opens a new store in memory. Closing the handle discards it.
pub async fn memory(clock: Clock) -> Result<StoreHandle> {
    open_memory(clock).await
}

/// Opens the store in the directory. Creates both if they are missing.
pub async fn embedded(path: &Path, options: EmbeddedOptions) -> Result<StoreHandle> {
    open_directory(path.to_owned(), options).await
}

// Boxed, so that the engine's code is compiled with this crate, and not again with each caller.
fn open_memory(clock: Clock) -> BoxFuture<'static, Result<StoreHandle>> {
    Box::pin(async move {
        let opened = open(Location::Memory, clock).await?;
        let shared = SharedStore { open: opened.clone(), handles: 1, settings: None };
        let slot = Arc::new(OpenSlot { store: AsyncMutex::new(Some(shared)) });
        Ok(StoreHandle::new(opened, true, slot))
    })
}

fn open_directory(path: PathBuf, options: EmbeddedOptions) -> BoxFuture<'static, Result<StoreHandle>> {
    // In a task: if the caller is dropped, the opening completes, and its dropped handle closes the store.
    Box::pin(on_own_thread(async move {
        let folder = ResolvedFolder::make(&path)?;
        slot_of(&folder).share(folder, options).await
    }))
}

/// Migrates the store in the directory to this version's schema. Creates both if they are missing.
pub async fn migrate_embedded(path: &Path) -> Result<Migration> {
    migrate_directory(path.to_owned()).await
}

fn migrate_directory(path: PathBuf) -> BoxFuture<'static, Result<Migration>> {
    Box::pin(on_own_thread(async move {
        let folder = ResolvedFolder::make(&path)?;
        slot_of(&folder).migrate(folder).await
    }))
}

/// Opening an engine blocks its thread.
async fn on_own_thread<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let runtime = Handle::current();
    let ended = runtime.clone().spawn_blocking(move || runtime.block_on(future)).await;
    ended.unwrap_or_else(|error| Err(Error::internal(format!("the opening of a store ended early: {error}"))))
}

/// A slot lives while its store is opening, open or closing.
fn slot_of(folder: &ResolvedFolder) -> Arc<OpenSlot> {
    let mut directories = DIRECTORIES.lock();
    directories.retain(|_, slot| slot.strong_count() > 0);
    directories.get(folder.identity()).and_then(Weak::upgrade).unwrap_or_else(|| {
        let slot = Arc::default();
        directories.insert(folder.identity().clone(), Arc::downgrade(&slot));
        slot
    })
}

/// The store of a directory, if it is open. Locked while the store opens or closes, so that concurrent calls wait for the
/// result.
#[derive(Default)]
pub struct OpenSlot {
    store: AsyncMutex<Option<SharedStore>>,
}

struct SharedStore {
    open: StoreWithEngine,
    handles: usize,
    /// None for a store in memory.
    settings: Option<EngineSettings>,
}

impl OpenSlot {
    async fn share(self: Arc<Self>, folder: ResolvedFolder, options: EmbeddedOptions) -> Result<StoreHandle> {
        let mut store = self.store.lock().await;
        let open_store = if let Some(shared) = store.as_mut() {
            if let Some(settings) = &shared.settings {
                settings.agree_with(options)?;
            }
            shared.handles += 1;
            shared.open.clone()
        } else {
            let settings = EngineSettings::from(options);
            let opened = open(Location::Directory(folder, settings), Clock::system()).await?;
            *store = Some(SharedStore { open: opened.clone(), handles: 1, settings: Some(settings) });
            opened
        };
        drop(store);
        Ok(StoreHandle::new(open_store, false, self))
    }

    /// Holds the lock, so that the store cannot be opened during the migration. An open store has this version's schema.
    async fn migrate(self: Arc<Self>, folder: ResolvedFolder) -> Result<Migration> {
        let store = self.store.lock().await;
        match store.as_ref() {
            Some(shared) => schema::migrate(shared.open.store.records()).await,
            None => migrate(Location::Directory(folder, EmbeddedOptions::default().into())).await,
        }
    }

    /// Removes a handle. Without any the store is closed.
    pub async fn release(self: Arc<Self>) -> Result<()> {
        let mut store = self.store.lock().await;
        let Some(shared) = store.as_mut() else { return Ok(()) };
        shared.handles -= 1;
        if shared.handles > 0 {
            return Ok(());
        }
        let closed = shared.open.store.close().await;
        *store = None;
        closed
    }
}
