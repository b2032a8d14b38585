//! Claims and leases.

use napi::Env;
use napi::bindgen_prelude::{Either, Null};
use napi_derive::napi;
use rivers_storage::{Error, Result, pools};
use rivers_storage_node_macros::{input, names, output};

use crate::from_js::{Converted, Duration, Fields, FromJs, ValuePath, refused};
use crate::js::{Js, JsResult, Kind, Shape};
use crate::to_js::{ToJs, count};

/// Pools with their weights, in the order of the claim.
pub struct PoolRequest(Vec<(String, i64)>);

const POOLS_EXPECTED: &str = "'db', ['db', 'api'], [['db', 2], ['api', 1]] or { db: 2, api: 1 }";

impl FromJs for PoolRequest {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::String => Ok(Self(vec![(String::from_js(js, path)?, 1)])),
            Kind::Array => crate::from_js::list(js, path, |pool, path| match pool.kind() {
                Kind::String => Ok((String::from_js(pool, path)?, 1)),
                _ => FromJs::from_js(pool, path),
            })
            .map(Self),
            Kind::Object => Fields::of(js, path)?.entries().map(Self),
            _ => Err(refused(js, path, POOLS_EXPECTED)),
        }
    }
}

/// A claim of slots, as `claimConcurrencySlots` and `acquireSlots` take it.
#[input]
pub struct SlotClaim {
    /// The run that claims the slots.
    pub run_id: String,
    /// The step that claims the slots. A step of a run has at most one lease.
    pub step_key: String,
    /// `'db'`, `['db', 'api']`, `[['db', 2], ['api', 1]]` or `{ db: 2, api: 1 }`; at least one pool. Slots are from 1
    /// to 2147483647, default 1; those of a pool that is named twice add up.
    #[napi(
        ts_type = "string | readonly string[] | readonly (readonly [poolKey: string, slots: number])[] | Readonly<Record<string, number>>"
    )]
    pub pools: PoolRequest,
    /// Higher first; first come, first served among equals. Default 0.
    pub priority: Option<i32>,
    /// How long the grant lasts. Default: the shortest lease duration of the claimed pools. 0 is granted and expires at
    /// once.
    pub lease_duration: Option<Duration>,
    /// Which attempt of the step this is. Repeating a claim while its lease lives returns that lease, with the same
    /// token, so that a lost reply is safe. Another attempt takes the live lease over, with a new token. Default ''.
    pub attempt: Option<String>,
    /// How long a pending claim keeps its place in the queue without being repeated. Default 15 seconds.
    pub wait_ttl: Option<Duration>,
}

impl From<SlotClaim> for pools::SlotClaim {
    fn from(claim: SlotClaim) -> Self {
        let millis = |duration: Duration| duration.millis;
        Self {
            run_id: claim.run_id,
            step_key: claim.step_key,
            pools: claim.pools.0,
            priority: claim.priority.unwrap_or_default().into(),
            lease_ms: claim.lease_duration.map(millis),
            attempt: claim.attempt,
            wait_ttl_ms: claim.wait_ttl.map_or(Self::DEFAULT_WAIT_TTL_MS, millis),
        }
    }
}

/// The fencing token of a grant.
pub struct Token(pub i64);

impl FromJs for Token {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        u64::from_js(js, path).map(|token| Self(token.cast_signed()))
    }
}

/// Options of `freeConcurrencySlots`.
#[input]
#[derive(Default)]
pub struct FreeOptions {
    /// Frees only the grant with this token, and nothing if it is not live. Default: whatever the step holds.
    #[napi(ts_type = "number | undefined")]
    pub token: Option<Token>,
}

/// Options of `renewSlotLease`.
#[input]
#[derive(Default)]
pub struct RenewOptions {
    /// How long the lease lasts from now. Default: the shortest lease duration of the pools held.
    pub lease_duration: Option<Duration>,
    /// Renews only the grant with this token, and nothing if it is not live. Default: whatever the step holds.
    #[napi(ts_type = "number | undefined")]
    pub token: Option<Token>,
}

/// Names a grant, for fenced calls. A `SlotLease` is one.
#[input(pools::LeaseRef)]
pub struct LeaseRef {
    /// The run that holds the slots.
    pub run_id: String,
    /// The step that holds the slots.
    pub step_key: String,
    /// Fencing token of the grant.
    pub token: i64,
}

impl ToJs for &pools::LeaseRef {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        static SHAPE: Shape = Shape::new(&["runId", "stepKey", "token"]);
        let pools::LeaseRef { run_id, step_key, token } = self;
        SHAPE.build(env, [run_id.as_str().to_js(env)?, step_key.as_str().to_js(env)?, token.to_js(env)?])
    }
}

