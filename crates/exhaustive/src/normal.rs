//! The form in which two moments are one if the same can follow from them.

use std::collections::BTreeSet;

use rivers_storage::records::{Key, Part, Row, Table, Value};
use rivers_storage_testing::Moment;

use crate::world::CLAIMERS;

/// All rows, except for what does not count:
///
/// - Times are relative to now. Ends that are past are alike, and so are pools that were last looked at a
///   second ago or more.
/// - What queues are ordered by counts by its order only.
/// - Tokens are left out: those of renewals and releases are compared with the lease's for equality, and
///   that all later ones are greater is a promise that is checked of every state.
/// - So are attempts: that each lease is that of who claimed it is checked of every state.
/// - The times of claims are left out, which are only shown.
/// - Numbers in keys are left out: that they are those of the values is checked of every state, too.
/// - Claimers are alike: it does not count who is who.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Normal {
    shared: Vec<u8>,
    /// Sorted.
    claimers: [Vec<u8>; 3],
}

/// The moment's normal form, and which claimers are not as one before them is.
pub fn normal(moment: &Moment) -> (Normal, [bool; 3]) {
    let orders = Orders::of(moment);
    let mut shared = Vec::with_capacity(256);
    let mut claimers = [const { Vec::new() }; 3];
    for (key, row) in moment.rows().iter().filter(|(key, _)| key.table != Table::Meta) {
        let to = whose(row).map_or(&mut shared, |who| &mut claimers[who]);
        to.push(key.table as u8);
        write_texts(key, to);
        for (name, value) in row.fields() {
            orders.write(name, value, to);
        }
    }
    let differs = [0, 1, 2].map(|who| !claimers[..who].contains(&claimers[who]));
    claimers.sort();
    (Normal { shared, claimers }, differs)
}

fn whose(row: &Row) -> Option<usize> {
    row.fields().iter().find(|(name, _)| name == "run_id").and_then(|(_, value)| match value {
        Value::Text(run) => CLAIMERS.iter().position(|name| name == run),
        _ => None,
    })
}

fn write_texts(key: &Key, to: &mut Vec<u8>) {
    for part in &key.parts {
        match part {
            Part::Text(text) if !CLAIMERS.contains(&text.as_str()) => write_text(text, to),
            _ => {}
        }
    }
}

/// What is known of a moment by its order only.
struct Orders {
    now: i64,
    since: BTreeSet<i64>,
    order: BTreeSet<i64>,
}

impl Orders {
    fn of(moment: &Moment) -> Self {
        let mut orders =
            Self { now: moment.now(), since: BTreeSet::from([moment.now() * 1000]), order: BTreeSet::new() };
        for (name, value) in moment.rows().values().flat_map(Row::fields) {
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
