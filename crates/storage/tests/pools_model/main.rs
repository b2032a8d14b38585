//! The pools against a naive model: after each call of a random history, the reply and everything that is shown must
//! equal those of the model.

mod model;
mod queue;
mod same;
