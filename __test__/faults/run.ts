// A run: a server, processes that use it through proxies, and each fault in turn.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Storage } from 'rivers-storage'
import { startServer } from '../../scripts/lib/server.js'
import { isCommit, isQuery, startProxy, type Fault, type Proxy } from '../helpers/proxy.js'
import { Random } from '../helpers/random.js'
import { judge, type Judgement, type Phase, type Sample, type Sighting } from './judge.js'
import { keptPool, look, now, POOLS, type Change, type Report, type WorkerOptions } from './records.js'

export const KINDS = ['none', 'latency', 'loss', 'half-open', 'reset', 'cut', 'late', 'twice', 'notices'] as const
export type Kind = (typeof KINDS)[number]

export interface Options {
  seed: number
  kinds: readonly Kind[]
  processes: number
  /** In each process. */
  storages: number
  timeoutMs: number
  /** How long each fault is in force, now and then. */
  phaseMs: number
  /** How late a request may be delivered. */
  lateMs: number
  /** How long after the last late request the changes are looked at once more. */
  waitMs: number
  log(line: string): void
}

const DATABASE = 'faults'
/** A connection that is half-open is noticed after 7 to 10 seconds. */
const RECOVERY_MS = 15_000
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export async function runFaults(options: Options): Promise<Judgement> {
  const server = await startServer()
  const random = new Random(options.seed)
  const count = options.processes * options.storages
  const proxies = await Promise.all(Array.from({ length: count }, () => startProxy(server.endpoint, random)))
  const workers: ChildProcess[] = []
  try {
    const direct = await Storage.connect(server.endpoint, { database: DATABASE })
    for (const [pool, limit] of Object.entries(POOLS)) await direct.setPoolLimit(pool, limit)
    for (let i = 0; i < count; i++) await direct.setPoolLimit(keptPool(i), -1)
    const reports: Report[] = []
    for (let i = 0; i < options.processes; i++) {
      const first = i * options.storages
      const endpoints = proxies.slice(first, first + options.storages).map(proxy => proxy.endpoint)
      const { seed, timeoutMs } = options
      workers.push(
        startWorker(
          { seed, server: server.endpoint, database: DATABASE, first, proxies: endpoints, timeoutMs },
          reports,
        ),
      )
    }
    if (!(await haveCalls(reports, count))) throw new Error('the processes did not begin')
    const poll = startPoll(direct)
    const phases = await inflict(proxies, reports, random, options)
    await endWorkers(workers)
    options.log('The processes have ended. Waiting for requests that are late.')
    while (proxies.some(proxy => proxy.held() > 0)) await sleep(100)
    await Promise.all(proxies.map(proxy => proxy.deliver()))
    const changes = lastChanges(reports)
    const found = new Map<Change, string[]>(changes.map(change => [change, []]))
    for (const wait of [0, options.waitMs]) {
      await sleep(wait)
      for (const [change, states] of found) states.push(await look(direct, change.marker))
    }
    const { samples, sightings } = await poll.stop()
    options.log(
      `${samples.length} looks at the pools, ${proxies.reduce((n, { counts }) => n + counts.replays, 0)} replays.`,
    )
    await direct.close()
    return judge({ phases, reports, limits: POOLS, samples, sightings, found })
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
    await Promise.all(proxies.map(proxy => proxy.stop()))
    await server.stop()
  }
}

/** A marker that was changed several times has the state of the last change. */
function lastChanges(reports: Report[]): Change[] {
  const last = new Map<string, Change>()
  for (const report of reports) if (report.kind === 'change') last.set(JSON.stringify(report.marker), report)
  return [...last.values()]
}

function startWorker(options: WorkerOptions, reports: Report[]): ChildProcess {
  const child = fork(join(__dirname, 'worker.ts'), { execArgv: ['--import', 'tsx'] })
  child.on('message', (batch: Report[]) => reports.push(...batch))
  child.on('exit', (code, signal) => {
    if (code !== 0 && signal !== 'SIGKILL') {
      reports.push({ kind: 'wrong', at: now(), what: 'unexpected', text: `a process ended: ${code ?? signal}` })
    }
  })
  child.send(options)
  return child
}

/** Their calls under way still end, and are reported. */
async function endWorkers(workers: ChildProcess[]): Promise<void> {
  await Promise.all(
    workers.map(async worker => {
      if (worker.exitCode !== null) return
      const ended = once(worker, 'exit')
      worker.send('end')
      await ended
    }),
  )
}

/** Until each storage has had an answer since now. */
async function haveCalls(reports: Report[], storages: number, within = 30_000): Promise<boolean> {
  const [start, first] = [now(), reports.length]
  while (now() < start + within) {
    const served = reports
      .slice(first)
      .filter(report => report.kind === 'call' && report.start > start && !report.error)
    if (new Set(served.map(report => 'storage' in report && report.storage)).size === storages) return true
    await sleep(50)
  }
  return false
}

