//! SELECT and its clauses, which lookups along edges share.

use surrealdb_sql::field::Selector;
use surrealdb_sql::lookup::LookupSubject;
use surrealdb_sql::order::Ordering;
use surrealdb_sql::{
    Cond, Expr, Fetch, Fetchs, Field, Fields, Group, Groups, Limit, Literal, Lookup, SelectStatement, Split, Splits,
    Start,
};

use super::walk::{Verdict, Walk, refuse};
use super::{names, stop_points};

impl Walk {
    pub fn select(&self, select: &mut SelectStatement) -> Verdict {
        let SelectStatement {
            fields,
            omit,
            only: _,
            what,
            with: _,
            cond,
            split,
            group,
            order,
            limit,
            start,
            fetch,
            version,
            timeout,
            explain: _,
            tempfiles,
            for_update,
        } = select;
        if *for_update {
            return refuse("locks records: FOR UPDATE");
        }
        if *tempfiles {
            return refuse("writes files: TEMPFILES");
        }
        // SurrealDB makes the whole product in one go: neither the timeout nor the memory limit can stop it.
        if let Some(Splits(splits)) = split
            && (splits.len() > 1 || !what.iter().all(stop_points::is_of_tables))
        {
            return refuse("splits rows: SPLIT takes one field, of the rows of a table");
        }
        if !matches!(version, Expr::Literal(Literal::None)) {
            return refuse("reads another time: VERSION");
        }
        what.iter_mut().try_for_each(|what| self.expr_in_place(what))?;
        self.stop_points.for_each_row(what, || {
            self.fields(fields)?;
            self.cond(cond)
        })?;
        omit.iter_mut().try_for_each(|omit| self.expr_in_place(omit))?;
        self.split(split)?;
        self.group(group)?;
        self.order(order)?;
        self.limit(limit)?;
        self.start(start)?;
        self.fetch(fetch)?;
        self.expr(timeout)
    }

    pub fn lookup(&self, lookup: &mut Lookup) -> Verdict {
        let Lookup { kind: _, expr, only: _, what, cond, split, group, order, limit, start, alias } = lookup;
        for subject in what {
            match subject {
                LookupSubject::Table { table: _, referencing_field: _ } => {}
                LookupSubject::Range { table: _, range, referencing_field: _ } => self.key_range(range)?,
            }
        }
        expr.iter_mut().try_for_each(|fields| self.fields(fields))?;
        self.cond(cond)?;
        self.split(split)?;
        self.group(group)?;
        self.order(order)?;
        self.limit(limit)?;
        self.start(start)?;
        self.idioms(alias)
    }

    fn fields(&self, fields: &mut Fields) -> Verdict {
        match fields {
            // A single value has no name.
            Fields::Value(selector) => {
                let Selector { expr, alias } = &mut **selector;
                self.idioms(alias)?;
                self.expr(expr)
            }
            Fields::Select(fields) => fields.iter_mut().try_for_each(|field| match field {
                Field::All => Ok(()),
                Field::Single(selector) => self.selector(selector),
            }),
        }
    }

    fn selector(&self, Selector { expr, alias }: &mut Selector) -> Verdict {
        self.stop_points.next_field();
        let name = if alias.is_none() { names::of(expr) } else { None };
        let path = if alias.is_none() { names::path(expr) } else { None };
        self.idioms(&mut *alias)?;
        match path {
            // The fields of the path are the name.
            Some(path) if self.stop_points.is_of_a_value() => {
                self.expr(expr)?;
                if !matches!(expr, Expr::Idiom(_)) {
                    *alias = Some(path);
                }
            }
            _ if alias.is_none() && matches!(expr, Expr::Idiom(_)) => self.expr_in_place(expr)?,
            _ => self.expr(expr)?,
        }
        names::keep(name, expr, alias);
        Ok(())
    }

    fn cond(&self, cond: &mut Option<Cond>) -> Verdict {
        self.stop_points.next_field();
        self.exprs(cond.iter_mut().map(|Cond(expr)| expr))
    }

    fn split(&self, splits: &mut Option<Splits>) -> Verdict {
        let splits = splits.iter_mut().flat_map(|Splits(splits)| splits);
        self.idioms(splits.map(|Split(idiom)| idiom))
    }

    fn group(&self, groups: &mut Option<Groups>) -> Verdict {
        let groups = groups.iter_mut().flat_map(|Groups(groups)| groups);
        self.idioms(groups.map(|Group(idiom)| idiom))
    }

    fn order(&self, order: &mut Option<Ordering>) -> Verdict {
        match order {
            None | Some(Ordering::Random) => Ok(()),
            Some(Ordering::Order(list)) => list.0.iter_mut().try_for_each(|order| self.idiom(&mut order.value)),
        }
    }

    fn limit(&self, limit: &mut Option<Limit>) -> Verdict {
        self.exprs(limit.iter_mut().map(|Limit(expr)| expr))
    }

    fn start(&self, start: &mut Option<Start>) -> Verdict {
        self.exprs(start.iter_mut().map(|Start(expr)| expr))
    }

    pub fn fetch(&self, fetch: &mut Option<Fetchs>) -> Verdict {
        let fetch = fetch.iter_mut().flat_map(|Fetchs(fetch)| fetch);
        fetch.map(|Fetch(expr)| expr).try_for_each(|expr| self.expr_in_place(expr))
    }
}
