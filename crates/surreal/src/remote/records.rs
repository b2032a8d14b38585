//! The records of the storage on a server.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::{
    Answer, BoxFuture, Call, Context, Direction, Key, Range, Reads, Records, Row, Step, Table,
};
use surrealdb_types::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::calls::OwnCalls;
use super::commit::Writer;
use super::elected::CallsOfOthers;
use super::election::{Election, IDLE_RENEWAL, RENEWAL, Turn};
use super::gone::remove_gone;
use super::messages::{CALLS, Calls, is_posts};
use super::mirror::Mirror;
use super::others::Others;
use super::reads::RemoteReads;
use super::session::Session;
use super::socket::{Failure, News};
use super::transaction::RemoteTransaction;
use crate::group_commit::{Committer, GroupCommit};

/// The first wait after a conflict, doubled each time up to the last. A random part of it is waited.
const WAIT_FIRST_MS: u64 = 2;
const WAIT_LAST_MS: u64 = 64;
/// How long a look takes at most that no call waits for.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a process shows that it is there.
const SHOW_EVERY: Duration = Duration::from_mins(1);
/// How often a process that waits for the elected one looks whether there is one.
const LOOK_EVERY: Duration = Duration::from_millis(300);

pub struct RemoteRecords(Arc<Desk>);

/// What all transactions of this process share.
pub struct Remote {
    pub session: Arc<Session>,
    pub writer: Writer,
    pub context: Arc<Context>,
    pub election: Election,
    /// Kept while this process is elected. Changed only while no transaction runs.
    pub mirror: Mutex<Option<Mirror>>,
    pub others: Others,
    this: Weak<Self>,
}

/// The calls on pools that this process makes and gets.
struct Desk {
    remote: Arc<Remote>,
    group_commit: Arc<GroupCommit<Remote>>,
    own_calls: Arc<OwnCalls>,
    calls_of_others: Arc<CallsOfOthers>,
}

impl Remote {
    pub fn new(session: Arc<Session>, writer: Writer, context: Arc<Context>) -> Arc<Self> {
        let election = Election::new(Arc::clone(&session), Arc::clone(&context));
        Arc::new_cyclic(|this| Self {
            session,
            writer,
            context,
            election,
            mirror: Mutex::default(),
            others: Others::default(),
            this: Weak::clone(this),
        })
    }

    /// Brings the rows of pools in memory up to date, if this process needs them.
    async fn refresh_mirror(&self, deadline: tokio::time::Instant) -> Result<()> {
        if !self.context.is_elected() {
            *self.mirror.lock() = None;
            self.others.forget_all();
            return Ok(());
        }
        let seen = self.mirror.lock().as_ref().map(|mirror| (mirror.guard, mirror.is_doubtful));
        let reads = RemoteReads::until(&self.session, deadline);
        if let Some((guard, is_doubtful)) = seen {
            if !is_doubtful {
                return Ok(());
            }
            if reads.guard().await? == guard {
                if let Some(mirror) = self.mirror.lock().as_mut() {
                    mirror.is_doubtful = false;
                }
                return Ok(());
            }
        }
        let loaded = Mirror::load(&reads).await?;
        let changes = loaded.changes_since(self.mirror.lock().as_ref());
        // Later grants have greater tokens, whichever process made the earlier ones.
        self.context.continue_tokens(loaded.last_token());
        *self.mirror.lock() = Some(loaded);
        self.context.commits.notify(&changes);
        Ok(())
    }

    pub fn doubt_mirror(&self) {
        if let Some(mirror) = self.mirror.lock().as_mut() {
            mirror.is_doubtful = true;
        }
    }
}

impl RemoteRecords {
    /// Ends what it does in the background when it is dropped, or closed.
    pub fn new(remote: Arc<Remote>, news: mpsc::UnboundedReceiver<News>) -> Self {
        let group_commit = GroupCommit::new(Arc::clone(&remote), Handle::current());
        let own_calls = OwnCalls::new(Arc::clone(&remote));
        let calls_of_others = CallsOfOthers::new(Arc::clone(&remote), Arc::clone(&group_commit));
        let desk = Arc::new(Desk { remote, group_commit, own_calls, calls_of_others });
        tokio::spawn(hear(news, Arc::downgrade(&desk)));
        Self(desk)
    }
}

