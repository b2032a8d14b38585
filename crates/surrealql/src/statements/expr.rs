//! Expressions, and the statements that are expressions.

use surrealdb_sql::statements::{ForeachStatement, IfelseStatement, InfoStatement, OutputStatement};
use surrealdb_sql::{Block, Closure, Expr, PostfixOperator, PrefixOperator};

use super::walk::{Verdict, Walk, refuse};
use super::{bounds, calls, stop_points};

impl Walk {
    pub fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e mut Expr>) -> Verdict {
        exprs.into_iter().try_for_each(|expr| self.expr(expr))
    }

    /// An expression that gets a stop point where one is due.
    pub fn expr(&self, expr: &mut Expr) -> Verdict {
        if calls::is_now(expr)? {
            *expr = self.now();
            return Ok(());
        }
        self.node(expr)?;
        self.stop_points.before(expr);
        Ok(())
    }

    /// An expression whose shape decides the plan or the name. Only its parts get stop points.
    pub fn expr_in_place(&self, expr: &mut Expr) -> Verdict {
        if calls::is_now(expr)? {
            *expr = self.now();
            return Ok(());
        }
        self.node(expr)?;
        self.stop_points.pass(expr);
        Ok(())
    }

    /// A statement. It has no cost of its own.
    pub fn statement_expr(&self, expr: &mut Expr) -> Verdict {
        if calls::is_now(expr)? {
            *expr = self.now();
            return Ok(());
        }
        self.node(expr)
    }

    fn node(&self, expr: &mut Expr) -> Verdict {
        match expr {
            Expr::Param(_) | Expr::Table(_) | Expr::Constant(_) | Expr::Break | Expr::Continue => Ok(()),
            Expr::Literal(literal) => self.literal(literal),
            Expr::Idiom(idiom) => self.idiom(idiom),
            Expr::Mock(mock) => bounds::mock(mock),
            Expr::Block(block) => self.block(block),
            Expr::Prefix { op, expr } => match op {
                PrefixOperator::Not
                | PrefixOperator::Positive
                | PrefixOperator::Negate
                | PrefixOperator::Range
                | PrefixOperator::RangeInclusive
                | PrefixOperator::Cast(_) => self.expr(expr),
            },
            Expr::Postfix { expr, op } => self.postfix(expr, op),
            Expr::Binary { left, op, right } => {
                if bounds::is_product(op) && !self.stop_points.is_small(left) && !self.stop_points.is_small(right) {
                    return refuse(
                        "compares each element with each: one side has to be a short literal or a small variable",
                    );
                }
                self.expr(left)?;
                self.expr(right)
            }
            Expr::FunctionCall(call) => self.call(call),
            Expr::Closure(closure) => self.closure(closure),
            Expr::Throw(thrown) => self.expr(thrown),
            Expr::Return(output) => self.output(output),
            Expr::IfElse(statement) => self.if_else(statement),
            Expr::Select(select) => self.select(select),
            Expr::Info(info) => self.info(info),
            Expr::Foreach(statement) => self.foreach(statement),
            Expr::Let(statement) => {
                self.stop_points.assigned(statement.name.as_str());
                self.expr(&mut statement.what)
            }
            Expr::Explain { format: _, analyze: _, statement } => self.statement_expr(statement),
            Expr::Sleep(_) => refuse("sleeps: SLEEP"),
            Expr::Create(_) => refuse("writes: CREATE"),
            Expr::Update(_) => refuse("writes: UPDATE"),
            Expr::Delete(_) => refuse("writes: DELETE"),
            Expr::Relate(_) => refuse("writes: RELATE"),
            Expr::Insert(_) => refuse("writes: INSERT"),
            Expr::Upsert(_) => refuse("writes: UPSERT"),
            Expr::Define(_) => refuse("defines: DEFINE"),
            Expr::Remove(_) => refuse("defines: REMOVE"),
            Expr::Rebuild(_) => refuse("defines: REBUILD"),
            Expr::Alter(_) => refuse("defines: ALTER"),
        }
    }

    fn block(&self, Block(statements): &mut Block) -> Verdict {
        statements.iter_mut().try_for_each(|statement| self.statement_expr(statement))
    }

    fn postfix(&self, expr: &mut Expr, op: &mut PostfixOperator) -> Verdict {
        match op {
            PostfixOperator::Range | PostfixOperator::RangeSkip => {}
            PostfixOperator::MethodCall(name, arguments) => {
                self.method(name, arguments)?;
                self.expr(expr)?;
                if matches!(name.as_str(), "split" | "words") && self.stop_points.may_be_long(expr) {
                    bounds::limit_text(expr);
                }
                return Ok(());
            }
            PostfixOperator::Call(arguments) => {
                // The walk cannot see the body of any other value.
                if !matches!(expr, Expr::Closure(_)) {
                    return refuse("calls a closure that is not written where it is called");
                }
                self.exprs(arguments)?;
                return self.statement_expr(expr);
            }
        }
        self.expr(expr)
    }

    fn closure(&self, Closure { args, returns: _, body }: &mut Closure) -> Verdict {
        let names: Vec<String> = args.iter().map(|(name, _)| name.as_str().to_owned()).collect();
        self.stop_points.for_each_iteration(&names, || self.expr(body))?;
        stop_points::insert_in_closure(body);
        Ok(())
    }

    fn output(&self, OutputStatement { what, fetch }: &mut OutputStatement) -> Verdict {
        self.expr(what)?;
        self.fetch(fetch)
    }

    fn if_else(&self, IfelseStatement { exprs, close }: &mut IfelseStatement) -> Verdict {
        for (condition, then) in exprs {
            self.expr(condition)?;
            self.statement_expr(then)?;
        }
        close.iter_mut().try_for_each(|close| self.statement_expr(close))
    }

    fn foreach(&self, ForeachStatement { param, range, block }: &mut ForeachStatement) -> Verdict {
        self.expr(range)?;
        self.stop_points.for_each_iteration(&[param.as_str().to_owned()], || self.block(block))
    }

    fn info(&self, info: &mut InfoStatement) -> Verdict {
        match info {
            InfoStatement::Root(..) => refuse("asks for more than the database: INFO FOR ROOT"),
            InfoStatement::Ns(..) => refuse("asks for more than the database: INFO FOR NAMESPACE"),
            InfoStatement::User(..) => refuse("asks for more than the database: INFO FOR USER"),
            InfoStatement::Db(_, Some(_)) | InfoStatement::Tb(_, _, Some(_)) => refuse("reads another time: VERSION"),
            InfoStatement::Db(_, None) => Ok(()),
            InfoStatement::Tb(table, _, None) => self.expr(table),
            InfoStatement::Index(index, table, _) => self.exprs([index, table]),
        }
    }
}
