//! Queries through their public interface: turns, ends, and what a snapshot lets through.

#![recursion_limit = "512"]

use std::sync::Arc;
use std::time::Duration;

use rivers_storage::clock::Clock;
use rivers_storage::{Code, Error};
use rivers_storage_surreal::{StoreHandle, memory};
use rivers_storage_surrealql::{PlainValue, Queries, Query};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const ENDLESS: &str = "FOR $i IN 0..1000000000000 { LET $x = $i }";
const LONG: Duration = Duration::from_mins(1);

fn query(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        variables: Vec::new(),
        timeout: LONG,
        now_micros: 0,
        aborted: CancellationToken::new(),
        closed: CancellationToken::new(),
    }
}

async fn opened() -> (StoreHandle, Arc<Queries>) {
    let handle = memory(Clock::manual(0)).await.unwrap();
    let queries = Arc::new(Queries::here(handle.snapshots().unwrap()));
    (handle, queries)
}

fn code(answer: Result<Vec<PlainValue>, Error>) -> Code {
    answer.expect_err("the query should fail").code()
}

// One test, because turns belong to the process.
#[tokio::test(flavor = "multi_thread")]
async fn two_queries_run_at_a_time_and_each_ends_when_it_has_to() {
    let (handle, queries) = opened().await;
    let one = || queries.run(query("RETURN 1"));
    assert_eq!(one().await.unwrap(), vec![PlainValue::Int(1)]);

    let (aborted, closed) = (CancellationToken::new(), CancellationToken::new());
    let first = tokio::spawn(queries.run(Query { aborted: aborted.clone(), ..query(ENDLESS) }));
    let second = tokio::spawn(queries.run(Query { closed: closed.clone(), ..query(ENDLESS) }));
    // Once both run, a third waits for its turn, which counts for its timeout.
    let waiting = || queries.run(Query { timeout: Duration::from_millis(50), ..query("RETURN 1") });
    let refused = loop {
        if let Err(error) = waiting().await {
            break error;
        }
    };
    assert_eq!(refused.code(), Code::Timeout);
    let waiting = tokio::spawn(one());
    aborted.cancel();
    assert_eq!(code(first.await.unwrap()), Code::Cancelled);
    assert_eq!(waiting.await.unwrap().unwrap(), vec![PlainValue::Int(1)]);
    closed.cancel();
    assert_eq!(code(second.await.unwrap()), Code::Closed);

    // A caller that has gone ends its query, too.
    let dropped = timeout(Duration::from_millis(50), queries.run(query(ENDLESS)));
    assert!(dropped.await.is_err());
    // Closing waits for the snapshots of queries.
    timeout(LONG, handle.close()).await.unwrap().unwrap();
    assert_eq!(code(one().await), Code::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlay_is_shown_and_never_stored() {
    let (handle, queries) = opened().await;
    let text = "RETURN (INFO FOR TABLE run).fields.run_id";
    let PlainValue::Text(shown) = &queries.run(query(text)).await.unwrap()[0] else { panic!("the field is not shown") };
    assert!(shown.starts_with("DEFINE FIELD run_id ON run"), "{shown}");
    // A store whose tables have fields is refused when it is opened: `tests/records/refused.rs`.
    let draft = handle.snapshots().unwrap().draft().unwrap();
    drop(draft);
    handle.close().await.unwrap();
}
