//! Queries that would take hours end with their timeout, and their threads with them.

#![recursion_limit = "512"]
#![allow(unsafe_code, reason = "the allocator counts the memory of queries")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::time::{Duration, Instant};

use rivers_storage::clock::Clock;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::{Code, Store};
use rivers_storage_surreal::memory;
use rivers_storage_surrealql::{PlainValue, Queries, Query, allocated, freed};
use tokio_util::sync::CancellationToken;

struct Counting;

// SAFETY: the system's allocator does what is asked; the counts touch no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller keeps the rules of `GlobalAlloc`. So below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TIMEOUT: Duration = Duration::from_millis(200);
/// After its timeout.
const ENDED: Duration = Duration::from_secs(1);
const GIVEN_UP: Duration = Duration::from_secs(5);
const NAME: &str = "rivers-query\n";

const ENDLESS: &[&str] = &[
    // Loops and branches, which the executor checks.
    "FOR $i IN 0..1000000000000 { LET $x = $i }",
    "RETURN { FOR $i IN 0..1000000000000 {} }",
    // Filters.
    "RETURN (<array>0..1000000)[WHERE array::len(<array>0..100000) > 1]",
    "LET $a = <array>0..1000000; RETURN $a[WHERE $a]",
    "LET $a = <array>0..1000000; RETURN $a[WHERE $this IN $a AND false]",
    "LET $a = <array>0..1000000; RETURN $a[WHERE $a.len() > $this AND $a = 1]",
    "RETURN (<array>0..1000000)[WHERE { LET $x = <array>0..100000; $x.len() = 0 }]",
    "RETURN (<array>0..1000000)[WHERE (SELECT VALUE $this FROM <array>0..100000).len() = 0]",
    "RETURN (<array>0..1000000)[WHERE (IF true { <array>0..100000 } ELSE { 1 }) = 1]",
    "RETURN (<array>0..1000000)[WHERE [<array>0..100000, { a: <array>0..100000 }] = 1]",
    "RETURN (<array>0..1000000)[WHERE string::repeat('a', 1000000) = $this]",
    "RETURN (<array>0..1000000)[WHERE (0..100000).to_array().len() = 0]",
    // Rows of values.
    "SELECT array::len(<array>0..1000000) FROM <array>0..1000000",
    "SELECT VALUE array::len(<array>0..1000000) FROM <array>0..1000000",
    "SELECT * FROM <array>0..1000000 WHERE array::len(<array>0..1000000) = 0",
    "SELECT count(array::range(0, 100000)) FROM <array>0..1000000 GROUP ALL",
    "SELECT math::sum(array::len(<array>0..100000)) AS n FROM <array>0..1000000 GROUP ALL",
    "SELECT $this AS a, <array>0..100000 AS b FROM <array>0..1000000 ORDER BY b",
    "SELECT array::len(<array>0..100000) AS n FROM <array>0..1000000 GROUP BY n",
    "SELECT VALUE { a: array::len(<array>0..1000000) } FROM <array>0..1000000",
    "RETURN (SELECT VALUE (SELECT VALUE $this FROM <array>0..1000000) FROM <array>0..1000000)",
    "LET $a = <array>0..1000000; SELECT $a.len() FROM $a",
    "LET $a = <array>0..100000; SELECT VALUE (SELECT VALUE $parent FROM $a) FROM $a",
    // Rows of tables.
    "SELECT array::len(<array>0..1000000) FROM event",
    "SELECT * FROM event WHERE array::len(<array>0..1000000) = 0",
    "LET $a = <array>0..1000000; SELECT * FROM event WHERE run_id IN $a",
    "LET $a = <array>0..1000000; SELECT $a, $a AS b FROM event",
    "SELECT (SELECT count() FROM event GROUP ALL) FROM event, event, event, event, event, event, event, event, event",
    // Paths.
    "RETURN (<array>0..1000000).map(|$x| { a: $x }).{ a, b: a.chain(|$x| <array>0..100000) }",
    "LET $a = array::range(0, 2000).map(|$x| 0..1000000); RETURN $a.map(|$x| $x.to_array())",
    "LET $a = array::range(0, 2000).map(|$x| [$x]); RETURN $a[*].concat(<array>0..1000000).len()",
    // Closures.
    "RETURN array::map(<array>0..1000000, |$x| array::map(<array>0..1000000, |$y| $y))",
    "RETURN array::fold(<array>0..1000000, [], |$a, $v| $a.concat([$v]))",
    "RETURN array::fold(array::range(0, 40), [1], |$a, $v| [$a, $a])",
    "LET $a = <array>0..1000000; RETURN $a.map(|$x| $a)",
    "LET $a = <array>0..1000000; RETURN $a.map(|$x| [$a, $a, $a, $a, $a, $a, $a, $a, $a, $a, $a, $a, $a, $a])",
    "RETURN (<array>0..1000000).filter(|$x| (<array>0..1000000).any(|$y| $y > $x + 2000000))",
    "LET $f = |$n| (<array>0..1000000).map(|$x| $x); RETURN (<array>0..1000000).map($f)",
    // Values that double.
    "RETURN array::fold(array::range(0, 60), 'ab', |$s, $v| $s + $s)",
    "RETURN array::fold(array::range(0, 60), 'a ', |$s, $v| $s + $s).words()",
];

/// Enough for a batch of rows.
async fn events(store: &Store) {
    let event = || NewEvent::new(EventType::StepStart, "run");
    store.store_events((0..2_000).map(|_| event()).collect()).await.unwrap();
}

fn query(text: &str, timeout: Duration) -> Query {
    Query {
        text: text.to_owned(),
        variables: Vec::new(),
        timeout,
        now_micros: 0,
        aborted: CancellationToken::new(),
        closed: CancellationToken::new(),
    }
}

/// How many threads the queries have.
fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task").unwrap();
    // A thread may end meanwhile.
    names
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok())
        .filter(|name| name == NAME)
        .count()
}

/// How long it takes until all of them have ended.
async fn threads_ended(idle: usize) -> Duration {
    let started = Instant::now();
    while threads() > idle && started.elapsed() < GIVEN_UP {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    started.elapsed()
}

// One test, because turns belong to the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_within_a_second_of_its_timeout() {
    let handle = memory(Clock::manual(0)).await.unwrap();
    let store = handle.store().store("");
    events(&store).await;
    let queries = Queries::here(handle.snapshots().unwrap());
    // A sort starts the threads of rayon, which have the name of the thread that starts them, and stay.
    queries.run(query("SELECT $this AS a FROM <array>0..10000 ORDER BY a", GIVEN_UP)).await.unwrap();
    tokio::time::sleep(ENDED).await;
    let idle = threads();
    let mut late = Vec::new();
    for text in ENDLESS {
        let started = Instant::now();
        let error = queries.run(query(text, TIMEOUT)).await.expect_err(text);
        let took = started.elapsed();
        let ended = threads_ended(idle).await;
        println!("{took:?} {ended:?} {text} {error}");
        // What holds too much memory may end before.
        assert!(matches!(error.code(), Code::Timeout | Code::InvalidArg), "{text}: {error}");
        if ended > ENDED {
            late.push(*text);
        }
    }
    assert!(late.is_empty(), "{late:#?}");
    assert_eq!(queries.run(query("RETURN 1", GIVEN_UP)).await.unwrap(), [PlainValue::Int(1)]);
    handle.close().await.unwrap();
}
