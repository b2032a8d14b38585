//! Random histories of pools: what a few steps of a few runs do with a few pools, and often in each
//! other's way. A target that uses them has the modules `support` and `promises`, too.
#![allow(dead_code, unused_imports)] // each test target uses its own part of it

mod recorder;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
pub use recorder::{Recorder, places};
use rivers_storage::pools::SlotClaim;

use crate::invariants::{PoolName, Step};

pub const LOCATIONS: [&str; 2] = ["default", "other"];
/// Of these the last is unknown until somebody sets its limit.
const POOLS: [&str; 4] = ["a", "b", "c", "d"];

/// What is done next. Which token is meant is found out when it comes to that.
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
    /// The step claims as it did last.
    Again {
        step: Step,
    },
    /// Who waits asks again; then small ones come and go: in one pool one after the other, in two pools so
    /// that one of them is held at any time.
    Burst {
        pools: Vec<&'static str>,
        times: usize,
        waits: Step,
    },
    Free {
        step: Step,
        token: Token,
    },
    FreeRun {
        run: String,
    },
    Renew {
        step: Step,
        lease_ms: Option<i64>,
        token: Token,
    },
    Write {
        step: Step,
        token: Token,
    },
    Sweep,
    Pass {
        ms: i64,
    },
    Restart,
}

#[derive(Clone, Copy, Debug)]
pub enum Token {
    None,
    /// Of the lease that is live.
    Live,
    /// Of the grant before.
    Old,
    /// Nobody was given it.
    Never,
}

fn step() -> impl Strategy<Value = Step> {
    (0..8_u8).prop_map(|step| Step::new(&format!("run{}", step % 3), &format!("step{step}")))
}

fn pool() -> impl Strategy<Value = PoolName> {
    prop_oneof![
        9 => prop::sample::select(&POOLS[..]).prop_map(|key| PoolName::new(LOCATIONS[0], key)),
        1 => Just(PoolName::new(LOCATIONS[1], POOLS[0])),
    ]
}

/// Mostly shorter than the time that passes, sometimes longer than a sweep looks ahead.
fn duration() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..40_i64, 1 => 900..1100_i64, 2 => Just(5000_i64)]
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![2 => Just(Token::None), 2 => Just(Token::Live), 2 => Just(Token::Old), 1 => Just(Token::Never)]
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

/// Often more than a blocked head is overtaken.
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

/// So many histories, or as many as `PROPTEST_CASES` says. What failed once is kept beside the test.
pub fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let failure_persistence: Box<dyn proptest::test_runner::FailurePersistence> =
        Box::new(FileFailurePersistence::WithSource("proptest-regressions"));
    ProptestConfig { cases, failure_persistence: Some(failure_persistence), ..ProptestConfig::default() }
}
