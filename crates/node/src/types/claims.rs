//! Claims and leases.

use napi::Env;
use rivers_storage::pools;
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

/// What a step asks for.
#[input]
pub struct SlotClaim {
    pub run_id: String,
    pub step_key: String,
    /// `'db'`, `['db', 'api']`, `[['db', 2], ['api', 1]]` or `{ db: 2, api: 1 }`; at least one. A pool named twice adds up.
    #[napi(
        ts_type = "string | readonly string[] | readonly (readonly [poolKey: string, slots: number])[] | Readonly<Record<string, number>>"
    )]
    pub pools: PoolRequest,
    /// Higher first; in the order of asking among equals. Default 0.
    pub priority: Option<i32>,
    /// Default: the shortest among the claimed pools. 0 is granted and expired at once.
    pub lease_duration: Option<Duration>,
    /// Which attempt of the step this is. The same attempt claiming again gets the same lease and token, so that a lost
    /// reply is safe; another takes the live lease over. Default ''.
    pub attempt: Option<String>,
    /// How long a pending claim keeps its place in the queue without being repeated. Default 15 s.
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

/// Of a grant.
pub struct Token(pub i64);

impl FromJs for Token {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        u64::from_js(js, path).map(|token| Self(token.cast_signed()))
    }
}

#[input]
#[derive(Default)]
pub struct FreeOptions {
    /// Only that grant, and nothing when it is not the live one.
    #[napi(ts_type = "number")]
    pub token: Option<Token>,
}

#[input]
#[derive(Default)]
pub struct RenewOptions {
    /// Default: the shortest among the pools held.
    pub lease_duration: Option<Duration>,
    /// Only that grant, and nothing when it is not the live one.
    #[napi(ts_type = "number")]
    pub token: Option<Token>,
}

/// Names a grant, for fenced calls. A `SlotLease` is one.
#[input(pools::LeaseRef)]
pub struct LeaseRef {
    pub run_id: String,
    pub step_key: String,
    pub token: i64,
}

impl ToJs for &pools::LeaseRef {
    fn to_js(self, env: &Env) -> JsResult<'_> {
        static SHAPE: Shape = Shape::new(&["runId", "stepKey", "token"]);
        let pools::LeaseRef { run_id, step_key, token } = self;
        SHAPE.build(env, [run_id.as_str().to_js(env)?, step_key.as_str().to_js(env)?, token.to_js(env)?])
    }
}

#[names]
pub enum ClaimState {
    #[name("claimed")]
    Claimed,
    #[name("pending")]
    Pending,
}

#[names]
pub enum BlockKind {
    #[name("pool_full")]
    PoolFull,
    #[name("pools_full")]
    PoolsFull,
}

/// What became of a claim: a lease, or a place in the queue.
#[output]
pub struct ConcurrencyClaimStatus {
    pub status: ClaimState,
    /// 0 when claimed; otherwise the 1-based rank in the first blocking pool's queue.
    pub position: u32,
    pub reason: Option<BlockReason>,
    pub is_claimed: bool,
    /// Fencing token of the lease: greater than every earlier one.
    pub token: Option<i64>,
    pub lease_expires_at: Option<i64>,
}

impl From<pools::ClaimStatus> for ConcurrencyClaimStatus {
    fn from(status: pools::ClaimStatus) -> Self {
        match status {
            pools::ClaimStatus::Claimed(pools::Grant { token, expires_at }) => Self {
                status: ClaimState::Claimed,
                position: 0,
                reason: None,
                is_claimed: true,
                token: Some(token),
                lease_expires_at: Some(expires_at),
            },
            pools::ClaimStatus::Pending { position, reason, .. } => Self {
                status: ClaimState::Pending,
                position: count(position),
                reason: BlockReason::new(reason),
                is_claimed: false,
                token: None,
                lease_expires_at: None,
            },
        }
    }
}

#[output]
pub struct PoolBlockDetail {
    pub pool_key: String,
    pub claimed: i64,
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
    pub kind: BlockKind,
    /// The first blocking pool, in the order of the claim.
    pub pool_key: String,
    pub claimed: i64,
    pub limit: i64,
    /// Every blocking pool, when there are several; else empty.
    pub pools: Vec<PoolBlockDetail>,
    /// The request exceeds a limit outright: it cannot run until that limit is raised.
    pub unsatisfiable: bool,
    /// There would be room, but it is kept for somebody ahead in the queue.
    pub reserved: bool,
}

impl BlockReason {
    /// Nothing when no pool blocks.
    pub(super) fn new(pools::BlockReason { pools, unsatisfiable, reserved }: pools::BlockReason) -> Option<Self> {
        let pools::PoolBlock { pool_key, claimed, limit } = pools.first()?.clone();
        let (kind, pools) =
            if pools.len() == 1 { (BlockKind::PoolFull, vec![]) } else { (BlockKind::PoolsFull, pools) };
        let pools = pools.into_iter().map(PoolBlockDetail::from).collect();
        Some(Self { kind, pool_key, claimed, limit, pools, unsatisfiable, reserved })
    }
}
