//! One step of a history: does it, and checks it.

use rivers_storage::invariant::Invariant;
use rivers_storage::pools::{ClaimStatus, Renewal};
use rivers_storage_testing::histories::TokenChoice;

use crate::state::State;
use crate::step_check::StepCheck;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Claim {
        who: usize,
        slots: [i64; 2],
        attempt: Attempt,
    },
    Renew {
        who: usize,
        token: TokenChoice,
    },
    Free {
        who: usize,
        token: TokenChoice,
    },
    Sweep,
    /// Time passes to the next end of a lease or of a queue entry.
    Pass,
    /// The process dies, and another one opens the store.
    Crash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// That of the live lease, if there is one.
    Same,
    Another,
}

enum Reply {
    Claimed(ClaimStatus),
    Renewed(Option<Renewal>),
    Freed(usize),
    Nothing,
}

/// None if no time can pass.
pub fn step(world: &World, state: &State, action: Action) -> Option<State> {
    let named = |who: usize, token: TokenChoice| match token {
        TokenChoice::None => None,
        TokenChoice::Live => state.shown.leases[who].as_ref().map(|lease| lease.token),
        TokenChoice::Old => Some(state.old[who]),
        TokenChoice::Never => Some(i64::MAX),
    };
    let mut reopened = None;
    let reply = match action {
        Action::Claim { who, slots, attempt } => Reply::Claimed(world.claim(who, slots, state.attempt(who, attempt))),
        Action::Renew { who, token } => Reply::Renewed(world.renew(who, named(who, token))),
        Action::Free { who, token } => Reply::Freed(world.free(who, named(who, token))),
        Action::Sweep => {
            world.sweep();
            Reply::Nothing
        }
        Action::Pass => {
            world.pass(state.next_end()? - state.snapshot.now());
            Reply::Nothing
        }
        Action::Crash => {
            reopened = Some(world.reopened());
            Reply::Nothing
        }
    };
    let next = State::after(state, reopened.as_ref().unwrap_or(world));
    Some(checked(state, next, action, reply))
}

fn checked(state: &State, mut next: State, action: Action, reply: Reply) -> State {
    let mut check = StepCheck::new(next.snapshot.now(), &state.shown, &next.shown);
    match (action, reply) {
        (Action::Claim { who, slots, attempt }, Reply::Claimed(status)) => {
            check.claimed(who, slots, attempt, state.greatest, &status);
            if let ClaimStatus::Claimed(grant) = status {
                next.greatest = next.greatest.max(grant.token);
                next.attempts[who] = state.attempt(who, attempt);
            }
        }
        (Action::Renew { who, token }, Reply::Renewed(renewal)) => check.renewed(who, token, renewal),
        (Action::Free { who, token }, Reply::Freed(slots)) => check.freed(who, token, slots),
        _ => check.only_time_changes(),
    }
    check.require(Invariant::TokensIncrease, next.stored_token() >= next.greatest);
    check.require(Invariant::ClaimTwiceIsOneLease, next.stores_attempts());
    next.violated = check.violated;
    next
}
