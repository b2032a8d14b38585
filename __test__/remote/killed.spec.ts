// Processes that claim slots of shared pools and are killed at random: by the store's own records and by what the
// processes said, no slot is granted twice, and none is held for ever.
import { Storage } from 'rivers-storage'
import { startServer } from '../../scripts/lib/server.js'
import { overlaps, wrongTokens } from '../faults/judge.js'
import { now, POOLS, type Hold } from '../faults/records.js'
import { startChild, type Child } from '../helpers/child.js'
import { newSeed, Random } from '../helpers/random.js'
import { onServer } from '../helpers/on-server.js'

/** Passes as long as the defect is there that its comment names. */

const PROCESSES = 8
const LOAD_MS = 20_000
const LEASE_MS = 3000

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

type Said =
  | ['connected']
  | ['granted', token: number, pools: Record<string, number>, asked: number, from: number]
  /** The slots are about to be freed. */
  | ['ends', token: number, at: number]
  | ['failed', text: string]

interface Work {
  endpoint: string
  name: string
  seed: number
  /** Whether it also waits. */
  waits: boolean
  limits: Record<string, number>
  leaseMs: number
}

/** Claims, waits, renews and frees until it is killed. */
function claimer(work: Work): Child {
  return startChild(async ({ Storage }, { endpoint, name, seed, limits, leaseMs, waits: waitLoops }: Work, say) => {
    const { setTimeout: pause } = require('node:timers/promises') as typeof import('node:timers/promises')
    let state = seed
    const below = (bound: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >>> 8) % bound
    }
    const storage = await Storage.connect(endpoint)
    say(['connected'])
    let last = 0
    const keys = Object.keys(limits)
    const claim = () => {
      const [a, b] = [keys[below(keys.length)]!, keys[below(keys.length)]!]
      const pools = a === b ? { [a]: 1 + below(limits[a]!) } : { [a]: 1, [b]: 1 }
      return { pools, runId: name, stepKey: `${++last}`, leaseDuration: leaseMs }
    }
    const claims = async (): Promise<void> => {
      for (;;) {
        const request = { ...claim(), waitTtl: 1000 }
        let [token, asked]: [number | null, number] = [null, 0]
        for (let tries = 0; token === null && tries < 30; tries++) {
          await pause(below(50))
          asked = Number(process.hrtime.bigint()) / 1e6
          token = (await storage.claimConcurrencySlots(request)).token
        }
        if (token === null) {
          await storage.freeConcurrencySlots(name, request.stepKey)
          continue
        }
        say(['granted', token, request.pools, asked, Number(process.hrtime.bigint()) / 1e6])
        await pause(below(100))
        await storage.renewSlotLease(name, request.stepKey, { token, leaseDuration: leaseMs })
        say(['ends', token, Number(process.hrtime.bigint()) / 1e6])
        await storage.freeConcurrencySlots(name, request.stepKey, { token })
      }
    }
    const waits = async (): Promise<void> => {
      for (;;) {
        const [request, asked] = [claim(), Number(process.hrtime.bigint()) / 1e6]
        const lease = await storage.acquireSlots(request)
        say(['granted', lease.token, request.pools, asked, Number(process.hrtime.bigint()) / 1e6])
        await pause(below(200))
        say(['ends', lease.token, Number(process.hrtime.bigint()) / 1e6])
        await lease.release()
      }
    }
    const loops = [claims(), claims(), ...(waitLoops ? [waits(), waits()] : [])]
    await Promise.all(loops).catch(error => say(['failed', String(error)]))
  }, work)
}

/** What a process said, that was killed then. A grant without an end lasted until that, or the end of its lease. */
function holdsOf(said: Said[], killedAt: number): Hold[] {
  const ends = new Map(said.flatMap(line => (line[0] === 'ends' ? [[line[1], line[2]]] : [])))
  return said.flatMap(line => {
    if (line[0] !== 'granted') return []
    const [, token, pools, asked, from] = line
    const to = Math.min(ends.get(token) ?? killedAt, asked + LEASE_MS)
    return [{ kind: 'hold' as const, pools, token, asked, from, to }]
  })
}

