use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use rivers_storage::Code;
use rivers_storage::clock::Clock;
use rivers_storage::key;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Row, Table};
use tokio::sync::Semaphore;

use super::*;

type Rows = BTreeMap<Key, i64>;

/// An engine whose rows are numbers. Commits wait at a gate, and end as the test says.
struct Fake {
    context: Context,
    rows: Mutex<Rows>,
    commits: AtomicUsize,
    gets: AtomicUsize,
    gate: Semaphore,
    ends: Mutex<Vec<End>>,
}

/// How a commit fails.
enum End {
    Conflict,
    Failure,
    /// After everything is stored.
    Panic,
}

struct FakeTransaction {
    engine: Arc<Fake>,
    rows: Mutex<Rows>,
}

struct Shared(Arc<Fake>);

impl Committer for Shared {
    type Transaction = FakeTransaction;

    async fn begin(&self, _: Instant) -> Result<FakeTransaction> {
        Ok(FakeTransaction { engine: Arc::clone(&self.0), rows: Mutex::new(self.0.rows.lock().clone()) })
    }

    fn context(&self) -> &Context {
        &self.0.context
    }

    fn commits_slowly(&self) -> bool {
        true
    }

    async fn wait_after_conflict(&self, conflicts: usize) -> Result<()> {
        if conflicts < 8 { Ok(()) } else { Err(Error::internal("too many conflicts")) }
    }
}

impl Reads for FakeTransaction {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        self.engine.gets.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(self.rows.lock().get(key).map(|value| Row::new().with("n", *value))) })
    }

    fn get_many<'a>(&'a self, _: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        unimplemented!("no step of these tests reads many rows")
    }

    fn scan<'a>(&'a self, range: &'a Range, _: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        let rows = self.rows.lock();
        let listed = rows.iter().filter(|(key, _)| range.contains(key)).take(limit);
        let listed = listed.map(|(_, value)| Row::new().with("n", *value)).collect();
        Box::pin(async { Ok(listed) })
    }
}

impl WriteTransaction for FakeTransaction {
    async fn write(&self, writes: &[Write]) -> Result<()> {
        for write in writes {
            let mut rows = self.rows.lock();
            match write {
                Write::Set(key, row) => rows.insert(key.clone(), row.clone().take("n")?),
                Write::Delete(key) => rows.remove(key),
            };
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), NotCommitted> {
        drop(self.engine.gate.acquire().await);
        let end = self.engine.ends.lock().pop();
        match end {
            Some(End::Conflict) => return Err(NotCommitted::Conflict),
            Some(End::Failure) => return Err(NotCommitted::Failed(Error::new(Code::Io, "full"))),
            Some(End::Panic) | None => {}
        }
        self.engine.commits.fetch_add(1, Ordering::SeqCst);
        *self.engine.rows.lock() = self.rows.into_inner();
        assert!(end.is_none(), "on purpose");
        Ok(())
    }

    async fn end_without_writes(self) -> Result<(), NotCommitted> {
        Ok(())
    }

    fn rely_on(&self, _: &Key, _: Option<&Row>) {}
}

enum CounterStep {
    Add,
    AddFirst,
    Read,
    Fail,
    Panic,
}

impl Step for CounterStep {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move {
            let counter = key!(Table::Kv, "counter");
            let value = tx.get(&counter).await?.map_or(Ok(0), |mut row| row.take::<i64>("n"))?;
            match self {
                Self::Add | Self::AddFirst => tx.set(counter, Row::new().with("n", value + 1)),
                Self::Read => {}
                Self::Fail => {
                    tx.set(counter, Row::new().with("n", -1));
                    return Err(Error::not_found("nothing here"));
                }
                Self::Panic => panic!("on purpose"),
            }
            Ok(Box::new(value) as Answer)
        })
    }

    fn is_urgent(&self) -> bool {
        matches!(self, Self::AddFirst)
    }
}

enum WaiterStep {
    Enter(i64),
    Leave(i64),
    /// Answers whether there is a row.
    Seek(i64),
}

impl Step for WaiterStep {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async {
            let (Self::Enter(name) | Self::Leave(name) | Self::Seek(name)) = self;
            let waiter = key!(Table::Waiter, *name);
            let waits = tx.get(&waiter).await?.is_some();
            match self {
                Self::Enter(_) => tx.set(waiter, Row::new().with("n", 0)),
                Self::Leave(_) => tx.delete(waiter),
                Self::Seek(_) => {}
            }
            Ok(Box::new(i64::from(waits)) as Answer)
        })
    }
}