async fn hear(mut news: mpsc::UnboundedReceiver<News>, desk: Weak<Desk>) {
    let mut shows = tokio::time::interval_at(tokio::time::Instant::now() + SHOW_EVERY, SHOW_EVERY);
    loop {
        let news = tokio::select! {
            news = news.recv() => news,
            _ = shows.tick() => {
                let Some(desk) = desk.upgrade() else { return };
                tokio::spawn(async move { desk.remote.writer.show().await });
                continue;
            }
        };
        let (Some(news), Some(desk)) = (news, desk.upgrade()) else { return };
        match news {
            News::Row(row) => desk.hear(row),
            News::Connected => {
                tokio::spawn(async move {
                    drop(desk.look(desk.deadline()).await);
                    desk.remote.doubt_mirror();
                });
            }
        }
    }
}

impl Desk {
    fn hear(self: &Arc<Self>, row: Value) {
        let Value::Object(object) = &row else { return };
        let Some(Value::RecordId(id)) = object.get("id") else { return };
        if is_posts(id.table.as_str()) {
            self.own_calls.read(row);
        } else if id.table.as_str() == CALLS
            && self.remote.context.is_elected()
            && let Some(calls) = Calls::from_value(row)
        {
            self.calls_of_others.hear(calls);
        }
    }

    fn deadline(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.remote.session.timeout()
    }

    /// Looks who is elected, and what was not heard. A failure is one of the connection, which the calls meet, too.
    async fn look(self: &Arc<Self>, deadline: tokio::time::Instant) -> Result<()> {
        let statement = self.own_calls.statement().unwrap_or_default();
        let (turn, posts) = self.remote.election.look_and(&statement, deadline).await?;
        if turn == Turn::Elected {
            tokio::spawn(preside(Arc::downgrade(self)));
        }
        if let Some(posts) = posts {
            self.own_calls.read(posts);
        }
        Ok(())
    }

    /// Runs the step in the elected process.
    async fn ask(self: &Arc<Self>, step: &dyn Step, call: Call) -> Result<Answer> {
        let deadline = self.deadline();
        let sent = tokio::time::timeout_at(deadline, self.own_calls.send(call, deadline)).await;
        let mut sent = sent.unwrap_or_else(|_| Err(self.remote.session.failed(Failure::Late)))?;
        loop {
            let next_look = deadline.min(tokio::time::Instant::now() + LOOK_EVERY);
            match tokio::time::timeout_at(next_look, &mut sent.answer).await {
                Ok(Ok(answer)) => return step.answer_from(answer?),
                Ok(Err(_)) => return Err(self.own_calls.timed_out(sent.number)),
                Err(_) if next_look < deadline => drop(self.look(deadline).await),
                Err(_) => {}
            }
            if tokio::time::Instant::now() >= deadline {
                drop(self.own_calls.take_back(sent.number).await);
                return match sent.answer.try_recv() {
                    Ok(answer) => step.answer_from(answer?),
                    Err(_) => Err(self.own_calls.timed_out(sent.number)),
                };
            }
        }
    }

    async fn transact(self: &Arc<Self>, step: Box<dyn Step>) -> Result<Answer> {
        let Some(call) = step.call() else { return self.group_commit.transact(step).await };
        if self.remote.election.known().is_none() {
            self.look(self.deadline()).await?;
        }
        if self.remote.context.is_elected() {
            return self.group_commit.transact(step).await;
        }
        self.ask(step.as_ref(), call).await
    }
}

