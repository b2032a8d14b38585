//! The turn of a query, and its thread, which ends with the query. The first large sort starts rayon's threads, which stay.

use std::io;
use std::panic::AssertUnwindSafe;
use std::thread;

use futures_util::FutureExt;
use rivers_storage::{Code, Error, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::memory::{MemoryAccount, MemoryCount};

/// SurrealDB's parser and executor call themselves for each level of a statement. A value has at most 256 levels.
const STACK_BYTES: usize = 10 << 20;

/// A query that may run now.
pub struct Turn {
    // Fields are dropped in this order: the account is free before the next query gets the permit.
    account: MemoryAccount,
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    pub fn begin(permit: OwnedSemaphorePermit) -> Result<Self> {
        let account = MemoryAccount::open().ok_or_else(|| Error::internal("more queries run than may"))?;
        Ok(Self { account, _permit: permit })
    }

    pub const fn memory(&self) -> MemoryCount {
        self.account.memory()
    }

    /// Runs the work on a thread of its own. The turn ends with the thread.
    pub fn start<T, W>(self, work: impl FnOnce() -> W + Send + 'static) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        W: Future<Output = Result<T>>,
    {
        let (done, answer) = oneshot::channel();
        let memory = self.memory();
        let body = move || {
            memory.count_this_thread();
            let result = runtime(memory).and_then(|runtime| runtime.block_on(caught(work())));
            drop(self);
            // The caller may have gone.
            drop(done.send(result));
        };
        let started = thread::Builder::new().name("rivers-query".to_owned()).stack_size(STACK_BYTES).spawn(body);
        started.map_err(|cause| cannot_start(&cause))?;
        Ok(answer)
    }
}

/// A panic is a bug. It must not end the process.
async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let result = AssertUnwindSafe(work).catch_unwind().await;
    result.unwrap_or_else(|_| Err(Error::internal("a bug in the executor: a panic")))
}

/// The runtime has timers and no I/O: a query waits for no socket.
fn runtime(memory: MemoryCount) -> Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().thread_stack_size(STACK_BYTES).thread_name("rivers-query");
    builder.on_thread_start(move || memory.count_this_thread());
    builder.build().map_err(|cause| cannot_start(&cause))
}

fn cannot_start(cause: &io::Error) -> Error {
    Error::new(Code::Io, "a thread for the query cannot be started").caused_by(cause)
}
