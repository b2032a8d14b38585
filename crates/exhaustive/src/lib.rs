//! Every history of a few clients on a few slots, up to a bound. The transitions are those of the storage itself, on
//! simulated records, and not of a model.
//!
//! A client may do anything at any time: claim, repeat its claim, claim as another attempt, renew and free with
//! the token of its grant, with an old one and with none. These include every mistake of a real client: one whose
//! reply was lost claims again, or frees without a token; one that was suspended renews and frees too late, with
//! an old token; one that crashed does nothing until its lease has ended. Between any two operations time may pass
//! to the next end of a lease or of a queue entry, and the process may die and open the store again.

mod histories;
mod normal;
mod shown;
mod state;
mod step;
mod step_check;
mod world;

pub use histories::Histories;
pub use state::State;
pub use step::{Action, Attempt};
