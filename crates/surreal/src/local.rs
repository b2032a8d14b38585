//! The records of the storage on an engine in this process.

use std::sync::Arc;

use rivers_storage::Result;
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use surrealdb_kvs::TransactionType;
use tokio::runtime::Handle;

use crate::engine::Engine;
use crate::group_commit::{Committer, GroupCommit};

pub struct LocalRecords {
    engine: Arc<Engine>,
    group_commit: Arc<GroupCommit<Engine>>,
}

impl LocalRecords {
    pub fn new(engine: Arc<Engine>) -> Self {
        let group_commit = GroupCommit::new(Arc::clone(&engine), Handle::current());
        Self { engine, group_commit }
    }
}

impl Records for LocalRecords {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(self.engine.transaction(TransactionType::Read).await?) as Box<dyn Reads>) })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(self.group_commit.transact(step))
    }

    fn context(&self) -> &Context {
        self.engine.context()
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.engine.close())
    }
}
