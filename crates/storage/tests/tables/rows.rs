//! Rows have the described ids and fields, and each description is of something that occurs.

use std::collections::{BTreeMap, BTreeSet};

use rivers_storage::description::{FieldDescription, Kind, TableDescription};
use rivers_storage::records::{Key, Part, Row, Table, Value};
use rivers_storage::tables::{definitions, descriptions};

use crate::filled::rows;

fn by_table() -> BTreeMap<Table, TableDescription> {
    descriptions().into_iter().map(|description| (description.table, description)).collect()
}

fn part_fits(part: &Part, kind: Kind) -> bool {
    match part {
        Part::Int(_) => matches!(kind, Kind::Int | Kind::Millis | Kind::Micros),
        Part::Text(_) => kind == Kind::Text,
    }
}

fn fits(value: &Value, kind: Kind) -> bool {
    match (value, kind) {
        (Value::Bool(_), Kind::Bool)
        | (Value::Int(_), Kind::Int | Kind::Millis | Kind::Micros)
        | (Value::Text(_), Kind::Text)
        | (Value::Bytes(_), Kind::Bytes) => true,
        (Value::List(texts), Kind::Texts) => texts.iter().all(|text| fits(text, Kind::Text)),
        (Value::List(tuples), Kind::Tuples(items)) => tuples.iter().all(|tuple| is_tuple(tuple, items)),
        _ => false,
    }
}

fn is_tuple(value: &Value, items: &[(&str, Kind)]) -> bool {
    let Value::List(values) = value else { return false };
    values.len() == items.len() && values.iter().zip(items).all(|(value, (_, kind))| fits(value, *kind))
}

/// The value that a part of an id has, if it has the name of a stored field.
fn in_id(value: &Value) -> Option<Part> {
    match value {
        Value::Bool(value) => Some(i64::from(*value).into()),
        Value::Int(value) => Some((*value).into()),
        Value::Text(text) => Some(text.as_str().into()),
        Value::Bytes(_) | Value::List(_) => None,
    }
}

fn check_id(table: &TableDescription, key: &Key, row: &Row) {
    let required = table.id.iter().filter(|part| !part.optional).count();
    assert!((required..=table.id.len()).contains(&key.parts.len()), "{key}");
    for (part, described) in key.parts.iter().zip(table.id) {
        assert!(part_fits(part, described.kind), "{key}: {}", described.name);
        if let Some((_, value)) = row.fields().iter().find(|(name, _)| name == described.name) {
            assert_eq!(in_id(value).as_ref(), Some(part), "{key}: {}", described.name);
        }
    }
}

fn check_fields(table: &TableDescription, key: &Key, row: &Row) {
    for (name, value) in row.fields() {
        let described = table.fields.iter().find(|field| field.name == name);
        let described = described.unwrap_or_else(|| panic!("{key}: '{name}' is not described"));
        assert!(fits(value, described.kind), "{key}: {name} is {value:?}, not {:?}", described.kind);
    }
    for field in table.fields.iter().filter(|field| !field.optional) {
        assert!(row.fields().iter().any(|(name, _)| name == field.name), "{key} has no '{}'", field.name);
    }
}

#[tokio::test]
async fn rows_are_as_described() {
    let tables = by_table();
    for (key, row) in rows().await {
        let table = &tables[&key.table];
        check_id(table, &key, &row);
        check_fields(table, &key, &row);
    }
}

/// By table, the fields that occur, and those that are absent from some row. The parts of an id count as fields.
#[derive(Default)]
struct Seen {
    present: BTreeSet<String>,
    absent: BTreeSet<&'static str>,
}

impl Seen {
    fn add(&mut self, table: &TableDescription, key: &Key, row: &Row) {
        self.present.extend(row.fields().iter().map(|(name, _)| name.to_string()));
        self.present.extend(table.id.iter().take(key.parts.len()).map(|part| part.name.to_owned()));
        let is_absent = |field: &&FieldDescription| row.fields().iter().all(|(name, _)| name != field.name);
        self.absent.extend(table.fields.iter().filter(is_absent).map(|field| field.name));
        self.absent.extend(table.id.iter().skip(key.parts.len()).map(|part| part.name));
    }
}

#[tokio::test]
async fn every_description_is_of_something_that_occurs() {
    let tables = by_table();
    let mut seen: BTreeMap<Table, Seen> = BTreeMap::new();
    for (key, row) in rows().await {
        seen.entry(key.table).or_default().add(&tables[&key.table], &key, &row);
    }
    let mut wrong = Vec::new();
    for table in tables.values() {
        let name = table.table.name();
        let seen = seen.get(&table.table).unwrap_or_else(|| panic!("no row of {name} occurs"));
        for field in table.fields.iter().chain(table.id) {
            if !seen.present.contains(field.name) {
                wrong.push(format!("{name}.{} does not occur", field.name));
            }
            // A kept event has the fields of all events, and some of them are there for each materialization.
            if field.optional && !seen.absent.contains(field.name) && table.table != Table::KeptMaterialization {
                wrong.push(format!("{name}.{} is never absent", field.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_table_is_described_once_and_each_name_in_it_is_one_field() {
    let described: Vec<Table> = descriptions().iter().map(|description| description.table).collect();
    assert_eq!(described, Table::ALL);
    for table in descriptions() {
        let mut names = BTreeSet::from(["id"]);
        for field in table.fields.iter().copied().chain(table.computed()) {
            assert!(names.insert(field.name), "{}.{} is there twice", table.table.name(), field.name);
        }
    }
}

#[test]
fn comments_are_sentences_and_definitions_are_one_line_each() {
    for table in descriptions() {
        let fields = table.fields.iter().chain(table.id).chain(table.computed_fields);
        let comments = fields.map(|field| field.comment).chain(table.ranges.iter().map(|range| range.comment));
        for comment in comments.chain([table.comment]) {
            assert!(comment.ends_with('.') && !comment.contains(['\n', '"', '\\']), "{comment}");
        }
    }
    let all = definitions();
    assert!(all.iter().all(|definition| definition.starts_with("DEFINE ") && !definition.contains('\n')));
}
