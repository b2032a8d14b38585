//! The events of a step's slots, stored in the transaction of the change that they describe.

use super::super::model::{BlockReason, PoolBlock};
use super::super::rows::{PoolId, StepId};
use crate::error::Result;
use crate::events::{EventType, NewEvent, append};
use crate::records::Tx;

pub async fn waiting(tx: &mut Tx<'_>, location: &str, step: &StepId, reason: &BlockReason) -> Result<()> {
    let metadata = vec![("reason".to_owned(), describe(reason))];
    store(tx, location, step, EventType::StepSlotWaiting, metadata).await
}

pub async fn claimed(tx: &mut Tx<'_>, location: &str, step: &StepId, pools: &[(PoolId, i64)]) -> Result<()> {
    let pools: Vec<&str> = pools.iter().map(|(id, _)| id.pool.as_str()).collect();
    let metadata = vec![("pools".to_owned(), pools.join(","))];
    store(tx, location, step, EventType::StepSlotClaimed, metadata).await
}

pub async fn renewed(tx: &mut Tx<'_>, location: &str, step: &StepId) -> Result<()> {
    store(tx, location, step, EventType::StepSlotRenewed, Vec::new()).await
}

pub async fn released(tx: &mut Tx<'_>, location: &str, step: &StepId) -> Result<()> {
    store(tx, location, step, EventType::StepSlotReleased, Vec::new()).await
}

async fn store(
    tx: &mut Tx<'_>,
    location: &str,
    step: &StepId,
    event_type: EventType,
    metadata: Vec<(String, String)>,
) -> Result<()> {
    let asset_key = Some(step.step.to_string());
    let event = NewEvent { asset_key, metadata, ..NewEvent::new(event_type, step.run.as_str()) };
    append(tx, location, &[event]).await?;
    Ok(())
}

fn describe(reason: &BlockReason) -> String {
    let full = |PoolBlock { pool_key, claimed, limit }: &PoolBlock| format!("'{pool_key}' ({claimed}/{limit})");
    match reason.pools.as_slice() {
        [PoolBlock { pool_key, claimed, limit }] => format!("pool '{pool_key}' full ({claimed}/{limit})"),
        pools => format!("pools full: {}", pools.iter().map(full).collect::<Vec<_>>().join(", ")),
    }
}
