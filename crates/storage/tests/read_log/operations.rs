//! Random operations on a few keys: each reads in all ways, and writes what depends on what it read.

use proptest::prelude::*;

/// Few keys, so that concurrent operations conflict.
const KEYS: i64 = 6;

#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start: i64,
    /// Not in the span.
    pub end: i64,
    pub limit: usize,
}

#[derive(Clone, Debug)]
pub enum Query {
    Get(i64),
    GetMany(Vec<i64>),
    ScanForward(Span),
    ScanBackward(Span),
    ScanMany(Vec<Span>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Get,
    GetMany,
    ScanForward,
    ScanBackward,
    ScanMany,
}

#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// One more than the sum of all values that were read.
    Set(i64),
    Delete(i64),
}

#[derive(Clone, Debug)]
pub struct Operation {
    /// After each query, other clients have so many turns.
    pub queries: Vec<(Query, usize)>,
    pub effects: Vec<Effect>,
}

impl Query {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Get(_) => Kind::Get,
            Self::GetMany(_) => Kind::GetMany,
            Self::ScanForward(_) => Kind::ScanForward,
            Self::ScanBackward(_) => Kind::ScanBackward,
            Self::ScanMany(_) => Kind::ScanMany,
        }
    }
}

/// The value that an operation writes.
pub fn written(found: &[Option<i64>]) -> i64 {
    found.iter().flatten().sum::<i64>() % 1000 + 1
}

fn span() -> impl Strategy<Value = Span> {
    let limit = prop_oneof![1_usize..4, Just(usize::MAX)];
    (0..KEYS, 1..=KEYS, limit).prop_map(|(start, length, limit)| Span { start, end: start + length, limit })
}

fn query() -> impl Strategy<Value = Query> {
    prop_oneof![
        (0..KEYS).prop_map(Query::Get),
        prop::collection::vec(0..KEYS, 1..4).prop_map(Query::GetMany),
        span().prop_map(Query::ScanForward),
        span().prop_map(Query::ScanBackward),
        prop::collection::vec(span(), 1..3).prop_map(Query::ScanMany),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let effect = prop_oneof![3 => (0..KEYS).prop_map(Effect::Set), 1 => (0..KEYS).prop_map(Effect::Delete)];
    let queries = prop::collection::vec((query(), 0_usize..3), 1..4);
    (queries, prop::collection::vec(effect, 0..3)).prop_map(|(queries, effects)| Operation { queries, effects })
}

/// By client, its operations.
pub fn clients() -> impl Strategy<Value = Vec<Vec<Operation>>> {
    prop::collection::vec(prop::collection::vec(operation(), 1..5), 2..5)
}
