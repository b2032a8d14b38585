//! Claims of slots, without waiting or automatic renewal.

use napi_derive::napi;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::to_js::count;
use crate::types::{ConcurrencyClaimStatus, FreeOptions, RenewOptions, SlotClaim};

#[dual]
#[napi]
impl Storage {
    /// Claims slots in all of the pools, or in none. A claim that is pending has a place in the queue, which it keeps by
    /// being repeated.
    pub async fn claim_concurrency_slots(store: &Store, claim: SlotClaim) -> Result<ConcurrencyClaimStatus> {
        store.claim_concurrency_slots(claim.into()).await.map(ConcurrencyClaimStatus::from)
    }

    /// Frees what the step holds, and its places in queues. Gives how many slot rows were freed.
    pub async fn free_concurrency_slots(
        store: &Store,
        run_id: String,
        step_key: String,
        options: Option<FreeOptions>,
    ) -> Result<u32> {
        let token = options.unwrap_or_default().token.map(|token| token.0);
        store.free_concurrency_slots(&run_id, &step_key, token).await.map(count)
    }

    /// Frees what all steps of the run hold, and their places in queues. Gives how many slot rows were freed.
    pub async fn free_concurrency_slots_for_run(store: &Store, run_id: String) -> Result<u32> {
        store.free_concurrency_slots_for_run(&run_id).await.map(count)
    }

    /// Renews the step's live lease. Gives how many slot rows were renewed; 0 when there is no live lease: an expired one
    /// is never revived.
    pub async fn renew_slot_lease(
        store: &Store,
        run_id: String,
        step_key: String,
        options: Option<RenewOptions>,
    ) -> Result<u32> {
        let RenewOptions { lease_duration, token } = options.unwrap_or_default();
        let (lease, token) = (lease_duration.map(|duration| duration.millis), token.map(|token| token.0));
        let renewal = store.renew_slot_lease(&run_id, &step_key, lease, token).await?;
        Ok(renewal.map_or(0, |renewal| count(renewal.slots)))
    }

    /// Removes slots whose lease is over. Gives how many slot rows were removed. Expired leases count for nothing in any
    /// case.
    #[off_thread]
    pub async fn free_expired_leases(store: &Store) -> Result<u32> {
        store.free_expired_leases().await.map(count)
    }
}
