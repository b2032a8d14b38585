//! Stop points: points at which a query can be ended.
//!
//! SurrealDB checks whether a query has ended between statements and batches of rows, but not within a batch, a path, a
//! filter or a call of a closure: `array::map` in `array::map` would go on for hours. It reads the store, however, wherever
//! an expression asks it to, and a read pends for ever once the query has to end. So an expression that may take long
//! becomes ``kv:`the query`.* OR expression``, which has the same value: there is no such record. It is `.*` and not a
//! field, because the planner would read a field once for all rows. A closure becomes a branch, because a read costs more
//! there.
//!
//! A server executes the same text. There a stop point ends nothing by itself, but it is where the server lets other work
//! run, and drops a statement whose time is over.
//!
//! The cost of an expression is estimated from its syntax. A simple one, such as the comparison of a field, stays as it is:
//! the plans of ordinary queries do not change.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use surrealdb_sql::statements::IfelseStatement;
use surrealdb_sql::{
    BinaryOperator, Expr, Function, FunctionCall, Idiom, Kind, Literal, Part, PostfixOperator, PrefixOperator,
    RecordIdKeyLit, RecordIdLit, SelectStatement, TableName,
};

/// The table of a stop point.
const TABLE: &str = "kv";
/// The id of a stop point. The ids of rows are arrays.
const ID: &str = "the query";

/// What may be evaluated once between two stop points. A unit is a field, or an operator on two of them.
const STRETCH: u32 = 64;
/// What may be evaluated for each row of a table. The executor checks for the end after every 1,000 rows.
const PER_ROW: u32 = WHOLE_VALUE - 1;
/// What may be evaluated for each element of an array, which may have a million.
const PER_ELEMENT: u32 = 8;
/// How many fields of the rows of a value may be evaluated between two stop points.
const FIELDS_OF_A_VALUE: usize = 3;
/// A copy of a value of any size, or a loop over its elements.
const WHOLE_VALUE: u32 = STRETCH / 2;
/// A copy of what a closure has made so far, such as the first argument in `array::fold`. Two copies double it.
const ACCUMULATOR: u32 = WHOLE_VALUE - PER_ELEMENT;
/// What a closure or a loop may evaluate in an iteration. SurrealDB yields before each iteration, where the query can be
/// ended.
const PER_ITERATION: u32 = WHOLE_VALUE - 1;

/// The elements of an array that may be compared with each of a million.
const FEW: usize = 32;

pub struct StopPoints {
    /// What may be evaluated before the next stop point.
    left: Cell<u32>,
    /// Variables whose values are small.
    small: RefCell<HashSet<String>>,
    /// The variables with the elements of the innermost loop. Their copies together are as large as the whole.
    elements: RefCell<Vec<String>>,
    /// The first argument of the innermost closure, if it has several.
    accumulator: RefCell<Option<String>>,
    /// Whether a field here is a field of a stored row.
    stored: Cell<bool>,
    /// How many fields and conditions of the innermost SELECT came before.
    fields: Cell<usize>,
    /// Whether a subquery of tables gets a stop point, too.
    before_subqueries: bool,
}

impl StopPoints {
    /// Where each read of the store can end the query. `small` are the variables with small values.
    pub fn new(small: HashSet<String>) -> Self {
        let small = RefCell::new(small);
        Self {
            left: Cell::new(STRETCH),
            small,
            elements: RefCell::default(),
            accumulator: RefCell::default(),
            stored: Cell::new(false),
            fields: Cell::new(0),
            before_subqueries: false,
        }
    }

    /// On a server a scan that finds nothing goes on to the end of the table, so that only a stop point ends a query between
    /// two scans.
    pub fn on_server(small: HashSet<String>) -> Self {
        Self { before_subqueries: true, ..Self::new(small) }
    }

    /// SurrealDB checks for the end before each statement.
    pub fn begin_statement(&self) {
        self.left.set(STRETCH);
    }

    /// From here on `$name` is another value.
    pub fn assigned(&self, name: &str) {
        self.small.borrow_mut().remove(name);
        self.elements.borrow_mut().retain(|element| element != name);
        self.accumulator.borrow_mut().take_if(|accumulator| accumulator == name);
    }

