//! A way through the map's tree from one end of a range to the other. The map's own ranges look at
//! each node that lies before theirs (`immutable-chunkmap` 2.1.5): of a million events a list of a
//! hundred took three times as long as of a thousand.

use std::vec;

use immutable_chunkmap::map::NodeRef;
use surrealdb_kvs::{Direction, KeyRange};

use super::{Bytes, CHUNK, Rows};

type Node<'m> = NodeRef<'m, Bytes, Bytes, CHUNK>;
type Row<'m> = (&'m Bytes, &'m Bytes);

/// Stands at a row, unless it is past the last.
pub struct Walk<'m> {
    /// What is left of a node's rows.
    rows: vec::IntoIter<Row<'m>>,
    /// The nodes after it, the next one last. Each goes before its subtree in our direction.
    further: Vec<Node<'m>>,
    direction: Direction,
    /// The bound that we go to.
    far: Vec<u8>,
}

impl<'m> Walk<'m> {
    pub fn new(map: &'m Rows, range: &KeyRange<'_>, direction: Direction) -> Self {
        let (near, far) = match direction {
            Direction::Forward => (&range.start, &range.end),
            Direction::Backward => (&range.end, &range.start),
        };
        let (rows, further, far) = (Vec::new().into_iter(), Vec::new(), far.as_slice().to_vec());
        let mut walk = Self { rows, further, direction, far };
        if range.start.as_slice() < range.end.as_slice() {
            walk.seek(map.root(), near.as_slice());
            walk.refill();
        }
        walk
    }

    pub fn row(&self) -> Option<(&[u8], &[u8])> {
        self.rows.as_slice().first().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    pub fn pass(&mut self) {
        self.rows.next();
        self.refill();
    }

    /// The bound that we start from is in the last node on the way down that begins before it, if anywhere.
    fn seek(&mut self, root: Option<Node<'m>>, near: &[u8]) {
        let mut from = root;
        let mut around = None;
        while let Some(node) = from {
            let begins_before = node.pairs().next().is_some_and(|(key, _)| key.as_ref() < near);
            from = if begins_before { node.right() } else { node.left() };
            match (self.direction, begins_before) {
                (Direction::Forward, true) => around = Some(node),
                (Direction::Backward, false) => (),
                (Direction::Forward, false) | (Direction::Backward, true) => self.further.push(node),
            }
        }
        if self.direction == Direction::Backward {
            around = self.further.pop();
            self.descend(around.as_ref().and_then(Node::left));
        }
        let mut rows: Vec<_> = around.iter().flat_map(Node::pairs).collect();
        match self.direction {
            Direction::Forward => keep_from(near, &mut rows),
            Direction::Backward => keep_before(near, &mut rows),
        }
        self.stand_at(rows);
    }

    fn refill(&mut self) {
        while self.rows.as_slice().is_empty()
            && let Some(node) = self.further.pop()
        {
            self.descend(match self.direction {
                Direction::Forward => node.right(),
                Direction::Backward => node.left(),
            });
            self.stand_at(node.pairs().collect());
        }
    }

    fn descend(&mut self, subtree: Option<Node<'m>>) {
        let mut from = subtree;
        while let Some(node) = from {
            from = match self.direction {
                Direction::Forward => node.left(),
                Direction::Backward => node.right(),
            };
            self.further.push(node);
        }
    }

    /// At the first of these, and nowhere behind the bound that we go to.
    fn stand_at(&mut self, mut rows: Vec<Row<'m>>) {
        let far = self.far.as_slice();
        let ends = match self.direction {
            Direction::Forward => rows.last().is_some_and(|(key, _)| key.as_ref() >= far),
            Direction::Backward => rows.first().is_some_and(|(key, _)| key.as_ref() < far),
        };
        if ends {
            self.further.clear();
            match self.direction {
                Direction::Forward => keep_before(far, &mut rows),
                Direction::Backward => keep_from(far, &mut rows),
            }
        }
        if self.direction == Direction::Backward {
            rows.reverse();
        }
        self.rows = rows.into_iter();
    }
}

fn keep_before(bound: &[u8], rows: &mut Vec<Row<'_>>) {
    rows.truncate(rows.partition_point(|(key, _)| key.as_ref() < bound));
}

fn keep_from(bound: &[u8], rows: &mut Vec<Row<'_>>) {
    rows.drain(..rows.partition_point(|(key, _)| key.as_ref() < bound));
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
            let mut map = Rows::new();
            let mut model = BTreeMap::new();
            for (i, key) in inserted.into_iter().enumerate() {
                let value = i.to_be_bytes();
                map.insert_cow(Bytes::from(key.as_slice()), Bytes::from(value));
                model.insert(key, value);
            }
            for key in removed {
                map.remove_cow(&Bytes::from(key.as_slice()));
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
