//! The threads that operations run on when not on their caller's. One pool for the process,
//! whatever the number of its JavaScript environments.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{PoisonError, RwLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rivers_storage::{Code, Error, Result};
use tokio::runtime::{Builder, Handle, Runtime};

const WORKERS: usize = 2;
/// What the engine asks for: opening a store nests deeply.
const STACK_BYTES: usize = 10 << 20;
/// So long a thread that opened or closed a store waits for another one.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

static RUNTIME: RwLock<Option<Runtime>> = RwLock::new(None);

/// Started when it is first needed.
pub fn get() -> Result<Handle> {
    if let Some(runtime) = RUNTIME.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
        return Ok(runtime.handle().clone());
    }
    let mut place = RUNTIME.write().unwrap_or_else(PoisonError::into_inner);
    let runtime = match &mut *place {
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

/// What still runs is dropped where it next waits.
pub fn end(within: Duration) {
    let runtime = RUNTIME.write().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(runtime) = runtime {
        runtime.shutdown_timeout(within);
    }
}

/// For what needs the runtime's deep stacks, whoever waits for it.
pub async fn on_runtime<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let task = get()?.spawn(caught(future));
    task.await.unwrap_or_else(|_| Err(Error::internal("a task of the storage was thrown away")))
}

/// Drives the future on this thread. It must not wait for anything that this thread has to do.
pub fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    get()?.block_on(future)
}

/// Polls once, on this thread: what is ready at once needs no other.
pub fn poll_once<T>(future: Pin<&mut impl Future<Output = Result<T>>>) -> Poll<Result<T>> {
    match get() {
        Ok(runtime) => {
            let _entered = runtime.enter();
            future.poll(&mut Context::from_waker(Waker::noop()))
        }
        Err(error) => Poll::Ready(Err(error)),
    }
}

/// A panic is a bug of ours, and to whoever called an error like any other.
pub async fn caught<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(panicked(panic.as_ref()))))
    })
    .await
}

pub fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Error::internal(format!("a bug in rivers-storage: {}", message.unwrap_or("a panic that says nothing")))
}
