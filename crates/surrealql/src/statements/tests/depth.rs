//! Texts that are deep: an answer soon, and no overflow of the stack.

use super::parses_soon;

/// How a node opens, what is innermost, and how it closes.
#[rustfmt::skip]
const NODES: &[(&str, &str, &str)] = &[
    ("(", "1", ")"), ("[", "1", "]"), ("{ a: ", "1", "}"), ("{ ", "1", " }"), ("{ ", "1", " , 2 }"),
    ("{ ", "1;", " }"), ("({", "1", "})"), ("([{ a: ", "1", "}])"), ("!", "true", ""), ("- ", "1", ""),
    ("<int> ", "1", ""), ("..", "1", ""), ("1+", "1", ""), ("1**", "1", ""), ("1 ?? ", "1", ""), ("a=", "1", ""),
    ("a.", "b", ""), ("a[", "1", "]"), ("a[WHERE ", "b", "]"), ("->a", "->b", ""), ("a.{ b: a", "", "}"),
    ("a.{ b.", "{ c }", "}"), ("a.b(", "1", ")"), ("array::len(", "1", ")"), ("|$x| ", "1", ""),
    ("(|$x| ", "1", ")(1)"), ("RETURN ", "1", ""), ("THROW ", "1", ""), ("IF ", "1", " { 1 }"),
    ("IF 1 { ", "1", " }"), ("IF 1 { 1 } ELSE ", "{ 1 }", ""), ("EXPLAIN ", "SELECT * FROM a", ""),
    ("LET $a = ", "1", ""), ("FOR $i IN ", "a", " {}"), ("FOR $i IN a { ", "1", " }"), ("(SELECT * FROM ", "a", ")"),
    ("SELECT * FROM ", "a", ""), ("(SELECT ", "a", " FROM b)"), ("a:[", "1", "]"), ("a:{ a: ", "1", " }"),
    ("a->(SELECT * FROM b WHERE ", "1", ")"), ("<array<", "int", ">> 1"), ("function() { {", "", "} }"),
    ("/* ", "", " */"), ("a...", "b", ""), ("$a.b().", "c()", ""), ("1..", "2", ""), ("{1, ", "2", "}"),
    ("INFO FOR TABLE ", "a", ""), ("a.{..}(", ".b", ")"), ("a.@", "", ""), ("1 < ", "2", ""), ("a IN ", "b", ""),
    ("'", "", "'"), ("a?.", "b", ""),
];

#[test]
fn nesting_of_each_kind() {
    for count in [15, 100, 1_000, 100_000] {
        for (open, middle, close) in NODES {
            let text = format!("{}{middle}{}", open.repeat(count), close.repeat(count));
            if text.len() <= 1 << 20 {
                parses_soon(&format!("{count} × {open:?}"), text.clone());
                parses_soon(&format!("{count} × {open:?}, returned"), format!("RETURN {text}"));
            }
        }
    }
}

#[test]
fn kinds_of_nesting_in_turns() {
    let wide = ["!".repeat(100), "1 + ".repeat(100), "<int> ".repeat(100), "1 ** ".repeat(100)];
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{ a: ", "}"), ("{ RETURN ", "}"), ("|$x| ", ""), ("a[WHERE ", "]"), ("a:[", "]")]
    {
        for wide in &wide {
            for count in [1, 5, 10, 17, 30] {
                let open = format!("{wide}{open}");
                let text = format!("RETURN {}1{}", open.repeat(count), close.repeat(count));
                parses_soon(&format!("{count} × {open:?}"), text);
            }
        }
    }
}
