//! A normal form of snapshots: two snapshots have the same if the same states can follow from both.

use std::collections::BTreeSet;

use rivers_storage::records::{Key, Part, Row, Table, Value};
use rivers_storage_testing::Snapshot;

use crate::world::CLIENTS;

/// All rows, without what decides nothing:
///
/// - Times are relative to now. All past ends are the same, and so are expiry hints of a second ago or more.
/// - Of what orders a queue, only the order is kept.
/// - Tokens are left out: a renewal or release compares its token with that of the lease, and every state is
///   checked for later tokens being greater.
/// - Attempts are left out: every state is checked for each lease having the attempt that claimed it.
/// - The times of claims are left out: they are only shown.
/// - Numbers in keys are left out: every state is checked for keys that equal the values.
/// - Clients are interchangeable.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Normal {
    shared: Vec<u8>,
    /// Sorted.
    clients: [Vec<u8>; 3],
}

/// The normal form of the snapshot, and by client whether its state differs from those of all clients before it.
pub fn normal(snapshot: &Snapshot) -> (Normal, [bool; 3]) {
    let orders = Orders::of(snapshot);
    let mut shared = Vec::with_capacity(256);
    let mut clients = [const { Vec::new() }; 3];
    for (key, row) in snapshot.rows().iter().filter(|(key, _)| key.table != Table::Meta) {
        let to = whose(row).map_or(&mut shared, |who| &mut clients[who]);
        to.push(key.table as u8);
        write_texts(key, to);
        for (name, value) in row.fields() {
            orders.write(name, value, to);
        }
    }
    let differs = [0, 1, 2].map(|who| !clients[..who].contains(&clients[who]));
    clients.sort();
    (Normal { shared, clients }, differs)
}

fn whose(row: &Row) -> Option<usize> {
    row.fields().iter().find(|(name, _)| name == "run_id").and_then(|(_, value)| match value {
        Value::Text(run) => CLIENTS.iter().position(|name| name == run),
        _ => None,
    })
}

fn write_texts(key: &Key, to: &mut Vec<u8>) {
    for part in &key.parts {
        match part {
            Part::Text(text) if !CLIENTS.contains(&text.as_str()) => write_text(text, to),
            _ => {}
        }
    }
}

/// The values of a snapshot of which only the order is kept.
struct Orders {
    now: i64,
    since: BTreeSet<i64>,
    order: BTreeSet<i64>,
}

impl Orders {
    fn of(snapshot: &Snapshot) -> Self {
        let mut orders =
            Self { now: snapshot.now(), since: BTreeSet::from([snapshot.now() * 1000]), order: BTreeSet::new() };
        for (name, value) in snapshot.rows().values().flat_map(Row::fields) {
            match (name.as_str(), value) {
                ("since_micros" | "front_since_micros", Value::Int(micros)) => drop(orders.since.insert(*micros)),
                ("order", Value::Int(number)) => drop(orders.order.insert(*number)),
                _ => {}
            }
        }
        orders
    }

    fn write(&self, name: &str, value: &Value, to: &mut Vec<u8>) {
        let normal = match (name, value) {
            ("run_id" | "token" | "last_token" | "attempt" | "claimed_at", _) => return,
            ("expires_at" | "ends_at" | "until" | "holds_until", Value::Int(end)) => (end - self.now).max(0),
            ("quiet_until", Value::Int(end)) => end.saturating_sub(self.now).max(-1000),
            ("since_micros" | "front_since_micros", Value::Int(micros)) => rank(&self.since, *micros),
            ("order", Value::Int(number)) => rank(&self.order, *number),
            _ => return write_plain(value, to),
        };
        to.extend(normal.to_le_bytes());
    }
}

fn rank(all: &BTreeSet<i64>, of: i64) -> i64 {
    i64::try_from(all.range(..of).count()).expect("few")
}

fn write_plain(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Bool(value) => to.push(u8::from(*value)),
        Value::Int(value) => to.extend(value.to_le_bytes()),
        Value::Text(value) => write_text(value, to),
        Value::Bytes(value) => to.extend(value),
        Value::List(values) => {
            to.push(u8::try_from(values.len()).expect("few"));
            for value in values {
                write_plain(value, to);
            }
        }
    }
}

fn write_text(text: &str, to: &mut Vec<u8>) {
    to.push(u8::try_from(text.len()).expect("short"));
    to.extend(text.as_bytes());
}
