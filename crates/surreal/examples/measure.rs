//! Microseconds per operation, one caller, and operations per second of 64 callers at once: in
//! memory, and in a directory (a temporary one, or the first argument) under both durabilities.

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use rivers_storage::clock::Clock;
use rivers_storage::records::{Direction, Key, Range, Row, Table};
use rivers_storage::{Result, Store, key};
use rivers_storage_surreal::{Durability, EmbeddedOptions, StoreHandle, embedded, memory};

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLERS: i32 = 64;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| rivers_storage::Error::internal(error.to_string()))?;
    let argument = std::env::args().nth(1);
    let directory = argument.map_or_else(|| std::env::temp_dir().join("rivers-measure"), Into::into);
    runtime.block_on(async {
        measure("memory", memory(Clock::system()).await?).await?;
        for durability in [Durability::Relaxed, Durability::Commit] {
            let name = format!("{durability:?}").to_lowercase();
            let path = directory.join(&name);
            measure(&name, open(&path, durability).await?).await?;
            drop(std::fs::remove_dir_all(path));
        }
        Ok(())
    })
}

async fn open(path: &Path, durability: Durability) -> Result<StoreHandle> {
    drop(std::fs::remove_dir_all(path));
    let options = EmbeddedOptions { durability: Some(durability), cache_size: None };
    for what in ["first", "again", "again", "again"] {
        let started = Instant::now();
        let handle = embedded(path, options).await?;
        let opened = millis(started.elapsed());
        handle.close().await?;
        println!("open {what}: {opened:.1} ms, close: {:.1} ms", millis(started.elapsed()) - opened);
    }
    embedded(path, options).await
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

async fn measure(name: &str, handle: StoreHandle) -> Result<()> {
    println!("--- {name}");
    let store = handle.store().store("here");
    let s = &store;
    time("set, own transaction", 3000, |at| set(s, at % 1000)).await?;
    time("get by key", 50_000, |at| async move {
        s.view().await?.get(&key!(Table::Kv, format!("k{}", at % 1000).as_str())).await.map(drop)
    })
    .await?;
    time("64 rows, one transaction", 300, |at| events(s, at)).await?;
    time("scan 100", 2000, |_| async {
        let rows = s.view().await?.scan(&Range::under(key!(Table::Event, "run")), Direction::Forward, 100).await?;
        assert_eq!(rows.len(), 100);
        Ok(())
    })
    .await?;
    time("claim and free, two transactions", 1000, |at| async move {
        claim(s, at).await?;
        free(s, at).await
    })
    .await?;
    callers(&store).await?;
    handle.close().await
}

/// The fastest of ten rounds, because other work on the machine slows the rest.
async fn time<F: Future<Output = Result<()>>>(what: &str, times: i32, run: impl Fn(i64) -> F) -> Result<()> {
    let mut fastest = Duration::MAX;
    for round in 0..10 {
        let started = Instant::now();
        for at in round * times / 10..(round + 1) * times / 10 {
            run(at.into()).await?;
        }
        fastest = fastest.min(started.elapsed());
    }
    println!("{what:<34} {:>8.2} us", millis(fastest) * 1e4 / f64::from(times));
    Ok(())
}

async fn callers(store: &Store) -> Result<()> {
    const EACH: i32 = 200;
    let started = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for at in 0..EACH {
                    claim(&store, (caller * EACH + at).into()).await?;
                    free(&store, (caller * EACH + at).into()).await?;
                }
                Ok::<_, rivers_storage::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(|error| rivers_storage::Error::internal(error.to_string()))??;
    }
    let each = f64::from(2 * CALLERS * EACH) / started.elapsed().as_secs_f64();
    println!("{:<34} {each:>8.0} per second", format!("claims or frees of {CALLERS} callers"));
    Ok(())
}

async fn set(store: &Store, at: i64) -> Result<()> {
    store.kv_set(format!("k{at}"), vec![7; 256]).await
}

async fn events(store: &Store, batch: i64) -> Result<()> {
    store
        .transact(batch, |tx, batch| {
            Box::pin(async move {
                for at in 0..64 {
                    tx.set(key!(Table::Event, "run", 1_700_000_000_000 + batch, batch * 64 + at), event(at));
                }
                Ok(())
            })
        })
        .await
}

fn event(at: i64) -> Row {
    Row::new()
        .with("type", "Materialization")
        .with("asset", "asset")
        .with("run", "run")
        .with("data_version", "v1")
        .with("code_version", "c1")
        .with("time", 1_700_000_000_000 + at)
        .with("order", at)
}

fn pool() -> Key {
    key!(Table::Pool, "here", "pool")
}

fn slot(at: i64) -> Key {
    key!(Table::Slot, "here", "pool", "run", format!("step{at}").as_str())
}

async fn claim(store: &Store, at: i64) -> Result<()> {
    change(store, at, true).await
}

async fn free(store: &Store, at: i64) -> Result<()> {
    change(store, at, false).await
}

async fn change(store: &Store, at: i64, granted: bool) -> Result<()> {
    store
        .transact((at, granted), |tx, &(at, granted)| {
            Box::pin(async move {
                let used = match tx.get(&pool()).await? {
                    Some(mut row) => row.take::<i64>("used")?,
                    None => 0,
                };
                if granted {
                    tx.set(slot(at), Row::new().with("token", at).with("slots", 1));
                } else {
                    tx.delete(slot(at));
                }
                let change = if granted { 1 } else { -1 };
                tx.set(pool(), Row::new().with("limit", 1000).with("used", used + change));
                Ok(())
            })
        })
        .await
}
