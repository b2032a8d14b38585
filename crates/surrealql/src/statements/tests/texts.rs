//! Texts that are large, and texts that do not parse.

use super::{error, parse, parses_soon};

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "(", "[", "{", ";", " ", "\n", "a", "'", "\"", "`", "1", "1;", "a;", "-", "+", "|", "/", "/*", "--", "#\n", "<",
    ">", ".", ",", "[1],", "RETURN 1;", "SELECT * FROM a;", "é", "\\", "$", "@", "::", "a::b::", "f'a:/b',", "/a/,",
    "{}", "();", "[];", "1+1;", "a.b.c.", "->a", "[0]", ".map(|$x| $x)", "\u{0}", "\r\n", "u'", "d'",
    "99999999999999999999", "RETURN {", "'a' + ",
];

#[test]
fn a_megabyte_of_anything() {
    for piece in PIECES {
        parses_soon(&format!("{piece:?}"), piece.repeat((1 << 20) / piece.len()));
    }
    parses_soon("a long array", format!("RETURN [{}1]", "1,".repeat(500_000)));
    parses_soon("a long block", format!("RETURN {{ {} }}", "1;".repeat(500_000)));
    parses_soon("a long object", format!("RETURN {{ {} }}", "a: 1,".repeat(200_000)));
    parses_soon("a late error", format!("{} RETURN (", "RETURN 1; ".repeat(100_000)));
    parses_soon("short regular expressions", format!("RETURN [{}1]", "/a/,".repeat(4_000)));
    parses_soon("regular expressions of classes", format!("RETURN [{}1]", r"/\w\w/,".repeat(120)));
    parses_soon("regular expressions that repeat", format!("RETURN [{}1]", r"/((((\w{2}){2}){2}){2}){2}/,".repeat(5)));
    parses_soon("a regular expression that gives up", r"RETURN /((\w{30}){30}){30}/".to_owned());
    parses_soon("a long regular expression", format!("RETURN /{}/", "(a|é)*".repeat(100_000)));
}

#[test]
fn regular_expressions_have_a_limit() {
    let many = |pattern: &str| error(&format!("RETURN [{}1]", pattern.repeat(1_000)));
    assert!(many(r"/\w{100}/,").contains("too many repetitions"));
    assert!(many(r"/(a{2}){3,}/,").contains("too many repetitions"));
    assert!(many(&"/a/,".repeat(5)).contains("slashes"));
    assert!(parse(r"RETURN ['a/b/c', /^\w{1,20}@\d+$/, a.{3}(->b), { a: { 1: 2 } }]", 0).is_ok());
}

#[test]
fn the_text_has_a_limit() {
    let longest = format!("RETURN 1;{}", " ".repeat((1 << 20) - 9));
    assert!(parse(&longest, 0).is_ok());
    assert_eq!(error(&format!("{longest} ")), "surql: expected at most 1048576 bytes of SurrealQL, got 1048577 bytes");
}

#[test]
fn names_the_statement_that_does_not_parse() {
    for (text, number) in [
        ("RETURN (", 1),
        ("RETURN 1; RETURN (", 2),
        (";;RETURN 1;;; -- a comment;\nRETURN [1", 2),
        ("RETURN 1; RETURN 'a", 2),
        ("RETURN 1; RETURN ); RETURN 2", 2),
        ("RETURN 1 RETURN 2", 1),
        ("RETURN ';'; /* ; */ RETURN { a: 1; }; x y z", 2),
        ("RETURN 1; /* open", 2),
        ("RETURN no::such()", 1),
    ] {
        let error = error(text);
        assert!(error.starts_with(&format!("surql: statement {number} does not parse: ")), "{text}\n{error}");
    }
    assert!(error("RETURN 1;\n  RETURN )").contains("[2:10]"));
}