    /// Whether the value is small: a small variable, or a literal with at most `FEW` elements.
    pub fn is_small(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Param(param) => self.small.borrow().contains(param.as_str()),
            Expr::Literal(Literal::Array(elements) | Literal::Set(elements)) => elements.len() <= FEW,
            Expr::Literal(_) => true,
            _ => false,
        }
    }

    /// Inserts a stop point before the expression if one is due.
    pub fn before(&self, expr: &mut Expr) {
        if self.spend(self.cost(expr)) {
            insert_before(expr);
        }
    }

    /// Counts an expression that has to stay as it is.
    pub fn pass(&self, expr: &Expr) {
        let cost = self.cost(expr);
        self.left.set(self.left.get().saturating_sub(cost));
    }

    /// Walks over what is evaluated for each element of an array.
    pub fn for_each_element<T>(&self, walk: impl FnOnce() -> T) -> T {
        self.with(PER_ELEMENT, false, walk)
    }

    /// Walks over what is evaluated for each row.
    pub fn for_each_row<T>(&self, sources: &[Expr], walk: impl FnOnce() -> T) -> T {
        let stored = sources.iter().all(is_of_tables);
        self.with(if stored { PER_ROW } else { PER_ELEMENT }, stored, walk)
    }

    /// The next field or condition. It is evaluated for all rows of a batch before the one after it, and all rows of a value
    /// are one batch.
    pub fn next_field(&self) {
        let field = self.fields.get();
        self.fields.set(field + 1);
        self.left.set(match (self.stored.get(), field % FIELDS_OF_A_VALUE) {
            (true, _) => PER_ROW,
            (false, 0) if field > 0 => 0,
            (false, _) => PER_ELEMENT,
        });
    }

    /// Whether a field here is a field of a value, not of a stored row.
    pub const fn is_of_a_value(&self) -> bool {
        !self.stored.get()
    }

    /// Whether a text that is made while the query runs may be of any length.
    pub fn may_be_long(&self, text: &Expr) -> bool {
        match text {
            Expr::Idiom(Idiom(parts)) => !self.stored.get() || !matches!(parts.first(), Some(Part::Field(_))),
            Expr::Literal(_) => false,
            Expr::Param(param) => !self.small.borrow().contains(param.as_str()),
            _ => true,
        }
    }

    /// Walks over what is evaluated in each iteration of a closure or a loop, which sets the variables.
    pub fn for_each_iteration<T>(&self, names: &[String], walk: impl FnOnce() -> T) -> T {
        for name in names {
            self.assigned(name);
        }
        self.with(PER_ITERATION, false, || {
            match names {
                [accumulator, elements @ ..] if !elements.is_empty() => {
                    self.accumulator.replace(Some(accumulator.clone()));
                    self.elements.replace(elements.to_vec());
                }
                elements => drop(self.elements.replace(elements.to_vec())),
            }
            walk()
        })
    }

    fn with<T>(&self, left: u32, stored: bool, walk: impl FnOnce() -> T) -> T {
        let (left, stored, fields) = (self.left.replace(left), self.stored.replace(stored), self.fields.take());
        let (elements, accumulator) = (self.elements.take(), self.accumulator.take());
        let result = walk();
        self.left.set(left);
        self.stored.set(stored);
        self.fields.set(fields);
        self.elements.replace(elements);
        self.accumulator.replace(accumulator);
        result
    }

    /// Whether a stop point is due before an expression of this cost.
    fn spend(&self, cost: u32) -> bool {
        match self.left.get().checked_sub(cost) {
            Some(left) => {
                self.left.set(left);
                false
            }
            None => {
                self.left.set(STRETCH.saturating_sub(cost));
                true
            }
        }
    }

    /// The cost of this node alone: the walk counts its parts when it visits them.
    fn cost(&self, expr: &Expr) -> u32 {
        match expr {
            Expr::Param(param) => match param.as_str() {
                "this" => 1,
                name if self.small.borrow().contains(name) => 1,
                name if self.elements.borrow().iter().any(|element| element == name) => 1,
                name if self.accumulator.borrow().as_deref() == Some(name) => ACCUMULATOR,
                _ => WHOLE_VALUE,
            },
            Expr::Idiom(Idiom(parts)) => parts.iter().map(part).sum(),
            Expr::Prefix { op: PrefixOperator::Cast(kind), .. } if !is_scalar(kind) => STRETCH + 1,
            Expr::Binary { op, .. } => operator(op),
            Expr::FunctionCall(call) => function(call),
            Expr::Postfix { op: PostfixOperator::MethodCall(name, _), .. } => method(name),
            Expr::Select(_) if self.before_subqueries => STRETCH + 1,
            Expr::Select(select) => subquery(select),
            Expr::Mock(_)
            | Expr::Block(_)
            | Expr::IfElse(_)
            | Expr::Foreach(_)
            | Expr::Info(_)
            | Expr::Explain { .. } => STRETCH + 1,
            Expr::Literal(_)
            | Expr::Table(_)
            | Expr::Constant(_)
            | Expr::Break
            | Expr::Continue
            | Expr::Throw(_)
            | Expr::Return(_)
            | Expr::Let(_) => 0,
            _ => 1,
        }
    }
}