struct Test {
    engine: Arc<Fake>,
    group_commit: Arc<GroupCommit<Shared>>,
}

impl Test {
    fn new() -> Self {
        let engine = Arc::new(Fake {
            context: Context::new(Clock::manual(0)),
            rows: Mutex::default(),
            commits: AtomicUsize::new(0),
            gets: AtomicUsize::new(0),
            gate: Semaphore::new(1),
            ends: Mutex::default(),
        });
        let group_commit = GroupCommit::new(Arc::new(Shared(Arc::clone(&engine))), Handle::current());
        Self { engine, group_commit }
    }

    fn start(&self, step: impl Step + 'static) -> tokio::task::JoinHandle<Result<i64>> {
        let group_commit = Arc::clone(&self.group_commit);
        tokio::spawn(async move { Ok(*group_commit.transact(Box::new(step)).await?.downcast().unwrap()) })
    }

    /// A leader that waits at the gate, followed by these steps in order.
    async fn queued(
        &self,
        steps: impl IntoIterator<Item = impl Step + 'static>,
    ) -> Vec<tokio::task::JoinHandle<Result<i64>>> {
        self.engine.gate.forget_permits(1);
        let mut calls = vec![self.start(CounterStep::Add)];
        self.until(|queue| queue.has_leader).await;
        for (at, step) in steps.into_iter().enumerate() {
            calls.push(self.start(step));
            self.until(|queue| queue.followers.len() == at + 1).await;
        }
        calls
    }

    fn open_gate(&self) {
        self.engine.gate.add_permits(1);
    }

    fn end_commits(&self, ends: impl IntoIterator<Item = End>) {
        self.engine.ends.lock().extend(ends);
    }

