//! The operations on a map, one after the other.

use std::collections::BTreeMap;

use super::operations::{Effect, Operation, Query, Span, written};

pub type Content = BTreeMap<i64, i64>;

/// Returns what the operation reads.
pub fn apply(content: &mut Content, operation: &Operation) -> Vec<Option<i64>> {
    let found: Vec<_> = operation.queries.iter().flat_map(|(query, _)| find(content, query)).collect();
    for effect in &operation.effects {
        match effect {
            Effect::Set(key) => content.insert(*key, written(&found)),
            Effect::Delete(key) => content.remove(key),
        };
    }
    found
}

fn find(content: &Content, query: &Query) -> Vec<Option<i64>> {
    let forward = |span: &Span| within(content, span).take(span.limit).map(Some).collect::<Vec<_>>();
    match query {
        Query::Get(key) => vec![content.get(key).copied()],
        Query::GetMany(keys) => keys.iter().map(|key| content.get(key).copied()).collect(),
        Query::ScanForward(span) => forward(span),
        Query::ScanBackward(span) => within(content, span).rev().take(span.limit).map(Some).collect(),
        Query::ScanMany(spans) => spans.iter().flat_map(forward).collect(),
    }
}

fn within(content: &Content, span: &Span) -> impl DoubleEndedIterator<Item = i64> {
    content.range(span.start..span.end).map(|(_, value)| *value)
}
