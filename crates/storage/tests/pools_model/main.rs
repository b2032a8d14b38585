//! The pools against a naive model of them: after each call of a random history, the reply and
//! everything that is shown must be exactly what the model says.

mod model;
mod queue;
mod same;
