//! The two forms of an operation: a promise, and a blocking call. Both convert the arguments before they return, and both
//! make results and errors in the same way.

use std::sync::Arc;
use std::task::Poll;

use napi::Env;
use rivers_storage::Result;
use tokio::runtime::Handle;

use crate::errors::Failure;
use crate::js::typed::{Promise, Value};
use crate::js::{Deferred, Environment};
use crate::lifecycle::environment;
use crate::to_js::ToJs;
use crate::{panics, runtime};

/// An operation with its converted arguments.
pub struct Prepared<F> {
    pub future: F,
    /// It waits for no disk and reads few rows, so the promise form may run it on the event loop.
    pub runs_inline: bool,
}

/// Never throws: a failure rejects the promise.
pub fn promise<'e, Shown, T, F>(
    env: &'e Env,
    prepare: impl FnOnce() -> Result<Prepared<F>, Failure<'e>>,
) -> Promise<Shown>
where
    T: ToJs + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let Ok((deferred, promise)) = Deferred::new(env) else {
        // Only an environment that is torn down makes no promises.
        return Promise::returned(None);
    };
    let started = panics::catch(|| {
        let Prepared { future, runs_inline } = prepare()?;
        let mut future = Box::pin(panics::catch_in(future));
        let polled = if runs_inline { runtime::poll_once(future.as_mut()) } else { Poll::Pending };
        match polled {
            Poll::Ready(result) if environment(env)?.mailbox.is_empty() => Ok(Started::Done(result?)),
            // Queued jobs run before it: one may report an earlier event, such as the loss of the lease whose slot it got.
            Poll::Ready(result) => Ok(Started::Ready(result, environment(env)?)),
            // The runtime continues the future that was polled, so nothing is done twice.
            Poll::Pending => Ok(Started::Pending(future, environment(env)?, runtime::get()?)),
        }
    });
    match started {
        Ok(Started::Done(value)) => settle(env, deferred, Ok(value)),
        Err(failure) => settle::<T>(env, deferred, Err(failure)),
        Ok(Started::Ready(result, environment)) => {
            environment.mailbox.begin_call(env);
            environment.mailbox.end_call(move |env| settle_later(env, deferred, result));
        }
        Ok(Started::Pending(future, environment, runtime)) => {
            let mailbox = Arc::clone(&environment.mailbox);
            mailbox.begin_call(env);
            runtime.spawn(async move {
                let result = future.await;
                mailbox.end_call(move |env| settle_later(env, deferred, result));
            });
        }
    }
    Promise::returned(Some(promise))
}

enum Started<'e, T, F> {
    /// Settled before the call returns.
    Done(T),
    /// Settled by a mailbox job.
    Ready(Result<T>, &'e Environment),
    Pending(F, &'e Environment, Handle),
}

pub fn sync<'e, Shown, T, F>(env: &'e Env, prepare: impl FnOnce() -> Result<Prepared<F>, Failure<'e>>) -> Value<Shown>
where
    T: ToJs,
    F: Future<Output = Result<T>>,
{
    let result = panics::catch(|| Ok(runtime::block_on(prepare()?.future)?.to_js(env)?));
    let returned = result.map_err(|failure: Failure<'e>| failure.into_js(env).map(|error| error.throw(env)));
    Value::returned(returned.ok())
}

/// Returns a value that needs no operation, such as a property.
pub fn value<Shown>(env: &Env, value: impl ToJs) -> Value<Shown> {
    Value::returned(value.to_js(env).ok())
}

/// Settles in a mailbox job. The stack no longer shows the caller, so `reject_with` makes the error.
fn settle_later<T: ToJs>(env: &Env, deferred: Deferred, result: Result<T>) {
    match result {
        Ok(value) => settle(env, deferred, Ok(value)),
        Err(error) => deferred.reject_with(env, |env| Failure::from(error).into_js(env)),
    }
}

fn settle<'e, T: ToJs>(env: &'e Env, deferred: Deferred, result: Result<T, Failure<'e>>) {
    match panics::catch(|| Ok(result?.to_js(env)?)) {
        Ok(value) => deferred.resolve(env, value),
        Err::<_, Failure<'e>>(failure) => {
            if let Ok(error) = failure.into_js(env) {
                deferred.reject(env, error);
            }
        }
    }
}