/// Whether one pool blocks a claim, or several.
#[names]
pub enum BlockKind {
    #[name("pool_full")]
    PoolFull,
    #[name("pools_full")]
    PoolsFull,
}

/// The slots were granted: the step has a lease.
#[output]
pub struct ClaimedStatus {
    /// Tells a grant from a pending claim.
    #[napi(ts_type = "'claimed'")]
    pub status: &'static str,
    /// 0: the step is in no queue.
    #[napi(ts_type = "0")]
    pub position: u32,
    /// Null: nothing blocks the claim.
    pub reason: Null,
    /// Same as `status === 'claimed'`.
    #[napi(ts_type = "true")]
    pub is_claimed: bool,
    /// Fencing token of the lease: greater than the token of every earlier grant of the store.
    pub token: i64,
    /// When the lease expires, in milliseconds since the Unix epoch.
    pub lease_expires_at: i64,
}

/// The slots were not granted: the step has a place in the queues of the pools.
#[output]
pub struct PendingStatus {
    /// Tells a grant from a pending claim.
    #[napi(ts_type = "'pending'")]
    pub status: &'static str,
    /// 1-based rank in the queue of the first blocking pool.
    pub position: u32,
    /// Why the claim is pending.
    pub reason: BlockReason,
    /// Same as `status === 'claimed'`.
    #[napi(ts_type = "false")]
    pub is_claimed: bool,
    /// Null: there is no lease.
    pub token: Null,
    /// Null: there is no lease.
    pub lease_expires_at: Null,
}

/// The answer to a claim: a lease, or a place in the queue. `status` tells which.
#[napi]
pub type ConcurrencyClaimStatus = Either<ClaimedStatus, PendingStatus>;

pub fn claim_status(status: pools::ClaimStatus) -> Result<ConcurrencyClaimStatus> {
    Ok(match status {
        pools::ClaimStatus::Claimed(pools::Grant { token, expires_at: lease_expires_at }) => {
            let (status, position, reason, is_claimed) = ("claimed", 0, Null, true);
            Either::A(ClaimedStatus { status, position, reason, is_claimed, token, lease_expires_at })
        }
        pools::ClaimStatus::Pending { position, reason, .. } => {
            let (status, is_claimed, token, lease_expires_at) = ("pending", false, Null, Null);
            let (position, reason) = (count(position), BlockReason::new(reason)?);
            Either::B(PendingStatus { status, position, reason, is_claimed, token, lease_expires_at })
        }
    })
}

/// A pool that blocks a claim.
#[output]
pub struct PoolBlockDetail {
    /// The pool that blocks the claim.
    pub pool_key: String,
    /// Slots that other steps hold.
    pub claimed: i64,
    /// The pool's limit.
    pub limit: i64,
}

impl From<pools::PoolBlock> for PoolBlockDetail {
    fn from(pools::PoolBlock { pool_key, claimed, limit }: pools::PoolBlock) -> Self {
        Self { pool_key, claimed, limit }
    }
}

/// Why a claim is pending.
#[output]
pub struct BlockReason {
    /// Whether one pool blocks the claim, or several.
    pub kind: BlockKind,
    /// The first blocking pool, in the order of the claim.
    pub pool_key: String,
    /// Slots that other steps hold in that pool.
    pub claimed: i64,
    /// The limit of that pool.
    pub limit: i64,
    /// Every blocking pool if there are several, otherwise empty.
    pub pools: Vec<PoolBlockDetail>,
    /// Whether the claim exceeds a limit: it cannot be granted until that limit is raised.
    pub unsatisfiable: bool,
    /// Whether the slots are free, but reserved for a claim ahead in the queue.
    pub reserved: bool,
}

impl BlockReason {
    pub(super) fn new(pools::BlockReason { pools, unsatisfiable, reserved }: pools::BlockReason) -> Result<Self> {
        let first = pools.first().ok_or_else(|| Error::internal("a claim is pending and no pool blocks it"))?;
        let pools::PoolBlock { pool_key, claimed, limit } = first.clone();
        let (kind, pools) =
            if pools.len() == 1 { (BlockKind::PoolFull, vec![]) } else { (BlockKind::PoolsFull, pools) };
        let pools = pools.into_iter().map(PoolBlockDetail::from).collect();
        Ok(Self { kind, pool_key, claimed, limit, pools, unsatisfiable, reserved })
    }
}