onServer('claims of processes that are killed never exceed a limit, and all slots come free', async t => {
  const seed = newSeed()
  t.log(`Seed ${seed}.`)
  t.timeout(180_000)
  const random = new Random(seed)
  const server = await startServer()
  const children = new Set<Child>()
  try {
    const storage = await Storage.connect(server.endpoint)
    for (const [pool, limit] of Object.entries(POOLS)) await storage.setPoolLimit(pool, limit)
    const end = now() + LOAD_MS
    const holds: Hold[] = []
    let kills = 0
    const lives = async (place: number): Promise<void> => {
      for (let life = 0; now() < end; life++) {
        const name = `${place}-${life}`
        const waits = place % 4 === 0
        const child = claimer({
          endpoint: server.endpoint,
          name,
          seed: random.below(2 ** 31),
          waits,
          limits: { ...POOLS },
          leaseMs: LEASE_MS,
        })
        children.add(child)
        await child.heard(line => (line as Said)[0] === 'connected')
        // A process that waits and is killed keeps its places in the queues, and so the slots, for 10 seconds or more.
        await sleep(waits ? 6000 + random.next() * 6000 : 200 + random.next() * 4000)
        const killedAt = now()
        child.kill('SIGKILL')
        const { said } = await child.ended
        children.delete(child)
        kills++
        const failures = (said as Said[]).filter(line => line[0] === 'failed')
        t.deepEqual(failures, [], name)
        holds.push(...holdsOf(said as Said[], killedAt))
      }
    }
    const samples: Record<string, number> = {}
    const turn = { isOver: false }
    const polling = (async () => {
      while (!turn.isOver) {
        for (const { poolKey, claimedCount } of await storage.getAllPoolInfos()) {
          samples[poolKey] = Math.max(samples[poolKey] ?? 0, claimedCount)
          const holders = await storage.getPoolSlotHolders(poolKey)
          const held = holders.reduce((sum, { slotsConsumed }) => sum + slotsConsumed, 0)
          samples[poolKey] = Math.max(samples[poolKey]!, held)
        }
        await sleep(5)
      }
    })()
    await Promise.all(Array.from({ length: PROCESSES }, (_, place) => lives(place)))
    turn.isOver = true
    await polling

    t.log(`${kills} kills, ${holds.length} grants, the most slots in use: ${JSON.stringify(samples)}`)
    t.true(kills > PROCESSES, `${kills} kills`)
    t.true(holds.length > 20, `${holds.length} grants`)
    for (const [pool, limit] of Object.entries(POOLS)) {
      t.true(samples[pool]! > 0 && samples[pool]! <= limit, `${samples[pool]} of ${limit} slots of ${pool}`)
      t.deepEqual(overlaps(holds, pool, limit), [], pool)
      t.deepEqual(wrongTokens(holds, pool), [], pool)
    }
    t.is(new Set(holds.map(hold => hold.token)).size, holds.length)

    // The processes are gone for good: their leases expire, and their places in the queues are removed.
    const start = now()
    const lease = await storage.acquireSlots({ pools: POOLS, runId: 'all', stepKey: 'slots', timeout: '90s' })
    t.log(`All slots were free after ${Math.round(now() - start)} ms.`)
    await lease.release()
    await storage.close()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await server.stop()
  }
})

// Others remove the row of a process that has waited for nothing for 10 seconds. And it may be granted a slot after it has gone:
// such a lease is short until its process has heard of it.
onServer('a process that is killed right after it began to wait leaves the queue', async t => {
  t.timeout(120_000)
  const server = await startServer()
  let child: Child | undefined
  try {
    const storage = await Storage.connect(server.endpoint)
    await storage.setPoolLimit('p', 1)
    await storage.setPoolLimit('full', 1)
    // This process waits all the time, and so looks for others that are gone.
    await storage.acquireSlots({ pools: 'full', runId: 'r', stepKey: 'holds' })
    storage.acquireSlots({ pools: 'full', runId: 'r', stepKey: 'waits' }).catch(() => {})
    const held = await storage.acquireSlots({ pools: 'p', runId: 'r', stepKey: 'held' })
    child = startChild(
      async ({ Storage }, { endpoint }, say) => {
        const storage = await Storage.connect(endpoint)
        await new Promise(resolve => setTimeout(resolve, 14_000))
        storage.acquireSlots({ pools: 'p', runId: 'killed', stepKey: 's' }).catch(() => {})
        while ((await storage.getPoolWaiters('p')).length === 0) continue
        say('waits')
        // The process goes on.
        setInterval(() => {}, 1000)
      },
      { endpoint: server.endpoint },
    )
    await child.heard(line => line === 'waits')
    child.kill('SIGKILL')
    await held.release()
    const lease = await storage.acquireSlots({ pools: 'p', runId: 'r', stepKey: 'next', timeout: '30s' })
    t.true(lease.live)
  } finally {
    child?.kill('SIGKILL')
    await server.stop()
  }
})

// A process shows that it is there while it waits, also if no wait lasts long.
onServer('a process whose waits are short is not taken for one that is gone', async t => {
  t.timeout(120_000)
  const server = await startServer()
  try {
    const [long, short] = await Promise.all([1, 2].map(() => Storage.connect(server.endpoint)))
    await long!.setPoolLimit('full', 1)
    await long!.acquireSlots({ pools: 'full', runId: 'r', stepKey: 'holds' })
    long!.acquireSlots({ pools: 'full', runId: 'r', stepKey: 'waits' }).catch(() => {})
    const end = now() + 20_000
    while (now() < end) {
      const wait = { pools: 'full', runId: 'short', stepKey: 's', timeout: 1200 }
      await t.throwsAsync(short!.acquireSlots(wait), { code: 'ERR_TIMEOUT' })
    }
    await Promise.all([long!.close(), short!.close()])
  } finally {
    await server.stop()
  }
})
