//! Which stores are open in which JavaScript environment, and when they close: when the environment goes, when the process
//! ends, or when no JavaScript object uses the store any more.

use std::mem;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Once, Weak};
use std::thread;
use std::time::Duration;

use napi::bindgen_prelude::Object;
use napi::{Env, Status};
use napi_derive::napi;
use parking_lot::Mutex;
use rivers_storage::gate::{Entered, Gate};
use rivers_storage::{Error, Store};
use rivers_storage_surreal::cancel_background_work;
use tokio::task::JoinSet;

use crate::errors::Failure;
use crate::js::{Environment, at_exit, on_exit, typed};
use crate::open::{Open, close};
use crate::{runtime, stacks};

/// How long the end of the process waits for stores to close. Acknowledged writes are safe without it.
pub const CLOSE_TIMEOUT: Duration = Duration::from_millis(400);
/// How long it then waits for their cancelled background work. If that still runs when the engine's static data are
/// destroyed, the process aborts.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it then waits for the addon's threads, which use the same data.
const THREADS_TIMEOUT: Duration = Duration::from_millis(100);

struct OpenStorage {
    environment: usize,
    gate: Weak<Gate<Open>>,
}

static OPEN_STORAGES: Mutex<Vec<OpenStorage>> = Mutex::new(Vec::new());

/// Closings under way that no call waits for.
static CLOSINGS: LazyLock<Mutex<JoinSet<()>>> = LazyLock::new(Mutex::default);

#[napi(module_exports)]
pub fn set_up(_exports: Object, env: Env) -> napi::Result<()> {
    stacks::enlarge();
    let failed = |_| napi::Error::new(Status::GenericFailure, "rivers-storage cannot be set up");
    let Environment { id, mailbox, .. } = Environment::set_up(&env).map_err(failed)?;
    // After the mailbox was opened: cleanup hooks run in reverse order, and this one has to run before the mailbox's own.
    env.add_env_cleanup_hook((*id, Arc::clone(mailbox)), |(id, mailbox)| {
        mailbox.close();
        close_all(|storage| storage.environment == id);
    })?;
    Ok(())
}

pub fn environment(env: &Env) -> Result<&Environment, Failure<'_>> {
    Environment::of(env).ok_or_else(|| Error::internal("the addon was not set up in this environment").into())
}

/// Closes a store when it is dropped. The storage object and its live leases share it.
pub struct CloseOnDrop {
    gate: Arc<Gate<Open>>,
}

impl CloseOnDrop {
    /// From now on the store closes with its environment, though no JavaScript object may ever use it: the process may end
    /// before the opening reaches its caller.
    pub fn new(open: Open, environment: usize) -> Arc<Self> {
        let gate = Gate::new(open);
        let mut storages = OPEN_STORAGES.lock();
        storages.retain(|storage| storage.gate.strong_count() > 0);
        storages.push(OpenStorage { environment, gate: Arc::downgrade(&gate) });
        Arc::new(Self { gate })
    }

    pub const fn gate(&self) -> &Arc<Gate<Open>> {
        &self.gate
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        if !self.gate.is_shut() {
            close_in_background(&self.gate);
        }
    }
}

/// Enters the same store through any storage object of this process that is open. Its close waits until the caller has
/// left.
pub fn enter_elsewhere(store: &Store) -> Option<Entered<Open>> {
    let storages = OPEN_STORAGES.lock();
    let gates = storages.iter().filter_map(|storage| storage.gate.upgrade());
    gates.filter_map(|gate| gate.enter().ok()).find(|open| open.store().is_same_store(store))
}

fn close_in_background(gate: &Arc<Gate<Open>>) {
    if let Ok(runtime) = runtime::get() {
        let closing = close(gate);
        let mut closings = CLOSINGS.lock();
        while closings.try_join_next().is_some() {}
        // No caller gets a failure; the next opening reports what is wrong with the store.
        closings.spawn_on(async { drop(closing.await) }, &runtime);
    }
}

fn close_all(is_chosen: impl Fn(&OpenStorage) -> bool) {
    let chosen: Vec<OpenStorage> = OPEN_STORAGES.lock().extract_if(.., |storage| is_chosen(storage)).collect();
    chosen.iter().filter_map(|storage| storage.gate.upgrade()).for_each(|gate| close_in_background(&gate));
}

/// Closes all stores when the process ends. `atexit` handlers run in reverse order: call it after an engine has opened, so
/// that this handler runs before the engine's own.
pub fn close_at_exit() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| at_exit(close_on_own_thread));
}

extern "C" fn close_on_own_thread() {
    // The exiting thread has lost its thread-locals, which closing needs.
    if let Ok(thread) = thread::Builder::new().spawn(close_and_stop) {
        let _ = thread.join();
    }
}

fn close_and_stop() {
    close_all(|_| true);
    let mut closings = mem::take(&mut *CLOSINGS.lock());
    if !closings.is_empty() {
        let _ = runtime::block_on(async {
            let mut all = pin!(async { while closings.join_next().await.is_some() {} });
            // A closing that is too late is no failure: the store is as safe as after a crash.
            if tokio::time::timeout(CLOSE_TIMEOUT, &mut all).await.is_err() {
                cancel_background_work();
                let _ = tokio::time::timeout(CANCEL_TIMEOUT, all).await;
            }
            Ok(())
        });
    }
    runtime::shut_down(THREADS_TIMEOUT);
}

/// Calls `finish` when the process exits. Each copy of the addon adds it once, however often it is loaded.
#[napi]
pub fn call_on_exit(env: &Env, #[napi(ts_arg_type = "() => void")] finish: typed::Arc<typed::Unknown>) {
    static ADDED: Once = Once::new();
    // A listener that cannot be added is no reason to refuse the package.
    ADDED.call_once(|| drop(on_exit(env, finish.js())));
}
