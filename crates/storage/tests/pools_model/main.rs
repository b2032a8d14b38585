//! The pools against a naive model of them: after each call of a random history, the answer and
//! everything that is shown must be exactly what the model says.

#[path = "../support/histories/mod.rs"]
mod histories;
mod model;
#[path = "../support/promises/mod.rs"]
mod promises;
mod queue;
mod same;
#[path = "../support/mod.rs"]
mod support;
