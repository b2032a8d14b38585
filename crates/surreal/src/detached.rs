//! A future that a dropped caller does not interrupt.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Polled by its caller, without a task. If the caller drops it before the end, it continues in a task of the runtime.
pub struct Detached<F: Future<Output: Send> + Send + 'static> {
    future: Option<Pin<Box<F>>>,
    runtime: Handle,
}

impl<F: Future<Output: Send> + Send + 'static> Detached<F> {
    pub fn new(runtime: Handle, future: F) -> Self {
        Self { future: Some(Box::pin(future)), runtime }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Detached<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let poll = future.as_mut().poll(cx);
        if poll.is_ready() {
            self.future = None;
        }
        poll
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Detached<F> {
    fn drop(&mut self) {
        // A future that panicked must not be polled again.
        if let Some(future) = self.future.take().filter(|_| !std::thread::panicking()) {
            drop(self.runtime.spawn(future));
        }
    }
}
