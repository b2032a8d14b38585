//! The rows of pools in memory, for the process that decides on them for all. They are current while the number of the guard
//! is the one that goes with them: whoever changes such a row counts the guard up.

use std::collections::BTreeMap;

use rivers_storage::Result;
use rivers_storage::records::{Direction, Key, Part, Range, Row, Table, Write};

use super::reads::{KeyedRow, RemoteReads};

pub struct Mirror {
    /// The number of the guard as of these rows.
    pub guard: i64,
    /// Whether another process may have counted the guard up since.
    pub is_doubtful: bool,
    rows: BTreeMap<Table, BTreeMap<Vec<Part>, Row>>,
}

fn tables() -> impl Iterator<Item = Table> {
    Table::ALL.iter().copied().filter(|table| table.is_guarded())
}

impl Mirror {
    /// All rows of pools, as of one moment.
    pub async fn load(reads: &RemoteReads) -> Result<Self> {
        let ranges: Vec<Range> = tables().map(|table| Range::under(rivers_storage::key!(table))).collect();
        let scans: Vec<_> = ranges.iter().map(|range| (range, Direction::Forward, usize::MAX)).collect();
        let (guard, found) = reads.guarded_scans(&scans).await?;
        let rows = tables().zip(found.into_iter().map(|rows| rows.into_iter().collect())).collect();
        Ok(Self { guard, is_doubtful: false, rows })
    }

    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(&key.table)?.get(&key.parts)
    }

    pub fn scan(&self, range: &Range, direction: Direction, limit: usize) -> Vec<KeyedRow> {
        let Some(rows) = self.rows.get(&range.table) else { return Vec::new() };
        let from_start = rows.range(range.start.parts.clone()..).skip_while(|(parts, _)| range.start.is_after(parts));
        let within = from_start.take_while(|(parts, _)| range.end.is_after(parts));
        let keyed = |(parts, row): (&Vec<Part>, &Row)| (parts.clone(), row.clone());
        match direction {
            Direction::Forward => within.take(limit).map(keyed).collect(),
            Direction::Backward => {
                let within: Vec<_> = within.collect();
                within.into_iter().rev().take(limit).map(keyed).collect()
            }
        }
    }

    /// The greatest fencing token of all pools.
    pub fn last_token(&self) -> i64 {
        let pools = self.rows.get(&Table::Pool).into_iter().flat_map(BTreeMap::values);
        pools.filter_map(|row| row.int("last_token")).max().unwrap_or(0)
    }

    /// After a commit of this process that counted the guard up to `guard`.
    pub fn update(&mut self, writes: &BTreeMap<Key, Option<Row>>, guard: i64) {
        self.guard = guard;
        for (key, row) in writes.iter().filter(|(key, _)| key.table.is_guarded()) {
            let rows = self.rows.entry(key.table).or_default();
            match row {
                Some(row) => drop(rows.insert(key.parts.clone(), row.clone())),
                None => drop(rows.remove(&key.parts)),
            }
        }
    }

    /// What other processes have changed since `before`.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<Write> {
        let none = BTreeMap::new();
        let mut changes = Vec::new();
        for table in tables() {
            let now = self.rows.get(&table).unwrap_or(&none);
            let before = before.and_then(|before| before.rows.get(&table)).unwrap_or(&none);
            let key = |parts: &Vec<Part>| Key { table, parts: parts.clone() };
            let gone = before.keys().filter(|parts| !now.contains_key(*parts));
            changes.extend(gone.map(|parts| Write::Delete(key(parts))));
            let new = now.iter().filter(|(parts, row)| before.get(*parts) != Some(row));
            changes.extend(new.map(|(parts, row)| Write::Set(key(parts), row.clone())));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use rivers_storage::key;

    use super::*;

    fn mirror() -> Mirror {
        let slots = [("a", 1), ("a", 2), ("b", 1)];
        let rows = slots.map(|(pool, end)| (key!(Table::Slot, "l", pool, end).parts, Row::new().with("ends_at", end)));
        Mirror { guard: 1, is_doubtful: false, rows: BTreeMap::from([(Table::Slot, BTreeMap::from(rows))]) }
    }

    fn ends(rows: &[KeyedRow]) -> Vec<i64> {
        rows.iter().filter_map(|(_, row)| row.int("ends_at")).collect()
    }

    #[test]
    fn scans_as_the_server_does() {
        let mirror = mirror();
        let of_a = Range::under(key!(Table::Slot, "l", "a"));
        assert_eq!(ends(&mirror.scan(&of_a, Direction::Forward, 9)), [1, 2]);
        assert_eq!(ends(&mirror.scan(&of_a, Direction::Backward, 1)), [2]);
        let past = of_a.clone().past(key!(Table::Slot, "l", "a", 1));
        assert_eq!(ends(&mirror.scan(&past, Direction::Forward, 9)), [2]);
        assert_eq!(ends(&mirror.scan(&of_a.through(key!(Table::Slot, "l", "a", 1)), Direction::Forward, 9)), [1]);
        assert_eq!(mirror.scan(&Range::under(key!(Table::Lease)), Direction::Forward, 9), []);
    }

    #[test]
    fn what_others_changed_is_told() {
        let before = mirror();
        let mut now = mirror();
        let (gone, new) = (key!(Table::Slot, "l", "a", 1), key!(Table::Slot, "l", "a", 3));
        let row = Row::new().with("ends_at", 3);
        now.update(&BTreeMap::from([(gone.clone(), None), (new.clone(), Some(row.clone()))]), 2);
        assert_eq!(now.changes_since(Some(&before)), [Write::Delete(gone), Write::Set(new, row)]);
        assert_eq!(now.changes_since(None).len(), 3);
    }
}
