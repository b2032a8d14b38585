//! Random histories of pools: a few steps of a few runs that contend for a few pools.

mod recorder;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
pub use recorder::{Recorder, first_pools};
use rivers_storage::pools::SlotClaim;

use crate::invariants::{PoolName, StepName};

pub const LOCATIONS: [&str; 2] = ["default", "other"];
/// The last one is unknown until its limit is set.
const POOLS: [&str; 4] = ["a", "b", "c", "d"];

/// An operation. Its token is chosen when it is done.
#[derive(Clone, Debug)]
pub enum Op {
    SetLimit {
        pool: PoolName,
        limit: i64,
        lease_ms: i64,
    },
    DeletePool {
        pool: PoolName,
    },
    Claim {
        location: &'static str,
        claim: SlotClaim,
    },
    /// The step repeats its last claim.
    Again {
        step: StepName,
    },
    /// The step repeats its last claim; then claims of one slot are granted and released: in one pool one after the
    /// other, in two pools so that a slot of one of them is held at any time.
    Burst {
        pools: Vec<&'static str>,
        times: usize,
        waits: StepName,
    },
    Free {
        step: StepName,
        token: TokenChoice,
    },
    FreeRun {
        run: String,
    },
    Renew {
        step: StepName,
        lease_ms: Option<i64>,
        token: TokenChoice,
    },
    Write {
        step: StepName,
        token: TokenChoice,
    },
    Sweep,
    Pass {
        ms: i64,
    },
    Restart,
}

/// The token that a renewal, a release or a fenced write names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenChoice {
    None,
    /// That of the live lease.
    Live,
    /// That of a grant that ended.
    Old,
    /// One that was never given.
    Never,
}

impl TokenChoice {
    /// Whether a live lease accepts it.
    pub const fn is_live_or_none(self) -> bool {
        matches!(self, Self::Live | Self::None)
    }
}

fn step() -> impl Strategy<Value = StepName> {
    (0..8_u8).prop_map(|step| StepName::new(&format!("run{}", step % 3), &format!("step{step}")))
}

fn pool() -> impl Strategy<Value = PoolName> {
    prop_oneof![
        9 => prop::sample::select(&POOLS[..]).prop_map(|key| PoolName::new(LOCATIONS[0], key)),
        1 => Just(PoolName::new(LOCATIONS[1], POOLS[0])),
    ]
}

/// Mostly shorter than a pass of time, sometimes longer than the expiry hint of a pool looks ahead.
fn duration() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..40_i64, 1 => 900..1100_i64, 2 => Just(5000_i64)]
}

fn token() -> impl Strategy<Value = TokenChoice> {
    prop_oneof![2 => Just(TokenChoice::None), 2 => Just(TokenChoice::Live), 2 => Just(TokenChoice::Old), 1 => Just(TokenChoice::Never)]
}

fn claim() -> impl Strategy<Value = Op> {
    let location = prop_oneof![9 => Just(LOCATIONS[0]), 1 => Just(LOCATIONS[1])];
    let key = prop_oneof![20 => 0..3_usize, 1 => Just(3_usize)].prop_map(|at| POOLS[at]);
    let weight = prop_oneof![3 => Just(1_i64), 2 => Just(2_i64), 1 => Just(3_i64)];
    let pools = prop::collection::vec((key, weight), 1..4);
    let attempt = prop::option::of(prop::sample::select(vec!["1", "2"]));
    (location, step(), pools, -1..2_i64, prop::option::of(duration()), attempt, duration()).prop_map(
        |(location, step, pools, priority, lease_ms, attempt, wait_ttl_ms)| {
            let pools = if location == LOCATIONS[0] { pools } else { vec![(POOLS[0], pools[0].1)] };
            let attempt = attempt.map(str::to_owned);
            let claim = SlotClaim::new(&step.run, &step.key, &pools);
            Op::Claim { location, claim: SlotClaim { priority, lease_ms, attempt, wait_ttl_ms, ..claim } }
        },
    )
}

/// Often more times than a blocked head may be overtaken.
fn burst() -> impl Strategy<Value = usize> {
    prop_oneof![1 => 1..32_usize, 1 => 32..40_usize, 1 => 64..80_usize]
}

pub fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (pool(), -1..5_i64, duration()).prop_map(|(pool, limit, lease_ms)| Op::SetLimit { pool, limit, lease_ms }),
        1 => pool().prop_map(|pool| Op::DeletePool { pool }),
        12 => claim(),
        8 => step().prop_map(|step| Op::Again { step }),
        1 => (prop::sample::subsequence(&POOLS[..3], 1..3), burst(), step())
            .prop_map(|(pools, times, waits)| Op::Burst { pools, times, waits }),
        4 => (step(), token()).prop_map(|(step, token)| Op::Free { step, token }),
        1 => (0..3_u8).prop_map(|run| Op::FreeRun { run: format!("run{run}") }),
        3 => (step(), prop::option::of(duration()), token())
            .prop_map(|(step, lease_ms, token)| Op::Renew { step, lease_ms, token }),
        1 => (step(), token()).prop_map(|(step, token)| Op::Write { step, token }),
        1 => Just(Op::Sweep),
        4 => prop_oneof![6 => 0..30_i64, 1 => 900..1100_i64].prop_map(|ms| Op::Pass { ms }),
        1 => Just(Op::Restart),
    ]
}

pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..60)
}

/// So many cases, or `PROPTEST_CASES`. A failing case is stored beside the test, and run first from then on.
pub fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let failure_persistence: Box<dyn proptest::test_runner::FailurePersistence> =
        Box::new(FileFailurePersistence::WithSource("proptest-regressions"));
    ProptestConfig { cases, failure_persistence: Some(failure_persistence), ..ProptestConfig::default() }
}
