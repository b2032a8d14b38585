//! The events of a step's slots, for those who ask for them: each is stored along with what it tells of.

use super::claim::Request;
use super::ledger::Ledger;
use super::model::{BlockReason, PoolBlock};
use super::rows::StepId;
use crate::error::Result;
use crate::events::{EventType, NewEvent, append};
use crate::records::Tx;

pub(super) async fn waiting(ledger: &mut Ledger<'_, '_>, request: &Request, reason: &BlockReason) -> Result<()> {
    let metadata = vec![("reason".to_owned(), describe(reason))];
    store(ledger.tx, &request.location, &request.step, EventType::StepSlotWaiting, metadata).await
}

pub(super) async fn claimed(ledger: &mut Ledger<'_, '_>, request: &Request) -> Result<()> {
    let pools: Vec<&str> = request.pools.iter().map(|(id, _)| id.pool.as_str()).collect();
    let metadata = vec![("pools".to_owned(), pools.join(","))];
    store(ledger.tx, &request.location, &request.step, EventType::StepSlotClaimed, metadata).await
}

/// Of a renewal or a release.
pub(super) async fn told(tx: &mut Tx<'_>, location: &str, step: &StepId, event_type: EventType) -> Result<()> {
    store(tx, location, step, event_type, Vec::new()).await
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
