//! The descriptions as definitions in SurrealQL. They are laid over the store for a query, and are never stored: a
//! stored definition of a field is evaluated on every write.

use std::fmt::Write;
use std::iter::once;

use super::descriptions;
use crate::description::{FieldDescription, Kind, TableDescription};
use crate::records::Table;

/// Statements that define each table and each field, stored or computed, with its type and comment.
pub fn definitions() -> Vec<String> {
    descriptions().iter().flat_map(of_table).collect()
}

fn of_table(table: &TableDescription) -> Vec<String> {
    let name = table.table.name();
    let define = format!(
        "DEFINE TABLE OVERWRITE `{name}` TYPE ANY SCHEMALESS COMMENT {} PERMISSIONS NONE",
        quoted(&table.explanation()),
    );
    let fields = table.fields.iter().copied().chain(table.computed());
    once(define).chain(fields.map(|field| of_field(name, &field))).collect()
}

fn of_field(table: &str, field: &FieldDescription) -> String {
    let mut text = format!("DEFINE FIELD OVERWRITE `{}` ON `{table}` TYPE {}", field.name, field.surql_type());
    if let Some(expression) = field.computed {
        // Into a String it cannot fail.
        let _ = write!(text, " COMPUTED {expression}");
    }
    text + " COMMENT " + &quoted(&field.explanation())
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl TableDescription {
    /// The comment, and the parts of the id.
    pub fn explanation(&self) -> String {
        let parts: Vec<&str> = self.id.iter().map(|part| part.name).collect();
        format!("{} Id: [{}].", self.comment, parts.join(", "))
    }
}

impl FieldDescription {
    /// The type in SurrealQL.
    pub fn surql_type(&self) -> String {
        let kind = self.kind.surql_type();
        if self.optional { format!("option<{kind}>") } else { kind }
    }

    /// The comment, and what the type does not say.
    pub fn explanation(&self) -> String {
        let more = self.kind.explanation();
        if more.is_empty() { self.comment.to_owned() } else { format!("{} {more}", self.comment) }
    }
}

impl Kind {
    fn surql_type(self) -> String {
        let records = |tables: &[Table]| {
            let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
            format!("record<{}>", names.join(" | "))
        };
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Int | Self::Millis | Self::Micros => "int".to_owned(),
            Self::Text => "string".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Texts => "array<string>".to_owned(),
            Self::Tuples(_) => "array<array>".to_owned(),
            Self::Record(tables) => records(tables),
            Self::Range(table) => records(&[table]),
            // A type of its items would define a field of its own for them, which a computed field must not have.
            Self::Records(_) => "array".to_owned(),
        }
    }

    fn explanation(self) -> String {
        match self {
            Self::Millis => "Milliseconds since the Unix epoch.".to_owned(),
            Self::Micros => "Microseconds since the Unix epoch.".to_owned(),
            Self::Tuples(items) => {
                let names: Vec<&str> = items.iter().map(|(name, _)| *name).collect();
                format!("A list of [{}].", names.join(", "))
            }
            Self::Range(_) => "A range of ids: read it by FROM type::record(…).".to_owned(),
            Self::Bool | Self::Int | Self::Text | Self::Bytes | Self::Texts | Self::Record(_) | Self::Records(_) => {
                String::new()
            }
        }
    }
}
