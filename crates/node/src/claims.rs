//! Claims of slots, without waiting or automatic renewal.

use napi_derive::napi;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::to_js::count;
use crate::types::{ConcurrencyClaimStatus, FreeOptions, RenewOptions, SlotClaim, claim_status};

#[dual]
#[napi]
impl Storage {
    /// Claims slots in all of the pools, or in none, and answers at once. A pending claim keeps its place in the queue
    /// for `waitTtl`; repeating it keeps the place for as long again.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if a pool is unknown.
    pub async fn claim_concurrency_slots(store: &Store, claim: SlotClaim) -> Result<ConcurrencyClaimStatus> {
        claim_status(store.claim_concurrency_slots(claim.into()).await?)
    }

    /// Frees the slots that the step holds, and removes it from the queues. With `token`, frees only that grant and
    /// leaves the queues as they are.
    ///
    /// @returns the number of slot rows freed: one for each pool that the step held
    pub async fn free_concurrency_slots(
        store: &Store,
        run_id: String,
        step_key: String,
        options: Option<FreeOptions>,
    ) -> Result<u32> {
        let token = options.unwrap_or_default().token.map(|token| token.0);
        store.free_concurrency_slots(&run_id, &step_key, token).await.map(count)
    }

    /// Frees the slots that the steps of the run hold, and removes them from the queues.
    ///
    /// @returns the number of slot rows freed: one for each step and pool
    pub async fn free_concurrency_slots_for_run(store: &Store, run_id: String) -> Result<u32> {
        store.free_concurrency_slots_for_run(&run_id).await.map(count)
    }

    /// Renews the live lease of the step. An expired lease is never revived.
    ///
    /// @returns the number of slot rows renewed: one for each pool that the step holds; 0 if it has no live lease
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

    /// Removes the slots of expired leases, in all code locations. Expired leases hold nothing in any case: this only
    /// removes their records.
    ///
    /// @returns the number of slot rows removed: one for each step and pool
    #[off_event_loop]
    pub async fn free_expired_leases(store: &Store) -> Result<u32> {
        store.free_expired_leases().await.map(count)
    }
}
