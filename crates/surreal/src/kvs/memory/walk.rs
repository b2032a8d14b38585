//! The rows of a range of the map, in either direction.

use std::ops::Bound;

use imbl::ordmap::RangedIter;
use imbl::shared_ptr::DefaultSharedPtr;
use surrealdb_kvs::{Direction, KeyRange};

use super::{Bytes, RowMap};

pub struct Walk<'m> {
    rest: RangedIter<'m, Bytes, Bytes, DefaultSharedPtr>,
    direction: Direction,
    row: Option<(&'m Bytes, &'m Bytes)>,
}

impl<'m> Walk<'m> {
    pub fn new(map: &'m RowMap, range: &KeyRange<'_>, direction: Direction) -> Self {
        let (start, end) = (range.start.as_slice(), range.end.as_slice());
        // A range that ends before it starts has no rows; the map calls it an error.
        let bounds = (Bound::Included(start), Bound::Excluded(end.max(start)));
        let mut walk = Self { rest: map.range::<_, [u8]>(bounds), direction, row: None };
        walk.pass();
        walk
    }

    /// The current row; None past the last.
    pub fn row(&self) -> Option<(&[u8], &[u8])> {
        self.row.map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    pub fn pass(&mut self) {
        self.row = match self.direction {
            Direction::Forward => self.rest.next(),
            Direction::Backward => self.rest.next_back(),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Few letters, so that bounds often are keys; enough keys for a tree of several levels.
    fn keys(count: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
        vec(vec(0..4_u8, 0..8), 0..count)
    }

    proptest! {
        #[test]
        fn a_walk_gives_the_rows_of_its_range(
            (inserted, removed) in (keys(1500), keys(300)),
            (start, end) in (vec(0..4_u8, 0..5), vec(0..4_u8, 0..5)),
        ) {
            let mut map = RowMap::new();
            let mut model = BTreeMap::new();
            for (i, key) in inserted.into_iter().enumerate() {
                let value = i.to_be_bytes();
                map.insert(Bytes::from(key.as_slice()), Bytes::from(value));
                model.insert(key, value);
            }
            for key in removed {
                map.remove(key.as_slice());
                model.remove(&key);
            }
            let mut wanted: Vec<_> = if start < end {
                model.range(start.clone()..end.clone()).map(|(key, value)| (key.clone(), value.to_vec())).collect()
            } else {
                Vec::new()
            };
            let range = KeyRange { start: start.into(), end: end.into() };
            for direction in [Direction::Forward, Direction::Backward] {
                let mut walk = Walk::new(&map, &range, direction);
                let mut found = Vec::new();
                while let Some((key, value)) = walk.row() {
                    found.push((key.to_vec(), value.to_vec()));
                    walk.pass();
                }
                prop_assert_eq!(&found, &wanted);
                wanted.reverse();
            }
        }
    }
}
