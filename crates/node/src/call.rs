//! The two forms of every operation: one that gives a promise, one that blocks. Both convert their
//! arguments before they return, and both make results and errors the same way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use napi::Env;
use rivers_storage::Result;
use tokio::runtime::Handle;

use crate::errors::Failure;
use crate::js::typed::{Promise, Value};
use crate::js::{Deferred, Environment};
use crate::lifecycle::here;
use crate::runtime;
use crate::to_js::ToJs;

/// An operation with its arguments.
pub struct Prepared<F> {
    pub future: F,
    /// Touches no disk and few rows: it may be done on the event loop.
    pub runs_inline: bool,
}

/// Never throws: what fails rejects.
pub fn promise<'e, Shown, T, F>(
    env: &'e Env,
    prepare: impl FnOnce() -> Result<Prepared<F>, Failure<'e>>,
) -> Promise<Shown>
where
    T: ToJs + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let Ok((deferred, promise)) = Deferred::new(env) else {
        // Only an environment that is going makes no promises.
        return Promise::returned(None);
    };
    let started = caught(|| {
        let Prepared { future, runs_inline } = prepare()?;
        let mut future = Box::pin(runtime::caught(future));
        let polled = if runs_inline { runtime::poll_once(future.as_mut()) } else { Poll::Pending };
        match polled {
            Poll::Ready(result) if here(env)?.mailbox.is_empty() => Ok(Started::Done(result?)),
            // What happened before it, such as the end of the lease whose slot it got, is told before it.
            Poll::Ready(result) => Ok(Started::Queued(result, here(env)?)),
            // One that is not ready goes to other threads as it is: nothing is done twice.
            Poll::Pending => Ok(Started::Pending(future, here(env)?, runtime::get()?)),
        }
    });
    match started {
        Ok(Started::Done(value)) => settle(env, deferred, Ok(value)),
        Err(failure) => settle::<T>(env, deferred, Err(failure)),
        Ok(Started::Queued(result, here)) => {
            here.mailbox.await_answer(env);
            here.mailbox.answer(move |env| answer(env, deferred, result));
        }
        Ok(Started::Pending(future, here, runtime)) => {
            let mailbox = Arc::clone(&here.mailbox);
            mailbox.await_answer(env);
            runtime.spawn(async move {
                let result = future.await;
                mailbox.answer(move |env| answer(env, deferred, result));
            });
        }
    }
    Promise::returned(Some(promise))
}

enum Started<'e, T, F> {
    Done(T),
    Queued(Result<T>, &'e Environment),
    Pending(F, &'e Environment, Handle),
}

pub fn sync<'e, Shown, T, F>(env: &'e Env, prepare: impl FnOnce() -> Result<Prepared<F>, Failure<'e>>) -> Value<Shown>
where
    T: ToJs,
    F: Future<Output = Result<T>>,
{
    let result = caught(|| Ok(runtime::block_on(prepare()?.future)?.to_js(env)?));
    let returned = result.map_err(|failure| failure.into_js(env).map(|error| error.throw(env)));
    Value::returned(returned.ok())
}

/// For what is known at once, such as a property.
pub fn value<Shown>(env: &Env, value: impl ToJs) -> Value<Shown> {
    Value::returned(value.to_js(env).ok())
}

/// Long after the call.
fn answer<T: ToJs>(env: &Env, deferred: Deferred, result: Result<T>) {
    match result {
        Ok(value) => settle(env, deferred, Ok(value)),
        Err(error) => deferred.reject_with(env, |env| Failure::from(error).into_js(env)),
    }
}

fn settle<'e, T: ToJs>(env: &'e Env, deferred: Deferred, result: Result<T, Failure<'e>>) {
    match caught(|| Ok(result?.to_js(env)?)) {
        Ok(value) => deferred.resolve(env, value),
        Err(failure) => {
            if let Ok(error) = failure.into_js(env) {
                deferred.reject(env, error);
            }
        }
    }
}

/// No panic crosses the border.
fn caught<'e, T>(work: impl FnOnce() -> Result<T, Failure<'e>>) -> Result<T, Failure<'e>> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|panic| Err(runtime::panicked(panic.as_ref()).into()))
}
