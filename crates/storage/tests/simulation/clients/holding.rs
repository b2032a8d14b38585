//! A client that holds slots: it works, stores events, claims more, and mostly releases.

use rivers_storage::pools::{ClaimStatus, Grant, SlotClaim};

use super::client::Client;
use crate::observer::state::StepName;

pub async fn hold(client: &Client, claim: &SlotClaim, grant: &Grant) {
    let Client { process, store, .. } = client;
    let random = &process.random;
    let step = StepName::new(&claim.run_id, &claim.step_key);
    let mut token = grant.token;
    for _ in 0..random.between(0..=4) {
        match random.between(1..=7) {
            1 | 2 => client.rest(8).await,
            3 => {
                let lease_ms = random.one_in(2).then(|| random.between(0..=20) * 250);
                process.renew(store, &step, lease_ms, random.one_in(2).then_some(token)).await;
            }
            4 => process.store_event(store, &step, token).await,
            5 => process.claim_and_lose_the_answer(store, claim).await,
            6 => token = claim_more(client, claim).await.unwrap_or(token),
            _ => {
                let attempt = Some(format!("after {token}"));
                let again = SlotClaim { attempt, ..claim.clone() };
                if let Some(ClaimStatus::Claimed(grant)) = process.claim(store, &again).await {
                    process.observer.count("other attempts");
                    token = grant.token;
                }
            }
        }
    }
    match random.between(1..=6) {
        1 | 2 => process.free(store, &step, Some(token)).await,
        3 => process.free(store, &step, None).await,
        4 => {
            process.free(store, &step, Some(token)).await;
            process.free(store, &step, random.one_in(2).then_some(token)).await;
        }
        5 => {
            // After the lease has ended, and perhaps after the next grant.
            client.rest(process.plan.longest_lease * 4).await;
            process.store_event(store, &step, token).await;
            process.renew(store, &step, None, Some(token)).await;
            process.free(store, &step, Some(token)).await;
        }
        _ => process.observer.count("leases not released"),
    }
}

/// It keeps its lease, also if the claim stays pending.
async fn claim_more(client: &Client, claim: &SlotClaim) -> Option<i64> {
    let Client { process, store, .. } = client;
    let random = &process.random;
    let pool = (*random.pick(&process.plan.pools)).to_owned();
    let more = SlotClaim { pools: vec![(pool, client.weight())], ..claim.clone() };
    for _ in 0..random.between(1..=3) {
        match process.claim(store, &more).await? {
            ClaimStatus::Claimed(grant) => return Some(grant.token),
            ClaimStatus::Pending { .. } => process.observer.count("holders that wait for more"),
        }
        client.rest(8).await;
    }
    None
}
