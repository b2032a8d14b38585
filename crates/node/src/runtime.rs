//! The threads that run operations, unless the thread of the caller does. A process has one pool for all its JavaScript
//! environments.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::RwLock;
use rivers_storage::{Code, Error, Result};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::panics;

const WORKERS: usize = 2;
/// Opening a store nests calls of the engine deeply.
const STACK_BYTES: usize = 10 << 20;
/// How long a thread that opened or closed a store waits for more such work.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

static RUNTIME: RwLock<Option<Runtime>> = RwLock::new(None);

/// Starts the threads at the first call.
pub fn get() -> Result<Handle> {
    if let Some(runtime) = RUNTIME.read().as_ref() {
        return Ok(runtime.handle().clone());
    }
    let mut slot = RUNTIME.write();
    let runtime = match &mut *slot {
        Some(started) => started,
        empty => empty.insert(start()?),
    };
    Ok(runtime.handle().clone())
}

fn start() -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS).thread_stack_size(STACK_BYTES).thread_keep_alive(KEEP_ALIVE);
    builder.thread_name("rivers-storage").enable_all();
    builder.build().map_err(|cause| Error::new(Code::Io, "the storage's threads cannot be started").caused_by(&cause))
}

/// Drops each future that still runs at its next await.
pub fn shut_down(timeout: Duration) {
    let runtime = RUNTIME.write().take();
    if let Some(runtime) = runtime {
        runtime.shutdown_timeout(timeout);
    }
}

/// Runs a future that needs the deep stacks of these threads, also when the caller blocks.
pub async fn on_runtime<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let task = get()?.spawn(panics::catch_in(future));
    task.await.unwrap_or_else(|_| Err(Error::internal("a task of the storage was dropped")))
}

/// Runs the future on this thread. It must not wait for work that this thread has to do.
pub fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    get()?.block_on(future)
}

/// Polls once on this thread, which spares the hop to another one if the future is ready.
pub fn poll_once<T>(future: Pin<&mut impl Future<Output = Result<T>>>) -> Poll<Result<T>> {
    match get() {
        Ok(runtime) => {
            let _entered = runtime.enter();
            future.poll(&mut Context::from_waker(Waker::noop()))
        }
        Err(error) => Poll::Ready(Err(error)),
    }
}
