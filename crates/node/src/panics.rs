//! A panic is a bug of this package. The caller gets it as an error, and it never crosses into C++.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use rivers_storage::{Error, Result};

pub fn catch<T, E: From<Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(error(panic.as_ref()).into()))
}

pub async fn catch_in<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(future).catch_unwind().await.unwrap_or_else(|panic| Err(error(panic.as_ref())))
}

fn error(panic: &(dyn Any + Send)) -> Error {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Error::internal(format!("a bug in rivers-storage: {}", message.unwrap_or("a panic that says nothing")))
}
