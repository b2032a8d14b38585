//! The lists of functions and methods against SurrealDB's own.

use surrealdb_sql::builtin_paths::{PATHS, PathKind};
use surrealdb_sql::method::BUILTIN_METHOD_NAMES;

use crate::statements::{allowed, methods, refused};

#[test]
fn each_function_of_surrealdb_is_allowed_or_refused_by_name() {
    let functions = PATHS.entries().filter(|(_, (kind, _))| matches!(kind, PathKind::Function));
    let mut theirs: Vec<&str> = functions.map(|(name, _)| name.into_inner()).collect();
    theirs.sort_unstable();
    let mut ours: Vec<&str> = allowed::FUNCTIONS.iter().copied().chain(refused::functions()).collect();
    ours.sort_unstable();
    assert_eq!(ours, theirs);
    assert!(allowed::FUNCTIONS.is_sorted());
}

#[test]
fn each_method_of_surrealdb_is_allowed_or_refused_by_name() {
    let refused = methods::REFUSED.iter().map(|(method, _)| *method);
    let mut ours: Vec<&str> = methods::ALLOWED.iter().copied().chain(refused).collect();
    ours.sort_unstable();
    assert_eq!(ours, BUILTIN_METHOD_NAMES);
    assert!(methods::ALLOWED.is_sorted());
}

#[test]
fn the_function_of_a_refused_method_is_refused() {
    for (method, function) in methods::REFUSED {
        assert!(refused::functions().any(|refused| refused == *function), "{method}: {function}");
    }
}
