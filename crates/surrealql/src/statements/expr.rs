//! Expressions, and the statements that are expressions.

use surrealdb_sql::statements::{ForeachStatement, IfelseStatement, InfoStatement, OutputStatement};
use surrealdb_sql::{Block, Closure, Expr, PostfixOperator, PrefixOperator};

use super::walk::{Checked, Walk, refuse};
use super::{bounds, calls, checks};

impl Walk {
    pub fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e mut Expr>) -> Checked {
        exprs.into_iter().try_for_each(|expr| self.expr(expr))
    }

    pub fn expr(&self, expr: &mut Expr) -> Checked {
        if calls::is_now(expr)? {
            *expr = self.now();
            return Ok(());
        }
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
            Expr::Binary { left, op: _, right } => {
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
            Expr::Let(statement) => self.expr(&mut statement.what),
            Expr::Explain { format: _, analyze: _, statement } => self.expr(statement),
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

    fn block(&self, Block(statements): &mut Block) -> Checked {
        self.exprs(statements)
    }

    fn postfix(&self, expr: &mut Expr, op: &mut PostfixOperator) -> Checked {
        match op {
            PostfixOperator::Range | PostfixOperator::RangeSkip => {}
            PostfixOperator::MethodCall(name, arguments) => {
                self.method(name, arguments)?;
            }
            PostfixOperator::Call(arguments) => {
                // The body of any other value is not in sight.
                if !matches!(expr, Expr::Closure(_)) {
                    return refuse("calls a value that is no closure in place");
                }
                self.exprs(arguments)?;
            }
        }
        self.expr(expr)
    }

    fn closure(&self, Closure { args: _, returns: _, body }: &mut Closure) -> Checked {
        self.expr(body)?;
        checks::closure(body);
        Ok(())
    }

    fn output(&self, OutputStatement { what, fetch }: &mut OutputStatement) -> Checked {
        self.expr(what)?;
        self.fetch(fetch)
    }

    fn if_else(&self, IfelseStatement { exprs, close }: &mut IfelseStatement) -> Checked {
        for (condition, then) in exprs {
            self.expr(condition)?;
            self.expr(then)?;
        }
        self.exprs(close)
    }

    fn foreach(&self, ForeachStatement { param: _, range, block }: &mut ForeachStatement) -> Checked {
        self.expr(range)?;
        self.block(block)
    }

    fn info(&self, info: &mut InfoStatement) -> Checked {
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
