//! What a JavaScript environment has opened, and how that is given back when the environment goes,
//! or when nobody can reach it any more.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use napi::bindgen_prelude::Object;
use napi::{Env, Status};
use napi_derive::napi;
use rivers_storage::Error;
use rivers_storage::gate::Gate;
use tokio::task::JoinSet;

use crate::errors::Failure;
use crate::js::Environment;
use crate::runtime;
use crate::storage::{Open, close};

/// How long a process that exits waits for its stores: what was acknowledged is safe without it.
const EXIT_WAIT: Duration = Duration::from_millis(500);

/// Of one environment.
#[derive(Default)]
pub struct Opened(Mutex<Vec<Weak<Gate<Open>>>>);

impl Opened {
    /// It will be closed with the environment.
    pub fn add<'e>(env: &'e Env, storage: &Arc<Gate<Open>>) -> Result<(), Failure<'e>> {
        let opened = here(env)?.own::<Arc<Self>>().ok_or_else(|| Error::internal("nobody keeps what is open"))?;
        let mut opened = lock(&opened.0);
        opened.retain(|storage| storage.strong_count() > 0);
        opened.push(Arc::downgrade(storage));
        Ok(())
    }
}

pub fn here(env: &Env) -> Result<&Environment, Failure<'_>> {
    Environment::of(env).ok_or_else(|| Error::internal("the addon was not set up in this environment").into())
}

static ENVIRONMENTS: AtomicUsize = AtomicUsize::new(0);

/// Those under way that nobody waits for.
static CLOSINGS: LazyLock<Mutex<JoinSet<()>>> = LazyLock::new(Mutex::default);

#[napi(module_exports)]
pub fn set_up(_exports: Object, env: Env) -> napi::Result<()> {
    let failed = |_| napi::Error::new(Status::GenericFailure, "rivers-storage cannot be set up");
    let opened = Arc::new(Opened::default());
    let mailbox = Arc::clone(&Environment::set_up(&env, Arc::clone(&opened)).map_err(failed)?.mailbox);
    ENVIRONMENTS.fetch_add(1, Ordering::SeqCst);
    env.add_env_cleanup_hook((), move |()| {
        mailbox.shut();
        mem::take(&mut *lock(&opened.0))
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|storage| close_in_background(&storage));
        // A worker's environment does not wait. The last one may be the process that exits.
        if ENVIRONMENTS.fetch_sub(1, Ordering::SeqCst) == 1 {
            wait_for_closings();
        }
    })?;
    Ok(())
}

pub fn close_in_background(storage: &Arc<Gate<Open>>) {
    if let Ok(runtime) = runtime::get() {
        let closing = close(storage);
        let mut closings = lock(&CLOSINGS);
        while closings.try_join_next().is_some() {}
        // Nobody is there to hear of a failure; the next opening will.
        closings.spawn_on(async { drop(closing.await) }, runtime.handle());
    }
}

fn wait_for_closings() {
    let mut closings = mem::take(&mut *lock(&CLOSINGS));
    let _ = runtime::block_on(async {
        let all = async { while closings.join_next().await.is_some() {} };
        // Too late is no failure: the store is as safe as after a crash.
        let _ = tokio::time::timeout(EXIT_WAIT, all).await;
        Ok(())
    });
    closings.detach_all();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