    async fn until(&self, reached: impl Fn(&Queue) -> bool) {
        while !reached(&self.group_commit.queue()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn commits(&self) -> usize {
        self.engine.commits.load(Ordering::SeqCst)
    }

    fn counter(&self) -> i64 {
        self.engine.rows.lock().get(&key!(Table::Kv, "counter")).copied().unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_steps_share_a_commit_and_see_each_other_s_writes() {
    let test = Test::new();
    let calls = test.queued((0..100).map(|_| CounterStep::Add)).await;
    test.open_gate();
    for (at, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap(), i64::try_from(at).unwrap());
    }
    assert_eq!((test.commits(), test.counter()), (2, 101));
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_steps_go_first_in_their_order() {
    let test = Test::new();
    let steps = [CounterStep::Add, CounterStep::AddFirst, CounterStep::Add, CounterStep::AddFirst];
    let calls = test.queued(steps).await;
    test.open_gate();
    let mut counted = Vec::new();
    for call in calls {
        counted.push(call.await.unwrap().unwrap());
    }
    assert_eq!(counted, [0, 3, 1, 4, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_is_committed_in_several_groups() {
    let test = Test::new();
    let calls = test.queued((0..=GROUP_LIMIT).map(|_| CounterStep::Add)).await;
    test.open_gate();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(test.commits(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_or_panics_fails_alone() {
    let test = Test::new();
    let calls = test.queued([CounterStep::Add, CounterStep::Fail, CounterStep::Panic, CounterStep::Add]).await;
    test.open_gate();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap().map_err(|error| error.code()));
    }
    assert_eq!(outcomes, [Ok(0), Ok(1), Err(Code::NotFound), Err(Code::Internal), Ok(2)]);
    assert_eq!((test.commits(), test.counter()), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_without_writes_do_not_commit() {
    let test = Test::new();
    assert_eq!(test.start(CounterStep::Read).await.unwrap().unwrap(), 0);
    assert!(test.start(CounterStep::Fail).await.unwrap().is_err());
    assert_eq!(test.commits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_runs_the_group_again_and_a_failure_fails_all_of_it() {
    let test = Test::new();
    test.end_commits([End::Conflict]);
    assert_eq!(test.start(CounterStep::Add).await.unwrap().unwrap(), 0);
    assert_eq!(test.counter(), 1);

    let calls = test.queued([CounterStep::Add, CounterStep::Read]).await;
    test.end_commits([End::Failure, End::Failure]);
    test.open_gate();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Io);
    }
    assert_eq!((test.commits(), test.counter()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_commit_that_panicked_after_storing_are_read() {
    let test = Test::new();
    assert_eq!(test.start(CounterStep::Add).await.unwrap().unwrap(), 0);
    test.end_commits([End::Panic]);
    assert!(test.start(CounterStep::Add).await.unwrap_err().is_panic());
    assert_eq!(test.start(CounterStep::Read).await.unwrap().unwrap(), 2);

    let mut calls = test.queued([CounterStep::Add, CounterStep::Read]).await;
    test.end_commits([End::Panic]);
    test.open_gate();
    assert!(calls.remove(0).await.unwrap_err().is_panic());
    for (call, seen) in calls.into_iter().zip([3, 4]) {
        assert_eq!(call.await.unwrap().unwrap(), seen);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_is_not_read() {
    let test = Test::new();
    let gets = || test.engine.gets.load(Ordering::SeqCst);
    let mut names = 0..;
    // Another name each time: a miss itself is cached.
    let mut seek_many = async || {
        for name in names.by_ref().take(1000) {
            assert_eq!(test.start(WaiterStep::Seek(name)).await.unwrap().unwrap(), 0);
        }
    };
    seek_many().await;
    let found_empty = gets();
    assert!(found_empty < 100, "{found_empty} reads");

    test.start(WaiterStep::Enter(-1)).await.unwrap().unwrap();
    assert_eq!(test.start(WaiterStep::Seek(-1)).await.unwrap().unwrap(), 1);
    seek_many().await;
    assert_eq!(gets(), found_empty + 1000);

    test.engine.rows.lock().clear();
    seek_many().await;
    let empty_again = gets();
    // A failed commit may have stored its rows, so the cache must be cleared.
    test.end_commits([End::Failure]);
    test.start(WaiterStep::Enter(-2)).await.unwrap().unwrap_err();
    test.start(WaiterStep::Seek(-3)).await.unwrap().unwrap();
    assert_eq!(gets(), empty_again + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_delete_is_not_committed_is_still_found() {
    let test = Test::new();
    test.start(WaiterStep::Enter(-1)).await.unwrap().unwrap();
    // Enough misses in the same group to find the table empty after the delete.
    let leaving = std::iter::once(WaiterStep::Leave(-1)).chain((0..200).map(WaiterStep::Seek));
    let calls = test.queued(leaving).await;
    test.end_commits([End::Failure, End::Failure]);
    test.open_gate();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Io);
    }
    assert_eq!(test.start(WaiterStep::Seek(-1)).await.unwrap().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_leader_s_commit_completes_and_the_next_leader_starts() {
    let test = Test::new();
    let mut calls = test.queued([CounterStep::Add]).await;
    let leader = calls.remove(0);
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    test.open_gate();
    assert_eq!(calls.remove(0).await.unwrap().unwrap(), 1);
    assert_eq!(test.counter(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_of_a_dropped_follower_does_not_run() {
    let test = Test::new();
    let mut calls = test.queued([CounterStep::Add, CounterStep::Add]).await;
    let follower = calls.remove(1);
    follower.abort();
    assert!(follower.await.unwrap_err().is_cancelled());
    test.open_gate();
    for (call, seen) in calls.into_iter().zip([0, 1]) {
        assert_eq!(call.await.unwrap().unwrap(), seen);
    }
    assert_eq!(test.counter(), 2);
}

#[test]
fn a_single_caller_is_answered_at_its_first_poll() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let test = runtime.block_on(async { Test::new() });
    for _ in 0..1000 {
        let mut call = Box::pin(test.group_commit.transact(Box::new(CounterStep::Add)));
        let polled = call.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_many_callers_is_committed() {
    let test = Test::new();
    let calls: Vec<_> = (0..2000).map(|_| test.start(CounterStep::Add)).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(test.counter(), 2000);
    // The last leader checks the queue once more before it ends.
    test.until(|queue| !queue.has_leader).await;
}

#[test]
fn followers_fail_when_the_runtime_is_gone() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let test = runtime.block_on(async { Test::new() });
    test.engine.gate.forget_permits(1);
    let mut leader = Box::pin(test.group_commit.transact(Box::new(CounterStep::Add)));
    let mut follower = Box::pin(test.group_commit.transact(Box::new(CounterStep::Add)));
    let mut cx = std::task::Context::from_waker(Waker::noop());
    assert!(leader.as_mut().poll(&mut cx).is_pending());
    assert!(follower.as_mut().poll(&mut cx).is_pending());
    drop(runtime);
    test.open_gate();
    assert!(matches!(leader.as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
    assert!(matches!(follower.as_mut().poll(&mut cx), Poll::Ready(Err(_))));
}
