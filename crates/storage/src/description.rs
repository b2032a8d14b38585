//! The types that describe a table to readers of the store by SurrealQL.
//!
//! Each subject describes its own tables in its `tables.rs`, or in its one file (`kv`, `schema`, `deletions`); `tables`
//! collects them.

use crate::records::Table;

/// A table: what its rows are, the parts of their ids, and their fields.
#[derive(Clone, Copy, Debug)]
pub struct TableDescription {
    /// The table.
    pub table: Table,
    /// What a row is, in one sentence.
    pub comment: &'static str,
    /// The parts of the id, in their order.
    pub id: &'static [FieldDescription],
    /// What is stored in a row.
    pub fields: &'static [FieldDescription],
    /// The fields that a query computes from the row, without another read.
    pub computed_fields: &'static [FieldDescription],
    /// Ranges of ids that answer a question without reading the whole table.
    pub ranges: &'static [RangeDescription],
}

/// A field of a row, or a part of an id.
#[derive(Clone, Copy, Debug)]
pub struct FieldDescription {
    /// The name in SurrealQL.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Whether it may be absent.
    pub optional: bool,
    /// What it says, in one sentence.
    pub comment: &'static str,
    /// The SurrealQL that computes it; None if it is stored.
    pub computed: Option<&'static str>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// An integer.
    Int,
    /// An integer: milliseconds since the Unix epoch.
    Millis,
    /// An integer: microseconds since the Unix epoch.
    Micros,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// A list of texts.
    Texts,
    /// A list of lists, each with these items.
    Tuples(&'static [(&'static str, Self)]),
    /// The id of a row of one of these tables. The row may be absent.
    Record(&'static [Table]),
    /// A list of ids of rows of this table.
    Records(Table),
    /// A range of ids of this table.
    Range(Table),
}

/// A range of ids.
#[derive(Clone, Copy, Debug)]
pub struct RangeDescription {
    /// What is in the range.
    pub comment: &'static str,
    /// The range as a source in SurrealQL, with sample values.
    pub source: &'static str,
}

impl TableDescription {
    /// A description with a comment and nothing else yet.
    pub const fn new(table: Table, comment: &'static str) -> Self {
        Self { table, comment, id: &[], fields: &[], computed_fields: &[], ranges: &[] }
    }

    /// The table with an id of these parts.
    pub const fn id(self, id: &'static [FieldDescription]) -> Self {
        Self { id, ..self }
    }

    /// The table with these stored fields.
    pub const fn fields(self, fields: &'static [FieldDescription]) -> Self {
        Self { fields, ..self }
    }

    /// The table with these computed fields.
    pub const fn computed_fields(self, computed_fields: &'static [FieldDescription]) -> Self {
        Self { computed_fields, ..self }
    }

    /// The table with these ranges.
    pub const fn ranges(self, ranges: &'static [RangeDescription]) -> Self {
        Self { ranges, ..self }
    }

    /// All fields that a query computes: the parts of the id that the row lacks, and `computed_fields`.
    pub fn computed(&self) -> impl Iterator<Item = FieldDescription> {
        let is_stored = |part: &FieldDescription| self.fields.iter().any(|field| field.name == part.name);
        let parts = self.id.iter().enumerate().filter(move |(_, part)| !is_stored(part));
        parts.map(|(at, part)| part.shown_from_id(at)).chain(self.computed_fields.iter().copied())
    }
}

impl FieldDescription {
    const fn stored(name: &'static str, kind: Kind, comment: &'static str) -> Self {
        Self { name, kind, optional: false, comment, computed: None }
    }

    const fn computed(name: &'static str, kind: Kind, computed: &'static str, comment: &'static str) -> Self {
        Self { name, kind, optional: false, comment, computed: Some(computed) }
    }

    /// The field, but it may be absent.
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The part of the id at this place, as a field that shows it.
    const fn shown_from_id(self, at: usize) -> Self {
        const PLACES: [&str; 8] = ["id[0]", "id[1]", "id[2]", "id[3]", "id[4]", "id[5]", "id[6]", "id[7]"];
        Self { computed: Some(PLACES[at]), ..self }
    }
}

/// A range of ids: what is in it, and the range with sample values.
pub const fn range(comment: &'static str, source: &'static str) -> RangeDescription {
    RangeDescription { comment, source }
}

macro_rules! stored_fields {
    ($($(#[$doc:meta])* $name:ident = $kind:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub const fn $name(name: &'static str, comment: &'static str) -> FieldDescription {
            FieldDescription::stored(name, Kind::$kind, comment)
        }
    )*};
}

stored_fields! {
    /// A stored field that is true or false.
    flag = Bool,
    /// A stored integer.
    int = Int,
    /// A stored time in milliseconds since the Unix epoch.
    millis = Millis,
    /// A stored time in microseconds since the Unix epoch.
    micros = Micros,
    /// A stored text.
    text = Text,
    /// Stored bytes.
    bytes = Bytes,
}

/// A stored list of texts. An empty list is not stored.
pub const fn texts(name: &'static str, comment: &'static str) -> FieldDescription {
    FieldDescription::stored(name, Kind::Texts, comment).optional()
}

/// A stored list of lists with these items.
pub const fn tuples(
    name: &'static str,
    items: &'static [(&'static str, Kind)],
    comment: &'static str,
) -> FieldDescription {
    FieldDescription::stored(name, Kind::Tuples(items), comment)
}

/// A stored list of keys with values, both texts. An empty list is not stored.
pub const fn pairs(name: &'static str, comment: &'static str) -> FieldDescription {
    tuples(name, &[("key", Kind::Text), ("value", Kind::Text)], comment).optional()
}

/// A link to a row of one of these tables.
pub const fn link(
    name: &'static str,
    tables: &'static [Table],
    computed: &'static str,
    comment: &'static str,
) -> FieldDescription {
    FieldDescription::computed(name, Kind::Record(tables), computed, comment)
}

/// A link to several rows of a table.
pub const fn link_to_many(
    name: &'static str,
    table: Table,
    computed: &'static str,
    comment: &'static str,
) -> FieldDescription {
    FieldDescription::computed(name, Kind::Records(table), computed, comment)
}

/// A link to a range of rows of a table.
pub const fn range_link(
    name: &'static str,
    table: Table,
    computed: &'static str,
    comment: &'static str,
) -> FieldDescription {
    FieldDescription::computed(name, Kind::Range(table), computed, comment)
}

/// The link of a row with a field `run_id` to its run.
pub const RUN: FieldDescription = link("run", &[Table::Run], "run:[run_id]", "The run.");
