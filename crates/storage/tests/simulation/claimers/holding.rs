//! What those do who have claimed: work, tell of it, ask for more, and give back, or not.

use rivers_storage::pools::{ClaimStatus, Grant, SlotClaim};

use super::claimer::Claimer;
use crate::witness::state::StepName;

pub async fn holds(claimer: &Claimer, claim: &SlotClaim, grant: &Grant) {
    let Claimer { life, store, .. } = claimer;
    let dice = &life.dice;
    let step = StepName { run: claim.run_id.clone(), step: claim.step_key.clone() };
    let mut token = grant.token;
    for _ in 0..dice.between(0..=4) {
        match dice.between(1..=7) {
            1 | 2 => claimer.rest(8).await,
            3 => {
                let lease_ms = dice.one_in(2).then(|| dice.between(0..=20) * 250);
                life.renew(store, &step, lease_ms, dice.one_in(2).then_some(token)).await;
            }
            4 => life.tell(store, &step, token).await,
            5 => life.claim_in_vain(store, claim).await,
            6 => token = asks_for_more(claimer, claim).await.unwrap_or(token),
            _ => {
                let attempt = Some(format!("after {token}"));
                let again = SlotClaim { attempt, ..claim.clone() };
                if let Some(ClaimStatus::Claimed(grant)) = life.claim(store, &again).await {
                    life.witness.count("other attempts");
                    token = grant.token;
                }
            }
        }
    }
    match dice.between(1..=6) {
        1 | 2 => life.free(store, &step, Some(token)).await,
        3 => life.free(store, &step, None).await,
        4 => {
            life.free(store, &step, Some(token)).await;
            life.free(store, &step, dice.one_in(2).then_some(token)).await;
        }
        5 => {
            // After its end, and perhaps after somebody else's beginning.
            claimer.rest(life.plan.longest_lease * 4).await;
            life.tell(store, &step, token).await;
            life.renew(store, &step, None, Some(token)).await;
            life.free(store, &step, Some(token)).await;
        }
        _ => life.witness.count("never given back"),
    }
}

/// Keeps what it has, whatever it is told.
async fn asks_for_more(claimer: &Claimer, claim: &SlotClaim) -> Option<i64> {
    let Claimer { life, store, .. } = claimer;
    let dice = &life.dice;
    let pool = (*dice.pick(&life.plan.pools)).to_owned();
    let more = SlotClaim { pools: vec![(pool, claimer.weight())], ..claim.clone() };
    for _ in 0..dice.between(1..=3) {
        match life.claim(store, &more).await? {
            ClaimStatus::Claimed(grant) => return Some(grant.token),
            ClaimStatus::Pending { .. } => life.witness.count("more than fits, while holding"),
        }
        claimer.rest(8).await;
    }
    None
}
