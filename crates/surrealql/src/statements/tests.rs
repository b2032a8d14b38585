//! Which statements are refused, and what is put in place of the clock.

use super::*;
use surrealdb_sql::builtin_paths::{PATHS, PathKind};
use surrealdb_sql::method::BUILTIN_METHOD_NAMES;

#[test]
fn names_the_statement() {
    let error = |text: &str| parse(text, 0).unwrap_err().to_string();
    assert_eq!(error("RETURN 1; CREATE x"), "surql: statement 2 writes: CREATE");
    assert!(error("RETURN 1;; RETURN (").starts_with("surql: statement 2 does not parse: Unexpected end of file"));
}

#[test]
fn every_function_of_surrealdb_is_allowed_or_refused_by_name() {
    let functions = PATHS.entries().filter(|(_, (kind, _))| matches!(kind, PathKind::Function));
    let mut theirs: Vec<String> = functions.map(|(name, _)| name.to_lowercase()).collect();
    theirs.sort();
    let refused = refused::FAMILIES.iter().flat_map(|(_, names)| *names);
    let mut ours: Vec<&str> = allowed::FUNCTIONS.iter().chain(refused).copied().collect();
    ours.sort_unstable();
    assert_eq!(ours, theirs);
    assert!(allowed::FUNCTIONS.is_sorted());
}

#[test]
fn every_method_of_surrealdb_is_allowed_or_refused_by_name() {
    let refused = methods::REFUSED.iter().map(|(method, _)| *method);
    let mut ours: Vec<&str> = methods::ALLOWED.iter().copied().chain(refused).collect();
    ours.sort_unstable();
    assert_eq!(ours, BUILTIN_METHOD_NAMES);
    assert!(methods::ALLOWED.is_sorted());
}
