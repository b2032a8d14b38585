import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import test from 'ava'
import { inProcess } from '../benchmark/measuring/in-process.js'
import { measure } from '../benchmark/measuring/rounds.js'
import { quantile, summarize } from '../benchmark/measuring/summary.js'
import { checkPeer } from '../benchmark/peers/check.js'
import { OURS, type Peer } from '../benchmark/peers/peer.js'
import { loadRivers } from '../benchmark/peers/rivers.js'
import type { Figures } from '../benchmark/reporting/figures.js'
import { compareRatios, ratiosOf } from '../benchmark/reporting/ratios.js'
import { slopePerMinute } from '../benchmark/soak/sample.js'
import { targets } from '../benchmark/targets.js'
import { workloads } from '../benchmark/workloads/all.js'

const BRIEF = { rounds: 1, sliceMs: 1, warmUpMs: 1 }
const isSmall = ({ curve }: (typeof workloads)[number]): boolean => (curve?.at ?? 0) <= 1000

test('every small workload runs on our own store', async t => {
  const ours = inProcess(await loadRivers())
  const folder = await mkdtemp(`${tmpdir()}/rivers-storage-`)
  try {
    for (const workload of workloads.filter(isSmall)) {
      const [answer] = await measure(workload, 'memory', [ours], BRIEF, folder)
      t.true(answer && 'summary' in answer && answer.summary.p50 > 0, workload.name)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the names of workloads are unique', t => {
  t.is(new Set(workloads.map(({ name }) => name)).size, workloads.length)
})

test('a peer that overcommits a pool is refused', async t => {
  const rivers = await loadRivers()
  await t.notThrowsAsync(checkPeer(rivers))
  const generous: Peer = {
    ...rivers,
    open: async (...args) => ({ ...(await rivers.open(...args)), claim: () => true }),
  }
  await t.throwsAsync(checkPeer(generous), { message: 'does other work: full: true instead of false' })
})

test('a peer that fails is left out, and the others are measured', async t => {
  const rivers = inProcess(await loadRivers())
  const broken = {
    ...rivers,
    name: 'broken',
    start: async () => ({ slice: () => Promise.reject(new Error('out of order')), end: async () => {} }),
  }
  const answers = await measure(workloads[0]!, 'memory', [broken, rivers], BRIEF, tmpdir())
  t.deepEqual(answers[0], { peer: 'broken', missing: 'failed: out of order' })
  t.true('summary' in answers[1]!)
})

test('quantiles lie between the samples', t => {
  t.is(quantile([1, 2, 3], 0.5), 2)
  t.is(quantile([1, 2], 0.75), 1.75)
  const { min, p50, max, rounds } = summarize([[3, 1], [2]])
  t.deepEqual({ min, p50, max, rounds }, { min: 1, p50: 2, max: 3, rounds: [2, 2] })
})

const figures = (ours: number, theirs: number): Figures => ({
  when: '2000-01-01',
  pace: 'quick',
  machine: { cpu: 'a', cores: 1, memoryGiB: 1, system: 'b', node: 'c' },
  addonBytes: null,
  peers: [OURS, 'libsql'],
  absent: [],
  rows: [
    {
      name: 'claim + free',
      group: 'g',
      measure: 'latency',
      tier: 'memory',
      answers: [
        { peer: OURS, summary: summarize([[ours]]) },
        { peer: 'libsql', summary: summarize([[theirs]]) },
      ],
    },
  ],
  resident: [],
  cycles: [],
})

test('a ratio has changed when it moved further than noise', t => {
  const committed = [ratiosOf(figures(10, 20))]
  t.regex(compareRatios(committed, figures(10, 22)), /^0 ratios changed, 1 did not/)
  t.regex(compareRatios(committed, figures(20, 20)), /^1 ratios changed, 0 did not.*WORSE/s)
  t.regex(compareRatios(committed, figures(5, 20)), /^1 ratios changed, 0 did not.*better/s)
})

test('an addon is compared with one of its own profile', t => {
  const ofSize = (addonBytes: number) => ({ ...figures(10, 20), addonBytes })
  const committed = [ratiosOf(ofSize(42_000_000)), ratiosOf({ ...figures(1, 20), addonBytes: 21_000_000 })]
  t.regex(compareRatios(committed, ofSize(43_000_000)), /^0 ratios changed, 1 did not/)
  t.regex(compareRatios(committed, ofSize(20_000_000)), /^1 ratios changed, 0 did not.*WORSE/s)
  t.regex(compareRatios(committed, ofSize(90_000_000)), /--record/)
})

/** How far the target of claims against SQLite in memory is reached. */
const marginOf = (figures: Figures): number | null =>
  targets
    .map(target => target(figures))
    .find(({ target, wanted }) => target === 'claim + free, memory' && wanted.includes('libsql'))!.margin

test('a target is reached, missed or not measured', t => {
  t.is(marginOf(figures(10, 20)), 2)
  t.is(marginOf(figures(20, 10)), 0.5)
  t.is(marginOf({ ...figures(1, 1), rows: [] }), null)
})

test('growth is the slope of the nearest line', t => {
  const samples = [0, 1, 2].map(seconds => ({
    seconds,
    steps: 0,
    storeBytes: 0,
    threads: 0,
    files: 0,
    bytes: seconds * 5,
  }))
  t.is(Math.round(slopePerMinute(samples, ({ bytes }) => bytes)), 300)
  t.is(
    slopePerMinute(samples, ({ threads }) => threads),
    0,
  )
})
