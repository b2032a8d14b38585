//! From the text to the syntax tree, with the number of the statement that does not parse.

use rivers_storage::{Error, Result};
use surrealdb_sql::Ast;
use surrealdb_syn::parser::StatementStream;
use surrealdb_syn::{ParserConfig, ParserSettings, parse_with_settings};
use tokio_util::bytes::BytesMut;

use super::{failed, patterns};

/// Bounds the work of the parser, and how many nodes the tree has.
const MOST_BYTES: usize = 1 << 20;
/// A line of a parse error, in characters: SurrealDB marks a bad token with as many carets as it is long.
const MOST_COLUMNS: usize = 160;

pub fn parse(text: &str) -> Result<Ast> {
    if text.len() > MOST_BYTES {
        let expected = format!("at most {MOST_BYTES} bytes of SurrealQL");
        return Err(Error::invalid("surql", format_args!("{} bytes", text.len()), &expected));
    }
    patterns::check(text)?;
    let parsed = parse_with_settings(text.as_bytes(), settings(), async |parser, stk| parser.parse_query(stk).await);
    parsed
        .map_err(|error| failed(first_unparsable(text), &format!("does not parse: {}", shortened(&error.to_string()))))
}

/// Parses a text that was made of statements. The error is the number of the first one that does not parse.
pub fn reparse(text: &str) -> std::result::Result<Ast, usize> {
    let parsed = parse_with_settings(text.as_bytes(), settings(), async |parser, stk| parser.parse_query(stk).await);
    parsed.map_err(|_| first_unparsable(text))
}

/// The limits of depth are SurrealDB's own: they keep every recursion over the tree within a thread's stack. The whole
/// grammar is on, so that files and modules are refused by name and not as errors of syntax.
fn settings() -> ParserSettings {
    ParserSettings::all_features(&ParserConfig::default())
}

/// The number of the first statement that does not parse. The parser of whole texts does not tell it, and the one of
/// single statements gives wrong columns: both are needed.
fn first_unparsable(text: &str) -> usize {
    let mut statements = StatementStream::new_with_settings(settings());
    let mut rest = BytesMut::from(text.as_bytes());
    // The stream takes a statement only with its semicolon. The newline ends a comment.
    rest.extend_from_slice(b"\n;");
    let mut number = 1;
    while let Ok(Some(_)) = statements.parse_partial(&mut rest) {
        number += 1;
    }
    number
}

fn shortened(error: &str) -> String {
    let error = error.strip_prefix("Parse error: ").unwrap_or(error).trim_end();
    let lines: Vec<String> = error.lines().map(|line| line.chars().take(MOST_COLUMNS).collect()).collect();
    lines.join("\n")
}
