//! The operations as transactions of concurrent clients. One thread runs them all, so that the turns decide how they
//! interleave.

use std::sync::Arc;

use parking_lot::Mutex;
use rivers_storage::records::{Answer, BoxFuture, Direction, Key, Range, Reads, Records, Row, Scan, Step, Table, Tx};
use rivers_storage::{Result, key};
use rivers_storage_testing::{Isolation, NOW, Simulated, rows};
use tokio::task::{JoinSet, yield_now};

use super::operations::{Effect, Kind, Operation, Query, Span, written};
use super::serial::Content;

pub struct Run {
    /// Each operation and what it read, in the order of the commits.
    pub committed: Vec<(Operation, Vec<Option<i64>>)>,
    pub content: Content,
}

/// Where the operations run.
#[derive(Clone, Copy)]
pub struct Place {
    pub isolation: Isolation,
    pub table: Table,
    /// Reads of this kind are made beside the read log.
    pub forgotten: Option<Kind>,
}

pub async fn run(clients: &[Vec<Operation>], place: Place) -> Run {
    let records = Arc::new(Simulated::new(NOW).with_isolation(place.isolation));
    let order: Arc<Mutex<Vec<(usize, usize)>>> = Arc::default();
    let mut tasks = JoinSet::new();
    for (client, operations) in clients.iter().cloned().enumerate() {
        let (records, order) = (Arc::clone(&records), Arc::clone(&order));
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for (at, operation) in operations.into_iter().enumerate() {
                let transaction = Transaction { operation, records: Arc::clone(&records), place };
                let committed = |_: &dyn Fn()| order.lock().push((client, at));
                let answer = records.transact_then(Box::new(transaction), committed).await.expect("commits");
                answers.push(*answer.downcast::<Vec<Option<i64>>>().expect("an answer"));
            }
            (client, answers)
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(client, _)| *client);
    let committed = |(client, at): &(usize, usize)| (clients[*client][*at].clone(), answers[*client].1[*at].clone());
    let committed = order.lock().iter().map(committed).collect();
    let content = records.rows().iter().map(|(key, row)| (rows::int(key, 0), value(row))).collect();
    Run { committed, content }
}

struct Transaction {
    operation: Operation,
    records: Arc<Simulated>,
    place: Place,
}

impl Step for Transaction {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move {
            // No other task runs before this, so it is the view of the transaction.
            let view = self.records.view().await?;
            let mut found = Vec::new();
            for (query, turns) in &self.operation.queries {
                let reads = if self.place.forgotten == Some(query.kind()) { &*view } else { tx.reads() };
                found.extend(find(reads, query, self.place.table).await?);
                for _ in 0..*turns {
                    yield_now().await;
                }
            }
            let table = self.place.table;
            for effect in &self.operation.effects {
                match effect {
                    Effect::Set(key) => tx.set(row_key(table, *key), Row::new().with("value", written(&found))),
                    Effect::Delete(key) => tx.delete(row_key(table, *key)),
                }
            }
            Ok(Box::new(found) as Answer)
        })
    }
}

async fn find(reads: &dyn Reads, query: &Query, table: Table) -> Result<Vec<Option<i64>>> {
    let values = |rows: Vec<Row>| rows.iter().map(|row| Some(value(row))).collect::<Vec<_>>();
    Ok(match query {
        Query::Get(key) => vec![reads.get(&row_key(table, *key)).await?.as_ref().map(value)],
        Query::GetMany(keys) => {
            let keys: Vec<Key> = keys.iter().map(|key| row_key(table, *key)).collect();
            reads.get_many(&keys).await?.iter().map(|row| row.as_ref().map(value)).collect()
        }
        Query::ScanForward(span) => values(reads.scan(&range(table, span), Direction::Forward, span.limit).await?),
        Query::ScanBackward(span) => values(reads.scan(&range(table, span), Direction::Backward, span.limit).await?),
        Query::ScanMany(spans) => {
            let scans: Vec<Scan> =
                spans.iter().map(|span| Scan { range: range(table, span), limit: span.limit }).collect();
            reads.scan_many(&scans).await?.into_iter().flat_map(values).collect()
        }
    })
}

fn row_key(table: Table, key: i64) -> Key {
    key!(table, key)
}

fn range(table: Table, span: &Span) -> Range {
    Range::under(Key::new(table, [])).from(row_key(table, span.start)).before(row_key(table, span.end))
}

fn value(row: &Row) -> i64 {
    rows::field(row, "value")
}
