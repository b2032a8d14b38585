//! A store as its users see it: records, seen from one code location.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use compact_str::CompactString;
use tokio::sync::Notify;

use crate::changes::Change;
use crate::error::{Error, Result};
use crate::pools::{Keepers, Room, Waits};
use crate::records::{Answer, BoxFuture, Reads, Records, Step, Tx};
use crate::schema;

/// What all handles on one store share.
pub struct Base {
    records: Arc<dyn Records>,
    /// Told when a manual clock was moved.
    ticked: Notify,
    keepers: Keepers,
    room: Room,
}

impl Base {
    /// Stamps a new store, checks the stamp of one that is there.
    pub async fn open(records: Arc<dyn Records>) -> Result<Arc<Self>> {
        schema::open(&records).await?;
        let base =
            Arc::new(Self { records, ticked: Notify::new(), keepers: Keepers::default(), room: Room::default() });
        let store = Store::new(Arc::clone(&base), "");
        crate::pools::recover(&store).await?;
        crate::runs::finish_deletions(&store).await?;
        Ok(base)
    }

    pub fn records(&self) -> &dyn Records {
        self.records.as_ref()
    }

    /// Whether both are openings of one store, at once or one after the other. A copied directory is the same store.
    pub fn is_same_store(&self, other: &Self) -> bool {
        self.records.context().store_id() == other.records.context().store_id()
    }

    /// Resolves when the store's clock has come to this time.
    pub(crate) async fn until(&self, time_ms: i64) {
        let clock = &self.records.context().clock;
        loop {
            let ticked = self.ticked.notified();
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

    pub(crate) fn ticked(&self) {
        self.ticked.notify_waiters();
    }

    /// Serves those who wait natively, for as long as somebody does.
    pub(crate) fn watch_room(self: &Arc<Self>) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && self.room.take_watch()
        {
            runtime.spawn(Watch { base: Arc::downgrade(self), begun: false }.keep());
        }
    }

    fn changed(&self, changes: Vec<Change>) {
        for change in changes {
            if let Change::Lease { step, grant } = &change {
                self.keepers.hear(step, grant.as_ref());
            }
            self.room.note(change);
        }
    }

    /// Leaves the time in the stamp, so that it does not go back, and ends the use of the records.
    pub async fn close(&self) -> Result<()> {
        let left = schema::close(&self.records).await;
        self.records.close().await.and(left)
    }
}

/// Whoever keeps the watch does not keep the store from closing.
struct Watch {
    base: Weak<Base>,
    begun: bool,
}

impl Watch {
    async fn keep(mut self) {
        self.begun = true;
        while let Some(base) = self.base.upgrade() {
            base.room.serve(base.records.as_ref()).await;
            if base.room.end_watch() {
                return;
            }
            let quiet_until = base.room.quiet_until();
            tokio::select! {
                () = base.room.called() => {}
                () = base.until(quiet_until) => {}
            }
        }
    }
}

impl Drop for Watch {
    /// One that a panic ended is followed by another; unless it has not begun, since then the panic is another's,
    /// and ends the runtime.
    fn drop(&mut self) {
        if let Some(base) = self.base.upgrade().filter(|_| std::thread::panicking()) {
            base.room.drop_watch();
            if self.begun {
                base.watch_room();
            }
        }
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

    /// What this storage object waits for and holds natively; closing it ends all of that.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    pub(crate) fn room(&self) -> &Room {
        &self.base.room
    }

    pub(crate) fn keepers(&self) -> &Keepers {
        &self.base.keepers
    }

    pub async fn view(&self) -> Result<Box<dyn Reads>> {
        self.base.records.view().await
    }

    pub async fn transact<R, A>(&self, request: R, decide: Decide<R, A>) -> Result<A>
    where
        R: Send + Sync + 'static,
        A: Send + 'static,
    {
        let told = Some(Arc::clone(&self.base));
        run(self.records(), Operation { request, decide, told, changes: Mutex::default() }).await
    }
}

struct Operation<R, A> {
    request: R,
    decide: Decide<R, A>,
    told: Option<Arc<Base>>,
    /// Of the last run, the one that counts.
    changes: Mutex<Vec<Change>>,
}

impl<R: Send + Sync, A: Send + 'static> Step for Operation<R, A> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move {
            let answer = (self.decide)(tx, &self.request).await?;
            *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = tx.take_changes();
            Ok(Box::new(answer) as Answer)
        })
    }

    fn committed(&self) {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(base) = self.told.as_ref().filter(|_| !changes.is_empty()) {
            base.changed(changes);
        }
    }
}

/// For what comes before there is a store.
pub(crate) async fn transact<R, A>(records: &dyn Records, request: R, decide: Decide<R, A>) -> Result<A>
where
    R: Send + Sync + 'static,
    A: Send + 'static,
{
    run(records, Operation { request, decide, told: None, changes: Mutex::default() }).await
}

async fn run<R, A>(records: &dyn Records, operation: Operation<R, A>) -> Result<A>
where
    R: Send + Sync + 'static,
    A: Send + 'static,
{
    let answer = records.transact(Box::new(operation)).await?;
    let answer = answer.downcast::<A>().map_err(|_| Error::internal("a transaction gave another's answer"))?;
    Ok(*answer)
}
