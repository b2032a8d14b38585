//! Where the executor is made to look at the timeout.

use super::tree;

const CLOSURE: &str = "IfElse(IfelseStatement { exprs: [(Literal(Bool(true)), ";
const FILTER: &str = "Where(IfElse(IfelseStatement { exprs: [(Foreach(ForeachStatement { param: Param(\"_\")";

#[test]
fn each_call_of_a_closure_is_checked() {
    let tree = tree("RETURN a.map(|$x| b.any(|$y| $y)); LET $f = |$x| { RETURN $x; }; RETURN (|$x| $x)(1)");
    assert_eq!(tree.matches(&format!("body: {CLOSURE}")).count(), 4);
    assert_eq!(tree.matches("Closure(Closure").count(), 4);
}

#[test]
fn a_filter_that_calls_or_filters_is_checked() {
    for costly in
        ["a[WHERE array::len(b) > 1]", "a[WHERE b.len() > 1]", "a[WHERE b[WHERE c = 1]]", "a[WHERE x AND time::day()]"]
    {
        assert_eq!(tree(&format!("RETURN {costly}")).matches(FILTER).count(), 1, "{costly}");
    }
    for cheap in ["a[WHERE b = 1 AND c < $d]", "a[WHERE $this]", "array::len(a[WHERE b])"] {
        assert_eq!(tree(&format!("RETURN {cheap}")).matches(FILTER).count(), 0, "{cheap}");
    }
    let nested = "RETURN a[WHERE b[WHERE c.len()]]; RETURN [a[WHERE b], a[WHERE c.len()]]";
    assert_eq!(tree(nested).matches(FILTER).count(), 3);
}