/// Whether a read is a stop point: it must not reach the store.
pub fn is_stop_point(key: &[u8]) -> bool {
    key.strip_suffix(b"\0").is_some_and(|key| key.ends_with(ID.as_bytes()))
}

/// Keeps the value, with a stop point before it is evaluated.
fn insert_before(expr: &mut Expr) {
    let id = RecordIdLit { table: TableName::new(TABLE), key: RecordIdKeyLit::String(ID.into()) };
    let read = Idiom(vec![Part::Start(Expr::Literal(Literal::RecordId(id))), Part::All]);
    let (left, right) = (Expr::Idiom(read), std::mem::replace(expr, Expr::Break));
    *expr = Expr::Binary { left: Box::new(left), op: BinaryOperator::Or, right: Box::new(right) };
}

/// Keeps the value. Closures run in SurrealDB's tree walker, where a branch is the cheapest expression that yields.
pub fn insert_in_closure(body: &mut Expr) {
    let inner = std::mem::replace(body, Expr::Break);
    let exprs = vec![(Expr::Literal(Literal::Bool(true)), inner)];
    *body = Expr::IfElse(Box::new(IfelseStatement { exprs, close: None }));
}

fn part(part: &Part) -> u32 {
    match part {
        Part::Where(_) | Part::Graph(_) => WHOLE_VALUE,
        Part::Method(name, _) => method(name.as_str()),
        Part::Recurse(..) => STRETCH + 1,
        _ => 1,
    }
}

const fn operator(op: &BinaryOperator) -> u32 {
    match op {
        BinaryOperator::Power => 4,
        _ => 1,
    }
}

/// The cost of a call. A function that makes a large value of a small one always gets a stop point.
fn function(FunctionCall { receiver, arguments: _ }: &FunctionCall) -> u32 {
    let Function::Normal(name) = receiver else { return 1 };
    match name.as_str() {
        "array::range"
        | "array::sequence"
        | "array::join"
        | "set::join"
        | "string::join"
        | "string::repeat"
        | "string::replace"
        | "rand::string"
        | "rand::id"
        | "rand::enum"
        | "type::array"
        | "type::set"
        | "encoding::cbor::decode"
        | "encoding::json::decode" => STRETCH + 1,
        _ => 2,
    }
}

fn method(name: &str) -> u32 {
    match name {
        "to_array" | "to_set" | "join" | "replace" => STRETCH + 1,
        _ => 2,
    }
}

fn subquery(select: &SelectStatement) -> u32 {
    if select.what.iter().all(is_of_tables) { 2 } else { STRETCH + 1 }
}

/// Whether the rows of this source are read from the store, where each read can end the query.
pub fn is_of_tables(source: &Expr) -> bool {
    match source {
        Expr::Table(_) | Expr::Literal(Literal::RecordId(_)) => true,
        Expr::FunctionCall(call) => {
            matches!(&call.receiver, Function::Normal(name) if matches!(name.as_str(), "type::table" | "type::record"))
        }
        _ => false,
    }
}

const fn is_scalar(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Bytes
            | Kind::Datetime
            | Kind::Decimal
            | Kind::Duration
            | Kind::Float
            | Kind::Int
            | Kind::Number
            | Kind::String
            | Kind::Uuid
    )
}
