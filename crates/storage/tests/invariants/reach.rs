//! Random histories reach the cases of the invariants: otherwise their checks would show nothing.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rivers_storage::Code;
use rivers_storage::pools::ClaimStatus;

use crate::runtime;
use rivers_storage_testing::histories::{Recorder, ops};
use rivers_storage_testing::invariants::transitions::{Transition, transitions};
use rivers_storage_testing::invariants::{Call, Reply, StepName};

const CASES: [&str; 14] = [
    "a grant",
    "the same grant once more",
    "a lease taken over",
    "a claim that waits for a full pool",
    "a claim above a limit",
    "a holder that waits for more",
    "a claim that waits for a head that fits",
    "a claim that overtakes a blocked head",
    "a claim that waits for a head overtaken often enough",
    "a claim that waits for a head in a pool that does not block it",
    "an old token",
    "a renewal",
    "a lease that expires",
    "a queue entry that expires",
];

fn cases(transition: &Transition<'_>) -> Vec<&'static str> {
    let before = |step: &StepName| transition.before.lease(step);
    match (&transition.observation.call, &transition.observation.reply) {
        (Call::Claim { claim, .. }, Reply::Claim(ClaimStatus::Claimed(grant))) => {
            let overtakes = transition.wanted().any(|(claimant, pool, more)| {
                transition.head_before(claimant, pool, more).is_some_and(|head| !head.fits_afterwards)
            });
            let grant = match before(&StepName::of(claim)) {
                None => "a grant",
                Some(lease) if lease.token == grant.token => "the same grant once more",
                Some(_) => "a lease taken over",
            };
            if overtakes { vec![grant, "a claim that overtakes a blocked head"] } else { vec![grant] }
        }
        (Call::Claim { claim, .. }, Reply::Claim(ClaimStatus::Pending { reason, .. })) => {
            let reserved = transition.wanted().filter_map(|(claimant, pool, more)| {
                let head = transition.head_before(claimant, pool, more).filter(|_| reason.reserved)?;
                let blocked_here = head.claim.slots_of(pool).is_some_and(|slots| !transition.before.fits(pool, slots));
                Some(match (head.fits, blocked_here) {
                    (true, _) => "a claim that waits for a head that fits",
                    (false, true) => "a claim that waits for a head overtaken often enough",
                    (false, false) => "a claim that waits for a head in a pool that does not block it",
                })
            });
            let mut cases: Vec<&str> = reserved.collect();
            cases.extend((!reason.reserved).then_some("a claim that waits for a full pool"));
            cases.extend(reason.unsatisfiable.then_some("a claim above a limit"));
            cases.extend(before(&StepName::of(claim)).map(|_| "a holder that waits for more"));
            cases
        }
        (Call::Renew { .. }, Reply::Count(1..)) => vec!["a renewal"],
        (Call::Write { .. }, Reply::Refused(Code::LeaseLost)) => vec!["an old token"],
        (Call::Free { token: Some(_), step } | Call::Renew { token: Some(_), step, .. }, Reply::Count(0)) => {
            before(step).map(|_| "an old token").into_iter().collect()
        }
        (Call::Pass { .. }, _) => {
            let (before, after) = (transition.before, transition.after());
            let expires = before.holders().count() > after.holders().count();
            let entry_expires = before.waiters().count() > after.waiters().count();
            let cases = [(expires, "a lease that expires"), (entry_expires, "a queue entry that expires")];
            cases.into_iter().filter_map(|(is_reached, case)| is_reached.then_some(case)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_case_of_an_invariant_is_reached() {
    let mut reached: BTreeMap<&str, usize> = CASES.iter().map(|case| (*case, 0)).collect();
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let ops = ops().new_tree(&mut runner).expect("a history").current();
        let history = runtime().block_on(Recorder::record(&ops));
        for case in transitions(&history).iter().flat_map(cases) {
            *reached.get_mut(case).expect("a case") += 1;
        }
    }
    println!("{reached:#?}");
    assert!(reached.values().all(|times| *times >= 1), "{reached:#?}");
}
