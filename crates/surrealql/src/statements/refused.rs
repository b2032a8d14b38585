//! Functions that may not be called, and why.

/// Refused functions by reason. Each function of SurrealDB is either here or allowed.
#[rustfmt::skip]
const REFUSED: &[(&str, &[&str])] = &[
    ("which leaves the process", &[
        "api::invoke", "api::req::body", "api::req::max_body", "api::res::body", "api::res::header",
        "api::res::headers", "api::res::status", "api::timeout",
        "http::delete", "http::get", "http::head", "http::patch", "http::post", "http::put",
    ]),
    ("which reads or writes files", &[
        "file::bucket", "file::copy", "file::copy_if_not_exists", "file::delete", "file::exists", "file::get",
        "file::head", "file::key", "file::list", "file::put", "file::put_if_not_exists", "file::rename",
        "file::rename_if_not_exists",
        "type::file",
    ]),
    ("which runs a text as statements", &[
        "eval::gql", "eval::surql",
    ]),
    ("which reads a path that is made while it runs: write the path itself", &[
        "type::field", "type::fields",
    ]),
    ("which writes", &[
        "sequence::nextval",
    ]),
    ("which sleeps", &[
        "sleep",
    ]),
    ("which is slow by design", &[
        "crypto::argon2::compare", "crypto::argon2::generate", "crypto::bcrypt::compare",
        "crypto::bcrypt::generate", "crypto::pbkdf2::compare", "crypto::pbkdf2::generate",
        "crypto::scrypt::compare", "crypto::scrypt::generate",
    ]),
    ("which needs an index that the store does not have", &[
        "search::analyze", "search::highlight", "search::linear", "search::offsets", "search::rrf", "search::score",
        "vector::distance::knn",
    ]),
    ("which compares each element with each: use the function of set:: instead", &[
        "array::add", "array::difference", "array::intersect",
    ]),
    ("whose answer can be as large as the product of its arguments", &[
        "array::combine", "array::fill", "array::repeat", "array::transpose", "array::windows",
    ]),
    ("whose time grows with the product of both lengths", &[
        "string::distance::damerau_levenshtein", "string::distance::levenshtein",
        "string::distance::normalized_damerau_levenshtein", "string::distance::normalized_levenshtein",
        "string::distance::osa", "string::similarity::fuzzy", "string::similarity::jaro",
        "string::similarity::jaro_winkler", "string::similarity::smithwaterman", "value::diff",
    ]),
    ("whose time grows with the cube of the length", &[
        "vector::distance::mahalanobis",
    ]),
    ("whose time grows faster than the text", &[
        "string::html::sanitize",
    ]),
];

/// Why the function is refused, as the end of the sentence "statement 1 calls sleep, …".
pub fn reason(function: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(_, names)| names.contains(&function)).map(|(reason, _)| *reason)
}

pub fn functions() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().flat_map(|(_, names)| names.iter().copied())
}
