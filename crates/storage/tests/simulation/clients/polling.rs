//! Clients that claim by polling.

use rivers_storage::pools::{ClaimStatus, SlotClaim};

use super::client::Client;
use super::holding;
use crate::observer::state::StepName;

/// Until it is granted, gives up, or goes away without a call.
pub async fn poll(client: &Client, mut claim: SlotClaim) {
    let Client { process, store, .. } = client;
    let random = &process.random;
    if random.one_in(20) {
        claim.lease_ms = Some(0);
    }
    loop {
        if random.one_in(6) {
            process.claim_and_lose_the_answer(store, &claim).await;
        }
        match process.claim(store, &claim).await {
            None => return,
            Some(ClaimStatus::Claimed(grant)) => return holding::hold(client, &claim, &grant).await,
            Some(ClaimStatus::Pending { .. }) => {}
        }
        match random.between(1..=12) {
            1 => {
                process.observer.count("claims given up");
                return process.free(store, &StepName { run: claim.run_id, key: claim.step_key }, None).await;
            }
            2 => return process.observer.count("claims abandoned"),
            3 => claim.priority = random.between(0..=process.plan.highest_priority),
            4 => claim.pools[0].1 = client.weight(),
            _ => {}
        }
        // Some repeat the claim after their queue entry has expired.
        let pause = if random.one_in(8) { claim.wait_ttl_ms + 500 } else { claim.wait_ttl_ms };
        client.rest((pause / 250).min(16)).await;
    }
}

/// Never gives up, and holds for a short time.
pub async fn poll_until_granted(client: &Client, claim: SlotClaim) {
    let Client { process, store, .. } = client;
    loop {
        match process.claim(store, &claim).await {
            None => return,
            Some(ClaimStatus::Claimed(grant)) => {
                client.rest(2).await;
                let step = StepName { run: claim.run_id, key: claim.step_key };
                return process.free(store, &step, Some(grant.token)).await;
            }
            Some(ClaimStatus::Pending { .. }) => process.sleep(250).await,
        }
    }
}
