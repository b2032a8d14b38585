//! The stores that are open in this process: one engine to a directory, however often and by
//! whatever name it is opened.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rivers_storage::clock::Clock;
use rivers_storage::{Base, Error, Result};
use tokio::runtime::Handle as Runtime;
use tokio::sync::Mutex as AsyncMutex;

use crate::config::{EmbeddedOptions, Settings};
use crate::handle::Handle;
use crate::open::{Location, make_directory, open};
use crate::pid;

static DIRECTORIES: LazyLock<Mutex<HashMap<PathBuf, Arc<Place>>>> = LazyLock::new(Mutex::default);

fn directories() -> MutexGuard<'static, HashMap<PathBuf, Arc<Place>>> {
    DIRECTORIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locked while its store is being opened or closed: who comes meanwhile waits and sees the outcome.
#[derive(Default)]
pub struct Place {
    store: AsyncMutex<Option<Shared>>,
}

struct Shared {
    base: Arc<Base>,
    handles: usize,
    /// None in memory.
    directory: Option<(PathBuf, Settings)>,
}

pub async fn memory(clock: Clock) -> Result<Handle> {
    let base = open(Location::Memory, clock).await?;
    let shared = Shared { base: Arc::clone(&base), handles: 1, directory: None };
    let place = Arc::new(Place { store: AsyncMutex::new(Some(shared)) });
    Ok(Handle::new(base, true, place))
}

pub async fn embedded(path: &Path, options: EmbeddedOptions) -> Result<Handle> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // A caller that goes away leaves a handle behind, not half an engine.
    blocking(async move {
        let path = make_directory(&path)?;
        let place = Arc::clone(directories().entry(path.clone()).or_default());
        let opened = Arc::clone(&place).share(&path, options).await;
        forget_unused(&path, &place).await;
        opened
    })
    .await
}

/// Opening and closing keep their thread busy, so they have one of their own.
async fn blocking<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let runtime = Runtime::current();
    let ended = runtime.clone().spawn_blocking(move || runtime.block_on(future)).await;
    ended.unwrap_or_else(|error| Err(Error::internal(format!("opening or closing a store ended early: {error}"))))
}

impl Place {
    async fn share(self: Arc<Self>, path: &Path, options: EmbeddedOptions) -> Result<Handle> {
        let mut store = self.store.lock().await;
        let base = match store.as_mut() {
            Some(shared) => {
                if let Some((_, settings)) = &shared.directory {
                    settings.agree_with(options)?;
                }
                shared.handles += 1;
                Arc::clone(&shared.base)
            }
            None => {
                let settings = Settings::from(options);
                let base = open(Location::Directory(path.to_owned(), settings), Clock::system()).await?;
                let directory = Some((path.to_owned(), settings));
                *store = Some(Shared { base: Arc::clone(&base), handles: 1, directory });
                base
            }
        };
        drop(store);
        Ok(Handle::new(base, false, self))
    }

    /// One handle less; without any, the store is closed.
    pub async fn release(self: Arc<Self>) -> Result<()> {
        let mut store = self.store.lock().await;
        let Some(shared) = store.as_mut() else { return Ok(()) };
        shared.handles -= 1;
        if shared.handles > 0 {
            return Ok(());
        }
        let closed = shared.base.close().await;
        let directory = shared.directory.take();
        *store = None;
        drop(store);
        if let Some((path, _)) = directory {
            forget_unused(&path, &self).await;
        }
        closed
    }
}

async fn forget_unused(path: &Path, place: &Arc<Place>) {
    let empty = place.store.lock().await.is_none();
    let mut directories = directories();
    // Two: the registry's own, and this one. Who opens the path takes a third under the same lock.
    if empty && Arc::strong_count(place) == 2 {
        directories.remove(path);
    }
}
