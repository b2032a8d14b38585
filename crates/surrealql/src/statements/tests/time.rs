//! The store's time in place of the clock.

use super::{error, parse, tree};

#[test]
fn now_is_the_time_of_the_store() {
    let parsed = parse("RETURN time::now()", 1_700_000_000_123_456).unwrap();
    assert!(format!("{:?}", parsed.ast).contains("Literal(Datetime(2023-11-14T22:13:20.123456Z))"));
    let before_1970 = parse("RETURN time::now()", -1).unwrap();
    assert!(format!("{:?}", before_1970.ast).contains("1969-12-31T23:59:59.999999Z"));
    assert!(parse("RETURN 1", i64::MAX).is_err());
}

#[test]
fn no_function_reads_the_clock_at_any_depth() {
    for call in [
        "time::now()",
        "TIME::Now()",
        "time::day()",
        "time::hour()",
        "time::is_leap_year()",
        "time::micros()",
        "time::millis()",
        "time::minute()",
        "time::month()",
        "time::nano()",
        "time::second()",
        "time::unix()",
        "time::wday()",
        "time::week()",
        "time::yday()",
        "time::year()",
        "rand::ulid()",
        "rand::uuid()",
        "rand::uuid::v7()",
    ] {
        for place in [
            "RETURN @",
            "RETURN |$x| { RETURN [@]; }",
            "SELECT @ AS a, { b: @ } FROM t WHERE c < @ LIMIT @ TIMEOUT 1s",
            "RETURN (SELECT VALUE @ FROM t:[@]..[@])",
            "RETURN a.b[WHERE c < @].{ d: e[@] }",
            "RETURN t:{ a: [@] }->(e WHERE b < @)",
            "FOR $i IN [@] { IF @ > 1 { RETURN @ } ELSE { THROW @ } }",
            "LET $a = a.map(|$x| $x < @)",
            "RETURN @.format('%Y')",
        ] {
            let tree = tree(&place.replace('@', call));
            assert!(!tree.contains("Normal(\"time::now"), "{call} in {place}: {tree}");
            assert!(!tree.contains("arguments: []"), "{call} in {place}: {tree}");
        }
    }
}

#[test]
fn an_argument_stays() {
    assert!(tree("RETURN time::day(a)").contains("arguments: [Idiom(Idiom([Field(\"a\")]))]"));
    assert!(error("RETURN time::now(1)").contains("with an argument"));
}

#[test]
fn constants_and_random_values_stay() {
    let tree = tree("RETURN [time::EPOCH, rand::uuid::v4(), rand::time(), t:rand()]");
    assert!(tree.contains("TimeEpoch") && tree.contains("rand::uuid::v4") && tree.contains("rand::time"));
}

#[test]
fn a_field_keeps_its_name() {
    let alias = |text: &str| tree(text).split("alias: ").nth(1).unwrap().split(" }").next().unwrap().to_owned();
    assert_eq!(alias("SELECT time::now() FROM t"), "Some(Idiom([Field(\"time::now\")]))");
    assert_eq!(alias("SELECT time::now() - 1d FROM t"), "Some(Idiom([Field(\"time::now() - 1d\")]))");
    assert_eq!(alias("SELECT [a.map(|$x| $x)] FROM t"), "Some(Idiom([Field(\"[a.map(|$x: any| $x)]\")]))");
    assert_eq!(alias("SELECT time::now() AS b FROM t"), "Some(Idiom([Field(\"b\")]))");
    for same in [
        "SELECT a FROM t",
        "SELECT time::day() FROM t",
        "SELECT a.map(|$x| $x) FROM t",
        "SELECT a[WHERE b.len()].c FROM t",
    ] {
        assert_eq!(alias(same), "None", "{same}");
    }
}
