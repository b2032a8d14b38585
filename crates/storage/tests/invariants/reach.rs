//! Random histories get to what the promises are about: otherwise they would hold for nothing.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rivers_storage::Code;
use rivers_storage::pools::ClaimStatus;

use crate::runtime;
use rivers_storage_testing::histories::{Recorder, ops};
use rivers_storage_testing::invariants::scenes::{Scene, scenes};
use rivers_storage_testing::invariants::{Answer, Call, Step};

const CASES: [&str; 14] = [
    "a grant",
    "the same grant once more",
    "a lease taken over",
    "a claim that waits for what is full",
    "a claim above a limit",
    "a holder that waits for more",
    "a claim that waits for a head that fits",
    "a claim that overtakes a blocked head",
    "a claim that waits for a head overtaken often enough",
    "a claim that waits for a head in a pool that does not block it",
    "an old token",
    "a renewal",
    "a lease that expires",
    "a place that is lost",
];

fn cases(scene: &Scene<'_>) -> Vec<&'static str> {
    let before = |step: &Step| scene.before.lease(step);
    match (&scene.moment.call, &scene.moment.answer) {
        (Call::Claim { claim, .. }, Answer::Claim(ClaimStatus::Claimed(grant))) => {
            let overtakes = scene.wanted().any(|(claimant, pool, more)| {
                scene.ahead(claimant, pool, more).is_some_and(|ahead| !ahead.fits_afterwards)
            });
            let grant = match before(&Step::of(claim)) {
                None => "a grant",
                Some(lease) if lease.token == grant.token => "the same grant once more",
                Some(_) => "a lease taken over",
            };
            if overtakes { vec![grant, "a claim that overtakes a blocked head"] } else { vec![grant] }
        }
        (Call::Claim { claim, .. }, Answer::Claim(ClaimStatus::Pending { reason, .. })) => {
            let kept = scene.wanted().filter_map(|(claimant, pool, more)| {
                let ahead = scene.ahead(claimant, pool, more).filter(|_| reason.reserved)?;
                let blocked_here = ahead.head.asks_of(pool).is_some_and(|slots| !scene.before.fits(pool, slots));
                Some(match (ahead.fits, blocked_here) {
                    (true, _) => "a claim that waits for a head that fits",
                    (false, true) => "a claim that waits for a head overtaken often enough",
                    (false, false) => "a claim that waits for a head in a pool that does not block it",
                })
            });
            let mut cases: Vec<&str> = kept.collect();
            cases.extend((!reason.reserved).then_some("a claim that waits for what is full"));
            cases.extend(reason.unsatisfiable.then_some("a claim above a limit"));
            cases.extend(before(&Step::of(claim)).map(|_| "a holder that waits for more"));
            cases
        }
        (Call::Renew { .. }, Answer::Count(1..)) => vec!["a renewal"],
        (Call::Write { .. }, Answer::Refused(Code::LeaseLost)) => vec!["an old token"],
        (Call::Free { token: Some(_), step } | Call::Renew { token: Some(_), step, .. }, Answer::Count(0)) => {
            before(step).map(|_| "an old token").into_iter().collect()
        }
        (Call::Pass { .. }, _) => {
            let (before, after) = (scene.before, scene.after());
            let expires = before.holders().count() > after.holders().count();
            let is_lost = before.waiters().count() > after.waiters().count();
            let cases = [(expires, "a lease that expires"), (is_lost, "a place that is lost")];
            cases.into_iter().filter_map(|(is_met, case)| is_met.then_some(case)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_case_that_a_promise_is_about_is_met() {
    let mut met: BTreeMap<&str, usize> = CASES.iter().map(|case| (*case, 0)).collect();
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let ops = ops().new_tree(&mut runner).expect("a history").current();
        let history = runtime().block_on(Recorder::record(&ops));
        for case in scenes(&history).iter().flat_map(cases) {
            *met.get_mut(case).expect("a case") += 1;
        }
    }
    println!("{met:#?}");
    assert!(met.values().all(|times| *times >= 1), "{met:#?}");
}
