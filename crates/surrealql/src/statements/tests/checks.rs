//! Where the executor is made to look at the timeout.

use super::{error, tree};

const CLOSURE: &str = "IfElse(IfelseStatement { exprs: [(Literal(Bool(true)), ";

#[test]
fn each_call_of_a_closure_is_checked() {
    let tree = tree("RETURN a.map(|$x| b.any(|$y| $y)); LET $f = |$x| { RETURN $x; }; RETURN (|$x| $x)(1)");
    assert_eq!(tree.matches(&format!("body: {CLOSURE}")).count(), 4);
    assert_eq!(tree.matches("Closure(Closure").count(), 4);
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
