//! The text of statements for a server.

use std::collections::HashSet;
use std::time::Duration;

use super::generated::Random;
use crate::statements::for_server;

fn sent(text: &str) -> rivers_storage::Result<String> {
    for_server(text, 0, HashSet::new(), Duration::from_secs(3))
}

#[test]
fn each_statement_has_a_timeout() {
    #[rustfmt::skip]
    let cases = [
        ("SELECT a FROM t", "SELECT a FROM t TIMEOUT 3s;"),
        ("SELECT a FROM t TIMEOUT 1s", "SELECT a FROM t TIMEOUT (IF 1s < 3s THEN 1s ELSE 3s END);"),
        ("RETURN 1", "RETURN (SELECT VALUE 1 FROM ONLY {  } TIMEOUT 3s);"),
        ("RETURN (SELECT a FROM t)", "TIMEOUT 3s"),
        ("LET $a = 1", "LET $a = (SELECT VALUE 1 FROM ONLY {  } TIMEOUT 3s);"),
        ("THROW 'x'", "THROW (SELECT VALUE 'x' FROM ONLY {  } TIMEOUT 3s);"),
        ("FOR $i IN 1..3 { $i }", "SELECT VALUE (FOR $i IN 1..3 { $i }) FROM ONLY {  } TIMEOUT 3s;"),
        ("IF a { 1 }", "SELECT VALUE (IF a { 1 }) FROM ONLY {  } TIMEOUT 3s;"),
        ("{ 1; 2 }", "SELECT VALUE { 1; 2; } FROM ONLY {  } TIMEOUT 3s;"),
        ("EXPLAIN SELECT a FROM t", "EXPLAIN FORMAT TEXT SELECT a FROM t;"),
        ("EXPLAIN ANALYZE SELECT a FROM t", "SELECT a FROM t TIMEOUT 3s;"),
        ("INFO FOR DB", "INFO FOR DATABASE;"),
    ];
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (text, expected) in cases {
        let sent = sent(text).unwrap();
        assert!(plain(&sent).contains(&plain(expected)), "{text}: {sent}");
    }
}

#[test]
fn a_subquery_in_a_row_has_a_stop_point() {
    let sent = sent("SELECT (SELECT a FROM t WHERE a = $parent.a) AS b FROM t").unwrap();
    assert!(sent.contains("(kv:`the query`).* OR (SELECT"), "{sent}");
}

#[test]
fn the_text_is_refused_as_it_is_here() {
    for text in ["CREATE t", "RETURN 1; BEGIN", "RETURN (DELETE t)", "RETURN http::get('x')", "RETURN sleep(1s)"] {
        let expected = super::error(text);
        assert_eq!(sent(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_the_printer_changes_is_refused() {
    let error = sent("RETURN 1; SELECT * FROM t LIMIT (RETURN 1) FETCH a").unwrap_err().to_string();
    assert!(error.contains("statement 2 has a nesting"), "{error}");
}

#[test]
fn generated_statements_are_sent_as_they_were_checked() {
    let mut random = Random::new();
    let (mut tried, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let statement = format!("RETURN {}", random.expression(4));
        if super::parse(&statement, 0).is_err() {
            continue;
        }
        tried += 1;
        if let Err(error) = sent(&statement) {
            let error = error.to_string();
            assert!(error.contains("too deeply") || error.contains("has a nesting"), "{statement}\n{error}");
            refused += 1;
        }
    }
    println!("{refused} of {tried} cannot be sent");
    assert!(tried > 5_000 && refused < tried / 100, "{refused} of {tried}");
}
