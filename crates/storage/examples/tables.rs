//! Prints what docs/tables.md says of each table. `npm run docs` writes it there.

use rivers_storage::description::{FieldDescription, TableDescription};
use rivers_storage::tables::{definitions, descriptions};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("definitions") {
        for definition in definitions() {
            println!("{definition};");
        }
        return;
    }
    let tables = descriptions();
    println!("## All tables\n");
    for table in &tables {
        let name = table.table.name();
        println!("- [`{name}`](#{name}): {}", table.comment);
    }
    tables.iter().for_each(print_table);
}

fn print_table(table: &TableDescription) {
    let parts: Vec<String> = table.id.iter().map(part).collect();
    println!("\n### {}\n\n{}\n\nId: [{}].\n", table.table.name(), table.comment, parts.join(", "));
    println!("| field | type | |\n| --- | --- | --- |");
    table.fields.iter().for_each(print_field);
    let computed: Vec<FieldDescription> = table.computed().collect();
    if !computed.is_empty() {
        println!("\n| computed | type | |\n| --- | --- | --- |");
        computed.iter().for_each(print_field);
    }
    if !table.ranges.is_empty() {
        println!("\n| read without the rest of the table | |\n| --- | --- |");
        for range in table.ranges {
            println!("| `{}` | {} |", range.source, range.comment);
        }
    }
}

fn part(part: &FieldDescription) -> String {
    format!("`{}`{}", part.name, if part.optional { " (optional)" } else { "" })
}

fn print_field(field: &FieldDescription) {
    let kind = field.surql_type().replace('|', "\\|");
    println!("| `{}` | `{kind}` | {} |", field.name, field.explanation());
}
