//! Statements from a grammar: a refused node is refused wherever the grammar puts it.

use super::parse;
use crate::statements::{allowed, methods, text};

const STATEMENTS: usize = 10_000;
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// `@` is an expression. All of them may run.
#[rustfmt::skip]
const SHAPES: &[&str] = &[
    "[@, @]", "{ a: @, b: @ }", "{ LET $v = @; RETURN @; }", "(@ + @)", "(@ = @)", "(@ ?? @)", "(@ CONTAINS @)",
    "(!@)", "(<string> @)", "(@..@)", "array::len(@)", "count(@)", "time::format(@, 'x')", "(|$x| @)(@)",
    "a.map(|$x: any| @)", "(@).len()", "(@).replace(@, @)", "(IF @ { @ } ELSE { @ })", "(IF @ THEN @ ELSE @ END)",
    "(SELECT @ AS a, @ AS b FROM t WHERE @ ORDER BY a LIMIT 3 START 1 TIMEOUT 1s)",
    "(SELECT VALUE @ FROM [@] WHERE @)", "(SELECT *, @ AS a OMIT b FROM ONLY t:1 LIMIT @ FETCH c)",
    "(SELECT a FROM t GROUP BY a)", "a[WHERE @]", "a.b[@]", "a.{ b: c[WHERE @], d.{ e: f[@] } }",
    "(t:1->(SELECT @ AS a FROM e WHERE @ LIMIT @))", "(t:1<-(e:[@]..=[@] WHERE @))", "a.{1..2+shortest=t:[@]}",
    "a.{..2}(.b[WHERE @])", "t:[@, @]", "t:{ a: @ }", "t:[@]..[@]", "(RETURN @)", "(THROW @)", "(LET $a = @)",
    "(FOR $i IN @ { @; @ })", "(EXPLAIN SELECT @ AS a FROM t)", "(EXPLAIN FORMAT JSON SELECT * FROM t WHERE @)",
    "(INFO FOR TABLE t)", "(@).{ a: b.any(@) }", "[@][0].c.?.d", "(SELECT * FROM t SPLIT a)", "{ RETURN 1; @; @ }",
];

#[rustfmt::skip]
const LEAVES: &[&str] = &[
    "1", "'x'", "$p", "a.b", "NONE", "t:1", "d'2024-01-01T00:00:00Z'", "/x/", "math::PI", "time::now()",
    "time::day()", "rand::ulid()", "time::year()", "1s", "|t:3|", "[..]", "a.first()",
];

#[rustfmt::skip]
const REFUSED: &[&str] = &[
    "sleep(1s)", "(SLEEP 1s)", "http::get('x')", "(CREATE t)", "(DELETE t)", "(DEFINE TABLE t)", "eval::surql('x')",
    "fn::f()", "$f(1)", "a.put('x')", "crypto::bcrypt::generate('x')",
    "(SELECT * FROM t VERSION d'2024-01-01T00:00:00Z')", "type::field('a')", "t:ulid()", "f'b:/a'", "|t:100000|",
    "a.custom()", "function() { return 1; }", "array::repeat(1, 1)", "(INFO FOR ROOT)", "(UPDATE t SET a = 1)",
];

/// A xorshift generator, so that each run has the same statements.
pub struct Random(u64);

impl Random {
    pub const fn new() -> Self {
        Self(SEED)
    }

    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    pub fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(6) == 0 {
            return if self.below(3) == 0 { "$p" } else { self.pick(LEAVES) }.to_owned();
        }
        let mut pieces = self.pick(SHAPES).split('@');
        let mut text = pieces.next().unwrap().to_owned();
        for piece in pieces {
            text += &self.expression(depth - 1);
            text += piece;
        }
        text
    }
}

/// The names that stand between `before` and a quotation mark.
fn names<'t>(tree: &'t str, before: &'t str) -> impl Iterator<Item = &'t str> {
    tree.split(before).skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
}

/// What the tree holds that must not run, by its text only.
fn must_not_run(tree: &str) -> bool {
    let functions = names(tree, "receiver: Normal(\"").any(|name| !allowed::FUNCTIONS.contains(&name));
    let called =
        names(tree, "Method(\"").chain(names(tree, "MethodCall(\"")).any(|name| !methods::ALLOWED.contains(&name));
    let nodes = [
        "Sleep(SleepStatement",
        "Create(CreateStatement",
        "Delete(DeleteStatement",
        "Update(UpdateStatement",
        "Define(",
        "Custom(",
        "Script(",
        "File(File",
        "op: Call(",
        "Generate(Ulid",
        "Count(TableName(\"t\"), 100000)",
        "version: Literal(Datetime",
        "Info(Root",
    ];
    let calls_in_place = tree.matches("op: Call(").count() == tree.matches("Postfix { expr: Closure(").count();
    functions || called || nodes.iter().any(|node| tree.contains(node) && !(*node == "op: Call(" && calls_in_place))
}

#[test]
fn refuses_exactly_what_the_tree_shows() {
    println!("seed {SEED:#x}");
    let mut random = Random::new();
    let (mut ran, mut refused, mut broken) = (0, 0, 0);
    for index in 0..STATEMENTS {
        let mut statement = format!("RETURN {}", random.expression(4));
        if index % 2 == 0 {
            // One refused node, in place of one leaf.
            let places: Vec<usize> = statement.match_indices("$p").map(|(at, _)| at).collect();
            if let Some(&at) = places.get(random.below(places.len().max(1))) {
                statement.replace_range(at..at + 2, random.pick(REFUSED));
            }
        }
        let Ok(before) = text::parse(&statement) else {
            broken += 1;
            continue;
        };
        let before = format!("{before:?}");
        match parse(&statement, 0) {
            Ok(parsed) => {
                assert!(!must_not_run(&before), "it may run: {statement}");
                let after = format!("{:?}", parsed.ast);
                assert!(!after.contains("Normal(\"time::now"), "{statement}");
                assert!(!after.contains("Normal(\"time::day\"), arguments: []"), "{statement}");
                ran += 1;
            }
            Err(error) => {
                assert!(must_not_run(&before), "it is refused: {statement}\n{error}");
                refused += 1;
            }
        }
    }
    println!("{ran} may run, {refused} are refused, {broken} do not parse");
    assert!(ran > STATEMENTS / 3 && refused > STATEMENTS / 10 && broken < STATEMENTS / 10);
}
