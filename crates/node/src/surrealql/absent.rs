//! Stands in for the queries in an addon without the executor: each query fails with ERR_UNSUPPORTED.

use std::future::{Ready, ready};

use rivers_storage::{Code, Error, Result, Store};
use rivers_storage_surreal::StoreHandle;
use tokio_util::sync::CancellationToken;

use super::QueryOptions;
use crate::from_js::{Converted, FromJs, ValuePath};
use crate::js::Js;

pub type Answers = ();

#[derive(Default)]
pub struct Variables;

impl FromJs for Variables {
    fn from_js<'e>(_: Js<'e>, _: &ValuePath<'_>) -> Converted<'e, Self> {
        Ok(Self)
    }
}

pub struct StorageQueries;

#[allow(clippy::unused_self, reason = "the signatures are those of present.rs")]
impl StorageQueries {
    pub const fn of(_: &StoreHandle) -> Self {
        Self
    }

    pub const fn end(&self) {}

    pub fn run(&self, _: &Store, _: String, _: QueryOptions, _: CancellationToken) -> Ready<Result<Answers>> {
        let message = "query: this addon was built without SurrealQL; `npm run build -- surrealql` builds one with it";
        ready(Err(Error::new(Code::Unsupported, message)))
    }
}
