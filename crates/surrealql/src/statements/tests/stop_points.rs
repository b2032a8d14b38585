//! Where stop points are inserted, and what is refused because none can be.

use std::collections::HashSet;

use super::{error, parse, tree};

const STOP_POINT: &str = "Binary { left: Idiom(Idiom([Start(Literal(RecordId(RecordIdLit { table: TableName(\"kv\"), \
                          key: String(\"the query\") }))), All])), op: Or, right: ";

fn stop_points(text: &str) -> usize {
    tree(text).matches(STOP_POINT).count()
}

#[test]
fn each_closure_gets_a_stop_point() {
    let tree = tree("RETURN a.map(|$x| b.any(|$y| $y)); LET $f = |$x| { RETURN $x; }; RETURN (|$x| $x)(1)");
    assert_eq!(tree.matches("body: IfElse(IfelseStatement { exprs: [(Literal(Bool(true)), ").count(), 4);
    assert_eq!(tree.matches("Closure(Closure").count(), 4);
}

#[test]
fn an_expression_that_may_take_long_gets_a_stop_point() {
    for text in [
        "RETURN a[WHERE array::len(<array>0..1000) > 1]",
        "RETURN a[WHERE $big]",
        "SELECT array::len(array::range(0, 1000)) FROM event",
        "SELECT * FROM event WHERE $big CONTAINS run_id",
        "SELECT (SELECT VALUE $this FROM $big) AS a FROM event",
        "RETURN [$big, $big, $big, $big]",
        "RETURN a.{ b: c[WHERE $big] }",
        "SELECT $big FROM event",
        "RETURN a.fold([], |$a, $x| [$a, $a])",
        "RETURN a.map(|$x| $big)",
        "RETURN a.map(|$x| b[WHERE $x])",
    ] {
        assert!(stop_points(text) > 0, "{text}");
    }
}

#[test]
fn each_field_of_the_rows_gets_its_own_stop_point() {
    assert_eq!(stop_points("SELECT $big, a, $big AS b FROM event WHERE $big"), 3);
    assert_eq!(stop_points("SELECT a, b, c, d, e, f, g FROM $rows"), 2);
}

#[test]
fn ordinary_statements_stay_as_they_are() {
    for text in [
        "SELECT * FROM event WHERE run_id = 'a' AND event_type IN ['A', 'B'] ORDER BY id DESC LIMIT 10",
        "SELECT event_type, count() FROM event GROUP BY event_type",
        "SELECT run.job_name AS job, asset_key, string::lowercase(event_type), tags.len() FROM event:['r']..=['s']",
        "SELECT pool, math::sum(slots), time::max(at) FROM slot GROUP BY pool",
        "RETURN a[WHERE b > 1 AND c = 'd'].len()",
        "LET $a = (SELECT VALUE id FROM run); RETURN $a.len(); RETURN $a[0]",
        "RETURN a.map(|$x| $x + 1).fold(0, |$a, $x| $a + $x)",
        "IF $a { SELECT * FROM run } ELSE { RETURN 1 }",
    ] {
        assert_eq!(stop_points(text), 0, "{text}");
    }
    let small = HashSet::from(["type".to_owned()]);
    let text = "SELECT event_type, run.job_name FROM event WHERE event_type = $type AND run_id IN [$type]";
    let parsed = super::super::parse(text, 0, small).unwrap();
    assert!(!format!("{:?}", parsed.ast).contains(STOP_POINT));
    assert!(parse(text, 0).is_ok_and(|parsed| format!("{:?}", parsed.ast).contains(STOP_POINT)));
}

#[test]
fn a_filter_in_a_filter_takes_fields_of_the_element() {
    for text in [
        "a[WHERE b[WHERE c]]",
        "a[WHERE b.c[WHERE d].len() > 1]",
        "a[WHERE b].c[WHERE d]",
        "[$a[WHERE b], $c[WHERE d]]",
    ] {
        tree(&format!("RETURN {text}"));
    }
    for text in ["a[WHERE $b[WHERE c]]", "a[WHERE $parent.b[WHERE c]]", "a[WHERE b[WHERE (1..9).to_array()[WHERE c]]]"]
    {
        assert!(error(&format!("RETURN {text}")).contains("no field of the element"), "{text}");
    }
}

#[test]
fn one_side_of_a_product_is_small() {
    for text in ["a CONTAINSANY ['x', 'y']", "['x'] ALLINSIDE $b", "a CONTAINSALL 'x'", "(1..5) NONEINSIDE [1, 2]"] {
        tree(&format!("RETURN {text}"));
    }
    for text in ["a CONTAINSANY b", "$a CONTAINSALL $b", "(<array>0..9) ANYINSIDE $b"] {
        assert!(error(&format!("RETURN {text}")).contains("each element with each"), "{text}");
    }
}

#[test]
fn fields_of_a_value_keep_their_names() {
    let shown = tree("SELECT a, a.b, b, c.d, e FROM $rows");
    assert!(shown.contains("alias: Some(Idiom([Field(\"c\"), Field(\"d\")]))"), "{shown}");
}

#[test]
fn a_text_of_any_length_is_bounded_before_it_is_split() {
    for text in ["RETURN $a.split(',')", "RETURN string::words($a + $a)", "SELECT a.words() FROM $b"] {
        assert!(tree(text).contains("repeat"), "{text}");
    }
    for text in ["SELECT asset_key.split('/'), string::words(asset_key) FROM event", "RETURN 'a b'.lowercase()"] {
        assert!(!tree(text).contains("repeat"), "{text}");
    }
}
