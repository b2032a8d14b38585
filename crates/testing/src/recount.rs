//! Recounts the counts, hints and index rows of pools from the rows of leases and waiters.

use std::collections::{BTreeMap, BTreeSet};

use crate::Simulated;
use crate::rows::{field, int, text};
use rivers_storage::records::{Key, Table};

/// Panics with the first difference. Holds after every commit.
pub fn check(records: &Simulated) {
    let rows = records.rows();
    let table = |table: Table| rows.iter().filter(move |(key, _)| key.table == table);

    // By (location, pool): the slots and queue entries, and by (run, step) when each ends.
    let mut used: BTreeMap<[String; 2], i64> = BTreeMap::new();
    let mut pending: BTreeMap<[String; 2], i64> = BTreeMap::new();
    let mut slots = BTreeSet::new();
    let mut ends = BTreeSet::new();
    let mut queues = BTreeSet::new();
    let mut fronts: BTreeMap<[String; 2], (i64, i64)> = BTreeMap::new();

    for (_, row) in table(Table::Lease) {
        let pools: Vec<(String, String, i64)> = field(row, "pools");
        assert!(!pools.is_empty(), "a lease holds slots");
        for (location, pool, weight) in pools {
            *used.entry([location.clone(), pool.clone()]).or_default() += weight;
            let (run, step): (String, String) = (field(row, "run_id"), field(row, "step_key"));
            let (expires_at, token): (i64, i64) = (field(row, "expires_at"), field(row, "token"));
            assert!(slots.insert((location, pool, expires_at, run, step, weight, token)));
        }
    }
    for (_, row) in table(Table::Waiter) {
        let location: String = field(row, "location");
        let pools: Vec<(String, i64)> = field(row, "pools");
        for (pool, _) in pools {
            *pending.entry([location.clone(), pool.clone()]).or_default() += 1;
            if !field::<bool>(row, "aside") {
                let rank = (-field::<i64>(row, "priority"), field(row, "since_micros"));
                let front = fronts.entry([location.clone(), pool.clone()]).or_insert(rank);
                *front = rank.min(*front);
            }
            let (run, step): (String, String) = (field(row, "run_id"), field(row, "step_key"));
            let rank = (-field::<i64>(row, "priority"), field(row, "since_micros"), field(row, "order"));
            let aside = i64::from(field::<bool>(row, "aside"));
            assert!(queues.insert((location.clone(), pool.clone(), aside, rank, run.clone(), step.clone())));
            let (until, holds_until): (i64, Option<i64>) = (field(row, "until"), field(row, "holds_until"));
            let ends_at = holds_until.map_or(until, |end| end.min(until));
            // A native wait lasts as long as its process.
            if ends_at < i64::MAX / 4 {
                assert!(ends.insert((location.clone(), pool, ends_at, run, step)));
            }
        }
    }

    for (key, row) in table(Table::Pool) {
        let id = [text(key, 0), text(key, 1)];
        assert_eq!(field::<i64>(row, "used"), used.remove(&id).unwrap_or(0), "used of {id:?}");
        assert_eq!(field::<i64>(row, "pending"), pending.get(&id).copied().unwrap_or(0), "pending of {id:?}");
        let quiet_until: i64 = field(row, "quiet_until");
        let here = |location: &String, pool: &String| *location == id[0] && *pool == id[1];
        let slots = slots.iter().filter(|slot| here(&slot.0, &slot.1)).map(|slot| slot.2);
        let entries = ends.iter().filter(|entry| here(&entry.0, &entry.1)).map(|entry| entry.2);
        assert!(slots.chain(entries).all(|end| end >= quiet_until), "an entry of {id:?} ends before {quiet_until}");
        let front = |name| field::<Option<i64>>(row, name).unwrap_or(i64::MAX);
        let front = (front("front_minus_priority"), front("front_since_micros"));
        assert!(fronts.get(&id).is_none_or(|first| *first >= front), "an entry of {id:?} ranks before {front:?}");
    }
    assert!(used.is_empty(), "leases of pools that do not exist: {used:?}");

    let ending = |key: &Key| (text(key, 0), text(key, 1), int(key, 2), text(key, 3), text(key, 4));
    let stored: BTreeSet<_> = table(Table::Slot)
        .map(|(key, row)| {
            let (location, pool, end, run, step) = ending(key);
            assert_eq!(end, field::<i64>(row, "ends_at"));
            (location, pool, end, run, step, field(row, "slots"), field(row, "token"))
        })
        .collect();
    assert_eq!(stored, slots, "slots equal those of the leases");

    let stored: BTreeSet<_> = table(Table::PlaceEnd).map(|(key, _)| ending(key)).collect();
    assert_eq!(stored, ends, "ends of queue entries equal those of the waiters");

    let stored: BTreeSet<_> = table(Table::PoolQueue)
        .map(|(key, row)| {
            let rank: (i64, i64, i64) = (int(key, 3), int(key, 4), int(key, 5));
            let in_row = (-field::<i64>(row, "priority"), field(row, "since_micros"), field(row, "order"));
            assert_eq!(
                (rank, int(key, 2) == 1),
                (in_row, field(row, "aside")),
                "the key of a queue entry equals its row"
            );
            (text(key, 0), text(key, 1), int(key, 2), rank, text(key, 6), text(key, 7))
        })
        .collect();
    assert_eq!(stored, queues, "queue entries equal those of the waiters");
}
