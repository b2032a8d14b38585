//! Statements that must not run, each in every place where a statement or an expression can stand.

use super::{error, parse, tree};

/// What must be refused, and what the reason says of it.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    ("CREATE person", "CREATE"),
    ("CREATE ONLY person:1 SET a = 1", "CREATE"),
    ("UPDATE person SET a = 1", "UPDATE"),
    ("UPSERT person:1 SET a = 1", "UPSERT"),
    ("DELETE person", "DELETE"),
    ("DELETE person:1 RETURN BEFORE", "DELETE"),
    ("INSERT INTO person { id: 1 }", "INSERT"),
    ("RELATE a:1->b->c:1", "RELATE"),
    ("DEFINE TABLE person", "DEFINE"),
    ("DEFINE FIELD a ON person", "DEFINE"),
    ("DEFINE FUNCTION fn::f() { RETURN 1; }", "DEFINE"),
    ("DEFINE PARAM $p VALUE 1", "DEFINE"),
    ("REMOVE TABLE person", "REMOVE"),
    ("ALTER TABLE person COMMENT 'x'", "ALTER"),
    ("REBUILD INDEX i ON person", "REBUILD"),
    ("SLEEP 1s", "SLEEP"),
    ("sleep(1s)", "calls sleep"),
    ("INFO FOR ROOT", "INFO FOR ROOT"),
    ("INFO FOR NS", "INFO FOR NAMESPACE"),
    ("INFO FOR USER u ON ROOT", "INFO FOR USER"),
    ("INFO FOR DB VERSION d'2024-01-01T00:00:00Z'", "VERSION"),
    ("INFO FOR TABLE t VERSION d'2024-01-01T00:00:00Z'", "VERSION"),
    ("SELECT * FROM person VERSION d'2024-01-01T00:00:00Z'", "VERSION"),
    ("SELECT * FROM person:1 FOR UPDATE", "FOR UPDATE"),
    ("SELECT * FROM person TEMPFILES", "TEMPFILES"),
    ("SELECT * FROM (CREATE person)", "CREATE"),
    ("EXPLAIN DELETE person", "DELETE"),
    ("http::get('http://127.0.0.1/')", "leaves the process"),
    ("http::post('http://127.0.0.1/', {})", "leaves the process"),
    ("HTTP::Head('http://127.0.0.1/')", "leaves the process"),
    ("api::invoke('/x')", "leaves the process"),
    ("api::timeout(1s)", "leaves the process"),
    ("eval::surql('CREATE person')", "runs a text"),
    ("eval::gql('MATCH (n) RETURN n')", "runs a text"),
    ("file::get(f'bucket:/a')", "files"),
    ("file::put(f'bucket:/a', 'x')", "files"),
    ("type::file('bucket', 'a')", "files"),
    ("f'bucket:/a'", "file"),
    ("f'bucket:/a'.get()", "file"),
    ("$file.put('x')", "file::put"),
    ("person:1.delete()", "file::delete"),
    ("sequence::nextval('s')", "writes"),
    ("crypto::argon2::generate('x')", "slow by design"),
    ("crypto::argon2::compare('x', 'y')", "slow by design"),
    ("crypto::bcrypt::generate('x')", "slow by design"),
    ("crypto::scrypt::compare('x', 'y')", "slow by design"),
    ("crypto::pbkdf2::generate('x')", "slow by design"),
    ("type::field('a[WHERE sleep(1s)]')", "path"),
    ("type::fields(['a'])", "path"),
    ("search::analyze('a', 'x')", "index"),
    ("vector::distance::knn()", "index"),
    ("fn::f(1)", "fn::f"),
    ("ml::m<1.0.0>(1)", "ml::m"),
    ("mod::m::f(1)", "module"),
    ("silo::o::p::<1.0.0>::f(1)", "module"),
    ("function() { return 1; }", "script"),
    ("$f(1)", "closure"),
    ("(|$x| CREATE person)(1)", "CREATE"),
    ("$object.call_me(1)", ".call_me()"),
    ("[1].map(|$x| SLEEP 1s)", "SLEEP"),
    ("|person:1000000|", "record ids"),
    ("|person:1..1000000|", "record ids"),
    ("person:ulid()", "ulid()"),
    ("person:uuid()", "uuid()"),
    ("array::repeat('x', 10)", "array::repeat"),
    ("'x'.repeat(10)", "array::repeat"),
    ("array::combine([1], [2])", "array::combine"),
    ("array::intersect([1], [2])", "set::"),
    ("string::distance::levenshtein('a', 'b')", "levenshtein"),
    ("'a'.similarity_jaro('b')", "jaro"),
    ("array::join([1], $separator)", "separator"),
    ("[1].join($separator)", "separator"),
    ("(SELECT * FROM $rows SPLIT a)", "SPLIT"),
    ("(SELECT * FROM event SPLIT a, b)", "SPLIT"),
    ("$a CONTAINSALL $b", "each element with each"),
    ("$a.diff($b)", "value::diff"),
    ("$a.*.to_array()", "array of each element"),
    ("a.b.to_set()", "array of each element"),
    ("time::now(1)", "time::now"),
];

