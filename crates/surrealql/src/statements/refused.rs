//! Functions that may not be called, and why.

/// Families of functions by reason. Every function of SurrealDB is either here or allowed.
#[rustfmt::skip]
pub const FAMILIES: &[(&str, &[&str])] = &[
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
    ("which runs a text", &[
        "eval::gql", "eval::surql",
    ]),
    ("which reads a path that is a text", &[
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
];

/// Why the function is refused: a relative clause, "which …".
pub fn reason(function: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(_, names)| names.contains(&function)).map(|(reason, _)| *reason)
}
