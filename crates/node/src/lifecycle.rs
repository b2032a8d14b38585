//! What is open in which JavaScript environment, and how it is given back: when the environment goes,
//! when the process ends, or when nobody can reach it any more.

use std::mem;
use std::pin::pin;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use napi::bindgen_prelude::Object;
use napi::{Env, Status};
use napi_derive::napi;
use rivers_storage::gate::{Entered, Gate};
use rivers_storage::{Base, Error};
use rivers_storage_surreal::hurry;
use tokio::task::JoinSet;

use crate::errors::Failure;
use crate::js::{Environment, at_exit, on_exit, typed};
use crate::open::{Open, close};
use crate::runtime;

/// How long a process that ends waits for its stores to close as they should: what was acknowledged is safe
/// without it.
const CLOSE_WAIT: Duration = Duration::from_millis(400);
/// And then for those that are told to hurry. One that is still at work when the engine's static data are torn down
/// aborts the process.
const HURRY_WAIT: Duration = Duration::from_secs(10);
/// And then for its threads to stop: the engine's static data are torn down after them.
const THREADS_WAIT: Duration = Duration::from_millis(100);

struct Opened {
    environment: usize,
    storage: Weak<Gate<Open>>,
}

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// Those under way that nobody waits for.
static CLOSINGS: LazyLock<Mutex<JoinSet<()>>> = LazyLock::new(Mutex::default);

#[napi(module_exports)]
pub fn set_up(_exports: Object, env: Env) -> napi::Result<()> {
    let failed = |_| napi::Error::new(Status::GenericFailure, "rivers-storage cannot be set up");
    let Environment { id, mailbox, .. } = Environment::set_up(&env).map_err(failed)?;
    env.add_env_cleanup_hook((*id, Arc::clone(mailbox)), |(id, mailbox)| {
        mailbox.shut();
        close_all(|opened| opened.environment == id);
    })?;
    Ok(())
}

pub fn here(env: &Env) -> Result<&Environment, Failure<'_>> {
    Environment::of(env).ok_or_else(|| Error::internal("the addon was not set up in this environment").into())
}

/// Keeps a store open. The storage object and its live leases share it; dropping the last share closes the store.
pub struct Hold {
    gate: Arc<Gate<Open>>,
}

impl Hold {
    pub fn new(open: Open) -> Arc<Self> {
        Arc::new(Self { gate: Gate::new(open) })
    }

    pub const fn gate(&self) -> &Arc<Gate<Open>> {
        &self.gate
    }
}

/// JavaScript has nothing left that uses the store, or never had it.
impl Drop for Hold {
    fn drop(&mut self) {
        if !self.gate.is_shut() {
            close_in_background(&self.gate);
        }
    }
}

/// Enters the same store through any storage object of this process that is open. Its close waits until the caller has
/// left.
pub fn enter_elsewhere(base: &Base) -> Option<Entered<Open>> {
    let opened = lock(&OPENED);
    let gates = opened.iter().filter_map(|opened| opened.storage.upgrade());
    gates.filter_map(|gate| gate.enter().ok()).find(|open| open.store().base().is_same_store(base))
}

/// From now on it will not outlive its environment.
pub fn keep<'e>(env: &'e Env, storage: &Arc<Gate<Open>>) -> Result<(), Failure<'e>> {
    let environment = here(env)?.id;
    let mut opened = lock(&OPENED);
    opened.retain(|opened| opened.storage.strong_count() > 0);
    opened.push(Opened { environment, storage: Arc::downgrade(storage) });
    Ok(())
}

/// Not before an engine is open: what is told last is called first.
pub fn leave_at_exit() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| at_exit(leave));
}

pub fn close_in_background(storage: &Arc<Gate<Open>>) {
    if let Ok(runtime) = runtime::get() {
        let closing = close(storage);
        let mut closings = lock(&CLOSINGS);
        while closings.try_join_next().is_some() {}
        // Nobody is there to hear of a failure; the next opening will.
        closings.spawn_on(async { drop(closing.await) }, &runtime);
    }
}

fn close_all(whose: impl Fn(&Opened) -> bool) {
    let theirs: Vec<Opened> = lock(&OPENED).extract_if(.., |opened| whose(opened)).collect();
    theirs.iter().filter_map(|opened| opened.storage.upgrade()).for_each(|storage| close_in_background(&storage));
}

extern "C" fn leave() {
    // A thread that exits has no thread-locals any more, and nothing here works without.
    if let Ok(thread) = thread::Builder::new().spawn(close_and_stop) {
        let _ = thread.join();
    }
}

fn close_and_stop() {
    close_all(|_| true);
    let mut closings = mem::take(&mut *lock(&CLOSINGS));
    if !closings.is_empty() {
        let _ = runtime::block_on(async {
            let mut all = pin!(async { while closings.join_next().await.is_some() {} });
            // Too late is no failure: the store is as safe as after a crash.
            if tokio::time::timeout(CLOSE_WAIT, &mut all).await.is_err() {
                hurry();
                let _ = tokio::time::timeout(HURRY_WAIT, all).await;
            }
            Ok(())
        });
    }
    runtime::end(THREADS_WAIT);
}

static OPENINGS: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// A store that is being opened, until dropped.
pub struct Opening(());

impl Opening {
    pub fn begin() -> Self {
        *lock(&OPENINGS.0) += 1;
        Self(())
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        *lock(&OPENINGS.0) -= 1;
        OPENINGS.1.notify_all();
    }
}

/// Waits a moment for openings under way: called when the process is about to end, which tears down what they use.
#[napi]
pub fn finish_openings() {
    let _ = OPENINGS.1.wait_timeout_while(lock(&OPENINGS.0), CLOSE_WAIT, |openings| *openings > 0);
}

/// Calls `finish` when the process exits. It is added once by each copy of the addon, however often it is loaded.
#[napi]
pub fn call_on_exit(env: &Env, #[napi(ts_arg_type = "() => void")] finish: typed::Arc<typed::Unknown>) {
    static ADDED: Once = Once::new();
    // A listener that cannot be added is no reason to refuse the package.
    ADDED.call_once(|| drop(on_exit(env, finish.js())));
}

/// Code location variables are read from this object's `env`: a test runner gives its tests a `process` of their own.
#[napi]
pub fn read_variables_of(
    env: &Env,
    #[napi(ts_arg_type = "{ env: Record<string, string | undefined> }")] process: typed::Arc<typed::Unknown>,
) {
    if let Ok(here) = here(env) {
        drop(here.set_process(env, process.js()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