/// While this process is elected: renews its election, and finds the calls that were not heard.
async fn preside(desk: Weak<Desk>) {
    let mut ticks = tokio::time::interval(RENEWAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut listens, mut count, mut since) = (false, 0, 0);
    loop {
        ticks.tick().await;
        // Not after it has resigned.
        let Some(desk) = desk.upgrade().filter(|desk| !desk.remote.session.is_closing()) else { return };
        since += 1;
        let is_idle = std::mem::replace(&mut count, desk.calls_of_others.count()) == count;
        if listens && is_idle && since < IDLE_RENEWAL {
            continue;
        }
        since = 0;
        if !listens {
            listens = desk.own_calls.listen().await.is_ok() && desk.remote.session.listen(CALLS).await.is_ok();
            desk.calls_of_others.read_pools().await;
            drop(remove_gone(&desk.remote).await);
        }
        let deadline = tokio::time::Instant::now() + desk.remote.session.timeout();
        drop(desk.calls_of_others.find(deadline).await);
        if !desk.remote.context.is_elected() {
            desk.remote.session.stop_listening(CALLS).await;
            return;
        }
    }
}

impl Records for RemoteRecords {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(RemoteReads::begin(&self.0.remote.session)) as Box<dyn Reads>) })
    }

    fn glance(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            let reads = RemoteReads::begin(&self.0.remote.session);
            Ok(Box::new(Glance { remote: Arc::clone(&self.0.remote), reads }) as Box<dyn Reads>)
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(RemoteReads::of_one_moment(&self.0.remote.session).await?) as Box<dyn Reads>) })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(self.0.transact(step))
    }

    fn context(&self) -> &Context {
        &self.0.remote.context
    }

    fn look(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.look(self.0.deadline().min(tokio::time::Instant::now() + LOOK_TIMEOUT)))
    }

    fn prepare_close(&self) {
        self.0.remote.session.stop_dialling();
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let Remote { election, writer, session, .. } = self.0.remote.as_ref();
            let deadline = tokio::time::Instant::now() + Duration::from_secs(1).min(session.timeout());
            election.resign(deadline).await;
            self.0.own_calls.end(deadline).await;
            writer.end().await;
            session.close().await;
            Ok(())
        })
    }
}

/// The mirror, where there is one.
struct Glance {
    remote: Arc<Remote>,
    reads: RemoteReads,
}

impl Glance {
    fn in_mirror<T>(&self, tables: impl IntoIterator<Item = Table>, read: impl FnOnce(&Mirror) -> T) -> Option<T> {
        let mirror = self.remote.mirror.lock();
        mirror.as_ref().filter(|_| tables.into_iter().all(Table::is_guarded)).map(read)
    }
}

impl Reads for Glance {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        match self.in_mirror([key.table], |mirror| mirror.get(key).cloned()) {
            Some(row) => Box::pin(std::future::ready(Ok(row))),
            None => self.reads.get(key),
        }
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        let all = |mirror: &Mirror| keys.iter().map(|key| mirror.get(key).cloned()).collect();
        match self.in_mirror(keys.iter().map(|key| key.table), all) {
            Some(rows) => Box::pin(std::future::ready(Ok(rows))),
            None => self.reads.get_many(keys),
        }
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        let all = |mirror: &Mirror| mirror.scan(range, direction, limit).into_iter().map(|(_, row)| row).collect();
        match self.in_mirror([range.table], all) {
            Some(rows) => Box::pin(std::future::ready(Ok(rows))),
            None => self.reads.scan(range, direction, limit),
        }
    }
}

impl Committer for Remote {
    type Transaction = RemoteTransaction;

    async fn begin(&self, since: Instant) -> Result<RemoteTransaction> {
        let deadline = since + self.session.timeout();
        if deadline <= Instant::now() {
            return Err(self.session.failed(Failure::Late));
        }
        self.refresh_mirror(deadline.into()).await?;
        let this = self.this.upgrade().ok_or_else(rivers_storage::Error::closed)?;
        Ok(RemoteTransaction::begin(&this, deadline.into()))
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn commits_slowly(&self) -> bool {
        true
    }

    /// The deadline ends the attempts.
    async fn wait_after_conflict(&self, conflicts: usize) -> Result<()> {
        let longest = (WAIT_FIRST_MS << conflicts.min(10)).min(WAIT_LAST_MS);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=longest))).await;
        Ok(())
    }
}
