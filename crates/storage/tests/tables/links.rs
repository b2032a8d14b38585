//! Links name tables, fields and ids as they are. SurrealQL itself evaluates them in crates/surrealql.

use std::collections::BTreeMap;

use rivers_storage::description::{FieldDescription, Kind, TableDescription};
use rivers_storage::records::Table;
use rivers_storage::tables::descriptions;

/// A record id in an expression or a source: `event:[run_id, time]`.
struct Reference<'t> {
    table: &'t str,
    parts: Vec<&'t str>,
}

/// All `table:[part, …]` in the text. The end of a range without a table has that of the start.
fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found: Vec<Reference<'_>> = Vec::new();
    for (open, _) in text.match_indices('[') {
        let before = &text[..open];
        let table = if before.ends_with("..") {
            found.last().expect("a range has a start").table
        } else if let Some(before) = before.strip_suffix(':') {
            let begins = before.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_');
            &before[begins.map_or(0, |at| at + 1)..]
        } else {
            continue;
        };
        found.push(Reference { table, parts: parts(&text[open + 1..]) });
    }
    found
}

/// The parts up to the bracket that closes them.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let end = text.find(|letter| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        depth < 0
    });
    text[..end.expect("the bracket is closed")].split(", ").collect()
}

fn tables() -> BTreeMap<&'static str, TableDescription> {
    descriptions().into_iter().map(|table| (table.table.name(), table)).collect()
}

/// The kind of a part of a link; None for a part that is an item of a list.
fn kind_of(part: &str, table: &TableDescription) -> Option<Kind> {
    if let Some(at) = part.strip_prefix("id[").and_then(|rest| rest.strip_suffix(']')) {
        return Some(table.id[at.parse::<usize>().unwrap()].kind);
    }
    if part.starts_with('$') {
        return None;
    }
    let field = table.fields.iter().find(|field| field.name == part);
    Some(field.unwrap_or_else(|| panic!("{} stores no '{part}'", table.table.name())).kind)
}

fn check_link(link: &FieldDescription, from: &TableDescription, tables: &BTreeMap<&str, TableDescription>) {
    let computed = link.computed.expect("a link is computed");
    let found = references(computed);
    assert!(!found.is_empty(), "{computed}");
    let targets: Vec<Table> = match link.kind {
        Kind::Record(tables) => tables.to_vec(),
        Kind::Records(table) | Kind::Range(table) => vec![table],
        other => panic!("{} is a link of kind {other:?}", link.name),
    };
    for reference in &found {
        let target = &tables[reference.table];
        assert!(targets.contains(&target.table), "{computed} leads to {}", reference.table);
        for (part, described) in reference.parts.iter().zip(target.id).filter(|(part, _)| **part != "..") {
            let kind = kind_of(part, from);
            assert!(kind.is_none_or(|kind| kind == described.kind), "{computed}: {part} as {}", described.name);
        }
        let required = target.id.iter().filter(|part| !part.optional).count();
        let is_whole = (required..=target.id.len()).contains(&reference.parts.len());
        assert!(is_whole || matches!(link.kind, Kind::Range(_)), "{computed} is no id of {}", reference.table);
    }
}

#[test]
fn links_are_made_of_stored_fields_and_lead_to_ids() {
    let tables = tables();
    for table in tables.values() {
        for link in table.computed_fields {
            check_link(link, table, &tables);
        }
    }
}

#[test]
fn ranges_are_of_their_tables_and_have_the_types_of_ids() {
    for table in descriptions() {
        for range in table.ranges {
            for reference in references(range.source) {
                assert_eq!(reference.table, table.table.name());
                assert!(reference.parts.len() <= table.id.len(), "{}", range.source);
                for (part, described) in reference.parts.iter().zip(table.id).filter(|(part, _)| **part != "..") {
                    assert_eq!(part.starts_with('\''), described.kind == Kind::Text, "{}: {part}", range.source);
                }
            }
        }
    }
}
