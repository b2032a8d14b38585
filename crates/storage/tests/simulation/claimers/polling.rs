//! Claimers that ask, and ask again.

use rivers_storage::pools::{ClaimStatus, SlotClaim};

use super::claimer::Claimer;
use super::holding;
use crate::witness::state::StepName;

/// Until granted, or until it gives up, or is never heard of again.
pub async fn polls(claimer: &Claimer, mut claim: SlotClaim) {
    let Claimer { life, store, .. } = claimer;
    let dice = &life.dice;
    if dice.one_in(20) {
        claim.lease_ms = Some(0);
    }
    loop {
        if dice.one_in(6) {
            life.claim_in_vain(store, &claim).await;
        }
        match life.claim(store, &claim).await {
            None => return,
            Some(ClaimStatus::Claimed(grant)) => return holding::holds(claimer, &claim, &grant).await,
            Some(ClaimStatus::Pending { .. }) => {}
        }
        match dice.between(1..=12) {
            1 => {
                life.witness.count("given up");
                return life.free(store, &StepName { run: claim.run_id, step: claim.step_key }, None).await;
            }
            2 => return life.witness.count("never heard of again"),
            3 => claim.priority = dice.between(0..=life.plan.highest_priority),
            4 => claim.pools[0].1 = claimer.weight(),
            _ => {}
        }
        // Some come too late to keep their place.
        let patience = if dice.one_in(8) { claim.wait_ttl_ms + 500 } else { claim.wait_ttl_ms };
        claimer.rest((patience / 250).min(16)).await;
    }
}

/// In a crowd: patiently, and for a short time only.
pub async fn asks_until_granted(claimer: &Claimer, claim: SlotClaim) {
    let Claimer { life, store, .. } = claimer;
    loop {
        match life.claim(store, &claim).await {
            None => return,
            Some(ClaimStatus::Claimed(grant)) => {
                claimer.rest(2).await;
                let step = StepName { run: claim.run_id, step: claim.step_key };
                return life.free(store, &step, Some(grant.token)).await;
            }
            Some(ClaimStatus::Pending { .. }) => life.sleep(250).await,
        }
    }
}