/** Asks the store again and again who holds slots and who waits. */
function startPoll(direct: Storage): { stop(): Promise<{ samples: Sample[]; sightings: Sighting[] }> } {
  const samples: Sample[] = []
  const sightings = new Map<string, Sighting>()
  const turn = { isOver: false }
  const polling = (async () => {
    while (!turn.isOver) {
      for (const pool of Object.keys(POOLS)) {
        const at = now()
        const holders = await direct.getPoolSlotHolders(pool)
        const waiters = await direct.getPoolWaiters(pool)
        const { claimedCount } = await direct.getPoolInfo(pool)
        const held = holders.reduce((sum, { slotsConsumed }) => sum + slotsConsumed, 0)
        samples.push({ at, pool, claimed: Math.max(held, claimedCount) })
        for (const { runId, stepKey } of [...holders, ...waiters]) {
          sightings.set(`${runId} ${stepKey}`, { at, runId, stepKey })
        }
      }
      await sleep(10)
    }
  })()
  return {
    async stop() {
      turn.isOver = true
      await polling
      return { samples, sightings: [...sightings.values()] }
    },
  }
}

/** Each fault in turn, in a random order; for each proxy on its own, now and then. Then all storages must work again. */
async function inflict(proxies: Proxy[], reports: Report[], random: Random, options: Options): Promise<Phase[]> {
  const phases: Phase[] = []
  const faults = (): number => proxies.reduce((sum, { counts }) => sum + counts.faults, 0)
  const kinds = options.kinds.map(kind => ({ kind, order: random.next() })).toSorted((a, b) => a.order - b.order)
  for (const { kind } of kinds) {
    const [from, before] = [now(), faults()]
    await Promise.all(proxies.map(proxy => inflictOne(proxy, kind, random, options, from + options.phaseMs)))
    const repaired = now()
    if (!(await haveCalls(reports, proxies.length, RECOVERY_MS))) {
      reports.push({ kind: 'wrong', at: from, what: 'unexpected', text: 'not all storages work again' })
    }
    const recovery = ((now() - repaired) / 1000).toFixed(1)
    phases.push({ fault: kind, from, to: now(), faults: faults() - before })
    options.log(
      `${kind}: ${((repaired - from) / 1000).toFixed(1)} s, and all storages worked again after ${recovery} s`,
    )
  }
  return phases
}

async function inflictOne(proxy: Proxy, kind: Kind, random: Random, options: Options, end: number): Promise<void> {
  const pause = (ms: number): Promise<void> => sleep(Math.min(ms, Math.max(0, end - now())))
  await pause(random.next() * 300)
  while (now() < end) {
    const { fault, lastsMs } = chooseFault(kind, random, options)
    proxy.set(fault, random.next() < 0.7 ? isCommit : isQuery)
    await pause(lastsMs)
    if (['cut', 'late', 'twice'].includes(kind) && random.next() < 0.5) {
      // The client cannot ask what became of its request.
      const isHalfOpen = options.kinds.includes('half-open') && random.next() < 0.3
      proxy.set(isHalfOpen ? { kind: 'half-open' } : { kind: 'reset', ms: 0 })
      await sleep(options.timeoutMs * 1.4)
    }
    proxy.set(null)
    await pause(random.next() * 1000)
  }
}

function chooseFault(kind: Kind, random: Random, options: Options): { fault: Fault | null; lastsMs: number } {
  const { timeoutMs, lateMs } = options
  const share = random.of([0.02, 0.1, 0.5])
  // Before the caller has an answer, right after it, and long afterwards.
  const later = random.of([0, timeoutMs * random.next(), timeoutMs * (0.8 + random.next() * 0.6), lateMs])
  const lastsMs = 200 + random.next() * Math.min(2000, options.phaseMs / 2)
  switch (kind) {
    case 'none':
      return { fault: null, lastsMs }
    case 'latency':
      return { fault: { kind, ms: random.of([20, 200, timeoutMs / 3]) }, lastsMs }
    case 'loss':
    case 'cut':
      return { fault: { kind, share }, lastsMs }
    case 'late':
    case 'twice':
      return { fault: { kind, share, ms: later }, lastsMs }
    case 'notices':
      return { fault: { kind, share: random.of([0.1, 0.5, 1]), ms: later }, lastsMs }
    case 'half-open':
      return { fault: { kind }, lastsMs }
    case 'reset':
      return { fault: { kind, ms: random.of([5, 50, 500]) }, lastsMs }
  }
}
