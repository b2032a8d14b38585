//! Calls of functions and methods: which may run, and which get the store's time.

use surrealdb_sql::{Expr, Function, FunctionCall};

use super::walk::{Refusal, Verdict, Walk, refuse};
use super::{allowed, bounds, methods, refused};

/// Without an argument, these take the clock of this machine. An argument that is NONE is an error, and not the clock.
#[rustfmt::skip]
const DEFAULT_TO_NOW: &[&str] = &[
    "rand::ulid", "rand::uuid", "rand::uuid::v7",
    "time::day", "time::hour", "time::is_leap_year", "time::micros", "time::millis", "time::minute", "time::month",
    "time::nano", "time::second", "time::unix", "time::wday", "time::week", "time::yday", "time::year",
];

impl Walk {
    pub fn call(&self, FunctionCall { receiver, arguments }: &mut FunctionCall) -> Verdict {
        match receiver {
            Function::Normal(name) => {
                function(name)?;
                if matches!(name.as_str(), "array::join" | "set::join") {
                    bounds::separator(arguments.get(1))?;
                }
                if let ("string::split" | "string::words", [text, ..]) = (name.as_str(), arguments.as_mut_slice())
                    && self.stop_points.may_be_long(text)
                {
                    bounds::limit_text(text);
                }
                if arguments.is_empty() && DEFAULT_TO_NOW.contains(&name.as_str()) {
                    arguments.push(self.now());
                }
            }
            Function::Custom(name) => return refuse(format!("calls fn::{name}, which is not built in")),
            Function::Script(_) => return refuse("runs a script"),
            Function::Model(model) => {
                return refuse(format!("calls ml::{}, which is not built in", model.name));
            }
            Function::Module(..) | Function::Silo { .. } => return refuse("calls a module"),
        }
        self.exprs(arguments)
    }

    /// A method is a function of SurrealDB whose first argument is the value before the dot.
    pub fn method(&self, name: &str, arguments: &mut [Expr]) -> Verdict {
        // `array::join` takes one argument more, `string::join` as many as there are.
        if let ("join", [separator]) = (name, &*arguments) {
            bounds::separator(Some(separator))?;
        }
        method(name)?;
        self.exprs(arguments)
    }
}

/// Whether the whole expression is the time.
pub fn is_now(expr: &Expr) -> Result<bool, Refusal> {
    let Expr::FunctionCall(call) = expr else { return Ok(false) };
    match &call.receiver {
        Function::Normal(name) if name == "time::now" && call.arguments.is_empty() => Ok(true),
        Function::Normal(name) if name == "time::now" => Err("calls time::now with an argument".into()),
        _ => Ok(false),
    }
}

fn function(name: &str) -> Verdict {
    if allowed::FUNCTIONS.binary_search(&name).is_ok() {
        Ok(())
    } else {
        refuse(format!("calls {name}, {}", why(name)))
    }
}

fn method(name: &str) -> Verdict {
    if methods::ALLOWED.binary_search(&name).is_ok() {
        return Ok(());
    }
    match methods::REFUSED.iter().find(|(method, _)| *method == name) {
        Some((_, function)) => refuse(format!("calls {function} as .{name}(), {}", why(function))),
        None => refuse(format!("calls .{name}(), which is not among the methods that may be called")),
    }
}

fn why(function: &str) -> &'static str {
    refused::reason(function).unwrap_or("which is not among the functions that may be called")
}
