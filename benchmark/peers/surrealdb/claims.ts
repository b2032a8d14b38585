import type { Operations } from '../peer.js'
import type { Client } from './client.js'

const LEASE_MS = 86_400_000

const SET_POOL = `UPSERT type::record('pool', $key) SET slot_limit = $limit, used = used ?? 0, token = token ?? 0 RETURN NONE`

const LEAVE_QUEUE = `
  LET $waiter = SELECT * FROM ONLY type::record('waiter', [$run, $step]);
  FOR $wanted IN $waiter.pools ?? [] {
    DELETE type::record('place', [$wanted.key, -$waiter.priority, $waiter.since, $run, $step]) RETURN NONE;
  };
  DELETE type::record('waiter', [$run, $step]) RETURN NONE;`

/** All or nothing over several pools, in one transaction; who is not granted is kept as waiting. */
const CLAIM = `
  BEGIN;
  LET $ended = array::flatten($pools.map(|$wanted|
    (SELECT * FROM expiry:[$wanted.key, 0]..=[$wanted.key, $now])));
  FOR $one IN $ended {
    UPDATE type::record('pool', $one.pool) SET used -= $one.slots RETURN NONE;
    DELETE type::record('lease', $one.holder) RETURN NONE;
    DELETE $one.id RETURN NONE;
  };
  LET $held = (SELECT VALUE pools FROM ONLY type::record('lease', [$run, $step])) ?? [];
  LET $blocking = $pools.filter(|$wanted| {
    LET $pool = type::record('pool', $wanted.key).{ used, slot_limit };
    LET $own = $held.filter(|$one| $one.key = $wanted.key)[0].slots ?? 0;
    LET $next = (SELECT VALUE holder FROM place:[$wanted.key, NONE]..=[$wanted.key, -$priority, ..] LIMIT 1)[0];
    RETURN $own < $wanted.slots
      AND ($pool.used - $own + $wanted.slots > $pool.slot_limit OR $next NOT IN [NONE, [$run, $step]]);
  });
  ${LEAVE_QUEUE}
  IF $blocking.len() = 0 {
    FOR $wanted IN $pools {
      LET $own = $held.filter(|$one| $one.key = $wanted.key)[0].slots ?? 0;
      UPDATE type::record('pool', $wanted.key) SET used += $wanted.slots - $own, token += 1 RETURN NONE;
      UPSERT type::record('expiry', [$wanted.key, $until, $run, $step])
        SET pool = $wanted.key, slots = $wanted.slots, holder = [$run, $step] RETURN NONE;
    };
    UPSERT type::record('lease', [$run, $step]) SET pools = $pools, until = $until RETURN NONE;
  } ELSE {
    UPSERT type::record('waiter', [$run, $step]) SET pools = $pools, priority = $priority, since = $now RETURN NONE;
    FOR $wanted IN $pools {
      UPSERT type::record('place', [$wanted.key, -$priority, $now, $run, $step]) SET holder = [$run, $step] RETURN NONE;
    };
  };
  RETURN $blocking.len() = 0;
  COMMIT;`

const FREE = `
  BEGIN;
  LET $lease = SELECT * FROM ONLY type::record('lease', [$run, $step]);
  FOR $held IN $lease.pools ?? [] {
    UPDATE type::record('pool', $held.key) SET used -= $held.slots RETURN NONE;
    DELETE type::record('expiry', [$held.key, $lease.until, $run, $step]) RETURN NONE;
  };
  DELETE type::record('lease', [$run, $step]) RETURN NONE;
  ${LEAVE_QUEUE}
  COMMIT;`

const RENEW = `
  BEGIN;
  LET $lease = SELECT * FROM ONLY type::record('lease', [$run, $step]) WHERE until > $now;
  FOR $held IN $lease.pools ?? [] {
    DELETE type::record('expiry', [$held.key, $lease.until, $run, $step]) RETURN NONE;
    UPSERT type::record('expiry', [$held.key, $until, $run, $step])
      SET pool = $held.key, slots = $held.slots, holder = [$run, $step] RETURN NONE;
  };
  UPDATE type::record('lease', [$run, $step]) SET until = $until WHERE until > $now RETURN NONE;
  COMMIT;`

export function claimsOf(client: Client): Operations {
  // One after another: transactions on one pool side by side would only conflict, and be tried again.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    setPoolLimit: (key, limit) => client.query(SET_POOL, { key, limit }),
    claim: async ({ runId, stepKey, pools, priority = 0 }) => {
      const now = Date.now()
      const parameters = {
        run: runId,
        step: stepKey,
        pools: pools.map(([key, slots]) => ({ key, slots })),
        priority,
        now,
        until: now + LEASE_MS,
      }
      const results = await inTurn(() => client.query(CLAIM, parameters))
      // The last statement is COMMIT, and the one before it says what was decided.
      return results.at(-2) as boolean
    },
    renew: (run, step, leaseMs) => {
      const now = Date.now()
      return inTurn(() => client.query(RENEW, { run, step, now, until: now + leaseMs }))
    },
    free: (run, step) => inTurn(() => client.query(FREE, { run, step })),
  }
}
