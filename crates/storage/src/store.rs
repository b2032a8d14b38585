//! A store as its users see it: records, seen from one code location.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::pools::{Keepers, Waiters, Waits};
use crate::records::{Answer, BoxFuture, Reads, Records, Step, Tx};
use crate::schema;

/// What all handles on one store share.
pub struct Base {
    records: Arc<dyn Records>,
    /// Told after every commit by which somebody who waits for slots might be served.
    freed: Notify,
    /// Told when a manual clock was moved.
    ticked: Notify,
    keepers: Keepers,
    waiters: Waiters,
}

impl Base {
    /// Stamps a new store, checks the stamp of one that is there.
    pub async fn open(records: Arc<dyn Records>) -> Result<Arc<Self>> {
        schema::open(&records).await?;
        let base = Arc::new(Self {
            records,
            freed: Notify::new(),
            ticked: Notify::new(),
            keepers: Keepers::default(),
            waiters: Waiters::default(),
        });
        crate::pools::recover(&Store::new(Arc::clone(&base), "")).await?;
        Ok(base)
    }

    /// Leaves the time in the stamp, so that it does not go back, and ends the use of the records.
    pub async fn close(&self) -> Result<()> {
        let left = schema::close(&self.records).await;
        self.records.close().await.and(left)
    }
}

#[derive(Clone)]
pub struct Store {
    base: Arc<Base>,
    pub(crate) location: CompactString,
    waits: Arc<Waits>,
}

/// How an operation decides: by what it was asked for and what it reads; what it wants written it
/// leaves in the transaction. It holds no state, so it can be run again.
pub type Decide<R, A> = for<'t> fn(&'t mut Tx<'_>, &'t R) -> BoxFuture<'t, Result<A>>;

impl Store {
    pub fn new(base: Arc<Base>, location: &str) -> Self {
        Self { base, location: location.into(), waits: Arc::default() }
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    pub const fn base(&self) -> &Arc<Base> {
        &self.base
    }

    pub fn now(&self) -> i64 {
        self.base.records.context().clock.now()
    }

    pub fn records(&self) -> &dyn Records {
        self.base.records.as_ref()
    }

    pub fn freed(&self) -> &Notify {
        &self.base.freed
    }

    /// What this storage object waits for and holds natively; closing it ends all of that.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    pub(crate) fn waiters(&self) -> &Waiters {
        &self.base.waiters
    }

    pub(crate) fn keepers(&self) -> &Keepers {
        &self.base.keepers
    }

    pub(crate) fn ticked(&self) -> &Notify {
        &self.base.ticked
    }

    /// Resolves when the store's clock has come to this time.
    pub(crate) async fn until(&self, time_ms: i64) {
        let clock = &self.records().context().clock;
        loop {
            let ticked = self.base.ticked.notified();
            let left = time_ms.saturating_sub(clock.now());
            let Ok(left @ 1..) = u64::try_from(left) else { return };
            if clock.is_manual() {
                ticked.await;
            } else {
                // No timer is longer than a day: they are not made for centuries.
                tokio::time::sleep(Duration::from_millis(left.min(86_400_000))).await;
            }
        }
    }

    pub async fn view(&self) -> Result<Box<dyn Reads>> {
        self.base.records.view().await
    }

    pub async fn transact<R, A>(&self, request: R, decide: Decide<R, A>) -> Result<A>
    where
        R: Send + Sync + 'static,
        A: Send + 'static,
    {
        transact(self.records(), request, decide).await
    }
}

struct Operation<R, A> {
    request: R,
    decide: Decide<R, A>,
}

impl<R: Send + Sync, A: Send + 'static> Step for Operation<R, A> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        let decision = (self.decide)(tx, &self.request);
        Box::pin(async move { Ok(Box::new(decision.await?) as Answer) })
    }
}

pub(crate) async fn transact<R, A>(records: &dyn Records, request: R, decide: Decide<R, A>) -> Result<A>
where
    R: Send + Sync + 'static,
    A: Send + 'static,
{
    let answer = records.transact(Box::new(Operation { request, decide })).await?;
    let answer = answer.downcast::<A>().map_err(|_| Error::internal("a transaction gave another's answer"))?;
    Ok(*answer)
}
