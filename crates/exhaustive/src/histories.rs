//! All histories, as a model that the checker walks through.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rivers_storage::invariant::{self, Invariant};
use rivers_storage::pools::ClaimStatus;
use rivers_storage::records::Table;
use stateright::{Model, Property};

use crate::state::State;
use crate::step::{Action, Attempt, step};
use crate::world::{CLAIMS, CLIENTS, LIMITS, World};
use rivers_storage_testing::check::Check;
use rivers_storage_testing::histories::TokenChoice;
use rivers_storage_testing::recount;

pub struct Histories {
    clients: usize,
    operations: usize,
    mutant: Option<Invariant>,
    first: State,
    /// Shared by all states: each step first restores the snapshot of its state.
    world: Mutex<World>,
}

impl Histories {
    /// Up to three clients, and at most so many operations.
    pub fn new(clients: usize, operations: usize) -> Self {
        assert!(clients <= CLIENTS.len());
        let world = World::new();
        Self { clients, operations, mutant: None, first: State::first(&world), world: Mutex::new(world) }
    }

    /// The same histories of a mutant.
    #[must_use]
    pub fn with(self, mutant: Invariant) -> Self {
        Self { mutant: Some(mutant), ..self }
    }

    fn at<T>(&self, state: &State, work: impl FnOnce(&World) -> T) -> T {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.records.restore(&state.snapshot);
        match self.mutant {
            Some(mutant) => invariant::breaking(mutant, || work(&world)),
            None => work(&world),
        }
    }

    fn counts_equal_rows(&self, state: &State) -> bool {
        self.at(state, |world| catch_unwind(AssertUnwindSafe(|| recount::check(&world.records))).is_ok())
    }

    /// No row is left once all clients have freed their slots, or once all leases and queue entries have expired;
    /// then all slots can be claimed again.
    fn nothing_is_left(&self, state: &State) -> bool {
        self.at(state, |world| {
            for who in 0..CLIENTS.len() {
                world.free(who, None);
            }
            let freed = is_empty(world);
            world.records.restore(&state.snapshot);
            world.pass(10_000);
            world.sweep();
            freed && is_empty(world) && matches!(world.claim(0, LIMITS, ""), ClaimStatus::Claimed(_))
        })
    }
}

fn is_empty(world: &World) -> bool {
    let left = [Table::Lease, Table::Slot, Table::Waiter, Table::PoolQueue, Table::PlaceEnd];
    let shown = world.shown();
    world.records.snapshot().rows().keys().all(|key| !left.contains(&key.table))
        && (shown.claimed, shown.pending) == ([0, 0], [0, 0])
}

impl Model for Histories {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.first.clone()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // A history ends with its first violation.
        if state.operations == self.operations || !state.violated.is_empty() {
            return;
        }
        for who in (0..self.clients).filter(|who| state.acts[*who]) {
            let holds = state.shown.leases[who].is_some();
            for attempt in [Attempt::Same, Attempt::Another].into_iter().take(1 + usize::from(holds)) {
                actions.extend(CLAIMS.map(|slots| Action::Claim { who, slots, attempt }));
            }
            for token in
                [TokenChoice::None, TokenChoice::Old, TokenChoice::Live].into_iter().take(2 + usize::from(holds))
            {
                actions.extend([Action::Renew { who, token }, Action::Free { who, token }]);
            }
        }
        actions.extend([Action::Sweep, Action::Pass, Action::Crash]);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.at(state, |world| step(world, state, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        macro_rules! never_violated {
            ($($kind:ident::$check:ident),* $(,)?) => {
                [$(Property::<Self>::always(stringify!($check), |_, state| {
                    !state.violated.contains(&Check::from($kind::$check))
                })),*]
            };
        }
        let of_steps = never_violated![
            Invariant::UseWithinLimit,
            Invariant::TokensIncrease,
            Invariant::ExpiredStaysDead,
            Invariant::OldTokensChangeNothing,
            Invariant::AllOrNothing,
            Invariant::ClaimTwiceIsOneLease,
            Check::DoneAsAsked,
            Check::OnlyOwnLeaseChanges,
        ];
        let of_states = [
            Property::<Self>::always("ShownIsEnforced", |_, state: &State| state.shown.claimed == state.shown.used()),
            Property::always("CountsEqualRows", Self::counts_equal_rows),
            Property::always("NothingIsLeft", Self::nothing_is_left),
        ];
        // Otherwise the histories are too short to violate anything.
        let reached = [
            Property::<Self>::sometimes("AllIsHeld", |_, state: &State| state.shown.used() == LIMITS),
            Property::sometimes("AHolderWaits", |_, state: &State| state.a_holder_waits()),
            Property::sometimes("AHeadIsOvertaken", |_, state: &State| state.a_head_was_overtaken()),
        ];
        of_steps.into_iter().chain(of_states).chain(reached).collect()
    }
}
