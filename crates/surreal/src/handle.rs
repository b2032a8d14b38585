//! One user of an open store.

use std::sync::{Arc, OnceLock};

use rivers_storage::{Error, OpenStore, Result};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::open::StoreWithEngine;
use crate::registry::OpenSlot;
use crate::remote::ServerQueries;
use crate::snapshot::Snapshots;

/// Keeps a store open: the store closes with its last handle. Dropping a handle closes it in the background.
pub struct StoreHandle {
    store: Arc<OpenStore>,
    place: Place,
    runtime: Handle,
    closing: OnceLock<watch::Receiver<Option<Result<()>>>>,
}

/// Where the rows of an open store are.
enum Place {
    Memory(Arc<Engine>, Arc<OpenSlot>),
    Directory(Arc<Engine>, Arc<OpenSlot>),
    /// A server, with its endpoint. Each handle has a connection of its own.
    Server(String, Arc<ServerQueries>),
}

impl StoreHandle {
    pub(crate) fn new(open: StoreWithEngine, memory: bool, slot: Arc<OpenSlot>) -> Self {
        let StoreWithEngine { store, engine } = open;
        let place = if memory { Place::Memory(engine, slot) } else { Place::Directory(engine, slot) };
        Self { store, place, runtime: Handle::current(), closing: OnceLock::new() }
    }

    pub(crate) fn on_server(store: Arc<OpenStore>, endpoint: String, queries: Arc<ServerQueries>) -> Self {
        Self { store, place: Place::Server(endpoint, queries), runtime: Handle::current(), closing: OnceLock::new() }
    }

    /// The open store that all its handles share.
    pub const fn store(&self) -> &Arc<OpenStore> {
        &self.store
    }

    /// Snapshots of the store. They do not keep it open. None for a store on a server.
    pub fn snapshots(&self) -> Option<Snapshots> {
        match &self.place {
            Place::Memory(engine, _) | Place::Directory(engine, _) => Some(Snapshots::of(Arc::clone(engine))),
            Place::Server(..) => None,
        }
    }

    /// Sends queries to the server, if the store is on one.
    pub fn server_queries(&self) -> Option<Arc<ServerQueries>> {
        match &self.place {
            Place::Server(_, queries) => Some(Arc::clone(queries)),
            Place::Memory(..) | Place::Directory(..) => None,
        }
    }

    /// Whether the store is in memory.
    pub const fn is_memory(&self) -> bool {
        matches!(self.place, Place::Memory(..))
    }

    /// The endpoint of the server, if the store is on one.
    pub fn endpoint(&self) -> Option<&str> {
        match &self.place {
            Place::Server(endpoint, _) => Some(endpoint),
            Place::Memory(..) | Place::Directory(..) => None,
        }
    }

    /// To be called before a close waits for calls under way: a server that cannot be reached must not delay it.
    pub fn prepare_close(&self) {
        if let Place::Server(..) = self.place {
            self.store.records().prepare_close();
        }
    }

    /// Closes the handle. If it was the last one of its store, the directory can be opened again when this returns. Closing
    /// again waits for the first call, and returns its result.
    pub async fn close(&self) -> Result<()> {
        let mut closed = self.start_closing().clone();
        let outcome = closed.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| Err(Error::closed()))
    }

    /// In a task, so that the store is closed also when the caller is dropped.
    fn start_closing(&self) -> &watch::Receiver<Option<Result<()>>> {
        self.prepare_close();
        self.closing.get_or_init(|| {
            let (done, closed) = watch::channel(None);
            match &self.place {
                Place::Memory(_, slot) | Place::Directory(_, slot) => {
                    let slot = Arc::clone(slot);
                    drop(self.runtime.spawn(async move { done.send_replace(Some(slot.release().await)) }));
                }
                Place::Server(_, queries) => {
                    queries.close();
                    let store = Arc::clone(&self.store);
                    drop(self.runtime.spawn(async move { done.send_replace(Some(store.close().await)) }));
                }
            }
            closed
        })
    }
}

impl Drop for StoreHandle {
    fn drop(&mut self) {
        self.start_closing();
    }
}
