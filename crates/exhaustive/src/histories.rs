//! All histories, as the checker walks through them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rivers_storage::invariant::{self, Invariant};
use rivers_storage::pools::ClaimStatus;
use rivers_storage::records::Table;
use stateright::{Model, Property};

use crate::invariants::Promise;
use crate::state::State;
use crate::step::{Action, Attempt, Named, step};
use crate::world::{CLAIMERS, CLAIMS, LIMITS, World};
use rivers_storage_testing::books;

pub struct Histories {
    claimers: usize,
    operations: usize,
    mistake: Option<Invariant>,
    first: State,
    /// One for all: whoever steps takes it back to where the step begins.
    world: Mutex<World>,
}

impl Histories {
    /// Of so many claimers (three at most), with so many operations at most.
    pub fn of(claimers: usize, operations: usize) -> Self {
        assert!(claimers <= CLAIMERS.len());
        let world = World::new();
        Self { claimers, operations, mistake: None, first: State::first(&world), world: Mutex::new(world) }
    }

    /// Of a storage that makes a mistake.
    #[must_use]
    pub fn with(self, mistake: Invariant) -> Self {
        Self { mistake: Some(mistake), ..self }
    }

    fn at<T>(&self, state: &State, work: impl FnOnce(&World) -> T) -> T {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.records.go_back(&state.moment);
        match self.mistake {
            Some(mistake) => invariant::breaking(mistake, || work(&world)),
            None => work(&world),
        }
    }

    fn counts_equal_rows(&self, state: &State) -> bool {
        self.at(state, |world| catch_unwind(AssertUnwindSafe(|| books::check(&world.records))).is_ok())
    }

    /// Nothing is left when all have gone, nor when their time is over, and all slots can be had again.
    fn drains(&self, state: &State) -> bool {
        self.at(state, |world| {
            for who in 0..CLAIMERS.len() {
                world.free(who, None);
            }
            let freed = is_empty(world);
            world.records.go_back(&state.moment);
            world.pass(10_000);
            world.sweep();
            freed && is_empty(world) && matches!(world.claim(0, LIMITS, ""), ClaimStatus::Claimed(_))
        })
    }
}

fn is_empty(world: &World) -> bool {
    let left = [Table::Lease, Table::Slot, Table::Waiter, Table::PoolQueue, Table::PlaceEnd];
    let shown = world.shown();
    world.records.moment().rows().keys().all(|key| !left.contains(&key.table))
        && (shown.claimed, shown.pending) == ([0, 0], [0, 0])
}

impl Model for Histories {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.first.clone()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Nothing that comes after a broken promise tells more.
        if state.operations == self.operations || !state.broken.is_empty() {
            return;
        }
        for who in (0..self.claimers).filter(|who| state.acts[*who]) {
            let holds = state.shown.leases[who].is_some();
            for attempt in [Attempt::Same, Attempt::Another].into_iter().take(1 + usize::from(holds)) {
                actions.extend(CLAIMS.map(|slots| Action::Claim { who, slots, attempt }));
            }
            for named in [Named::None, Named::Old, Named::Live].into_iter().take(2 + usize::from(holds)) {
                actions.extend([Action::Renew { who, named }, Action::Free { who, named }]);
            }
        }
        actions.extend([Action::Sweep, Action::Pass, Action::Crash]);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.at(state, |world| step(world, state, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        macro_rules! kept {
            ($($promise:ident),* $(,)?) => {
                [$(Property::<Self>::always(stringify!($promise), |_, state| {
                    !state.broken.contains(&Promise::$promise)
                })),*]
            };
        }
        let of_steps = kept![
            UseWithinLimit,
            TokensIncrease,
            ExpiredStaysDead,
            OldTokensChangeNothing,
            AllOrNothing,
            ClaimTwiceIsOneLease,
            DoneAsAsked,
            OthersUntouched,
        ];
        let of_states = [
            Property::<Self>::always("ShownIsEnforced", |_, state: &State| state.shown.claimed == state.shown.used()),
            Property::always("CountsEqualRows", Self::counts_equal_rows),
            Property::always("DrainsToZero", Self::drains),
        ];
        // There is something to break them by.
        let reached = [
            Property::<Self>::sometimes("AllIsHeld", |_, state: &State| state.shown.used() == LIMITS),
            Property::sometimes("AHolderWaits", |_, state: &State| state.anybody_waits_and_holds()),
            Property::sometimes("AHeadIsOvertaken", |_, state: &State| state.anybody_was_overtaken()),
        ];
        of_steps.into_iter().chain(of_states).chain(reached).collect()
    }
}
