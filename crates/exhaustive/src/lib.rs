//! Every history of a few claimers on a few slots, up to a bound. What moves from state to state is
//! not a model of the storage but the storage itself, on simulated records.
//!
//! A claimer may do anything at any time: claim, claim the same again, claim as another attempt,
//! renew and free with the token of its grant, with an old one and with none. So whatever a real one
//! believes is among it: one whose reply was lost claims again, or frees without a token; one that was
//! suspended renews and frees too late, with an old token; one that crashed does nothing until its
//! lease has ended. Between any two operations time may pass to the next end of a lease or of a place
//! in a queue, and the process may die, and open the store again.

mod histories;
mod normal;
mod invariants;
mod shown;
mod state;
mod step;
mod world;

pub use histories::Histories;
pub use state::State;
pub use step::{Action, Attempt, Named};
