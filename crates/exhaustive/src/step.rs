//! One step of a history: what was done, and whether it was as promised.

use rivers_storage::pools::{ClaimStatus, Renewal};

use crate::invariants::{Judge, Promise};
use crate::state::State;
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
        named: Named,
    },
    Free {
        who: usize,
        named: Named,
    },
    Sweep,
    /// To the next end of a lease or of a place in a queue.
    Pass,
    /// The process dies, and another one opens the store.
    Crash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// That of the lease, if there is one.
    Same,
    Another,
}

/// The token that a renewal or a release names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    None,
    Live,
    /// That of a grant that ended.
    Old,
}

enum Answer {
    Claimed(ClaimStatus),
    Renewed(Option<Renewal>),
    Freed(usize),
    Nothing,
}

/// None if there is nothing to do.
pub fn step(world: &World, state: &State, action: Action) -> Option<State> {
    let token = |who: usize, named: Named| match named {
        Named::None => None,
        Named::Live => state.shown.leases[who].as_ref().map(|lease| lease.token),
        Named::Old => Some(state.old[who]),
    };
    let mut reopened = None;
    let answer = match action {
        Action::Claim { who, slots, attempt } => Answer::Claimed(world.claim(who, slots, state.attempt(who, attempt))),
        Action::Renew { who, named } => Answer::Renewed(world.renew(who, token(who, named))),
        Action::Free { who, named } => Answer::Freed(world.free(who, token(who, named))),
        Action::Sweep => {
            world.sweep();
            Answer::Nothing
        }
        Action::Pass => {
            world.pass(state.next_end()? - state.moment.now());
            Answer::Nothing
        }
        Action::Crash => {
            reopened = Some(world.reopened());
            Answer::Nothing
        }
    };
    let next = State::after(state, reopened.as_ref().unwrap_or(world));
    Some(judged(state, next, action, answer))
}

fn judged(state: &State, mut next: State, action: Action, answer: Answer) -> State {
    let mut judge = Judge::new(next.moment.now(), &state.shown, &next.shown);
    match (action, answer) {
        (Action::Claim { who, slots, attempt }, Answer::Claimed(answer)) => {
            judge.claimed(who, slots, attempt, state.greatest, &answer);
            if let ClaimStatus::Claimed(grant) = answer {
                next.greatest = next.greatest.max(grant.token);
                next.attempts[who] = state.attempt(who, attempt);
            }
        }
        (Action::Renew { who, named }, Answer::Renewed(answer)) => judge.renewed(who, named, answer),
        (Action::Free { who, named }, Answer::Freed(answer)) => judge.freed(who, named, answer),
        _ => judge.nobody_did_anything(),
    }
    judge.hold(Promise::TokensIncrease, next.stored_token() >= next.greatest);
    judge.hold(Promise::ClaimTwiceIsOneLease, next.knows_attempts());
    next.broken = judge.broken;
    next
}