/// Statements of the top level. The parser takes them nowhere else.
#[rustfmt::skip]
const TOP_LEVEL: &[&str] = &[
    "BEGIN", "CANCEL", "COMMIT", "USE NS n", "USE DB d", "OPTION IMPORT", "LIVE SELECT * FROM person",
    "KILL u'00000000-0000-0000-0000-000000000000'", "SHOW CHANGES FOR TABLE person SINCE 1", "ACCESS a SHOW ALL",
];

/// Where a statement in parentheses can stand.
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "@", "RETURN @", "{ @; RETURN 1; }", "RETURN { RETURN 1; @ }", "|$x| @", "RETURN [1].map(|$x| { @ })",
    "RETURN [1, @]", "RETURN { a: 1, b: @ }", "RETURN <set>{ 1, @ }", "IF true { @ }", "IF @ { 1 } ELSE { 2 }",
    "IF true { 1 } ELSE { @ }", "RETURN a[WHERE @]", "RETURN a[@]", "RETURN a.b[WHERE c[WHERE @]]",
    "RETURN a.{ b: c[WHERE @] }", "RETURN a.{ b.{ c: d[@] } }", "SELECT @ AS a FROM t", "SELECT VALUE @ FROM t",
    "SELECT * OMIT a[@] FROM t", "SELECT * FROM @", "SELECT * FROM t, @", "SELECT * FROM t WHERE @",
    "SELECT * FROM t LIMIT @", "SELECT * FROM t START @", "SELECT * FROM t TIMEOUT @",
    "SELECT * FROM t WHERE a = 1 AND (b = 2 OR NOT @)", "SELECT ->(SELECT @ AS a FROM e) FROM t",
    "RETURN t:1->(e WHERE @)", "RETURN t:1->(e:[@]..[9])", "RETURN t:[1, @]", "RETURN t:{ a: @ }",
    "RETURN t:[@]..=[9]", "RETURN t:[1]..[@]", "RETURN @..9", "RETURN 1..=@", "RETURN <string> @", "RETURN -@",
    "RETURN 1 + @", "RETURN @ ?? 1", "RETURN @ CONTAINS 1", "RETURN array::len([@])", "RETURN count(@)",
    "RETURN @.len()", "RETURN 'a'.replace('b', @)", "RETURN (|$x| $x)(@)", "LET $a = @", "THROW @",
    "FOR $i IN @ { RETURN 1; }", "FOR $i IN 1..2 { @ }", "EXPLAIN SELECT @ AS a FROM t", "INFO FOR TABLE @",
    "RETURN a.{1..2+shortest=t:[@]}", "RETURN a.map(|$x: int| -> int { RETURN $x + @; })",
    "SELECT * FROM t ORDER BY a LIMIT 1 + @",
];

#[test]
fn refuses_each_statement_in_each_place() {
    assert!(REFUSED.len() + TOP_LEVEL.len() >= 60);
    for (statement, reason) in REFUSED {
        for place in PLACES {
            // In parentheses it can stand anywhere, and some places take nothing else.
            let text = format!("RETURN 1;; RETURN 2; {}", place.replace('@', &format!("({statement})")));
            let error = error(&text);
            assert!(error.starts_with("surql: statement 3 "), "{text}\n{error}");
            let syntax = error.contains("does not parse");
            assert!(!syntax && error.contains(reason), "{text}\n{error}");
        }
    }
}

#[test]
fn refuses_statements_of_the_top_level() {
    for statement in TOP_LEVEL {
        let error = error(&format!("RETURN 1; {statement}"));
        assert!(error.starts_with("surql: statement 2 ") && !error.contains("does not parse"), "{error}");
        for place in PLACES {
            // Elsewhere such a word is a name, or does not parse.
            let inside = parse(&place.replace('@', &format!("({statement})")), 0);
            assert!(inside.is_err() || !statement.contains(' '), "{statement} in {place}");
        }
    }
}

#[test]
fn allows_each_place_by_itself() {
    for place in PLACES {
        tree(&place.replace('@', "(1)"));
    }
}
